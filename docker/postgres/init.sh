#!/bin/sh
# Runs once, when the database is made: the owner of the schema, and a login that owns nothing.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -v database="$POSTGRES_DB" -v owner_password="$ORDERS_OWNER_PASSWORD" -v login_password="$ORDERS_LOGIN_PASSWORD" \
  -f /etc/order-service/logins.sql

-- The two roles that transactions take (DB_ROLE_PREFIX=order_service), and the two logins that may take them.
-- Variables of psql: database, owner_password, login_password.
create role order_service_app nologin nosuperuser nobypassrls;
create role order_service_worker nologin nosuperuser nobypassrls;

-- DATABASE_MIGRATION_URL: owns the schema, runs migrations.
create role order_service_owner login nosuperuser nobypassrls password :'owner_password';
grant order_service_app, order_service_worker to order_service_owner;

-- DATABASE_URL: owns nothing, sees what the two roles see.
create role order_service_login login nosuperuser nobypassrls password :'login_password';
grant order_service_app, order_service_worker to order_service_login;

alter database :"database" owner to order_service_owner;

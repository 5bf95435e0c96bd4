import {
  centsByCurrency,
  choice,
  crashAction,
  crashPlan,
  flag,
  list,
  number,
  pairs,
  pem,
  secrets,
  text,
  url,
  type ConfigRow,
} from './config-rows.js';

/**
 * Every environment variable the service reads, one row each. The loader, `.env.example` and the generated
 * documentation are printed from this table; nothing else in the code reads the environment.
 */
export const CONFIG_TABLE = {
  NODE_ENV: choice({
    group: 'Process',
    of: ['development', 'test', 'production'],
    default: 'development',
    description:
      'production refuses insecure settings: a database login that could bypass row-level security, missing keys.',
  }),
  PROCESS_ROLES: list({
    group: 'Process',
    of: ['http', 'worker'],
    default: 'http,worker',
    description: 'What this process does: serve HTTP, run jobs and consumers, or both.',
  }),
  HOST: text({ group: 'Process', default: '0.0.0.0', description: 'Address to listen on.' }),
  PORT: number({
    group: 'Process',
    default: '3016',
    min: 0,
    max: 65_535,
    description: 'Port to listen on; 0 takes a free one.',
  }),
  LOG_LEVEL: choice({
    group: 'Process',
    of: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    default: 'info',
    description: 'Least severity that is logged.',
  }),
  COMMIT_SHA: text({ group: 'Process', default: 'unknown', description: 'Shown by GET /info.' }),
  SHUTDOWN_TIMEOUT_MS: number({
    group: 'Process',
    default: '15000',
    min: 100,
    max: 120_000,
    description:
      'How long requests in flight may take to finish after SIGTERM; then they are answered 503 SHUTTING_DOWN.',
  }),
  TRUSTED_PROXIES: list({
    group: 'HTTP',
    default: '',
    description:
      'Addresses or CIDR ranges whose X-Forwarded-For is believed, comma-separated; empty trusts nobody.',
  }),
  REQUESTS_IN_FLIGHT_MAX: number({
    group: 'HTTP',
    default: '768',
    min: 4,
    max: 100_000,
    description:
      'Requests served at once; more are answered 503 OVERLOADED, and so are ordinary ones that would only wait. A quarter is kept for confirm, cancel and refund.',
  }),
  DOCS_ENABLED: flag({ group: 'HTTP', default: 'true', description: 'Serve /docs and /openapi.json.' }),
  METRICS_ENABLED: flag({ group: 'HTTP', default: 'true', description: 'Serve /metrics.' }),

  DATABASE_URL: url({
    group: 'PostgreSQL',
    protocols: ['postgres', 'postgresql'],
    required: true,
    secret: true,
    description:
      'Where orders live. In production a login that owns nothing and is a member of the app and worker roles.',
  }),
  DATABASE_MIGRATION_URL: url({
    group: 'PostgreSQL',
    protocols: ['postgres', 'postgresql'],
    default: '',
    secret: true,
    description: 'Login that owns the schema and runs migrations; DATABASE_URL when unset.',
  }),
  MIGRATE_ON_START: flag({
    group: 'PostgreSQL',
    default: 'false',
    description: 'Apply missing migrations at start. In production run `npm run migrate` instead.',
  }),
  DB_ROLE_PREFIX: text({
    group: 'PostgreSQL',
    default: 'order_service',
    pattern: /^[a-z][a-z0-9_]{0,40}$/,
    patternHint: 'lower-case letters, digits and _',
    description:
      'Prefix of the roles <prefix>_app and <prefix>_worker; roles are shared by all databases of a server.',
  }),
  DB_POOL_MAX: number({
    group: 'PostgreSQL',
    default: '12',
    min: 1,
    max: 500,
    description: 'Connections for requests; a quarter of them is kept for confirm, cancel and refund.',
  }),
  DB_WORKER_POOL_MAX: number({
    group: 'PostgreSQL',
    default: '6',
    min: 1,
    max: 500,
    description: 'Connections for jobs and consumers.',
  }),
  DB_PREPARED_STATEMENTS: flag({
    group: 'PostgreSQL',
    default: 'true',
    description:
      'Prepare statements once per connection. Set false behind a PgBouncer that is older than 1.21.',
  }),
  DB_ACQUIRE_TIMEOUT_MS: number({
    group: 'PostgreSQL',
    default: '3000',
    min: 50,
    max: 60_000,
    description: 'How long a request waits for a connection.',
  }),
  DB_STATEMENT_TIMEOUT_MS: number({
    group: 'PostgreSQL',
    default: '5000',
    min: 50,
    max: 600_000,
    description: 'statement_timeout of every connection.',
  }),
  DB_LOCK_TIMEOUT_MS: number({
    group: 'PostgreSQL',
    default: '3000',
    min: 50,
    max: 600_000,
    description: 'lock_timeout of every connection.',
  }),
  DB_IDLE_TRANSACTION_TIMEOUT_MS: number({
    group: 'PostgreSQL',
    default: '10000',
    min: 100,
    max: 600_000,
    description: 'idle_in_transaction_session_timeout of every connection.',
  }),

  REDIS_URL: url({
    group: 'Redis',
    protocols: ['redis', 'rediss'],
    default: '',
    secret: true,
    description: 'Locks and rate limits shared by replicas; PostgreSQL and local memory serve when unset.',
  }),
  REDIS_KEY_PREFIX: text({ group: 'Redis', default: 'order-service:', description: 'Prefix of every key.' }),
  REDIS_TIMEOUT_MS: number({
    group: 'Redis',
    default: '120',
    min: 10,
    max: 10_000,
    description: 'Longest wait for Redis; afterwards the fallback answers.',
  }),

  RABBITMQ_URL: url({
    group: 'RabbitMQ',
    protocols: ['amqp', 'amqps'],
    default: '',
    secret: true,
    description: 'Broker for events and messages; without it events stay readable through the HTTP feed.',
  }),
  RABBITMQ_PREFIX: text({
    group: 'RabbitMQ',
    default: '',
    pattern: /^[A-Za-z0-9_.-]{0,60}$/,
    description: 'Put before the names of exchanges and queues, for several environments on one broker.',
  }),

  EVENT_SERVICE_URL: url({
    group: 'Siblings',
    protocols: ['http', 'https'],
    required: true,
    description: 'Base address of event-service.',
  }),
  TICKET_SERVICE_URL: url({
    group: 'Siblings',
    protocols: ['http', 'https'],
    required: true,
    description: 'Base address of ticket-service.',
  }),
  PAYMENT_SERVICE_URL: url({
    group: 'Siblings',
    protocols: ['http', 'https'],
    required: true,
    description: 'Base address of payment-service.',
  }),
  AUTH_SERVICE_URL: url({
    group: 'Siblings',
    protocols: ['http', 'https'],
    default: '',
    description:
      'Base address of auth-service; its JWKS is the default of AUTH_JWKS_URL and SERVICE_JWKS_URL.',
  }),
  UPSTREAM_CONNECT_TIMEOUT_MS: number({
    group: 'Siblings',
    default: '500',
    min: 10,
    max: 60_000,
    description: 'Longest wait for a connection to a sibling.',
  }),
  UPSTREAM_TIMEOUT_MS: number({
    group: 'Siblings',
    default: '3000',
    min: 50,
    max: 60_000,
    description: 'Longest call to a sibling.',
  }),
  UPSTREAM_PAYMENT_TIMEOUT_MS: number({
    group: 'Siblings',
    default: '5000',
    min: 50,
    max: 60_000,
    description: 'Longest call to payment-service.',
  }),
  SERVICE_SIGNING_KEY: pem({
    group: 'Siblings',
    required: true,
    secret: true,
    description: 'Private key (PKCS#8 PEM, ES256 or EdDSA) that signs our tokens for siblings.',
  }),
  SERVICE_SIGNING_KID: text({
    group: 'Siblings',
    default: 'order-service-1',
    description: 'Key id in the header of our tokens.',
  }),
  SERVICE_ISSUER: text({ group: 'Siblings', default: 'order-service', description: 'Issuer of our tokens.' }),

  AUTH_JWKS_URL: url({
    group: 'Authentication',
    protocols: ['http', 'https'],
    default: '',
    description: 'Public keys of user tokens.',
  }),
  AUTH_PUBLIC_KEY: pem({
    group: 'Authentication',
    default: '',
    description: 'One public key of user tokens (SPKI PEM), instead of AUTH_JWKS_URL.',
  }),
  AUTH_ISSUER: text({
    group: 'Authentication',
    default: 'auth-service',
    description: 'Required iss of user tokens.',
  }),
  AUTH_AUDIENCE: text({
    group: 'Authentication',
    default: 'ticketing-api',
    description: 'Required aud of user tokens.',
  }),
  AUTH_ALGORITHMS: list({
    group: 'Authentication',
    of: ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'],
    default: 'RS256,ES256,EdDSA',
    description: 'Accepted signature algorithms, for users and services.',
  }),
  SERVICE_JWKS_URL: url({
    group: 'Authentication',
    protocols: ['http', 'https'],
    default: '',
    description: 'Public keys of service tokens.',
  }),
  SERVICE_PUBLIC_KEY: pem({
    group: 'Authentication',
    default: '',
    description: 'One public key of service tokens (SPKI PEM), instead of SERVICE_JWKS_URL.',
  }),
  SERVICE_TOKEN_ISSUER: text({
    group: 'Authentication',
    default: 'auth-service',
    description: 'Required iss of service tokens.',
  }),
  SERVICE_TOKEN_AUDIENCE: text({
    group: 'Authentication',
    default: 'order-service',
    description: 'Required aud of service tokens.',
  }),
  JWKS_STALE_MAX_MINUTES: number({
    group: 'Authentication',
    default: '120',
    min: 1,
    max: 10_080,
    description: 'How long cached keys serve while auth-service is away.',
  }),
  APP_SECRETS: secrets({
    group: 'Authentication',
    required: true,
    description:
      'kid:base64 keys of 32 bytes, comma-separated; the first one encrypts client secrets and signs cursors, all can read.',
  }),

  PENDING_TTL_MINUTES: number({
    group: 'Orders',
    default: '30',
    min: 0.01,
    max: 10_080,
    integer: false,
    description: 'A PENDING order lapses after this long.',
  }),
  RESERVATION_TTL_MINUTES: number({
    group: 'Orders',
    default: '15',
    min: 0.01,
    max: 1_440,
    integer: false,
    description: 'A reservation lapses after this long.',
  }),
  HOLD_BACKSTOP_MINUTES: number({
    group: 'Orders',
    default: '120',
    min: 1,
    max: 10_080,
    integer: false,
    description: 'Added to the deadline of a hold at ticket-service: it ends by itself only if we are dead.',
  }),
  PROCESSING_EXTENSION_MINUTES: number({
    group: 'Orders',
    default: '30',
    min: 0.01,
    max: 1_440,
    integer: false,
    description: 'One extension of a reservation whose payment is being processed at its deadline.',
  }),
  FENCE_MAX_MINUTES: number({
    group: 'Orders',
    default: '60',
    min: 0.01,
    max: 10_080,
    integer: false,
    description:
      'How long a cancel or expiry waits for payment-service before it gives up and releases the tickets.',
  }),

  REMINDER_BEFORE_MINUTES: number({
    group: 'Orders',
    default: '5',
    min: 0.01,
    max: 1_440,
    integer: false,
    description:
      'order.expiring_soon is told this long before a reservation ends; a reservation that is no longer than this has no reminder.',
  }),

  PLATFORM_FEE_BPS: number({
    group: 'Pricing',
    default: '500',
    min: 0,
    max: 10_000,
    description: 'Platform fee on the discounted subtotal.',
  }),
  PROCESSING_FEE_BPS: number({
    group: 'Pricing',
    default: '290',
    min: 0,
    max: 10_000,
    description: 'Processing fee on the discounted subtotal.',
  }),
  PROCESSING_FEE_FIXED: centsByCurrency({
    group: 'Pricing',
    default: 'USD:30,EUR:30,JPY:30,KWD:100',
    description:
      'Fixed part of the processing fee per order, in minor units of each currency; 0 for one not listed.',
  }),
  DEFAULT_TAX_BPS: number({
    group: 'Pricing',
    default: '800',
    min: 0,
    max: 10_000,
    description: 'Tax where no pricing policy names one for the venue.',
  }),

  RATE_LIMIT_ENABLED: flag({
    group: 'Limits',
    default: 'true',
    description: 'Limit requests per tenant and user.',
  }),
  RATE_LIMIT_CREATE_PER_MINUTE: number({
    group: 'Limits',
    default: '10',
    min: 1,
    max: 1_000_000,
    description: 'Creates per minute and user.',
  }),
  RATE_LIMIT_RESERVE_PER_MINUTE: number({
    group: 'Limits',
    default: '5',
    min: 1,
    max: 1_000_000,
    description: 'Reserves per minute and user.',
  }),
  RATE_LIMIT_CANCEL_PER_MINUTE: number({
    group: 'Limits',
    default: '5',
    min: 1,
    max: 1_000_000,
    description: 'Cancels per minute and user.',
  }),
  RATE_LIMIT_REFUND_PER_MINUTE: number({
    group: 'Limits',
    default: '3',
    min: 1,
    max: 1_000_000,
    description: 'Refunds per minute and user.',
  }),
  RATE_LIMIT_READ_PER_MINUTE: number({
    group: 'Limits',
    default: '120',
    min: 1,
    max: 1_000_000,
    description: 'Reads and quotes per minute and user.',
  }),
  RATE_LIMIT_SERVICE_PER_MINUTE: number({
    group: 'Limits',
    default: '6000',
    min: 1,
    max: 10_000_000,
    description: 'Internal requests per minute and service.',
  }),

  EXPIRATION_INTERVAL_MS: number({
    group: 'Jobs',
    default: '1000',
    min: 50,
    max: 600_000,
    description: 'How often the expiration job looks for overdue orders.',
  }),
  EFFECTS_INTERVAL_MS: number({
    group: 'Jobs',
    default: '500',
    min: 50,
    max: 600_000,
    description: 'How often the worker looks for unfinished operations and effects.',
  }),
  BULK_INTERVAL_MS: number({
    group: 'Jobs',
    default: '500',
    min: 50,
    max: 600_000,
    description: 'How often the bulk job looks for orders of called-off events.',
  }),
  BULK_RATE_PER_SECOND: number({
    group: 'Jobs',
    default: '50',
    min: 1,
    max: 10_000,
    description: 'Orders of one called-off event that are begun per second, by all replicas together.',
  }),
  REMINDER_INTERVAL_MS: number({
    group: 'Jobs',
    default: '5000',
    min: 50,
    max: 600_000,
    description: 'How often the reminder job looks for reservations that end soon.',
  }),
  RETENTION_INTERVAL_MS: number({
    group: 'Jobs',
    default: '60000',
    min: 50,
    max: 86_400_000,
    description: 'How often the retention job prunes keys, messages, events and leases that are over.',
  }),
  RETENTION_INBOX_DAYS: number({
    group: 'Jobs',
    default: '30',
    min: 1,
    max: 3_650,
    description: 'How long a message that came is recognised when it comes again.',
  }),
  RETENTION_OUTBOX_DAYS: number({
    group: 'Jobs',
    default: '30',
    min: 1,
    max: 3_650,
    description: 'How long the event feed keeps an event that has left.',
  }),
  RETENTION_LEASES_MINUTES: number({
    group: 'Jobs',
    default: '60',
    min: 1,
    max: 10_080,
    description: 'How long the row of a lock that ran out is kept.',
  }),
  RECONCILIATION_INTERVAL_MS: number({
    group: 'Jobs',
    default: '60000',
    min: 50,
    max: 86_400_000,
    description: 'How often what changed lately is compared with payment-service and ticket-service.',
  }),
  RECONCILIATION_FULL_INTERVAL_MS: number({
    group: 'Jobs',
    default: '3600000',
    min: 50,
    max: 86_400_000,
    description: 'How often everything that changed within the last day is compared with them.',
  }),
  RECONCILIATION_GRACE_MS: number({
    group: 'Jobs',
    default: '60000',
    min: 0,
    max: 3_600_000,
    description:
      'Orders with a call to a sibling that is younger than this are left alone: it is still on its way.',
  }),
  JOB_BATCH_SIZE: number({
    group: 'Jobs',
    default: '200',
    min: 1,
    max: 5_000,
    description: 'Rows a job claims at once.',
  }),

  OTEL_EXPORTER_OTLP_ENDPOINT: url({
    group: 'Traces',
    protocols: ['http', 'https'],
    default: '',
    description:
      'Base address of an OpenTelemetry collector (OTLP over HTTP, such as http://collector:4318); traces are off when unset.',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: pairs({
    group: 'Traces',
    default: '',
    secret: true,
    description:
      'Headers of every export, name=value and comma-separated: what the collector asks as a login.',
  }),
  OTEL_TRACES_SAMPLER: choice({
    group: 'Traces',
    of: [
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ],
    default: 'parentbased_always_on',
    description:
      'Which traces are kept. The parentbased ones follow the traceparent of the caller: choose another where callers may not decide.',
  }),
  OTEL_TRACES_SAMPLER_ARG: number({
    group: 'Traces',
    default: '1',
    min: 0,
    max: 1,
    integer: false,
    description: 'The share of traces that traceidratio and parentbased_traceidratio keep.',
  }),
  OTEL_RESOURCE_ATTRIBUTES: pairs({
    group: 'Traces',
    default: '',
    description:
      'More attributes of every span, name=value and comma-separated, such as deployment.environment.name=staging.',
  }),

  CRASH_POINT: crashPlan({
    group: 'Fault tests',
    default: '',
    description:
      'Where a fault test ends this process: name[:nth visit] of a point in the crash point table. Refused in production.',
  }),
  CRASH_ACTION: crashAction({
    group: 'Fault tests',
    default: 'exit',
    description: 'What happens there: exit (as kill -9) or freeze:<milliseconds>.',
  }),
  RELAY_INTERVAL_MS: number({
    group: 'Messages',
    default: '200',
    min: 10,
    max: 60_000,
    description: 'How often the relay looks for new events in the outbox.',
  }),
  RELAY_BATCH_SIZE: number({
    group: 'Messages',
    default: '500',
    min: 1,
    max: 5_000,
    description: 'Events the relay publishes between two looks.',
  }),
  CONSUMER_PREFETCH: number({
    group: 'Messages',
    default: '32',
    min: 1,
    max: 1_000,
    description: 'Messages of a queue that this process works on at once.',
  }),
  MESSAGE_DELIVERIES_MAX: number({
    group: 'Messages',
    default: '5',
    min: 1,
    max: 100,
    description:
      'After this many failed tries a message goes to its dead-letter queue. Tries that failed because something is away are not counted.',
  }),
} as const satisfies Record<string, ConfigRow<unknown>>;

export type ConfigName = keyof typeof CONFIG_TABLE;

/** The configuration as the code sees it: parsed, checked, immutable. */
export type Config = {
  readonly [Name in ConfigName]: (typeof CONFIG_TABLE)[Name] extends ConfigRow<infer T> ? T : never;
};

export const CONFIG = Symbol('Config');

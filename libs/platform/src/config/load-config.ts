import { CONFIG_TABLE, type Config, type ConfigName } from './config-table.js';
import type { ConfigRow } from './config-rows.js';

export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the whole environment at once, so that a wrong deployment learns all its mistakes together.
 * @throws ConfigError naming every variable that is missing or wrong
 */
export function loadConfig(environment: Environment): Config {
  const { values, problems } = readRows(Object.keys(CONFIG_TABLE) as ConfigName[], environment);
  const config = values as Config;
  if (problems.length === 0) problems.push(...contradictions(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(withDefaults(config));
}

/** What migrations need: they run before the service, often with a login and from a job of their own. */
const MIGRATION_ROWS = [
  'DATABASE_URL',
  'DATABASE_MIGRATION_URL',
  'DB_ROLE_PREFIX',
  'DB_ACQUIRE_TIMEOUT_MS',
  'DB_POOL_MAX',
  'DB_WORKER_POOL_MAX',
] as const satisfies readonly ConfigName[];

export type MigrationConfig = Pick<Config, (typeof MIGRATION_ROWS)[number]>;

/**
 * Reads what migrations need and nothing else; either of the two addresses is enough.
 * @throws ConfigError naming every variable that is missing or wrong
 */
export function loadMigrationConfig(environment: Environment): MigrationConfig {
  const url = environment.DATABASE_MIGRATION_URL?.trim() ?? '';
  const { values, problems } = readRows(
    MIGRATION_ROWS,
    url === '' ? environment : { ...environment, DATABASE_URL: url },
  );
  if (problems.length > 0) throw new ConfigError(problems);
  const config = values as MigrationConfig;
  return Object.freeze({ ...config, DATABASE_MIGRATION_URL: config.DATABASE_URL });
}

function readRows(
  names: readonly ConfigName[],
  environment: Environment,
): { readonly values: Readonly<Record<string, unknown>>; readonly problems: string[] } {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const row: ConfigRow<unknown> = CONFIG_TABLE[name];
    const given = environment[name]?.trim() ?? '';
    if (given === '' && row.required) {
      problems.push(`${name} is required: ${row.description}`);
      continue;
    }
    try {
      values[name] = row.parse(given === '' ? (row.defaultText ?? '') : given);
    } catch (error) {
      problems.push(`${name} ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { values, problems };
}

function withDefaults(config: Config): Config {
  const jwks = config.AUTH_SERVICE_URL === '' ? '' : `${config.AUTH_SERVICE_URL}/.well-known/jwks.json`;
  return {
    ...config,
    DATABASE_MIGRATION_URL:
      config.DATABASE_MIGRATION_URL === '' ? config.DATABASE_URL : config.DATABASE_MIGRATION_URL,
    AUTH_JWKS_URL: config.AUTH_JWKS_URL === '' && config.AUTH_PUBLIC_KEY === '' ? jwks : config.AUTH_JWKS_URL,
    SERVICE_JWKS_URL:
      config.SERVICE_JWKS_URL === '' && config.SERVICE_PUBLIC_KEY === '' ? jwks : config.SERVICE_JWKS_URL,
  };
}

function contradictions(config: Config): string[] {
  const problems: string[] = [];
  if (config.PROCESS_ROLES.length === 0) problems.push('PROCESS_ROLES must name http, worker or both');
  if (config.APP_SECRETS.length === 0) problems.push('APP_SECRETS must hold at least one key (kid:base64)');
  for (const [audience, jwksUrl, publicKey] of [
    ['AUTH', config.AUTH_JWKS_URL, config.AUTH_PUBLIC_KEY],
    ['SERVICE', config.SERVICE_JWKS_URL, config.SERVICE_PUBLIC_KEY],
  ] as const) {
    if (jwksUrl !== '' && publicKey !== '')
      problems.push(`${audience}_JWKS_URL and ${audience}_PUBLIC_KEY exclude each other: set one`);
    if (jwksUrl === '' && publicKey === '' && config.AUTH_SERVICE_URL === '') {
      problems.push(
        `${audience}_JWKS_URL, ${audience}_PUBLIC_KEY or AUTH_SERVICE_URL is required: without one no token can be checked`,
      );
    }
  }
  if (config.CRASH_POINT !== null && config.NODE_ENV === 'production')
    problems.push('CRASH_POINT is for fault tests and must be unset in production');
  if (config.UPSTREAM_CONNECT_TIMEOUT_MS >= config.UPSTREAM_TIMEOUT_MS) {
    problems.push('UPSTREAM_CONNECT_TIMEOUT_MS must be less than UPSTREAM_TIMEOUT_MS');
  }
  return problems;
}

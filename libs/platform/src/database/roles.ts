import type { DataSource } from 'typeorm';

/** The database roles that transactions take; row-level security is written for them. */
export interface DatabaseRoles {
  /** Sees the rows of one tenant. */
  readonly app: string;
  /** Claims due rows of every tenant, on the tables that have work to claim. */
  readonly worker: string;
}

export type DatabaseRole = keyof DatabaseRoles;

export function databaseRoles(prefix: string): DatabaseRoles {
  return { app: `${prefix}_app`, worker: `${prefix}_worker` };
}

/** The roles a data source was made for; they travel in its `extra` options so that migrations can read them. */
export function rolesOf(dataSource: DataSource): DatabaseRoles {
  const extra: unknown = dataSource.options.extra;
  if (
    typeof extra === 'object' &&
    extra !== null &&
    'rolePrefix' in extra &&
    typeof extra.rolePrefix === 'string'
  ) {
    return databaseRoles(extra.rolePrefix);
  }
  throw new Error('This data source was not made by dataSourceOptions(): it has no role prefix.');
}

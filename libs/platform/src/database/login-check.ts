import { DataSource } from 'typeorm';
import type { Config } from '../config/config-table.js';
import { dataSourceOptions } from './data-source.js';
import { databaseRoles } from './roles.js';

/** The login could step around row-level security; the sentences say how to make a harmless one. */
export class DangerousLoginError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `The login of DATABASE_URL could bypass the isolation of tenants:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\n` +
        'Use a login that owns nothing and is only a member of the app and worker roles, and give the owner to DATABASE_MIGRATION_URL; docker/postgres/logins.sql makes both.',
    );
    this.name = 'DangerousLoginError';
  }
}

interface LoginFacts {
  readonly login: string;
  readonly isSuperuser: boolean;
  readonly canBypass: boolean;
  readonly ownedTables: readonly string[];
  readonly missingRoles: readonly string[];
}

/**
 * Looks at what the login of the service may do, before it serves anybody.
 * @throws DangerousLoginError when it is a superuser, may bypass row-level security, owns (or can become the owner of) a table,
 *   or is not a member of the roles that transactions take
 */
export async function assertHarmlessLogin(config: Config): Promise<void> {
  const dataSource = new DataSource(dataSourceOptions(config, 'request'));
  await dataSource.initialize();
  try {
    const problems = problemsOf(await readFacts(dataSource, config));
    if (problems.length > 0) throw new DangerousLoginError(problems);
  } finally {
    await dataSource.destroy();
  }
}

async function readFacts(dataSource: DataSource, config: Config): Promise<LoginFacts> {
  const roles = databaseRoles(config.DB_ROLE_PREFIX);
  const rows: unknown = await dataSource.query(
    `select current_user::text as "login",
            r.rolsuper as "isSuperuser",
            r.rolbypassrls as "canBypass",
            array(select c.relname::text from pg_class c
                   where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace
                     and pg_has_role(current_user, c.relowner, 'member')
                   order by c.relname) as "ownedTables",
            array(select wanted.name from unnest($1::text[]) as wanted (name)
                   where not exists (select 1 from pg_roles g where g.rolname = wanted.name and pg_has_role(current_user, g.oid, 'member'))) as "missingRoles"
       from pg_roles r
      where r.rolname = current_user`,
    [[roles.app, roles.worker]],
  );
  const [facts] = rows as readonly LoginFacts[];
  if (facts === undefined) throw new Error('PostgreSQL does not know its own login.');
  return facts;
}

function problemsOf({
  login,
  isSuperuser,
  canBypass,
  ownedTables,
  missingRoles,
}: LoginFacts): readonly string[] {
  return [
    ...(isSuperuser ? [`${login} is a superuser`] : []),
    ...(canBypass ? [`${login} has BYPASSRLS`] : []),
    ...(ownedTables.length > 0
      ? [
          `${login} owns ${ownedTables.slice(0, 3).join(', ')}${ownedTables.length > 3 ? ` and ${ownedTables.length - 3} more tables` : ''}`,
        ]
      : []),
    ...missingRoles.map((role) => `${login} is not a member of ${role}`),
  ];
}

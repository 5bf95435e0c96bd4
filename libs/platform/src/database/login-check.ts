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
  readonly canMakeRoles: boolean;
  /** Roles it may take that are not bound by row-level security. */
  readonly dangerousRoles: readonly string[];
  /** Tables that show every row to everybody who may read them. */
  readonly openTables: readonly string[];
  readonly ownedTables: readonly string[];
  readonly missingRoles: readonly string[];
}

/**
 * Looks at what the login of the service may do, before it serves anybody.
 * @throws DangerousLoginError when it is a superuser, may bypass row-level security, can become a role that may, owns (or can
 *   become the owner of) a table, meets a table without row-level security, or is not a member of the roles that
 *   transactions take
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
            r.rolcreaterole as "canMakeRoles",
            array(select g.rolname::text from pg_roles g
                   where (g.rolsuper or g.rolbypassrls or g.rolcreaterole) and g.rolname <> current_user
                     and pg_has_role(current_user, g.oid, 'member')
                   order by g.rolname) as "dangerousRoles",
            array(select c.relname::text from pg_class c
                   where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace
                     and not (c.relrowsecurity and c.relforcerowsecurity)
                     and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')
                   order by c.relname) as "openTables",
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

function problemsOf(facts: LoginFacts): readonly string[] {
  const { login } = facts;
  // A superuser may do all the rest by that alone.
  if (facts.isSuperuser) return [`${login} is a superuser`, ...ownershipOf(facts)];
  return [
    ...(facts.canBypass ? [`${login} has BYPASSRLS`] : []),
    ...(facts.canMakeRoles ? [`${login} has CREATEROLE and can make itself a member of other roles`] : []),
    ...facts.dangerousRoles.map((role) => `${login} can become ${role}, which is not bound by the policies`),
    ...ownershipOf(facts),
    ...(facts.openTables.length > 0 ? [`row-level security is off on ${listOf(facts.openTables)}`] : []),
    ...facts.missingRoles.map((role) => `${login} is not a member of ${role}`),
  ];
}

function ownershipOf({ login, ownedTables }: LoginFacts): readonly string[] {
  return ownedTables.length > 0 ? [`${login} owns ${listOf(ownedTables)}`] : [];
}

function listOf(tables: readonly string[]): string {
  const more = tables.length > 3 ? ` and ${tables.length - 3} more tables` : '';
  return `${tables.slice(0, 3).join(', ')}${more}`;
}

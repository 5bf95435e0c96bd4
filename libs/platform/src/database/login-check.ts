import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config-table.js';
import { ConfigError } from '../config/load-config.js';
import { Database } from './database.js';

interface Login {
  readonly name: string;
  readonly canBypass: boolean;
  readonly canOwn: boolean;
}

/** In production a login that could leave row-level security is refused before the first request. */
@Injectable()
export class LoginCheck implements OnModuleInit {
  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws ConfigError when the login of DATABASE_URL is a superuser, bypasses the policies or can own the tables */
  async onModuleInit(): Promise<void> {
    if (this.config.NODE_ENV !== 'production') return;
    const login = await this.database.transaction({ tenantId: null, role: 'worker', pool: 'worker' }, (tx) =>
      // The role is ours by now; the login is the session's user.
      tx.one<Login>(
        `select login.rolname as name,
                login.rolsuper or login.rolbypassrls as "canBypass",
                coalesce(
                  (select pg_has_role(login.oid, orders.relowner, 'member')
                     from pg_class orders
                    where orders.oid = to_regclass('orders')),
                  false
                ) as "canOwn"
           from pg_roles login
          where login.rolname = session_user`,
      ),
    );
    if (!login.canBypass && !login.canOwn) return;
    const reason = login.canBypass
      ? 'may bypass row-level security'
      : 'owns the tables, or may act as their owner';
    throw new ConfigError([
      `DATABASE_URL logs in as "${login.name}", which ${reason}. In production use a login that owns nothing and is a member of ${this.config.DB_ROLE_PREFIX}_app and ${this.config.DB_ROLE_PREFIX}_worker (docker/postgres/logins.sql makes one), and set DATABASE_MIGRATION_URL for migrations.`,
    ]);
  }
}

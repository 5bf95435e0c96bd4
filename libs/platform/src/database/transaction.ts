import type { AppError } from '@app/kernel';

/** Runs one statement on the connection of the transaction. */
export type RunStatement = (
  sql: string,
  parameters: readonly unknown[],
) => Promise<{ readonly rows: readonly unknown[]; readonly rowCount: number | null }>;

/** On whose behalf a transaction writes; the history trigger copies it into every transition row. */
export interface Actor {
  readonly kind: 'user' | 'service' | 'system';
  readonly id: string;
}

/**
 * A refusal that must be remembered (a closed generation, a stored 409, an audit row): the transaction commits what
 * it wrote, then the error is thrown. A throw inside the closure would roll the record back.
 */
export class Refusal {
  constructor(readonly error: AppError) {}
}

/**
 * The only handle that writes SQL. It lives as long as one database transaction; its first statement has already set
 * role, tenant, actor and time-outs.
 */
export class Transaction {
  private readonly committedListeners: (() => void)[] = [];

  constructor(
    private readonly run: RunStatement,
    /** The tenant whose rows are visible; null for a worker that claims across tenants. */
    readonly tenantId: string | null,
    /** Start of the transaction by the database's clock; every deadline is compared with it. */
    readonly now: Date,
    /** Drawn by generate_order_number() in the first statement when the scope asked for them. */
    readonly orderNumbers: readonly string[],
    readonly requestId: string | null,
    /** Where this transaction stands in a trace: what it writes down to be done later continues it from here. */
    readonly traceparent: string | null,
  ) {}

  /** Runs one statement and returns its rows. */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    const { rows } = await this.run(sql, parameters);
    return rows as Row[];
  }

  /** Runs one statement and returns how many rows it changed. */
  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    const { rowCount } = await this.run(sql, parameters);
    return rowCount ?? 0;
  }

  /** The one row of a statement that always gives one. */
  async one<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row> {
    const [row] = await this.query<Row>(sql, parameters);
    if (row === undefined) throw new Error('A statement that must return one row returned none.');
    return row;
  }

  /** The tenant of a transaction that must have one. */
  tenant(): string {
    if (this.tenantId === null) throw new Error('This transaction has no tenant.');
    return this.tenantId;
  }

  /** Why the transitions that follow happen; the history trigger stores it. */
  async because(cause: {
    readonly actor?: Actor;
    readonly reason?: string | null;
    readonly data?: Readonly<Record<string, unknown>>;
  }): Promise<void> {
    await this.run(
      `select set_config('app.reason', $1, true),
              set_config('app.cause', $2, true),
              set_config('app.actor_kind', coalesce($3, current_setting('app.actor_kind', true)), true),
              set_config('app.actor_id', coalesce($4, current_setting('app.actor_id', true)), true)`,
      [
        cause.reason ?? '',
        JSON.stringify(cause.data ?? {}),
        cause.actor?.kind ?? null,
        cause.actor?.id ?? null,
      ],
    );
  }

  /** Runs `listener` once this transaction has committed: counting and waking workers, nothing that can fail. */
  afterCommit(listener: () => void): void {
    this.committedListeners.push(listener);
  }

  committed(): void {
    for (const listener of this.committedListeners) listener();
  }

  refuse(error: AppError): Refusal {
    return new Refusal(error);
  }
}

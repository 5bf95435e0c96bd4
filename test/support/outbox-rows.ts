import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

export interface OutboxRowFacts {
  readonly tenantId: string;
  readonly orderId: string;
  readonly sequence: number;
  readonly id?: string;
  readonly type?: string;
  readonly traceparent?: string;
  readonly createdAt?: string;
}

/** A CloudEvent as the orders library writes it, reduced to what the relay and the feed look at. */
function payloadOf(facts: OutboxRowFacts, id: string): object {
  return {
    specversion: '1.0',
    id,
    type: facts.type ?? 'order.created',
    source: '/order-service',
    subject: facts.orderId,
    tenantid: facts.tenantId,
    sequence: facts.sequence,
    ...(facts.traceparent === undefined ? {} : { traceparent: facts.traceparent }),
    datacontenttype: 'application/json',
    data: { id: facts.orderId },
  };
}

/** A connection that writes outbox rows as orders would, in transactions a test controls. */
export class OutboxWriter {
  private constructor(private readonly client: Client) {}

  static async open(url: string): Promise<OutboxWriter> {
    const client = new Client({ connectionString: url });
    await client.connect();
    return new OutboxWriter(client);
  }

  async write(...rows: readonly OutboxRowFacts[]): Promise<void> {
    for (const facts of rows) {
      const id = facts.id ?? randomUUID();
      await this.client.query(
        `insert into outbox (tenant_id, id, order_id, event_sequence, type, payload, created_at)
         values ($1, $2, $3, $4, $5, $6, coalesce($7::timestamptz, now()))`,
        [
          facts.tenantId,
          id,
          facts.orderId,
          facts.sequence,
          facts.type ?? 'order.created',
          JSON.stringify(payloadOf(facts, id)),
          facts.createdAt ?? null,
        ],
      );
    }
  }

  async query<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.client.query<Row>(sql, [...parameters])).rows;
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

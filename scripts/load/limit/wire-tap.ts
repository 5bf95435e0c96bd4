import { createServer, connect, type AddressInfo, type Server } from 'node:net';
import { WireReader, type SentStatement } from './wire-reader.js';

export type SentTransaction = readonly SentStatement[];

/** Stands between the service and PostgreSQL and writes down every transaction that was committed. */
export class WireTap {
  readonly transactions: SentTransaction[] = [];

  private constructor(
    private readonly server: Server,
    readonly databaseUrl: string,
  ) {}

  static async open(databaseUrl: string): Promise<WireTap> {
    const target = new URL(databaseUrl);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const through = new URL(databaseUrl);
    through.hostname = '127.0.0.1';
    through.port = String((server.address() as AddressInfo).port);
    const tap = new WireTap(server, through.href);
    server.on('connection', (client) => {
      const upstream = connect(Number(target.port === '' ? '5432' : target.port), target.hostname);
      const reader = new WireReader((transaction) => tap.transactions.push(transaction));
      client.on('data', (chunk: Buffer) => {
        reader.read(chunk);
      });
      client.pipe(upstream).pipe(client);
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const)
        one.on('error', () => other.destroy());
    });
    return tap;
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }
}

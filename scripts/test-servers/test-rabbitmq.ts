import { findProgram } from '../servers/find-program.js';
import { acceptsConnections, findRabbitmqScript, startRabbitmq, withBroker } from '../servers/rabbitmq.js';
import { createVhost, deleteVhost, withVhost, type VhostMaker } from '../servers/rabbitmq-vhost.js';
import { installPackage } from '../servers/system-packages.js';
import type { RunRecord } from './run-record.js';

const DEFAULT_URL = 'amqp://guest:guest@127.0.0.1:5672';

/** What the service declares on a broker; a test holds this list and the service's topology together. */
export const EXCHANGE_NAMES = ['order.events', 'platform.events', 'order-service.dead-letters'] as const;
export const QUEUE_NAMES = [
  'order-service.events',
  'order-service.rpc',
  'order-service.events.retry-1',
  'order-service.events.retry-2',
  'order-service.events.retry-3',
  'order-service.events.retry-4',
  'order-service.events.dead-letters',
  'order-service.rpc.dead-letters',
  'order.events.archive',
] as const;

/** A virtual host of ours, or names with our prefix, on a broker that is not ours. */
export type BorrowedRabbitmq =
  | { readonly kind: 'vhost'; readonly url: string; readonly vhost: string; readonly maker: VhostMaker }
  | { readonly kind: 'prefix'; readonly url: string; readonly prefix: string };

/**
 * A broker for this run: the one the environment names, else the one on the default port, else a private one. On a
 * broker that is not ours the run gets a virtual host of its own, or a prefix where nobody here can make one.
 * @throws when the named broker does not answer, or none can be started
 */
export async function provideTestRabbitmq(run: RunRecord): Promise<Record<string, string>> {
  const named = await namedBroker();
  if (named !== undefined) return (await borrowedVhost(run, named)) ?? borrowedPrefix(run, named);
  if (await acceptsConnections(DEFAULT_URL)) {
    const vhost = await borrowedVhost(run, DEFAULT_URL);
    if (vhost !== undefined) return vhost;
    if (findRabbitmqScript() === undefined) return borrowedPrefix(run, DEFAULT_URL);
  }
  return privateBroker(run);
}

async function namedBroker(): Promise<string | undefined> {
  for (const name of ['TEST_RABBITMQ_URL', 'RABBITMQ_URL']) {
    const named = process.env[name]?.trim() ?? '';
    if (named === '') continue;
    if (await acceptsConnections(named)) return named;
    throw new Error(
      `${name} is set, but no RabbitMQ answers there. Start it, correct the address, or unset ${name}.`,
    );
  }
  return undefined;
}

async function borrowedVhost(run: RunRecord, url: string): Promise<Record<string, string> | undefined> {
  const vhost = `test-${run.runId}`;
  const maker = await createVhost(url, vhost);
  if (maker === undefined) return undefined;
  run.borrows({ rabbitmq: { kind: 'vhost', url, vhost, maker } });
  return { TEST_RABBITMQ_URL: withVhost(url, vhost), RABBITMQ_PREFIX: '' };
}

function borrowedPrefix(run: RunRecord, url: string): Record<string, string> {
  const prefix = `test-${run.runId}.`;
  run.borrows({ rabbitmq: { kind: 'prefix', url, prefix } });
  return { TEST_RABBITMQ_URL: url, RABBITMQ_PREFIX: prefix };
}

/** Whether a broker can be had without installing one. */
export async function isRabbitmqFound(): Promise<boolean> {
  return (
    (await namedBroker()) !== undefined ||
    (await acceptsConnections(DEFAULT_URL)) ||
    (findRabbitmqScript() !== undefined && findProgram('epmd') !== undefined)
  );
}

async function privateBroker(run: RunRecord): Promise<Record<string, string>> {
  if (findRabbitmqScript() === undefined || findProgram('epmd') === undefined) {
    installPackage('rabbitmq-server', 'set RABBITMQ_URL to a broker the tests may use');
  }
  const script = findRabbitmqScript();
  if (script === undefined)
    throw new Error('rabbitmq-server was installed, but its server script was not found.');
  const broker = await startRabbitmq({
    script,
    directory: run.directory,
    name: `test-${run.runId}`,
    started: run.started,
  });
  return { TEST_RABBITMQ_URL: broker.url, RABBITMQ_PREFIX: '' };
}

export async function dropTestBroker(borrowed: BorrowedRabbitmq): Promise<void> {
  if (borrowed.kind === 'vhost') {
    await deleteVhost(borrowed.url, borrowed.vhost, borrowed.maker);
    return;
  }
  await withBroker(borrowed.url, async (connection) => {
    const channel = await connection.createChannel();
    for (const name of QUEUE_NAMES) await channel.deleteQueue(`${borrowed.prefix}${name}`);
    for (const name of EXCHANGE_NAMES) await channel.deleteExchange(`${borrowed.prefix}${name}`);
    await channel.close();
  });
}

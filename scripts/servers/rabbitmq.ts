import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type ChannelModel } from 'amqplib';
import { findProgram } from './find-program.js';
import { freePort } from './free-port.js';
import { lastLogLines, startProcess, stopProcess, type OwnedProcess } from './owned-process.js';
import { waitUntil } from './wait-until.js';

export interface RabbitmqServer {
  readonly url: string;
  readonly processes: readonly OwnedProcess[];
}

/**
 * The server script itself. The `rabbitmq-server` in a Debian PATH is a wrapper that insists on its own account
 * and directories, so it is not used.
 */
export function findRabbitmqScript(): string | undefined {
  const packaged = '/usr/lib/rabbitmq/lib';
  const versions = existsSync(packaged) ? readdirSync(packaged) : [];
  const candidates = [
    '/usr/lib/rabbitmq/bin/rabbitmq-server',
    ...versions.map((version) => join(packaged, version, 'sbin', 'rabbitmq-server')),
    '/opt/rabbitmq/sbin/rabbitmq-server',
    '/opt/homebrew/sbin/rabbitmq-server',
    '/usr/local/sbin/rabbitmq-server',
  ];
  return candidates.find((candidate) => existsSync(candidate));
}

/**
 * Starts a broker with a node name, ports, directories and a name server (epmd) of its own, and waits until it
 * accepts connections. `started` is told of each process at once, so that a failure in between leaks none.
 * @throws with its last log lines when it does not come
 */
export async function startRabbitmq(options: {
  readonly script: string;
  readonly directory: string;
  readonly name: string;
  readonly started: (process: OwnedProcess) => void;
}): Promise<RabbitmqServer> {
  const home = join(options.directory, 'rabbitmq');
  mkdirSync(home, { recursive: true });
  const [port, distPort, epmdPort] = [await freePort(), await freePort(), await freePort()];
  const epmdEnv = { ERL_EPMD_PORT: String(epmdPort), ERL_EPMD_ADDRESS: '127.0.0.1' };
  // Started by Erlang itself, epmd would become a daemon that outlives the broker.
  const epmd = await startProcess({
    name: 'epmd',
    command: findProgram('epmd') ?? 'epmd',
    args: [],
    env: { PATH: process.env.PATH, ...epmdEnv },
    cwd: home,
    logFile: join(options.directory, 'epmd.log'),
  });
  options.started(epmd);
  const logFile = join(options.directory, 'rabbitmq.log');
  const broker = await startProcess({
    name: 'RabbitMQ',
    command: options.script,
    args: [],
    env: { ...brokerEnvironment({ home, port, distPort, name: options.name }), ...epmdEnv },
    cwd: home,
    logFile,
  });
  options.started(broker);
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  const up = await waitUntil(() => acceptsConnections(url), {
    timeoutMs: 90_000,
    pauseMs: 200,
    abandoned: () => broker.hasExited(),
  });
  if (!up) {
    for (const child of [broker, epmd]) await stopProcess(child.identity, []);
    throw new Error(`rabbitmq-server did not start:\n${lastLogLines(logFile, broker.logOffset, 40)}`);
  }
  return { url, processes: [broker, epmd] };
}

interface BrokerPlace {
  readonly home: string;
  readonly port: number;
  readonly distPort: number;
  readonly name: string;
}

/** Names every file and port, so that nothing of an installed broker is read or written. */
function brokerEnvironment(place: BrokerPlace): NodeJS.ProcessEnv {
  const at = (name: string): string => join(place.home, name);
  writeFileSync(
    at('rabbitmq.conf'),
    `listeners.tcp.local = 127.0.0.1:${place.port}\ndisk_free_limit.absolute = 1MB\n`,
  );
  writeFileSync(at('env.conf'), '');
  writeFileSync(at('enabled_plugins'), '[].\n');
  return {
    PATH: process.env.PATH,
    HOME: place.home,
    LANG: 'C.UTF-8',
    ERL_FLAGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_NODENAME: `${place.name}@localhost`,
    RABBITMQ_NODE_PORT: String(place.port),
    RABBITMQ_DIST_PORT: String(place.distPort),
    RABBITMQ_MNESIA_BASE: at('data'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: at('env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
    RABBITMQ_PID_FILE: at('broker.pid'),
  };
}

export async function acceptsConnections(url: string): Promise<boolean> {
  try {
    await withBroker(url, () => Promise.resolve());
    return true;
  } catch {
    return false;
  }
}

export async function withBroker<T>(url: string, work: (connection: ChannelModel) => Promise<T>): Promise<T> {
  const connection = await connect(url, { timeout: 3_000 });
  connection.on('error', () => undefined);
  try {
    return await work(connection);
  } finally {
    await connection.close().catch(() => undefined);
  }
}

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { builtEntries } from '../demo/supervisor.js';
import { freePort } from '../servers/free-port.js';
import { lastLogLines, startProcess, stopProcess, type OwnedProcess } from '../servers/owned-process.js';
import { waitUntil } from '../servers/wait-until.js';
import { clearDeadRuns, directoryOfRun, RunRecord } from '../test-servers/run-record.js';
import { provideTestPostgres } from '../test-servers/test-postgres.js';
import { isRabbitmqFound, provideTestRabbitmq } from '../test-servers/test-rabbitmq.js';
import { isRedisFound, provideTestRedis } from '../test-servers/test-redis.js';
import type { LoadOptions } from './options.js';

const READY_WITHIN_MS = 60_000;
const STOP_GENTLY = [{ signal: 'SIGTERM', waitMs: 10_000 }] as const;
/** Far above what any scenario asks for: limits are counted, as in production, and never reached. */
const UNREACHED = '1000000';
/** Only what a scenario makes overdue may end while it runs. */
const LONG_MINUTES = '600';

interface Borrowed {
  readonly databaseUrl: string;
  readonly rolePrefix: string;
  readonly redis: { readonly url: string; readonly prefix: string } | undefined;
  readonly broker: { readonly url: string; readonly prefix: string } | undefined;
}

/** Servers, sandbox and the built service, each a process of its own, on free ports and with a database of their own. */
export class LoadStack {
  private readonly children: OwnedProcess[] = [];
  private readonly services: { readonly url: string; readonly child: OwnedProcess }[] = [];

  private constructor(
    private readonly run: RunRecord,
    private readonly servers: Borrowed,
    readonly sandboxUrl: string,
    private readonly options: LoadOptions,
  ) {}

  /** @throws a sentence that says what could not be started; nothing is left running then */
  static async start(options: LoadOptions, say: (line: string) => void): Promise<LoadStack> {
    await clearDeadRuns();
    const runId = randomBytes(4).toString('hex');
    const run = new RunRecord(runId, directoryOfRun(runId));
    try {
      const servers = await borrow(run, options);
      const stack = new LoadStack(run, servers, `http://127.0.0.1:${await freePort()}`, options);
      say(
        `PostgreSQL ${withoutPassword(servers.databaseUrl)}, Redis ${servers.redis === undefined ? 'none' : 'yes'}, RabbitMQ ${servers.broker === undefined ? 'none' : 'yes'}`,
      );
      await stack.startAll();
      return stack;
    } catch (error) {
      await run.clear();
      throw error;
    }
  }

  /** As a login that sees every tenant. */
  get databaseUrl(): string {
    return this.servers.databaseUrl;
  }

  get broker(): Borrowed['broker'] {
    return this.servers.broker;
  }

  get hasRedis(): boolean {
    return this.servers.redis !== undefined;
  }

  get urls(): readonly string[] {
    return this.services.map(({ url }) => url);
  }

  /** The process that everything goes to that is no load. */
  get url(): string {
    const [url] = this.urls;
    if (url === undefined) throw new Error('No process of order-service runs.');
    return url;
  }

  get pids(): readonly number[] {
    return this.services.map(({ child }) => child.identity.pid);
  }

  /** Starts any Node program beside the stack; it ends with it. */
  async startBeside(
    name: string,
    entry: string,
    environment: NodeJS.ProcessEnv,
    readyPath: string,
  ): Promise<{ readonly url: string; readonly child: OwnedProcess }> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const child = await this.spawn({
      name,
      args: [entry],
      env: { ...environment, PORT: String(port), HOST: '127.0.0.1' },
      readyUrl: url + readyPath,
    });
    return { url, child };
  }

  /** One more process of the service, with settings of its own; not among those that get load. */
  async startService(
    name: string,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<{ readonly url: string; readonly child: OwnedProcess }> {
    const port = Number(environment['PORT'] ?? (await freePort()));
    const url = `http://127.0.0.1:${port}`;
    const { profileDirectory } = this.options;
    const profile =
      profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
    const child = await this.spawn({
      name,
      args: [...profile, builtEntries().service],
      env: { ...this.serviceEnvironment(port), ...environment },
      readyUrl: `${url}/health/ready`,
    });
    return { url, child };
  }

  async end(child: OwnedProcess): Promise<void> {
    await stopProcess(child.identity, STOP_GENTLY);
  }

  /** Ends every process and removes the database, the keys and the names on the broker; harmless when repeated. */
  async stop(): Promise<void> {
    for (const child of this.children.toReversed()) await this.end(child);
    await this.run.clear();
  }

  private async startAll(): Promise<void> {
    const servicePort = await freePort();
    await this.spawn({
      name: 'sandbox',
      args: [builtEntries().sandbox],
      env: {
        ...process.env,
        SANDBOX_PORT: new URL(this.sandboxUrl).port,
        SANDBOX_STATE_FILE: '',
        ORDER_SERVICE_URL: `http://127.0.0.1:${servicePort}`,
        ...brokerEnvironment(this.servers.broker),
      },
      readyUrl: `${this.sandboxUrl}/health/live`,
    });
    for (let index = 0; index < this.options.processes; index += 1) {
      this.services.push(
        await this.startService(
          `order-service-${index + 1}`,
          // The first one is where the sandbox reports payments when there is no broker.
          index === 0 ? { PORT: String(servicePort) } : {},
        ),
      );
    }
    await this.ask('PUT', '/sandbox/settings', { orderServiceUrl: this.url });
  }

  /** @throws when the sandbox refuses */
  async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(new URL(path, this.sandboxUrl), {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!answer.ok)
      throw new Error(`The sandbox answered ${method} ${path} with ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  private serviceEnvironment(port: number): NodeJS.ProcessEnv {
    const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    return {
      DOCS_ENABLED: 'false',
      PENDING_TTL_MINUTES: LONG_MINUTES,
      RESERVATION_TTL_MINUTES: LONG_MINUTES,
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: this.databaseUrl,
      DATABASE_MIGRATION_URL: '',
      DB_ROLE_PREFIX: this.servers.rolePrefix,
      MIGRATE_ON_START: 'true',
      REDIS_URL: this.servers.redis?.url ?? '',
      REDIS_KEY_PREFIX: this.servers.redis?.prefix ?? 'unused:',
      ...brokerEnvironment(this.servers.broker),
      EVENT_SERVICE_URL: this.sandboxUrl,
      TICKET_SERVICE_URL: this.sandboxUrl,
      PAYMENT_SERVICE_URL: this.sandboxUrl,
      AUTH_SERVICE_URL: this.sandboxUrl,
      SERVICE_SIGNING_KEY: key.toString(),
      APP_SECRETS: this.appSecrets,
      ...Object.fromEntries(
        ['CREATE', 'RESERVE', 'CANCEL', 'REFUND', 'READ', 'SERVICE'].map((verb) => [
          `RATE_LIMIT_${verb}_PER_MINUTE`,
          UNREACHED,
        ]),
      ),
    };
  }

  /** One for all processes: each must read what the others encrypted. */
  private readonly appSecrets = `load:${randomBytes(32).toString('base64')}`;

  private async spawn(plan: {
    readonly name: string;
    readonly args: readonly string[];
    readonly env: NodeJS.ProcessEnv;
    readonly readyUrl: string;
  }): Promise<OwnedProcess> {
    const { name, args, env, readyUrl } = plan;
    const logFile = join(this.run.directory, `${name}.log`);
    const child = await startProcess({ name, command: process.execPath, args, env, logFile });
    this.run.started(child);
    this.children.push(child);
    const isUp = await waitUntil(() => answersOk(readyUrl), {
      timeoutMs: READY_WITHIN_MS,
      abandoned: () => child.hasExited(),
    });
    if (!isUp) throw new Error(`${name} did not start:\n${lastLogLines(logFile, child.logOffset)}`);
    return child;
  }
}

async function borrow(run: RunRecord, options: LoadOptions): Promise<Borrowed> {
  const postgres = await provideTestPostgres(run, { isDurable: true });
  const redis = options.redis && (await isRedisFound()) ? await provideTestRedis(run) : {};
  const broker = options.broker && (await isRabbitmqFound()) ? await provideTestRabbitmq(run) : {};
  return {
    databaseUrl: postgres['TEST_DATABASE_URL'] ?? '',
    rolePrefix: postgres['DB_ROLE_PREFIX'] ?? '',
    redis: place(redis, 'TEST_REDIS_URL', 'REDIS_KEY_PREFIX'),
    broker: place(broker, 'TEST_RABBITMQ_URL', 'RABBITMQ_PREFIX'),
  };
}

function place(
  environment: Readonly<Record<string, string>>,
  url: string,
  prefix: string,
): { readonly url: string; readonly prefix: string } | undefined {
  const address = environment[url];
  return address === undefined ? undefined : { url: address, prefix: environment[prefix] ?? '' };
}

function brokerEnvironment(broker: Borrowed['broker']): NodeJS.ProcessEnv {
  return { RABBITMQ_URL: broker?.url ?? '', RABBITMQ_PREFIX: broker?.prefix ?? '' };
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_500) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]*@/, ':***@');
}

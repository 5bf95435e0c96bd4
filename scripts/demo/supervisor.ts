import { fileURLToPath } from 'node:url';
import { POSTGRES_NAME, STOP_POSTGRES } from '../servers/embedded-postgres.js';
import { freePort, isPortFree } from '../servers/free-port.js';
import { startProcess, type OwnedProcess } from '../servers/owned-process.js';
import { sandboxEnvironment, serviceEnvironment, type Addresses } from './child-environments.js';
import { DemoDirectory } from './demo-directory.js';
import { embeddedDatabase, requireDatabase } from './demo-database.js';
import { demoKeys } from './keys.js';
import { given, type DemoOptions } from './options.js';
import { ProcessBook } from './process-book.js';
import { WatchedChild, type ChildEvents, type ChildPlan } from './watched-child.js';

/** Names in the process book; each is the stem of a log file too. */
type ChildName = 'postgres' | 'sandbox' | 'order-service';

/** Together with PostgreSQL's own steps less than the five seconds the demo may take to end. */
const STOP_SERVICE = [{ signal: 'SIGTERM', waitMs: 2_400 }] as const;
const STOP_SANDBOX = [{ signal: 'SIGTERM', waitMs: 700 }] as const;

export interface Entries {
  readonly service: string;
  readonly sandbox: string;
}

export interface RunningDemo {
  readonly addresses: Addresses;
  /** As the owner of the tables. */
  readonly databaseUrl: string;
}

export interface SupervisorEvents {
  readonly said: (line: string) => void;
  readonly hopeless: (reason: string) => void;
}

/** Starts PostgreSQL, the sandbox and the service, keeps them running, and ends them in the opposite order. */
export class Supervisor {
  private readonly children: WatchedChild[] = [];
  private readonly directory: DemoDirectory;
  private readonly book: ProcessBook;
  private isStopping = false;

  constructor(
    private readonly options: DemoOptions,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly entries: Entries,
    private readonly events: SupervisorEvents,
  ) {
    this.directory = new DemoDirectory(options.directory);
    this.book = new ProcessBook(this.directory);
  }

  /** @throws a sentence that says what to set or repair */
  async start(): Promise<RunningDemo> {
    await this.book.takeOver();
    const [port, sandboxPort] = await this.ports();
    const addresses = { service: `http://127.0.0.1:${port}`, sandbox: `http://127.0.0.1:${sandboxPort}` };
    const keys = demoKeys(this.directory);
    const databaseUrl = await this.database();
    const demo = {
      keys,
      addresses,
      port,
      sandboxPort,
      databaseUrl,
      stateFile: this.directory.file('sandbox.json'),
    };
    await this.startNode('sandbox', this.entries.sandbox, sandboxEnvironment(this.environment, demo), {
      readyUrl: `${addresses.sandbox}/health/live`,
      readyTimeoutMs: 30_000,
      stopSteps: STOP_SANDBOX,
    });
    this.events.said(`sandbox        ${addresses.sandbox} (the sibling services' stand-in)`);
    for (const [name, variable] of [
      ['Redis', 'REDIS_URL'],
      ['RabbitMQ', 'RABBITMQ_URL'],
    ] as const) {
      const isSet = given(this.environment, variable) !== undefined;
      this.events.said(
        `${name.padEnd(14)} ${isSet ? `from ${variable}` : `disabled (set ${variable} to use one)`}`,
      );
    }
    await this.startNode('order-service', this.entries.service, serviceEnvironment(this.environment, demo), {
      readyUrl: `${addresses.service}/health/ready`,
      readyTimeoutMs: 60_000,
      stopSteps: STOP_SERVICE,
    });
    this.events.said(`order-service  ${addresses.service}`);
    return { addresses, databaseUrl: given(this.environment, 'DATABASE_MIGRATION_URL') ?? databaseUrl };
  }

  /** Ends everything within five seconds; harmless when repeated. */
  async stop(): Promise<void> {
    this.isStopping = true;
    for (const child of this.children.toReversed()) await child.stop();
  }

  killAll(): void {
    this.book.killAll();
  }

  private async ports(): Promise<readonly [number, number]> {
    const { host } = this.options;
    const port = await this.portOrRefuse('PORT', this.options.port, host);
    const sandboxPort = await this.portOrRefuse('SANDBOX_PORT', this.options.sandboxPort, '127.0.0.1');
    if (port === sandboxPort)
      throw new Error(`PORT and SANDBOX_PORT are both ${port}: set one of them differently.`);
    return [port, sandboxPort];
  }

  private async portOrRefuse(variable: 'PORT' | 'SANDBOX_PORT', port: number, host: string): Promise<number> {
    if (port === 0) return freePort();
    if (await isPortFree(port, host)) return port;
    throw new Error(
      `Port ${port} is in use by another program: set ${variable} to a free one, e.g. ${variable}=${port + 1000} npm run demo`,
    );
  }

  private async database(): Promise<string> {
    const named = given(this.environment, 'DATABASE_URL');
    if (named !== undefined) {
      await requireDatabase(named);
      this.events.said('PostgreSQL     from DATABASE_URL');
      return named;
    }
    const database = await embeddedDatabase(this.directory);
    await this.startChild('postgres', {
      ...database,
      name: POSTGRES_NAME,
      readyTimeoutMs: 30_000,
      stopSteps: STOP_POSTGRES,
    });
    this.events.said(`PostgreSQL     ${database.url.replace(/:[^:@]*@/, ':***@')} (embedded)`);
    return database.url;
  }

  private async startNode(
    name: 'sandbox' | 'order-service',
    entry: string,
    environment: NodeJS.ProcessEnv,
    how: Pick<ChildPlan, 'readyTimeoutMs' | 'stopSteps'> & { readonly readyUrl: string },
  ): Promise<void> {
    const logFile = this.directory.logFile(name);
    await this.startChild(name, {
      name,
      logFile,
      readyTimeoutMs: how.readyTimeoutMs,
      stopSteps: how.stopSteps,
      isReady: () => answersOk(how.readyUrl),
      start: async (started) => {
        const child = await startProcess({
          name,
          command: process.execPath,
          args: [entry],
          env: environment,
          logFile,
        });
        started(child);
        return child;
      },
    });
  }

  private async startChild(name: ChildName, plan: ChildPlan): Promise<void> {
    if (this.isStopping) throw new Error('The demo was stopped while it started.');
    const child = new WatchedChild(plan, this.childEvents(name));
    this.children.push(child);
    await child.start();
  }

  private childEvents(name: ChildName): ChildEvents {
    return {
      started: (_plan, child: OwnedProcess) => {
        this.book.record(name, child.identity);
      },
      died: (plan, how) => {
        this.events.said(`! ${plan.name} ended (${how}); starting it again`);
      },
      returned: (plan) => {
        this.events.said(`! ${plan.name} is back`);
      },
      hopeless: (plan, reason) => {
        this.events.hopeless(`${plan.name} ${reason}`);
      },
    };
  }
}

/** Where `npm run build` puts the two applications, seen from this file in dist/. */
export function builtEntries(): Entries {
  const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  return {
    service: at('../../apps/order-service/src/main.js'),
    sandbox: at('../../apps/sandbox/src/main.js'),
  };
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

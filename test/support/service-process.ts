import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../scripts/servers/free-port.js';
import { freshPrefix } from './platform-parts.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

const ROOT = join(__dirname, '..', '..');
const ENTRY = join(ROOT, 'dist', 'apps', 'order-service', 'src', 'main.js');
const START_PATIENCE_MS = 60_000;
const STOP_PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 50;
/** Of a failing start, this much of what it said is shown. */
const SHOWN_OUTPUT_LENGTH = 4_000;

export interface ServiceKeys {
  /** PKCS#8 PEM that signs the service's tokens for its siblings. */
  readonly signingKey: string;
  /** `kid:base64`, as APP_SECRETS wants it. */
  readonly appSecrets: string;
}

export function newServiceKeys(): ServiceKeys {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    signingKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    appSecrets: `test:${randomBytes(32).toString('base64')}`,
  };
}

export interface ServiceOptions {
  /** Base address of all four siblings. */
  readonly siblings: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** A database of the caller's; otherwise the process gets one of its own, dropped by `remove`. */
  readonly database?: TestDatabase;
  readonly keys?: ServiceKeys;
  readonly nodeOptions?: readonly string[];
}

export interface ExitedProcess {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * The built service as an operating system process, on a port and a database of its own. It can be ended, killed and
 * started again on the same database; what all its lives wrote to their output is kept.
 */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  private exited: Promise<ExitedProcess> | undefined;
  private readonly chunks: Buffer[] = [];

  private constructor(
    readonly url: string,
    readonly database: TestDatabase,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly nodeOptions: readonly string[],
  ) {}

  static async start(options: ServiceOptions): Promise<ServiceProcess> {
    const service = await ServiceProcess.prepare(options);
    await service.launch();
    return service;
  }

  /** Everything but the launch. */
  static async prepare(options: ServiceOptions): Promise<ServiceProcess> {
    if (!existsSync(ENTRY)) throw new Error('The service is not built: run `npm run build`.');
    const port = await freePort();
    const database = options.database ?? (await createTestDatabase());
    const keys = options.keys ?? newServiceKeys();
    const environment = {
      ...inheritedEnvironment(),
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'debug',
      DATABASE_URL: database.url,
      DB_ROLE_PREFIX: database.rolePrefix,
      MIGRATE_ON_START: 'true',
      REDIS_KEY_PREFIX: freshPrefix(),
      RATE_LIMIT_ENABLED: 'false',
      EVENT_SERVICE_URL: options.siblings,
      TICKET_SERVICE_URL: options.siblings,
      PAYMENT_SERVICE_URL: options.siblings,
      AUTH_SERVICE_URL: options.siblings,
      SERVICE_SIGNING_KEY: keys.signingKey,
      APP_SECRETS: keys.appSecrets,
      ...options.environment,
    };
    const url = `http://127.0.0.1:${port}`;
    return new ServiceProcess(url, database, environment, options.nodeOptions ?? []);
  }

  get isRunning(): boolean {
    const { child } = this;
    if (child === undefined) return false;
    return child.exitCode === null && child.signalCode === null;
  }

  /** Everything the process wrote to stdout and stderr, of all its lives. */
  get output(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }

  /** The log lines that are JSON. */
  logLines(): readonly Readonly<Record<string, unknown>>[] {
    return this.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  }

  /** Starts the process, also again after it ended, and waits until it is ready. */
  async launch(): Promise<void> {
    this.spawn();
    for (let waitedMs = 0; waitedMs < START_PATIENCE_MS; waitedMs += LOOK_EVERY_MS) {
      if (!this.isRunning) throw new Error(`The service ended while it started:\n${this.lastOutput()}`);
      if (await isReady(this.url)) return;
      await sleep(LOOK_EVERY_MS);
    }
    throw new Error(`The service was not ready within ${START_PATIENCE_MS} ms:\n${this.lastOutput()}`);
  }

  /** Starts the process and waits for nothing. */
  spawn(): void {
    if (this.isRunning) throw new Error('The service runs already.');
    const child = spawn(process.execPath, [...this.nodeOptions, '--enable-source-maps', ENTRY], {
      cwd: ROOT,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.chunks.push(chunk);
      });
    }
    this.child = child;
    // `close` comes after the last output was read.
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        resolve({ code, signal });
      });
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** How the present life ended. @throws when it does not end in time */
  async exit(patienceMs: number = STOP_PATIENCE_MS): Promise<ExitedProcess> {
    if (this.exited === undefined) throw new Error('The service was never started.');
    const timer = new AbortController();
    const expiry = sleep(patienceMs, undefined, { signal: timer.signal }).then(() => {
      throw new Error(`The service still ran after ${patienceMs} ms:\n${this.lastOutput()}`);
    });
    try {
      return await Promise.race([this.exited, expiry]);
    } finally {
      expiry.catch(() => undefined);
      timer.abort();
    }
  }

  /** Ends it as an orchestrator does. */
  async stop(): Promise<ExitedProcess> {
    this.signal('SIGTERM');
    return this.exit();
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exit();
  }

  /** For `afterAll`: nothing of it is left. */
  async remove(): Promise<void> {
    if (this.isRunning) await this.kill();
    await this.database.drop();
  }

  private lastOutput(): string {
    return this.output.slice(-SHOWN_OUTPUT_LENGTH);
  }
}

/** What a process needs of its surroundings; no setting of the developer's own may reach the service under test. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, TZ, TEST_REDIS_URL } = process.env;
  return { PATH, HOME, TMPDIR, TZ, REDIS_URL: TEST_REDIS_URL };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`)).status === 200;
  } catch {
    return false;
  }
}

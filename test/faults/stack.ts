import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from '../../scripts/servers/free-port.js';
import { lastLogLines, startProcess, type OwnedProcess } from '../../scripts/servers/owned-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import type { ArmedPoint } from './cases.js';

const ROOT = join(__dirname, '..', '..');
const SERVICE_ENTRY = join(ROOT, 'dist/apps/order-service/src/main.js');
const SANDBOX_ENTRY = join(ROOT, 'dist/apps/sandbox/src/main.js');
const READY_WITHIN_MS = 40_000;
const LOOK_EVERY_MS = 25;
/** Reservations must outlive the campaign: only what a case moves may expire. */
const LONG_MINUTES = '600';

/** One process of order-service. */
export class ServiceProcess {
  constructor(
    readonly url: string,
    private readonly child: OwnedProcess,
  ) {}

  signal(signal: NodeJS.Signals): void {
    if (!this.child.hasExited()) process.kill(this.child.identity.pid, signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.child.exited;
  }

  /** Waits until the armed point was reached: the process is dead then, or stands still until it gets SIGCONT. */
  async struck(armed: ArmedPoint): Promise<void> {
    const said = `crash point ${armed.point} reached`;
    await until(`${said}\n${this.log()}`, 20_000, async () => this.log().includes(said));
    if (armed.isFrozen) this.signal('SIGSTOP');
    else await this.child.exited;
  }

  private log(): string {
    return readFileSync(this.child.logFile).subarray(this.child.logOffset).toString('utf8');
  }
}

/** A database, the sandbox as a process of its own, and as many service processes as a test starts and kills. */
export class Stack {
  private readonly processes: OwnedProcess[] = [];

  private constructor(
    private readonly directory: string,
    private readonly database: TestDatabase,
    readonly sandboxUrl: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async start(): Promise<Stack> {
    const directory = mkdtempSync(join(tmpdir(), 'order-service-faults-'));
    const database = await createTestDatabase();
    const sandboxPort = await freePort();
    const sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
    const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    const stack = new Stack(directory, database, sandboxUrl, {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      LOG_LEVEL: 'warn',
      HOST: '127.0.0.1',
      DATABASE_URL: database.url,
      DB_ROLE_PREFIX: database.rolePrefix,
      DB_IDLE_TRANSACTION_TIMEOUT_MS: '1500',
      MIGRATE_ON_START: 'true',
      RATE_LIMIT_ENABLED: 'false',
      DOCS_ENABLED: 'false',
      RESERVATION_TTL_MINUTES: LONG_MINUTES,
      PENDING_TTL_MINUTES: LONG_MINUTES,
      EXPIRATION_INTERVAL_MS: '100',
      EFFECTS_INTERVAL_MS: '100',
      EVENT_SERVICE_URL: sandboxUrl,
      TICKET_SERVICE_URL: sandboxUrl,
      PAYMENT_SERVICE_URL: sandboxUrl,
      AUTH_SERVICE_URL: sandboxUrl,
      SERVICE_SIGNING_KEY: key.toString(),
      APP_SECRETS: `faults:${randomBytes(32).toString('base64')}`,
    });
    const sandboxEnvironment = { PATH: process.env.PATH, SANDBOX_PORT: String(sandboxPort) };
    await stack.spawn('sandbox', SANDBOX_ENTRY, sandboxEnvironment, `${sandboxUrl}/health/live`);
    await stack.askSandbox('PUT', '/sandbox/settings', { refundDelayMs: { min: 200, max: 300 } });
    return stack;
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  /** Starts order-service; with a point armed it dies or freezes there. */
  async service(armed?: ArmedPoint): Promise<ServiceProcess> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const environment = {
      ...this.environment,
      PORT: String(port),
      ...(armed === undefined
        ? {}
        : { CRASH_POINT: armed.point, CRASH_ACTION: armed.isFrozen ? 'freeze:1000' : 'exit' }),
    };
    return new ServiceProcess(
      url,
      await this.spawn(`service-${port}`, SERVICE_ENTRY, environment, `${url}/health/ready`),
    );
  }

  async askSandbox(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(new URL(path, this.sandboxUrl), {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** Runs statements as the owner of the tables: the hand of the clock, and the eye of the test. */
  async sql<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const client = new Client({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows as Row[];
    } finally {
      await client.end();
    }
  }

  async killServices(): Promise<void> {
    await this.kill(this.processes.filter((child) => child.name !== 'sandbox'));
  }

  async stop(): Promise<void> {
    await this.kill(this.processes);
    await this.database.drop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async kill(children: readonly OwnedProcess[]): Promise<void> {
    for (const child of children) {
      if (!child.hasExited()) process.kill(child.identity.pid, 'SIGKILL');
      await child.exited;
    }
  }

  private async spawn(
    name: string,
    entry: string,
    env: NodeJS.ProcessEnv,
    readyUrl: string,
  ): Promise<OwnedProcess> {
    const logFile = join(this.directory, `${name}.log`);
    const child = await startProcess({ name, command: process.execPath, args: [entry], env, logFile });
    this.processes.push(child);
    await until(`${name} is ready`, READY_WITHIN_MS, async () => {
      if (child.hasExited()) throw new Error(`${name} ended while it started:\n${lastLogLines(logFile)}`);
      return fetch(readyUrl).then(
        (answer) => answer.ok,
        () => false,
      );
    });
    return child;
  }
}

/** Waits until `look` says true; fails naming what was waited for when patience is over. */
export async function until(what: string, patienceMs: number, look: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline;) {
    if (await look()) return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`not within ${patienceMs} ms: ${what}`);
}

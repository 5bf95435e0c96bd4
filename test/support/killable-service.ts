import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../../scripts/servers/free-port.js';
import { eventually } from './eventually.js';

const ENTRY = join(__dirname, '..', '..', 'dist', 'apps', 'order-service', 'src', 'main.js');

/** Keys that every process of one test shares. */
export function sharedKeys(): Record<string, string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    APP_SECRETS: `test:${randomBytes(32).toString('base64')}`,
    SERVICE_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** The built service as a process that a test may kill without warning and start again. */
export class KillableService {
  private child: ChildProcess | undefined;
  private errors = '';
  url = '';

  constructor(private readonly environment: Readonly<Record<string, string>>) {}

  async start(): Promise<void> {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const child = spawn(process.execPath, [ENTRY], {
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'test',
        LOG_LEVEL: 'error',
        ...this.environment,
        PORT: String(port),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        this.errors = `${this.errors}${chunk.toString()}`.slice(-4_000);
      });
    await eventually('the service is ready', async () => {
      if (child.exitCode !== null) throw new Error(`The service ended: ${this.errors}`);
      const ready = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      return ready?.status === 200;
    });
  }

  /** SIGKILL: it gets no chance to finish or tidy anything. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}

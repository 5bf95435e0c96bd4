import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runStatements } from '../servers/embedded-postgres.js';
import { freePort } from '../servers/free-port.js';
import type { UserIds } from '../servers/owned-process.js';
import { canRun, isRoot } from '../servers/unprivileged-user.js';
import { waitUntil } from '../servers/wait-until.js';
import { directoryOfRun, RunRecord } from '../test-servers/run-record.js';
import { provideTestPostgres } from '../test-servers/test-postgres.js';
import { execForm, inherited, parseDockerfile, type Stage } from './dockerfile.js';
import { environmentOf, makeTree } from './image-tree.js';

const STAGE = 'order-service';
const START_TIMEOUT_MS = 20_000;
/** SHUTDOWN_TIMEOUT_MS and what follows it; nothing is in flight here, so it ends far sooner. */
const STOP_TIMEOUT_MS = 20_000;

export interface ImageCheck {
  readonly root: string;
  /** Takes the build of this checkout instead of building once more from nothing. */
  readonly isQuick: boolean;
  readonly say: (line: string) => void;
}

interface Container {
  readonly directory: string;
  readonly stages: readonly Stage[];
  readonly user: UserIds | undefined;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Goes through the steps of docker/Dockerfile without Docker: production install, build, the program as the image's
 * account in a tree it cannot write to, migration, start, health check, stop.
 * @throws a sentence about the first step that does not work
 */
export async function checkImage({ root, isQuick, say }: ImageCheck): Promise<void> {
  const stages = parseDockerfile(readFileSync(join(root, 'docker/Dockerfile'), 'utf8'));
  const scratch = mkdtempSync(join(tmpdir(), 'order-service-image-'));
  chmodSync(scratch, 0o755);
  const runId = randomBytes(4).toString('hex');
  const run = new RunRecord(runId, directoryOfRun(runId));
  try {
    const ready = isQuick ? { build: root } : {};
    const directory = makeTree({ stages, context: root, scratch, ready, say }, STAGE);
    // What the image leaves to the account: reading. Whoever is not root would own the tree, so nobody may write to it.
    spawnSync('chmod', ['-R', 'a-w,a+rX', directory]);
    requireThat(!existsSync(join(directory, 'node_modules/jest')), 'development packages are in the image');
    const { TEST_DATABASE_URL: url = '', DB_ROLE_PREFIX: prefix = '' } = await provideTestPostgres(run);
    const container: Container = {
      directory,
      stages,
      user: imageUser(stages, say),
      environment: { PATH: process.env.PATH, ...environmentOf(stages, STAGE), DB_ROLE_PREFIX: prefix },
    };
    requireThat(!canWrite(container), 'the program may change its own files');
    await runWith(container, { url, prefix, login: `image_${runId}` }, say);
  } finally {
    await run.clear();
    spawnSync('chmod', ['-R', 'u+w', scratch]);
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function runWith(
  container: Container,
  database: { readonly url: string; readonly prefix: string; readonly login: string },
  say: (line: string) => void,
): Promise<void> {
  const { url, prefix, login } = database;
  const migrated = inContainer(container, ['node', 'dist/apps/order-service/src/migrate.js'], {
    DATABASE_URL: url,
  });
  requireThat(
    migrated.status === 0,
    `the migration ended with ${String(migrated.status)}: ${migrated.stderr}`,
  );
  const password = randomBytes(12).toString('hex');
  await runStatements(url, [
    `create role ${login} login password '${password}'`,
    `grant ${prefix}_app, ${prefix}_worker to ${login}`,
  ]);
  const loginUrl = new URL(url);
  loginUrl.username = login;
  loginUrl.password = password;
  try {
    await startAskStop(container, loginUrl.href, say);
  } finally {
    await runStatements(url, [`drop role ${login}`]);
  }
}

async function startAskStop(
  container: Container,
  databaseUrl: string,
  say: (line: string) => void,
): Promise<void> {
  const port = String(await freePort());
  const command = execForm(inherited(container.stages, STAGE, 'CMD').at(-1) ?? '');
  const health = inherited(container.stages, STAGE, 'HEALTHCHECK').at(-1)?.split('CMD ')[1] ?? '';
  const child = spawn(command[0] ?? '', command.slice(1), {
    cwd: container.directory,
    env: { ...container.environment, ...serviceSettings(), DATABASE_URL: databaseUrl, PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...container.user,
  });
  const written: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => written.push(chunk));
  const answers = (): boolean => inContainer(container, execForm(health), { PORT: port }).status === 0;
  try {
    const isReady = await waitUntil(() => isServing(port), {
      timeoutMs: START_TIMEOUT_MS,
      abandoned: () => isGone(child),
    });
    requireThat(
      isReady,
      `the service did not become ready:\n${Buffer.concat(written).toString('utf8').slice(-4_000)}`,
    );
    requireThat(answers(), 'the health check fails though the service is ready');
    say('started, ready, healthy');
    child.kill('SIGTERM');
    const hasStopped = await waitUntil(() => Promise.resolve(isGone(child)), { timeoutMs: STOP_TIMEOUT_MS });
    requireThat(hasStopped && child.exitCode === 0, `after SIGTERM it ended with ${String(child.exitCode)}`);
    requireThat(!answers(), 'the health check succeeds though the service has stopped');
    say('stopped with exit code 0');
  } finally {
    if (!isGone(child)) child.kill('SIGKILL');
  }
}

/** Whom USER names; as anybody but root we can only be ourselves. */
function imageUser(stages: readonly Stage[], say: (line: string) => void): UserIds | undefined {
  const [uid = 0, gid = 0] = (inherited(stages, STAGE, 'USER').at(-1) ?? '0:0').split(':').map(Number);
  requireThat(uid > 0 && gid > 0, 'the image runs as root');
  if (!isRoot()) {
    say(`not root: the program runs as this account, not as ${uid}`);
    return undefined;
  }
  if (canRun(process.execPath, { uid, gid })) return { uid, gid };
  say(`account ${uid} cannot run ${process.execPath}: the program runs as root instead`);
  return undefined;
}

/** Root may always write, so it cannot tell. */
function canWrite(container: Container): boolean {
  if (container.user === undefined && isRoot()) return false;
  const attempt = `require('fs').appendFileSync('package.json', '')`;
  return inContainer(container, ['node', '-e', attempt], {}).status === 0;
}

function inContainer(
  container: Container,
  [program = '', ...args]: readonly string[],
  environment: NodeJS.ProcessEnv,
): { readonly status: number | null; readonly stderr: string } {
  return spawnSync(program, args, {
    cwd: container.directory,
    env: { ...container.environment, ...environment },
    encoding: 'utf8',
    ...container.user,
  });
}

function serviceSettings(): NodeJS.ProcessEnv {
  const { privateKey } = generateKeyPairSync('ed25519');
  const nowhere = 'http://127.0.0.1:9';
  return {
    HOST: '127.0.0.1',
    EVENT_SERVICE_URL: nowhere,
    TICKET_SERVICE_URL: nowhere,
    PAYMENT_SERVICE_URL: nowhere,
    AUTH_SERVICE_URL: nowhere,
    SERVICE_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    APP_SECRETS: `image:${randomBytes(32).toString('base64')}`,
  };
}

async function isServing(port: string): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, {
      signal: AbortSignal.timeout(1_000),
    });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

function isGone(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function requireThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`The image would not work: ${otherwise}.`);
}

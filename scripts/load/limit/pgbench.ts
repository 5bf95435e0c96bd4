import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../servers/find-program.js';

/** Where Debian keeps it. */
const VERSIONS = '/usr/lib/postgresql';
const THREADS = 2;

/** @throws when there is no pgbench on this machine */
export function findPgbench(): string {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  const packaged = versions
    .map((version) => join(VERSIONS, version, 'bin', 'pgbench'))
    .find((path) => existsSync(path));
  const found = findProgram('pgbench') ?? packaged;
  if (found === undefined)
    throw new Error(
      '--limit needs pgbench, which is not here: install PostgreSQL’s own packages (Debian: postgresql).',
    );
  return found;
}

/**
 * Repeats the script for so many seconds.
 * @returns transactions a second
 * @throws when one of them failed
 */
export async function runPgbench(wish: {
  readonly databaseUrl: string;
  readonly script: string;
  readonly clients: number;
  readonly seconds: number;
}): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'order-service-pgbench-'));
  try {
    const file = join(directory, 'transaction.sql');
    writeFileSync(file, wish.script);
    const { code, output } = await run(findPgbench(), [
      ...['--no-vacuum', '--protocol=prepared', '--define=i=0', `--file=${file}`],
      ...[`--client=${wish.clients}`, `--jobs=${Math.min(THREADS, wish.clients)}`, `--time=${wish.seconds}`],
      wish.databaseUrl,
    ]);
    const perSecond = Number(/tps = ([\d.]+)/.exec(output)?.[1]);
    if (code !== 0 || !Number.isFinite(perSecond) || output.includes('ERROR'))
      throw new Error(`pgbench ended with ${code}:\n${output.slice(0, 2_000)}`);
    return perSecond;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function run(
  command: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
      });
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

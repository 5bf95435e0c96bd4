import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastLogLines, startProcess, stopProcess, type OwnedProcess } from './owned-process.js';
import { identityOf, isSameProcessRunning } from './process-identity.js';
import { waitUntil } from './wait-until.js';

describe('owned processes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'owned-process-'));
  const started: OwnedProcess[] = [];

  const startNode = async (script: string): Promise<OwnedProcess> => {
    const child = await startProcess({
      name: 'node',
      command: process.execPath,
      args: ['-e', script],
      env: process.env,
      logFile: join(directory, 'node.log'),
    });
    started.push(child);
    return child;
  };

  afterAll(async () => {
    for (const child of started) await stopProcess(child.identity, []);
    rmSync(directory, { recursive: true, force: true });
  });

  it('ends a process that ignores the gentle signal', async () => {
    const child = await startNode(
      'process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1000)',
    );
    await waitUntil(async () => lastLogLines(child.logFile, child.logOffset).includes('ready'), {
      timeoutMs: 10_000,
    });
    await stopProcess(child.identity, [{ signal: 'SIGTERM', waitMs: 50 }]);
    await expect(child.exited).resolves.toBe('signal SIGKILL');
  });

  it('leaves a process alone that only has the same process id', async () => {
    const child = await startNode('setInterval(() => {}, 1000)');
    await stopProcess({ pid: child.identity.pid, startedAt: 'another moment' }, []);
    expect(isSameProcessRunning(child.identity)).toBe(true);
  });

  it('knows no process behind the id of one that has ended', async () => {
    const child = await startNode('');
    await child.exited;
    expect(identityOf(child.identity.pid)).toBeUndefined();
  });

  it('shows what this process logged and nothing of its predecessors', async () => {
    const first = await startNode('console.log("the first")');
    await first.exited;
    const second = await startNode('console.log("the second")');
    await second.exited;
    expect(lastLogLines(second.logFile, second.logOffset)).toBe('    the second');
  });

  it('says which program could not be started', async () => {
    const wanted = { name: 'Redis', command: join(directory, 'missing'), args: [], env: {} };
    await expect(startProcess({ ...wanted, logFile: join(directory, 'redis.log') })).rejects.toThrow(
      'Redis could not be started',
    );
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess, stopProcess, type OwnedProcess } from '../servers/owned-process.js';
import { isSameProcessRunning } from '../servers/process-identity.js';
import { DemoDirectory } from './demo-directory.js';
import { ProcessBook } from './process-book.js';

describe('the book of the demo’s processes', () => {
  const path = mkdtempSync(join(tmpdir(), 'process-book-'));
  const directory = new DemoDirectory(path);
  const started: OwnedProcess[] = [];

  const startSleeper = async (): Promise<OwnedProcess> => {
    const child = await startProcess({
      name: 'sleeper',
      command: process.execPath,
      args: ['-e', 'setInterval(() => {}, 1000)'],
      env: process.env,
      logFile: join(path, 'sleeper.log'),
    });
    started.push(child);
    return child;
  };

  afterAll(async () => {
    for (const child of started) await stopProcess(child.identity, []);
    rmSync(path, { recursive: true, force: true });
  });

  it('ends what a killed supervisor left behind', async () => {
    const orphan = await startSleeper();
    const gone = { pid: 999_999_999, startedAt: 'long ago' };
    directory.write('processes.json', { supervisor: gone, children: { 'order-service': orphan.identity } });
    await new ProcessBook(directory).takeOver();
    expect(isSameProcessRunning(orphan.identity)).toBe(false);
  });

  it('touches nobody whose process id is merely the same', async () => {
    const stranger = await startSleeper();
    const gone = { pid: 999_999_999, startedAt: 'long ago' };
    const child = { pid: stranger.identity.pid, startedAt: 'another moment' };
    directory.write('processes.json', { supervisor: gone, children: { 'order-service': child } });
    await new ProcessBook(directory).takeOver();
    expect(isSameProcessRunning(stranger.identity)).toBe(true);
  });

  it('refuses while another supervisor is alive', async () => {
    const other = await startSleeper();
    directory.write('processes.json', { supervisor: other.identity, children: {} });
    await expect(new ProcessBook(directory).takeOver()).rejects.toThrow('A demo runs already');
  });
});

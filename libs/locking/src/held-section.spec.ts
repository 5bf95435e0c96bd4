import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemClock } from '@app/kernel';
import { HeldSection } from './held-section.js';
import type { ExtensionResult, Lease } from './lock-backend.js';

class ScriptedLease implements Lease {
  readonly backend = 'redis';
  extensions = 0;
  releases = 0;

  constructor(private readonly answer: ExtensionResult = 'extended') {}

  extend(): Promise<ExtensionResult> {
    this.extensions += 1;
    return Promise.resolve(this.answer);
  }

  release(): Promise<void> {
    this.releases += 1;
    return Promise.reject(new Error('The key is gone.'));
  }
}

function sectionOf(lease: Lease, ttlMs = 200): HeldSection {
  return new HeldSection(lease, systemClock, { ttlMs, acquiredAtMs: systemClock.monotonicMs() });
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let n = 0; n < 5_000_000 && !isTrue(); n += 1) await nextTurn();
}

describe('a section under a lock', () => {
  it('ends without complaint when the release fails', async () => {
    const lease = new ScriptedLease();

    await expect(sectionOf(lease).end()).resolves.toBeUndefined();
    expect(lease.releases).toBe(1);
  });

  it('is not released when it was left to expire', async () => {
    const lease = new ScriptedLease();
    const section = sectionOf(lease);
    section.leaveToExpire();

    await section.end();

    expect(lease.releases).toBe(0);
  });

  it('is prolonged again and again while it lasts', async () => {
    const lease = new ScriptedLease();
    const section = sectionOf(lease);

    await until(() => lease.extensions >= 3);

    expect(section.signal.aborted).toBe(false);
    await section.end();
  });

  it('is over as soon as somebody else has the keys', async () => {
    const section = sectionOf(new ScriptedLease('lost'));

    await until(() => section.signal.aborted);

    expect(section.signal.reason).toMatchObject({ code: 'LOCK_TIMEOUT' });
    await section.end();
  });

  it('is over at the end of its life when nobody can say, after several tries', async () => {
    const lease = new ScriptedLease('unavailable');
    const section = sectionOf(lease);

    await until(() => section.signal.aborted);

    expect(section.signal.aborted).toBe(true);
    expect(lease.extensions).toBeGreaterThan(1);
    await section.end();
  });
});

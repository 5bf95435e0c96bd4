import { randomUUID } from 'node:crypto';
import { anIntent, startForTest, stopAll, type TestSandbox } from './sandbox-under-test.js';

afterEach(stopAll);

describe('faults over HTTP', () => {
  it('lose the answer of work that was done', async () => {
    const sandbox = await startForTest();
    const orderId = randomUUID();
    await sandbox.send('PUT', '/sandbox/faults', {
      service: 'payment-service',
      operation: 'create-intent',
      mode: 'error-after',
      times: 1,
    });
    const body = anIntent(orderId);
    expect(await sandbox.post('/internal/payment-intents', body, 'k1')).toMatchObject({ status: 500 });
    expect(await sandbox.post('/internal/payment-intents', body, 'k1')).toMatchObject({ status: 201 });
    expect((await sandbox.ledger(orderId)).entries.map((entry) => entry.outcome)).toEqual([
      'executed',
      'replayed',
    ]);
    expect((await sandbox.send('GET', '/sandbox/faults')).body).toMatchObject({
      faults: [{ times: 0, fired: 1 }],
    });
  });

  it.each([
    ['timeout-before', 0],
    ['timeout-after', 1],
    ['reset', 0],
  ])('of mode %s give no answer and do the work %d times', async (mode, done) => {
    const sandbox = await startForTest();
    const orderId = randomUUID();
    await sandbox.send('PUT', '/sandbox/faults', {
      service: '*',
      operation: 'create-intent',
      mode,
      ms: 50,
      times: 1,
    });
    await expect(sandbox.post('/internal/payment-intents', anIntent(orderId))).rejects.toThrow();
    expect((await sandbox.ledger(orderId)).entries).toHaveLength(done);
  });

  it('do not hold up a stop', async () => {
    const sandbox = await startForTest();
    await sandbox.send('PUT', '/sandbox/faults', { service: '*', operation: '*', mode: 'timeout-before' });
    const unanswered = expect(fetch(`${sandbox.url}/.well-known/jwks.json`)).rejects.toThrow();
    await untilFired(sandbox);
    await sandbox.stop();
    await unanswered;
  });

  it('break bodies and amounts', async () => {
    const sandbox = await startForTest();
    const id = await sandbox.intent();
    await sandbox.send('PUT', '/sandbox/faults', {
      service: '*',
      operation: 'get-intent',
      mode: 'wrong-amount',
      times: 1,
    });
    await sandbox.send('PUT', '/sandbox/faults', {
      service: '*',
      operation: 'get-intent',
      mode: 'bad-body',
      times: 1,
    });
    expect((await sandbox.send('GET', `/internal/payment-intents/${id}`)).body.amountCents).toBe(11_786);
    await expect(sandbox.send('GET', `/internal/payment-intents/${id}`)).rejects.toThrow('JSON');
    expect((await sandbox.send('GET', `/internal/payment-intents/${id}`)).body.amountCents).toBe(11_686);
  });

  it('that make no sense are refused', async () => {
    const sandbox = await startForTest();
    const nonsense = [
      { service: 'ticket-service', operation: 'reserve', mode: 'latency' },
      { service: 'ticket-service', operation: 'refund', mode: 'reset' },
      { service: 'ticket-service', operation: 'reserve', mode: 'reset', time: 1 },
    ];
    for (const fault of nonsense) {
      expect(await sandbox.send('PUT', '/sandbox/faults', fault)).toMatchObject({ status: 400 });
    }
  });
});

async function untilFired(sandbox: TestSandbox): Promise<void> {
  for (let looks = 0; looks < 200; looks += 1) {
    const { body } = await sandbox.send('GET', '/sandbox/faults');
    const [fault] = body.faults as readonly { readonly fired: number }[];
    if (fault !== undefined && fault.fired > 0) return;
  }
  throw new Error('the fault never struck');
}

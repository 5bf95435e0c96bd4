import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../src/index.js';
import { aReservation, startForTest, stopAll } from './sandbox-under-test.js';

afterEach(stopAll);

describe('a reset', () => {
  it('empties the books and keeps the keys', async () => {
    const sandbox = await startForTest();
    const keysBefore = await sandbox.send('GET', '/.well-known/jwks.json');
    const event = await sandbox.event(5);
    await sandbox.post('/internal/tickets/reserve', aReservation(event, 1), 'k1');
    await sandbox.intent();
    await sandbox.send('PUT', '/sandbox/faults', { service: 'event-service', operation: '*', mode: 'reset' });
    expect((await sandbox.send('POST', '/sandbox/reset')).status).toBe(200);
    const ledger = await sandbox.ledger();
    expect(ledger).toMatchObject({ entries: [], intents: [], oversold: 0 });
    expect(ledger.stock.some((row) => row.ticketTypeId === event.ticketTypes[0]?.id)).toBe(false);
    expect((await sandbox.send('GET', `/internal/events/${event.id}`)).status).toBe(404);
    expect((await sandbox.send('GET', '/sandbox/faults')).body).toEqual({ faults: [] });
    expect(await sandbox.send('GET', '/.well-known/jwks.json')).toEqual(keysBefore);
  });
});

describe('the state file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sandbox-spec-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('lets a second sandbox go on where the first one stopped', async () => {
    const stateFile = join(directory, 'books.json');
    const first = await startForTest({ stateFile, refundDelayMs: { min: 60_000, max: 60_000 } });
    const event = await first.event(5);
    const reservation = aReservation(event, 2);
    await first.post('/internal/tickets/reserve', reservation, 'k1');
    const paymentIntentId = await first.intent(reservation.orderId);
    await first.post(`/sandbox/payment-intents/${paymentIntentId}/pay`, { notify: 'never' });
    const refund = {
      refundId: randomUUID(),
      paymentIntentId,
      amountCents: 100,
      currency: 'USD',
      reason: 'asked for',
    };
    await first.post('/internal/refunds', refund);
    const before = { ledger: await first.ledger(), keys: await first.send('GET', '/.well-known/jwks.json') };
    await first.stop();

    const second = await startForTest({ stateFile });
    expect({
      ledger: await second.ledger(),
      keys: await second.send('GET', '/.well-known/jwks.json'),
    }).toEqual(before);
    expect(await second.post('/internal/tickets/reserve', reservation, 'k1')).toMatchObject({ status: 200 });
    expect((await second.ledger(reservation.orderId)).entries.at(-1)).toMatchObject({ outcome: 'replayed' });
    expect(await second.send('GET', `/internal/refunds/${refund.refundId}`)).toMatchObject({
      body: { status: 'pending' },
    });
  });

  it('that is not one is refused and left alone', async () => {
    const stateFile = join(directory, 'letter.json');
    writeFileSync(stateFile, 'Dear John');
    await expect(startSandbox({ port: 0, stateFile })).rejects.toThrow('is not a state file of this sandbox');
    expect(readFileSync(stateFile, 'utf8')).toBe('Dear John');
  });
});

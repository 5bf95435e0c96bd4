import { DEFAULT_TENANT_ID } from '../src/index.js';
import { aReservation, startForTest, stopAll } from './sandbox-under-test.js';

afterEach(stopAll);

describe('tickets over HTTP', () => {
  it('are held, issued and taken back', async () => {
    const sandbox = await startForTest();
    const event = await sandbox.event(5);
    const reservation = aReservation(event, 2);
    const { orderId, generation } = reservation;
    expect(await sandbox.post('/internal/tickets/reserve', reservation, 'k1')).toEqual({
      status: 200,
      body: { orderId, status: 'HELD', expiresAt: reservation.expiresAt, items: reservation.items },
    });
    const issued = await sandbox.post('/internal/tickets/confirm', { orderId, generation }, 'k2');
    expect(issued).toMatchObject({ status: 200, body: { status: 'ISSUED', tickets: [{}, {}] } });
    expect(await sandbox.send('GET', `/internal/tickets/reservations/${orderId}`)).toMatchObject({
      body: {
        orderId,
        tenantId: DEFAULT_TENANT_ID,
        generation: 1,
        status: 'ISSUED',
        items: reservation.items,
      },
    });
    expect(
      await sandbox.post('/internal/tickets/release', { orderId, generation, reason: 'refund' }, 'k3'),
    ).toEqual({
      status: 200,
      body: { orderId, status: 'RELEASED' },
    });
    expect((await sandbox.ledger(orderId)).entries).toMatchObject([
      { operation: 'reserve', outcome: 'executed', key: 'k1', items: reservation.items },
      { operation: 'confirm', outcome: 'executed', key: 'k2', items: reservation.items },
      { operation: 'release', outcome: 'executed', key: 'k3', items: reservation.items },
    ]);
  });

  it('answer the same key with the same tickets, and another request under it with 422', async () => {
    const sandbox = await startForTest();
    const reservation = aReservation(await sandbox.event(5), 2);
    const { orderId, generation } = reservation;
    await sandbox.post('/internal/tickets/reserve', reservation, 'k1');
    const first = await sandbox.post('/internal/tickets/confirm', { orderId, generation }, 'k2');
    expect(await sandbox.post('/internal/tickets/confirm', { orderId, generation }, 'k2')).toEqual(first);
    expect(await sandbox.post('/internal/tickets/confirm', { orderId, generation: 2 }, 'k2')).toMatchObject({
      status: 422,
      body: { code: 'KEY_REUSED' },
    });
    expect((await sandbox.ledger(orderId)).entries.map((entry) => entry.outcome)).toEqual([
      'executed',
      'executed',
      'replayed',
      'refused',
    ]);
  });

  it('are refused with the codes of the contract', async () => {
    const sandbox = await startForTest();
    const event = await sandbox.event(1);
    const reservation = aReservation(event, 2);
    const { orderId } = reservation;
    const [ticketType] = event.ticketTypes;
    expect(await sandbox.post('/internal/tickets/reserve', reservation)).toMatchObject({
      status: 409,
      body: {
        code: 'INSUFFICIENT_TICKETS',
        unavailable: [{ ticketTypeId: ticketType?.id, requested: 2, available: 1 }],
      },
    });
    await sandbox.post('/internal/tickets/release', { orderId, generation: 1, reason: 'undo' });
    expect(
      await sandbox.post('/internal/tickets/reserve', { ...aReservation(event, 1, orderId) }),
    ).toMatchObject({
      status: 410,
      body: { code: 'RELEASED' },
    });
    expect(await sandbox.post('/internal/tickets/confirm', { orderId, generation: 1 })).toMatchObject({
      status: 409,
      body: { code: 'HOLD_GONE' },
    });
    expect(await sandbox.post('/internal/tickets/reserve', { ...reservation, items: [[{}]] })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
  });

  it('of a used ticket are not taken back', async () => {
    const sandbox = await startForTest();
    const reservation = aReservation(await sandbox.event(5), 1);
    const { orderId, generation } = reservation;
    await sandbox.post('/internal/tickets/reserve', reservation);
    const issued = await sandbox.post('/internal/tickets/confirm', { orderId, generation });
    const [ticket] = issued.body.tickets as readonly { readonly id: string }[];
    expect(await sandbox.post(`/sandbox/tickets/${ticket?.id ?? ''}/use`)).toMatchObject({
      status: 200,
      body: { orderId },
    });
    expect(
      await sandbox.post('/internal/tickets/release', { orderId, generation, reason: 'refund' }),
    ).toMatchObject({
      status: 409,
      body: { code: 'TICKET_USED' },
    });
  });

  it('of a batch are decided one order after the other', async () => {
    const sandbox = await startForTest();
    const event = await sandbox.event(3);
    const [first, second, third] = [aReservation(event, 2), aReservation(event, 2), aReservation(event, 1)];
    const batch = { reservations: [first, second, third] };
    const expected = {
      results: [
        { orderId: first.orderId, status: 'HELD' },
        {
          orderId: second.orderId,
          status: 'REJECTED',
          unavailable: [{ ticketTypeId: event.ticketTypes[0]?.id, requested: 2, available: 1 }],
        },
        { orderId: third.orderId, status: 'HELD' },
      ],
    };
    expect((await sandbox.post('/internal/tickets/reserve/batch', batch)).body).toEqual(expected);
    expect((await sandbox.post('/internal/tickets/reserve/batch', batch)).body).toMatchObject({
      results: [{ status: 'HELD' }, { status: 'REJECTED' }, { status: 'HELD' }],
    });
    const stock = (await sandbox.ledger()).stock.find((row) => row.ticketTypeId === event.ticketTypes[0]?.id);
    expect(stock).toMatchObject({ held: 3, sold: 0 });
  });

  it.each([
    ['atomic', 0, 4],
    ['check-then-act', 4, 8],
  ])(
    'of an %s event are oversold by %d when eight buyers want four at once',
    async (stockMode, oversold, held) => {
      const sandbox = await startForTest();
      const event = await sandbox.event(4, { stockMode });
      await sandbox.send('PUT', '/sandbox/faults', {
        service: 'ticket-service',
        operation: 'reserve',
        mode: 'latency',
        ms: 100,
      });
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => sandbox.post('/internal/tickets/reserve', aReservation(event, 1))),
      );
      expect(answers.filter((answer) => answer.status === 200)).toHaveLength(held);
      expect((await sandbox.ledger()).oversold).toBe(oversold);
    },
  );
});

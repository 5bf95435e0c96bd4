import { garbled, withWrongAmounts } from './broken-answers.js';
import { FaultBoard, type Fault } from './fault-board.js';

const ALWAYS: Omit<Fault, 'service' | 'operation' | 'mode'> = { times: null, ms: 0, probability: 1 };

describe('faults', () => {
  it('strike the calls they name and no others', () => {
    const board = new FaultBoard();
    board.put({ ...ALWAYS, service: 'payment-service', operation: 'refund', mode: 'error-after' });
    expect(board.strike('payment-service', 'get-refund')).toBeNull();
    expect(board.strike('ticket-service', 'reserve')).toBeNull();
    expect(board.strike('payment-service', 'refund')).toMatchObject({ mode: 'error-after' });
  });

  it('strike everything when they name nothing', () => {
    const board = new FaultBoard();
    board.put({ ...ALWAYS, service: '*', operation: '*', mode: 'reset' });
    expect(board.strike('auth-service', 'jwks')).toMatchObject({ mode: 'reset' });
    expect(board.strike('event-service', 'get-event')).toMatchObject({ mode: 'reset' });
  });

  it('strike as often as they may, are counted, and make way for the next', () => {
    const board = new FaultBoard();
    board.put({
      ...ALWAYS,
      service: 'ticket-service',
      operation: 'reserve',
      mode: 'timeout-after',
      times: 2,
      ms: 50,
    });
    board.put({ ...ALWAYS, service: '*', operation: '*', mode: 'error-before', times: 1 });
    const modes = Array.from({ length: 4 }, () => board.strike('ticket-service', 'reserve')?.mode ?? 'none');
    expect(modes).toEqual(['timeout-after', 'timeout-after', 'error-before', 'none']);
    expect(board.list()).toMatchObject([
      { mode: 'timeout-after', times: 0, fired: 2 },
      { mode: 'error-before', times: 0, fired: 1 },
    ]);
  });

  it('are drawn per call', () => {
    const draws = [0.4, 0.6];
    const board = new FaultBoard(() => draws.shift() ?? 1);
    board.put({ ...ALWAYS, service: '*', operation: '*', mode: 'reset', probability: 0.5 });
    expect(board.strike('ticket-service', 'reserve')).not.toBeNull();
    expect(board.strike('ticket-service', 'reserve')).toBeNull();
    expect(board.list()).toMatchObject([{ fired: 1 }]);
  });

  it('start afresh when they are put again', () => {
    const board = new FaultBoard();
    const fault: Fault = { ...ALWAYS, service: '*', operation: '*', mode: 'reset', times: 1 };
    board.put(fault);
    board.strike('ticket-service', 'reserve');
    board.put(fault);
    expect(board.list()).toMatchObject([{ times: 1, fired: 0 }]);
  });

  it('of a wrong amount pass over operations that name none', () => {
    const board = new FaultBoard();
    board.put({ ...ALWAYS, service: '*', operation: '*', mode: 'wrong-amount', times: 1 });
    expect(board.strike('ticket-service', 'release')).toBeNull();
    expect(board.strike('ticket-service', 'prices')).toMatchObject({ mode: 'wrong-amount' });
  });
});

describe('broken answers', () => {
  it('are off by one unit of money wherever an amount is named', () => {
    expect(withWrongAmounts({ prices: [{ unitPriceCents: 4_500, version: 1 }] })).toEqual({
      prices: [{ unitPriceCents: 4_600, version: 1 }],
    });
    expect(withWrongAmounts({ amountCents: 100, amountReceivedCents: 0, refundedCents: 0 })).toEqual({
      amountCents: 200,
      amountReceivedCents: 0,
      refundedCents: 0,
    });
  });

  it('break off, or miss what was promised', () => {
    const body = { paymentIntentId: 'p1', status: 'succeeded' };
    expect(() => JSON.parse(garbled(body, 1)) as unknown).toThrow(SyntaxError);
    expect(JSON.parse(garbled(body, 2))).toEqual({ ok: true });
  });
});

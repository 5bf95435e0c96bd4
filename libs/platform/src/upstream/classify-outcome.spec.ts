import { z } from 'zod';
import { classifyOutcome, type AnswerReading } from './classify-outcome.js';
import { UPSTREAM_OPERATIONS, type OperationName, type OperationRow } from './operations.js';
import type { Exchange, NotSentReason, Outcome } from './outcome.js';
import { NO_DETAILS } from './wire-schemas.js';

const READING: AnswerReading<{ orderId: string }, string, null> = {
  answer: z.object({ orderId: z.string() }),
  refusal: NO_DETAILS,
};

function answered(status: number, body: unknown, contentType = 'application/json'): Exchange {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'answered', status, contentType, contentEncoding: '', body: Buffer.from(text) };
}

function judge(operation: OperationName, exchange: Exchange): Outcome<unknown, string, unknown> {
  return classifyOutcome(UPSTREAM_OPERATIONS[operation], exchange, READING);
}

describe('the outcome of a call', () => {
  it.each([
    [200, 'application/json'],
    [201, 'application/json; charset=utf-8'],
    [202, 'application/vnd.sibling+json'],
  ])('is done when %i in %s fits the schema, less unknown members', (status, contentType) => {
    expect(judge('reserve', answered(status, { orderId: 'o', later: 1 }, contentType))).toEqual({
      kind: 'done',
      status,
      body: { orderId: 'o' },
    });
  });

  it.each<[string, Exchange]>([
    ['text', answered(200, 'fine', 'text/plain')],
    ['JSON called text', answered(200, { orderId: 'o' }, 'text/html')],
    ['half a document', answered(200, '{"orderId":')],
    ['a member of the wrong type', answered(200, { orderId: 7 })],
    ['a missing member', answered(200, { ok: true })],
    ['nothing', answered(204, '')],
    ['broken UTF-8', { ...plain(200), body: Buffer.from([0x22, 0xff, 0x22]) }],
    ['a compressed body', { ...plain(200), contentEncoding: 'gzip' }],
    ['a listed refusal that is no JSON', answered(409, '<html>', 'text/html')],
    ['a listed refusal cut in half', answered(409, '{"code":"INSUFF')],
    ['a listed status without a code', answered(409, { ok: true })],
    ['a listed status with an array', answered(409, [{ code: 'INSUFFICIENT_TICKETS' }])],
  ])('is unknown for %s', (_what, exchange) => {
    expect(judge('reserve', exchange)).toEqual({ kind: 'unknown', reason: 'bad-body' });
  });

  it.each<[OperationName, number, string]>([
    ['getEvent', 404, 'EVENT_NOT_FOUND'],
    ['prices', 404, 'TICKET_TYPE_NOT_FOUND'],
    ['reserve', 409, 'INSUFFICIENT_TICKETS'],
    ['reserve', 410, 'RELEASED'],
    ['reserve', 422, 'KEY_REUSED'],
    ['reserveBatch', 422, 'KEY_REUSED'],
    ['confirmTickets', 409, 'HOLD_GONE'],
    ['confirmTickets', 422, 'KEY_REUSED'],
    ['releaseTickets', 409, 'TICKET_USED'],
    ['releaseTickets', 422, 'KEY_REUSED'],
    ['getReservation', 404, 'RESERVATION_NOT_FOUND'],
    ['openIntent', 422, 'AMOUNT_NOT_ALLOWED'],
    ['openIntent', 422, 'CURRENCY_NOT_SUPPORTED'],
    ['openIntent', 422, 'KEY_REUSED'],
    ['getIntent', 404, 'INTENT_NOT_FOUND'],
    ['confirmIntent', 422, 'KEY_REUSED'],
    ['cancelIntent', 404, 'INTENT_NOT_FOUND'],
    ['cancelIntent', 409, 'ALREADY_SUCCEEDED'],
    ['cancelIntent', 409, 'PROCESSING'],
    ['cancelIntent', 422, 'KEY_REUSED'],
    ['refund', 409, 'EXCEEDS_CAPTURED'],
    ['refund', 409, 'INSUFFICIENT_BALANCE'],
    ['refund', 422, 'KEY_REUSED'],
  ])('of %s is refused for %i %s', (operation, status, code) => {
    expect(judge(operation, answered(status, { code }))).toEqual({
      kind: 'refused',
      status,
      code,
      body: null,
    });
  });

  it('of a read without a code of its own in the contract is refused by the status alone', () => {
    expect(judge('getIntent', answered(404, {}))).toMatchObject({
      kind: 'refused',
      code: 'INTENT_NOT_FOUND',
    });
  });

  it('is never "no such intent" when the address itself does not exist', () => {
    expect(judge('cancelIntent', answered(404, { code: 'ROUTE_NOT_FOUND' }))).toEqual({
      kind: 'unknown',
      reason: 'unlisted-refusal',
      finding:
        'payment-service answered cancel-intent with 404 ROUTE_NOT_FOUND, which its contract does not list.',
    });
  });

  it.each<[OperationName, number, unknown]>([
    ['reserve', 400, { code: 'VALIDATION_FAILED' }],
    ['reserve', 409, { code: 'HOLD_GONE' }],
    ['reserve', 404, {}],
    ['availability', 404, { code: 'TICKET_TYPE_NOT_FOUND' }],
    ['getRefund', 404, {}],
    ['refund', 402, 'text'],
    ['openIntent', 408, {}],
  ])('of %s is unknown and a finding for an unlisted %i', (operation, status, body) => {
    const row: OperationRow = UPSTREAM_OPERATIONS[operation];
    expect(judge(operation, answered(status, body))).toEqual({
      kind: 'unknown',
      reason: 'unlisted-refusal',
      finding: expect.stringContaining(
        `${row.upstream} answered ${row.operation} with ${String(status)}`,
      ) as string,
    });
  });

  it('quotes no free text of the sibling in a finding', () => {
    const outcome = judge('reserve', answered(400, { code: 'see jane@example.com' }));
    expect(JSON.stringify(outcome)).not.toContain('jane');
  });

  it.each([
    [429, 'throttled'],
    [500, 'server-error'],
    [502, 'server-error'],
    [503, 'server-error'],
    [599, 'server-error'],
    [301, 'redirect'],
    [302, 'redirect'],
    [304, 'redirect'],
    [307, 'redirect'],
  ])('is unknown without a finding for %i', (status, reason) => {
    expect(judge('refund', answered(status, { code: 'EXCEEDS_CAPTURED' }))).toEqual({
      kind: 'unknown',
      reason,
    });
  });

  it.each([401, 403])(
    'is not sent for %i, because the token is checked before anything is done',
    (status) => {
      expect(judge('refund', answered(status, {}))).toEqual({ kind: 'not-sent', reason: 'unauthenticated' });
    },
  );

  it.each<NotSentReason>([
    'connection-refused',
    'dns',
    'connect-timeout',
    'connect-failed',
    'breaker-open',
    'deadline',
    'queue-full',
    'shutting-down',
  ])('is not sent for %s', (reason) => {
    expect(judge('refund', { kind: 'not-sent', reason })).toEqual({ kind: 'not-sent', reason });
  });

  it.each(['time-out', 'reset', 'too-large'] as const)('is unknown for %s', (reason) => {
    expect(judge('refund', { kind: 'lost', reason })).toEqual({ kind: 'unknown', reason });
  });

  it('never turns a status that no operation lists into a refusal', () => {
    for (const operation of Object.keys(UPSTREAM_OPERATIONS) as OperationName[]) {
      const row: OperationRow = UPSTREAM_OPERATIONS[operation];
      for (let status = 100; status < 600; status += 1) {
        const outcome = judge(operation, answered(status, { code: 'KEY_REUSED' }));
        if (outcome.kind === 'refused') expect(row.refusals).toHaveProperty(String(status));
      }
    }
  });

  it('is unknown with a finding when the answer speaks of something else', () => {
    const outcome = classifyOutcome(UPSTREAM_OPERATIONS.openIntent, answered(201, { orderId: 'other' }), {
      ...READING,
      echo: () => ({ kind: 'mismatch', what: 'an intent of another order' }),
    });
    expect(outcome).toEqual({
      kind: 'unknown',
      reason: 'echo-mismatch',
      finding: 'payment-service answered create-intent with an intent of another order.',
    });
  });
});

function plain(status: number): Extract<Exchange, { kind: 'answered' }> {
  return {
    kind: 'answered',
    status,
    contentType: 'application/json',
    contentEncoding: '',
    body: Buffer.from('{"orderId":"o"}'),
  };
}

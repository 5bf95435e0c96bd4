import { AppError } from '@app/kernel';
import { redact } from './redact.js';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';

describe('what is logged', () => {
  it('keeps the facts of a request line', () => {
    const facts = {
      method: 'POST',
      route: '/api/v1/orders/:orderId/reserve',
      status: 200,
      durationMs: 12.5,
      requestId: 'r-1',
    };

    expect(redact(facts)).toEqual(facts);
  });

  it.each([
    'authorization',
    'Set-Cookie',
    'access_token',
    'clientSecret',
    'customerEmail',
    'billingAddress',
    'postal_code',
    'headers',
    'body',
  ])('hides what is called %s, at any depth', (name) => {
    expect(JSON.stringify(redact({ outer: [{ [name]: 'CANARY' }] }))).not.toContain('CANARY');
  });

  it.each([
    ['the buyer ada@example.com asked', 'the buyer [email] asked'],
    [`sent Bearer ${JWT}`, 'sent Bearer [token]'],
    [`sent ${JWT} along`, 'sent [token] along'],
    ['pi_1_secret_abc', '[client secret]'],
    ['card 4242 4242 4242 4242', 'card [number]'],
    ['at postgres://owner:hunter2@db:5432/orders', 'at postgres://[login]@db:5432/orders'],
  ])('hides what looks like a secret in "%s"', (text, scrubbed) => {
    expect(redact({ note: text })).toEqual({ note: scrubbed });
  });

  it('leaves ids alone', () => {
    const ids = { orderId: '01987722-1111-7123-8456-012345678901', requestId: '1763812345678902' };

    expect(redact(ids)).toEqual(ids);
  });

  it('tells kind and place of an error, with its causes', () => {
    const error = new AppError(
      'LOCK_TIMEOUT',
      {},
      { cause: new Error('the key of ada@example.com is taken') },
    );

    expect(redact({ err: error })).toMatchObject({
      err: {
        type: 'AppError',
        code: 'LOCK_TIMEOUT',
        kind: 'upstream',
        cause: { type: 'Error', message: 'the key of [email] is taken' },
      },
    });
  });

  it('names the constraint that a row broke, and nothing of the row', () => {
    const error = Object.assign(new Error('duplicate key'), {
      code: '23505',
      constraint: 'orders_number_key',
      severity: 'ERROR',
      detail: 'Key (email)=(CANARY)',
    });

    expect(redact({ err: error })).toMatchObject({ err: { code: '23505', constraint: 'orders_number_key' } });
    expect(JSON.stringify(redact({ err: error }))).not.toMatch(/CANARY|duplicate/);
  });

  it('tells of something that was thrown but is no error its type alone, however deep', () => {
    expect(redact({ err: new Error('outer', { cause: 'CANARY' }) })).toMatchObject({
      err: { cause: { type: 'string' } },
    });
    const noStack = new Error('x');
    delete noStack.stack;
    expect(redact({ err: noStack })).toMatchObject({ err: { stack: [] } });
  });

  it('ends a chain of causes', () => {
    const error = new Error('loop');
    error.cause = error;

    expect(JSON.stringify(redact({ err: error })).match(/"cause"/g)).toHaveLength(4);
  });

  it('keeps instants and large numbers, shortens long texts', () => {
    const at = new Date('2026-06-01T12:00:00Z');

    expect(redact({ at, id: 12n, none: null, token: null })).toEqual({
      at,
      id: '12',
      none: null,
      token: null,
    });
    expect(redact({ note: 'x'.repeat(3_000) })).toEqual({ note: `${'x'.repeat(2_000)}…` });
  });

  it('leaves out the messages of errors that quote the value they met', () => {
    const query = Object.assign(new Error('invalid input syntax for type uuid: "CANARY"'), {
      name: 'QueryFailedError',
      driverError: { detail: 'Key (email)=(CANARY)' },
      parameters: ['CANARY'],
      code: '22P02',
    });
    let parse: unknown;
    try {
      JSON.parse('{"name": CANARY}');
    } catch (error) {
      parse = error;
    }

    const logged = redact({ err: query, parse });

    expect(JSON.stringify(logged)).not.toContain('CANARY');
    expect(logged).toMatchObject({
      err: { type: 'QueryFailedError', code: '22P02' },
      parse: { type: 'SyntaxError' },
    });
  });

  it('ends with deep, wide and cyclic facts', () => {
    const cyclic: Record<string, unknown> = { list: Array.from({ length: 500 }, (_, n) => n) };
    cyclic.self = cyclic;

    expect(JSON.stringify(redact(cyclic)).length).toBeLessThan(5_000);
  });
});

import { AppError, errorRow, ERROR_CODES } from '@app/kernel';

const rows = ERROR_CODES.map((code) => [code, errorRow(code)] as const);

function codesWhere(fits: (row: ReturnType<typeof errorRow>) => boolean): readonly string[] {
  return rows.filter(([, row]) => fits(row)).map(([code]) => code);
}

describe('the error catalog', () => {
  it.each(rows)('says %s in full sentences to a stranger', (_code, row) => {
    // A sibling is called by its name, which starts no sentence with a capital.
    expect(row.detail).toMatch(/^([A-Z]|payment-service |\{(reason|upstream)\})/);
    expect(row.detail).toMatch(/(\.|\{\w+\})$/);
    expect(row.title).toMatch(/^[A-Z].*[^.]$/);
  });

  it('asks to send again only where nothing but time is in the way', () => {
    expect(codesWhere((row) => row.retryAfterSeconds !== undefined)).toEqual([
      'IDEMPOTENCY_KEY_IN_USE',
      'ORDER_BUSY',
      'RATE_LIMITED',
      'UPSTREAM_UNAVAILABLE',
      'LOCK_TIMEOUT',
      'OVERLOADED',
      'SHUTTING_DOWN',
    ]);
  });

  it.each(rows.filter(([, row]) => row.status === 503))(
    'lets %s be sent again, as every 503',
    (_code, row) => {
      expect(row.retryAfterSeconds).toBeGreaterThan(0);
      expect(row.kind).toBe('upstream');
    },
  );

  it('stores exactly the refusals that the request and its own past alone decide', () => {
    expect(codesWhere((row) => row.replay === 'stored')).toEqual([
      'ORDER_STATE_CONFLICT',
      'PRICE_CHANGED',
      'REFUND_EXCEEDS_REFUNDABLE',
      'PURCHASE_LIMIT_EXCEEDED',
      'CURRENCY_MISMATCH',
      'PROMO_INVALID',
      'REFUND_WINDOW_CLOSED',
      'AMOUNT_OUT_OF_RANGE',
    ]);
  });

  it('never stores what may be sent again', () => {
    expect(codesWhere((row) => row.replay === 'stored' && row.retryAfterSeconds !== undefined)).toEqual([]);
  });

  it('calls 5xx alone a bug or a matter of a sibling', () => {
    expect(
      codesWhere((row) => row.status >= 500 !== (row.kind === 'bug' || row.kind === 'upstream')),
    ).toEqual([]);
    expect(codesWhere((row) => row.status === 500)).toEqual(['INTERNAL', 'MONEY_INVALID']);
  });

  it.each(rows.filter(([, row]) => row.status === 500))('tells nothing of the inside in %s', (code) => {
    const error = new AppError(code, { reason: 'select secret from orders' });

    expect(error.detail).not.toContain('select');
  });
});

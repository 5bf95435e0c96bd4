import { UPSTREAM_OPERATIONS, type OperationRow } from './operations.js';

const ROWS: readonly OperationRow[] = Object.values(UPSTREAM_OPERATIONS);

describe('the table of operations', () => {
  it('lets every call that changes something be refused for a reused key, and no other', () => {
    for (const row of ROWS) {
      const codes = Object.values(row.refusals).flat();
      expect([row.operation, codes.includes('KEY_REUSED')]).toEqual([row.operation, row.class === 'write']);
    }
  });

  it('lists only 4xx as refusals, and none that means a bad token or too many calls', () => {
    for (const status of ROWS.flatMap((row) => Object.keys(row.refusals).map(Number))) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect([401, 403, 429]).not.toContain(status);
    }
  });

  it('names operations as the sandbox and the metrics do', () => {
    expect([...new Set(ROWS.map((row) => `${row.upstream} ${row.operation}`))].sort()).toEqual([
      'event-service get-event',
      'payment-service cancel-intent',
      'payment-service confirm-intent',
      'payment-service create-intent',
      'payment-service get-intent',
      'payment-service get-refund',
      'payment-service refund',
      'ticket-service availability',
      'ticket-service confirm',
      'ticket-service get-reservation',
      'ticket-service prices',
      'ticket-service release',
      'ticket-service reserve',
    ]);
  });
});

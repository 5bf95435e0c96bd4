import { inLockOrder, lockKey } from './lock-keys.js';

describe('lock keys', () => {
  it('name the resource, the tenant and the id', () => {
    expect(lockKey('ticket-type', { tenantId: 'tenant', id: 'balcony' })).toBe('ticket-type:tenant:balcony');
  });

  it('are taken once each and in the same order by everybody', () => {
    const balcony = lockKey('ticket-type', { tenantId: 'tenant', id: 'balcony' });
    const stalls = lockKey('ticket-type', { tenantId: 'tenant', id: 'stalls' });

    expect(inLockOrder([stalls, balcony, stalls])).toEqual([balcony, stalls]);
    expect(inLockOrder([balcony, stalls])).toEqual([balcony, stalls]);
  });
});

import { AppError } from '@app/kernel';
import type { FastifyRequest } from 'fastify';
import type { Identity } from './auth/identity.js';
import type { EndpointPolicy } from './endpoint.js';
import { refusedAction } from './refused-actions.js';

const TENANT = '0190a000-0000-7000-8000-00000000000a';
const admin = { kind: 'user', tenantId: TENANT, userId: 'u-1', role: 'admin' } as Identity;
const buyer = { kind: 'user', tenantId: TENANT, userId: 'u-2', role: 'customer' } as Identity;
const sibling = {
  kind: 'service',
  name: 'billing',
  tenantId: undefined,
  scopes: new Set(),
} as unknown as Identity;
const changing = { audience: 'user', role: 'admin', changes: true } as unknown as EndpointPolicy;

interface Asked {
  readonly policy: EndpointPolicy | undefined;
  readonly user?: Identity | undefined;
  readonly tenantHeader?: string;
}

function kept(error: AppError, asked: Asked): ReturnType<typeof refusedAction> {
  const request = {
    method: 'POST',
    id: 'req-1',
    url: '/api/v1/promo-codes?x=1',
    headers: asked.tenantHeader === undefined ? {} : { 'x-tenant-id': asked.tenantHeader },
    routeOptions: { url: '/api/v1/promo-codes', config: { endpoint: asked.policy } },
    user: asked.user,
  };
  return refusedAction(request as unknown as FastifyRequest, error);
}

describe('what the audit log keeps of a request that failed', () => {
  it('is who wanted what, where, and why not', () => {
    expect(
      kept(new AppError('PROMO_CODE_TAKEN', { promoCode: 'SPRING' }), { policy: changing, user: admin }),
    ).toEqual({
      tenantId: TENANT,
      actor: { kind: 'user', id: 'u-1' },
      action: 'POST /api/v1/promo-codes',
      subject: '/api/v1/promo-codes',
      outcome: 'refused',
      code: 'PROMO_CODE_TAKEN',
      reason: 'There is a promo code SPRING already. End it first or choose another code.',
      requestId: 'req-1',
    });
  });

  it('quotes nothing of a bug', () => {
    const bug = new AppError('MONEY_INVALID', { reason: 'select secret' });
    expect(kept(bug, { policy: changing, user: admin })).toMatchObject({
      outcome: 'failed',
      reason: 'Something went wrong on our side',
    });
  });

  it('is nothing where no privileged action was tried', () => {
    const conflict = new AppError('ORDER_BUSY');
    const customer = { audience: 'user', changes: true } as unknown as EndpointPolicy;
    const open = { audience: 'open' } as unknown as EndpointPolicy;
    expect(kept(conflict, { policy: undefined, user: admin })).toBeUndefined();
    expect(kept(conflict, { policy: customer, user: buyer })).toBeUndefined();
    expect(kept(conflict, { policy: open, user: admin })).toBeUndefined();
    expect(kept(new AppError('VALIDATION_FAILED'), { policy: changing, user: admin })).toBeUndefined();
  });

  it('is also what an admin could not do on a route of buyers', () => {
    const customer = { audience: 'user', changes: true } as unknown as EndpointPolicy;
    expect(kept(new AppError('ORDER_BUSY'), { policy: customer, user: admin })).toMatchObject({
      actor: { kind: 'user', id: 'u-1' },
      outcome: 'refused',
      code: 'ORDER_BUSY',
    });
  });

  it('is a look only when it was forbidden', () => {
    const look = { audience: 'service', scope: 'orders:read', changes: false } as unknown as EndpointPolicy;
    const asked = { policy: look, user: sibling, tenantHeader: TENANT.toUpperCase() };
    expect(kept(new AppError('ORDER_NOT_FOUND'), asked)).toBeUndefined();
    expect(kept(new AppError('FORBIDDEN'), asked)).toMatchObject({
      tenantId: TENANT,
      actor: { kind: 'service', id: 'billing' },
    });
  });

  it('is nothing where nobody knows whose it was', () => {
    const forbidden = new AppError('FORBIDDEN');
    const service = { audience: 'service', changes: true } as unknown as EndpointPolicy;
    expect(kept(forbidden, { policy: service })).toBeUndefined();
    expect(kept(forbidden, { policy: service, user: sibling })).toBeUndefined();
    expect(kept(forbidden, { policy: service, user: sibling, tenantHeader: 'acme' })).toBeUndefined();
    expect(kept(forbidden, { policy: service, user: { ...sibling, tenantId: TENANT } })).toMatchObject({
      tenantId: TENANT,
    });
  });
});

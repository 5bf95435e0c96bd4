import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BulkWorld, expectStatus, type Reply, type SoldEvent } from '../support/bulk-world.js';
import { eventually } from '../support/eventually.js';

let world: BulkWorld;
let app: NestFastifyApplication;
let admin: { readonly token: string };
let event: SoldEvent;

interface Policy {
  readonly id: string;
  readonly effectiveFrom: string;
  readonly effectiveTo: string | null;
  readonly [member: string]: unknown;
}

beforeAll(async () => {
  world = await BulkWorld.start();
  app = await world.serve();
});

beforeEach(async () => {
  event = await world.event();
  admin = { token: await world.admin() };
});

afterAll(async () => {
  await app.close();
  await world.stop();
});

function refundPolicy(more: Readonly<Record<string, unknown>>): Promise<Reply<Policy>> {
  const rules = [{ hoursBeforeStart: 24, refundBps: 10_000 }];
  return world.send<Policy>(
    'POST',
    '/api/v1/refund-policies',
    { eventId: event.id, rules, reason: 'New terms', ...more },
    admin,
  );
}

function pricingPolicy(more: Readonly<Record<string, unknown>>): Promise<Reply<Policy>> {
  return world.send<Policy>('POST', '/api/v1/pricing-policies', { reason: 'New rates', ...more }, admin);
}

async function refundedBy(order: { readonly id: string; readonly token: string }): Promise<number> {
  const reply = await world.send(
    'POST',
    `/api/v1/orders/${order.id}/refund`,
    { reason: 'I cannot come.' },
    { token: order.token },
  );
  await eventually('the refund is paid', async () => (await world.refundsPaid(order.id)).length > 0);
  expect(await world.refundsPaid(order.id)).toEqual([reply.body.amountCents]);
  return Number(reply.body.amountCents);
}

function inHours(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}

describe('a refund policy', () => {
  it('holds for the orders sold under it, also after the next one came', async () => {
    const a = expectStatus(
      await refundPolicy({
        rules: [{ hoursBeforeStart: 24, refundBps: 5_000 }],
        refundsPlatformFee: false,
      }),
      201,
    );
    const soldUnderA = await world.order(event, 'COMPLETED');
    const b = expectStatus(await refundPolicy({}), 201);
    const soldUnderB = await world.order(event, 'COMPLETED');

    const read = await world.send<Policy>('GET', `/api/v1/refund-policies/${a.id}`, undefined, admin);
    expect(read.body.effectiveTo).toBe(b.effectiveFrom);
    expect(b.effectiveTo).toBeNull();
    // Half of 100.00, of the processing fee 3.20 and of the tax 8.66; nothing of the platform fee.
    expect(await refundedBy(soldUnderA)).toBe(5_593);
    expect(await refundedBy(soldUnderB)).toBe(11_686);
  });

  it('is ended without a next one, and the default holds again', async () => {
    const kept = expectStatus(await refundPolicy({ rules: [{ hoursBeforeStart: 24, refundBps: 0 }] }), 201);
    const ended = await world.send<Policy>(
      'POST',
      `/api/v1/refund-policies/${kept.id}/end`,
      { reason: 'Too strict' },
      admin,
    );
    expect(ended.status).toBe(200);
    expect(ended.body.effectiveTo).not.toBeNull();
    expect(await refundedBy(await world.order(event, 'COMPLETED'))).toBe(11_686);
  });

  it.each([
    ['no rule', { rules: [] }],
    [
      'two rules until the same hour',
      {
        rules: [
          { hoursBeforeStart: 24, refundBps: 1 },
          { hoursBeforeStart: 24, refundBps: 2 },
        ],
      },
    ],
    ['more than everything', { rules: [{ hoursBeforeStart: 24, refundBps: 10_001 }] }],
    ['a nested list', { rules: [[{ hoursBeforeStart: 24, refundBps: 1 }]] }],
    ['a beginning in the past', { effectiveFrom: '2020-01-01T00:00:00Z' }],
  ])('is refused with %s', async (_name, more) => {
    const reply = await refundPolicy(more);
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({ code: 'VALIDATION_FAILED' });
  });
});

describe('a pricing policy', () => {
  it('prices the orders that come after it and changes none that was made before', async () => {
    const country = 'FR';
    const venue = { country, region: '', city: 'Paris', postalCode: '75001' };
    const abroad = await world.event({ venue, currency: 'EUR' });
    const before = await world.order(abroad, 'PENDING');
    const policy = expectStatus(
      await pricingPolicy({
        country,
        platformFeeBps: 0,
        processingFeeBps: 0,
        processingFeeFixed: { EUR: 0 },
        taxBps: 2_000,
      }),
      201,
    );
    const { id } = expectStatus(await world.create(await world.buyer(), abroad), 201);
    expect(await world.read(id)).toMatchObject({ platformFeeCents: 0, taxCents: 2_000, totalCents: 12_000 });
    expect(expectStatus(await world.reserve(before.token, before.id), 200)).toMatchObject({
      totalCents: 11_686,
    });

    await world.send('POST', `/api/v1/pricing-policies/${policy.id}/end`, { reason: 'A mistake' }, admin);
    const after = expectStatus(await world.create(await world.buyer(), abroad), 201);
    expect(after).toMatchObject({ totalCents: 11_686 });
  });

  it('is laid into the line of its scope, between what holds and what is planned', async () => {
    const scope = { country: 'JP', region: '13' };
    const holds = expectStatus(await pricingPolicy({ ...scope, taxBps: 1 }), 201);
    const planned = expectStatus(
      await pricingPolicy({ ...scope, taxBps: 3, effectiveFrom: inHours(48) }),
      201,
    );
    const between = expectStatus(
      await pricingPolicy({ ...scope, taxBps: 2, effectiveFrom: inHours(24) }),
      201,
    );
    const elsewhere = expectStatus(await pricingPolicy({ country: 'JP', taxBps: 9 }), 201);
    const read = async (id: string): Promise<Policy> =>
      expectStatus(await world.send<Policy>('GET', `/api/v1/pricing-policies/${id}`, undefined, admin), 200);
    expect((await read(holds.id)).effectiveTo).toBe(between.effectiveFrom);
    expect((await read(between.id)).effectiveTo).toBe(planned.effectiveFrom);
    expect((await read(planned.id)).effectiveTo).toBeNull();
    expect((await read(elsewhere.id)).effectiveTo).toBeNull();

    // A planned version that is ended never begins.
    await world.send('POST', `/api/v1/pricing-policies/${planned.id}/end`, { reason: 'Not yet' }, admin);
    expect((await read(planned.id)).effectiveTo).toBe(planned.effectiveFrom);
  });

  it('never forks when two admins change it at once', async () => {
    const scope = { country: 'KW' };
    await Promise.all(
      Array.from({ length: 5 }, (_entry, index) => pricingPolicy({ ...scope, taxBps: index })),
    );
    const { rows } = await world.database.query(
      `select 1 from pricing_policies where country = 'KW' and effective_to is null`,
    );
    expect(rows).toHaveLength(1);
  });

  it('is listed newest first, for the admins of its tenant alone', async () => {
    const { id } = expectStatus(await pricingPolicy({ country: 'DE', taxBps: 1_900 }), 201);
    const list = await world.send('GET', '/api/v1/pricing-policies?limit=1', undefined, admin);
    expect(list.body).toMatchObject({ data: [{ id, country: 'DE', taxBps: 1_900 }], page: { limit: 1 } });
    const stranger = { token: await world.token({ role: 'admin', tenantId: randomUUID() }) };
    expect(
      (await world.send('POST', `/api/v1/pricing-policies/${id}/end`, { reason: 'x' }, stranger)).body,
    ).toMatchObject({ code: 'POLICY_NOT_FOUND' });
    const customer = { token: await world.buyer() };
    expect((await world.send('POST', '/api/v1/pricing-policies', {}, customer)).status).toBe(403);
  });

  it('leaves who and why in the audit log', async () => {
    const { id } = expectStatus(await pricingPolicy({ country: 'AT', taxBps: 1_000 }), 201);
    await world.send('POST', `/api/v1/pricing-policies/${id}/end`, { reason: 'A mistake' }, admin);
    const { rows } = await world.database.query(
      `select actor_kind, action, outcome, reason, request_id is not null as requested from audit_log where subject = $1 order by id`,
      [id],
    );
    const entry = { actor_kind: 'user', outcome: 'done', requested: true };
    expect(rows).toEqual([
      { ...entry, action: 'pricing_policy.created', reason: 'New rates' },
      { ...entry, action: 'pricing_policy.ended', reason: 'A mistake' },
    ]);
  });
});

describe('the settings of a tenant', () => {
  function change(body: Readonly<Record<string, unknown>>): Promise<Reply> {
    return world.send('POST', '/api/v1/tenant-settings', body, admin);
  }

  afterEach(() => change({ pendingTtlSeconds: null, reservationTtlSeconds: null }));

  it('give new orders and reservations their deadlines', async () => {
    expect((await change({ pendingTtlSeconds: 3_600 })).body).toEqual({
      pendingTtlSeconds: 3_600,
      reservationTtlSeconds: null,
    });
    expect((await change({ reservationTtlSeconds: 1_200, reason: 'Slow banks' })).body).toEqual({
      pendingTtlSeconds: 3_600,
      reservationTtlSeconds: 1_200,
    });
    const order = await world.order(event, 'PENDING');
    const { rows } = await world.database.query(
      `select extract(epoch from expires_at - created_at)::int as seconds from orders where id = $1`,
      [order.id],
    );
    expect(rows).toEqual([{ seconds: 3_600 }]);
    await world.reserve(order.token, order.id);
    const reserved = await world.database.query(
      `select extract(epoch from expires_at - reserved_at)::int as seconds from orders where id = $1`,
      [order.id],
    );
    expect(reserved.rows).toEqual([{ seconds: 1_200 }]);
    expect((await world.send('GET', '/api/v1/tenant-settings', undefined, admin)).body).toEqual({
      pendingTtlSeconds: 3_600,
      reservationTtlSeconds: 1_200,
    });
  });

  it('keep no seats from others for more than a day', async () => {
    expect((await change({ reservationTtlSeconds: 86_401 })).body).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ pointer: '/reservationTtlSeconds' }],
    });
    expect((await change({ reservationTtlSeconds: 86_400 })).status).toBe(200);
    expect((await change({ pendingTtlSeconds: 0 })).status).toBe(400);
  });
});

import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Database } from '@app/platform';
import { PromoCodesStore } from '@app/pricing';
import {
  BulkWorld,
  expectStatus,
  type OrderView,
  type Reply,
  type SoldEvent,
} from '../support/bulk-world.js';
import { eventually } from '../support/eventually.js';

let world: BulkWorld;
let app: NestFastifyApplication;
let event: SoldEvent;
let admin: { readonly token: string };

beforeAll(async () => {
  world = await BulkWorld.start();
  app = await world.serve({ PROCESS_ROLES: 'http' });
  event = await world.event();
  admin = { token: await world.token({ role: 'admin', sub: randomUUID() }) };
});

afterAll(async () => {
  await app.close();
  await world.stop();
});

function freshCode(): string {
  return `SAVE-${randomUUID().slice(0, 8).toUpperCase()}`;
}

function make(more: Readonly<Record<string, unknown>> = {}): Promise<Reply> {
  const asked = { code: freshCode(), kind: 'percentage', percentBps: 1_000, reason: 'Spring sale', ...more };
  return world.send('POST', '/api/v1/promo-codes', asked, admin);
}

async function orderWith(code: string, token?: string): Promise<Reply<OrderView>> {
  const items = event.ticketTypes.map((type) => ({ ticketTypeId: type.id, quantity: 1 }));
  return world.send<OrderView>(
    'POST',
    '/api/v1/orders',
    { eventId: event.id, items, promoCode: code },
    { token: token ?? (await world.buyer()) },
  );
}

function end(id: unknown): Promise<Reply> {
  return world.send('POST', `/api/v1/promo-codes/${String(id)}/end`, { reason: 'It leaked.' }, admin);
}

describe('a promo code', () => {
  it('is made, read, listed and redeemed in any case', async () => {
    const made = await make({ code: 'Early.Bird', maxRedemptions: 2 });
    const body = expectStatus(made, 201);
    expect(body).toMatchObject({
      code: 'EARLY.BIRD',
      kind: 'percentage',
      percentBps: 1_000,
      amountCents: null,
      maxRedemptions: 2,
      redemptions: 0,
      endedAt: null,
      reason: 'Spring sale',
    });
    expect(made.headers.get('location')).toBe(`/api/v1/promo-codes/${String(body.id)}`);

    expect(expectStatus(await orderWith('early.bird'), 201)).toMatchObject({ discountCents: 1_000 });
    const read = await world.send('GET', `/api/v1/promo-codes/${String(body.id)}`, undefined, admin);
    expect(read.body).toMatchObject({ id: body.id, redemptions: 1 });

    await make();
    const list = await world.send<{ data: readonly { id: string }[]; page: { nextCursor: string } }>(
      'GET',
      '/api/v1/promo-codes?limit=1',
      undefined,
      admin,
    );
    expect(list.body.data.map((row) => row.id)).not.toContain(body.id);
    const second = await world.send(
      'GET',
      `/api/v1/promo-codes?limit=1&cursor=${list.body.page.nextCursor}`,
      undefined,
      admin,
    );
    expect(second.body.data).toMatchObject([{ id: body.id }]);
    const found = await world.send('GET', '/api/v1/promo-codes?code=early.BIRD', undefined, admin);
    expect(found.body.data).toMatchObject([{ id: body.id }]);
  });

  it('takes a fixed amount off', async () => {
    const code = freshCode();
    const kind = { code, kind: 'fixed', percentBps: undefined, amountCents: 2_500, currency: 'USD' };
    expectStatus(await make(kind), 201);
    expect(expectStatus(await orderWith(code), 201)).toMatchObject({ discountCents: 2_500 });
  });

  it('is taken while a code that reads the same has not been ended', async () => {
    const code = freshCode();
    const first = expectStatus(await make({ code }), 201);
    expect((await make({ code: code.toLowerCase() })).body).toMatchObject({ code: 'PROMO_CODE_TAKEN' });
    expectStatus(await end(first.id), 200);
    expectStatus(await make({ code }), 201);
  });

  it('is taken once when two admins make it at once', async () => {
    const code = freshCode();
    const replies = await Promise.all(Array.from({ length: 6 }, () => make({ code })));
    expect(replies.map((reply) => reply.status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  it('is worth nothing once it is ended, and ending it again changes nothing', async () => {
    const code = freshCode();
    const { id } = expectStatus(await make({ code }), 201);
    const ended = expectStatus(await end(id), 200);
    expect(ended.endedAt).not.toBeNull();
    expect(expectStatus(await end(id), 200).endedAt).toBe(ended.endedAt);
    expect((await orderWith(code)).body).toMatchObject({ code: 'PROMO_INVALID' });
  });

  it.each([
    ['/amountCents', { amountCents: 5 }],
    ['/percentBps', { percentBps: undefined }],
    ['/percentBps', { percentBps: 10_001 }],
    ['/percentBps', { kind: 'fixed', amountCents: 5, currency: 'USD' }],
    ['/currency', { kind: 'fixed', percentBps: undefined, amountCents: 5 }],
    ['/currency', { minimumSubtotalCents: 500 }],
    ['/endsAt', { startsAt: '2040-01-02T00:00:00Z', endsAt: '2040-01-01T00:00:00Z' }],
    ['/endsAt', { endsAt: '2020-01-01T00:00:00Z' }],
    ['/code', { code: 'two words' }],
    ['/reason', { reason: '' }],
    ['/maxRedemptions', { maxRedemptions: 0 }],
  ])('is refused when %s does not fit: %j', async (pointer, more) => {
    const reply = await make(more);
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect((reply.body.errors as readonly { pointer: string }[]).map((error) => error.pointer)).toContain(
      pointer,
    );
  });

  it('is the business of admins of its own tenant', async () => {
    const { id } = expectStatus(await make(), 201);
    const customer = { token: await world.buyer() };
    expect((await world.send('GET', '/api/v1/promo-codes', undefined, customer)).status).toBe(403);
    const stranger = { token: await world.token({ role: 'admin', tenantId: randomUUID() }) };
    expect(
      (await world.send('GET', `/api/v1/promo-codes/${String(id)}`, undefined, stranger)).body,
    ).toMatchObject({ code: 'PROMO_NOT_FOUND' });
    expect(
      (await world.send('POST', `/api/v1/promo-codes/${String(id)}/end`, { reason: 'x' }, stranger)).status,
    ).toBe(404);
  });

  it('leaves who, why and under which request in the audit log, refusals too', async () => {
    const code = freshCode();
    const sub = randomUUID();
    const token = await world.token({ role: 'admin', sub });
    const headers = { 'x-request-id': `audit-${code}` };
    const asked = { code, kind: 'percentage', percentBps: 500, reason: 'For the press' };
    const { id } = expectStatus(
      await world.send('POST', '/api/v1/promo-codes', asked, { token, headers }),
      201,
    );
    await world.send('POST', '/api/v1/promo-codes', asked, { token, headers });
    const read = async (): Promise<readonly unknown[]> => {
      const { rows } = await world.database.query<object>(
        `select actor_kind, actor_id, action, subject, outcome, code, reason from audit_log where request_id = $1 order by id`,
        [`audit-${code}`],
      );
      return rows;
    };
    // A refusal is written after its answer.
    await eventually('both in the audit log', async () => (await read()).length >= 2);
    const rows = await read();
    const entry = {
      actor_kind: 'user',
      actor_id: sub,
      action: 'promo_code.created',
      reason: 'For the press',
    };
    expect(rows).toEqual([
      { ...entry, subject: id, outcome: 'done', code: null },
      {
        ...entry,
        action: 'POST /api/v1/promo-codes',
        subject: '/api/v1/promo-codes',
        outcome: 'refused',
        code: 'PROMO_CODE_TAKEN',
        reason: `There is a promo code ${code} already. End it first or choose another code.`,
      },
    ]);
  });

  it('answers a repeated request with its first answer', async () => {
    const key = randomUUID();
    const asked = { code: freshCode(), kind: 'percentage', percentBps: 500, reason: 'Spring sale' };
    const first = await world.send('POST', '/api/v1/promo-codes', asked, { ...admin, key });
    const second = await world.send('POST', '/api/v1/promo-codes', asked, { ...admin, key });
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
  });
});

describe('a use that an order takes again after a late payment', () => {
  interface Used {
    readonly orderId: string;
    readonly promoCodeId: string;
    readonly token: string;
    readonly code: string;
  }

  /** An order whose use was given back, as when it expired. */
  async function returned(limits: Readonly<Record<string, unknown>>): Promise<Used> {
    const code = freshCode();
    const promo = expectStatus(await make({ code, ...limits }), 201);
    const token = await world.buyer();
    const { id: orderId } = expectStatus(await orderWith(code, token), 201);
    await inStore((store, tx) => store.giveBack(tx, orderId));
    return { orderId, promoCodeId: String(promo.id), token, code };
  }

  function inStore<T>(
    work: (store: PromoCodesStore, tx: Parameters<PromoCodesStore['giveBack']>[0]) => Promise<T>,
  ): Promise<T> {
    return app
      .get(Database)
      .transaction({ tenantId: world.tenantId }, (tx) =>
        work(app.get(PromoCodesStore, { strict: false }), tx),
      );
  }

  async function counted(used: Used): Promise<unknown> {
    const { rows } = await world.database.query(
      `select p.redemptions, count(r.*) filter (where r.order_id = $2 and r.given_back_at is null)::int as own
         from promo_codes p join promo_redemptions r on r.promo_code_id = p.id where p.id = $1 group by p.redemptions`,
      [used.promoCodeId, used.orderId],
    );
    return rows[0];
  }

  it('is counted once, however often it is taken', async () => {
    const used = await returned({});
    expect(await counted(used)).toEqual({ redemptions: 0, own: 0 });
    expect(await inStore((store, tx) => store.takeAgain(tx, used.orderId))).toBe(true);
    expect(await inStore((store, tx) => store.takeAgain(tx, used.orderId))).toBe(true);
    expect(await counted(used)).toEqual({ redemptions: 1, own: 1 });
  });

  it('is refused, and nothing counted, when this buyer has used the code up meanwhile', async () => {
    const used = await returned({ maxRedemptionsPerBuyer: 1 });
    expectStatus(await orderWith(used.code, used.token), 201);
    expect(await inStore((store, tx) => store.takeAgain(tx, used.orderId))).toBe(false);
    expect(await counted(used)).toEqual({ redemptions: 1, own: 0 });
  });

  it('is refused, and nothing counted, when others have used the code up meanwhile', async () => {
    const used = await returned({ maxRedemptions: 1 });
    expectStatus(await orderWith(used.code), 201);
    expect(await inStore((store, tx) => store.takeAgain(tx, used.orderId))).toBe(false);
    expect(await counted(used)).toEqual({ redemptions: 1, own: 0 });
  });

  it('is refused, and nothing counted, when the code has been ended meanwhile', async () => {
    const used = await returned({});
    expectStatus(await end(used.promoCodeId), 200);
    expect(await inStore((store, tx) => store.takeAgain(tx, used.orderId))).toBe(false);
    expect(await counted(used)).toEqual({ redemptions: 0, own: 0 });
  });
});

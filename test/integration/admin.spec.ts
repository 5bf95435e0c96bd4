import { randomUUID } from 'node:crypto';
import { OrderWorker } from '@app/orders';
import { eventually } from '../support/eventually.js';
import {
  ADMIN,
  BUYER,
  PAYMENT_SERVICE,
  ReconWorld,
  expected,
  type JsonAnswer,
  type JsonBody,
  type OrderView,
  type SoldEvent,
} from '../support/recon-world.js';

const OTHER_ADMIN = { role: 'admin', tenantId: '0190a000-0000-7000-8000-0000000000ff' };

// The whole service starts in this process, beside other suites.

let world: ReconWorld;

beforeAll(async () => {
  world = await ReconWorld.start();
});

afterEach(async () => {
  await world.play('DELETE', '/sandbox/faults');
});

afterAll(() => world.stop());

interface FindingView {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly orderId: string | null;
  readonly state: string;
  readonly allowedActions: readonly string[];
  readonly acknowledgedBy: string | null;
  readonly resolvedBy: string | null;
  readonly resolution: string | null;
}

interface PageView<T> {
  readonly data: readonly T[];
  readonly page: { readonly hasMore: boolean; readonly nextCursor: string | null };
}

interface AuditView {
  readonly action: string;
  readonly subject: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly actor: { readonly kind: string; readonly id: string };
}

/** An order that is over, and money in the wrong currency that came for it afterwards. */
async function heldPayment(
  end: 'expire' | 'cancel' = 'expire',
): Promise<{ readonly order: OrderView; readonly event: SoldEvent; readonly finding: FindingView }> {
  const event = await world.event();
  const order = await world.reserved(event);
  if (end === 'expire')
    expected(await world.ask(PAYMENT_SERVICE, 'POST', `/internal/v1/orders/${order.id}/expire`), 200);
  else expected(await world.ask(BUYER, 'POST', `/api/v1/orders/${order.id}/cancel`), 200);
  await world.part(OrderWorker).idle();
  const opened = await world.play<{ paymentIntentId: string }>('POST', '/internal/payment-intents', {
    orderId: order.id,
    generation: 5,
    amountCents: order.totalCents,
    currency: 'EUR',
    userId: 'u',
  });
  const { paymentIntentId } = expected(opened, 201);
  await world.payUntold(paymentIntentId);
  const path = `/internal/v1/orders/${order.id}/confirm`;
  const confirmed = await world.ask(PAYMENT_SERVICE, 'POST', path, { body: { paymentIntentId } });
  expect(expected(confirmed, 200)).toMatchObject({ paymentOutcome: 'under_review' });
  const [finding] = await findingsOf(order.id);
  if (finding === undefined) throw new Error('the payment was not put on hold');
  return { order, event, finding };
}

async function findingsOf(orderId: string): Promise<readonly FindingView[]> {
  const answer = await world.ask<PageView<FindingView>>(ADMIN, 'GET', `/api/v1/findings?orderId=${orderId}`);
  return expected(answer, 200).data;
}

function resolve(findingId: string, body: JsonBody): Promise<JsonAnswer> {
  return world.ask(ADMIN, 'POST', `/api/v1/findings/${findingId}/resolve`, { body });
}

async function auditOf(subject: string): Promise<readonly AuditView[]> {
  const answer = await world.ask<PageView<AuditView>>(ADMIN, 'GET', '/api/v1/audit-log?limit=100');
  return expected(answer, 200).data.filter((entry) => entry.subject === subject);
}

describe('findings', () => {
  it('are acknowledged once, by name, and replayed under the same key', async () => {
    const { finding } = await heldPayment();
    const path = `/api/v1/findings/${finding.id}/acknowledge`;
    const key = randomUUID();

    const first = await world.ask<FindingView>(ADMIN, 'POST', path, { body: { note: 'on it' }, key });
    const again = await world.ask<FindingView>(ADMIN, 'POST', path, { body: { note: 'on it' }, key });

    expect(expected(first, 200)).toMatchObject({
      kind: 'payment_under_review',
      state: 'ACKNOWLEDGED',
      acknowledgedBy: `user:${ADMIN.sub}`,
      allowedActions: ['resolve', 'recover', 'refund'],
    });
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await auditOf(finding.id)).toMatchObject([
      {
        action: 'finding.acknowledged',
        outcome: 'done',
        reason: 'on it',
        actor: { kind: 'user', id: ADMIN.sub },
      },
    ]);
  });

  it('are listed by state and kind, in pages', async () => {
    await heldPayment();
    await heldPayment();
    const path = '/api/v1/findings?state=OPEN&kind=payment_under_review&limit=1';

    const first = expected(await world.ask<PageView<FindingView>>(ADMIN, 'GET', path), 200);
    const cursor = encodeURIComponent(first.page.nextCursor ?? '');
    const second = expected(
      await world.ask<PageView<FindingView>>(ADMIN, 'GET', `${path}&cursor=${cursor}`),
      200,
    );
    const none = await world.ask<PageView<FindingView>>(ADMIN, 'GET', '/api/v1/findings?kind=money_kept');
    const foreign = await world.ask(ADMIN, 'GET', `/api/v1/findings?state=RESOLVED&cursor=${cursor}`);

    expect(first.data).toHaveLength(1);
    expect(second.data).toHaveLength(1);
    expect(second.data[0]?.id).not.toBe(first.data[0]?.id);
    expect(expected(none, 200).data).toEqual([]);
    expect(foreign).toMatchObject({ status: 400, body: { code: 'CURSOR_INVALID' } });
  });

  it('belong to the admins of their tenant', async () => {
    const { finding } = await heldPayment();
    const path = `/api/v1/findings/${finding.id}`;

    expect(await world.ask(BUYER, 'GET', path)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(await world.ask(OTHER_ADMIN, 'GET', path)).toMatchObject({
      status: 404,
      body: { code: 'FINDING_NOT_FOUND' },
    });
    const answer = await world.ask(OTHER_ADMIN, 'POST', `${path}/resolve`, { body: { note: 'mine' } });
    expect(answer).toMatchObject({ status: 404, body: { code: 'FINDING_NOT_FOUND' } });
  });

  it('give held money back, in the currency it came in, once', async () => {
    const { order, finding } = await heldPayment();

    const resolved = expected(await resolve(finding.id, { action: 'refund', note: 'wrong currency' }), 200);
    const again = await resolve(finding.id, { action: 'refund', note: 'wrong currency' });

    expect(resolved).toMatchObject({
      state: 'RESOLVED',
      resolution: 'refund: wrong currency',
      resolvedBy: `user:${ADMIN.sub}`,
    });
    expect(again).toMatchObject({ status: 409, body: { code: 'FINDING_STATE_CONFLICT' } });
    const refunds = await world.sql(
      `select amount_cents::int as amount, currency, payment_intent_id as intent from order_refunds where order_id = $1`,
      [order.id],
    );
    expect(refunds).toEqual([{ amount: order.totalCents, currency: 'EUR', intent: finding.subject }]);
    await eventually('the money is back', async () => {
      await world.sql(`update order_effects set due_at = now() where order_id = $1 and state = 'pending'`, [
        order.id,
      ]);
      await world.part(OrderWorker).runDue(100);
      const { intents } = await world.ledger(order.id);
      return intents.some(
        (intent) => intent.paymentIntentId === finding.subject && intent.refundedCents === order.totalCents,
      );
    });
    expect(await world.order(order.id)).toMatchObject({ status: 'EXPIRED', pendingRefundCents: 0 });
  });

  it('recover an expired order for held money: its tickets are taken again', async () => {
    const { order, finding } = await heldPayment();

    expected(await resolve(finding.id, { action: 'recover', note: 'the buyer may have it' }), 200);

    await eventually(
      'the order is completed',
      async () => (await world.order(order.id)).status === 'COMPLETED',
    );
    const types = await world.sql<{ type: string }>(
      `select type from outbox where order_id = $1 order by event_sequence`,
      [order.id],
    );
    expect(types.map((row) => row.type)).toContain('order.late_payment_recovered');
  });

  it('recover nothing that was cancelled, or whose event no longer sells; nothing changes then', async () => {
    const cancelled = await heldPayment('cancel');
    const over = await heldPayment();
    await world.play('PATCH', `/sandbox/events/${over.event.id}`, { status: 'ENDED' });

    const late = await resolve(over.finding.id, { action: 'recover', note: 'too late' });
    const answer = await resolve(cancelled.finding.id, { action: 'recover', note: 'please' });

    expect(late).toMatchObject({ status: 422, body: { code: 'EVENT_NOT_ON_SALE' } });
    expect(answer).toMatchObject({ status: 409, body: { code: 'FINDING_STATE_CONFLICT' } });
    expect(await findingsOf(over.order.id)).toMatchObject([{ state: 'OPEN' }]);
    expect(await findingsOf(cancelled.order.id)).toMatchObject([{ state: 'OPEN' }]);
    expect((await world.order(cancelled.order.id)).status).toBe('CANCELLED');
  });

  it('without money take a note and nothing else', async () => {
    const orderId = (await world.pending()).id;
    await world.sql(
      `insert into reconciliation_findings (tenant_id, id, kind, subject, order_id, first_seen_at, last_seen_at)
       values ($1, $2, 'money_kept', $3, $4, now(), now())`,
      [world.tenantId, randomUUID(), orderId, orderId],
    );
    const [finding] = await findingsOf(orderId);

    const moving = await resolve(finding?.id ?? '', { action: 'refund', note: 'x' });
    const noted = await resolve(finding?.id ?? '', { note: 'called the buyer' });

    expect(moving).toMatchObject({ status: 409, body: { code: 'FINDING_STATE_CONFLICT' } });
    expect(noted).toMatchObject({ status: 200, body: { state: 'RESOLVED', resolution: 'called the buyer' } });
  });
});

describe('parked effects', () => {
  /** The release of a cancelled order, refused for good because its key was used for something else. */
  async function parkedRelease(): Promise<{ readonly orderId: string; readonly effectId: string }> {
    const order = await world.reserved();
    const response = await fetch(`${world.sandbox.url}/internal/tickets/release`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-tenant-id': world.tenantId,
        'idempotency-key': `release:${order.id}:1`,
      },
      body: JSON.stringify({ orderId: order.id, generation: 0, reason: 'another' }),
    });
    expect(response.status).toBe(200);
    expected(await world.ask(BUYER, 'POST', `/api/v1/orders/${order.id}/cancel`), 200);
    await world.part(OrderWorker).idle();
    const answer = await world.ask<PageView<{ id: string; orderId: string }>>(
      ADMIN,
      'GET',
      '/api/v1/effects',
    );
    const effect = expected(answer, 200).data.find((row) => row.orderId === order.id);
    return { orderId: order.id, effectId: effect?.id ?? '' };
  }

  it('are listed, and sent again with the same key; what is refused again is parked again', async () => {
    const { orderId, effectId } = await parkedRelease();
    const path = `/api/v1/effects/${effectId}/retry`;

    const answer = await world.ask(ADMIN, 'POST', path, { body: { reason: 'ticket-service was mended' } });

    expect(answer).toMatchObject({ status: 200, body: { state: 'pending', kind: 'tickets.release' } });
    await eventually('it is parked again', async () => {
      const rows = await world.sql(`select 1 from order_effects where id = $1 and state = 'parked'`, [
        effectId,
      ]);
      return rows.length === 1;
    });
    expect(await findingsOf(orderId)).toMatchObject([
      { kind: 'effect_parked', state: 'OPEN' },
      { kind: 'effect_parked', state: 'RESOLVED', resolution: 'the effect was sent again' },
    ]);
    expect(await auditOf(effectId)).toMatchObject([
      { action: 'effect.retried', outcome: 'done', reason: 'ticket-service was mended' },
    ]);
  });

  it('are done when the trouble is over; what is not parked is not sent again', async () => {
    const { orderId, effectId } = await parkedRelease();
    await world.sql(`update order_effects set key = key || ':mended' where id = $1`, [effectId]);
    const path = `/api/v1/effects/${effectId}/retry`;

    expected(await world.ask(ADMIN, 'POST', path), 200);

    await eventually('the seats are back', async () => {
      const { entries } = await world.ledger(orderId);
      return entries.some((entry) => entry.operation === 'release' && entry.outcome === 'executed');
    });
    await world.part(OrderWorker).idle();
    const again = await world.ask(ADMIN, 'POST', path);
    const unknown = await world.ask(ADMIN, 'POST', `/api/v1/effects/${randomUUID()}/retry`);
    expect(again).toMatchObject({ status: 409, body: { code: 'EFFECT_STATE_CONFLICT' } });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'EFFECT_NOT_FOUND' } });
  });
});

interface ExplanationView {
  readonly order: { readonly status: string };
  readonly next: readonly string[];
  readonly timeline: readonly { readonly at: string; readonly source: string; readonly what: string }[];
  readonly calls: readonly { readonly kind: string; readonly state: string; readonly key: string }[];
  readonly messages: readonly { readonly type: string; readonly sequence: number }[];
  readonly payments: readonly { readonly paymentIntentId: string; readonly receivedCents: number }[];
  readonly latePayments: readonly { readonly outcome: string }[];
  readonly refunds: readonly { readonly policyClause: string | null; readonly amountCents: number }[];
  readonly findings: readonly { readonly kind: string }[];
}

describe('an explanation', () => {
  async function explained(orderId: string): Promise<ExplanationView> {
    return expected(await world.ask<ExplanationView>(ADMIN, 'GET', `/api/v1/orders/${orderId}/explain`), 200);
  }

  it('says of a reservation what was called, and what may happen next', async () => {
    const order = await world.reserved();

    const { next, timeline, calls, messages } = await explained(order.id);

    expect(timeline.map((entry) => entry.what)).toEqual(
      expect.arrayContaining(['order.created: nothing → PENDING', 'order.reserved: PENDING → RESERVED']),
    );
    expect(timeline.map((entry) => entry.at)).toEqual(timeline.map((entry) => entry.at).toSorted());
    expect(calls.filter((call) => call.state === 'done').map((call) => call.key)).toEqual([
      `reserve:${order.id}:1`,
      `intent:${order.id}:1`,
    ]);
    expect(messages.map((message) => message.type)).toEqual(['order.reserved', 'order.created']);
    expect(next[0]).toMatch(/^It expires at \S+ unless it is paid or cancelled before\.$/);
    expect(next.at(-1)).toBe('A client may now: cancel.');
  });

  it('shows refunds with the clause that decided them, and tells no secret', async () => {
    const order = await world.confirmed();
    await eventually(
      'the order is completed',
      async () => (await world.order(order.id)).status === 'COMPLETED',
    );
    const wish = { body: { reason: 'ill' } };
    expected(await world.ask(BUYER, 'POST', `/api/v1/orders/${order.id}/refund`, wish), 202);

    const explanation = await explained(order.id);

    expect(explanation.payments).toMatchObject([
      { paymentIntentId: order.intentId, receivedCents: order.totalCents },
    ]);
    expect(explanation.refunds).toMatchObject([{ amountCents: order.totalCents }]);
    expect(explanation.refunds[0]?.policyClause).toEqual(expect.any(String));
    expect(JSON.stringify(explanation)).not.toMatch(/secret|sealed/i);
  });

  it('shows late payments, their findings and how to settle them', async () => {
    const { order, finding } = await heldPayment();

    const explanation = await explained(order.id);

    expect(explanation.latePayments).toMatchObject([{ outcome: 'under_review' }]);
    expect(explanation.findings).toMatchObject([{ kind: 'payment_under_review' }]);
    expect(explanation.next.join('\n')).toContain(`POST /api/v1/findings/${finding.id}/resolve`);
  });

  it('is for admins of the tenant', async () => {
    const order = await world.pending();
    const path = `/api/v1/orders/${order.id}/explain`;

    expect((await world.ask(BUYER, 'GET', path)).status).toBe(403);
    expect((await world.ask(OTHER_ADMIN, 'GET', path)).status).toBe(404);
  });
});

describe('the audit log', () => {
  async function recorded(subject: string, count = 1): Promise<readonly AuditView[]> {
    await eventually(`${count} entries for ${subject}`, async () => (await auditOf(subject)).length >= count);
    return auditOf(subject);
  }

  it('keeps who was refused a privileged action, which and why', async () => {
    const path = `/api/v1/findings/${randomUUID()}/resolve`;

    const forbidden = await world.ask(BUYER, 'POST', path, { body: { note: 'x' } });
    const missing = await world.ask(ADMIN, 'POST', path, { body: { note: 'x' } });

    expect([forbidden.status, missing.status]).toEqual([403, 404]);
    expect(await recorded(path, 2)).toMatchObject([
      {
        action: 'POST /api/v1/findings/:findingId/resolve',
        outcome: 'refused',
        code: 'FINDING_NOT_FOUND',
        actor: { kind: 'user', id: ADMIN.sub },
        requestId: missing.headers.get('x-request-id'),
      },
      {
        code: 'FORBIDDEN',
        reason: 'This needs the role admin.',
        actor: { kind: 'user', id: BUYER.sub },
        requestId: forbidden.headers.get('x-request-id'),
      },
    ]);
  });

  it('keeps what services were refused, also without the scope', async () => {
    const order = await world.pending();
    const path = `/internal/v1/orders/${order.id}/expire`;
    const unscoped = { ...PAYMENT_SERVICE, scope: 'orders:read' };

    expect((await world.ask(unscoped, 'POST', path)).status).toBe(403);

    expect(await recorded(path)).toMatchObject([
      { code: 'FORBIDDEN', actor: { kind: 'service', id: 'payment-service' } },
    ]);
  });

  it('keeps neither what was only looked for in vain, nor what was mistyped, nor what buyers do', async () => {
    const path = `/api/v1/findings/${randomUUID()}`;
    const order = `/api/v1/orders/${randomUUID()}/cancel`;

    expect((await world.ask(ADMIN, 'GET', path)).status).toBe(404);
    expect((await world.ask(ADMIN, 'POST', `${path}/resolve`, { body: { note: 1 } })).status).toBe(400);
    expect((await world.ask(BUYER, 'POST', order)).status).toBe(404);
    const marker = `/api/v1/effects/${randomUUID()}/retry`;
    expect((await world.ask(ADMIN, 'POST', marker)).status).toBe(404);

    await recorded(marker);
    expect(await auditOf(path)).toEqual([]);
    expect(await auditOf(`${path}/resolve`)).toEqual([]);
    expect(await auditOf(order)).toEqual([]);
  });

  it('keeps what an admin was refused on the routes of buyers, and what a buyer may never do', async () => {
    const order = await world.pending();
    const refund = `/api/v1/orders/${order.id}/refund`;

    const early = await world.ask(ADMIN, 'POST', refund, { body: { amountCents: 100, reason: 'goodwill' } });
    const forbidden = await world.ask(BUYER, 'POST', refund, { body: { amountCents: 100, reason: 'mine' } });

    expect([early.status, forbidden.status]).toEqual([409, 403]);
    expect(await recorded(refund, 2)).toMatchObject([
      { code: 'FORBIDDEN', actor: { id: BUYER.sub } },
      { code: 'ORDER_STATE_CONFLICT', outcome: 'refused', actor: { id: ADMIN.sub } },
    ]);
  });

  it('is not filled by one actor who is refused all day, and keeps the others meanwhile', async () => {
    const pest = { ...BUYER, sub: randomUUID() };
    const path = `/api/v1/effects/${randomUUID()}/retry`;
    for (let n = 0; n < 70; n += 1) expect((await world.ask(pest, 'POST', path)).status).toBe(403);
    expect((await world.ask(ADMIN, 'POST', path)).status).toBe(404);

    const rows = (): Promise<readonly { readonly n: number }[]> =>
      world.sql<{ n: number }>(
        'select count(*)::int as n from audit_log where subject = $1 group by actor_id order by n',
        [path],
      );
    await eventually('both are recorded', async () => {
      const counts = await rows();
      return counts.length === 2 && counts.at(-1)?.n === 60;
    });
    expect(await rows()).toEqual([{ n: 1 }, { n: 60 }]);
  });

  it('never stands in the way of the answer', async () => {
    await world.sql(`alter table audit_log rename to audit_log_away`);
    try {
      const answer = await world.ask(BUYER, 'GET', '/api/v1/audit-log');
      expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    } finally {
      await world.sql(`alter table audit_log_away rename to audit_log`);
    }
  });
});

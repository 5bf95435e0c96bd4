import { Test } from '@nestjs/testing';
import { ConfigModule, type CallContext } from '@app/platform';
import { FakeSibling, newUpstreamClient, upstreamConfig } from '../../../test/support/fake-sibling.js';
import { PaymentServiceClient } from './payment-service.client.js';
import { PaymentsModule } from './payments.module.js';

const TENANT = 'aaaa0000-0000-4000-8000-000000000001';
const CONTEXT: CallContext = { tenantId: TENANT, requestId: 'r' };
const ORDER_ID = 'dddd0000-0000-4000-8000-000000000001';
const OTHER_ID = 'dddd0000-0000-4000-8000-000000000002';

const OPEN = { orderId: ORDER_ID, generation: 1, amountCents: 11_686, currency: 'USD', userId: 'u' };
const OPENED = {
  paymentIntentId: 'pi_1',
  clientSecret: 'secret',
  status: 'requires_payment_method',
  amountCents: 11_686,
  currency: 'USD',
  orderId: ORDER_ID,
};
const INTENT = {
  paymentIntentId: 'pi_1',
  orderId: ORDER_ID,
  status: 'succeeded',
  amountCents: 11_686,
  amountReceivedCents: 11_686,
  refundedCents: 0,
  currency: 'USD',
};
const REFUND = {
  refundId: 're-1',
  paymentIntentId: 'pi_1',
  amountCents: 500,
  currency: 'USD',
  reason: 'customer',
};

let sibling: FakeSibling;
let payments: PaymentServiceClient;
let closeClient: () => Promise<void>;

beforeAll(async () => {
  sibling = await FakeSibling.start();
  const upstream = newUpstreamClient(upstreamConfig(sibling.url));
  payments = new PaymentServiceClient(upstream);
  closeClient = () => upstream.onApplicationShutdown();
});

afterAll(async () => {
  await sibling.stop();
  await closeClient();
});

describe('openIntent', () => {
  it('opens the intent of that order, amount and currency', async () => {
    sibling.answersJson(201, OPENED);
    expect(await payments.openIntent(OPEN, 'intent:o:1', CONTEXT)).toEqual({
      kind: 'done',
      status: 201,
      body: OPENED,
    });
    expect(sibling.received.at(-1)).toMatchObject({
      path: '/internal/payment-intents',
      text: `{"amountCents":11686,"currency":"USD","generation":1,"orderId":"${ORDER_ID}","userId":"u"}`,
      headers: { 'idempotency-key': 'intent:o:1' },
    });
  });

  it.each([
    ['another order', { orderId: OTHER_ID }, 'an intent of another order'],
    ['another generation', { generation: 2 }, 'an intent of another generation of the order'],
    ['another amount', { amountCents: 11_786 }, 'an amount of 11786 instead of 11686'],
    ['another currency', { currency: 'EUR' }, 'an amount in EUR instead of USD'],
  ])('is unknown and a finding for %s', async (_what, wrong, what) => {
    sibling.answersJson(201, { ...OPENED, ...wrong });
    expect(await payments.openIntent(OPEN, 'k', CONTEXT)).toEqual({
      kind: 'unknown',
      reason: 'echo-mismatch',
      finding: `payment-service answered create-intent with ${what}.`,
    });
  });

  it.each(['paymentIntentId', 'clientSecret', 'orderId', 'amountCents', 'currency', 'status'])(
    'is unknown without %s',
    async (member) => {
      sibling.answersJson(201, { ...OPENED, [member]: undefined });
      expect(await payments.openIntent(OPEN, 'k', CONTEXT)).toEqual({ kind: 'unknown', reason: 'bad-body' });
    },
  );

  it.each(['AMOUNT_NOT_ALLOWED', 'CURRENCY_NOT_SUPPORTED', 'KEY_REUSED'])(
    'is refused for %s',
    async (code) => {
      sibling.answersJson(422, { code });
      expect(await payments.openIntent(OPEN, 'k', CONTEXT)).toEqual({
        kind: 'refused',
        status: 422,
        code,
        body: null,
      });
    },
  );
});

describe('intents', () => {
  it('are read by id', async () => {
    sibling.answersJson(200, INTENT);
    expect(await payments.getIntent('pi_1', CONTEXT)).toEqual({
      kind: 'done',
      status: 200,
      body: { ...INTENT, tenantId: null },
    });
    expect(await payments.getIntent('pi_2', CONTEXT)).toMatchObject({
      kind: 'unknown',
      reason: 'echo-mismatch',
    });
    expect(sibling.received.at(-1)?.path).toBe('/internal/payment-intents/pi_2');
  });

  it('are asked for under their own address, whatever their id holds', async () => {
    sibling.answersJson(404, {});
    expect(await payments.getIntent('../refunds?x=1', CONTEXT)).toMatchObject({ code: 'INTENT_NOT_FOUND' });
    expect(sibling.received.at(-1)?.path).toBe('/internal/payment-intents/..%2Frefunds%3Fx%3D1');
  });

  it('of another tenant are not found', async () => {
    sibling.answersJson(200, { ...INTENT, tenantId: OTHER_ID });
    expect(await payments.getIntent('pi_1', CONTEXT)).toMatchObject({
      kind: 'refused',
      code: 'INTENT_NOT_FOUND',
    });
  });

  it('of one order are listed, and unknown when one of them cannot be read or is not of that order', async () => {
    sibling.answersJson(200, { intents: [INTENT], nextCursor: null });
    expect(await payments.listIntentsOfOrder(ORDER_ID, CONTEXT)).toMatchObject({
      kind: 'done',
      body: { rows: [{ paymentIntentId: 'pi_1' }] },
    });
    expect(sibling.received.at(-1)?.path).toBe(`/internal/payment-intents?orderId=${ORDER_ID}`);
    sibling.answersJson(200, { intents: [INTENT, {}] });
    expect(await payments.listIntentsOfOrder(ORDER_ID, CONTEXT)).toMatchObject({ reason: 'echo-mismatch' });
    sibling.answersJson(200, { intents: [{ ...INTENT, orderId: OTHER_ID }] });
    expect(await payments.listIntentsOfOrder(ORDER_ID, CONTEXT)).toMatchObject({ reason: 'echo-mismatch' });
  });

  it('of all tenants are listed with their tenant', async () => {
    sibling.answersJson(200, { intents: [{ ...INTENT, tenantId: TENANT }, INTENT], nextCursor: '9' });
    const query = { updatedSince: '2030-06-01T00:00:00Z' };
    expect(await payments.listIntents(query, { tenantId: null, requestId: 'job' })).toMatchObject({
      kind: 'done',
      body: { rows: [{ tenantId: TENANT }], unreadableCount: 1, nextCursor: '9' },
    });
  });

  it('are confirmed as themselves', async () => {
    sibling.answersJson(200, INTENT);
    expect(await payments.confirmIntent({ paymentIntentId: 'pi_1' }, 'k', CONTEXT)).toMatchObject({
      kind: 'done',
    });
    expect(await payments.confirmIntent({ paymentIntentId: 'pi_2' }, 'k', CONTEXT)).toMatchObject({
      kind: 'unknown',
    });
  });
});

describe('cancelIntent', () => {
  const request = { paymentIntentId: 'pi_1' };

  it.each([{ status: 'canceled' }, { ...INTENT, status: 'canceled' }])('is done for %j', async (body) => {
    sibling.answersJson(200, body);
    expect(await payments.cancelIntent(request, 'k', CONTEXT)).toMatchObject({ kind: 'done' });
    expect(sibling.received.at(-1)).toMatchObject({
      path: '/internal/payment-intents/pi_1/cancel',
      text: '{}',
    });
  });

  it.each([
    ['a status that can still be paid', { status: 'processing' }],
    ['no status', {}],
    ['another intent', { status: 'canceled', paymentIntentId: 'pi_2' }],
  ])('is unknown for %s', async (_what, body) => {
    sibling.answersJson(200, body);
    expect(await payments.cancelIntent(request, 'k', CONTEXT)).toMatchObject({ kind: 'unknown' });
  });

  it.each([
    [409, 'ALREADY_SUCCEEDED'],
    [409, 'PROCESSING'],
    [404, 'INTENT_NOT_FOUND'],
  ])('is refused for %i %s', async (status, code) => {
    sibling.answersJson(status, { code });
    expect(await payments.cancelIntent(request, 'k', CONTEXT)).toMatchObject({ kind: 'refused', code });
  });
});

describe('refunds', () => {
  it('are accepted with their status', async () => {
    sibling.answersJson(201, { refundId: 're-1', status: 'failed', failureCode: 'card_closed' });
    expect(await payments.refund(REFUND, 'refund:re-1', CONTEXT)).toMatchObject({
      kind: 'done',
      body: { refundId: 're-1', status: 'failed', failureCode: 'card_closed' },
    });
    expect(await payments.getRefund('re-1', CONTEXT)).toMatchObject({ kind: 'done' });
    expect(await payments.getRefund('re-2', CONTEXT)).toMatchObject({
      kind: 'unknown',
      reason: 'echo-mismatch',
    });
  });

  it.each([{ refundId: 're-2' }, { paymentIntentId: 'pi_2' }, { amountCents: 600 }, { currency: 'EUR' }])(
    'are unknown for an answer about %j',
    async (wrong) => {
      sibling.answersJson(201, { refundId: 're-1', status: 'succeeded', ...wrong });
      expect(await payments.refund(REFUND, 'k', CONTEXT)).toMatchObject({
        kind: 'unknown',
        reason: 'echo-mismatch',
      });
    },
  );

  it.each(['EXCEEDS_CAPTURED', 'INSUFFICIENT_BALANCE'])('are refused for %s', async (code) => {
    sibling.answersJson(409, { code });
    expect(await payments.refund(REFUND, 'k', CONTEXT)).toMatchObject({ kind: 'refused', code });
  });
});

describe('PaymentsModule', () => {
  it('provides the client', async () => {
    const imports = [ConfigModule.of(upstreamConfig(sibling.url)), PaymentsModule];
    const module = await Test.createTestingModule({ imports }).compile();
    expect(module.get(PaymentServiceClient)).toBeInstanceOf(PaymentServiceClient);
    await module.close();
  });
});

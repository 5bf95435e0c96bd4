import { randomUUID } from 'node:crypto';
import { DEFAULT_TENANT_ID } from '../src/index.js';
import { anIntent, startForTest, stopAll } from './sandbox-under-test.js';

afterEach(stopAll);

describe('payments over HTTP', () => {
  it('are opened once per key, paid and refunded', async () => {
    const sandbox = await startForTest();
    const orderId = randomUUID();
    const body = anIntent(orderId);
    const opened = await sandbox.post('/internal/payment-intents', body, 'k1');
    expect(opened.status).toBe(201);
    expect(await sandbox.post('/internal/payment-intents', body, 'k1')).toEqual(opened);
    const paymentIntentId = String(opened.body.paymentIntentId);
    const paid = await sandbox.post(`/sandbox/payment-intents/${paymentIntentId}/pay`, { notify: 'never' });
    expect(paid).toMatchObject({ status: 200, body: { status: 'succeeded', amountReceivedCents: 11_686 } });
    const refund = {
      refundId: randomUUID(),
      paymentIntentId,
      amountCents: 1_686,
      currency: 'USD',
      reason: 'asked for',
    };
    expect(await sandbox.post('/internal/refunds', refund, 'k2')).toEqual({
      status: 201,
      body: { refundId: refund.refundId, status: 'succeeded' },
    });
    expect(await sandbox.post('/internal/refunds', refund, 'another key')).toMatchObject({ status: 201 });
    const ledger = await sandbox.ledger(orderId);
    expect(ledger.intents).toEqual([
      {
        paymentIntentId,
        orderId,
        status: 'succeeded',
        amountCents: 11_686,
        amountReceivedCents: 11_686,
        refundedCents: 1_686,
        currency: 'USD',
      },
    ]);
    expect(ledger.entries).toMatchObject([
      { operation: 'create-intent', outcome: 'executed', amountCents: 11_686 },
      { operation: 'create-intent', outcome: 'replayed' },
      { operation: 'confirm-intent', outcome: 'executed', amountCents: 11_686 },
      { operation: 'refund', outcome: 'executed', amountCents: 1_686 },
      { operation: 'refund', outcome: 'replayed' },
    ]);
  });

  it('cannot be made on a canceled intent', async () => {
    const sandbox = await startForTest();
    const id = await sandbox.intent();
    expect(await sandbox.post(`/internal/payment-intents/${id}/cancel`)).toEqual({
      status: 200,
      body: { status: 'canceled' },
    });
    expect(await sandbox.post(`/sandbox/payment-intents/${id}/pay`)).toMatchObject({
      status: 409,
      body: { code: 'CANCELED' },
    });
  });

  it('answer a cancel that comes too late', async () => {
    const sandbox = await startForTest();
    const id = await sandbox.intent();
    await sandbox.post(`/sandbox/payment-intents/${id}/pay`, { outcome: 'processing' });
    expect(await sandbox.post(`/internal/payment-intents/${id}/cancel`)).toMatchObject({
      status: 409,
      body: { code: 'PROCESSING' },
    });
    await sandbox.post(`/sandbox/payment-intents/${id}/pay`, { notify: 'never' });
    expect(await sandbox.post(`/internal/payment-intents/${id}/cancel`)).toMatchObject({
      status: 409,
      body: { code: 'ALREADY_SUCCEEDED' },
    });
  });

  it('fail to be paid back when the settings say so', async () => {
    const sandbox = await startForTest();
    const paymentIntentId = await sandbox.intent();
    await sandbox.post(`/sandbox/payment-intents/${paymentIntentId}/pay`, { notify: 'never' });
    const refund = {
      refundId: randomUUID(),
      paymentIntentId,
      amountCents: 100,
      currency: 'USD',
      reason: 'asked for',
    };
    await sandbox.send('PUT', '/sandbox/settings', { balanceShort: true });
    expect(await sandbox.post('/internal/refunds', refund)).toMatchObject({
      status: 409,
      body: { code: 'INSUFFICIENT_BALANCE' },
    });
    await sandbox.send('PUT', '/sandbox/settings', { balanceShort: false, refundOutcome: 'fail' });
    expect(await sandbox.post('/internal/refunds', refund)).toMatchObject({
      status: 201,
      body: { status: 'failed' },
    });
    expect(await sandbox.send('GET', `/internal/refunds/${refund.refundId}`)).toMatchObject({
      body: { status: 'failed', failureCode: 'declined' },
    });
  });

  it('are listed without a tenant, each with its own', async () => {
    const sandbox = await startForTest();
    const id = await sandbox.intent();
    const response = await fetch(`${sandbox.url}/internal/payment-intents?updatedSince=2020-01-01T00:00:00Z`);
    expect(await response.json()).toMatchObject({
      intents: [{ paymentIntentId: id, tenantId: DEFAULT_TENANT_ID }],
      nextCursor: null,
    });
  });
});

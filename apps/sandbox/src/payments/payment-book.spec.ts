import { systemClock } from '@app/kernel';
import { Changes } from '../state/changes.js';
import type { Intent } from './intent-rows.js';
import { PaymentBook, type IntentWish } from './payment-book.js';
import { RefundBook, type BankTerms } from './refund-book.js';

const AN_ORDER: IntentWish = {
  tenantId: 'tenant-1',
  orderId: 'order-1',
  generation: 1,
  userId: 'user-1',
  amountCents: 11_686,
  currency: 'USD',
};

const BANK: BankTerms = { balanceShort: false, willSucceed: true, settlesAt: '2030-01-01T00:00:00.000Z' };

function openBooks() {
  const intents = new PaymentBook(systemClock, new Changes());
  const refunds = new RefundBook(new Changes());
  const opened = (wish: Partial<IntentWish> = {}): Intent => {
    const result = intents.open({ ...AN_ORDER, ...wish });
    if (result.kind !== 'opened') throw new Error(result.code);
    return result.intent;
  };
  const paid = (): Intent => intents.pay(opened(), 'succeed').intent;
  return { intents, refunds, opened, paid };
}

function aRefund(refundId: string, amountCents: number) {
  return { refundId, amountCents, reason: 'asked for', fingerprint: `${refundId}:${amountCents}` };
}

describe('an intent', () => {
  it('waits for a payment method and has received nothing', () => {
    const { opened } = openBooks();
    expect(opened()).toMatchObject({
      status: 'requires_payment_method',
      amountCents: 11_686,
      amountReceivedCents: 0,
    });
  });

  it.each([0, 1_000_000_000_000])('of %d minor units is not allowed', (amountCents) => {
    const { intents } = openBooks();
    expect(intents.open({ ...AN_ORDER, amountCents })).toEqual({
      kind: 'refused',
      code: 'AMOUNT_NOT_ALLOWED',
    });
  });

  it('in a code that is no currency is not supported', () => {
    const { intents } = openBooks();
    expect(intents.open({ ...AN_ORDER, currency: 'XTS' })).toEqual({
      kind: 'refused',
      code: 'CURRENCY_NOT_SUPPORTED',
    });
  });
});

describe('paying', () => {
  it('receives the amount once, however often it is tried', () => {
    const { intents, paid } = openBooks();
    const intent = paid();
    expect(intents.pay(intent, 'succeed', 999)).toMatchObject({
      kind: 'already-succeeded',
      intent: { amountReceivedCents: 11_686 },
    });
  });

  it('can bring another amount than was asked for', () => {
    const { intents, opened } = openBooks();
    expect(intents.pay(opened(), 'succeed', 100).intent).toMatchObject({
      amountCents: 11_686,
      amountReceivedCents: 100,
    });
  });

  it('leaves the intent open when the card is declined', () => {
    const { intents, opened } = openBooks();
    const { intent } = intents.pay(opened(), 'fail');
    expect(intent.status).toBe('requires_payment_method');
    expect(intents.pay(intent, 'succeed')).toMatchObject({ kind: 'succeeded' });
  });

  it('can take a while and succeed afterwards', () => {
    const { intents, opened } = openBooks();
    const { intent } = intents.pay(opened(), 'processing');
    expect(intents.cancel(intent)).toEqual({ kind: 'refused', code: 'PROCESSING' });
    expect(intents.pay(intent, 'succeed').intent.status).toBe('succeeded');
  });

  it('is refused for ever after a cancel', () => {
    const { intents, opened } = openBooks();
    const intent = opened();
    expect(intents.cancel(intent)).toEqual({ kind: 'canceled', replayed: false });
    const canceled = intents.find(intent.paymentIntentId) ?? intent;
    expect(intents.pay(canceled, 'succeed')).toMatchObject({ kind: 'refused', code: 'CANCELED' });
    expect(intents.cancel(canceled)).toEqual({ kind: 'canceled', replayed: true });
  });

  it('comes before a cancel or after it, never both', () => {
    const { intents, paid } = openBooks();
    expect(intents.cancel(paid())).toEqual({ kind: 'refused', code: 'ALREADY_SUCCEEDED' });
  });
});

describe('refunds', () => {
  it('together never exceed what was received', () => {
    const { refunds, paid } = openBooks();
    const intent = paid();
    expect(refunds.ask(aRefund('r1', 10_000), intent, BANK)).toMatchObject({
      kind: 'accepted',
      replayed: false,
    });
    expect(refunds.ask(aRefund('r2', 1_687), intent, BANK)).toEqual({
      kind: 'refused',
      code: 'EXCEEDS_CAPTURED',
    });
    expect(refunds.ask(aRefund('r2', 1_686), intent, BANK)).toMatchObject({ kind: 'accepted' });
  });

  it('of an intent that was not paid are refused', () => {
    const { refunds, opened } = openBooks();
    expect(refunds.ask(aRefund('r1', 1), opened(), BANK)).toEqual({
      kind: 'refused',
      code: 'EXCEEDS_CAPTURED',
    });
  });

  it('are known by their id', () => {
    const { refunds, paid } = openBooks();
    const intent = paid();
    refunds.ask(aRefund('r1', 10_000), intent, BANK);
    expect(refunds.ask(aRefund('r1', 10_000), intent, BANK)).toMatchObject({
      kind: 'accepted',
      replayed: true,
    });
    expect(refunds.ask(aRefund('r1', 9_000), intent, BANK)).toEqual({ kind: 'reused' });
  });

  it('that fail leave their amount refundable', () => {
    const { refunds, paid } = openBooks();
    const intent = paid();
    refunds.ask(aRefund('r1', 11_686), intent, { ...BANK, willSucceed: false });
    expect(refunds.settle('r1')).toMatchObject({ status: 'failed', failureCode: 'declined' });
    expect(refunds.ask(aRefund('r2', 11_686), intent, BANK)).toMatchObject({ kind: 'accepted' });
  });

  it('settle once', () => {
    const { refunds, paid } = openBooks();
    refunds.ask(aRefund('r1', 100), paid(), BANK);
    expect(refunds.settle('r1')?.status).toBe('succeeded');
    expect(refunds.settle('r1')).toBeUndefined();
  });

  it('wait while the balance is short, and are decided afresh', () => {
    const { refunds, paid } = openBooks();
    const intent = paid();
    const short = refunds.ask(aRefund('r1', 100), intent, { ...BANK, balanceShort: true });
    expect(short).toEqual({ kind: 'refused', code: 'INSUFFICIENT_BALANCE' });
    expect(refunds.ask(aRefund('r1', 100), intent, BANK)).toMatchObject({
      kind: 'accepted',
      replayed: false,
    });
  });
});

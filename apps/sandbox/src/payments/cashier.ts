import { Injectable } from '@nestjs/common';
import { Refusal } from '../http/refusal.js';
import type { Call } from '../http/sibling-call.js';
import { Ledger, type LedgerNote } from '../ledger/ledger.js';
import { AnswerMemory, type Mutation } from '../state/answer-memory.js';
import { intentView, type Intent, type IntentView } from './intent-rows.js';
import { PaymentBook, type PayResult } from './payment-book.js';
import { PaymentNotices } from './payment-notices.js';
import type { CreateIntentBody, PayBody } from './payments.schemas.js';

const SERVICE = 'payment-service';

const REFUSAL_TEXTS = {
  AMOUNT_NOT_ALLOWED: 'The amount is too small or too large to be charged.',
  CURRENCY_NOT_SUPPORTED: 'This currency cannot be charged.',
  ALREADY_SUCCEEDED: 'The intent has been paid already.',
  PROCESSING: 'The payment is being processed; ask again when it has ended.',
  CANCELED: 'The intent was canceled and can never be paid.',
} as const;

type Note = Omit<LedgerNote, 'service' | 'outcome'>;

/** Opens, charges and cancels payment intents. */
@Injectable()
export class Cashier {
  constructor(
    private readonly book: PaymentBook,
    private readonly memory: AnswerMemory,
    private readonly ledger: Ledger,
    private readonly notices: PaymentNotices,
  ) {}

  /** @throws Refusal 422 AMOUNT_NOT_ALLOWED, CURRENCY_NOT_SUPPORTED, KEY_REUSED */
  open(call: Call, body: CreateIntentBody): unknown {
    const { orderId, generation, amountCents, currency } = body;
    const note: Note = {
      operation: 'create-intent',
      orderId,
      key: call.key,
      generation,
      amountCents,
      currency,
    };
    const mutation: Mutation = { service: SERVICE, operation: 'create-intent', call, asked: body };
    return this.noted(note, () => {
      const known = this.memory.recall(mutation);
      if (known !== undefined) return { replayed: true, answer: known.answer };
      const result = this.book.open({ tenantId: call.tenantId, ...body });
      if (result.kind === 'refused') throw new Refusal(422, result.code, REFUSAL_TEXTS[result.code]);
      const { paymentIntentId, clientSecret, status } = result.intent;
      const answer = { paymentIntentId, clientSecret, status, amountCents, currency, orderId };
      this.memory.keep(mutation, answer);
      return { replayed: false, answer, paymentIntentId };
    });
  }

  /** Charges a stored method. @throws Refusal 404, 409 CANCELED, 422 KEY_REUSED */
  confirm(call: Call, paymentIntentId: string): unknown {
    return this.onIntent(call, 'confirm-intent', paymentIntentId, (intent) => {
      const result = unlessRefused(this.book.pay(intent, 'succeed'));
      const replayed = result.kind === 'already-succeeded';
      if (!replayed) this.notices.paid(result.intent);
      return { replayed, answer: intentView(result.intent), ...charged(result) };
    });
  }

  /** @throws Refusal 404, 409 ALREADY_SUCCEEDED, PROCESSING, 422 KEY_REUSED */
  cancel(call: Call, paymentIntentId: string): unknown {
    return this.onIntent(call, 'cancel-intent', paymentIntentId, (intent) => {
      const result = this.book.cancel(intent);
      if (result.kind === 'refused') throw new Refusal(409, result.code, REFUSAL_TEXTS[result.code]);
      return { replayed: result.replayed, answer: { status: 'canceled' } };
    });
  }

  /** Plays the buyer. @throws Refusal 404, 409 CANCELED, ALREADY_SUCCEEDED */
  pay(paymentIntentId: string, body: PayBody): IntentView {
    const intent = this.book.find(paymentIntentId);
    if (intent === undefined) throw intentNotFound();
    const note = noteOf(intent, 'confirm-intent', null);
    return this.noted(note, () => {
      const result = unlessRefused(this.book.pay(intent, body.outcome, body.amountCents));
      if (result.kind === 'succeeded' || result.kind === 'already-succeeded') {
        this.notices.paid(result.intent, body);
      }
      if (result.kind === 'declined') {
        this.notices.declined(result.intent, body);
        return { outcome: 'refused', code: 'card_declined', answer: intentView(result.intent) };
      }
      // Nothing has been charged yet, so there is nothing to note.
      if (result.kind === 'processing') return { outcome: null, answer: intentView(result.intent) };
      const replayed = result.kind === 'already-succeeded';
      return { replayed, answer: intentView(result.intent), ...charged(result) };
    });
  }

  /** The intent when it is this tenant's. @throws Refusal 404 */
  intentOf(tenantId: string, paymentIntentId: string): Intent {
    const intent = this.book.find(paymentIntentId);
    if (intent?.tenantId !== tenantId) throw intentNotFound();
    return intent;
  }

  private onIntent(
    call: Call,
    operation: 'confirm-intent' | 'cancel-intent',
    paymentIntentId: string,
    work: (intent: Intent) => Noted<unknown>,
  ): unknown {
    const intent = this.intentOf(call.tenantId, paymentIntentId);
    const mutation: Mutation = { service: SERVICE, operation, call, asked: paymentIntentId };
    return this.noted(noteOf(intent, operation, call.key), () => {
      const known = this.memory.recall(mutation);
      if (known !== undefined) return { replayed: true, answer: known.answer };
      const done = work(intent);
      this.memory.keep(mutation, done.answer);
      return done;
    });
  }

  private noted<T>(note: Note, work: () => Noted<T>): T {
    try {
      const { replayed, outcome, answer, ...facts } = work();
      const noted = outcome === undefined ? (replayed === true ? 'replayed' : 'executed') : outcome;
      if (noted !== null) this.ledger.record({ service: SERVICE, ...note, ...facts, outcome: noted });
      return answer;
    } catch (error) {
      if (error instanceof Refusal) {
        this.ledger.record({ service: SERVICE, ...note, outcome: 'refused', code: error.code });
      }
      throw error;
    }
  }
}

/** What a piece of work came to: the answer, and what the ledger says about it. */
interface Noted<T> {
  readonly answer: T;
  readonly replayed?: boolean;
  /** Overrides executed/replayed; null leaves the ledger alone. */
  readonly outcome?: 'refused' | null;
  readonly code?: string;
  readonly paymentIntentId?: string;
  readonly amountCents?: number;
}

function noteOf(intent: Intent, operation: 'confirm-intent' | 'cancel-intent', key: string | null): Note {
  const { orderId, generation, paymentIntentId, amountCents, currency } = intent;
  return { operation, orderId, key, generation, paymentIntentId, amountCents, currency };
}

function charged({ intent }: { readonly intent: Intent }): { readonly amountCents: number } {
  return { amountCents: intent.amountReceivedCents };
}

function unlessRefused(result: PayResult): Exclude<PayResult, { kind: 'refused' }> {
  if (result.kind === 'refused') throw new Refusal(409, result.code, REFUSAL_TEXTS[result.code]);
  return result;
}

export function intentNotFound(): Refusal {
  return new Refusal(404, 'INTENT_NOT_FOUND', 'There is no payment intent with this id.');
}

import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, SECOND_MS, type Clock } from '@app/kernel';
import {
  Database,
  InboxStore,
  requestFingerprint,
  type IdempotencyRequest,
  type InboundMessage,
  type MessageResult,
  type ServicePrincipal,
} from '@app/platform';
import { ConfirmOrder } from './confirm-order.js';

/** The name under which payment-service's messages act. */
export const PAYMENT_SERVICE = 'payment-service';
/** As long as the HTTP route has. */
const DEADLINE_MS = 12 * SECOND_MS;

/** The message payment.succeeded: the confirm route's way, with the message as its idempotency key. */
@Injectable()
export class ConfirmByMessage {
  constructor(
    private readonly database: Database,
    private readonly inbox: InboxStore,
    private readonly confirmOrder: ConfirmOrder,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws what the confirm route throws */
  async execute(
    message: InboundMessage,
    paid: { readonly orderId: string; readonly paymentIntentId: string },
  ): Promise<MessageResult> {
    const { tenantId, traceparent } = message;
    const isKnown = await this.database.transaction({ tenantId, pool: 'worker' }, (tx) =>
      this.inbox.isKnown(tx, message),
    );
    if (isKnown) return 'duplicate';
    const principal: ServicePrincipal = {
      kind: 'service',
      tenantId,
      name: PAYMENT_SERVICE,
      scopes: ['orders:confirm'],
    };
    const caller = {
      principal,
      requestId: requestIdOf(message),
      traceparent,
      deadlineAtMs: this.clock.monotonicMs() + DEADLINE_MS,
      pool: 'worker',
    } as const;
    const answer = await this.confirmOrder.execute(
      caller,
      paid.orderId,
      paid.paymentIntentId,
      null,
      keyOf(message, paid),
      (tx) => this.inbox.receive(tx, message),
    );
    return answer.replayed ? 'duplicate' : 'applied';
  }
}

function keyOf(message: InboundMessage, paid: object): IdempotencyRequest {
  const path = message.pattern;
  return {
    tenantId: message.tenantId,
    principal: `message:${message.pattern}`,
    key: uuidOf(message),
    fingerprint: requestFingerprint({ method: 'MESSAGE', path, body: paid }),
    path,
  };
}

/** Message ids may be any text, keys are UUIDs: version 8 of the hash, RFC 9562 §5.8. */
function uuidOf(message: InboundMessage): string {
  const bytes = createHash('sha256').update(message.messageId).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Shown in the history as the request id of what the message caused. */
export function requestIdOf(message: InboundMessage): string {
  const isUsable = /^[A-Za-z0-9._-]{1,120}$/.test(message.messageId);
  return `message-${isUsable ? message.messageId : uuidOf(message)}`.slice(0, 128);
}

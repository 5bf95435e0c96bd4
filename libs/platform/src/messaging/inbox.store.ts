import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/transaction.js';
import type { InboundMessage } from './inbound-message.js';

/** Which messages were applied already; written in the transaction of what they change. */
@Injectable()
export class InboxStore {
  /** Remembers the message. @returns false when it was applied before: then nothing more may be written for it */
  async receive(tx: Transaction, message: Pick<InboundMessage, 'messageId' | 'pattern'>): Promise<boolean> {
    const written = await tx.execute(
      `insert into inbox (tenant_id, message_id, pattern, result, received_at)
       values ($1, $2, $3, 'applied', now())
       on conflict (tenant_id, message_id, pattern) do nothing`,
      [tx.tenant(), message.messageId, message.pattern],
    );
    return written === 1;
  }

  async isKnown(tx: Transaction, message: Pick<InboundMessage, 'messageId' | 'pattern'>): Promise<boolean> {
    const rows = await tx.query(
      `select 1 from inbox where tenant_id = $1 and message_id = $2 and pattern = $3`,
      [tx.tenant(), message.messageId, message.pattern],
    );
    return rows.length > 0;
  }
}

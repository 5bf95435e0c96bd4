import { Module } from '@nestjs/common';
import { InboxStore } from './inbox.store.js';
import { OutboxClaims } from './outbox-claims.js';
import { OutboxNumbering } from './outbox-numbering.js';
import { OutboxPublisher } from './outbox-publisher.js';
import { OutboxRelay } from './outbox-relay.js';

/** The relay of this process; imported by processes with the worker role. */
@Module({
  providers: [OutboxNumbering, OutboxClaims, OutboxPublisher, OutboxRelay],
})
export class OutboxRelayModule {}

/** What handlers of messages need. */
@Module({ providers: [InboxStore], exports: [InboxStore] })
export class InboxModule {}

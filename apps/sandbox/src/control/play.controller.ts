import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { TokenMint, type MintedToken } from '../auth/token-mint.js';
import { checked } from '../http/checked.js';
import { Refusal } from '../http/refusal.js';
import { uuid } from '../http/wire.js';
import { Cashier, intentNotFound } from '../payments/cashier.js';
import { intentView, type IntentView } from '../payments/intent-rows.js';
import { PaymentBook } from '../payments/payment-book.js';
import { PaymentNotices } from '../payments/payment-notices.js';
import { disputeBody, payBody, type DisputeBody, type PayBody } from '../payments/payments.schemas.js';
import { ReservationBook } from '../tickets/reservation-book.js';
import { tokenBody, type TokenBody } from './control.schemas.js';

/** The people outside: they log in, pay, dispute a payment, and enter with their tickets. */
@Controller('sandbox')
export class PlayController {
  constructor(
    private readonly mint: TokenMint,
    private readonly cashier: Cashier,
    private readonly intents: PaymentBook,
    private readonly notices: PaymentNotices,
    private readonly reservations: ReservationBook,
  ) {}

  @Post('tokens')
  token(@Body(checked(tokenBody)) body: TokenBody): Promise<MintedToken> {
    return this.mint.mint(body);
  }

  @Post('payment-intents/:id/pay')
  @HttpCode(200)
  pay(@Param('id', checked(uuid)) id: string, @Body(checked(payBody)) body: PayBody): IntentView {
    return this.cashier.pay(id, body);
  }

  @Post('payment-intents/:id/dispute')
  @HttpCode(200)
  dispute(@Param('id', checked(uuid)) id: string, @Body(checked(disputeBody)) body: DisputeBody): IntentView {
    const intent = this.intents.find(id);
    if (intent === undefined) throw intentNotFound();
    if (intent.status !== 'succeeded') {
      throw new Refusal(409, 'NOT_PAID', 'Only a payment that was received can be disputed.');
    }
    this.notices.disputed(intent, body);
    return intentView(intent);
  }

  @Post('tickets/:ticketId/use')
  @HttpCode(200)
  use(@Param('ticketId', checked(uuid)) ticketId: string): unknown {
    const result = this.reservations.useTicket(ticketId, new Date());
    switch (result.kind) {
      case 'used':
        return { ticketId, orderId: result.orderId, usedAt: result.usedAt };
      case 'void':
        throw new Refusal(409, 'TICKET_VOID', 'This ticket was taken back and opens no door.');
      case 'unknown':
        throw new Refusal(404, 'TICKET_NOT_FOUND', 'There is no ticket with this id.');
    }
  }
}

import { Controller, Get, Query } from '@nestjs/common';
import { checked } from '../http/checked.js';
import { Ledger } from '../ledger/ledger.js';
import { intentView } from '../payments/intent-rows.js';
import { PaymentBook } from '../payments/payment-book.js';
import { RefundBook } from '../payments/refund-book.js';
import { BoxOffice } from '../tickets/box-office.js';
import { ReservationShelf } from '../tickets/reservation-shelf.js';
import { ledgerQuery, type LedgerQuery } from './control.schemas.js';

/** The siblings' books, for a test to compare with those of order-service and of its clients. */
@Controller('sandbox/ledger')
export class LedgerController {
  constructor(
    private readonly ledger: Ledger,
    private readonly office: BoxOffice,
    private readonly reservations: ReservationShelf,
    private readonly intents: PaymentBook,
    private readonly refunds: RefundBook,
  ) {}

  @Get()
  read(@Query(checked(ledgerQuery)) { orderId }: LedgerQuery): unknown {
    const stock = this.office.stock();
    return {
      entries: this.ledger.list(orderId),
      stock,
      intents: this.intents.list(orderId).map(intentView),
      refunds: this.refunds
        .list(orderId)
        .map(({ refundId, paymentIntentId, status, amountCents, currency }) => ({
          refundId,
          paymentIntentId,
          status,
          amountCents,
          currency,
        })),
      oversold: stock.reduce((sum, row) => sum + row.oversold, 0),
      expiredHolds: this.reservations.expiredCount,
    };
  }
}

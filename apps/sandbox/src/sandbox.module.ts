import { CLOCK, systemClock, type Clock } from '@app/kernel';
import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { ANNOUNCER, type Announcer } from './announcements/announcer.js';
import { BrokerAnnouncer } from './announcements/broker-announcer.js';
import { HttpAnnouncer } from './announcements/http-announcer.js';
import { AuthController } from './auth/auth.controller.js';
import { ServiceTokenCheck } from './auth/service-token-check.js';
import { SigningKeys } from './auth/signing-keys.js';
import { TokenMint } from './auth/token-mint.js';
import { Catalogue } from './catalogue/catalogue.js';
import { EventsController } from './catalogue/events.controller.js';
import { CatalogueController } from './control/catalogue.controller.js';
import { FaultsController } from './control/faults.controller.js';
import { LedgerController } from './control/ledger.controller.js';
import { PlayController } from './control/play.controller.js';
import { SettingsController } from './control/settings.controller.js';
import { FaultBoard } from './faults/fault-board.js';
import { FaultInterceptor } from './faults/fault.interceptor.js';
import { LostAnswers } from './faults/lost-answers.js';
import { HealthController } from './http/health.controller.js';
import { RefusalFilter } from './http/refusal.filter.js';
import { ServiceTokenGuard } from './http/service-token.guard.js';
import { Ledger } from './ledger/ledger.js';
import { Cashier } from './payments/cashier.js';
import { PaymentBook } from './payments/payment-book.js';
import { PaymentNotices } from './payments/payment-notices.js';
import { PaymentsController } from './payments/payments.controller.js';
import { RefundBank } from './payments/refund-bank.js';
import { RefundBook } from './payments/refund-book.js';
import { RefundDesk } from './payments/refund-desk.js';
import { PendingWork } from './pending-work.js';
import { SandboxConfig } from './sandbox-config.js';
import { Settings } from './settings.js';
import { AnswerMemory } from './state/answer-memory.js';
import { Changes } from './state/changes.js';
import { StateFile } from './state/state-file.js';
import { STATE_PARTS, type StatePart } from './state/state-part.js';
import { BoxOffice } from './tickets/box-office.js';
import { ReservationBook } from './tickets/reservation-book.js';
import { ReservationDesk } from './tickets/reservation-desk.js';
import { ReservationShelf } from './tickets/reservation-shelf.js';
import { StockLevels } from './tickets/stock-levels.js';
import { TicketsController } from './tickets/tickets.controller.js';

/** Everything that is written into the state file and emptied by a reset. */
const PARTS: readonly Type<StatePart>[] = [
  SigningKeys,
  Catalogue,
  ReservationShelf,
  PaymentBook,
  RefundBook,
  AnswerMemory,
  Ledger,
];

/** The books know nothing of Nest: they are made here and handed to it. */
const BOOKS: readonly Provider[] = [
  { provide: CLOCK, useValue: systemClock },
  { provide: Changes, useFactory: () => new Changes() },
  { provide: PendingWork, useFactory: () => new PendingWork() },
  { provide: FaultBoard, useFactory: () => new FaultBoard() },
  {
    provide: LostAnswers,
    useFactory: (pending: PendingWork) => new LostAnswers(pending),
    inject: [PendingWork],
  },
  { provide: SigningKeys, useFactory: (changes: Changes) => new SigningKeys(changes), inject: [Changes] },
  {
    provide: TokenMint,
    useFactory: (keys: SigningKeys, clock: Clock) => new TokenMint(keys, clock),
    inject: [SigningKeys, CLOCK],
  },
  {
    provide: Catalogue,
    useFactory: (clock: Clock, changes: Changes) => new Catalogue(clock, changes),
    inject: [CLOCK, Changes],
  },
  {
    provide: ReservationShelf,
    useFactory: (catalogue: Catalogue, clock: Clock, changes: Changes) =>
      new ReservationShelf(new StockLevels((id) => catalogue.capacityOf(id)), clock, changes),
    inject: [Catalogue, CLOCK, Changes],
  },
  {
    provide: ReservationBook,
    useFactory: (shelf: ReservationShelf) => new ReservationBook(shelf),
    inject: [ReservationShelf],
  },
  {
    provide: PaymentBook,
    useFactory: (clock: Clock, changes: Changes) => new PaymentBook(clock, changes),
    inject: [CLOCK, Changes],
  },
  { provide: RefundBook, useFactory: (changes: Changes) => new RefundBook(changes), inject: [Changes] },
  { provide: AnswerMemory, useFactory: (changes: Changes) => new AnswerMemory(changes), inject: [Changes] },
  {
    provide: Ledger,
    useFactory: (clock: Clock, changes: Changes) => new Ledger(clock, changes),
    inject: [CLOCK, Changes],
  },
  { provide: STATE_PARTS, useFactory: (...parts: readonly StatePart[]) => parts, inject: [...PARTS] },
];

function configured(config: SandboxConfig): readonly Provider[] {
  return [
    { provide: SandboxConfig, useValue: config },
    { provide: Settings, useFactory: () => new Settings(config) },
    {
      provide: ServiceTokenCheck,
      useFactory: (clock: Clock) =>
        new ServiceTokenCheck(clock, {
          publicKeyPem: config.orderServicePublicKey,
          issuer: config.serviceIssuer,
        }),
      inject: [CLOCK],
    },
    {
      provide: StateFile,
      useFactory: (parts: readonly StatePart[], changes: Changes) =>
        new StateFile(config.stateFile, parts, changes),
      inject: [STATE_PARTS, Changes],
    },
    {
      provide: ANNOUNCER,
      useFactory: (settings: Settings, mint: TokenMint, pending: PendingWork): Announcer =>
        config.rabbitmqUrl === ''
          ? new HttpAnnouncer(settings, mint, pending)
          : new BrokerAnnouncer({ url: config.rabbitmqUrl, prefix: config.rabbitmqPrefix }),
      inject: [Settings, TokenMint, PendingWork],
    },
  ];
}

@Module({
  controllers: [
    EventsController,
    TicketsController,
    PaymentsController,
    AuthController,
    HealthController,
    CatalogueController,
    PlayController,
    FaultsController,
    LedgerController,
    SettingsController,
  ],
  providers: [
    BoxOffice,
    ReservationDesk,
    Cashier,
    RefundDesk,
    RefundBank,
    PaymentNotices,
    { provide: APP_GUARD, useClass: ServiceTokenGuard },
    { provide: APP_INTERCEPTOR, useClass: FaultInterceptor },
    { provide: APP_FILTER, useClass: RefusalFilter },
  ],
})
export class SandboxModule {
  static with(config: SandboxConfig): DynamicModule {
    return { module: SandboxModule, providers: [...BOOKS, ...configured(config)] };
  }
}

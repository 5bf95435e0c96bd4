export interface MillisecondRange {
  readonly min: number;
  readonly max: number;
}

/** A refund takes a moment at a bank, and long enough for a client to see it pending. */
export const DEFAULT_REFUND_DELAY_MS: MillisecondRange = { min: 500, max: 2_000 };

export const REFUND_OUTCOMES = ['succeed', 'fail'] as const;
export type RefundOutcome = (typeof REFUND_OUTCOMES)[number];

export interface SettingsChange {
  readonly orderServiceUrl?: string | undefined;
  readonly refundDelayMs?: MillisecondRange | undefined;
  readonly refundOutcome?: RefundOutcome | undefined;
  readonly balanceShort?: boolean | undefined;
}

export interface SettingsView {
  readonly orderServiceUrl: string;
  readonly refundDelayMs: MillisecondRange;
  readonly refundOutcome: RefundOutcome;
  readonly balanceShort: boolean;
}

/** What `PUT /sandbox/settings` can change while the sandbox runs. */
export class Settings {
  private orderServiceAddress: string | (() => string);
  private readonly initialRefundDelayMs: MillisecondRange;
  refundDelayMs: MillisecondRange;
  refundOutcome: RefundOutcome = 'succeed';
  balanceShort = false;

  constructor(start: {
    readonly orderServiceUrl: string | (() => string);
    readonly refundDelayMs: MillisecondRange;
  }) {
    this.orderServiceAddress = start.orderServiceUrl;
    this.initialRefundDelayMs = start.refundDelayMs;
    this.refundDelayMs = start.refundDelayMs;
  }

  get orderServiceUrl(): string {
    const address =
      typeof this.orderServiceAddress === 'function' ? this.orderServiceAddress() : this.orderServiceAddress;
    return address.replace(/\/+$/, '');
  }

  change(change: SettingsChange): void {
    this.orderServiceAddress = change.orderServiceUrl ?? this.orderServiceAddress;
    this.refundDelayMs = change.refundDelayMs ?? this.refundDelayMs;
    this.refundOutcome = change.refundOutcome ?? this.refundOutcome;
    this.balanceShort = change.balanceShort ?? this.balanceShort;
  }

  /** Behaviour goes back to how it started; the address stays, because a reset does not move order-service. */
  clear(): void {
    this.refundDelayMs = this.initialRefundDelayMs;
    this.refundOutcome = 'succeed';
    this.balanceShort = false;
  }

  view(): SettingsView {
    return {
      orderServiceUrl: this.orderServiceUrl,
      refundDelayMs: this.refundDelayMs,
      refundOutcome: this.refundOutcome,
      balanceShort: this.balanceShort,
    };
  }
}

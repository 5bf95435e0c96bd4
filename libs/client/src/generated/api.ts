// Printed from the OpenAPI document by `npm run docs:generate`; a test fails when they differ.

export interface paths {
  readonly "/api/v1/audit-log": {
    /** Privileged actions of the tenant, done, refused or failed; the latest first. */
    readonly get: {
      readonly parameters: {
        readonly query?: {
          readonly cursor?: string;
          /** @description 1 to 100. */
          readonly limit?: number;
          readonly outcome?: "done" | "refused" | "failed";
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["AuditLogDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/effects": {
    /** Calls that were refused for good, newest first; or those that are pending. */
    readonly get: {
      readonly parameters: {
        readonly query?: {
          readonly cursor?: string;
          readonly kind?: "tickets.reserve" | "tickets.confirm" | "tickets.release" | "payments.open" | "payments.cancel" | "payments.refund";
          /** @description 1 to 100. */
          readonly limit?: number;
          readonly state?: "parked" | "pending";
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["EffectListDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/effects/{effectId}/retry": {
    /** Sends a parked call again, with the same key and bytes. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly effectId: string;
        };
      };
      readonly requestBody?: {
        readonly content: {
          readonly "application/json": components["schemas"]["RetryEffectRequest"];
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["EffectDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/findings": {
    /** The tenant's findings, newest first. */
    readonly get: {
      readonly parameters: {
        readonly query?: {
          readonly cursor?: string;
          /** @description A kind of finding, such as payment_under_review. */
          readonly kind?: string;
          /** @description 1 to 100. */
          readonly limit?: number;
          /** @description The findings of one order. */
          readonly orderId?: string;
          /** @description One or more of OPEN, ACKNOWLEDGED, RESOLVED, separated by commas. */
          readonly state?: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["FindingListDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/findings/{findingId}": {
    /** One finding. */
    readonly get: {
      readonly parameters: {
        readonly path: {
          readonly findingId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["FindingDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/findings/{findingId}/acknowledge": {
    /** Somebody has seen it and is on it. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly findingId: string;
        };
      };
      readonly requestBody?: {
        readonly content: {
          readonly "application/json": components["schemas"]["AcknowledgeFindingRequest"];
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["FindingDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/findings/{findingId}/resolve": {
    /** It is settled: with a note alone, or by deciding about the money it holds. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly findingId: string;
        };
      };
      readonly requestBody: {
        readonly content: {
          readonly "application/json": components["schemas"]["ResolveFindingRequest"];
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["FindingDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/operations": {
    /** The tenant's operations, newest first. */
    readonly get: {
      readonly parameters: {
        readonly query?: {
          readonly cursor?: string;
          /** @description 1 to 100. */
          readonly limit?: number;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["OperationListDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/operations/{operationId}": {
    /** One operation. */
    readonly get: {
      readonly parameters: {
        readonly path: {
          readonly operationId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["OperationDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/operations/{operationId}/resume": {
    /** Takes a paused operation up again at once. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly operationId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["OperationDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/orders": {
    /** The caller's orders, newest first; an admin sees the whole tenant and may filter by user or order number. */
    readonly get: {
      readonly parameters: {
        readonly query?: {
          readonly createdFrom?: string;
          readonly createdTo?: string;
          readonly cursor?: string;
          readonly eventId?: string;
          /** @description 1 to 100. */
          readonly limit?: number;
          /** @description For admins: the order with this number. */
          readonly orderNumber?: string;
          readonly sort?: "createdAt" | "-createdAt";
          /** @description One or more of PENDING, RESERVED, CONFIRMED, COMPLETED, CANCELLED, EXPIRED, REFUNDED, separated by commas. */
          readonly status?: string;
          /** @description For admins: the orders of one user. */
          readonly userId?: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["OrderListDto"];
          };
        };
      };
    };
    /** Creates a PENDING order at the server's prices. */
    readonly post: {
      readonly requestBody: {
        readonly content: {
          readonly "application/json": components["schemas"]["CreateOrderRequest"];
        };
      };
      readonly responses: {
        readonly 201: {
          content: {
            readonly "application/json": components["schemas"]["OrderDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/orders/{orderId}": {
    /** One order. */
    readonly get: {
      readonly parameters: {
        readonly path: {
          readonly orderId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["OrderDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/orders/{orderId}/cancel": {
    /** Ends an order that is not issued yet; a paid one is paid back by its refund policy. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly orderId: string;
        };
      };
      readonly requestBody?: {
        readonly content: {
          readonly "application/json": components["schemas"]["CancelOrderRequest"];
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["OrderDto"];
          };
        };
        readonly 202: {
          content: {
            readonly "application/json": components["schemas"]["OrderDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/orders/{orderId}/events": {
    /** The audit trail of an order, oldest first. */
    readonly get: {
      readonly parameters: {
        readonly query?: {
          readonly cursor?: string;
          /** @description 1 to 100. */
          readonly limit?: number;
        };
        readonly path: {
          readonly orderId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["HistoryDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/orders/{orderId}/explain": {
    /** What happened to an order, what was said to whom, and what may happen next. */
    readonly get: {
      readonly parameters: {
        readonly path: {
          readonly orderId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["ExplanationDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/orders/{orderId}/refund": {
    /** Asks for a refund of some or all tickets; the money moves afterwards. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly orderId: string;
        };
      };
      readonly requestBody: {
        readonly content: {
          readonly "application/json": components["schemas"]["RefundOrderRequest"];
        };
      };
      readonly responses: {
        readonly 202: {
          content: {
            readonly "application/json": components["schemas"]["RefundDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/orders/{orderId}/refund-quote": {
    /** What a refund of these tickets would pay back now. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly orderId: string;
        };
      };
      readonly requestBody?: {
        readonly content: {
          readonly "application/json": components["schemas"]["RefundQuoteRequest"];
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["RefundQuoteDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/orders/{orderId}/refunds": {
    /** The refunds of an order, oldest first. */
    readonly get: {
      readonly parameters: {
        readonly query?: {
          readonly cursor?: string;
          /** @description 1 to 100. */
          readonly limit?: number;
        };
        readonly path: {
          readonly orderId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["RefundListDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/orders/{orderId}/refunds/{refundId}": {
    /** One refund. */
    readonly get: {
      readonly parameters: {
        readonly path: {
          readonly orderId: string;
          readonly refundId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["RefundDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/orders/{orderId}/reserve": {
    /** Holds the seats and opens the payment; repeating it gives the same reservation. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly orderId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["ReservedOrderDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/orders/quote": {
    /** Prices an order exactly as create would; nothing is written. */
    readonly post: {
      readonly requestBody: {
        readonly content: {
          readonly "application/json": components["schemas"]["CreateOrderRequest"];
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["QuoteDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/pricing-policies": {
    /** Every version, newest first. */
    readonly get: {
      readonly parameters: {
        readonly query?: {
          readonly cursor?: string;
          /** @description 1 to 100. */
          readonly limit?: number;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["PricingPolicyListDto"];
          };
        };
      };
    };
    /** Adds a version: the one that holds for the same scope ends where this one begins. Sold orders keep theirs. */
    readonly post: {
      readonly requestBody: {
        readonly content: {
          readonly "application/json": components["schemas"]["CreatePricingPolicyRequest"];
        };
      };
      readonly responses: {
        readonly 201: {
          content: {
            readonly "application/json": components["schemas"]["PricingPolicyDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/pricing-policies/{policyId}": {
    /** One version. */
    readonly get: {
      readonly parameters: {
        readonly path: {
          readonly policyId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["PricingPolicyDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/pricing-policies/{policyId}/end": {
    /** Ends a version now, without a next one. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly policyId: string;
        };
      };
      readonly requestBody: {
        readonly content: {
          readonly "application/json": components["schemas"]["EndRequest"];
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["PricingPolicyDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/promo-codes": {
    /** The tenant's codes, newest first. */
    readonly get: {
      readonly parameters: {
        readonly query?: {
          /** @description Those that read like this, ended ones too. */
          readonly code?: string;
          readonly cursor?: string;
          /** @description 1 to 100. */
          readonly limit?: number;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["PromoCodeListDto"];
          };
        };
      };
    };
    /** Makes a code. */
    readonly post: {
      readonly requestBody: {
        readonly content: {
          readonly "application/json": components["schemas"]["CreatePromoCodeRequest"];
        };
      };
      readonly responses: {
        readonly 201: {
          content: {
            readonly "application/json": components["schemas"]["PromoCodeDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/promo-codes/{promoCodeId}": {
    /** One code, with how often it is used. */
    readonly get: {
      readonly parameters: {
        readonly path: {
          readonly promoCodeId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["PromoCodeDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/promo-codes/{promoCodeId}/end": {
    /** Ends a code for new orders; orders that have its discount keep it. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly promoCodeId: string;
        };
      };
      readonly requestBody: {
        readonly content: {
          readonly "application/json": components["schemas"]["EndRequest"];
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["PromoCodeDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/refund-policies": {
    /** Every version, newest first. */
    readonly get: {
      readonly parameters: {
        readonly query?: {
          readonly cursor?: string;
          /** @description 1 to 100. */
          readonly limit?: number;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["RefundPolicyListDto"];
          };
        };
      };
    };
    /** Adds a version: the one that holds for the same scope ends where this one begins. Sold orders keep theirs. */
    readonly post: {
      readonly requestBody: {
        readonly content: {
          readonly "application/json": components["schemas"]["CreateRefundPolicyRequest"];
        };
      };
      readonly responses: {
        readonly 201: {
          content: {
            readonly "application/json": components["schemas"]["RefundPolicyDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/refund-policies/{policyId}": {
    /** One version. */
    readonly get: {
      readonly parameters: {
        readonly path: {
          readonly policyId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["RefundPolicyDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/refund-policies/{policyId}/end": {
    /** Ends a version now, without a next one. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly policyId: string;
        };
      };
      readonly requestBody: {
        readonly content: {
          readonly "application/json": components["schemas"]["EndRequest"];
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["RefundPolicyDto"];
          };
        };
      };
    };
  };
  readonly "/api/v1/tenant-settings": {
    /** The settings as they are. */
    readonly get: {
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["TenantSettingsDto"];
          };
        };
      };
    };
    /** Changes deadlines of orders and reservations that begin from now on. */
    readonly post: {
      readonly requestBody?: {
        readonly content: {
          readonly "application/json": components["schemas"]["ChangeTenantSettingsRequest"];
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["TenantSettingsDto"];
          };
        };
      };
    };
  };
  readonly "/internal/v1/events": {
    /** Order events of the tenant in a fixed order; pass `page.nextAfter` back to read on, also when there is no more now. */
    readonly get: {
      readonly parameters: {
        readonly query?: {
          /** @description `page.nextAfter` of an earlier answer; without it, or with 0, from the oldest event that is kept (30 days). */
          readonly after?: string;
          /** @description 1 to 1000. */
          readonly limit?: number;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["EventFeedDto"];
          };
        };
      };
    };
  };
  readonly "/internal/v1/operations/{operationId}": {
    /** How far an operation is. */
    readonly get: {
      readonly parameters: {
        readonly path: {
          readonly operationId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["OperationDto"];
          };
        };
      };
    };
  };
  readonly "/internal/v1/operations/{operationId}/resume": {
    /** Takes a paused operation up again at once. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly operationId: string;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["OperationDto"];
          };
        };
      };
    };
  };
  readonly "/internal/v1/orders/{orderId}/confirm": {
    /** A payment succeeded: asks payment-service itself, then confirms. Late and double money is settled, never refused. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly orderId: string;
        };
      };
      readonly requestBody: {
        readonly content: {
          readonly "application/json": components["schemas"]["ConfirmOrderRequest"];
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["ConfirmedOrderDto"];
          };
        };
      };
    };
  };
  readonly "/internal/v1/orders/{orderId}/expire": {
    /** Ends an unpaid order now, on the same path as the expiration job. */
    readonly post: {
      readonly parameters: {
        readonly path: {
          readonly orderId: string;
        };
      };
      readonly requestBody?: {
        readonly content: {
          readonly "application/json": components["schemas"]["ExpireOrderRequest"];
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["OrderDto"];
          };
        };
        readonly 202: {
          content: {
            readonly "application/json": components["schemas"]["OrderDto"];
          };
        };
      };
    };
  };
  readonly "/internal/v1/orders/bulk/cancel": {
    /** Calls an event off; while an earlier call runs, this one answers with its operation. */
    readonly post: {
      readonly requestBody: {
        readonly content: {
          readonly "application/json": components["schemas"]["BulkCancelRequest"];
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["BulkCancelPreviewDto"];
          };
        };
        readonly 202: {
          content: {
            readonly "application/json": components["schemas"]["OperationDto"];
          };
        };
      };
    };
  };
  readonly "/internal/v1/orders/expiring": {
    /** Orders whose time ends soon, the next one first. */
    readonly get: {
      readonly parameters: {
        readonly query?: {
          readonly cursor?: string;
          /** @description 1 to 100. */
          readonly limit?: number;
          /** @description Seconds from now, up to a day. */
          readonly withinSeconds?: number;
        };
      };
      readonly responses: {
        readonly 200: {
          content: {
            readonly "application/json": components["schemas"]["ExpiringListDto"];
          };
        };
      };
    };
  };
}
export interface components {
  schemas: {
    readonly AcknowledgeFindingRequest: {
      readonly note?: string;
    };
    readonly ActorDto: {
      /** @description For admins. */
      readonly id: string | null;
      /** @enum {string} */
      readonly kind: "user" | "service" | "system";
    };
    readonly AddressDto: {
      readonly city: string;
      /** @description ISO 3166-1 alpha-2. */
      readonly country: string;
      readonly email: string | null;
      readonly line1: string;
      readonly line2: string | null;
      readonly name: string;
      readonly phone: string | null;
      readonly postalCode: string;
      readonly region: string | null;
    };
    readonly AddressRequestDto: {
      readonly city: string;
      /** @description ISO 3166-1 alpha-2. */
      readonly country: string;
      /** Format: email */
      readonly email?: string;
      readonly line1: string;
      readonly line2?: string;
      readonly name: string;
      readonly phone?: string;
      readonly postalCode: string;
      readonly region?: string;
    };
    readonly AuditActorDto: {
      readonly id: string;
      /** @enum {string} */
      readonly kind: "user" | "service" | "system";
    };
    readonly AuditLogDto: {
      readonly data: readonly components["schemas"]["AuditLogEntryDto"][];
      readonly page: components["schemas"]["PageDto"];
    };
    readonly AuditLogEntryDto: {
      /** @example POST /api/v1/findings/:findingId/resolve */
      readonly action: string;
      readonly actor: components["schemas"]["AuditActorDto"];
      /** Format: date-time */
      readonly at: string;
      /** @description The error code of what was not done. */
      readonly code: string | null;
      readonly data: {
        readonly [key: string]: unknown;
      };
      /** Format: uuid */
      readonly id: string;
      /** @enum {string} */
      readonly outcome: "done" | "refused" | "failed";
      readonly reason: string | null;
      readonly requestId: string | null;
      readonly subject: string;
    };
    readonly BulkCancelPreviewDto: {
      readonly byStatus: components["schemas"]["CountsByStatusDto"];
      /**
       * @description ISO 4217.
       * @example USD
       */
      readonly currency: string;
      /** @description What would be paid back, in minor units; disputed orders pay nothing. */
      readonly refundCents: number;
      readonly total: number;
    };
    readonly BulkCancelRequest: {
      /** @description Only counts, and changes nothing. */
      readonly dryRun?: boolean;
      /** Format: uuid */
      readonly eventId: string;
      /** @description Told to buyers and kept with every order and refund. */
      readonly reason: string;
    };
    readonly CancelOrderRequest: {
      readonly reason?: string;
    };
    readonly ChangeTenantSettingsRequest: {
      /** @description How long a PENDING order waits for its buyer. */
      readonly pendingTtlSeconds?: number | null;
      /** @description Why, for the audit log. */
      readonly reason?: string;
      /** @description How long a reservation waits for its payment. */
      readonly reservationTtlSeconds?: number | null;
    };
    readonly ConfirmedOrderDto: {
      /** @description What a client may ask for now. */
      readonly allowedActions: readonly string[];
      readonly billingAddress: components["schemas"]["AddressDto"] | null;
      /** Format: date-time */
      readonly cancelledAt: string | null;
      readonly cancelReason: string | null;
      /** Format: date-time */
      readonly completedAt: string | null;
      /** Format: date-time */
      readonly confirmedAt: string | null;
      /** Format: date-time */
      readonly createdAt: string;
      /**
       * @description ISO 4217.
       * @example USD
       */
      readonly currency: string;
      readonly discountCents: number;
      readonly discounts: readonly components["schemas"]["DiscountDto"][];
      /** Format: uuid */
      readonly eventId: string;
      /** Format: date-time */
      readonly expiredAt: string | null;
      /**
       * Format: date-time
       * @description Deadline of the present status.
       */
      readonly expiresAt: string | null;
      /** @description Until expiresAt, at the moment of the answer; not part of the ETag. */
      readonly expiresInSeconds: number | null;
      /** Format: uuid */
      readonly id: string;
      readonly items: readonly components["schemas"]["OrderItemDto"][];
      readonly metadata: {
        readonly [key: string]: string;
      };
      /**
       * @description For people: ORD- and symbols of Crockford base32, random.
       * @example ORD-7K2M9XQ4TB0V
       */
      readonly orderNumber: string;
      readonly paymentIntentId: string | null;
      /**
       * @description What became of the money.
       * @enum {string}
       */
      readonly paymentOutcome: "confirmed" | "recovering" | "refunding" | "duplicate_refunding" | "under_review";
      /**
       * @description What is under way.
       * @enum {string|null}
       */
      readonly pendingAction: "reserve" | "cancel" | "expire" | "recover" | null;
      /** @description On its way back. */
      readonly pendingRefundCents: number;
      readonly platformFeeCents: number;
      readonly processingFeeCents: number;
      /** Format: date-time */
      readonly refundedAt: string | null;
      /** @description Paid back so far. */
      readonly refundedCents: number;
      /** Format: date-time */
      readonly reservationExpiresAt: string | null;
      /** Format: date-time */
      readonly reservedAt: string | null;
      readonly shippingAddress: components["schemas"]["AddressDto"] | null;
      readonly status: components["schemas"]["OrderStatus"];
      readonly subtotalCents: number;
      readonly taxCents: number;
      /** Format: uuid */
      readonly tenantId: string;
      readonly tickets: readonly components["schemas"]["OrderTicketDto"][];
      readonly totalCents: number;
      /** Format: date-time */
      readonly updatedAt: string;
      /** Format: uuid */
      readonly userId: string;
      /** @description Grows with every change of this body; the ETag is made of it. */
      readonly version: number;
    };
    readonly ConfirmOrderRequest: {
      readonly paymentIntentId: string;
    };
    readonly CountsByStatusDto: {
      readonly COMPLETED: number;
      readonly CONFIRMED: number;
      readonly PENDING: number;
      readonly RESERVED: number;
    };
    readonly CreateOrderRequest: {
      readonly billingAddress?: components["schemas"]["AddressRequestDto"];
      /** @description ISO 4217; must be the event's currency. */
      readonly currency?: string;
      /** Format: uuid */
      readonly eventId: string;
      /** @description The total the buyer was shown, in minor units. */
      readonly expectedTotalCents?: number;
      /** @description 1 to 50 lines, at most 100 tickets in all. */
      readonly items: readonly components["schemas"]["OrderItemRequest"][];
      /** @description At most 10 pairs of strings; keys up to 40, values up to 500 characters. */
      readonly metadata?: {
        readonly [key: string]: string;
      };
      readonly promoCode?: string;
      readonly shippingAddress?: components["schemas"]["AddressRequestDto"];
    };
    readonly CreatePricingPolicyRequest: {
      /** @description ISO 3166-1 alpha-2. */
      readonly country?: string;
      /** @description When it begins to hold; now when left out, never in the past. */
      readonly effectiveFrom?: string;
      readonly platformFeeBps?: number;
      readonly processingFeeBps?: number;
      /** @description Minor units per order, by currency. */
      readonly processingFeeFixed?: {
        readonly [key: string]: number;
      };
      /** @description Why, for the audit log. */
      readonly reason: string;
      /** @description Counts together with its country only. */
      readonly region?: string;
      readonly taxBps?: number;
      /** Format: uuid */
      readonly venueId?: string;
    };
    readonly CreatePromoCodeRequest: {
      /** @description For kind fixed: minor units off the subtotal, never more than it. */
      readonly amountCents?: number;
      /** @description Upper and lower case read the same. */
      readonly code: string;
      /** @description ISO 4217; needed with an amount or a minimum, and then the code is for orders in this currency. */
      readonly currency?: string;
      /** @description The first instant at which the code no longer applies. */
      readonly endsAt?: string;
      /**
       * Format: uuid
       * @description Without it the code is for every event of the tenant.
       */
      readonly eventId?: string;
      /** @enum {string} */
      readonly kind: "percentage" | "fixed";
      readonly maxRedemptions?: number;
      readonly maxRedemptionsPerBuyer?: number;
      readonly minimumSubtotalCents?: number;
      /** @description For kind percentage: 1 to 10000 basis points of the subtotal. */
      readonly percentBps?: number;
      /** @description Why, for the audit log. */
      readonly reason: string;
      readonly startsAt?: string;
    };
    readonly CreateRefundPolicyRequest: {
      /** @description When it begins to hold; now when left out, never in the past. */
      readonly effectiveFrom?: string;
      /**
       * Format: uuid
       * @description Without it, every event of the tenant that has no policy of its own.
       */
      readonly eventId?: string;
      /** @description Why, for the audit log. */
      readonly reason: string;
      /** @default true */
      readonly refundsPlatformFee?: boolean;
      /** @default true */
      readonly refundsProcessingFee?: boolean;
      /** @default true */
      readonly refundsTax?: boolean;
      /** @description After the last rule nothing is paid back. */
      readonly rules: readonly components["schemas"]["RefundRuleRequest"][];
    };
    readonly DiscountDto: {
      readonly amountCents: number;
      readonly code: string;
    };
    readonly EffectDto: {
      readonly attempts: number;
      /** Format: date-time */
      readonly createdAt: string;
      /**
       * Format: date-time
       * @description When it is sent next; null unless it is pending.
       */
      readonly dueAt: string | null;
      /** Format: date-time */
      readonly finishedAt: string | null;
      /** Format: date-time */
      readonly firstSentAt: string | null;
      readonly generation: number;
      /** Format: uuid */
      readonly id: string;
      /** @description The idempotency key it carries to the sibling. */
      readonly key: string;
      /** @enum {string} */
      readonly kind: "tickets.reserve" | "tickets.confirm" | "tickets.release" | "payments.open" | "payments.cancel" | "payments.refund";
      /** Format: uuid */
      readonly orderId: string;
      /** @description What it came to so far. */
      readonly outcome: {
        readonly [key: string]: unknown;
      } | null;
      /** @enum {string} */
      readonly state: "pending" | "armed" | "done" | "disarmed" | "superseded" | "refused" | "parked";
    };
    readonly EffectListDto: {
      readonly data: readonly components["schemas"]["EffectDto"][];
      readonly page: components["schemas"]["PageDto"];
    };
    readonly EndRequest: {
      /** @description Why, for the audit log. */
      readonly reason: string;
    };
    readonly EventFeedDto: {
      readonly data: readonly components["schemas"]["OrderEventDto"][];
      readonly page: components["schemas"]["EventFeedPageDto"];
    };
    readonly EventFeedPageDto: {
      readonly hasMore: boolean;
      /** @description Send it as `after` to read on. */
      readonly nextAfter: string;
    };
    readonly ExpireOrderRequest: {
      readonly reason?: string;
    };
    readonly ExpiringListDto: {
      readonly data: readonly components["schemas"]["ExpiringOrderDto"][];
      readonly page: components["schemas"]["PageDto"];
    };
    readonly ExpiringOrderDto: {
      /** Format: uuid */
      readonly eventId: string;
      /** Format: date-time */
      readonly expiresAt: string;
      /** Format: uuid */
      readonly id: string;
      readonly orderNumber: string;
      readonly status: components["schemas"]["OrderStatus"];
      /** Format: uuid */
      readonly userId: string;
    };
    readonly ExplainedLatePaymentDto: {
      /** Format: date-time */
      readonly createdAt: string;
      /** @description The status in which the money met the order. */
      readonly orderStatus: string;
      readonly outcome: string;
      readonly paymentIntentId: string;
      readonly receivedCents: number;
      /** Format: date-time */
      readonly updatedAt: string;
    };
    readonly ExplainedMessageDto: {
      readonly attempts: number;
      /** Format: date-time */
      readonly createdAt: string;
      /** Format: uuid */
      readonly id: string;
      /** @description Its place in the feed. */
      readonly position: number | null;
      /** Format: date-time */
      readonly publishedAt: string | null;
      readonly sequence: number;
      /** @example order.reserved */
      readonly type: string;
    };
    readonly ExplainedPaymentDto: {
      readonly amountCents: number;
      readonly currency: string;
      readonly generation: number;
      /** @description Whether it is the one that pays the order. */
      readonly isCurrent: boolean;
      readonly paymentIntentId: string;
      readonly receivedCents: number;
      /** @description Set aside for refunds, pending and succeeded. */
      readonly refundReservedCents: number;
      /** @enum {string} */
      readonly status: "open" | "succeeded" | "canceled";
    };
    readonly ExplainedRefundDto: {
      readonly amountCents: number;
      /** Format: date-time */
      readonly createdAt: string;
      readonly currency: string;
      readonly failureCode: string | null;
      /** Format: uuid */
      readonly id: string;
      readonly items: readonly components["schemas"]["RefundItemDto"][];
      /** @enum {string} */
      readonly kind: "units" | "goodwill" | "payment";
      /** Format: uuid */
      readonly orderId: string;
      readonly paymentIntentId: string;
      /** @description What the refund policy said; null where none decided. */
      readonly policyClause: string | null;
      readonly reason: string;
      readonly requestedBy: string;
      /** Format: date-time */
      readonly settledAt: string | null;
      /** @enum {string} */
      readonly status: "PENDING" | "SUCCEEDED" | "FAILED";
    };
    readonly ExplanationDto: {
      readonly calls: readonly components["schemas"]["EffectDto"][];
      readonly findings: readonly components["schemas"]["FindingDto"][];
      readonly latePayments: readonly components["schemas"]["ExplainedLatePaymentDto"][];
      readonly messages: readonly components["schemas"]["ExplainedMessageDto"][];
      /** @description What may happen next, in plain sentences. */
      readonly next: readonly string[];
      readonly order: components["schemas"]["OrderDto"];
      readonly payments: readonly components["schemas"]["ExplainedPaymentDto"][];
      readonly refunds: readonly components["schemas"]["ExplainedRefundDto"][];
      readonly timeline: readonly components["schemas"]["TimelineEntryDto"][];
    };
    /** @description Where the request is wrong: one of pointer, parameter and header. */
    readonly FieldError: {
      readonly code: string;
      readonly detail: string;
      /** @description Name of a header. */
      readonly header?: string;
      /** @description Name of a path or query parameter. */
      readonly parameter?: string;
      /** @description JSON pointer into the body. */
      readonly pointer?: string;
    };
    readonly FindingDto: {
      /** Format: date-time */
      readonly acknowledgedAt: string | null;
      readonly acknowledgedBy: string | null;
      /** @description What an admin may do about it. */
      readonly allowedActions: readonly string[];
      readonly details: {
        readonly [key: string]: unknown;
      };
      /** Format: date-time */
      readonly firstSeenAt: string;
      /** Format: uuid */
      readonly id: string;
      /** @example payment_under_review */
      readonly kind: string;
      /** Format: date-time */
      readonly lastSeenAt: string;
      /** Format: uuid */
      readonly orderId: string | null;
      readonly resolution: string | null;
      /** Format: date-time */
      readonly resolvedAt: string | null;
      readonly resolvedBy: string | null;
      readonly sightings: number;
      /** @enum {string} */
      readonly state: "OPEN" | "ACKNOWLEDGED" | "RESOLVED";
      /** @description What it is about: an order, an intent, a refund, a call. */
      readonly subject: string;
    };
    readonly FindingListDto: {
      readonly data: readonly components["schemas"]["FindingDto"][];
      readonly page: components["schemas"]["PageDto"];
    };
    readonly HistoryDto: {
      readonly data: readonly components["schemas"]["HistoryEntryDto"][];
      readonly page: components["schemas"]["PageDto"];
    };
    readonly HistoryEntryDto: {
      readonly actor: components["schemas"]["ActorDto"];
      /** Format: date-time */
      readonly at: string;
      readonly data: {
        readonly [key: string]: unknown;
      };
      /** @enum {string|null} */
      readonly fromStatus: "PENDING" | "RESERVED" | "CONFIRMED" | "COMPLETED" | "CANCELLED" | "EXPIRED" | "REFUNDED" | null;
      readonly reason: string | null;
      readonly sequence: number;
      /** @enum {string|null} */
      readonly toStatus: "PENDING" | "RESERVED" | "CONFIRMED" | "COMPLETED" | "CANCELLED" | "EXPIRED" | "REFUNDED" | null;
      /** @example order.reserved */
      readonly type: string;
    };
    readonly OperationDto: {
      /** Format: date-time */
      readonly createdAt: string;
      /** @description Orders that ended and whose refund succeeded. */
      readonly done: number;
      /** Format: uuid */
      readonly eventId: string;
      readonly failed: number;
      /** @description The first 100; failed counts them all. */
      readonly failures: readonly components["schemas"]["OperationFailureDto"][];
      /** Format: date-time */
      readonly finishedAt: string | null;
      /** Format: uuid */
      readonly id: string;
      /** @enum {string} */
      readonly kind: "bulk-cancel";
      /** @example INSUFFICIENT_BALANCE */
      readonly pauseReason: string | null;
      readonly reason: string;
      /**
       * @description FAILED: it has finished, and at least one order needs people.
       * @enum {string}
       */
      readonly status: "QUEUED" | "RUNNING" | "PAUSED" | "SUCCEEDED" | "FAILED";
      readonly total: number;
    };
    readonly OperationFailureDto: {
      /** @example ORDER_DISPUTED */
      readonly code: string;
      readonly detail: string;
      /** Format: uuid */
      readonly orderId: string;
    };
    readonly OperationListDto: {
      readonly data: readonly components["schemas"]["OperationDto"][];
      readonly page: components["schemas"]["PageDto"];
    };
    readonly OrderDto: {
      /** @description What a client may ask for now. */
      readonly allowedActions: readonly string[];
      readonly billingAddress: components["schemas"]["AddressDto"] | null;
      /** Format: date-time */
      readonly cancelledAt: string | null;
      readonly cancelReason: string | null;
      /** Format: date-time */
      readonly completedAt: string | null;
      /** Format: date-time */
      readonly confirmedAt: string | null;
      /** Format: date-time */
      readonly createdAt: string;
      /**
       * @description ISO 4217.
       * @example USD
       */
      readonly currency: string;
      readonly discountCents: number;
      readonly discounts: readonly components["schemas"]["DiscountDto"][];
      /** Format: uuid */
      readonly eventId: string;
      /** Format: date-time */
      readonly expiredAt: string | null;
      /**
       * Format: date-time
       * @description Deadline of the present status.
       */
      readonly expiresAt: string | null;
      /** @description Until expiresAt, at the moment of the answer; not part of the ETag. */
      readonly expiresInSeconds: number | null;
      /** Format: uuid */
      readonly id: string;
      readonly items: readonly components["schemas"]["OrderItemDto"][];
      readonly metadata: {
        readonly [key: string]: string;
      };
      /**
       * @description For people: ORD- and symbols of Crockford base32, random.
       * @example ORD-7K2M9XQ4TB0V
       */
      readonly orderNumber: string;
      readonly paymentIntentId: string | null;
      /**
       * @description What is under way.
       * @enum {string|null}
       */
      readonly pendingAction: "reserve" | "cancel" | "expire" | "recover" | null;
      /** @description On its way back. */
      readonly pendingRefundCents: number;
      readonly platformFeeCents: number;
      readonly processingFeeCents: number;
      /** Format: date-time */
      readonly refundedAt: string | null;
      /** @description Paid back so far. */
      readonly refundedCents: number;
      /** Format: date-time */
      readonly reservationExpiresAt: string | null;
      /** Format: date-time */
      readonly reservedAt: string | null;
      readonly shippingAddress: components["schemas"]["AddressDto"] | null;
      readonly status: components["schemas"]["OrderStatus"];
      readonly subtotalCents: number;
      readonly taxCents: number;
      /** Format: uuid */
      readonly tenantId: string;
      readonly tickets: readonly components["schemas"]["OrderTicketDto"][];
      readonly totalCents: number;
      /** Format: date-time */
      readonly updatedAt: string;
      /** Format: uuid */
      readonly userId: string;
      /** @description Grows with every change of this body; the ETag is made of it. */
      readonly version: number;
    };
    readonly OrderEventDto: {
      readonly data: components["schemas"]["PublishedOrderDto"];
      /** @enum {string} */
      readonly datacontenttype: "application/json";
      /**
       * Format: uuid
       * @description Also the message id at the broker.
       */
      readonly id: string;
      /** @description 1, 2, 3 and so on for each order, without gaps. */
      readonly sequence: number;
      /** @enum {string} */
      readonly source: "/order-service";
      /** @enum {string} */
      readonly specversion: "1.0";
      /**
       * Format: uuid
       * @description The order.
       */
      readonly subject: string;
      /** Format: uuid */
      readonly tenantid: string;
      /** Format: date-time */
      readonly time: string;
      readonly traceparent?: string;
      readonly type: components["schemas"]["OrderEventType"];
    };
    /** @enum {string} */
    readonly OrderEventType: "order.created" | "order.reserved" | "order.confirmed" | "order.completed" | "order.cancelled" | "order.expired" | "order.refunded" | "order.partially_refunded" | "order.refund_failed" | "order.expiring_soon" | "order.payment_failed" | "order.late_payment_recovered" | "order.late_payment_refunded";
    readonly OrderItemDto: {
      /** Format: uuid */
      readonly id: string;
      readonly name: string;
      readonly quantity: number;
      readonly refundedQuantity: number;
      /** Format: uuid */
      readonly ticketTypeId: string;
      readonly totalPriceCents: number;
      readonly unitPriceCents: number;
    };
    readonly OrderItemRequest: {
      /** @description How many tickets, 1 to 20. */
      readonly quantity: number;
      /** Format: uuid */
      readonly ticketTypeId: string;
      /** @description The unit price the buyer was shown, in minor units. It is compared with ours and never prices anything. */
      readonly unitPriceCents?: number;
    };
    readonly OrderListDto: {
      readonly data: readonly components["schemas"]["OrderDto"][];
      readonly page: components["schemas"]["PageDto"];
    };
    /** @enum {string} */
    readonly OrderStatus: "PENDING" | "RESERVED" | "CONFIRMED" | "COMPLETED" | "CANCELLED" | "EXPIRED" | "REFUNDED";
    readonly OrderTicketDto: {
      readonly id: string;
      /** Format: uuid */
      readonly itemId: string;
      /** @enum {string} */
      readonly status: "ISSUED" | "VOID";
      /** Format: uuid */
      readonly ticketTypeId: string;
    };
    readonly PageDto: {
      readonly hasMore: boolean;
      readonly limit: number;
      readonly nextCursor: string | null;
    };
    readonly PaymentDto: {
      /** @description Lets the buyer’s page pay; gone once the order has left RESERVED. */
      readonly clientSecret: string | null;
      readonly intentId: string;
    };
    readonly PricingPolicyDto: {
      readonly country: string | null;
      /** Format: date-time */
      readonly createdAt: string;
      readonly createdBy: string;
      /** Format: date-time */
      readonly effectiveFrom: string;
      /**
       * Format: date-time
       * @description The first instant at which it no longer holds.
       */
      readonly effectiveTo: string | null;
      /** Format: uuid */
      readonly id: string;
      readonly platformFeeBps: number | null;
      readonly processingFeeBps: number | null;
      readonly processingFeeFixed: {
        readonly [key: string]: number;
      } | null;
      readonly reason: string;
      readonly region: string | null;
      readonly taxBps: number | null;
      /** Format: uuid */
      readonly venueId: string | null;
    };
    readonly PricingPolicyListDto: {
      readonly data: readonly components["schemas"]["PricingPolicyDto"][];
      readonly page: components["schemas"]["PageDto"];
    };
    /** @description RFC 9457 problem document. Switch on code. */
    readonly Problem: {
      /** @description State conflicts: what can be done now. */
      readonly allowedActions?: readonly string[];
      /** @enum {string} */
      readonly code: "VALIDATION_FAILED" | "MALFORMED_JSON" | "IDEMPOTENCY_KEY_MISSING" | "IDEMPOTENCY_KEY_INVALID" | "CURSOR_INVALID" | "TENANT_REQUIRED" | "UNAUTHENTICATED" | "FORBIDDEN" | "ORDER_NOT_FOUND" | "EVENT_NOT_FOUND" | "TICKET_TYPE_NOT_FOUND" | "REFUND_NOT_FOUND" | "OPERATION_NOT_FOUND" | "FINDING_NOT_FOUND" | "EFFECT_NOT_FOUND" | "PROMO_NOT_FOUND" | "POLICY_NOT_FOUND" | "ROUTE_NOT_FOUND" | "METHOD_NOT_ALLOWED" | "CURSOR_EXPIRED" | "ORDER_STATE_CONFLICT" | "TICKETS_UNAVAILABLE" | "PRICE_CHANGED" | "IDEMPOTENCY_KEY_IN_USE" | "ORDER_BUSY" | "REFUND_EXCEEDS_REFUNDABLE" | "PURCHASE_LIMIT_EXCEEDED" | "PAYMENT_MISMATCH" | "PROMO_EXHAUSTED" | "ORDER_DISPUTED" | "FINDING_STATE_CONFLICT" | "EFFECT_STATE_CONFLICT" | "OPERATION_STATE_CONFLICT" | "PROMO_CODE_TAKEN" | "VERSION_MISMATCH" | "BODY_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "IDEMPOTENCY_KEY_REUSED" | "EVENT_NOT_ON_SALE" | "CURRENCY_MISMATCH" | "PROMO_INVALID" | "REFUND_WINDOW_CLOSED" | "AMOUNT_OUT_OF_RANGE" | "RATE_LIMITED" | "UPSTREAM_UNAVAILABLE" | "LOCK_TIMEOUT" | "OVERLOADED" | "SHUTTING_DOWN" | "INTERNAL";
      /** @description State conflicts: the status of the order. */
      readonly currentStatus?: string;
      readonly detail: string;
      readonly errors?: readonly components["schemas"]["FieldError"][];
      /** @description Path of the request. */
      readonly instance: string;
      readonly requestId: string;
      /** @description True when sending the same request again can help. */
      readonly retryable: boolean;
      readonly status: number;
      readonly title: string;
      /** Format: uri */
      readonly type: string;
      /** @description UPSTREAM_UNAVAILABLE: which service. */
      readonly upstream?: string;
    } & {
      readonly [key: string]: unknown;
    };
    readonly PromoCodeDto: {
      readonly amountCents: number | null;
      /** @description In upper case. */
      readonly code: string;
      /** Format: date-time */
      readonly createdAt: string;
      readonly createdBy: string;
      readonly currency: string | null;
      /**
       * Format: date-time
       * @description When an admin ended it.
       */
      readonly endedAt: string | null;
      /** Format: date-time */
      readonly endsAt: string | null;
      /** Format: uuid */
      readonly eventId: string | null;
      /** Format: uuid */
      readonly id: string;
      /** @enum {string} */
      readonly kind: "percentage" | "fixed";
      readonly maxRedemptions: number | null;
      readonly maxRedemptionsPerBuyer: number | null;
      readonly minimumSubtotalCents: number;
      readonly percentBps: number | null;
      readonly reason: string;
      /** @description Uses that count; those of expired and cancelled orders are given back. */
      readonly redemptions: number;
      /** Format: date-time */
      readonly startsAt: string | null;
    };
    readonly PromoCodeListDto: {
      readonly data: readonly components["schemas"]["PromoCodeDto"][];
      readonly page: components["schemas"]["PageDto"];
    };
    readonly PublishedOrderDto: {
      /** Format: date-time */
      readonly cancelledAt: string | null;
      /** Format: date-time */
      readonly completedAt: string | null;
      /** Format: date-time */
      readonly confirmedAt: string | null;
      /** Format: date-time */
      readonly createdAt: string;
      /**
       * @description ISO 4217.
       * @example USD
       */
      readonly currency: string;
      readonly discountCents: number;
      readonly discounts: readonly components["schemas"]["DiscountDto"][];
      /** Format: uuid */
      readonly eventId: string;
      /** Format: date-time */
      readonly expiredAt: string | null;
      /**
       * Format: date-time
       * @description Deadline of the present status.
       */
      readonly expiresAt: string | null;
      /** @description Why a refund failed. */
      readonly failureCode?: string;
      /** Format: uuid */
      readonly id: string;
      readonly items: readonly components["schemas"]["OrderItemDto"][];
      /**
       * @description For people: ORD- and symbols of Crockford base32, random.
       * @example ORD-7K2M9XQ4TB0V
       */
      readonly orderNumber: string;
      readonly paymentIntentId: string | null;
      /**
       * @description What is under way.
       * @enum {string|null}
       */
      readonly pendingAction: "reserve" | "cancel" | "expire" | "recover" | null;
      /** @description On its way back. */
      readonly pendingRefundCents: number;
      readonly platformFeeCents: number;
      /** @description null for a new order. */
      readonly previousStatus: components["schemas"]["OrderStatus"] | null;
      readonly processingFeeCents: number;
      /** @description Why a payment attempt failed. */
      readonly reason?: string;
      /** @description In events about a refund, in minor units. */
      readonly refundAmountCents?: number;
      /** Format: date-time */
      readonly refundedAt: string | null;
      /** @description Paid back so far. */
      readonly refundedCents: number;
      /**
       * Format: uuid
       * @description In events about a refund.
       */
      readonly refundId?: string;
      /** Format: date-time */
      readonly reservationExpiresAt: string | null;
      /** Format: date-time */
      readonly reservedAt: string | null;
      readonly status: components["schemas"]["OrderStatus"];
      readonly subtotalCents: number;
      readonly taxCents: number;
      /** Format: uuid */
      readonly tenantId: string;
      readonly tickets: readonly components["schemas"]["OrderTicketDto"][];
      readonly totalCents: number;
      /** Format: date-time */
      readonly updatedAt: string;
      /** Format: uuid */
      readonly userId: string;
      /** @description Grows with every change of this body; the ETag is made of it. */
      readonly version: number;
    };
    readonly QuotedItemDto: {
      readonly name: string;
      readonly quantity: number;
      /** Format: uuid */
      readonly ticketTypeId: string;
      readonly totalPriceCents: number;
      readonly unitPriceCents: number;
    };
    readonly QuoteDto: {
      /** @description ISO 4217. */
      readonly currency: string;
      readonly discountCents: number;
      readonly discounts: readonly components["schemas"]["DiscountDto"][];
      /** Format: uuid */
      readonly eventId: string;
      readonly items: readonly components["schemas"]["QuotedItemDto"][];
      readonly platformFeeCents: number;
      readonly processingFeeCents: number;
      readonly subtotalCents: number;
      readonly taxCents: number;
      readonly totalCents: number;
      /**
       * Format: date-time
       * @description We expect the price to stand until then; create compares it again.
       */
      readonly validUntil: string;
    };
    readonly RefundClauseDto: {
      readonly clause: string;
      /**
       * Format: uuid
       * @description null: the default policy.
       */
      readonly id: string | null;
    };
    readonly RefundDto: {
      readonly amountCents: number;
      /** Format: date-time */
      readonly createdAt: string;
      readonly currency: string;
      readonly failureCode: string | null;
      /** Format: uuid */
      readonly id: string;
      readonly items: readonly components["schemas"]["RefundItemDto"][];
      /** Format: uuid */
      readonly orderId: string;
      readonly reason: string;
      /** Format: date-time */
      readonly settledAt: string | null;
      /** @enum {string} */
      readonly status: "PENDING" | "SUCCEEDED" | "FAILED";
    };
    readonly RefundItemDto: {
      readonly amountCents: number;
      /** Format: uuid */
      readonly itemId: string;
      readonly quantity: number;
    };
    readonly RefundItemRequest: {
      /** Format: uuid */
      readonly itemId: string;
      readonly quantity: number;
    };
    readonly RefundListDto: {
      readonly data: readonly components["schemas"]["RefundDto"][];
      readonly page: components["schemas"]["PageDto"];
    };
    readonly RefundOrderRequest: {
      readonly amountCents?: number;
      readonly items?: readonly components["schemas"]["RefundItemRequest"][];
      readonly reason: string;
    };
    readonly RefundPolicyDto: {
      /** Format: date-time */
      readonly createdAt: string;
      readonly createdBy: string;
      /** Format: date-time */
      readonly effectiveFrom: string;
      /**
       * Format: date-time
       * @description The first instant at which it no longer holds.
       */
      readonly effectiveTo: string | null;
      /** Format: uuid */
      readonly eventId: string | null;
      /** Format: uuid */
      readonly id: string;
      readonly reason: string;
      readonly refundsPlatformFee: boolean;
      readonly refundsProcessingFee: boolean;
      readonly refundsTax: boolean;
      readonly rules: readonly components["schemas"]["RefundRuleDto"][];
    };
    readonly RefundPolicyListDto: {
      readonly data: readonly components["schemas"]["RefundPolicyDto"][];
      readonly page: components["schemas"]["PageDto"];
    };
    readonly RefundQuoteDto: {
      readonly amountCents: number;
      readonly currency: string;
      readonly items: readonly components["schemas"]["RefundItemDto"][];
      /** @description What was paid for these tickets and is not paid back. */
      readonly keptCents: number;
      readonly policy: components["schemas"]["RefundClauseDto"];
      /** Format: date-time */
      readonly validUntil: string;
    };
    readonly RefundQuoteRequest: {
      readonly items?: readonly components["schemas"]["RefundItemRequest"][];
    };
    readonly RefundRuleDto: {
      readonly hoursBeforeStart: number;
      readonly refundBps: number;
    };
    readonly RefundRuleRequest: {
      /** @description The rule holds until this many hours before the start; negative: after it. */
      readonly hoursBeforeStart: number;
      /** @description Share of what was paid, in basis points; 0 pays nothing back. */
      readonly refundBps: number;
    };
    readonly ReservedOrderDto: {
      /** @description What a client may ask for now. */
      readonly allowedActions: readonly string[];
      readonly billingAddress: components["schemas"]["AddressDto"] | null;
      /** Format: date-time */
      readonly cancelledAt: string | null;
      readonly cancelReason: string | null;
      /** Format: date-time */
      readonly completedAt: string | null;
      /** Format: date-time */
      readonly confirmedAt: string | null;
      /** Format: date-time */
      readonly createdAt: string;
      /**
       * @description ISO 4217.
       * @example USD
       */
      readonly currency: string;
      readonly discountCents: number;
      readonly discounts: readonly components["schemas"]["DiscountDto"][];
      /** Format: uuid */
      readonly eventId: string;
      /** Format: date-time */
      readonly expiredAt: string | null;
      /**
       * Format: date-time
       * @description Deadline of the present status.
       */
      readonly expiresAt: string | null;
      /** @description Until expiresAt, at the moment of the answer; not part of the ETag. */
      readonly expiresInSeconds: number | null;
      /** Format: uuid */
      readonly id: string;
      readonly items: readonly components["schemas"]["OrderItemDto"][];
      readonly metadata: {
        readonly [key: string]: string;
      };
      /**
       * @description For people: ORD- and symbols of Crockford base32, random.
       * @example ORD-7K2M9XQ4TB0V
       */
      readonly orderNumber: string;
      /** @description null for an order that costs nothing. */
      readonly payment: components["schemas"]["PaymentDto"] | null;
      readonly paymentIntentId: string | null;
      /**
       * @description What is under way.
       * @enum {string|null}
       */
      readonly pendingAction: "reserve" | "cancel" | "expire" | "recover" | null;
      /** @description On its way back. */
      readonly pendingRefundCents: number;
      readonly platformFeeCents: number;
      readonly processingFeeCents: number;
      /** Format: date-time */
      readonly refundedAt: string | null;
      /** @description Paid back so far. */
      readonly refundedCents: number;
      /** Format: date-time */
      readonly reservationExpiresAt: string | null;
      /** Format: date-time */
      readonly reservedAt: string | null;
      readonly shippingAddress: components["schemas"]["AddressDto"] | null;
      readonly status: components["schemas"]["OrderStatus"];
      readonly subtotalCents: number;
      readonly taxCents: number;
      /** Format: uuid */
      readonly tenantId: string;
      readonly tickets: readonly components["schemas"]["OrderTicketDto"][];
      readonly totalCents: number;
      /** Format: date-time */
      readonly updatedAt: string;
      /** Format: uuid */
      readonly userId: string;
      /** @description Grows with every change of this body; the ETag is made of it. */
      readonly version: number;
    };
    readonly ResolveFindingRequest: {
      /**
       * @description For a payment under review: take the tickets of its expired order again, or send the money back.
       * @enum {string}
       */
      readonly action?: "recover" | "refund";
      /** @description Kept with the finding and in the audit log. */
      readonly note: string;
    };
    readonly RetryEffectRequest: {
      readonly reason?: string;
    };
    readonly TenantSettingsDto: {
      /** @description null: the default of the service. */
      readonly pendingTtlSeconds: number | null;
      /** @description null: the default of the service. */
      readonly reservationTtlSeconds: number | null;
    };
    readonly TimelineEntryDto: {
      /** Format: date-time */
      readonly at: string;
      readonly by: string | null;
      readonly requestId: string | null;
      /** @enum {string} */
      readonly source: "history" | "call" | "message" | "finding";
      readonly what: string;
    };
  };
}

/** Routes that need an Idempotency-Key. */
export const KEYED_ROUTES: ReadonlySet<string> = new Set([
  'POST /api/v1/effects/{effectId}/retry',
  'POST /api/v1/findings/{findingId}/acknowledge',
  'POST /api/v1/findings/{findingId}/resolve',
  'POST /api/v1/operations/{operationId}/resume',
  'POST /api/v1/orders',
  'POST /api/v1/orders/{orderId}/cancel',
  'POST /api/v1/orders/{orderId}/refund',
  'POST /api/v1/orders/{orderId}/reserve',
  'POST /api/v1/pricing-policies',
  'POST /api/v1/pricing-policies/{policyId}/end',
  'POST /api/v1/promo-codes',
  'POST /api/v1/promo-codes/{promoCodeId}/end',
  'POST /api/v1/refund-policies',
  'POST /api/v1/refund-policies/{policyId}/end',
  'POST /api/v1/tenant-settings',
  'POST /internal/v1/operations/{operationId}/resume',
  'POST /internal/v1/orders/bulk/cancel',
  'POST /internal/v1/orders/{orderId}/confirm',
  'POST /internal/v1/orders/{orderId}/expire',
]);

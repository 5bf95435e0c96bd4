import type { OrderAddress } from '../domain/order.js';

/** What a client asks for; the figures it sends never price anything, they are compared with ours. */
export interface OrderRequest {
  readonly eventId: string;
  readonly items: readonly OrderRequestItem[];
  readonly currency?: string | undefined;
  readonly promoCode?: string | undefined;
  readonly expectedTotalCents?: number | undefined;
  readonly billingAddress?: AddressRequest | undefined;
  readonly shippingAddress?: AddressRequest | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface OrderRequestItem {
  readonly ticketTypeId: string;
  readonly quantity: number;
  readonly unitPriceCents?: number | undefined;
}

export interface AddressRequest {
  readonly name: string;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
  readonly line1: string;
  readonly line2?: string | undefined;
  readonly city: string;
  readonly region?: string | undefined;
  readonly postalCode: string;
  readonly country: string;
}

export function addressOf(request: AddressRequest | undefined): OrderAddress | null {
  if (request === undefined) return null;
  return {
    name: request.name,
    email: request.email ?? null,
    phone: request.phone ?? null,
    line1: request.line1,
    line2: request.line2 ?? null,
    city: request.city,
    region: request.region ?? null,
    postalCode: request.postalCode,
    country: request.country,
  };
}

import { z } from 'zod';
import { EVENT_STATUSES, STOCK_MODES } from '../catalogue/catalogue-rows.js';
import { FAULTS_MAX } from '../faults/fault-board.js';
import { FAULT_MODES, OPERATIONS, OPERATION_NAMES, SERVICE_NAMES } from '../faults/fault-names.js';
import { cents, currencyCode, uuid } from '../http/wire.js';
import { REFUND_OUTCOMES } from '../settings.js';

const HOURS_MAX = 24 * 365 * 10;
const CAPACITY_MAX = 10_000_000;
const HOUR_MS = 3_600_000;
const YEAR_SECONDS = 31_536_000;
const NO_ANSWER_MS = 30_000;

const name = z.string().min(1).max(200);
const hours = z.number().min(-HOURS_MAX).max(HOURS_MAX);
const capacity = z.number().int().min(0).max(CAPACITY_MAX);
const limit = z.number().int().min(1).max(CAPACITY_MAX).nullable();

const venue = z.object({
  id: uuid.optional(),
  country: z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code'),
  region: z.string().max(100).default(''),
  city: z.string().max(100).default(''),
  postalCode: z.string().max(20).default(''),
});

export const createEventBody = z.object({
  tenantId: uuid.optional(),
  name: name.optional(),
  currency: currencyCode.default('USD'),
  status: z.enum(EVENT_STATUSES).default('ON_SALE'),
  startsInHours: hours.default(24 * 60),
  saleStartsInHours: hours.optional(),
  saleEndsInHours: hours.optional(),
  venue: venue.optional(),
  purchaseLimitPerBuyer: limit.default(null),
  stockMode: z.enum(STOCK_MODES).default('atomic'),
  ticketTypes: z
    .array(z.object({ name: name.optional(), unitPriceCents: cents, capacity }))
    .min(1)
    .max(100),
});
export type CreateEventBody = z.infer<typeof createEventBody>;

function hasMember(body: object): boolean {
  return Object.values(body).some((value) => value !== undefined);
}
const NOTHING_TO_CHANGE = 'names nothing that can be changed';

export const amendEventBody = z
  .object({
    name: name.optional(),
    status: z.enum(EVENT_STATUSES).optional(),
    startsInHours: hours.optional(),
    saleStartsInHours: hours.optional(),
    saleEndsInHours: hours.optional(),
    purchaseLimitPerBuyer: limit.optional(),
    stockMode: z.enum(STOCK_MODES).optional(),
    /** Told with event.cancelled. */
    reason: z.string().max(500).optional(),
  })
  .refine(hasMember, NOTHING_TO_CHANGE);
export type AmendEventBody = z.infer<typeof amendEventBody>;

export const amendTicketTypeBody = z
  .object({ name: name.optional(), unitPriceCents: cents.optional(), capacity: capacity.optional() })
  .refine(hasMember, NOTHING_TO_CHANGE);
export type AmendTicketTypeBody = z.infer<typeof amendTicketTypeBody>;

const claimText = z.string().min(1).max(500);

export const tokenBody = z.object({
  sub: claimText.optional(),
  tenantId: claimText.optional(),
  role: claimText.optional(),
  type: z.enum(['access', 'service']).optional(),
  scope: z.string().max(500).optional(),
  ttlSeconds: z.number().int().min(-YEAR_SECONDS).max(YEAR_SECONDS).optional(),
  audience: claimText.optional(),
  issuer: claimText.optional(),
  claims: z.record(z.string(), z.unknown()).optional(),
});
export type TokenBody = z.infer<typeof tokenBody>;

export const faultBody = z
  .strictObject({
    service: z.enum([...SERVICE_NAMES, '*']),
    operation: z.enum([...OPERATION_NAMES, '*']).default('*'),
    mode: z.enum(FAULT_MODES),
    times: z.number().int().min(0).nullable().default(null),
    ms: z.number().int().min(0).max(HOUR_MS).optional(),
    probability: z.number().min(0).max(1).default(1),
  })
  .refine((fault) => fault.mode !== 'latency' || fault.ms !== undefined, {
    path: ['ms'],
    message: 'latency needs ms',
  })
  .refine(
    ({ service, operation }) =>
      service === '*' || operation === '*' || OPERATIONS[service].some((name) => name === operation),
    { path: ['operation'], message: 'is not an operation of this service' },
  )
  .transform(({ ms, ...fault }) => ({ ...fault, ms: ms ?? NO_ANSWER_MS }));
export type FaultBody = z.infer<typeof faultBody>;

export const FAULTS_FULL = `At most ${FAULTS_MAX} faults can be in force; DELETE /sandbox/faults clears them.`;

export const settingsBody = z.strictObject({
  orderServiceUrl: z.url({ protocol: /^https?$/ }).optional(),
  refundDelayMs: z
    .object({ min: z.number().int().min(0).max(HOUR_MS), max: z.number().int().min(0).max(HOUR_MS) })
    .refine((range) => range.min <= range.max, 'min must not be above max')
    .optional(),
  refundOutcome: z.enum(REFUND_OUTCOMES).optional(),
  balanceShort: z.boolean().optional(),
});
export type SettingsBody = z.infer<typeof settingsBody>;

export const ledgerQuery = z.object({ orderId: uuid.optional() });
export type LedgerQuery = z.infer<typeof ledgerQuery>;

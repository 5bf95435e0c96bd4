import { randomUUID } from 'node:crypto';
import type { Addresses } from './child-environments.js';
import type { Buyer, Catalog } from './sandbox-client.js';

export function greeting(directory: string): string {
  return `order-service, development start (everything it keeps is in ${directory})\n`;
}

export function goodbye(): string {
  return '\nstopping …';
}

/** Where to look, a token, and three requests to copy. */
export function howToUseIt(demo: {
  readonly addresses: Addresses;
  readonly buyer: Buyer;
  readonly catalog: Catalog;
}): string {
  const { service, sandbox } = demo.addresses;
  const event = demo.catalog.events.find((candidate) => candidate.status === 'ON_SALE');
  const basket = JSON.stringify({
    eventId: event?.id,
    items: [{ ticketTypeId: event?.ticketTypes[0]?.id, quantity: 2 }],
  });
  return [
    '',
    `Swagger UI   ${service}/docs`,
    `Health       ${service}/health`,
    `Sandbox      ${sandbox}/sandbox/catalog  ${sandbox}/sandbox/ledger`,
    '',
    'A token of a fresh buyer, good for an hour:',
    `TOKEN=${demo.buyer.token}`,
    '',
    `curl -s ${service}/api/v1/orders/quote -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '${basket}'`,
    `curl -s ${service}/api/v1/orders -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H 'Idempotency-Key: ${randomUUID()}' -d '${basket}'`,
    `curl -s ${service}/api/v1/orders -H "Authorization: Bearer $TOKEN"`,
    '',
    'Serving until Ctrl-C.',
  ].join('\n');
}

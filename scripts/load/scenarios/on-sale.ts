import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { closedLoad } from '../closed-load.js';
import { createPendingOrders, type PendingOrder } from '../pending-orders.js';
import { newShow, reserveRequest } from '../people.js';
import { UsageWatch } from '../process-usage.js';
import { emptyMeasures, unexpectedErrors, type ScenarioResult, type Stage } from '../stage.js';
import { rounded, Tally, type Measure } from '../tally.js';

const BUYERS = 500;
const TICKETS = 300;
const TICKET_SERVICE_MS = 20;
/** What one lock per order could do at most: one call after the other. */
const ONE_BY_ONE_PER_SECOND = 1_000 / TICKET_SERVICE_MS;
const AFTER_THE_RUSH_MS = 1_000;
const SOLD_OUT = 'TICKETS_UNAVAILABLE';

const ledger = z.object({
  stock: z.array(
    z.object({ ticketTypeId: z.string(), held: z.number(), sold: z.number(), oversold: z.number() }),
  ),
});

/** One hot ticket type: all buyers want their seat at the same moment, and ticket-service takes its time. */
export async function onSale(stage: Stage): Promise<ScenarioResult> {
  const { stack, options } = stage;
  const buyers = options.connections ?? BUYERS;
  // Fewer than there are buyers, so that it sells out.
  const tickets = Math.min(options.orders ?? TICKETS, Math.ceil(buyers * 0.6));
  const show = await newShow(stack, 'On sale', tickets);
  const orders = await createPendingOrders(stage, show, 2 * buyers);
  await stack.ask('PUT', '/sandbox/faults', {
    service: 'ticket-service',
    operation: '*',
    mode: 'latency',
    ms: TICKET_SERVICE_MS,
  });
  const watch = new UsageWatch(stack.pids);
  const rush = await playWave(
    stage,
    orders.slice(0, buyers),
    `reserve, ${buyers} at once for ${tickets} seats`,
  );
  // Who comes while the rush is still at the limit would be told to come back.
  await sleep(AFTER_THE_RUSH_MS);
  const late = await playWave(stage, orders.slice(buyers), 'reserve, once it is sold out');
  const consumption = watch.stop();
  await stack.ask('DELETE', '/sandbox/faults');
  const answeredPerSecond = rounded(rush.requests / rush.seconds, 1);
  const stock = ledger
    .parse(await stack.ask('GET', '/sandbox/ledger'))
    .stock.find(({ ticketTypeId }) => ticketTypeId === show.ticketTypes[0]?.id);
  return {
    measures: [rush, late],
    figures: {
      answeredPerSecond,
      ratioToOneLockPerOrder: rounded(answeredPerSecond / ONE_BY_ONE_PER_SECOND, 1),
      seatsHeld: stock?.held ?? 0,
      oversold: stock?.oversold ?? 0,
      cpuMsPerOrder: rounded(consumption.cpuMs / (rush.requests + late.requests), 3),
    },
    consumption,
    unexpected: [
      ...unexpectedErrors([rush, late], [SOLD_OUT]),
      ...emptyMeasures([rush]),
      ...(rush.succeeded + late.succeeded > tickets
        ? [`${rush.succeeded + late.succeeded} buyers were told that they have one of ${tickets} seats`]
        : []),
      ...(stock?.held === tickets
        ? []
        : [`${stock?.held ?? 0} of ${tickets} seats are held, and ${2 * buyers} were wanted`]),
    ],
  };
}

/** Everybody at once. */
async function playWave(stage: Stage, orders: readonly PendingOrder[], name: string): Promise<Measure> {
  const tally = new Tally();
  let index = 0;
  const seconds = await closedLoad({
    urls: stage.stack.urls,
    connections: orders.length,
    until: { requests: orders.length },
    next: () => {
      const order = orders[index];
      index += 1;
      if (order === undefined) throw new Error('Nobody is waiting any more.');
      return reserveRequest(order.buyer, order.orderId);
    },
    tally,
    heard: stage.answers.heard,
  });
  return tally.measure(name, seconds);
}

import { z } from 'zod';
import { closedLoad, type Heard } from '../closed-load.js';
import { createOneTicket, newShow, post, Queue, type Buyer } from '../people.js';
import { UsageWatch } from '../process-usage.js';
import { emptyMeasures, unexpectedErrors, type ScenarioResult, type Stage } from '../stage.js';
import { rounded, Tally } from '../tally.js';

const BUYERS = 500;
const TICKETS = 300;
const TICKET_SERVICE_MS = 20;
/** What one lock per order could do at most: one call after the other. */
const ONE_BY_ONE_PER_SECOND = 1_000 / TICKET_SERVICE_MS;
const SOLD_OUT = 'TICKETS_UNAVAILABLE';
/** Orders are created gently: what is measured is the rush for the seats. */
const CREATE_CONNECTIONS = 16;

const created = z.object({ id: z.string() });

const ledger = z.object({
  stock: z.array(
    z.object({ ticketTypeId: z.string(), held: z.number(), sold: z.number(), oversold: z.number() }),
  ),
});

interface Waiting {
  readonly buyer: Buyer;
  readonly orderId: string;
}

/** One hot ticket type: all buyers want their seat at the same moment, and ticket-service takes its time. */
export async function onSale(stage: Stage): Promise<ScenarioResult> {
  const { stack, options, answers } = stage;
  const buyers = options.connections ?? BUYERS;
  const tickets = options.orders ?? Math.min(TICKETS, Math.ceil(buyers * 0.6));
  const show = await newShow(stack, 'On sale', tickets);
  const orders = await createOrders(stage, () => show, 2 * buyers);
  await stack.ask('PUT', '/sandbox/faults', {
    service: 'ticket-service',
    operation: '*',
    mode: 'latency',
    ms: TICKET_SERVICE_MS,
  });
  const watch = new UsageWatch(stack.pids);
  const waves: { readonly tally: Tally; readonly seconds: number }[] = [];
  for (const wave of [orders.slice(0, buyers), orders.slice(buyers)]) {
    const tally = new Tally();
    const left = wave.values();
    const seconds = await closedLoad({
      urls: stack.urls,
      connections: wave.length,
      until: { requests: wave.length },
      next: () => reserveNext(left.next().value ?? wave[0]),
      tally,
      heard: answers.heard,
    });
    waves.push({ tally, seconds });
  }
  const consumption = watch.stop();
  await stack.ask('DELETE', '/sandbox/faults');
  const [rush, late] = waves.map(({ tally, seconds }, index) =>
    tally.measure(
      index === 0 ? `reserve, ${buyers} at once for ${tickets} seats` : 'reserve, once it is sold out',
      seconds,
    ),
  );
  if (rush === undefined || late === undefined) throw new Error('There must be two waves.');
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
      ...(stock?.held === Math.min(tickets, buyers)
        ? []
        : [`${stock?.held ?? 0} of ${tickets} seats are held, and ${buyers} wanted one`]),
    ],
  };
}

function reserveNext(waiting: Waiting | undefined): ReturnType<typeof post> {
  if (waiting === undefined) throw new Error('Nobody is waiting.');
  return post(waiting.buyer, `/api/v1/orders/${waiting.orderId}/reserve`);
}

/** PENDING orders of one ticket, each with the buyer who may go on with it. */
export async function createOrders(
  stage: Stage,
  show: () => Parameters<typeof createOneTicket>[1],
  count: number,
): Promise<readonly Waiting[]> {
  const { stack, answers } = stage;
  const queue = new Queue(stage.buyers);
  const buyerOf = new Map(stage.buyers.map((buyer) => [`Bearer ${buyer.token}`, buyer]));
  const orders: Waiting[] = [];
  const tally = new Tally();
  await closedLoad({
    urls: stack.urls,
    connections: Math.min(CREATE_CONNECTIONS, count),
    until: { requests: count },
    next: () => createOneTicket(queue.next(), show()),
    tally,
    heard: (heard: Heard) => {
      answers.heard(heard);
      const buyer = buyerOf.get(heard.request.headers['authorization'] ?? '');
      if (heard.status === 201 && buyer !== undefined)
        orders.push({ buyer, orderId: created.parse(JSON.parse(heard.body)).id });
    },
  });
  if (orders.length < count)
    throw new Error(
      `Only ${orders.length} of ${count} orders could be created: ${JSON.stringify(tally.measure('', 1).errors)}`,
    );
  return orders;
}

import { z } from 'zod';
import { closedLoad } from '../closed-load.js';
import { inLanes, Journey } from '../journey.js';
import { crowdLoad, openLoad } from '../open-load.js';
import { createPendingOrders } from '../pending-orders.js';
import { basketOf, createRequest, newShow, Queue, type Show } from '../people.js';
import { UsageWatch } from '../process-usage.js';
import { emptyMeasures, unexpectedErrors, type ScenarioResult, type Stage } from '../stage.js';
import { rounded, Tally, type Measure } from '../tally.js';
import { buy } from './purchase.js';

const STEPS = [8, 16, 32, 64, 128] as const;
const TIMES_THE_PEAK = 5;
const REFUSED = ['OVERLOADED', 'RATE_LIMITED'] as const;
/** Those who want their seats or money moved while the crowd shouts. */
const VERBS_PER_SECOND = 2;
const PREPARE_LANES = 8;

const token = z.object({ token: z.string() });

interface Prepared {
  readonly confirm: () => Promise<void>;
  readonly cancel: () => Promise<void>;
  readonly refund: () => Promise<void>;
}

interface VerbTallies {
  readonly confirm: Tally;
  readonly cancel: Tally;
  readonly refund: Tally;
}

/**
 * Finds the peak; then lets five times the clients come that were needed for it, who wait for their answers and come
 * back when they are told to; then offers five times the rate of the peak, whether answers come or not.
 */
export async function overload(stage: Stage): Promise<ScenarioResult> {
  const { stack, options } = stage;
  const show = await newShow(stack, 'Overload');
  const queue = new Queue(stage.buyers);
  const next = (): ReturnType<typeof createRequest> => createRequest(queue.next(), basketOf(show));
  const tallies: VerbTallies = { confirm: new Tally(), cancel: new Tally(), refund: new Tally() };
  const prepared = await prepare(stage, show, tallies, Math.max(2, VERBS_PER_SECOND * options.seconds));
  const steps = await climb(stage, next);
  const top = highest(steps);
  const peak = top.inTimePerSecond;
  const crowd = await letCrowdCome(stage, TIMES_THE_PEAK * top.connections, next);
  const watch = new UsageWatch(stack.pids);
  const tally = new Tally();
  const { seconds } = options;
  const [offered] = await Promise.all([
    openLoad({ urls: stack.urls, perSecond: TIMES_THE_PEAK * peak, seconds, next, tally }),
    playVerbs(prepared, seconds),
  ]);
  const consumption = watch.stop();
  const measure = tally.measure(`create, ${TIMES_THE_PEAK} × the peak offered`, offered.seconds);
  const verbs = Object.entries(tallies).map(([verb, one]: [string, Tally]) =>
    one.measure(`${verb} meanwhile`, offered.seconds),
  );
  const goodputPerSecond = rounded(tally.inTime / offered.seconds, 1);
  const measures = [...steps.map((step) => step.measure), crowd.measure, measure, ...verbs];
  return {
    measures,
    figures: {
      peakPerSecond: peak,
      crowdClients: crowd.connections,
      crowdGoodputPerSecond: crowd.inTimePerSecond,
      crowdGoodputToPeak: rounded(crowd.inTimePerSecond / peak, 3),
      offeredPerSecond: rounded(offered.perSecond, 1),
      offeredToPeak: rounded(offered.perSecond / peak, 2),
      goodputPerSecond,
      goodputToPeak: rounded(goodputPerSecond / peak, 3),
      ...successShares(verbs),
      cpuMsPerOrder: rounded(consumption.cpuMs / Math.max(1, measure.succeeded), 3),
    },
    consumption,
    unexpected: [
      ...unexpectedErrors(
        steps.map((step) => step.measure),
        REFUSED,
      ),
      ...unexpectedErrors([crowd.measure, measure], REFUSED),
      ...unexpectedErrors(verbs, REFUSED),
      ...emptyMeasures([crowd.measure, measure]),
    ],
  };
}

interface Step {
  readonly connections: number;
  readonly measure: Measure;
  /** Answers within a second. */
  readonly inTimePerSecond: number;
}

function highest(steps: readonly Step[]): Step {
  const [top] = steps.toSorted((one, other) => other.inTimePerSecond - one.inTimePerSecond);
  if (top === undefined) throw new Error('No step was measured.');
  return top;
}

/** More and more clients, until more of them get no more answers. */
async function climb(
  { stack, options }: Stage,
  next: () => ReturnType<typeof createRequest>,
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (const connections of options.connections === undefined ? STEPS : [options.connections]) {
    const load = { urls: stack.urls, connections, next };
    // The first step also warms everything up.
    if (steps.length === 0)
      await closedLoad({
        ...load,
        until: { requests: Math.max(connections, 40 * options.seconds) },
        tally: new Tally(),
      });
    const tally = new Tally();
    const seconds = await closedLoad({
      ...load,
      until: { seconds: Math.max(1, Math.ceil(options.seconds / 2)) },
      tally,
    });
    steps.push({
      connections,
      measure: tally.measure(`create, ${connections} connections`, seconds),
      inTimePerSecond: rounded(tally.inTime / seconds, 1),
    });
  }
  return steps;
}

/** Clients who wait for their answers and come back when they are told to. */
async function letCrowdCome(
  { stack, options }: Stage,
  clients: number,
  next: () => ReturnType<typeof createRequest>,
): Promise<Step> {
  const tally = new Tally();
  const seconds = await crowdLoad({ urls: stack.urls, clients, seconds: options.seconds, next, tally });
  return {
    connections: clients,
    measure: tally.measure(`create, ${clients} clients`, seconds),
    inTimePerSecond: rounded(tally.inTime / seconds, 1),
  };
}

/** Orders that can be confirmed, cancelled and refunded, `count` of each. */
async function prepare(
  stage: Stage,
  show: Show,
  tallies: VerbTallies,
  count: number,
): Promise<readonly Prepared[]> {
  const { stack } = stage;
  const { token: serviceToken } = token.parse(
    await stack.ask('POST', '/sandbox/tokens', {
      type: 'service',
      tenantId: stage.buyers[0]?.tenantId,
      scope: 'orders:confirm',
    }),
  );
  const prepared: Prepared[] = [];
  const waiting = (await createPendingOrders(stage, show, 2 * count)).values();
  await inLanes(Math.min(PREPARE_LANES, count), async () => {
    const [toConfirm, toCancel] = [waiting.next(), waiting.next()];
    if (toConfirm.done === true || toCancel.done === true) return false;
    const journey = new Journey(stage, toConfirm.value.buyer, stack.url);
    const intentId = await journey.reserve(toConfirm.value.orderId);
    const bought = await buy(journey, show);
    if (intentId === undefined || bought === undefined)
      throw new Error('An order for the overload could not be prepared.');
    await journey.pay(intentId, 'never');
    const canceller = new Journey(stage, toCancel.value.buyer, stack.url);
    prepared.push({
      confirm: () => journey.confirm(toConfirm.value.orderId, intentId, serviceToken, tallies.confirm),
      cancel: () => canceller.cancel(toCancel.value.orderId, tallies.cancel),
      refund: () => journey.refund(bought, tallies.refund),
    });
    return true;
  });
  return prepared;
}

/** One confirm, one cancel and one refund at a time, spread over the stretch. */
async function playVerbs(prepared: readonly Prepared[], seconds: number): Promise<void> {
  const startedMs = performance.now();
  const everyMs = (seconds * 1_000) / prepared.length;
  await Promise.all(
    prepared.map(async (one, index) => {
      await untilMs(startedMs + index * everyMs);
      await Promise.all([one.confirm(), one.cancel(), one.refund()]);
    }),
  );
}

function untilMs(momentMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, momentMs - performance.now()));
}

/** Of those that asked once, without a second try. */
function successShares(verbs: readonly Measure[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    verbs.map(({ name, requests, succeeded }) => [
      `${name.split(' ')[0] ?? name}SuccessShare`,
      rounded(succeeded / Math.max(1, requests), 3),
    ]),
  );
}

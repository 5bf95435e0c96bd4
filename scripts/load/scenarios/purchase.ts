import { inLanes, Journey } from '../journey.js';
import { newShow, Queue, type Show } from '../people.js';
import { UsageWatch } from '../process-usage.js';
import { emptyMeasures, unexpectedErrors, type ScenarioResult, type Stage } from '../stage.js';
import { rounded, Tally } from '../tally.js';

const LANES = 16;

interface PurchaseTallies {
  readonly create: Tally;
  readonly reserve: Tally;
  /** From the first request to COMPLETED. */
  readonly whole: Tally;
}

/** Whole purchases: create, reserve, pay at the sandbox, wait until the tickets are there. */
export async function purchase(stage: Stage): Promise<ScenarioResult> {
  const { stack, options } = stage;
  const lanes = options.connections ?? LANES;
  const show = await newShow(stack, 'Purchase');
  const queue = new Queue(stage.buyers);
  const journey = (lane: number): Journey =>
    new Journey(stage, queue.next(), stack.urls[lane % stack.urls.length] ?? stack.url);
  await inLanes(lanes, async (lane) => {
    await buy(journey(lane), show, newTallies());
    return false;
  });
  const tallies = newTallies();
  const watch = new UsageWatch(stack.pids);
  const startedMs = performance.now();
  const endMs = startedMs + options.seconds * 1_000;
  await inLanes(lanes, async (lane) => {
    await buy(journey(lane), show, tallies);
    return performance.now() < endMs;
  });
  const seconds = (performance.now() - startedMs) / 1_000;
  const consumption = watch.stop();
  const whole = tallies.whole.measure(`whole purchase, ${lanes} buyers at once`, seconds);
  const measures = [
    tallies.create.measure('create', seconds),
    tallies.reserve.measure('reserve', seconds),
    whole,
  ];
  return {
    measures,
    figures: {
      completedPerSecond: whole.perSecond,
      cpuMsPerOrder: rounded(consumption.cpuMs / Math.max(1, whole.succeeded), 3),
    },
    consumption,
    unexpected: [...unexpectedErrors(measures), ...emptyMeasures(measures)],
  };
}

function newTallies(): PurchaseTallies {
  return { create: new Tally(), reserve: new Tally(), whole: new Tally() };
}

/** @returns the order once it is COMPLETED; undefined when something on the way failed and was counted */
export async function buy(
  journey: Journey,
  show: Show,
  { create, reserve, whole }: PurchaseTallies = newTallies(),
): Promise<string | undefined> {
  const startedMs = performance.now();
  const created = await journey.create(show, create);
  if (created === undefined) return undefined;
  const intentId = await journey.reserve(created.id, reserve);
  if (intentId === undefined) return undefined;
  await journey.pay(intentId);
  if (!(await journey.awaitCompleted(created.id))) {
    whole.failed('NOT_COMPLETED_IN_TIME');
    return undefined;
  }
  whole.answered({ status: 200, ms: performance.now() - startedMs });
  return created.id;
}

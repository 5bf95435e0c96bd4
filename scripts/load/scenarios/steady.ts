import { closedLoad } from '../closed-load.js';
import { createLimit } from '../limit/create-limit.js';
import { basketOf, createRequest, newShow, Queue } from '../people.js';
import { UsageWatch } from '../process-usage.js';
import { emptyMeasures, unexpectedErrors, type ScenarioResult, type Stage } from '../stage.js';
import { rounded, Tally } from '../tally.js';

const CONNECTIONS = 64;
const WARM_UP_REQUESTS = 400;

/** Creates orders of two lines, prices from a warm cache. */
export async function steady(stage: Stage): Promise<ScenarioResult> {
  const { stack, options, buyers, answers } = stage;
  const connections = options.connections ?? CONNECTIONS;
  const show = await newShow(stack, 'Steady');
  const queue = new Queue(buyers);
  const load = { urls: stack.urls, connections, next: () => createRequest(queue.next(), basketOf(show)) };
  await closedLoad({
    ...load,
    until: { requests: Math.max(connections, Math.min(WARM_UP_REQUESTS, 40 * options.seconds)) },
    tally: new Tally(),
  });
  const watch = new UsageWatch(stack.pids);
  const tally = new Tally();
  const seconds = await closedLoad({
    ...load,
    until: { seconds: options.seconds },
    tally,
    heard: answers.heard,
  });
  const consumption = watch.stop();
  const measure = tally.measure(`create, ${connections} connections`, seconds);
  const limit = options.limit ? await createLimit(stage, show, connections) : undefined;
  return {
    measures: [measure],
    figures: {
      createdPerSecond: measure.perSecond,
      cpuMsPerOrder: rounded(consumption.cpuMs / Math.max(1, measure.succeeded), 3),
      ...(limit === undefined
        ? {}
        : {
            limitClients: limit.clients,
            limitPerSecond: limit.perSecond,
            ratioToLimit: rounded(measure.perSecond / limit.perSecond, 3),
          }),
    },
    consumption,
    unexpected: [...unexpectedErrors([measure]), ...emptyMeasures([measure])],
  };
}

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpAnswer } from '../support/http-request.js';
import { tracingCaller } from '../support/kept-spans.js';
import { ServiceWorld, type Caller, type SandboxEvent } from '../support/service-world.js';
import { TraceCollector } from '../support/trace-collector.js';

let collector: TraceCollector;
let loadedDir: string;

beforeAll(async () => {
  collector = await TraceCollector.start();
  loadedDir = mkdtempSync(join(tmpdir(), 'order-service-loaded-'));
});

afterAll(async () => {
  await collector.stop();
  rmSync(loadedDir, { recursive: true, force: true });
});

async function buy(
  world: ServiceWorld,
  buyer: Caller,
  event: SandboxEvent,
  traceparent?: string,
): Promise<HttpAnswer> {
  return world.send({
    method: 'POST',
    path: '/api/v1/orders',
    token: buyer.token,
    key: randomUUID(),
    body: world.orderBody(event),
    ...(traceparent === undefined ? {} : { headers: { traceparent } }),
  });
}

/** Which packages of OpenTelemetry the processes with this coverage directory have loaded. */
function tracingPackagesIn(directory: string): readonly string[] {
  const urls = readdirSync(directory).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as {
      result: readonly { url: string }[];
    };
    return result.map(({ url }) => url);
  });
  expect(urls.some((url) => url.endsWith('/apps/order-service/src/main.js'))).toBe(true);
  const names = urls.flatMap((url) => /node_modules\/(@opentelemetry\/[^/]+)\//.exec(url)?.[1] ?? []);
  return [...new Set(names)].sort();
}

describe('a process with a collector', () => {
  let world: ServiceWorld;
  let buyer: Caller;
  let event: SandboxEvent;

  beforeAll(async () => {
    world = await ServiceWorld.start({
      environment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector-login',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=e2e',
      },
    });
    buyer = await world.user();
    event = await world.newEvent();
  }, 120_000);

  afterEach(async () => {
    if (!world.service.isRunning) await world.service.launch();
  }, 60_000);

  afterAll(async () => {
    await world.stop();
  });

  it('has sent its last spans when it ends, and its log lines lead to them', async () => {
    const { traceId, traceparent } = tracingCaller();

    (await buy(world, buyer, event, traceparent)).expect(201);
    const exit = await world.service.stop();

    expect(exit.code).toBe(0);
    const [first] = collector.exports;
    expect(first).toMatchObject({
      path: '/v1/traces',
      headers: { 'content-type': 'application/x-protobuf', authorization: 'Bearer collector-login' },
    });
    const { received } = collector;
    for (const text of ['order-service', 'e2e', 'POST /api/v1/orders', 'transaction create.tx1', 'COMMIT'])
      expect(received.includes(text)).toBe(true);
    expect(received.includes(Buffer.from(traceId, 'hex'))).toBe(true);
    for (const secret of [buyer.token, buyer.id]) expect(received.includes(secret)).toBe(false);
    const lines = world.service.logLines().filter((line) => line['trace_id'] === traceId);
    expect(lines.map((line) => line['msg'])).toEqual(expect.arrayContaining(['upstream call', 'request']));
  }, 60_000);

  it.each([
    ['answers nothing', async () => collector.mute()],
    ['is gone', async () => collector.stop()],
  ])(
    'serves and ends as ever while the collector %s',
    async (_how, happens) => {
      await happens();

      const answers = await Promise.all(Array.from({ length: 20 }, () => buy(world, buyer, event)));
      const exit = await world.service.stop();

      expect(answers.map(({ status }) => status)).toEqual(Array<number>(20).fill(201));
      expect(exit.code).toBe(0);
      expect(world.service.output).not.toContain('Something was thrown');
    },
    60_000,
  );
});

describe('a process without one', () => {
  it('loads neither SDK nor exporter', async () => {
    const world = await ServiceWorld.start({ environment: { NODE_V8_COVERAGE: loadedDir } });
    (await buy(world, await world.user(), await world.newEvent())).expect(201);
    await world.service.stop();
    await world.stop();

    // The API is a dependency of prom-client too; without an SDK it does nothing.
    expect(tracingPackagesIn(loadedDir)).toEqual(['@opentelemetry/api']);
  }, 120_000);
});

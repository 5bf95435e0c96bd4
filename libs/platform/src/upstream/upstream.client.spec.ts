import { Test } from '@nestjs/testing';
import { CLOCK, systemClock } from '@app/kernel';
import { z } from 'zod';
import {
  FakeSibling,
  newUpstreamClient,
  sendJson,
  upstreamConfig,
  type ClientParts,
} from '../../../../test/support/fake-sibling.js';
import { ConfigModule } from '../config/config.module.js';
import type { Outcome } from './outcome.js';
import type { BreakerChange, UpstreamObservation, UpstreamObserver } from './upstream-observer.js';
import { UpstreamClient, type CallContext } from './upstream.client.js';
import { UpstreamModule } from './upstream.module.js';
import { NO_DETAILS } from './wire-schemas.js';

const CONTEXT: CallContext = { tenantId: 'tenant-1', requestId: 'request-1', traceparent: '00-trace-01' };
const OK = { orderId: 'order-1' };

type AnyOutcome = Outcome<unknown, string>;

let sibling: FakeSibling;
let opened: UpstreamClient[] = [];

beforeEach(async () => {
  sibling = await FakeSibling.start();
  sibling.answersJson(200, OK);
});

afterEach(async () => {
  await sibling.stop();
  await Promise.all(opened.map((client) => client.onApplicationShutdown()));
  opened = [];
});

function clientFor(
  url: string,
  environment: Readonly<Record<string, string>> = {},
  parts: ClientParts = {},
): UpstreamClient {
  const short = {
    UPSTREAM_TIMEOUT_MS: '200',
    UPSTREAM_PAYMENT_TIMEOUT_MS: '200',
    UPSTREAM_CONNECT_TIMEOUT_MS: '100',
  };
  const client = newUpstreamClient(upstreamConfig(url, { ...short, ...environment }), parts);
  opened.push(client);
  return client;
}

function confirm(client: UpstreamClient, context = CONTEXT): Promise<AnyOutcome> {
  return client.call(
    {
      operation: 'confirmTickets',
      path: '/internal/tickets/confirm',
      body: { orderId: 'order-1', generation: 1 },
      idempotencyKey: 'confirm:order-1:1',
      answer: z.object({ orderId: z.string() }),
      refusal: NO_DETAILS,
    },
    context,
  );
}

function read(
  client: UpstreamClient,
  path: `/${string}` = '/internal/tickets/reservations/1',
): Promise<AnyOutcome> {
  return client.call(
    { operation: 'getReservation', path, answer: z.object({ orderId: z.string() }), refusal: NO_DETAILS },
    CONTEXT,
  );
}

function readAs(client: UpstreamClient, context: CallContext): Promise<AnyOutcome> {
  return client.call(
    {
      operation: 'listReservations',
      path: '/internal/tickets/reservations',
      query: { updatedSince: '2030-01-01T00:00:00Z', cursor: undefined },
      answer: z.object({ orderId: z.string() }),
      refusal: NO_DETAILS,
    },
    context,
  );
}

describe('what a sibling gets', () => {
  it('is canonical JSON with key, tenant, request id, trace and token', async () => {
    expect(await confirm(clientFor(`${sibling.url}/base/`))).toEqual({ kind: 'done', status: 200, body: OK });
    expect(sibling.received).toHaveLength(1);
    expect(sibling.received[0]).toMatchObject({
      method: 'POST',
      path: '/base/internal/tickets/confirm',
      text: '{"generation":1,"orderId":"order-1"}',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'idempotency-key': 'confirm:order-1:1',
        'x-tenant-id': 'tenant-1',
        'x-request-id': 'request-1',
        traceparent: '00-trace-01',
      },
    });
    expect(sibling.received[0]?.headers.authorization).toMatch(/^Bearer ey/);
  });

  it('names no tenant where the list is across tenants', async () => {
    await readAs(clientFor(sibling.url), { tenantId: null, requestId: 'job' });
    expect(sibling.received[0]?.path).toBe(
      '/internal/tickets/reservations?updatedSince=2030-01-01T00%3A00%3A00Z',
    );
    expect(sibling.received[0]?.headers).not.toHaveProperty('x-tenant-id');
    expect(sibling.received[0]?.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(sibling.received[0]?.headers).not.toHaveProperty('content-type');
  });
});

describe('a sibling that misbehaves', () => {
  it('and answers too slowly leaves the outcome unknown', async () => {
    sibling.answers(() => undefined);
    expect(await confirm(clientFor(sibling.url))).toEqual({ kind: 'unknown', reason: 'time-out' });
    expect(sibling.received).toHaveLength(1);
  });

  it('and stalls in mid-body leaves the outcome unknown', async () => {
    sibling.answers((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"orderId":');
    });
    expect(await confirm(clientFor(sibling.url))).toEqual({ kind: 'unknown', reason: 'time-out' });
  });

  it("is waited for no longer than the caller's own deadline", async () => {
    sibling.answers(() => undefined);
    const client = clientFor(sibling.url, { UPSTREAM_TIMEOUT_MS: '30000' });
    const deadlineAtMs = systemClock.monotonicMs() + 50;
    expect(await confirm(client, { ...CONTEXT, deadlineAtMs })).toEqual({
      kind: 'unknown',
      reason: 'time-out',
    });
  });

  it('is not called at all once the deadline has passed', async () => {
    const deadlineAtMs = systemClock.monotonicMs() - 1;
    expect(await confirm(clientFor(sibling.url), { ...CONTEXT, deadlineAtMs })).toEqual({
      kind: 'not-sent',
      reason: 'deadline',
    });
    expect(sibling.received).toEqual([]);
  });

  it('and closes its port was not reached', async () => {
    const { url } = sibling;
    await sibling.stop();
    expect(await confirm(clientFor(url))).toEqual({ kind: 'not-sent', reason: 'connection-refused' });
    sibling = await FakeSibling.start();
  });

  it('and has no address was not reached', async () => {
    expect(await confirm(clientFor('http://ticket-service.invalid'))).toMatchObject({ kind: 'not-sent' });
  });

  it('and resets the connection leaves the outcome unknown', async () => {
    sibling.answers((_request, response) => response.socket?.resetAndDestroy());
    expect(await confirm(clientFor(sibling.url))).toEqual({ kind: 'unknown', reason: 'reset' });
  });

  it('and resets in mid-body leaves the outcome unknown', async () => {
    sibling.answers((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"orderId":', () => response.socket?.resetAndDestroy());
    });
    expect(await confirm(clientFor(sibling.url))).toEqual({ kind: 'unknown', reason: 'reset' });
  });

  it.each([
    ['announced', { 'content-length': String(1_000_000) }],
    ['streamed', {}],
  ])('and answers an %s megabyte leaves the outcome unknown', async (_how, headers) => {
    sibling.answers((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(' '.repeat(1_000_000));
    });
    expect(await confirm(clientFor(sibling.url))).toEqual({ kind: 'unknown', reason: 'too-large' });
  });

  it('may answer a list of a megabyte', async () => {
    sibling.answersJson(200, { orderId: 'x'.repeat(1_000_000) });
    const client = clientFor(sibling.url, { UPSTREAM_TIMEOUT_MS: '5000' });
    expect(await readAs(client, CONTEXT)).toMatchObject({ kind: 'done' });
  });

  it('and answers something else than JSON leaves the outcome unknown', async () => {
    sibling.answers((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hi</p>'),
    );
    expect(await confirm(clientFor(sibling.url))).toEqual({ kind: 'unknown', reason: 'bad-body' });
  });

  it('and redirects is not followed', async () => {
    sibling.answers((_request, response) =>
      response.writeHead(307, { location: `${sibling.url}/elsewhere` }).end(),
    );
    expect(await confirm(clientFor(sibling.url))).toEqual({ kind: 'unknown', reason: 'redirect' });
    expect(sibling.received).toHaveLength(1);
  });

  it('does not abort the calls of others when one of them times out', async () => {
    sibling.answers((request, response) => {
      if (request.path !== '/slow') setTimeout(() => sendJson(response, 200, OK), 150);
    });
    const client = clientFor(sibling.url, { UPSTREAM_TIMEOUT_MS: '5000' });
    const deadlineAtMs = systemClock.monotonicMs() + 40;
    const slow = client.call(
      { operation: 'getReservation', path: '/slow', answer: z.unknown(), refusal: NO_DETAILS },
      { ...CONTEXT, deadlineAtMs },
    );
    const others = Promise.all(Array.from({ length: 5 }, () => read(client)));
    expect(await slow).toEqual({ kind: 'unknown', reason: 'time-out' });
    expect((await others).map((outcome) => outcome.kind)).toEqual(['done', 'done', 'done', 'done', 'done']);
  });
});

describe('a rejected token', () => {
  it.each([401, 403])('is renewed once and the same request sent again (%i)', async (status) => {
    const bearers: (string | undefined)[] = [];
    sibling.answers((request, response) => {
      bearers.push(request.headers.authorization);
      sendJson(response, bearers.length === 1 ? status : 200, OK);
    });
    expect(await confirm(clientFor(sibling.url))).toMatchObject({ kind: 'done' });
    expect(bearers[1]).not.toBe(bearers[0]);
    expect(sibling.received[1]?.text).toBe(sibling.received[0]?.text);
    expect(sibling.received[1]?.headers['idempotency-key']).toBe('confirm:order-1:1');
  });

  it('that is rejected again means not sent', async () => {
    sibling.answersJson(401, {});
    expect(await confirm(clientFor(sibling.url))).toEqual({ kind: 'not-sent', reason: 'unauthenticated' });
    expect(sibling.received).toHaveLength(2);
  });

  it('does not hide an unknown outcome of the second send', async () => {
    sibling.answers((_request, response) => {
      sendJson(response, sibling.received.length === 1 ? 401 : 500, {});
    });
    expect(await confirm(clientFor(sibling.url))).toEqual({ kind: 'unknown', reason: 'server-error' });
  });
});

class Recorder implements UpstreamObserver {
  readonly observations: UpstreamObservation[] = [];
  readonly changes: BreakerChange[] = [];
  private waiting: { state: string; met: () => void } | undefined;

  observe(observation: UpstreamObservation): void {
    this.observations.push(observation);
  }

  breakerChanged(change: BreakerChange): void {
    this.changes.push(change);
    if (change.state === this.waiting?.state) this.waiting.met();
  }

  reached(state: string): Promise<void> {
    if (this.changes.at(-1)?.state === state) return Promise.resolve();
    return new Promise((met) => {
      this.waiting = { state, met };
    });
  }
}

async function repeat(times: number, call: () => Promise<AnyOutcome>): Promise<readonly string[]> {
  const kinds: string[] = [];
  for (let count = 0; count < times; count += 1) kinds.push((await call()).kind);
  return kinds;
}

describe('the breaker of a sibling', () => {
  const breaker = { resetTimeoutMs: 150 };

  it('opens after twenty failures, fails fast, tries once and closes', async () => {
    const recorder = new Recorder();
    const client = clientFor(sibling.url, {}, { observer: recorder, options: { breaker } });
    const closed: BreakerChange[] = [];
    client.onBreakerClosed((change) => closed.push(change));
    sibling.answersJson(503, {});
    expect(new Set(await repeat(20, () => confirm(client)))).toEqual(new Set(['unknown']));

    expect(await confirm(client)).toEqual({ kind: 'not-sent', reason: 'breaker-open' });
    expect(sibling.received).toHaveLength(20);
    expect(client.breakerStates()).toContainEqual({
      upstream: 'ticket-service',
      operationClass: 'write',
      state: 'open',
    });

    sibling.answersJson(200, OK);
    await recorder.reached('half-open');
    expect(closed).toEqual([]);
    expect(await confirm(client)).toMatchObject({ kind: 'done' });
    const change = { upstream: 'ticket-service', operationClass: 'write' };
    expect(closed).toEqual([{ ...change, state: 'closed' }]);
    expect(recorder.changes).toEqual([
      { ...change, state: 'open' },
      { ...change, state: 'half-open' },
      { ...change, state: 'closed' },
    ]);
  });

  it('opens again when the one trial fails, and lets only one through', async () => {
    const recorder = new Recorder();
    const client = clientFor(sibling.url, {}, { observer: recorder, options: { breaker } });
    sibling.answersJson(503, {});
    await repeat(20, () => confirm(client));
    await recorder.reached('half-open');
    const outcomes = await Promise.all([confirm(client), confirm(client), confirm(client)]);
    expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['not-sent', 'not-sent', 'unknown']);
    expect(recorder.changes.at(-1)).toMatchObject({ state: 'open' });
  });

  it('of one class and one sibling leaves the others alone', async () => {
    const client = clientFor(sibling.url);
    sibling.answersJson(503, {});
    await repeat(21, () => confirm(client));
    sibling.answersJson(200, OK);
    expect(await read(client)).toMatchObject({ kind: 'done' });
    const open = client.breakerStates().filter(({ state }) => state === 'open');
    expect(open).toEqual([{ upstream: 'ticket-service', operationClass: 'write', state: 'open' }]);
  });

  it('does not count refusals and other 4xx', async () => {
    const client = clientFor(sibling.url);
    sibling.answersJson(409, { code: 'HOLD_GONE' });
    expect(new Set(await repeat(20, () => confirm(client)))).toEqual(new Set(['refused']));
    sibling.answersJson(400, {});
    expect(new Set(await repeat(20, () => confirm(client)))).toEqual(new Set(['unknown']));
    expect(client.breakerStates().every(({ state }) => state === 'closed')).toBe(true);
  });

  it('counts connections that were refused', async () => {
    const client = clientFor('http://127.0.0.1:1');
    await repeat(20, () => confirm(client));
    expect(await confirm(client)).toEqual({ kind: 'not-sent', reason: 'breaker-open' });
  });

  it('does not count callers who had hardly any time left', async () => {
    sibling.answers(() => undefined);
    const client = clientFor(sibling.url, { UPSTREAM_TIMEOUT_MS: '30000' });
    const hurried = (): Promise<AnyOutcome> =>
      confirm(client, { ...CONTEXT, deadlineAtMs: systemClock.monotonicMs() + 20 });
    await Promise.all(Array.from({ length: 25 }, hurried));
    expect(client.breakerStates().every(({ state }) => state === 'closed')).toBe(true);
  });

  it('stops telling a listener that left', async () => {
    const recorder = new Recorder();
    const client = clientFor(sibling.url, {}, { observer: recorder, options: { breaker } });
    const closed: BreakerChange[] = [];
    client.onBreakerClosed((change) => closed.push(change))();
    sibling.answersJson(503, {});
    await repeat(20, () => confirm(client));
    await recorder.reached('half-open');
    sibling.answersJson(200, OK);
    await confirm(client);
    expect(recorder.changes.at(-1)).toMatchObject({ state: 'closed' });
    expect(closed).toEqual([]);
  });
});

describe('the observer', () => {
  it('learns of every call once, with its reason', async () => {
    const recorder = new Recorder();
    const client = clientFor(sibling.url, {}, { observer: recorder });
    await confirm(client);
    sibling.answersJson(409, { code: 'HOLD_GONE' });
    await confirm(client);
    sibling.answersJson(418, {});
    await confirm(client);
    const call = {
      upstream: 'ticket-service',
      operation: 'confirm',
      requestId: 'request-1',
      durationMs: expect.any(Number) as number,
    };
    expect(recorder.observations).toEqual([
      { ...call, outcome: 'done' },
      { ...call, outcome: 'refused', reason: 'HOLD_GONE' },
      {
        ...call,
        outcome: 'unknown',
        reason: 'unlisted-refusal',
        finding: 'ticket-service answered confirm with 418, which its contract does not list.',
      },
    ]);
  });
});

describe('ping', () => {
  it('reaches a sibling that answers anything below 500', async () => {
    const client = clientFor(sibling.url);
    sibling.answers((_request, response) => response.writeHead(404).end());
    expect(await client.ping('event-service')).toBe('reachable');
    expect(sibling.received[0]).toMatchObject({ method: 'GET', path: '/health/live' });
  });

  it('does not reach one that answers 500 or not at all', async () => {
    const client = clientFor(sibling.url);
    sibling.answersJson(500, {});
    expect(await client.ping('event-service')).toBe('unreachable');
    expect(await clientFor('http://127.0.0.1:1').ping('event-service')).toBe('unreachable');
  });
});

describe('the module', () => {
  it('builds the client from configuration and clock, and closes its connections at shutdown', async () => {
    const config = upstreamConfig(sibling.url);
    const module = await Test.createTestingModule({
      imports: [ConfigModule.of(config), UpstreamModule],
    }).compile();
    expect(module.get(CLOCK)).toBe(systemClock);
    const client = module.get(UpstreamClient);
    expect(await confirm(client)).toMatchObject({ kind: 'done' });
    await module.close();
    expect(await confirm(client)).toEqual({ kind: 'not-sent', reason: 'shutting-down' });
  });

  it('lets a call in flight finish its answer before it closes', async () => {
    const arrived = new Promise<() => void>((resolve) => {
      sibling.answers((_request, response) => {
        resolve(() => {
          sendJson(response, 200, OK);
        });
      });
    });
    const client = clientFor(sibling.url);
    const inFlight = confirm(client);
    const answer = await arrived;
    const closing = client.onApplicationShutdown();
    answer();
    expect(await inFlight).toMatchObject({ kind: 'done' });
    await closing;
  });
});

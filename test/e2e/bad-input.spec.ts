import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { eventually } from '../support/eventually.js';
import { halfMadeRows } from '../support/half-made-rows.js';
import type { HttpAnswer, HttpRequest } from '../support/http-request.js';
import { ServiceWorld, type OrderView } from '../support/service-world.js';
import type { RouteRow, Subject } from './authorisation-table.js';
import {
  BAD_IDS,
  BAD_KEYS,
  BAD_MEMBERS,
  BAD_ORDER_QUERIES,
  BAD_QUERIES,
  BAD_TEXTS,
  BAD_VERSIONS,
  type Change,
} from './bad-input-table.js';
import { requestOf, ROUTES, Stage, statusOf } from './scenes.js';

const GUARDED = ROUTES.filter(([, row]) => row.expected.anonymous === 401);
const POSTS = GUARDED.filter(([route]) => route.startsWith('POST '));
const CHANGES = POSTS.filter(([route]) => !route.includes('quote'));
const LISTS = GUARDED.filter(([route]) =>
  /^GET .*\/(?:\w+s|expiring|audit-log|promo-codes|(?:pricing|refund)-policies)$/.test(route),
);
const ONE_THING = GUARDED.filter(([route]) => route.includes('/:'));

let world: ServiceWorld;
let stage: Stage;

beforeAll(async () => {
  world = await ServiceWorld.start();
  stage = await Stage.of(world);
}, 120_000);

afterAll(async () => {
  await world.stop();
});

async function tokenFor(row: RouteRow): Promise<string> {
  if (row.scope !== undefined) return (await world.sibling({ scope: row.scope })).token;
  const isForAdmins = row.expected.owner === 403;
  return isForAdmins ? (await world.user({ role: 'admin' })).token : stage.owner.token;
}

/** All that a refused request could have left behind. */
async function traces(): Promise<unknown> {
  return {
    orders: await world.rows('select id, version, status, op from orders order by id'),
    keys: await world.count('idempotency_keys'),
    history: await world.count('order_events'),
    outbox: await world.count('outbox'),
    refunds: await world.count('order_refunds'),
  };
}

/** A refusal that helps: a 4xx problem with a code and a sentence. @returns the names of what is missing */
function shortcomings(answer: HttpAnswer, statuses: readonly number[], codes: readonly string[]): string[] {
  const { code, detail, requestId } = answer.body;
  const isSentence = typeof detail === 'string' && /^[A-Z].{15,}[.)]$/s.test(detail);
  return [
    ...(statuses.includes(answer.status) ? [] : [`status ${answer.status}`]),
    ...(typeof code === 'string' && codes.includes(code) ? [] : [`code ${String(code)}`]),
    ...(isSentence ? [] : [`detail ${String(detail)}`]),
    ...(typeof requestId === 'string' && requestId !== '' ? [] : ['no request id']),
    ...(/stack|node_modules|select |insert /i.test(answer.text) ? ['tells of our inside'] : []),
  ];
}

function changed(body: unknown, [pointer, value]: Change): unknown {
  const copy = structuredClone(body) as Record<string, unknown>;
  const names = pointer.slice(1).split('/');
  const last = names.pop() ?? '';
  const parent = names.reduce<Record<string, unknown>>(
    (node, name) => node[name] as Record<string, unknown>,
    copy,
  );
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
  return copy;
}

async function eachRefused(
  cases: readonly { readonly name: string; readonly request: HttpRequest }[],
  statuses: readonly number[],
  codes: readonly string[],
): Promise<void> {
  const before = await traces();
  const failures: Record<string, readonly string[]> = {};
  for (const { name, request } of cases) {
    const answer = await world.send(request);
    const found = shortcomings(answer, statuses, codes);
    if (found.length > 0) failures[name] = [...found, answer.text.slice(0, 200)];
  }
  expect(failures).toEqual({});
  expect(await traces()).toEqual(before);
}

async function requestFor(route: string, row: RouteRow): Promise<HttpRequest & { readonly row: RouteRow }> {
  const subject: Subject = await stage.subject(row.scene);
  return { ...requestOf(route, row, subject), token: await tokenFor(row), row };
}

describe.each(POSTS)('%s', (route, row) => {
  it('refuses bodies that are no JSON object, or hold what may not enter', async () => {
    const request = await requestFor(route, row);
    const cases = BAD_TEXTS.map(({ name, text }) => ({ name, request: { ...request, raw: text } }));
    const malformed = new Set(
      BAD_TEXTS.filter(({ code }) => code === 'MALFORMED_JSON').map(({ name }) => name),
    );
    await eachRefused(
      cases.filter(({ name }) => malformed.has(name)),
      [400],
      ['MALFORMED_JSON'],
    );
    await eachRefused(
      cases.filter(({ name }) => !malformed.has(name)),
      [400],
      ['VALIDATION_FAILED'],
    );
  });

  it('refuses bodies that are too large or not JSON in UTF-8', async () => {
    const request = await requestFor(route, row);
    const tooLarge = JSON.stringify({ reason: 'x'.repeat(65 * 1_024) });
    await eachRefused(
      [{ name: '65 KiB', request: { ...request, raw: tooLarge } }],
      [413],
      ['BODY_TOO_LARGE'],
    );
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
      'application/json; charset=latin1',
      'application/json; charset="utf-16"',
      'application/xml',
      'x',
    ];
    const typed = types.map((type) => ({
      name: type,
      request: { ...request, raw: '{}', headers: { 'content-type': type } },
    }));
    const zipped = {
      ...request,
      raw: Uint8Array.from(gzipSync('{}')),
      headers: { 'content-encoding': 'gzip' },
    };
    await eachRefused([...typed, { name: 'gzip', request: zipped }], [415], ['UNSUPPORTED_MEDIA_TYPE']);
  });

  it('refuses members that are wrong, and says where', async () => {
    const request = await requestFor(route, row);
    const cases = (BAD_MEMBERS[route] ?? [['/priceCents', 1] as const]).map((change) => ({
      name: `${change[0]} ${JSON.stringify(change[1])}`.slice(0, 120),
      request: { ...request, body: changed(request.body ?? {}, change) },
    }));
    await eachRefused(cases, [400], ['VALIDATION_FAILED']);
    for (const { request: wrong } of cases.slice(0, 20)) {
      const { body } = await world.send(wrong);
      expect(body['errors']).toEqual(
        expect.arrayContaining([
          {
            pointer: expect.stringMatching(/^\//) as unknown,
            code: expect.stringMatching(/^[A-Z0-9_]+$/) as unknown,
            detail: expect.stringMatching(/\.$/) as unknown,
          },
        ]),
      );
    }
  });
});

describe.each(CHANGES)('%s', (route, row) => {
  it('refuses a missing key and keys that are not one UUID', async () => {
    const request = await requestFor(route, row);
    await eachRefused(
      [undefined, ''].map((key) => ({ name: `key ${String(key)}`, request: { ...request, key } })),
      [400],
      ['IDEMPOTENCY_KEY_MISSING'],
    );
    await eachRefused(
      BAD_KEYS.map((key) => ({ name: key, request: { ...request, key } })),
      [400],
      ['IDEMPOTENCY_KEY_INVALID'],
    );
  });

  it('takes a key in quotes, of any version and in capitals as the same key', async () => {
    if (statusOf(row) >= 300) return;
    const request = await requestFor(route, row);
    const key = randomUUID();
    const first = await world.send({ ...request, key });
    const again = await world.send({ ...request, key: `"${key.toUpperCase()}"` });
    expect([first.status < 300, again.status, again.text]).toEqual([true, first.status, first.text]);
    await eventually('what it set off has ended', async () => {
      return (await world.count("order_effects where state = 'pending'")) === 0;
    });
  });
});

describe.each(ONE_THING)('%s', (route, row) => {
  it('refuses ids that are none', async () => {
    const subject = await stage.subject('nothing');
    const token = await tokenFor(row);
    const [, param = ''] = /\/:(\w+)/.exec(route) ?? [];
    const cases = BAD_IDS.map((id) => ({
      name: id,
      request: { ...requestOf(route, row, { ...subject, [param]: id }), token },
    }));
    await eachRefused(cases, [400, 404], ['VALIDATION_FAILED', 'ROUTE_NOT_FOUND']);
  });

  it('refuses an If-Match that is no version of ours', async () => {
    if (!/^POST .*\/:orderId\//.test(route) || route.includes('quote')) return;
    const request = await requestFor(route, row);
    const cases = BAD_VERSIONS.map((version) => ({
      name: version,
      request: { ...request, headers: { 'if-match': version } },
    }));
    await eachRefused(cases, [400], ['VALIDATION_FAILED']);
    await eachRefused(
      [{ name: 'another version', request: { ...request, headers: { 'if-match': '"v77"' } } }],
      [412],
      ['VERSION_MISMATCH'],
    );
  });
});

describe.each(LISTS)('%s', (route, row) => {
  it('refuses parameters that are unknown or wrong', async () => {
    const request = await requestFor(route, row);
    const queries = [
      ...BAD_QUERIES,
      `limit=${route === 'GET /internal/v1/events' ? 1_001 : 101}`,
      ...(route === 'GET /api/v1/orders' ? BAD_ORDER_QUERIES : []),
    ];
    const cases = queries.map((query) => ({
      name: query.slice(0, 100),
      request: { ...request, path: `${request.path}?${query}` },
    }));
    await eachRefused(cases, [400], ['VALIDATION_FAILED', 'CURSOR_INVALID']);
  });

  it('refuses a query that is larger than all headers may be', async () => {
    const request = await requestFor(route, row);
    const path = `${request.path}?cursor=${'x'.repeat(20_000)}`;
    await eachRefused([{ name: 'huge', request: { ...request, path } }], [400], ['VALIDATION_FAILED']);
  });
});

describe('a cursor', () => {
  async function cursorOf(token: string, path: string): Promise<string> {
    const { body } = await world.send({ method: 'GET', path, token });
    return String((body['page'] as { readonly nextCursor: unknown }).nextCursor);
  }

  async function withCursor(token: string, path: string, cursor: string): Promise<HttpAnswer> {
    const joint = path.includes('?') ? '&' : '?';
    return world.send({ method: 'GET', path: `${path}${joint}cursor=${encodeURIComponent(cursor)}`, token });
  }

  it('opens only the list, the filters and the user it was made for', async () => {
    const buyer = await world.user();
    const orders: OrderView[] = [];
    for (let count = 0; count < 3; count += 1) orders.push(await world.pending(buyer, stage.event));
    const list = '/api/v1/orders?limit=1';
    const cursor = await cursorOf(buyer.token, list);
    expect((await withCursor(buyer.token, list, cursor)).body['data']).toMatchObject([{ id: orders[1]?.id }]);

    const middle = Math.floor(cursor.length / 2);
    const tampered = `${cursor.slice(0, middle)}${cursor[middle] === 'A' ? 'B' : 'A'}${cursor.slice(middle + 1)}`;
    const stranger = await world.user();
    const admin = await world.user({ role: 'admin' });
    const { token: service } = await world.sibling();
    const [order] = orders;
    const wrong = {
      tampered: await withCursor(buyer.token, list, tampered),
      'cut short': await withCursor(buyer.token, list, cursor.slice(0, -4)),
      'made up': await withCursor(buyer.token, list, 'eyJhIjoxfQ'),
      'of other filters': await withCursor(buyer.token, `${list}&status=PENDING`, cursor),
      'in another order': await withCursor(buyer.token, `${list}&sort=createdAt`, cursor),
      'of another user': await withCursor(stranger.token, list, cursor),
      'of the admin': await withCursor(admin.token, list, cursor),
      'of another list': await withCursor(buyer.token, `/api/v1/orders/${order?.id ?? ''}/events`, cursor),
      'of another audience': await withCursor(service, '/internal/v1/orders/expiring', cursor),
    };
    for (const [name, answer] of Object.entries(wrong)) {
      expect([name, answer.status, answer.code]).toEqual([name, 400, 'CURSOR_INVALID']);
    }
  });
});

it('leaves no half-made row behind after all of this', async () => {
  expect(await halfMadeRows(world)).toEqual({});
});

it('logs no bug while it refuses all of this', () => {
  expect(world.service.logLines().filter((line) => line['level'] === 'error')).toEqual([]);
});

import { randomUUID } from 'node:crypto';
import { ERROR_CODES, errorRow } from '@app/kernel';
import type { HttpAnswer, HttpRequest } from '../support/http-request.js';
import { registeredRoutes } from '../support/http-routes.js';
import { OpenApiConformance } from '../support/openapi-conformance.js';
import { ServiceWorld } from '../support/service-world.js';
import type { RouteRow } from './authorisation-table.js';
import { requestOf, ROUTES, Stage, statusOf } from './scenes.js';

const BODY_TOO_LARGE = JSON.stringify({ reason: 'x'.repeat(65 * 1_024) });
const GUARDED = ROUTES.filter(([, row]) => row.expected.anonymous === 401);
const OPEN = ROUTES.filter(([, row]) => row.expected.anonymous === 200);

let world: ServiceWorld;
let stage: Stage;
let openapi: OpenApiConformance;

beforeAll(async () => {
  world = await ServiceWorld.start();
  stage = await Stage.of(world);
  const answer = await world.send({ method: 'GET', path: '/openapi.json' });
  openapi = new OpenApiConformance(answer.expect(200) as Record<string, unknown>);
}, 120_000);

afterAll(async () => {
  await world.stop();
});

async function tokenFor(row: RouteRow, from = world): Promise<string> {
  if (row.scope !== undefined) return (await from.sibling({ scope: row.scope })).token;
  const isForAdmins = row.expected.owner === 403;
  return isForAdmins ? (await from.user({ role: 'admin' })).token : stage.owner.token;
}

/** The route's own request, with what a test changes about it. */
async function ask(
  route: string,
  row: RouteRow,
  change: Partial<HttpRequest> = {},
): Promise<{ readonly answer: HttpAnswer; readonly flaws: readonly string[] }> {
  const request = requestOf(route, row, await stage.subject(row.scene));
  const answer = await world.send({ ...request, token: await tokenFor(row), ...change });
  return { answer, flaws: openapi.flaws(route, answer) };
}

describe('the document', () => {
  it('is OpenAPI 3.1 with a title, a version and no reference into nothing', () => {
    expect(openapi.document).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\.\d+$/) as unknown,
      info: { title: 'order-service', version: expect.any(String) as unknown },
    });
    expect(openapi.brokenReferences()).toEqual([]);
  });

  it('describes every route the server answers, and no other', async () => {
    const described = openapi
      .operations()
      .map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
    expect(described.sort()).toEqual([...(await registeredRoutes(world.service.database))].sort());
  });

  it('gives every operation an id of its own, a summary, its path parameters and a success', () => {
    const ids = openapi.operations().map(({ description }) => description['operationId']);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { method, path, description } of openapi.operations()) {
      const parameters = (description['parameters'] ?? []) as { name?: string; in?: string }[];
      const named = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect([method, path, named.sort()]).toEqual([method, path, inPath.sort()]);
      expect(Object.keys(description['responses'] as object)).toEqual(
        expect.arrayContaining([expect.stringMatching(/^20\d$/)]),
      );
    }
  });

  it('names no error code that the catalog does not have, and each under its own status', () => {
    for (const { description } of openapi.operations()) {
      const responses = Object.entries(description['responses'] as Record<string, unknown>);
      for (const [status, response] of responses) {
        for (const match of JSON.stringify(response).matchAll(/"enum":\[([A-Z_",]+)\]/g)) {
          const codes = JSON.parse(`[${match[1] ?? ''}]`) as string[];
          for (const code of codes) {
            const known = ERROR_CODES.find((candidate) => candidate === code);
            expect(known).toBe(code);
            if (known !== undefined) expect(errorRow(known).status).toBe(Number(status));
          }
        }
      }
    }
  });

  it('says that parameters with a default may be left out and that unknown members are refused', () => {
    const list = openapi.operation('GET /api/v1/orders').description['parameters'];
    expect(list).toContainEqual(
      expect.objectContaining({
        name: 'limit',
        required: false,
        schema: expect.objectContaining({ type: 'integer', default: 20, maximum: 100 }) as unknown,
      }),
    );
    const cancel = openapi.operation('POST /api/v1/orders/:orderId/cancel').description['requestBody'];
    expect(cancel).toMatchObject({ required: false });
    expect(
      openapi.schemaFlaws(['components', 'schemas', 'CreateOrderRequest'], {
        eventId: randomUUID(),
        items: [{ ticketTypeId: randomUUID(), quantity: 1, priceCents: 1 }],
      }),
    ).toEqual([expect.stringContaining('priceCents')]);
  });

  it('would not let an order pass that has a member too many, one too few or one of another type', async () => {
    const order = await world.pending(stage.owner, stage.event);
    const { status, ...rest } = order;
    const schema = ['components', 'schemas', 'OrderDto'];
    expect(openapi.schemaFlaws(schema, order)).toEqual([]);
    expect(openapi.schemaFlaws(schema, { ...order, surprise: 1 })).toHaveLength(1);
    expect(openapi.schemaFlaws(schema, rest)).toHaveLength(1);
    expect(openapi.schemaFlaws(schema, { ...order, status: status.toLowerCase() })).toHaveLength(1);
    expect(openapi.schemaFlaws(schema, { ...order, totalCents: 1.5 })).toHaveLength(1);
  });

  it('is shown by Swagger UI', async () => {
    const page = await world.send({ method: 'GET', path: '/docs' });
    expect(page.status).toBe(200);
    expect(page.text).toContain('swagger-ui');
  });
});

describe.each(OPEN)('the answers of %s', (route, row) => {
  it('are as described', async () => {
    const { answer, flaws } = await ask(route, row, { token: undefined });
    expect({ status: answer.status, flaws }).toEqual({ status: 200, flaws: [] });
  });
});

describe.each(GUARDED)('the answers of %s', (route, row) => {
  const [method = ''] = route.split(' ');
  const isRead = method === 'GET';
  const changes = !isRead && !route.includes('quote');

  it('are as described when all is well', async () => {
    const { answer, flaws } = await ask(route, row);
    expect({ status: answer.status, flaws }).toEqual({ status: statusOf(row), flaws: [] });
  });

  it('come to a body that is as described', async () => {
    const { body } = requestOf(route, row, await stage.subject(row.scene));
    expect(openapi.requestFlaws(route, body)).toEqual([]);
  });

  it('are as described for strangers, for the wrong kind of caller and for wrong requests', async () => {
    const stranger = { token: undefined };
    const wrongKind = { token: row.scope === undefined ? (await world.sibling()).token : stage.owner.token };
    const { path } = requestOf(route, row, await stage.subject('nothing'));
    const cases: readonly (readonly [number, Partial<HttpRequest>])[] = [
      [401, stranger],
      [403, wrongKind],
      [400, isRead ? { path: `${path}?nope=1` } : { body: { nope: 1 } }],
      ...(route.includes('/:') ? [[404, { path }] as const] : []),
      ...(changes ? [[400, { key: 'not a uuid' }] as const, [400, { key: undefined }] as const] : []),
      ...(isRead
        ? []
        : ([
            [413, { raw: BODY_TOO_LARGE }],
            [415, { raw: 'a=b', headers: { 'content-type': 'text/plain' } }],
            [400, { raw: '{' }],
          ] as const)),
    ];
    for (const [status, change] of cases) {
      const { answer, flaws } = await ask(route, row, change);
      expect({ status: answer.status, code: answer.code, flaws }).toMatchObject({ status, flaws: [] });
    }
  });

  it('are as described when the method is not one of the address', async () => {
    const { answer } = await ask(route, row, { method: 'DELETE', raw: undefined, body: undefined });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toContain(method);
    expect(openapi.schemaFlaws(['components', 'schemas', 'Problem'], answer.json())).toEqual([]);
  });

  it('are as described when the same request comes again, and when its key is used for another', async () => {
    if (!changes || statusOf(row) >= 300) return;
    const key = randomUUID();
    const request = { ...requestOf(route, row, await stage.subject(row.scene)), key };
    const token = await tokenFor(row);
    const first = await world.send({ ...request, token });
    const again = await world.send({ ...request, token });
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(openapi.flaws(route, again)).toEqual([]);
    const next = { ...requestOf(route, row, await stage.subject(row.scene)), key };
    const answer = await world.send({ ...next, token });
    const isOtherRequest = JSON.stringify(next) !== JSON.stringify(request);
    expect({ code: answer.code, flaws: openapi.flaws(route, answer) }).toEqual({
      code: isOtherRequest ? 'IDEMPOTENCY_KEY_REUSED' : undefined,
      flaws: [],
    });
  });

  it('are as described when the order is another version than the client thinks', async () => {
    const isConditional = openapi.statusesOf(route).includes(412);
    if (!isConditional) return;
    const { answer, flaws } = await ask(route, row, { headers: { 'if-match': '"v99"' } });
    expect({ code: answer.code, flaws }).toEqual({ code: 'VERSION_MISMATCH', flaws: [] });
  });
});

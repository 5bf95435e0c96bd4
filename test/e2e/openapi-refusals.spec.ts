import type { HttpAnswer } from '../support/http-request.js';
import { requestOver } from '../support/http-request.js';
import { OpenApiConformance } from '../support/openapi-conformance.js';
import { ServiceProcess } from '../support/service-process.js';
import { ServiceWorld } from '../support/service-world.js';
import type { RouteRow } from './authorisation-table.js';
import { NOBODYS, requestOf, ROUTES } from './scenes.js';

const GUARDED = ROUTES.filter(([, row]) => row.expected.anonymous === 401);
/** The window may turn over between two requests, but not twice. */
const TRIES_MAX = 4;

let world: ServiceWorld;
let withoutKeys: ServiceProcess;
let openapi: OpenApiConformance;

beforeAll(async () => {
  const limits = ['CREATE', 'RESERVE', 'CANCEL', 'REFUND', 'READ', 'SERVICE'];
  world = await ServiceWorld.start({
    environment: {
      RATE_LIMIT_ENABLED: 'true',
      ...Object.fromEntries(limits.map((name) => [`RATE_LIMIT_${name}_PER_MINUTE`, '1'])),
    },
  });
  withoutKeys = await ServiceProcess.start({
    siblings: 'http://127.0.0.1:9',
    database: world.service.database,
  });
  const answer = await world.send({ method: 'GET', path: '/openapi.json' });
  openapi = new OpenApiConformance(answer.expect(200) as Record<string, unknown>);
}, 120_000);

afterAll(async () => {
  await withoutKeys.kill();
  await world.stop();
});

async function freshToken(row: RouteRow, name: string): Promise<string> {
  if (row.scope !== undefined) return (await world.sibling({ sub: name, scope: row.scope })).token;
  return (await world.user({ role: 'admin' })).token;
}

describe.each(GUARDED)('%s', (route, row) => {
  it('answers 429 as described when its caller asks too often', async () => {
    const token = await freshToken(row, `busy-${String(GUARDED.findIndex(([name]) => name === route))}`);
    let answer: HttpAnswer | undefined;
    for (let tries = 0; tries < TRIES_MAX && answer?.status !== 429; tries += 1) {
      answer = await world.send({ ...requestOf(route, row, NOBODYS), token });
    }
    if (answer === undefined) throw new Error('Nothing was asked.');
    expect({ code: answer.code, flaws: openapi.flaws(route, answer) }).toEqual({
      code: 'RATE_LIMITED',
      flaws: [],
    });
    expect(answer.headers.get('ratelimit-policy')).toMatch(/^"[a-z]+";q=1;w=60$/);
    expect(answer.headers.get('ratelimit')).toMatch(/^"[a-z]+";r=0;t=\d+$/);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  it('answers 503 as described while nobody can be recognised', async () => {
    const answer = await requestOver(withoutKeys.url, {
      ...requestOf(route, row, NOBODYS),
      token: await freshToken(row, 'anybody'),
    });
    expect({ status: answer.status, body: answer.body, flaws: openapi.flaws(route, answer) }).toMatchObject({
      status: 503,
      body: { code: 'UPSTREAM_UNAVAILABLE', upstream: 'auth-service', retryable: true },
      flaws: [],
    });
  });
});

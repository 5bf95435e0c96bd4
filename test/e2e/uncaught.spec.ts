import { randomUUID } from 'node:crypto';
import { requestOver } from '../support/http-request.js';
import { ServiceProcess } from '../support/service-process.js';
import { ServiceWorld } from '../support/service-world.js';

const EXIT_WITHIN_MS = 25_000;

/** How a bug gets past everybody. */
const BUGS = [
  ['uncaughtException', `setTimeout(() => { throw new Error('boom'); }, 0)`],
  ['unhandledRejection', `void Promise.reject(new Error('boom'))`],
] as const;

let world: ServiceWorld;

beforeAll(async () => {
  world = await ServiceWorld.start();
}, 120_000);

afterAll(async () => {
  await world.stop();
});

it.each(BUGS)(
  'drains and exits 1 on %s',
  async (name, statement) => {
    // A preloaded module brings the bug into the process when it is told to.
    const preload = `process.on('SIGUSR2', () => { ${statement}; });`;
    const service = await ServiceProcess.start({
      siblings: world.sandbox.url,
      database: world.service.database,
      nodeOptions: ['--import', `data:text/javascript,${encodeURIComponent(preload)}`],
    });
    service.signal('SIGUSR2');
    expect(await service.exit(EXIT_WITHIN_MS)).toEqual({ code: 1, signal: null });
    expect(service.logLines()).toContainEqual(
      expect.objectContaining({ level: 'error', context: 'Process', event: name }),
    );
  },
  60_000,
);

it.each(BUGS)(
  'names the requests in whose work the %s may have come, and still answers them',
  async (name, statement) => {
    const requestId = `guilty-${randomUUID()}`;
    // The bug strikes in the middle of the request, when it calls a sibling.
    const preload = `import { subscribe } from 'node:diagnostics_channel';
      let isDone = false;
      subscribe('undici:request:create', ({ request }) => {
        if (isDone || !JSON.stringify(request.headers).includes('${requestId}')) return;
        isDone = true;
        ${statement};
      });`;
    const service = await ServiceProcess.start({
      siblings: world.sandbox.url,
      database: world.service.database,
      environment: { AUTH_JWKS_URL: world.userKeys.url, SERVICE_JWKS_URL: world.serviceKeys.url },
      nodeOptions: ['--import', `data:text/javascript,${encodeURIComponent(preload)}`],
    });
    const buyer = await world.user();
    const created = await requestOver(service.url, {
      method: 'POST',
      path: '/api/v1/orders',
      token: buyer.token,
      key: randomUUID(),
      headers: { 'x-request-id': requestId },
      body: world.orderBody(await world.newEvent()),
    });
    expect([created.status, created.headers.get('connection')]).toEqual([201, 'close']);
    expect(await service.exit(EXIT_WITHIN_MS)).toEqual({ code: 1, signal: null });
    expect(service.logLines()).toContainEqual(
      expect.objectContaining({
        level: 'error',
        context: 'Process',
        event: name,
        requestIds: [requestId],
      }),
    );
  },
  60_000,
);

import { json, problem, ScriptedServer, text } from '../../../../test/support/scripted-server.js';
import { runCtl } from './run-ctl.js';

const now = new Date('2026-11-22T12:00:00.000Z');
const effect = {
  id: '01a203ec-0000-7000-8000-000000000001',
  orderId: '01a203ec-0000-7000-8000-000000000002',
  kind: 'payments.refund',
  state: 'parked',
  key: 'k',
  generation: 1,
  attempts: 3,
  dueAt: null,
  firstSentAt: null,
  finishedAt: '2026-11-22T11:00:00.000Z',
  createdAt: '2026-11-22T10:00:00.000Z',
  outcome: { code: 'KEY_REUSED' },
};

let server: ScriptedServer;

beforeAll(async () => {
  server = await ScriptedServer.start();
});
afterAll(() => server.stop());

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function ctl(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCtl(words, {
    environment: { ORDER_SERVICE_URL: server.url, ORDER_SERVICE_TOKEN: 'secret-token', ...environment },
    now,
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('help', () => {
  it('of the program lists commands, variables and exit codes', async () => {
    const { code, out, err } = await ctl(['--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const word of ['order', 'effect', 'finding', 'operation', 'audit', 'dead-letter', 'migration'])
      expect(out).toMatch(new RegExp(`^  ${word} `, 'm'));
    for (const name of ['ORDER_SERVICE_URL', 'ORDER_SERVICE_TOKEN', 'RABBITMQ_URL', 'DATABASE_MIGRATION_URL'])
      expect(out).toContain(name);
    for (const exitCode of [0, 1, 64, 69, 70, 75, 77, 78])
      expect(out).toMatch(new RegExp(`^ +${exitCode}  \\w`, 'm'));
  });

  it.each([
    [['effect', '--help'], 'retry'],
    [['effect', 'retry', '--help'], '--reason'],
    [['finding', 'resolve', '--help'], '--note'],
    [['dead-letter', 'replay', '--help'], '--all'],
    [['migration', 'status', '--help'], '--json'],
  ])('of %j is there', async (words, expected) => {
    const { code, out } = await ctl(words);
    expect(code).toBe(0);
    expect(out).toContain(expected);
  });
});

describe('a command that makes no sense', () => {
  it.each([
    [[], 'Usage: order-service'],
    [['orders'], "unknown command 'orders'"],
    [['effect'], 'Usage: order-service effect'],
    [['effect', 'list', '--state', 'lost'], 'Allowed choices are parked, pending'],
    [['effect', 'list', '--limit', 'all'], 'It must be a whole number from 1 to 10000.'],
    [['effect', 'list', '--limit', '0'], 'It must be a whole number from 1 to 10000.'],
    [['effect', 'retry'], "missing required argument 'id'"],
    [['effect', 'list', 'more'], 'too many arguments'],
    [['finding', 'resolve', 'x'], "required option '--note <text>'"],
    [['dead-letter', 'replay'], 'say which one: --id <id>, or --all'],
    [['audit', 'list', '--token', 'x'], "unknown option '--token'"],
  ])('%j is refused with 64', async (words, sentence) => {
    server.script();
    const { code, out, err } = await ctl(words, { RABBITMQ_URL: 'amqp://127.0.0.1:1' });
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toContain(sentence);
    expect(server.heard).toEqual([]);
  });
});

describe('a missing or broken setting', () => {
  it.each([
    [['effect', 'list'], { ORDER_SERVICE_URL: '' }, 'ORDER_SERVICE_URL is not set'],
    [['effect', 'list'], { ORDER_SERVICE_TOKEN: ' ' }, 'ORDER_SERVICE_TOKEN is not set'],
    [['effect', 'list'], { ORDER_SERVICE_URL: 'here' }, 'ORDER_SERVICE_URL is no http or https address'],
    [['dead-letter', 'list'], {}, 'RABBITMQ_URL is not set'],
  ])('keeps %j from starting with 78', async (words, environment, sentence) => {
    const { code, err } = await ctl(words, environment);
    expect(code).toBe(78);
    expect(err).toContain(sentence);
  });
});

describe('a list', () => {
  const page = (data: readonly unknown[], hasMore = false): ReturnType<typeof json> =>
    json(200, { data, page: { hasMore, limit: 2, nextCursor: hasMore ? 'next' : null } });

  it('is a table for people', async () => {
    server.script(page([effect]));
    const { code, out } = await ctl(['effect', 'list']);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'id                                    kind             state   tries  next try  outcome           order',
      `${effect.id}  payments.refund  parked  3      -         code: KEY_REUSED  ${effect.orderId}`,
      '1 parked call.',
    ]);
    expect(server.heard).toMatchObject([
      { url: '/api/v1/effects?state=parked&limit=51', headers: { authorization: 'Bearer secret-token' } },
    ]);
  });

  it('is what the service said with --json', async () => {
    server.script(page([effect]));
    const { code, out } = await ctl(['effect', 'list', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ data: [effect], hasMore: false });
  });

  it('says when there is nothing, and when there is more than it shows', async () => {
    server.script(page([]));
    expect((await ctl(['effect', 'list', '--state', 'pending'])).out).toBe('0 pending calls.');
    server.script(page([effect, effect]));
    const { out } = await ctl(['effect', 'list', '--limit', '1']);
    expect(out).toContain('1 parked call. There are more: --limit 2 shows them.');
  });
});

describe('what went wrong', () => {
  const list = ['effect', 'list'];

  it.each([
    ['refused', problem(404, 'EFFECT_NOT_FOUND'), 1],
    ['a token nobody accepts', problem(401, 'UNAUTHENTICATED'), 77],
    ['a token without the role', problem(403, 'FORBIDDEN'), 77],
    ['asked to come back much later', problem(429, 'RATE_LIMITED', { retryAfter: '60' }), 75],
    ['not the service', text(404, '<h1>nginx</h1>'), 69],
  ])('%s has an exit code of its own', async (_what, reply, expected) => {
    server.script(reply);
    const { code, out, err } = await ctl(list);
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).not.toMatch(/\n\s+at /);
    expect(err).not.toContain('secret-token');
  });

  it('is told with the code and the request to look for', async () => {
    const errors = [{ parameter: 'effectId', code: 'isUuid', detail: 'must be a UUID' }];
    server.script(problem(400, 'VALIDATION_FAILED', { errors }));
    const { err } = await ctl(list);
    expect(err).toBe('What is true. (400 VALIDATION_FAILED, request request-1)\n  effectId: must be a UUID');
  });

  it('is JSON too beside --json', async () => {
    server.script(problem(409, 'EFFECT_STATE_CONFLICT'));
    const { code, out, err } = await ctl(['effect', 'retry', effect.id, '--json']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(JSON.parse(err)).toEqual({
      error: {
        exitCode: 1,
        message: 'What is true. (409 EFFECT_STATE_CONFLICT, request request-1)',
        code: 'EFFECT_STATE_CONFLICT',
        requestId: 'request-1',
      },
    });
  });

  it('is that nobody answers', async () => {
    const { code, err } = await ctl(list, { ORDER_SERVICE_URL: 'http://127.0.0.1:1' });
    expect(code).toBe(69);
    expect(err).toContain('order-service does not answer at ORDER_SERVICE_URL.');
  });
});

describe('order explain', () => {
  it('finds an order by its number', async () => {
    server.script(
      json(200, { data: [{ id: effect.orderId }], page: { hasMore: false, limit: 20, nextCursor: null } }),
      problem(404, 'ORDER_NOT_FOUND'),
    );
    expect((await ctl(['order', 'explain', 'ord-7k2m9xq4tb0v'])).code).toBe(1);
    expect(server.heard.map(({ url }) => url)).toEqual([
      '/api/v1/orders?orderNumber=ORD-7K2M9XQ4TB0V',
      `/api/v1/orders/${effect.orderId}/explain`,
    ]);
  });

  it('says that there is no such number', async () => {
    server.script(json(200, { data: [], page: { hasMore: false, limit: 20, nextCursor: null } }));
    expect(await ctl(['order', 'explain', 'ORD-7K2M9XQ4TB0V'])).toMatchObject({
      code: 1,
      err: 'There is no order with the number ORD-7K2M9XQ4TB0V.',
    });
  });
});

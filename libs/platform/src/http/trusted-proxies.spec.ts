import type { LightMyRequestResponse } from 'fastify';
import { createFastifyAdapter } from './fastify-adapter.js';

/** Who the service thinks is calling, over a connection from `peer`. */
async function seen(
  trusted: readonly string[],
  peer: string,
  headers: Readonly<Record<string, string>>,
): Promise<unknown> {
  const fastify = createFastifyAdapter({ TRUSTED_PROXIES: trusted }).getInstance();
  fastify.get('/who', (request) => ({ ip: request.ip, host: request.hostname, protocol: request.protocol }));
  const answer: LightMyRequestResponse = await fastify.inject({
    method: 'GET',
    url: '/who',
    remoteAddress: peer,
    headers: { host: 'orders.example', ...headers },
  });
  await fastify.close();
  return answer.json();
}

const STRANGER = '203.0.113.7';
const PROXY = '10.0.0.5';
const OURS = { host: 'orders.example', protocol: 'http' };

describe('X-Forwarded-For and its kin', () => {
  it.each([
    ['one claimed address', { 'x-forwarded-for': '198.51.100.1' }],
    ['the address of a proxy', { 'x-forwarded-for': PROXY }],
    ['this very machine', { 'x-forwarded-for': '127.0.0.1' }],
    ['a whole chain', { 'x-forwarded-for': '198.51.100.1, 10.0.0.5, 10.0.0.6' }],
    ['another host', { 'x-forwarded-host': 'evil.example' }],
    ['another protocol', { 'x-forwarded-proto': 'https' }],
    ['the newer header', { forwarded: 'for=198.51.100.1;host=evil.example' }],
    ['headers of other proxies', { 'x-real-ip': '198.51.100.1', 'true-client-ip': '198.51.100.1' }],
  ])('from a stranger means nothing: %s', async (_what, headers) => {
    expect(await seen([], STRANGER, headers)).toEqual({ ip: STRANGER, ...OURS });
    expect(await seen(['10.0.0.0/8'], STRANGER, headers)).toEqual({ ip: STRANGER, ...OURS });
  });

  it('from a trusted proxy names its client', async () => {
    expect(await seen(['10.0.0.0/8'], PROXY, { 'x-forwarded-for': STRANGER })).toEqual({
      ip: STRANGER,
      ...OURS,
    });
    expect(await seen([PROXY], PROXY, { 'x-forwarded-for': STRANGER })).toEqual({ ip: STRANGER, ...OURS });
  });

  it('is believed only as far as trusted proxies wrote it: what the client put before them is its own claim', async () => {
    const chain = { 'x-forwarded-for': `198.51.100.1, 127.0.0.1, ${STRANGER}, 10.0.0.6` };

    expect(await seen(['10.0.0.0/8'], PROXY, chain)).toMatchObject({ ip: STRANGER });
  });

  it('is not believed from a neighbour of the one proxy that is named', async () => {
    expect(await seen([PROXY], '10.0.0.6', { 'x-forwarded-for': STRANGER })).toMatchObject({
      ip: '10.0.0.6',
    });
  });
});

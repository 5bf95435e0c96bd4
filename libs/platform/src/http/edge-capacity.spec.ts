import { EdgeUnderTest, THING_ID } from '../../../../test/support/edge-under-test.js';
import { eventually } from '../../../../test/support/eventually.js';
import { Admission } from './admission.js';

let edge: EdgeUnderTest;

beforeEach(async () => {
  edge = await EdgeUnderTest.start(4);
});

afterEach(async () => {
  await edge.stop();
});

function inFlight(count: number): Promise<void> {
  return eventually(`${count} in flight`, () => edge.app.get(Admission).inFlight === count);
}

describe('an edge with four places', () => {
  it('refuses the fourth ordinary request, and still serves cancels and health', async () => {
    const slow = [1, 2, 3].map(() => edge.send('/api/v1/things/slow'));
    await inFlight(3);
    const refused = await edge.send('/api/v1/things');
    expect([refused.status, refused.code, refused.headers['retry-after']]).toEqual([503, 'OVERLOADED', '1']);
    expect((await edge.send(`/api/v1/things/${THING_ID}/cancel`, { method: 'POST' })).status).toBe(201);
    expect((await edge.send('/health/live')).status).toBe(200);
    edge.gate.release();
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await inFlight(0);
  });

  it('counts a request whose client has gone for as long as it is worked on', async () => {
    const abort = new AbortController();
    const gone = edge.send('/api/v1/things/slow', { signal: abort.signal }).catch((error: unknown) => error);
    await edge.gate.arrival;
    abort.abort();
    expect(await gone).toMatchObject({ name: 'AbortError' });
    await edge.send('/health/live');
    expect(edge.app.get(Admission).inFlight).toBe(1);
    edge.gate.release();
    await inFlight(0);
  });

  it('gives the place of an upload that was broken off back', async () => {
    const wire = edge.wire();
    wire.write(
      `POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name"`,
    );
    await inFlight(1);
    wire.destroy();
    await inFlight(0);
  });
});

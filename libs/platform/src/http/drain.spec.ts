import { Agent } from 'node:http';
import { EdgeUnderTest } from '../../../../test/support/edge-under-test.js';
import { eventually } from '../../../../test/support/eventually.js';
import { Admission } from './admission.js';
import { drainAndClose } from './drain.js';
import { Lifecycle } from './lifecycle.js';

const CHAIR = '{"name":"chair"}';

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

describe('an edge that is told to end', () => {
  it('ends without cutting anybody off: refuses what is new, finishes what runs, then flushes and closes', async () => {
    const lifecycle = edge.app.get(Lifecycle);
    const steps: string[] = [];
    lifecycle.onDrain('jobs', () => {
      steps.push('jobs stopped');
    });
    lifecycle.onDrain('broken', () => {
      throw new Error('cannot stop');
    });
    lifecycle.onDrained('relay', () => {
      steps.push(`flushed after the last answer: ${String(edge.gate.isPassed)}`);
    });
    const [idle, unused] = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })];
    await edge.send('/api/v1/things', { agent: idle });
    await edge.send('/api/v1/things', { agent: unused });
    const silent = edge.wire();
    const running = edge.send('/api/v1/things/slow');
    await edge.gate.arrival;

    const ended = drainAndClose(edge.app, 10_000);
    const refused = await edge.send('/api/v1/things');
    expect([refused.status, refused.code, refused.headers.connection]).toEqual([
      503,
      'SHUTTING_DOWN',
      'close',
    ]);
    expect(refused.headers['retry-after']).toBe('1');
    expect((await edge.send('/health/live')).status).toBe(200);
    // Its next request is not reset, but told to connect elsewhere.
    const moved = await edge.send('/api/v1/things', { agent: idle });
    expect([moved.status, moved.headers.connection]).toEqual([503, 'close']);
    await eventually('the idle connection is closed', () => Object.keys(unused.freeSockets).length === 0);
    expect(steps).toEqual(['jobs stopped']);

    edge.gate.release();
    const finished = await running;
    expect([finished.status, finished.headers.connection]).toEqual([200, 'close']);
    await ended;
    await silent.closed;
    expect(steps).toEqual(['jobs stopped', 'flushed after the last answer: true']);
    await expect(edge.send('/health/live')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('ends although a request never does, and tells its client to send it again', async () => {
    const running = edge.send('/api/v1/things/slow');
    await edge.gate.arrival;
    await drainAndClose(edge.app, 50);
    const { status, code, headers } = await running;
    expect([status, code, headers.connection]).toEqual([503, 'SHUTTING_DOWN', 'close']);
    expect(headers['retry-after']).toBe('1');
  });

  it('finishes a request whose body is still on its way when the end begins', async () => {
    const wire = edge.wire();
    wire.write(edge.posting(CHAIR), CHAIR.slice(0, 8));
    await inFlight(1);
    const ended = drainAndClose(edge.app, 10_000);
    wire.write(CHAIR.slice(8));
    const [answer] = await wire.answers(1);
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer).toMatch(/connection: close/i);
    await Promise.all([ended, wire.closed]);
    expect(wire.error).toBeUndefined();
  });

  it('does not wait for the rest of a body for ever', async () => {
    const wire = edge.wire();
    wire.write(edge.posting(CHAIR), CHAIR.slice(0, 8));
    await inFlight(1);
    await drainAndClose(edge.app, 50);
    const [answer] = await wire.answers(1);
    expect(answer).toMatch(/^HTTP\/1\.1 503 [^]*SHUTTING_DOWN/);
    await wire.closed;
    expect(wire.error).toBeUndefined();
  });

  it('answers every request a client has sent ahead before its connection ends', async () => {
    const wire = edge.wire();
    wire.write(edge.getting('/api/v1/things/slow'), edge.getting('/api/v1/things'));
    await edge.gate.arrival;
    await inFlight(2);
    const ended = drainAndClose(edge.app, 10_000);
    edge.gate.release();
    const [first, second] = await wire.answers(2);
    expect([first?.slice(9, 12), second?.slice(9, 12)]).toEqual(['200', '200']);
    // A connection that closes after the first answer never brings the second one.
    expect(first).not.toMatch(/connection: close/i);
    await Promise.all([ended, wire.closed]);
    expect(wire.error).toBeUndefined();
  });
});

import { Admission } from './admission.js';

const ordinary = { reserved: false };
const reserved = { reserved: true };

describe('admission', () => {
  it('keeps a quarter of the places for what gives money or seats back', () => {
    const admission = new Admission(8);
    for (let index = 0; index < 6; index += 1) expect(admission.enter(ordinary)).toBeDefined();
    expect(admission.enter(ordinary)).toBeUndefined();
    expect(admission.enter(reserved)).toBeDefined();
    expect(admission.enter(reserved)).toBeDefined();
    expect(admission.enter(reserved)).toBeUndefined();
    expect(admission.inFlight).toBe(8);
  });

  it('gives a place back when the answer is out', () => {
    const admission = new Admission(1);
    const place = admission.enter(ordinary);
    place?.workBegins();
    place?.workEnds();
    expect(admission.inFlight).toBe(1);
    place?.connectionDone();
    expect(admission.inFlight).toBe(0);
  });

  it('keeps the place of a client that went away until its work is over', () => {
    const admission = new Admission(1);
    const place = admission.enter(ordinary);
    place?.workBegins();
    place?.connectionDone();
    expect(admission.enter(ordinary)).toBeUndefined();
    place?.workEnds();
    expect(admission.inFlight).toBe(0);
  });

  it('gives the place of a client that went away before any work began back at once', () => {
    const admission = new Admission(1);
    admission.enter(ordinary)?.connectionDone();
    expect(admission.inFlight).toBe(0);
  });

  it('gives a place back only once', () => {
    const admission = new Admission(2);
    admission.enter(ordinary);
    const place = admission.enter(ordinary);
    place?.connectionDone();
    place?.connectionDone();
    place?.workEnds();
    expect(admission.inFlight).toBe(1);
  });

  it('names the latest of those in flight', () => {
    const admission = new Admission(100);
    const places = Array.from({ length: 22 }, (_none, index) =>
      admission.enter({ ...ordinary, requestId: `request-${index}` }),
    );
    admission.enter(ordinary);
    places[21]?.connectionDone();
    const named = admission.requestIdsInFlight();
    expect([named.length, named[0], named.at(-1)]).toEqual([19, 'request-2', 'request-20']);
  });

  it('tells when nothing is in flight any more', async () => {
    const admission = new Admission(2);
    await admission.whenIdle();
    const places = [admission.enter(ordinary), admission.enter(ordinary)];
    let isIdle = false;
    const idle = admission.whenIdle().then(() => {
      isIdle = true;
    });
    places[0]?.connectionDone();
    await Promise.resolve();
    expect(isIdle).toBe(false);
    places[1]?.connectionDone();
    await idle;
    expect(isIdle).toBe(true);
  });
});

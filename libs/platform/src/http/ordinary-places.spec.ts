import { OrdinaryPlaces } from './ordinary-places.js';

const MAX = 768;

function given(): {
  readonly look: (waitMs: number | undefined, inFlight: number) => void;
  readonly count: () => number;
} {
  let nowMs = 0;
  let shortestMs: number | undefined;
  const places = new OrdinaryPlaces(
    MAX,
    () => shortestMs,
    () => nowMs,
  );
  return {
    look: (waitMs, inFlight) => {
      nowMs += 100;
      shortestMs = waitMs;
      places.hasPlaceBeside(inFlight);
    },
    // Between two looks nothing changes.
    count: () =>
      Array.from({ length: MAX + 1 }, (_none, index) => index).findIndex((n) => !places.hasPlaceBeside(n)),
  };
}

describe('places for ordinary requests', () => {
  it('are all there while connections come soon', () => {
    const { look, count } = given();
    look(5, MAX);
    expect(count()).toBe(MAX);
  });

  it('are all there for a rush, before anybody has waited', () => {
    const { look, count } = given();
    look(undefined, 500);
    expect(count()).toBe(MAX);
  });

  it('become fewer in proportion when even the luckiest waited too long', () => {
    const { look, count } = given();
    look(250, 600);
    expect(count()).toBe(480);
  });

  it('are never halved twice before those who are in have gone', () => {
    const { look, count } = given();
    look(2_000, 700);
    expect(count()).toBe(350);
    look(2_000, 690);
    expect(count()).toBe(350);
    look(2_000, 350);
    expect(count()).toBe(175);
  });

  it('never become so few that connections stand idle', () => {
    const { look, count } = given();
    for (let turn = 0; turn < 20; turn += 1) look(5_000, 10);
    expect(count()).toBe(64);
  });

  it('come back bit by bit', () => {
    const { look, count } = given();
    look(5_000, 100);
    expect(count()).toBe(64);
    look(1, 10);
    expect(count()).toBe(68);
    for (let turn = 0; turn < 60; turn += 1) look(1, 10);
    expect(count()).toBe(MAX);
  });
});

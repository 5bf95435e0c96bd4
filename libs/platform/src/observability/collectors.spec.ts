import { Collectors } from './collectors.js';

describe('collectors', () => {
  it('answer without the reading that hangs, and do not start it again', async () => {
    const collectors = new Collectors(10);
    let started = 0;
    let leftOut = 0;
    const published: string[] = [];
    collectors.add(
      () => {
        started += 1;
        return new Promise(() => undefined);
      },
      () => {
        leftOut += 1;
      },
    );
    collectors.add(
      () => Promise.resolve(() => published.push('healthy')),
      () => undefined,
    );

    await collectors.run();
    await collectors.run();

    expect(started).toBe(1);
    expect(leftOut).toBe(2);
    expect(published).toEqual(['healthy', 'healthy']);
  });
});

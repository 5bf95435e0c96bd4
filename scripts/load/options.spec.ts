import { loadOptions } from './options.js';

describe('the arguments of the load test', () => {
  it('fill in what was left out', () => {
    expect(loadOptions(['--scenario', 'steady'])).toEqual({
      scenarios: ['steady'],
      seconds: 10,
      connections: undefined,
      orders: undefined,
      buyers: 200,
      processes: 1,
      json: false,
      limit: false,
      redis: true,
      broker: true,
      profileDirectory: undefined,
    });
  });

  it('name several scenarios in their order', () => {
    expect(loadOptions(['--scenario', 'list,on-sale'])).toMatchObject({ scenarios: ['list', 'on-sale'] });
  });

  it('name all of them at once', () => {
    expect(loadOptions(['--scenario', 'all'])).toMatchObject({
      scenarios: ['steady', 'purchase', 'on-sale', 'list', 'expiry', 'overload'],
    });
  });

  it('can ask for help alone', () => {
    expect(loadOptions(['--help'])).toBe('help');
  });

  it.each([
    [[], /Choose with --scenario: steady/],
    [['--scenario', 'rush'], /There is no scenario "rush"/],
    [['--scenario', 'steady', '--seconds', '0'], /--seconds must be a whole number from 1 to 3600, not "0"/],
    [['--scenario', 'steady', '--connections', 'many'], /--connections must be a whole number/],
    [['--scenario', 'steady', '--orders', '1.5'], /--orders must be a whole number/],
    [['--scenario', 'steady', '--fast'], /--fast/],
  ])('are refused with a sentence: %j', (args, sentence) => {
    expect(() => loadOptions(args)).toThrow(sentence);
  });
});

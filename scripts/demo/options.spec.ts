import { demoOptions } from './options.js';

describe('demo options', () => {
  it('tells the story and serves on the usual ports when nothing is said', () => {
    expect(demoOptions([], {})).toMatchObject({ scenario: true, exit: false, port: 3016, sandboxPort: 3017 });
  });

  it('takes flags and the variables of the service', () => {
    const options = demoOptions(['--no-scenario', '--exit'], {
      PORT: '4016',
      SANDBOX_PORT: '0',
      DEMO_DIR: '/tmp/x',
    });
    expect(options).toMatchObject({
      scenario: false,
      exit: true,
      port: 4016,
      sandboxPort: 0,
      directory: '/tmp/x',
    });
  });

  it('refuses a flag it does not know', () => {
    expect(() => demoOptions(['--quick'], {})).toThrow('The demo does not know --quick.');
  });

  it.each(['abc', '-1', '70000', '3.5'])('refuses %s as a port and names the variable', (text) => {
    expect(() => demoOptions([], { PORT: text })).toThrow(
      `PORT must be a port between 0 and 65535, not "${text}".`,
    );
  });
});

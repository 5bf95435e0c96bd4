import { ConfigError } from '@app/platform';
import { startFailure } from './start-failure.js';

describe('why the service did not start', () => {
  it('lists what is wrong with the configuration and exits 78', () => {
    const failure = startFailure(new ConfigError(['PORT must be a whole number']));
    expect(failure).toEqual({
      sentence: 'The configuration is wrong:\n  - PORT must be a whole number',
      exitCode: 78,
    });
  });

  it('says in a sentence that the port is taken', () => {
    const error = Object.assign(new Error('listen EADDRINUSE'), {
      code: 'EADDRINUSE',
      address: '0.0.0.0',
      port: 3016,
    });
    expect(startFailure(error)).toEqual({
      sentence: 'Port 3016 on 0.0.0.0 is in use. Stop the other process, or set PORT to another one.',
      exitCode: 1,
    });
  });

  it('shows where a bug is', () => {
    expect(startFailure(new TypeError('x is undefined')).sentence).toContain('start-failure.spec');
  });
});

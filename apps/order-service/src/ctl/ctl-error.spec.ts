import { failureOf } from './ctl-error.js';

const withCode = (message: string, code: string): Error => Object.assign(new Error(message), { code });

describe('what to tell of an error', () => {
  it.each([
    [
      'a server that is not there',
      withCode('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'),
      'unreachable',
    ],
    ['a name nobody knows', withCode('getaddrinfo ENOTFOUND db', 'ENOTFOUND'), 'unreachable'],
    ['a server that is starting', withCode('the database system is starting up', '57P03'), 'unreachable'],
    ['a server that is silent', new Error('timeout expired'), 'unreachable'],
    ['a connection that broke', new Error('Connection terminated unexpectedly'), 'unreachable'],
    ['a wrong password', withCode('password authentication failed for user "x"', '28P01'), 'permission'],
    ['a database nobody made', withCode('database "x" does not exist', '3D000'), 'setting'],
    ['anything else', new TypeError('x is not a function'), 'bug'],
    ['what is no error at all', 'text', 'bug'],
  ])('%s', (_what, error, ending) => {
    const failure = failureOf(error);
    expect(failure.ending).toBe(ending);
    expect(failure.sentence).not.toContain('\n');
  });

  it('names every address that was tried', () => {
    const tried = ['::1', '127.0.0.1'].map((address) =>
      withCode(`connect ECONNREFUSED ${address}:1`, 'ECONNREFUSED'),
    );
    const error = Object.assign(new AggregateError(tried), { code: 'ECONNREFUSED' });
    expect(failureOf(error)).toEqual({
      ending: 'unreachable',
      sentence: 'No connection: connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1.',
    });
  });
});

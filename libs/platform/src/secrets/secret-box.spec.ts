import type { Config } from '../config/config-table.js';
import { SecretBox } from './secret-box.js';

const box = (...kids: string[]): SecretBox =>
  new SecretBox({
    APP_SECRETS: kids.map((kid) => ({ kid, key: Buffer.alloc(32, kid) })),
  } as unknown as Config);

describe('SecretBox', () => {
  it('opens what it sealed, in the same context only', () => {
    const sealed = box('a').seal('secret_123', 'payment:1');
    expect(sealed).not.toContain('secret_123');
    expect(box('a').open(sealed, 'payment:1')).toBe('secret_123');
    expect(box('a').open(sealed, 'payment:2')).toBeNull();
  });

  it('still opens texts of an older key after a rotation, and writes with the new one', () => {
    const old = box('a').seal('x', 'c');
    expect(box('b', 'a').open(old, 'c')).toBe('x');
    expect(box('b', 'a').seal('x', 'c').startsWith('b.')).toBe(true);
    expect(box('b').open(old, 'c')).toBeNull();
  });

  it('gives null, never an exception, for tampered or foreign texts', () => {
    const sealed = box('a').seal('x', 'c');
    for (const text of ['', 'a', 'a.', 'z.abcd', `${sealed.slice(0, -2)}zz`, 'a.AAAA'])
      expect(box('a').open(text, 'c')).toBeNull();
  });

  it('verifies a token it signed for this context and refuses every change', () => {
    const token = box('a').sign('{"id":1}', 'list');
    expect(box('a').verify(token, 'list')).toBe('{"id":1}');
    expect(box('a').verify(token, 'other')).toBeNull();
    expect(box('a').verify(token.replace('.', '.x'), 'list')).toBeNull();
    expect(box('a').verify('garbage', 'list')).toBeNull();
  });
});

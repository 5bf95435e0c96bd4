import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config-table.js';
import type { AppSecret } from '../config/config-rows.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals small secrets and signs opaque tokens under APP_SECRETS: the first key writes, every key reads, so keys can be
 * rotated without downtime. AES-256-GCM (NIST SP 800-38D, 96-bit random IV) and HMAC-SHA-256.
 */
@Injectable()
export class SecretBox {
  private readonly keys: readonly AppSecret[];

  constructor(@Inject(CONFIG) config: Config) {
    this.keys = config.APP_SECRETS;
  }

  /** `context` binds the text to its place: a sealed secret copied to another row cannot be opened there. */
  seal(plain: string, context: string): string {
    const { kid, key } = this.writer();
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(context));
    const sealed = Buffer.concat([iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${kid}.${sealed.toString('base64url')}`;
  }

  /** The plain text, or null when no key of ours sealed it in this context. */
  open(sealed: string, context: string): string | null {
    const [kid, text] = sealed.split('.', 2);
    const key = this.keys.find((entry) => entry.kid === kid)?.key;
    if (key === undefined || text === undefined) return null;
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length < IV_BYTES + TAG_BYTES) return null;
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([
        decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)),
        decipher.final(),
      ]).toString('utf8');
    } catch {
      return null;
    }
  }

  /** An opaque token that carries `text` and proves we issued it for this context. */
  sign(text: string, context: string): string {
    const { kid, key } = this.writer();
    const payload = Buffer.from(text).toString('base64url');
    return `${kid}.${payload}.${mac(key, payload, context)}`;
  }

  /** The text of a token we issued for this context; null for every other token. */
  verify(token: string, context: string): string | null {
    const [kid, payload, signature] = token.split('.', 3);
    const key = this.keys.find((entry) => entry.kid === kid)?.key;
    if (key === undefined || payload === undefined || signature === undefined) return null;
    const expected = Buffer.from(mac(key, payload, context));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null;
    return Buffer.from(payload, 'base64url').toString('utf8');
  }

  private writer(): AppSecret {
    const [first] = this.keys;
    if (first === undefined) throw new Error('APP_SECRETS is empty.');
    return first;
  }
}

function mac(key: Buffer, payload: string, context: string): string {
  return createHmac('sha256', key).update(`${context}\n${payload}`).digest('base64url');
}

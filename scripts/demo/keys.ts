import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { DemoDirectory } from './demo-directory.js';

const demoKeysFile = z.object({
  /** `kid:base64`, as APP_SECRETS wants it. */
  appSecrets: z.string(),
  /** ES256, PKCS#8 PEM: signs the service's tokens for its siblings. */
  signingKey: z.string(),
  /** Its public half, SPKI PEM: what the sandbox checks them with. */
  publicKey: z.string(),
});
export type DemoKeys = Readonly<z.infer<typeof demoKeysFile>>;

/** The keys of this demo, made once: with others, what the first start encrypted could not be read by the second. */
export function demoKeys(directory: DemoDirectory): DemoKeys {
  return directory.keep('keys.json', demoKeysFile, () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return {
      appSecrets: `demo:${randomBytes(32).toString('base64')}`,
      signingKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    };
  });
}

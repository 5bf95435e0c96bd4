// Writes docker/.env for compose.yaml: random passwords and a key pair. An existing file is kept, because the
// database was made with its passwords.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('.env', import.meta.url));
if (existsSync(file)) {
  process.stdout.write(`${file} is there already; it was left alone.\n`);
} else {
  writeFileSync(file, environment(), { mode: 0o600, flag: 'wx' });
  process.stdout.write(`Wrote ${file}.\n`);
}

function environment() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const password = () => randomBytes(18).toString('hex');
  const values = {
    POSTGRES_PASSWORD: password(),
    ORDERS_OWNER_PASSWORD: password(),
    ORDERS_LOGIN_PASSWORD: password(),
    RABBITMQ_PASSWORD: password(),
    GRAFANA_PASSWORD: password(),
    SERVICE_SIGNING_KEY: inOneLine(privateKey),
    SERVICE_PUBLIC_KEY_PEM: inOneLine(publicKey),
    APP_SECRETS: `compose:${randomBytes(32).toString('base64')}`,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');
}

/** The service reads \n in two characters as a line end. */
function inOneLine(pem) {
  return pem.trim().replaceAll('\n', String.raw`\n`);
}

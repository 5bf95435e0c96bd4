import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServiceProcess } from '../support/service-process.js';

const ROOT = join(__dirname, '..', '..');
const PRINTED = join(ROOT, 'libs', 'client', 'src', 'generated', 'api.ts');
const MODULES = {
  offline: 'dist/apps/order-service/src/openapi.js',
  types: 'dist/scripts/client-types/client-types.js',
};
// Built code, in a process of its own: Jest compiles neither the OpenAPI plugin's metadata nor ESM-only generators.
const PRINT = `
  const { openApiDocument } = await import('./${MODULES.offline}');
  const { clientTypes } = await import('./${MODULES.types}');
  const served = await (await fetch(process.argv[1] + '/openapi.json')).json();
  const made = JSON.parse(JSON.stringify(await openApiDocument()));
  process.stdout.write(JSON.stringify({ served, made, types: await clientTypes(served) }), () => process.exit(0));
`;

let service: ServiceProcess;
let printed: { readonly served: unknown; readonly made: unknown; readonly types: string };

beforeAll(async () => {
  service = await ServiceProcess.start({ siblings: 'http://127.0.0.1:9' });
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', PRINT, service.url], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1_024 * 1_024,
  });
  printed = JSON.parse(output) as typeof printed;
}, 120_000);

afterAll(() => service.remove());

describe('the types of libs/client', () => {
  it('are those of the document that the service serves; npm run docs:generate prints them', () => {
    expect(readFileSync(PRINTED, 'utf8')).toBe(printed.types);
  });

  it('can be printed without a running service', () => {
    expect(printed.made).toEqual(printed.served);
  });
});

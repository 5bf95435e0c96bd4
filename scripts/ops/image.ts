import { fileURLToPath } from 'node:url';
import { checkImage } from './check-image.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const say = (line: string): void => {
  process.stdout.write(`  ${line}\n`);
};

try {
  await checkImage({ root, isQuick: process.argv.includes('--quick'), say });
  process.stdout.write('The image would work.\n');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const SERVICE_NAME = 'order-service';

/** From the package.json above this file, wherever it was built to. */
export const SERVICE_VERSION = versionAbove(dirname(fileURLToPath(import.meta.url)));

function versionAbove(directory: string): string {
  for (let folder = directory; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    const version = existsSync(file) ? versionIn(file) : undefined;
    if (version !== undefined) return version;
    if (folder === dirname(folder)) return 'unknown';
  }
}

function versionIn(file: string): string | undefined {
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof content !== 'object' || content === null || !('name' in content) || !('version' in content))
    return undefined;
  return content.name === SERVICE_NAME && typeof content.version === 'string' ? content.version : undefined;
}

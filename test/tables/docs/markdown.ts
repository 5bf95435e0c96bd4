const BEHIND =
  '<!-- Printed from the tables in the code by `npm run docs:generate`; a test fails when they differ. -->';

/** A page with its title and where it comes from. */
export function page(title: string, ...parts: readonly string[]): string {
  return `${[`# ${title}`, BEHIND, ...parts].join('\n\n')}\n`;
}

export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

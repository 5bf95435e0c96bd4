import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/yaml-files.js';

const text = readFileSync(join(ROOT, 'docs/scaling.md'), 'utf8');

/** The rows of the tables under a heading, cell by cell. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = text.split(`\n### ${heading}\n`);
  return (section.split(/\n##/)[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

const figures = new Map(rowsUnder('Measured').map(([name = '', figure = '']) => [name, Number(figure)]));
const sums = ['1,000 orders a second', '10 million orders a day'].flatMap((heading) => rowsUnder(heading));

/** `a × b ÷ c`, from left to right; a word is a figure or an earlier result. */
function valueOf(sum: string, known: ReadonlyMap<string, number>): number {
  const [first = '', ...rest] = sum.split(' ');
  let value = operand(first, known);
  for (let index = 0; index < rest.length; index += 2) {
    const next = operand(rest[index + 1] ?? '', known);
    value = rest[index] === '×' ? value * next : value / next;
  }
  return value;
}

function operand(word: string, known: ReadonlyMap<string, number>): number {
  return /^\d/.test(word) ? Number(word) : (known.get(word) ?? Number.NaN);
}

describe('the arithmetic of docs/scaling.md', () => {
  it('starts from figures and sums that are numbers', () => {
    expect(figures.size).toBeGreaterThanOrEqual(8);
    expect([...figures].filter(([, figure]) => Number.isNaN(figure))).toEqual([]);
    expect(sums.length).toBeGreaterThanOrEqual(14);
  });

  it('follows from the measured figures', () => {
    const known = new Map(figures);
    const wrong: string[] = [];
    for (const [name = '', sum = '', result = ''] of sums) {
      const decimals = result.split('.')[1]?.length ?? 0;
      const value = valueOf(sum, known);
      known.set(name, value);
      if (value.toFixed(decimals) !== result)
        wrong.push(`${name}: ${sum} = ${value.toFixed(decimals)}, not ${result}`);
    }

    expect(wrong).toEqual([]);
  });
});

import type { CtlContext } from './ctl-context.js';
import type { ListOptions, Some } from './options.js';
import { counted, table } from './render.js';

/** One thing: as JSON what the service said of it, for people the text. */
export function tell(context: CtlContext, json: true | undefined, thing: unknown, text: () => string): void {
  context.out(json === true ? JSON.stringify(thing, null, 2) : text());
}

/** Many of them, with a line that counts them. */
export function tellList<Item>(
  context: CtlContext,
  options: ListOptions,
  { items, isCut }: Some<Item>,
  look: {
    readonly noun: string;
    readonly plural?: string;
    readonly headings: readonly string[];
    readonly row: (item: Item) => readonly string[];
  },
): void {
  tell(context, options.json, { data: items, hasMore: isCut }, () => {
    const more = isCut ? ` There are more: --limit ${options.limit * 2} shows them.` : '';
    const closing = `${counted(items.length, look.noun, look.plural)}.${more}`;
    return items.length === 0 ? closing : `${table(look.headings, items.map(look.row))}\n${closing}`;
  });
}

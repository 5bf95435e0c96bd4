import { Option, type Command } from 'commander';
import type { Schemas } from '@app/client';
import { serviceClient, type CommandGroup, type CtlContext } from './ctl-context.js';
import { first, jsonOption, limitOption, pageSize, type ListOptions } from './options.js';
import { tell, tellList } from './output.js';
import { members, plain, sheet, when } from './render.js';

type Finding = Schemas['FindingDto'];

interface ListWishes extends ListOptions {
  readonly state?: string;
  readonly kind?: string;
  readonly order?: string;
}

const FINDING = '/api/v1/findings/{findingId}';
const ID = ['<id>', 'of the finding'] as const;

export const FINDING_HEADINGS = ['id', 'kind', 'state', 'first seen', 'subject'] as const;

export function findingRow({ id, kind, state, firstSeenAt, subject }: Finding, now: Date): readonly string[] {
  return [id, plain(kind), state, when(firstSeenAt, now), plain(subject)];
}

/** What the service will not decide alone. */
export const findingCommands: CommandGroup = (program, context) => {
  const finding = program
    .command('finding')
    .description('what the service will not decide alone: list, show, acknowledge, resolve');
  listCommand(finding, context);
  finding
    .command('show')
    .argument(...ID)
    .description('one finding with its details')
    .addOption(jsonOption())
    .action(async (findingId: string, { json }: { readonly json?: true }) => {
      const found = await serviceClient(context).get(FINDING, { path: { findingId } });
      tell(context, json, found, () => findingSheet(found, context.now));
    });
  finding
    .command('acknowledge')
    .argument(...ID)
    .description('says that somebody has seen it and is on it')
    .option('--note <text>', 'kept in the audit log')
    .addOption(jsonOption())
    .action(async (findingId: string, { note, json }: { readonly note?: string; readonly json?: true }) => {
      const seen = await serviceClient(context).post(`${FINDING}/acknowledge`, {
        path: { findingId },
        ...(note === undefined ? {} : { body: { note } }),
      });
      tell(context, json, seen, () => findingSheet(seen, context.now));
    });
  resolveCommand(finding, context);
};

function listCommand(finding: Command, context: CtlContext): void {
  finding
    .command('list')
    .description('findings, newest first')
    .option('--state <states>', 'OPEN, ACKNOWLEDGED, RESOLVED, several with commas', 'OPEN,ACKNOWLEDGED')
    .option('--kind <kind>', 'such as payment_under_review')
    .option('--order <id>', 'of one order')
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(async (options: ListWishes) => {
      const { state, kind, order, limit } = options;
      const query = {
        limit: pageSize(limit),
        ...(state === undefined ? {} : { state: state.toUpperCase() }),
        ...(kind === undefined ? {} : { kind }),
        ...(order === undefined ? {} : { orderId: order }),
      };
      const found = await first(serviceClient(context).each('/api/v1/findings', { query }), limit);
      tellList(context, options, found, {
        noun: 'finding',
        headings: [...FINDING_HEADINGS, 'order'],
        row: (item) => [...findingRow(item, context.now), item.orderId ?? '-'],
      });
    });
}

function resolveCommand(finding: Command, context: CtlContext): void {
  finding
    .command('resolve')
    .argument(...ID)
    .description('settles it: with a note, or by deciding about the money it holds')
    .requiredOption('--note <text>', 'why; kept with the finding and in the audit log')
    .addOption(
      new Option(
        '--action <action>',
        'for money under review: take its tickets again, or pay it back',
      ).choices(['recover', 'refund']),
    )
    .addOption(jsonOption())
    .action(
      async (
        findingId: string,
        options: { readonly note: string; readonly action?: 'recover' | 'refund'; readonly json?: true },
      ) => {
        const { note, action, json } = options;
        const body = { note, ...(action === undefined ? {} : { action }) };
        const settled = await serviceClient(context).post(`${FINDING}/resolve`, {
          path: { findingId },
          body,
        });
        tell(context, json, settled, () => findingSheet(settled, context.now));
      },
    );
}

function findingSheet(finding: Finding, now: Date): string {
  const { acknowledgedAt, acknowledgedBy, resolvedAt, resolvedBy, resolution } = finding;
  const by = (who: string | null): string => (who === null ? '' : ` by ${plain(who)}`);
  return sheet([
    ['finding', finding.id],
    ['kind', plain(finding.kind)],
    ['state', finding.state],
    ['subject', plain(finding.subject)],
    ['order', finding.orderId ?? '-'],
    ['first seen', when(finding.firstSeenAt, now)],
    ['last seen', `${when(finding.lastSeenAt, now)} (${finding.sightings} times in all)`],
    ['acknowledged', `${when(acknowledgedAt, now)}${by(acknowledgedBy)}`],
    [
      'resolved',
      `${when(resolvedAt, now)}${by(resolvedBy)}${resolution === null ? '' : `: ${plain(resolution)}`}`,
    ],
    ['details', members(finding.details)],
    ['actions', finding.allowedActions.length === 0 ? '-' : finding.allowedActions.map(plain).join(', ')],
  ]);
}

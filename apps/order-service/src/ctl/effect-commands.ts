import { Option } from 'commander';
import type { PathOf, Schemas } from '@app/client';
import { serviceClient, type CommandGroup } from './ctl-context.js';
import { first, jsonOption, limitOption, pageSize, type ListOptions } from './options.js';
import { tell, tellList } from './output.js';
import { members, plain, when } from './render.js';

type Effect = Schemas['EffectDto'];

const EFFECTS = '/api/v1/effects' satisfies PathOf<'GET'>;
export const EFFECT_HEADINGS = ['id', 'kind', 'state', 'tries', 'next try', 'outcome'] as const;

export function effectRow(
  { id, kind, state, attempts, dueAt, outcome }: Effect,
  now: Date,
): readonly string[] {
  return [id, kind, state, String(attempts), when(dueAt, now), members(outcome)];
}

/** Calls to siblings that were written down before they were sent. */
export const effectCommands: CommandGroup = (program, context) => {
  const effect = program
    .command('effect')
    .description('calls to ticket-service and payment-service: list, retry');
  effect
    .command('list')
    .description('calls that were refused for good, newest first; or those that are pending')
    .addOption(
      new Option('--state <state>', 'parked waits for you').choices(['parked', 'pending']).default('parked'),
    )
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(async (options: ListOptions & { readonly state: 'parked' | 'pending' }) => {
      const { state, limit } = options;
      const query = { state, limit: pageSize(limit) };
      const found = await first(serviceClient(context).each(EFFECTS, { query }), limit);
      tellList(context, options, found, {
        noun: `${state} call`,
        headings: [...EFFECT_HEADINGS, 'order'],
        row: (item) => [...effectRow(item, context.now), item.orderId],
      });
    });
  effect
    .command('retry')
    .argument('<id>', 'of the call')
    .description('sends a parked call again, with the same key and bytes')
    .option('--reason <text>', 'kept in the audit log')
    .addOption(jsonOption())
    .action(
      async (effectId: string, { reason, json }: { readonly reason?: string; readonly json?: true }) => {
        const sent = await serviceClient(context).post('/api/v1/effects/{effectId}/retry', {
          path: { effectId },
          ...(reason === undefined ? {} : { body: { reason } }),
        });
        tell(
          context,
          json,
          sent,
          () => `${sent.kind} of order ${plain(sent.orderId)} is sent again: ${sent.state}.`,
        );
      },
    );
};

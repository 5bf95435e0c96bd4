import { Option } from 'commander';
import { serviceClient, type CommandGroup } from './ctl-context.js';
import { first, jsonOption, limitOption, pageSize, type ListOptions } from './options.js';
import { tellList } from './output.js';
import { plain, when } from './render.js';

type Outcome = 'done' | 'refused' | 'failed';

/** Who did what. */
export const auditCommands: CommandGroup = (program, context) => {
  program
    .command('audit')
    .description('privileged actions of the tenant: list')
    .command('list')
    .description('what was done, refused or failed, the latest first')
    .addOption(new Option('--outcome <outcome>', 'only these').choices(['done', 'refused', 'failed']))
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(async (options: ListOptions & { readonly outcome?: Outcome }) => {
      const { outcome, limit } = options;
      const query = { limit: pageSize(limit), ...(outcome === undefined ? {} : { outcome }) };
      const found = await first(serviceClient(context).each('/api/v1/audit-log', { query }), limit);
      tellList(context, options, found, {
        noun: 'action',
        headings: ['at', 'who', 'action', 'subject', 'outcome', 'request', 'reason'],
        row: ({ at, actor, action, subject, outcome: how, code, reason, requestId }) => [
          when(at, context.now),
          `${actor.kind} ${plain(actor.id)}`,
          plain(action),
          plain(subject),
          code === null ? how : `${how} ${plain(code)}`,
          plain(requestId ?? '-'),
          plain(reason ?? '-'),
        ],
      });
    });
};

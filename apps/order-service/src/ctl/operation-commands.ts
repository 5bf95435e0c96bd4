import type { Schemas } from '@app/client';
import { serviceClient, type CommandGroup } from './ctl-context.js';
import { first, jsonOption, limitOption, pageSize, type ListOptions } from './options.js';
import { tell, tellList } from './output.js';
import { plain, sheet, table, when } from './render.js';

type Operation = Schemas['OperationDto'];

const ID = ['<id>', 'of the operation'] as const;

/** What ends every order of an event. */
export const operationCommands: CommandGroup = (program, context) => {
  const operation = program
    .command('operation')
    .description('bulk cancellations of called-off events: list, status, resume');
  operation
    .command('list')
    .description('operations, newest first')
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(async (options: ListOptions) => {
      const { limit } = options;
      const query = { limit: pageSize(limit) };
      const found = await first(serviceClient(context).each('/api/v1/operations', { query }), limit);
      tellList(context, options, found, {
        noun: 'operation',
        headings: ['id', 'status', 'done', 'failed', 'of', 'begun', 'event'],
        row: ({ id, status, done, failed, total, createdAt, eventId }) => [
          id,
          status,
          ...[done, failed, total].map(String),
          when(createdAt, context.now),
          eventId,
        ],
      });
    });
  operation
    .command('status')
    .argument(...ID)
    .description('how far one operation is, and which orders need people')
    .addOption(jsonOption())
    .action(async (operationId: string, { json }: { readonly json?: true }) => {
      const found = await serviceClient(context).get('/api/v1/operations/{operationId}', {
        path: { operationId },
      });
      tell(context, json, found, () => operationSheet(found, context.now));
    });
  operation
    .command('resume')
    .argument(...ID)
    .description('takes a paused operation up again at once')
    .addOption(jsonOption())
    .action(async (operationId: string, { json }: { readonly json?: true }) => {
      const path = { operationId };
      const resumed = await serviceClient(context).post('/api/v1/operations/{operationId}/resume', { path });
      tell(context, json, resumed, () => operationSheet(resumed, context.now));
    });
};

function operationSheet(operation: Operation, now: Date): string {
  const { failures, pauseReason } = operation;
  const facts = sheet([
    ['operation', `${operation.id}, ${operation.kind}`],
    ['status', `${operation.status}${pauseReason === null ? '' : ` (${plain(pauseReason)})`}`],
    ['orders', `${operation.done} done, ${operation.failed} failed, of ${operation.total}`],
    ['event', operation.eventId],
    ['reason', plain(operation.reason)],
    ['begun', when(operation.createdAt, now)],
    ['finished', when(operation.finishedAt, now)],
  ]);
  if (failures.length === 0) return facts;
  const rows = failures.map(({ orderId, code, detail }) => [orderId, plain(code), plain(detail)]);
  return `${facts}\n\n${table(['order', 'code', 'what is true'], rows)}`;
}

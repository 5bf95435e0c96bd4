import { Option, type Command } from 'commander';
import { setting, type CommandGroup, type CtlContext } from './ctl-context.js';
import { CtlError } from './ctl-error.js';
import { jsonOption, limitOption, type ListOptions } from './options.js';
import { tellList } from './output.js';
import { plain, when } from './render.js';

interface Wishes extends ListOptions {
  readonly queue?: 'events' | 'rpc';
  readonly id?: string;
  readonly all?: true;
}

/** Messages that were given up. */
export const deadLetterCommands: CommandGroup = (program, context) => {
  const deadLetter = program.command('dead-letter').description('messages that were given up: list, replay');
  withOptions(deadLetter.command('list'))
    .description('shows them, oldest first, and leaves them where they are')
    .action(async (options: Wishes) => work('list', options, context));
  withOptions(deadLetter.command('replay'))
    .description('puts them back into the queue they came from')
    .option('--all', 'every message, up to the limit')
    .action(async (options: Wishes, command: Command) => {
      if (options.id === undefined && options.all !== true)
        command.error('error: say which one: --id <id>, or --all');
      await work('replay', options, context);
    });
};

function withOptions(command: Command): Command {
  return command
    .addOption(new Option('--queue <queue>', 'of events or of questions only').choices(['events', 'rpc']))
    .option('--id <id>', 'of one message')
    .addOption(limitOption())
    .addOption(jsonOption());
}

async function work(action: 'list' | 'replay', options: Wishes, context: CtlContext): Promise<void> {
  const url = setting(
    context,
    'RABBITMQ_URL',
    'the address of the broker, such as amqp://guest:guest@127.0.0.1:5672',
  );
  const { deadLetters } = await import('./dead-letter-work.js');
  const letters = await deadLetters({
    action,
    queue: options.queue,
    id: options.id,
    limit: options.limit,
    url,
    prefix: context.environment['RABBITMQ_PREFIX']?.trim() ?? '',
  });
  if (options.id !== undefined && letters.length === 0)
    throw new CtlError('refused', `There is no dead message with the id ${plain(options.id)}.`);
  tellList(
    context,
    options,
    { items: letters, isCut: false },
    {
      noun: action === 'list' ? 'dead message' : 'message put back',
      plural: action === 'list' ? 'dead messages' : 'messages put back',
      headings: ['given up', 'queue', 'pattern', 'id', 'reason', 'detail'],
      row: ({ buriedAt, queue, pattern, id, reason, detail }) => [
        when(buriedAt, context.now),
        queue,
        plain(pattern ?? '-'),
        plain(id ?? '-'),
        plain(reason),
        plain(detail ?? '-'),
      ],
    },
  );
}

import { runDeadLetters, type DeadLetter } from './dead-letters.js';
import { USAGE, UsageError, deadLetterOptions, type DeadLetterOptions } from './options.js';

const EXIT_OK = 0;
const EXIT_FAILURE = 1;
/** EX_USAGE of sysexits.h. */
const EXIT_USAGE = 64;

function tell(letters: readonly DeadLetter[], options: DeadLetterOptions): void {
  if (options.json) {
    console.log(JSON.stringify({ action: options.action, count: letters.length, messages: letters }));
    return;
  }
  for (const { queue, id, pattern, reason, detail, buriedAt } of letters) {
    console.log([buriedAt ?? '-', queue, pattern ?? '-', id ?? '-', reason].join('  '));
    if (detail !== null) console.log(`    ${detail}`);
  }
  const noun = letters.length === 1 ? 'message' : 'messages';
  console.log(
    options.action === 'list'
      ? `${letters.length} dead ${noun}.`
      : `${letters.length} ${noun} put back into ${letters.length === 1 ? 'its queue' : 'their queues'}.`,
  );
}

/** A sentence for an operator. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 404)
    return 'The broker has no such queue. Start the service once: it declares its queues.';
  if ('code' in error && typeof error.code === 'string')
    return `The broker at RABBITMQ_URL does not answer (${error.code}).`;
  return error.message;
}

async function main(words: readonly string[]): Promise<number> {
  if (words.includes('--help')) {
    console.log(USAGE);
    return EXIT_OK;
  }
  try {
    const options = deadLetterOptions(words, process.env);
    const letters = await runDeadLetters(options);
    tell(letters, options);
    if (options.id === undefined || letters.length > 0) return EXIT_OK;
    console.error(`There is no dead message with the id ${options.id}.`);
    return EXIT_FAILURE;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${USAGE}`);
      return EXIT_USAGE;
    }
    console.error(sentenceOf(error));
    return EXIT_FAILURE;
  }
}

process.exitCode = await main(process.argv.slice(2));

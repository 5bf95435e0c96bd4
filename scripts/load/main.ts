import { compareBooks, listen } from './compare-books.js';
import { loadOptions, USAGE, type LoadOptions } from './options.js';
import { newBuyers } from './people.js';
import { booksLines, isPassed, scenarioLines, type LoadReport } from './report.js';
import { SCENARIOS } from './scenarios/index.js';
import { AnswerBook } from './stage.js';
import { LoadStack } from './stack.js';

const EXIT = { passed: 0, failed: 1, usage: 2, stopped: 130 } as const;

function optionsOrUsage(): LoadOptions | number {
  try {
    const options = loadOptions(process.argv.slice(2));
    if (options !== 'help') return options;
    process.stdout.write(`${USAGE}\n`);
    return EXIT.passed;
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    return EXIT.usage;
  }
}

/** With --json standard output is one document; whatever else there is to say goes to standard error. */
function voiceOf({ json }: LoadOptions): (line: string) => void {
  const stream = json ? process.stderr : process.stdout;
  return (line) => {
    stream.write(`${line}\n`);
  };
}

async function play(
  stack: LoadStack,
  options: LoadOptions,
  say: (line: string) => void,
): Promise<LoadReport> {
  const answers = new AnswerBook();
  const listener = await listen(stack);
  try {
    const buyers = await newBuyers(stack, options.buyers);
    const scenarios: LoadReport['scenarios'][number][] = [];
    for (const name of options.scenarios) {
      const result = { name, ...(await SCENARIOS[name]({ stack, options, buyers, answers, say })) };
      scenarios.push(result);
      for (const line of scenarioLines(result)) say(line);
    }
    const books = await compareBooks(stack, answers, listener);
    for (const line of booksLines(books)) say(line);
    const { seconds, buyers: count, processes } = options;
    return {
      options: {
        seconds,
        buyers: count,
        processes,
        redis: stack.hasRedis,
        broker: stack.broker !== undefined,
      },
      scenarios,
      books,
      isPassed: isPassed({ scenarios, books }),
    };
  } finally {
    await listener?.close();
  }
}

async function load(): Promise<number> {
  const options = optionsOrUsage();
  if (typeof options === 'number') return options;
  const say = voiceOf(options);
  const asked = untilAskedToStop();
  const stack = await LoadStack.start(options, say);
  try {
    const report = await Promise.race([play(stack, options, say), asked]);
    if (report === 'asked') return EXIT.stopped;
    if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    else say(report.isPassed ? '\nall of it as it should be' : '\nnot as it should be: see the lines with ✗');
    return report.isPassed ? EXIT.passed : EXIT.failed;
  } finally {
    await stack.stop();
  }
}

function untilAskedToStop(): Promise<'asked'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        resolve('asked');
      });
  });
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const code = await load().catch((error: unknown) => {
  process.stderr.write(`The load test stopped: ${sentenceOf(error)}\n`);
  return EXIT.failed;
});
process.exit(code);

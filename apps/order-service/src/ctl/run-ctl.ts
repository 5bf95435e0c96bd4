import { CommanderError } from 'commander';
import { ctlProgram } from './ctl-program.js';
import type { CtlContext } from './ctl-context.js';
import { EXIT_CODES, failureOf, type Ending } from './ctl-error.js';

/**
 * The operators' command line.
 * @returns the exit code; what went wrong is told in a sentence, and as JSON beside `--json`
 */
export async function runCtl(words: readonly string[], context: CtlContext): Promise<number> {
  let ending: Ending = 'done';
  try {
    await ctlProgram(context, (other) => {
      ending = other;
    }).parseAsync(words, { from: 'user' });
    return EXIT_CODES[ending].code;
  } catch (error) {
    // The parser has said what is wrong, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage.code;
    const { ending: end, sentence, ...rest } = failureOf(error);
    const { code } = EXIT_CODES[end];
    if (words.includes('--json'))
      context.err(JSON.stringify({ error: { exitCode: code, message: sentence, ...rest } }));
    else context.err(sentence);
    return code;
  }
}

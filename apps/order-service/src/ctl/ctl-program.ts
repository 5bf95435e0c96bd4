import { Command } from 'commander';
import { auditCommands } from './audit-commands.js';
import type { CommandGroup, CtlContext } from './ctl-context.js';
import { EXIT_CODES, type Ending } from './ctl-error.js';
import { deadLetterCommands } from './dead-letter-commands.js';
import { effectCommands } from './effect-commands.js';
import { findingCommands } from './finding-commands.js';
import { migrationCommands } from './migration-commands.js';
import { operationCommands } from './operation-commands.js';
import { orderCommands } from './order-commands.js';

const GROUPS: readonly CommandGroup[] = [
  orderCommands,
  effectCommands,
  findingCommands,
  operationCommands,
  auditCommands,
  deadLetterCommands,
];

const HELP = `
Every command prints for people, or with --json one JSON document. Secrets come from the environment only:

  ORDER_SERVICE_URL       where order-service answers; for order, effect, finding, operation and audit
  ORDER_SERVICE_TOKEN     an admin's access token, for the same
  RABBITMQ_URL            the broker, for dead-letter; its names begin with RABBITMQ_PREFIX
  DATABASE_MIGRATION_URL  the database, for migration; DATABASE_URL when unset

Exit codes:

${Object.values(EXIT_CODES)
  .map(({ code, meaning }) => `  ${String(code).padStart(2)}  ${meaning}`)
  .join('\n')}`;

/** @param end how the program ends although nothing failed */
export function ctlProgram(context: CtlContext, end: (ending: Ending) => void): Command {
  const program = new Command('order-service')
    .description("The operators' command line of order-service.")
    .addHelpText('after', HELP)
    .showHelpAfterError('(--help tells what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out(text.trimEnd()),
      writeErr: (text) => context.err(text.trimEnd()),
    });
  for (const group of GROUPS) group(program, context);
  migrationCommands(program, context, end);
  return program;
}

import type { Command } from 'commander';
import type { CtlContext } from './ctl-context.js';
import type { Ending } from './ctl-error.js';
import { jsonOption } from './options.js';
import { tell } from './output.js';
import { plain, table } from './render.js';

/** What this build brings and what the database has. */
export function migrationCommands(
  program: Command,
  context: CtlContext,
  end: (ending: Ending) => void,
): void {
  program
    .command('migration')
    .description('migrations of the database: status')
    .command('status')
    .description('compares this build with the database; exit code 1 while a migration is missing')
    .addOption(jsonOption())
    .action(async ({ json }: { readonly json?: true }) => {
      // What talks to servers itself is loaded for the commands that need it: the others answer at once.
      const { readMigrationStatus } = await import('./migration-work.js');
      const status = await readMigrationStatus(context.environment);
      const { applied, missing, unknown } = status;
      const isUpToDate = missing.length === 0;
      tell(context, json, { isUpToDate, ...status }, () => {
        const known = applied.filter((name) => !unknown.includes(name));
        const rows = [
          ...known.map((name) => [plain(name), 'applied']),
          ...unknown.map((name) => [plain(name), 'unknown: a newer build applied it']),
          ...missing.map((name) => [plain(name), 'missing']),
        ];
        const verdict = isUpToDate
          ? 'The database is up to date.'
          : 'The database is not up to date: npm run migrate.';
        return `${table(['migration', 'state'], rows)}\n${verdict}`;
      });
      if (!isUpToDate) end('refused');
    });
}

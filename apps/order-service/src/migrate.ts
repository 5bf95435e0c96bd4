import { loadMigrationConfig, runMigrations } from '@app/platform';
import { startFailure } from './start-failure.js';

/** `npm run migrate`: applies missing migrations and ends; needs no other setting than the database's. */
try {
  const { applied } = await runMigrations(loadMigrationConfig(process.env));
  process.stdout.write(
    applied.length === 0 ? 'Every migration was applied before.\n' : `Applied ${applied.join(', ')}.\n`,
  );
} catch (error) {
  const { sentence, exitCode } = startFailure(error);
  process.stderr.write(`${sentence}\n`);
  process.exitCode = exitCode;
}

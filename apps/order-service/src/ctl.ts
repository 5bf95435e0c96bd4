#!/usr/bin/env node
import { systemClock } from '@app/kernel';
import { runCtl } from './ctl/run-ctl.js';

// A reader that went away (`| head`) wants no more.
process.stdout.on('error', () => process.exit(0));
process.exitCode = await runCtl(process.argv.slice(2), {
  environment: process.env,
  now: systemClock.now(),
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
});

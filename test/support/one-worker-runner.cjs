const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

// Jest's own runner, found through Jest: it is no dependency of ours by name.
const core = require.resolve('@jest/core', { paths: [require.resolve('jest')] });
const { default: TestRunner } = require(require.resolve('jest-runner', { paths: [core] }));

/**
 * Runs the files of a project one after the other, each in a worker process: they share servers and cores, and a test
 * that leaks a handle or calls process.exit must not take Jest with it. `{ build: true }` first builds dist/, which the
 * tests of that project start.
 */
class OneWorkerRunner extends TestRunner {
  constructor(globalConfig, context, options) {
    super({ ...globalConfig, maxWorkers: 1 }, context);
    this.options = options ?? {};
  }

  async runTests(tests, watcher, options) {
    if (this.options.build === true) build();
    await super.runTests(tests, watcher, { ...options, serial: false });
  }
}

function build() {
  const script = join(__dirname, '..', '..', 'scripts', 'build.mjs');
  const { status } = spawnSync(process.execPath, [script, '--if-stale'], { stdio: ['ignore', 2, 2] });
  if (status !== 0)
    throw new Error('The tests of this project start the built service, and it could not be built.');
}

module.exports = OneWorkerRunner;

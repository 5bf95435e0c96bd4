const { writeFileSync, writeSync } = require('node:fs');

/**
 * Ends a run with the line `N passed, N failed`. It is written when the process exits, because Jest's own summary
 * comes after every reporter; straight to the file descriptor, because Jest has closed process.stdout by then. A file
 * that could not run at all counts as one failed test, and so does coverage below its threshold.
 * CLOSING_LINE_FILE takes the two numbers instead, for a caller that adds up several runs.
 */
class ClosingLineReporter {
  constructor() {
    this.counts = { passed: 0, failed: 1 };
    process.once('exit', () => this.close());
  }

  onRunComplete(_contexts, results) {
    const broken = results.numRuntimeErrorTestSuites + (results.runExecError === undefined ? 0 : 1);
    this.counts = { passed: results.numPassedTests, failed: results.numFailedTests + broken };
    this.results = results;
  }

  close() {
    const { passed } = this.counts;
    // Coverage is judged after the last reporter; `success` knows of it by the time the process exits.
    const failed = this.counts.failed === 0 && this.results?.success === false ? 1 : this.counts.failed;
    const file = process.env.CLOSING_LINE_FILE;
    if (file === undefined) writeSync(1, `\n${passed} passed, ${failed} failed\n`);
    else writeFileSync(file, `${passed} ${failed}\n`);
  }
}

module.exports = ClosingLineReporter;

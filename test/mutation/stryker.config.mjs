/** What is decided without a database or a sibling: a change to any of it must be noticed by a test in seconds. */
const PURE = [
  'libs/kernel/src/*.ts',
  'libs/pricing/src/*.ts',
  '!libs/pricing/src/*.{store,module}.ts',
  'libs/orders/src/domain/*.ts',
  'libs/orders/src/effects/{backoff,catalog}.ts',
  'libs/locking/src/lock-keys.ts',
  '!**/{index,*.spec}.ts',
  // Texts for people: docs/generated/errors.md is held against them.
  '!libs/kernel/src/error-catalog.ts',
];

/** The specs of those files: plain `describe`, `it` and `expect`, which run in milliseconds. */
const SPECS = [
  ...['kernel', 'pricing', 'orders/src/domain'].map((folder) => `libs/${folder}/**/*.spec.ts`),
  'libs/locking/src/lock-keys.spec.ts',
  'libs/orders/src/effects/backoff.spec.ts',
  'libs/orders/src/effects/catalog.spec.ts',
  'test/tables/state-machine.spec.ts',
  'test/tables/payment-outcomes.spec.ts',
];

export default {
  mutate: PURE,
  testRunner: 'mocha',
  mochaOptions: { spec: SPECS, require: ['./test/mutation/specs-for-mocha.cjs'] },
  plugins: ['@stryker-mutator/mocha-runner'],
  coverageAnalysis: 'perTest',
  // Tables are made once at load; docs/generated is held against them.
  ignoreStatic: true,
  concurrency: 2,
  // A busy machine is no endless loop.
  timeoutMS: 20_000,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  ignorePatterns: ['dist', 'docs', 'docker', 'coverage', 'reports', '.demo'],
  reporters: ['progress-append-only', 'clear-text', 'json', 'html'],
  clearTextReporter: { allowColor: false, reportTests: false, skipFull: true },
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  htmlReporter: { fileName: 'reports/mutation/index.html' },
  thresholds: { high: 95, low: 90, break: 85 },
};

const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

// Nest 12 is ESM-only while Jest 30 on Node 20 loads CommonJS: every installed
// "type": "module" package is compiled with our own TypeScript.
const modulesDir = join(__dirname, 'node_modules');
const packageNames = readdirSync(modulesDir)
  .filter((name) => !name.startsWith('.'))
  .flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(modulesDir, name)).map((sub) => `${name}/${sub}`) : [name],
  );
const esmPackageNames = packageNames.filter((name) => {
  try {
    return JSON.parse(readFileSync(join(modulesDir, name, 'package.json'), 'utf8')).type === 'module';
  } catch {
    return false;
  }
});

const swc = (parser, transform) => [
  '@swc/jest',
  {
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'commonjs' },
    jsc: { target: 'es2023', keepClassNames: true, parser, ...(transform ? { transform } : {}) },
  },
];

const common = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': swc(
      { syntax: 'typescript', decorators: true, dynamicImport: true },
      { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    ),
    '^.+\\.m?js$': swc({ syntax: 'ecmascript' }),
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmPackageNames.join('|')})/)`],
  moduleNameMapper: {
    '^@app/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  // Mutation tests work in a copy of the repository there.
  modulePathIgnorePatterns: ['<rootDir>/.stryker-tmp/'],
};

const withServers = {
  ...common,
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/patience.ts'],
};
const oneWorker = '<rootDir>/test/support/one-worker-runner.cjs';
const besideTheCode = (suffix) =>
  ['libs', 'apps', 'scripts'].map((root) => `<rootDir>/${root}/**/*${suffix}`);

/**
 * Unit and table tests need no server; the others (in test/, or beside the code as *.integration.spec.ts) share real
 * ones started once by the global set-up.
 */
module.exports = {
  rootDir: __dirname,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/test/support/closing-line-reporter.cjs'],
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: [...besideTheCode('.spec.ts'), '<rootDir>/test/tables/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.integration\\.spec\\.ts$'],
    },
    {
      ...withServers,
      displayName: 'integration',
      runner: oneWorker,
      testMatch: [...besideTheCode('.integration.spec.ts'), '<rootDir>/test/integration/**/*.spec.ts'],
    },
    {
      ...withServers,
      displayName: 'e2e',
      runner: [oneWorker, { build: true }],
      testMatch: ['<rootDir>/test/e2e/**/*.spec.ts', '<rootDir>/test/faults/**/*.spec.ts'],
    },
  ],
  coverageProvider: 'babel',
  coverageReporters: ['text-summary', 'json', 'html'],
  collectCoverageFrom: [
    'libs/**/*.ts',
    'apps/order-service/**/*.ts',
    '!**/*.spec.ts',
    '!**/testing/**',
    '!**/index.ts',
  ],
  // A folder as a whole, by everything that runs: a run of some tests alone falls below.
  coverageThreshold: {
    './libs/pricing/': { branches: 90 },
    './libs/orders/': { branches: 90 },
    './libs/platform/': { branches: 90 },
  },
};

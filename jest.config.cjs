const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

// Nest 12 is ESM-only while Jest 30 on Node 20 loads CommonJS: every installed
// "type": "module" package is compiled with our own TypeScript.
const modulesDir = join(__dirname, 'node_modules');
const packageNames = readdirSync(modulesDir)
  .filter((name) => !name.startsWith('.'))
  .flatMap((name) => (name.startsWith('@') ? readdirSync(join(modulesDir, name)).map((sub) => `${name}/${sub}`) : [name]));
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
};

/** Unit and table tests need no server; the others share real ones started once by the global set-up. */
module.exports = {
  rootDir: __dirname,
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/libs/**/*.spec.ts', '<rootDir>/apps/**/*.spec.ts', '<rootDir>/scripts/**/*.spec.ts', '<rootDir>/test/tables/**/*.spec.ts'],
    },
    {
      ...common,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/integration/**/*.spec.ts'],
    },
    {
      ...common,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/**/*.spec.ts', '<rootDir>/test/faults/**/*.spec.ts'],
    },
  ],
  collectCoverageFrom: ['libs/**/*.ts', 'apps/order-service/**/*.ts', '!**/*.spec.ts', '!**/index.ts'],
};

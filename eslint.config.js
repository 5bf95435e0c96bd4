import tseslint from 'typescript-eslint';

/** Where time, environment and the network may be touched directly; everywhere else they come through one door. */
const OUTSIDE_PRODUCTION = ['test/**', 'scripts/**', 'apps/sandbox/**', '**/*.spec.ts'];
const ENVIRONMENT_DOORS = ['libs/platform/src/config/**', 'apps/*/src/main.ts', 'apps/*/src/migrate.ts'];
const CLOCK_DOORS = ['libs/kernel/src/**'];
const HTTP_DOORS = [
  'libs/platform/src/upstream/**',
  'libs/platform/src/http/jwks-source.ts',
  // What other teams call us with.
  'libs/client/src/**',
];

const DEFAULT_EXPORT = [
  {
    selector: 'ExportDefaultDeclaration',
    message: 'Export by name: a default export is called differently by everyone.',
  },
  {
    selector: 'ExportSpecifier[exported.name="default"]',
    message: 'Export by name: a default export is called differently by everyone.',
  },
];
const ENUM = [
  { selector: 'TSEnumDeclaration', message: 'Use a union type or an `as const` table instead of an enum.' },
];
const SILENCED_TEST = [
  {
    selector:
      'CallExpression > MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo|failing)$/]',
    message: 'Every test runs, always: no only, skip, todo or failing.',
  },
  {
    selector: 'CallExpression[callee.name=/^(xit|xtest|xdescribe|fit|fdescribe)$/]',
    message: 'Every test runs, always: no only, skip, todo or failing.',
  },
];
const ENVIRONMENT = [
  {
    selector:
      'MemberExpression[object.name="process"][property.name="env"], MemberExpression[object.name="process"][property.value="env"]',
    message: 'The environment is read by libs/platform/src/config only.',
  },
  {
    selector: 'VariableDeclarator[init.name="process"] > ObjectPattern > Property[key.name="env"]',
    message: 'The environment is read by libs/platform/src/config only.',
  },
];
const CLOCK = [
  {
    selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
    message: 'Time comes from the Clock.',
  },
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'Time comes from the Clock.',
  },
  { selector: 'CallExpression[callee.name="Date"]', message: 'Time comes from the Clock.' },
];
const HTTP = [
  {
    selector:
      'CallExpression[callee.name="fetch"], MemberExpression[object.name="globalThis"][property.name="fetch"]',
    message: 'HTTP leaves through the upstream client only.',
  },
];
const HTTP_MODULES = ['undici', 'axios', 'node:http', 'node:https', 'http', 'https'].map((name) => ({
  name,
  message: 'HTTP leaves through the upstream client only.',
  allowTypeImports: true,
}));

const ALWAYS = [...DEFAULT_EXPORT, ...ENUM, ...SILENCED_TEST];

/** `no-restricted-syntax` is one rule, and a later entry replaces an earlier one: each folder gets its whole list. */
function restricted(files, selectors, ignores = []) {
  return { files, ignores, rules: { 'no-restricted-syntax': ['error', ...selectors] } };
}

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'coverage/',
      'node_modules/',
      '.demo/',
      '.stryker-tmp/',
      'reports/',
      'libs/client/src/generated/',
      '**/*.cjs',
      '**/*.mjs',
      'eslint.config.js',
    ],
  },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      // `== null` is the one comparison that means null or undefined.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-param-reassign': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': true, minimumDescriptionLength: 1000 },
      ],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      // Destructuring is how a property is left out of a copy.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { ignoreRestSiblings: true, argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `async` without `await` turns a throw into a rejection, which is what callers of a promise expect.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      // Decorator metadata is written from the annotation, not from the value.
      '@typescript-eslint/no-inferrable-types': ['error', { ignoreProperties: true }],
      // Nest declares its options as classes and takes literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Nest's modules, and providers found by decorator, are classes without members.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
    },
  },
  {
    files: ['**/*.ts'],
    // client-error.ts names status texts, it calls nobody.
    ignores: [...HTTP_DOORS, ...OUTSIDE_PRODUCTION, 'libs/platform/src/http/client-error.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { paths: HTTP_MODULES }] },
  },
  restricted(['**/*.ts'], [...ALWAYS, ...ENVIRONMENT, ...CLOCK, ...HTTP]),
  restricted(CLOCK_DOORS, [...ALWAYS, ...ENVIRONMENT, ...HTTP]),
  restricted(HTTP_DOORS, [...ALWAYS, ...ENVIRONMENT, ...CLOCK]),
  restricted(ENVIRONMENT_DOORS, [...ALWAYS, ...CLOCK, ...HTTP]),
  restricted(OUTSIDE_PRODUCTION, ALWAYS),
  // Jest calls the default export of these two.
  restricted(
    ['test/support/global-setup.ts', 'test/support/global-teardown.ts'],
    [...ENUM, ...SILENCED_TEST],
  ),
  {
    files: ['**/*.spec.ts', 'test/**'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 800 }],
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  // A table or a schema is as long as what it lists.
  { files: ['**/*-table.ts', '**/migrations/**'], rules: { 'max-lines': 'off' } },
  // The demo tells its story on standard output.
  { files: ['scripts/**', 'test/load/**'], rules: { 'no-console': 'off' } },
);

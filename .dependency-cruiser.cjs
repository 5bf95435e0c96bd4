/** Who may use whom. Specs, and what helps them in testing/ folders, may reach into anything. */
const SPEC = '\\.spec\\.ts$|/testing/';
const lib = (...names) => `^libs/(?:${names.join('|')})/`;

const ALLOWED_LIBS = {
  kernel: [],
  client: [],
  platform: ['kernel'],
  locking: ['platform', 'kernel'],
  pricing: ['platform', 'kernel'],
  tickets: ['platform', 'kernel'],
  payments: ['platform', 'kernel'],
  health: ['platform', 'kernel'],
  orders: ['pricing', 'payments', 'tickets', 'locking', 'platform', 'kernel'],
};

/** One rule a library: of the other libraries it may use the listed ones only, and never an application. */
const directions = Object.entries(ALLOWED_LIBS).map(([name, allowed]) => ({
  name: `direction-${name}`,
  comment: `libs/${name} may use ${allowed.length === 0 ? 'no other library' : allowed.join(', ')}, and no application.`,
  severity: 'error',
  from: { path: lib(name), pathNot: SPEC },
  to: { path: '^(?:libs|apps|test|scripts)/', pathNot: lib(name, ...allowed) },
}));

/** Packages that are one door: only these folders may open it. */
const door = (packages, folders, why) => ({
  name: `door-${packages[0].replaceAll(/[^a-z]/g, '')}`,
  comment: why,
  severity: 'error',
  from: { pathNot: ['^(?:test|scripts)/', SPEC, ...folders] },
  to: {
    path: packages.map(
      (name) =>
        `(?:^|/)node_modules/${name.includes('/') || name.endsWith('$') ? name : `(?:@types/)?${name}/`}`,
    ),
  },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    ...directions,
    {
      name: 'libraries-entered-through-index',
      comment: 'Another library is entered through its index.ts.',
      severity: 'error',
      from: { path: '^(libs/[^/]+|apps/[^/]+|test|scripts)/', pathNot: `${SPEC}|^test/` },
      to: { path: '^libs/[^/]+/', pathNot: ['^libs/[^/]+/src/index\\.ts$', '^$1/'] },
    },
    {
      name: 'libraries-named-by-alias',
      comment: 'Another library is imported as @app/<name>, never by a relative path.',
      severity: 'error',
      from: { path: '^(libs/[^/]+|apps/[^/]+|test|scripts)/', pathNot: '^(?:test|scripts)/' },
      to: { path: '^libs/', pathNot: '^$1/', dependencyTypes: ['local'], dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'own-library-by-relative-path',
      comment: 'A library that imports itself as @app/<name> runs in a circle through its index.',
      severity: 'error',
      from: { path: '^(libs/[^/]+)/' },
      to: { path: '^$1/', dependencyTypes: ['aliased'] },
    },
    {
      name: 'pricing-rules-are-pure',
      comment: 'Money is computed from the kernel alone; only stores and the module touch the platform.',
      severity: 'error',
      from: {
        path: '^libs/pricing/src/',
        pathNot: ['\\.store\\.ts$', '\\.module\\.ts$', '/index\\.ts$', SPEC],
      },
      to: { pathNot: ['^libs/pricing/src/(?!.*\\.(?:store|module)\\.ts$)', '^libs/kernel/'] },
    },
    {
      name: 'orders-domain-is-pure',
      comment: 'The state machine and its tables depend on the kernel alone.',
      severity: 'error',
      from: { path: '^libs/orders/src/domain/', pathNot: SPEC },
      // Types are erased: the domain may name what pricing decides, and call nothing of it.
      to: { pathNot: ['^libs/orders/src/domain/', '^libs/kernel/'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'kernel-is-pure',
      comment: 'The kernel uses Node and nothing else.',
      severity: 'error',
      from: { path: '^libs/kernel/', pathNot: SPEC },
      to: { path: '(?:^|/)node_modules/' },
    },
    {
      name: 'client-stands-alone',
      comment: 'Other teams take the client as it is: it needs Node and nothing else.',
      severity: 'error',
      from: { path: '^libs/client/', pathNot: SPEC },
      to: { path: '(?:^|/)node_modules/' },
    },
    {
      name: 'sandbox-stands-apart',
      comment:
        'The sandbox imitates the siblings: sharing more than the kernel with the service would share its mistakes.',
      severity: 'error',
      from: { path: '^apps/sandbox/' },
      to: { path: '^(?:libs|apps|test|scripts)/', pathNot: ['^apps/sandbox/', '^libs/kernel/'] },
    },
    {
      name: 'service-without-sandbox',
      comment: 'Production never loads the sandbox, tests or scripts.',
      severity: 'error',
      from: { path: '^apps/order-service/', pathNot: SPEC },
      to: { path: '^(?:apps/sandbox|test|scripts)/' },
    },
    {
      name: 'scripts-stand-alone',
      comment:
        'scripts/ is compiled by plain tsc, which rewrites no @app alias; the client stands alone as well.',
      severity: 'error',
      from: { path: '^scripts/', pathNot: SPEC },
      to: { path: '^(?:libs|apps|test)/', pathNot: '^libs/client/' },
    },
    door(
      ['typeorm', 'pg', '@nestjs/typeorm'],
      ['^libs/platform/src/database/'],
      'SQL goes through the transaction handle of libs/platform/src/database.',
    ),
    door(
      ['amqplib', 'amqp-connection-manager'],
      ['^libs/platform/src/messaging/', '^libs/health/', '^apps/sandbox/'],
      'AMQP goes through the outbox.',
    ),
    door(
      ['undici'],
      // Keys are fetched before any service token exists, so they do not pass through the upstream client.
      ['^libs/platform/src/upstream/', '^libs/platform/src/http/jwks-source\\.ts$', '^apps/sandbox/'],
      'HTTP leaves through the upstream client only.',
    ),
    door(
      ['@opentelemetry/'],
      ['^libs/platform/src/tracing/'],
      'Spans are made through libs/platform/src/tracing, which costs nothing while tracing is off.',
    ),
    {
      name: 'tracing-is-loaded-when-it-is-on',
      comment:
        'The OpenTelemetry SDK and its exporter are imported dynamically: whoever does not trace loads nothing.',
      severity: 'error',
      from: { path: '^(?:libs|apps)/', pathNot: SPEC },
      to: {
        path: '^libs/platform/src/tracing/tracing-sdk\\.ts$',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'A package is used at run time only when package.json names it.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-development-packages-in-production',
      severity: 'error',
      from: { path: '^(?:libs|apps)/', pathNot: SPEC },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-test-support-in-production',
      comment: 'What helps specs (testing/ folders) may need packages that production does not have.',
      severity: 'error',
      from: { path: '^(?:libs|apps|scripts)/', pathNot: SPEC },
      to: { path: '/testing/|\\.spec\\.ts$' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:dist|coverage)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

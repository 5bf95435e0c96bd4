const Module = require('node:module');
const { join } = require('node:path');
const Mocha = require('mocha');
const { transformSync } = require('@swc/core');
const { transform } = require('../../jest.config.cjs').projects[0];

// Jest begins every run afresh, which costs a second a mutant. Mocha loads a spec once and runs it again in
// milliseconds, so here the same specs run under it, with Jest's own `expect` and `each`.
const jest = require.resolve('jest');
const ofJest = (name) => require(require.resolve(name, { paths: [jest] }));
const { bind } = ofJest('jest-each');
globalThis.expect = ofJest('expect').expect;

const { bdd } = Mocha.interfaces;
Mocha.interfaces.bdd = (suite) => {
  bdd(suite);
  suite.on('pre-require', (globals) => {
    globals.it.each = bind(globals.it, false);
  });
};

const ROOT = join(__dirname, '..', '..');
const [, swcOptions] = transform['^.+\\.ts$'];

Module._extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(Module._load('node:fs').readFileSync(filename, 'utf8'), {
    ...swcOptions,
    filename,
  });
  module._compile(code, filename);
};

const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  const library = /^@app\/([^/]+)$/.exec(request)?.[1];
  const isOurs = /^\.{1,2}\/.*\.js$/.test(request) && parent?.filename?.endsWith('.ts') === true;
  const target =
    library === undefined
      ? isOurs
        ? request.replace(/\.js$/, '.ts')
        : request
      : join(ROOT, 'libs', library, 'src', 'index.ts');
  return resolve.call(this, target, parent, ...rest);
};

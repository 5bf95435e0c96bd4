// What operators deploy, tested as it is built: `npm run check:ops` runs these, because they need programs (kubectl,
// pgbouncer) that nobody should have to install for `npm test`.
const { projects, ...common } = require('./jest.config.cjs');

const integration = projects.find(({ displayName }) => displayName === 'integration');

module.exports = {
  ...common,
  projects: [{ ...integration, displayName: 'ops', testMatch: ['<rootDir>/test/ops/**/*.spec.ts'] }],
};

import { SERVICE_VERSION } from './service-identity.js';

it('knows the version of its package', () => {
  expect(SERVICE_VERSION).toMatch(/^\d+\.\d+\.\d+/);
});

import type * as FileSystem from 'node:fs';
import type * as ServiceIdentity from './service-identity.js';

/** What the service takes for its version when every package.json on its way up reads like this. */
async function versionWith(read: () => string | undefined): Promise<string> {
  jest.resetModules();
  jest.doMock('node:fs', () => ({
    ...jest.requireActual<typeof FileSystem>('node:fs'),
    existsSync: () => read() !== undefined,
    readFileSync: () => read(),
  }));
  const { SERVICE_VERSION }: typeof ServiceIdentity = await import('./service-identity.js');
  return SERVICE_VERSION;
}

describe('the version the service says it has', () => {
  afterEach(() => {
    jest.dontMock('node:fs');
    jest.resetModules();
  });

  it('is the one of its package', async () => {
    const { SERVICE_VERSION } = await import('./service-identity.js');
    expect(SERVICE_VERSION).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each([
    ['there is no package.json', undefined],
    ['package.json is no object', '"text"'],
    ['package.json is null', 'null'],
    ['package.json names nothing', '{"type":"module"}'],
    ['package.json has a name and no version', '{"name":"order-service"}'],
    ['it is the package of somebody else', '{"name":"some-platform","version":"9.9.9"}'],
    ['the version is a number', '{"name":"order-service","version":3}'],
  ])('is unknown when %s', async (_name, content) => {
    await expect(versionWith(() => content)).resolves.toBe('unknown');
  });

  it('is the one of the package around it, past the ones of its parts', async () => {
    const contents = ['{"name":"part","version":"9.9.9"}', '{"name":"order-service","version":"4.5.6"}'];
    let asked = 0;
    await expect(versionWith(() => contents[Math.min(Math.floor(asked++ / 2), 1)])).resolves.toBe('4.5.6');
  });
});

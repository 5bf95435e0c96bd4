import { RouteTable } from './route-table.js';

function tableOf(...routes: readonly (readonly [string | string[], string])[]): RouteTable {
  const table = new RouteTable();
  for (const [method, url] of routes) table.add({ method, url, handler: () => undefined });
  return table;
}

const table = tableOf(
  [['GET', 'HEAD'], '/orders'],
  ['post', '/orders'],
  ['GET', '/orders/:orderId'],
  ['POST', '/orders/quote'],
  ['GET', '/docs/*'],
);

describe('the routes that the server answers', () => {
  it.each([
    ['/orders', ['GET', 'HEAD', 'POST']],
    ['/orders/quote', ['GET', 'POST']],
    ['/orders/17', ['GET']],
    ['/orders/', []],
    ['/orders/17/events', []],
    ['/docs/a', ['GET']],
    ['/docs/a/b.css', ['GET']],
    ['/docs', []],
    ['/elsewhere', []],
  ])('at %s are %j', (path, methods) => {
    expect(table.methodsAt(path)).toEqual(methods);
  });

  it('are listed without the HEAD that every GET answers too', () => {
    expect(table.routes().map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /orders',
      'POST /orders',
      'GET /orders/:orderId',
      'POST /orders/quote',
      'GET /docs/*',
    ]);
  });

  it.each([
    ['GET', '/orders', '/orders'],
    ['POST', '/orders/quote', '/orders/quote'],
    ['GET', '/orders/quote', '/orders/:orderId'],
    ['GET', '/docs/a/b.css', '/docs/*'],
    ['DELETE', '/orders', undefined],
    ['GET', '/elsewhere', undefined],
  ])('are found: %s %s by %s', (method, path, pattern) => {
    expect(table.find(method, path)?.path).toBe(pattern);
  });

  it('are found by the most exact pattern, whatever was registered first', () => {
    const mixed = tableOf(['GET', '/*'], ['GET', '/orders/:orderId'], ['GET', '/orders/export']);
    expect(['/orders/export', '/orders/17', '/else'].map((path) => mixed.find('GET', path)?.path)).toEqual([
      '/orders/export',
      '/orders/:orderId',
      '/*',
    ]);
  });
});

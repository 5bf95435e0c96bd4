import { createApp } from '../../apps/order-service/src/bootstrap.js';
import { RouteTable } from '@app/platform';
import { platformConfig } from './platform-parts.js';
import type { TestDatabase } from './test-database.js';

/** What Fastify registers for the documentation pages. */
const DOCUMENTATION = /^\/(?:docs(?:\/.*)?|openapi\.json)$/;

/** `GET /api/v1/orders/:orderId`: every route as the server really registered it, without the documentation pages. */
export async function registeredRoutes(database: TestDatabase): Promise<readonly string[]> {
  const app = await createApp(
    platformConfig({ DATABASE_URL: database.url, DB_ROLE_PREFIX: database.rolePrefix }),
  );
  try {
    await app.init();
    const routes = app.get(RouteTable).routes();
    return routes
      .filter(({ path }) => !DOCUMENTATION.test(path))
      .map(({ method, path }) => `${method} ${path}`);
  } finally {
    await app.close();
  }
}

import fastify from 'fastify';
import { Pool } from 'pg';

/** What reading an order would cost if nothing but Fastify and pg did it: no token, no tenant, no row-level security. */
const pool = new Pool({ connectionString: process.env['DATABASE_URL'] ?? '', max: 12 });
const app = fastify({ logger: false });

app.get('/health/live', () => ({ status: 'ok' }));
app.get<{ Params: { orderId: string } }>('/api/v1/orders/:orderId', async (request) => {
  const { rows } = await pool.query({
    name: 'one',
    text: `select o.*, (select jsonb_agg(i) from order_items i where i.tenant_id = o.tenant_id and i.order_id = o.id) as items
             from orders o where o.tenant_id = $1 and o.id = $2`,
    values: [request.headers['x-tenant-id'], request.params.orderId],
  });
  return rows[0] as unknown;
});

process.once('SIGTERM', () => {
  void app
    .close()
    .then(() => pool.end())
    .then(() => process.exit(0));
});
await app.listen({ port: Number(process.env['PORT'] ?? '0'), host: '127.0.0.1' });

import type { ServiceWorld } from './service-world.js';

/** What must never be found at rest: each query counts rows that miss what their transaction should have written. */
const QUERIES = {
  'orders without items': `orders o where not exists (select from order_items i where i.order_id = o.id)`,
  'orders without history': `orders o where (select count(*) from order_events e where e.order_id = o.id and e.to_status is not null) = 0`,
  'orders without an event': `orders o where not exists (select from outbox x where x.order_id = o.id and x.type = 'order.created')`,
  'orders without their answer': `orders o where not exists (select from idempotency_keys k where k.key = o.creation_key and k.state = 'done')`,
  'orders whose events have gaps': `orders o where o.event_sequence <> (select count(*) from outbox x where x.order_id = o.id)`,
  'orders whose history has gaps': `orders o where o.audit_sequence <> (select coalesce(max(e.sequence), 0) from order_events e where e.order_id = o.id)
     or o.audit_sequence <> (select count(*) from order_events e where e.order_id = o.id)`,
  'orders whose history ends elsewhere': `orders o where o.status <> (select e.to_status from order_events e where e.order_id = o.id and e.to_status is not null order by e.sequence desc limit 1)`,
  'keys that run on': `idempotency_keys where state = 'running'`,
  'several orders of one key': `(select 1 from orders group by tenant_id, user_id, creation_key having count(*) > 1) twice`,
} as const;

/** The names of what is half made, with how many; empty when every row is whole. */
export async function halfMadeRows(world: ServiceWorld): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const [name, query] of Object.entries(QUERIES)) {
    const count = await world.count(query);
    if (count > 0) found[name] = count;
  }
  return found;
}

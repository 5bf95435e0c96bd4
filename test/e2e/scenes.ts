import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import type { HttpRequest } from '../support/http-request.js';
import type { Caller, OrderView, SandboxEvent, ServiceWorld } from '../support/service-world.js';
import { AUTHORISATION, type RouteRow, type Scene, type Subject } from './authorisation-table.js';

/** Every route of the service with its row. */
export const ROUTES: readonly (readonly [string, RouteRow])[] = Object.entries(AUTHORISATION);

export const NOBODYS: Subject = {
  orderId: '0190a000-0000-7000-8000-0000000000ff',
  paymentIntentId: 'intent',
  refundId: '0190a000-0000-7000-8000-0000000000fe',
  eventId: '0190a000-0000-7000-8000-0000000000fd',
  ticketTypeId: '0190a000-0000-7000-8000-0000000000fc',
  findingId: '0190a000-0000-7000-8000-0000000000fb',
  effectId: '0190a000-0000-7000-8000-0000000000fa',
  operationId: '0190a000-0000-7000-8000-0000000000f9',
  promoCodeId: '0190a000-0000-7000-8000-0000000000f8',
  policyId: '0190a000-0000-7000-8000-0000000000f7',
};

/** Scenes that one POST makes: its route, and what its answer's id is called in paths. */
const MADE_BY = {
  operation: ['POST /internal/v1/orders/bulk/cancel', 'operationId'],
  'promo code': ['POST /api/v1/promo-codes', 'promoCodeId'],
  'pricing policy': ['POST /api/v1/pricing-policies', 'policyId'],
  'refund policy': ['POST /api/v1/refund-policies', 'policyId'],
} as const satisfies Partial<Record<Scene, readonly [keyof typeof AUTHORISATION, keyof Subject]>>;

type OrderScene = Exclude<Scene, 'nothing' | 'an event of its own' | keyof typeof MADE_BY>;

/** What the caller that a route is for is answered. */
export function statusOf({ scope, expected }: RouteRow): number {
  if (scope !== undefined) return expected['service with the scope'];
  return expected.owner === 403 ? expected.admin : expected.owner;
}

/** Plays what must have happened before a request of a route makes sense. */
export class Stage {
  private constructor(
    readonly world: ServiceWorld,
    readonly owner: Caller,
    readonly event: SandboxEvent,
  ) {}

  static async of(world: ServiceWorld): Promise<Stage> {
    return new Stage(world, await world.user(), await world.newEvent());
  }

  async subject(scene: Scene): Promise<Subject> {
    const [type] = this.event.ticketTypes;
    const subject = { ...NOBODYS, eventId: this.event.id, ticketTypeId: type?.id ?? '' };
    if (scene === 'nothing') return subject;
    if (scene === 'an event of its own') return { ...subject, eventId: (await this.world.newEvent()).id };
    if (isMade(scene)) return { ...subject, ...(await this.made(scene)) };
    const order = await this.order(scene);
    const paymentIntentId = order['paymentIntentId'];
    return {
      ...subject,
      orderId: order.id,
      paymentIntentId: typeof paymentIntentId === 'string' ? paymentIntentId : '',
      refundId: scene === 'refunded' ? await this.refund(order) : subject.refundId,
    };
  }

  private async made(scene: keyof typeof MADE_BY): Promise<Partial<Subject>> {
    const [route, name] = MADE_BY[scene];
    const row: RouteRow = AUTHORISATION[route];
    const { token } =
      row.scope === undefined
        ? await this.world.user({ role: 'admin' })
        : await this.world.sibling({ scope: row.scope });
    const answer = await this.world.send({
      ...requestOf(route, row, await this.subject(row.scene)),
      token,
    });
    return { [name]: (answer.expect(statusOf(row)) as { readonly id: string }).id };
  }

  private async order(scene: OrderScene): Promise<OrderView> {
    const { world, owner, event } = this;
    switch (scene) {
      case 'pending':
        return world.pending(owner, event);
      case 'reserved':
        return world.reserved(owner, event);
      case 'paid': {
        const order = await world.reserved(owner, event);
        await world.pay(order);
        return order;
      }
      case 'completed':
      case 'refunded':
        return world.completed(owner, event);
    }
  }

  private async refund(order: OrderView): Promise<string> {
    const answer = await this.world.send({
      method: 'POST',
      path: `/api/v1/orders/${order.id}/refund`,
      token: this.owner.token,
      key: randomUUID(),
      body: { reason: 'cannot come' },
    });
    await eventually('the refund is settled', async () => {
      return (await this.world.order(this.owner, order.id)).status === 'REFUNDED';
    });
    return (answer.expect(202) as OrderView).id;
  }
}

function isMade(scene: Scene): scene is keyof typeof MADE_BY {
  return scene in MADE_BY;
}

/** The request that a route answers with success, without a token. */
export function requestOf(
  route: string,
  row: RouteRow,
  subject: Subject,
): Required<Pick<HttpRequest, 'method' | 'path'>> & HttpRequest {
  const [method = '', pattern = ''] = route.split(' ');
  return {
    method,
    path: pattern.replaceAll(/:(\w+)/g, (_, name: keyof Subject) => subject[name]),
    ...(method === 'GET' ? {} : { key: randomUUID() }),
    ...(row.body === undefined ? {} : { body: row.body(subject) }),
  };
}

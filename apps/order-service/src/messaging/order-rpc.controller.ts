import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, RmqContext, RpcException } from '@nestjs/microservices';
import { ConfirmOrder, ExpireOrder, ReadOrders, type OrderBody, type Page } from '@app/orders';
import { ORDER_RPC, RpcProblemFilter, type Answer } from '@app/platform';
import { RpcCallers, type RpcRule } from './rpc-callers.js';
import { CONFIRM_ORDER, EXPIRE_ORDER, GET_ORDER, LIST_BY_EVENT, questionOf } from './rpc-questions.js';

/** What each pattern needs; who reads is not kept in the audit log unless it was forbidden. */
const RPC_RULES = {
  'orders.get': { scope: 'orders:read', changes: false },
  'orders.list-by-event': { scope: 'orders:read', changes: false },
  'orders.confirm': { scope: 'orders:confirm', changes: true },
  'orders.expire': { scope: 'orders:expire', changes: true },
} as const satisfies Readonly<Record<string, RpcRule>>;

/** What siblings ask without HTTP: the same use cases, the same bodies, the same refusals. */
@Controller()
@UseFilters(RpcProblemFilter)
export class OrderRpcController {
  constructor(
    private readonly callers: RpcCallers,
    private readonly readOrders: ReadOrders,
    private readonly confirmOrder: ConfirmOrder,
    private readonly expireOrder: ExpireOrder,
  ) {}

  @MessagePattern('orders.get', ORDER_RPC)
  async get(@Payload() data: unknown, @Ctx() context: RmqContext): Promise<OrderBody> {
    return this.callers.answer(context, RPC_RULES['orders.get'], (caller) =>
      this.readOrders.one(caller, questionOf(GET_ORDER, data).orderId),
    );
  }

  @MessagePattern('orders.list-by-event', ORDER_RPC)
  async listByEvent(@Payload() data: unknown, @Ctx() context: RmqContext): Promise<Page<OrderBody>> {
    return this.callers.answer(context, RPC_RULES['orders.list-by-event'], (caller) =>
      this.readOrders.list(caller, { ...questionOf(LIST_BY_EVENT, data), sort: 'createdAt' }),
    );
  }

  @MessagePattern('orders.confirm', ORDER_RPC)
  async confirm(@Payload() data: unknown, @Ctx() context: RmqContext): Promise<unknown> {
    const answer = await this.callers.answer(context, RPC_RULES['orders.confirm'], (caller) => {
      const { orderId, ...body } = questionOf(CONFIRM_ORDER, data);
      const intention = this.callers.intention(context, caller, { path: pathOf(orderId, 'confirm'), body });
      return this.confirmOrder.execute(caller, orderId, body.paymentIntentId, null, intention);
    });
    return bodyOf(answer);
  }

  @MessagePattern('orders.expire', ORDER_RPC)
  async expire(@Payload() data: unknown, @Ctx() context: RmqContext): Promise<unknown> {
    const answer = await this.callers.answer(context, RPC_RULES['orders.expire'], (caller) => {
      const { orderId, ...body } = questionOf(EXPIRE_ORDER, data);
      const intention = this.callers.intention(context, caller, { path: pathOf(orderId, 'expire'), body });
      return this.expireOrder.execute(caller, orderId, body.reason ?? null, null, intention);
    });
    return bodyOf(answer);
  }
}

function pathOf(orderId: string, verb: 'confirm' | 'expire'): string {
  return `/internal/v1/orders/${orderId}/${verb}`;
}

/** The body HTTP would have answered; a refusal that is replayed is a refusal here too. */
function bodyOf(answer: Answer): unknown {
  const body: unknown = JSON.parse(answer.body);
  if (answer.status >= 400) throw new RpcException({ error: body as object });
  return body;
}

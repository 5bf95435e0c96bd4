import type { RmqContext } from '@nestjs/microservices';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

interface RpcProperties {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly correlationId?: unknown;
  readonly messageId?: unknown;
}

/** The headers of a question; names are written in lower case. */
export function rpcHeaders(context: RmqContext): Readonly<Record<string, unknown>> {
  return propertiesOf(context).headers ?? {};
}

/** The caller's request id when it is harmless, else what the message is called by: the same in answer and log. */
export function rpcRequestId(context: RmqContext): string {
  const { headers, correlationId, messageId } = propertiesOf(context);
  const usable = [headers?.['x-request-id'], correlationId, messageId].find(
    (id): id is string => typeof id === 'string' && REQUEST_ID.test(id),
  );
  return usable ?? 'rpc';
}

function propertiesOf(context: RmqContext): RpcProperties {
  return context.getMessage()['properties'] as RpcProperties;
}

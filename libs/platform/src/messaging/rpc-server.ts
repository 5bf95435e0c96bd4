import { RmqContext } from '@nestjs/microservices';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { AppError } from '@app/kernel';
import { BrokenMessage, readPacket } from './inbound-message.js';
import { QueueServer, readOr, type Delivery, type QueueServerParts, type Verdict } from './queue-server.js';
import { rpcRequestId } from './rpc-headers.js';
import { rpcProblem } from './rpc-problem.filter.js';

/** Names this server in `@MessagePattern`. */
export const ORDER_RPC = Symbol('order-service.rpc');

interface Question {
  readonly pattern: string;
  readonly data: unknown;
  readonly id: string;
  readonly replyTo: string;
  readonly correlationId: string | undefined;
}

/** Answers questions of siblings; every answer is sent before its question is let go. */
export class RpcServer extends QueueServer<Question> {
  constructor(parts: QueueServerParts) {
    super('order-service.rpc', ORDER_RPC, parts);
  }

  protected read(message: ConsumeMessage): Delivery<Question> {
    const content = readOr(() => readQuestion(message));
    const traceparent: unknown = message.properties.headers?.['traceparent'];
    const isKnown = !(content instanceof BrokenMessage) && this.knows(content.pattern);
    return {
      pattern: isKnown ? content.pattern : 'unknown',
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
      content,
    };
  }

  protected async take(
    question: Question | BrokenMessage,
    message: ConsumeMessage,
    channel: ConfirmChannel,
  ): Promise<Verdict> {
    if (question instanceof BrokenMessage) {
      await this.bury(message, channel, question);
      return { pattern: 'unknown', result: 'dead', error: question };
    }
    const { pattern } = question;
    if (!this.knows(pattern)) {
      const error = new AppError('ROUTE_NOT_FOUND');
      const context = new RmqContext([message, channel, pattern]);
      reply(channel, question, { err: rpcProblem(error, 'rpc', rpcRequestId(context)) });
      channel.ack(message);
      return { pattern: 'unknown', result: 'refused' };
    }
    const result = await this.answer(message, channel, question);
    channel.ack(message);
    return { pattern, result };
  }

  private async answer(
    message: ConsumeMessage,
    channel: ConfirmChannel,
    question: Question,
  ): Promise<'answered' | 'refused'> {
    const { pattern, data } = question;
    try {
      const response = await this.dispatch(pattern, data, new RmqContext([message, channel, pattern]));
      reply(channel, question, { response });
      return 'answered';
    } catch (problem) {
      // The filter of the handlers has made a problem document of it.
      reply(channel, question, { err: problem });
      return 'refused';
    }
  }
}

/** @throws BrokenMessage when nobody could be answered */
function readQuestion(message: ConsumeMessage): Question {
  const { pattern, data, id } = readPacket(message.content);
  const replyTo: unknown = message.properties.replyTo;
  const correlationId: unknown = message.properties.correlationId;
  if (typeof replyTo !== 'string' || replyTo === '' || id === undefined) {
    throw new BrokenMessage('NO_REPLY_ADDRESS', 'A question needs an id and a queue to reply to.');
  }
  return {
    pattern,
    data,
    id,
    replyTo,
    correlationId: typeof correlationId === 'string' ? correlationId : undefined,
  };
}

/** One packet that is the last one too, as Nest's client expects it. A client that has gone misses nothing. */
function reply(
  channel: ConfirmChannel,
  question: Question,
  packet: { response?: unknown; err?: unknown },
): void {
  const { id, replyTo, correlationId } = question;
  channel.sendToQueue(replyTo, Buffer.from(JSON.stringify({ ...packet, isDisposed: true, id })), {
    contentType: 'application/json',
    ...(correlationId === undefined ? {} : { correlationId }),
  });
}

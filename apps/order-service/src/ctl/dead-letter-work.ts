import {
  DEAD_LETTER_SOURCES,
  runDeadLetters,
  type DeadLetter,
  type DeadLetterRequest,
  type DeadLetterSource,
} from '@app/platform';
import { CtlError } from './ctl-error.js';

/** As AMQP numbers them. */
const ACCESS_REFUSED = 403;
const NOT_FOUND = 404;

/** @throws CtlError in a sentence when the broker refuses or is away */
export async function deadLetters(
  request: Omit<DeadLetterRequest, 'sources'> & { readonly queue: DeadLetterSource | undefined },
): Promise<readonly DeadLetter[]> {
  const { queue, ...rest } = request;
  const sources = queue === undefined ? DEAD_LETTER_SOURCES : [queue];
  return runDeadLetters({ ...rest, sources }).catch((error: unknown) => {
    throw translated(error);
  });
}

function translated(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code: unknown = 'code' in error ? error.code : undefined;
  if (code === NOT_FOUND)
    return new CtlError(
      'refused',
      'The broker has no such queue. Start the service once: it declares its queues.',
    );
  if (
    code === ACCESS_REFUSED ||
    error.message.includes('ACCESS_REFUSED') ||
    error.message.includes('ACCESS-REFUSED')
  )
    return new CtlError('permission', 'The broker refuses the login of RABBITMQ_URL.');
  if (typeof code === 'string')
    return new CtlError('unreachable', `The broker at RABBITMQ_URL does not answer (${code}).`);
  // amqplib tells of addresses it cannot read, and of handshakes that break off, in messages alone.
  return new CtlError('unreachable', `The broker at RABBITMQ_URL cannot be used: ${error.message}`);
}

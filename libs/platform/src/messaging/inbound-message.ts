import { createHash } from 'node:crypto';
import { canonicalJson, isUuid } from '@app/kernel';

/** More than any message of the platform has; what is larger is not read at all. */
const BODY_BYTES_MAX = 256 * 1_024;
const ID_LENGTH_MAX = 200;
const DEPTH_MAX = 32;

/** A message as handlers get it; its payload is still to be checked against the schema of its pattern. */
export interface InboundMessage {
  readonly pattern: string;
  readonly tenantId: string;
  /** The producer's id; where it sends none, one made from what the message says, so that a copy is a duplicate. */
  readonly messageId: string;
  readonly traceparent: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A message as it was read; its trace is the sender's, when it named one. */
export type ReceivedMessage = Omit<InboundMessage, 'traceparent'> & {
  readonly traceparent: string | undefined;
};

/** A message that no number of deliveries can mend. The reason is a constant, the detail a sentence without values. */
export class BrokenMessage extends Error {
  constructor(
    readonly reason: string,
    readonly detail: string,
  ) {
    super(`${reason}: ${detail}`);
    this.name = 'BrokenMessage';
  }
}

interface RawMessage {
  readonly content: Buffer;
  readonly properties: {
    readonly messageId?: unknown;
    readonly headers?: Readonly<Record<string, unknown>> | undefined;
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads `{pattern, data}` as NestJS producers send it; `data` is a CloudEvents envelope or the bare payload.
 * @throws BrokenMessage
 */
export function readMessage({ content, properties }: RawMessage): ReceivedMessage {
  const packet = readPacket(content);
  const data = objectOf(packet.data, 'DATA_MISSING', 'The message has no object in data.');
  const isEnvelope = typeof data['specversion'] === 'string';
  const payload = isEnvelope
    ? objectOf(data['data'], 'DATA_MISSING', 'The CloudEvents envelope has no object in data.')
    : data;
  if (isEnvelope && data['type'] !== undefined && data['type'] !== packet.pattern) {
    throw new BrokenMessage('PATTERN_CONTRADICTED', 'The type of the envelope is not the pattern.');
  }
  return {
    pattern: packet.pattern,
    tenantId: readTenant(payload['tenantId'], isEnvelope ? data['tenantid'] : undefined),
    messageId:
      usableId(properties.messageId) ??
      (isEnvelope ? usableId(data['id']) : undefined) ??
      digest(packet.pattern, payload),
    traceparent: text(properties.headers?.['traceparent']) ?? text(data['traceparent']),
    payload,
  };
}

/** The pattern and data of a message body. @throws BrokenMessage */
export function readPacket(content: Buffer): {
  readonly pattern: string;
  readonly data: unknown;
  readonly id: string | undefined;
} {
  if (content.length > BODY_BYTES_MAX) {
    throw new BrokenMessage('BODY_TOO_LARGE', `A message may have at most ${BODY_BYTES_MAX} bytes.`);
  }
  const packet = objectOf(parse(content), 'NOT_JSON_OBJECT', 'The body is not a JSON object.');
  const { pattern, data, id } = packet;
  if (typeof pattern !== 'string' || pattern === '') {
    throw new BrokenMessage('PATTERN_MISSING', 'The message names no pattern.');
  }
  return { pattern, data, id: typeof id === 'string' ? id : undefined };
}

function parse(content: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch {
    throw new BrokenMessage('NOT_JSON', 'The body is not JSON in UTF-8.');
  }
  if (isDeeperThan(value, DEPTH_MAX)) {
    throw new BrokenMessage('NESTED_TOO_DEEP', `The body is nested deeper than ${DEPTH_MAX} levels.`);
  }
  return value;
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}

function readTenant(inPayload: unknown, inEnvelope: unknown): string {
  const named = [inPayload, inEnvelope].filter((value) => value !== undefined && value !== null);
  const ids = new Set(
    named.map((value) => {
      if (!isUuid(value)) throw new BrokenMessage('TENANT_INVALID', 'The tenant is not a UUID.');
      return value.toLowerCase();
    }),
  );
  const [tenantId, other] = ids;
  if (tenantId === undefined) throw new BrokenMessage('TENANT_MISSING', 'The message names no tenant.');
  if (other !== undefined)
    throw new BrokenMessage('TENANT_CONTRADICTED', 'Payload and envelope name different tenants.');
  return tenantId;
}

function objectOf(value: unknown, reason: string, detail: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BrokenMessage(reason, detail);
  return value as JsonObject;
}

function usableId(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= ID_LENGTH_MAX && !value.includes('\0')
    ? value
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function digest(pattern: string, payload: JsonObject): string {
  return createHash('sha256')
    .update(`${pattern}\n${canonicalJson(payload)}`)
    .digest('base64url');
}

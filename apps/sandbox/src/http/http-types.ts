import type { Socket } from 'node:net';

/** The part of Fastify's request that the sandbox uses. */
export interface SandboxRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly raw: { readonly socket: Socket };
  /** Set by a latency fault where the called operation decides itself when to wait. */
  latencyMs?: number;
}

/** The part of Fastify's reply that the sandbox uses. */
export interface SandboxReply {
  status(status: number): SandboxReply;
  header(name: string, value: string): SandboxReply;
  send(body: unknown): unknown;
  /** Takes the reply out of Fastify's hands: nothing will be sent by it any more. */
  hijack(): unknown;
}

/** The value of a header that may be sent once; undefined when it is missing or repeated. */
export function singleHeader(request: SandboxRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

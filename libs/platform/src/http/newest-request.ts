import type { IncomingMessage } from 'node:http';

/** A client may send its next requests before it has the first answer; after the last one its connection may end. */
const newestOf = new WeakMap<object, IncomingMessage>();

export function noteNewest(request: IncomingMessage): void {
  newestOf.set(request.socket, request);
}

/** Whether nothing came after it on its connection. */
export function isNewest(request: IncomingMessage): boolean {
  return newestOf.get(request.socket) === request;
}

import { AsyncLocalStorage } from 'node:async_hooks';

/** What code far below the edge may know of the request it works for. */
export interface RequestScope {
  readonly requestId: string;
  /** It gives money or seats back, so capacity is kept for it. */
  readonly isReserved: boolean;
}

const scopes = new AsyncLocalStorage<RequestScope>();

export function inRequestScope(scope: RequestScope, work: () => void): void {
  scopes.run(scope, work);
}

/** The request whose work is going on; undefined in jobs and consumers. */
export function requestScope(): RequestScope | undefined {
  return scopes.getStore();
}

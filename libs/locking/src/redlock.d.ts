// redlock 5.0.0-beta.2 ships types that its package.json `exports` hides; this is what is used of it.
declare module 'redlock' {
  import type { Redis } from 'ioredis';

  class Redlock {
    constructor(clients: Iterable<Redis>, settings?: Partial<Redlock.Settings>);
    acquire(resources: string[], durationMs: number): Promise<Redlock.Lock>;
  }

  namespace Redlock {
    interface Settings {
      readonly driftFactor: number;
      readonly retryCount: number;
      readonly retryDelay: number;
      readonly retryJitter: number;
      readonly automaticExtensionThreshold: number;
    }

    interface ExecutionStats {
      readonly votesAgainst: ReadonlyMap<Redis, Error>;
    }

    class ResourceLockedError extends Error {}

    class ExecutionError extends Error {
      readonly attempts: readonly Promise<ExecutionStats>[];
    }

    class Lock {
      release(): Promise<unknown>;
      extend(durationMs: number): Promise<Lock>;
    }
  }

  export = Redlock;
}

/** A book that survives a restart through the state file and is emptied by a reset. */
export interface StatePart {
  readonly partName: string;
  /** A JSON value that `restore` understands. */
  dump(): unknown;
  /** @throws ZodError when `saved` was not written by `dump` */
  restore(saved: unknown): void;
  /** Back to how the sandbox ships. */
  clear(): void;
}

export const STATE_PARTS = Symbol('StateParts');

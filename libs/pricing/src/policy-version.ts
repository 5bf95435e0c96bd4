/** A row that is never edited: a change ends it and adds the next one. */
export interface PolicyVersion {
  readonly id: string;
  readonly effectiveFrom: Date;
  /** The first instant at which the row no longer counts; null while it has no end. */
  readonly effectiveTo: Date | null;
}

export function isEffective(version: PolicyVersion, at: Date): boolean {
  return version.effectiveFrom <= at && (version.effectiveTo === null || at < version.effectiveTo);
}

/** Newest first; of two versions that begin at the same instant the one whose id sorts last (UUIDv7: the younger). */
export function byNewestVersion(a: PolicyVersion, b: PolicyVersion): number {
  return b.effectiveFrom.getTime() - a.effectiveFrom.getTime() || (a.id < b.id ? 1 : -1);
}

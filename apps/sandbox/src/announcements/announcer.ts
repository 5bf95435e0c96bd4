import { createHash } from 'node:crypto';

/** One thing a sibling tells the others. */
export interface Announcement {
  /** Names the happening within its pattern: announcing it again is a duplicate, not another happening. */
  readonly name: string;
  readonly pattern: string;
  /** Always has the tenantId. */
  readonly payload: { readonly tenantId: string } & Readonly<Record<string, unknown>>;
}

export interface Announcer {
  /** Returns at once; delivery is tried in the background. */
  announce(announcement: Announcement): void;
  /** Gives up what is not delivered yet and lets go of every connection. */
  stop(): Promise<void>;
}

export const ANNOUNCER = Symbol('Announcer');

/** The same UUID for the same happening, every time and after a restart too. */
export function announcementId({ pattern, name }: Announcement): string {
  const bytes = createHash('sha256').update(`${pattern}|${name}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

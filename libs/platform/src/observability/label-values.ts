/** What a label reads when its value must not be one. */
export const OTHER = 'other';

/** Route patterns are the longest values and the only ones with a slash. */
const ALLOWED = /^[A-Za-z0-9_.:/*{}-]{1,100}$/;
const LOOKS_LIKE_AN_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}|\d{7,}|[0-9A-Za-z]{24,}/i;

/** The value itself, or `other` for what could be an id or free text: one such label grows without bound. */
export function labelValue(value: string): string {
  return ALLOWED.test(value) && !LOOKS_LIKE_AN_ID.test(value) ? value : OTHER;
}

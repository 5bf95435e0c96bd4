/** What every answer carries, whatever it says. */
export const STANDING_HEADERS = { 'X-Content-Type-Options': 'nosniff' } as const;

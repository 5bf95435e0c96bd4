const TEXT_LENGTH_MAX = 2_000;

/** Shapes that give a secret or a person away wherever they stand. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+/g, '[email]'],
  [/\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g, '[token]'],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+/gi, '$1 [token]'],
  [/\b[A-Za-z0-9]+_[A-Za-z0-9]+_secret_[A-Za-z0-9]+/g, '[client secret]'],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, '$1[login]@'],
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(?:-----END [A-Z ]+-----|$)/g, '[key]'],
];

const CARD_LIKE = /\b(?:\d ?){12,18}\d\b/g;

/** A text without e-mail addresses, tokens, logins, keys and card numbers; and no longer than a log line should be. */
export function scrub(text: string): string {
  let clean = text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text;
  for (const [shape, replacement] of SHAPES) clean = clean.replaceAll(shape, replacement);
  return clean.replaceAll(CARD_LIKE, (digits) => (passesLuhn(digits) ? '[number]' : digits));
}

/** Request ids and instants have as many digits as card numbers, but seldom their check digit (ISO/IEC 7812). */
function passesLuhn(text: string): boolean {
  const digits = Array.from(text.replaceAll(' ', ''), Number).reverse();
  const sum = digits.reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? digit : digit * 2;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Writes the story down and remembers which of its claims did not hold. */
export class Telling {
  private broken: readonly string[] = [];
  private held = 0;

  constructor(
    private readonly say: (line: string) => void,
    private readonly isColourful: boolean = process.stdout.isTTY,
  ) {}

  get brokenClaims(): readonly string[] {
    return this.broken;
  }

  get heldClaimCount(): number {
    return this.held;
  }

  title(text: string): void {
    this.say(`\n${this.styled('bold', text)}`);
  }

  note(text: string): void {
    this.say(`  ${text}`);
  }

  /** One request and the gist of its answer. */
  call(request: string, status: number, gist: string): void {
    this.say(
      `  ${this.styled('dim', '→')} ${request.padEnd(58)} ${this.styled(status < 400 ? 'cyan' : 'yellow', String(status))}  ${gist}`,
    );
  }

  /** A claim with its verdict; `found` is what is shown either way. */
  claim(text: string, holds: boolean, found: string): void {
    const mark = holds ? this.styled('green', '✓') : this.styled('red', '✗');
    this.say(`  ${mark} ${text}: ${found}`);
    if (holds) this.held += 1;
    else this.broken = [...this.broken, text];
  }

  /** Something that ended the section early. */
  fault(text: string): void {
    this.claim('the section ran to its end', false, text);
  }

  private styled(style: Style, text: string): string {
    return this.isColourful ? styleText(style, text) : text;
  }
}

/** Minor units as a buyer reads them; JPY has none, KWD three. */
export function money(cents: number, currency: string): string {
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return `${(cents / 10 ** digits).toFixed(digits)} ${currency}`;
}

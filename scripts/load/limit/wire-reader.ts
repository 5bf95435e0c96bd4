/** One statement as a client sent it: its text with `$1`, and the values as text. */
export interface SentStatement {
  readonly sql: string;
  readonly values: readonly (string | null)[];
}

const HEADER_BYTES = 5;
const SHORT_BYTES = 2;
const INT_BYTES = 4;

/**
 * Reads what a client sends to PostgreSQL (https://www.postgresql.org/docs/current/protocol-message-formats.html):
 * of the messages only Query, Parse and Bind.
 */
export class WireReader {
  private buffer = Buffer.alloc(0);
  private isStarted = false;
  private readonly texts = new Map<string, string>();
  private open: SentStatement[] = [];

  constructor(private readonly committed: (transaction: readonly SentStatement[]) => void) {}

  read(chunk: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, chunk]);
    while (this.takeMessage());
  }

  /** @returns false when the next message has not come in whole */
  private takeMessage(): boolean {
    // The very first message has no type byte.
    const typeBytes = this.isStarted ? 1 : 0;
    if (this.buffer.length < typeBytes + INT_BYTES) return false;
    const end = typeBytes + this.buffer.readInt32BE(typeBytes);
    if (this.buffer.length < end) return false;
    const message = this.buffer.subarray(0, end);
    this.buffer = this.buffer.subarray(end);
    if (this.isStarted) this.note(String.fromCharCode(message.readUInt8(0)), message.subarray(HEADER_BYTES));
    this.isStarted = true;
    return true;
  }

  private note(type: string, body: Buffer): void {
    if (type === 'Q') this.ran({ sql: textAt(body, 0).text, values: [] });
    if (type === 'P') {
      const name = textAt(body, 0);
      this.texts.set(name.text, textAt(body, name.end).text);
    }
    if (type === 'B') this.ran(this.bound(body));
  }

  private bound(body: Buffer): SentStatement {
    const portal = textAt(body, 0);
    const name = textAt(body, portal.end);
    const formats = body.readInt16BE(name.end);
    let at = name.end + SHORT_BYTES + formats * SHORT_BYTES;
    const count = body.readInt16BE(at);
    at += SHORT_BYTES;
    const values: (string | null)[] = [];
    for (let index = 0; index < count; index += 1) {
      const length = body.readInt32BE(at);
      at += INT_BYTES;
      values.push(length < 0 ? null : body.toString('utf8', at, at + length));
      at += Math.max(0, length);
    }
    return { sql: this.texts.get(name.text) ?? '', values };
  }

  private ran(statement: SentStatement): void {
    const word = statement.sql.trim().split(/\s/)[0]?.toUpperCase() ?? '';
    if (['START', 'BEGIN', 'ROLLBACK'].includes(word)) this.open = [];
    else if (word === 'COMMIT') this.committed(this.open);
    else this.open.push(statement);
  }
}

function textAt(body: Buffer, start: number): { readonly text: string; readonly end: number } {
  const end = body.indexOf(0, start);
  return { text: body.toString('utf8', start, end), end: end + 1 };
}

import { WireReader, type SentStatement } from './wire-reader.js';

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int(body.length + 4), body]);
}

function bind(name: string, ...values: readonly (string | null)[]): Buffer {
  const encoded = values.flatMap((value) =>
    value === null ? [int(-1)] : [int(Buffer.byteLength(value)), Buffer.from(value)],
  );
  return message('B', text(''), text(name), short(0), short(values.length), ...encoded, short(0));
}

const STARTUP = Buffer.concat([int(8 + 5), int(196_608), text('user')]);

function read(chunks: readonly Buffer[]): readonly (readonly SentStatement[])[] {
  const transactions: (readonly SentStatement[])[] = [];
  const reader = new WireReader((transaction) => transactions.push(transaction));
  for (const chunk of chunks) reader.read(chunk);
  return transactions;
}

const ONE_TRANSACTION = [
  STARTUP,
  message('Q', text('START TRANSACTION')),
  message('P', text('s1'), text('select $1, $2'), short(0)),
  bind('s1', 'zwölf', null),
  message('Q', text('COMMIT')),
];

describe('what a client sends to PostgreSQL', () => {
  it('is read as transactions of statements with their values', () => {
    expect(read(ONE_TRANSACTION)).toEqual([[{ sql: 'select $1, $2', values: ['zwölf', null] }]]);
  });

  it('is read the same however the network cuts it', () => {
    const bytes = [...Buffer.concat(ONE_TRANSACTION)].map((byte) => Buffer.from([byte]));
    expect(read(bytes)).toEqual([[{ sql: 'select $1, $2', values: ['zwölf', null] }]]);
  });

  it('knows a statement that was prepared in an earlier transaction', () => {
    const again = [message('Q', text('BEGIN')), bind('s1', '1', '2'), message('Q', text('COMMIT'))];
    expect(read([...ONE_TRANSACTION, ...again]).at(-1)).toEqual([
      { sql: 'select $1, $2', values: ['1', '2'] },
    ]);
  });

  it('forgets what was rolled back', () => {
    const rolledBack = [
      STARTUP,
      message('Q', text('BEGIN')),
      message('Q', text('select 1')),
      message('Q', text('ROLLBACK')),
    ];
    expect(read(rolledBack)).toEqual([]);
  });
});

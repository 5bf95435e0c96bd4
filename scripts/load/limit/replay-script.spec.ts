import { replayScript } from './replay-script.js';

const TENANT = '0190a000-0000-7000-8000-0000000000aa';
const FIRST = '0190a000-0000-7000-8000-000000000001';
const SECOND = '0190a000-0000-7000-8000-000000000002';
const SQL = 'insert into orders select $1, r.* from jsonb_to_recordset($2) r';

function sent(id: string, number: string): { readonly sql: string; readonly values: readonly string[] } {
  return { sql: SQL, values: [TENANT, JSON.stringify([{ id, number, note: "it's 12:30; ok" }])] };
}

describe('a transaction as a pgbench script', () => {
  it('gets ids and numbers of its own each time, and keeps what every transaction of the kind shares', async () => {
    const script = await replayScript(
      [sent(FIRST, 'ORD-AAAAAAAAAAAA')],
      [sent(SECOND, 'ORD-BBBBBBBBBBBB')],
      async () => ['uuid', 'jsonb'],
    );
    const own = "lpad(to_hex(:n::bigint), 12, '0')";
    const record = String.raw`E'[{"id"\x3a"0190a000-0000-7000-8000-_id_________","number"\x3a"ORD-_number_____","note"\x3a"it''s 12\x3a30\x3b ok"}]'`;
    expect(script).toBe(
      [
        '\\set i :i + 1',
        '\\set n :client_id * 1000000000 + :i',
        'start transaction;',
        `insert into orders select (E'${TENANT}')::uuid, r.* from jsonb_to_recordset((replace(replace(${record}, '_id_________', ${own}), '_number_____', upper(${own})))::jsonb) r;`,
        'commit;',
        '',
      ].join('\n'),
    );
  });

  it('says null where null was sent', async () => {
    const statement = { sql: 'select $1', values: [null] };
    const script = await replayScript([statement], [statement], async () => ['text']);
    expect(script).toContain('select null;');
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { migratedDatabase } from '../support/platform-parts.js';
import type { TestDatabase } from '../support/test-database.js';

const text = readFileSync(join(__dirname, '../../docs/runbook.md'), 'utf8');
const blocks = Array.from(text.matchAll(/```sql\n([\s\S]*?)```/g), ([, sql]) => sql ?? '');
const inline = Array.from(text.matchAll(/`(select [^`]*)`/g), ([, sql]) => sql ?? '');
const statements = [...blocks.flatMap((block) => block.split(';')), ...inline]
  .map((sql) => sql.replaceAll(/^--.*$/gm, '').trim())
  .filter((sql) => sql !== '');

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await migratedDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query('set default_transaction_read_only = on');
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

describe('the statements of the runbook', () => {
  it('are several', () => {
    expect(statements.length).toBeGreaterThanOrEqual(7);
  });

  it.each(statements)('only read, and fit the schema: %s', async (sql) => {
    const filled = sql.replaceAll(':order_id', "'01a203ec-1ad3-7054-a331-275aecddc712'");

    expect((await client.query(filled)).rows).toEqual([]);
  });
});

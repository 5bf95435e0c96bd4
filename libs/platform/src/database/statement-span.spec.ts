import { statementSpan } from './statement-span.js';

describe('the name of a statement in a trace', () => {
  it.each([
    ['select * from orders o where o.id = $1 for update', 'SELECT orders'],
    ['select id from orders for no key update skip locked', 'SELECT orders'],
    ["select set_config('app.reason', $1, true)", 'SELECT'],
    ['insert into inbox (id) values ($1) on conflict (id) do update set id = $1', 'INSERT inbox'],
    ['delete from lock_leases\n where expires_at < now()', 'DELETE lock_leases'],
    [
      'with due as (select 1 from outbox for update skip locked) update outbox o set attempts = 1 from due',
      'UPDATE outbox',
    ],
    [
      'with a as (insert into orders (id) values ($1)), b as (insert into order_items (id) values ($2)), c as (insert into orders (id) values ($3)) select 1',
      'INSERT orders, INSERT order_items',
    ],
  ])('%s is %s', (sql, summary) => {
    expect(statementSpan(sql)).toMatchObject({ name: summary, kind: 'client' });
    expect(statementSpan(sql)).toBe(statementSpan(sql));
  });

  it('stays short for a statement that writes many tables', () => {
    const sql = ['a', 'b', 'c', 'd', 'e'].map((table) => `insert into t_${table} (id) values ($1)`).join(' ');
    expect(statementSpan(sql).name).toBe('INSERT t_a, INSERT t_b, INSERT t_c, INSERT t_d');
  });
});

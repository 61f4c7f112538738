// node: pg with its own types, statements by name, pages of pg-cursor.
const { Client } = require('pg');
const Cursor = require('pg-cursor');

const NOON = '2024-01-02 12:00+00';
const AT_NOON = `as_of = '${NOON}'`;
const TABLES = ['hist.item', 'hist.item_history', 'hist.item_changes'];

// pg has times to the millisecond, and those without zone, and days, as local ones
const time = (value) => value.toISOString().slice(0, -1);
const local = (value) => time(new Date(value.getTime() - value.getTimezoneOffset() * 60000));
function form(value, field) {
  if (value === null) return null;
  if (field.name === 'made') return local(value).slice(0, 10);
  if (field.name === 'seen') return local(value);
  if (value instanceof Date) return time(value);
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (field.name === 'valid_range')
    return '[' + [...value.matchAll(/"(.*?)\+00"/g)].map((m) => time(new Date(m[1].replace(' ', 'T') + 'Z'))).join(',') + ')';
  return typeof value === 'object' ? value : String(value);
}
function show(how, table, fields, rows, condition = '') {
  console.log(['# ' + how, table, condition].join('\t'));
  for (const row of rows)
    console.log(JSON.stringify(fields.map((field) => form(row[field.name], field))));
}

async function main() {
  const client = new Client();
  await client.connect();
  // texts of ranges have the session's zone
  await client.query("SET timezone = 'UTC'");
  for (const table of TABLES) {
    const all = await client.query('SELECT * FROM ' + table);
    show('a query', table, all.fields, all.rows);
    const cursor = client.query(new Cursor('SELECT * FROM ' + table));
    const rows = [];
    for (let page; (page = await cursor.read(40)).length; rows.push(...page))
      if (page.length > 40) throw new Error('a page of ' + page.length);
    await cursor.close();
    show('pg-cursor', table, all.fields, rows);
  }
  for (const instant of [NOON, new Date(NOON.replace('+00', 'Z'))]) {
    let result;
    for (let i = 0; i < 7; i++)
      result = await client.query({ name: 'noon', text: 'SELECT * FROM hist.item WHERE as_of = $1', values: [instant] });
    show('a statement by name', 'hist.item', result.fields, result.rows, AT_NOON);
  }
  // what a Date has cut off stands before the commit; the text does not
  const sold = async (column) => (await client.query(
    `SELECT price FROM hist.item WHERE id = 1 AND as_of = $1`,
    [(await client.query(`SELECT ${column} AS at FROM hist.item WHERE id = 1`)).rows[0].at])).rows[0].price;
  const prices = [await sold('commit_time'), await sold('commit_time::text')];
  if (prices.join() !== '1.50,99.99') throw new Error('prices ' + prices);
  // what is open for ever is a number
  await client.query("BEGIN; ALTER FOREIGN TABLE hist.item_history OPTIONS (ADD open_end 'infinity')");
  const end = (await client.query('SELECT max(valid_to) AS end FROM hist.item_history')).rows[0].end;
  if (end !== Infinity) throw new Error('ends at ' + end);
  await client.query('ROLLBACK');
  await client.end();

  const asof = new Client({ options: '-c cdc_fdw.asof=2024-01-02T12:00Z' });
  await asof.connect();
  const result = await asof.query('SELECT * FROM hist.item');
  show('options', 'hist.item', result.fields, result.rows, AT_NOON);
  await asof.end();
}

main().catch((error) => { console.error(error); process.exit(1); });

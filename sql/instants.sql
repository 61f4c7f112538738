-- Instants: fixed when a statement begins, written in ISO 8601, named in errors.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CALL regress.file('i/item/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,one
$$);
CALL regress.file('i/item/20240102-120000000.csv', $$
I,2024-01-02 12:00:00,2,two
$$);
CALL regress.file('i/item/20240103-120000000.csv', $$
I,2024-01-03 12:00:00,3,three
$$);
CALL regress.file('i/item/20240105-120000000.csv', $$
I,2024-01-02 13:00:00,4,late
$$);
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'i', late_files 'scan');
CREATE FOREIGN TABLE at_item (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER log
  OPTIONS (schema_name 'i', table_name 'item');

-- ---------------------------------------------------------------- a statement has one instant
\pset format unaligned
\pset tuples_only on
-- a cursor, between whose fetches the setting changes
SET cdc_fdw.asof = '2024-01-01 10:00';
BEGIN;
DECLARE c CURSOR FOR SELECT id, 'first' FROM item UNION ALL SELECT id, 'second' FROM item;
FETCH 1 FROM c;
SET LOCAL cdc_fdw.asof = '2024-01-03 13:00';
FETCH ALL FROM c;
COMMIT;
-- before its first fetch, and where the new text is none
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM item;
SET LOCAL cdc_fdw.asof = 'garbage';
FETCH ALL FROM c;
COMMIT;
-- where it was none when the cursor began
BEGIN;
SET LOCAL cdc_fdw.asof = '';
DECLARE c CURSOR FOR SELECT id FROM item ORDER BY 1;
SET LOCAL cdc_fdw.asof = '2024-01-01 10:00';
FETCH ALL FROM c;
COMMIT;
-- the time up to which files are known
BEGIN;
SET LOCAL cdc_fdw.asof = '2024-01-02 14:00';
SET LOCAL cdc_fdw.known_at = '2024-01-04';
DECLARE c CURSOR FOR SELECT id, 'first' FROM item UNION ALL SELECT id, 'second' FROM item;
FETCH 1 FROM c;
SET LOCAL cdc_fdw.known_at = '';
FETCH ALL FROM c;
COMMIT;
-- a scan that begins anew for each row, and another that first begins behind the change
BEGIN;
DECLARE c CURSOR FOR SELECT g, l.n, (SELECT count(*) FROM item WHERE id >= g)
  FROM generate_series(1, 3) g, LATERAL (SELECT count(*) AS n FROM item WHERE id + g > 0 OFFSET 0) l;
FETCH 1 FROM c;
SET LOCAL cdc_fdw.asof = '2024-01-03 13:00';
FETCH ALL FROM c;
COMMIT;
-- a subquery that is asked for late
BEGIN;
DECLARE c CURSOR FOR SELECT g, CASE WHEN g = 2 THEN (SELECT count(*) FROM item) END FROM generate_series(1, 2) g;
FETCH 1 FROM c;
SET LOCAL cdc_fdw.asof = '2024-01-03 13:00';
FETCH ALL FROM c;
COMMIT;
-- what the statement itself sets is for the next one
SELECT set_config('cdc_fdw.asof', '2024-01-03 13:00', false) <> '', count(*) FROM item;
WITH s AS MATERIALIZED (SELECT set_config('cdc_fdw.asof', '2024-01-01 10:00', false) AS asof) SELECT asof, count(*) FROM s, item GROUP BY 1;
SELECT count(*) FROM item;
-- a function that returns a cursor
CREATE FUNCTION regress.opened() RETURNS refcursor LANGUAGE plpgsql SET cdc_fdw.asof = '2024-01-02 12:30' AS $$
DECLARE c refcursor := 'opened';
BEGIN
  OPEN c FOR SELECT id FROM item ORDER BY 1;
  RETURN c;
END $$;
BEGIN;
SELECT regress.opened();
FETCH ALL FROM opened;
COMMIT;
-- a prepared statement has the instant of each EXECUTE
PREPARE counted AS SELECT count(*) FROM item;
EXECUTE counted;
SET cdc_fdw.asof = '2024-01-03 13:00';
EXECUTE counted;
RESET cdc_fdw.asof;
EXECUTE counted;
-- a query of a function is a statement of its own
CREATE FUNCTION regress.counted_at(at text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('cdc_fdw.asof', at, true);
  RETURN (SELECT count(*) FROM item);
END $$;
SELECT regress.counted_at('2024-01-01 10:00'), regress.counted_at('2024-01-03 13:00'), count(*) FROM item;

-- ---------------------------------------------------------------- and one set of options
ALTER SERVER log OPTIONS (ADD asof '2024-01-01 10:00');
BEGIN;
DECLARE c CURSOR FOR SELECT id, 'first' FROM item UNION ALL SELECT id, 'second' FROM item;
FETCH 1 FROM c;
ALTER SERVER log OPTIONS (SET asof '2024-01-03 13:00');
FETCH ALL FROM c;
ROLLBACK;
-- where the log lies and how it reads, altered before the first fetch
BEGIN;
DECLARE c CURSOR FOR SELECT id, name FROM item;
ALTER SERVER log OPTIONS (DROP asof, SET url 'file:///nowhere/at/all', ADD csv_delimiter '|');
FETCH ALL FROM c;
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
DECLARE c CURSOR FOR SELECT id, name FROM item;
ALTER SERVER log OPTIONS (DROP asof, SET url 'file:///nowhere/at/all', ADD csv_delimiter '|');
FETCH ALL FROM c;
SELECT regress.outcome('SELECT * FROM item');
ROLLBACK;
-- PostgreSQL keeps a table that a cursor reads
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM item;
SELECT regress.outcome($$ALTER FOREIGN TABLE item OPTIONS (ADD asof '2024-01-03 13:00')$$);
ROLLBACK;
ALTER SERVER log OPTIONS (DROP asof);
-- a pin is the one of then
SELECT cdc_fdw_pin('p', '2024-01-01 10:00', NULL, 'item');
SET cdc_fdw.asof = 'pin:p';
BEGIN;
DECLARE c CURSOR FOR SELECT id, 'first' FROM item UNION ALL SELECT id, 'second' FROM item;
DECLARE d CURSOR FOR SELECT id FROM item;
FETCH 1 FROM c;
SELECT cdc_fdw_unpin('p');
SELECT cdc_fdw_pin('p', '2024-01-03 13:00', NULL, 'item');
FETCH ALL FROM c;
FETCH ALL FROM d;
SELECT count(*) FROM item;
ROLLBACK;
RESET cdc_fdw.asof;

-- ---------------------------------------------------------------- instants are of ISO 8601, for options, settings and arguments alike
CREATE FUNCTION regress.said(t text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  setting text;
  option text;
BEGIN
  PERFORM set_config('cdc_fdw.asof', t, true);
  setting := regress.outcome('SELECT * FROM item');
  PERFORM set_config('cdc_fdw.asof', '', true);
  option := regress.outcome(format('ALTER SERVER log OPTIONS (ADD asof %L); SELECT * FROM item; ALTER SERVER log OPTIONS (DROP asof)', t));
  RETURN concat_ws(' | ', t, CASE WHEN setting LIKE 'OK%' THEN substr(setting, 5) ELSE split_part(setting, E'\n', 2) END,
    CASE WHEN option LIKE 'OK%' THEN 'ok' ELSE split_part(option, E'\n', 2) END,
    CASE WHEN split_part(regress.outcome(format('SELECT cdc_fdw_audit(''item'', %L)', t)), E':', 1) LIKE 'OK%' THEN 'ok' ELSE 'error' END);
END $$;
SELECT regress.said(t) FROM unnest('{2024-01-02,2024-01-02 12:30,2024-01-02T12:30:00Z,2024-01-02t12:30z,2024-01-02 12:30:00.123456+00,2024-01-02 12:30 +00,
  2024-01-02 21:30+09,2024-01-02 21:30+0900,2024-01-02 21:30+09:00,2024-01-02 13:23:28+00:53:28,20240102,20240102T123000Z,20240102 1230,2024-01-01 24:00,
  2024-01-02 12:30:00.123456000,infinity,Infinity,watermark,2024-01-02 UTC,2024-01-02 12:30 utc,20240102 1230 UTC}'::text[]) t;
SELECT regress.said(t) FROM unnest(ARRAY['now', 'today', 'Yesterday 10:00', 'tomorrow', 'epoch', 'soon', '02/01/2024', '2.1.2024', 'Jan 2 2024', '2024-1-2',
  '2024-01-02 21:30 Asia/Tokyo', '2024-01-02 UTCX', '2024-01-02UTC', '2024-01-02 12:30 CST', '2024-01-02 12:30 PM', '2024-01-02 12', '2024-01-02T', '2024.5',
  '2024-002', '2024-W01-2', '2024-01-02 12:30:00.', '2024-01-02 12:30:00.1234567', '2024-01-02 12:30+', '2024-01-02 12:30 BC', '20240102T12:30', '240102',
  '2024-02-30', '2024-01-02 25:00', '2024-01-02 12:30+99', '1704198600', '2460312', 'pin:', '', ' ', '2024-01-02;2024-01-03', '2024-01-02 12:30Z x']) t WHERE t <> '';
-- a session's follows TimeZone, an option's is UTC; DateStyle changes neither
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'SQL, DMY';
SET cdc_fdw.asof = '2024-01-02 21:30';
SELECT count(*) FROM item;
SET cdc_fdw.asof = '2024-01-02 20:30';
SELECT count(*) FROM item;
RESET cdc_fdw.asof;
ALTER SERVER log OPTIONS (ADD asof '2024-01-02 12:30');
SELECT count(*) FROM item;
ALTER SERVER log OPTIONS (SET asof '2024-01-02 11:30');
SELECT count(*) FROM item;
ALTER SERVER log OPTIONS (DROP asof);
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
-- other options that are instants, and the other setting
SELECT regress.outcome(format('ALTER FOREIGN TABLE item OPTIONS (ADD %s %L)', o, t)) FROM unnest('{changes_from,known_at}'::text[]) o, unnest('{now,01/02/2024,2024-13-01}'::text[]) t;
SET cdc_fdw.known_at = 'now';
SELECT regress.outcome('SELECT * FROM item');
RESET cdc_fdw.known_at;

-- ---------------------------------------------------------------- functions take texts and timestamptz
SELECT cdc_fdw_pin('unknown', NULL, NULL, 'item'), cdc_fdw_pin('literal', '2024-01-02 12:30', NULL, 'item'), cdc_fdw_pin('both', '2024-01-02 12:30', '2024-01-04', 'item'),
  cdc_fdw_pin('typed', timestamptz '2024-01-02 12:30', NULL, 'item'), cdc_fdw_pin('known', NULL, timestamptz '2024-01-04', 'item'),
  cdc_fdw_pin(pin => 'named', asof => timestamptz '2024-01-02 12:30', known_at => timestamptz '2024-01-04', VARIADIC tables => '{item,at_item}'),
  cdc_fdw_pin(pin => 'named text', asof => 'watermark'::text, known_at => NULL, VARIADIC tables => '{at_item}'), cdc_fdw_pin('date', date '2024-01-02', NULL, 'item');
SELECT pin, table_name, asof, known_at, objects FROM cdc_fdw_pins ORDER BY 1, 2;
PREPARE pin_text(text, text) AS SELECT cdc_fdw_pin('p text', $1, $2, 'item');
EXECUTE pin_text('2024-01-02 12:30', NULL);
PREPARE pin_time(timestamptz, timestamptz) AS SELECT cdc_fdw_pin('p time', $1, $2, 'item');
EXECUTE pin_time('2024-01-02 12:30', NULL);
PREPARE pin_any AS SELECT cdc_fdw_pin('p any', $1, $2, 'item');
EXECUTE pin_any(NULL, NULL);
SELECT pin, asof FROM cdc_fdw_pins WHERE pin ~ '^p ' ORDER BY 1;
SELECT regress.outcome(format('SELECT cdc_fdw_pin(''bad'', %s, NULL, ''item'')', a)) FROM unnest('{''now'',''pin:p'',5}'::text[]) a;

SELECT (SELECT count(*) FROM cdc_fdw_explain_row('item', '{"id": 2}')), (SELECT count(*) FROM cdc_fdw_explain_row('item', '{"id": 2}', NULL)),
  (SELECT count(*) FROM cdc_fdw_explain_row('item', '{"id": 2}', '2024-01-02 11:00')), (SELECT count(*) FROM cdc_fdw_explain_row('item', '{"id": 2}', timestamptz '2024-01-02 11:00')),
  (SELECT count(*) FROM cdc_fdw_explain_row(tbl => 'item', key => '{"id": 2}', asof => now())), (SELECT count(*) FROM cdc_fdw_explain_row('item', '{"id": 2}', 'watermark'));
PREPARE row_at(timestamptz) AS SELECT count(*) FROM cdc_fdw_explain_row('item', '{"id": 2}', $1);
EXECUTE row_at('2024-01-02 11:00');
EXECUTE row_at(NULL);

SELECT a.*, b.count = a.count FROM cdc_fdw_audit('item') a JOIN cdc_fdw_audit('item', NULL) b USING (kind) WHERE kind = 'times_ran_back';
SELECT (SELECT count FROM cdc_fdw_audit('item', asof => '2024-01-02 12:30') WHERE kind = 'times_ran_back'),
  (SELECT count FROM cdc_fdw_audit('item', timestamptz '2024-01-02 12:30') WHERE kind = 'times_ran_back'),
  (SELECT count FROM cdc_fdw_audit(asof => timestamptz 'infinity', tbl => 'item') WHERE kind = 'times_ran_back');

SELECT key, what FROM cdc_fdw_diff('item', '2024-01-02 12:30') ORDER BY 1;
SELECT key, what FROM cdc_fdw_diff('item', timestamptz '2024-01-02 12:30') ORDER BY 1;
SELECT key, what FROM cdc_fdw_diff('item', timestamptz '2024-01-02 12:30', '2024-01-02 13:00') ORDER BY 1;
SELECT key, what FROM cdc_fdw_diff('item', '2024-01-02 12:30', NULL) ORDER BY 1;
SELECT key, what FROM cdc_fdw_diff(tbl => 'item', from_asof => timestamptz '2024-01-02 12:30', to_asof => timestamptz '2024-01-02 11:00') ORDER BY 1;
SELECT regress.outcome($$SELECT cdc_fdw_diff('item', NULL)$$), regress.outcome($$SELECT cdc_fdw_diff('item', NULL::timestamptz)$$);
PREPARE diff_at(timestamptz) AS SELECT count(*) FROM cdc_fdw_diff('item', $1);
EXECUTE diff_at('2024-01-02 12:30');

SELECT count(DISTINCT fingerprint), sum(rows) FROM (SELECT (cdc_fdw_fingerprint('item', '2024-01-02 12:30')).* UNION ALL SELECT (cdc_fdw_fingerprint('item', timestamptz '2024-01-02 12:30')).*
  UNION ALL SELECT (cdc_fdw_fingerprint('item', '2024-01-02 12:30'::text)).*) x;
SELECT rows FROM cdc_fdw_fingerprint('item'), LATERAL (SELECT 1) x UNION ALL SELECT rows FROM cdc_fdw_fingerprint('item', NULL) UNION ALL SELECT rows FROM cdc_fdw_fingerprint('item', '10000-01-01');
SELECT regress.outcome($$SELECT cdc_fdw_fingerprint('item', 'now')$$);
CREATE TABLE live AS SELECT id, name FROM item WHERE id < 3;
SELECT key, difference FROM cdc_fdw_compare('item', 'live') UNION ALL SELECT key, difference FROM cdc_fdw_compare('item', 'live', NULL, 1) ORDER BY 1;
SELECT count(*) FROM cdc_fdw_compare('item', 'live', '2024-01-02 12:30');
SELECT count(*) FROM cdc_fdw_compare('item', 'live', timestamptz '2024-01-02 12:30');
SELECT count(*) FROM cdc_fdw_compare('item', 'live', max_keys => 1);
SELECT regress.outcome($$SELECT cdc_fdw_compare('item', 'live', '02/01/2024')$$);

-- ---------------------------------------------------------------- when the full load was taken, where no record tells
CREATE SERVER named FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
CALL regress.file('f/item/LOAD00000001.csv', E'1,one\n');
CALL regress.file('f/item/20240102-100000000.csv', E'I,2,two\n');
CALL regress.file('f/item/20240103-100000000.csv', E'D,1,\n');
CALL regress.file('f/still/LOAD00000001.csv', E'1,one\n');
CALL regress.file('f/born/20240102-100000000.csv', E'I,2,two\n');
CALL regress.file('f/late/LOAD00000001.csv', E'9,nine\n');
CALL regress.file('f/late/20240102-120000000.csv', E'I,8,eight\n');
CREATE FOREIGN TABLE named (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof'), known timestamptz OPTIONS (role 'known_at'))
  SERVER named OPTIONS (prefix 'f/item');
CREATE FOREIGN TABLE named_history (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER named OPTIONS (prefix 'f/item', mode 'history');
CREATE FOREIGN TABLE named_changes (id int, name text, at timestamptz OPTIONS (role 'asof')) SERVER named OPTIONS (prefix 'f/item', mode 'changes');
CREATE FOREIGN TABLE still (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER named OPTIONS (prefix 'f/still');
CREATE FOREIGN TABLE born (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER named OPTIONS (prefix 'f/born');
CREATE FOREIGN TABLE parts (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER named OPTIONS (prefix 'f/item, f/late');
-- without the option
SELECT regress.outcome(format('SELECT * FROM named WHERE at = %L', t)) FROM unnest('{1999-01-01,2024-01-02 09:59:59.999999,2024-01-02 10:00,infinity}'::text[]) t;
SELECT regress.outcome($$SELECT * FROM named WHERE at = '1999-01-01' AND id = 1$$);
SELECT regress.outcome($$SELECT * FROM named WHERE at = '2024-01-02 09:00' AND known = '2024-01-01'$$);
SELECT regress.outcome($$SELECT * FROM named WHERE at = '2024-01-02 11:00' AND known = '2024-01-01'$$);
SELECT regress.outcome($$SELECT * FROM named_history WHERE at = '1999-01-01'$$);
SELECT regress.outcome($$SELECT * FROM named_changes WHERE at = '1999-01-01'$$);
SELECT regress.outcome($$SELECT * FROM born WHERE at = '1999-01-01'$$);
-- each folder has its own full load
SELECT regress.outcome(format('SELECT * FROM parts WHERE at = %L', t)) FROM unnest('{2024-01-02 11:00,2024-01-02 12:00}'::text[]) t;
SELECT regress.outcome(f) FROM unnest(ARRAY[$$SELECT cdc_fdw_audit('named', '1999-01-01')$$, $$SELECT cdc_fdw_explain_row('named', '{"id": 1}', '1999-01-01')$$,
  $$SELECT cdc_fdw_diff('named', '1999-01-01', '2024-01-02 10:00')$$, $$SELECT cdc_fdw_pin('early', '1999-01-01', NULL, 'named')$$]) f;
SET client_min_messages = notice;
-- without a change file: a notice once a session and server
SELECT count(*) FROM still WHERE at = '1999-01-01';
SELECT count(*) FROM still WHERE at = '1999-01-01';
SELECT count(*) FROM still;
-- on the server, for every table
ALTER SERVER named OPTIONS (ADD base_time '2024-01-01 12:00');
SELECT at, t, regress.outcome(format('SELECT * FROM %s WHERE at = %L', t, at)) FROM unnest('{2024-01-01 11:59:59.999999,2024-01-01 12:00}'::text[]) at, unnest('{named,named_history,still,born,parts}'::text[]) t;
SELECT foreign_table, base_time FROM cdc_fdw_status('named');
-- on the table, which prevails; and what before_base says
ALTER FOREIGN TABLE named OPTIONS (ADD base_time '2024-01-02 09:00', ADD before_base 'base');
SELECT count(*), min(name) FROM named WHERE at = '2024-01-01';
ALTER FOREIGN TABLE named OPTIONS (SET before_base 'empty');
SELECT (SELECT count(*) FROM named WHERE at = '2024-01-02 08:59'), (SELECT count(*) FROM named WHERE at = '2024-01-02 09:00'), (SELECT count(*) FROM named WHERE at = '2024-01-02 08:59' AND id = 1),
  (SELECT count(*) FROM cdc_fdw_diff('named', '2024-01-02 08:59', '2024-01-02 11:00'));
ALTER FOREIGN TABLE named OPTIONS (DROP base_time, SET before_base 'base');
ALTER SERVER named OPTIONS (DROP base_time);
SELECT count(*), min(name) FROM named WHERE at = '1999-01-01';
-- changes_from says that the load was taken then
ALTER FOREIGN TABLE named OPTIONS (DROP before_base, ADD changes_from '2024-01-02 12:00');
SELECT regress.outcome(format('SELECT * FROM named WHERE at = %L', t)) FROM unnest('{2024-01-02 11:59,2024-01-02 12:00,2024-01-03 10:00}'::text[]) t;
ALTER FOREIGN TABLE named OPTIONS (DROP changes_from);
-- a pin has what it had, whatever is said later
SELECT cdc_fdw_pin('by name', '2024-01-02 11:00', NULL, 'named');
ALTER SERVER named OPTIONS (ADD base_time '2024-02-01');
SET cdc_fdw.asof = 'pin:by name';
SELECT count(*) FROM named;
RESET cdc_fdw.asof;
ALTER SERVER named OPTIONS (DROP base_time);
-- IMPORT and sync ask for it
CREATE SCHEMA imported;
IMPORT FOREIGN SCHEMA f LIMIT TO (item, still) FROM SERVER named INTO imported OPTIONS (infer 'text');
SELECT count(*) FROM cdc_fdw_sync('named', 'f', 'imported', '{"infer": "text"}');
ALTER SERVER named OPTIONS (ADD base_time '2024-01-02 10:00:00+00');
SELECT count(*) FROM cdc_fdw_sync('named', 'f', 'imported', '{"infer": "text"}');
-- an instant to come is told once a statement
SELECT count(*) FROM at_item a, at_item b WHERE a.at = '2200-01-01' AND b.at = '2200-01-01';
SELECT count(*) FROM at_item WHERE at = 'infinity';

-- ---------------------------------------------------------------- errors name table and instant
SELECT regress.outcome($$SELECT * FROM at_item a, item b WHERE a.at = '2023-12-31'$$);
SELECT regress.outcome($$SELECT * FROM at_item a, item b WHERE a.at > '2023-12-31'$$);
SET cdc_fdw.require_sealed = on;
SELECT regress.outcome($$SELECT * FROM at_item WHERE at = '2024-01-06'$$);
SELECT regress.outcome($$SELECT * FROM at_item$$);
RESET cdc_fdw.require_sealed;

-- ---------------------------------------------------------------- a full load begins with its first record, whichever file has it
CREATE SERVER began FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CREATE SERVER began_h FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', add_column_name 'true');
CREATE PROCEDURE regress.began(folder text, first text, header text) LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.file(folder || '/LOAD00000001.csv', first);
  CALL regress.file(folder || '/LOAD00000002.csv', CASE WHEN header = '' THEN '' ELSE 'ts,' || header END || E'2024-01-01 10:00:00,2,b\n2024-01-01 10:00:00,3,c\n');
  CALL regress.file(folder || '/20240102-000000000.csv', CASE WHEN header = '' THEN '' ELSE 'Op,ts,' || header END || E'U,2024-01-01 09:59:00,2,old\nD,2024-01-01 09:59:00,3,\nU,2024-01-01 10:01:00,4,d\n');
END $$;
CALL regress.began('g/empty', '', '');
CALL regress.began('g/header', E'ts,id,v\n', E'id,v\n');
CALL regress.file('g/other/LOAD00000001.csv', E'2024-01-01 12:00:00,7,o\n');
CREATE FOREIGN TABLE began_empty (id int OPTIONS (key 'true'), v text) SERVER began OPTIONS (prefix 'g/empty');
CREATE FOREIGN TABLE began_header (id int OPTIONS (key 'true'), v text) SERVER began_h OPTIONS (prefix 'g/header');
CREATE FOREIGN TABLE began_two (id int OPTIONS (key 'true'), v text, folder text OPTIONS (role 'source', key 'true')) SERVER began OPTIONS (prefix 'g/empty, g/other');
CREATE FOREIGN TABLE began_history (id int OPTIONS (key 'true'), v text, since timestamptz OPTIONS (role 'valid_from')) SERVER began OPTIONS (prefix 'g/empty', mode 'history');
SELECT * FROM began_empty ORDER BY id;
SELECT * FROM began_empty WHERE id = 3;
SELECT * FROM began_header ORDER BY id;
SELECT id, v FROM began_two ORDER BY id;
SELECT * FROM began_history ORDER BY id, since;
SELECT count FROM cdc_fdw_audit('began_empty') WHERE kind = 'records_before_base';
SELECT t, (cdc_fdw_status(t::regclass)).base_time FROM unnest('{began_empty,began_header}'::text[]) t;

-- ---------------------------------------------------------------- the full load was not over: each way of reading says so
-- the first change file was written when the repeated load began, by the task before it
CALL regress.file('r/reload/LOAD00000001.csv', E'2024-01-01 00:00:01,1,a\n2024-01-01 00:10:00,3,c\n');
CALL regress.file('r/reload/20240101-000030000.csv', E'U,2023-12-31 23:59:40,1,a\n');
CALL regress.file('r/reload/20240101-001100000.csv', E'D,2024-01-01 00:05:00,2,\n');
CREATE FOREIGN TABLE reload (id int OPTIONS (key 'true'), v text) SERVER began OPTIONS (prefix 'r/reload');
CREATE FOREIGN TABLE reload_history (id int OPTIONS (key 'true'), v text, since timestamptz OPTIONS (role 'valid_from')) SERVER began OPTIONS (prefix 'r/reload', mode 'history');
CREATE FUNCTION regress.readings(tab text, at text, pin boolean DEFAULT true) RETURNS TABLE (reading text, outcome text) LANGUAGE plpgsql AS $$
DECLARE
  asked text;
BEGIN
  PERFORM set_config('cdc_fdw.asof', at, true);
  FOREACH asked IN ARRAY ARRAY['SELECT * FROM %I', 'SELECT count(*) FROM %I', 'SELECT * FROM %I WHERE id = 1', 'SELECT * FROM %I WHERE id = 2', 'SELECT * FROM %I WHERE id = 3',
    'SELECT * FROM (VALUES (2)) x (i) LEFT JOIN %I ON id = i', 'SELECT * FROM %I_history', 'SELECT * FROM %1$I_history WHERE since > ''2024-01-01 00:01:30''',
    'SELECT * FROM cdc_fdw_explain_row(%L, ''{"id": 2}'', %L)', 'SELECT * FROM cdc_fdw_diff(%L, %L, ''2024-01-01 00:20'')', 'SELECT * FROM cdc_fdw_diff(%1$L, ''2024-01-01 00:20'', %2$L)',
    'SELECT * FROM cdc_fdw_audit(%L, %L)'] || CASE WHEN pin THEN ARRAY['SELECT cdc_fdw_pin(''at'', %2$L, NULL, %1$L)'] END LOOP
    reading := format(asked, tab, '…');
    outcome := split_part(regress.outcome(format(asked, tab, at)), E'\n', 1);
    RETURN NEXT;
  END LOOP;
END $$;
SELECT * FROM regress.readings('reload', '2024-01-01 00:02');
SELECT regress.outcome($$SELECT cdc_fdw_pin('at', '2024-01-01 00:02', NULL, 'reload')$$);
-- versions from after a time: row 3 was loaded later, and is none that began before
SELECT * FROM reload_history WHERE since > '2024-01-01 00:01:30' ORDER BY id, since;
-- right from the last row of the full load on
SET cdc_fdw.asof = '2024-01-01 00:10';
SELECT * FROM reload ORDER BY id;
SELECT * FROM reload WHERE id = 2;
SELECT * FROM reload WHERE id = 1;
RESET cdc_fdw.asof;
-- before_base 'empty' is an empty table in each, the hint's way
ALTER FOREIGN TABLE reload OPTIONS (ADD before_base 'empty');
ALTER FOREIGN TABLE reload_history OPTIONS (ADD before_base 'empty');
SELECT * FROM regress.readings('reload', '2024-01-01 00:02', false);
SELECT what, key FROM cdc_fdw_diff('reload', '2024-01-01 00:02', '2024-01-01 00:20') ORDER BY key::text;
SELECT cdc_fdw_pin('empty', '2024-01-01 00:02', NULL, 'reload');
SET cdc_fdw.asof = 'pin:empty';
SELECT count(*) FROM reload;
RESET cdc_fdw.asof;
ALTER FOREIGN TABLE reload OPTIONS (SET before_base 'base');
ALTER FOREIGN TABLE reload_history OPTIONS (SET before_base 'base');
SELECT * FROM regress.readings('reload', '2024-01-01 00:02', false);
ALTER FOREIGN TABLE reload OPTIONS (DROP before_base);
-- no change file at all
CREATE FOREIGN TABLE loading (id int OPTIONS (key 'true'), v text) SERVER began OPTIONS (prefix 'r/loading');
CREATE FOREIGN TABLE loading_history (id int OPTIONS (key 'true'), v text, since timestamptz OPTIONS (role 'valid_from')) SERVER began OPTIONS (prefix 'r/loading', mode 'history');
CALL regress.file('r/loading/LOAD00000001.csv', E'2024-01-01 00:00:01,1,a\n2024-01-01 00:10:00,3,c\n');
SELECT * FROM regress.readings('loading', '2024-01-01 00:00:03');
-- transaction files hold other tables' changes, which do not wait for this one's full load
CALL regress.file('r/txn/CDC_TXN-20240101000200000.csv', E'I,other,r,2024-01-01 00:01:30,9,z\n');
CALL regress.file('r/txn/CDC_TXN-20240101001100000.csv', E'U,loading,r,2024-01-01 00:10:30,1,b\n');
CREATE FOREIGN TABLE moved (id int OPTIONS (key 'true'), v text) SERVER began OPTIONS (prefix 'r/loading', schema_name 'r', table_name 'loading', preserve_transactions 'true', cdc_path 'r/txn');
CREATE FOREIGN TABLE moved_history (id int OPTIONS (key 'true'), v text, since timestamptz OPTIONS (role 'valid_from')) SERVER began OPTIONS (prefix 'r/loading', schema_name 'r', table_name 'loading', preserve_transactions 'true', cdc_path 'r/txn', mode 'history');
SELECT * FROM regress.readings('moved', '2024-01-01 00:03');
-- a change from after the first row tells that it was over, by the newest file with records: a search need not read the full load
CALL regress.file('r/over/LOAD00000001.csv', E'2024-01-01 00:00:01,1,a\n2024-01-01 00:10:00,3,c\n');
CALL regress.file('r/over/20240101-001100000.csv', E'U,2024-01-01 00:10:30,1,b\n');
CALL regress.file('r/over/20240101-001200000.csv', '');
CREATE FOREIGN TABLE over (id int OPTIONS (key 'true'), v text) SERVER began OPTIONS (prefix 'r/over');
SET cdc_fdw.asof = '2024-01-01 00:12';
SELECT * FROM over ORDER BY id;
SELECT * FROM over WHERE id = 1;
SELECT regress.counted('SELECT * FROM over WHERE id = 1', 'Base Records|Search|Files Looked');
RESET cdc_fdw.asof;
-- a pin is not made before the first change of a log without full load, however near
CALL regress.file('r/born/20240131-000001000.csv', E'I,2024-01-31 00:00:00,1,b\n');
CREATE FOREIGN TABLE born_late (id int OPTIONS (key 'true'), v text) SERVER began OPTIONS (prefix 'r/born');
SELECT regress.outcome($$SELECT cdc_fdw_pin('born', '2024-01-30 23:59:59', NULL, 'born_late')$$);
SELECT regress.outcome($$SELECT cdc_fdw_pin('born', '2024-01-31', NULL, 'born_late')$$);
ALTER FOREIGN TABLE born_late OPTIONS (ADD before_base 'empty');
SELECT cdc_fdw_pin('unborn', '2024-01-30 23:59:59', NULL, 'born_late');
SET cdc_fdw.asof = 'pin:unborn';
SELECT count(*) FROM born_late;
RESET cdc_fdw.asof;
SELECT cdc_fdw_unpin(p) FROM unnest('{empty,born,unborn}'::text[]) p;

-- ---------------------------------------------------------------- a full load without commit times is as on the clock of files
CALL regress.file('u/plain/LOAD00000001.csv', E'I,1,a\nI,2,b\n');
CALL regress.file('u/plain/20240102-000000000.csv', E'U,2024-01-01 23:59:00,1,z\n');
CALL regress.file('u/header/LOAD00000001.csv', E'Op,id,v\nI,1,a\nI,2,b\n');
CALL regress.file('u/header/20240102-000000000.csv', E'Op,ts,id,v\nU,2024-01-01 23:59:00,1,z\n');
CREATE FOREIGN TABLE u_plain (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof'), committed timestamptz OPTIONS (role 'commit_time')) SERVER began OPTIONS (prefix 'u/plain', include_op_for_full_load 'true');
CREATE FOREIGN TABLE u_header (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER began_h OPTIONS (prefix 'u/header');
CREATE FOREIGN TABLE u_history (id int OPTIONS (key 'true'), v text, since timestamptz OPTIONS (role 'valid_from'), until timestamptz OPTIONS (role 'valid_to'), committed timestamptz OPTIONS (role 'commit_time')) SERVER began OPTIONS (prefix 'u/plain', include_op_for_full_load 'true', mode 'history');
CREATE FUNCTION regress.values_at(name text, at text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text := split_part(regress.outcome(format('SELECT * FROM %I WHERE at = %L', name, at)), E'\n', 1);
BEGIN
  IF result LIKE 'OK%' THEN
    EXECUTE format('SELECT coalesce(string_agg(v, %L ORDER BY id), %L) FROM %I WHERE at = %L', ' ', 'empty', name, at) INTO result;
  END IF;
  RETURN result;
END $$;
\set undated 'SELECT t, regress.values_at(\'u_plain\', t) AS plain, regress.values_at(\'u_header\', t) AS header FROM unnest(\'{1999-01-01,2024-01-01 11:59,2024-01-01 12:00,2024-01-01 23:59:30,2024-01-02}\'::text[]) t'
SELECT regress.outcome($$SELECT * FROM u_plain WHERE at = '1999-01-01'$$);
:undated;
SELECT * FROM u_history ORDER BY id, since;
SELECT id, v, committed FROM u_plain ORDER BY id;
ALTER SERVER began OPTIONS (ADD base_time '2024-01-01 12:00');
ALTER SERVER began_h OPTIONS (ADD base_time '2024-01-01 12:00');
SELECT regress.outcome($$SELECT * FROM u_plain WHERE at = '1999-01-01'$$);
:undated;
SELECT * FROM u_history ORDER BY id, since;
SELECT id, v, since FROM u_history WHERE since >= '2024-01-01 12:00' ORDER BY id, since;
SELECT id, v, since FROM u_history WHERE since > '2024-01-01 12:00' ORDER BY id, since;
SELECT (cdc_fdw_status('u_plain')).base_time;
-- records that have a time begin at that
SELECT * FROM began_empty ORDER BY id;
SELECT * FROM began_history ORDER BY id, since;
SELECT (cdc_fdw_status('began_empty')).base_time;
ALTER FOREIGN TABLE u_plain OPTIONS (ADD before_base 'empty');
ALTER FOREIGN TABLE u_header OPTIONS (ADD before_base 'base');
:undated;

\i :end

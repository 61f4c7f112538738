-- Two clocks: known_at, and files that are named long after what they hold.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', known_at '2024-01-03');
CREATE SERVER plain FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CREATE FUNCTION regress.files(query text) RETURNS text LANGUAGE sql AS $$
  SELECT regress.counted(query, 'As Of|Known At|Files Listed|Files Read|Files Looked|Looks|Change Records');
$$;

CALL regress.file('k/item/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,one
2024-01-01 09:00:00,2,two
$$);
CALL regress.file('k/item/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,2,TWO
I,2024-01-01 10:00:30,3,three
$$);
CALL regress.file('k/item/20240101-110100000.csv', $$
U,2024-01-01 11:00:00,1,ONE
$$);
CALL regress.file('k/item/20240102-120100000.csv', $$
D,2024-01-02 12:00:00,3,
$$);
-- a correction that came days later, behind a file without a record
CALL regress.file('k/item/20240104-000000000.csv', '');
CALL regress.file('k/item/20240105-000000000.csv', $$
U,2024-01-01 10:30:00,3,corrected
I,2024-01-01 10:30:00,4,was missing
$$);
CALL regress.file('k/item/20240106-120100000.csv', $$
U,2024-01-06 12:00:00,1,last
$$);
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof'), known timestamptz OPTIONS (role 'known_at'))
  SERVER plain OPTIONS (schema_name 'k');
CREATE FOREIGN TABLE item_log (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'k', table_name 'item');
CREATE FOREIGN TABLE item_scan (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof'))
  SERVER plain OPTIONS (schema_name 'k', table_name 'item', late_files 'scan');

-- ---------------------------------------------------------------- the same instant as it was known
SELECT * FROM item WHERE at = '2024-01-01 10:45' ORDER BY id;
SELECT * FROM item WHERE at = '2024-01-01 10:45' AND known = '2024-01-02' ORDER BY id;
SELECT * FROM item WHERE at = '2024-01-01 10:45' AND known = '2024-01-04 23:59:59.999999' ORDER BY id;
SELECT * FROM item WHERE at = '2024-01-01 10:45' AND known = '2024-01-05' ORDER BY id;
SELECT * FROM item WHERE at = '2024-01-01 10:45' AND known = 'infinity' ORDER BY id;
SELECT * FROM item_scan WHERE at = '2024-01-01 10:45' ORDER BY id;
-- all that was known
SELECT id, name, known FROM item WHERE known = '2024-01-01 10:01' ORDER BY id;
SELECT id, name, known FROM item WHERE known = '2024-01-01 10:00:59' ORDER BY id;
SELECT id, name, known FROM item ORDER BY id;
SELECT * FROM item_log ORDER BY id;
-- what a later correction changed
SELECT coalesce(a.id, b.id) AS id, a.name AS first_known, b.name AS now_known
  FROM (SELECT * FROM item WHERE at = '2024-01-01 10:45' AND known = '2024-01-02') a
  FULL JOIN (SELECT * FROM item WHERE at = '2024-01-01 10:45' AND known = '2024-02-01') b USING (id)
  WHERE a.name IS DISTINCT FROM b.name ORDER BY 1;

-- ---------------------------------------------------------------- files that are read and looked at
SELECT regress.files($$SELECT * FROM item WHERE at = '2024-01-01 10:45'$$);
SELECT regress.files($$SELECT * FROM item WHERE at = '2024-01-01 10:45' AND known = '2024-01-02'$$);
SELECT regress.files($$SELECT * FROM item WHERE at = '2024-01-01 10:45' AND known = '2024-02-01'$$);
SELECT regress.files($$SELECT * FROM item_scan WHERE at = '2024-01-01 10:45'$$);
-- a file that is written anew is looked at again
CALL regress.file('k/item/20240105-000000000.csv', $$
U,2024-01-01 10:30:00,3,corrected again
$$);
SELECT regress.files($$SELECT * FROM item_scan WHERE at = '2024-01-01 10:45'$$);
SELECT regress.files($$SELECT * FROM item_scan WHERE at = '2024-01-01 10:45'$$);
SELECT * FROM item_scan WHERE at = '2024-01-01 10:45' ORDER BY id;
-- ---------------------------------------------------------------- which one applies, and what EXPLAIN says
SELECT regress.plan('SELECT * FROM item_log');
SELECT regress.files('SELECT * FROM item_log');
SET cdc_fdw.known_at = '2024-01-02';
SELECT regress.files('SELECT * FROM item_log');
ALTER FOREIGN TABLE item_log OPTIONS (ADD known_at '2024-01-06');
SELECT regress.files('SELECT * FROM item_log');
SELECT regress.plan($$SELECT * FROM item WHERE known = now() - interval '1 day'$$);
SELECT regress.files($$SELECT * FROM item WHERE known = '2024-01-01 11:01'$$);
SET client_min_messages = notice;
SELECT count(*) FROM item_log;
SET cdc_fdw.known_at = '2024-01-06 00:00';
SELECT count(*) FROM item_log;
SET client_min_messages = warning;
-- without a zone the session's follows its own
SET TimeZone = 'Asia/Tokyo';
SET cdc_fdw.known_at = '2024-01-01 19:01';
SELECT known, count(*) FROM item GROUP BY 1;
RESET cdc_fdw.known_at;
SELECT regress.plan('SELECT * FROM item_log');
SET TimeZone = 'UTC';

-- ---------------------------------------------------------------- one value for each scan
PREPARE known(timestamptz) AS SELECT id, name FROM item WHERE at = '2024-01-01 10:45' AND known = $1 ORDER BY id;
EXECUTE known('2024-01-02');
EXECUTE known('2024-02-01');
EXECUTE known(NULL);
DEALLOCATE known;
CREATE TABLE asked (a timestamptz, k timestamptz);
INSERT INTO asked VALUES ('2024-01-01 10:45', '2024-01-02'), ('2024-01-01 10:45', '2024-02-01'), ('2024-01-01 09:59', '2024-02-01'),
  ('2024-01-01 10:45', NULL), ('infinity', '2024-01-01 10:01');
SELECT a, k, n FROM asked, LATERAL (SELECT string_agg(name, ',' ORDER BY id) AS n FROM item WHERE at = a AND known = k) i ORDER BY 1, 2;
-- the two from two tables
SELECT a.a, k.k, string_agg(name, ',' ORDER BY id) FROM (SELECT DISTINCT a FROM asked) a, (SELECT DISTINCT k FROM asked WHERE k > '2024-01-01 12:00') k, item
  WHERE at = a.a AND known = k.k GROUP BY 1, 2 ORDER BY 1, 2;
-- an instant and a key from two tables
SELECT a.a, i.name FROM (SELECT DISTINCT a FROM asked) a JOIN item i ON i.at = a.a JOIN generate_series(1, 1) g ON i.id = g ORDER BY 1;
SELECT regress.outcome($$SELECT * FROM item WHERE known > '2024-01-01'$$);
SELECT regress.outcome($$SELECT * FROM item WHERE known IN ('2024-01-01', '2024-01-02')$$);
SELECT regress.outcome($$SELECT * FROM item WHERE at = '2024-01-01 10:45' AND known <> '2024-01-01'$$);
SELECT regress.outcome($$SELECT * FROM item WHERE known = '2024-01-05' AND at > '2024-01-01'$$);
SELECT regress.outcome($$WITH i AS MATERIALIZED (SELECT * FROM item) SELECT * FROM i WHERE known = '2024-01-02'$$);
SELECT regress.plan($$SELECT * FROM item WHERE known > '2024-01-01'$$);

-- ---------------------------------------------------------------- several processes
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT regress.plan($$SELECT id FROM item WHERE at = '2024-01-01 10:45' AND known = '2024-01-02'$$);
SELECT id, name, known FROM item WHERE at = '2024-01-01 10:45' AND known = '2024-01-02' ORDER BY id;
SELECT id, name, known FROM item WHERE at = '2024-01-01 10:45' AND known = '2024-02-01' ORDER BY id;
SET max_parallel_workers_per_gather = 0;

-- ---------------------------------------------------------------- changes
CREATE FOREIGN TABLE item_changes (op text OPTIONS (role 'op'), committed timestamptz OPTIONS (role 'commit_time'), named timestamptz OPTIONS (role 'file_time'),
  id int OPTIONS (key 'true'), name text, known timestamptz OPTIONS (role 'known_at')) SERVER plain OPTIONS (schema_name 'k', table_name 'item', mode 'changes');
SELECT op, committed, named, id FROM item_changes WHERE known = '2024-01-05';
SELECT op, committed, named, id FROM item_changes WHERE committed <= '2024-01-01 10:45';
SELECT op, committed, named, id FROM item_changes WHERE committed <= '2024-01-01 10:45' AND known = '2024-02-01';
ALTER FOREIGN TABLE item_changes OPTIONS (ADD late_files 'scan');
SELECT op, committed, named, id FROM item_changes WHERE committed <= '2024-01-01 10:45';
SELECT regress.files($$SELECT * FROM item_changes WHERE committed <= '2024-01-01 10:45'$$);
-- by object: nothing is lost between what is known at two times
SET cdc_fdw.known_at = '2024-01-02 13:00';
CREATE TABLE got AS SELECT * FROM cdc_fdw_changes_since('item_changes', NULL, '10 days');
SELECT file, line, op, committed FROM got WHERE bookmark IS NULL;
SET cdc_fdw.known_at = '2024-01-05';
SELECT file, line, op, committed FROM cdc_fdw_changes_since('item_changes', (SELECT bookmark FROM got WHERE bookmark IS NOT NULL), '10 days') WHERE bookmark IS NULL;
RESET cdc_fdw.known_at;
SELECT file, line, op, committed FROM cdc_fdw_changes_since('item_changes', (SELECT bookmark FROM got WHERE bookmark IS NOT NULL), '10 days') WHERE bookmark IS NULL;

-- ---------------------------------------------------------------- the clock of files
CREATE FOREIGN TABLE item_files (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof'), known timestamptz OPTIONS (role 'known_at'))
  SERVER plain OPTIONS (prefix 'f/item', timestamp_column_name '', base_time '2024-01-01');
CALL regress.file('f/item/LOAD00000001.csv', E'1,one\n');
CALL regress.file('f/item/20240101-100000000.csv', E'I,2,two\n');
CALL regress.file('f/item/20240102-100000000.csv', E'I,3,three\n');
SELECT count(*) FROM item_files WHERE at = '2024-01-03' AND known = '2024-01-01 10:00';
SELECT count(*) FROM item_files WHERE at = '2024-01-01 10:00' AND known = '2024-01-03';
SELECT count(*) FROM item_files WHERE known = '2024-01-01';
SELECT regress.files($$SELECT * FROM item_files WHERE at = '2024-01-01' AND known = '2024-01-03'$$);

-- ---------------------------------------------------------------- what cannot be answered
SELECT regress.outcome('SET cdc_fdw.known_at = ''soon''; SELECT * FROM item');
SET cdc_fdw.known_at = 'soon';
SELECT regress.outcome('SELECT * FROM item');
SELECT regress.outcome('EXPLAIN SELECT * FROM item');
RESET cdc_fdw.known_at;
SELECT regress.outcome($$ALTER FOREIGN TABLE item OPTIONS (ADD known_at 'today')$$);
SELECT regress.outcome($$ALTER FOREIGN TABLE item OPTIONS (ADD known_at 'watermark')$$);
SELECT regress.outcome($$ALTER FOREIGN TABLE item OPTIONS (ADD late_files 'scann')$$);
SELECT regress.outcome($$CREATE FOREIGN TABLE bad (id int, known date OPTIONS (role 'known_at')) SERVER plain OPTIONS (prefix 'k/item'); SELECT * FROM bad$$);
SELECT regress.outcome($$CREATE FOREIGN TABLE bad (id int, k timestamptz OPTIONS (role 'known_at'), l timestamptz OPTIONS (role 'known_at')) SERVER plain OPTIONS (prefix 'k/item'); SELECT * FROM bad$$);
-- nothing was known, and there is no full load
CALL regress.file('n/item/20240101-100100000.csv', E'I,2024-01-01 10:00:00,1,one\n');
CREATE FOREIGN TABLE item_new (id int OPTIONS (key 'true'), name text, known timestamptz OPTIONS (role 'known_at')) SERVER plain OPTIONS (prefix 'n/item');
SELECT regress.outcome($$SELECT * FROM item_new WHERE known = '2024-01-01 10:00'$$);
SELECT count(*) FROM item_new WHERE known = '2024-01-01 10:01';
ALTER FOREIGN TABLE item_new OPTIONS (ADD before_base 'empty');
SELECT count(*) FROM item_new WHERE known = '2024-01-01 10:00';
-- a clock that shows an hour twice
CALL regress.file('z/item/20241027/20241027-023000000.csv', E'I,2024-10-27 00:29:00,1,one\n');
CREATE FOREIGN TABLE item_zone (id int OPTIONS (key 'true'), name text, known timestamptz OPTIONS (role 'known_at'))
  SERVER plain OPTIONS (prefix 'z/item', date_partition_enabled 'true', date_partition_delimiter 'none', date_partition_timezone 'Europe/Berlin');
SELECT count(*) FROM item_zone WHERE known = '2024-10-27 01:30';
SELECT regress.outcome($$SELECT * FROM item_zone WHERE known = '2024-10-27 01:00'$$);
SELECT regress.outcome($$SELECT * FROM item_zone WHERE known = '2024-10-27 00:29'$$);
DROP TABLE asked, got;

-- ---------------------------------------------------------------- the hour that a clock shows twice
-- Europe/Berlin, 2024-10-27: 02:00 to 03:00 is 00:00 to 01:00 UTC, and again 01:00 to 02:00; columns show the first reading, the earliest that the time can be
CALL regress.file('z/hour/LOAD00000001.csv', E'1,base\n2,base\n');
CALL regress.file('z/hour/20241027/20241027-013000000.csv', E'U,1,before\n');
CALL regress.file('z/hour/20241027/20241027-021500000.csv', E'U,1,early\n');
CALL regress.file('z/hour/20241027/20241027-024500000.csv', E'U,1,late\nI,3,late\n');
CALL regress.file('z/hour/20241027/20241027-033000000.csv', E'U,1,after\nD,2,\n');
\set hour 'SERVER plain OPTIONS (prefix \'z/hour\', date_partition_enabled \'true\', date_partition_delimiter \'none\', date_partition_timezone \'Europe/Berlin\', timestamp_column_name \'\''
CREATE FOREIGN TABLE hour (id int OPTIONS (key 'true'), v text, named timestamptz OPTIONS (role 'file_time'), at timestamptz OPTIONS (role 'asof')) :hour);
CREATE FOREIGN TABLE hour_changes (op text OPTIONS (role 'op'), id int, v text, committed timestamptz OPTIONS (role 'commit_time'), named timestamptz OPTIONS (role 'file_time')) :hour, mode 'changes');
CREATE FOREIGN TABLE hour_history (id int OPTIONS (key 'true'), v text, since timestamptz OPTIONS (role 'valid_from'), until timestamptz OPTIONS (role 'valid_to'), named timestamptz OPTIONS (role 'file_time')) :hour, mode 'history');
SELECT id, v, named FROM hour ORDER BY id;
SELECT * FROM hour_changes;
SELECT * FROM hour_history ORDER BY id, since;
-- an instant between the readings of a file that it would split is an error; before and behind them there is an answer
SELECT t, regress.outcome(format('SELECT * FROM hour WHERE at = %L', t)) FROM unnest('{2024-10-27 00:14:59,2024-10-27 00:15,2024-10-27 01:14:59,2024-10-27 01:15,2024-10-27 01:45}'::text[]) t;
SELECT string_agg(v, ' ' ORDER BY id) FROM hour WHERE at = '2024-10-27 01:45';
-- so is a log that begins there; the hint, followed
CREATE FOREIGN TABLE hour_from (id int OPTIONS (key 'true'), v text) :hour, changes_from '2024-10-27 00:30');
SELECT foreign_table, option, hint FROM cdc_fdw_check_upgrade('plain') WHERE foreign_table = 'hour_from'::regclass;
ALTER FOREIGN TABLE hour_from OPTIONS (SET changes_from '2024-10-27 02:00');
SELECT * FROM hour_from ORDER BY id;
DROP FOREIGN TABLE hour_from;
SELECT line, file_time FROM cdc_fdw_explain_row('hour', '{"id": 1}') WHERE file LIKE '%-024500000.csv';
-- conditions go by what is shown, in the hour too
CREATE TABLE kept_hour_changes AS SELECT * FROM hour_changes;
CREATE TABLE kept_hour_history AS SELECT * FROM hour_history;
SELECT count(*), count(*) FILTER (WHERE f <> k) AS wrong, min(c || ' ' || f) FILTER (WHERE f <> k) AS example FROM (VALUES ('hour_changes', 'named'), ('hour_changes', 'committed'), ('hour_history', 'since'), ('hour_history', 'until')) x (name, col),
  unnest('{<,<=,=,>=,>}'::text[]) op, unnest('{2024-10-27 00:00,2024-10-27 00:15,2024-10-27 00:30,2024-10-27 00:45,2024-10-27 01:15,2024-10-27 01:30,2024-10-27 02:30}'::text[]) t,
  LATERAL (SELECT format('%I %s %L', col, op, t) AS c OFFSET 0) q, LATERAL (SELECT regress.outcome(format('SELECT * FROM %I WHERE %s', name, c)) AS f, regress.outcome(format('SELECT * FROM kept_%s WHERE %s', name, c)) AS k OFFSET 0) r;
-- ---------------------------------------------------------------- functions that read rows know no more than a query
CALL regress.file('r/known/LOAD00000001.csv', E'2024-01-01 00:00:00,1,a\n');
CALL regress.file('r/known/20240102-000000000.csv', E'U,2024-01-01 12:00:00,1,z\n');
CALL regress.file('r/known/20240104-000000000.csv', E'U,2024-01-02 12:00:00,1,y\nI,2024-01-02 12:00:00,2,hidden\nU,2024-01-02 12:00:00,7,\n');
CREATE FOREIGN TABLE known_log (id int OPTIONS (key 'true'), v text OPTIONS (null_on_update 'keep')) SERVER log OPTIONS (schema_name 'r', table_name 'known');
CREATE FOREIGN TABLE known_plain (id int OPTIONS (key 'true'), v text OPTIONS (null_on_update 'keep')) SERVER plain OPTIONS (schema_name 'r', table_name 'known');
CREATE FUNCTION regress.differences(name text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', key->>'id', what, old_row->>'v', new_row->>'v'), ', ' ORDER BY key) FROM cdc_fdw_diff(name::regclass, '2024-01-01 06:00', '2024-01-03');
$$;
-- the files that an option or a setting hides; all of them; and both states read whole
SELECT regress.differences('known_log') AS option, regress.differences('known_plain') AS every_file;
SET cdc_fdw.known_at = '2024-01-03';
SELECT regress.differences('known_plain') AS setting;
SELECT count FROM cdc_fdw_audit('known_plain') WHERE kind = 'cells_never_supplied';
RESET cdc_fdw.known_at;
SELECT (SELECT count FROM cdc_fdw_audit('known_log') WHERE kind = 'cells_never_supplied') AS hidden,
  (SELECT count FROM cdc_fdw_audit('known_plain') WHERE kind = 'cells_never_supplied') AS every_file;
ALTER FOREIGN TABLE known_log OPTIONS (ADD before_base 'base');
SELECT regress.differences('known_log') AS base;
ALTER FOREIGN TABLE known_log OPTIONS (SET before_base 'empty');
SELECT regress.differences('known_log') AS empty;
-- so do those that ask a query, and those that walk over records
SELECT (cdc_fdw_fingerprint('known_log', '2024-01-03')).rows AS rows, (SELECT string_agg(v, ' ') FROM known_log) AS v;
SELECT count(*) FROM cdc_fdw_explain_row('known_log', '{"id": 1}');
-- ---------------------------------------------------------------- what a later file shows does not change an answer as it was known
CREATE SERVER known_then FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', base_time '2024-01-01', known_at '2024-01-02');
CREATE FUNCTION regress.as_known(tab text) RETURNS TABLE (how text, outcome text) LANGUAGE plpgsql AS $$
DECLARE
  asked text;
BEGIN
  FOREACH asked IN ARRAY ARRAY['SELECT * FROM %I', 'SELECT * FROM %I WHERE id = ''1''', 'SELECT effect, state FROM cdc_fdw_explain_row(%L, ''{"id": "1"}'', ''2024-01-02'')', 'SELECT * FROM %I_changes'] LOOP
    how := format(asked, tab);
    outcome := regress.outcome(format(asked, tab));
    IF outcome LIKE 'OK%' THEN
      EXECUTE format('SELECT string_agg(r::text, '' '' ORDER BY r::text) FROM (%s) r', how) INTO outcome;
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
-- a name in another case, line ends, an operation: the first two files tell; the third, named later, tells otherwise
CALL regress.file('l/names/LOAD00000001.csv', E'id,Price\n1,10\n');
CALL regress.file('l/names/20240102-000000000.csv', E'Op,id,Price\nU,1,11\n');
CREATE FOREIGN TABLE names (id text OPTIONS (key 'true'), price int) SERVER known_then OPTIONS (prefix 'l/names', asof '2024-01-02', add_column_name 'true');
CREATE FOREIGN TABLE names_changes (id text, price int) SERVER known_then OPTIONS (prefix 'l/names', asof '2024-01-02', add_column_name 'true', mode 'changes');
CALL regress.file('l/ends/LOAD00000001.csv', E'1,a\r\n');
CALL regress.file('l/ends/20240102-000000000.csv', E'U,1,b\r\n');
CREATE FOREIGN TABLE ends (id text OPTIONS (key 'true'), v text) SERVER known_then OPTIONS (prefix 'l/ends', asof '2024-01-02', include_op_for_full_load 'false');
CREATE FOREIGN TABLE ends_changes (id text, v text) SERVER known_then OPTIONS (prefix 'l/ends', asof '2024-01-02', mode 'changes');
CALL regress.file('l/ops/LOAD00000001.csv', E'I,1\n');
CALL regress.file('l/ops/20240102-000000000.csv', E'I,2\n');
CREATE FOREIGN TABLE ops (id text OPTIONS (key 'true'), v text OPTIONS (missing '')) SERVER known_then OPTIONS (prefix 'l/ops', asof '2024-01-02');
CREATE FOREIGN TABLE ops_changes (id text, v text OPTIONS (missing '')) SERVER known_then OPTIONS (prefix 'l/ops', asof '2024-01-02', mode 'changes');
CREATE TABLE answers AS SELECT t, (regress.as_known(t)).* FROM unnest('{names,ends,ops}'::text[]) t;
SELECT * FROM answers;
CALL regress.file('l/names/20240103-000000000.csv', E'Op,id,Price,price\nU,1,12,99\n');
CALL regress.file('l/ends/20240103-000000000.csv', E'U,1,c\n');
CALL regress.file('l/ops/20240103-000000000.csv', E'U,1,x3\n');
SELECT * FROM answers EXCEPT SELECT t, (regress.as_known(t)).* FROM unnest('{names,ends,ops}'::text[]) t;
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT id, price FROM names;
SELECT id, v FROM ends;
SET max_parallel_workers_per_gather = 0;
RESET min_parallel_table_scan_size;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
-- the whole log, as it is known now
ALTER SERVER known_then OPTIONS (DROP known_at);
SELECT price FROM names;
SELECT regress.outcome('SELECT * FROM ends');
ALTER SERVER known_then OPTIONS (ADD known_at '2024-01-03');
SELECT price FROM names;
-- a pin of what was known has that, made before the later file or after it
ALTER SERVER known_then OPTIONS (SET known_at '2024-01-02');
SELECT cdc_fdw_pin('then', NULL, NULL, 'names', 'ends');
ALTER FOREIGN TABLE names OPTIONS (DROP asof);
ALTER FOREIGN TABLE ends OPTIONS (DROP asof);
SET cdc_fdw.asof = 'pin:then';
SELECT id, price FROM names;
SELECT id, v FROM ends;
RESET cdc_fdw.asof;
SELECT cdc_fdw_unpin('then');
-- a column that came later is NULL all the same
CALL regress.file('l/grown/LOAD00000001.csv', E'id,v\n1,a\n');
CALL regress.file('l/grown/20240102-000000000.csv', E'Op,id,v\nU,1,b\n');
CALL regress.file('l/grown/20240103-000000000.csv', E'Op,id,v,w\nU,1,c,new\n');
CREATE FOREIGN TABLE grown (id text OPTIONS (key 'true'), v text, w text) SERVER known_then OPTIONS (prefix 'l/grown', asof '2024-01-02', add_column_name 'true');
SELECT * FROM grown;

\set ECHO none
\i :end

-- How far scans are, as the session itself sees it.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all
\pset null -
\set SHOW_CONTEXT never

-- a full load of 6 rows in two files of 12 bytes, and changes in three, of 24, 24 and 16
CALL regress.file('app/item/LOAD00000001.csv', E'1,1\n2,2\n3,3\n');
CALL regress.file('app/item/LOAD00000002.csv', E'4,4\n5,5\n6,6\n');
CALL regress.file('app/item/20240101-100000000.csv', E'I,10,10\nI,11,11\nI,12,12\n');
CALL regress.file('app/item/20240102-100000000.csv', E'I,20,20\nI,21,21\nI,22,22\n');
CALL regress.file('app/item/20240103-100000000.csv', E'I,30,30\nI,31,31\n');
CREATE SERVER app FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', include_op_for_full_load 'false', base_time '2024-01-01');
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), v int, at timestamptz OPTIONS (role 'asof')) SERVER app OPTIONS (schema_name 'app');
CREATE FOREIGN TABLE item_history (id int OPTIONS (key 'true'), v int, valid_from timestamptz OPTIONS (role 'valid_from'))
  SERVER app OPTIONS (schema_name 'app', table_name 'item', mode 'history');
CREATE FOREIGN TABLE item_changes (id int, v int) SERVER app OPTIONS (schema_name 'app', table_name 'item', mode 'changes');
CREATE FUNCTION regress.progress() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT format('%s, %s at %s: %s, %s of %s files, %s of %s bytes, %s records, %s rows', (SELECT relname FROM pg_class WHERE oid = foreign_table), mode, coalesce(instant::text, 'its end'), phase,
    files_done, files, bytes_done, bytes, coalesce(records::text, 'uncounted'), coalesce(rows::text, 'uncounted')) FROM public.cdc_fdw_progress ORDER BY started;
$$;

-- ---------------------------------------------------------------- cursors at known places
SELECT * FROM cdc_fdw_progress;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM item;
SELECT regress.progress();
-- newest first; a file is read to its end before its rows are known
FETCH 1 FROM c;
SELECT regress.progress();
SELECT pid = pg_backend_pid() AS own, started BETWEEN now() AND clock_timestamp() AS now FROM cdc_fdw_progress;
FETCH 1 FROM c;
SELECT regress.progress();
FETCH 3 FROM c;
SELECT regress.progress();
MOVE 3 IN c;
SELECT regress.progress();
FETCH 1 FROM c;
SELECT regress.progress();
MOVE 2 IN c;
SELECT regress.progress();
MOVE 3 IN c;
SELECT regress.progress();
-- its last row was handed out
MOVE 1 IN c;
SELECT regress.progress();
-- oldest first
DECLARE d CURSOR FOR SELECT * FROM item_changes;
MOVE 4 IN d;
DECLARE h CURSOR FOR SELECT * FROM item_history;
MOVE 4 IN h;
SELECT regress.progress();
CLOSE c;
SELECT regress.progress();
MOVE 5 IN d;
SELECT regress.progress();
CLOSE d;
COMMIT;
SELECT regress.progress();

-- ---------------------------------------------------------------- instants and walks
BEGIN;
DECLARE c CURSOR FOR SELECT t, i.id FROM (VALUES ('2024-01-01 12:00+00'::timestamptz), ('2024-01-02 12:00+00'), (NULL), ('2024-01-03 12:00+00')) d(t)
  CROSS JOIN LATERAL (SELECT id FROM item WHERE at = t OFFSET 0) i;
MOVE 1 IN c;
SELECT regress.progress();
-- 9 rows of the first walk, which read 3 files, and 1 of the second, which reads 4
MOVE 9 IN c;
SELECT regress.progress();
-- 12 rows of the second in all, and 14 of the third, which reads 5
MOVE ALL IN c;
SELECT regress.progress();
COMMIT;
-- no instant, no walk
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM item WHERE at = NULL::timestamptz;
MOVE ALL IN c;
SELECT regress.progress();
COMMIT;
-- seen from inside: before the condition is looked at on the second row
SELECT (SELECT regress.progress()) FROM item_changes WHERE id = 11;

-- ---------------------------------------------------------------- what is put aside
CREATE FOREIGN TABLE moved (id int OPTIONS (key 'true'), old_id int OPTIONS (before 'id'), v int OPTIONS (null_on_update 'keep')) SERVER app OPTIONS (schema_name 'app', mode 'history');
CALL regress.file('app/moved/LOAD00000001.csv', E'1,,1\n2,,2\n');
CALL regress.file('app/moved/20240101-100000000.csv', E'U,3,1,\n');
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM moved;
MOVE 1 IN c;
SELECT regress.progress();
COMMIT;

-- ---------------------------------------------------------------- compressed
CALL regress.shell(format('cd "%s/app" && mkdir packed && gzip -c item/LOAD00000001.csv >packed/LOAD00000001.csv.gz && gzip -c item/20240101-100000000.csv >packed/20240101-100000000.csv.gz',
  current_setting('regress.folder')));
CREATE FOREIGN TABLE packed (id int OPTIONS (key 'true'), v int) SERVER app OPTIONS (schema_name 'app');
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM packed;
MOVE ALL IN c;
SELECT phase, files_done, bytes_done = bytes AS bytes, bytes <> 36 AS stored, records, rows FROM cdc_fdw_progress;
COMMIT;

-- ---------------------------------------------------------------- searches end early
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM item WHERE id = 31;
MOVE ALL IN c;
SELECT regress.progress();
COMMIT;

-- ---------------------------------------------------------------- errors, and cursors that are left open
CALL regress.file('app/bad/20240101-100000000.csv', E'I,1,1\n');
CALL regress.file('app/bad/20240102-100000000.csv', E'I,2,x\n');
CREATE FOREIGN TABLE bad (id int, v int) SERVER app OPTIONS (schema_name 'app', mode 'changes');
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM item;
MOVE 1 IN c;
SAVEPOINT s;
DECLARE b CURSOR FOR SELECT * FROM bad;
MOVE 1 IN b;
SELECT regress.progress();
ROLLBACK TO s;
-- the one from before goes on
SELECT regress.progress();
DECLARE b CURSOR FOR SELECT * FROM bad;
SAVEPOINT t;
MOVE 2 IN b;
ROLLBACK TO t;
SELECT regress.progress();
-- a function that catches its error
DO $$ BEGIN PERFORM * FROM bad; EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLERRM; END $$;
SELECT regress.progress();
COMMIT;
SELECT * FROM bad;
SELECT regress.progress();
BEGIN;
DECLARE c CURSOR WITH HOLD FOR SELECT id FROM item;
MOVE 1 IN c;
COMMIT;
FETCH 1 FROM c;
SELECT regress.progress();
CLOSE c;
-- scans that end before their last row
SELECT id FROM item LIMIT 1;
SELECT regress.progress();

-- ---------------------------------------------------------------- functions, seen as they read a value
CREATE FUNCTION regress.note(v int) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
  RAISE WARNING '%', (SELECT string_agg(p, '; ') FROM regress.progress() p);
  RETURN true;
END $$;
CREATE DOMAIN noted AS int CHECK (regress.note(VALUE));
CREATE FOREIGN TABLE seen (id int OPTIONS (key 'true'), v noted) SERVER app OPTIONS (schema_name 'app');
CALL regress.file('app/seen/LOAD00000001.csv', E'1,1\n');
CALL regress.file('app/seen/20240101-100000000.csv', E'I,2,2\n');
SELECT count(record) FROM cdc_fdw_explain_row('seen', '{"id": 1}');
SELECT count(*) FROM cdc_fdw_diff('seen', '2024-01-01 00:00', '2024-01-01 12:00');
SELECT rows FROM cdc_fdw_fingerprint('seen');
ANALYZE seen;
SELECT regress.progress();

\i :end

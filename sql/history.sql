-- Tables of row versions: mode 'history'.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CREATE SERVER names FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
-- what EXPLAIN ANALYZE counts of a query's files
CREATE FUNCTION regress.files(query text) RETURNS text LANGUAGE sql AS $$
  SELECT regress.counted(query, 'Files Read|Files Skipped|Base Records|Change Records|Commit Times|Key Search');
$$;

-- ---------------------------------------------------------------- versions
CALL regress.file('h/item/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,one,1.00
2024-01-01 09:00:01,2,two,2.00
2024-01-01 09:00:02,3,three,3.00
$$);
CALL regress.file('h/item/20240101-100000000.csv', $$
U,2024-01-01 09:00:02,3,THREE,3.50
U,2024-01-01 09:30:00,1,ONE,1.50
I,2024-01-01 09:40:00,4,four,4.00
U,2024-01-01 09:40:00,4,FOUR,4.50
$$);
CALL regress.file('h/item/20240102-100000000.csv', $$
D,2024-01-02 09:00:00,2,,
I,2024-01-02 09:10:00,5,five,5.00
D,2024-01-02 09:10:00,5,,
U,2024-01-02 09:20:00,1,ONE,1.75
$$);
CALL regress.file('h/item/20240103-100000000.csv', $$
I,2024-01-03 09:00:00,2,two again,2.00
D,2024-01-03 09:10:00,4,,
D,2024-01-03 09:20:00,9,,
$$);
CREATE FOREIGN TABLE item_history (id int OPTIONS (key 'true'), name text, price numeric,
  valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to'),
  valid tstzrange OPTIONS (role 'valid_range'), end_op text OPTIONS (role 'end_op'),
  op text OPTIONS (role 'op'), committed timestamptz OPTIONS (role 'commit_time'), file text OPTIONS (role 'file'), line bigint OPTIONS (role 'line'),
  at timestamptz OPTIONS (role 'asof'))
  SERVER log OPTIONS (schema_name 'h', table_name 'item', mode 'history');
SELECT id, name, price, valid_from, valid_to, end_op FROM item_history ORDER BY id, valid_from;
SELECT id, valid, op, committed, file, line, at FROM item_history ORDER BY id, valid_from;
SELECT count(*) FROM item_history;
-- each change of a commit, and NULL for what is open
CREATE FOREIGN TABLE item_each (id int OPTIONS (key 'true'), name text, price numeric,
  valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to'),
  valid tstzrange OPTIONS (role 'valid_range'), end_op text OPTIONS (role 'end_op'), line bigint OPTIONS (role 'line'))
  SERVER log OPTIONS (schema_name 'h', table_name 'item', mode 'history', collapse 'false', open_end 'null');
SELECT * FROM item_each ORDER BY id, valid_from, line;

-- the rows at an instant are the snapshot then
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), name text, price numeric) SERVER log OPTIONS (schema_name 'h');
CREATE FUNCTION regress.same_as_snapshot(t timestamptz) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
  same bool;
BEGIN
  PERFORM set_config('cdc_fdw.asof', t::text, true);
  CREATE TEMP TABLE then_there AS SELECT * FROM item;
  PERFORM set_config('cdc_fdw.asof', '', true);
  SELECT NOT EXISTS (
    (SELECT id, name, price FROM item_history WHERE valid_from <= t AND valid_to > t EXCEPT ALL TABLE then_there) UNION ALL
    (TABLE then_there EXCEPT ALL SELECT id, name, price FROM item_history WHERE valid @> t)) INTO same;
  DROP TABLE then_there;
  RETURN same;
END $$;
SELECT t, regress.same_as_snapshot(t) FROM (SELECT DISTINCT valid_from t FROM item_history WHERE valid_from >= '2024-01-01 09:00:02' UNION SELECT '2024-01-02 09:10:00' UNION SELECT '2025-01-01') x ORDER BY t;

-- ---------------------------------------------------------------- the instant
SET cdc_fdw.asof = '2024-01-02 09:00:00';
SELECT id, name, valid_from, valid_to, end_op FROM item_history ORDER BY id, valid_from;
RESET cdc_fdw.asof;
SELECT id, name, valid_to, at FROM item_history WHERE at = '2024-01-01 09:30:00' AND id IN (1, 2) ORDER BY id, valid_from;
SELECT count(*) FROM item_history WHERE at = '2024-01-01 08:00'; -- ERROR

-- ---------------------------------------------------------------- which files
SELECT regress.plan($$SELECT name FROM item_history WHERE valid_from <= '2024-01-01 12:00' AND valid_to > '2024-01-01 12:00'$$);
SELECT regress.files($$SELECT * FROM item_history$$);
-- what lies behind is needed for ends only
SELECT regress.files($$SELECT name FROM item_history WHERE valid_from <= '2024-01-01 12:00' AND valid_to > '2024-01-01 12:00'$$);
SELECT regress.files($$SELECT name FROM item_history WHERE valid @> timestamptz '2024-01-01 12:00'$$);
SELECT regress.files($$SELECT name FROM item_history WHERE timestamptz '2024-01-01 12:00' <@ valid$$);
SELECT regress.files($$SELECT name FROM item_history WHERE valid @> tstzrange('2024-01-01 10:00', '2024-01-01 12:00')$$);
SELECT regress.files($$SELECT name FROM item_history WHERE tstzrange('2024-01-01 10:00', '2024-01-01 12:00') <@ valid$$);
SELECT regress.files($$SELECT name FROM item_history WHERE valid && tstzrange('2024-01-01 10:00', '2024-01-01 12:00')$$);
SELECT regress.files($$SELECT name FROM item_history WHERE tstzrange('2024-01-01 10:00', '2024-01-01 12:00') && valid$$);
SELECT regress.files($$SELECT name FROM item_history WHERE valid_from < date '2024-01-02'$$);
SELECT regress.files($$SELECT valid_to FROM item_history WHERE valid_from < date '2024-01-02'$$);
SELECT regress.files($$SELECT name FROM item_history WHERE valid_from < date '2024-01-02' AND end_op = 'D'$$);
SELECT regress.files($$SELECT valid_to FROM item_history WHERE valid_to <= '2024-01-01 12:00'$$);
SELECT regress.files($$SELECT name FROM item_history WHERE valid_from < date '2024-01-02' AND valid_to < 'infinity'$$);
SELECT regress.files($$SELECT name FROM item_each WHERE valid_from <= '2024-01-01 12:00' AND valid_to > '2024-01-01 12:00'$$);
-- what lies before is needed for versions that began there, and where a base row may be later
SELECT regress.files($$SELECT * FROM item_history WHERE valid_from >= '2024-01-03'$$);
SELECT regress.files($$SELECT * FROM item_history WHERE valid_from BETWEEN '2024-01-02' AND '2024-01-02 23:00'$$);
SELECT regress.files($$SELECT * FROM item_history WHERE valid_from >= '2024-01-01 09:00:01'$$);
SELECT regress.files($$SELECT * FROM item_history WHERE valid_to >= '2024-01-03'$$);
SELECT regress.counted($$SELECT * FROM item_history WHERE valid_from > now() - interval '1 day'$$, 'Files Read|Files Skipped');
SELECT regress.files($$SELECT * FROM item_history WHERE valid_from > NULL$$);
SELECT regress.files($$SELECT * FROM item_history WHERE valid && 'empty'$$);
SELECT count(*) FROM item_history WHERE valid && 'empty';
SELECT count(*), (SELECT count(*) FROM item_history) AS "all" FROM item_history WHERE valid @> tstzrange 'empty';
-- an end behind the last beginning is asked for
SELECT id, name FROM item_history WHERE valid_from < '2024-01-01 09:30' AND valid @> timestamptz '2024-01-01 09:30' ORDER BY id;
SELECT id, name FROM item_history WHERE valid_from < '2024-01-01 09:30' AND valid && tstzrange('2024-01-01 09:30', '2024-01-01 10:00') ORDER BY id;
SELECT id, name FROM item_history WHERE valid_from < '2024-01-01 09:20' AND valid @> tstzrange('2024-01-01 09:10', '2024-01-01 09:30', '[]') ORDER BY id;
SELECT id, name FROM item_history WHERE valid_from < '2024-01-01 09:20' AND valid @> tstzrange('2024-01-01 09:10', '2024-01-01 09:30', '[)') ORDER BY id;
SELECT regress.files($$SELECT name FROM item_history WHERE valid_from <= '2024-01-01 09:30' AND valid_to > '2024-01-01 12:00'$$);
SELECT id, name, valid_from, valid_to FROM item_history WHERE valid_from >= '2024-01-02' ORDER BY id, valid_from;
SELECT id, name, valid_from, valid_to FROM item_history WHERE valid_to BETWEEN '2024-01-01 09:00:02' AND '2024-01-02 09:00' ORDER BY id, valid_from;
SELECT id, name FROM item_history WHERE valid_from < date '2024-01-02' AND valid_to < 'infinity' ORDER BY 1, 2;
SELECT h FROM item_history h WHERE valid_from <= '2024-01-01 12:00' AND valid_to > '2024-01-01 12:00' AND id = 1;
PREPARE since(timestamptz) AS SELECT id, name FROM item_history WHERE valid_from >= $1 ORDER BY 1;
EXECUTE since('2024-01-03');
EXECUTE since('2024-01-02');
DEALLOCATE since;
-- keys
SELECT regress.files($$SELECT * FROM item_history WHERE id = 4$$);
SELECT id, name, valid_from, valid_to, end_op FROM item_history WHERE id IN (1, 4, 8) ORDER BY id, valid_from;

-- ---------------------------------------------------------------- a point-in-time join
CREATE TABLE favorite (who text, item_id int, created_at timestamptz);
INSERT INTO favorite VALUES ('a', 1, '2024-01-01 09:10'), ('b', 1, '2024-01-01 09:30'), ('c', 1, '2024-02-01'),
  ('d', 2, '2024-01-02 08:59:59.999999'), ('e', 2, '2024-01-02 09:00'), ('f', 2, '2024-01-03 09:00'), ('g', 4, '2024-01-01 09:39');
SELECT f.*, h.name, h.price FROM favorite f LEFT JOIN item_history h
  ON h.id = f.item_id AND f.created_at >= h.valid_from AND f.created_at < h.valid_to ORDER BY who;
ANALYZE favorite;
ANALYZE item_history;
SET enable_nestloop = off;
SELECT regress.analyze($$SELECT f.who, h.price FROM favorite f JOIN item_history h
  ON h.id = f.item_id AND f.created_at >= h.valid_from AND f.created_at < h.valid_to$$);
RESET enable_nestloop;

-- ---------------------------------------------------------------- several processes
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET max_parallel_workers_per_gather = 2;
SELECT regress.plan('SELECT count(*) FROM item_history');
SELECT id, name, valid_from, valid_to, end_op FROM item_history ORDER BY id, valid_from;
SELECT * FROM item_each ORDER BY id, valid_from, line;
RESET min_parallel_table_scan_size;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
SET max_parallel_workers_per_gather = 0;

-- ---------------------------------------------------------------- keys that change
CALL regress.file('h/moved/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,one,x,
2024-01-01 09:00:00,2,two,y,
$$);
-- UPDATE ... SET id = id + 1; and then one leaves and comes back
CALL regress.file('h/moved/20240101-100000000.csv', $$
U,2024-01-01 10:00:00,2,one,~,1
U,2024-01-01 10:00:00,3,two,~,2
U,2024-01-01 11:00:00,9,one!,~,2
U,2024-01-01 12:00:00,2,~,z,9
D,2024-01-01 13:00:00,3,,,
$$);
CREATE FOREIGN TABLE moved (id int OPTIONS (key 'true'), name text, more text, old_id int OPTIONS (before 'id'),
  valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to'), end_op text OPTIONS (role 'end_op'))
  SERVER log OPTIONS (schema_name 'h', mode 'history', use_csv_no_sup_value 'true', csv_no_sup_value '~', clock_skew '1 day');
SELECT id, name, more, valid_from, valid_to, end_op FROM moved ORDER BY id, valid_from;
SELECT id, more, valid_from, valid_to FROM moved WHERE id = 2 ORDER BY valid_from;
SELECT id, valid_from FROM moved WHERE valid_from >= '2024-01-01 11:00' ORDER BY 1, 2;
ALTER FOREIGN TABLE moved OPTIONS (ADD collapse 'false');
SELECT id, name, more, valid_from, valid_to, end_op FROM moved ORDER BY id, valid_from, valid_to;
-- without cells that may be missing each key is by itself
SELECT id, valid_from, valid_to, end_op FROM moved ORDER BY id, valid_from, valid_to;

-- ---------------------------------------------------------------- more keys than fit in memory
CREATE FUNCTION regress.big() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  dir text := current_setting('regress.folder') || '/h/many';
BEGIN
  EXECUTE format($q$COPY (SELECT i || ',a' || i FROM generate_series(1, 20000) i) TO %L$q$, dir || '/LOAD00000001.csv');
  EXECUTE format($q$COPY (SELECT 'U,' || i || ',b' || i FROM generate_series(1, 15000) i) TO %L$q$, dir || '/20240101-000000000.csv');
  EXECUTE format($q$COPY (SELECT (CASE WHEN i %% 3 = 0 THEN 'D,' ELSE 'U,' END) || i || ',c' || i FROM generate_series(10000, 25000) i) TO %L$q$, dir || '/20240102-000000000.csv');
END $$;
CALL regress.file('h/many/LOAD00000001.csv', '');
SELECT regress.big();
CREATE FOREIGN TABLE many (id int OPTIONS (key 'true'), v text, valid_from timestamptz OPTIONS (role 'valid_from'),
  valid_to timestamptz OPTIONS (role 'valid_to'), end_op text OPTIONS (role 'end_op')) SERVER names OPTIONS (schema_name 'h', mode 'history');
CREATE TEMP TABLE roomy AS SELECT * FROM many;
SELECT count(*), min(valid_from), count(*) FILTER (WHERE valid_to = 'infinity') AS open, count(*) FILTER (WHERE end_op = 'D') AS deleted FROM roomy;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
CREATE TEMP TABLE tight AS SELECT * FROM many;
RESET work_mem;
RESET hash_mem_multiplier;
SELECT count(*) FROM ((TABLE roomy EXCEPT ALL TABLE tight) UNION ALL (TABLE tight EXCEPT ALL TABLE roomy)) x;
-- on the file clock nobody knows when the full load's rows began
SELECT * FROM many WHERE id IN (1, 12000) ORDER BY 1, 3;
SELECT regress.files($$SELECT * FROM many WHERE valid_from >= '2024-01-02'$$);

-- ---------------------------------------------------------------- no key
CALL regress.file('h/loose/20240101-100000000.csv', $$
I,2024-01-01 10:00:00,1,x
I,2024-01-01 10:00:00,1,x
$$);
CREATE FOREIGN TABLE loose (id int, v text, valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to'))
  SERVER log OPTIONS (schema_name 'h', mode 'history');
SELECT * FROM loose;

-- ---------------------------------------------------------------- importing
CREATE SCHEMA hist;
IMPORT FOREIGN SCHEMA h LIMIT TO (item, item_history, moved_changes) FROM SERVER log INTO hist OPTIONS (modes 'snapshot, history, changes');
SELECT foreign_table_name FROM information_schema.foreign_tables WHERE foreign_table_schema = 'hist' ORDER BY 1;
\d hist.item_history
\d hist.moved_changes
SELECT count(*) FROM hist.item_history;
SELECT table_name, status FROM cdc_fdw_sync('log', 'h', 'hist', '{"modes": "history", "history_suffix": "_versions"}') WHERE table_name ~ '^(item|loose)' ORDER BY 1;
SELECT table_name, status FROM cdc_fdw_sync('log', 'h', 'hist', '{"modes": "snapshot,history"}') WHERE table_name ~ '^loose';
IMPORT FOREIGN SCHEMA h FROM SERVER log INTO hist OPTIONS (modes 'history,changes', history_suffix '_v', changes_suffix '_v'); -- ERROR

-- ---------------------------------------------------------------- where open versions end
CREATE SERVER ends FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', open_end '9999-12-31');
CREATE FOREIGN TABLE ends_server (id int OPTIONS (key 'true'), name text, valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to'),
  valid tstzrange OPTIONS (role 'valid_range'), at timestamptz OPTIONS (role 'asof')) SERVER ends OPTIONS (schema_name 'o', table_name 'item', mode 'history');
CREATE FOREIGN TABLE ends_table (id int OPTIONS (key 'true'), name text, valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to'),
  valid tstzrange OPTIONS (role 'valid_range'), at timestamptz OPTIONS (role 'asof')) SERVER ends OPTIONS (schema_name 'o', table_name 'item', mode 'history', open_end '2024-01-05 00:00:00');
CREATE FOREIGN TABLE ends_column (id int OPTIONS (key 'true'), name text, valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to', open_end '2024-01-06'),
  valid tstzrange OPTIONS (role 'valid_range'), at timestamptz OPTIONS (role 'asof')) SERVER ends OPTIONS (schema_name 'o', table_name 'item', mode 'history', open_end 'null');
CREATE FOREIGN TABLE ends_infinity (id int OPTIONS (key 'true'), name text, valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to'),
  valid tstzrange OPTIONS (role 'valid_range', open_end 'null'), at timestamptz OPTIONS (role 'asof')) SERVER ends OPTIONS (schema_name 'o', table_name 'item', mode 'history', open_end 'infinity');
CALL regress.file('o/item/LOAD00000001.csv', E'2024-01-01 00:00:00,1,one\n2024-01-01 00:00:00,2,two\n');
CALL regress.file('o/item/20240102-000100000.csv', E'U,2024-01-02 00:00:00,1,ONE\n');
CALL regress.file('o/item/20240103-000100000.csv', E'D,2024-01-03 00:00:00,2,\nI,2024-01-03 00:00:00,3,three\n');
CALL regress.file('o/item/20240104-000100000.csv', E'U,2024-01-04 00:00:00,1,eins\n');
-- what ends there in the log ends there for all
CALL regress.file('o/item/20240106-000100000.csv', E'I,2024-01-04 12:00:00,4,four\n');
SELECT id, name, valid_from, valid_to, valid, at FROM ends_server ORDER BY id, valid_from;
SELECT id, valid_to, valid FROM ends_table WHERE valid_to > '2024-01-04' ORDER BY id;
SELECT id, valid_to, valid FROM ends_column WHERE valid_to > '2024-01-04' ORDER BY id;
SELECT id, valid_to, valid FROM ends_infinity WHERE valid_to > '2024-01-04' ORDER BY id;
-- what is open under an instant ends in the same way, and the instant is shown
SELECT id, valid_to, at FROM ends_server WHERE at = '2024-01-02 12:00' ORDER BY id, valid_from;
SELECT id, valid_to, at FROM ends_table WHERE at = 'infinity' AND valid_to = '2024-01-05' ORDER BY id;
-- what is current joins
SELECT count(*) FROM ends_server a JOIN ends_server b ON a.id = b.id AND a.valid_to = b.valid_to WHERE a.valid_to = '9999-12-31';
-- conditions that bound what is read give what they give over all rows
CREATE FUNCTION regress.bounded() RETURNS TABLE (relation text, condition text, bounded bigint, filtered bigint) LANGUAGE plpgsql AS $$
DECLARE
  x text;
  y text;
BEGIN
  FOREACH relation IN ARRAY '{ends_server,ends_table,ends_column,ends_infinity}'::text[] LOOP
    FOREACH x IN ARRAY '{-infinity,2024-01-01 00:00:00,2024-01-02 00:00:00,2024-01-03 00:00:00,2024-01-03 23:59:59.999999,2024-01-04 00:00:00,2024-01-04 12:00:00,2024-01-04 23:59:59.999999,2024-01-05 00:00:00,2024-01-05 00:00:00.000001,2024-01-06 00:00:00,9999-12-31 00:00:00,infinity}'::text[] LOOP
      FOREACH condition IN ARRAY ARRAY['valid_to < %1$L', 'valid_to <= %1$L', 'valid_to = %1$L', 'valid_to >= %1$L', 'valid_to > %1$L',
        'valid_from <= %1$L AND valid_to > %1$L', 'valid_from < ''2024-01-03'' AND valid_to > %1$L', 'valid_from <= %1$L AND valid_to >= ''2024-01-05''',
        'valid_from >= %1$L AND valid_to = ''2024-01-05''', 'valid @> %1$L::timestamptz', 'valid @> tstzrange(''2024-01-02'', %1$L)',
        'valid && tstzrange(''2024-01-02'', %1$L)', 'valid && tstzrange(%1$L, NULL)', 'valid @> tstzrange(%1$L, NULL)'] LOOP
        condition := format(condition, x);
        CONTINUE WHEN x = '-infinity' AND condition ~ 'tstzrange..2024';
        CONTINUE WHEN x = '2024-01-01 00:00:00' AND condition ~ 'tstzrange..2024';
        FOREACH y IN ARRAY '{count(*),count(valid_to)}'::text[] LOOP
          EXECUTE format('SELECT %s FROM %s WHERE %s', y, relation, condition) INTO bounded;
          EXECUTE format('SELECT %s FROM (SELECT * FROM %s OFFSET 0) s WHERE %s', y, relation, condition) INTO filtered;
          IF bounded <> filtered THEN
            RETURN NEXT;
          END IF;
        END LOOP;
      END LOOP;
    END LOOP;
  END LOOP;
END $$;
SELECT * FROM regress.bounded();
-- files are left out where that is exact, and only there
SELECT regress.counted($$SELECT id FROM ends_server WHERE valid_from <= '2024-01-02' AND valid_to > '2024-01-02'$$, 'Files Read'),
  regress.counted($$SELECT id FROM ends_table WHERE valid_from <= '2024-01-02' AND valid_to > '2024-01-02'$$, 'Files Read'),
  regress.counted($$SELECT id FROM ends_table WHERE valid_to <= '2024-01-02'$$, 'Files Read'),
  regress.counted($$SELECT id FROM ends_table WHERE valid_to <= '2024-01-05'$$, 'Files Read');
-- an end that is not later than what is open
ALTER FOREIGN TABLE ends_table OPTIONS (SET open_end '2024-01-04 12:00');
SELECT regress.outcome('SELECT valid_to FROM ends_table');
SELECT regress.outcome('SELECT valid FROM ends_table');
SELECT count(*) FROM ends_table;
ALTER FOREIGN TABLE ends_table OPTIONS (SET open_end '2024-01-04 12:00:00.000001');
SELECT id, valid_to FROM ends_table WHERE id = 4;
-- where it cannot stand
-- nor is one that is not later than the instant at which versions are open
SELECT regress.outcome(format('SELECT * FROM ends_table WHERE at = %L', t)) FROM unnest('{2024-01-04 11:59:59,2024-01-04 12:00:00.000001,2024-01-05}'::text[]) t;
SELECT regress.outcome($$SELECT valid FROM ends_table WHERE at = '2024-01-05'$$);
SELECT regress.outcome($$SELECT id FROM ends_table WHERE at = '2024-01-05'$$);
ALTER FOREIGN TABLE ends_table OPTIONS (SET open_end '-infinity'); -- ERROR
ALTER FOREIGN TABLE ends_table OPTIONS (SET open_end 'today'); -- ERROR
ALTER SERVER ends OPTIONS (SET open_end ''); -- ERROR
ALTER FOREIGN TABLE ends_table ALTER COLUMN valid_from OPTIONS (ADD open_end 'null'); -- ERROR
-- a server's does not bear on other modes; an import writes it where there are versions
CREATE FOREIGN TABLE ends_snapshot (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER ends OPTIONS (schema_name 'o', table_name 'item');
SELECT * FROM ends_snapshot ORDER BY id;
CREATE SCHEMA ends;
IMPORT FOREIGN SCHEMA o FROM SERVER ends INTO ends OPTIONS (modes 'snapshot,history,changes', open_end 'null', asof_column 'as_of');
SELECT c.relname, ftoptions FROM pg_foreign_table f JOIN pg_class c ON c.oid = ftrelid WHERE relnamespace = 'ends'::regnamespace ORDER BY relname COLLATE "C";
IMPORT FOREIGN SCHEMA o FROM SERVER ends INTO ends OPTIONS (modes 'history', history_suffix '_h', open_end 'soon'); -- ERROR

-- ---------------------------------------------------------------- bad input
CREATE FOREIGN TABLE wrong (id int OPTIONS (key 'true'), f timestamptz OPTIONS (role 'valid_from')) SERVER log OPTIONS (schema_name 'h', table_name 'item');
SELECT * FROM wrong; -- ERROR
ALTER FOREIGN TABLE wrong OPTIONS (ADD mode 'history', ADD collapse 'maybe'); -- ERROR
ALTER FOREIGN TABLE wrong OPTIONS (ADD mode 'history', ADD open_end 'never'); -- ERROR
ALTER FOREIGN TABLE wrong ALTER COLUMN f TYPE timestamp;
ALTER FOREIGN TABLE wrong OPTIONS (ADD mode 'history');
SELECT * FROM wrong; -- ERROR
ALTER FOREIGN TABLE wrong ALTER COLUMN f TYPE tstzrange, ALTER COLUMN f OPTIONS (SET role 'valid_to');
SELECT * FROM wrong; -- ERROR
ALTER FOREIGN TABLE wrong ALTER COLUMN f TYPE daterange, ALTER COLUMN f OPTIONS (SET role 'valid_range');
SELECT * FROM wrong; -- ERROR
ALTER FOREIGN TABLE wrong DROP COLUMN f, OPTIONS (DROP mode, ADD collapse 'false');
SELECT * FROM wrong; -- ERROR
ALTER FOREIGN TABLE wrong OPTIONS (DROP collapse, ADD open_end 'null');
SELECT * FROM wrong; -- ERROR
-- versions whose order by sequence is not that of their files
CALL regress.file('h/turned/20240101-100000000.csv', $$
I,1,a,,2
$$);
CALL regress.file('h/turned/20240102-100000000.csv', $$
U,1,b,,1
U,2,c,1,3
$$);
CREATE FOREIGN TABLE turned (id int OPTIONS (key 'true'), v text, old_id int OPTIONS (before 'id'), seq text OPTIONS (sequence 'true'),
  valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to')) SERVER names OPTIONS (schema_name 'h', mode 'history');
SELECT regress.outcome('SELECT id, v, valid_from, valid_to FROM turned');
ALTER FOREIGN TABLE turned ALTER COLUMN old_id OPTIONS (DROP before);
SELECT id, v, valid_from, valid_to FROM turned ORDER BY 1, 3;
-- quotes doubled in the row and in the before image, which are read one after the other
CALL regress.file('h/quotes/20240101-100000000.csv', $$
I,2024-01-01 09:00:00,"k""1",plain,
U,2024-01-01 09:00:01,"k""2","He said ""hello"" to me","k""1"
U,2024-01-01 09:00:02,k3,"and ""more"" of it","k""2"
$$);
CREATE FOREIGN TABLE quotes (id text OPTIONS (key 'true'), v text, old_id text OPTIONS (before 'id'),
  since timestamptz OPTIONS (role 'valid_from'))
  SERVER log OPTIONS (prefix 'h/quotes', mode 'history');
CREATE FOREIGN TABLE quotes_now (id text OPTIONS (key 'true'), v text, old_id text OPTIONS (before 'id'))
  SERVER log OPTIONS (prefix 'h/quotes');
SELECT id, v FROM quotes ORDER BY since;
SELECT id, v, old_id FROM quotes_now;

-- ---------------------------------------------------------------- rows of the full load with one key that differ
-- all are versions until a change of the key, which replaces all: 1 by an update, 3 by a delete, 4 by an insert, 5 by a
-- change of its key to 6, which then hides those of 6, 7 not at all, and 8 in part by an update that leaves a cell out
CALL regress.file('h/several/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,a,x,
2024-01-01 09:00:00,1,b,x,
2024-01-01 09:00:00,1,a,x,
2024-01-01 09:00:00,2,c,x,
2024-01-01 09:00:00,3,d,x,
2024-01-01 09:00:00,3,e,x,
2024-01-01 09:00:00,4,f,x,
2024-01-01 09:00:00,4,g,x,
2024-01-01 09:00:00,5,h,x,
2024-01-01 09:00:00,5,i,x,
2024-01-01 09:00:00,6,j,x,
2024-01-01 09:00:00,6,k,x,
2024-01-01 09:00:00,7,l,x,
2024-01-01 09:00:00,7,m,x,
2024-01-01 09:00:00,8,n,y,
2024-01-01 09:00:00,8,o,z,
$$);
CALL regress.file('h/several/20240101-120000000.csv', $$
U,2024-01-01 10:00:00,1,A,X,
D,2024-01-01 10:30:00,3,,,
I,2024-01-01 11:00:00,4,F,X,
U,2024-01-01 11:15:00,6,H,X,5
U,2024-01-01 11:30:00,8,N,-,
U,2024-01-01 11:45:00,1,AA,X,
$$);
-- the plain way, by before images, by cells left out, and by both
CREATE TABLE several (way text, columns text, options text);
INSERT INTO several VALUES
  ('plain', $$id int OPTIONS (key 'true'), v text, w text, old_id int$$, ''),
  ('moved', $$id int OPTIONS (key 'true'), v text, w text, old_id int OPTIONS (before 'id')$$, ''),
  ('filled', $$id int OPTIONS (key 'true'), v text, w text, old_id int$$, $$, use_csv_no_sup_value 'true', csv_no_sup_value '-'$$),
  ('both', $$id int OPTIONS (key 'true'), v text, w text, old_id int OPTIONS (before 'id')$$, $$, use_csv_no_sup_value 'true', csv_no_sup_value '-'$$);
SELECT format($$CREATE FOREIGN TABLE several_%1$s (%2$s, at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (prefix 'h/several', duplicate_keys 'true'%3$s);
  CREATE FOREIGN TABLE several_%1$s_history (%2$s, f timestamptz OPTIONS (role 'valid_from'), t timestamptz OPTIONS (role 'valid_to'), e text OPTIONS (role 'end_op'))
  SERVER log OPTIONS (prefix 'h/several', mode 'history', duplicate_keys 'true'%3$s)$$, way, columns, options) FROM several \gexec
SELECT id, v, w, f::time, t::time, e FROM several_plain_history ORDER BY id, f, v;
SELECT id, v, w, f::time, t::time, e FROM several_both_history WHERE id >= 5 ORDER BY id, f, v;
-- the history at an instant and the snapshot of it: what only one of them has, of how many rows
CREATE FUNCTION regress.apart(way text, key text DEFAULT 'true') RETURNS TABLE (apart bigint, at time, rows bigint) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TEMP TABLE h AS SELECT id, v, w, f, t FROM several_%s_history WHERE %s', way, key);
  FOREACH at IN ARRAY ARRAY['09:00', '09:59:59', '10:00', '10:29', '10:30', '11:00', '11:15', '11:30', '11:45', '12:00'] LOOP
    EXECUTE format('CREATE TEMP TABLE s AS SELECT id, v, w FROM several_%s WHERE at = ''2024-01-01 %s'' AND %s', way, at, key);
    EXECUTE format('CREATE TEMP TABLE v AS SELECT id, v, w FROM h WHERE f <= ''2024-01-01 %1$s'' AND t > ''2024-01-01 %1$s''', at);
    SELECT count(*), (SELECT count(*) FROM s) INTO apart, rows FROM ((TABLE v EXCEPT ALL TABLE s) UNION ALL (TABLE s EXCEPT ALL TABLE v)) x;
    DROP TABLE s, v;
    RETURN NEXT;
  END LOOP;
  DROP TABLE h;
END $$;
SELECT way, sum(apart) AS apart, string_agg(rows::text, ' ' ORDER BY at) AS rows FROM several, regress.apart(way) GROUP BY way ORDER BY way;
SELECT way, sum(apart) AS apart, string_agg(rows::text, ' ' ORDER BY at) AS rows FROM several, regress.apart(way, 'id = 6') GROUP BY way ORDER BY way;
-- several processes
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT way, sum(apart) AS apart, string_agg(rows::text, ' ' ORDER BY at) AS rows FROM several, regress.apart(way) GROUP BY way ORDER BY way;
-- more keys than fit in memory: each third has two rows more, and all are changed, some to another key
DO $$
DECLARE
  content text;
BEGIN
  SELECT string_agg(format(E'2024-01-01 09:00:00,%s,%s,%s,\n', i * 977, r, repeat('x', 20)), '' ORDER BY r, i) INTO content
    FROM generate_series(1, 3000) i, generate_series(1, 3) r WHERE r = 1 OR i % 3 = 0;
  CALL regress.file('h/several/LOAD00000002.csv', content);
  SELECT string_agg(format(E'%s,2024-01-01 11:50:00,%s,new,-,%s\n', CASE WHEN i % 2 = 0 THEN 'U' ELSE 'D' END, i * 977, CASE WHEN i % 20 = 0 THEN i * 977 + 977 END), '' ORDER BY i) INTO content
    FROM generate_series(1, 3000) i;
  CALL regress.file('h/several/20240101-130000000.csv', content);
END $$;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT way, sum(apart) AS apart, string_agg(rows::text, ' ' ORDER BY at) AS rows FROM several, regress.apart(way) GROUP BY way ORDER BY way;
RESET work_mem;
RESET hash_mem_multiplier;

-- without commit times rows of the full load begin at base_time, where that is given; one with a change from before it never began
CALL regress.file('h/dated/LOAD00000001.csv', E'1,one\n2,two\n3,three\n4,four\n5,five\n6,six\n');
CALL regress.file('h/dated/20240101-090000000.csv', E'U,1,ONE\nD,5,\n');
CALL regress.file('h/dated/20240101-100000000.csv', E'U,6,SIX\n');
CALL regress.file('h/dated/20240102-090000000.csv', E'U,2,TWO\nD,3,\n');
CALL regress.file('h/dated/20240103-090000000.csv', E'I,3,again\nU,1,uno\n');
\set dated 'SERVER names OPTIONS (schema_name \'h\', table_name \'dated\''
CREATE FOREIGN TABLE dated (id int OPTIONS (key 'true'), v text, since timestamptz OPTIONS (role 'valid_from'), until timestamptz OPTIONS (role 'valid_to'), during tstzrange OPTIONS (role 'valid_range'),
  at timestamptz OPTIONS (role 'asof')) :dated, mode 'history');
CREATE FOREIGN TABLE dated_now (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) :dated);
SELECT id, v, since, until FROM dated ORDER BY id, since;
SELECT cdc_fdw_pin('dated', '2024-01-02 10:00', NULL, 'dated');
ALTER FOREIGN TABLE dated OPTIONS (ADD base_time '2024-01-01 10:00');
ALTER FOREIGN TABLE dated_now OPTIONS (ADD base_time '2024-01-01 10:00');
SELECT id, v, since, until, during FROM dated ORDER BY id, since;
SELECT id, v, since, until FROM dated WHERE at = '2024-01-01 12:00' ORDER BY id, since;
-- under a pin from before, rows would begin elsewhere
SET cdc_fdw.asof = 'pin:dated';
SELECT regress.outcome('SELECT * FROM dated');
SELECT regress.outcome('SELECT * FROM dated_now');
RESET cdc_fdw.asof;
-- from then on what is valid at an instant is the snapshot
SELECT t, (SELECT string_agg(id || v, ' ' ORDER BY id) FROM dated WHERE since <= t AND until > t) AS valid, (SELECT string_agg(id || v, ' ' ORDER BY id) FROM dated_now WHERE at = t) AS snapshot
  FROM unnest('{2024-01-01 10:00,2024-01-02 08:59:59.999999,2024-01-02 09:00,2024-01-03 09:00,2025-01-01}'::timestamptz[]) t;
-- conditions give what they give on a copy of all rows; in the ways of sorted keys too
CREATE TABLE kept_dated AS SELECT id, v, since, until, during FROM dated;
CREATE FUNCTION regress.dated(name text, condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT string_agg(id || v, '' '' ORDER BY id, v) FROM %I WHERE %s', name, condition) INTO result;
  RETURN result;
END $$;
CREATE FUNCTION regress.dated_wrong() RETURNS TABLE (count bigint, rows bigint, wrong bigint, example text) LANGUAGE sql AS $$
  SELECT count(*), count(f), count(*) FILTER (WHERE f IS DISTINCT FROM regress.dated('kept_dated', c)), min(c) FILTER (WHERE f IS DISTINCT FROM regress.dated('kept_dated', c))
  FROM unnest(ARRAY['since < $1', 'since <= $1', 'since = $1', 'since >= $1', 'since > $1', 'until < $1', 'until <= $1', 'until >= $1', 'until > $1', 'since <= $1 AND until > $1', 'since >= $1 AND until <= ''2024-01-03''',
    'during @> $1::timestamptz', 'during && tstzrange($1, ''2024-01-02 12:00'')', 'during <@ tstzrange($1, NULL)', 'id = 4 AND since >= $1', 'id = 1 AND since <= $1', 'lower(during) = $1']) p,
    unnest('{-infinity,2024-01-01,2024-01-01 09:00,2024-01-01 09:59:59.999999,2024-01-01 10:00,2024-01-01 10:00:00.000001,2024-01-02 09:00,2024-01-02 10:00}'::text[]) t,
    LATERAL (SELECT replace(p, '$1', quote_literal(t)) AS c OFFSET 0) q, LATERAL (SELECT regress.dated('dated', c) AS f OFFSET 0) x WHERE NOT (t = '-infinity' AND p ~ '2024-01-02 12')
$$;
SELECT * FROM regress.dated_wrong();
ALTER FOREIGN TABLE dated OPTIONS (ADD check_base 'error');
SET work_mem = '64kB';
SELECT * FROM regress.dated_wrong();
RESET work_mem;
ALTER FOREIGN TABLE dated ADD COLUMN old_id int OPTIONS (before 'id', missing '');
SELECT * FROM regress.dated_wrong();
-- one that is later than the beginning asked for is not left out, and an earlier one is
ALTER FOREIGN TABLE dated DROP COLUMN old_id;
ALTER FOREIGN TABLE dated OPTIONS (DROP check_base);
SELECT regress.files($$SELECT id FROM dated WHERE since >= '2024-01-01 10:00'$$), regress.files($$SELECT id FROM dated WHERE since > '2024-01-01 10:00'$$);
-- without a key; and with a base_time that is no time
CALL regress.file('h/alone/LOAD00000001.csv', E'1,one\n2,two\n');
CREATE FOREIGN TABLE dated_rows (id int, v text, since timestamptz OPTIONS (role 'valid_from')) SERVER names OPTIONS (prefix 'h/alone', mode 'history', base_time '2024-01-01 10:00');
SELECT * FROM dated_rows ORDER BY id;
ALTER FOREIGN TABLE dated_rows OPTIONS (SET base_time '-infinity');
SELECT * FROM dated_rows ORDER BY id;
SELECT cdc_fdw_unpin('dated');
-- ---------------------------------------------------------------- rows of the full load that are equal
-- the changes of several, and no option: there are as many versions as rows until a change of the key
CALL regress.file('h/equal/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,a,x,
2024-01-01 09:00:00,1,a,x,
2024-01-01 09:00:00,2,c,x,
2024-01-01 09:00:00,3,d,x,
2024-01-01 09:00:00,3,d,x,
2024-01-01 09:00:00,4,f,x,
2024-01-01 09:00:00,5,h,x,
2024-01-01 09:00:00,5,h,x,
2024-01-01 09:00:00,6,j,x,
2024-01-01 09:00:00,6,j,x,
2024-01-01 09:00:00,7,l,x,
2024-01-01 09:00:00,7,l,x,
2024-01-01 09:00:00,8,n,y,
2024-01-01 09:00:00,8,n,y,
$$);
CALL regress.file('h/equal/20240101-120000000.csv', $$
U,2024-01-01 10:00:00,1,A,X,
D,2024-01-01 10:30:00,3,,,
I,2024-01-01 11:00:00,4,F,X,
U,2024-01-01 11:15:00,6,H,X,5
U,2024-01-01 11:30:00,8,N,-,
U,2024-01-01 11:45:00,1,AA,X,
$$);
CREATE TABLE equal AS SELECT way || '_equal' AS way, columns, options FROM several;
SELECT format($$CREATE FOREIGN TABLE several_%1$s (%2$s, at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (prefix 'h/equal'%3$s);
  CREATE FOREIGN TABLE several_%1$s_history (%2$s, f timestamptz OPTIONS (role 'valid_from'), t timestamptz OPTIONS (role 'valid_to'), e text OPTIONS (role 'end_op'))
  SERVER log OPTIONS (prefix 'h/equal', mode 'history'%3$s)$$, way, columns, options) FROM equal \gexec
SELECT id, v, w, f::time, t::time, e FROM several_plain_equal_history ORDER BY id, f, v;
SELECT id, v, w, f::time, t::time, e FROM several_both_equal_history WHERE id >= 5 ORDER BY id, f, v;
SELECT way, sum(apart) AS apart, string_agg(rows::text, ' ' ORDER BY at) AS rows FROM equal, regress.apart(way) GROUP BY way ORDER BY way;
SELECT way, sum(apart) AS apart, string_agg(rows::text, ' ' ORDER BY at) AS rows FROM equal, regress.apart(way, 'id = 6') GROUP BY way ORDER BY way;
-- several processes
SET max_parallel_workers_per_gather = 2;
SELECT regress.plan('SELECT id, v, t FROM several_plain_equal_history');
SELECT regress.plan('SELECT id, v, t FROM several_plain_history');
SELECT way, sum(apart) AS apart, string_agg(rows::text, ' ' ORDER BY at) AS rows FROM equal, regress.apart(way) GROUP BY way ORDER BY way;
SET max_parallel_workers_per_gather = 0;
-- more keys than fit in memory
DO $$
DECLARE
  content text;
BEGIN
  SELECT string_agg(format(E'2024-01-01 09:00:00,%s,n,%s,\n', i * 977, repeat('x', 20)), '' ORDER BY r, i) INTO content
    FROM generate_series(1, 3000) i, generate_series(1, 3) r WHERE r = 1 OR i % 3 = 0;
  CALL regress.file('h/equal/LOAD00000002.csv', content);
  SELECT string_agg(format(E'%s,2024-01-01 11:50:00,%s,new,-,%s\n', CASE WHEN i % 2 = 0 THEN 'U' ELSE 'D' END, i * 977, CASE WHEN i % 20 = 0 THEN i * 977 + 977 END), '' ORDER BY i) INTO content
    FROM generate_series(1, 3000) i;
  CALL regress.file('h/equal/20240101-130000000.csv', content);
END $$;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT way, sum(apart) AS apart, string_agg(rows::text, ' ' ORDER BY at) AS rows FROM equal, regress.apart(way) GROUP BY way ORDER BY way;
-- of which check_base makes one
SELECT format('ALTER FOREIGN TABLE several_%1$s OPTIONS (ADD check_base ''error''); ALTER FOREIGN TABLE several_%1$s_history OPTIONS (ADD check_base ''error'')', way) FROM equal \gexec
SELECT way, sum(apart) AS apart, string_agg(rows::text, ' ' ORDER BY at) AS rows FROM equal, regress.apart(way) GROUP BY way ORDER BY way;
RESET work_mem;
RESET hash_mem_multiplier;
-- whatever is asked for of them, there are as many
CALL regress.file('h/same/LOAD00000001.csv', E'1,a\n1,a\n2,b\n');
CALL regress.file('h/same/20240103-000000000.csv', E'U,1,z\n');
CREATE FOREIGN TABLE same (id int OPTIONS (key 'true'), v text, f timestamptz OPTIONS (role 'valid_from'), t timestamptz OPTIONS (role 'valid_to'))
  SERVER names OPTIONS (prefix 'h/same', mode 'history', base_time '2024-01-01');
SELECT id, v FROM same WHERE f <= '2024-01-02' AND t > '2024-01-02' ORDER BY id;
SELECT id, v, t FROM same WHERE f <= '2024-01-02' AND t > '2024-01-02' ORDER BY id;
DROP SCHEMA hist CASCADE;
DROP TABLE favorite;
\set ECHO none
\i :end

-- Tables of change records: mode 'changes'.
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
  SELECT regress.counted(query, 'Files|Change Records|Records After|Commit Times|File Times|Times Ran|Rows Removed');
$$;

-- ---------------------------------------------------------------- records
CALL regress.file('c/item/LOAD00000001.csv', $$
ts,id,name,price,old_id
2024-01-01 09:00:00,1,one,1.00,
2024-01-01 09:00:00,2,two,2.00,
$$);
CALL regress.file('c/item/20240101-100100000.csv', $$
Op,ts,id,name,price,old_id
U,2024-01-01 10:00:00,2,TWO,2.50,2
I,2024-01-01 10:00:30,3,three,3.00,
$$);
-- columns in another order, one more, one fewer
CALL regress.file('c/item/20240102-100100000.csv', $$
price,id,extra,Op,ts,name
,3,,D,2024-01-02 10:00:00,
4.00,4,x,I,2024-01-02 10:00:00.000001,""
$$);
-- a header and no record
CALL regress.file('c/item/20240103-000000000.csv', $$
Op,ts,id,name,price,old_id
$$);
CALL regress.file('c/item/20240103-100100000.csv', $$
Op,ts,id,name,price,old_id
U,2024-01-03 10:00:00,5,one,1.00,1
$$);
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), name text, price numeric, old_id int OPTIONS (before 'id', missing ''),
  op text OPTIONS (role 'op'), committed timestamptz OPTIONS (role 'commit_time'), named timestamptz OPTIONS (role 'file_time'),
  file text OPTIONS (role 'file'), line bigint OPTIONS (role 'line'), at timestamptz OPTIONS (role 'asof'),
  rec jsonb OPTIONS (role 'row'), folder text OPTIONS (role 'source'), unsupplied text[] OPTIONS (role 'unsupplied'))
  SERVER log OPTIONS (schema_name 'c', add_column_name 'true', mode 'changes');
SELECT op, id, name, price, old_id, committed, named, line FROM item;
SELECT id, file, at, rec, folder, unsupplied FROM item;
SELECT count(*), count(old_id), max(committed) FROM item;
SELECT regress.plan('SELECT * FROM item WHERE id = 3');
SELECT regress.analyze('SELECT op FROM item WHERE id = 3');
-- a table of the rows beside it, and no key at all
CREATE FOREIGN TABLE item_now (id int OPTIONS (key 'true'), name text, price numeric, old_id int OPTIONS (before 'id', missing ''))
  SERVER log OPTIONS (schema_name 'c', table_name 'item', add_column_name 'true');
CREATE FOREIGN TABLE loose (op text OPTIONS (role 'op'), id int, name text) SERVER log OPTIONS (schema_name 'c', table_name 'item', add_column_name 'true', mode 'changes');
SELECT l.op, l.id, l.name, n.price FROM loose l LEFT JOIN item_now n USING (id) ORDER BY l.id, l.op;
-- several walks
SELECT d, (SELECT count(*) FROM item WHERE committed < d) FROM generate_series('2024-01-01'::timestamptz, '2024-01-04', '1 day') d;
-- several processes only where nobody sees the order; and a sample of the records
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET max_parallel_workers_per_gather = 2;
SELECT regress.plan('SELECT count(*) FROM item');
SELECT regress.plan('SELECT op FROM item');
SELECT count(*) FILTER (WHERE plan LIKE '%Parallel%') AS divided
FROM regress.plan('SELECT op, row_number() OVER () AS n FROM item ORDER BY n') AS plan;
SELECT op, count(*) FROM item GROUP BY op ORDER BY op;
RESET min_parallel_table_scan_size;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
SET max_parallel_workers_per_gather = 0;
ANALYZE item;
SELECT reltuples FROM pg_class WHERE relname = 'item';

-- ---------------------------------------------------------------- the instant
SELECT op, id, at FROM item WHERE at = '2024-01-02 10:00:00';
SELECT regress.files($$SELECT * FROM item WHERE at = '2024-01-02 10:00:00'$$);
SET cdc_fdw.asof = '2024-01-01 10:00';
SELECT op, id FROM item;
RESET cdc_fdw.asof;
ALTER FOREIGN TABLE item OPTIONS (ADD asof '2024-01-01 10:00:30');
SELECT op, id FROM item;
ALTER FOREIGN TABLE item OPTIONS (DROP asof);
-- before the first record there is none; nor at no instant
SELECT count(*) FROM item WHERE at = '2023-01-01';
SELECT count(*) FROM item WHERE at = NULL;

-- ---------------------------------------------------------------- which files are read
SELECT regress.files('SELECT * FROM item');
SELECT regress.files($$SELECT * FROM item WHERE committed >= '2024-01-02'$$);
SELECT regress.files($$SELECT * FROM item WHERE '2024-01-02' < committed$$);
SELECT regress.files($$SELECT * FROM item WHERE committed < '2024-01-02'$$);
SELECT regress.files($$SELECT * FROM item WHERE committed BETWEEN '2024-01-02' AND '2024-01-02 23:00'$$);
SELECT regress.files($$SELECT * FROM item WHERE committed = '2024-01-02 10:00'$$);
-- a file may be named clock_skew before its commits
SELECT regress.files($$SELECT * FROM item WHERE committed >= '2024-01-02 10:01:10'$$);
SELECT regress.files($$SELECT * FROM item WHERE committed >= '2024-01-02 10:01:10.000001'$$);
-- the names themselves
SELECT regress.files($$SELECT * FROM item WHERE named > '2024-01-02'$$);
SELECT regress.files($$SELECT * FROM item WHERE named <= '2024-01-02 10:01' AND committed > '2024-01-01 12:00'$$);
SELECT regress.files($$SELECT * FROM item WHERE named = '2024-01-02 10:01'$$);
-- other types, parameters, what is stable, what another query finds
SELECT regress.files($$SELECT * FROM item WHERE committed >= date '2024-01-02'$$);
SELECT regress.files($$SELECT * FROM item WHERE committed >= timestamp '2024-01-02 12:00' AND committed < date '5874897-12-31'$$);
SELECT regress.files($$SELECT * FROM item WHERE committed >= 'infinity'$$);
SELECT regress.files($$SELECT * FROM item WHERE committed >= '-infinity' AND committed < 'infinity'$$);
SELECT regress.counted($$SELECT * FROM item WHERE committed >= now() - interval '1 day'$$, 'Files');
SELECT regress.files($$SELECT * FROM item WHERE committed > (SELECT max(ts) FROM (VALUES (timestamptz '2024-01-02 12:00')) v(ts))$$);
PREPARE since(timestamptz) AS SELECT op, id FROM item WHERE committed > $1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE since('2024-01-02 12:00');
EXECUTE since('2024-01-02 12:00');
EXECUTE since('2024-01-02 10:00');
EXECUTE since(NULL);
RESET plan_cache_mode;
DEALLOCATE since;
-- nothing can be between: nothing is listed
SELECT regress.files($$SELECT * FROM item WHERE committed > '2024-01-02' AND committed < '2024-01-01'$$);
-- what bounds nothing
SELECT regress.files($$SELECT * FROM item WHERE committed > '2024-01-02' OR id = 1$$);
SELECT regress.files($$SELECT * FROM item WHERE committed > clock_timestamp()$$);
SELECT regress.files($$SELECT * FROM item WHERE committed <> '2024-01-02'$$);
-- who stops early reads little
SELECT regress.counted('SELECT * FROM item LIMIT 1', 'Files|Change');
-- each part of a listing is listed once in a transaction, from whichever end
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM item WHERE committed > '2024-01-03';
CALL regress.file('c/item/20240103-110000000.csv', $$
Op,ts,id,name,price,old_id
I,2024-01-03 10:59:00,6,six,6.00,
$$);
SELECT count(*) FROM item WHERE committed > '2024-01-02';
SELECT count(*) FROM item WHERE committed > '2024-01-03 09:00';
SELECT count(*) FROM item;
SELECT count(*) FROM item WHERE committed > '2024-01-02';
SELECT string_agg(id::text, ' ' ORDER BY id) FROM item_now;
COMMIT;
SELECT count(*) FROM item;

-- ---------------------------------------------------------------- replayed by SQL
WITH change AS (SELECT *, row_number() OVER (ORDER BY committed, named, file, line) AS n FROM item),
  base(id, name, price) AS (VALUES (1, 'one', 1.00), (2, 'two', 2.00)),
  said AS (SELECT id, name, price, 0 AS n, 'I' AS op FROM base
    UNION ALL SELECT id, name, price, n, op FROM change
    UNION ALL SELECT old_id, NULL, NULL, n, 'D' FROM change WHERE op = 'U' AND old_id <> id),
  last AS (SELECT DISTINCT ON (id) * FROM said ORDER BY id, n DESC)
SELECT count(*), count(*) FILTER (WHERE i IS NOT DISTINCT FROM (l.id, l.name, l.price)) AS same
FROM (SELECT * FROM last WHERE op <> 'D') l FULL JOIN (SELECT id, name, price FROM item_now) i USING (id);

-- ---------------------------------------------------------------- layouts
-- positional, gzip, values that were not supplied
CALL regress.file('c/gz/20240101-100100000.csv', $$
I,2024-01-01 10:00:00,1,a,b
U,2024-01-01 10:00:01,1,?,B
U,2024-01-01 10:00:02,1,?,?
D,2024-01-01 10:00:03,1,,
$$);
CALL regress.shell('gzip ' || current_setting('regress.folder') || '/c/gz/20240101-100100000.csv');
CREATE FOREIGN TABLE gz (id int, x text, y text OPTIONS (null_on_update 'keep'), op text OPTIONS (role 'op'), missed text[] OPTIONS (role 'unsupplied'))
  SERVER log OPTIONS (schema_name 'c', mode 'changes', csv_no_sup_value '?', use_csv_no_sup_value 'true');
SELECT * FROM gz;
SELECT op, missed FROM gz WHERE 'x' = ANY (missed);
SELECT op FROM gz WHERE y IS NULL;
-- date folders; midnight drift
CALL regress.file('c/dated/2024/01/01/20240101-100100000.csv', E'I,2024-01-01 10:00:00,1\n');
CALL regress.file('c/dated/2024/01/01/20240102-000000100.csv', E'I,2024-01-01 23:59:59,2\n');
CALL regress.file('c/dated/2024/01/02/20240102-100100000.csv', E'I,2024-01-02 10:00:00,3\n');
CALL regress.file('c/dated/2024/01/09/20240109-100100000.csv', E'I,2024-01-09 10:00:00,4\n');
CALL regress.file('c/dated/2024/02/01/20240201-100100000.csv', E'I,2024-02-01 10:00:00,5\n');
CREATE FOREIGN TABLE dated (id int, committed timestamptz OPTIONS (role 'commit_time'), named timestamptz OPTIONS (role 'file_time'))
  SERVER log OPTIONS (schema_name 'c', mode 'changes', date_partition_enabled 'true');
SELECT * FROM dated;
SELECT id FROM dated WHERE committed > '2024-01-01 12:00';
SELECT regress.files($$SELECT * FROM dated WHERE committed > '2024-01-09'$$);
SELECT regress.files($$SELECT * FROM dated WHERE committed > '2024-01-08' AND committed < '2024-01-20'$$);
SELECT regress.files($$SELECT * FROM dated WHERE named >= '2024-01-02 00:00:00.1' AND named < '2024-01-09'$$);
CREATE FOREIGN TABLE zoned (id int, committed timestamptz OPTIONS (role 'commit_time'), named timestamptz OPTIONS (role 'file_time'))
  SERVER log OPTIONS (schema_name 'c', table_name 'dated', mode 'changes', date_partition_enabled 'true', date_partition_timezone 'America/New_York',
  clock_skew '6 h');
SELECT id, named FROM zoned WHERE named >= '2024-01-02 05:00:00';
SELECT regress.files($$SELECT * FROM zoned WHERE named >= '2024-01-09'$$);
-- folders whose names sort in another order than their dates
CALL regress.file('c/odd/12/2023/31/20231231-100100000.csv', E'I,2023-12-31 10:00:00,1\n');
CALL regress.file('c/odd/01/2024/15/20240115-100100000.csv', E'I,2024-01-15 10:00:00,2\n');
CALL regress.file('c/odd/02/2024/01/20240201-100100000.csv', E'I,2024-02-01 10:00:00,3\n');
CREATE FOREIGN TABLE odd (id int, committed timestamptz OPTIONS (role 'commit_time')) SERVER log
  OPTIONS (schema_name 'c', mode 'changes', date_partition_enabled 'true', date_partition_sequence 'mmyyyydd');
SELECT * FROM odd;
SELECT regress.files($$SELECT * FROM odd WHERE committed > '2024-01-10'$$);
-- transaction files: their names bound nothing below
CALL regress.file('c/txn/CDC_TXN-20240101100000000.csv', $$
I,t,c,2024-01-01 10:00:00,1,one
I,other,c,2024-01-01 10:00:00,1
U,t,c,2024-01-01 12:00:00,1,ONE
$$);
CALL regress.file('c/txn/CDC_TXN-20240102100000000.csv', $$
D,t,c,2024-01-02 10:00:00,1,
$$);
CREATE FOREIGN TABLE t (id int OPTIONS (key 'true'), name text, op text OPTIONS (role 'op'), committed timestamptz OPTIONS (role 'commit_time'),
  named timestamptz OPTIONS (role 'file_time'))
  SERVER log OPTIONS (schema_name 'c', table_name 't', mode 'changes', preserve_transactions 'true', cdc_path 'c/txn');
SELECT * FROM t;
SELECT op FROM t WHERE committed > '2024-01-01 11:00';
SELECT regress.files($$SELECT op FROM t WHERE committed > '2024-01-01 11:00'$$);
SELECT regress.files($$SELECT op FROM t WHERE named > '2024-01-01 11:00'$$);
-- a table or schema of another case in the records: an error, not a table without changes; unless the full load says that it is another table
CALL regress.file('c/case/CDC_TXN-20240101100000000.csv', E'I,t,C,2024-01-01 10:00:00,1,one\nI,u,c,2024-01-01 10:00:00,1,one\n');
CALL regress.file('c/case_t/LOAD00000001.csv', E'2024-01-01 09:00:00,1,zero\n');
CALL regress.file('c/u/LOAD00000001.csv', E'2024-01-01 09:00:00,1,zero\n');
CALL regress.file('c/U/LOAD00000001.csv', E'2024-01-01 09:00:00,1,ZERO\n');
CREATE FUNCTION regress.cased(folder text, schema text, tab text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('CREATE FOREIGN TABLE cased (id int OPTIONS (key ''true''), name text) SERVER log OPTIONS (%sschema_name %L, table_name %L, preserve_transactions ''true'', cdc_path ''c/case'')',
    'prefix ' || quote_literal(folder) || ', ', schema, tab);
  result := regress.outcome('SELECT * FROM cased');
  IF result LIKE 'OK%' THEN
    SELECT string_agg(name, ' ') INTO result FROM cased;
  END IF;
  DROP FOREIGN TABLE cased;
  RETURN result;
END $$;
SELECT regress.cased('c/case_t', 'C', 'T');
SELECT regress.cased('c/case_t', 'c', 't');
SELECT regress.cased('c/case_t', 'C', 't');
SELECT regress.cased('c/case_t', 'c', 'U');
SELECT regress.cased('c/U', 'c', 'U');
SELECT regress.cased('c/u', 'c', 'u');
-- the file clock: a record's time is its file's
CALL regress.file('c/plain/20240101-100100000.csv', E'I,1,one\nU,1,ONE\n');
CALL regress.file('c/plain/20240102-100100000.csv', E'D,1,\n');
CREATE FOREIGN TABLE plain (id int OPTIONS (key 'true'), name text, op text OPTIONS (role 'op'), committed timestamptz OPTIONS (role 'commit_time'),
  line bigint OPTIONS (role 'line')) SERVER names OPTIONS (schema_name 'c', mode 'changes');
SELECT * FROM plain;
SELECT regress.files($$SELECT * FROM plain WHERE committed >= '2024-01-01 10:01:00.000001'$$);
SELECT regress.files($$SELECT * FROM plain WHERE committed <= '2024-01-01 10:01'$$);
SELECT regress.plan($$SELECT * FROM plain WHERE committed <= '2024-01-01 10:01'$$);
-- a sequence orders the records of a commit, or of a file without commit times
CALL regress.file('c/seq/20240101-100100000.csv', $$
I,2024-01-01 10:00:00,1,10
I,2024-01-01 10:00:00,2,9
I,2024-01-01 10:00:00,3,
I,2024-01-01 10:00:01,4,1
$$);
CREATE FOREIGN TABLE seq (id int, s bigint OPTIONS (sequence 'true'), line bigint OPTIONS (role 'line')) SERVER log OPTIONS (schema_name 'c', mode 'changes');
SELECT * FROM seq;
CALL regress.file('c/fileseq/20240101-100100000.csv', E'I,1,10\nI,2,9\n');
CREATE FOREIGN TABLE fileseq (id int, s bigint OPTIONS (sequence 'true'), line bigint OPTIONS (role 'line')) SERVER names OPTIONS (schema_name 'c', mode 'changes');
SELECT * FROM fileseq;
-- a stretch delivered again comes where it was delivered, and is counted
CALL regress.file('c/again/20240101-100100000.csv', E'I,2024-01-01 10:00:00,1\nI,2024-01-01 10:00:10,2\n');
CALL regress.file('c/again/20240101-100200000.csv', E'I,2024-01-01 10:00:00,1\nI,2024-01-01 10:00:10,2\nI,2024-01-01 10:01:30,3\n');
-- and within a file
CALL regress.file('c/again/20240101-100300000.csv', E'I,2024-01-01 10:02:30,4\nI,2024-01-01 10:02:20,5\n');
-- and where the first commit of a file is earlier than that of the file before
CALL regress.file('c/again/20240101-100400000.csv', E'I,2024-01-01 10:01:30,3\nI,2024-01-01 10:03:20,6\n');
CREATE FOREIGN TABLE again (id int, committed timestamptz OPTIONS (role 'commit_time'), line bigint OPTIONS (role 'line')) SERVER log
  OPTIONS (schema_name 'c', mode 'changes');
SELECT * FROM again;
SELECT regress.files('SELECT * FROM again');
-- several folders, as shards and as logs of their own
CALL regress.file('c/east/20240101-100100000.csv', E'I,2024-01-01 10:00:00,1\n');
CALL regress.file('c/east/20240101-100300000.csv', E'I,2024-01-01 10:02:00,3\n');
CALL regress.file('c/west/20240101-100200000.csv', E'I,2024-01-01 10:01:00,2\n');
CREATE FOREIGN TABLE shards (id int, folder text OPTIONS (role 'source'), committed timestamptz OPTIONS (role 'commit_time')) SERVER log
  OPTIONS (prefix 'c/east, c/west', mode 'changes');
SELECT * FROM shards;
SELECT regress.files($$SELECT * FROM shards WHERE committed >= '2024-01-01 10:02:00'$$);
CREATE FOREIGN TABLE logs (id int OPTIONS (key 'true'), folder text OPTIONS (role 'source', key 'true')) SERVER log
  OPTIONS (prefix 'c/west, c/east', mode 'changes');
SELECT * FROM logs;
-- values that do not fit
CALL regress.file('c/bad/20240101-100100000.csv', E'I,2024-01-01 10:00:00,1\nI,2024-01-01 10:00:00,x\n');
CREATE FOREIGN TABLE bad (id int) SERVER log OPTIONS (schema_name 'c', mode 'changes');
SELECT regress.outcome('SELECT * FROM bad');
ALTER FOREIGN TABLE bad OPTIONS (ADD on_error 'skip');
SELECT * FROM bad;

-- ---------------------------------------------------------------- memory
-- a file that is not to be held, out of order, goes through a sort
DO $$
DECLARE
  content text := (SELECT string_agg('I,' || timestamp '2024-01-01' + g * interval '1 s' || ',' || g || E'\n', '' ORDER BY g * 7919 % 20011)
                   FROM generate_series(1, 20000) g);
BEGIN
  CALL regress.file('c/large/20240101-120000000.csv', content);
END $$;
CREATE FOREIGN TABLE large (id int, committed timestamptz OPTIONS (role 'commit_time')) SERVER log OPTIONS (schema_name 'c', mode 'changes');
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT count(*), count(*) FILTER (WHERE id <> n) AS out_of_order FROM (SELECT id, row_number() OVER () n FROM large) l;
SELECT count(*) AS spilled FROM regress.analyze('SELECT * FROM large') line WHERE line ~ 'Spilled Bytes: [1-9]';
SELECT regress.counted('SELECT * FROM large', 'Files|Change|Times');
RESET work_mem;
RESET hash_mem_multiplier;
SELECT count(*), count(*) FILTER (WHERE id <> n) AS out_of_order FROM (SELECT id, row_number() OVER () n FROM large) l;
SELECT regress.counted('SELECT * FROM large', 'Files|Change|Times');

-- ---------------------------------------------------------------- refusals
CREATE FOREIGN TABLE wrong (id int, u text[] OPTIONS (role 'unsupplied')) SERVER log OPTIONS (schema_name 'c', table_name 'seq');
SELECT * FROM wrong; -- ERROR
ALTER FOREIGN TABLE wrong OPTIONS (ADD mode 'changes');
ALTER FOREIGN TABLE wrong ALTER u TYPE text;
SELECT * FROM wrong; -- ERROR
ALTER FOREIGN TABLE wrong OPTIONS (SET mode 'change'); -- ERROR
-- nothing there, even behind a bound
CREATE FOREIGN TABLE nothing (id int, committed timestamptz OPTIONS (role 'commit_time')) SERVER log OPTIONS (schema_name 'c', mode 'changes');
SELECT regress.outcome('SELECT * FROM nothing');
SELECT regress.outcome($$SELECT * FROM nothing WHERE committed > '2024-01-01'$$);
ALTER FOREIGN TABLE nothing OPTIONS (ADD allow_empty 'true');
SELECT * FROM nothing;
-- a full load only has no changes
CALL regress.file('c/loaded/LOAD00000001.csv', E'2024-01-01 10:00:00,1\n');
CREATE FOREIGN TABLE loaded (id int) SERVER log OPTIONS (schema_name 'c', mode 'changes');
SELECT * FROM loaded;
-- names that a bound would be wrong of
CALL regress.file('c/skew/20240101-100000000.csv', E'I,2024-01-01 10:00:30,1\n');
CREATE FOREIGN TABLE skew (id int) SERVER log OPTIONS (schema_name 'c', mode 'changes');
SELECT regress.outcome('SELECT * FROM skew');
ALTER FOREIGN TABLE skew OPTIONS (ADD clock_skew '1 min');
SELECT * FROM skew;
-- a column that no file has
CREATE FOREIGN TABLE typo (id int, nmae text) SERVER log OPTIONS (schema_name 'c', table_name 'item', add_column_name 'true', mode 'changes');
SELECT regress.outcome('SELECT * FROM typo');
-- more than may be read
SET cdc_fdw.max_bytes = 100;
SELECT regress.outcome('SELECT * FROM dated');
SELECT regress.outcome($$SELECT * FROM dated WHERE committed > '2024-01-09'$$);
RESET cdc_fdw.max_bytes;
-- one process reads them, whatever others may do
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT regress.plan('SELECT * FROM dated');
SET max_parallel_workers_per_gather = 0;

-- ---------------------------------------------------------------- sync
-- the table of the rows is made beside that of the changes, and both get new columns
CALL regress.file('sy/thing/20240101-100100000.csv', E'Op,ts,id,name\nI,2024-01-01 10:00:00,1,one\nD,2024-01-01 10:00:01,1,\n');
CREATE SCHEMA synced;
CREATE FOREIGN TABLE synced.thing_changes (op text OPTIONS (role 'op'), id int, name text) SERVER log OPTIONS (schema_name 'sy', table_name 'thing', add_column_name 'true', mode 'changes');
SELECT * FROM cdc_fdw_sync('log', 'sy', 'synced');
CALL regress.file('sy/thing/20240102-100100000.csv', E'Op,ts,id,name,more\nI,2024-01-02 10:00:00,2,two,x\n');
SELECT * FROM cdc_fdw_sync('log', 'sy', 'synced') ORDER BY 1;
SELECT * FROM synced.thing_changes;
SELECT * FROM synced.thing;

-- ---------------------------------------------------------------- since a bookmark
CREATE TABLE mark (of text, bookmark jsonb);
CREATE TABLE copied (of text, file text, line bigint, op text, committed timestamptz, change jsonb);
-- records and bookmark in one statement
CREATE FUNCTION regress.copy(tbl regclass, lateness interval) RETURNS TABLE (op text, committed timestamptz, change jsonb) LANGUAGE sql AS $$
  WITH got AS MATERIALIZED (SELECT * FROM cdc_fdw_changes_since(tbl, (SELECT bookmark FROM mark WHERE of = tbl::text), lateness)),
    forget AS (DELETE FROM mark WHERE of = tbl::text),
    keep AS (INSERT INTO mark SELECT tbl::text, bookmark FROM got WHERE bookmark IS NOT NULL)
  INSERT INTO copied SELECT tbl::text, file, line, op, committed, change FROM got WHERE bookmark IS NULL
  RETURNING op, committed, change;
$$;
CREATE FUNCTION regress.known(tbl text) RETURNS TABLE (folder text, before text, file text) LANGUAGE sql AS $$
  SELECT f.key, f.value ->> 'before', k FROM mark, jsonb_each(bookmark) f LEFT JOIN jsonb_object_keys(f.value -> 'files') k ON true WHERE of = tbl ORDER BY 1, 3;
$$;
CREATE FOREIGN TABLE watched (id int OPTIONS (key 'true'), name text, later text) SERVER log OPTIONS (schema_name 'c', add_column_name 'true', changes_from '2030-01-01');
CALL regress.file('c/watched/LOAD00000001.csv', E'ts,id,name\n2024-01-01 09:00:00,1,one\n');
CALL regress.file('c/watched/20240101-100100000.csv', E'Op,ts,id,name\nI,2024-01-01 10:00:00,2,two\nU,2024-01-01 10:00:00,2,"TWO, 2"\n');
CALL regress.file('c/watched/20240103-100100000.csv', E'Op,ts,id,name\nD,2024-01-03 10:00:00,1,\n');
SELECT * FROM regress.copy('watched', '1 day');
SELECT * FROM regress.known('watched');
-- nothing new
SELECT * FROM regress.copy('watched', '1 day');
-- a file that is late, but not too late; and a new one
CALL regress.file('c/watched/20240102-110000000.csv', E'Op,ts,id,name\nI,2024-01-02 10:59:00,3,late\n');
CALL regress.file('c/watched/20240103-110000000.csv', E'Op,ts,id,name\nI,2024-01-03 10:59:00,4,new\n');
-- one that is later than that is taken for known
CALL regress.file('c/watched/20240101-110000000.csv', E'Op,ts,id,name\nI,2024-01-01 10:59:00,5,too late\n');
SELECT * FROM regress.copy('watched', '1 day');
SELECT * FROM regress.known('watched');
-- a file that was written anew comes again
CALL regress.shell('sleep 0.01');
CALL regress.file('c/watched/20240103-110000000.csv', E'Op,ts,id,name\nI,2024-01-03 10:59:00,4,newer\n');
SELECT * FROM regress.copy('watched', '1 day');
SELECT * FROM regress.copy('watched', '0');
SELECT * FROM regress.known('watched');
-- all of them are those of a table of changes, whatever mode this one has
SELECT file, line, op FROM cdc_fdw_changes_since('item') c WHERE bookmark IS NULL EXCEPT ALL SELECT file, line, op FROM item;
SELECT count(*) FROM cdc_fdw_changes_since('item') WHERE change IS NOT NULL;
-- without header and commit times; several folders; one more later
SELECT * FROM regress.copy('plain', '1 day');
SELECT * FROM regress.copy('shards', '10 days');
SELECT * FROM regress.known('shards');
CALL regress.file('c/west/20240101-090000000.csv', E'I,2024-01-01 08:59:00,7\n');
ALTER FOREIGN TABLE shards OPTIONS (SET prefix 'c/east, c/west, c/again');
SELECT * FROM regress.copy('shards', '10 days');
-- what cannot be
SELECT regress.outcome($$SELECT * FROM cdc_fdw_changes_since('plain', (SELECT bookmark FROM mark WHERE of = 'shards'))$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_changes_since('plain', '[]')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_changes_since('plain', '{"c/plain": 1}')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_changes_since('plain', '{"c/plain": {"before": "yesterday", "files": {}}}')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_changes_since('plain', '{"c/plain": {"before": null, "files": []}}')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_changes_since('plain', NULL, '-1 s')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_changes_since(NULL)$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_changes_since('mark')$$);
CREATE ROLE regress_cdc_nobody;
SET ROLE regress_cdc_nobody;
SELECT cdc_fdw_changes_since('plain'); -- ERROR
RESET ROLE;
DROP ROLE regress_cdc_nobody;
DROP TABLE mark, copied;

\set ECHO none
\i :end

-- Which field of a file is which column: the operation, names that differ in
-- case, columns that came later or went.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', base_time '2024-05-01');
CREATE SERVER timed FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
-- the rows of a table as lines, or the error
CREATE FUNCTION regress.rows(tab text, key text DEFAULT NULL) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT concat_ws(''|'', %s) FROM %I ORDER BY 1',
    (SELECT string_agg(format('coalesce(%I::text, ''NULL'')', attname), ', ' ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = tab::regclass AND attnum > 0 AND NOT attisdropped), tab);
EXCEPTION WHEN OTHERS THEN
  RETURN NEXT regress.outcome(format('SELECT * FROM %I', tab));
END $$;
-- a table of text columns over a folder, without its statement
CREATE PROCEDURE regress.texts(folder text, columns text, options text DEFAULT '', server text DEFAULT 'log') LANGUAGE plpgsql AS $$
BEGIN
  DROP FOREIGN TABLE IF EXISTS t;
  EXECUTE format('CREATE FOREIGN TABLE t (%s) SERVER %I OPTIONS (prefix %L%s)', columns, server, folder, options);
END $$;

-- ---------------------------------------------------------------- the operation of a full load
-- a column that came later makes both readings of the full load as wide as a file may be
CALL regress.file('o/wide/LOAD00000001.csv', $$
I,A,Ann,Rome
I,B,Bob,Oslo
I,C,Cid,Kiel
$$);
CALL regress.file('o/wide/20240502-100000000.csv', $$
U,A,Ann,Bern
$$);
CALL regress.texts('o/wide', 'c1 text OPTIONS (key ''true''), c2 text, c3 text');
SELECT * FROM t ORDER BY 1;
CALL regress.file('o/wide/20240503-100000000.csv', $$
U,B,Bob,Oslo,0150
$$);
ALTER FOREIGN TABLE t ADD COLUMN c4 text;
SELECT * FROM t ORDER BY 1;
SELECT count(*) FROM t;
SELECT * FROM t WHERE c1 = 'C';
SELECT * FROM t WHERE c1 = 'I';
-- by several processes
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT * FROM t ORDER BY 1;
SELECT regress.counted('SELECT * FROM t', 'Workers');
SET max_parallel_workers_per_gather = 0;
RESET min_parallel_table_scan_size;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
-- in history, and for functions
CREATE FOREIGN TABLE versions (c1 text OPTIONS (key 'true'), c2 text, c3 text, c4 text, valid_from timestamptz OPTIONS (role 'valid_from'),
  valid_to timestamptz OPTIONS (role 'valid_to')) SERVER log OPTIONS (prefix 'o/wide', mode 'history');
SELECT * FROM versions ORDER BY 1, valid_to;
SELECT key, what, changed FROM cdc_fdw_diff('t', '2024-05-02 12:00', '2024-05-04');
SELECT op, row_key, effect, state FROM cdc_fdw_explain_row('t', '{"c1": "B"}');
SELECT * FROM cdc_fdw_audit('t') WHERE count > 0;
SELECT cdc_fdw_pin('wide', NULL, NULL, 't') IS NOT NULL AS pinned;
ALTER FOREIGN TABLE t OPTIONS (ADD asof 'pin:wide');
SELECT * FROM t ORDER BY 1;
DROP FOREIGN TABLE versions;

-- one row in the full load: as many columns as the oldest change has
CALL regress.file('o/one/LOAD00000001.csv', E'I,A,Ann,Rome\n');
CALL regress.file('o/one/20240502-100000000.csv', E'I,B,Bob,Oslo\n');
CALL regress.file('o/one/20240503-100000000.csv', E'U,B,Bob,Oslo,0150\n');
CALL regress.texts('o/one', 'c1 text OPTIONS (key ''true''), c2 text, c3 text, c4 text');
SELECT regress.counted('SELECT * FROM t', 'Requests');
SELECT regress.rows('t');
-- what was looked at is remembered
SELECT regress.counted('SELECT * FROM t', 'Requests');
-- without a key too
CALL regress.file('o/keyless/LOAD00000001.csv', E'I,A,Ann,Rome\nI,A,Bob,Oslo\n');
CALL regress.file('o/keyless/20240502-100000000.csv', E'I,B,Bob,Oslo\n');
CALL regress.file('o/keyless/20240503-100000000.csv', E'I,B,Bob,Oslo,0150\n');
CALL regress.texts('o/keyless', 'c1 text, c2 text, c3 text, c4 text');
SELECT regress.rows('t');
-- the column came before the first change: rows that differ cannot have one key
CALL regress.file('o/early/LOAD00000001.csv', E'I,A,Ann,Rome\nI,B,Bob,Oslo\n');
CALL regress.file('o/early/20240503-100000000.csv', E'I,C,Cid,Kiel,0150\n');
CALL regress.texts('o/early', 'c1 text OPTIONS (key ''true''), c2 text, c3 text, c4 text');
SELECT regress.rows('t');
-- one row, and the widths speak for the other reading: nothing tells
CALL regress.file('o/open/LOAD00000001.csv', E'I,A,Ann,Rome\n');
CALL regress.file('o/open/20240503-100000000.csv', E'I,C,Cid,Kiel,0150\n');
CALL regress.texts('o/open', 'c1 text OPTIONS (key ''true''), c2 text, c3 text, c4 text');
SELECT regress.rows('t');
ALTER FOREIGN TABLE t OPTIONS (ADD include_op_for_full_load 'true');
SELECT regress.rows('t');
ALTER FOREIGN TABLE t OPTIONS (SET include_op_for_full_load 'false');
SELECT regress.rows('t');
-- the keys of updates tell, and a width that fits without an operation does not speak against them
CALL regress.file('o/torn/LOAD00000001.csv', E'I,A,Ann,Rome\n');
CALL regress.file('o/torn/20240503-100000000.csv', E'U,A,Ann,Rome,0150\n');
CALL regress.texts('o/torn', 'c1 text OPTIONS (key ''true''), c2 text, c3 text, c4 text');
SELECT regress.rows('t');
CALL regress.file('o/parts/LOAD00000001.csv', E'I,A,Ann,Rome\nI,B,Bob,Oslo\nI,C,Cid,Kiel\n');
CALL regress.file('o/parts/20240503-100000000.csv', E'U,B,Bob,Oslo,0150\n');
CALL regress.texts('o/parts', 'c1 text OPTIONS (key ''true''), c2 text OPTIONS (key ''true''), c3 text, c4 text');
SELECT regress.rows('t');
-- changes of rows that the change files insert themselves tell nothing, in the same file or a later one
CALL regress.file('o/own/LOAD00000001.csv', E'I,A,Ann,Rome\n');
CALL regress.file('o/own/20240502-100000000.csv', E'I,I,Ian,Rome,9\nD,I,,,\n');
CALL regress.texts('o/own', 'c1 text OPTIONS (key ''true''), c2 text, c3 text, c4 text');
SELECT regress.rows('t');
CALL regress.file('o/later/LOAD00000001.csv', E'I,A,Ann,Rome\n');
CALL regress.file('o/later/20240502-100000000.csv', E'I,I,Ian,Rome,9\n');
CALL regress.file('o/later/20240503-100000000.csv', E'U,I,Ian,Oslo,9\n');
CALL regress.texts('o/later', 'c1 text OPTIONS (key ''true''), c2 text, c3 text, c4 text');
SELECT regress.rows('t');
CALL regress.file('o/pairs/LOAD00000001.csv', E'I,A,x,1\nI,B,y,2\n');
CALL regress.file('o/pairs/20240502-100000000.csv', E'I,I,A,n,9\nU,I,A,m,9\n');
CALL regress.texts('o/pairs', 'c1 text OPTIONS (key ''true''), c2 text OPTIONS (key ''true''), c3 text, c4 text');
SELECT regress.rows('t');
-- and with the option the rows are right
ALTER FOREIGN TABLE t OPTIONS (ADD include_op_for_full_load 'true');
SELECT regress.rows('t');
-- a full load alone, of several files: an empty one, one that tells, one that does not
CALL regress.file('o/many/LOAD00000001.csv', '');
CALL regress.file('o/many/LOAD00000002.csv', E'I,A,Ann\nI,B,Bob\n');
CALL regress.file('o/many/LOAD00000003.csv', E'I,C,Cid\n');
CALL regress.texts('o/many', 'c1 text OPTIONS (key ''true''), c2 text, c3 text OPTIONS (missing '''')');
SELECT regress.rows('t');
-- a full load alone with one row
CALL regress.file('o/alone/LOAD00000001.csv', E'I,A,Ann\n');
CALL regress.texts('o/alone', 'c1 text OPTIONS (key ''true''), c2 text, c3 text OPTIONS (missing '''')');
SELECT regress.rows('t');
-- an empty one
CALL regress.file('o/empty/LOAD00000001.csv', '');
CALL regress.file('o/empty/20240503-100000000.csv', E'I,C,Cid\n');
CALL regress.texts('o/empty', 'c1 text OPTIONS (key ''true''), c2 text, c3 text OPTIONS (missing '''')');
SELECT regress.rows('t');

-- keys that read like operations, without operations
CALL regress.file('o/letters/LOAD00000001.csv', E'I,Ann,Rome\nU,Bob,Oslo\nD,Cid,Kiel\n');
CALL regress.file('o/letters/LOAD00000002.csv', E'U2,Eve,Bonn\n');
CALL regress.file('o/letters/LOAD00000003.csv', E'insert,Fay,Linz\n');
CALL regress.file('o/letters/20240502-100000000.csv', E'U,insert,Fay,Graz\nD,U,,\nI,x,Xia,Lund\n');
CALL regress.texts('o/letters', 'c1 text OPTIONS (key ''true''), c2 text, c3 text');
SELECT regress.rows('t');
-- one row whose key is I, which a change updates
CALL regress.file('o/letter/LOAD00000001.csv', E'I,Ann,Rome\n');
CALL regress.file('o/letter/20240502-100000000.csv', E'U,I,Ann,Bern\n');
CALL regress.texts('o/letter', 'c1 text OPTIONS (key ''true''), c2 text, c3 text');
SELECT regress.rows('t');
-- a kind that is I in all of the full load, and part of the key
CALL regress.file('o/kind/LOAD00000001.csv', E'I,1,one\nI,2,two\n');
CALL regress.file('o/kind/20240502-100000000.csv', E'U,I,1,ONE\nI,J,1,other\n');
CALL regress.texts('o/kind', 'c1 text OPTIONS (key ''true''), c2 text OPTIONS (key ''true''), c3 text');
SELECT regress.rows('t');
-- of a type that is no text, but takes the letter
CREATE TYPE regress.letter AS ENUM ('I', 'J', 'K');
CALL regress.texts('o/kind', 'c1 regress.letter OPTIONS (key ''true''), c2 int OPTIONS (key ''true''), c3 text');
SELECT regress.rows('t');
CALL regress.texts('o/kind', 'c1 "char" OPTIONS (key ''true''), c2 int OPTIONS (key ''true''), c3 text');
SELECT regress.rows('t');

-- with commit times
CALL regress.file('o/timed/LOAD00000001.csv', E'I,2024-05-01 10:00:00,A,Ann,Rome\nI,2024-05-01 10:00:00,B,Bob,Oslo\n');
CALL regress.file('o/timed/20240502-100000000.csv', E'U,2024-05-02 09:59:00,A,Ann,Bern\n');
CALL regress.file('o/timed/20240503-100000000.csv', E'U,2024-05-03 09:59:00,B,Bob,Oslo,0150,x\n');
CALL regress.texts('o/timed', 'c1 text OPTIONS (key ''true''), c2 text, c3 text, c4 text, c5 text', '', 'timed');
SELECT regress.rows('t');
-- a full load from before the timestamp column was set
CALL regress.file('o/mixed/LOAD00000001.csv', E'I,A,Ann,Rome\nI,B,Bob,Oslo\n');
CALL regress.file('o/mixed/20240502-100000000.csv', E'U,2024-05-02 09:59:00,A,Ann,Bern\n');
CALL regress.file('o/mixed/20240503-100000000.csv', E'U,2024-05-03 09:59:00,B,Bob,Oslo,0150\n');
CALL regress.texts('o/mixed', 'c1 text OPTIONS (key ''true''), c2 text, c3 text, c4 text', '', 'timed');
SELECT regress.rows('t');

-- a task that writes inserts alone, with operations and without
CALL regress.file('o/with/LOAD00000001.csv', E'I,A,Ann,Rome\nI,B,Bob,Oslo\n');
CALL regress.file('o/with/20240502-100000000.csv', E'I,C,Cid,Kiel\n');
CALL regress.file('o/with/20240503-100000000.csv', E'I,D,Dan,Bonn,0150\n');
CALL regress.texts('o/with', 'c1 text OPTIONS (key ''true''), c2 text, c3 text, c4 text', ', cdc_inserts_only ''true''');
SELECT regress.rows('t');
CALL regress.file('o/none/LOAD00000001.csv', E'A,Ann,Rome\nI,Bob,Oslo\n');
CALL regress.file('o/none/20240502-100000000.csv', E'I,C,Cid\n');
CALL regress.file('o/none/20240503-100000000.csv', E'I,Dan,Bonn,0150\n');
CALL regress.texts('o/none', 'c1 text OPTIONS (key ''true''), c2 text, c3 text, c4 text', ', cdc_inserts_only ''true''');
SELECT regress.rows('t');
-- no file tells
CALL regress.file('o/never/20240502-100000000.csv', E'I,C,Cid\n');
CALL regress.texts('o/never', 'c1 text OPTIONS (key ''true''), c2 text, c3 text OPTIONS (missing '''')', ', cdc_inserts_only ''true''');
SELECT regress.rows('t');
ALTER FOREIGN TABLE t OPTIONS (ADD include_op_for_full_load 'true');
SELECT regress.rows('t');
-- a task that writes inserts and updates
CALL regress.file('o/both/LOAD00000001.csv', E'A,Ann,Rome\nB,Bob,Oslo\n');
CALL regress.file('o/both/20240502-100000000.csv', E'U,A,Ann,Bern\nI,C,Cid,Kiel\n');
CALL regress.file('o/both/20240503-100000000.csv', E'U,B,Bob,Oslo,0150\n');
CALL regress.texts('o/both', 'c1 text OPTIONS (key ''true''), c2 text, c3 text, c4 text', ', cdc_inserts_and_updates ''true''');
SELECT regress.rows('t');
CALL regress.file('o/neither/LOAD00000001.csv', E'A,Ann,Rome\nI,Bob,Oslo\n');
CALL regress.file('o/neither/20240502-100000000.csv', E'I,Bob,Bern\nC,Cid,Kiel\n');
CALL regress.texts('o/neither', 'c1 text OPTIONS (key ''true''), c2 text, c3 text', ', cdc_inserts_and_updates ''true''');
SELECT regress.rows('t');

-- transaction files, of which the oldest has no record of the table
CALL regress.file('o/txn/LOAD00000001.csv', E'I,A,Ann,Rome\n');
CALL regress.file('o/cdc/CDC_TXN-20240501100000000.csv', E'I,other,o,1\n');
CALL regress.file('o/cdc/CDC_TXN-20240502100000000.csv', E'U,t,o,A,Ann,Bern\n');
CALL regress.texts('o/txn', 'c1 text OPTIONS (key ''true''), c2 text, c3 text, c4 text OPTIONS (missing '''')',
  ', preserve_transactions ''true'', cdc_path ''o/cdc'', table_name ''t'', schema_name ''o''');
SELECT regress.rows('t');

-- with a column for the whole record the width tells even less
CALL regress.texts('o/one', 'c1 text OPTIONS (key ''true''), r json OPTIONS (role ''row'')');
SELECT regress.rows('t');
CALL regress.texts('o/letter', 'c1 text OPTIONS (key ''true''), r json OPTIONS (role ''row'')');
SELECT regress.rows('t');

-- ---------------------------------------------------------------- names that differ in case
-- a column that older files lack is not what differs from it in case only: commit time, operation, key
CALL regress.file('n/stamp/LOAD00000001.csv', E'Op,TIMESTAMP,id,v\nI,2024-05-01 09:00:00,1,a\nI,2024-05-01 09:00:00,2,b\n');
CALL regress.file('n/stamp/20240502-100000000.csv', E'Op,TIMESTAMP,id,v,timestamp,op\nU,2024-05-02 09:59:00,1,A,2001-01-01 00:00:00,sell\n');
CREATE SERVER stamped FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'TIMESTAMP', add_column_name 'true');
CREATE SERVER named FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', base_time '2024-05-01', add_column_name 'true');
CALL regress.texts('n/stamp', 'id int OPTIONS (key ''true''), v text, timestamp timestamp, op text', '', 'stamped');
SELECT regress.rows('t');
SET cdc_fdw.asof = '2024-05-01 12:00';
SELECT regress.rows('t');
RESET cdc_fdw.asof;
-- the whole record keeps a source's field called op, in files with an operation and without
CALL regress.texts('n/stamp', 'id int OPTIONS (key ''true''), r json OPTIONS (role ''row'')', '', 'stamped');
SELECT regress.rows('t');
CALL regress.file('n/op/LOAD00000001.csv', E'id,v,op\n1,a,buy\n2,b,sell\n');
CALL regress.file('n/op/20240502-100000000.csv', E'Op,id,v,op\nU,1,A,hold\nI,3,c,I\n');
CALL regress.texts('n/op', 'id int OPTIONS (key ''true''), r json OPTIONS (role ''row'')', '', 'named');
SELECT regress.rows('t');
CALL regress.texts('n/op', 'id int OPTIONS (key ''true''), v text, op text', '', 'named');
SELECT regress.rows('t');
CALL regress.texts('n/op', 'id int OPTIONS (key ''true''), v text', '', 'named');
SELECT regress.rows('t');
-- a source's first column is op, which the change file shows
CALL regress.file('n/first/LOAD00000001.csv', E'op,id\nI,1\nU,2\n');
CALL regress.file('n/first/20240502-100000000.csv', E'Op,op,id\nU,U,1\n');
CALL regress.texts('n/first', 'id int OPTIONS (key ''true''), r json OPTIONS (role ''row'')', '', 'named');
SELECT regress.rows('t');
-- an older file without the declared op has an operation all the same
CALL regress.file('n/older/20240501-100000000.csv', E'Op,id,v\nI,1,a\nI,2,b\n');
CALL regress.file('n/older/20240502-100000000.csv', E'Op,id,v,op\nU,1,A,hold\nD,2,,\n');
CALL regress.texts('n/older', 'id int OPTIONS (key ''true''), v text, op text', '', 'named');
SELECT regress.rows('t');
-- a key of another case in the full load is another column: the key is in no full load
CALL regress.file('n/key/LOAD00000001.csv', E'Op,ID,v\nI,1,a\nI,2,b\nI,3,c\n');
CALL regress.file('n/key/20240502-100000000.csv', E'Op,ID,v,id\nU,1,A,9\n');
CALL regress.texts('n/key', 'id int OPTIONS (key ''true''), v text', '', 'named');
SELECT regress.rows('t');
ALTER FOREIGN TABLE t ALTER id OPTIONS (ADD column_name 'ID');
SELECT regress.rows('t');
-- the same before the change is read, by several processes, and in a search
CALL regress.texts('n/key', '"ID" int OPTIONS (key ''true''), v text, id int', '', 'named');
SELECT regress.rows('t');
SET cdc_fdw.asof = '2024-05-01';
SELECT regress.rows('t');
CALL regress.texts('n/key', 'id int OPTIONS (key ''true''), v text', '', 'named');
SELECT regress.rows('t');
SELECT regress.outcome('SELECT * FROM t WHERE id = 1');
RESET cdc_fdw.asof;
-- a value column likewise: NULL where the twin alone is there
CALL regress.file('n/value/LOAD00000001.csv', E'id,Name\n1,a\n2,b\n');
CALL regress.file('n/value/20240502-100000000.csv', E'Op,id,Name,name\nU,1,A,x\n');
CALL regress.texts('n/value', 'id int OPTIONS (key ''true''), name text', '', 'named');
SELECT regress.rows('t');
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT regress.rows('t');
SET max_parallel_workers_per_gather = 0;
SELECT * FROM t WHERE id = 2;
-- both stand in a file between only, which a look does not see: an error, in any order
CALL regress.file('n/between/LOAD00000001.csv', E'id,Name\n1,a\n2,b\n');
CALL regress.file('n/between/20240502-100000000.csv', E'Op,id,Name,name\nU,1,A,x\n');
CALL regress.file('n/between/20240503-100000000.csv', E'Op,id,Name\nU,2,B\n');
CALL regress.texts('n/between', 'id int OPTIONS (key ''true''), name text', '', 'named');
SELECT regress.rows('t');
SET max_parallel_workers_per_gather = 2;
SELECT regress.rows('t');
SET max_parallel_workers_per_gather = 0;
ALTER FOREIGN TABLE t ALTER name OPTIONS (ADD column_name 'Name');
SELECT regress.rows('t');
ALTER FOREIGN TABLE t ALTER name OPTIONS (SET column_name 'name');
ALTER FOREIGN TABLE t ADD "Name" text;
SELECT regress.rows('t');
-- a name that is written in another case all along, or from some day on, is the column
CALL regress.file('n/upper/LOAD00000001.csv', E'ID,NAME\n1,a\n2,b\n');
CALL regress.file('n/upper/20240502-100000000.csv', E'Op,id,Name\nU,1,A\n');
CALL regress.texts('n/upper', 'id int OPTIONS (key ''true''), name text', '', 'named');
SELECT regress.rows('t');
-- an exact alias goes before a folded name; every alias is somebody's
CALL regress.file('n/alias/LOAD00000001.csv', E'id,Price,unit_price\n1,old,new\n');
CALL regress.file('n/alias/20240502-100000000.csv', E'Op,id,PRICE\nI,2,folded\n');
CALL regress.texts('n/alias', 'id int OPTIONS (key ''true''), price text OPTIONS (column_name ''price, unit_price'')', '', 'named');
SELECT regress.rows('t');
CALL regress.file('n/alias/20240503-100000000.csv', E'Op,id,unit_price,price\nI,3,second,first\n');
CALL regress.texts('n/alias', 'id int OPTIONS (key ''true''), price text OPTIONS (column_name ''price''), u text OPTIONS (column_name ''UNIT_PRICE, unit_price''), "Price" text', '', 'named');
SELECT regress.rows('t');
-- two columns cannot both be one field of another case
CALL regress.file('n/two/LOAD00000001.csv', E'id,NAME\n1,a\n');
CALL regress.texts('n/two', 'id int OPTIONS (key ''true''), name text, "Name" text', '', 'named');
SELECT regress.rows('t');
-- two names, neither of them the column's: an error wherever the one name alone would be taken, in any file, order and way of reading
CREATE FUNCTION regress.ways(tab text) RETURNS TABLE (way text, outcome text) LANGUAGE plpgsql AS $$
DECLARE
  asked text;
BEGIN
  FOREACH asked IN ARRAY ARRAY['SELECT * FROM %I', 'SELECT * FROM %I WHERE id = 1', 'SELECT * FROM %I WHERE id = 2',
    'SELECT * FROM cdc_fdw_explain_row(%L, ''{"id": 1}'')', 'SELECT * FROM cdc_fdw_audit(%L)'] LOOP
    way := regexp_replace(asked, '%[IL]', 't');
    outcome := split_part(regress.outcome(format(asked, tab)), E'\n', 1);
    RETURN NEXT;
  END LOOP;
END $$;
CALL regress.file('n/twins/LOAD00000001.csv', E'id,Price\n1,a\n2,b\n');
CALL regress.file('n/twins/20240502-100000000.csv', E'Op,id,Price,PRICE\nU,1,a2,zz\n');
CALL regress.texts('n/twins', 'id int OPTIONS (key ''true''), price text', '', 'named');
SELECT regress.rows('t');
SELECT * FROM regress.ways('t');
SET max_parallel_workers_per_gather = 2;
SELECT regress.rows('t');
SET max_parallel_workers_per_gather = 0;
-- before the change is read, too: the newest file is looked at
SET cdc_fdw.asof = '2024-05-01';
SELECT * FROM regress.ways('t');
RESET cdc_fdw.asof;
-- followed, the hint: the option, and the other column
ALTER FOREIGN TABLE t ALTER price OPTIONS (ADD column_name 'Price');
ALTER FOREIGN TABLE t ADD "PRICE" text;
SELECT regress.rows('t');
-- the full load has both
CALL regress.file('n/twins_load/LOAD00000001.csv', E'id,Price,PRICE\n1,a,x\n2,b,y\n');
CALL regress.file('n/twins_load/20240502-100000000.csv', E'Op,id,PRICE\nU,1,x2\n');
CALL regress.texts('n/twins_load', 'id int OPTIONS (key ''true''), price text', '', 'named');
SELECT * FROM regress.ways('t');
-- all files have both: no name is taken, and the column is in none
CALL regress.file('n/twins_all/LOAD00000001.csv', E'id,Price,PRICE\n1,a,x\n');
CALL regress.file('n/twins_all/20240502-100000000.csv', E'Op,id,Price,PRICE\nU,1,a2,x2\n');
CALL regress.texts('n/twins_all', 'id int OPTIONS (key ''true''), price text', '', 'named');
SELECT regress.rows('t');
-- a file between has both, which a search that reads past it does not see; what reads all does
CALL regress.file('n/twins_between/LOAD00000001.csv', E'id,Price\n1,a\n2,b\n');
CALL regress.file('n/twins_between/20240502-100000000.csv', E'Op,id,Price,PRICE\nU,1,a2,zz\n');
CALL regress.file('n/twins_between/20240503-100000000.csv', E'Op,id,Price\nU,2,b2\n');
CALL regress.texts('n/twins_between', 'id int OPTIONS (key ''true''), price text', '', 'named');
SELECT * FROM regress.ways('t');
-- one of the two is the operation, or the commit time
CALL regress.file('n/twins_op/LOAD00000001.csv', E'id,OP,v\n1,src,x\n2,s2,y\n');
CALL regress.file('n/twins_op/20240502-100000000.csv', E'Op,id,OP,v\nU,1,src2,x2\n');
CALL regress.texts('n/twins_op', 'id int OPTIONS (key ''true''), op text, v text', '', 'named');
SELECT regress.rows('t');
SELECT * FROM regress.ways('t');
ALTER FOREIGN TABLE t ALTER op OPTIONS (ADD column_name 'OP');
SELECT regress.rows('t');
CALL regress.file('n/twins_time/LOAD00000001.csv', E'id,Timestamp\n1,src\n');
CALL regress.file('n/twins_time/20240502-100000000.csv', E'Op,TIMESTAMP,id,Timestamp\nU,2024-05-02 09:59:00,1,src2\n');
CALL regress.texts('n/twins_time', 'id int OPTIONS (key ''true''), timestamp text', '', 'stamped');
SELECT regress.rows('t');
-- the operation is no name that a hint offers, though it is written in another case
CALL regress.file('n/op_case/LOAD00000001.csv', E'OP,id,v\nI,1,a\n');
CALL regress.file('n/op_case/20240502-100000000.csv', E'Op,id,v\nU,1,b\n');
CALL regress.texts('n/op_case', 'id int OPTIONS (key ''true''), v text, op text', '', 'named');
SELECT regress.rows('t');
-- versions, changes and functions
CREATE FOREIGN TABLE versions (id int OPTIONS (key 'true'), name text, valid_from timestamptz OPTIONS (role 'valid_from')) SERVER named
  OPTIONS (prefix 'n/value', mode 'history');
SELECT id, name, valid_from FROM versions ORDER BY 1, 3;
DROP FOREIGN TABLE versions;
CREATE FOREIGN TABLE changes (id int OPTIONS (key 'true'), timestamp text, op text) SERVER stamped OPTIONS (prefix 'n/stamp', mode 'changes');
SELECT * FROM changes;
DROP FOREIGN TABLE changes;
CALL regress.texts('n/value', 'id int OPTIONS (key ''true''), name text', '', 'named');
SELECT what, key, old_row, new_row FROM cdc_fdw_diff('t', '2024-05-01', '2024-05-03');
SELECT effect, state FROM cdc_fdw_explain_row('t', '{"id": 1}');

-- ---------------------------------------------------------------- columns that came or went
-- NULL where a file lacks them, at every instant, since some file has them: the newest, the first, or one that is read
CALL regress.file('c/life/LOAD00000001.csv', E'id,v,went\n1,a,w1\n2,b,w2\n');
CALL regress.file('c/life/20240502-100000000.csv', E'Op,id,v\nU,1,A\n');
CALL regress.file('c/life/20240503-100000000.csv', E'Op,id,v,brief\nU,2,B,only here\n');
CALL regress.file('c/life/20240504-100000000.csv', E'Op,id,v,came\nI,3,c,new\n');
CREATE FOREIGN TABLE life (id int OPTIONS (key 'true'), v text, went text, came text, at timestamptz OPTIONS (role 'asof'), known timestamptz OPTIONS (role 'known_at'))
  SERVER named OPTIONS (prefix 'c/life');
SELECT d.day::date, l.id, l.v, l.went, l.came FROM generate_series('2024-05-01'::timestamptz, '2024-05-05', '1 day') d (day),
  LATERAL (SELECT * FROM life WHERE at = d.day) l ORDER BY 1, 2;
SELECT id, v, went, came FROM life WHERE known = '2024-05-02 12:00' ORDER BY 1;
-- what only a file between has is an error where that file is not read: the same column is wanted of every instant, so it says missing
ALTER FOREIGN TABLE life ADD brief text;
SELECT id, brief FROM life ORDER BY 1;
SELECT regress.outcome($$SELECT * FROM life WHERE at = '2024-05-02 12:00'$$);
ALTER FOREIGN TABLE life ALTER brief OPTIONS (ADD missing '');
SELECT id, v, brief FROM life WHERE at = '2024-05-02 12:00' ORDER BY 1;
-- the closest name is no operation, commit time or other column
ALTER FOREIGN TABLE life ADD vv text;
SELECT regress.outcome('SELECT * FROM life');
ALTER FOREIGN TABLE life DROP vv;
ALTER FOREIGN TABLE life ADD cane text;
SELECT regress.outcome('SELECT * FROM life');
ALTER FOREIGN TABLE life DROP cane;
-- by several processes, in a table of changes, and under a pin
SET cdc_fdw.asof = '2024-05-02 12:00';
CALL regress.texts('c/life', 'id int OPTIONS (key ''true''), v text, came text', '', 'named');
SET max_parallel_workers_per_gather = 2;
SELECT regress.rows('t');
SELECT regress.counted('SELECT * FROM t', 'Workers');
SET max_parallel_workers_per_gather = 0;
CALL regress.texts('c/life', 'id int OPTIONS (key ''true''), v text, came text, went text, ft timestamptz OPTIONS (role ''file_time'')', ', mode ''changes''', 'named');
SELECT regress.rows('t');
RESET cdc_fdw.asof;
SELECT * FROM t WHERE ft < '2024-05-03' ORDER BY 1;
CALL regress.texts('c/life', 'id int OPTIONS (key ''true''), v text, came text', '', 'named');
SELECT regress.outcome($$SELECT cdc_fdw_pin('early', '2024-05-02 12:00', NULL, 't')$$);
SELECT cdc_fdw_pin('late', NULL, NULL, 't') IS NOT NULL AS pinned;
ALTER FOREIGN TABLE t OPTIONS (ADD asof 'pin:late');
SELECT regress.rows('t');
ALTER FOREIGN TABLE t ALTER came OPTIONS (ADD missing '');
SELECT cdc_fdw_pin('early', '2024-05-02 12:00', NULL, 't') IS NOT NULL AS pinned;
ALTER FOREIGN TABLE t OPTIONS (SET asof 'pin:early');
SELECT regress.rows('t');
-- the newest file is sought in date folders too, and past those that are empty
CALL regress.file('c/dates/LOAD00000001.csv', E'id,v\n1,a\n');
CALL regress.file('c/dates/2024/05/02/20240502-100000000.csv', E'Op,id,v\nU,1,A\n');
CALL regress.file('c/dates/2024/06/30/20240630-100000000.csv', E'Op,id,v,came\nU,1,AA,x\n');
CALL regress.file('c/dates/2024/06/30/20240630-110000000.csv', '');
CALL regress.file('c/dates/2024/07/01/20240630-235959000.csv', '');
CALL regress.texts('c/dates', 'id int OPTIONS (key ''true''), v text, came text', ', date_partition_enabled ''true''', 'named');
SET cdc_fdw.asof = '2024-05-02 12:00';
SELECT regress.rows('t');
RESET cdc_fdw.asof;
SELECT regress.rows('t');
-- of several folders any may have it
CALL regress.file('c/a/LOAD00000001.csv', E'id,v\n1,a\n');
CALL regress.file('c/b/LOAD00000001.csv', E'id,v\n2,b\n');
CALL regress.file('c/b/20240630-100000000.csv', E'Op,id,v,came\nU,2,B,x\n');
CALL regress.texts('c/a,c/b', 'id int OPTIONS (key ''true''), s text OPTIONS (role ''source'', key ''true''), v text, came text', '', 'named');
SET cdc_fdw.asof = '2024-05-02 12:00';
SELECT regress.rows('t');
RESET cdc_fdw.asof;

-- without headers by place
CALL regress.file('c/plain/LOAD00000001.csv', E'1,a\n2,b\n');
CALL regress.file('c/plain/20240502-100000000.csv', E'U,1,A\n');
CALL regress.file('c/plain/20240504-100000000.csv', E'I,3,c,new\n');
CALL regress.texts('c/plain', 'id int OPTIONS (key ''true''), v text, came text');
SET cdc_fdw.asof = '2024-05-02 12:00';
SELECT regress.rows('t');
RESET cdc_fdw.asof;
SELECT regress.rows('t');
ALTER FOREIGN TABLE t ADD tocome text;
SELECT regress.rows('t');
ALTER FOREIGN TABLE t ALTER tocome OPTIONS (ADD missing '');
SELECT regress.rows('t');
-- transaction files
CALL regress.file('c/txn/LOAD00000001.csv', E'1,a\n');
CALL regress.file('c/cdc/CDC_TXN-20240502100000000.csv', E'U,t,c,1,A\nI,other,o,1\n');
CALL regress.file('c/cdc/CDC_TXN-20240503100000000.csv', E'I,other,o,1\nU,t,c,1,AA,new\n');
CALL regress.texts('c/txn', 'id int OPTIONS (key ''true''), v text, came text',
  ', preserve_transactions ''true'', cdc_path ''c/cdc'', table_name ''t'', schema_name ''c''');
SET cdc_fdw.asof = '2024-05-02 12:00';
SELECT regress.rows('t');
RESET cdc_fdw.asof;
SELECT regress.rows('t');
-- the newest one has no record of the table, and says nothing against its columns
CALL regress.file('c/cdc/CDC_TXN-20240504100000000.csv', E'I,other,o,1\n');
SET cdc_fdw.asof = '2024-05-02 12:00';
SELECT regress.rows('t');
RESET cdc_fdw.asof;
-- a reload that is wider than transaction files from before it, which stay there
CALL regress.file('c/again/LOAD00000001.csv', E'2024-06-01 00:00:00.000000,1,a,b\n');
CALL regress.file('c/older/CDC_TXN-20240501100000000.csv', E'U,again,c,2024-05-01 09:00:00.000000,1,z\n');
CALL regress.file('c/older/CDC_TXN-20240602100000000.csv', E'U,again,c,2024-06-02 09:00:00.000000,1,x,y\n');
CALL regress.texts('c/again', 'id int OPTIONS (key ''true''), v text, came text',
  ', preserve_transactions ''true'', cdc_path ''c/older'', table_name ''again'', schema_name ''c'', timestamp_column_name ''ts''');
SELECT regress.rows('t');
SET cdc_fdw.asof = '2024-06-01 12:00';
SELECT regress.rows('t');
RESET cdc_fdw.asof;
-- one that is narrower behind it is what it was
CALL regress.file('c/older/CDC_TXN-20240603100000000.csv', E'U,again,c,2024-06-03 09:00:00.000000,1,w\n');
SELECT regress.rows('t');
-- missing '' is NULL for every type
CALL regress.texts('c/plain', 'id int OPTIONS (key ''true''), v text, came text, a text OPTIONS (missing ''''), b varchar(3) OPTIONS (missing ''''), c int OPTIONS (missing ''''),
  d bytea OPTIONS (missing ''''), e timestamptz OPTIONS (missing ''''), f jsonb OPTIONS (missing ''''), g int[] OPTIONS (missing ''''), h uuid OPTIONS (missing ''''),
  i bool OPTIONS (missing ''''), j regress.letter OPTIONS (missing ''''), k xml OPTIONS (missing ''''), l "char" OPTIONS (missing ''''), m name OPTIONS (missing '''')',
  ', csv_null_value ''NULL''');
SELECT regress.rows('t');

-- ---------------------------------------------------------------- a log as PostgreSQL's task writes it, over its life
-- operations everywhere, commit times, deletes with only their key, a change sequence; then come before images, then a column, and one goes.
-- With a header the column comes before what rules add, without one at the end, and none goes.  truth has the rows after each commit.
CREATE TABLE regress.truth (at timestamptz, id int, name text, freight numeric, note text);
CREATE PROCEDURE regress.orders(folder text, header bool) LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz := '2024-05-31 22:07:18.5+00';
  named text;
  content text := '';
  line text;
  old int;
  new int;
  v text;
  seq text;
  heads text[] := ARRAY['id,name,freight,$AR_H_CHANGE_SEQ', 'id,name,freight,$AR_H_CHANGE_SEQ,BI_id', 'id,name,freight,note,$AR_H_CHANGE_SEQ,BI_id', 'id,name,note,$AR_H_CHANGE_SEQ,BI_id'];
  phase int;
  own record;
BEGIN
  TRUNCATE regress.truth;
  CREATE TEMP TABLE orders (id int, name text, freight numeric, note text) ON COMMIT DROP;
  INSERT INTO orders SELECT i, 'order ' || i, i + 0.5 FROM generate_series(1, 30) i;
  INSERT INTO regress.truth SELECT at, * FROM orders;
  SELECT string_agg(format(E'I,%s,%s,%s,%s,\n', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), id, name, freight), '' ORDER BY id) INTO content FROM orders;
  CALL regress.file(folder || '/LOAD00000001.csv', CASE WHEN header THEN E'Op,transaction_commit_timestamp,' || heads[1] || E'\n' ELSE '' END || content);
  content := '';
  FOR i IN 1..80 LOOP
    phase := (i - 1) / 20 + 1;
    IF NOT header THEN
      phase := least(phase, 3);
    END IF;
    at := at + interval '20 s';
    seq := to_char(at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS') || '00' || lpad(i::text, 19, '0');
    SELECT o.id INTO old FROM orders o ORDER BY hashint4(o.id + i) LIMIT 1;
    new := NULL;
    v := 'v' || i;
    IF i % 6 = 1 THEN
      line := 'D';
      own := ROW (old, NULL::text, NULL::numeric, NULL::text);
      DELETE FROM orders o WHERE o.id = old;
    ELSE
      IF i % 4 = 0 THEN
        line := 'I';
        new := 100 + i;
      ELSE
        line := 'U';
        new := CASE WHEN phase > 1 AND i % 5 = 0 THEN 200 + i ELSE old END;
        DELETE FROM orders o WHERE o.id = old;
      END IF;
      INSERT INTO orders VALUES (new, v, CASE WHEN phase < 4 THEN i END, CASE WHEN phase > 2 THEN 'n' || i END);
    END IF;
    SELECT o.* INTO own FROM orders o WHERE o.id = new;
    line := concat_ws(',', line, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), coalesce(new, old), coalesce(own.name, ''),
      CASE WHEN phase < 4 THEN coalesce(own.freight::text, '') END, CASE WHEN header AND phase > 2 THEN coalesce(own.note, '') END, seq,
      CASE WHEN phase > 1 THEN CASE WHEN new <> old AND line = 'U' THEN old::text ELSE '' END END,
      CASE WHEN NOT header AND phase > 2 THEN coalesce(own.note, '') END);
    content := content || line || E'\n';
    INSERT INTO regress.truth SELECT at, * FROM orders;
    IF i % 5 = 0 THEN
      named := to_char((at + interval '60 s') AT TIME ZONE 'UTC', 'YYYYMMDD-HH24MISSMS');
      CALL regress.file(folder || '/' || named || '.csv', CASE WHEN header THEN E'Op,transaction_commit_timestamp,' || heads[phase] || E'\n' ELSE '' END || content);
      content := '';
    END IF;
  END LOOP;
  DROP TABLE orders;
END $$;
-- instants of commits and between, at which the table's rows are not the truth's
CREATE FUNCTION regress.wrong(tab text) RETURNS TABLE (instants bigint, wrong bigint) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format($q$
    WITH i AS (SELECT DISTINCT t.at + s AS at, t.at AS last FROM regress.truth t, unnest('{0,0.000001 s,19.999999 s}'::interval[]) s)
    SELECT count(*), count(*) FILTER (WHERE differ) FROM i, LATERAL (
      SELECT EXISTS ((SELECT id, name, freight, note FROM regress.truth t WHERE t.at = i.last EXCEPT SELECT id, name, freight, note FROM %1$I f WHERE f.at = i.at)
        UNION ALL (SELECT id, name, freight, note FROM %1$I f WHERE f.at = i.at EXCEPT SELECT id, name, freight, note FROM regress.truth t WHERE t.at = i.last)) AS differ) d$q$, tab);
END $$;
CREATE SERVER northwind FOREIGN DATA WRAPPER cdc_fdw
  OPTIONS (url :'made', timestamp_column_name 'transaction_commit_timestamp', include_op_for_full_load 'true');
CALL regress.orders('w/heads', true);
CREATE FOREIGN TABLE heads (id int OPTIONS (key 'true'), name text, freight numeric, note text, seq text OPTIONS (sequence 'true', column_name '$AR_H_CHANGE_SEQ'),
  was int OPTIONS (before 'id', column_name 'BI_id'), at timestamptz OPTIONS (role 'asof')) SERVER northwind OPTIONS (prefix 'w/heads', add_column_name 'true');
SELECT * FROM regress.wrong('heads');
-- as it was known then, whatever came later
SELECT count(*) FROM heads WHERE at = '2024-05-31 22:09';
SET cdc_fdw.known_at = '2024-05-31 22:11';
SELECT count(*) FROM heads WHERE at = '2024-05-31 22:09';
RESET cdc_fdw.known_at;
-- by several processes, without before images, of which the truth has no need before they came
CREATE FOREIGN TABLE several (id int OPTIONS (key 'true'), name text, freight numeric, note text) SERVER northwind OPTIONS (prefix 'w/heads', add_column_name 'true');
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET cdc_fdw.asof = '2024-05-31 22:12';
SELECT regress.counted('SELECT * FROM several', 'Workers');
SELECT count(*), count(note), max(name) FROM several;
SET max_parallel_workers_per_gather = 0;
SELECT count(*), count(note), max(name) FROM several;
RESET cdc_fdw.asof;
-- the versions of every instant
CREATE FOREIGN TABLE versions (id int OPTIONS (key 'true'), name text, freight numeric, note text, seq text OPTIONS (sequence 'true', column_name '$AR_H_CHANGE_SEQ'),
  was int OPTIONS (before 'id', column_name 'BI_id'), valid tstzrange OPTIONS (role 'valid_range')) SERVER northwind OPTIONS (prefix 'w/heads', add_column_name 'true', mode 'history');
SELECT count(*) FROM (SELECT t.at, v.id, v.name, v.freight, v.note FROM (SELECT DISTINCT at FROM regress.truth) t JOIN versions v ON v.valid @> t.at
  EXCEPT ALL SELECT * FROM regress.truth) d;
SELECT count(*) FROM (SELECT * FROM regress.truth EXCEPT ALL
  SELECT t.at, v.id, v.name, v.freight, v.note FROM (SELECT DISTINCT at FROM regress.truth) t JOIN versions v ON v.valid @> t.at) d;
-- those of a stretch from before they came
SELECT count(*), count(note) FROM versions WHERE valid @> timestamptz '2024-05-31 22:09';
CALL regress.orders('w/plain', false);
CREATE FOREIGN TABLE plain (id int OPTIONS (key 'true'), name text, freight numeric, seq text OPTIONS (sequence 'true'), was int OPTIONS (before 'id'), note text,
  at timestamptz OPTIONS (role 'asof')) SERVER northwind OPTIONS (prefix 'w/plain');
SELECT * FROM regress.wrong('plain');
-- the first changes, and all of them
CREATE FOREIGN TABLE changes (id int OPTIONS (key 'true'), name text, note text, was int OPTIONS (before 'id', column_name 'BI_id'), ft timestamptz OPTIONS (role 'file_time'))
  SERVER northwind OPTIONS (prefix 'w/heads', add_column_name 'true', mode 'changes');
SELECT count(*), count(note), count(was) FROM changes WHERE ft < '2024-05-31 22:11';
SELECT count(*), count(note) > 0 AS notes, count(was) > 0 AS moved FROM changes;

-- ---------------------------------------------------------------- fewer fields than before, without header
CALL regress.file('g/LOAD00000001.csv', $$
1,x,1
2,y,2
$$);
CALL regress.file('g/20240502-100000000.csv', $$
U,1,xx,1,a
$$);
CALL regress.file('g/20240503-100000000.csv', $$
U,2,yy,2
$$);
CALL regress.texts('g', 'c1 int OPTIONS (key ''true''), c2 text, c3 text, c4 text');
SELECT regress.rows('t');
-- no file of fewer fields is read before it came
SET cdc_fdw.asof = '2024-05-02 12:00';
SELECT regress.rows('t');
RESET cdc_fdw.asof;
-- in changes and versions, by several processes too
CREATE FOREIGN TABLE narrower_changes (c1 int OPTIONS (key 'true'), c2 text, c3 text, c4 text) SERVER log OPTIONS (prefix 'g', mode 'changes');
CREATE FOREIGN TABLE narrower_versions (c1 int OPTIONS (key 'true'), c2 text, c3 text, c4 text) SERVER log OPTIONS (prefix 'g', mode 'history');
SELECT regress.outcome('SELECT * FROM narrower_changes');
SELECT regress.outcome('SELECT * FROM narrower_versions');
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT regress.outcome('SELECT * FROM t');
SELECT regress.outcome('SELECT * FROM narrower_changes');
SET max_parallel_workers_per_gather = 0;
-- a query that reads none of the wider files, of which one that is looked at shows the column: v went, w is in its place
CALL regress.file('went/LOAD00000001.csv', $$
1,x,y
$$);
CALL regress.file('went/20240102-000000000.csv', $$
U,1,xx,yy
$$);
CALL regress.file('went/20240103-000000000.csv', $$
I,3,Y3
$$);
CREATE FOREIGN TABLE went (id int OPTIONS (key 'true'), v text, w text) SERVER log OPTIONS (prefix 'went', base_time '2024-01-01');
CREATE FOREIGN TABLE went_changes (id int OPTIONS (key 'true'), v text, w text, ft timestamptz OPTIONS (role 'file_time')) SERVER log OPTIONS (prefix 'went', mode 'changes');
CREATE FOREIGN TABLE went_history (id int OPTIONS (key 'true'), v text, w text, vf timestamptz OPTIONS (role 'valid_from')) SERVER log OPTIONS (prefix 'went', mode 'history', base_time '2024-01-01');
SELECT regress.outcome('SELECT * FROM went');
SELECT regress.outcome('SELECT * FROM went WHERE id = 3');
SELECT regress.outcome('SELECT * FROM went LIMIT 1');
SELECT regress.outcome($$SELECT * FROM went_changes WHERE ft >= '2024-01-03'$$);
SELECT regress.outcome($$SELECT * FROM went_changes WHERE ft >= '2024-01-03' LIMIT 1$$);
SELECT regress.outcome('SELECT * FROM went_history WHERE id = 3');
SELECT regress.outcome($$SELECT * FROM went_history WHERE vf >= '2024-01-03'$$);
SET cdc_fdw.asof = '2024-01-02 12:00';
SELECT id, v, w FROM went;
RESET cdc_fdw.asof;
-- accepted: w itself was dropped
CREATE FOREIGN TABLE went_last (id int OPTIONS (key 'true'), v text, w text OPTIONS (missing '')) SERVER log OPTIONS (prefix 'went', base_time '2024-01-01');
SELECT id, v, w FROM went_last WHERE id = 3;
-- without full load the oldest change file shows it
CALL regress.file('went_cdc/20240102-000000000.csv', $$
I,1,xx,yy
$$);
CALL regress.file('went_cdc/20240103-000000000.csv', $$
I,3,Y3
$$);
CREATE FOREIGN TABLE went_cdc (id int OPTIONS (key 'true'), v text, w text, ft timestamptz OPTIONS (role 'file_time')) SERVER log OPTIONS (prefix 'went_cdc', mode 'changes');
SELECT regress.outcome($$SELECT * FROM went_cdc WHERE ft >= '2024-01-03'$$);
-- in transaction files
CALL regress.file('went_txn/CDC_TXN-20240102000000000.csv', $$
I,other,s,1
I,went_txn,s,1,xx,yy
$$);
CALL regress.file('went_txn/CDC_TXN-20240103000000000.csv', $$
I,went_txn,s,3,Y3
$$);
CREATE FOREIGN TABLE went_txn (id int OPTIONS (key 'true'), v text, w text, ft timestamptz OPTIONS (role 'file_time')) SERVER log
  OPTIONS (schema_name 's', table_name 'went_txn', preserve_transactions 'true', cdc_path 'went_txn', mode 'changes', allow_empty 'true');
SELECT regress.outcome($$SELECT * FROM went_txn WHERE ft >= '2024-01-03'$$);
-- narrower files from before a column came, and wider ones of an earlier log, are no sign
CALL regress.file('came/LOAD00000001.csv', $$
1,x
$$);
CALL regress.file('came/20240102-000000000.csv', $$
I,2,y
$$);
CALL regress.file('came/20240103-000000000.csv', $$
I,3,Y3,W3
$$);
CREATE FOREIGN TABLE came (id int OPTIONS (key 'true'), v text, w text) SERVER log OPTIONS (prefix 'came');
SELECT * FROM came WHERE id = 2;
SELECT * FROM came ORDER BY id;
CALL regress.file('again/20240102-000000000.csv', $$
I,9,x,y
$$);
CALL regress.file('again/LOAD00000001.csv', $$
1,x
$$);
CALL regress.file('again/20240104-000000000.csv', $$
I,2,y
$$);
CALL regress.file('again/20240105-000000000.csv', $$
I,3,y,w
$$);
CREATE FOREIGN TABLE again (id int OPTIONS (key 'true'), v text, w text) SERVER log OPTIONS (prefix 'again', changes_from '2024-01-03 10:00:00');
SELECT * FROM again ORDER BY id;
SELECT * FROM again WHERE id = 2;
-- the very column was dropped
ALTER FOREIGN TABLE t ALTER COLUMN c4 OPTIONS (ADD missing '');
SELECT regress.rows('t');
-- a full load after the changes, and folders of their own widths, are no sign
CALL regress.file('g2/a/LOAD00000001.csv', $$
1,x,1
$$);
CALL regress.file('g2/a/20240502-100000000.csv', $$
U,1,xx,1
$$);
CALL regress.file('g2/b/LOAD00000001.csv', $$
2,y,2,a
$$);
CALL regress.file('g2/b/20240501-100000000.csv', $$
U,2,yy,2,b
$$);
CREATE FOREIGN TABLE shards (c1 int OPTIONS (key 'true'), c2 text, c3 text, c4 text) SERVER log OPTIONS (prefix 'g2/a,g2/b');
SELECT regress.rows('shards');

-- ---------------------------------------------------------------- a column that is the operation
CALL regress.file('p/h/LOAD00000001.csv', E'id,a\n1,x\n2,y\n');
CALL regress.file('p/h/20240502-100000000.csv', E'Op,id,a\nU,1,xx\nD,2,\n');
CREATE FOREIGN TABLE op_h ("Op" text, id int OPTIONS (key 'true'), a text) SERVER named OPTIONS (prefix 'p/h');
SELECT regress.rows('op_h');
ALTER FOREIGN TABLE op_h ALTER COLUMN "Op" OPTIONS (ADD role 'op');
SELECT * FROM op_h;
CALL regress.file('p/n/LOAD00000001.csv', E'I,1,x\nI,2,y\n');
CALL regress.file('p/n/20240502-100000000.csv', E'U,1,xx\n');
CREATE FOREIGN TABLE op_n (op text, id text OPTIONS (key 'true'), a text) SERVER log OPTIONS (prefix 'p/n');
SELECT regress.rows('op_n');
ALTER FOREIGN TABLE op_n DROP COLUMN op;
SELECT * FROM op_n ORDER BY id;
-- another delimiter, with header
CALL regress.file('p/d/LOAD00000001.csv', E'id|a\n1|x\n');
CREATE FOREIGN TABLE piped (id int OPTIONS (key 'true'), a text) SERVER named OPTIONS (prefix 'p/d');
SELECT regress.rows('piped');
ALTER FOREIGN TABLE piped OPTIONS (ADD csv_delimiter '|');
SELECT * FROM piped;

\set ECHO none
\i :end

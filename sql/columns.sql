-- Which field of a file is which column: the operation, names that differ in
-- case, columns that came later or went.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
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
SELECT regress.rows('t');
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
-- the widths speak for one reading, and the keys of updates for the other
CALL regress.file('o/torn/LOAD00000001.csv', E'I,A,Ann,Rome\n');
CALL regress.file('o/torn/20240503-100000000.csv', E'U,A,Ann,Rome,0150\n');
CALL regress.texts('o/torn', 'c1 text OPTIONS (key ''true''), c2 text, c3 text, c4 text');
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

\set ECHO none
\i :end

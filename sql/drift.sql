-- A source table that changes over time: columns added, dropped, renamed and
-- retyped; values that do not fit; several folders.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CREATE SERVER names FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', add_column_name 'true');

-- ---------------------------------------------------------------- a log with headers, over its life
-- as it was loaded
CALL regress.file('d/item/LOAD00000001.csv', $$
ts,id,name,price
2024-01-01 09:00:00,1,one,1
2024-01-01 09:00:00,2,two,2
2024-01-01 09:00:00,3,three,3
$$);
-- qty is added, at first a number
CALL regress.file('d/item/20240101-100100000.csv', $$
Op,ts,id,name,price,qty
U,2024-01-01 10:00:00,1,one,1,10
I,2024-01-01 10:00:30,4,four,4,
$$);
-- price is renamed to unit_price
CALL regress.file('d/item/20240101-110100000.csv', $$
Op,ts,id,name,unit_price,qty
U,2024-01-01 11:00:00,2,TWO,2.5,20
$$);
-- name is dropped
CALL regress.file('d/item/20240101-120100000.csv', $$
Op,ts,id,unit_price,qty
U,2024-01-01 12:00:00,1,1.25,11
I,2024-01-01 12:00:00,5,5,50
$$);
-- qty becomes a text, unit_price gets more digits, and name comes back in another place
CALL regress.file('d/item/20240101-130100000.csv', $$
Op,ts,qty,id,unit_price,name
U,2024-01-01 13:00:00,a few,5,5.1250,five
D,2024-01-01 13:00:00,,3,,
$$);
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), name text OPTIONS (missing 'no name'), price numeric OPTIONS (column_name 'price, unit_price'),
  qty text OPTIONS (missing '0'), at timestamptz OPTIONS (role 'asof')) SERVER names OPTIONS (schema_name 'd');
SELECT to_char(h.at, 'HH24:MI:SS') AS instant, i.id, i.name, i.price, i.qty
FROM (VALUES ('2024-01-01 09:00:00'::timestamptz), ('2024-01-01 09:59:59'), ('2024-01-01 10:00:00'), ('2024-01-01 10:00:30'),
  ('2024-01-01 11:00:00'), ('2024-01-01 12:00:00'), ('2024-01-01 13:00:00')) h (at), LATERAL (SELECT * FROM item WHERE at = h.at) i
ORDER BY 1, 2;
-- without the alias two columns, without missing NULL; a column with missing need not be anywhere
CREATE FOREIGN TABLE item2 (id int OPTIONS (key 'true'), name text, price numeric, unit_price numeric, qty text, weight int OPTIONS (missing '')) SERVER names
  OPTIONS (schema_name 'd', table_name 'item');
SELECT * FROM item2 ORDER BY id;
-- before qty was there no file that is read has it, but the newest one does
SET cdc_fdw.asof = '2024-01-01 09:30';
SELECT regress.outcome('SELECT * FROM item2');
ALTER FOREIGN TABLE item2 ALTER unit_price OPTIONS (ADD missing ''), ALTER qty OPTIONS (ADD missing '');
SELECT * FROM item2 ORDER BY id;
RESET cdc_fdw.asof;

-- the value of missing is of the column's type, whatever the session's settings, and is checked before anything is read; of a domain by who reads the table
CREATE FOREIGN TABLE typed (id int OPTIONS (key 'true'), n numeric(5, 2) OPTIONS (missing '1.005'), b bytea OPTIONS (missing 'c0ffee'),
  d date OPTIONS (missing '2024-02-29'), z timestamptz OPTIONS (missing '2024-01-01 12:00'), a int[] OPTIONS (missing '{1,2}'),
  j jsonb OPTIONS (missing '"s"'), e text OPTIONS (missing '""'), t text OPTIONS (missing '')) SERVER names
  OPTIONS (schema_name 'd', table_name 'item', timezone 'Asia/Tokyo');
SET TimeZone = 'America/New_York';
SELECT n, b, d, z AT TIME ZONE 'UTC' AS z, a, j, e = '' AS e, t FROM typed WHERE id = 1;
RESET TimeZone;
SET TimeZone = 'UTC';
CREATE DOMAIN regress.positive AS int NOT NULL CHECK (VALUE > 0);
CREATE FUNCTION regress.missing(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE FOREIGN TABLE absent (id int OPTIONS (key ''true''), v %s OPTIONS (missing %L)) SERVER names OPTIONS (schema_name ''d'', table_name ''item'')', type, value);
  DECLARE
    outcome text := concat_ws(E'\n', regress.outcome('EXPLAIN SELECT * FROM absent'), nullif(regress.outcome('SELECT * FROM absent'), regress.outcome('EXPLAIN SELECT * FROM absent')));
  BEGIN
    DROP FOREIGN TABLE absent;
    RETURN outcome;
  END;
END $$;
\pset format unaligned
\pset tuples_only on
SELECT regress.missing('int', 'none');
SELECT regress.missing('numeric(3,1)', '100');
SELECT regress.missing('varchar(3)', 'four');
SELECT regress.missing('date', '2024-02-30');
SELECT regress.missing('jsonb', '}');
SELECT regress.missing('regress.positive', '0');
SELECT regress.missing('regress.positive', '');
SELECT regress.missing('regress.positive', '7');
SELECT regress.missing('regress.positive[]', '{1,0}');
\pset format aligned
\pset tuples_only off
-- a key is in every file; a before image has no value of its own; a role is no column of the files
CREATE FOREIGN TABLE bad (id int OPTIONS (key 'true', missing '1')) SERVER names; -- ERROR
CREATE FOREIGN TABLE bad (id int OPTIONS (key 'true', missing '')) SERVER names; -- ERROR
CREATE FOREIGN TABLE bad (id int OPTIONS (before 'x', missing '1')) SERVER names; -- ERROR
CREATE FOREIGN TABLE bad (op text OPTIONS (role 'op', missing '')) SERVER names; -- ERROR
-- before images and sequences that came later
CALL regress.file('d/later/20240101-100100000.csv', $$
Op,ts,id,v
I,2024-01-01 10:00:00,1,a
I,2024-01-01 10:00:00,2,b
U,2024-01-01 10:00:00,2,c
$$);
CALL regress.file('d/later/20240101-110100000.csv', $$
Op,ts,id,v,old_id,seq
U,2024-01-01 11:00:00,3,d,2,7
$$);
CREATE FOREIGN TABLE later (id int OPTIONS (key 'true'), v text, old_id int OPTIONS (before 'id', missing ''), seq text OPTIONS (sequence 'true', missing ''))
  SERVER names OPTIONS (schema_name 'd');
SELECT * FROM later ORDER BY id;
SET cdc_fdw.asof = '2024-01-01 10:30';
SELECT * FROM later ORDER BY id;
RESET cdc_fdw.asof;

-- ---------------------------------------------------------------- the same without headers
-- columns that are added stand at the end; one that was dropped keeps its place by position
CALL regress.file('d/plain/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,one
2024-01-01 09:00:00,2,two
$$);
CALL regress.file('d/plain/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,ONE,x1,10
$$);
CALL regress.file('d/plain/20240101-110100000.csv', $$
I,2024-01-01 11:00:00,3,three,x3,30,red
$$);
CREATE FOREIGN TABLE plain (id int OPTIONS (key 'true'), name text, qty int OPTIONS (position '4', missing '0'), color text OPTIONS (missing 'white'),
  at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 'd');
SELECT to_char(h.at, 'HH24:MI') AS instant, p.id, p.name, p.qty, p.color
FROM (VALUES ('2024-01-01 09:00'::timestamptz), ('2024-01-01 10:00'), ('2024-01-01 11:00')) h (at), LATERAL (SELECT * FROM plain WHERE at = h.at) p
ORDER BY 1, 2;
-- a file that is wider than what is declared is an error
CREATE FOREIGN TABLE narrow (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'd', table_name 'plain');
SELECT regress.outcome('SELECT * FROM narrow');

-- ---------------------------------------------------------------- the whole record
-- by the names of each file's header, declared or not; nothing but the key need be declared
CREATE FOREIGN TABLE whole (id int OPTIONS (key 'true'), at timestamptz OPTIONS (role 'asof'), r jsonb OPTIONS (role 'row')) SERVER names
  OPTIONS (schema_name 'd', table_name 'item');
SELECT to_char(h.at, 'HH24:MI:SS') AS instant, w.id, w.r
FROM (VALUES ('2024-01-01 09:00:00'::timestamptz), ('2024-01-01 10:00:30'), ('2024-01-01 11:00:00'), ('2024-01-01 12:00:00'), ('2024-01-01 13:00:00')) h (at),
  LATERAL (SELECT * FROM whole WHERE at = h.at) w ORDER BY 1, 2;
-- json keeps the order of the file; other columns beside it; not asked for it costs nothing
CREATE FOREIGN TABLE whole_json (r json OPTIONS (role 'row'), id int OPTIONS (key 'true'), qty text, op text OPTIONS (role 'op')) SERVER names
  OPTIONS (schema_name 'd', table_name 'item');
SELECT * FROM whole_json ORDER BY id;
SELECT count(*), count(r) FROM whole_json;
SELECT id, x.* FROM whole, jsonb_to_record(r) AS x (name text, price numeric, unit_price numeric) WHERE id < 3 ORDER BY id;
-- without headers by the names that are declared, else c1, c2, ... by place; files may be wider than what is declared
CREATE FOREIGN TABLE whole_plain (id int OPTIONS (key 'true'), "Qty" int OPTIONS (position '4', column_name 'qty'), r jsonb OPTIONS (role 'row')) SERVER log
  OPTIONS (schema_name 'd', table_name 'plain');
SELECT * FROM whole_plain ORDER BY id;
CREATE FOREIGN TABLE whole_narrow (id int OPTIONS (key 'true'), c3 text, r json OPTIONS (role 'row')) SERVER log
  OPTIONS (schema_name 'd', table_name 'plain');
SELECT * FROM whole_narrow ORDER BY id;
-- nothing declared, of a log of inserts only
CALL regress.file('d/bare/20240101-100100000.csv', $$
I,2024-01-01 10:00:00,1,a
I,2024-01-01 10:00:00,2,b
$$);
CREATE FOREIGN TABLE bare (r jsonb OPTIONS (role 'row')) SERVER log OPTIONS (schema_name 'd');
SELECT * FROM bare ORDER BY r::text;
-- every character, NULL, and the empty text
CALL regress.file('d/chars/20240101-100100000.csv', $$
Op,ts,id,"a ""b"" \",加
I,2024-01-01 10:00:00,1,"say ""hi"" \n	tab
line",日本
I,2024-01-01 10:00:00,2,,""
I,2024-01-01 10:00:00,3,""$$ || E',\x01\x1f\n');
CREATE FOREIGN TABLE chars (id int OPTIONS (key 'true'), r json OPTIONS (role 'row')) SERVER names OPTIONS (schema_name 'd');
SELECT * FROM chars ORDER BY id;
SELECT r::jsonb->>'a "b" \' = E'say "hi" \\n\ttab\nline' AS same FROM chars WHERE id = 1;
ALTER FOREIGN TABLE chars OPTIONS (ADD csv_null_value '日本');
SELECT r->'加' AS v FROM chars ORDER BY id;
-- the record that set the row last, as it stands: a cell that was not supplied is not there, nor is a value of missing
CALL regress.file('d/sparse/LOAD00000001.csv', $$
ts,id,a,b
2024-01-01 09:00:00,1,a1,b1
2024-01-01 09:00:00,2,a2,b2
2024-01-01 09:00:00,3,a3,b3
$$);
CALL regress.file('d/sparse/20240101-100100000.csv', $$
Op,ts,id,a,b,old
U,2024-01-01 10:00:00,1,?,B1,
U,2024-01-01 10:00:00,9,?,?,2
U,2024-01-01 10:00:00,3,,B3,
$$);
CREATE FOREIGN TABLE sparse (id int OPTIONS (key 'true'), a text OPTIONS (null_on_update 'keep'), b text, old int OPTIONS (before 'id'),
  extra text OPTIONS (missing 'x'), r jsonb OPTIONS (role 'row')) SERVER names
  OPTIONS (schema_name 'd', use_csv_no_sup_value 'true', csv_no_sup_value '?');
SELECT * FROM sparse ORDER BY id;
-- through temporary files, and through a sort
SELECT string_agg(format(E'U,2024-01-01 10:00:00,%s,v%s,w%s\n', i % 3000 * 1000, i, i), '' ORDER BY i) AS content FROM generate_series(1, 12000) i \gset
CALL regress.file('d/many/20240101-100100000.csv', :'content');
CREATE FOREIGN TABLE many (id int OPTIONS (key 'true'), v text, r jsonb OPTIONS (role 'row')) SERVER log OPTIONS (schema_name 'd');
SELECT count(*), count(*) FILTER (WHERE r = jsonb_build_object('id', id::text, 'v', v, 'c3', replace(v, 'v', 'w'))) FROM many;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT count(*), count(*) FILTER (WHERE r = jsonb_build_object('id', id::text, 'v', v, 'c3', replace(v, 'v', 'w'))) FROM many;
SELECT regress.counted('SELECT * FROM many', 'Key Splits|Files Sorted');
RESET work_mem;
RESET hash_mem_multiplier;
-- a full load of which the width does not tell whether an operation comes first
CALL regress.file('d/unsure/LOAD00000001.csv', $$
I,1,a,b
$$);
CREATE SERVER untimed FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
CREATE FOREIGN TABLE unsure (id text OPTIONS (key 'true'), r jsonb OPTIONS (role 'row')) SERVER untimed OPTIONS (schema_name 'd');
SELECT regress.outcome('SELECT * FROM unsure');
ALTER FOREIGN TABLE unsure OPTIONS (ADD include_op_for_full_load 'true');
SELECT * FROM unsure;
ALTER FOREIGN TABLE unsure OPTIONS (SET include_op_for_full_load 'false');
SELECT * FROM unsure;
-- of another type; twice
CREATE FOREIGN TABLE bad (id int OPTIONS (key 'true'), r text OPTIONS (role 'row')) SERVER names OPTIONS (schema_name 'd', table_name 'item');
SELECT regress.outcome('SELECT * FROM bad');
DROP FOREIGN TABLE bad;
CREATE FOREIGN TABLE bad (id int OPTIONS (key 'true'), r json OPTIONS (role 'row'), s json OPTIONS (role 'row')) SERVER names
  OPTIONS (schema_name 'd', table_name 'item');
SELECT regress.outcome('SELECT * FROM bad');
DROP FOREIGN TABLE bad;

-- ---------------------------------------------------------------- values that do not fit
CREATE DOMAIN regress.small AS int CHECK (VALUE < 100);
CREATE DOMAIN regress.needed AS int NOT NULL;
CREATE TYPE regress.mood AS ENUM ('sad', 'happy');
CREATE TYPE regress.point AS (x int, y int);
CALL regress.file('d/bad/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,10,2024-01-01,happy,"(1,2)"
2024-01-01 09:00:00,2,many,2024-02-30,glad,"(1,a)"
2024-01-01 09:00:00,3,300,,sad,(1
2024-01-01 09:00:00,4,few,2024-01-04,sad,"(1,2,3)"
$$);
CALL regress.file('d/bad/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,eleven,2024-01-01,happy,"(1,2)"
I,2024-01-01 10:00:00,5,50,2024-01-05,sad,
I,2024-01-01 10:00:00,6,,2024-02-31,,
$$);
CREATE FOREIGN TABLE bad (id int OPTIONS (key 'true'), n regress.small, d date, m regress.mood, p regress.point, at timestamptz OPTIONS (role 'asof')) SERVER log
  OPTIONS (schema_name 'd');
-- stop is the default
SELECT regress.outcome('SELECT * FROM bad');
ALTER FOREIGN TABLE bad OPTIONS (ADD on_error 'stop');
SELECT regress.outcome('SELECT id, d FROM bad');
-- null, with one NOTICE for the scan; what is not asked for is not looked at
SET client_min_messages = notice;
\set VERBOSITY terse
ALTER FOREIGN TABLE bad OPTIONS (SET on_error 'null');
SELECT id, n, d, m, p FROM bad ORDER BY id;
SELECT id, d FROM bad WHERE d IS NULL ORDER BY id;
SELECT count(*) FROM bad;
SELECT id, n, d, m, p FROM bad WHERE at = '2024-01-01 09:00' ORDER BY id;
-- skip, for every query the same rows; a row is counted once; an older version does not take its place
ALTER FOREIGN TABLE bad OPTIONS (SET on_error 'skip');
SELECT id, n, d, m, p FROM bad ORDER BY id;
SELECT count(*) FROM bad;
SELECT id FROM bad WHERE at = '2024-01-01 09:00';
-- a scan that is begun anew counts on, and tells once
SELECT h.at, b.id FROM (VALUES ('2024-01-01 09:00'::timestamptz), ('2024-01-01 10:00')) h (at), LATERAL (SELECT * FROM bad WHERE at = h.at) b ORDER BY 1, 2;
SET client_min_messages = warning;
SELECT regress.counted('SELECT * FROM bad', 'Values Rejected|Rows Rejected');
SELECT regress.counted('SELECT id FROM bad', 'Values Rejected|Rows Rejected');
ALTER FOREIGN TABLE bad OPTIONS (SET on_error 'null');
SELECT regress.counted('SELECT * FROM bad', 'Values Rejected|Rows Rejected');
SELECT regress.counted('SELECT id FROM bad', 'Values Rejected|Rows Rejected');
SELECT regress.counted($$SELECT * FROM (VALUES ('2024-01-01 09:00'::timestamptz), ('2024-01-01 10:00')) h (at), LATERAL (SELECT * FROM bad WHERE at = h.at) b$$,
  'Values Rejected|Rows Rejected|Walks');
-- a limit, for one walk; at it and past it
ALTER FOREIGN TABLE bad OPTIONS (ADD reject_limit '10');
SELECT regress.counted('SELECT * FROM bad', 'Values Rejected');
SELECT regress.counted($$SELECT * FROM (VALUES ('2024-01-01 10:00'::timestamptz), ('2024-01-01 10:00')) h (at), LATERAL (SELECT * FROM bad WHERE at = h.at) b$$,
  'Values Rejected');
ALTER FOREIGN TABLE bad OPTIONS (SET reject_limit '9');
\pset format unaligned
\pset tuples_only on
SELECT regress.outcome('SELECT * FROM bad');
SELECT regress.outcome('SELECT id, d FROM bad');
ALTER FOREIGN TABLE bad OPTIONS (SET on_error 'skip', SET reject_limit '2');
SELECT regress.outcome('SELECT id FROM bad');
ALTER FOREIGN TABLE bad OPTIONS (SET reject_limit '4');
SELECT regress.outcome('SELECT id FROM bad');
-- in a transaction and its subtransactions
BEGIN;
SAVEPOINT a;
SELECT id FROM bad;
ROLLBACK TO a;
ALTER FOREIGN TABLE bad OPTIONS (SET on_error 'null', DROP reject_limit);
DECLARE c CURSOR FOR SELECT id, m FROM bad ORDER BY id;
FETCH 2 FROM c;
SAVEPOINT b;
FETCH 1 FROM c;
ROLLBACK TO b;
FETCH ALL FROM c;
COMMIT;
-- the key is never nulled nor skipped, and what a record is made of is not about values
CREATE FUNCTION regress.lenient(name text, content text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.file('d/' || name || '/20240101-100100000.csv', content);
  EXECUTE format('CREATE FOREIGN TABLE %I (id int OPTIONS (key ''true''), n regress.needed) SERVER log OPTIONS (schema_name ''d'', on_error ''null'')', name);
  RETURN NEXT regress.outcome(format('SELECT * FROM %I', name));
  EXECUTE format('ALTER FOREIGN TABLE %I OPTIONS (SET on_error ''skip'')', name);
  RETURN NEXT regress.outcome(format('SELECT * FROM %I', name));
END $$;
SELECT regress.lenient('bad_key', $$
I,2024-01-01 10:00:00,1,1
I,2024-01-01 10:00:00,one,1
$$);
SELECT regress.lenient('bad_width', $$
I,2024-01-01 10:00:00,1,1
I,2024-01-01 10:00:00,2
$$);
SELECT regress.lenient('bad_op', $$
I,2024-01-01 10:00:00,1,1
X,2024-01-01 10:00:00,2,1
$$);
SELECT regress.lenient('bad_time', $$
I,2024-01-01 10:00:00,1,1
I,2024-01-01 25:00:00,2,1
$$);
SELECT regress.lenient('bad_quote', $$
I,2024-01-01 10:00:00,1,1
I,2024-01-01 10:00:00,2,"1"1
$$);
-- a domain that allows no NULL cannot be nulled
SELECT regress.lenient('no_null', $$
I,2024-01-01 10:00:00,1,1
I,2024-01-01 10:00:00,2,two
$$);
SELECT regress.lenient('is_null', $$
I,2024-01-01 10:00:00,1,1
I,2024-01-01 10:00:00,2,
$$);
\pset format aligned
\pset tuples_only off
-- bytes that are no text; every kind of type, by all ways
CALL regress.file('d/kinds/20240101-100100000.csv', 'I,2024-01-01 10:00:00,1,a'::bytea || '\xff'::bytea || ',1e,1e,1e,1e,x,x,x,x,x,x,0g,{1;a},{,[1;x),abcd,01'::bytea
  || E'\nI,2024-01-01 10:00:00,2,'::bytea || '\x00'::bytea || ',40000,3000000000,1e400,NaN,,,,,,,,,,,,'::bytea || E'\n');
CREATE FOREIGN TABLE kinds (id int OPTIONS (key 'true'), t text, i2 smallint, i4 int, f float8, n numeric, b boolean, d date, ts timestamp, tz timestamptz,
  tm time, u uuid, h bytea, a int[], j jsonb, r int4range, v varchar(3), q bit(1)) SERVER log OPTIONS (schema_name 'd', on_error 'null');
SELECT * FROM kinds ORDER BY id;
SELECT regress.counted('SELECT * FROM kinds', 'Values Rejected');
SET cdc_fdw.force_input_functions = on;
SELECT * FROM kinds ORDER BY id;
RESET cdc_fdw.force_input_functions;
-- the whole record is skipped or NULL where one of its fields is no text
CREATE FOREIGN TABLE whole_bad (id int OPTIONS (key 'true'), r jsonb OPTIONS (role 'row')) SERVER log OPTIONS (schema_name 'd', table_name 'kinds', on_error 'null');
SELECT * FROM whole_bad ORDER BY id;
-- the options: on a server for all of its tables; a limit of nothing
SET client_min_messages = notice;
ANALYZE bad;
SET client_min_messages = warning;
ALTER SERVER log OPTIONS (ADD on_error 'null', ADD reject_limit '3');
ALTER FOREIGN TABLE bad OPTIONS (DROP on_error);
SELECT regress.outcome('SELECT id, d FROM bad');
SELECT regress.outcome('SELECT * FROM bad');
ALTER SERVER log OPTIONS (DROP on_error);
SELECT regress.outcome('SELECT id, d FROM bad');
ALTER SERVER log OPTIONS (DROP reject_limit);

-- ---------------------------------------------------------------- several folders
-- shards: each folder is a log of its own, with its own full load, at its own time, and its own keys
CALL regress.file('d/shard 1/user/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,one
2024-01-01 09:00:00,2,two
$$);
CALL regress.file('d/shard 1/user/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,ONE
I,2024-01-01 10:00:30,3,three
$$);
-- the second was loaded again at noon; what changed before is in the new load
CALL regress.file('d/shard 2/user/LOAD00000001.csv', $$
2024-01-01 12:00:00,1,eins
2024-01-01 12:00:00,4,vier
$$);
CALL regress.file('d/shard 2/user/20240101-100200000.csv', $$
U,2024-01-01 10:01:00,1,old
D,2024-01-01 10:01:30,4,
$$);
CALL regress.file('d/shard 2/user/20240101-130100000.csv', $$
D,2024-01-01 13:00:00,4,
I,2024-01-01 13:00:00,5,fünf
$$);
-- a third never had a full load, and has one column more
CALL regress.file('d/shard 3/user/20240101-090100000.csv', $$
I,2024-01-01 09:00:00,1,un,extra
$$);
CREATE FOREIGN TABLE users (shard text OPTIONS (role 'source', key 'true'), id int OPTIONS (key 'true'), v text, more text, at timestamptz OPTIONS (role 'asof'),
  file text OPTIONS (role 'file')) SERVER log OPTIONS (prefix 'd/shard 1/user, d/shard 2/user,"d/shard 3/user"');
SELECT shard, id, v, more, file FROM users ORDER BY shard, id;
SELECT regress.counted('SELECT id FROM users', 'Files|Base|Change|Records|Keys|Walks|Passes');
SELECT h.at, u.shard, u.id, u.v FROM (VALUES ('2024-01-01 12:00'::timestamptz), ('2024-01-01 13:00')) h (at), LATERAL (SELECT * FROM users WHERE at = h.at) u ORDER BY 1, 2, 3;
-- one that was not loaded by then makes no answer for all; before_base speaks for each
SELECT regress.outcome($$SELECT * FROM users WHERE at = '2024-01-01 10:00'$$);
ALTER FOREIGN TABLE users OPTIONS (ADD before_base 'empty');
SELECT shard, id, v FROM users WHERE at = '2024-01-01 10:00' ORDER BY shard, id;
ALTER FOREIGN TABLE users OPTIONS (SET before_base 'base');
SELECT shard, id, v FROM users WHERE at = '2024-01-01 10:00' ORDER BY shard, id;
-- a column that no folder has is an error, one that some have is not
ALTER FOREIGN TABLE users ADD COLUMN nowhere text;
SELECT regress.outcome('SELECT id FROM users');
ALTER FOREIGN TABLE users DROP COLUMN nowhere;
-- an early end, a listing for a transaction, and the bytes of all folders
SELECT count(*) FROM (SELECT FROM users LIMIT 1) u;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM users;
CALL regress.file('d/shard 3/user/20240101-140100000.csv', $$
I,2024-01-01 14:00:00,2,deux,extra
$$);
SELECT count(*) FROM users;
COMMIT;
SELECT count(*) FROM users;
SET cdc_fdw.max_bytes = '200 B';
SELECT regress.outcome('SELECT * FROM users');
RESET cdc_fdw.max_bytes;
-- in little memory
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT string_agg(format(E'I,2024-01-01 10:00:00,%s,v\n', i), '' ORDER BY i) AS content FROM generate_series(1, 5000) i \gset
CALL regress.file('d/big 1/20240101-100100000.csv', :'content');
CALL regress.file('d/big 2/20240101-100100000.csv', :'content');
CREATE FOREIGN TABLE big (shard text OPTIONS (role 'source', key 'true'), id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (prefix 'd/big 1,d/big 2');
SELECT shard, count(*), count(DISTINCT id) FROM big GROUP BY 1 ORDER BY 1;
RESET work_mem;
RESET hash_mem_multiplier;

-- without the source as a key the folders hold one log: here a full load, the changes of one task, and of another, which lags
CALL regress.file('d/full/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,one
2024-01-01 09:00:00,2,two
$$);
CALL regress.file('d/first/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,first
D,2024-01-01 10:00:10,2,
I,2024-01-01 10:00:20,3,first
$$);
CALL regress.file('d/first/20240101-100600000.csv', $$
I,2024-01-01 10:05:50,8,first
$$);
CALL regress.file('d/second/20240101-100500000.csv', $$
I,2024-01-01 10:00:11,2,second
U,2024-01-01 10:00:19,3,too early
$$);
CALL regress.file('d/second/20240101-101500000.csv', $$
I,2024-01-01 10:05:20,9,second
I,2024-01-01 10:14:00,10,second
$$);
CREATE FOREIGN TABLE mixed (id int OPTIONS (key 'true'), v text, task text OPTIONS (role 'source'), at timestamptz OPTIONS (role 'asof')) SERVER log
  OPTIONS (prefix 'd/full,d/first,d/second');
SELECT id, v, task FROM mixed ORDER BY id;
SELECT id, v, task FROM mixed WHERE at = '2024-01-01 10:00:10' ORDER BY id;
-- each folder is searched until its own files are later
SELECT id, v, task FROM mixed WHERE at = '2024-01-01 10:05:29' ORDER BY id;
SELECT regress.counted('SELECT * FROM mixed');
SELECT regress.outcome($$SELECT * FROM mixed WHERE at = '2024-01-01 08:59'$$);
-- a folder with a full load of its own: nothing from before that is replayed, whatever the others have
CREATE FOREIGN TABLE loads (id int, v text, shard text OPTIONS (role 'source'), op text OPTIONS (role 'op')) SERVER log
  OPTIONS (prefix 'd/shard 1/user,d/shard 2/user,d/first', duplicate_keys 'true');
ALTER FOREIGN TABLE loads ALTER id OPTIONS (ADD key 'true');
SELECT id, v, shard, op FROM loads ORDER BY id, shard;
SELECT regress.counted('SELECT * FROM loads');
-- equal names in two folders are counted, and the key of the object decides
CALL regress.file('d/tie/a/20240101-100100000.csv', E'I,2024-01-01 10:00:00,1,a\n');
CALL regress.file('d/tie/b/20240101-100100000.csv', E'I,2024-01-01 10:00:00,1,b\n');
CREATE FOREIGN TABLE tie (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (prefix 'd/tie/b,d/tie/a');
SELECT * FROM tie;
SELECT regress.counted('SELECT * FROM tie');
-- one folder: the source is its name
CREATE FOREIGN TABLE one (id int OPTIONS (key 'true'), v text, s text OPTIONS (role 'source', key 'true')) SERVER log OPTIONS (schema_name 'd', table_name 'full');
SELECT * FROM one ORDER BY id;
-- what cannot be
CREATE FOREIGN TABLE wrong (id int OPTIONS (key 'true'), v text, s text OPTIONS (role 'source')) SERVER log OPTIONS (prefix 'd/full,d/fist');
SELECT regress.outcome('SELECT * FROM wrong');
ALTER FOREIGN TABLE wrong ALTER s OPTIONS (ADD key 'true');
SELECT regress.outcome('SELECT * FROM wrong');
ALTER FOREIGN TABLE wrong OPTIONS (ADD allow_empty 'true');
SELECT regress.outcome('SELECT * FROM wrong');
ALTER FOREIGN TABLE wrong OPTIONS (SET prefix 'd,d/full');
SELECT regress.outcome('SELECT * FROM wrong');
ALTER FOREIGN TABLE wrong OPTIONS (SET prefix 'd/full,d/first/,d/full/');
SELECT regress.outcome('SELECT * FROM wrong');
ALTER FOREIGN TABLE wrong OPTIONS (SET prefix 'd/full,../d'); -- ERROR
ALTER FOREIGN TABLE wrong OPTIONS (SET prefix 'd/full,,d/first'); -- ERROR
ALTER FOREIGN TABLE wrong OPTIONS (SET prefix 'd/full,d/first', ADD schema_name 'd', ADD table_name 't', ADD preserve_transactions 'true', ADD cdc_path 'cdc');
SELECT regress.outcome('SELECT * FROM wrong');
CREATE FOREIGN TABLE untyped (id int OPTIONS (key 'true'), s int OPTIONS (role 'source', key 'true')) SERVER log OPTIONS (prefix 'd/full');
SELECT regress.outcome('SELECT * FROM untyped');
CREATE FOREIGN TABLE moved (id int OPTIONS (key 'true'), old text OPTIONS (before 's'), s text OPTIONS (role 'source', key 'true')) SERVER log OPTIONS (prefix 'd/full');
SELECT regress.outcome('SELECT * FROM moved');

-- two columns of one field
CALL regress.file('d/twice/LOAD00000001.csv', $$
id,name,x
1,"o""ne",2
$$);
CALL regress.file('d/twice/20240101-000000000.csv', $$
Op,id,name,x
I,2,two,3
U,1,"u""no",4
$$);
CREATE FOREIGN TABLE twice (id int OPTIONS (key 'true'), name text, id2 text OPTIONS (column_name 'id'), "NAME" text OPTIONS (column_name 'name'), x int, y int OPTIONS (column_name 'x'))
  SERVER untimed OPTIONS (prefix 'd/twice', add_column_name 'true');
SELECT * FROM twice ORDER BY id;
SELECT y, "NAME", name FROM twice ORDER BY x;
\set ECHO none
\i :end

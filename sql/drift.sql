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
-- before qty was there no file that is read has it: an error without missing, none with it
SET cdc_fdw.asof = '2024-01-01 09:30';
SELECT regress.outcome('SELECT * FROM item2');
ALTER FOREIGN TABLE item2 ALTER unit_price OPTIONS (ADD missing ''), ALTER qty OPTIONS (ADD missing '');
SELECT * FROM item2 ORDER BY id;
RESET cdc_fdw.asof;

-- the value of missing is of the column's type, whatever the session's settings, and is checked before anything is read
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
  EXECUTE format('CREATE FOREIGN TABLE nowhere (id int OPTIONS (key ''true''), v %s OPTIONS (missing %L)) SERVER names OPTIONS (schema_name ''nowhere'')', type, value);
  DECLARE
    outcome text := regress.outcome('EXPLAIN SELECT * FROM nowhere');
  BEGIN
    DROP FOREIGN TABLE nowhere;
    RETURN outcome;
  END;
END $$;
\pset format unaligned
\pset tuples_only on
SELECT regress.missing('int', 'none');
SELECT regress.missing('numeric(3,1)', '100');
SELECT regress.missing('varchar(3)', 'four');
SELECT regress.missing('date', '2024-02-30');
SELECT regress.missing('jsonb', '{');
SELECT regress.missing('regress.positive', '0');
SELECT regress.missing('regress.positive', '');
SELECT regress.missing('regress.positive', '7');
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
SELECT string_agg(format(E'U,2024-01-01 10:00:00,%s,v%s,w%s\n', i % 3000, i, i), '' ORDER BY i) AS content FROM generate_series(1, 12000) i \gset
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

\set ECHO none
\i :end

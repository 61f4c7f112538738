-- One hash for all rows of a table, the same however they came to be there.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

-- The same once more, as docs/reference.md has it and without the extension:
-- texts are what their caller made of the columns, in the order of names.
CREATE FUNCTION regress.field(v text) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$
  SELECT CASE WHEN v IS NULL THEN '\xffffffff' ELSE int4send(octet_length(convert_to(v, 'UTF8'))) || convert_to(v, 'UTF8') END;
$$;
CREATE FUNCTION regress.number(b bytea) RETURNS numeric IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
  n numeric := 0;
BEGIN
  FOR i IN 0 .. length(b) - 1 LOOP
    n := n * 256 + get_byte(b, i);
  END LOOP;
  RETURN n;
END $$;
CREATE FUNCTION regress.bytes(n numeric, size int) RETURNS bytea IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
  b bytea := '';
BEGIN
  FOR i IN 1 .. size LOOP
    b := set_byte('\x00', 0, mod(n, 256)::int) || b;
    n := div(n, 256);
  END LOOP;
  RETURN b;
END $$;
CREATE FUNCTION regress.fields(texts text[]) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$
  SELECT coalesce(string_agg(regress.field(v), '' ORDER BY i), '') FROM unnest(texts) WITH ORDINALITY AS t (v, i);
$$;
-- query gives a row's texts as an array
CREATE FUNCTION regress.fingerprint(names text[], query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  total numeric := 0;
  n bigint := 0;
  texts text[];
BEGIN
  FOR texts IN EXECUTE query LOOP
    total := mod(total + regress.number(sha256(regress.fields(texts))), 2::numeric ^ 256);
    n := n + 1;
  END LOOP;
  RETURN encode(sha256(convert_to('cdc_fdw fingerprint 1', 'UTF8') || int4send(cardinality(names)) || regress.fields(names) ||
                       int8send(n) || regress.bytes(total, 32)), 'hex');
END $$;

-- of a table, and as the text says
CREATE FUNCTION regress.prints(t regclass, print text, n bigint) RETURNS bool LANGUAGE sql AS $$
  SELECT (fingerprint, rows) = (print, n) FROM cdc_fdw_fingerprint(t);
$$;

-- ---------------------------------------------------------------- layouts
-- the same rows: without header in one file; packed; with header and other
-- columns, in another order, with numbers and times that are written otherwise
CALL regress.file('plain/s/t/LOAD00000001.csv', $$
1,one,1.50,0.1,2024-01-01 10:00:00,t,\x00ff,"{""b"": 1, ""a"": [1.0]}","{x,NULL,""y z""}",ab,1 day 02:00:00,2024-02-29
2,"zwölf ""und""",100,1e300,2024-07-01 10:00:00.5,f,,,{},,-00:00:01,0044-03-15 BC
3,"",,-0,infinity,,,null,,abc,,infinity
4,,0.00,NaN,,,,,,,,
$$);
CALL regress.shell(format('mkdir -p "%1$s/packed/s/t" && gzip <"%1$s/plain/s/t/LOAD00000001.csv" >"%1$s/packed/s/t/LOAD00000001.csv.gz"', current_setting('regress.folder')));
CALL regress.file('header/s/t/LOAD00000001.csv', $$
Op,ts,name,id,code,price,doc,day,weight,at,ok,raw,tags,gap,more
I,2024-01-01 08:00:00,zwölf,2,,1E2,,0044-03-15 BC,1e300,2024-07-01 10:00:00.5+00,0,,{},-1 second,x
I,2024-01-01 08:00:00,"",3,abc,,null,infinity,0.0,infinity,,,,,x
I,2024-01-01 08:00:00,gone,5,,,,,,,,,,,x
$$);
CALL regress.file('header/s/t/20240101-100100000.csv', $$
Op,ts,name,id,code,price,doc,day,weight,at,ok,raw,tags,gap,more
D,2024-01-01 10:00:01,,5,,,,,,,,,,,
I,2024-01-01 10:00:02,one,1,ab   ,1.5000,"{""a"":[1.0],""b"":1}",2024-02-29,.1,2024-01-01 12:00:00+02,true,00FF,"{x,NULL,""y z""}",1 day 120 minutes,x
I,2024-01-01 10:00:03,later,4,,0,,,nan,,,,,,x
U,2024-01-01 10:00:04,"zwölf ""und""",2,,100.0,,0044-03-15 BC,1e300,2024-07-01 12:00:00.5+02,f,,{},-00:00:01,x
U,2024-01-01 10:00:05,,4,,0.000,,,NaN,,,,,,x
$$);
CREATE SERVER plain FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
CREATE SERVER packed FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
CREATE SERVER header FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', add_column_name 'true', timestamp_column_name 'ts', include_op_for_full_load 'true');
CREATE FOREIGN TABLE plain (id int OPTIONS (key 'true'), name text, price numeric, weight float8, at timestamptz, ok bool, raw bytea, doc jsonb,
  tags text[], code char(5), gap interval, day date) SERVER plain OPTIONS (prefix 'plain/s/t');
-- wider types, other roles
CREATE FOREIGN TABLE packed (id bigint OPTIONS (key 'true'), name varchar(40), price numeric(12, 4), weight float8, at timestamptz, ok bool, raw bytea, doc jsonb,
  tags text[], code text, gap interval, day date, src text OPTIONS (role 'file')) SERVER packed OPTIONS (prefix 'packed/s/t');
CREATE FOREIGN TABLE header (instant timestamptz OPTIONS (role 'asof'), day date, gone int, gap interval, code char(9), doc jsonb, ok bool, at timestamptz,
  weight float8, price numeric, name text, id int OPTIONS (key 'true'), line bigint OPTIONS (role 'line'), record jsonb OPTIONS (role 'row'),
  op text OPTIONS (role 'op'), tags text[], raw bytea) SERVER header OPTIONS (prefix 'header/s/t');
ALTER FOREIGN TABLE header DROP gone;
-- a copy
CREATE TABLE copy (dropped int, day date, tags varchar[], raw bytea, doc jsonb, weight double precision, price numeric, ok bool, at timestamptz, id smallint, gap interval, name text, code char(5));
ALTER TABLE copy DROP dropped;
INSERT INTO copy (id, name, price, weight, at, ok, raw, doc, tags, code, gap, day) SELECT id, name, price, weight, at, ok, raw, doc, tags, code, gap, day FROM header;
SELECT id, name, price, weight, at, ok, raw, doc, tags, code, gap, day FROM plain ORDER BY id;
SELECT id, name, price, weight, at, ok, raw, doc, tags, code, gap, day FROM header ORDER BY id;
SELECT * FROM cdc_fdw_fingerprint('plain');
-- zeros at the end of a price and -0 are what to mend; a cast drops a code's blanks
SELECT regress.fingerprint('{at,code,day,doc,gap,id,name,ok,price,raw,tags,weight}',
  $$SELECT ARRAY[at::text, code::text, day::text, doc::text, gap::text, id::text, name, left(ok::text, 1), trim_scale(price)::text, raw::text, tags::text,
      replace(weight::text, '-0', '0')] FROM plain$$);
CREATE FUNCTION regress.all_prints() RETURNS TABLE (prints bigint, print text, rows bigint) LANGUAGE sql AS $$
  SELECT count(DISTINCT f.fingerprint), left(min(f.fingerprint), 16), min(f.rows)
  FROM unnest('{plain,packed,header,copy}'::regclass[]) t, cdc_fdw_fingerprint(t) f;
$$;
SELECT * FROM regress.all_prints();
-- settings do not matter, and are what they were
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'German, DMY';
SET IntervalStyle = 'iso_8601';
SET extra_float_digits = -15;
SET bytea_output = 'escape';
SELECT * FROM regress.all_prints();
SELECT '2024-01-31 00:00+09'::timestamptz, '-1 day'::interval, 0.1::float8 + 0.2, '\x00ff'::bytea;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
RESET extra_float_digits;
RESET bytea_output;

-- ---------------------------------------------------------------- what differs
-- a value, NULL and the empty text, a row more, a row twice, a name
CREATE TABLE a (id int, v text);
CREATE TABLE b (LIKE a);
CREATE FUNCTION regress.same(a regclass, b regclass) RETURNS bool LANGUAGE sql AS $$
  SELECT cdc_fdw_fingerprint(a) = cdc_fdw_fingerprint(b);
$$;
INSERT INTO a VALUES (1, 'x'), (2, NULL);
INSERT INTO b VALUES (2, NULL), (1, 'x');
SELECT regress.same('a', 'b');
BEGIN; UPDATE b SET v = '' WHERE id = 2; SELECT regress.same('a', 'b'); ROLLBACK;
BEGIN; UPDATE b SET v = 'y' WHERE id = 1; SELECT regress.same('a', 'b'); ROLLBACK;
BEGIN; INSERT INTO b VALUES (1, 'x'); SELECT regress.same('a', 'b'); INSERT INTO b VALUES (1, 'x'); SELECT regress.same('a', 'b'); ROLLBACK;
BEGIN; UPDATE b SET v = CASE WHEN id = 2 THEN 'x' END; SELECT regress.same('a', 'b'); ROLLBACK;
BEGIN; ALTER TABLE b RENAME v TO w; SELECT regress.same('a', 'b'); ROLLBACK;
BEGIN; ALTER TABLE b ADD w int; SELECT regress.same('a', 'b'); ROLLBACK;
-- the bounds of values count
CREATE TABLE c (x text, y text);
CREATE TABLE d (x text, y text);
INSERT INTO c VALUES ('ab', 'c');
INSERT INTO d VALUES ('a', 'bc');
SELECT regress.same('c', 'd');
-- nothing, and nothing of nothing
CREATE TABLE empty (id int);
CREATE TABLE bare ();
SELECT regress.prints('empty', regress.fingerprint('{id}', 'SELECT NULL::text[] WHERE false'), 0),
  regress.prints('bare', regress.fingerprint('{}', 'SELECT NULL::text[] WHERE false'), 0);
INSERT INTO bare DEFAULT VALUES;
INSERT INTO bare DEFAULT VALUES;
SELECT regress.prints('bare', regress.fingerprint('{}', $$SELECT '{}'::text[] FROM bare$$), 2);
-- one row as bytes
SELECT cdc_fdw_row_bytes(ROW(1, NULL, '', 'é', 1.50, -0.0::float8, 'a '::char(3), 'a ', 7::money, true, 'NaN'::numeric, 1200::numeric));
SELECT cdc_fdw_row_bytes(a) FROM a ORDER BY id;
-- domains, enumerations, ranges, composite types, types inside of types
CREATE DOMAIN price AS numeric CHECK (value >= 0);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE odd (id int, p price, m mood, r tstzrange, a price[], c a, u uuid, t time, bits bit(3), j json);
INSERT INTO odd VALUES (1, 1.10, 'ok', '[2024-01-01 00:00+09,)', '{1.10}', (7, 'x'), 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '10:00', '101', '{ "a":1 }');
SELECT regress.prints('odd', regress.fingerprint('{a,bits,c,id,j,m,p,r,t,u}',
  $$SELECT ARRAY['{1.10}', '101', '(7,x)', '1', '{ "a":1 }', 'ok', '1.1', '["2023-12-31 15:00:00+00",)', '10:00:00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']$$), 1);
-- the order of names is that of their bytes
CREATE TABLE names ("Z" int, a int, "é" int, "z" int, "a b" int);
INSERT INTO names VALUES (1, 2, 3, 4, 5);
SELECT regress.prints('names', regress.fingerprint('{Z,a,a b,z,é}', $$SELECT '{1,2,5,4,3}'::text[]$$), 1);
-- views, partitions, materialized views, other search paths
CREATE VIEW view AS SELECT v, id FROM a;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM a;
CREATE TABLE parted (v text, id int) PARTITION BY LIST (id);
CREATE TABLE part1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE part2 (id int, v text);
ALTER TABLE parted ATTACH PARTITION part2 FOR VALUES IN (2);
INSERT INTO parted (id, v) SELECT id, v FROM a;
SELECT regress.same('a', 'view'), regress.same('a', 'kept'), regress.same('a', 'parted');
SET search_path = regress;
SELECT public.cdc_fdw_fingerprint('public.a') = public.cdc_fdw_fingerprint('public.parted');
RESET search_path;

-- ---------------------------------------------------------------- processes, memory
CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
SELECT format('COPY (SELECT ''2024-01-01 09:00:00'' || chr(44) || g || '',value '' || g FROM generate_series(1, 20000) g) TO %L',
  current_setting('regress.folder') || '/s/many/LOAD00000001.csv') AS copy \gset
CALL regress.file('s/many/20240101-100100000.csv', $$
U,2024-01-01 10:00:01,5,five
D,2024-01-01 10:00:02,6,
$$);
:copy;
CREATE FOREIGN TABLE many (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's');
CREATE TABLE many_copy AS SELECT v, id FROM many ORDER BY v;
SELECT regress.fingerprint('{id,v}', 'SELECT ARRAY[id::text, v] FROM many_copy') AS many, count(*) AS rows FROM many_copy \gset
SELECT regress.prints('many', :'many', :rows), regress.prints('many_copy', :'many', :rows), :rows;
SET work_mem = '64kB';
SELECT regress.prints('many', :'many', :rows);
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT regress.plan('SELECT cdc_fdw_row_sum(ROW(id, v)) FROM many_copy');
SELECT regress.prints('many', :'many', :rows), regress.prints('many_copy', :'many', :rows);
RESET work_mem;
SELECT regress.prints('many', :'many', :rows);
SELECT * FROM regress.all_prints();
SET max_parallel_workers_per_gather = 0;
-- sums of groups add up
SELECT count(*), sum(regress.number(substr(s, 1, 8))), mod(sum(regress.number(substr(s, 9))), 2::numeric ^ 256) =
  (SELECT regress.number(substr(cdc_fdw_row_sum(ROW(id, v)), 9)) FROM many) AS same
FROM (SELECT cdc_fdw_row_sum(ROW(id, v)) AS s FROM many_copy GROUP BY id % 7) g;
SELECT cdc_fdw_row_sum(a) OVER () FROM a; -- ERROR
SELECT cdc_fdw_row_add('\x00', ROW(1)); -- ERROR

-- ---------------------------------------------------------------- instants
CREATE FUNCTION regress.at(t regclass, at timestamptz) RETURNS text LANGUAGE sql AS $$
  SELECT left(fingerprint, 8) || ' ' || rows FROM cdc_fdw_fingerprint(t, at);
$$;
SELECT left(:'many', 8) || ' ' || :rows AS newest, left(fingerprint, 8) || ' ' || rows AS base
FROM (SELECT regress.fingerprint('{id,v}', 'SELECT ARRAY[g::text, ''value '' || g] FROM generate_series(1, 20000) g') AS fingerprint, 20000 AS rows) x \gset
SELECT regress.at('many', NULL) = :'newest', regress.at('many', 'infinity') = :'newest', regress.at('many', '2024-01-01 10:00:02') = :'newest',
  regress.at('many', '2024-01-01 10:00:00.999999') = :'base';
-- against the session's and the server's, in whatever zone
ALTER SERVER log OPTIONS (ADD asof '2024-01-01 09:30');
SELECT regress.at('many', NULL) = :'base', regress.at('many', '2024-01-01 10:00:02') = :'newest';
SET cdc_fdw.asof = '2024-01-01 10:00:02';
SELECT regress.at('many', NULL) = :'newest', regress.at('many', '2024-01-01 09:59') = :'base';
SHOW cdc_fdw.asof;
-- the session's text follows the session's zone, not that of the bytes
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'SQL, DMY';
SET cdc_fdw.asof = '2024-01-01 18:59';
SELECT regress.at('many', NULL) = :'base', regress.at('many', '2024-01-01 09:59+00') = :'base', regress.at('many', '2024-01-01 10:00:02+00') = :'newest';
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
RESET cdc_fdw.asof;
ALTER SERVER log OPTIONS (DROP asof);
-- the table's own is stronger: only a condition could say otherwise
ALTER FOREIGN TABLE many OPTIONS (ADD asof '2024-01-01 09:30');
SELECT regress.at('many', NULL) = :'base';
SELECT regress.outcome($$SELECT cdc_fdw_fingerprint('many', '2024-01-01 10:00:02')$$);
ALTER FOREIGN TABLE many ADD at timestamptz OPTIONS (role 'asof');
SELECT regress.at('many', NULL) = :'base', regress.at('many', '2024-01-01 10:00:02') = :'newest';
ALTER FOREIGN TABLE many OPTIONS (DROP asof);
SELECT regress.at('many', NULL) = :'newest', regress.at('many', '2024-01-01 10:00') = :'base';
-- a view follows the session
CREATE VIEW seen AS SELECT id, v FROM many;
SET cdc_fdw.asof = '2024-01-01 09:30';
SELECT regress.at('seen', NULL) = :'base';
RESET cdc_fdw.asof;

-- ---------------------------------------------------------------- without a key; what the log says of rows
CALL regress.file('s/keyless/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,x
2024-01-01 09:00:00,1,x
2024-01-01 09:00:00,2,y
$$);
CREATE FOREIGN TABLE keyless (id int, v text) SERVER log OPTIONS (schema_name 's');
SELECT regress.prints('keyless', regress.fingerprint('{id,v}', $$SELECT unnest FROM (VALUES ('{1,x}'::text[]), ('{1,x}'), ('{2,y}')) x (unnest)$$), 3);
-- before images and sequences are not columns of the source
CALL regress.file('s/moved/20240101-100100000.csv', $$
I,2024-01-01 10:00:01,1,x,,1
U,2024-01-01 10:00:02,2,x,1,2
$$);
CREATE FOREIGN TABLE moved (id int OPTIONS (key 'true'), v text, old_id int OPTIONS (before 'id'), seq bigint OPTIONS (sequence 'true')) SERVER log OPTIONS (schema_name 's');
SELECT * FROM moved;
SELECT regress.prints('moved', regress.fingerprint('{id,v}', $$SELECT '{2,x}'::text[]$$), 1);
-- the folder of a row is, where it is part of the key
CALL regress.file('s/east/LOAD00000001.csv', E'2024-01-01 09:00:00,1,x\n');
CALL regress.file('s/west/LOAD00000001.csv', E'2024-01-01 09:00:00,1,x\n');
CREATE FOREIGN TABLE shards (id int OPTIONS (key 'true'), v text, s text OPTIONS (role 'source', key 'true')) SERVER log OPTIONS (prefix 's/east,s/west');
SELECT regress.prints('shards', regress.fingerprint('{id,s,v}', $$SELECT ARRAY['1', s, 'x'] FROM unnest('{s/east,s/west}'::text[]) s$$), 2);

-- ---------------------------------------------------------------- errors
SELECT regress.outcome('SELECT cdc_fdw_fingerprint(NULL)');
SELECT regress.outcome('SELECT cdc_fdw_fingerprint(0)');
CREATE INDEX a_id ON a (id);
CREATE SEQUENCE seq;
SELECT regress.outcome($$SELECT cdc_fdw_fingerprint('a_id')$$);
SELECT regress.outcome($$SELECT cdc_fdw_fingerprint('seq')$$);
SELECT regress.outcome($$SELECT cdc_fdw_fingerprint('a', '2024-01-01')$$);
SELECT regress.outcome($$SELECT cdc_fdw_fingerprint('seen', '2024-01-01')$$);
SELECT regress.outcome($$SELECT cdc_fdw_fingerprint('many', 'some day')$$);
SELECT regress.outcome($$SELECT cdc_fdw_fingerprint('many', '2023-12-31')$$);
SELECT regress.outcome($$SELECT cdc_fdw_fingerprint('many', '-infinity')$$);
-- after an error within, the setting is what it was
SHOW cdc_fdw.asof;
-- nor do those for the bytes stay after one
CREATE TYPE bad;
CREATE FUNCTION bad_in(cstring) RETURNS bad IMMUTABLE STRICT LANGUAGE internal AS 'oidin';
CREATE FUNCTION bad_out(bad) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'enum_out';
CREATE TYPE bad (INPUT = bad_in, OUTPUT = bad_out, INTERNALLENGTH = 4, PASSEDBYVALUE, ALIGNMENT = int4);
CREATE TABLE bads AS SELECT '7'::bad AS bad;
SET TimeZone = 'Asia/Tokyo';
SET bytea_output = 'escape';
SELECT regress.outcome($$SELECT cdc_fdw_fingerprint('bads')$$);
SELECT '2024-01-31 00:00+09'::timestamptz, '\x00ff'::bytea;
SET TimeZone = 'UTC';
RESET bytea_output;
-- rights are the caller's: of the columns that count
CREATE ROLE regress_cdc_reader;
SET ROLE regress_cdc_reader;
SELECT cdc_fdw_fingerprint('a'); -- ERROR
RESET ROLE;
GRANT SELECT (id) ON a TO regress_cdc_reader;
SET ROLE regress_cdc_reader;
SELECT cdc_fdw_fingerprint('a'); -- ERROR
RESET ROLE;
GRANT SELECT (v) ON a TO regress_cdc_reader;
SET ROLE regress_cdc_reader;
SELECT rows FROM cdc_fdw_fingerprint('a');
RESET ROLE;
-- rows that a policy hides are not there
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE POLICY ones ON a USING (id = 1);
SET ROLE regress_cdc_reader;
SELECT rows FROM cdc_fdw_fingerprint('a');
RESET ROLE;
ALTER TABLE a DISABLE ROW LEVEL SECURITY;

DROP OWNED BY regress_cdc_reader;
DROP ROLE regress_cdc_reader;
SET client_min_messages = warning;
DROP TYPE bad CASCADE;
DROP TABLE bads, a, b, c, d, empty, bare, odd, names, parted, copy, many_copy CASCADE;
DROP SEQUENCE seq;
DROP DOMAIN price;
DROP TYPE mood;
\set ECHO none
\i :end

-- Values as DMS writes them, in the types that tables have.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER fixed FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'url', add_column_name 'true');
\pset null '<null>'

-- ---------------------------------------------------------------- numbers
-- real and double precision stand there with 9 and 17 digits and an exponent
CREATE FOREIGN TABLE numbers (id int OPTIONS (key 'true'), i2 smallint, i4 int, i8 bigint, n numeric, n2 numeric(7,2), r real, d double precision)
  SERVER fixed OPTIONS (schema_name 'types');
SELECT * FROM numbers ORDER BY id;
-- the same column in a type of the reader's choice
CREATE FOREIGN TABLE numbers_as (id text OPTIONS (key 'true'), i2 numeric(9,3), i4 bigint, i8 text, n real, n2 text, r double precision, d text)
  SERVER fixed OPTIONS (schema_name 'types', table_name 'numbers');
SELECT * FROM numbers_as WHERE id < '4' ORDER BY id;

-- ---------------------------------------------------------------- texts
-- hex with and without \x is the same bytea; two characters \n are two characters
CREATE FOREIGN TABLE texts (id int OPTIONS (key 'true'), t text, v varchar(20), c char(4), b bytea, bx bytea, j json, jb jsonb)
  SERVER fixed OPTIONS (schema_name 'types');
\x on
SELECT id, '[' || t || ']' AS t, '[' || v || ']' AS v, c, octet_length(c) AS c_length, b, bx, j, jb FROM texts ORDER BY id;
\x off
-- xml is checked as PostgreSQL checks it, where it is built with it
CREATE FOREIGN TABLE xmls (id int OPTIONS (key 'true'), x xml) SERVER fixed OPTIONS (schema_name 'types', table_name 'texts');
SELECT CASE WHEN EXISTS (SELECT FROM pg_config WHERE name = 'CONFIGURE' AND setting LIKE '%with-libxml%')
  THEN regress.outcome('SELECT * FROM xmls') = 'OK, 4 rows' ELSE true END AS xml;
-- an oid alias, name and "char" are types too
CREATE FOREIGN TABLE names (id oid OPTIONS (key 'true'), t name) SERVER fixed OPTIONS (schema_name 'types', table_name 'texts');
SELECT * FROM names WHERE id = 1;
CREATE FOREIGN TABLE bytes (id "char" OPTIONS (key 'true'), t name) SERVER fixed OPTIONS (schema_name 'types', table_name 'texts');
SELECT * FROM bytes WHERE id = '1';

-- ---------------------------------------------------------------- times
CREATE FOREIGN TABLE times (id int OPTIONS (key 'true'), d date, ts timestamp, tz timestamptz, tz3 timestamptz(3), t time, ttz timetz, i interval)
  SERVER fixed OPTIONS (schema_name 'types');
SELECT * FROM times ORDER BY id;
-- timestamptz is UTC in the log; another TimeZone shows it otherwise, but it is the same instant
CREATE TABLE regress.instants AS SELECT id, tz, tz3, ttz FROM times;
SET TimeZone = 'America/New_York';
SELECT id, ts, tz, tz3 FROM times WHERE id IN (1, 5) ORDER BY id;
SELECT count(*) FROM times JOIN regress.instants USING (id, tz, tz3);
SET TimeZone = 'Asia/Tokyo';
SELECT id, ts, tz, tz3 FROM times WHERE id IN (1, 5) ORDER BY id;
SELECT count(*) FROM times JOIN regress.instants USING (id, tz, tz3);
-- timetz has no zone in the log either
SELECT t.id, t.ttz FROM times t JOIN regress.instants USING (id) WHERE t.ttz IS DISTINCT FROM instants.ttz;
RESET TimeZone;
SET TimeZone = 'UTC';
-- a log in another zone, where 02:30 does not exist on that day
ALTER FOREIGN TABLE times OPTIONS (ADD timezone 'Europe/Berlin');
SELECT id, ts, tz, tz3 FROM times WHERE id IN (1, 2, 5) ORDER BY id;
SET TimeZone = 'Asia/Tokyo';
SELECT id, tz AT TIME ZONE 'UTC' AS utc FROM times WHERE id IN (1, 2, 5) ORDER BY id;
SET TimeZone = 'UTC';
ALTER FOREIGN TABLE times OPTIONS (DROP timezone);
-- DateStyle would read 2024-01-31 alike in any order; what is printed follows it
SET DateStyle = 'SQL, DMY';
SELECT id, d, ts FROM times WHERE id = 1;
SET DateStyle = 'ISO, YMD';
-- after an error the session's own zone holds
SET TimeZone = 'Asia/Tokyo';
CREATE FOREIGN TABLE bad_times (id int OPTIONS (key 'true'), t text, v timestamptz[]) SERVER fixed OPTIONS (schema_name 'types', table_name 'texts');
SELECT regress.outcome('SELECT * FROM bad_times') ~ '^22P02';
SELECT '2024-01-01 00:00'::timestamptz;
SET TimeZone = 'UTC';

-- digits past the sixth of a second are cut off, everywhere: nothing is rounded into the next second, day or year
CREATE SERVER digits FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CREATE FOREIGN TABLE digits (id int OPTIONS (key 'true'), ts timestamp, tz timestamptz, t time, ttz timetz, d date, many timestamp[], span tsrange,
  committed timestamptz OPTIONS (role 'commit_time')) SERVER digits OPTIONS (prefix 'digits/item', timezone 'UTC');
CREATE FOREIGN TABLE digits_tokyo (id int OPTIONS (key 'true'), ts timestamp, tz timestamptz, t time, ttz timetz, d date, many timestamp[], span tsrange)
  SERVER digits OPTIONS (prefix 'digits/item', timezone 'Asia/Tokyo');
CREATE FOREIGN TABLE digits_key (id int, ts timestamp OPTIONS (key 'true'), tz text, t text, ttz text, d text, many text, span text)
  SERVER digits OPTIONS (prefix 'digits/item');
CREATE FOREIGN TABLE digits_changes (id int, ts timestamp, tz text, t text, ttz text, d text, many text, span text,
  named timestamptz OPTIONS (role 'file_time'), committed timestamptz OPTIONS (role 'commit_time')) SERVER digits OPTIONS (prefix 'digits/item', mode 'changes');
CALL regress.file('digits/item/20240101-1000599999999.csv', $$
I,2024-01-01 10:00:59.9999999,1,9999-12-31 23:59:59.9999999,9999-12-31 23:59:59.9999999,23:59:59.9999999,23:59:59.9999999+02,9999-12-31 23:59:59.9999999,"{9999-12-31 23:59:59.9999999,1999-12-31T23:59:59.99999951}","[9999-12-30 00:00:00.00000049,9999-12-31 23:59:59.9999999)"
I,2024-01-01 10:00:59.9999999,2,2024-02-29 23:59:59.999999499,2024-02-29 23:59:59.9999995+00,12:00:00.1234567,12:00:00.12345678Z,2024-02-29,{20240229T235959.9999999},"[,]"
I,2024-01-01 10:00:59.9999999,3,1999-12-31 23:59:59.999999999999,1999-12-31 23:59:59.999999999999,00:00:00.0000009,00:00:00.0000005,1999-12-31,{},empty
$$);
SELECT * FROM digits ORDER BY id;
SELECT id, tz AT TIME ZONE 'UTC' AS utc FROM digits_tokyo ORDER BY id;
-- by every way
SET cdc_fdw.force_input_functions = on;
SELECT id, ts, tz, t, ttz, d, many, span FROM digits ORDER BY id;
RESET cdc_fdw.force_input_functions;
SELECT id FROM digits_key WHERE ts = '9999-12-31 23:59:59.999999';
SELECT state->>'ts' AS ts FROM cdc_fdw_explain_row('digits_key', '{"ts": "9999-12-31 23:59:59.9999999"}') WHERE state IS NOT NULL;
SELECT id, named, committed FROM digits_changes WHERE committed = '2024-01-01 10:00:59.999999+00';

-- ---------------------------------------------------------------- others
CREATE TYPE regress.size AS ENUM ('small', 'large');
CREATE DOMAIN regress.positive AS int CHECK (VALUE > 0);
CREATE TYPE regress.pair AS (n int, t text, at timestamptz);
CREATE FOREIGN TABLE others (id int OPTIONS (key 'true'), b bool, u uuid, a int[], ta text[], tza timestamptz[], e regress.size,
  dom regress.positive, comp regress.pair, net inet, r tstzrange, v bit varying) SERVER fixed OPTIONS (schema_name 'types');
\x on
SELECT * FROM others WHERE id <= 3 ORDER BY id;
\x off
SELECT id, b FROM others ORDER BY id;
-- what has no zone of its own is UTC inside of arrays, composites and ranges too
SET TimeZone = 'America/New_York';
SELECT tza[1] AT TIME ZONE 'UTC' AS in_array, tza[2] AT TIME ZONE 'UTC' AS with_zone, (comp).at AT TIME ZONE 'UTC' AS in_composite,
  lower(r) AT TIME ZONE 'UTC' AS in_range FROM others WHERE id = 1;
SET TimeZone = 'UTC';
-- a domain over timestamptz, and one that does not allow NULL
CREATE DOMAIN regress.instant AS timestamptz;
CREATE DOMAIN regress.filled AS text NOT NULL;
CREATE FOREIGN TABLE instants (id int OPTIONS (key 'true'), tz regress.instant) SERVER fixed OPTIONS (schema_name 'types', table_name 'times');
SET TimeZone = 'America/New_York';
SELECT tz AT TIME ZONE 'UTC' AS utc FROM instants WHERE id = 1;
SET TimeZone = 'UTC';
CREATE FOREIGN TABLE filled (id int OPTIONS (key 'true'), u regress.filled) SERVER fixed OPTIONS (schema_name 'types', table_name 'others');
SELECT regress.outcome('SELECT * FROM filled'); -- NULL is no value of the domain
SELECT id FROM filled ORDER BY id;

-- ---------------------------------------------------------------- NULL
-- By default an empty unquoted field is NULL in any type, a quoted one is a
-- value, and the text NULL is a text.
CREATE FOREIGN TABLE nulls (id int OPTIONS (key 'true'), t text, v varchar(9), c char(4), i int, b bytea, j json) SERVER fixed
  OPTIONS (schema_name 'types');
SELECT id, t, v, c, b, j FROM nulls ORDER BY id;
SELECT id, t IS NULL AS t, v IS NULL AS v, c IS NULL AS c, i IS NULL AS i FROM nulls ORDER BY id;
-- With csv_null_value that text is NULL unless it is quoted, and an empty field
-- is an empty text; in other types than text it is NULL still.
ALTER FOREIGN TABLE nulls OPTIONS (ADD csv_null_value 'NULL');
SELECT id, t, v, c, i, b, j FROM nulls ORDER BY id;
SELECT id, t = '' AS t, v = '' AS v, c = '' AS c, i IS NULL AS i, b IS NULL AS b, j IS NULL AS j FROM nulls WHERE id = 1;

-- A value, NULL, an empty text and what was not supplied are four things.
CREATE FOREIGN TABLE marks (id int OPTIONS (key 'true'), t text, i int) SERVER fixed
  OPTIONS (schema_name 'types', csv_null_value 'NULL', use_csv_no_sup_value 'true', csv_no_sup_value '?');
-- 1: nothing was supplied; 2: NULL; 3: an empty text, and NULL as a number; 4: empty text; 5: behind a delete nothing is known
SELECT * FROM marks ORDER BY id;
-- without the mark it is a text like others, and no number
ALTER FOREIGN TABLE marks OPTIONS (SET use_csv_no_sup_value 'false');
SELECT id, t FROM marks ORDER BY id;
SELECT regress.outcome('SELECT i FROM marks');

\pset null ''
\set ECHO none
\i :end

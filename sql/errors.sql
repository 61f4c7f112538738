-- What cannot be read is one error, which says where it is and, where there is
-- a mend, what it is; and nothing is left behind.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CREATE SERVER header FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', add_column_name 'true');

-- Make a table of one CDC file with that content, and read it.
CREATE PROCEDURE regress.table(name text, content bytea, columns text, server text, options text) LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.file('e/' || name || '/20240101-100100000.csv', content);
  EXECUTE format('CREATE FOREIGN TABLE %I (%s) SERVER %I OPTIONS (schema_name ''e''%s)', name, columns, server, options);
END $$;
CREATE FUNCTION regress.read(name text, content text, columns text DEFAULT 'id int OPTIONS (key ''true''), v text, n numeric(5,2)',
  server text DEFAULT 'log', options text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.table(name, convert_to(regexp_replace(content, '^\n', ''), 'UTF8'), columns, server, options);
  RETURN regress.outcome(format('SELECT * FROM %I', name));
END $$;
CREATE FUNCTION regress.read_bytes(name text, content bytea, columns text DEFAULT 'id int OPTIONS (key ''true''), v text')
  RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.table(name, content, columns, 'log', '');
  RETURN regress.outcome(format('SELECT * FROM %I', name));
END $$;
\pset format unaligned
\pset tuples_only on

-- a table that can be read, for the query after each error
SELECT regress.read('good', $$
I,2024-01-01 10:00:00,1,a,1.5
$$);

-- ---------------------------------------------------------------- records
-- too few and too many fields, at the start of a file and inside
SELECT regress.read('narrow', $$
I,2024-01-01 10:00:00
$$);
SELECT regress.read('wide', $$
I,2024-01-01 10:00:00,1,a,1.5,more
$$);
SELECT regress.read('narrower', $$
I,2024-01-01 10:00:00,1,a,1.5
I,2024-01-01 10:00:00,2,b
$$);
SELECT regress.read('wider', $$
I,2024-01-01 10:00:00,1,a
I,2024-01-01 10:00:00,2,b,1.5
$$);
-- an empty line is a record of one empty field
SELECT regress.read('blank', $$
I,2024-01-01 10:00:00,1,a,1.5

I,2024-01-01 10:00:00,2,b,1.5
$$);
-- quoting
SELECT regress.read('open_quote', $$
I,2024-01-01 10:00:00,1,"a,1.5
I,2024-01-01 10:00:00,2,b,1.5
$$);
SELECT regress.read('stray_quote', $$
I,2024-01-01 10:00:00,1,a"b,1.5
$$);
SELECT regress.read('after_quote', $$
I,2024-01-01 10:00:00,1,a,1.5
I,2024-01-01 10:00:00,2,"b"b,1.5
$$);
-- lines that end in CR and newline: said or not
SELECT regress.read_bytes('crlf', convert_to(E'I,2024-01-01 10:00:00,1,"a"\r\nI,2024-01-01 10:00:00,2,"b"\r\n', 'UTF8'));
ALTER FOREIGN TABLE crlf OPTIONS (ADD csv_row_delimiter '\r\n');
SELECT regress.outcome('SELECT * FROM crlf');
-- operations
SELECT regress.read('first_op', $$
X,2024-01-01 10:00:00,1,a,1.5
$$);
SELECT regress.read('quoted_op', $$
"I",2024-01-01 10:00:00,1,a,1.5
$$);
-- an operation that is called otherwise, and a header's name where one should stand
SELECT regress.read('named_op', $$
X,2024-01-01 10:00:00,1,a,1.5
$$, options => $$, op_column_name 'oper'$$);
SELECT regress.read('named_head', $$
oper,when,key,text,number
$$, options => $$, op_column_name 'oper'$$);
SELECT regress.read('named_later', $$
I,2024-01-01 10:00:00,1,a,1.5
X,2024-01-01 10:00:00,2,b,1.5
$$, options => $$, op_column_name 'oper'$$);
SELECT regress.read('other_op', $$
I,2024-01-01 10:00:00,1,a,1.5
T,2024-01-01 10:00:00,2,b,1.5
$$);
-- a full load whose record lacks a key column: its timestamp is no key
CALL regress.file('e/short_load/LOAD00000001.csv', E'2024-01-01 10:00:00,a\n');
CREATE FOREIGN TABLE short_load (a text OPTIONS (key 'true'), b text OPTIONS (key 'true')) SERVER log OPTIONS (schema_name 'e');
SELECT regress.outcome('SELECT * FROM short_load');
-- written before the timestamp was asked for, it is narrow too
CALL regress.file('e/old_load/LOAD00000001.csv', E'10:00,a\n');
CREATE FOREIGN TABLE old_load (a text OPTIONS (key 'true'), b text OPTIONS (key 'true')) SERVER log OPTIONS (schema_name 'e');
SELECT * FROM old_load;
CREATE FOREIGN TABLE short_moment (a timestamp OPTIONS (key 'true'), b text OPTIONS (key 'true')) SERVER log
  OPTIONS (schema_name 'e', table_name 'short_load');
SELECT * FROM short_moment;
-- commit times
SELECT regress.read('no_time', $$
I,1,a,1.5
$$);
SELECT regress.read('first_time', $$
I,yesterday,1,a,1.5
$$);
SELECT regress.read('other_time', $$
I,2024-01-01 10:00:00,1,a,1.5
I,2024-01-01 25:00:00,2,b,1.5
$$);
SELECT regress.read('empty_time', $$
I,2024-01-01 10:00:00,1,a,1.5
I,,2,b,1.5
$$);
-- a commit later than its file's name by more than clock_skew: at 10 s it is none
SELECT regress.read('in_time', $$
I,2024-01-01 10:01:10,1,a,1.5
$$);
SELECT regress.read('too_late', $$
I,2024-01-01 10:01:10.000001,1,a,1.5
$$);
ALTER FOREIGN TABLE too_late OPTIONS (ADD clock_skew '11 s');
SELECT regress.outcome('SELECT * FROM too_late');
-- keys
SELECT regress.read('empty_key', $$
I,2024-01-01 10:00:00,1,a,1.5
D,2024-01-01 10:00:00,,,
$$);
SELECT regress.read('empty_part', $$
I,2024-01-01 10:00:00,1,,1.5
$$, $$id int OPTIONS (key 'true'), v text OPTIONS (key 'true'), n numeric$$);
-- of a record met after another file was opened and read to its end, and of one that was sorted
CALL regress.file('e/behind/20240101-100200000.csv', $$
I,2024-01-01 10:00:05,,a,1.5
I,2024-01-01 10:01:30,1,a,1.5
$$);
SELECT regress.read('behind', $$
I,2024-01-01 10:00:10,2,a,1.5
I,2024-01-01 10:00:59,3,a,1.5
$$);
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT string_agg(format(E'I,2024-01-01 10:00:00,%s,a,1.5\n', nullif(i, 3000)), '' ORDER BY i) AS content FROM generate_series(1, 4000) i \gset
SELECT regress.read('sorted', :'content');
RESET work_mem;
RESET hash_mem_multiplier;
SELECT regress.read('empty_text', $$
I,2024-01-01 10:00:00,1,"",1.5
$$, $$id int OPTIONS (key 'true'), v text OPTIONS (key 'true'), n numeric$$);
SELECT regress.read('bad_key', $$
I,2024-01-01 10:00:00,one,a,1.5
$$);
SELECT regress.read('no_key_update', $$
I,2024-01-01 10:00:00,1,a,1.5
U,2024-01-01 10:00:00,1,b,1.5
$$, 'id int, v text, n numeric');
SELECT regress.read('no_key_delete', $$
D,2024-01-01 10:00:00,1,a,1.5
$$, 'id int, v text, n numeric');

-- ---------------------------------------------------------------- values
SELECT regress.read('bad_value', $$
I,2024-01-01 10:00:00,1,a,1.5
I,2024-01-01 10:00:00,2,b,much
$$);
SELECT regress.read('too_large', $$
I,2024-01-01 10:00:00,1,a,1000
$$);
SELECT regress.read('too_long', $$
I,2024-01-01 10:00:00,1,abcd
$$, $$id int OPTIONS (key 'true'), v varchar(3)$$);
SELECT regress.read('bad_date', $$
I,2024-01-01 10:00:00,1,2024-02-30
$$, $$id int OPTIONS (key 'true'), v date$$);
SELECT regress.read('bad_json', $$
I,2024-01-01 10:00:00,1,"{""a"": [1, 2"
$$, $$id int OPTIONS (key 'true'), v jsonb$$);
SELECT regress.read('bad_hex', $$
I,2024-01-01 10:00:00,1,0g
$$, $$id int OPTIONS (key 'true'), v bytea$$);
CREATE DOMAIN regress.positive AS int CHECK (VALUE > 0);
SELECT regress.read('bad_domain', $$
I,2024-01-01 10:00:00,1,0
$$, $$id int OPTIONS (key 'true'), v regress.positive$$);
-- only what a query asks for is looked at
SELECT regress.outcome('SELECT id FROM bad_value');
SELECT regress.outcome('SELECT count(*) FROM bad_json');
-- bytes that are no UTF-8, and a zero byte
SELECT regress.read_bytes('bad_utf8', convert_to(E'I,2024-01-01 10:00:00,1,a\nI,2024-01-01 10:00:00,2,b', 'UTF8') || '\xc3280a');
SELECT regress.read_bytes('zero_byte', 'I,2024-01-01 10:00:00,1,b'::bytea || '\x00630a');
SELECT regress.read_bytes('zero_key', 'I,2024-01-01 10:00:00,1'::bytea || '\x000a', $$id text OPTIONS (key 'true')$$);
-- and where a message shows them: escaped, as are control characters
SELECT regress.read_bytes('bad_first_op', '\xff'::bytea || 'x,2024-01-01 10:00:00,1,b\012'::bytea);
SELECT regress.read_bytes('bad_op', 'I,2024-01-01 10:00:00,1,a\012X\011\303(\355\240\200\033[31m,2024-01-01 10:00:00,1,b\012'::bytea);
SELECT regress.read_bytes('bad_first_time', 'I,2024-\377\303\244,1,a\012'::bytea);
SELECT regress.read_bytes('bad_time', 'I,2024-01-01 10:00:00,1,a\012I,2024-\377\303\244\302\205,1,b\012'::bytea);
SELECT regress.read_bytes('bad_int_key', 'I,2024-01-01 10:00:00,1x\377,a\012'::bytea);
CALL regress.table('bad_twice', 'Op,ts,id,n\377,n\377\012'::bytea, $$id int OPTIONS (key 'true'), v text$$, 'header', '');
SELECT regress.outcome('SELECT * FROM bad_twice');
CALL regress.table('bad_closest', 'Op,ts,id,longer_value\377\012'::bytea, $$id int OPTIONS (key 'true'), longer_value text$$, 'header', '');
SELECT regress.outcome('SELECT * FROM bad_closest');
-- cut where they are long, at a character's end
SELECT regress.read('long_op', 'I,2024-01-01 10:00:00,1,a,1.5' || E'\n' || repeat('I', 100) || ',2024-01-01 10:00:00,1,a,1.5' || E'\n');
SELECT regress.read('longer_op', 'I,2024-01-01 10:00:00,1,a,1.5' || E'\nI' || repeat('ä', 1000000) || ',2024-01-01 10:00:00,1,a,1.5' || E'\n');
SELECT regress.read('long_time', 'I,2024-01-01 10:00:00,1,a,1.5' || E'\nI,' || repeat('€', 1000) || ',1,a,1.5' || E'\n');
SELECT regress.read('long_twice', 'Op,ts,id,' || repeat('v', 200) || ',' || repeat('v', 200) || E'\n', server => 'header');
SELECT regress.read_bytes('bad_key_utf8', 'I,2024-01-01 10:00:00,b'::bytea || '\xff0a', $$id text OPTIONS (key 'true')$$);

-- ---------------------------------------------------------------- headers
SELECT regress.read('no_key_name', $$
Op,ts,ident,v,n
I,2024-01-01 10:00:00,1,a,1.5
$$, server => 'header');
SELECT regress.read('no_ts_name', $$
Op,commit_ts,id,v,n
I,2024-01-01 10:00:00,1,a,1.5
$$, server => 'header');
SELECT regress.read('name_twice', $$
Op,ts,id,v,v
I,2024-01-01 10:00:00,1,a,1.5
$$, server => 'header');
SELECT regress.read('typo', $$
Op,ts,id,title,n
I,2024-01-01 10:00:00,1,a,1.5
$$, $$id int OPTIONS (key 'true'), titel text, n numeric$$, 'header');
SELECT regress.read('not_near', $$
Op,ts,id,title,n
I,2024-01-01 10:00:00,1,a,1.5
$$, $$id int OPTIONS (key 'true'), remark text, n numeric$$, 'header');
SELECT regress.read('header_op', $$
Op,ts,id,v,n
Z,2024-01-01 10:00:00,1,a,1.5
$$, server => 'header');
SELECT regress.read('no_op_name', $$
ts,id,v,n
2024-01-01 10:00:00,1,a,1.5
$$, server => 'header');
SELECT regress.read('header_value', $$
n,v,id,ts,Op
1.5,a,1,2024-01-01 10:00:00,I
1e9,b,2,2024-01-01 10:00:00,I
$$, server => 'header');
-- no header where one is declared, and the other way round
SELECT regress.read('headless', $$
I,2024-01-01 10:00:00,1,a,1.5
I,2024-01-01 10:00:00,2,b,1.5
$$, server => 'header');
SELECT regress.read('headless_op', $$
I,2024,1,a,1.5
$$, server => 'header');
SELECT regress.read('headless_text', $$
2024-01-01 10:00:00,id,v
$$, $$id int, v text$$, 'header');
SELECT regress.read('headed', $$
Op,ts,id,v,n
I,2024-01-01 10:00:00,1,a,1.5
$$);

-- ---------------------------------------------------------------- files
-- nothing there at all; what is there belongs to no log; an empty folder
SELECT regress.outcome('CREATE FOREIGN TABLE nothing (id int) SERVER log OPTIONS (schema_name ''e'')');
SELECT regress.outcome('SELECT * FROM nothing');
CALL regress.file('e/foreign/_SUCCESS', ''::text);
CALL regress.file('e/foreign/LOAD00000001.dfm', '{}');
CREATE FOREIGN TABLE "foreign" (id int) SERVER log OPTIONS (schema_name 'e');
SELECT regress.outcome('SELECT * FROM "foreign"');
CALL regress.shell(format('mkdir "%s/e/bare"', current_setting('regress.folder')));
CREATE FOREIGN TABLE bare (id int) SERVER log OPTIONS (schema_name 'e');
SELECT regress.outcome('SELECT * FROM bare');
ALTER FOREIGN TABLE bare OPTIONS (ADD allow_empty 'true');
SELECT regress.outcome('SELECT * FROM bare');
-- the whole url is wrong: no option makes that an empty table
CREATE SERVER nowhere FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file:///nowhere/at/all');
CREATE FOREIGN TABLE lost (id int) SERVER nowhere OPTIONS (schema_name 'e', allow_empty 'true');
SELECT regress.outcome('SELECT * FROM lost');
-- a hole in the full load's numbers, which are hexadecimal
CALL regress.file('e/hole/LOAD00000001.csv', E'2024-01-01 09:00:00,1\n');
CALL regress.file('e/hole/LOAD00000003.csv', E'2024-01-01 09:00:00,3\n');
CREATE FOREIGN TABLE hole (id int OPTIONS (key 'true')) SERVER log OPTIONS (schema_name 'e');
SELECT regress.outcome('SELECT * FROM hole');
CREATE FOREIGN TABLE first (id int OPTIONS (key 'true')) SERVER log OPTIONS (schema_name 'e');
CALL regress.file('e/first/LOAD00000002.csv', E'2024-01-01 09:00:00,1\n');
SELECT regress.outcome('SELECT * FROM first');
CALL regress.file('e/double/LOAD00000001.csv', E'2024-01-01 09:00:00,1\n');
CALL regress.file('e/double/LOAD00000001.csv.gz', E'2024-01-01 09:00:00,1\n');
CREATE FOREIGN TABLE double (id int OPTIONS (key 'true')) SERVER log OPTIONS (schema_name 'e', allow_gaps 'true');
SELECT regress.outcome('SELECT * FROM double');
-- folders that no option speaks of
CALL regress.file('e/dated/2024/01/01/20240101-100100000.csv', E'I,2024-01-01 10:00:00,1\n');
CREATE FOREIGN TABLE dated (id int OPTIONS (key 'true')) SERVER log OPTIONS (schema_name 'e');
SELECT regress.outcome('SELECT * FROM dated');
ALTER FOREIGN TABLE dated OPTIONS (ADD date_partition_enabled 'true');
SELECT regress.outcome('SELECT * FROM dated');
ALTER FOREIGN TABLE dated OPTIONS (ADD date_partition_delimiter 'DASH');
SELECT regress.outcome('SELECT * FROM dated');
-- Parquet
CALL regress.file('e/parquet/LOAD00000001.parquet', 'PAR1');
CREATE FOREIGN TABLE parquet (id int OPTIONS (key 'true')) SERVER log OPTIONS (schema_name 'e');
SELECT regress.outcome('SELECT * FROM parquet');
CALL regress.file('e/parquet_cdc/20240101-100100000.parquet', 'PAR1');
CREATE FOREIGN TABLE parquet_cdc (id int OPTIONS (key 'true')) SERVER log OPTIONS (schema_name 'e');
SELECT regress.outcome('SELECT * FROM parquet_cdc');
-- a link
CALL regress.file('e/link/LOAD00000001.csv', E'2024-01-01 09:00:00,1\n');
CALL regress.shell(format('ln -s LOAD00000001.csv "%s/e/link/LOAD00000002.csv"', current_setting('regress.folder')));
CREATE FOREIGN TABLE link (id int OPTIONS (key 'true')) SERVER log OPTIONS (schema_name 'e');
SELECT regress.outcome('SELECT * FROM link');
-- gzip: damaged, cut short, with a wrong checksum, with something behind its end
CALL regress.file('e/damaged/20240101-100100000.csv.gz', '\x1f8b080000000000020300ffffffffffff'::bytea);
CREATE FOREIGN TABLE damaged (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 'e');
SELECT regress.outcome('SELECT * FROM damaged');
CREATE SERVER fixed FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'url', timestamp_column_name 'ts');
CREATE FOREIGN TABLE zip_cut (id int OPTIONS (key 'true'), v text) SERVER fixed OPTIONS (schema_name 'zip', table_name 'cut');
SELECT regress.outcome('SELECT * FROM zip_cut');
CREATE FOREIGN TABLE zip_sum (id int OPTIONS (key 'true'), v text) SERVER fixed OPTIONS (schema_name 'zip', table_name 'sum');
SELECT regress.outcome('SELECT * FROM zip_sum');
CREATE FOREIGN TABLE zip_tail (id int OPTIONS (key 'true'), v text) SERVER fixed OPTIONS (schema_name 'zip', table_name 'tail');
SELECT regress.outcome('SELECT * FROM zip_tail');

-- ---------------------------------------------------------------- instants
-- before the full load, amid it, and before the first change of a log without one
CALL regress.file('e/loaded/LOAD00000001.csv', E'2024-01-01 09:00:00,1\n2024-01-01 09:00:05,2\n');
CREATE FOREIGN TABLE loaded (id int OPTIONS (key 'true'), at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 'e');
SELECT regress.outcome($$SELECT * FROM loaded WHERE at = '2024-01-01 08:59:59'$$);
SELECT regress.outcome($$SELECT * FROM loaded WHERE at = '2024-01-01 09:00:00'$$);
SELECT regress.outcome($$SELECT * FROM loaded WHERE at = '2024-01-01 09:00:05'$$);
CREATE FOREIGN TABLE unloaded (id int OPTIONS (key 'true'), v text, n numeric, at timestamptz OPTIONS (role 'asof')) SERVER log
  OPTIONS (schema_name 'e', table_name 'good');
SELECT regress.outcome($$SELECT * FROM unloaded WHERE at = '2024-01-01 09:59:59'$$);
SELECT regress.outcome($$SELECT * FROM unloaded WHERE at = '2023-01-01'$$);
SELECT regress.outcome($$SELECT * FROM unloaded WHERE at = '2024-01-01 10:00:00'$$);
-- a session setting that is no instant is an error when a scan starts, never another instant
SET cdc_fdw.asof = 'the day before';
SELECT regress.outcome('SELECT * FROM good');
SELECT regress.outcome('SELECT 1');
SET cdc_fdw.asof = '2024-02-30';
SELECT regress.outcome('SELECT * FROM good');
SELECT regress.outcome('EXPLAIN SELECT * FROM good');
SET cdc_fdw.asof = '2024-02-03 10:00 Mars/Base';
SELECT regress.outcome('SELECT * FROM good');
SET cdc_fdw.asof = 'watermark';
SELECT regress.outcome('SELECT * FROM good');
RESET cdc_fdw.asof;

-- ---------------------------------------------------------------- how much may be read
CALL regress.file('e/sized/LOAD00000001.csv', E'2024-01-01 09:00:00,1\n2024-01-01 09:00:05,2\n');
CALL regress.file('e/sized/20240101-100100000.csv', E'I,2024-01-01 10:00:00,3\n');
CALL regress.file('e/sized/20240101-110100000.csv', E'I,2024-01-01 11:00:00,4\n');
CREATE FOREIGN TABLE sized (id int OPTIONS (key 'true'), at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 'e');
SHOW cdc_fdw.max_bytes;
SELECT regress.outcome('SELECT * FROM sized');
SET cdc_fdw.max_bytes = 92;
SELECT regress.outcome('SELECT * FROM sized');
SET cdc_fdw.max_bytes = 91;
SELECT regress.outcome('SELECT * FROM sized');
SELECT regress.outcome('SELECT * FROM sized LIMIT 1');
SELECT regress.outcome('ANALYZE sized');
SELECT regress.outcome('EXPLAIN SELECT * FROM sized');
-- only the files that are chosen count
SELECT regress.outcome($$SELECT * FROM sized WHERE at = '2024-01-01 10:30'$$);
-- the scans of a query are added up, and so are walks at several instants
SET cdc_fdw.max_bytes = 184;
SELECT regress.outcome('SELECT * FROM sized UNION ALL SELECT * FROM sized');
SET cdc_fdw.max_bytes = 183;
SELECT regress.outcome('SELECT * FROM sized UNION ALL SELECT * FROM sized');
SELECT regress.outcome($$SELECT * FROM (VALUES (timestamptz '2024-01-01 10:30'), ('2024-01-01 11:30'), ('2024-01-01 10:31')) t (t), LATERAL (SELECT * FROM sized s WHERE s.at = t.t) s$$);
SELECT regress.outcome('SELECT * FROM sized');
SET cdc_fdw.max_bytes = '1 B';
SELECT regress.outcome('SELECT * FROM unloaded');
SET cdc_fdw.max_bytes = '1.5 kB';
SHOW cdc_fdw.max_bytes;
SELECT regress.outcome('SELECT * FROM sized');
RESET cdc_fdw.max_bytes;

-- ---------------------------------------------------------------- how far ahead
SHOW cdc_fdw.prefetch_bytes;
SET cdc_fdw.prefetch_bytes = 0;
SELECT regress.outcome('SELECT * FROM sized');
SET cdc_fdw.prefetch_bytes = '1 kB';
SELECT regress.outcome('SELECT * FROM sized');
RESET cdc_fdw.prefetch_bytes;

-- ---------------------------------------------------------------- what errors leave behind
-- outside of functions an error ends its statement, and the next one works
\set VERBOSITY sqlstate
SELECT * FROM bad_value; -- ERROR
SELECT * FROM good;
BEGIN;
SAVEPOINT s;
SELECT * FROM wider; -- ERROR
ROLLBACK TO s;
SELECT * FROM good;
SELECT * FROM bad_json; -- ERROR
SELECT * FROM good; -- ERROR: the transaction is aborted
ROLLBACK;
SELECT * FROM good;
-- a cursor goes on after an error of another query that was rolled back
BEGIN;
CREATE FOREIGN TABLE three (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 'e');
CALL regress.file('e/three/LOAD00000001.csv', E'2024-01-01 09:00:00,1,a\n2024-01-01 09:00:00,2,b\n2024-01-01 09:00:00,3,c\n');
DECLARE c CURSOR FOR SELECT * FROM three;
FETCH 1 FROM c;
SAVEPOINT s;
SELECT * FROM bad_utf8; -- ERROR
ROLLBACK TO s;
FETCH ALL FROM c;
COMMIT;
-- a cursor opened in a savepoint that is rolled back goes with it
BEGIN;
SAVEPOINT s;
DECLARE c CURSOR FOR SELECT * FROM three;
FETCH 1 FROM c;
ROLLBACK TO s;
FETCH 1 FROM c; -- ERROR
ROLLBACK;
\set VERBOSITY default

-- no file stays open and no temporary file stays, after fifty errors of all
-- kinds, with little memory so that temporary files are made
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT string_agg(format(E'U,2024-01-01 10:00:00,%s,a%s,\n', i, i), '' ORDER BY i) || E'U,2024-01-01 10:00:00,20001,b,much\n' AS content
  FROM generate_series(1, 20000) i \gset
CALL regress.file('e/large/20240101-100100000.csv', :'content');
CREATE FOREIGN TABLE large (id int OPTIONS (key 'true'), v text, n numeric) SERVER log OPTIONS (schema_name 'e');
CREATE FUNCTION regress.open_files() RETURNS bigint LANGUAGE sql AS $$
  SELECT count(*) FROM pg_ls_dir('/proc/self/fd', true, false)
$$;
SELECT regress.outcome('SELECT * FROM large');
CREATE PROCEDURE regress.fail(times int) LANGUAGE plpgsql AS $$
DECLARE
  t text;
BEGIN
  FOR i IN 1 .. times LOOP
    FOREACH t IN ARRAY ARRAY['large', 'wider', 'open_quote', 'bad_value', 'bad_utf8', 'typo', 'hole', 'zip_cut', 'link', 'too_large'] LOOP
      IF regress.outcome('SELECT * FROM ' || t) ~ '^OK' THEN
        RAISE WARNING '% was read', t;
      END IF;
    END LOOP;
  END LOOP;
END $$;
CALL regress.fail(1);
SELECT regress.open_files() AS files \gset
SELECT regress.open_files() AS files \gset
CALL regress.fail(5);
SELECT regress.open_files() - :files AS more_files, (SELECT count(*) FROM pg_ls_tmpdir()) AS temporary_files;
RESET work_mem;
RESET hash_mem_multiplier;
SELECT * FROM good;

\pset format aligned
\pset tuples_only off
\set ECHO none
\i :end

-- How records and files are laid out: headers, widths, delimiters, folders.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CREATE SERVER names FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
CREATE SERVER fixed FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'url', timestamp_column_name 'ts');

-- ---------------------------------------------------------------- headers
-- columns in another order in each file, some more and some fewer
CALL regress.file('r/heads/LOAD00000001.csv', $$
ts,id,name,price
2024-01-01 09:00:00,1,one,1.00
2024-01-01 09:00:00,2,two,2.00
$$);
CALL regress.file('r/heads/20240101-100100000.csv', $$
price,id,extra,Op,ts,name
2.50,2,x,U,2024-01-01 10:00:00,TWO
$$);
CALL regress.file('r/heads/20240101-100200000.csv', $$
Op,ts,id,fullname
I,2024-01-01 10:01:00,3,three
$$);
CALL regress.file('r/heads/20240101-100300000.csv', $$
op,TS,ID,NAME,Price
D,2024-01-01 10:02:00,1,,
I,2024-01-01 10:02:01,4,four,4.00
$$);
-- a header and no record
CALL regress.file('r/heads/20240101-100400000.csv', $$
Op,ts,id,name,price
$$);
-- a column of one's own choice of name; name and fullname are one column
CREATE FOREIGN TABLE heads (cost numeric OPTIONS (column_name 'price'), id int OPTIONS (key 'true'),
  label text OPTIONS (column_name 'name, fullname'), op text OPTIONS (role 'op')) SERVER log OPTIONS (schema_name 'r', add_column_name 'true');
SELECT * FROM heads ORDER BY id;
-- without the alias fullname is another column
CREATE FOREIGN TABLE heads2 (id int OPTIONS (key 'true'), name text, fullname text) SERVER log
  OPTIONS (schema_name 'r', table_name 'heads', add_column_name 'true');
SELECT * FROM heads2 ORDER BY id;
-- a name that differs only in case from two others is neither; an exact one is
CALL regress.file('r/cases/20240101-100100000.csv', $$
Op,ts,id,Name,NAME
I,2024-01-01 10:00:00,1,mixed,upper
$$);
CREATE FOREIGN TABLE cases (id int OPTIONS (key 'true'), "Name" text, "NAME" text) SERVER log OPTIONS (schema_name 'r', add_column_name 'true');
SELECT * FROM cases;
CREATE FOREIGN TABLE cases2 (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'r', table_name 'cases', add_column_name 'true');
SELECT regress.outcome('SELECT * FROM cases2');
-- names with commas, quotes and blanks, and in other scripts
CALL regress.file('r/odd/20240101-100100000.csv', $$
Op,ts,id,"a, b","say ""x""", c ,価格
I,2024-01-01 10:00:00,1,comma,quote,blanks,price
$$);
CREATE FOREIGN TABLE odd (id int OPTIONS (key 'true'), comma text OPTIONS (column_name '"a, b"'), quote text OPTIONS (column_name 'say "x"'),
  blanks text OPTIONS (column_name '" c "'), "価格" text) SERVER log OPTIONS (schema_name 'r', add_column_name 'true');
SELECT * FROM odd;
-- a typo is an error, with the closest name, even if the column is not asked for
CREATE FOREIGN TABLE typo (id int OPTIONS (key 'true'), nmae text) SERVER log OPTIONS (schema_name 'r', table_name 'heads', add_column_name 'true');
SELECT regress.outcome('SELECT * FROM typo');
SELECT regress.outcome('SELECT count(*) FROM typo');
-- a change file without op: deletes would look like rows
CALL regress.file('r/opless/20240101-100100000.csv', $$
ts,id,v
2024-01-01 10:00:00,1,a
$$);
CREATE FOREIGN TABLE opless (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 'r', add_column_name 'true');
SELECT regress.outcome('SELECT * FROM opless');
ALTER FOREIGN TABLE opless OPTIONS (ADD cdc_inserts_only 'true');
SELECT * FROM opless;

-- ---------------------------------------------------------------- full loads with and without op
-- the setting was changed between two full loads, or a file was written by hand: both are in one table
CALL regress.file('r/mixed/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,without
$$);
CALL regress.file('r/mixed/LOAD00000002.csv', $$
I,2024-01-01 09:00:00,2,with
$$);
CALL regress.file('r/mixed/LOAD00000003.csv', $$
3,without op and time
$$);
CALL regress.file('r/mixed/LOAD00000004.csv', $$
I,4,without time
$$);
CALL regress.file('r/mixed/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,updated
I,2024-01-01 10:00:00,5,inserted
$$);
CREATE FOREIGN TABLE mixed (id int OPTIONS (key 'true'), v text, op text OPTIONS (role 'op'), at timestamptz OPTIONS (role 'commit_time'))
  SERVER log OPTIONS (schema_name 'r');
SELECT * FROM mixed ORDER BY id;
-- a first column of text that holds I, U or D is no op where the widths say so
CALL regress.file('r/letters/LOAD00000001.csv', $$
2024-01-01 09:00:00,I,a
2024-01-01 09:00:00,D,b
$$);
CALL regress.file('r/letters/LOAD00000002.csv', $$
I,2024-01-01 09:00:00,U,c
$$);
CREATE FOREIGN TABLE letters (id text OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 'r');
SELECT * FROM letters ORDER BY id;
-- long operations in any case
CALL regress.file('r/words/20240101-100100000.csv', $$
INSERT,2024-01-01 10:00:00,1,a
insert,2024-01-01 10:00:01,2,b
Update,2024-01-01 10:00:02,1,A
delete,2024-01-01 10:00:03,2,
u,2024-01-01 10:00:04,3,c
$$);
CREATE FOREIGN TABLE words (id int OPTIONS (key 'true'), v text, op text OPTIONS (role 'op')) SERVER log OPTIONS (schema_name 'r');
SELECT * FROM words ORDER BY id;

-- ---------------------------------------------------------------- inserts only, inserts and updates
CALL regress.file('r/inserts/LOAD00000001.csv', $$
1,a
$$);
CALL regress.file('r/inserts/20240101-100100000.csv', $$
2,b
3,c
$$);
CALL regress.file('r/inserts/20240101-100200000.csv', $$
2,B
$$);
CREATE FOREIGN TABLE inserts (id int OPTIONS (key 'true'), v text, op text OPTIONS (role 'op')) SERVER names
  OPTIONS (schema_name 'r', cdc_inserts_only 'true');
SELECT * FROM inserts ORDER BY id;
-- with an op in both
CALL regress.file('r/upserts/LOAD00000001.csv', $$
I,1,a
$$);
CALL regress.file('r/upserts/20240101-100100000.csv', $$
I,2,b
U,1,A
$$);
CALL regress.file('r/upserts/20240101-100200000.csv', $$
2,B
3,c
$$);
CREATE FOREIGN TABLE upserts (id int OPTIONS (key 'true'), v text, op text OPTIONS (role 'op')) SERVER names
  OPTIONS (schema_name 'r', cdc_inserts_and_updates 'true', include_op_for_full_load 'true');
SELECT * FROM upserts ORDER BY id;
-- without such a setting a change file must have an op
ALTER FOREIGN TABLE upserts OPTIONS (DROP cdc_inserts_and_updates);
SELECT regress.outcome('SELECT * FROM upserts');

-- ---------------------------------------------------------------- widths and positions
-- columns behind the last key may be missing from older files
CALL regress.file('r/grown/LOAD00000001.csv', $$
2024-01-01 09:00:00,1
2024-01-01 09:00:00,2
$$);
CALL regress.file('r/grown/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,a
$$);
CALL regress.file('r/grown/20240101-100200000.csv', $$
I,2024-01-01 10:01:00,3,c,33
$$);
CREATE FOREIGN TABLE grown (id int OPTIONS (key 'true'), v text, n int) SERVER log OPTIONS (schema_name 'r');
SELECT * FROM grown ORDER BY id;
-- of a key that stands behind them none may be missing
CALL regress.file('r/keyed/20240101-100100000.csv', $$
I,2024-01-01 10:00:00,1
$$);
CREATE FOREIGN TABLE keyed (id int, v text OPTIONS (key 'true'), n int) SERVER log OPTIONS (schema_name 'r');
SELECT regress.outcome('SELECT * FROM keyed');
-- the source dropped its second column and added two: position keeps the places of the file
CREATE FOREIGN TABLE grown3 (id int OPTIONS (key 'true'), n int OPTIONS (position '3')) SERVER log OPTIONS (schema_name 'r', table_name 'grown');
SELECT * FROM grown3 ORDER BY id;

-- ---------------------------------------------------------------- delimiters and quotes
CALL regress.file('r/tabs/20240101-100100000.csv', E'I\t1\ta,b\r\nI\t2\t"x\ty"\r\nI\t3\t"two\r\nlines"\r\nI\t4\ta\rb\r\n');
CREATE FOREIGN TABLE tabs (id int OPTIONS (key 'true'), v text, line bigint OPTIONS (role 'line')) SERVER names
  OPTIONS (schema_name 'r', csv_delimiter '\t', csv_row_delimiter '\r\n');
-- a line break inside of quotes is kept as it is, and lines are counted through it
SELECT id, replace(replace(replace(v, E'\t', '<tab>'), E'\r', '<cr>'), E'\n', '<lf>') AS v, line FROM tabs ORDER BY id;
-- \n as the row delimiter, though lines end in \r\n: the CR is part of the value, as it is written
CREATE FOREIGN TABLE crs (id int OPTIONS (key 'true'), v text) SERVER names OPTIONS (schema_name 'r', table_name 'tabs', csv_delimiter '\t', csv_row_delimiter '\n');
SELECT regress.outcome('SELECT * FROM crs');
CALL regress.file('r/pipes/20240101-100100000.csv', 'I;1;a~I;2;"b~b"~I;3;"c"');
CREATE FOREIGN TABLE pipes (id int OPTIONS (key 'true'), v text, line bigint OPTIONS (role 'line')) SERVER names
  OPTIONS (schema_name 'r', csv_delimiter ';', csv_row_delimiter '~');
-- the last line needs no end
SELECT * FROM pipes ORDER BY id;
-- without quoting a quote is a letter
CALL regress.file('r/plain/20240101-100100000.csv', $$
I|1|5" disk
I|2|"quoted"
I|3|"
I|4|
I|5| x 
$$);
CREATE FOREIGN TABLE plain (id int OPTIONS (key 'true'), v text) SERVER names OPTIONS (schema_name 'r', csv_delimiter '|', rfc4180 'false');
SELECT id, '[' || v || ']' AS v FROM plain ORDER BY id;
SELECT regress.outcome('SELECT * FROM plain');
ALTER FOREIGN TABLE plain OPTIONS (SET rfc4180 'true');
SELECT regress.outcome('SELECT * FROM plain');
-- a table of one column: an empty line is a record with NULL
CALL regress.file('r/one/LOAD00000001.csv', E'a\n\n""\nb\n');
CREATE FOREIGN TABLE one (v text, line bigint OPTIONS (role 'line')) SERVER names OPTIONS (schema_name 'r');
SELECT line, v, v IS NULL AS is_null FROM one ORDER BY line;
CALL regress.file('r/empty/LOAD00000001.csv', ''::text);
CREATE FOREIGN TABLE empty (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 'r');
SELECT * FROM empty;

-- ---------------------------------------------------------------- gzip
-- known by its content: one named .gz, one not; and two members in one file
CREATE FOREIGN TABLE packed (id int OPTIONS (key 'true'), v text, file text OPTIONS (role 'file'), line bigint OPTIONS (role 'line'))
  SERVER fixed OPTIONS (schema_name 'zip');
SELECT * FROM packed ORDER BY id;
ALTER FOREIGN TABLE packed OPTIONS (ADD compression_type 'gzip');
SELECT count(*) FROM packed;

-- ---------------------------------------------------------------- files of a full load
-- the counter is hexadecimal
CALL regress.shell(format('mkdir "%s/r/hex"', current_setting('regress.folder')));
DO $$
BEGIN
  FOR i IN 1 .. 18 LOOP
    CALL regress.file('r/hex/LOAD' || lpad(upper(to_hex(i)), 8, '0') || '.csv', i || E'\n');
  END LOOP;
END $$;
CREATE FOREIGN TABLE hex (id int OPTIONS (key 'true')) SERVER names OPTIONS (schema_name 'r');
SELECT count(*), sum(id) FROM hex;
CALL regress.shell(format('rm "%s/r/hex/LOAD0000000A.csv"', current_setting('regress.folder')));
SELECT regress.outcome('SELECT * FROM hex');
ALTER FOREIGN TABLE hex OPTIONS (ADD allow_gaps 'true');
SELECT count(*), sum(id) FROM hex;
-- segments: each has numbers of its own, or they share one count
CALL regress.file('r/segments/SEGMENT1_LOAD00000001.csv', E'1\n');
CALL regress.file('r/segments/SEGMENT1_LOAD00000002.csv', E'2\n');
CALL regress.file('r/segments/SEGMENT2_LOAD00000001.csv', E'3\n');
CALL regress.file('r/segments/SEGMENT10_LOAD00000004.csv', E'4\n');
CREATE FOREIGN TABLE segments (id int OPTIONS (key 'true')) SERVER names OPTIONS (schema_name 'r');
SELECT * FROM segments ORDER BY id;
-- partition folders, of which one starts with a digit
CALL regress.file('r/parts/p1/LOAD00000001.csv', E'1\n');
CALL regress.file('r/parts/p2/LOAD00000001.csv', E'2\n');
CALL regress.file('r/parts/20240101-100100000.csv', E'I,4\n');
CREATE FOREIGN TABLE parts (id int OPTIONS (key 'true')) SERVER names OPTIONS (schema_name 'r');
SELECT * FROM parts ORDER BY id;
CALL regress.file('r/parts/2023/LOAD00000001.csv', E'3\n');
SELECT regress.outcome('SELECT * FROM parts');
ALTER FOREIGN TABLE parts OPTIONS (ADD partition_folders 'true');
SELECT * FROM parts ORDER BY id;
-- folders that share one count are complete together
CALL regress.file('r/shared/a/LOAD00000001.csv', E'1\n');
CALL regress.file('r/shared/b/LOAD00000002.csv', E'2\n');
CALL regress.file('r/shared/a/LOAD00000003.csv', E'3\n');
CREATE FOREIGN TABLE shared (id int OPTIONS (key 'true')) SERVER names OPTIONS (schema_name 'r');
SELECT * FROM shared ORDER BY id;
CALL regress.shell(format('rm "%s/r/shared/b/LOAD00000002.csv"', current_setting('regress.folder')));
SELECT regress.outcome('SELECT * FROM shared');
-- what is no part of the log is passed over
CALL regress.file('r/strangers/LOAD00000001.csv', E'1\n');
CALL regress.file('r/strangers/LOAD00000001.dfm', '{}');
CALL regress.file('r/strangers/_SUCCESS', '');
CALL regress.file('r/strangers/notes.csv', 'not,a,record');
CALL regress.file('r/strangers/20240101.csv', 'x');
CALL regress.file('r/strangers/20241301-100100000.csv', 'x');
CALL regress.file('r/strangers/20240101-100100000.csv.bak', 'x');
CALL regress.file('r/strangers/load00000002.csv', 'x');
CALL regress.file('r/strangers/20240101-1001000005.csv', E'I,2\n');
CALL regress.file('r/strangers/20240101-100100.csv', E'I,3\n');
CREATE FOREIGN TABLE strangers (id int OPTIONS (key 'true'), at timestamptz OPTIONS (role 'file_time')) SERVER names OPTIONS (schema_name 'r');
-- names have any number of fraction digits
SELECT * FROM strangers ORDER BY id;
-- prefix: the table's folder in one piece
CREATE FOREIGN TABLE elsewhere (id int OPTIONS (key 'true')) SERVER names OPTIONS (prefix 'r/strangers');
SELECT * FROM elsewhere ORDER BY id;

-- ---------------------------------------------------------------- date folders
-- every sequence and delimiter; the last file lies in the folder of the day after, as around midnight
DO $$
DECLARE
  s text;
  d text;
  between text;
  day date;
  folder text;
BEGIN
  FOREACH s IN ARRAY ARRAY['YYYYMMDD', 'YYYYMMDDHH', 'YYYYMM', 'MMYYYYDD', 'DDMMYYYY'] LOOP
    FOREACH d IN ARRAY ARRAY['SLASH', 'DASH', 'UNDERSCORE', 'NONE'] LOOP
      between := CASE d WHEN 'SLASH' THEN '/' WHEN 'DASH' THEN '-' WHEN 'UNDERSCORE' THEN '_' ELSE '' END;
      FOR i IN 1 .. 3 LOOP
        day := (ARRAY['2023-12-31', '2024-01-30', '2024-02-01'])[i];
        folder := CASE s WHEN 'YYYYMMDD' THEN 'YYYY|MM|DD' WHEN 'YYYYMMDDHH' THEN 'YYYY|MM|DD|"10"' WHEN 'YYYYMM' THEN 'YYYY|MM'
          WHEN 'MMYYYYDD' THEN 'MM|YYYY|DD' ELSE 'DD|MM|YYYY' END;
        CALL regress.file(format('d/%s_%s/%s/%s.csv', s, d, replace(to_char(day, folder), '|', between),
          CASE i WHEN 3 THEN '20240131-235959999' ELSE to_char(day, 'YYYYMMDD-"100000000"') END), format(E'U,1,%s\nI,%s,x\n', i, i + 10));
      END LOOP;
      CALL regress.file(format('d/%s_%s/LOAD00000001.csv', s, d), E'1,loaded\n');
      EXECUTE format('CREATE FOREIGN TABLE %I (id int OPTIONS (key ''true''), v text, at timestamptz OPTIONS (role ''asof'')) SERVER names
        OPTIONS (schema_name ''d'', base_time ''2023-01-01'', date_partition_enabled ''true'', date_partition_sequence %L, date_partition_delimiter %L)',
        s || '_' || d, s, d);
    END LOOP;
  END LOOP;
END $$;
CREATE FUNCTION regress.value_at(name text, at text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT string_agg(id || '':'' || v, '' '' ORDER BY id) FROM %I WHERE at = %L', name, at) INTO result;
  RETURN result;
END $$;
-- the newest value of 1 tells that the files were read in the order of their dates
SELECT relname, regress.value_at(relname, '2024-01-31 23:59:59.998') AS before_last, regress.value_at(relname, '2024-01-31 23:59:59.999') AS last
FROM pg_class WHERE relname ~ '^(YYYY|MM|DD).*_' ORDER BY relname COLLATE "C";
SELECT regress.value_at('MMYYYYDD_SLASH', '2023-12-31 10:00:00');
-- folders of later dates are not opened
SELECT regress.counted($$SELECT * FROM "YYYYMMDD_SLASH" WHERE at = '2023-06-01'$$, 'Files');
-- names in a zone of their own: 10:00 in New York is 15:00 UTC
ALTER FOREIGN TABLE "YYYYMMDD_DASH" OPTIONS (ADD date_partition_timezone 'America/New_York');
SELECT regress.value_at('YYYYMMDD_DASH', '2023-12-31 14:59:59'), regress.value_at('YYYYMMDD_DASH', '2023-12-31 15:00:00');
-- in the hour that is there twice the file clock cannot tell
CALL regress.file('d/autumn/2024-11-03/20241103-013000000.csv', E'I,1,a\n');
CREATE FOREIGN TABLE autumn (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER names OPTIONS (schema_name 'd',
  date_partition_enabled 'true', date_partition_delimiter 'DASH', date_partition_timezone 'America/New_York', before_base 'empty');
SELECT regress.outcome($$SELECT * FROM autumn WHERE at = '2024-11-03 05:29:59'$$);
SELECT regress.outcome($$SELECT * FROM autumn WHERE at = '2024-11-03 06:00:00'$$);
SELECT regress.outcome($$SELECT * FROM autumn WHERE at = '2024-11-03 06:30:00'$$);

-- ---------------------------------------------------------------- transaction files
CALL regress.file('t/shop/item/LOAD00000001.csv', E'1,one\n');
CALL regress.file('t/shop/person/LOAD00000001.csv', E'1,Ann,x,y\n');
CALL regress.file('t/txn/CDC_TXN-20240101100100000.csv', $$
U,item,shop,1,ONE
I,person,shop,2,Bob,x,y
I,item,shop,2,two
I,item,other,3,not ours
$$);
CALL regress.file('t/txn/CDC_TXN-20240101100200000.csv', $$
D,person,shop,1,,,
D,item,shop,2,
I,item,shop,4,"person"
$$);
CREATE SERVER txn FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', preserve_transactions 'true', cdc_path 't/txn');
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER txn
  OPTIONS (schema_name 'shop', prefix 't/shop/item', table_name 'item');
CREATE FOREIGN TABLE person (id int OPTIONS (key 'true'), name text, a text, b text) SERVER txn
  OPTIONS (schema_name 'shop', prefix 't/shop/person', table_name 'person');
SELECT id, name FROM item ORDER BY id;
SELECT * FROM person ORDER BY id;
SELECT id, name FROM item WHERE at = '2024-01-01 10:01:59' ORDER BY id;
-- with commit times, behind the schema or behind the op; the file is named when it is made, before its commits
CALL regress.file('t/stamped/CDC_TXN-20240101100100000.csv', $$
U,item,shop,2024-01-01 10:01:05,1,ONE
I,person,shop,2024-01-01 10:01:06,2,Bob,x,y
$$);
CALL regress.file('t/stamped/CDC_TXN-20240101100200000.csv', $$
I,2024-01-01 10:02:05,item,shop,2,two
I,2024-01-01 10:02:06,item,shop,3,three
$$);
CREATE SERVER stamped FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', preserve_transactions 'true', cdc_path 't/stamped', timestamp_column_name 'ts');
CREATE FOREIGN TABLE item2 (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER stamped
  OPTIONS (schema_name 'shop', prefix 't/shop/item', table_name 'item');
SELECT id, name FROM item2 ORDER BY id;
SELECT id, name FROM item2 WHERE at = '2024-01-01 10:02:05' ORDER BY id;
SELECT id, name FROM item2 WHERE at = '2024-01-01 10:01:04' ORDER BY id;

-- records that are of no table by the options: a time that is not declared, another delimiter, no operation
CALL regress.file('t/odd/time/CDC_TXN-20240101100100000.csv', E'U,2024-01-01 10:01:05,item,shop,1,ONE\n');
CALL regress.file('t/odd/semicolon/CDC_TXN-20240101100100000.csv', E'U;item;shop;1;ONE\n');
CALL regress.file('t/odd/bare/CDC_TXN-20240101100100000.csv', E'item,shop,1,ONE\n');
CREATE SERVER odd FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', preserve_transactions 'true', cdc_path 't/odd/time', base_time '2024-01-01 10:00');
CREATE FOREIGN TABLE item3 (id int OPTIONS (key 'true'), name text) SERVER odd OPTIONS (schema_name 'shop', prefix 't/shop/item', table_name 'item');
SELECT regress.outcome('SELECT * FROM item3');
SELECT regress.outcome('SELECT * FROM item3 WHERE id = 1');
ALTER SERVER odd OPTIONS (ADD timestamp_column_name 'ts');
SELECT * FROM item3 WHERE id = 1;
ALTER SERVER odd OPTIONS (DROP timestamp_column_name, SET cdc_path 't/odd/semicolon');
SELECT regress.outcome('SELECT * FROM item3');
ALTER SERVER odd OPTIONS (SET cdc_path 't/odd/bare');
SELECT regress.outcome('SELECT * FROM item3');
-- records of another width than the options say: a commit time behind the schema or another field that is not
-- declared, no commit time where one is, a field too few
CALL regress.file('t/odd/behind/CDC_TXN-20240101100100000.csv', E'U,item,shop,2024-01-01 10:01:05,1,ONE\n');
CALL regress.file('t/odd/more/CDC_TXN-20240101100100000.csv', E'U,item,shop,1,ONE,new\n');
CALL regress.file('t/odd/more_time/CDC_TXN-20240101100100000.csv', E'U,item,shop,2024-01-01 10:01:05,1,ONE,new\n');
CALL regress.file('t/odd/more_front/CDC_TXN-20240101100100000.csv', E'U,2024-01-01 10:01:05,item,shop,1,ONE,new\n');
CALL regress.file('t/odd/none/CDC_TXN-20240101100100000.csv', E'U,item,shop,1,ONE\n');
CALL regress.file('t/odd/value/CDC_TXN-20240101100100000.csv', E'U,item,shop,2024-01-01 10:01:05,1\n');
CALL regress.file('t/odd/few/CDC_TXN-20240101100100000.csv', E'U,item,shop,2024-01-01 10:01:05\n');
ALTER SERVER odd OPTIONS (SET cdc_path 't/odd/behind');
SELECT regress.outcome('SELECT * FROM item3');
ALTER SERVER odd OPTIONS (ADD timestamp_column_name 'ts');
SELECT * FROM item3;
ALTER SERVER odd OPTIONS (DROP timestamp_column_name, SET cdc_path 't/odd/more');
SELECT regress.outcome('SELECT * FROM item3');
CREATE FOREIGN TABLE item4 (id int OPTIONS (key 'true'), name text, more text) SERVER odd
  OPTIONS (schema_name 'shop', prefix 't/shop/item', table_name 'item');
SELECT * FROM item4;
ALTER SERVER odd OPTIONS (ADD timestamp_column_name 'ts', SET cdc_path 't/odd/more_time');
SELECT regress.outcome('SELECT * FROM item3');
SELECT * FROM item4;
ALTER SERVER odd OPTIONS (SET cdc_path 't/odd/more_front');
SELECT regress.outcome('SELECT * FROM item3');
SELECT * FROM item4;
ALTER SERVER odd OPTIONS (SET cdc_path 't/odd/none');
SELECT regress.outcome('SELECT * FROM item3');
ALTER SERVER odd OPTIONS (DROP timestamp_column_name);
SELECT * FROM item3;
-- a column's time is taken for the commit time that is not there
ALTER SERVER odd OPTIONS (ADD timestamp_column_name 'ts', SET cdc_path 't/odd/value');
CREATE FOREIGN TABLE item5 (at timestamp, id int OPTIONS (key 'true')) SERVER odd OPTIONS (schema_name 'shop', prefix 't/none', table_name 'item');
SELECT regress.outcome('SELECT * FROM item5');
ALTER SERVER odd OPTIONS (DROP timestamp_column_name);
SELECT * FROM item5;
-- a key is missing
ALTER SERVER odd OPTIONS (SET cdc_path 't/odd/few');
SELECT regress.outcome('SELECT * FROM item5');

-- change files beside the full load: the log is not where the options say, or it is left from before
CALL regress.file('beside/shop/item/LOAD00000001.csv', E'1,one\n');
CALL regress.file('beside/shop/item/20240101-100100000.csv', E'U,1,ONE\n');
CALL regress.file('beside/shop/dated/LOAD00000001.csv', E'1,one\n');
CALL regress.file('beside/shop/dated/2024/01/01/20240101-100100000.csv', E'U,1,ONE\n');
CALL regress.file('beside/shop/clean/LOAD00000001.csv', E'1,one\n');
CALL regress.file('beside/txn/CDC_TXN-20240101110000000.csv', E'U,item,shop,1,eins\n');
\set beside :made '/beside'
CREATE SERVER beside FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'beside', preserve_transactions 'true', cdc_path 'txn');
CREATE FOREIGN TABLE beside_item (id int OPTIONS (key 'true'), v text) SERVER beside OPTIONS (schema_name 'shop', table_name 'item');
CREATE FOREIGN TABLE beside_changes (id int, v text, op text OPTIONS (role 'op')) SERVER beside OPTIONS (schema_name 'shop', table_name 'item', mode 'changes');
CREATE FOREIGN TABLE beside_history (id int OPTIONS (key 'true'), v text) SERVER beside OPTIONS (schema_name 'shop', table_name 'item', mode 'history');
CREATE FOREIGN TABLE beside_dated (id int OPTIONS (key 'true'), v text) SERVER beside OPTIONS (schema_name 'shop', table_name 'dated');
CREATE FOREIGN TABLE beside_clean (id int OPTIONS (key 'true'), v text) SERVER beside OPTIONS (schema_name 'shop', table_name 'clean');
SELECT regress.outcome('SELECT * FROM beside_item');
SELECT regress.outcome('SELECT * FROM beside_item WHERE id = 1');
SELECT regress.outcome('SELECT * FROM beside_changes');
SELECT regress.outcome('SELECT * FROM beside_history');
SELECT regress.outcome('SELECT * FROM beside_dated');
SELECT regress.outcome($$SELECT cdc_fdw_pin('beside', NULL, NULL, 'beside_item')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_changes_since('beside_item')$$);
SELECT foreign_table, regress.hide(problem) FROM cdc_fdw_server_status('beside') WHERE problem IS NOT NULL;
SELECT * FROM beside_clean;
ALTER SERVER beside OPTIONS (ADD ignore_change_files 'true');
SELECT * FROM beside_item;
SELECT * FROM beside_changes;
SELECT * FROM beside_dated;
ALTER SERVER beside OPTIONS (DROP ignore_change_files);
ALTER FOREIGN TABLE beside_item OPTIONS (ADD changes_from '2024-01-01 10:30');
SELECT * FROM beside_item;
-- another cdc_path than the task's, of which nothing else shows
ALTER SERVER beside OPTIONS (SET cdc_path 'elsewhere');
SELECT regress.outcome('SELECT * FROM beside_clean');
SELECT regress.outcome('SELECT * FROM beside_item');
ALTER FOREIGN TABLE beside_changes OPTIONS (ADD ignore_change_files 'true');
SELECT regress.outcome('SELECT * FROM beside_changes');
ALTER FOREIGN TABLE beside_clean OPTIONS (ADD allow_empty 'true');
SELECT * FROM beside_clean;

-- ---------------------------------------------------------------- before the full load
CALL regress.file('r/load/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,a
2024-01-01 09:00:10,2,b
$$);
CALL regress.file('r/load/20240101-100100000.csv', $$
U,2024-01-01 09:00:05,1,A
I,2024-01-01 10:00:00,3,c
$$);
CREATE FOREIGN TABLE load (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 'r');
CREATE FUNCTION regress.states() RETURNS TABLE (at text, state text) LANGUAGE plpgsql AS $$
BEGIN
  FOREACH at IN ARRAY ARRAY['08:59:59', '09:00:00', '09:00:05', '09:00:10', '10:00:00'] LOOP
    BEGIN
      EXECUTE format('SELECT string_agg(id || '':'' || v, '' '' ORDER BY id) FROM load WHERE at = ''2024-01-01 %s''', at) INTO state;
    EXCEPTION WHEN OTHERS THEN
      state := SQLERRM;
    END;
    RETURN NEXT;
  END LOOP;
END $$;
-- an error until the newest row of the full load; the change of 1 is newer than its row
SELECT * FROM regress.states();
-- the full load as it is, whatever the instant, and the changes up to it
ALTER FOREIGN TABLE load OPTIONS (ADD before_base 'base');
SELECT * FROM regress.states();
-- no rows until the full load was over
ALTER FOREIGN TABLE load OPTIONS (SET before_base 'empty');
SELECT * FROM regress.states();
-- a log without a full load, before its first change
CALL regress.file('r/unloaded/20240101-100100000.csv', E'I,2024-01-01 10:00:00,1,a\n');
CREATE FOREIGN TABLE unloaded (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 'r');
SELECT regress.outcome($$SELECT * FROM unloaded WHERE at = '2024-01-01 09:00'$$);
ALTER FOREIGN TABLE unloaded OPTIONS (ADD before_base 'empty');
SELECT regress.outcome($$SELECT * FROM unloaded WHERE at = '2024-01-01 09:00'$$);
-- nothing under the prefix
CREATE FOREIGN TABLE nothing (id int) SERVER log OPTIONS (schema_name 'r');
SELECT regress.outcome('SELECT * FROM nothing');
ALTER FOREIGN TABLE nothing OPTIONS (ADD allow_empty 'true');
SELECT regress.outcome('SELECT * FROM nothing');

\set ECHO none
\i :end

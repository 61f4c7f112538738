-- IMPORT FOREIGN SCHEMA, cdc_fdw_sync, and the functions that look at a log.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
-- the columns of imported tables, then their options
CREATE FUNCTION regress.tables(space text, name text DEFAULT '%') RETURNS TABLE ("table" text, columns text, options text) LANGUAGE sql AS $$
  SELECT c.relname, string_agg(format('%I %s%s%s', attname, format_type(atttypid, atttypmod), ' (' || array_to_string(attfdwoptions, ', ') || ')', CASE WHEN attnotnull THEN ' NOT NULL' END), E'\n' ORDER BY attnum),
    array_to_string(ftoptions, E'\n')
  FROM pg_class c JOIN pg_foreign_table ON ftrelid = c.oid JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
  WHERE relnamespace = space::regnamespace AND relname LIKE name GROUP BY c.oid, relname, ftoptions ORDER BY relname;
$$;
-- what tables hold
CREATE FUNCTION regress.rows(query text) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT to_jsonb(t) FROM (%s) t ORDER BY to_jsonb(t)', query);
END $$;
\set ECHO all
SET client_min_messages = notice;
CREATE SERVER shop FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'url');
CREATE SERVER made FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', base_time '2024-01-01');
CREATE SCHEMA hist;

-- ---------------------------------------------------------------- files with a header
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist;
SELECT * FROM regress.tables('hist');
SELECT id, name, price FROM hist.item ORDER BY id;
SELECT count(*) FROM hist.sale;
-- what the server says is not said again
ALTER SERVER shop OPTIONS (add_column_name 'true', timestamp_column_name 'ts', include_op_for_full_load 'false');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (asof '2024-01-01 09:30', asof_column 'at');
SELECT * FROM regress.tables('hist', 'item');
SELECT id, name, price FROM hist.item ORDER BY id;
SELECT id, name, price FROM hist.item WHERE at = '2024-01-02 12:00' ORDER BY id;
-- what it says wrongly is corrected on the tables
ALTER SERVER shop OPTIONS (SET add_column_name 'false', ADD csv_delimiter ';', SET include_op_for_full_load 'true');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA shop LIMIT TO (item) FROM SERVER shop INTO hist;
SELECT * FROM regress.tables('hist');
SELECT count(*) FROM hist.item;
-- but that there are no commit times it decides
ALTER SERVER shop OPTIONS (SET timestamp_column_name '');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist;
SELECT * FROM regress.tables('hist', 'item');
ALTER SERVER shop OPTIONS (SET timestamp_column_name 'ts');
CALL regress.fresh();

-- ---------------------------------------------------------------- options
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (type_from 'x'); -- ERROR
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (something 'x'); -- ERROR
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (infer 'maybe'); -- ERROR
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (modes 'snapshot,histories'); -- ERROR
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (modes 'snapshots'); -- ERROR
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (sample_bytes '10'); -- ERROR
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (asof 'yesterday'); -- ERROR
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (on_untyped 'ignore'); -- ERROR
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (types_from 'no_such_schema'); -- ERROR
SELECT regress.outcome('IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (types_from ''no/such.json'')');
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (types_from '{"Tables": 3}'); -- ERROR
SELECT regress.outcome($$IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (types_from '{"Tables"')$$);
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist OPTIONS (types_from '[3]'); -- ERROR
IMPORT FOREIGN SCHEMA shop LIMIT TO (item) FROM SERVER shop INTO hist OPTIONS (types_from '{"Tables": [{"TableName": "item", "TableColumns": []}]}'); -- ERROR
IMPORT FOREIGN SCHEMA shop LIMIT TO (item) FROM SERVER shop INTO hist OPTIONS (types_from '{"TableList": [{"Name": "item", "StorageDescriptor": {"Columns": [{"Name": "id"}]}}]}'); -- ERROR
SELECT regress.outcome('IMPORT FOREIGN SCHEMA shopp FROM SERVER shop INTO hist');
IMPORT FOREIGN SCHEMA "../shop" FROM SERVER shop INTO hist; -- ERROR
IMPORT FOREIGN SCHEMA shop LIMIT TO (item, nothing) FROM SERVER shop INTO hist OPTIONS (modes 'snapshot');
IMPORT FOREIGN SCHEMA shop EXCEPT (item) FROM SERVER shop INTO hist;
SELECT "table" FROM regress.tables('hist');
-- a name that is taken: nothing of the schema stays
CALL regress.fresh();
CREATE TABLE hist.sale ();
IMPORT FOREIGN SCHEMA shop FROM SERVER shop INTO hist; -- ERROR
SELECT "table" FROM regress.tables('hist');

-- ---------------------------------------------------------------- types from the data
CALL regress.file('a/kinds/LOAD00000001.csv', '
id,zip,flag,letter,big,price,ratio,single,born,seen,seen_tz,uid,doc,lists,word,empty,quoted,mixed,stamp_or_date,arr,exact
1,00714,true,t,9000000000,12.50,+1.23456789012345670e+01,+3.23800011e+01,2024-01-01,2024-01-01 10:00:00,2024-01-01 10:00:00+00,6f9619ff-8b86-d011-b42d-00cf4fc964ff,"{""a"": [1, 2]}","[1]",abc,,"",1,2024-01-01,{},2019.0000000000
2,02134,false,f,-5,3,-1.00000000000000000e+00,-1.00000000e+00,2024-02-29,2024-01-01T10:00:00.5,2024-01-01 10:00:00.25+05:30,6F9619FF-8B86-D011-B42D-00CF4FC964FE,{},"[]",7,,"x",1.5,2024-01-01 00:00:00,{},7.0000000000
3,,,,,,,,,,,,,,,,,+3.23800011e+01,,,
');
CALL regress.file('a/kinds/20240102-000000000.csv', '
Op,id,zip,flag,letter,big,price,ratio,single,born,seen,seen_tz,uid,doc,lists,word,empty,quoted,mixed,stamp_or_date,arr,exact
U,3,12345,TRUE,t,1,0.001,NaN,+0.00000000e+00,0001-01-01,2024-01-01 10:00:00.123456,2024-01-01 10:00:00Z,6f9619ff-8b86-d011-b42d-00cf4fc964ff,"{""b"": null}","[{}]",-,,y,2,2024-01-02,{},0.5000000000
');
-- maps and arrays as others print them
CALL regress.file('maps/all/LOAD00000001.csv', E'id,hs,hive,arr,doubt\n1,"""a""=>""1""","{a=1, b=[x, y]}","{1,2}",{a=1}\n2,"""b""=>NULL","{c={d=2}}","{}",{b=2}\n');
IMPORT FOREIGN SCHEMA maps FROM SERVER made INTO hist;
SELECT columns FROM regress.tables('hist');
SELECT * FROM regress.rows('TABLE hist."all"');
CALL regress.fresh();
-- far from the limits: small values are small only where there are many
SELECT string_agg(format(E'%s,%s,%s,%s\n', i, i % 5, 999999900 + i, i % 300), '' ORDER BY i) AS small FROM generate_series(1, 400) i \gset
CALL regress.file('a/small/LOAD00000001.csv', E'id,code,edge,wide\n' || :'small');
CALL regress.file('a/small/20240102-000000000.csv', E'Op,id,code,edge,wide\nU,1,1,1,1\n');
IMPORT FOREIGN SCHEMA a FROM SERVER made INTO hist;
SELECT "table", columns FROM regress.tables('hist');
SELECT * FROM regress.rows('SELECT * FROM hist.kinds');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA a LIMIT TO (kinds) FROM SERVER made INTO hist OPTIONS (infer 'text');
SELECT DISTINCT atttypid::regtype FROM pg_attribute WHERE attrelid = 'hist.kinds'::regclass AND attnum > 0;

-- ---------------------------------------------------------------- keys from the data
CALL regress.file('keys/by_delete/LOAD00000001.csv', E'1,a,7,\n2,b,,\n');
CALL regress.file('keys/by_delete/20240102-000000000.csv', E'U,1,c,7,20240101230000000000000000000000001\nD,2,,,20240101230000000000000000000000002\n');
-- whole rows are deleted: MySQL; and then the name does not tell without a header
CALL regress.file('keys/whole_rows/LOAD00000001.csv', E'1,a,7\n2,b,\n');
CALL regress.file('keys/whole_rows/20240102-000000000.csv', E'D,2,b,\n');
-- deletes that fill now these, now those
CALL regress.file('keys/unsteady/LOAD00000001.csv', E'1,a,7\n2,b,\n');
CALL regress.file('keys/unsteady/20240102-000000000.csv', E'D,1,,7\nD,2,,\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA keys FROM SERVER made INTO hist;
SELECT "table", columns FROM regress.tables('hist');
TABLE hist.by_delete;
CALL regress.file('named/boxes/LOAD00000001.csv', E'label,box_id\na,1\nb,2\n');
CALL regress.file('named/cities/LOAD00000001.csv', E'city_id,pop\n1,100\n2,100\n');
CALL regress.file('named/people/LOAD00000001.csv', E'People_ID,age\n1,50\n2,50\n');
CALL regress.file('named/again/LOAD00000001.csv', E'id,again_id,v\n1,1,9\n1,2,9\n');
CALL regress.file('named/none/LOAD00000001.csv', E'id,v\n1,9\n1,9\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA named FROM SERVER made INTO hist;
SELECT "table", columns FROM regress.tables('hist');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA named LIMIT TO (people) FROM SERVER made INTO hist OPTIONS (identifier_case 'lower');
SELECT "table", columns FROM regress.tables('hist');

-- ---------------------------------------------------------------- before images and sequences by header
CALL regress.file('image/item/LOAD00000001.csv', E'ts,id,name,BI_id,BI_name,AR_H_CHANGE_SEQ\n2024-01-01 00:00:00.000000,1,a,,,\n2024-01-01 00:00:00.000000,2,b,,,\n');
CALL regress.file('image/item/20240102-000100000.csv', E'Op,ts,id,name,BI_id,BI_name,AR_H_CHANGE_SEQ\nU,2024-01-02 00:00:00.000000,3,b,2,b,20240102000000000000000000000000001\n');
CALL regress.fresh();
CREATE SERVER stamped FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
IMPORT FOREIGN SCHEMA image FROM SERVER stamped INTO hist;
SELECT * FROM regress.tables('hist');
SELECT id, name FROM hist.item ORDER BY id;

-- ---------------------------------------------------------------- layouts
-- gzip, tabs, CR LF, unquoted, no operation
CALL regress.file('form/tabs/LOAD00000001.csv', E'1\ta,b\n2\tc\n');
CALL regress.file('form/tabs/20240102-000000000.csv', E'U\t1\ta,b,c\n');
CALL regress.file('form/lines/LOAD00000001.csv', E'1,a\r\n2,c\r\n');
CALL regress.file('form/unquoted/LOAD00000001.csv', E'1,5" pipe\n2,c\n');
CALL regress.file('form/inserts/LOAD00000001.csv', E'1,x\n2,y\n');
CALL regress.file('form/inserts/20240102-000000000.csv', E'3,z\n');
CALL regress.file('form/one/LOAD00000001.csv', E'a\nb\n');
CALL regress.file('form/one/20240102-000000000.csv', E'D,a\n');
CALL regress.file('form/changes_only/20240102-000000000.csv', E'I,1,x\nU,1,y\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA form FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
SELECT t, regress.rows('SELECT * FROM hist.' || t) FROM unnest('{lines,unquoted,inserts}'::text[]) t;
CALL regress.fresh();
IMPORT FOREIGN SCHEMA zip LIMIT TO (packed) FROM SERVER shop INTO hist;
ALTER SERVER shop OPTIONS (DROP csv_delimiter);
CALL regress.fresh();
IMPORT FOREIGN SCHEMA zip FROM SERVER shop INTO hist;
SELECT * FROM regress.tables('hist');
ALTER FOREIGN TABLE hist.packed ALTER COLUMN c1 OPTIONS (ADD key 'true');
SELECT count(*) FROM hist.packed;

-- ---------------------------------------------------------------- the operation, where it is not called Op
-- another name, or in words; the full load has it, or not
CALL regress.file('op/name/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CALL regress.file('op/name/20240102-000000000.csv', E'operation,id,v\nU,1,c\nD,2,b\n');
CALL regress.file('op/words/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CALL regress.file('op/words/20240102-000000000.csv', E'change_type,id,v\nupdate,1,c\nDelete,2,b\n');
CALL regress.file('op/in_load/LOAD00000001.csv', E'kind,id,v\nI,1,a\nI,2,b\n');
CALL regress.file('op/in_load/20240102-000000000.csv', E'kind,id,v\nU,1,c\nD,2,b\n');
CALL regress.file('op/before/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CALL regress.file('op/before/20240102-000000000.csv', E'oper,id,v\nB,1,a\nU,3,c\nD,2,b\n');
-- the name, in another place
CALL regress.file('op/place/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CALL regress.file('op/place/20240102-000000000.csv', E'id,v,Op\n1,c,U\n2,b,D\n');
-- none: nothing could be one, though some values could, or a column has the name
CALL regress.file('op/inserts/LOAD00000001.csv', E'id,grade,op\n1,A,x\n2,D,y\n');
CALL regress.file('op/inserts/20240102-000000000.csv', E'id,grade,op\n3,U,x\n4,C,y\n5,I,z\n');
-- it cannot be told: last, no full load, in all records of some days, no records at all
CALL regress.file('op/last/LOAD00000001.csv', E'id,v\n1,a\n');
CALL regress.file('op/last/20240102-000000000.csv', E'id,v,operation\n1,c,U\n');
CALL regress.file('op/no_load/20240102-000000000.csv', E'operation,id,v\nI,1,c\nU,1,d\n');
CALL regress.file('op/grades/LOAD00000001.csv', E'id,grade\n1,A\n2,D\n');
CALL regress.file('op/grades/20240102-000000000.csv', E'id,grade\n3,D\n4,I\n');
CALL regress.file('op/silent/LOAD00000001.csv', E'id,v\n1,a\n');
CALL regress.file('op/silent/20240102-000000000.csv', E'id,v\n');
CALL regress.file('op/some/LOAD00000001.csv', E'id,v\n1,a\n');
CALL regress.file('op/some/20240102-000000000.csv', E'Op,id,v\nU,1,c\n');
CALL regress.file('op/some/20240103-000000000.csv', E'id,v\n2,c\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA op FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
SELECT t, regress.rows(format('SELECT id, v FROM hist.%I', t)) FROM unnest('{name,words,in_load,before,place}'::text[]) t;
SELECT * FROM hist.inserts ORDER BY id;
-- the server decides
ALTER SERVER made OPTIONS (ADD op_column_name 'operation');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA op LIMIT TO (name, words, last, no_load) FROM SERVER made INTO hist;
SELECT "table", options FROM regress.tables('hist');
SELECT t, regress.rows(format('SELECT id, v FROM hist.%I', t)) FROM unnest('{name,words,last}'::text[]) t;
ALTER SERVER made OPTIONS (DROP op_column_name, ADD cdc_inserts_only 'true');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA op LIMIT TO (grades, silent, "some") FROM SERVER made INTO hist;
SELECT "table", options FROM regress.tables('hist');
SELECT * FROM hist.grades ORDER BY id;
ALTER SERVER made OPTIONS (DROP cdc_inserts_only);
-- without header: all records begin with one, none does, or some
CALL regress.file('op2/all/LOAD00000001.csv', E'1,a\n2,b\n');
CALL regress.file('op2/all/20240102-000000000.csv', E'U,1,c\n');
CALL regress.file('op2/none/LOAD00000001.csv', E'A,a\nI,b\n');
CALL regress.file('op2/none/20240102-000000000.csv', E'B,c\nC,d\n');
CALL regress.file('op2/mixed/LOAD00000001.csv', E'A,a\nI,b\n');
CALL regress.file('op2/mixed/20240102-000000000.csv', E'B,c\nD,d\n');
CALL regress.file('op2/header/LOAD00000001.csv', E'name\na\nb\n');
CALL regress.file('op2/header/20240102-000000000.csv', E'operation,name\nI,c\nD,a\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA op2 FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
-- the first field of a full load: a value or the operation, as its changes and its neighbours show
CALL regress.file('op3/changed/LOAD00000001.csv', E'I,Ann\n');
CALL regress.file('op3/changed/20240102-000000000.csv', E'U,I,Bob\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA op3 FROM SERVER made INTO hist;
ALTER SERVER made OPTIONS (ADD include_op_for_full_load 'false');
IMPORT FOREIGN SCHEMA op3 FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
ALTER SERVER made OPTIONS (DROP include_op_for_full_load);
CALL regress.file('op3/plain/LOAD00000001.csv', E'1,Ann\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA op3 FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
CALL regress.file('op4/changed/LOAD00000001.csv', E'I,Ann\n');
CALL regress.file('op4/changed/20240102-000000000.csv', E'U,I,Bob\n');
CALL regress.file('op4/sure/LOAD00000001.csv', E'I,1,Ann\n');
CALL regress.file('op4/sure/20240102-000000000.csv', E'U,1,Bob\n');
CALL regress.file('op4/alone/LOAD00000001.csv', E'I,1,Ann\nI,2,Bob\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA op4 FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');

-- ---------------------------------------------------------------- commit times
-- all tables with changes have them alike: even one whose times run back, or are late; and one without changes yet
CALL regress.file('time/one/LOAD00000001.csv', E'id,v\n1,a\n');
CALL regress.file('time/one/20240102-000100000.csv', E'Op,cts,id,v\nU,2024-01-02 00:00:00.000000,1,b\n');
CALL regress.file('time/back/LOAD00000001.csv', E'cts,id,v\n2024-01-01 00:00:00.000000,1,a\n2024-01-01 00:00:00.000000,2,a\n');
CALL regress.file('time/back/20240102-000100000.csv', E'Op,cts,id,v\nU,2024-01-02 00:00:30.000000,1,b\nU,2024-01-02 00:00:10.000000,2,b\n');
CALL regress.file('time/old/LOAD00000001.csv', E'cts,id,v\n2024-01-01 00:00:00.000000,1,a\n');
CALL regress.file('time/old/20240109-000100000.csv', E'Op,cts,id,v\nU,2024-01-02 00:00:20.000000,1,b\n');
CALL regress.file('time/unchanged/LOAD00000001.csv', E'cts,id,v\n2024-01-01 00:00:00.000000,1,a\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA time FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
SET cdc_fdw.asof = '2024-01-02 00:00:15';
SELECT t, regress.rows(format('SELECT * FROM hist.%I', t)) FROM unnest('{one,back,old,unchanged}'::text[]) t;
RESET cdc_fdw.asof;
-- one that comes later without changes nothing of those that are there; nor does what they are told to be
CALL regress.file('time/plain/20240104-000100000.csv', E'Op,id,v\nI,1,b\n');
SELECT * FROM cdc_fdw_sync('made', 'time', 'hist');
SELECT "table", options FROM regress.tables('hist', 'plain');
CALL regress.shell(format('rm -r "%s/time/plain"', current_setting('regress.folder')));
CALL regress.file('time7/one/LOAD00000001.csv', E'1,a\n');
CALL regress.file('time7/one/20240102-000100000.csv', E'U,2024-01-02 00:00:00.000000,1,b\n');
CALL regress.file('time7/two/LOAD00000001.csv', E'1,a\n');
CALL regress.file('time7/two/20240102-000100000.csv', E'U,2024-01-02 00:00:00.000000,1,b\n');
CREATE SCHEMA hist7;
SELECT * FROM cdc_fdw_sync('made', 'time7', 'hist7');
CALL regress.file('time7/three/20240104-000100000.csv', E'I,1,b\n');
CALL regress.file('time7/two/20240105-000100000.csv', E'U,2024-01-05 00:00:00.000000,1,b,c\n');
SELECT * FROM cdc_fdw_sync('made', 'time7', 'hist7');
SELECT * FROM cdc_fdw_sync('made', 'time7', 'hist7');
SELECT * FROM regress.tables('hist7');
DROP SCHEMA hist7 CASCADE;
-- left out of an import they show nothing
CALL regress.fresh();
IMPORT FOREIGN SCHEMA time LIMIT TO (back, old) FROM SERVER made INTO hist;
SELECT "table", options FROM regress.tables('hist');
-- another name, another place, none, one table alone, no changes yet: a column
CALL regress.file('time2/one/20240102-000100000.csv', E'Op,cts,id,v\nI,2024-01-02 00:00:00.000000,1,b\n');
CALL regress.file('time2/two/20240102-000100000.csv', E'Op,cts,id,v\nI,2024-01-02 00:00:00.000000,1,b\n');
CALL regress.file('time2/three/20240102-000100000.csv', E'Op,made_at,id,v\nI,2024-01-02 00:00:00.000000,1,b\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA time2 FROM SERVER made INTO hist;
SELECT "table", options FROM regress.tables('hist');
CALL regress.file('time2/three/20240102-000100000.csv', E'Op,id,cts,v\nI,1,2024-01-02 00:00:00.000000,b\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA time2 FROM SERVER made INTO hist;
SELECT "table", columns, options FROM regress.tables('hist');
CALL regress.file('time2/three/20240102-000100000.csv', E'Op,cts,id,v\nI,2024-01-02 00:00:00.000000,1,b\nI,,2,b\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA time2 FROM SERVER made INTO hist;
SELECT "table", options FROM regress.tables('hist');
CALL regress.file('time3/alone/LOAD00000001.csv', E'at,id,v\n2024-01-01 00:00:00,1,a\n');
CALL regress.file('time3/alone/20240102-000100000.csv', E'Op,at,id,v\nU,2024-01-02 00:00:00,1,b\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA time3 FROM SERVER made INTO hist;
SELECT "table", columns, options FROM regress.tables('hist');
SELECT * FROM hist.alone WHERE id = 1;
CALL regress.file('time4/one/LOAD00000001.csv', E'2024-01-01 00:00:00.000000,1,a\n');
CALL regress.file('time4/two/LOAD00000001.csv', E'2024-01-01 00:00:00.000000,1,a\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA time4 FROM SERVER made INTO hist;
SELECT "table", columns, options FROM regress.tables('hist');
-- without header: by the place; a full load from before the setting, one that may be from before, and a column of the source's own
CALL regress.file('time5/one/LOAD00000001.csv', E'1,a\n');
CALL regress.file('time5/one/20240102-000100000.csv', E'U,2024-01-02 00:00:00.000000,1,b\n');
CALL regress.file('time5/read/LOAD00000001.csv', E'2024-01-01 00:00:00,2023-01-01 00:00:00,1\n');
CALL regress.file('time5/read/20240102-000100000.csv', E'U,2024-01-02 00:00:00.000000,2023-02-01 00:00:00,1\n');
CALL regress.file('time5/wide/LOAD00000001.csv', E'2024-01-01 00:00:00,1,a\n');
CALL regress.file('time5/wide/20240102-000100000.csv', E'U,2024-01-02 00:00:00.000000,1,a,new\n');
CALL regress.file('time5/doubt/LOAD00000001.csv', E'2023-01-01 00:00:00,1\n');
CALL regress.file('time5/doubt/20240102-000100000.csv', E'U,2024-01-02 00:00:00.000000,2023-02-01 00:00:00,1\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA time5 FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
-- the server says that there are some: a table without is left out; or none
CALL regress.file('time6/with/20240102-000100000.csv', E'Op,ts,id,v\nI,2024-01-02 00:00:00.000000,1,b\n');
CALL regress.file('time6/without/20240102-000100000.csv', E'Op,id,v\nI,1,b\n');
CALL regress.file('time6/other/20240102-000100000.csv', E'Op,cts,id,v\nI,2024-01-02 00:00:00.000000,1,b\n');
CALL regress.file('time6/unnamed/20240102-000100000.csv', E'I,1,b\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA time6 FROM SERVER stamped INTO hist;
SELECT * FROM regress.tables('hist');
ALTER SERVER stamped OPTIONS (SET timestamp_column_name '');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA time FROM SERVER stamped INTO hist;
SELECT "table", columns, options FROM regress.tables('hist');
ALTER SERVER stamped OPTIONS (SET timestamp_column_name 'ts');

-- ---------------------------------------------------------------- a first record that looks like a header
-- texts before numbers, where other tables show that there are none, or nothing does
CALL regress.file('first/config/LOAD00000001.csv', E'theme,dark\nsize,100\nlimit,20\n');
CALL regress.file('first/changed/LOAD00000001.csv', E'theme,dark\nsize,100\nlimit,20\n');
CALL regress.file('first/changed/20240102-000000000.csv', E'U,size,200\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA first FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
CALL regress.file('first/item/LOAD00000001.csv', E'1,Ann\n2,Bob\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA first FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
ALTER SERVER made OPTIONS (ADD add_column_name 'false');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA first FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
SELECT * FROM hist.config;
ALTER SERVER made OPTIONS (SET add_column_name 'true');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA first FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
ALTER SERVER made OPTIONS (DROP add_column_name);
-- what is declared is read as its options say
ALTER FOREIGN TABLE hist.config OPTIONS (ADD add_column_name 'true');
SELECT table_name, status FROM cdc_fdw_sync('made', 'first', 'hist');
CALL regress.file('first/item/LOAD00000001.csv', E'id,name\n1,Ann\n2,Bob\n');
CALL regress.file('first/item/20240102-000000000.csv', E'Op,id,name\nU,1,Anna\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA first FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');

-- ---------------------------------------------------------------- line ends and delimiters that differ
-- with a header each file has its own; without they must agree; one file in two ways
CALL regress.file('ends/each/LOAD00000001.csv', E'id,v\r\n1,a\r\n2,b\r\n');
CALL regress.file('ends/each/20240102-000000000.csv', E'Op,id,v\nU,1,c\n');
CALL regress.file('ends/each/20240103-000000000.csv', E'Op,id,v\r\nD,2,\r\n');
CALL regress.file('ends/all/LOAD00000001.csv', E'id,v\r\n1,a\r\n2,b\r\n');
CALL regress.file('ends/all/20240102-000000000.csv', E'Op,id,v\r\nU,1,c\r\n');
CALL regress.file('ends/bare/LOAD00000001.csv', E'1,a\r\n2,b\r\n');
CALL regress.file('ends/bare/20240102-000000000.csv', E'U,1,c\n');
CALL regress.file('ends/half/LOAD00000001.csv', E'id,v\r\n1,a\n2,b\r\n');
CALL regress.file('ends/half/20240102-000000000.csv', E'Op,id,v\nU,1,c\n');
CALL regress.file('ends/value/LOAD00000001.csv', E'id,v\n1,a\r\n2,b\r\n');
CALL regress.file('ends/value/20240102-000000000.csv', E'Op,id,v\nU,1,c\n');
CALL regress.file('ends/some/LOAD00000001.csv', E'1,a\r\n2,b\n');
CALL regress.file('ends/some/20240102-000000000.csv', E'U,1,c\n');
-- a byte order mark in any file, UTF-16 with one and without, other bytes
CALL regress.file('ends/marks/LOAD00000001.csv', E'\ufeffid,v\n1,a\n2,b\n');
CALL regress.file('ends/marks/20240102-000000000.csv', E'Op,id,v\nU,1,c\n');
CALL regress.file('ends/marks/20240103-000000000.csv', E'\ufeffOp,id,v\r\nD,2,\r\n');
CALL regress.file('ends/wide/LOAD00000001.csv', E'id,v\n1,a\n');
CALL regress.file('ends/wide/20240102-000000000.csv', '\xfffe4f0070002c0069006400'::bytea);
CALL regress.file('ends/wider/LOAD00000001.csv', '\x690064002c0076000a0031002c0061000a00'::bytea);
-- the header in some files only
CALL regress.file('ends/headless/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CALL regress.file('ends/headless/20240102-000000000.csv', E'U,1,c\n');
CALL regress.file('ends/headed/LOAD00000001.csv', E'1,a\n2,b\n');
CALL regress.file('ends/headed/20240102-000000000.csv', E'Op,id,v\nU,1,c\n');
CALL regress.file('ends/late/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CALL regress.file('ends/late/20240102-000000000.csv', E'Op,id,v\nU,1,c\n');
CALL regress.file('ends/late/20240103-000000000.csv', E'U,1,d\n');
-- names that differ in blanks
CALL regress.file('ends/blanks/LOAD00000001.csv', E'id, v\n1, a\n');
CALL regress.file('ends/blanks/20240102-000000000.csv', E'Op, id, v\nU, 1, c\n');
CALL regress.file('ends/blank/LOAD00000001.csv', E'id, v \n1,a\n');
CALL regress.file('ends/blank/20240102-000000000.csv', E'Op,id, v \nU,1,c\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA ends FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
SELECT t, regress.rows(format('SELECT * FROM hist.%I', t)) FROM unnest('{all,each,marks,blank}'::text[]) t;
ALTER SERVER made OPTIONS (ADD csv_row_delimiter '\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA ends LIMIT TO (bare, value) FROM SERVER made INTO hist;
SELECT t, regress.rows(format('SELECT * FROM hist.%I', t)) FROM unnest('{value}'::text[]) t;
ALTER SERVER made OPTIONS (SET csv_row_delimiter 'by_file');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA ends LIMIT TO (bare, "all", value) FROM SERVER made INTO hist;
SELECT "table", options FROM regress.tables('hist');
ALTER FOREIGN TABLE hist.bare ALTER COLUMN c1 OPTIONS (ADD key 'true');
SELECT t, regress.rows(format('SELECT * FROM hist.%I', t)) FROM unnest('{bare,all}'::text[]) t;
ALTER SERVER made OPTIONS (DROP csv_row_delimiter);
-- rows that end in something else; where a newline would do as well, or no delimiter is known; a last line without its end
CALL regress.file('rows/bar/LOAD00000001.csv', E'1~a~5|2~b~6|');
CALL regress.file('rows/bar/20240102-000000000.csv', E'U~1~c\nd~7|');
CALL regress.file('rows/control/LOAD00000001.csv', E'1\x01a\x022\x01b\x02');
CALL regress.file('rows/control/20240102-000000000.csv', E'U\x011\x01c\x02');
CALL regress.file('rows/cr/LOAD00000001.csv', E'1,a\r2,b\r');
CALL regress.file('rows/cr/20240102-000000000.csv', E'U,1,c\r');
CALL regress.file('rows/both/LOAD00000001.csv', E'1~a~5|2~b~6|');
CALL regress.file('rows/one/LOAD00000001.csv', E'1~a|');
CALL regress.file('rows/unknown/LOAD00000001.csv', E'1^a|2^b|');
CALL regress.file('rows/colons/LOAD00000001.csv', E'1:a\n2:b\n');
CALL regress.file('rows/colons/20240102-000000000.csv', E'U:1:c\n');
CALL regress.file('rows/unended/LOAD00000001.csv', E'1,a\n2,b|');
CALL regress.file('rows/unended/20240102-000000000.csv', E'U,1,c\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA rows FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
SELECT format('ALTER FOREIGN TABLE hist.%I ALTER COLUMN c1 OPTIONS (ADD key ''true'')', t) FROM unnest('{bar,both,control,cr,unended}'::text[]) t \gexec
SELECT t, regress.rows(format('SELECT * FROM hist.%I', t)) FROM unnest('{bar,both,control,cr,unended}'::text[]) t;

-- date folders of every kind
SELECT format('CALL regress.file(%L, E''1,a\n''); CALL regress.file(%L, E''U,1,b\n''); CALL regress.file(%L, E''U,1,c\nD,1,\n'')',
  format('dates/%s/LOAD00000001.csv', t), format('dates/%s/%s/20240131-235900000.csv', t, to_char('2024-02-01'::date, f)), format('dates/%s/%s/20240212-110000000.csv', t, to_char('2024-02-12 11:00'::timestamp, f)))
FROM (VALUES ('slash', 'YYYY/MM/DD'), ('hour', 'YYYY/MM/DD/HH24'), ('month', 'YYYY/MM'), ('dash', 'YYYY-MM-DD'), ('none', 'YYYYMMDD'), ('underscore', 'MM_YYYY_DD'), ('backward', 'DD/MM/YYYY'), ('month_none', 'YYYYMM')) v (t, f) \gexec
CALL regress.fresh();
IMPORT FOREIGN SCHEMA dates FROM SERVER made INTO hist;
SELECT "table", options FROM regress.tables('hist');
SELECT count(*) FROM hist.slash, hist.hour, hist.month, hist.dash, hist."none", hist.underscore, hist.backward, hist.month_none;
-- partitions
CALL regress.file('parts/by_name/LOAD00000001.csv', E'1,a\n');
CALL regress.file('parts/by_name/north/LOAD00000001.csv', E'2,b\n');
CALL regress.file('parts/by_name/20240102-000000000.csv', E'I,3,c\nD,1,\n');
CALL regress.file('parts/by_digit/2023/LOAD00000001.csv', E'1,a\n');
CALL regress.file('parts/by_digit/2024/LOAD00000001.csv', E'2,b\n');
CALL regress.file('parts/by_digit/20240102-000000000.csv', E'I,3,c\nD,1,\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA parts FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
SELECT count(*) FROM hist.by_name;
SELECT count(*) FROM hist.by_digit;
-- transaction files that nobody announced, and a table that is only in them
CALL regress.file('txn/shop/item/LOAD00000001.csv', E'2024-01-01 00:00:00,1,a\n2024-01-01 00:00:00,2,b\n');
CALL regress.file('txn/cdc/CDC_TXN-20240102000000000.csv', E'U,item,shop,2024-01-02 00:00:00,1,c\nI,late,shop,2024-01-02 00:00:00,7,8,9\nI,item,other,2024-01-02 00:00:00,1,c,5\n');
CALL regress.file('txn/cdc/CDC_TXN-20240103000000000.csv', E'D,item,shop,2024-01-03 00:00:00,2,\n');
SELECT :'made' || '/txn' AS txn \gset
CREATE SERVER txn FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'txn');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA shop FROM SERVER txn INTO hist;
SELECT * FROM regress.tables('hist');
TABLE hist.item;
TABLE hist.late;
ALTER SERVER txn OPTIONS (preserve_transactions 'true', cdc_path 'cdc');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA shop FROM SERVER txn INTO hist;
SELECT "table", options FROM regress.tables('hist');
-- tables right under the url
CALL regress.file('flat/users/LOAD00000001.csv', E'0,Ann\n1,Bob\n');
SELECT :'made' || '/flat' AS flat \gset
CREATE SERVER flat FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'flat', base_time '2024-01-01');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA "/" FROM SERVER flat INTO hist;
SELECT * FROM regress.tables('hist');
TABLE hist.users;

-- ---------------------------------------------------------------- what cannot be imported
CALL regress.file('bad/Item/LOAD00000001.csv', E'1,a\n');
CALL regress.file('bad/item/LOAD00000001.csv', E'1,a\n');
CALL regress.file('bad/select/LOAD00000001.csv', E'from,"to, or so","a ""b""",xmin,ctid_\n1,2,3,4,5\n');
CALL regress.file('bad/' || repeat('x', 64) || '/LOAD00000001.csv', E'1,a\n');
CALL regress.file('bad/empty/LOAD00000001.csv', '');
CALL regress.file('bad/empty/20240102-000000000.csv', '');
CALL regress.file('bad/delimiters/LOAD00000001.csv', E'1,a\n2,b\n');
CALL regress.file('bad/delimiters/20240102-000000000.csv', E'U;1;a\n');
CALL regress.file('bad/ragged/LOAD00000001.csv', E'1,a\n2,b,c\n');
CALL regress.file('bad/parquet/LOAD00000001.parquet', 'PAR1');
CALL regress.file('bad/quotes/LOAD00000001.csv', E'1,"a" b\n2,"c\n');
CALL regress.file('bad/broken/LOAD00000001.csv.gz', '\x1f8b080000000000000300ff'::bytea);
CALL regress.file('bad/no_log/readme.txt', E'nothing\n');
CALL regress.file('bad/qlik/LOAD001.csv', E'1,a\n');
CALL regress.file('bad/qlik__ct/20240102-000000000.csv', E'I,1,a\n');
CALL regress.file('bad/headers/LOAD00000001.csv', E'' || repeat('long', 20) || ',' || repeat('long', 20) || E'er,\u00e4\n1,2,3\n');
CALL regress.file('bad/unnamed/LOAD00000001.csv', E'id,name\n1,x\n');
CALL regress.file('bad/unnamed/20240102-000000000.csv', E'Op,id,\nI,1,x\n');
CALL regress.fresh();
CREATE SERVER headed FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', base_time '2024-01-01', add_column_name 'true');
IMPORT FOREIGN SCHEMA bad FROM SERVER headed INTO hist OPTIONS (identifier_case 'lower');
SELECT * FROM regress.tables('hist');
TABLE hist."select";
CALL regress.fresh();
IMPORT FOREIGN SCHEMA bad FROM SERVER made INTO hist OPTIONS (on_untyped 'error'); -- ERROR
SELECT "table" FROM regress.tables('hist');

-- ---------------------------------------------------------------- types from a schema
CALL regress.file('src/item/LOAD00000001.csv', E'1,007,9.50,true\n2,008,10.00,false\n');
CALL regress.file('src/item/20240102-000000000.csv', E'U,2,009,10.25,true,20240101230000000000000000000000001\nD,1,,,,20240101230000000000000000000000002\n');
CREATE SCHEMA local;
CREATE DOMAIN local.money_amount AS numeric(8,2) CHECK (value >= 0);
CREATE TABLE local.item (gone int, id bigint PRIMARY KEY, code varchar(5) COLLATE "C" NOT NULL, price local.money_amount, ok boolean);
ALTER TABLE local.item DROP COLUMN gone;
CALL regress.fresh();
IMPORT FOREIGN SCHEMA src FROM SERVER made INTO hist OPTIONS (types_from 'local');
SELECT * FROM regress.tables('hist');
SELECT collation_name FROM information_schema.columns WHERE table_schema = 'hist' AND collation_name IS NOT NULL;
SELECT * FROM regress.rows('TABLE hist.item');
-- fewer columns than the files: the others are inferred; other order and more: left out
ALTER TABLE local.item DROP COLUMN ok;
CALL regress.fresh();
IMPORT FOREIGN SCHEMA src FROM SERVER made INTO hist OPTIONS (types_from 'local');
SELECT columns FROM regress.tables('hist');
DROP TABLE local.item;
CREATE TABLE local.item (id bigint PRIMARY KEY, code varchar(2), ok boolean, price numeric);
IMPORT FOREIGN SCHEMA src FROM SERVER made INTO hist OPTIONS (types_from 'local');
DROP TABLE local.item;
CREATE TABLE local.item (id bigint, code text, price numeric, ok boolean, a int, b int);
IMPORT FOREIGN SCHEMA src FROM SERVER made INTO hist OPTIONS (types_from 'local');
-- by name where there is a header; a foreign table as model
DROP TABLE local.item;
CREATE FOREIGN TABLE local.item (price int, "ID" bigint OPTIONS (column_name 'id', key 'true'), nowhere text, at timestamptz OPTIONS (role 'asof')) SERVER shop OPTIONS (schema_name 'shop');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA shop LIMIT TO (item) FROM SERVER shop INTO hist OPTIONS (types_from 'local');
SELECT columns FROM regress.tables('hist');
SELECT * FROM regress.rows('TABLE hist.item');
DROP FOREIGN TABLE local.item;
CREATE TABLE local.item (nothing int, alike int);
IMPORT FOREIGN SCHEMA shop LIMIT TO (item) FROM SERVER shop INTO hist OPTIONS (types_from 'local');
-- where all files are empty the schema alone tells
CREATE TABLE local.empty (id int PRIMARY KEY, name text);
CALL regress.fresh();
IMPORT FOREIGN SCHEMA bad LIMIT TO (empty) FROM SERVER made INTO hist OPTIONS (types_from 'local');
SELECT * FROM regress.tables('hist');
SELECT count(*) FROM hist.empty;
-- a key of a type that has no canonical form is text
DROP TABLE local.item;
CREATE TABLE local.item (id interval PRIMARY KEY, code text, price numeric, ok boolean);
CALL regress.fresh();
IMPORT FOREIGN SCHEMA src FROM SERVER made INTO hist OPTIONS (types_from 'local');
SELECT columns FROM regress.tables('hist');
SELECT count(*) FROM hist.item;

-- ---------------------------------------------------------------- types from documents
\set glue '{"TableList": [{"Name": "other"}, {"Name": "item", "StorageDescriptor": {"Location": "s3://bucket/x/src/item/", "Columns": [{"Name": "op", "Type": "string"}, {"Name": "nr", "Type": "bigint"}, {"Name": "code", "Type": "varchar(4)"}, {"Name": "price", "Type": "decimal(10,2)"}, {"Name": "ok", "Type": "boolean"}, {"Name": "seq", "Type": "string"}]}}]}'
CALL regress.fresh();
IMPORT FOREIGN SCHEMA src FROM SERVER made INTO hist OPTIONS (types_from :'glue');
SELECT * FROM regress.tables('hist');
SELECT * FROM regress.rows('TABLE hist.item');
\set dms '{"TableCount": "1", "Tables": [{"TableName": "item", "TablePath": "src/item/", "TableOwner": "src", "TableColumns": [{"ColumnName": "Id", "ColumnType": "INT8", "ColumnNullable": "false", "ColumnIsPk": "true"}, {"ColumnName": "Code", "ColumnType": "STRING", "ColumnLength": "20"}, {"ColumnName": "Price", "ColumnType": "NUMERIC", "ColumnPrecision": "10", "ColumnScale": "2"}, {"ColumnName": "Ok", "ColumnType": "BOOLEAN"}], "TableColumnsTotal": "4"}]}'
CALL regress.fresh();
CALL regress.file('meta/tables.json', :'dms');
IMPORT FOREIGN SCHEMA src FROM SERVER made INTO hist OPTIONS (types_from 'meta/tables.json', identifier_case 'lower');
SELECT columns FROM regress.tables('hist');
-- the task's rules say what they added
CALL regress.file('ruled/goods/LOAD00000001.csv', E'1,007,,\n2,008,,\n');
CALL regress.file('ruled/goods/20240102-000000000.csv', E'U,3,009,2,20240101230000000000000000000000001\n');
DROP TABLE local.item;
CREATE TABLE local.item (id int PRIMARY KEY, secret text, code text);
\set rules '{"rules": [{"rule-type": "selection", "rule-action": "include", "object-locator": {"schema-name": "%", "table-name": "%"}}, {"rule-type": "transformation", "rule-action": "rename", "rule-target": "table", "object-locator": {"schema-name": "src", "table-name": "item"}, "value": "goods"}, {"rule-type": "transformation", "rule-action": "rename", "rule-target": "schema", "object-locator": {"schema-name": "src"}, "value": "ruled"}, {"rule-type": "transformation", "rule-action": "remove-column", "rule-target": "column", "object-locator": {"schema-name": "src", "table-name": "item", "column-name": "sec%"}}, {"rule-type": "transformation", "rule-action": "add-column", "rule-target": "column", "object-locator": {"schema-name": "%", "table-name": "%"}, "value": "seq", "expression": "$AR_H_CHANGE_SEQ", "data-type": {"type": "string", "length": 50}}, {"rule-type": "transformation", "rule-action": "add-before-image-columns", "rule-target": "column", "object-locator": {"schema-name": "src", "table-name": "%"}, "before-image-def": {"column-prefix": "old_", "column-suffix": "", "column-filter": "pk-only"}}]}'
CALL regress.fresh();
SELECT format('["local", %s]', :'rules') AS both \gset
IMPORT FOREIGN SCHEMA ruled FROM SERVER made INTO hist OPTIONS (types_from :'both');
SELECT * FROM regress.tables('hist');
SELECT * FROM regress.rows('TABLE hist.goods');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA ruled FROM SERVER made INTO hist OPTIONS (types_from :'rules');
SELECT columns FROM regress.tables('hist');
-- and what they did to names and types, with and without headers
CREATE SCHEMA known;
CREATE TABLE known.item (id int PRIMARY KEY, "Val" int, secret text);
CREATE FUNCTION regress.rule(action text, "column" text, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object('rule-type', 'transformation', 'rule-target', 'column', 'rule-action', action,
    'object-locator', jsonb_build_object('schema-name', '%', 'table-name', '%', 'column-name', "column")) || more;
$$;
CREATE FUNCTION regress.ruled(load text, VARIADIC rules jsonb[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.fresh();
  CALL regress.file('ruled2/item/LOAD00000001.csv', load);
  EXECUTE format('IMPORT FOREIGN SCHEMA ruled2 FROM SERVER made INTO hist OPTIONS (types_from %L)',
    jsonb_build_array('known', jsonb_build_object('rules', to_jsonb(rules))));
  RETURN (SELECT string_agg(format('%I %s %s', attname, format_type(atttypid, atttypmod), attfdwoptions), ', ' ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = to_regclass('hist.item') AND attnum > 0);
END $$;
SELECT regress.ruled(E'p_id,p_Val,p_secret\n1,5,x\n', regress.rule('add-prefix', '%', '{"value": "p_"}'));
SELECT regress.rows('TABLE hist.item');
SELECT regress.ruled(E'id,val_v2,secret\n1,5,x\n', regress.rule('convert-lowercase', '%'), regress.rule('add-suffix', 'V%', '{"value": "_v2"}'));
SELECT regress.ruled(E'id,lav,ret\n1,5,x\n', regress.rule('replace-prefix', 'V%', '{"value": "la", "old-value": "Va"}'), regress.rule('replace-suffix', 'V%', '{"value": "v", "old-value": "l"}'), regress.rule('remove-prefix', '%', '{"value": "sec"}'));
SELECT regress.ruled(E'id,V,SECRET\n1,5,x\n', regress.rule('remove-suffix', '%', '{"value": "al"}'), regress.rule('convert-uppercase', 'secret'));
SELECT regress.ruled(E'1,5\n2,6\n', regress.rule('include-column', 'id'), regress.rule('include-column', 'Va%'));
SELECT regress.rows('TABLE hist.item');
SELECT regress.ruled(E'1,five,x\n2,six,y\n', regress.rule('change-data-type', 'Val', '{"data-type": {"type": "string", "length": 20}}'));
SELECT regress.rows('TABLE hist.item');
SELECT regress.ruled(E'1,5.25,x\n', regress.rule('change-data-type', 'Val', '{"data-type": {"type": "numeric", "precision": 8, "scale": 2}}'));
SELECT regress.ruled(E'1,a,b\n', regress.rule('change-data-type', '%', '{"object-locator": {"schema-name": "%", "table-name": "%", "column-name": "%", "data-type": "int4"}, "data-type": {"type": "string"}}'));
-- many wildcards take no longer than one, and a name has an end
ALTER TABLE known.item ADD aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa int;
SELECT regress.ruled(E'1,5,x,2\n', regress.rule('include-column', repeat('%a', 25) || '%b'), regress.rule('include-column', repeat('%a', 25) || '%'), regress.rule('include-column', repeat('%', 1000000) || 'd'));
\set VERBOSITY terse
SELECT regress.ruled(E'1,5,x,2\n', regress.rule('add-prefix', '%d', jsonb_build_object('value', repeat('x', 2000))), regress.rule('add-suffix', '%d', jsonb_build_object('value', repeat('x', 2000))));
\set VERBOSITY default
-- documents are 32 MB at most, all together
CALL regress.file('documents/one.json', '{"TableList": []' || repeat(' ', 20000000) || '}');
SELECT regress.outcome($$IMPORT FOREIGN SCHEMA ruled2 FROM SERVER made INTO hist OPTIONS (types_from '["documents/one.json", "documents/one.json"]')$$);
CALL regress.shell(format('rm -r %s/documents', current_setting('regress.folder')));
-- of a foreign table of this wrapper names and types are the files' already
DROP TABLE known.item;
CREATE FOREIGN TABLE known.item (id int OPTIONS (key 'true', column_name 'p_id'), "Val" text OPTIONS (column_name 'p_Val')) SERVER made OPTIONS (schema_name 'ruled2', add_column_name 'true');
SELECT regress.ruled(E'p_id,p_Val,p_secret\n1,5,x\n', regress.rule('add-prefix', '%', '{"value": "p_"}'), regress.rule('include-column', 'p_%'), regress.rule('change-data-type', 'Val', '{"data-type": {"type": "int4"}}'));
DROP SCHEMA known CASCADE;
CALL regress.shell(format('rm -r %s/ruled2', current_setting('regress.folder')));
-- what Qlik Replicate writes beside the full load
CALL regress.file('dfm/emp/LOAD001.csv', E'1,Ann\n2,Bob\n');
CALL regress.file('dfm/emp/LOAD001.dfm', '{"dfmVersion": "1.1", "dataInfo": {"sourceSchema": "dfm", "sourceTable": "emp", "columns": [{"ordinal": 1, "name": "ID", "type": "NUMERIC", "length": 0, "precision": 38, "scale": 0, "primaryKeyPos": 1}, {"ordinal": 2, "name": "NAME", "type": "WSTRING", "length": 20, "precision": 0, "scale": 0, "primaryKeyPos": 0}]}}');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA dfm FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
SELECT * FROM regress.rows('TABLE hist.emp');

-- and its changes, in a folder of their own, with the row before an update in a record of its own
CALL regress.file('ct/emp/LOAD001.csv', E'ID,NAME\n1,Ann\n2,Bob\n3,Cy\n');
CALL regress.file('ct/emp__ct/20240102-000100000.csv', E'header__change_seq,header__change_oper,header__change_mask,header__timestamp,ID,NAME\n20240102000000000000000000000000001,B,,2024-01-02 00:00:00.000,2,Bob\n20240102000000000000000000000000002,U,02,2024-01-02 00:00:00.000,2,Bea\n20240102000000000000000000000000003,D,,2024-01-02 00:00:10.000,3,Cy\n');
CALL regress.file('ct/emp__ct/20240103-000100000.csv', E'header__change_seq,header__change_oper,header__change_mask,header__timestamp,ID,NAME\n20240103000000000000000000000000001,I,,2024-01-03 00:00:00.000,4,Dan\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA ct FROM SERVER made INTO hist OPTIONS (identifier_case 'lower', asof_column 'at');
SELECT * FROM regress.tables('hist');
SELECT id, name FROM hist.emp ORDER BY id;
SELECT id, name FROM hist.emp WHERE at = '2024-01-02 00:00:05' ORDER BY id;
SELECT key, kind, reason FROM cdc_fdw_objects('hist.emp'::regclass);
CALL regress.fresh();
IMPORT FOREIGN SCHEMA ct LIMIT TO (emp) FROM SERVER made INTO hist;
SELECT "table" FROM regress.tables('hist');
ALTER FOREIGN TABLE hist.emp OPTIONS (ADD partition_folders 'true');
SELECT id, name FROM (SELECT "ID" AS id, "NAME" AS name FROM hist.emp) e ORDER BY id;
-- the full load in a folder named after its time, changes in partitions, with words for operations
CALL regress.file('snap/emp/snapshot=20240101T000000Z/LOAD00000001.csv', E'ID,NAME\n1,Ann\n2,Bob\n3,Cy\n');
CALL regress.file('snap/emp__ct/20240102T000000_20240102T010000/20240102-000100000.csv', E'header__change_seq,header__change_oper,header__timestamp,ID,NAME\n1,BEFOREIMAGE,2024-01-02 00:00:00.000,2,Bob\n1,UPDATE,2024-01-02 00:00:00.000,7,Bob\n2,DELETE,2024-01-02 00:00:10.000,3,Cy\n');
CALL regress.file('snap/emp__ct/20240102T010000_20240102T020000/20240102-010100000.csv', E'header__change_seq,header__change_oper,header__timestamp,ID,NAME\n3,insert,2024-01-02 01:00:00.000,8,Eve\n4,b,2024-01-02 01:00:30.000,1,Ann\n4,u,2024-01-02 01:00:30.000,1,Anna\n');
CALL regress.file('snap/job/LOAD00000001.csv', E'ID,NAME\n1,Ann\n2,Bob\n');
CALL regress.file('snap/job__ct/timestamp/20240102-000100000.csv', E'header__change_seq,header__change_oper,header__timestamp,ID,NAME\n1,D,2024-01-02 00:00:00.000,2,\n');
CALL regress.file('snap/both/snapshot=20240101T000000Z/LOAD00000001.csv', E'ID,NAME\n1,Ann\n');
CALL regress.file('snap/both/snapshot=20240201T000000Z/LOAD00000001.csv', E'ID,NAME\n1,Bob\n');
CALL regress.file('snap/beside/snapshot=20240101T000000Z/LOAD00000001.csv', E'ID,NAME\n1,Ann\n');
CALL regress.file('snap/beside/LOAD00000001.csv', E'ID,NAME\n1,Bob\n');
CALL regress.file('snap/moved/LOAD00000001.csv', E'ID,NAME\n1,Ann\n2,Bob\n');
CALL regress.file('snap/moved__ct/20240102-000100000.csv', E'header__change_seq,header__change_oper,header__timestamp,ID,NAME\n1,B,2024-01-02 00:00:00.000,1,Ann\n1,U,2024-01-02 00:00:00.000,9,Ann\n');
CALL regress.file('snap/gone/LOAD00000001.csv', E'ID,NAME\n1,Ann\n');
CALL regress.file('snap/gone__ct/20240102-000100000.csv', E'header__change_seq,header__change_oper,header__timestamp,ID,NAME\n1,TRUNCATE,2024-01-02 00:00:00.000,,\n2,I,2024-01-02 00:00:05.000,5,Eve\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA snap FROM SERVER made INTO hist;
SELECT * FROM regress.tables('hist');
SELECT "ID", "NAME" FROM hist.emp ORDER BY 1;
SET cdc_fdw.asof = '2024-01-02 00:00:05';
SELECT "ID", "NAME" FROM hist.emp ORDER BY 1;
RESET cdc_fdw.asof;
SELECT key, kind, reason FROM cdc_fdw_objects('hist.emp'::regclass);
SELECT "ID", "NAME" FROM hist.job ORDER BY 1;
SELECT "ID", "NAME" FROM hist.moved ORDER BY 1;
SELECT table_name, status, detail FROM cdc_fdw_sync('made', 'snap', 'hist');
-- a TRUNCATE, and the way on: without the full load from before it
SELECT regress.outcome('SELECT * FROM hist.gone');
CALL regress.shell(format('mv "%1$s/snap/gone/LOAD00000001.csv" "%1$s/gone.csv"', current_setting('regress.folder')));
ALTER FOREIGN TABLE hist.gone OPTIONS (ADD changes_from '2024-01-02 00:00:01');
SELECT "ID", "NAME" FROM hist.gone ORDER BY 1;
-- changes in a folder that is not looked into are no changes that are not there
CREATE FOREIGN TABLE hist.missed ("ID" int OPTIONS (key 'true'), "NAME" text) SERVER made OPTIONS (schema_name 'snap', table_name 'job', changes_prefix 'snap/job__ct', add_column_name 'true', op_column_name 'header__change_oper');
SELECT regress.outcome('SELECT * FROM hist.missed');
ALTER FOREIGN TABLE hist.missed OPTIONS (ADD partition_folders 'true');
SELECT * FROM hist.missed;
-- the first changes come after the import
CALL regress.file('snap2/emp/LOAD00000001.csv', E'ID,NAME\n1,Ann\n2,Bob\n');
CALL regress.file('snap2/parted/snapshot=20240101T000000Z/LOAD00000001.csv', E'ID,NAME\n1,Ann\n2,Bob\n');
CREATE SCHEMA hist7;
SELECT * FROM cdc_fdw_sync('made', 'snap2', 'hist7');
CALL regress.file('snap2/emp__ct/20240102-000100000.csv', E'header__change_seq,header__change_oper,header__timestamp,ID,NAME\n1,D,2024-01-02 00:00:00.000,2,\n');
CALL regress.file('snap2/parted__ct/a/20240102-000100000.csv', E'header__change_seq,header__change_oper,header__timestamp,ID,NAME\n1,D,2024-01-02 00:00:00.000,2,\n');
SELECT * FROM cdc_fdw_sync('made', 'snap2', 'hist7');
SELECT * FROM cdc_fdw_sync('made', 'snap2', 'hist7');
SELECT * FROM regress.tables('hist7');
SELECT "ID", "NAME" FROM hist7.emp;
SELECT "ID", "NAME" FROM hist7.parted;
DROP SCHEMA hist7 CASCADE;
-- a later snapshot is no part of the table
CALL regress.file('snap/emp/snapshot=20240301T000000Z/LOAD00000001.csv', E'ID,NAME\n9,Zoe\n');
SELECT "ID", "NAME" FROM hist.emp ORDER BY 1;

-- ---------------------------------------------------------------- sync
CALL regress.file('day/item/LOAD00000001.csv', E'id,name\n1,a\n2,b\n');
CALL regress.file('day/pos/LOAD00000001.csv', E'1,a\n2,b\n');
CALL regress.file('day/pos/20240102-000000000.csv', E'D,2,\n');
CALL regress.file('day/gone/LOAD00000001.csv', E'id,name\n1,a\n');
CALL regress.file('day/empty/LOAD00000001.csv', '');
CALL regress.fresh();
SELECT * FROM cdc_fdw_sync('made', 'day', 'hist', '{"identifier_case": "lower"}');
SELECT * FROM cdc_fdw_sync('made', 'day', 'hist', '{"identifier_case": "lower"}');
CALL regress.file('day/item/20240102-000000000.csv', E'Op,id,name,Price\nU,1,x,5\n');
CALL regress.file('day/pos/20240103-000000000.csv', E'I,3,x,2024-01-01\n');
CALL regress.shell(format('rm -r "%s/day/gone"', current_setting('regress.folder')));
CALL regress.file('day/new/LOAD00000001.csv', E'id,name\n1,a\n');
CREATE TABLE hist.other ();
CALL regress.file('day/other/LOAD00000001.csv', E'id,name\n1,a\n');
SELECT * FROM cdc_fdw_sync('made', 'day', 'hist', '{"identifier_case": "lower"}');
SELECT * FROM regress.rows('TABLE hist.item');
SELECT * FROM regress.rows('TABLE hist.pos');
CALL regress.file('day/item/20240104-000000000.csv', E'Op,id,name,Price\nU,1,x,5.50\n');
SELECT * FROM cdc_fdw_sync('made', 'day', 'hist', '{"identifier_case": "lower"}');
SELECT * FROM cdc_fdw_sync('made', 'day', 'hist', '{"on_untyped": "error"}'); -- ERROR
SELECT * FROM cdc_fdw_sync('made', 'day', 'hist', '{"nothing": 1}'); -- ERROR
SELECT * FROM cdc_fdw_sync('made', 'day', 'hist', '[]'); -- ERROR
SELECT * FROM cdc_fdw_sync('made', 'day', 'nowhere'); -- ERROR
SELECT regress.outcome($$SELECT * FROM cdc_fdw_sync('made', 'nowhere', 'hist')$$);

-- ---------------------------------------------------------------- looking at a log
SELECT key, kind, time, size, etag IS NOT NULL AS etag, reason FROM cdc_fdw_objects('made', 'bad/') ORDER BY key COLLATE "C";
CALL regress.file('parts/by_name/notes.txt', E'nothing\n');
CALL regress.file('parts/by_name/2020/LOAD00000001.csv', E'9,z\n');
CALL regress.file('parts/by_name/2020/20200102-000000000.csv', E'D,9,\n');
CREATE FOREIGN TABLE hist.by_name (a int, b text) SERVER made OPTIONS (schema_name 'parts');
SELECT key, kind, time, size, reason FROM cdc_fdw_objects('hist.by_name'::regclass);
SELECT file, layout, line, record FROM cdc_fdw_sample('made', 'a/kinds', 2);
SELECT file, layout, line, record FROM cdc_fdw_sample('made', 'bad/ragged');
SELECT file, layout, line, record FROM cdc_fdw_sample('flat', 'users', 1);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_sample('made', 'a/nothing')$$);
SELECT * FROM cdc_fdw_sample('made', ''); -- ERROR
SELECT * FROM cdc_fdw_sample('made', 'a/kinds', 0); -- ERROR
SELECT * FROM cdc_fdw_objects('pg_class'::regclass); -- ERROR
SELECT * FROM cdc_fdw_objects('no_such_server'); -- ERROR

-- ---------------------------------------------------------------- who may
CREATE ROLE regress_importer;
GRANT USAGE, CREATE ON SCHEMA hist TO regress_importer;
SET ROLE regress_importer;
SELECT * FROM cdc_fdw_sync('made', 'day', 'hist'); -- ERROR
SELECT * FROM cdc_fdw_objects('made'); -- ERROR
SELECT * FROM cdc_fdw_sample('made', 'a/kinds'); -- ERROR
SELECT * FROM cdc_fdw_objects('hist.by_name'::regclass); -- ERROR
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER made TO regress_importer;
SET ROLE regress_importer;
IMPORT FOREIGN SCHEMA day FROM SERVER made INTO hist; -- ERROR
SELECT * FROM cdc_fdw_sync('made', 'day', 'hist'); -- ERROR
RESET ROLE;

-- ---------------------------------------------------------------- where transaction files lie
-- beside more folders than are looked into, in the schema's own folder, deep in another one
CREATE PROCEDURE regress.txn(root text, folder text) LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.file(root || '/sh/a/LOAD00000001.csv', E'1,a\n2,b\n');
  CALL regress.file(root || folder || '/CDC_TXN-20240102000000000.csv', E'U,a,sh,1,c\n');
  EXECUTE format('CREATE SERVER %I FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url %L, base_time ''2024-01-01'')', root, current_setting('regress.made') || '/' || root);
END $$;
SELECT set_config('regress.made', :'made', false) = :'made' AS made;
CALL regress.txn('txn_many', '/zcdc');
CALL regress.txn('txn_lost', '/zone');
DO $$
BEGIN
  FOR i IN 10 .. 29 LOOP
    CALL regress.file('txn_many/f' || i || '/t/LOAD00000001.csv', E'1,a\n');
    CALL regress.file('txn_lost/f' || i || '/t/LOAD00000001.csv', E'1,a\n');
  END LOOP;
END $$;
CALL regress.txn('txn_own', '/sh/cdc');
CALL regress.txn('txn_deep', '/cdc/sub');
CALL regress.txn('txn_two', '/cdc_one');
CALL regress.file('txn_two/cdc_two/CDC_TXN-20240103000000000.csv', E'D,b,other,2,\n');
CALL regress.txn('txn_none', '/cdc');
ALTER SERVER txn_none OPTIONS (ADD preserve_transactions 'false');
CREATE FUNCTION regress.imported(server name) RETURNS TABLE (cdc_path text, rows text) LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.fresh();
  SET LOCAL client_min_messages = notice;
  EXECUTE format('IMPORT FOREIGN SCHEMA sh LIMIT TO (a) FROM SERVER %I INTO hist OPTIONS (types_from %L)', server,
    '{"Tables": [{"TableName": "a", "TableColumns": [{"ColumnName": "id", "ColumnType": "INT4", "ColumnIsPk": "true"}, {"ColumnName": "v", "ColumnType": "STRING"}]}]}');
  RETURN QUERY EXECUTE 'SELECT (SELECT option_value FROM pg_options_to_table(ftoptions) WHERE option_name = ''cdc_path''), (SELECT string_agg(t::text, '' '') FROM (SELECT * FROM hist.a ORDER BY 1) t) FROM pg_foreign_table WHERE ftrelid = ''hist.a''::regclass';
END $$;
SELECT * FROM regress.imported('txn_many');
SELECT * FROM regress.imported('txn_own');
SELECT * FROM regress.imported('txn_none');
-- told where they may lie, or were not looked for; what the hints say is right
SELECT * FROM regress.imported('txn_deep');
ALTER SERVER txn_deep OPTIONS (ADD preserve_transactions 'true', ADD cdc_path 'cdc/sub');
TABLE hist.a;
SELECT * FROM regress.imported('txn_deep');
SELECT * FROM regress.imported('txn_two');
ALTER SERVER txn_two OPTIONS (ADD preserve_transactions 'true', ADD cdc_path 'cdc_one');
SELECT * FROM regress.imported('txn_two');
SELECT * FROM regress.imported('txn_lost');
ALTER SERVER txn_lost OPTIONS (ADD preserve_transactions 'false');
SELECT * FROM regress.imported('txn_lost');
ALTER SERVER txn_lost OPTIONS (SET preserve_transactions 'true', ADD cdc_path 'zone');
SELECT * FROM regress.imported('txn_lost');
-- a table without changes beside one that has some: there are no such files
CALL regress.file('txn_lost/sh/b/LOAD00000001.csv', E'1,a\n');
CALL regress.file('txn_lost/sh/b/20240102-000000000.csv', E'U,1,b\n');
ALTER SERVER txn_lost OPTIONS (DROP preserve_transactions, DROP cdc_path);
SELECT * FROM regress.imported('txn_lost');
SET client_min_messages = warning;
DROP OWNED BY regress_importer;
DROP ROLE regress_importer;
DROP SCHEMA hist CASCADE;
DROP SCHEMA local CASCADE;
\set ECHO none
\i :end

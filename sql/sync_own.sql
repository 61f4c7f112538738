-- cdc_fdw_sync compares each table as its own queries read it.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set syncs :abs_srcdir '/test/data/regress/syncs.sql'
\i :syncs
\set ECHO all
CREATE SERVER made FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', base_time '2024-01-01', include_op_for_full_load 'false');
CREATE SCHEMA hist;

-- ---------------------------------------------------------------- delimiters and quotes
-- all fit a comma, too
CALL regress.file('delim/item/LOAD00000001.csv', E'k1|a,b,c\nk2|c,d,e\n');
CREATE FOREIGN TABLE hist.item (id text OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'delim', csv_delimiter '|');
CALL regress.file('delim/json/LOAD00000001.csv', E'k1|a,b,c\nk2|c,d,e\n');
CREATE FOREIGN TABLE hist.json (id text OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'delim', s3_settings '{"CsvDelimiter": "|"}');
CALL regress.file('delim/ends/LOAD00000001.csv', E'k1,a;k2,b;');
CREATE FOREIGN TABLE hist.ends (id text OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'delim', csv_row_delimiter ';');
SELECT * FROM regress.sync('delim');
SELECT * FROM hist.item ORDER BY id;
SELECT * FROM hist.json ORDER BY id;
SELECT * FROM hist.ends ORDER BY id;
-- and a third field is added by them
CALL regress.file('delim/item/20240102-000000000.csv', E'I|k3|f,g,h|x,y\n');
SELECT * FROM regress.sync('delim');
SELECT * FROM regress.sync('delim');
SELECT * FROM hist.item ORDER BY id;
-- what an import found counts as well
CALL regress.file('later/item/LOAD00000001.csv', E'k1|x\nk2|y\n');
SELECT * FROM regress.sync('later', '{"modes": "history"}');
CALL regress.file('later/item/LOAD00000001.csv', E'k1|x,z,z\nk2|y,z,z\n');
SELECT * FROM regress.sync('later', '{"modes": "history"}');
SELECT c1, c2 FROM hist.item_history ORDER BY c1;
-- quotes
CREATE SERVER raw FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', base_time '2024-01-01', include_op_for_full_load 'false', rfc4180 'false');
CREATE SCHEMA raw;
CALL regress.file('quote/item/LOAD00000001.csv', E'k1,"a,b"\nk2,"c,d"\n');
CREATE FOREIGN TABLE raw.item (id text OPTIONS (key 'true'), v text) SERVER raw OPTIONS (schema_name 'quote', rfc4180 'true');
SELECT * FROM cdc_fdw_sync('raw', 'quote', 'raw', '{}');
SELECT * FROM raw.item ORDER BY id;
-- other delimiters than the table's are not found, but said
CALL regress.file('other/moved/LOAD00000001.csv', E'1,a\n2,b\n');
CREATE FOREIGN TABLE hist.moved (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'other');
SELECT * FROM regress.sync('other');
CALL regress.file('other/moved/LOAD00000001.csv', E'1;a\n2;b\n');
SELECT * FROM regress.sync('other');
SELECT regress.outcome('SELECT * FROM hist.moved');

-- ---------------------------------------------------------------- values
CALL regress.file('null/word/LOAD00000001.csv', E'1,NULL,a\n2,7,NULL\n');
CREATE FOREIGN TABLE hist.word (id int OPTIONS (key 'true'), n int, v text) SERVER made OPTIONS (schema_name 'null', csv_null_value 'NULL');
CALL regress.file('null/lax/LOAD00000001.csv', E'1,NULL,a\n2,7,b\n');
CREATE FOREIGN TABLE hist.lax (id int OPTIONS (key 'true'), n int, v text) SERVER made OPTIONS (schema_name 'null', on_error 'null');
CALL regress.file('null/named/LOAD00000001.csv', E'id,n\n1,NULL\n2,7\n');
CREATE FOREIGN TABLE hist.named (id int OPTIONS (key 'true'), n int) SERVER made OPTIONS (schema_name 'null', add_column_name 'true', on_error 'null');
CALL regress.file('null/nosup/LOAD00000001.csv', E'1,5\n2,7\n');
CALL regress.file('null/nosup/20240102-000000000.csv', E'U,1,-\n');
CREATE FOREIGN TABLE hist.nosup (id int OPTIONS (key 'true'), n int) SERVER made OPTIONS (schema_name 'null', use_csv_no_sup_value 'true', csv_no_sup_value '-');
CALL regress.file('null/strict/LOAD00000001.csv', E'1,NULL\n2,7\n');
CREATE FOREIGN TABLE hist.strict (id int OPTIONS (key 'true'), n int) SERVER made OPTIONS (schema_name 'null');
SELECT * FROM regress.sync('null');
-- a field more comes to each that can be read
CALL regress.file('null/word/20240102-000000000.csv', E'I,3,NULL,c,10\nI,4,8,d,20\n');
CALL regress.file('null/lax/20240102-000000000.csv', E'I,3,NULL,c,10\nI,4,8,d,20\n');
CALL regress.file('null/named/20240102-000000000.csv', E'Op,id,n,m\nI,3,NULL,10\n');
SELECT * FROM regress.sync('null');
SELECT * FROM regress.sync('null');
SELECT * FROM regress.columns('hist.word');
SELECT * FROM hist.word ORDER BY id;
SELECT * FROM hist.lax ORDER BY id;
SELECT * FROM hist.named ORDER BY id;
SELECT * FROM hist.nosup ORDER BY id;
-- where no value of a field fits, it is another one, whatever may pass
CALL regress.file('shift/lax/LOAD00000001.csv', E'1,5,a\n2,7,b\n');
CREATE FOREIGN TABLE hist.shift (id int OPTIONS (key 'true'), n int, v text) SERVER made OPTIONS (schema_name 'shift', table_name 'lax', on_error 'null');
CALL regress.file('shift/lax/20240102-000000000.csv', E'I,3,new,8,c\nI,4,new,9,d\n');
SELECT * FROM regress.sync('shift');

-- ---------------------------------------------------------------- an earlier log
CALL regress.file('from/plain/20240102-000000000.csv', E'U,1,a,x,rome\n');
CALL regress.file('from/plain/LOAD00000001.csv', E'1,a,rome\n2,b,bonn\n');
CREATE FOREIGN TABLE hist.plain (id int OPTIONS (key 'true'), v text, city text) SERVER made OPTIONS (schema_name 'from', changes_from '2024-01-04', base_time '2024-01-03');
CALL regress.file('from/named/20240102-000000000.csv', E'Op,id,n,gone\nU,1,many,x\n');
CALL regress.file('from/named/LOAD00000001.csv', E'id,n\n1,1\n2,2\n');
CREATE FOREIGN TABLE hist.from_named (id int OPTIONS (key 'true'), n int) SERVER made OPTIONS (schema_name 'from', table_name 'named', changes_from '2024-01-04', base_time '2024-01-03', add_column_name 'true');
SELECT * FROM regress.sync('from');
CALL regress.file('from/plain/20240105-000000000.csv', E'I,3,c,kiel\n');
CALL regress.file('from/named/20240105-000000000.csv', E'Op,id,n,new\nI,3,3,y\n');
SELECT * FROM regress.sync('from');
SELECT * FROM regress.sync('from');
SELECT * FROM hist.plain ORDER BY id;
SELECT * FROM hist.from_named ORDER BY id;
-- the first change of the log counts
CALL regress.file('edge/t/20240104-000000000.csv', E'I,3,c,kiel\n');
CALL regress.file('edge/t/LOAD00000001.csv', E'1,a\n2,b\n');
CREATE FOREIGN TABLE hist.edge (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'edge', table_name 't', changes_from '2024-01-04', base_time '2024-01-03');
SELECT * FROM regress.sync('edge');
SELECT * FROM hist.edge ORDER BY id;

-- ---------------------------------------------------------------- two tables of one log, two clocks
CALL regress.file('clocks/t/LOAD00000001.csv', E'2024-01-01 01:00:00.000000,1,a\n2024-01-01 01:00:00.000000,2,b\n');
CALL regress.file('clocks/t/20240102-000000000.csv', E'U,2024-01-01 23:00:00.000000,1,x,new\n');
CREATE FOREIGN TABLE hist.by_commit (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'clocks', table_name 't', timestamp_column_name 'ts');
CREATE FOREIGN TABLE hist.by_file (at timestamp, id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'clocks', table_name 't', timestamp_column_name '');
SELECT * FROM regress.sync('clocks');
SELECT * FROM regress.sync('clocks');
SELECT * FROM hist.by_commit ORDER BY id;
SELECT * FROM hist.by_file ORDER BY id;

-- ---------------------------------------------------------------- types that the user chose
CREATE SCHEMA model;
CREATE TABLE model.code (id int PRIMARY KEY, v varchar(3));
CALL regress.file('chosen/code/LOAD00000001.csv', E'1,abc\n2,abd\n');
SELECT * FROM regress.sync('chosen', '{"types_from": "model"}');
ALTER FOREIGN TABLE hist.code ALTER v TYPE text;
CALL regress.file('chosen/code/20240102-000000000.csv', E'I,3,abcdef\n');
SELECT * FROM regress.sync('chosen', '{"types_from": "model"}');
-- a type that is known of a field that comes is held to its values
ALTER TABLE model.code ADD n int;
CALL regress.file('chosen/code/20240103-000000000.csv', E'I,4,abc,many\n');
SELECT * FROM regress.sync('chosen', '{"types_from": "model"}');
CALL regress.file('chosen/code/20240103-000000000.csv', E'I,4,abc,9\n');
SELECT * FROM regress.sync('chosen', '{"types_from": "model"}');
SELECT * FROM hist.code ORDER BY id;

-- ---------------------------------------------------------------- before images that come later
-- of keys that are called otherwise here, have another type, or were named by hand
CALL regress.file('image/renamed/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CALL regress.file('image/typed/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CALL regress.file('image/hand/LOAD00000001.csv', E'nr,v\n1,a\n2,b\n');
CALL regress.file('image/Lower/LOAD00000001.csv', E'ID,v\n1,a\n2,b\n');
CALL regress.file('image/more/LOAD00000001.csv', E'id,lang,v\n1,de,a\n2,de,b\n');
CREATE FOREIGN TABLE hist.renamed (number int OPTIONS (key 'true', column_name 'id'), v text) SERVER made OPTIONS (schema_name 'image', add_column_name 'true');
CREATE FOREIGN TABLE hist.typed (id bigint OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'image', add_column_name 'true');
CREATE FOREIGN TABLE hist.hand (nr int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'image', add_column_name 'true');
CREATE FOREIGN TABLE hist.lower (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'image', table_name 'Lower', add_column_name 'true');
CREATE FOREIGN TABLE hist.more (id int OPTIONS (key 'true'), lang text OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'image', add_column_name 'true');
CALL regress.file('image/renamed/20240103-000000000.csv', E'Op,id,v,BI_id,BI_v\nU,9,x,1,a\n');
CALL regress.file('image/typed/20240103-000000000.csv', E'Op,id,v,BI_id\nU,9,x,1\n');
CALL regress.file('image/hand/20240103-000000000.csv', E'Op,nr,v,BI_nr\nU,9,x,1\n');
CALL regress.file('image/Lower/20240103-000000000.csv', E'Op,ID,v,BI_ID\nU,9,x,1\n');
CALL regress.file('image/more/20240103-000000000.csv', E'Op,id,lang,v,BI_id,BI_lang\nU,1,en,x,1,de\n');
SELECT * FROM regress.sync('image');
SELECT * FROM regress.sync('image');
SELECT * FROM regress.columns('hist.renamed');
SELECT * FROM regress.columns('hist.typed');
SELECT * FROM regress.columns('hist.more');
SELECT number, v FROM hist.renamed ORDER BY 1;
SELECT id, v FROM hist.typed ORDER BY 1;
SELECT nr, v FROM hist.hand ORDER BY 1;
SELECT id, v FROM hist.lower ORDER BY 1;
SELECT id, lang, v FROM hist.more ORDER BY 1, 2;

-- ---------------------------------------------------------------- tables that inherit
-- what both logs have comes once, whichever is completed first
CALL regress.file('heir/a/LOAD00000001.csv', E'1,a\n2,b\n');
CALL regress.file('heir/b/LOAD00000001.csv', E'3,c\n4,d\n');
CREATE FOREIGN TABLE hist.a (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'heir');
CREATE FOREIGN TABLE hist.b () INHERITS (hist.a) SERVER made OPTIONS (schema_name 'heir');
ALTER FOREIGN TABLE hist.b ALTER id OPTIONS (ADD key 'true');
SELECT * FROM regress.sync('heir');
CALL regress.file('heir/a/20240102-000000000.csv', E'I,5,e,new\n');
CALL regress.file('heir/b/20240102-000000000.csv', E'I,6,f,fresh\n');
SELECT * FROM regress.sync('heir');
SELECT * FROM regress.sync('heir');
SELECT * FROM regress.columns('hist.b');
SELECT * FROM hist.a ORDER BY id;
-- what only the parent's log has is NULL in the other's rows
CALL regress.file('heir/a/20240103-000000000.csv', E'I,7,g,new,more\n');
SELECT * FROM regress.sync('heir');
SELECT * FROM regress.sync('heir');
SELECT * FROM hist.a ORDER BY id;
-- by name, too
CALL regress.file('names/p/LOAD00000001.csv', E'id,v\n1,a\n');
CALL regress.file('names/q/LOAD00000001.csv', E'id,v\n2,b\n');
CREATE FOREIGN TABLE hist.p (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'names', add_column_name 'true');
CREATE FOREIGN TABLE hist.q () INHERITS (hist.p) SERVER made OPTIONS (schema_name 'names', add_column_name 'true');
ALTER FOREIGN TABLE hist.q ALTER id OPTIONS (ADD key 'true');
CALL regress.file('names/p/20240102-000000000.csv', E'Op,id,v,n,m\nI,3,c,5,6\n');
CALL regress.file('names/q/20240102-000000000.csv', E'Op,id,v,n\nI,4,d,6\n');
SELECT * FROM regress.sync('names');
SELECT * FROM regress.sync('names');
SELECT * FROM regress.columns('hist.q');
SELECT * FROM hist.p ORDER BY id;
-- a child that cannot be completed keeps its parent as it is
CALL regress.file('names/q/20240103-000000000.csv', E'Op,nr,v,n\nI,4,d,6\n');
CALL regress.file('names/p/20240103-000000000.csv', E'Op,id,v,n,m,o\nI,5,c,5,6,7\n');
SELECT * FROM regress.sync('names');
SELECT * FROM regress.columns('hist.q');

-- ---------------------------------------------------------------- several folders
CALL regress.file('two/a/LOAD00000001.csv', E'id,v\n1,a\n');
CALL regress.file('two/b/LOAD00000001.csv', E'id,v,w\n2,b,x\n');
CREATE FOREIGN TABLE hist.two (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (prefix 'two/a, two/b', add_column_name 'true');
CALL regress.file('wide/a/LOAD00000001.csv', E'1,a\n');
CALL regress.file('wide/b/LOAD00000001.csv', E'2,b,x,y\n');
CREATE FOREIGN TABLE hist.wide (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (prefix 'wide/a, wide/b');
SELECT * FROM regress.sync('two');
SELECT * FROM regress.sync('two');
SELECT * FROM regress.sync('wide');
SELECT * FROM regress.sync('wide');
SELECT * FROM hist.two ORDER BY id;
SELECT * FROM hist.wide ORDER BY id;

-- ---------------------------------------------------------------- nothing has vanished that is there
CALL regress.file('there/Orders/LOAD00000001.csv', E'id,v\n1,a\n');
SELECT * FROM regress.sync('there', '{"identifier_case": "lower"}');
CALL regress.file('there/orders/LOAD00000001.csv', E'id,v\n1,a\n');
SELECT * FROM regress.sync('there', '{"identifier_case": "lower"}');
CALL regress.file('there/Orders/LOAD00000002.parquet', E'PAR1');
SELECT * FROM regress.sync('there');

-- nor is a schema of which nothing is left one that never was
CALL regress.file('left/t/LOAD00000001.csv', E'id,v\n1,a\n');
SELECT * FROM regress.sync('left');
CALL regress.shell('rm -r ' || current_setting('regress.folder') || '/left');
SELECT * FROM regress.sync('left');
SELECT split_part(regress.outcome($$SELECT * FROM cdc_fdw_sync('made', 'lefft', 'hist')$$), E'\n', 1);

-- ---------------------------------------------------------------- keys that were declared by hand
CALL regress.file('hand/zoned/LOAD00000001.csv', E'2024-01-01 10:00:00,a\n2024-01-02 10:00:00,b\n');
CALL regress.file('hand/price/LOAD00000001.csv', E'1.5,a\n1.25,b\n');
CALL regress.file('hand/whole/LOAD00000001.csv', E'7,a\n007,b\n');
CREATE FOREIGN TABLE hist.zoned (at timestamptz OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'hand');
CREATE FOREIGN TABLE hist.price (p numeric OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'hand');
CREATE FOREIGN TABLE hist.whole (n int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'hand');
CALL regress.file('hand/zoned/20240103-000000000.csv', E'I,2024-01-03 10:00:00,c,new\n');
CALL regress.file('hand/price/20240103-000000000.csv', E'I,1.125,c,new\n');
SELECT * FROM regress.sync('hand');
SELECT * FROM regress.sync('hand');
SELECT * FROM hist.price ORDER BY p;

-- ---------------------------------------------------------------- what helps is said, and helps
CALL regress.file('fold/both/LOAD00000001.csv', E'id,C\n1,a\n');
CALL regress.file('fold/both/20240102-000000000.csv', E'Op,id,c\nI,2,b\n');
CALL regress.file('fold/both/20240103-000000000.csv', E'Op,id,c,C\nI,3,c,d\n');
CREATE FOREIGN TABLE hist.one_of (id int OPTIONS (key 'true'), "C" text) SERVER made OPTIONS (schema_name 'fold', table_name 'both', add_column_name 'true');
CREATE FOREIGN TABLE hist.both_of (id int OPTIONS (key 'true'), "C" text) SERVER made OPTIONS (schema_name 'fold', table_name 'both', add_column_name 'true');
SELECT * FROM regress.sync('fold');
ALTER FOREIGN TABLE hist.one_of ALTER "C" OPTIONS (ADD column_name 'C, c');
ALTER FOREIGN TABLE hist.both_of ADD c text OPTIONS (missing '');
SELECT * FROM regress.sync('fold');
SELECT * FROM regress.sync('fold');
SELECT * FROM hist.one_of ORDER BY id;
SELECT * FROM hist.both_of ORDER BY id;
-- changes that the options do not describe
CALL regress.file('op/inserts/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CALL regress.file('op/called/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
SELECT * FROM regress.sync('op');
CALL regress.file('op/inserts/20240102-000000000.csv', E'id,v\n3,x\n');
CALL regress.file('op/called/20240102-000000000.csv', E'change,id,v\nI,3,x\n');
SELECT * FROM regress.sync('op');
SELECT regress.outcome('SELECT * FROM hist.inserts');
SELECT regress.outcome('SELECT * FROM hist.called');
ALTER FOREIGN TABLE hist.inserts OPTIONS (ADD cdc_inserts_only 'true');
ALTER FOREIGN TABLE hist.called OPTIONS (ADD op_column_name 'change');
SELECT * FROM regress.sync('op');
SELECT * FROM hist.inserts ORDER BY id;
SELECT * FROM hist.called ORDER BY id;
-- values of columns that are made
CALL regress.file('bytes/t/LOAD00000001.csv', convert_to(E'id,v\n1,', 'UTF8') || '\xff0a');
CALL regress.file('bytes/u/LOAD00000001.csv', E'id,v\n1,a\n');
CREATE TABLE model.w (id int PRIMARY KEY, at date);
CALL regress.file('bytes/w/LOAD00000001.csv', E'id,at\n1,2024-12-32\n');
SELECT * FROM regress.sync('bytes', '{"types_from": "model", "modes": "history"}');
CALL regress.file('bytes/u/20240102-000000000.csv', convert_to(E'Op,id,v,b\nI,2,x,', 'UTF8') || '\xff0a');
SELECT * FROM regress.sync('bytes', '{"types_from": "model", "modes": "history"}');
ALTER FOREIGN TABLE hist.u_history OPTIONS (ADD on_error 'null');
SELECT id, v, b FROM hist.u_history ORDER BY id;

-- ---------------------------------------------------------------- partitions
CREATE TABLE hist.parts (id int, v text) PARTITION BY LIST (id);
CALL regress.file('part/piece/LOAD00000001.csv', E'id,v\n1,a\n');
CREATE FOREIGN TABLE hist.piece PARTITION OF hist.parts FOR VALUES IN (1) SERVER made OPTIONS (schema_name 'part', add_column_name 'true');
ALTER FOREIGN TABLE hist.piece ALTER id OPTIONS (ADD key 'true');
CALL regress.file('part/piece/20240102-000000000.csv', E'Op,id,new\nU,1,x\n');
SELECT * FROM regress.sync('part');
SELECT * FROM regress.sync('part');
ALTER TABLE hist.parts ADD new text;
SELECT * FROM regress.sync('part');
SELECT * FROM regress.sync('part');
SELECT * FROM hist.parts;

-- ---------------------------------------------------------------- digits that begin with no time are no sequence
CALL regress.file('track/track/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
SELECT * FROM regress.sync('track');
CALL regress.file('track/track/20240102-000000000.csv', E'Op,id,v,track\nU,1,old,99999999999999999999999999999999999\n');
CALL regress.file('track/track/20240103-000000000.csv', E'Op,id,v,track\nU,1,new,11111111111111111111111111111111111\n');
SELECT * FROM regress.sync('track');
SELECT * FROM hist.track ORDER BY id;
CALL regress.file('track/seq/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
SELECT * FROM regress.sync('track');
CALL regress.file('track/seq/20240102-000000000.csv', E'Op,id,v,seq\nU,1,new,20240101230000000000000000000000002\nU,1,old,20240101230000000000000000000000001\n');
SELECT * FROM regress.sync('track');
SELECT * FROM hist.seq ORDER BY id;

SET client_min_messages = warning;
-- ---------------------------------------------------------------- more fields in front are no columns behind
-- operations, commit times or a header that were switched on later, which texts take
CALL regress.file('front/op/LOAD00000001.csv', E'I,k1,a\nI,k2,b\n');
CREATE FOREIGN TABLE hist.op (id text OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'front');
CALL regress.file('front/op_time/LOAD00000001.csv', E'I,2024-01-01 10:00:00,k1,a\nI,2024-01-01 10:00:00,k2,b\n');
CREATE FOREIGN TABLE hist.op_time (id text OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'front', timestamp_column_name 'ts');
CALL regress.file('front/time/LOAD00000001.csv', E'k1,a\nk2,b\n');
CALL regress.file('front/time/20240103-000000000.csv', E'U,2024-01-02 23:00:00.000000,k1,x\n');
CREATE FOREIGN TABLE hist.time (id text OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'front');
CALL regress.file('front/header/LOAD00000001.csv', E'code,v,day\nk1,a,2024-01-01\nk2,b,2024-01-02\n');
CREATE FOREIGN TABLE hist.header (id text OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'front', add_column_name 'false');
-- columns that came behind are
CALL regress.file('front/wider/LOAD00000001.csv', E'I,a\nk2,b\n');
CALL regress.file('front/wider/20240103-000000000.csv', E'U,I,x,2024-01-01 10:00:00\n');
CREATE FOREIGN TABLE hist.wider (id text OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'front');
SELECT * FROM regress.sync('front');
SELECT * FROM regress.sync('front');
SELECT * FROM hist.op ORDER BY id;
SELECT * FROM hist.wider ORDER BY id;

-- ---------------------------------------------------------------- values that say more than their type
-- what came later than the table is told; where its first values have it, too, it may be wanted so, and holds up nothing
CREATE TABLE model.finer (id int PRIMARY KEY, price numeric(8,2), score real, at timestamp, day date);
CALL regress.file('finer/finer/LOAD00000001.csv', E'id,price,score,at,day\n1,9.50,1.5,2024-01-01 10:00:00,2024-01-01\n');
SELECT table_name, status FROM regress.sync('finer', '{"types_from": "model"}');
CALL regress.file('finer/finer/20240102-000000000.csv', E'Op,id,price,score,at,day\nU,1,9.505,1.23456789012345,2024-01-02 10:00:00+05,2024-01-02 23:00:00\n');
SELECT * FROM regress.sync('finer', '{"types_from": "model"}');
CALL regress.file('coarse/wanted/LOAD00000001.csv', E'1,9.505,2024-01-01 10:00:00\n');
CALL regress.file('coarse/wanted/20240102-000000000.csv', E'U,1,9.506,2024-01-02 10:00:00\n');
CREATE FOREIGN TABLE hist.wanted (id int OPTIONS (key 'true'), price numeric(8,2), day date) SERVER made OPTIONS (schema_name 'coarse');
SELECT * FROM regress.sync('coarse');
CALL regress.file('coarse/wanted/20240103-000000000.csv', E'U,1,9.507,2024-01-03 10:00:00,new\n');
SELECT * FROM regress.sync('coarse');
-- so it is where the column came later, and after a reload; a length counts as well
CALL regress.file('came/t/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CALL regress.file('came/t/20240102-000000000.csv', E'Op,id,v\nU,1,x\n');
CALL regress.file('came/t/20240103-000000000.csv', E'Op,id,v,d,n,z\nU,1,x,2024-01-01,5,2024-01-01 00:00:00\n');
CREATE FOREIGN TABLE hist.came (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'came', table_name 't', add_column_name 'true');
SELECT * FROM regress.sync('came');
CALL regress.file('came/t/20240104-000000000.csv', E'Op,id,v,d,n,z\nU,1,x,2024-01-02 10:00:00,0071,2024-01-01 00:00:00+05\n');
SELECT * FROM regress.sync('came');
CALL regress.file('reload/t/LOAD00000001.csv', E'1,2024-01-01 10:00:00.1236\n');
CREATE FOREIGN TABLE hist.reload (id int OPTIONS (key 'true'), at timestamp(3)) SERVER made OPTIONS (schema_name 'reload', table_name 't');
SELECT * FROM regress.sync('reload');
-- without header a field that says more may be another one: nothing is added
CALL regress.file('moved/times/LOAD00000001.csv', E'1,2024-01-01,a\n');
CREATE FOREIGN TABLE hist.times (id int OPTIONS (key 'true'), day date, v text) SERVER made OPTIONS (schema_name 'moved');
CALL regress.file('moved/times/20240102-000000000.csv', E'I,2,2024-01-02 10:00:00,2024-01-02,b\n');
SELECT * FROM regress.sync('moved');

-- ---------------------------------------------------------------- a key that the source changed
CREATE TABLE model.phrase (id int, lang text, v text, PRIMARY KEY (id));
CALL regress.file('keys/phrase/LOAD00000001.csv', E'id,lang,v\n1,de,a\n2,de,b\n');
SELECT table_name, status FROM regress.sync('keys', '{"types_from": "model"}');
SELECT * FROM regress.sync('keys', '{"types_from": "model"}');
ALTER TABLE model.phrase DROP CONSTRAINT phrase_pkey, ADD PRIMARY KEY (id, lang);
CALL regress.file('keys/phrase/20240102-000000000.csv', E'Op,id,lang,v\nI,1,en,c\n');
SELECT * FROM regress.sync('keys', '{"types_from": "model"}');
ALTER TABLE model.phrase ADD kind text, DROP CONSTRAINT phrase_pkey, ADD PRIMARY KEY (id, lang, kind);
CALL regress.file('keys/phrase/20240103-000000000.csv', E'Op,id,lang,v,kind\nI,1,fr,c,x\n');
SELECT * FROM regress.sync('keys', '{"types_from": "model"}');
ALTER TABLE model.phrase DROP CONSTRAINT phrase_pkey, ADD PRIMARY KEY (id, lang);
ALTER FOREIGN TABLE hist.phrase ALTER lang OPTIONS (ADD key 'true');
SELECT * FROM regress.sync('keys', '{"types_from": "model"}');
SELECT id, lang, v FROM hist.phrase ORDER BY 1, 2;

-- a key that the first day's rows showed, and later ones contradict
CREATE SCHEMA later;
CALL regress.file('later_key/price/LOAD00000001.csv', E'id,day,p\n1,2024-01-01,1.5\n2,2024-01-01,2.5\n3,2024-01-01,3.5\n');
SELECT * FROM cdc_fdw_sync('made', 'later_key', 'later');
CALL regress.file('later_key/price/20240102-000000000.csv', E'Op,id,day,p\nI,1,2024-01-02,1.6\nI,2,2024-01-02,2.6\nI,3,2024-01-02,3.6\nD,3,2024-01-01,\n');
SELECT * FROM cdc_fdw_sync('made', 'later_key', 'later');
ALTER FOREIGN TABLE later.price ALTER day OPTIONS (ADD key 'true');
SELECT * FROM cdc_fdw_sync('made', 'later_key', 'later');
SELECT * FROM later.price ORDER BY 1, 2;
-- a table without key gets its first update
CALL regress.file('first_update/t/LOAD00000001.csv', E'code,v\na,1\nb,2\n');
SELECT * FROM cdc_fdw_sync('made', 'first_update', 'later', '{"modes": "changes, snapshot"}');
CALL regress.file('first_update/t/20240102-000000000.csv', E'Op,code,v\nU,a,3\n');
SELECT * FROM cdc_fdw_sync('made', 'first_update', 'later', '{"modes": "changes, snapshot"}');

-- no alarm: inserted and changed before the load, values of the type, one stray delete, rows that follow one another
CREATE SCHEMA calm;
CALL regress.file('calm/cached/LOAD00000001.csv', E'id,v\n1,a\n2,b\n3,c2\n');
CALL regress.file('calm/cached/20240102-000000000.csv', E'Op,id,v\nI,3,c\nU,3,c2\nI,4,d\n');
CREATE FOREIGN TABLE calm.cached (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'calm', add_column_name 'true');
CALL regress.file('calm/padded/LOAD00000001.csv', E'id,v\nab,1\ncd,2\n');
SELECT 'Op,id,v' || string_agg(E'\nU,ab   ,' || i, '' ORDER BY i) || E'\nD,cd   ,\n' AS content FROM generate_series(1, 12) i \gset
CALL regress.file('calm/padded/20240102-000000000.csv', :'content');
CREATE FOREIGN TABLE calm.padded (id char(5) OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'calm', add_column_name 'true');
CALL regress.file('calm/stray/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CALL regress.file('calm/stray/20240102-000000000.csv', E'Op,id,v\nD,77,z\n');
CREATE FOREIGN TABLE calm.stray (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'calm', add_column_name 'true');
CALL regress.file('calm/upserts/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CALL regress.file('calm/upserts/20240102-000000000.csv', E'Op,id,v\nU,2,x\nI,1,c\n');
CREATE FOREIGN TABLE calm.upserts (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'calm', add_column_name 'true', cdc_inserts_and_updates 'true');
CALL regress.file('calm/ordered/LOAD00000001.csv', E'id,v,seq\n1,a,\n');
CALL regress.file('calm/ordered/20240102-000000000.csv', E'Op,id,v,seq\nI,1,b,20240101120000000000000000000000002\nD,1,a,20240101120000000000000000000000001\n');
CREATE FOREIGN TABLE calm.ordered (id int OPTIONS (key 'true'), v text, seq text OPTIONS (sequence 'true')) SERVER made OPTIONS (schema_name 'calm', add_column_name 'true');
SELECT * FROM cdc_fdw_sync('made', 'calm', 'calm');
SELECT * FROM calm.cached ORDER BY id;
SELECT * FROM calm.padded ORDER BY id;
-- digits that were lost at the old width hold up no field that comes
CALL regress.file('rounded/t/LOAD00000001.csv', E'1,1.50,k\n');
CALL regress.file('rounded/t/20240102-000000000.csv', E'U,1,1.555,k\n');
CREATE FOREIGN TABLE calm.rounded (id int OPTIONS (key 'true'), d numeric(8,2), k text) SERVER made OPTIONS (schema_name 'rounded', table_name 't');
CALL regress.file('rounded/t/20240103-000000000.csv', E'U,1,2.777,k,new\n');
SELECT * FROM cdc_fdw_sync('made', 'rounded', 'calm');
SELECT * FROM calm.rounded;
-- transaction files that the table's options exclude
CALL regress.file('excluded/t/LOAD00000001.csv', E'1,a\n2,b\n');
CALL regress.file('excluded/h/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CALL regress.file('excluded/cdc/CDC_TXN-20240102000000000.csv', E'U,t,excluded,1,c\n');
CREATE FOREIGN TABLE calm.excluded (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'excluded', table_name 't', preserve_transactions 'false');
CREATE FOREIGN TABLE calm.h (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'excluded', add_column_name 'true');
SELECT * FROM cdc_fdw_sync('made', 'excluded', 'calm');
SELECT * FROM calm.excluded ORDER BY id;
DROP SCHEMA calm CASCADE;

-- ---------------------------------------------------------------- files that come later
CALL regress.file('txn/a/LOAD00000001.csv', E'1,a\n2,b\n');
SELECT table_name, status FROM cdc_fdw_sync('made', 'txn', 'later');
ALTER FOREIGN TABLE later.a ALTER c1 OPTIONS (ADD key 'true');
CALL regress.file('txn/cdc/CDC_TXN-20240103000000000.csv', E'U,a,txn,1,x\nD,a,txn,2,b\n');
SELECT * FROM cdc_fdw_sync('made', 'txn', 'later');
SELECT * FROM cdc_fdw_sync('made', 'txn', 'later');
SELECT * FROM later.a ORDER BY 1;
CALL regress.file('txn/a/20240104-000000000.csv', E'U,1,y\n');
SELECT * FROM cdc_fdw_sync('made', 'txn', 'later');
SELECT regress.outcome('SELECT * FROM later.a');
ALTER FOREIGN TABLE later.a OPTIONS (ADD ignore_change_files 'true');
SELECT * FROM cdc_fdw_sync('made', 'txn', 'later');
CALL regress.file('folders/parts/a/LOAD00000001.csv', E'1,a\n2,b\n');
SELECT table_name, status FROM cdc_fdw_sync('made', 'folders', 'later');
CALL regress.file('folders/parts/2024/LOAD00000001.csv', E'3,c\n');
SELECT * FROM cdc_fdw_sync('made', 'folders', 'later');
SELECT * FROM later.parts ORDER BY 1;
-- a column of the source that is named as a before image
CALL regress.file('no_image/t/LOAD00000001.csv', E'id,v\n1,a\n2,b\n3,c\n');
CREATE FOREIGN TABLE hist.no_image (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'no_image', table_name 't', add_column_name 'true');
CALL regress.file('no_image/t/20240103-000000000.csv', E'Op,id,v,BI_id\nI,4,x,77\nU,1,x,2\n');
SELECT * FROM regress.sync('no_image');
SELECT * FROM hist.no_image ORDER BY 1;

-- ---------------------------------------------------------------- what begins a record
-- an integer is no operation
ALTER SERVER made OPTIONS (DROP include_op_for_full_load);
CALL regress.file('first/typed/LOAD00000001.csv', E'I,1,ann\nI,2,bob\n');
CREATE FOREIGN TABLE hist.typed_first (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'first', table_name 'typed');
SELECT * FROM regress.sync('first');
CALL regress.file('first/typed/20240102-000000000.csv', E'I,3,cy,new\n');
SELECT * FROM regress.sync('first');
SELECT * FROM hist.typed_first ORDER BY id;
-- nor where the options say that the load has none
ALTER FOREIGN TABLE hist.typed_first OPTIONS (SET include_op_for_full_load 'false');
SELECT * FROM regress.sync('first');
SELECT * FROM hist.typed_first ORDER BY id;
ALTER SERVER made OPTIONS (ADD include_op_for_full_load 'false');
-- a column that comes where commit times would be
CALL regress.file('ask/t/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
CREATE FOREIGN TABLE hist.ask (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'ask', table_name 't', add_column_name 'true');
CALL regress.file('ask/t/20240104-000000000.csv', E'Op,TS,id,v\nU,2024-01-03 23:00:00.000000,1,y\n');
SELECT * FROM regress.sync('ask');
ALTER FOREIGN TABLE hist.ask DROP COLUMN "TS", OPTIONS (ADD timestamp_column_name 'TS');
SELECT * FROM regress.sync('ask');
SET cdc_fdw.asof = '2024-01-03 23:30';
SELECT * FROM hist.ask ORDER BY id;
RESET cdc_fdw.asof;

DROP SCHEMA hist CASCADE;
DROP SCHEMA later CASCADE;
DROP SCHEMA raw CASCADE;
DROP SCHEMA model CASCADE;
DROP SERVER raw;
\set ECHO none
\i :end

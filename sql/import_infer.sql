-- What IMPORT FOREIGN SCHEMA infers as keys and as types, and what it tells of
-- values that are not of a type that was known.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set imports :abs_srcdir '/test/data/regress/imports.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\i :imports
-- one column of these values, beside the numbers of the rows
CREATE PROCEDURE regress.column(folder text, VARIADIC vals text[]) LANGUAGE plpgsql AS $$
DECLARE
  load text;
BEGIN
  SELECT E'id,v\n' || string_agg(format(E'%s,"%s"\n', i, replace(v, '"', '""')), '' ORDER BY i) INTO load FROM unnest(vals) WITH ORDINALITY u (v, i);
  CALL regress.file(folder || '/LOAD00000001.csv', load);
END $$;
\set ECHO all
CREATE SERVER made FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', base_time '2024-01-01');
CALL regress.fresh();

-- ---------------------------------------------------------------- D records tell the key
CALL regress.log('d/alone', E'id,no,name\n1,7,a\n2,8,b\n', E'Op,id,no,name\nU,1,7,c\nD,2,,\n');
CALL regress.log('d/two', E'a,b,name\n1,1,a\n1,2,b\n2,1,c\n2,2,d\n', E'Op,a,b,name\nU,1,1,x\nD,2,1,\n');
-- what a rule adds is in every record, and is no part of it: the operation, a time near the file's name, a load date
CALL regress.log('d/rule_op', E'1,ann,INSERT\n2,bob,INSERT\n', E'U,1,anna,UPDATE\nD,2,,DELETE\n');
CALL regress.log('d/rule_time', E'no,name,taken\n1,ann,2024-01-01 00:00:00.000000\n2,bob,2024-01-01 00:00:00.000000\n', E'Op,no,name,taken\nU,1,anna,2024-01-01 23:00:00.000000\nD,2,,2024-01-01 23:00:01.000000\n');
CALL regress.log('d/rule_date', E'no,name,day\n1,ann,2024-01-01\n2,bob,2024-01-01\n', E'Op,no,name,day\nU,1,anna,2024-01-02\nD,2,,2024-01-02\n');
-- a time that is of the key is near to no name, or varies in the full load
CALL regress.log('d/time', E'no,at,v\n1,2020-01-01 00:00:00,a\n1,2021-01-01 00:00:00,b\n2,2021-01-01 00:00:00,c\n', E'Op,no,at,v\nU,1,2020-01-01 00:00:00,x\nD,2,2021-01-01 00:00:00,\n');
-- whole rows with an empty field by chance: the column that is named as a key, or nothing
CALL regress.log('d/item', E'id,name,note\n1,pen,blue\n2,ink,black\n3,cup,red\n', E'Op,id,name,note\nU,3,cup,\n', E'Op,id,name,note\nD,3,cup,\nU,1,pencil,blue\n');
CALL regress.log('d/email', E'1,a@x,5\n2,b@x,6\n3,c@x,7\n', E'U,1,d@x,5\nD,2,b@x,\n');
-- one tenant so far
CALL regress.log('d/tenant', E'7,1,a\n7,2,b\n7,3,c\n', E'U,7,1,x\nD,7,2,\n');
-- nothing that all of them leave empty and others have
CALL regress.log('d/whole', E'no,name\n1,a\n2,b\n', E'Op,no,name\nD,2,b\n');
IMPORT FOREIGN SCHEMA d FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t, regress.rows(t) FROM unnest('{alone,two,rule_op,rule_time,rule_date,time,item}'::text[]) t;
-- what the hint says is right
ALTER FOREIGN TABLE hist.email ALTER COLUMN c1 OPTIONS (ADD key 'true');
SELECT regress.rows('email');
-- the task's mapping says what its rules add
CALL regress.fresh();
IMPORT FOREIGN SCHEMA d LIMIT TO (rule_time, rule_date) FROM SERVER made INTO hist OPTIONS (types_from '{"rules": [{"rule-type": "transformation", "rule-action": "add-column", "rule-target": "column", "object-locator": {"schema-name": "%", "table-name": "%time"}, "value": "taken", "expression": "$AR_H_TIMESTAMP", "data-type": {"type": "datetime", "precision": 6}}, {"rule-type": "transformation", "rule-action": "add-column", "rule-target": "column", "object-locator": {"schema-name": "%", "table-name": "%date"}, "value": "day", "expression": "date(''now'')", "data-type": {"type": "date"}}]}');
SELECT * FROM regress.tables();

-- ---------------------------------------------------------------- a key holds on what was sampled
-- most changes find no row by the name's column
CALL regress.log('h/wrong', E'id,no\n1,7\n2,8\n3,9\n', E'Op,id,no\nU,4,7\nU,5,8\nU,3,9\n');
CALL regress.log('h/half', E'id,no\n1,7\n2,8\n', E'Op,id,no\nU,4,7\nU,2,8\n');
-- a file that was not looked at may have the rows
CALL regress.log('h/more', E'id,no\n1,7\n2,8\n3,9\n', E'Op,id,no\nU,4,7\nU,5,8\n', E'Op,id,no\nU,6,8\n');
CALL regress.file('h/more/20240102-120000000.csv', E'Op,id,no\nI,6,8\n');
CALL regress.log('h/moved', E'id,no,BI_id\n1,7,\n2,8,\n', E'Op,id,no,BI_id\nU,3,7,1\nU,4,8,2\nU,5,8,4\n');
CALL regress.log('h/empty', E'id,no\n1,7\n2,8\n', E'Op,id,no\nI,,9\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA h FROM SERVER made INTO hist OPTIONS (modes 'snapshot,history,changes');
SELECT * FROM regress.tables() WHERE "table" !~ '_';
-- a local schema's too, by its types: 1.10 is 1.1
CREATE SCHEMA model;
CREATE TABLE model.decimals (no numeric PRIMARY KEY, name text);
CREATE TABLE model.words (no text PRIMARY KEY, name text);
CALL regress.log('k/decimals', E'1.1,a\n1.10,b\n');
CALL regress.log('k/words', E'1.1,a\n1.10,b\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA k FROM SERVER made INTO hist OPTIONS (types_from 'model');
SELECT * FROM regress.tables();

-- ---------------------------------------------------------------- types of keys
SELECT format('CALL regress.log(%L, %L, %L)', 't/' || name, E'v,id\n1,' || a || E'\n2,' || b || E'\n', E'Op,v,id\nU,3,' || a || E'\nD,,' || b || E'\n')
FROM (VALUES ('plain', '1', '20'), ('zeros', '007', '8'), ('decimals', '1.10', '2.20'), ('scales', '1.10', '1.1'), ('reals', '+1.23456792e+08', '+1.50000000e+00'),
  ('nano', '2024-01-01 00:00:00.123456789', '2024-01-01 00:00:00.123456788'), ('seven', '2024-01-01 00:00:00.1234560', '2024-01-01 00:00:00.1234570'), ('micro', '2024-01-01 00:00:00.123456', '2024-01-01 00:00:00.123457'), ('lengths', '2024-01-01 00:00:00', '2024-01-01 00:00:00.0'),
  ('zones', '2024-01-01 01:00:00+01', '2024-01-01 00:00:00+00'), ('zone', '2024-01-01 01:00:00+01', '2024-01-01 02:00:00+01'),
  ('lower', '6f9619ff-8b86-d011-b42d-00cf4fc964ff', '6f9619ff-8b86-d011-b42d-00cf4fc964fe'), ('cases', '6f9619ff-8b86-d011-b42d-00cf4fc964ff', '6F9619FF-8B86-D011-B42D-00CF4FC964FF'), ('days', '2024-01-01', '2024-01-02')) v (name, a, b) \gexec
CALL regress.log('t/image', E'id,v,BI_id\n1.1,1,\n2.2,2,\n', E'Op,id,v,BI_id\nU,3.3,1,1.1\nU,3.4,1,3.30\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA t FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t.table, regress.rows(t.table) FROM regress.tables() t;
-- a key that somebody adds to such a column is as exact
CALL regress.log('u/scales', E'1.1,a\n1.10,b\n', E'U,1.10,c\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA u FROM SERVER made INTO hist;
ALTER FOREIGN TABLE hist.scales ALTER COLUMN c1 TYPE text, ALTER COLUMN c1 OPTIONS (ADD key 'true');
SELECT regress.rows('scales');

-- ---------------------------------------------------------------- no digit is lost
CALL regress.column('v/cents_nan', '1234567890123456.78', 'NaN');
CALL regress.column('v/past_double', '9007199254740993', '1e5');
CALL regress.column('v/in_double', '9007199254740992', '1e5');
CALL regress.column('v/mantissa', '+1.2345678901234567e+01', '+1.1000000000000001e+00');
CALL regress.column('v/no_mantissa', '+1.2345678901234567e+01', '+1.1000000000000002e+00');
CALL regress.column('v/single', '+3.23800011e+01', '+1.23456792e+08');
CALL regress.column('v/no_single', '+3.23800011e+01', '+1.23456789e+08');
CALL regress.column('v/minus_zero', '-0.0', '1.5');
CALL regress.column('v/infinite', '+inf', '1.5', '-Infinity');
CALL regress.column('v/nano', '2024-01-01 00:00:00.123456789');
CALL regress.column('v/json', '{"a": 1, "b": {"c": 1.10}}', '[{"a": ":"}, {"a": "\":"}]');
CALL regress.column('v/json_twice', '{"a": 1, "b": 2}', '{"a": 1, "\u0061": 2}');
CALL regress.column('v/json_deep', '[{"b": {"c": 1, "c": 1}}]');
CALL regress.column('v/json_zero', '{"a": -0.0}');
CALL regress.column('v/bounds', '{1,2}', '[0:1]={1,2}');
CALL regress.column('v/json_surrogate', '{"a": "\ud800"}');
-- all files decide, a twin that differs in case too
CALL regress.log('v/twins', E'id,Name\n1,text\n2,more\n', E'Op,id,name,Name\nU,1,5,x\nU,2,6,y\n');
CALL regress.log('v/no_twins', E'id,Name\n1,text\n2,more\n', E'Op,id,name\nU,1,5\nU,2,6\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA v FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t.table, regress.rows(t.table) FROM regress.tables() t;

-- ---------------------------------------------------------------- what a known type does not hold
CREATE DOMAIN model.positive AS numeric(8,2) CHECK (value > 0);
CREATE DOMAIN model.filled AS text NOT NULL;
CREATE TYPE model.mood AS ENUM ('sad', 'glad');
CREATE TABLE model.fits (id int PRIMARY KEY, born date, runs time, price model.positive, name varchar(3), feels model.mood, cut numeric(4,1), says model.filled, at timestamp(0));
CREATE TABLE model.misses (LIKE model.fits);
CREATE TABLE model.placed (LIKE model.fits);
CREATE TABLE model.moved (LIKE model.fits);
CALL regress.log('w/fits', E'id,born,runs,price,name,feels,cut,says,at\n1,2024-12-31,23:59:00,0.50,abc,sad,1.5,x,2024-01-01 00:00:00\n', E'Op,id,born,runs,price,name,feels,cut,says,at\nD,1,,,,,,,,\n');
CALL regress.log('w/misses', E'id,born,runs,price,name,feels,cut,says,at\n1,2024-12-32,839:00:00,-0.50,abcd,mad,1.55,,2024-01-01 00:00:00.7\n');
CALL regress.log('w/placed', E'1,2024-12-32,23:59:00,-0.50,abc,sad,1.55,x,2024-01-01 00:00:00\n');
CALL regress.log('w/moved', E'1,sad,23:59:00,0.50,abc,2024-12-31,1.5,x,2024-01-01 00:00:00\n');
CALL regress.file('w/bytes/LOAD00000001.csv', 'id,v'::bytea || '\x0a312c636166e90a'::bytea);
CALL regress.fresh();
IMPORT FOREIGN SCHEMA w EXCEPT (placed, moved) FROM SERVER made INTO hist OPTIONS (types_from 'model');
IMPORT FOREIGN SCHEMA w LIMIT TO (placed, moved) FROM SERVER made INTO hist OPTIONS (types_from 'model');
SELECT * FROM regress.tables();
SELECT t, regress.rows(t) FROM unnest('{fits,misses,placed}'::text[]) t;
-- what the hint says is right
SELECT regress.outcome('SELECT * FROM hist.bytes');
ALTER FOREIGN TABLE hist.bytes OPTIONS (ADD on_error 'null');
SELECT regress.rows('bytes');

-- ---------------------------------------------------------------- what a known type would lose
CREATE DOMAIN model.day AS date;
-- the text must come back from the type: else the one that the values show, or text
CREATE PROCEDURE regress.known(name text, type text, VARIADIC vals text[]) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE model.%I (id int PRIMARY KEY, v %s)', name, type);
  CALL regress.column('x/' || name, VARIADIC vals);
END $$;
CALL regress.known('date_time', 'date', '2024-01-01 10:00:00', '2024-01-02 00:00:00');
CALL regress.known('date_zone', 'date', '2024-01-01 00:00:00+02');
CALL regress.known('domain_time', 'model.day', '2024-01-01T10:00:00');
CALL regress.known('dates_time', 'date[]', '{2024-01-01,2024-01-02 10:00:00}');
CALL regress.known('stamp_zone', 'timestamp', '2024-01-01 10:00:00+02');
CALL regress.known('stamp_utc', 'timestamp', '2024-01-01 10:00:00Z');
CALL regress.known('stamp_zones', 'timestamp(3)', '2024-01-01 10:00:00', '2024-01-01 10:00:00 Europe/Berlin');
CALL regress.known('stamp_nano', 'timestamp', '2024-01-01 10:00:00.1234567');
CALL regress.known('stamptz_nano', 'timestamptz', '2024-01-01 10:00:00.1234567+01');
CALL regress.known('stamp_leap', 'timestamp', '2024-12-31 23:59:60');
CALL regress.known('time_date', 'time', '2024-01-01 10:00:00');
CALL regress.known('time_zone', 'time', '10:00:00+02');
CALL regress.known('timetz_date', 'timetz', '2024-01-01 10:00:00+02');
CALL regress.known('interval_nano', 'interval', '00:00:00.1234567');
CALL regress.known('double_cents', 'float8', '1234567890123456.78');
CALL regress.known('double_whole', 'float8', '9007199254740993');
CALL regress.known('doubles_whole', 'float8[]', '{1,9007199254740993}');
CALL regress.known('real_digits', 'real', '123456789.5');
CALL regress.known('real_double', 'real', '+1.0000000000000001e-01');
CALL regress.known('money_mill', 'money', '1.234');
CALL regress.known('money_text', 'money', '$1,234.505');
CALL regress.known('oid_minus', 'oid', '-1');
CALL regress.known('zip', 'bigint', '01234', '98765');
CALL regress.known('phone', 'numeric', '+4930123');
CALL regress.known('scale', 'numeric(8,2)', '9.505');
CALL regress.known('scales', 'numeric(8,2)[]', '{1.00,9.505}');
CALL regress.known('minus_zero', 'numeric', '-0.0');
CALL regress.known('cidr_host', 'cidr', '192.168.0.5/24');
CALL regress.known('bits', 'bit(4)', '10101');
CALL regress.known('names', 'name[]', '{a,' || repeat('b', 64) || '}');
CALL regress.known('json_twice', 'jsonb', '{"a": 1, "a": 2}');
-- none of this is lost
CALL regress.known('ok_date', 'date', '2024-01-01', '2024-01-02 00:00:00', '20240103', 'infinity');
CALL regress.known('ok_day', 'model.day', '2024-01-01');
CALL regress.known('ok_dates', 'date[]', '{2024-01-01,NULL,2024-01-02 00:00:00}');
CALL regress.known('ok_stamp', 'timestamp', '2024-01-01', '2024-01-01T10:00:00.5', '2024-01-01 10:00:00.1234560', '-infinity', '0044-03-15 12:00:00 BC');
CALL regress.known('ok_stamptz', 'timestamptz', '2024-01-01 10:00:00', '2024-01-01 10:00:00+02', '2024-01-01T10:00:00Z');
CALL regress.known('ok_time', 'time', '10:00:00', '24:00:00', '10:00', '10:00:00.123456');
CALL regress.known('ok_timetz', 'timetz', '10:00:00+02', '10:00:00');
CALL regress.known('ok_interval', 'interval', '1 day 02:03:04.5', '839:00:00', 'P1Y2M');
CALL regress.known('ok_double', 'float8', '1.10', '+1.0000000000000001e-01', '1e5', '-0.0', 'NaN', '+inf', '0.30000000000000004');
CALL regress.known('ok_doubles', 'float8[]', '{1.10,NaN}');
CALL regress.known('ok_real', 'real', '99.95', '+1.23456792e+08', '-Infinity');
CALL regress.known('ok_money', 'money', '1.5', '$1,234.50', '-1.00', '($2.00)');
CALL regress.known('ok_oid', 'oid', '4294967295');
CALL regress.known('ok_int', 'bigint', '0', '-7', ' 8 ');
CALL regress.known('ok_numeric', 'numeric', '1.10', '.5', '5.', '1E3', '+1.2e+01', 'NaN', '1e-30');
CALL regress.known('ok_scale', 'numeric(8,2)', '9.5', '9.500');
CALL regress.known('ok_char', 'char(4)', 'ab', 'ab  ');
CALL regress.known('ok_bits', 'bit(4)', '1010');
CALL regress.known('ok_inet', 'inet', '192.168.0.5/24', '::1');
CALL regress.known('ok_uuid', 'uuid', '6F9619FF-8B86-D011-B42D-00CF4FC964FF', '{6f9619ff8b86d011b42d00cf4fc964ff}');
CALL regress.known('ok_bool', 'boolean', 'T', 'false', '1');
CALL regress.known('ok_json', 'jsonb', '{"b": 1.10, "a": [1,  2]}');
-- keys are told apart as their texts are
CREATE TABLE model.day_key (k date PRIMARY KEY, n int);
CREATE TABLE model.float_key (k float8 PRIMARY KEY, n int);
CREATE TABLE model.nano_key (k timestamp PRIMARY KEY, n int);
CREATE TABLE model.stamp_key (k timestamp, i int, n int, PRIMARY KEY (k, i));
CALL regress.log('x/day_key', E'k,n\n2024-01-01 10:00:00,1\n2024-01-01 11:00:00,2\n', E'Op,k,n\nD,2024-01-01 12:00:00,\nU,2024-01-01 11:00:00,3\n');
CALL regress.log('x/float_key', E'k,n\n9007199254740993,1\n', E'Op,k,n\nI,9007199254740992,2\nD,9007199254740992,\n');
CALL regress.log('x/nano_key', E'k,n\n2024-01-01 10:00:00.1234567,1\n', E'Op,k,n\nI,2024-01-01 10:00:00.1234568,2\n');
CALL regress.log('x/stamp_key', E'k,i,n\n2024-01-01 10:00:00+01,1,1\n', E'Op,k,i,n\nI,2024-01-01 10:00:00+02,1,2\n');
CALL regress.log('x/zip_key', E'k,n\n007,1\n', E'Op,k,n\nI,7,2\nD,7,\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA x FROM SERVER made INTO hist OPTIONS (types_from '["model", {"TableList": [{"Name": "zip_key", "StorageDescriptor": {"Columns": [{"Name": "k", "Type": "bigint"}, {"Name": "n", "Type": "int"}]}}]}]');
SELECT t.table, substr(t.columns, 14) AS type, regress.rows(t.table) FROM regress.tables() t WHERE t.table !~ '_key$';
SELECT t.table, t.columns, regress.rows(t.table) FROM regress.tables() t WHERE t.table ~ '_key$';
-- where nothing shall be inferred, text
CALL regress.fresh();
IMPORT FOREIGN SCHEMA x LIMIT TO (date_time) FROM SERVER made INTO hist OPTIONS (types_from 'model', infer 'text');
SELECT * FROM regress.tables();
SET client_min_messages = warning;
DROP SCHEMA hist CASCADE;
DROP SCHEMA model CASCADE;
\set ECHO none
\i :end

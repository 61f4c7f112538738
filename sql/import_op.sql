-- Which field IMPORT FOREIGN SCHEMA takes for the operation and for the commit
-- time: by evidence in the files, or the table is left out.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
-- of each imported table its columns, and what its options say of operation and time
CREATE FUNCTION regress.tables() RETURNS TABLE ("table" text, columns text, options text) LANGUAGE sql AS $$
  SELECT c.relname, string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum),
    (SELECT string_agg(o, ', ') FROM unnest(ftoptions) o WHERE o !~ '^(schema_name|table_name|add_column_name)=')
  FROM pg_class c JOIN pg_foreign_table ON ftrelid = c.oid JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
  WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'hist') GROUP BY c.oid, ftoptions ORDER BY relname COLLATE "C";
$$;
-- a log of a full load and two files of changes, as far as they are given
CREATE PROCEDURE regress.log(key text, load text, changes text DEFAULT NULL, later text DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
  IF load IS NOT NULL THEN CALL regress.file(key || '/LOAD00000001.csv', load); END IF;
  IF changes IS NOT NULL THEN CALL regress.file(key || '/20240102-000000000.csv', changes); END IF;
  IF later IS NOT NULL THEN CALL regress.file(key || '/20240103-000000000.csv', later); END IF;
END $$;
-- the rows of a table, which gets a key where it has none
CREATE FUNCTION regress.rows(name text, key text DEFAULT NULL, at text DEFAULT '') RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  IF key IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = format('hist.%I', name)::regclass AND 'key=true' = ANY (attfdwoptions)) THEN
    EXECUTE format('ALTER FOREIGN TABLE hist.%I ALTER %I OPTIONS (ADD key ''true'')', name, key);
  END IF;
  PERFORM set_config('cdc_fdw.asof', at, true);
  RETURN QUERY EXECUTE format('SELECT r FROM (SELECT translate((s.*)::text, ''()"'', '''') FROM hist.%I s) x (r) ORDER BY r COLLATE "C"', name);
  PERFORM set_config('cdc_fdw.asof', '', true);
END $$;
\set ECHO all
SET client_min_messages = warning;
CREATE SCHEMA hist;
CREATE SERVER made FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', base_time '2024-01-01');

-- ---------------------------------------------------------------- does a full load begin with an operation
-- nothing tells: no changes, or changes of the same width by chance
CALL regress.log('alone/doubt', E'I,ann,5\nI,bob,6\n');
CALL regress.log('alone/quoted', E'"I","ann"\n"I","bob"\n');
CALL regress.log('alone/width', E'I,ann,rome\nI,bob,oslo\n', E'U,I,ann\n');
IMPORT FOREIGN SCHEMA alone FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
-- the option decides, either way
ALTER SERVER made OPTIONS (ADD include_op_for_full_load 'false');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA alone FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t, regress.rows(t) FROM unnest('{doubt,quoted}'::text[]) t;
ALTER SERVER made OPTIONS (SET include_op_for_full_load 'true');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA alone FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t, regress.rows(t, 'c1') FROM unnest('{doubt,width}'::text[]) t;
ALTER SERVER made OPTIONS (DROP include_op_for_full_load);
-- neighbours tell; one field alone is a column
CALL regress.log('beside/doubt', E'I,ann,5\nI,bob,6\n');
CALL regress.log('beside/narrow', E'I\nI\n');
CALL regress.log('beside/sure', E'1,ann,5\n2,bob,6\n');
\set VERBOSITY terse
CALL regress.fresh();
IMPORT FOREIGN SCHEMA beside FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t, regress.rows(t) FROM unnest('{doubt,narrow}'::text[]) t;
-- the values of changes tell, also where a column came later
CALL regress.log('told/op', E'I,1,ann\nI,2,bob\n', E'U,1,anna\nD,2,\n');
CALL regress.log('told/grown', E'I,1,ann\nI,2,bob\n', E'U,1,anna,rome\nI,3,cy,oslo\n');
CALL regress.log('told/texts', E'I,ann,rome\nI,bob,oslo\n', E'U,ann,bern\nD,bob,\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA told FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t, regress.rows(t, 'c1') FROM unnest('{op,grown,texts}'::text[]) t;
CALL regress.log('value/first', E'I,ann,5\nI,bob,6\n', E'U,I,anna,5\nI,V,cy,7\n');
CALL regress.log('value/other', E'I,ann,5\nU,bob,6\n', E'U,U,bea,6\nD,I,,\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA value FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT * FROM regress.rows('first', 'c3');
SELECT * FROM regress.rows('other', 'c1');

-- ---------------------------------------------------------------- does a full load begin with a commit time
-- the neighbours' full loads have none, so the time is a column
CALL regress.log('plain/a', E'1,x\n', E'U,2024-01-01 23:59:00.000000,1,y\n');
CALL regress.log('plain/b', E'1,x\n', E'U,2024-01-01 23:59:00.000000,1,y\n');
CALL regress.log('plain/c', E'2024-01-01 10:00:00,5,x\n2024-01-01 11:00:00,6,y\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA plain FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t, regress.rows(t, k) FROM (VALUES ('a', 'c1'), ('c', NULL)) v (t, k);
-- theirs have them
CALL regress.log('timed/a', E'2024-01-01 10:00:00,1,x\n', E'U,2024-01-01 23:59:00.000000,1,y\n');
CALL regress.log('timed/b', E'2024-01-01 10:00:00,1,x\n', E'U,2024-01-01 23:59:00.000000,1,y\n');
CALL regress.log('timed/c', E'2024-01-01 10:00:00,5,x\n2024-01-01 11:00:00,6,y\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA timed FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT * FROM regress.rows('c');
-- what the server says changes nothing of that, and decides where nothing tells
CREATE SERVER stamped FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CALL regress.log('lone/c', E'2024-01-01 10:00:00,5,x\n2024-01-01 11:00:00,6,y\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA plain FROM SERVER stamped INTO hist;
SELECT * FROM regress.tables();
SELECT * FROM regress.rows('c');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA lone FROM SERVER stamped INTO hist;
SELECT * FROM regress.tables();
SELECT * FROM regress.rows('c');
-- a column of the source's own comes first, which a query takes for the commit time
CALL regress.log('own/a', E'2023-05-01 00:00:00,1,x\n', E'U,2024-01-01 23:59:00.000000,2023-05-01 00:00:00,1,y\n');
CALL regress.log('own/b', E'2024-01-01 10:00:00,2023-05-01 00:00:00,1,x\n', E'U,2024-01-01 23:59:00.000000,2023-05-01 00:00:00,1,y\n');
-- some have them, or nothing shows it
CALL regress.log('own/c', E'2024-01-01 10:00:00,5,x\n');
CALL regress.log('own/d', E'2023-05-01 00:00:00,2023-06-01 00:00:00\n', E'U,2024-01-01 23:59:00.000000,2023-05-01 00:00:00,2023-07-01 00:00:00,y\n');
\set VERBOSITY default
CALL regress.fresh();
IMPORT FOREIGN SCHEMA own FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT * FROM regress.rows('b', 'c2');
-- as the hints say
CREATE FOREIGN TABLE hist.c (at timestamp, id int, v text) SERVER made OPTIONS (schema_name 'own', timestamp_column_name '');
SELECT * FROM regress.rows('c');
CALL regress.file('own/a/LOAD00000001.csv', E'2024-01-01 10:00:00,2023-05-01 00:00:00,1,x\n');
CALL regress.file('own/d/LOAD00000001.csv', E'2024-01-01 10:00:00,2023-05-01 00:00:00,2023-06-01 00:00:00,x\n');
\set VERBOSITY terse
CALL regress.fresh();
IMPORT FOREIGN SCHEMA own FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t, regress.rows(t, k) FROM (VALUES ('a', 'c2'), ('d', 'c1')) v (t, k);

-- ---------------------------------------------------------------- times that are none of commits
\set VERBOSITY default
SET client_min_messages = notice;
-- later than the file's name
CALL regress.log('late/a', E'created_at,id,v\n2024-01-01 10:00:00,1,x\n', E'Op,created_at,id,v\nI,2030-01-01 23:00:00,2,y\nU,2030-01-01 10:00:00,1,z\n');
CALL regress.log('late/b', E'created_at,id,v\n2024-01-01 10:00:00,1,x\n', E'Op,created_at,id,v\nI,2024-01-01 23:00:00,2,y\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA late FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT * FROM regress.rows('a', NULL, '2024-02-01');
SELECT * FROM regress.rows('a', NULL, '2024-01-01 12:00');
-- as said
ALTER SERVER made OPTIONS (ADD timestamp_column_name '');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA late FROM SERVER made INTO hist;
SELECT * FROM regress.rows('a', NULL, '2024-02-01');
ALTER SERVER made OPTIONS (DROP timestamp_column_name);
-- long before it
CALL regress.log('past/a', E'created_at,id,v\n2024-01-01 10:00:00,1,x\n', E'Op,created_at,id,v\nU,2023-05-01 10:00:00,1,z\n');
CALL regress.log('past/b', E'created_at,id,v\n2024-01-01 10:00:00,1,x\n', E'Op,created_at,id,v\nI,2024-01-01 23:00:00,2,y\n');
-- back by days in one file
CALL regress.log('back/a', E'created_at,id,v\n2024-01-01 10:00:00,1,x\n', E'Op,created_at,id,v\nI,2024-01-01 23:00:00,2,y\nU,2024-01-01 10:00:00,1,z\n');
CALL regress.log('back/b', E'created_at,id,v\n2024-01-01 10:00:00,1,x\n', E'Op,created_at,id,v\nI,2024-01-01 23:00:00,2,y\n');
-- a full load of months
CALL regress.log('wide/a', E'2023-05-01 10:00:00,1,x\n2023-12-31 10:00:00,2,y\n', E'U,2024-01-01 23:00:00,1,z\n');
CALL regress.log('wide/b', E'2023-12-31 10:00:00,2,y\n', E'U,2024-01-01 23:00:00,1,z\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA past FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT * FROM regress.rows('a');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA back FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT * FROM regress.rows('a');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA wide FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
-- commits that are told so, a moment after the name as clocks differ, and in words that are none
CALL regress.log('good/a', E'cts,id,v\n2024-01-01 10:00:00,1,x\n', E'Op,cts,id,v\nI,2023-12-03 00:00:00,2,y\nU,2024-01-02 00:00:09,1,z\n');
CALL regress.log('good/b', E'cts,id,v\n2024-01-01 10:00:00,1,x\n', E'Op,cts,id,v\nI,2024-01-01 23:00:00,2,y\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA good FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT * FROM regress.rows('a', NULL, '2024-01-01 12:00');
-- what the server names has to be times
SET client_min_messages = warning;
CALL regress.log('words/day', E'id,v\n1,x\n', E'Op,ts,id,v\nU,2024-01-01,1,z\n');
CALL regress.log('words/word', E'id,v\n1,x\n', E'Op,ts,id,v\nU,yesterday,1,z\n');
CALL regress.log('words/load', E'ts,id,v\nnever,1,x\n', E'Op,ts,id,v\nU,2024-01-01 23:00:00,1,z\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA words FROM SERVER stamped INTO hist;
SELECT * FROM regress.tables();

-- ---------------------------------------------------------------- operations in quotes, without header
CALL regress.log('quoted/all', E'"1","a"\n"2","b"\n', E'"U","1","x"\n"D","2",\n');
CALL regress.log('quoted/few', E'"1","a"\n"2","b"\n', E'"I","1"\n"x","2"\n');
CALL regress.log('quoted/none', E'"1","a"\n"2","b"\n', E'U,"1","x"\nD,"2",\n');
CALL regress.log('quoted/header', E'"id","v"\n"1","a"\n"2","b"\n', E'"Op","id","v"\n"U","1","x"\n"D","2",\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA quoted FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t, regress.rows(t, k) FROM (VALUES ('none', 'c1'), ('header', 'id')) v (t, k);
ALTER SERVER made OPTIONS (ADD cdc_inserts_only 'true', ADD include_op_for_full_load 'false');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA quoted LIMIT TO (few) FROM SERVER made INTO hist;
SELECT * FROM regress.rows('few');
ALTER SERVER made OPTIONS (DROP cdc_inserts_only, DROP include_op_for_full_load);

-- ---------------------------------------------------------------- headers without Op
-- a column with some operations is one, unless the full load has other values in it
CALL regress.log('mixed/dml', E'id,v\n1,x\n2,y\n', E'dml,id,v\nU,1,z\nX,2,\n');
CALL regress.log('mixed/letters', E'id,v\n1,x\n2,y\n', E'_op,id,v\nu,1,z\nd,2,\nc,3,w\n');
CALL regress.log('mixed/last', E'id,v\n1,x\n2,y\n', E'id,v,verb\n1,z,noop\n2,,Delete\n');
CALL regress.log('mixed/later', E'id,v\n1,x\n', E'verb,id,v\nx,1,z\n', E'verb,id,v\nD,1,\n');
CALL regress.log('mixed/empty', E'id,grade\n1,\n', E'id,grade\n2,D\n3,E\n');
CALL regress.log('mixed/no_load', NULL, E'id,grade\n2,D\n3,E\n');
CALL regress.log('mixed/grade', E'id,grade\n1,A\n', E'id,grade\n2,D\n3,E\n');
CALL regress.log('mixed/plain', E'id,v\n1,x\n', E'id,v\n2,y\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA mixed FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT * FROM regress.rows('grade');
-- what the hints say
ALTER SERVER made OPTIONS (ADD op_column_name 'dml');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA mixed LIMIT TO (dml) FROM SERVER made INTO hist;
ALTER SERVER made OPTIONS (DROP op_column_name, ADD cdc_inserts_only 'true');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA mixed LIMIT TO (empty, no_load) FROM SERVER made INTO hist;
SELECT t, regress.rows(t) FROM unnest('{empty,no_load}'::text[]) t;
ALTER SERVER made OPTIONS (DROP cdc_inserts_only);

-- ---------------------------------------------------------------- the name Op in another case, and what stands under it
-- a column of the source's own has it; the operation has it, and is not first
CALL regress.log('named/own', E'id,OP,v\n1,5,x\n2,6,y\n3,7,w\n', E'Op,id,OP,v\nU,1,7,z\nD,2,,\n');
CALL regress.log('named/case', E'id,v\n1,x\n2,y\n', E'id,op,v\n1,U,z\n2,D,\n');
CALL regress.log('named/in_load', E'Op,id,v\nI,1,x\nINSERT,2,y\n', E'Op,id,v\nU,1,z\nD,2,\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA named FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t, regress.rows(t, 'id') FROM unnest('{own,case,in_load}'::text[]) t;
-- no operations
CALL regress.log('none/letter', E'id,v\n1,x\n', E'Op,id,v\nU,1,z\nc,2,w\n');
CALL regress.log('none/empty', E'id,v\n1,x\n', E'Op,id,v\nU,1,z\n,2,w\n');
CALL regress.log('none/before', E'id,v\n1,x\n', E'Op,id,v\nB,1,x\nU,2,x\n');
CALL regress.log('none/load', E'Op,id,v\nU,1,x\n', E'Op,id,v\nU,1,z\n');
CALL regress.log('none/own', E'Op,id,v\n5,1,x\n', NULL);
CALL regress.fresh();
IMPORT FOREIGN SCHEMA none FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
CALL regress.log('none2/load', E'U,1,x\nI,2,y\n', E'U,1,z\n');
ALTER SERVER made OPTIONS (ADD include_op_for_full_load 'true');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA none2 FROM SERVER made INTO hist;
-- what the hints say
ALTER SERVER made OPTIONS (DROP include_op_for_full_load, ADD op_column_name 'Op', ADD load_ops 'any');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA none LIMIT TO (before, load) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t, regress.rows(t, 'id') FROM unnest('{before,load}'::text[]) t;
\set VERBOSITY terse
CALL regress.fresh();
IMPORT FOREIGN SCHEMA none2 FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT * FROM regress.rows('load', 'c1');
-- ---------------------------------------------------------------- a commit time that is known to be the source's column
CREATE SCHEMA model;
CREATE TABLE model.a (created_at timestamp, id int PRIMARY KEY, v text);
CALL regress.log('known/a', E'created_at,id,v\n2024-01-01 10:00:00,1,a\n2023-12-31 11:00:00,3,c\n', E'Op,created_at,id,v\nU,2023-12-31 11:00:00,3,cc\n');
CALL regress.log('known/b', E'created_at,id,v\n2024-01-01 10:00:00,1,a\n2023-12-31 11:00:00,3,c\n', E'Op,created_at,id,v\nU,2024-01-01 10:00:00,1,aa\n');
CALL regress.fresh();
SET client_min_messages = notice;
IMPORT FOREIGN SCHEMA known FROM SERVER made INTO hist OPTIONS (types_from 'model');
SELECT * FROM hist.a ORDER BY id;
SELECT * FROM hist.b ORDER BY id;
DROP SCHEMA model CASCADE;
SET client_min_messages = warning;

-- ---------------------------------------------------------------- a full load with other operations than inserts
CALL regress.log('others/mixed', E'I,1,a\nD,2,b\n', E'U,1,c\n');
CALL regress.log('others/updates', E'U,1,a\nU,2,b\n', E'U,1,c\nD,2,\n');
ALTER SERVER made OPTIONS (DROP load_ops);
CALL regress.fresh();
IMPORT FOREIGN SCHEMA others FROM SERVER made INTO hist;
ALTER SERVER made OPTIONS (ADD load_ops 'any');
IMPORT FOREIGN SCHEMA others FROM SERVER made INTO hist;
ALTER FOREIGN TABLE hist.mixed ALTER c1 OPTIONS (ADD key 'true');
SELECT * FROM hist.mixed ORDER BY 1;

DROP SCHEMA hist CASCADE;
\set ECHO none
\i :end

-- cdc_fdw_sync over tables that users altered and logs that changed.
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

-- ---------------------------------------------------------------- position
CALL regress.file('pos/city/LOAD00000001.csv', E'1,ann,999,rome\n2,bob,888,bonn\n');
CALL regress.file('pos/city/20240102-000000000.csv', E'I,3,cy,777,kiel\n');
CREATE FOREIGN TABLE hist.city (id int OPTIONS (key 'true'), name text, city text OPTIONS (position '4')) SERVER made OPTIONS (schema_name 'pos');
-- the field that the user left out stays out
SELECT * FROM regress.sync('pos');
-- one behind it is added at its place, and stays there
CALL regress.file('pos/city/20240103-000000000.csv', E'I,4,di,666,ulm,new\n');
SELECT * FROM regress.sync('pos');
SELECT * FROM regress.sync('pos');
SELECT * FROM regress.columns('hist.city');
SELECT * FROM hist.city ORDER BY id;
SET cdc_fdw.asof = '2024-01-02 12:00'; SELECT * FROM hist.city ORDER BY id; RESET cdc_fdw.asof;
-- whatever the columns are called here
ALTER FOREIGN TABLE hist.city RENAME name TO c6;
CALL regress.file('pos/city/20240104-000000000.csv', E'I,5,ed,555,bern,new,six\n');
SELECT * FROM regress.sync('pos');
SELECT * FROM regress.sync('pos');
SELECT * FROM regress.columns('hist.city');
SELECT * FROM hist.city WHERE id = 5;

-- ---------------------------------------------------------------- dropped columns
CALL regress.file('drop/people/LOAD00000001.csv', E'1,ann,999,rome\n2,bob,888,bonn\n');
CALL regress.file('drop/tail/LOAD00000001.csv', E'1,ann,rome\n2,bob,bonn\n');
CREATE FOREIGN TABLE hist.people (id int OPTIONS (key 'true'), name text, ssn text, city text) SERVER made OPTIONS (schema_name 'drop');
CREATE FOREIGN TABLE hist.tail (id int OPTIONS (key 'true'), name text, city text) SERVER made OPTIONS (schema_name 'drop');
ALTER FOREIGN TABLE hist.people DROP ssn;
ALTER FOREIGN TABLE hist.tail DROP city;
-- city may be the third field or the fourth; behind the last column it shows
SELECT * FROM regress.sync('drop');
SELECT regress.outcome('SELECT * FROM hist.people');
ALTER FOREIGN TABLE hist.people ALTER city OPTIONS (ADD position '4');
SELECT * FROM regress.sync('drop');
SELECT * FROM hist.people ORDER BY id;
SELECT * FROM regress.columns('hist.tail');
SELECT * FROM hist.tail ORDER BY id;

-- a place further on that is said does not say where those before it are
CALL regress.file('gap/gap/LOAD00000001.csv', E'1,p,q,r,s\n2,p,q,r,s\n');
CREATE FOREIGN TABLE hist.gap (id int OPTIONS (key 'true'), a text, b text, c text, d text OPTIONS (position '5')) SERVER made OPTIONS (schema_name 'gap');
ALTER FOREIGN TABLE hist.gap DROP a;
SELECT * FROM regress.sync('gap');
ALTER FOREIGN TABLE hist.gap ALTER b OPTIONS (ADD position '3');
SELECT * FROM regress.sync('gap');
SELECT * FROM hist.gap ORDER BY id;
-- what a table's options say of its files needs no other table that shows it
CALL regress.file('alone/clock/LOAD00000001.csv', E'2024-01-01 01:00:00.000000,1,a\n2024-01-01 01:00:00.000000,2,b\n');
CALL regress.file('alone/clock/20240102-000000000.csv', E'U,2024-01-01 23:00:00.000000,1,x\n');
CREATE FOREIGN TABLE hist.clock (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'alone', timestamp_column_name 'ts');
SELECT * FROM regress.sync('alone');

-- ---------------------------------------------------------------- moved fields
CREATE SCHEMA model;
CREATE TABLE model.person (id int PRIMARY KEY, name text NOT NULL, ssn text, city text);
CALL regress.file('move/person/LOAD00000001.csv', E'1,ann,999,rome\n2,bob,888,bonn\n');
SELECT * FROM regress.sync('move', '{"types_from": "model"}');
SELECT * FROM regress.columns('hist.person');
-- one went, another came: as wide as before, and all are texts
ALTER TABLE model.person DROP ssn, ADD zip text;
CALL regress.file('move/person/20240102-000000000.csv', E'I,3,cy,kiel,24103\n');
SELECT * FROM regress.sync('move', '{"types_from": "model"}');
SELECT * FROM regress.sync('move', '{"types_from": "model"}');
SELECT * FROM regress.columns('hist.person');
-- a name of one's own is told by column_name
DROP FOREIGN TABLE hist.person;
CREATE FOREIGN TABLE hist.person (id int OPTIONS (key 'true'), title text, city text, zip text) SERVER made OPTIONS (schema_name 'move');
SELECT * FROM regress.sync('move', '{"types_from": "model"}');
ALTER FOREIGN TABLE hist.person ALTER title OPTIONS (ADD column_name 'name');
SELECT * FROM regress.sync('move', '{"types_from": "model"}');
-- fewer fields than before: which one went does not show, unless it is said
CALL regress.file('less/item/LOAD00000001.csv', E'1,ann,x,rome\n2,bob,y,bonn\n');
SELECT * FROM regress.sync('less');
CALL regress.file('less/item/20240102-000000000.csv', E'I,3,cy,kiel\n');
SELECT * FROM regress.sync('less');
SELECT regress.outcome('SELECT * FROM hist.item');
ALTER FOREIGN TABLE hist.item ALTER c4 OPTIONS (ADD missing '');
SELECT * FROM regress.sync('less');
DROP FOREIGN TABLE hist.item;
SELECT * FROM regress.sync('less');
IMPORT FOREIGN SCHEMA less FROM SERVER made INTO hist;
-- types that fit no more, one and two
CALL regress.file('fit/one/LOAD00000001.csv', E'1,2024-01-01,7\n2,2024-01-02,8\n');
CALL regress.file('fit/two/LOAD00000001.csv', E'1,2024-01-01,7\n2,2024-01-02,8\n');
SELECT * FROM regress.sync('fit');
CALL regress.file('fit/one/20240102-000000000.csv', E'I,3,2024-01-03,many\n');
CALL regress.file('fit/two/20240102-000000000.csv', E'I,3,9,many\n');
SELECT * FROM regress.sync('fit');

-- ---------------------------------------------------------------- names
CALL regress.file('name/a/LOAD00000001.csv', E'id,name\n1,x\n');
CALL regress.file('name/a/20240102-000000000.csv', E'Op,id,name\nU,1,y\n');
SELECT * FROM regress.sync('name');
-- a column that came, one that went, and both still read
CALL regress.file('name/a/20240103-000000000.csv', E'Op,id,note\nU,1,n\n');
SELECT * FROM regress.sync('name');
SELECT * FROM regress.sync('name');
SELECT * FROM regress.columns('hist.a');
SELECT * FROM hist.a;
SET cdc_fdw.asof = '2024-01-02 12:00'; SELECT * FROM hist.a; RESET cdc_fdw.asof;
-- a column of that name here is another one of the log
ALTER FOREIGN TABLE hist.a RENAME note TO remark;
ALTER FOREIGN TABLE hist.a ALTER remark OPTIONS (ADD column_name 'note');
ALTER FOREIGN TABLE hist.a RENAME name TO later;
ALTER FOREIGN TABLE hist.a ALTER later OPTIONS (ADD column_name 'name');
CALL regress.file('name/a/20240104-000000000.csv', E'Op,id,note,later\nU,1,n,l\n');
SELECT * FROM regress.sync('name');
SELECT * FROM regress.sync('name');
SELECT * FROM regress.columns('hist.a');
SELECT * FROM hist.a;
-- a header of nothing but operation and time, and a table that was made by hand
CALL regress.file('bare/unnamed/20240102-000000000.csv', E'Op,ts\n');
CREATE SERVER bare FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', add_column_name 'true');
CREATE FOREIGN TABLE hist.unnamed (v text) SERVER bare OPTIONS (schema_name 'bare');
SELECT * FROM cdc_fdw_sync('bare', 'bare', 'hist');
SELECT * FROM cdc_fdw_sync('bare', 'bare', 'hist');
-- renamed here only: which column it was does not show, and nothing is guessed
CALL regress.file('name/b/LOAD00000001.csv', E'id,name\n1,x\n');
CREATE FOREIGN TABLE hist.b (id int OPTIONS (key 'true'), title text) SERVER made OPTIONS (schema_name 'name', add_column_name 'true');
SELECT * FROM regress.sync('name') WHERE table_name = 'b';
ALTER FOREIGN TABLE hist.b ALTER title OPTIONS (ADD column_name 'name');
SELECT * FROM regress.sync('name') WHERE table_name = 'b';
-- twins in case are two; which one a folded name means does not show
CALL regress.file('twin/a/LOAD00000001.csv', E'id,Name\n1,x\n');
CALL regress.file('twin/b/LOAD00000001.csv', E'id,Name\n1,x\n');
CREATE FOREIGN TABLE hist.twin_a (id int OPTIONS (key 'true'), "Name" text) SERVER made OPTIONS (schema_name 'twin', table_name 'a', add_column_name 'true');
CREATE FOREIGN TABLE hist.twin_b (id int OPTIONS (key 'true'), name text) SERVER made OPTIONS (schema_name 'twin', table_name 'b', add_column_name 'true');
SELECT * FROM regress.sync('twin', '{"identifier_case": "lower"}');
CALL regress.file('twin/a/20240102-000000000.csv', E'Op,id,Name,name\nI,2,x,y\n');
CALL regress.file('twin/b/20240102-000000000.csv', E'Op,id,Name,name\nI,2,x,y\n');
SELECT * FROM regress.sync('twin', '{"identifier_case": "lower"}');
SELECT * FROM regress.sync('twin', '{"identifier_case": "lower"}');
SELECT * FROM regress.columns('hist.twin_a');
SELECT * FROM hist.twin_a ORDER BY id;
-- by itself it is but the one that is named so exactly
SELECT * FROM hist.twin_b ORDER BY id;
-- the longest name, beside a column with a role
SELECT repeat('n', 63) AS long \gset
CALL regress.file('long/a/LOAD00000001.csv', E'id,v\n1,a\n');
CREATE FOREIGN TABLE hist.long_a (id int OPTIONS (key 'true'), v text, :long text OPTIONS (role 'file')) SERVER made OPTIONS (schema_name 'long', table_name 'a', add_column_name 'true');
CALL regress.file('long/a/20240102-000000000.csv', 'Op,id,v,' || :'long' || E'\nU,1,x,y\n');
SELECT * FROM regress.sync('long');
SELECT * FROM regress.sync('long');
SELECT * FROM regress.columns('hist.long_a');

-- a table of two folders gets each thing once
CALL regress.file('both/a/LOAD00000001.csv', E'id,name,x\n1,a,x\n');
CALL regress.file('both/a/20240102-000000000.csv', E'Op,id,note\nU,1,n\n');
CALL regress.file('both/b/LOAD00000001.csv', E'id,name,x\n2,b,x\n');
CALL regress.file('both/b/20240102-000000000.csv', E'Op,id,note\nU,2,n\n');
CREATE FOREIGN TABLE hist.both_of (id int OPTIONS (key 'true'), name text, x text) SERVER made OPTIONS (prefix 'both/a, both/b', add_column_name 'true');
SELECT * FROM regress.sync('both');
SELECT * FROM regress.sync('both');
SELECT * FROM regress.columns('hist.both_of');
SELECT * FROM hist.both_of ORDER BY id;

-- ---------------------------------------------------------------- keys that leave their form
CALL regress.file('form/item/LOAD00000001.csv', E'id,v\n5,a\n6,b\n7,c\n');
CALL regress.file('form/price/LOAD00000001.csv', E'id,v\n1.10,a\n2.10,b\n');
SELECT * FROM regress.sync('form');
CALL regress.file('form/item/20240102-000000000.csv', E'Op,id,v\nI,8,d\nI,007,bond\n');
CALL regress.file('form/price/20240102-000000000.csv', E'Op,id,v\nI,2.1,d\n');
SELECT * FROM regress.sync('form');
SELECT * FROM regress.sync('form');
ALTER FOREIGN TABLE hist.item ALTER id TYPE text;
SELECT * FROM regress.sync('form') WHERE table_name = 'item';
SELECT * FROM hist.item ORDER BY id;
DROP FOREIGN TABLE hist.item;

-- ---------------------------------------------------------------- what shows later
CALL regress.file('late/t/20240102-000000000.csv', E'Op,id,v\nI,1,a\n');
ALTER SERVER made OPTIONS (DROP include_op_for_full_load);
SELECT * FROM regress.sync('late');
CALL regress.file('late/t/LOAD00000001.csv', E'Op,id,v\nI,0,z\n');
SELECT * FROM regress.sync('late');
SELECT * FROM regress.sync('late');
SELECT ftoptions FROM pg_foreign_table WHERE ftrelid = 'hist.t'::regclass;
-- changes that lie in date folders, of a table that had none
CALL regress.file('dated/d/LOAD00000001.csv', E'id,v\n1,a\n2,b\n');
SELECT * FROM regress.sync('dated');
CALL regress.file('dated/d/2024/01/02/20240102-000000000.csv', E'Op,id,v\nU,1,x\n');
SELECT * FROM regress.sync('dated');
SELECT * FROM regress.sync('dated');
SELECT * FROM hist.d ORDER BY id;

-- ---------------------------------------------------------------- foreign tables as models
CREATE FOREIGN TABLE model.m ("Nr" int OPTIONS (column_name 'id', key 'true'), price numeric OPTIONS (column_name 'unit_price, cost', missing '0', null_on_update 'keep'),
  old_nr int OPTIONS (column_name 'BI_id', before 'Nr'), doc jsonb OPTIONS (encoding 'hive'), at timestamptz OPTIONS (role 'asof')) SERVER made OPTIONS (schema_name 'as', add_column_name 'true');
COMMENT ON FOREIGN TABLE model.m IS 'what is sold';
COMMENT ON COLUMN model.m.price IS 'without tax';
CREATE FOREIGN TABLE model.p (id int OPTIONS (key 'true'), city text OPTIONS (position '4', null_on_update 'keep')) SERVER made OPTIONS (schema_name 'as');
CALL regress.file('as/m/LOAD00000001.csv', E'id,cost,BI_id,doc\n1,5,,{a=1}\n');
CALL regress.file('as/m/20240102-000000000.csv', E'Op,id,unit_price,BI_id,doc\nU,2,6,1,{a=2}\n');
CALL regress.file('as/p/LOAD00000001.csv', E'1,ann,999,rome,x\n2,bob,888,bonn,y\n');
CALL regress.file('as/p/20240102-000000000.csv', E'U,2,bob,888,bonn,y\n');
SELECT * FROM regress.sync('as', '{"types_from": "model"}');
SELECT * FROM regress.sync('as', '{"types_from": "model"}');
SELECT * FROM regress.columns('hist.m');
SELECT * FROM hist.m;
SET cdc_fdw.asof = '2024-01-01 12:00'; SELECT * FROM hist.m; RESET cdc_fdw.asof;
SELECT * FROM regress.columns('hist.p');
SELECT * FROM hist.p ORDER BY id;
SELECT obj_description('hist.m'::regclass), col_description('hist.m'::regclass, 2);
-- a column whose rows hold NULL is never NOT NULL
CREATE TABLE model.n (id int PRIMARY KEY, v text NOT NULL);
CALL regress.file('null/n/LOAD00000001.csv', E'id,v\n1,a\n');
CALL regress.file('null/n/20240102-000000000.csv', E'Op,id\nI,2\n');
SELECT * FROM regress.sync('null', '{"types_from": "model", "modes": "snapshot, history, changes"}');
SELECT relname, string_agg(attname || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END, ', ' ORDER BY attnum)
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'hist'::regnamespace AND relname ~ '^n(_|$)' AND attnum BETWEEN 1 AND 2 GROUP BY 1 ORDER BY 1;
SELECT * FROM hist.n WHERE v IS NULL;

-- where nothing may be written nothing is looked at, and no table is called failed
BEGIN READ ONLY;
SELECT * FROM cdc_fdw_sync('made', 'null', 'hist'); -- ERROR
ROLLBACK;

-- ---------------------------------------------------------------- views
CREATE SCHEMA shown;
CREATE FUNCTION regress.show(options jsonb DEFAULT '{}', local text DEFAULT 'shown') RETURNS TABLE (table_name text, status text, detail text) LANGUAGE sql AS $$
  SELECT * FROM cdc_fdw_sync('made', 'show', local, '{"modes": "snapshot, history, changes", "asof_column": "as_of", "views": "BI"}' || options) ORDER BY 1;
$$;
CREATE FUNCTION regress.comments(rel regclass) RETURNS TABLE (name text, comment text) LANGUAGE sql AS $$
  SELECT coalesce(attname, rel::text) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END, description
  FROM pg_description LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid WHERE classoid = 'pg_class'::regclass AND objoid = rel ORDER BY objsubid;
$$;
CREATE TABLE model.sold (id int PRIMARY KEY, name text, price numeric);
COMMENT ON TABLE model.sold IS 'what was sold';
COMMENT ON COLUMN model.sold.id IS 'its number';
COMMENT ON COLUMN model.sold.name IS 'its "name", it''s';
CALL regress.file('show/sold/LOAD00000001.csv', E'id,name,price\n1,a,5\n2,b,6\n');
CALL regress.file('show/sold/20240102-000000000.csv', E'Op,id,name,price\nU,1,a,7\n');
CALL regress.file('show/sold/20240104-000000000.csv', E'Op,id,name,price\nU,1,a,9\n');
CALL regress.file('show/Key/LOAD00000001.csv', E'Key_id,order\n1,x\n2,y\n');
SELECT * FROM regress.show('{"types_from": "model"}');
SELECT * FROM regress.show('{"types_from": "model"}');
SELECT table_name, is_insertable_into, string_agg(column_name, ', ' ORDER BY ordinal_position) FROM information_schema.tables JOIN information_schema.columns USING (table_schema, table_name)
WHERE table_schema = 'BI' AND table_type = 'VIEW' GROUP BY 1, 2 ORDER BY 1;
-- an inferred key is NOT NULL, as a known one is
SELECT attrelid::regclass, attname FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'shown'::regnamespace) AND attnum > 0 AND attnotnull ORDER BY 1::text;
SELECT * FROM regress.comments('"BI".sold_history');
SELECT id, price, as_of FROM "BI".sold WHERE as_of = '2024-01-03' ORDER BY id;
-- what date pickers send; and what the hint says
SELECT regress.outcome($$SELECT * FROM shown.sold WHERE as_of >= '2024-01-01' AND as_of < '2024-01-03'$$);
SELECT regress.outcome($$SELECT * FROM "BI".sold WHERE as_of >= '2024-01-01' AND as_of < '2024-01-03'$$);
SELECT regress.outcome($$SELECT * FROM "BI".sold WHERE as_of BETWEEN '2024-01-01' AND '2024-01-03' AND id = 1$$);
SELECT id, price, valid_from, valid_to FROM "BI".sold_history WHERE valid_from < '2024-01-03' AND valid_to > '2024-01-01' ORDER BY id, valid_from;
-- comments that come and change, of the model and of the table; a view has its own where neither has one
COMMENT ON COLUMN model.sold.price IS 'without tax';
COMMENT ON COLUMN model.sold.id IS 'number';
COMMENT ON COLUMN shown.sold.as_of IS 'when';
COMMENT ON COLUMN "BI"."Key"."order" IS 'mine';
SELECT * FROM regress.show('{"types_from": "model"}') WHERE status <> 'unchanged';
SELECT * FROM regress.show('{"types_from": "model"}') WHERE status <> 'unchanged';
SELECT * FROM regress.comments('"BI".sold');
SELECT * FROM regress.comments('"BI"."Key"');
-- columns that come are the last, and what the user did to a view stays
ALTER VIEW "BI".sold RENAME price TO "net price";
ALTER VIEW "BI".sold SET (security_barrier = true);
ALTER VIEW "BI".sold_history RENAME price TO tax;
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA "BI" TO regress_reader;
GRANT SELECT ON "BI".sold TO regress_reader;
CALL regress.file('show/sold/20240105-000000000.csv', E'Op,id,name,price,tax\nU,1,a,9,19\n');
SELECT * FROM regress.show() WHERE status <> 'unchanged'; -- two columns of a view cannot be called tax
ALTER VIEW "BI".sold_history RENAME tax TO net;
SELECT * FROM regress.show() WHERE status <> 'unchanged';
SELECT * FROM regress.show() WHERE status <> 'unchanged';
SELECT reloptions FROM pg_class WHERE oid = '"BI".sold'::regclass;
-- a view reads the table as its owner does
SET ROLE regress_reader;
SELECT * FROM "BI".sold WHERE as_of = '2024-01-06' ORDER BY id;
SELECT * FROM shown.sold; -- ERROR
RESET ROLE;
-- what is not sync's stays as it is, and so does a view of whose table nothing is left
CREATE SCHEMA other;
DO $$ BEGIN
  EXECUTE (SELECT string_agg(format('CREATE FOREIGN TABLE other.%I (id int OPTIONS (key ''true''), price numeric) SERVER made OPTIONS (schema_name ''show'', table_name ''sold'', add_column_name ''true'')', name), ';')
           FROM unnest('{tbl,filtered,sorted,computed,first,locked,joined,sys,good,sold}'::text[]) name);
END $$;
CREATE TABLE "BI".tbl (id int);
CREATE VIEW "BI".filtered AS SELECT id FROM other.filtered WHERE id = 1;
CREATE VIEW "BI".sorted AS SELECT id FROM other.sorted ORDER BY id;
CREATE VIEW "BI".computed AS SELECT id, price + 1 AS price FROM other.computed;
CREATE VIEW "BI".first AS SELECT id FROM other.first LIMIT 1;
CREATE VIEW "BI".locked AS SELECT id FROM other.locked FOR UPDATE;
CREATE VIEW "BI".joined AS SELECT a.id FROM other.joined a, other.joined b;
CREATE VIEW "BI".sys AS SELECT id, tableoid FROM other.sys;
CREATE VIEW "BI".good AS SELECT price AS net, id FROM other.good all_2_columns;
CALL regress.shell(format('rm -rf "%s/show/Key"', current_setting('regress.folder')));
SELECT table_name, status, detail FROM regress.show('{"modes": "snapshot"}', 'other') WHERE table_name ~ '^"BI"';
SELECT relname, string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = '"BI"'::regnamespace AND relname IN ('good', 'filtered') GROUP BY 1 ORDER BY 1;
SELECT table_name, status FROM regress.show() WHERE table_name ~ 'Key';
-- a view gets what its table got since it was made, and nothing that may be hidden on purpose
CREATE SCHEMA narrow;
CREATE FUNCTION regress.narrow() RETURNS TABLE (view text, status text, detail text) LANGUAGE sql AS $$
  SELECT * FROM cdc_fdw_sync('made', 'narrow', 'narrow', '{"views": "Narrow"}') WHERE table_name ~ '^"Narrow"' ORDER BY 1;
$$;
CALL regress.file('narrow/item/LOAD00000001.csv', E'id,v,w\n1,a,x\n');
DO $$ BEGIN
  EXECUTE (SELECT string_agg(format('CREATE FOREIGN TABLE narrow.%I (id int OPTIONS (key ''true''), v text, w text) SERVER made OPTIONS (schema_name ''narrow'', table_name ''item'', add_column_name ''true'')', name), ';')
           FROM unnest('{cut,dumped,item,last,middle,own,twice}'::text[]) name);
END $$;
SELECT * FROM regress.narrow();
DROP VIEW "Narrow".last, "Narrow".middle, "Narrow".own;
CREATE VIEW "Narrow".last AS SELECT id, v FROM narrow.last;
CREATE VIEW "Narrow".middle AS SELECT id, w FROM narrow.middle;
CREATE VIEW "Narrow".own AS SELECT id, v, w FROM narrow.own;
DROP VIEW "Narrow".twice;
CREATE VIEW "Narrow".twice AS SELECT id, v, id AS again FROM narrow.twice all_3_columns;
-- as a dump has it, and that without a column
DO $$
DECLARE
  dumped text := pg_get_viewdef('"Narrow".dumped');
  cut text := regexp_replace(pg_get_viewdef('"Narrow".cut'), ',\s+\S*\mw\M', '');
BEGIN
  DROP VIEW "Narrow".dumped, "Narrow".cut;
  EXECUTE 'CREATE VIEW "Narrow".dumped AS ' || dumped;
  EXECUTE 'CREATE VIEW "Narrow".cut AS ' || cut;
END $$;
SELECT * FROM regress.narrow();
CALL regress.file('narrow/item/20240105-000000000.csv', E'Op,id,v,w,x\nU,1,a,x,y\n');
SELECT * FROM regress.narrow();
SELECT view, status FROM regress.narrow() WHERE status <> 'skipped';
SELECT relname, string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = '"Narrow"'::regnamespace GROUP BY 1 ORDER BY 1;
-- the next column too, and what was told of the others
DO $$ BEGIN
  EXECUTE (SELECT string_agg(substring(detail FROM 'DROP VIEW .*;'), '') FROM regress.narrow() WHERE status = 'skipped');
END $$;
ALTER FOREIGN TABLE narrow.dumped ADD y text OPTIONS (missing '');
SELECT * FROM regress.narrow();
SELECT * FROM "Narrow".last;
SET client_min_messages = warning;
DROP SCHEMA narrow, "Narrow" CASCADE;
RESET client_min_messages;
-- a view reads as its owner, so it is of no table whose owner could not read as much and decides what it reads
CREATE ROLE regress_lent;
CREATE SCHEMA lent;
GRANT USAGE, CREATE ON SCHEMA lent TO regress_lent;
GRANT USAGE ON SCHEMA regress TO regress_lent;
GRANT USAGE ON FOREIGN SERVER made TO regress_lent;
CREATE FUNCTION regress.lend() RETURNS TABLE (view text, status text, detail text) LANGUAGE sql AS $$
  SELECT table_name, status, replace(detail, format('"%s"', session_user), 'ME') FROM regress.show('{"modes": "snapshot", "views": "Lent"}', 'lent') WHERE table_name ~ '^"Lent"';
$$;
CALL regress.file('hidden/t/LOAD00000001.csv', E'id,name,price,tax\n7,secret,77,0\n');
SET ROLE regress_lent;
CREATE FOREIGN TABLE lent.theirs (id int OPTIONS (key 'true'), price numeric) SERVER made OPTIONS (schema_name 'show', table_name 'sold', add_column_name 'true');
CREATE FOREIGN TABLE lent.vanished (id int OPTIONS (key 'true'), price numeric) SERVER made OPTIONS (schema_name 'show', add_column_name 'true');
CREATE FOREIGN TABLE lent.elsewhere (id int OPTIONS (key 'true'), price numeric) SERVER made OPTIONS (schema_name 'hidden', table_name 't', add_column_name 'true');
SELECT split_part(regress.outcome('SELECT * FROM lent.theirs'), E'\n', 1);
RESET ROLE;
CREATE FOREIGN TABLE lent.ours (id int OPTIONS (key 'true'), price numeric) SERVER made OPTIONS (schema_name 'show', table_name 'sold', add_column_name 'true');
CREATE FOREIGN TABLE lent.away (id int OPTIONS (key 'true'), price numeric) SERVER made OPTIONS (schema_name 'hidden', table_name 't', add_column_name 'true');
SELECT * FROM regress.lend();
-- nor of one that was given away, which then reads what that role says
ALTER FOREIGN TABLE lent.ours OWNER TO regress_lent;
SET ROLE regress_lent;
ALTER FOREIGN TABLE lent.ours OPTIONS (SET table_name 't', SET schema_name 'hidden');
RESET ROLE;
SELECT id, price FROM "Lent".ours;
SET ROLE regress_lent;
ALTER FOREIGN TABLE lent.ours OPTIONS (SET table_name 'sold', SET schema_name 'show');
RESET ROLE;
SELECT * FROM regress.lend() WHERE view ~ 'ours';
DROP VIEW "Lent".ours;
SELECT * FROM regress.lend() WHERE view ~ 'ours';
-- one that reads as the table's owner lends nothing
CREATE VIEW "Lent".ours AS SELECT id FROM lent.ours all_1_columns;
ALTER VIEW "Lent".ours OWNER TO regress_lent;
SELECT * FROM regress.lend() WHERE view ~ 'ours';
-- who has all rights lends none, and a role that may read decides for itself
GRANT pg_read_server_files TO regress_lent;
GRANT CREATE ON SCHEMA "Lent" TO regress_lent;
ALTER FOREIGN TABLE lent.vanished OWNER TO CURRENT_USER;
GRANT SELECT ON lent.vanished TO regress_lent;
SET ROLE regress_lent;
SELECT table_name, status FROM cdc_fdw_sync('made', 'show', 'lent', '{"views": "Lent"}') WHERE table_name ~ '^"Lent"' AND table_name !~* 'key' ORDER BY 1;
RESET ROLE;
SELECT relname, pg_get_userbyid(relowner) = 'regress_lent' AS theirs FROM pg_class WHERE relnamespace = '"Lent"'::regnamespace ORDER BY 1;
SET client_min_messages = warning;
DROP SCHEMA lent, "Lent" CASCADE;
RESET client_min_messages;
DROP OWNED BY regress_lent;
DROP ROLE regress_lent;
-- who may make a schema, and replace a view
CREATE SCHEMA mine AUTHORIZATION regress_reader;
GRANT USAGE ON FOREIGN SERVER made TO regress_reader;
SET ROLE regress_reader;
SELECT * FROM cdc_fdw_sync('made', 'show', 'mine', '{"views": "their own"}'); -- ERROR
SELECT * FROM cdc_fdw_sync('made', 'show', 'mine', '{"views": "BI"}'); -- ERROR
RESET ROLE;
SELECT regress.outcome($$SELECT * FROM cdc_fdw_sync('made', 'show', 'mine', '{"views": "a\nb"}')$$);
IMPORT FOREIGN SCHEMA show FROM SERVER made INTO mine OPTIONS (views 'BI'); -- ERROR
-- a schema's name is a text, of a schema that one may make
SELECT o, regress.outcome(format('SELECT FROM cdc_fdw_sync(''made'', ''null'', ''mine'', %L)', o))
FROM unnest(ARRAY['{"views": ["a"]}', '{"views": {"a": 1}}', '{"views": 5}', '{"views": true}', '{"views": ""}', '{"views": "information_schema"}', '{"views": "pg_catalog"}',
  '{"views": "pg_mine"}', format('{"views": "%s"}', repeat('l', 64)), format('{"views": "%s"}', repeat('é', 32)), '{"asof_column": ["a"]}', '{"asof_column": 5}', '{"history_suffix": ["a"]}', '{"modes": ["history"]}']) o;
SELECT count(*) FROM cdc_fdw_sync('made', 'show', 'mine', format('{"views": "%s"}', repeat('l', 63))::jsonb) WHERE table_name ~ '^l{63}\.' AND status = 'created';
SELECT count(*) FROM cdc_fdw_sync('made', 'show', 'mine', '{"views": null}') WHERE table_name ~ '\.';
SET client_min_messages = warning;
REASSIGN OWNED BY regress_reader TO CURRENT_USER;
DROP OWNED BY regress_reader;
DROP ROLE regress_reader;
DROP SCHEMA shown, other, mine, "BI", lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll CASCADE;
RESET client_min_messages;

-- ---------------------------------------------------------------- who may
CREATE ROLE regress_sync;
GRANT USAGE ON SCHEMA hist TO regress_sync;
GRANT USAGE ON FOREIGN SERVER made TO regress_sync;
SET ROLE regress_sync;
SELECT * FROM cdc_fdw_sync('made', 'pos', 'hist'); -- ERROR
RESET ROLE;
DROP OWNED BY regress_sync;
DROP ROLE regress_sync;

SET client_min_messages = warning;
DROP SCHEMA hist CASCADE;
DROP SCHEMA model CASCADE;
\set ECHO none
\i :end

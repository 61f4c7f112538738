-- Pins: the objects that gave an answer, kept to have it again.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', add_column_name 'true');
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 'p');
CREATE FOREIGN TABLE item_changes (op text OPTIONS (role 'op'), id int, name text, committed timestamptz OPTIONS (role 'commit_time'))
  SERVER log OPTIONS (schema_name 'p', table_name 'item', mode 'changes');
CREATE FOREIGN TABLE other (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'p', table_name 'item');
CALL regress.file('p/item/LOAD00000001.csv', $$
ts,id,name
2024-01-01 09:00:00,1,one
2024-01-01 09:00:00,2,two
$$);
CALL regress.file('p/item/20240101-100100000.csv', $$
Op,ts,id,name
U,2024-01-01 10:00:00,2,TWO
$$);
-- named after the instant, begun before it
CALL regress.file('p/item/20240102-000500000.csv', $$
Op,ts,id,name
I,2024-01-01 23:59:59,3,three
D,2024-01-02 00:04:00,1,
$$);
CALL regress.file('p/item/20240103-000500000.csv', $$
Op,ts,id,name
I,2024-01-03 00:00:00,4,four
$$);
-- what the client shows of a pin's objects
CREATE FUNCTION regress.verify(pin text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT concat_ws(' ', regress.hide(object), size, verdict, regexp_replace(detail, 'sha256:[0-9a-f]{56}', '...')) FROM cdc_fdw_verify_pin(pin) ORDER BY 1;
$$;

-- ---------------------------------------------------------------- making one
SELECT * FROM cdc_fdw_pins;
SELECT cdc_fdw_pin('model_42', '2024-01-02T00:00Z', NULL, 'item', 'item_changes');
-- where nothing may be written, as on a standby, what writes says so itself
BEGIN READ ONLY;
SELECT regress.outcome($$SELECT cdc_fdw_pin('more', '2024-01-02T00:00Z', NULL, 'item')$$);
SELECT regress.outcome($$SELECT cdc_fdw_unpin('model_42')$$);
SET LOCAL cdc_fdw.asof = 'pin:model_42';
SELECT count(*) FROM item;
COMMIT;
SELECT pin, schema_name, table_name, server_name, asof, known_at, objects, bytes, pinned_by = current_user AS mine, pinned_at <= now() AS made,
  version = (SELECT extversion FROM pg_extension WHERE extname = 'cdc_fdw') AS version FROM cdc_fdw_pins ORDER BY table_name;
SELECT regress.verify('model_42');
SELECT etag = 'sha256:' || encode(sha256(pg_read_binary_file(object)), 'hex') AS sha256 FROM cdc_fdw_verify_pin('model_42') WHERE object ~ 'LOAD';
SET cdc_fdw.asof = '2024-01-02T00:00Z';
SELECT * FROM item ORDER BY id;
SELECT * FROM item_changes;

-- a late file, which does change the answer, and a change file between
CALL regress.file('p/item/20240101-235900000.csv', $$
Op,ts,id,name
U,2024-01-01 12:00:00,1,late
I,2024-01-01 12:00:00,5,five
$$);
SELECT * FROM item ORDER BY id;
SELECT * FROM item_changes;
SET cdc_fdw.asof = 'pin:model_42';
SELECT * FROM item ORDER BY id;
SELECT * FROM item_changes;
SELECT op, id FROM item_changes WHERE committed < '2024-01-01 12:00 UTC';
SELECT op, id FROM item_changes WHERE committed >= '2024-01-01 12:00 UTC';
SELECT regress.plan('SELECT * FROM item');
SELECT regress.analyze('SELECT * FROM item');
SELECT regress.analyze('SELECT * FROM item WHERE id = 3');
-- the query's own instant is stronger
SELECT id, name FROM item WHERE at = '2024-01-02 UTC' ORDER BY id;
SELECT regress.plan($$SELECT id, name FROM item WHERE at = '2024-01-02 UTC'$$);
-- several walks, samples, fingerprints, one cut for a transaction
SELECT d, (SELECT count(*) FROM item WHERE id < d) FROM generate_series(1, 5) d;
SELECT rows FROM cdc_fdw_fingerprint('item');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM item;
SELECT count(*) FROM item i JOIN item j USING (id);
COMMIT;
ANALYZE item;
SELECT reltuples FROM pg_class WHERE relname = 'item';
-- several processes
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT regress.plan('SELECT id, name FROM item');
SELECT id, name FROM item ORDER BY id;
SELECT regress.outcome('SELECT * FROM other');
SET max_parallel_workers_per_gather = 0;

-- by option
RESET cdc_fdw.asof;
ALTER FOREIGN TABLE item OPTIONS (ADD asof 'pin:model_42');
SELECT id, name FROM item ORDER BY id;
SELECT regress.plan('SELECT * FROM item');
ALTER FOREIGN TABLE item OPTIONS (DROP asof);
ALTER SERVER log OPTIONS (ADD asof 'pin:model_42');
SELECT id, name FROM item ORDER BY id;
SELECT regress.plan('SELECT * FROM item');
SELECT regress.outcome('SELECT * FROM other');
ALTER SERVER log OPTIONS (DROP asof);

-- ---------------------------------------------------------------- what is wrong
SELECT q, regress.outcome(q) FROM (VALUES
  ($$SELECT cdc_fdw_pin('model_42', NULL, NULL, 'item')$$),
  ($$SELECT cdc_fdw_pin('', NULL, NULL, 'item')$$),
  ($$SELECT cdc_fdw_pin(repeat('x', 201), NULL, NULL, 'item')$$),
  ($$SELECT cdc_fdw_pin(NULL, NULL, NULL, 'item')$$),
  ($$SELECT cdc_fdw_pin('bad', 'soon', NULL, 'item')$$),
  ($$SELECT cdc_fdw_pin('bad', '2024-06-31', NULL, 'item')$$),
  ($$SELECT cdc_fdw_pin('bad', 'pin:model_42', NULL, 'item')$$),
  ($$SELECT cdc_fdw_pin('bad', NULL, 'soon', 'item')$$),
  ($$SELECT cdc_fdw_pin('bad', '2023-01-01', NULL, 'item')$$),
  ($$SELECT cdc_fdw_pin('bad', NULL, NULL, 'item', 'pg_class')$$),
  ($$SELECT cdc_fdw_pin('bad', NULL, NULL, 'item', 'item')$$),
  ($$SELECT cdc_fdw_pin('bad', NULL, NULL, 'item', NULL)$$),
  ($$SELECT cdc_fdw_pin('bad', NULL, NULL, VARIADIC '{}')$$),
  ($$SELECT * FROM cdc_fdw_verify_pin('none')$$),
  ($$SELECT cdc_fdw_unpin('none')$$),
  ($$ALTER SERVER log OPTIONS (ADD asof 'pin:')$$),
  ($$ALTER FOREIGN TABLE item OPTIONS (ADD changes_from 'pin:model_42')$$)
) v(q);
SET cdc_fdw.asof = 'pin:none';
SELECT regress.outcome('SELECT * FROM item');
SELECT regress.outcome('EXPLAIN SELECT * FROM item');
SET cdc_fdw.asof = 'pin:model_42';
SELECT regress.outcome('SELECT * FROM other');
SELECT regress.outcome($$SELECT cdc_fdw_pin('bad', NULL, NULL, 'item')$$);
-- a failing pin leaves nothing, whatever it had done before
CREATE FOREIGN TABLE empty (id int) SERVER log OPTIONS (schema_name 'p');
SELECT regress.outcome($$SELECT cdc_fdw_pin('bad', '2024-01-02', NULL, 'item', 'empty')$$);
SELECT (SELECT count(*) FROM cdc_fdw_pinned WHERE pin = 'bad'), (SELECT count(*) FROM cdc_fdw_pinned_tables WHERE pin = 'bad'),
  (SELECT count(*) FROM cdc_fdw_pinned_objects WHERE pin = 'bad');
-- what was empty stays so
RESET cdc_fdw.asof;
ALTER FOREIGN TABLE empty OPTIONS (ADD allow_empty 'true');
SELECT cdc_fdw_pin('none of it', NULL, NULL, 'item_changes', 'empty');
CALL regress.file('p/empty/LOAD00000001.csv', E'ts,id\n2024-01-01 09:00:00,1\n');
SET cdc_fdw.asof = 'pin:none of it';
ALTER FOREIGN TABLE empty OPTIONS (DROP allow_empty);
SELECT * FROM empty;
SELECT count(*) FROM item_changes;
SET cdc_fdw.asof = 'pin:model_42';

-- options that changed, one by one
CREATE FUNCTION regress.changed(VARIADIC changes text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
  change text;
BEGIN
  FOREACH change IN ARRAY changes LOOP
    EXECUTE change;
  END LOOP;
  result := regress.outcome('SELECT * FROM item');
  RAISE EXCEPTION '%', result;
EXCEPTION WHEN raise_exception THEN
  RETURN result;
END $$;
SELECT regress.changed('ALTER SERVER log OPTIONS (ADD rfc4180 ''false'')');
SELECT regress.changed('ALTER SERVER log OPTIONS (DROP timestamp_column_name)');
SELECT regress.changed('ALTER SERVER log OPTIONS (SET url ''file:///nowhere'')') ~ '^55000: the url of foreign table "item" changed since pin "model_42" was made';
SELECT regress.changed('ALTER FOREIGN TABLE item OPTIONS (SET schema_name ''c'')');
SELECT regress.changed('ALTER FOREIGN TABLE item ALTER name TYPE varchar(3)');
SELECT regress.changed('ALTER FOREIGN TABLE item ALTER name OPTIONS (ADD missing ''x'')');
SELECT regress.changed('ALTER FOREIGN TABLE item ADD more int OPTIONS (missing ''1'')');
SELECT regress.changed('ALTER FOREIGN TABLE item DROP name');
SELECT regress.changed('ALTER FOREIGN TABLE item RENAME TO items', 'ALTER FOREIGN TABLE other RENAME TO item');
-- these are not the answer's
SELECT regress.changed('ALTER SERVER log OPTIONS (DROP add_column_name, ADD s3_settings ''{"AddColumnName": true}'')');
SELECT regress.changed('ALTER SERVER log OPTIONS (SET add_column_name ''on'')');
SELECT regress.changed('ALTER FOREIGN TABLE item OPTIONS (ADD allow_gaps ''true'')', 'ALTER SERVER log OPTIONS (ADD asof ''2020-01-01'')');
SELECT regress.changed('ALTER FOREIGN TABLE item OPTIONS (ADD before_base ''base'')');
BEGIN;
ALTER FOREIGN TABLE item OPTIONS (ADD before_base 'base');
SELECT table_name, object, verdict, detail FROM cdc_fdw_verify_pin('model_42') WHERE verdict <> 'same';
ROLLBACK;

-- ---------------------------------------------------------------- objects that changed
-- one byte, the size and the time as before
CREATE PROCEDURE regress.spoil(key text, pattern text) LANGUAGE sql AS $$
  CALL regress.shell(format('cd "%s" && cp -p %s saved && sed -i "%s" %2$s && touch -r saved %2$s', current_setting('regress.folder'), key, pattern));
$$;
CREATE PROCEDURE regress.mend(key text) LANGUAGE sql AS $$
  CALL regress.shell(format('cd "%s" && cp saved %s && rm saved', current_setting('regress.folder'), key));
$$;
CALL regress.spoil('p/item/20240101-100100000.csv', 's/TWO/TWA/');
SELECT regress.outcome('SELECT * FROM item');
SELECT regress.outcome('SELECT * FROM item LIMIT 1');
SELECT regress.outcome('SELECT * FROM item WHERE id = 2');
SELECT regress.outcome('SELECT * FROM item_changes');
SELECT regress.verify('model_42');
CALL regress.mend('p/item/20240101-100100000.csv');
-- another time and inode, the same bytes
SELECT regress.verify('model_42') ~ ' same$' AS same, count(*) FROM generate_series(1, 1) GROUP BY 1;
SELECT id, name FROM item ORDER BY id;
CALL regress.spoil('p/item/LOAD00000001.csv', 's/one/oneone/');
SELECT regress.outcome('SELECT * FROM item');
SELECT regress.verify('model_42');
CALL regress.mend('p/item/LOAD00000001.csv');
CALL regress.shell(format('mv "%s/p/item/20240102-000500000.csv" "%1$s/saved"', current_setting('regress.folder')));
SELECT regress.outcome('SELECT * FROM item');
SELECT regress.outcome('SELECT * FROM item_changes');
SELECT regress.verify('model_42');
CALL regress.mend('p/item/20240102-000500000.csv');
SELECT count(*) FROM item;

-- ---------------------------------------------------------------- rights
CREATE ROLE regress_reader;
CREATE ROLE regress_maker;
GRANT pg_read_server_files TO regress_reader, regress_maker;
GRANT USAGE ON SCHEMA regress TO regress_reader, regress_maker;
GRANT SELECT ON item TO regress_reader;
GRANT SELECT ON item, other TO regress_maker;
SET ROLE regress_maker;
SELECT regress.outcome($$SELECT cdc_fdw_pin('theirs', '2024-01-02', NULL, 'item', 'item_changes')$$);
SELECT cdc_fdw_pin('theirs', '2024-01-02', NULL, 'item', 'other');
SELECT pin, table_name FROM cdc_fdw_pins ORDER BY 1, 2;
SELECT regress.outcome('SELECT * FROM cdc_fdw_pinned'), regress.outcome('SELECT * FROM cdc_fdw_pinned_tables'), regress.outcome('SELECT * FROM cdc_fdw_pinned_objects');
SELECT regress.outcome($$INSERT INTO cdc_fdw_pinned SELECT 'x', 'y', now(), 'z'$$);
SET ROLE regress_reader;
SELECT pin, table_name FROM cdc_fdw_pins ORDER BY 1, 2;
-- a table is read by its owner's pins and one's own
SET cdc_fdw.asof = 'pin:theirs';
SELECT regress.outcome('SELECT * FROM item');
SELECT regress.outcome('SELECT * FROM other');
SELECT regress.outcome($$SELECT * FROM cdc_fdw_verify_pin('theirs')$$);
SELECT regress.outcome($$SELECT cdc_fdw_unpin('theirs')$$);
RESET ROLE;
-- operators of one's own are not run by the tables' owner
CREATE SCHEMA mine AUTHORIZATION regress_maker;
SET ROLE regress_maker;
CREATE FUNCTION mine.same(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'run as %', current_user; END $$;
CREATE OPERATOR mine.= (LEFTARG = text, RIGHTARG = text, FUNCTION = mine.same);
SET search_path = mine, public, pg_catalog;
SELECT count(*) FROM item;
SELECT count(*) FROM cdc_fdw_verify_pin('theirs');
SELECT cdc_fdw_pin('theirs too', '2024-01-02', NULL, 'item');
SELECT cdc_fdw_unpin('theirs too');
RESET search_path;
-- its tables gone, its maker sees it still, and can remove it
RESET ROLE;
BEGIN;
DROP FOREIGN TABLE other;
SET LOCAL ROLE regress_reader;
SELECT regress.outcome($$SELECT * FROM cdc_fdw_verify_pin('theirs')$$);
SET LOCAL ROLE regress_maker;
SELECT DISTINCT table_name, object IS NOT NULL AS object, verdict, detail FROM cdc_fdw_verify_pin('theirs') ORDER BY 1, 2;
SELECT pin, table_name FROM cdc_fdw_pins ORDER BY 1, 2;
SELECT cdc_fdw_unpin('theirs');
SELECT count(*) FROM cdc_fdw_pins;
ROLLBACK;
-- a stranger's table of the same name shows nothing of what was pinned
BEGIN;
DROP FOREIGN TABLE other;
CREATE FOREIGN TABLE other (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (prefix 'p/elsewhere', allow_empty 'true');
GRANT SELECT ON other TO regress_reader, regress_maker;
SET LOCAL ROLE regress_reader;
SELECT regress.outcome($$SELECT * FROM cdc_fdw_verify_pin('theirs')$$);
SET LOCAL ROLE regress_maker;
SELECT table_name, object IS NOT NULL AS object, verdict FROM cdc_fdw_verify_pin('theirs') WHERE table_name ~ 'other' ORDER BY 2, 3;
ROLLBACK;
SELECT cdc_fdw_unpin('theirs');
SELECT (SELECT count(*) FROM cdc_fdw_pinned WHERE pin = 'theirs'), (SELECT count(*) FROM cdc_fdw_pinned_tables WHERE pin = 'theirs'),
  (SELECT count(*) FROM cdc_fdw_pinned_objects WHERE pin = 'theirs');
SELECT regress.outcome('SELECT * FROM item');
DROP SCHEMA mine CASCADE;
DROP OWNED BY regress_maker, regress_reader;
DROP ROLE regress_maker, regress_reader;

-- ---------------------------------------------------------------- what was known
RESET cdc_fdw.asof;
ALTER FOREIGN TABLE item ADD known timestamptz OPTIONS (role 'known_at');
-- of the files up to a late one, all of them, and by default
SELECT cdc_fdw_pin('known', '2024-01-02', '2024-01-01 23:00', 'item', 'item_changes');
SELECT cdc_fdw_pin('all known', '2024-01-02', 'infinity', 'item');
SET cdc_fdw.known_at = '2024-01-01 23:00';
SELECT cdc_fdw_pin('known by setting', '2024-01-02', NULL, 'item');
SELECT pin, table_name, known_at, objects FROM cdc_fdw_pins WHERE pin ~ 'known' ORDER BY 1, 2;
SELECT id, name, known FROM item WHERE at = '2024-01-02' ORDER BY id;
SET cdc_fdw.known_at = '2024-01-01';
SET cdc_fdw.asof = 'pin:known';
SELECT id, name, at, known FROM item ORDER BY id;
SELECT * FROM item_changes;
SELECT regress.plan('SELECT * FROM item');
SELECT regress.counted('SELECT * FROM item', 'As Of|Pin|Known|Files');
SET cdc_fdw.asof = 'pin:all known';
SELECT id, name, at, known FROM item ORDER BY id;
SELECT id, name, at, known FROM item WHERE known = '2024-01-01 11:00' ORDER BY id;
SET cdc_fdw.require_sealed = on;
SELECT count(*) FROM item;
RESET cdc_fdw.require_sealed;
RESET cdc_fdw.known_at;
-- a table that goes its own way is told of
SET client_min_messages = notice;
ALTER FOREIGN TABLE item OPTIONS (ADD asof '2024-01-02');
SELECT count(*) FROM item;
ALTER FOREIGN TABLE item OPTIONS (SET asof 'pin:known');
SELECT count(*) FROM item;
SET cdc_fdw.asof = '2024-01-02';
SELECT count(*) FROM item;
SET cdc_fdw.asof = 'pin:known';
SELECT count(*) FROM item;
ALTER FOREIGN TABLE item OPTIONS (DROP asof);
SET client_min_messages = warning;
-- as far as each log is complete
RESET cdc_fdw.asof;
SELECT cdc_fdw_pin('complete', 'watermark', NULL, 'item');
SELECT asof, objects FROM cdc_fdw_pins WHERE pin = 'complete';

-- ---------------------------------------------------------------- other layouts
RESET cdc_fdw.asof;
-- of a transaction with one listing, that
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM item;
CALL regress.file('p/item/20240104-100100000.csv', E'Op,ts,id,name\nI,2024-01-04 10:00:00,6,six\n');
SELECT cdc_fdw_pin('seen', NULL, NULL, 'item');
COMMIT;
SELECT cdc_fdw_pin('now', NULL, NULL, 'item');
SET cdc_fdw.asof = 'pin:seen';
SELECT count(*) FROM item;
SET cdc_fdw.asof = 'pin:now';
SELECT count(*) FROM item;
RESET cdc_fdw.asof;
-- folders that are logs of their own
CALL regress.file('q/a/LOAD00000001.csv', E'id,name\n1,a one\n');
CALL regress.file('q/b/LOAD00000001.csv', E'id,name\n1,b one\n');
CALL regress.file('q/b/20240101-100100000.csv', E'Op,id,name\nU,1,b two\n');
CREATE FOREIGN TABLE shards (id int OPTIONS (key 'true'), name text, folder text OPTIONS (role 'source', key 'true'))
  SERVER log OPTIONS (prefix 'q/a, q/b', timestamp_column_name '');
CREATE FOREIGN TABLE one_log (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (prefix 'q/a, q/b', timestamp_column_name '', duplicate_keys 'true');
SELECT cdc_fdw_pin('shards', NULL, NULL, 'shards', 'one_log');
CALL regress.file('q/a/20240101-100000000.csv', E'Op,id,name\nU,1,a two\nI,2,a three\n');
SELECT * FROM shards ORDER BY folder, id;
SET cdc_fdw.asof = 'pin:shards';
SELECT * FROM shards ORDER BY folder, id;
SELECT * FROM one_log;
RESET cdc_fdw.asof;
-- date folders, and two files of one name
CALL regress.file('d/item/LOAD00000001.csv', E'ts,id,name\n2024-01-01 09:00:00,1,one\n');
CALL regress.file('d/item/2024/01/01/20240101-100000000.csv', E'Op,ts,id,name\nU,2024-01-01 09:59:00,1,first\n');
CALL regress.file('d/item/2024/01/02/20240101-100000000.csv', E'Op,ts,id,name\nU,2024-01-01 09:59:00,1,second\n');
CREATE FOREIGN TABLE dated (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'd', table_name 'item', date_partition_enabled 'true');
SELECT cdc_fdw_pin('dated', 'infinity', NULL, 'dated');
CALL regress.file('d/item/2024/01/02/20240102-100000000.csv', E'Op,ts,id,name\nU,2024-01-02 09:59:00,1,third\n');
SELECT name FROM dated;
SET cdc_fdw.asof = 'pin:dated';
SELECT name FROM dated;
SELECT regress.counted('SELECT * FROM dated', 'As Of|Pin|Files|Duplicate');
RESET cdc_fdw.asof;

-- ---------------------------------------------------------------- columns that came later than a pin's files
-- a query at the instant answers, since the newest file of the log shows that there is such a column; a pin does not have that file
CALL regress.file('p/grown/LOAD00000001.csv', E'ts,id,name,gone\n2024-01-01 09:00:00,1,one,x\n');
CALL regress.file('p/grown/20240102-000000000.csv', E'Op,ts,id,name\nU,2024-01-01 10:00:00,1,ONE\n');
CALL regress.file('p/grown/20240104-000000000.csv', E'Op,ts,id,name,note\nU,2024-01-03 10:00:00,1,One,new\n');
CREATE FUNCTION regress.pinned(name text, at text, tables text[] DEFAULT ARRAY['grown']) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  outcome text;
BEGIN
  outcome := regress.outcome(format('SELECT cdc_fdw_pin(%L, %L, NULL, VARIADIC %L::regclass[])', name, at, tables));
  IF outcome NOT LIKE 'OK%' THEN RETURN outcome; END IF;
  PERFORM set_config('cdc_fdw.asof', 'pin:' || name, false);
  EXECUTE format('SELECT string_agg(r::text, '' '') FROM %I r', tables[1]) INTO outcome;
  PERFORM set_config('cdc_fdw.asof', '', false);
  RETURN outcome;
END $$;
CREATE FOREIGN TABLE grown (id int OPTIONS (key 'true'), name text, gone text, note text, at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 'p');
CREATE FOREIGN TABLE grown_changes (op text OPTIONS (role 'op'), id int, name text, note text) SERVER log OPTIONS (schema_name 'p', table_name 'grown', mode 'changes');
SELECT id, name, gone, note FROM grown WHERE at = '2024-01-02';
SELECT regress.pinned('grown_early', '2024-01-02');
SELECT regress.pinned('grown_late', '2024-01-04');
SELECT regress.pinned('grown_changes_early', '2024-01-02', ARRAY['grown_changes']);
SELECT regress.pinned('grown_changes_late', '2024-01-04', ARRAY['grown_changes']);
-- what was refused is not there, and nothing of the tables beside it
SELECT regress.pinned('grown_both', '2024-01-02', ARRAY['item', 'grown']);
SELECT pin FROM cdc_fdw_pins WHERE pin ~ 'grown' ORDER BY pin;
-- the hint's way
ALTER FOREIGN TABLE grown ALTER note OPTIONS (ADD missing '');
SELECT regress.pinned('grown_early', '2024-01-02');
ALTER FOREIGN TABLE grown ALTER note OPTIONS (DROP missing);
-- a column that only a file between has is one of the pin
CALL regress.file('p/grown/20240106-000000000.csv', E'Op,ts,id,name,later\nU,2024-01-05 10:00:00,1,Uno,z\n');
SELECT regress.pinned('grown_between', '2024-01-06');
SELECT regress.pinned('grown_changes_between', '2024-01-06', ARRAY['grown_changes']);
-- columns by their places
CREATE SERVER places FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CALL regress.file('p/placed/LOAD00000001.csv', E'2024-01-01 09:00:00,1,one\n');
CALL regress.file('p/placed/20240102-000000000.csv', E'U,2024-01-01 10:00:00,1,ONE\n');
CALL regress.file('p/placed/20240104-000000000.csv', E'U,2024-01-03 10:00:00,1,One,new\n');
CREATE FOREIGN TABLE placed (id int OPTIONS (key 'true'), name text, note text, at timestamptz OPTIONS (role 'asof')) SERVER places OPTIONS (schema_name 'p');
SELECT id, name, note FROM placed WHERE at = '2024-01-02';
SELECT regress.pinned('placed_early', '2024-01-02', ARRAY['placed']);
SELECT regress.pinned('placed_late', '2024-01-04', ARRAY['placed']);

-- ---------------------------------------------------------------- a pin's files decide alone, and as the log does
-- what an instant's query finds by later files, a pin cannot; nor does it answer where that query is an error
CREATE SERVER told FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', base_time '2023-01-01');
CREATE FUNCTION regress.told(tab text, at text, whole boolean DEFAULT false) RETURNS TABLE (how text, outcome text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('cdc_fdw.asof', at, false);
  how := 'query'; outcome := regress.outcome(format('SELECT * FROM %I', tab)); RETURN NEXT;
  PERFORM set_config('cdc_fdw.asof', '', false);
  how := 'pin'; outcome := regress.pinned('told ' || tab || clock_timestamp(), at, ARRAY[tab]); RETURN NEXT;
END $$;
-- line ends: the change file shows that the carriage return is a value's
CALL regress.file('t/ends/LOAD00000001.csv', E'1,a\r\n');
CALL regress.file('t/ends/20240102-000000000.csv', E'U,1,b\n');
CREATE FOREIGN TABLE ends (id int OPTIONS (key 'true'), v text) SERVER told OPTIONS (prefix 't/ends');
SELECT * FROM regress.told('ends', '2023-06-01');
SELECT * FROM regress.told('ends', '2024-01-03');
ALTER FOREIGN TABLE ends OPTIONS (ADD csv_row_delimiter E'\\n');
SELECT * FROM regress.told('ends', '2023-06-01');
-- the operation of a full load, which change files show
CALL regress.file('t/ops/LOAD00000001.csv', E'I,A\n');
CALL regress.file('t/ops/20240102-000000000.csv', E'I,Q\n');
CALL regress.file('t/ops/20240103-000000000.csv', E'U,A,x3\n');
CREATE FOREIGN TABLE told_ops (id text OPTIONS (key 'true'), v text OPTIONS (missing '')) SERVER told OPTIONS (prefix 't/ops');
SELECT * FROM regress.told('told_ops', '2023-06-01');
SELECT * FROM regress.told('told_ops', '2024-01-04');
ALTER FOREIGN TABLE told_ops OPTIONS (ADD include_op_for_full_load 'true');
SELECT * FROM regress.told('told_ops', '2023-06-01');
-- a name in another case, which the newest file shows to be another column
CALL regress.file('t/names/LOAD00000001.csv', E'id,Price\n1,10\n');
CALL regress.file('t/names/20240102-000000000.csv', E'Op,id,Price\nU,1,11\n');
CREATE FOREIGN TABLE names (id int OPTIONS (key 'true'), price int) SERVER told OPTIONS (prefix 't/names', add_column_name 'true');
SELECT * FROM regress.told('names', '2024-01-02');
CALL regress.file('t/names/20240103-000000000.csv', E'Op,id,Price,price\nU,1,12,99\n');
SELECT * FROM regress.told('names', '2024-01-02');
SELECT * FROM regress.told('names', '2024-01-03');
ALTER FOREIGN TABLE names ALTER price OPTIONS (ADD column_name 'Price');
SELECT * FROM regress.told('names', '2024-01-02');
-- two names that are nobody's
CALL regress.file('t/twins/LOAD00000001.csv', E'id,Price\n1,10\n');
CALL regress.file('t/twins/20240102-000000000.csv', E'Op,id,Price,PRICE\nU,1,12,99\n');
CREATE FOREIGN TABLE twins (id int OPTIONS (key 'true'), price int) SERVER told OPTIONS (prefix 't/twins', add_column_name 'true');
SELECT * FROM regress.told('twins', '2023-06-01');
-- as changes
CREATE FOREIGN TABLE ends_changes (id int, v text) SERVER told OPTIONS (prefix 't/mixed', mode 'changes');
CALL regress.file('t/mixed/20240102-000000000.csv', E'U,1,b\r\n');
CALL regress.file('t/mixed/20240103-000000000.csv', E'U,1,c\n');
SELECT * FROM regress.told('ends_changes', '2024-01-02');

-- ---------------------------------------------------------------- no option changes a pin's answer
-- each option there is, changed after pinning, has the same rows or is refused: equal rows of a full load by check_base, an instant
-- before the first change, first fields that may be an operation, cells and times that need an option to be read
CALL regress.file('o/same/LOAD00000001.csv', E'1,a,\n1,a,\n2,b,\n');
CALL regress.file('o/same/20240102-000000000.csv', E'U,2,z,\n');
CALL regress.file('o/same/20240103-000000000.csv', E'U,1,q,-\n');
CALL regress.file('o/ops/LOAD00000001.csv', E'D,1,x\nD,2,y\n');
CALL regress.file('o/ops/20240102-000000000.csv', E'U,9,z\n');
CALL regress.file('o/late/LOAD00000001.csv', E'2024-01-01 09:00:00,1,1/2/2024 10:00,\n');
CALL regress.file('o/late/20240101-100500000.csv', E'U,2024-01-01 10:00:00,2,2024-01-02 10:00:00,\n');
CALL regress.file('o/late/20240103-100500000.csv', E'U,2024-01-01 10:30:00,1,2024-01-03 10:00:00,\n');
CREATE TABLE pinned_table (name text, options text, columns text);
INSERT INTO pinned_table VALUES
  ('checked', $$prefix 'o/same', check_base 'error'$$, NULL),
  ('checked_history', $$prefix 'o/same', check_base 'error', mode 'history', base_time '2024-01-01'$$, NULL),
  ('plain_history', $$prefix 'o/same', mode 'history', base_time '2024-01-01'$$, NULL),
  ('filled', $$prefix 'o/same', use_csv_no_sup_value 'true', csv_no_sup_value '-'$$, NULL),
  ('same_changes', $$prefix 'o/same', mode 'changes'$$, 'id int, v text, x text, c timestamptz OPTIONS (role ''commit_time'')'),
  ('empty_before', $$prefix 'o/same', before_base 'empty', base_time '2023-12-31'$$, NULL),
  ('ops', $$prefix 'o/ops', include_op_for_full_load 'false'$$, 'v text, id text OPTIONS (key ''true''), x text OPTIONS (missing '''')'),
  ('ops_any', $$prefix 'o/ops', load_ops 'any'$$, 'v text, id text OPTIONS (key ''true''), x text OPTIONS (missing '''')'),
  ('late', $$prefix 'o/late', timestamp_column_name 'ts', datestyle 'ISO, DMY', late_files 'scan'$$, 'id int OPTIONS (key ''true''), v timestamptz, x text'),
  ('late_history', $$prefix 'o/late', timestamp_column_name 'ts', on_error 'null', mode 'history'$$, 'id int OPTIONS (key ''true''), v timestamptz, x text');
CREATE SERVER kept FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
SELECT format('CREATE FOREIGN TABLE %I (%s%s) SERVER kept OPTIONS (%s)', name, coalesce(columns, 'id int OPTIONS (key ''true''), v text, x text'),
  CASE WHEN name ~ 'history' THEN ', f timestamptz OPTIONS (role ''valid_from''), t timestamptz OPTIONS (role ''valid_to'')' END, options) FROM pinned_table
\gexec
CREATE FUNCTION regress.rows_of(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  rows text;
BEGIN
  EXECUTE format('SELECT string_agg(r::text, '' '' ORDER BY r::text) FROM %I r', name) INTO rows;
  RETURN coalesce(rows, 'none');
EXCEPTION WHEN OTHERS THEN
  RETURN 'ERROR ' || SQLSTATE;
END $$;
SELECT name, regress.outcome(format('SELECT cdc_fdw_pin(%L, %L, NULL, %L)', 'kept ' || name, CASE WHEN name ~ 'late|checked$' THEN '2024-01-02 12:00' ELSE 'infinity' END, name)) AS pinned FROM pinned_table;
CREATE TABLE pinned_rows AS SELECT name, set_config('cdc_fdw.asof', 'pin:kept ' || name, false) IS NOT NULL AS pinned, regress.rows_of(name) AS rows FROM pinned_table;
SELECT name, rows FROM pinned_rows;
-- another value of each
CREATE TABLE other_value (option text PRIMARY KEY, value text[]);
INSERT INTO other_value VALUES
  ('url', '{file:///nowhere}'), ('region', '{eu-west-1}'), ('endpoint', '{https://localhost}'), ('url_style', '{path}'), ('ca_file', '{/nowhere}'), ('anonymous', '{true}'),
  ('credentials', '{chain}'), ('credentials_required', '{false}'), ('allow_http', '{true}'), ('sts_endpoint', '{https://localhost}'), ('role_arn', '{arn:aws:iam::123456789012:role/x}'),
  ('external_id', '{x}'), ('role_session_name', '{xx}'), ('role_duration', '{1h}'), ('schema_name', '{o}'), ('table_name', '{ops}'), ('prefix', '{o/ops,o/same,"o/same,o/ops"}'),
  ('asof', '{2024-01-01,2024-01-02 12:00,infinity}'), ('known_at', '{2024-01-01,2024-01-02 12:00,infinity}'), ('session_instants', '{true}'), ('late_files', '{scan,stop}'), ('allow_empty', '{true}'), ('allow_gaps', '{true}'),
  ('load_ops', '{any,insert}'), ('ignore_change_files', '{true}'), ('check_base', '{off,error}'), ('duplicate_keys', '{true,false}'), ('before_base', '{base,empty,error}'),
  ('base_time', '{2023-01-01,2024-01-02 12:00,2025-01-01,-infinity,infinity}'), ('clock_skew', '{1s,40d}'), ('changes_from', '{2024-01-02 12:00}'), ('partition_folders', '{true}'), ('changes_prefix', '{o/ops}'),
  ('op_column_name', '{op}'), ('timezone', '{Asia/Tokyo}'), ('datestyle', '{"ISO, MDY","ISO, DMY"}'), ('mode', '{history,changes,snapshot}'), ('open_end', '{null}'), ('collapse', '{false}'),
  ('on_error', '{null,skip,stop}'), ('reject_limit', '{1}'), ('task', '{x}'), ('s3_settings', '{"{\"CsvNullValue\": \"a\"}"}'), ('add_column_name', '{true}'), ('timestamp_column_name', '{ts,""}'),
  ('include_op_for_full_load', '{true,false}'), ('cdc_inserts_only', '{true}'), ('cdc_inserts_and_updates', '{true}'), ('csv_delimiter', '{;}'), ('csv_row_delimiter', '{\\n,by_file}'), ('csv_null_value', '{a,z}'),
  ('use_csv_no_sup_value', '{true,false}'), ('csv_no_sup_value', '{a,-}'), ('rfc4180', '{false}'), ('compression_type', '{gzip}'), ('data_format', '{csv}'), ('date_partition_enabled', '{true}'),
  ('date_partition_sequence', '{yyyymm}'), ('date_partition_delimiter', '{dash}'), ('date_partition_timezone', '{Asia/Tokyo}'), ('preserve_transactions', '{true}'), ('cdc_path', '{o/ops}'), ('bucket_name', '{xxx}'),
  ('bucket_folder', '{o}'), ('expected_bucket_owner', '{123456789012}'), ('cdc_max_batch_interval', '{1}'), ('key', '{true,false}'), ('column_name', '{id}'), ('before', '{id}'), ('sequence', '{true}'),
  ('position', '{1,2}'), ('missing', '{a}'), ('null_on_update', '{keep}'), ('role', '{op}'), ('encoding', '{json}'), ('fields', '{a}');
-- all names are those of the errors about a name that is none
CREATE FUNCTION regress.names(place text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  hint text;
BEGIN
  EXECUTE format('ALTER %s OPTIONS (ADD xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx '''')', place);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RETURN string_to_array(trim('.' FROM split_part(hint, ' are: ', 2)), ', ');
END $$;
-- rows by the pin when an option is changed so, or (NULL) dropped; afterwards it is as it was
CREATE FUNCTION regress.rows_then(name text, place text, option text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  rows text;
BEGIN
  PERFORM set_config('cdc_fdw.asof', 'pin:kept ' || name, false);
  BEGIN
    EXECUTE format(CASE WHEN value IS NULL THEN 'ALTER %s OPTIONS (DROP %I)' ELSE 'ALTER %s OPTIONS (ADD %I %L)' END, place, option, value);
  EXCEPTION WHEN duplicate_object THEN
    EXECUTE format('ALTER %s OPTIONS (SET %I %L)', place, option, value);
  END;
  rows := regress.rows_of(name);
  RAISE EXCEPTION USING ERRCODE = 'RROWS', MESSAGE = rows;
EXCEPTION
  WHEN SQLSTATE 'RROWS' THEN RETURN SQLERRM;
  WHEN OTHERS THEN RETURN 'ERROR ' || SQLSTATE;
END $$;
CREATE TABLE drawn AS
  SELECT t.name, p.kind, o.option, v.value, r.rows AS was, regress.rows_then(t.name, p.place, o.option, v.value) AS becomes
  FROM pinned_table t JOIN pinned_rows r USING (name),
    LATERAL (VALUES ('table', format('FOREIGN TABLE %I', t.name)), ('server', 'SERVER kept'), ('key', format('FOREIGN TABLE %I ALTER id', t.name)), ('column', format('FOREIGN TABLE %I ALTER v', t.name))) p(kind, place),
    LATERAL unnest(regress.names(p.place)) o(option) LEFT JOIN other_value w USING (option), LATERAL unnest(w.value || NULL::text) v(value);
SELECT kind, count(DISTINCT option) > 5 AS options FROM drawn GROUP BY kind ORDER BY kind;
SELECT DISTINCT n AS without_value FROM unnest(ARRAY['SERVER kept', 'FOREIGN TABLE late', 'FOREIGN TABLE late ALTER v']) p, unnest(regress.names(p)) n WHERE n NOT IN (SELECT option FROM other_value);
-- a table's own instant is stronger than the session's pin
SELECT name, kind, option, value, was, becomes FROM drawn WHERE (kind, option) <> ('table', 'asof') AND becomes <> was AND becomes NOT LIKE 'ERROR%' AND was NOT LIKE 'ERROR%';
SELECT option, string_agg(DISTINCT value, '; ' ORDER BY value) AS rows_stay FROM drawn WHERE becomes = was AND was NOT LIKE 'ERROR%' AND kind IN ('table', 'server') GROUP BY option ORDER BY option;
RESET cdc_fdw.asof;

\set ECHO none
\i :end

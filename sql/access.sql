-- Who may see what: functions, messages, pins and settings show no more than
-- SELECT on a foreign table does.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE ROLE regress_owner;
CREATE ROLE regress_reader;
CREATE ROLE regress_other;
GRANT pg_read_server_files TO regress_owner, regress_reader, regress_other;
GRANT USAGE ON SCHEMA regress TO regress_owner, regress_reader, regress_other;
GRANT CREATE ON SCHEMA public TO regress_owner, regress_reader, regress_other;
CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', add_column_name 'true');
GRANT USAGE ON FOREIGN SERVER log TO regress_owner;
CALL regress.file('a/person/LOAD00000001.csv', E'ts,id,name,ssn\n2024-01-01 09:00:00,1,ann,111\n2024-01-01 09:00:00,2,bob,222\n');
CALL regress.file('a/person/20240102-000100000.csv', E'Op,ts,id,name,ssn\nU,2024-01-01 10:00:00,1,Ann,112\nI,2024-01-01 23:59:00,3,cyd,333\nU,2024-01-02 00:00:30,2,Bob,223\n');
CALL regress.file('a/person/20240103-000100000.csv', E'Op,ts,id,name,ssn\nD,2024-01-03 00:00:00,3,,\n');

-- ---------------------------------------------------------------- cdc_fdw_changes_since: declared fields, at the table's instants
SET ROLE regress_owner;
CREATE FOREIGN TABLE person (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'a');
CREATE FOREIGN TABLE person_whole (id int OPTIONS (key 'true'), record jsonb OPTIONS (role 'row')) SERVER log OPTIONS (schema_name 'a', table_name 'person');
GRANT SELECT ON person, person_whole TO regress_reader;
SET ROLE regress_reader;
SELECT file ~ '0102', line, op, committed, change FROM cdc_fdw_changes_since('person') WHERE bookmark IS NULL;
-- whose record is declared
SELECT op, change FROM cdc_fdw_changes_since('person_whole') WHERE bookmark IS NULL;
-- at an instant between two records of a file: neither of them is lost, and none comes twice
SET ROLE regress_owner;
ALTER FOREIGN TABLE person OPTIONS (ADD asof '2024-01-02');
SET ROLE regress_reader;
CREATE TEMP TABLE mark AS SELECT * FROM cdc_fdw_changes_since('person');
SELECT op, committed, change FROM mark WHERE bookmark IS NULL;
SELECT f.value -> 'before' AS before, k.key, k.value - 'etag' AS known FROM mark, jsonb_each(bookmark) f, jsonb_each(f.value -> 'files') k WHERE bookmark IS NOT NULL;
SELECT op, committed, change FROM cdc_fdw_changes_since('person', (SELECT bookmark FROM mark WHERE bookmark IS NOT NULL)) WHERE bookmark IS NULL;
SET ROLE regress_owner;
ALTER FOREIGN TABLE person OPTIONS (SET asof '2024-01-02 12:00');
SET ROLE regress_reader;
CREATE TEMP TABLE mark2 AS SELECT * FROM cdc_fdw_changes_since('person', (SELECT bookmark FROM mark WHERE bookmark IS NOT NULL));
SELECT op, committed, change FROM mark2 WHERE bookmark IS NULL;
-- a file that is late is found there too
RESET ROLE;
CALL regress.file('a/person/20240101-120000000.csv', E'Op,ts,id,name,ssn\nI,2024-01-01 11:00:00,4,dan,444\n');
SET ROLE regress_owner;
ALTER FOREIGN TABLE person OPTIONS (DROP asof);
SET ROLE regress_reader;
SELECT op, committed, change FROM cdc_fdw_changes_since('person', (SELECT bookmark FROM mark2 WHERE bookmark IS NOT NULL)) WHERE bookmark IS NULL;
SELECT op, committed, change FROM cdc_fdw_changes_since('person', (SELECT bookmark FROM mark WHERE bookmark IS NOT NULL)) WHERE bookmark IS NULL;
-- back at the earlier instant nothing is forgotten
SET cdc_fdw.asof = '2024-01-02';
CREATE TEMP TABLE mark3 AS SELECT * FROM cdc_fdw_changes_since('person', (SELECT bookmark FROM mark2 WHERE bookmark IS NOT NULL));
SELECT op, committed, change FROM mark3 WHERE bookmark IS NULL;
RESET cdc_fdw.asof;
SELECT op, committed, change FROM cdc_fdw_changes_since('person', (SELECT bookmark FROM mark3 WHERE bookmark IS NOT NULL)) WHERE bookmark IS NULL;
SELECT regress.outcome($$SELECT * FROM cdc_fdw_changes_since('person', (SELECT regexp_replace(bookmark::text, '"until": "[^"]*"', '"until": 1')::jsonb FROM mark WHERE bookmark IS NOT NULL))$$) ~ 'has no time "until"' AS refused;

-- ---------------------------------------------------------------- functions with an instant: those of the table
SET ROLE regress_owner;
ALTER FOREIGN TABLE person OPTIONS (ADD asof '2024-01-02');
SET ROLE regress_reader;
SELECT q, regress.outcome(q) FROM (VALUES
  ($$SELECT * FROM cdc_fdw_explain_row('person', '{"id": 2}')$$),
  ($$SELECT * FROM cdc_fdw_explain_row('person', '{"id": 2}', '2024-01-02')$$),
  ($$SELECT * FROM cdc_fdw_explain_row('person', '{"id": 2}', 'infinity')$$),
  ($$SELECT * FROM cdc_fdw_diff('person', '2024-01-01 12:00')$$),
  ($$SELECT * FROM cdc_fdw_audit('person', '2024-01-03')$$),
  ($$SELECT cdc_fdw_pin('later', '2024-01-03', NULL, 'person')$$),
  ($$SELECT cdc_fdw_fingerprint('person', '2024-01-03')$$)) v(q);
-- who can alter the table may ask
SET ROLE regress_owner;
SELECT key, what FROM cdc_fdw_diff('person', '2024-01-01 12:00');
ALTER FOREIGN TABLE person OPTIONS (DROP asof);

-- ---------------------------------------------------------------- a schema that the reader may not use
-- its tables are nobody's by their OIDs, which the catalog shows to everybody
RESET ROLE;
CREATE SCHEMA closed;
GRANT USAGE, CREATE ON SCHEMA closed TO regress_owner;
SET ROLE regress_owner;
CREATE FOREIGN TABLE closed.person (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'a');
GRANT SELECT ON closed.person TO regress_reader;
SELECT cdc_fdw_pin('closed', '2024-01-02', NULL, 'closed.person');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER log TO regress_reader;
SELECT c.oid AS closed FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = 'person' AND nspname = 'closed' \gset
CREATE TABLE regress.ask AS SELECT row_number() OVER () AS n, format(q, :closed) AS q FROM (VALUES
  ('SELECT * FROM closed.person'),
  ('SELECT * FROM cdc_fdw_changes_since(%s)'),
  ($$SELECT * FROM cdc_fdw_explain_row(%s, '{"id": 2}')$$),
  ('SELECT * FROM cdc_fdw_audit(%s)'),
  ($$SELECT * FROM cdc_fdw_diff(%s, '2024-01-01 12:00')$$),
  ('SELECT * FROM cdc_fdw_objects(%s::regclass)'),
  ('SELECT * FROM cdc_fdw_status(%s)'),
  ($$SELECT cdc_fdw_pin('mine', '2024-01-02', NULL, %s)$$),
  ('SELECT cdc_fdw_fingerprint(%s)'),
  ('SELECT * FROM cdc_fdw_compare(%1$s, %1$s)'),
  ($$SELECT * FROM cdc_fdw_verify_pin('closed')$$)) v(q);
GRANT SELECT ON regress.ask TO PUBLIC;
SET ROLE regress_reader;
SELECT replace(q, :'closed', 'OID') AS asked, replace(regress.outcome(q), :'closed', 'OID') AS outcome FROM regress.ask ORDER BY n;
SELECT pin FROM cdc_fdw_pins;
-- nor do they count among a server's
SELECT foreign_table FROM cdc_fdw_server_status('log') ORDER BY 1;
RESET ROLE;
GRANT USAGE ON SCHEMA closed TO regress_reader;
SET ROLE regress_reader;
SELECT replace(q, :'closed', 'OID') AS asked, regress.outcome(q) ~ '^OK' AS ok FROM regress.ask ORDER BY n;
SELECT pin FROM cdc_fdw_pins WHERE pin <> 'mine';
SELECT foreign_table FROM cdc_fdw_server_status('log') ORDER BY 1;
RESET ROLE;
REVOKE USAGE ON FOREIGN SERVER log FROM regress_reader;
SELECT cdc_fdw_unpin(pin) FROM (SELECT DISTINCT pin FROM cdc_fdw_pins) p;
DROP TABLE regress.ask;
SET client_min_messages = warning;
DROP SCHEMA closed CASCADE;
RESET client_min_messages;
SET ROLE regress_owner;

-- ---------------------------------------------------------------- messages
-- values that a view, a function or a missing right to a column hides
RESET ROLE;
CREATE FUNCTION regress.short(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF length($1) > 3 THEN RAISE EXCEPTION 'secret % is long', $1 USING DETAIL = 'secret ' || $1, ERRCODE = '55000'; END IF; RETURN true; END $$;
CREATE DOMAIN short AS text CHECK (regress.short(VALUE));
GRANT EXECUTE ON FUNCTION regress.short(text) TO PUBLIC;
-- the CONTEXT too: regress.outcome leaves it out
CREATE FUNCTION regress.leaks(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  state text;
  message text;
  detail text;
  hint text;
  context text;
BEGIN
  EXECUTE query;
  RETURN 'OK';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
  RETURN concat_ws(' ', state, CASE WHEN concat(message, detail, hint, context) ~ 'secret|4711|04:47:11' THEN 'shows' ELSE 'hides' END, 'in',
    (SELECT regress.hide(m[1]) FROM regexp_matches(context, '(file ".*), line|$') m LIMIT 1));
END $$;
CALL regress.file('m/number/20240101-000000000.csv', E'Op,ts,id,v,more\nI,2024-01-01 00:00:00,1,secret4711,1\nI,2024-01-01 00:00:00,2,secret4712,1\n');
CALL regress.file('m/json/20240101-000000000.csv', E'Op,ts,id,v\nI,2024-01-01 00:00:00,1,"{""a"": secret}"\n');
CALL regress.file('m/key/20240101-000000000.csv', E'Op,ts,id,v\nI,2024-01-01 00:00:00,secret,1\n');
CALL regress.file('m/op/20240101-000000000.csv', E'Op,ts,id,v\nsecret,2024-01-01 00:00:00,1,1\n');
CALL regress.file('m/time/20240101-000000000.csv', E'Op,ts,id,v\nI,secret,1,1\n');
CALL regress.file('m/width/20240101-000000000.csv', E'Op,ts,id,v\nI,2024-01-01 00:00:00,1,1\nI,secret\n');
CALL regress.file('m/header/20240101-000000000.csv', E'I,2024-01-01 00:00:00,isecret,1\n');
CALL regress.file('m/load/LOAD00000001.csv', E'Op,ts,id,v\nsecret,2024-01-01 00:00:00,1,1\n');
CALL regress.file('m/skew/20240101-000000000.csv', E'Op,ts,id,v\nI,2024-01-02 04:47:11,1,1\n');
CREATE TABLE leak (name text, type text, log text);
INSERT INTO leak SELECT 'number' || row_number() OVER (), type, 'number' FROM unnest(ARRAY['int', 'numeric', 'bool', 'date', 'timestamptz', 'uuid', 'interval', 'bytea', 'inet', 'short', 'char(3)', 'int[]', 'tsvector', 'point', 'pg_lsn', 'bit(3)']) type;
INSERT INTO leak VALUES ('json', 'json', 'json'), ('jsonb', 'jsonb', 'json'), ('key', 'text', 'key'), ('op', 'int', 'op'), ('time', 'int', 'time'), ('width', 'int', 'width'), ('header', 'int', 'header'), ('load', 'int', 'load'), ('skew', 'int', 'skew');
DO $$
DECLARE
  l leak;
BEGIN
  FOR l IN TABLE leak LOOP
    EXECUTE format('CREATE FOREIGN TABLE t_%1$s (id int OPTIONS (key ''true''), v %2$s) SERVER log OPTIONS (schema_name ''m'', table_name %3$L);'
      'CREATE VIEW v_%1$s WITH (security_barrier) AS SELECT id, v FROM t_%1$s WHERE id < 0 OR v IS NULL;'
      'ALTER FOREIGN TABLE t_%1$s OWNER TO regress_owner; ALTER VIEW v_%1$s OWNER TO regress_owner;'
      'GRANT SELECT ON v_%1$s TO regress_reader; GRANT SELECT (id, v) ON t_%1$s TO regress_other', l.name, l.type, l.log);
  END LOOP;
END $$;
CREATE FUNCTION regress.defined(query text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE query; END $$;
ALTER FUNCTION regress.defined(text) OWNER TO regress_owner;
GRANT CREATE ON SCHEMA regress TO regress_owner;
GRANT SELECT ON leak TO PUBLIC;
SET ROLE regress_owner;
SELECT name, type, regress.leaks(format('SELECT * FROM t_%s', name)) AS owner FROM leak;
SET ROLE regress_reader;
SELECT name, type, regress.leaks(format('SELECT * FROM v_%s', name)) AS view, regress.leaks(format('SELECT regress.defined(%L)', format('TABLE t_%s', name))) AS function FROM leak;
SELECT regress.outcome('SELECT * FROM v_number1');
SELECT regress.outcome('SELECT * FROM v_op');
SELECT regress.outcome('SELECT * FROM v_header');
-- who may read all columns may read the message
SET ROLE regress_other;
SELECT regress.leaks('SELECT * FROM t_number1');
RESET ROLE;
REVOKE SELECT (v) ON t_number1 FROM regress_other;
SET ROLE regress_other;
SELECT regress.leaks('SELECT id FROM t_number1 WHERE id > 0');
-- on_error looks at all columns, and tells of them in a NOTICE
RESET ROLE;
ALTER FOREIGN TABLE t_number1 OPTIONS (ADD on_error 'skip', ADD reject_limit '1');
SET ROLE regress_other;
SELECT regress.leaks('SELECT id FROM t_number1');
SELECT regress.outcome('SELECT id FROM t_number1');
RESET ROLE;
SELECT regress.leaks('SELECT id FROM t_number1');
-- what the NOTICE of several such values says, without the file
ALTER FOREIGN TABLE t_number1 OPTIONS (SET reject_limit '5');
SET client_min_messages = notice;
\set VERBOSITY terse
SET ROLE regress_other;
SELECT id FROM t_number1;
RESET ROLE;
\set VERBOSITY default
SET client_min_messages = warning;
ALTER FOREIGN TABLE t_number1 OPTIONS (DROP on_error, DROP reject_limit);
-- several processes
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET ROLE regress_reader;
SELECT regress.leaks('SELECT * FROM v_number1'), regress.leaks('SELECT * FROM v_op');
RESET ROLE;
SET max_parallel_workers_per_gather = 0;
-- the functions
SET ROLE regress_reader;
SELECT f, regress.leaks(format('SELECT regress.defined(%L)', format('SELECT * FROM %s', f))) FROM (VALUES
  ($$cdc_fdw_explain_row('t_key', '{"id": 1}')$$), ($$cdc_fdw_audit('t_key')$$), ($$cdc_fdw_diff('t_key', '2023-12-31 23:59:59', '2024-01-01')$$),
  ($$cdc_fdw_changes_since('t_op')$$), ($$cdc_fdw_fingerprint('t_number1')$$), ($$cdc_fdw_status('t_time')$$)) v(f);
RESET ROLE;

-- ---------------------------------------------------------------- cursors are read as who opened them, whoever fetches
REVOKE pg_read_server_files FROM regress_other;
SET ROLE regress_owner;
GRANT SELECT ON person TO regress_other;
CREATE FUNCTION regress.fetched(c refcursor) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE r record; BEGIN FETCH c INTO r; RETURN r; END $$;
CREATE FUNCTION regress.opened() RETURNS refcursor LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE c refcursor := 'c'; BEGIN OPEN c FOR SELECT * FROM public.person; RETURN c; END $$;
SET ROLE regress_other;
BEGIN;
DECLARE own CURSOR FOR SELECT * FROM person;
SELECT regress.fetched('own');
ROLLBACK;
BEGIN;
SELECT regress.opened();
FETCH 2 FROM c;
ROLLBACK;
RESET ROLE;
DROP FUNCTION regress.fetched, regress.opened;
REVOKE SELECT ON person FROM regress_other;
GRANT pg_read_server_files TO regress_other;

-- ---------------------------------------------------------------- session_instants
SET ROLE regress_owner;
CREATE FOREIGN TABLE roles (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 'a', table_name 'person');
GRANT SELECT ON roles TO regress_reader;
CREATE FUNCTION may(person int) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ SELECT name FROM roles WHERE id = $1 $$;
CREATE VIEW v_roles AS SELECT id, name FROM roles;
GRANT SELECT ON v_roles TO regress_reader;
SET ROLE regress_reader;
SET cdc_fdw.asof = '2024-01-02 12:00';
SELECT may(3), (SELECT name FROM v_roles WHERE id = 3);
SET ROLE regress_owner;
ALTER FOREIGN TABLE roles OPTIONS (ADD session_instants 'false');
SET ROLE regress_reader;
SELECT may(3), (SELECT name FROM v_roles WHERE id = 3);
SELECT regress.plan('SELECT name FROM roles');
SET client_min_messages = notice;
SELECT may(2);
SET client_min_messages = warning;
SET cdc_fdw.asof = 'no instant';
SELECT may(2);
SET cdc_fdw.asof = 'pin:none';
SELECT may(2);
SET cdc_fdw.asof = '';
SET cdc_fdw.known_at = '2024-01-01';
SELECT may(2);
SELECT count(*) FROM cdc_fdw_changes_since('roles');
RESET cdc_fdw.known_at;
-- the query's, the table's and the server's own count
SELECT name FROM roles WHERE id = 3 AND at = '2024-01-02 12:00';
RESET ROLE;
ALTER SERVER log OPTIONS (ADD asof '2024-01-02 12:00');
SET ROLE regress_reader;
SELECT may(3);
SELECT rows FROM cdc_fdw_fingerprint('roles', '2024-01-01 12:00');
RESET ROLE;
ALTER SERVER log OPTIONS (DROP asof, ADD session_instants 'false');
ALTER FOREIGN TABLE roles OPTIONS (SET session_instants 'true');
SET ROLE regress_reader;
SET cdc_fdw.asof = '2024-01-02 12:00';
SELECT may(3), (SELECT count(*) FROM person);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_fingerprint('person', '2024-01-02')$$);
RESET cdc_fdw.asof;
RESET ROLE;
ALTER SERVER log OPTIONS (DROP session_instants);
ALTER FOREIGN TABLE roles OPTIONS (DROP session_instants);

-- ---------------------------------------------------------------- pins: whose they are
-- a reader takes the name that the owner's option has
SET ROLE regress_reader;
SELECT cdc_fdw_pin('month', '2024-01-01 12:00', NULL, 'roles', 'person');
SET ROLE regress_owner;
SELECT regress.outcome($$SELECT cdc_fdw_pin('month', '2024-01-02 12:00', NULL, 'roles')$$);
ALTER FOREIGN TABLE roles OPTIONS (ADD asof 'pin:month');
SELECT regress.outcome('SELECT * FROM roles');
SELECT regress.outcome('EXPLAIN SELECT * FROM roles');
SELECT regress.outcome('ANALYZE roles');
SET ROLE regress_reader;
SELECT regress.outcome('SELECT may(3)');
SELECT regress.outcome('SELECT * FROM v_roles');
-- himself he may steer
SELECT count(*) FROM roles;
-- a stranger sees that the name is taken
SET ROLE regress_other;
SELECT * FROM cdc_fdw_pins;
SELECT regress.outcome($$SELECT * FROM cdc_fdw_verify_pin('month')$$);
SELECT regress.outcome($$SELECT cdc_fdw_unpin('month')$$);
SET ROLE regress_owner;
SELECT * FROM cdc_fdw_pins;
SELECT regress.outcome($$SELECT * FROM cdc_fdw_verify_pin('month')$$);
-- a superuser sees and may do all
RESET ROLE;
SELECT pin, table_name, pinned_by FROM cdc_fdw_pins;
SELECT DISTINCT verdict FROM cdc_fdw_verify_pin('month');
SELECT cdc_fdw_unpin('month');
-- the owner's is every reader's
SET ROLE regress_owner;
SELECT cdc_fdw_pin('month', '2024-01-02 12:00', NULL, 'roles', 'person');
SELECT count(*) FROM roles;
SET ROLE regress_reader;
SELECT may(3), (SELECT count(*) FROM v_roles), (SELECT count(*) FROM roles);
SELECT pin, table_name, pinned_by FROM cdc_fdw_pins ORDER BY 2;
SELECT DISTINCT table_name, verdict FROM cdc_fdw_verify_pin('month') ORDER BY 1;
SET ROLE regress_other;
SELECT * FROM cdc_fdw_pins;
-- what he pinned is not told to the readers of another table of that name
SET ROLE regress_owner;
ALTER FOREIGN TABLE person RENAME TO persons;
CREATE FOREIGN TABLE person (id int OPTIONS (key 'true')) SERVER log OPTIONS (schema_name 'a');
GRANT SELECT ON person TO regress_reader;
SET ROLE regress_reader;
SET cdc_fdw.asof = 'pin:month';
SELECT regress.outcome('SELECT * FROM person');
SELECT table_name, object, verdict, detail FROM cdc_fdw_verify_pin('month') WHERE table_name = 'public.person';
SET ROLE regress_owner;
SELECT regress.outcome('SELECT * FROM person');
RESET cdc_fdw.asof;
-- a verdict for each table: what was renamed is found by its options
SELECT DISTINCT table_name, object IS NOT NULL AS object, verdict, detail FROM cdc_fdw_verify_pin('month') ORDER BY 1, 2;
DROP FOREIGN TABLE person;
SELECT DISTINCT table_name, object IS NOT NULL AS object, verdict, detail FROM cdc_fdw_verify_pin('month') ORDER BY 1, 2;
DROP FOREIGN TABLE persons;
CREATE VIEW person AS SELECT 1 AS id;
SELECT DISTINCT table_name, object IS NOT NULL AS object, verdict, detail FROM cdc_fdw_verify_pin('month') ORDER BY 1, 2;
DROP VIEW person;
SELECT DISTINCT table_name, object IS NOT NULL AS object, verdict, detail FROM cdc_fdw_verify_pin('month') ORDER BY 1, 2;
CREATE FOREIGN TABLE person (id int OPTIONS (key 'true'), other text) SERVER log OPTIONS (schema_name 'a');
SELECT DISTINCT table_name, object IS NOT NULL AS object, verdict, detail FROM cdc_fdw_verify_pin('month') ORDER BY 1, 2;
RESET ROLE;
ALTER FOREIGN TABLE person OWNER TO regress_reader;
REVOKE ALL ON person FROM regress_owner;
SET ROLE regress_owner;
SELECT DISTINCT table_name, object IS NOT NULL AS object, verdict, detail FROM cdc_fdw_verify_pin('month') ORDER BY 1, 2;
RESET ROLE;
DROP FOREIGN TABLE person;

-- ---------------------------------------------------------------- pins: PostgreSQL's rules for owners
-- a role that owns one is not dropped, and may be renamed
CREATE ROLE regress_maker IN ROLE pg_read_server_files;
CREATE ROLE regress_heir;
GRANT USAGE ON SCHEMA public TO regress_maker;
GRANT SELECT ON roles TO regress_maker;
SET ROLE regress_maker;
SELECT cdc_fdw_pin('made', '2024-01-02 12:00', NULL, 'roles');
SELECT cdc_fdw_pin('made too', '2024-01-02 12:00', NULL, 'roles');
RESET ROLE;
REVOKE ALL ON roles FROM regress_maker;
REVOKE ALL ON SCHEMA public FROM regress_maker;
SELECT regexp_replace(regress.outcome('DROP ROLE regress_maker'), '\d{4,}', 'N', 'g');
ALTER ROLE regress_maker RENAME TO regress_made;
CREATE ROLE regress_maker;
GRANT USAGE ON SCHEMA regress TO regress_maker;
SELECT pin, pinned_by FROM cdc_fdw_pins WHERE pin ~ 'made' ORDER BY 1;
-- the name's new bearer owns nothing
SET ROLE regress_maker;
SELECT count(*) FROM cdc_fdw_pins;
SELECT regress.outcome($$SELECT cdc_fdw_unpin('made')$$);
RESET ROLE;
-- passed on, and dropped with what else is owned
REASSIGN OWNED BY regress_made TO regress_heir;
SELECT pin, pinned_by FROM cdc_fdw_pins WHERE pin ~ 'made' ORDER BY 1;
DROP ROLE regress_made;
SET ROLE regress_heir;
SELECT cdc_fdw_unpin('made too');
SELECT pin FROM cdc_fdw_pins;
RESET ROLE;
DROP OWNED BY regress_heir;
DROP ROLE regress_heir;
SELECT pin FROM cdc_fdw_pins WHERE pin ~ 'made';
SELECT regress.outcome($$SELECT * FROM cdc_fdw_verify_pin('made')$$);
SELECT regress.outcome($$SELECT cdc_fdw_unpin('made')$$);
-- its name is free, and nothing of it is left
SET ROLE regress_owner;
SELECT cdc_fdw_pin('made', '2024-01-02 12:00', NULL, 'roles');
RESET ROLE;
SELECT (SELECT count(*) FROM cdc_fdw_pinned WHERE pin ~ 'made'), (SELECT count(*) FROM cdc_fdw_pinned_tables WHERE pin ~ 'made'), (SELECT count(DISTINCT number) FROM cdc_fdw_pinned_objects WHERE pin ~ 'made');
-- numbers of large objects are anybody's to take: whoever makes that of one that is gone, or has other content in one, has no pin
SELECT large_object AS object FROM cdc_fdw_pinned WHERE pin = 'made' \gset
SET ROLE regress_owner;
SELECT lo_unlink(:object);
SELECT pin FROM cdc_fdw_pins WHERE pin = 'made';
SET ROLE regress_maker;
SELECT lo_create(:object) = :object;
SELECT * FROM cdc_fdw_pins;
SELECT regress.outcome($$SELECT * FROM cdc_fdw_verify_pin('made')$$);
SELECT regress.outcome($$SELECT cdc_fdw_unpin('made')$$);
SELECT lo_put(:object, 0, sha256('guessed'));
SELECT * FROM cdc_fdw_pins;
SELECT regress.outcome($$SELECT cdc_fdw_unpin('made')$$);
SET ROLE regress_owner;
SELECT regress.outcome($$SELECT cdc_fdw_unpin('made')$$);
RESET ROLE;
ALTER FOREIGN TABLE roles OPTIONS (SET asof 'pin:made');
SELECT regress.outcome('SELECT * FROM roles');
ALTER FOREIGN TABLE roles OPTIONS (SET asof 'pin:month');
-- its rows go when somebody pins, and its name is free
SELECT pin FROM cdc_fdw_pinned WHERE pin = 'made';
SET ROLE regress_owner;
SELECT cdc_fdw_pin('made', '2024-01-02 12:00', NULL, 'roles');
RESET ROLE;
SELECT lo_unlink(:object);
SELECT (SELECT count(*) FROM cdc_fdw_pinned WHERE pin ~ 'made'), (SELECT count(*) FROM cdc_fdw_pinned_tables WHERE pin ~ 'made'), (SELECT count(DISTINCT number) FROM cdc_fdw_pinned_objects WHERE pin ~ 'made');
-- the owner of a large object may give it away
SELECT large_object AS object FROM cdc_fdw_pinned WHERE pin = 'made' \gset
ALTER LARGE OBJECT :object OWNER TO regress_maker;
SET ROLE regress_maker;
SELECT pin, pinned_by FROM cdc_fdw_pins;
RESET ROLE;
ALTER LARGE OBJECT :object OWNER TO regress_owner;
-- a row of a dump of an earlier version has no token, and its large object whatever its owner put there: it is a pin, and gets a token when somebody pins
UPDATE cdc_fdw_pinned SET token = DEFAULT WHERE pin = 'made';
SELECT lo_put(:object, 0, convert_to(repeat('x', 5000), 'UTF8'));
SELECT pin, pinned_by FROM cdc_fdw_pins WHERE pin = 'made';
SET ROLE regress_owner;
SELECT cdc_fdw_pin('other', '2024-01-02 12:00', NULL, 'roles');
SELECT cdc_fdw_unpin('other');
SELECT pin, pinned_by FROM cdc_fdw_pins WHERE pin = 'made';
RESET ROLE;
SELECT length(token), token = lo_get(large_object) FROM cdc_fdw_pinned WHERE pin = 'made';
-- an unpinned one leaves no object, nor does the extension
SET ROLE regress_owner;
SELECT cdc_fdw_unpin('made');
RESET ROLE;
SELECT count(*) FROM pg_largeobject_metadata;
SELECT obj_description(large_object, 'pg_largeobject') FROM cdc_fdw_pinned;
BEGIN;
SET LOCAL client_min_messages = error;
DROP EXTENSION cdc_fdw CASCADE;
SELECT count(*) FROM pg_largeobject_metadata;
ROLLBACK;

-- ---------------------------------------------------------------- whose code runs as whom
-- a domain's check tells as whom it runs; its table has a value of option missing
CREATE ROLE regress_guest IN ROLE pg_read_server_files;
GRANT USAGE ON SCHEMA regress TO regress_guest;
GRANT USAGE ON FOREIGN SERVER log TO regress_guest;
CREATE TABLE regress.ran (who name);
GRANT SELECT, INSERT, DELETE ON regress.ran TO PUBLIC;
CREATE SCHEMA guest AUTHORIZATION regress_guest;
SET ROLE regress_guest;
CREATE FUNCTION guest.notes(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO regress.ran VALUES (current_user); RETURN $1 <> 'refused'; END $$;
CREATE DOMAIN guest.noted AS text CHECK (guest.notes(VALUE));
CREATE TYPE guest.pair AS (v guest.noted);
CREATE TYPE guest.span AS RANGE (subtype = guest.noted);
CREATE FOREIGN TABLE guest.person (id int OPTIONS (key 'true'), name guest.noted, ssn text, a guest.noted OPTIONS (missing 'x'), b guest.noted[] OPTIONS (missing '{x}'), c guest.pair OPTIONS (missing '(x)'),
  d guest.span OPTIONS (missing '[x,y)'), e jsonb OPTIONS (encoding 'row', fields 'v guest.noted', missing '(x)'), f int4range OPTIONS (missing '[1,2)')) SERVER log OPTIONS (schema_name 'a');
GRANT USAGE ON SCHEMA guest TO PUBLIC;
GRANT SELECT ON guest.person TO PUBLIC;
RESET ROLE;
CREATE FUNCTION regress.ran(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  outcome text;
  who text;
BEGIN
  DELETE FROM regress.ran;
  outcome := regress.outcome(query);
  SELECT string_agg(DISTINCT r.who, ', ') INTO who FROM regress.ran r;
  RETURN concat_ws(': ', who, outcome);
END $$;
-- who reads the table runs them, as everywhere in PostgreSQL
SELECT c, replace(regress.ran(format('SELECT %s FROM guest.person', c)), current_user, 'the reader') FROM unnest('{a,b,c,d,e,f,ssn}'::text[]) c;
-- nobody else does: to plan a query, to ask how the log stands, to begin an ANALYZE
SELECT q, replace(regress.ran(q), current_user, 'the caller') FROM (VALUES ('EXPLAIN SELECT * FROM guest.person'), ('ANALYZE guest.person'), ($$SELECT * FROM cdc_fdw_status('guest.person')$$),
  ($$SELECT * FROM cdc_fdw_server_status('log')$$), ($$SELECT cdc_fdw_watermark('log', 'guest')$$)) v(q);

CREATE FOREIGN TABLE plainly (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 'a', table_name 'person');
SET cdc_fdw.asof = 'watermark';
SELECT regress.ran('SELECT * FROM plainly');
RESET cdc_fdw.asof;
SET cdc_fdw.require_sealed = on;
SELECT regress.ran('SELECT * FROM plainly WHERE at = ''2024-01-01 12:00''');
RESET cdc_fdw.require_sealed;

-- a function that looks for tables itself reads them as their owners, where values run code
SELECT q, replace(regress.ran(q), current_user, 'the caller') FROM (VALUES ($$SELECT * FROM cdc_fdw_check_upgrade('log') WHERE foreign_table = 'guest.person'::regclass$$)) v(q);
GRANT CREATE ON SCHEMA guest TO regress_reader;
GRANT USAGE ON FOREIGN SERVER log TO regress_reader;
SET ROLE regress_reader;
SELECT message, detail, hint FROM cdc_fdw_check_upgrade('log') WHERE foreign_table = 'guest.person'::regclass;
SELECT * FROM cdc_fdw_sync('log', 'a', 'guest');
RESET ROLE;
SELECT * FROM cdc_fdw_sync('log', 'a', 'guest');
SET ROLE regress_guest;
-- nor can that code become the caller
CREATE OR REPLACE FUNCTION guest.notes(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RESET ROLE; RETURN true; END $$;
RESET ROLE;
SELECT sqlstate, message FROM cdc_fdw_check_upgrade('log') WHERE foreign_table = 'guest.person'::regclass;
-- who has the caller's privileges anyway
SET ROLE regress_guest;
CREATE OR REPLACE FUNCTION guest.notes(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO regress.ran VALUES (current_user); RETURN true; END $$;
RESET ROLE;
GRANT regress_reader TO regress_guest;
SET ROLE regress_reader;
SELECT regress.ran($$SELECT * FROM cdc_fdw_check_upgrade('log') WHERE foreign_table = 'guest.person'::regclass$$);
RESET ROLE;

-- planning computes what is constant in statistics: by the owner's functions, as the owner
SET ROLE regress_guest;
DROP FOREIGN TABLE guest.person;
CREATE FUNCTION guest.wrote() RETURNS void LANGUAGE sql VOLATILE AS 'INSERT INTO regress.ran VALUES (current_user)';
CREATE FUNCTION guest.constant(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM guest.wrote(); RETURN t; END $$;
CREATE FOREIGN TABLE guest.person (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'a');
CREATE STATISTICS guest.person_statistics ON (guest.constant('x') || name) FROM guest.person;
GRANT SELECT ON guest.person TO PUBLIC;
RESET ROLE;
SELECT regress.ran($$SELECT * FROM cdc_fdw_check_upgrade('log') WHERE foreign_table = 'guest.person'::regclass$$);
-- that an error has the code of a cancel does not end the whole, nor does it word a statement
SET ROLE regress_guest;
CREATE OR REPLACE FUNCTION guest.constant(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE 'gotcha' USING ERRCODE = '57014', CONSTRAINT = 'endpoint', HINT = 'Set option "endpoint" to ''https://other''.'; END $$;
RESET ROLE;
SELECT sqlstate, message, hint, statement FROM cdc_fdw_check_upgrade('log') WHERE foreign_table = 'guest.person'::regclass;

-- ---------------------------------------------------------------- whose tables prove a log complete
\set shared :made '/shared'
CREATE SERVER shared FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'shared', timestamp_column_name 'ts', add_column_name 'true');
GRANT USAGE ON FOREIGN SERVER shared TO regress_owner, regress_guest;
CALL regress.file('shared/s/t/LOAD00000001.csv', E'ts,id,v\n2024-01-01 00:00:00,1,a\n');
CALL regress.file('shared/s/t/20240101-120000000.csv', E'Op,ts,id,v\nU,2024-01-01 11:59:00,1,b\n');
CALL regress.file('shared/o/x/20240601-000000000.csv', E'Op,ts,id,v\nI,2024-05-31 22:00:00,1,a\n');
CALL regress.file('shared/o/x/20240602-000000000.csv', E'Op,ts,id,v\nI,2024-06-01 22:00:00,2,a\n');
SET ROLE regress_owner;
CREATE FOREIGN TABLE shop (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER shared OPTIONS (schema_name 's', table_name 't');
CREATE FUNCTION regress.proved() RETURNS TABLE (watermark timestamptz, as_of text, sealed text) LANGUAGE plpgsql SET client_min_messages = error AS $$
BEGIN
  SELECT s.watermark INTO proved.watermark FROM cdc_fdw_status('shop') s;
  SET LOCAL cdc_fdw.asof = 'watermark';
  as_of := regress.counted('SELECT * FROM shop', 'As Of');
  SET LOCAL cdc_fdw.asof = '';
  SET LOCAL cdc_fdw.require_sealed = on;
  sealed := split_part(regress.outcome('SELECT * FROM shop WHERE at = ''2024-05-01'''), E'\n', 1);
  SET LOCAL cdc_fdw.require_sealed = off;
  RETURN NEXT;
END $$;
SELECT * FROM regress.proved();
SET ROLE regress_guest;
CREATE FOREIGN TABLE guest.far (id int OPTIONS (key 'true'), v text) SERVER shared OPTIONS (prefix 'o/x');
CREATE FOREIGN TABLE guest.broken (id int OPTIONS (key 'true'), v int OPTIONS (missing 'x')) SERVER shared OPTIONS (schema_name 's', table_name 't');
GRANT SELECT ON guest.far, guest.broken TO PUBLIC;
SET ROLE regress_owner;
SELECT * FROM regress.proved();
-- one's own that cannot be read proves nothing, with several processes too
CREATE FOREIGN TABLE broken (id int OPTIONS (key 'true'), v int OPTIONS (missing 'x')) SERVER shared OPTIONS (schema_name 's', table_name 't');
SELECT * FROM regress.proved();
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET cdc_fdw.asof = 'watermark';
SELECT regress.plan('SELECT id, v FROM shop');
SELECT id, v FROM shop;
SELECT regress.counted('SELECT id, v FROM shop', 'As Of');
RESET cdc_fdw.asof;
SET cdc_fdw.require_sealed = on;
SELECT split_part(regress.outcome('SELECT id, v FROM shop'), E'\n', 1);
RESET cdc_fdw.require_sealed;
SET max_parallel_workers_per_gather = 0;
-- who could alter the table or the server counts: a role that has the owner's privileges, and the server's owner
RESET ROLE;
GRANT regress_owner TO regress_guest;
SET ROLE regress_owner;
SELECT * FROM regress.proved();
RESET ROLE;
REVOKE regress_owner FROM regress_guest;
CREATE FOREIGN TABLE far (id int OPTIONS (key 'true'), v text) SERVER shared OPTIONS (prefix 'o/x');
SET ROLE regress_owner;
SELECT * FROM regress.proved();
RESET ROLE;
GRANT SELECT ON far TO regress_owner;
SET ROLE regress_owner;
SELECT * FROM regress.proved();
RESET ROLE;
-- a server's watermark is of all its tables, a schema's of those made there
DROP FOREIGN TABLE broken, guest.broken;
CALL regress.file('shared/empty/LOAD00000001.csv', E'ts,id,v\n2024-01-01 00:00:00,1,a\n');
SET ROLE regress_guest;
CREATE FOREIGN TABLE guest.none (id int OPTIONS (key 'true'), v text) SERVER shared OPTIONS (prefix 'empty', task 'none');
RESET ROLE;
SELECT cdc_fdw_watermark('shared', 'public') AS public, cdc_fdw_watermark('shared', 'guest') AS guest, cdc_fdw_watermark('shared') AS server;

-- what stops the search for a watermark is named, and its value shown to no other role
CALL regress.file('shared/odd/LOAD00000001.csv', E'ts,id,v\n2024-01-01 00:00:00,1,a\n');
CALL regress.file('shared/odd/20240103-000100000.csv', E'Op,ts,id,v\nI,hidden,2,b\n');
CREATE FOREIGN TABLE odd (id int OPTIONS (key 'true'), v text) SERVER shared OPTIONS (prefix 'odd', task 'odd');
ALTER FOREIGN TABLE odd OWNER TO regress_owner;
CREATE FUNCTION regress.lent(query text) RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS $$ BEGIN EXECUTE query; END $$;
ALTER FUNCTION regress.lent(text) OWNER TO regress_owner;
SET ROLE regress_guest;
SET cdc_fdw.asof = 'watermark';
SELECT regress.outcome(format('SELECT regress.lent(%L)', q)) FROM (VALUES ('SELECT * FROM odd'), ($$SELECT * FROM cdc_fdw_audit('odd')$$), ($$SELECT * FROM cdc_fdw_explain_row('odd', '{"id": 1}')$$),
  ($$SELECT cdc_fdw_pin('odd', 'watermark', NULL, 'odd')$$), ($$SELECT cdc_fdw_watermark('shared')$$)) v(q);
RESET ROLE;
SET ROLE regress_owner;
SELECT regress.outcome($$SELECT * FROM cdc_fdw_audit('odd')$$);
RESET ROLE;
RESET cdc_fdw.asof;

-- what a pinned table was is told to its owner, not through a view of the owner
CALL regress.file('shared/then/LOAD00000001.csv', E'ts,id,v\n2024-01-01 00:00:00,1,a\n');
CALL regress.file('shared/then/20240103-000100000.csv', E'Op,ts,id,v\nI,2024-01-03 00:00:00,2,b\n');
CREATE FOREIGN TABLE pinned (id int OPTIONS (key 'true'), v text, gone text OPTIONS (missing 'nobody')) SERVER shared OPTIONS (prefix 'then', task 'then');
ALTER FOREIGN TABLE pinned OWNER TO regress_owner;
SET ROLE regress_owner;
SELECT cdc_fdw_pin('then', '2024-01-03 00:00', NULL, 'pinned');
RESET ROLE;
ALTER FOREIGN TABLE pinned DROP COLUMN gone;
CREATE VIEW regress.of_pinned AS SELECT id FROM pinned;
ALTER VIEW regress.of_pinned OWNER TO regress_owner;
GRANT SELECT ON regress.of_pinned TO regress_guest;
SET cdc_fdw.asof = 'pin:then';
SET ROLE regress_owner;
SELECT regress.outcome('SELECT * FROM pinned');
SET ROLE regress_guest;
SELECT regress.outcome('SELECT * FROM regress.of_pinned');
RESET ROLE;
RESET cdc_fdw.asof;
DROP VIEW regress.of_pinned;

DROP TABLE leak;
DROP OWNED BY regress_owner, regress_reader, regress_other, regress_maker, regress_guest CASCADE;
SELECT count(*) FROM cdc_fdw_pins;
DROP ROLE regress_owner, regress_reader, regress_other, regress_maker, regress_guest;
DROP DOMAIN short;
\set ECHO none
\i :end

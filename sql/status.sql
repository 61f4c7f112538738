-- How far logs are provably complete, and what stands in them.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER app FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CREATE SCHEMA hist;
CREATE SCHEMA aside;
SET search_path = hist, public;

-- busy, quiet, and never changed
CALL regress.file('app/busy/LOAD00000001.csv', E'2024-01-01 09:00:00,1,one\n2024-01-01 09:00:01,2,two\n');
CALL regress.file('app/busy/20240101-100100000.csv', E'U,2024-01-01 10:00:00,1,ONE\nI,2024-01-01 10:00:30,3,three\n');
CALL regress.file('app/busy/20240101-101000000.csv', E'U,2024-01-01 10:09:00,1,a\n');
CALL regress.file('app/busy/20240101-102000000.csv', E'U,2024-01-01 10:19:00,1,b\nU,2024-01-01 10:19:50,1,c\n');
CALL regress.file('app/quiet/LOAD00000001.csv', E'2024-01-01 09:00:00,1,one\n');
CALL regress.file('app/quiet/20240101-100100000.csv', E'U,2024-01-01 10:00:10,1,ONE\n');
CALL regress.file('app/still/LOAD00000001.csv', E'2024-01-01 09:00:00,1,one\n');
CREATE FOREIGN TABLE busy (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER app OPTIONS (schema_name 'app');
CREATE FOREIGN TABLE quiet (id int OPTIONS (key 'true'), name text) SERVER app OPTIONS (schema_name 'app');
CREATE FOREIGN TABLE still (id int OPTIONS (key 'true'), name text) SERVER app OPTIONS (schema_name 'app');

-- ---------------------------------------------------------------- watermarks
SELECT foreign_table, load_files, change_files, bytes, base_time, first_change, last_change, load_holes, largest_gap, gap_from FROM cdc_fdw_server_status('app');
SELECT foreign_table, watermark, asof, sealed, problem FROM cdc_fdw_server_status('app');
SELECT * FROM cdc_fdw_status('quiet') \gx
SELECT cdc_fdw_watermark('app'), cdc_fdw_watermark('app', 'hist'), cdc_fdw_watermark('app', 'aside');
-- what was held back for longer is proved later
ALTER FOREIGN TABLE quiet OPTIONS (ADD cdc_max_batch_interval '300');
SELECT foreign_table, watermark FROM cdc_fdw_server_status('app');
ALTER FOREIGN TABLE quiet OPTIONS (SET cdc_max_batch_interval '301');
SELECT foreign_table, watermark FROM cdc_fdw_server_status('app');
ALTER FOREIGN TABLE quiet OPTIONS (DROP cdc_max_batch_interval);
-- another task proves nothing here
CREATE FOREIGN TABLE aside.other (id int OPTIONS (key 'true'), name text) SERVER app OPTIONS (schema_name 'app', task 'two');
CALL regress.file('app/other/LOAD00000001.csv', E'2024-01-01 09:00:00,1,one\n');
CALL regress.file('app/other/20240101-110100000.csv', E'U,2024-01-01 11:00:00,1,ONE\n');
CALL regress.file('app/other/20240101-120100000.csv', E'U,2024-01-01 12:00:00,1,two\n');
SELECT foreign_table, watermark FROM cdc_fdw_server_status('app');
SELECT cdc_fdw_watermark('app'), cdc_fdw_watermark('app', 'hist'), cdc_fdw_watermark('app', 'aside');
ALTER FOREIGN TABLE quiet OPTIONS (ADD task 'two');
SELECT foreign_table, watermark FROM cdc_fdw_server_status('app');
ALTER FOREIGN TABLE quiet OPTIONS (DROP task);
-- as it was known
SET cdc_fdw.known_at = '2024-01-01 10:15';
SELECT foreign_table, change_files, last_change, watermark FROM cdc_fdw_server_status('app');
SET cdc_fdw.known_at = '2024-01-01 10:00';
SELECT foreign_table, change_files, last_change, watermark FROM cdc_fdw_server_status('app');
SELECT cdc_fdw_watermark('app');
RESET cdc_fdw.known_at;

-- ---------------------------------------------------------------- reading at them
SET cdc_fdw.asof = 'Watermark';
SELECT regress.plan('SELECT * FROM busy');
SELECT * FROM busy;
SELECT * FROM quiet;
SELECT * FROM still;
SELECT regress.counted('SELECT * FROM busy', 'As Of|Files Read');
SELECT foreign_table, asof, sealed FROM cdc_fdw_server_status('app') WHERE foreign_table = 'busy'::regclass;
SELECT id, name FROM busy WHERE at = '2024-01-01 10:05' ORDER BY id;
ANALYZE busy;
RESET cdc_fdw.asof;
ALTER FOREIGN TABLE busy OPTIONS (ADD asof 'watermark');
SELECT regress.plan('SELECT * FROM busy');
SELECT id, name, at FROM busy ORDER BY id;
SET client_min_messages = notice;
SET cdc_fdw.asof = '2024-01-01 10:05';
SELECT count(*) FROM busy;
SELECT count(*) FROM quiet;
SELECT count(*) FROM busy WHERE at = '2024-01-01 10:05';
ALTER FOREIGN TABLE busy OPTIONS (SET asof '2024-01-01 10:05');
SELECT count(*) FROM busy;
SET cdc_fdw.asof = 'watermark';
SELECT count(*) FROM busy;
SET client_min_messages = warning;
RESET cdc_fdw.asof;
ALTER FOREIGN TABLE busy OPTIONS (DROP asof);
ALTER SERVER app OPTIONS (ADD asof 'watermark');
SELECT regress.counted('SELECT * FROM still', 'As Of|Files Read');
ALTER SERVER app OPTIONS (DROP asof);
-- one cut for many
SET cdc_fdw.asof = 'infinity';
SELECT set_config('cdc_fdw.asof', cdc_fdw_watermark('app', 'hist')::text, false);
SELECT foreign_table, asof, sealed FROM cdc_fdw_server_status('app');
RESET cdc_fdw.asof;

-- ---------------------------------------------------------------- sealed or an error
SET cdc_fdw.require_sealed = on;
SELECT regress.outcome('SELECT * FROM busy');
SELECT regress.outcome($$SELECT * FROM busy WHERE at = '2024-01-01 10:19:39.999999'$$);
SELECT regress.outcome($$SELECT * FROM busy WHERE at = '2024-01-01 10:19:40'$$);
SET cdc_fdw.asof = '2024-01-01 10:08:49.999999';
SELECT regress.outcome('SELECT * FROM busy NATURAL JOIN quiet');
SET cdc_fdw.asof = '2024-01-01 10:08:50';
SELECT regress.outcome('SELECT * FROM busy NATURAL JOIN quiet');
SET cdc_fdw.asof = 'watermark';
SELECT regress.outcome('SELECT * FROM busy NATURAL JOIN quiet');
RESET cdc_fdw.asof;
CREATE FOREIGN TABLE busy_changes (op text OPTIONS (role 'op'), committed timestamptz OPTIONS (role 'commit_time'), id int OPTIONS (key 'true'), name text)
  SERVER app OPTIONS (schema_name 'app', table_name 'busy', mode 'changes');
SELECT regress.outcome($$SELECT * FROM busy_changes WHERE committed < '2024-01-01 10:19:40'$$);
SELECT regress.outcome($$SELECT * FROM busy_changes WHERE committed <= '2024-01-01 10:19:40'$$);
SELECT regress.outcome($$SELECT cdc_fdw_pin('open', 'infinity', NULL, 'busy_changes')$$);
DROP FOREIGN TABLE busy_changes;
CREATE FOREIGN TABLE busy_history (id int OPTIONS (key 'true'), name text, valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to'))
  SERVER app OPTIONS (schema_name 'app', table_name 'busy', mode 'history');
SELECT regress.outcome($$SELECT name FROM busy_history WHERE valid_from < '2024-01-01 10:19:40' AND valid_to > '2024-01-01 10:08'$$);
SELECT regress.outcome($$SELECT name FROM busy_history WHERE valid_from <= '2024-01-01 10:19:40' AND valid_to > '2024-01-01 10:08'$$);
SELECT regress.outcome($$SELECT valid_to FROM busy_history WHERE valid_from < '2024-01-01 10:19:40'$$);
DROP FOREIGN TABLE busy_history;
-- as soon as the rest is there
CALL regress.file('app/still/20240101-103000000.csv', E'I,2024-01-01 10:29:00,2,two\n');
CALL regress.file('app/busy/20240101-104000000.csv', E'I,2024-01-01 10:39:00,4,four\n');
SELECT foreign_table, watermark FROM cdc_fdw_server_status('app');
SELECT regress.outcome($$SELECT * FROM busy WHERE at = '2024-01-01 10:19:40'$$);
RESET cdc_fdw.require_sealed;
-- a transaction keeps the one it saw first
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL cdc_fdw.asof = 'watermark';
SELECT regress.counted('SELECT * FROM quiet', 'As Of');
CALL regress.file('app/busy/20240101-105000000.csv', E'I,2024-01-01 10:49:00,5,five\n');
SELECT regress.counted('SELECT * FROM quiet', 'As Of');
SELECT cdc_fdw_watermark('app', 'hist');
COMMIT;
SELECT cdc_fdw_watermark('app', 'hist');
SET cdc_fdw.asof = 'watermark';
SELECT regress.counted('SELECT * FROM quiet', 'As Of');
-- several processes
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT regress.plan('SELECT id FROM busy');
SELECT id, name FROM busy ORDER BY id;
SET max_parallel_workers_per_gather = 0;
RESET cdc_fdw.asof;

-- ---------------------------------------------------------------- files without a record, holes, gaps
CALL regress.file('app/busy/20240103-000000000.csv', '');
SELECT foreign_table, change_files, last_change, watermark, largest_gap, gap_from FROM cdc_fdw_server_status('app');
CALL regress.file('app/busy/LOAD00000004.csv', E'2024-01-01 09:00:02,9,nine\n');
SELECT foreign_table, load_files, load_holes, problem FROM cdc_fdw_server_status('app') WHERE load_holes > 0;
SELECT regress.outcome('SELECT * FROM busy');
-- tables that cannot be read
CREATE FOREIGN TABLE aside.nothing (id int OPTIONS (key 'true')) SERVER app OPTIONS (schema_name 'app');
CREATE FOREIGN TABLE aside.unfit (id jsonb OPTIONS (key 'true')) SERVER app OPTIONS (schema_name 'app', table_name 'busy');
SELECT foreign_table, load_files, watermark, regress.hide(problem) FROM cdc_fdw_server_status('app');
SELECT regress.outcome($$SELECT * FROM cdc_fdw_status('aside.nothing')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_status('aside.unfit')$$);
SELECT count(*) FROM quiet;
DROP FOREIGN TABLE aside.nothing, aside.unfit;

-- ---------------------------------------------------------------- the clock of files, several folders, transaction files
CREATE SERVER names FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
CREATE FOREIGN TABLE aside.n_busy (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER names OPTIONS (prefix 'n/busy');
CREATE FOREIGN TABLE aside.n_quiet (id int OPTIONS (key 'true'), name text) SERVER names OPTIONS (prefix 'n/quiet');
CREATE FOREIGN TABLE aside.n_still (id int OPTIONS (key 'true'), name text) SERVER names OPTIONS (prefix 'n/still');
CREATE FOREIGN TABLE aside.n_many (id int OPTIONS (key 'true'), name text) SERVER names OPTIONS (prefix 'n/one,n/two');
CALL regress.file('n/busy/20240101-100000000.csv', E'I,1,one\n');
CALL regress.file('n/busy/20240101-110000000.csv', E'I,2,two\n');
CALL regress.file('n/quiet/20240101-100500000.csv', E'I,1,one\n');
CALL regress.file('n/still/LOAD00000001.csv', E'1,one\n');
CALL regress.file('n/one/20240101-100600000.csv', E'I,1,one\n');
CALL regress.file('n/two/20240101-100700000.csv', E'I,2,two\n');
SELECT foreign_table, base_time, first_change, last_change, watermark, sealed FROM cdc_fdw_server_status('names');
ALTER FOREIGN TABLE aside.n_many OPTIONS (ADD task 'shards');
SELECT foreign_table, watermark FROM cdc_fdw_status('aside.n_many');
SET cdc_fdw.require_sealed = on;
SELECT regress.outcome($$SELECT * FROM aside.n_busy WHERE at = '2024-01-01 11:00'$$);
SELECT regress.outcome($$SELECT * FROM aside.n_busy WHERE at = '2024-01-01 11:00:00.000001'$$);
RESET cdc_fdw.require_sealed;
CREATE SERVER txn FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', preserve_transactions 'true', cdc_path 'all');
CREATE FOREIGN TABLE aside.t_one (id int OPTIONS (key 'true'), name text) SERVER txn OPTIONS (schema_name 't', table_name 'one');
CREATE FOREIGN TABLE aside.t_two (id int OPTIONS (key 'true'), name text) SERVER txn OPTIONS (schema_name 't', table_name 'two');
CALL regress.file('t/one/LOAD00000001.csv', E'2024-01-01 09:00:00,1,one\n');
CALL regress.file('t/two/LOAD00000001.csv', E'2024-01-01 09:00:00,1,one\n');
CALL regress.file('all/CDC_TXN-20240101100000000.csv', E'I,2024-01-01 09:59:00,one,t,2,two\n');
CALL regress.file('all/CDC_TXN-20240101110000000.csv', E'I,2024-01-01 10:59:00,one,t,3,three\n');
SELECT foreign_table, change_files, watermark FROM cdc_fdw_server_status('txn');

-- ---------------------------------------------------------------- one table of several has no watermark
CREATE SCHEMA part;
CREATE SERVER part FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CREATE FOREIGN TABLE part.proved (id int OPTIONS (key 'true'), name text) SERVER part OPTIONS (prefix 'part/proved', task 'one');
CREATE FOREIGN TABLE part.loaded (id int OPTIONS (key 'true'), name text) SERVER part OPTIONS (prefix 'part/loaded', task 'two');
CREATE FOREIGN TABLE part.shards (id int OPTIONS (key 'true'), name text) SERVER part OPTIONS (prefix 'part/proved,part/loaded');
CALL regress.file('part/proved/LOAD00000001.csv', E'2024-01-01 08:00:00,5,five\n');
CALL regress.file('part/proved/20240101-100100000.csv', E'I,2024-01-01 10:00:00,1,one\n');
CALL regress.file('part/loaded/LOAD00000001.csv', E'2024-01-01 09:00:00,2,two\n');
-- a change of the other may come at any instant
SELECT foreign_table, watermark, sealed FROM cdc_fdw_server_status('part');
SELECT cdc_fdw_watermark('part'), cdc_fdw_watermark('part', 'part'), cdc_fdw_watermark('part', 'hist');
SET cdc_fdw.asof = 'watermark';
SELECT regress.outcome($$SELECT * FROM part.proved JOIN part.loaded USING (id)$$);
SELECT regress.outcome($$SELECT * FROM part.shards$$);
SET cdc_fdw.require_sealed = on;
SET cdc_fdw.asof = '2024-01-01 09:30+00';
SELECT * FROM part.proved;
SELECT regress.outcome($$SELECT * FROM part.proved JOIN part.loaded USING (id)$$);
SELECT regress.outcome($$SELECT * FROM part.shards$$);
RESET cdc_fdw.require_sealed;
RESET cdc_fdw.asof;
-- each has one, and the least counts
CALL regress.file('part/loaded/20240101-093100000.csv', E'I,2024-01-01 09:30:00,3,three\n');
SELECT foreign_table, watermark FROM cdc_fdw_server_status('part');
SELECT cdc_fdw_watermark('part'), cdc_fdw_watermark('part', 'part');

-- ---------------------------------------------------------------- no change file at all
CREATE SERVER loads FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CREATE FOREIGN TABLE aside.loaded (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof')) SERVER loads OPTIONS (prefix 'l/loaded');
CALL regress.file('l/loaded/LOAD00000001.csv', E'2024-01-01 09:00:00,1,one\n');
SELECT * FROM cdc_fdw_status('aside.loaded') \gx
SELECT cdc_fdw_watermark('loads'), cdc_fdw_watermark(NULL);
SET cdc_fdw.asof = 'watermark';
SELECT regress.outcome('SELECT * FROM aside.loaded');
RESET cdc_fdw.asof;
SET cdc_fdw.require_sealed = on;
SELECT regress.outcome('SELECT * FROM aside.loaded');
RESET cdc_fdw.require_sealed;

-- ---------------------------------------------------------------- whose right decides
CREATE ROLE regress_cdc_reader;
GRANT pg_read_server_files TO regress_cdc_reader;
GRANT USAGE ON SCHEMA hist, aside, regress TO regress_cdc_reader;
GRANT SELECT ON quiet TO regress_cdc_reader;
SET ROLE regress_cdc_reader;
SELECT regress.outcome($$SELECT * FROM cdc_fdw_server_status('app')$$);
SELECT regress.outcome($$SELECT cdc_fdw_watermark('app')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_status('busy')$$);
-- tables that are not his prove nothing
SELECT foreign_table, watermark FROM cdc_fdw_status('quiet');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER app TO regress_cdc_reader;
SET ROLE regress_cdc_reader;
SELECT foreign_table, watermark FROM cdc_fdw_server_status('app');
SELECT cdc_fdw_watermark('app');
RESET ROLE;
SELECT foreign_table, watermark FROM cdc_fdw_status('quiet');

-- ---------------------------------------------------------------- what is asked wrongly
SELECT regress.outcome($$SELECT * FROM cdc_fdw_status('pg_class')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_status(0)$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_server_status('nowhere')$$);
SELECT regress.outcome($$SELECT cdc_fdw_watermark('app', 'no such schema')$$);
SELECT regress.outcome($$ALTER FOREIGN TABLE busy OPTIONS (ADD asof 'watermarks')$$);
SELECT regress.outcome($$ALTER FOREIGN TABLE busy OPTIONS (ADD changes_from 'watermark')$$);
SELECT regress.outcome($$ALTER FOREIGN TABLE busy OPTIONS (ADD task '')$$);
SELECT regress.outcome($$ALTER FOREIGN TABLE busy OPTIONS (ADD cdc_max_batch_interval '1 min')$$);
SET cdc_fdw.asof = 'watermarks';
SELECT regress.outcome('SELECT * FROM busy');
SELECT regress.outcome($$SELECT * FROM cdc_fdw_status('busy')$$);
RESET cdc_fdw.asof;

RESET search_path;
DROP OWNED BY regress_cdc_reader;
DROP ROLE regress_cdc_reader;

-- ---------------------------------------------------------------- one listing for all tables of one folder
CREATE SERVER modes FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', add_column_name 'true');
CALL regress.file('modes/one/LOAD00000001.csv', E'ts,id\n2024-01-01 09:00:00,1\n');
CALL regress.file('modes/one/20240102-000100000.csv', E'Op,ts,id\nI,2024-01-02 00:00:00,2\n');
CALL regress.file('modes/two/LOAD00000002.csv', E'ts,id\n2024-01-01 09:00:00,1\n');
CALL regress.file('modes/two/20240103-000100000.csv', E'Op,ts,id\nI,2024-01-03 00:00:00,2\n');
CREATE FOREIGN TABLE one (id int OPTIONS (key 'true')) SERVER modes OPTIONS (schema_name 'modes');
CREATE FOREIGN TABLE one_history (id int OPTIONS (key 'true'), f timestamptz OPTIONS (role 'valid_from')) SERVER modes OPTIONS (schema_name 'modes', table_name 'one', mode 'history');
CREATE FOREIGN TABLE one_changes (id int) SERVER modes OPTIONS (schema_name 'modes', table_name 'one', mode 'changes');
CREATE FUNCTION regress.listings(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  before bigint := coalesce((SELECT listings FROM cdc_fdw_stats WHERE server = 'modes' AND scope = 'session'), 0);
BEGIN
  EXECUTE query;
  RETURN (SELECT listings FROM cdc_fdw_stats WHERE server = 'modes' AND scope = 'session') - before;
END $$;
SELECT cdc_fdw_watermark('modes'), regress.listings($$SELECT cdc_fdw_watermark('modes')$$);
SELECT foreign_table, load_files, change_files, watermark, problem FROM cdc_fdw_server_status('modes') ORDER BY 1;
SELECT regress.listings($$SELECT * FROM cdc_fdw_server_status('modes')$$) AS server_status, regress.listings($$SELECT * FROM cdc_fdw_status('one_history')$$) AS status;
-- and one for each of two folders, beside that by which the task proves them; a hole is a count
CREATE FOREIGN TABLE two (id int OPTIONS (key 'true')) SERVER modes OPTIONS (schema_name 'modes');
CREATE FOREIGN TABLE two_changes (id int) SERVER modes OPTIONS (schema_name 'modes', table_name 'two', mode 'changes');
CREATE FOREIGN TABLE one_gaps (id int OPTIONS (key 'true')) SERVER modes OPTIONS (schema_name 'modes', table_name 'one');
-- options that cannot be read are that table's problem
CREATE FOREIGN TABLE one_bad (id int OPTIONS (key 'true'), a text OPTIONS (role 'op'), b text OPTIONS (role 'op')) SERVER modes OPTIONS (schema_name 'modes', table_name 'one');
SELECT foreign_table, load_files, change_files, load_holes, watermark, problem FROM cdc_fdw_server_status('modes') ORDER BY 1;
SELECT regress.listings($$SELECT * FROM cdc_fdw_server_status('modes')$$);
DROP FOREIGN TABLE one_bad;
SELECT cdc_fdw_watermark('modes'), regress.listings($$SELECT cdc_fdw_watermark('modes')$$);

-- a table that reads the same files otherwise, and cannot, takes nothing from the one that asks
CALL regress.file('modes/three/LOAD00000001.csv', E'ts,id\n2024-01-01 09:00:00,1\n');
CALL regress.file('modes/three/20240102-000100000.csv', E'Op,ts,id\nI,2024-01-02 00:00:00,3\n');
CALL regress.file('modes/three/20240103-000100000.csv', E'Op,ts,id\nI,2024-01-03 00:00:00,2\n');
CREATE FOREIGN TABLE three_otherwise (id int OPTIONS (key 'true')) SERVER modes OPTIONS (schema_name 'modes', table_name 'three', task 'three', csv_delimiter ';');
CREATE FOREIGN TABLE three (id int OPTIONS (key 'true')) SERVER modes OPTIONS (schema_name 'modes', task 'three');
SET cdc_fdw.asof = 'watermark';
SELECT * FROM three ORDER BY id;
SELECT split_part(regress.outcome('SELECT * FROM three_otherwise'), E'\n', 1);
RESET cdc_fdw.asof;

-- what ends the listing of a table while its watermark is sought is the query's error, not a shorter answer
CALL regress.file('modes/one/20240104-000100000.parquet', 'PAR1');
SET cdc_fdw.asof = 'watermark';
SELECT regress.outcome('SELECT * FROM one');
RESET cdc_fdw.asof;
SET cdc_fdw.require_sealed = on;
SELECT regress.outcome('SELECT * FROM one_changes');
RESET cdc_fdw.require_sealed;
-- a listing that failed does not stay for the rest of a transaction
BEGIN ISOLATION LEVEL REPEATABLE READ;
DO $$ BEGIN FOR i IN 1..20 LOOP BEGIN PERFORM * FROM one; EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$;
SELECT count(*) AS listings FROM pg_backend_memory_contexts WHERE name = 'cdc_fdw listing';
COMMIT;

\set ECHO none
\i :end
DROP SCHEMA hist CASCADE;
DROP SCHEMA aside CASCADE;

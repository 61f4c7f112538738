-- Tables that a query cannot read, and the option that decides.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', add_column_name 'true');

CALL regress.file('c/item/LOAD00000001.csv', E'ts,id,name\n2024-01-01 09:00:00,1,one\n');
CALL regress.file('c/item/20240101-100100000.csv', E'Op,ts,id,name\nU,2024-01-01 10:00:00,1,ONE\n');
CREATE FOREIGN TABLE fine (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'c', table_name 'item');
CREATE FOREIGN TABLE fine_history (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'c', table_name 'item', mode 'history');
SELECT * FROM cdc_fdw_check_upgrade('log');

-- ---------------------------------------------------------------- an option decides
CALL regress.file('c/gap/LOAD00000001.csv', E'ts,id,name\n2024-01-01 09:00:00,1,one\n');
CALL regress.file('c/gap/LOAD00000003.csv', E'ts,id,name\n2024-01-01 09:00:00,3,three\n');
CREATE SCHEMA "odd schema";
CREATE FOREIGN TABLE "odd schema"."a ""gap""" (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'c', table_name 'gap');
CREATE FOREIGN TABLE gap_changes (id int, name text) SERVER log OPTIONS (schema_name 'c', table_name 'gap', mode 'changes');
CREATE FOREIGN TABLE gap_set (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'c', table_name 'gap', allow_gaps 'false');
CREATE FOREIGN TABLE nothing (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'c');
CREATE FOREIGN TABLE early (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'c', table_name 'item', asof '2023-01-01');
SELECT foreign_table, option, sqlstate, place, statement FROM cdc_fdw_check_upgrade('log');
SELECT foreign_table, regress.hide(message) AS message, detail, hint FROM cdc_fdw_check_upgrade('log') WHERE foreign_table <> 'gap_set'::regclass;
-- each statement does what it says; where the cause may be a wrong name there is none
SELECT statement FROM cdc_fdw_check_upgrade('log') WHERE statement IS NOT NULL
\gexec
SELECT foreign_table, option, statement FROM cdc_fdw_check_upgrade('log');
ALTER FOREIGN TABLE nothing OPTIONS (ADD allow_empty 'true');
SELECT id FROM "odd schema"."a ""gap""" ORDER BY id;
ALTER FOREIGN TABLE early OPTIONS (SET asof '2024-01-01 09:30');

-- a statement where the hint has one value, no better way and no condition; the error may wait in any record
CALL regress.file('c/ends/LOAD00000001.csv', E'ts,id,name\n2024-01-01 09:00:00,1,one\r\n');
CALL regress.file('c/op/LOAD00000001.csv', E'I,A,Ann\n');
CALL regress.file('c/twice/LOAD00000001.csv', E'ts,id,part\n2024-01-01 09:00:00,1,1\n2024-01-01 09:00:00,2,1\n2024-01-01 09:00:00,1,2\n');
CALL regress.file('c/twice/20240101-100100000.csv', E'Op,ts,id,part\nU,2024-01-01 10:00:00,1,2\n');
CREATE SERVER bare FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
CREATE FOREIGN TABLE ends (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'c');
CREATE FOREIGN TABLE op (k text OPTIONS (key 'true'), name text, city text) SERVER bare OPTIONS (schema_name 'c');
CREATE FOREIGN TABLE twice (id int OPTIONS (key 'true'), part int) SERVER log OPTIONS (schema_name 'c');
SELECT foreign_table, option, sqlstate, regress.hide(place) AS place, statement, hint
FROM (SELECT * FROM cdc_fdw_check_upgrade('log') UNION ALL SELECT * FROM cdc_fdw_check_upgrade('bare')) c \gx
ALTER FOREIGN TABLE ends OPTIONS (ADD csv_row_delimiter '\n');
SELECT id, name = E'one\r' AS carriage_return FROM ends;
ALTER FOREIGN TABLE twice ALTER part OPTIONS (ADD key 'true');
ALTER FOREIGN TABLE op OPTIONS (ADD include_op_for_full_load 'false');
SELECT count(*) FROM cdc_fdw_check_upgrade('log');
SELECT count(*) FROM cdc_fdw_check_upgrade('bare');
DROP FOREIGN TABLE ends, twice, op;

-- a key whose only namesake is another column elsewhere; an interval that was allowed once
CALL regress.file('c/two_names/LOAD00000001.csv', E'Op,ID,v\nI,1,a\n');
CALL regress.file('c/two_names/20240101-100100000.csv', E'Op,ID,v,id\nU,1,b,7\n');
CREATE SERVER named FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', add_column_name 'true', include_op_for_full_load 'true');
CREATE FOREIGN TABLE two_names (id int OPTIONS (key 'true'), v text) SERVER named OPTIONS (schema_name 'c');
CREATE FOREIGN TABLE skewed (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'c', table_name 'item', clock_skew '1 min');
UPDATE pg_foreign_table SET ftoptions = array_replace(ftoptions, 'clock_skew=1 min', 'clock_skew=36501 days') WHERE ftrelid = 'skewed'::regclass;
SELECT foreign_table, option, sqlstate, message, detail, hint, statement
FROM (SELECT * FROM cdc_fdw_check_upgrade('log') UNION ALL SELECT * FROM cdc_fdw_check_upgrade('named')) c \gx
ALTER FOREIGN TABLE two_names ALTER id OPTIONS (ADD column_name 'ID');
SELECT * FROM two_names;
ALTER FOREIGN TABLE skewed OPTIONS (SET clock_skew '36500 days');
SELECT * FROM skewed;
SELECT count(*) FROM cdc_fdw_check_upgrade('log');
SELECT count(*) FROM cdc_fdw_check_upgrade('named');
DROP FOREIGN TABLE two_names, skewed;

-- ---------------------------------------------------------------- other errors
-- in the last record; a value; a type that cannot be a key
CALL regress.file('c/late/LOAD00000001.csv', E'ts,id,name\n2024-01-01 09:00:00,1,one\n2024-01-01 09:00:00,2,two\n');
CALL regress.file('c/late/20240101-100100000.csv', E'Op,ts,id,name\nU,2024-01-01 10:00:00,1,ONE\nU,2024-01-01 10:00:00,3\n');
CREATE FOREIGN TABLE late (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'c');
CREATE FOREIGN TABLE value (id int OPTIONS (key 'true'), name int) SERVER log OPTIONS (schema_name 'c', table_name 'item');
CREATE FOREIGN TABLE keyless (id interval OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'c', table_name 'item');
SELECT foreign_table, option, sqlstate, regress.hide(message) AS message, regress.hide(place) AS place, statement FROM cdc_fdw_check_upgrade('log');
DROP FOREIGN TABLE value, keyless, late;
-- a log that is more than may be read
SET cdc_fdw.max_bytes = 40;
SELECT foreign_table, option, sqlstate, hint FROM cdc_fdw_check_upgrade('log');
RESET cdc_fdw.max_bytes;
-- at the session's instant
SET cdc_fdw.asof = '2023-01-01';
SELECT foreign_table, option, sqlstate, statement FROM cdc_fdw_check_upgrade('log');
RESET cdc_fdw.asof;
SELECT * FROM cdc_fdw_check_upgrade('log');
-- within other queries, and where nothing may be written
CALL regress.file('c/gap/LOAD00000005.csv', E'ts,id,name\n2024-01-01 09:00:00,5,five\n');
CREATE FOREIGN TABLE gap (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'c');
BEGIN READ ONLY;
SELECT option, (SELECT count(*) FROM fine) FROM cdc_fdw_check_upgrade('log') c WHERE foreign_table = 'gap'::regclass;
SELECT name FROM fine;
COMMIT;

-- ---------------------------------------------------------------- who asks
CREATE ROLE regress_checker;
SET ROLE regress_checker;
SELECT * FROM cdc_fdw_check_upgrade('log');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER log TO regress_checker;
GRANT pg_read_server_files TO regress_checker;
GRANT SELECT ON fine TO regress_checker;
SET ROLE regress_checker;
SELECT foreign_table, option FROM cdc_fdw_check_upgrade('log');
RESET ROLE;
GRANT SELECT ON gap TO regress_checker;
SET ROLE regress_checker;
SELECT foreign_table, option FROM cdc_fdw_check_upgrade('log');
RESET ROLE;
SELECT * FROM cdc_fdw_check_upgrade('none');
SELECT * FROM cdc_fdw_check_upgrade(NULL);

DROP OWNED BY regress_checker;
DROP ROLE regress_checker;

\set ECHO none
\i :end
DROP SCHEMA "odd schema" CASCADE;

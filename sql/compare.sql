-- The keys in which a log and a live table differ.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CALL regress.file('s/item/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,one,1.50
2024-01-01 09:00:00,2,,2
2024-01-01 09:00:00,3,"",3
2024-01-01 09:00:00,10,ten,10
$$);
CALL regress.file('s/item/20240101-100100000.csv', $$
U,2024-01-01 10:00:01,1,ONE,1.5
D,2024-01-01 10:00:02,3,,
I,2024-01-01 10:00:03,4,four,4
$$);
CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', csv_null_value 'NULL');
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), name text, price numeric, file text OPTIONS (role 'file')) SERVER log OPTIONS (schema_name 's');
-- a live table has other types, an order of its own, and more
CREATE TABLE live (price numeric(10, 2), note text DEFAULT 'not compared', name varchar, id bigint PRIMARY KEY);
INSERT INTO live (id, name, price) SELECT id, name, price FROM item;
SELECT * FROM cdc_fdw_compare('item', 'live');
-- what a live table has and the log has not is missing; the other way round it is extra
BEGIN;
INSERT INTO live (id, name, price) VALUES (5, 'five', 5), (20, NULL, NULL);
DELETE FROM live WHERE id IN (4, 10);
UPDATE live SET name = 'one', price = 1.51 WHERE id = 1;
-- the empty text is not NULL
UPDATE live SET name = NULL WHERE id = 2;
SELECT * FROM cdc_fdw_compare('item', 'live');
SELECT * FROM cdc_fdw_compare('item', 'live', max_keys => 2);
SELECT * FROM cdc_fdw_compare('item', 'live', NULL, NULL);
-- the same by processes, and with little memory
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL work_mem = '64kB';
SELECT count(*), min(difference) FROM cdc_fdw_compare('item', 'live');
ROLLBACK;
-- at an instant
SELECT * FROM cdc_fdw_compare('item', 'live', '2024-01-01 09:30');
CREATE TABLE base (id int, name text, price numeric);
INSERT INTO base VALUES (1, 'one', 1.5), (2, '', 2), (3, '', 3), (10, 'ten', 10.00);
SELECT * FROM cdc_fdw_compare('item', 'base', '2024-01-01 09:30');
SELECT * FROM cdc_fdw_compare('item', 'base');
-- of two logs both are at it, and of a view of one
CREATE FOREIGN TABLE again (id int OPTIONS (key 'true'), name varchar, price float8) SERVER log OPTIONS (schema_name 's', table_name 'item');
CREATE VIEW seen AS SELECT * FROM again;
SELECT * FROM cdc_fdw_compare('item', 'again', '2024-01-01 09:30');
SELECT * FROM cdc_fdw_compare('item', 'seen', '2024-01-01 10:00:01');
ALTER FOREIGN TABLE again OPTIONS (ADD asof '2024-01-01 09:30');
SELECT * FROM cdc_fdw_compare('item', 'again');
SELECT regress.outcome($$SELECT * FROM cdc_fdw_compare('item', 'again', '2024-01-01 10:00:01')$$);
ALTER FOREIGN TABLE again ADD at timestamptz OPTIONS (role 'asof');
SELECT * FROM cdc_fdw_compare('item', 'again', '2024-01-01 10:00:01');
SELECT * FROM cdc_fdw_compare('again', 'live', '2024-01-01 10:00:03');
SHOW cdc_fdw.asof;
-- a live table without the key may have a row twice, or rows without a key
INSERT INTO base VALUES (1, 'one', 1.5), (NULL, 'none', 0);
SELECT * FROM cdc_fdw_compare('item', 'base', '2024-01-01 09:30');
-- keys of several columns, of texts and times, names that need quoting
CALL regress.file('s/line/LOAD00000001.csv', $$
2024-01-01 09:00:00,7,a'b,2024-01-01 00:00:00,x,y
2024-01-01 09:00:00,7,"q""r",2024-01-01 00:00:00,x,y
$$);
CREATE FOREIGN TABLE line ("order" int OPTIONS (key 'true'), "It's" text OPTIONS (key 'true'), at timestamptz OPTIONS (key 'true'), "select" text, "A b" text)
  SERVER log OPTIONS (schema_name 's');
CREATE TABLE "live line" AS SELECT * FROM line;
UPDATE "live line" SET "select" = 'X', "A b" = NULL WHERE "It's" = 'a''b';
DELETE FROM "live line" WHERE "It's" = 'q"r';
SET DateStyle = 'German';
SELECT * FROM cdc_fdw_compare('line', '"live line"');
SET DateStyle = 'ISO, YMD';
-- many
SELECT format('COPY (SELECT ''2024-01-01 09:00:00'' || chr(44) || g || '',value '' || g FROM generate_series(1, 20000) g) TO %L',
  current_setting('regress.folder') || '/s/many/LOAD00000001.csv') AS copy \gset
CALL regress.file('s/many/20240101-100100000.csv', E'D,2024-01-01 10:00:00,7,\n');
:copy;
CREATE FOREIGN TABLE many (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's');
CREATE TABLE lives AS SELECT g AS id, CASE WHEN g % 4 = 0 THEN 'other' ELSE 'value ' || g END AS v FROM generate_series(2, 20001) g;
SELECT difference, columns, count(*), min((key->>'id')::int), max((key->>'id')::int) FROM cdc_fdw_compare('many', 'lives', NULL, NULL) GROUP BY difference, columns ORDER BY difference;
SELECT count(*) FROM cdc_fdw_compare('many', 'lives');
-- a table of another server, as the role that initdb made: a server that believes the system's user lets its own in
CREATE EXTENSION postgres_fdw;
SELECT format('CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database()) AS other,
  format('CREATE USER MAPPING FOR CURRENT_USER SERVER other OPTIONS (user %L, password_required %L)', rolname, 'false') AS mapping
  FROM pg_roles WHERE oid = 10 \gset
:other;
:mapping;
CREATE FOREIGN TABLE far (id int, name text, price numeric) SERVER other OPTIONS (table_name 'live');
SELECT * FROM cdc_fdw_compare('item', 'far');
SELECT * FROM cdc_fdw_compare('item', 'far', '2024-01-01 10:00:01');

-- ---------------------------------------------------------------- errors
CREATE FOREIGN TABLE keyless (id int, name text, price numeric) SERVER log OPTIONS (schema_name 's', table_name 'item');
CREATE TABLE narrow (id int, name text);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_compare('keyless', 'live')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_compare('live', 'item')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_compare('far', 'live')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_compare('item', 'narrow')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_compare('item', NULL)$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_compare('item', 'live', max_keys => 0)$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_compare('item', 'live', '2023-01-01')$$);
SELECT regress.outcome($$SELECT * FROM cdc_fdw_compare('item', 'live_pkey')$$);
CREATE ROLE regress_cdc_comparer;
SET ROLE regress_cdc_comparer;
SELECT * FROM cdc_fdw_compare('item', 'live'); -- ERROR
RESET ROLE;
GRANT SELECT ON item TO regress_cdc_comparer;
SET ROLE regress_cdc_comparer;
SELECT * FROM cdc_fdw_compare('item', 'live'); -- ERROR
RESET ROLE;
DROP OWNED BY regress_cdc_comparer;
DROP ROLE regress_cdc_comparer;

SET client_min_messages = warning;
DROP EXTENSION postgres_fdw CASCADE;
DROP TABLE live, base, "live line", lives, narrow CASCADE;
\set ECHO none
\i :end

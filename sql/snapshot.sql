-- Tables as they were at an instant, as any table in a query.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
-- set before the library is there: it is kept, and an error when a scan starts
SET cdc_fdw.asof = 'once upon a time';
\set ECHO none
\i :helpers
\set ECHO all
SHOW cdc_fdw.asof;

CREATE SERVER shop FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'url', add_column_name 'true', timestamp_column_name 'ts');
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), name text, price int, at timestamptz OPTIONS (role 'asof')) SERVER shop OPTIONS (schema_name 'shop');
CREATE FOREIGN TABLE sale (id int OPTIONS (key 'true'), item int, sold timestamptz) SERVER shop OPTIONS (schema_name 'shop');
-- a table without a column for the instant
CREATE FOREIGN TABLE plain (id int OPTIONS (key 'true'), name text, price int) SERVER shop OPTIONS (schema_name 'shop', table_name 'item');

SELECT * FROM plain; -- ERROR
RESET cdc_fdw.asof;

-- ---------------------------------------------------------------- which instant
-- the whole log
SELECT id, name, price, at FROM item ORDER BY id;
-- the query's
SELECT id, name, price, at FROM item WHERE at = '2024-01-01 09:59:59.999999' ORDER BY id;
SELECT id, name, price, at FROM item WHERE '2024-01-01 10:00'::timestamptz = at ORDER BY id;
SELECT count(*) FROM item WHERE at = 'infinity';
SELECT count(*) FROM item WHERE at = NULL;
SELECT regress.plan('SELECT * FROM item');
SELECT regress.plan($$SELECT * FROM item WHERE at = '2024-01-02'$$);
-- the query > the table > the session > the server > the whole log
ALTER SERVER shop OPTIONS (ADD asof '2024-01-01 09:30');
SELECT string_agg(id || ' ' || price, ', ' ORDER BY id) FROM plain;
SELECT regress.plan('SELECT * FROM plain');
SET cdc_fdw.asof = '2024-01-01 10:00';
SELECT string_agg(id || ' ' || price, ', ' ORDER BY id) FROM plain;
SELECT regress.plan('SELECT * FROM plain');
ALTER FOREIGN TABLE item OPTIONS (ADD asof '2024-01-02 10:00');
ALTER FOREIGN TABLE plain OPTIONS (ADD asof '2024-01-02 10:00');
SELECT string_agg(id || ' ' || price, ', ' ORDER BY id) FROM plain;
SELECT regress.plan('SELECT * FROM plain');
SELECT string_agg(id || ' ' || price, ', ' ORDER BY id) FROM item WHERE at = '2024-01-03 10:00';
SELECT regress.plan($$SELECT * FROM item WHERE at = '2024-01-03 10:00'$$);
ALTER FOREIGN TABLE plain OPTIONS (DROP asof);
ALTER FOREIGN TABLE item OPTIONS (DROP asof);
-- a sale's rows are of the server's instant, an item's of the query's
RESET cdc_fdw.asof;
SELECT s.id, i.name FROM sale s JOIN item i ON i.id = s.item AND i.at = '2024-01-03 12:00' ORDER BY s.id;
ALTER SERVER shop OPTIONS (DROP asof);
-- the session's TimeZone reads the session's setting and the query's literals, not the options
SET TimeZone = 'Asia/Tokyo';
SET cdc_fdw.asof = '2024-01-01 19:00:00';
SELECT count(*) FROM plain WHERE price = 10000;
SET cdc_fdw.asof = '2024-01-01 18:59:59';
SELECT count(*) FROM plain WHERE price = 10000;
SELECT count(*) FROM item WHERE at = '2024-01-01 19:00:00' AND price = 10000;
ALTER FOREIGN TABLE plain OPTIONS (ADD asof '2024-01-01 10:00:00');
SELECT count(*) FROM plain WHERE price = 10000;
SELECT regress.plan('SELECT * FROM plain');
ALTER FOREIGN TABLE plain OPTIONS (DROP asof);
SET TimeZone = 'UTC';
-- what cannot be read is an error when a scan starts; EXPLAIN says so as well
SET cdc_fdw.asof = 'not an instant';
SELECT count(*) FROM plain; -- ERROR
EXPLAIN SELECT count(*) FROM plain; -- ERROR
-- where another instant applies the setting is not looked at
SELECT count(*) FROM item WHERE at = '2024-01-02';
-- empty means none
SET cdc_fdw.asof = '';
SELECT count(*) FROM plain;
RESET cdc_fdw.asof;

-- ---------------------------------------------------------------- EXPLAIN
-- of files that do not exist: nothing is read to plan
CREATE SERVER nowhere FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file:///nowhere/at/all');
CREATE FOREIGN TABLE far (id int OPTIONS (key 'true'), at timestamptz OPTIONS (role 'asof')) SERVER nowhere OPTIONS (schema_name 's');
SELECT regress.plan('SELECT * FROM far WHERE id = 1');
SELECT regress.plan($$SELECT * FROM far UNION ALL SELECT * FROM far WHERE at = '2024-01-01'$$);
PREPARE far AS SELECT * FROM far;
DEALLOCATE far;
CREATE VIEW far_view AS SELECT * FROM far;
SELECT regress.outcome('EXPLAIN ANALYZE SELECT * FROM far');
-- what was read, of which files
SELECT line FROM regress.analyze('SELECT * FROM item') line;
SELECT line FROM regress.analyze($$SELECT * FROM item WHERE at = '2024-01-01 10:00'$$) line;
SELECT line FROM regress.analyze('SELECT count(*) FROM item WHERE false') line;
-- in JSON every count stands there
CREATE FUNCTION regress.explain_json(query text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  result json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, COSTS OFF, FORMAT JSON) ' || query INTO result;
  RETURN result -> 0 -> 'Plan';
END $$;
SELECT key, value FROM json_each_text(regress.explain_json('SELECT * FROM item'))
WHERE key ~ '^(As Of|Clock|Mode|Files|Walks|Base|Change|Records|Keys|Pass|Key|Spill|Upsert|Deletes|Repeat|Ties|Cells|Times|Dupl|Doubt)' ORDER BY key COLLATE "C";

-- ---------------------------------------------------------------- role columns
CREATE FOREIGN TABLE roles (op text OPTIONS (role 'op'), id int OPTIONS (key 'true'), at timestamptz OPTIONS (role 'asof'),
  committed timestamptz OPTIONS (role 'commit_time'), named timestamptz OPTIONS (role 'file_time'), file text OPTIONS (role 'file'),
  line bigint OPTIONS (role 'line')) SERVER shop OPTIONS (schema_name 'shop', table_name 'item');
\x on
SELECT * FROM roles WHERE at = '2024-01-02 12:00' ORDER BY id;
\x off
SELECT id FROM roles WHERE op = 'U' ORDER BY id;
SELECT id FROM roles WHERE op IS NULL ORDER BY id;
-- without commit times there are none
CREATE SERVER names FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'url', add_column_name 'true');
CREATE FOREIGN TABLE named (id int OPTIONS (key 'true'), name text, at timestamptz OPTIONS (role 'asof'), named timestamptz OPTIONS (role 'file_time'))
  SERVER names OPTIONS (schema_name 'shop', table_name 'item');
SELECT id, name, named FROM named WHERE at = '2024-01-02 10:00:59' ORDER BY id;
SELECT regress.plan('SELECT * FROM named');

-- ---------------------------------------------------------------- instants from other tables
CREATE TABLE days (day timestamptz);
INSERT INTO days VALUES ('2024-01-01 09:30'), ('2024-01-02'), ('2024-01-03'), ('2024-01-04'), (NULL);
-- a walk for each
SELECT d.day, i.ids FROM days d LEFT JOIN LATERAL (SELECT string_agg(id || ' ' || price, ', ' ORDER BY id) AS ids FROM item WHERE at = d.day) i ON true
ORDER BY d.day;
SELECT d.day, count(i.id), min(i.at) FROM days d LEFT JOIN item i ON i.at = d.day GROUP BY d.day ORDER BY d.day;
SELECT d.day, i.id, i.price FROM days d, item i WHERE i.at = d.day AND i.id = 4 ORDER BY d.day;
SELECT regress.plan('SELECT * FROM days d, item i WHERE i.at = d.day AND i.id = 4');
SELECT line FROM regress.analyze('SELECT * FROM days d, item i WHERE i.at = d.day') line WHERE line ~ 'Walks|Base Records|As Of|Listed';
-- the price at which each was sold, and the price now
SELECT s.id, s.sold, i.price AS then, now.price AS now FROM sale s JOIN item i ON i.at = s.sold AND i.id = s.item LEFT JOIN plain now ON now.id = s.item ORDER BY s.id;
-- two instants in one query; what changed between them
SELECT id, a.price AS before, b.price AS after FROM (SELECT * FROM item WHERE at = '2024-01-01 09:30') a
FULL JOIN (SELECT * FROM item WHERE at = '2024-01-03 12:00') b USING (id) WHERE a.price IS DISTINCT FROM b.price ORDER BY id;
SELECT at, count(*) FROM (SELECT * FROM item WHERE at = '2024-01-01 09:30' UNION ALL SELECT * FROM item WHERE at = '2024-01-03') u GROUP BY at ORDER BY at;
(SELECT id FROM item WHERE at = '2024-01-01 09:30' EXCEPT SELECT id FROM item WHERE at = '2024-01-04');
-- a subquery's instant, and one that is computed
SELECT count(*) FROM item WHERE at = (SELECT max(day) FROM days);
SELECT count(*) FROM item WHERE at = '2024-01-01'::date + interval '10 hours';
SELECT count(*) FROM item WHERE at = '2024-01-02'::date;
-- anything but one equality is an error, never another instant
SELECT regress.outcome($$SELECT * FROM item WHERE at IN ('2024-01-01 09:30', '2024-01-03')$$);
SELECT regress.plan($$SELECT * FROM item WHERE at IN ('2024-01-01 09:30', '2024-01-03')$$);
SELECT count(*) FROM item WHERE at IN ('2024-01-01 09:30');
SELECT regress.outcome($$SELECT * FROM item WHERE at = '2024-01-01 09:30' OR at = '2024-01-03'$$);
SELECT regress.outcome($$SELECT * FROM item WHERE at < '2024-01-03'$$);
SELECT regress.outcome($$SELECT * FROM item WHERE at IS NOT NULL$$);
SELECT regress.outcome($$SELECT * FROM item WHERE at + interval '1 day' = '2024-01-03'$$);
SELECT regress.outcome($$SELECT * FROM item a JOIN item b ON a.at = b.at$$);
SET enable_nestloop = off;
SET enable_mergejoin = off;
-- where nested loops are off they are used all the same
SELECT count(*) FROM days d, item i WHERE i.at = d.day;
RESET enable_nestloop;
RESET enable_mergejoin;
SELECT regress.outcome('SELECT * FROM days d FULL JOIN item i ON i.at = d.day');
-- two equalities: one is the instant, the other a condition on it
SELECT count(*) FROM item WHERE at = '2024-01-02' AND at = '2024-01-03';
SELECT count(*) FROM item WHERE at = '2024-01-02' AND at < '2024-01-03';
-- a condition that cannot reach the scan is one too
CREATE VIEW barred WITH (security_barrier) AS SELECT id, name, at FROM item WHERE price > 0;
SELECT regress.outcome('SELECT * FROM days d JOIN barred b ON b.at = d.day');
SELECT regress.outcome($$WITH c AS MATERIALIZED (SELECT * FROM item) SELECT * FROM c WHERE at = '2024-01-02'$$);
SELECT regress.outcome($$WITH c AS (SELECT * FROM item) SELECT * FROM c a JOIN c b USING (id) WHERE a.at = '2024-01-02' AND b.at = '2024-01-03'$$);
SELECT regress.outcome($$SELECT * FROM (SELECT * FROM item LIMIT 2) l WHERE at = '2024-01-02'$$);
SELECT regress.outcome($$SELECT * FROM (SELECT * FROM (SELECT * FROM item OFFSET 0) a OFFSET 0) b WHERE at = '2024-01-02'$$);
SELECT regress.outcome($$SELECT * FROM (SELECT at FROM days JOIN item ON id = 1 UNION ALL SELECT at FROM item LIMIT 9) u WHERE at = '2024-01-02'$$);
-- queries that read another one twice, which does so too: each is looked at once
SELECT 'c0 AS MATERIALIZED (SELECT *, price AS x FROM item)' || string_agg(format(', c%s AS MATERIALIZED (SELECT * FROM c%s UNION ALL SELECT * FROM c%2$s)', i, i - 1), '' ORDER BY i) AS doubled FROM generate_series(1, 60) i \gset
SET statement_timeout = '20s';
SELECT left(regress.outcome('EXPLAIN WITH ' || :'doubled' || ' SELECT count(*) FROM c60 WHERE x = 1'), 2) AS planned;
SELECT regress.outcome('EXPLAIN ANALYZE WITH ' || :'doubled' || $$ SELECT count(*) FROM c60 WHERE at = '2024-01-02'$$);
-- and queries that stand in one another, each with a condition
SELECT (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\s+(\d+)'))[1]::int AS peak \gset
SELECT repeat('SELECT * FROM (', 200) || 'SELECT id, price AS x, at FROM item OFFSET 0' || string_agg(format(') s%s WHERE x <> %s OFFSET 0', i, i), '' ORDER BY i) AS nested FROM generate_series(1, 200) i \gset
SELECT left(regress.outcome('EXPLAIN ' || :'nested'), 2) AS planned;
SELECT (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\s+(\d+)'))[1]::int - :peak < 200000 AS little;
RESET statement_timeout;
-- where it does reach it, or nothing is asked, all is well
SELECT count(*) FROM barred WHERE at = '2024-01-02';
SELECT d.day, b.n FROM days d, LATERAL (SELECT count(*) AS n FROM barred WHERE at = d.day) b ORDER BY d.day;
WITH c AS MATERIALIZED (SELECT * FROM item WHERE at = '2024-01-02') SELECT count(*) FROM c WHERE at = '2024-01-02';
WITH c AS MATERIALIZED (SELECT * FROM item) SELECT count(*), max(at) FROM c;
SELECT count(*) FROM (SELECT DISTINCT id, at FROM item) i WHERE at = '2024-01-02';
SELECT count(*) FROM (SELECT id FROM item OFFSET 0) now, item i WHERE i.id = now.id AND i.at = '2024-01-02';

-- ---------------------------------------------------------------- prepared statements and new files
CREATE SERVER made FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CALL regress.file('s/growing/LOAD00000001.csv', E'2024-01-01 09:00:00,1,a\n');
CREATE FOREIGN TABLE growing (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER made OPTIONS (schema_name 's');
PREPARE p (timestamptz) AS SELECT id, v FROM growing WHERE at = $1 ORDER BY id;
PREPARE q AS SELECT id, v FROM growing ORDER BY id;
SET plan_cache_mode = force_generic_plan;
EXECUTE p ('2024-01-01 10:30');
EXECUTE q;
CALL regress.file('s/growing/20240101-100100000.csv', E'I,2024-01-01 10:00:00,2,b\n');
CALL regress.file('s/growing/20240101-110100000.csv', E'I,2024-01-01 11:00:00,3,c\n');
EXECUTE p ('2024-01-01 10:30');
EXECUTE p ('2024-01-01 11:30');
EXECUTE p ('2024-01-01 09:00');
EXECUTE q;
EXPLAIN (COSTS OFF) EXECUTE p ('2024-01-01 10:30');
-- a changed setting reaches a plan that is kept
SET cdc_fdw.asof = '2024-01-01 10:30';
EXECUTE q;
RESET cdc_fdw.asof;
ALTER FOREIGN TABLE growing OPTIONS (ADD asof '2024-01-01 09:00');
EXECUTE q;
ALTER FOREIGN TABLE growing OPTIONS (DROP asof);
RESET plan_cache_mode;
DEALLOCATE p;
DEALLOCATE q;
-- one listing for a statement: a file that comes while it runs is not seen by half of it
CREATE FUNCTION regress.add(id int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.file('s/growing/20240101-12010000' || id || '.csv', format(E'I,2024-01-01 12:00:00,%s,new\n', id));
  RETURN id;
END $$;
SELECT a.n AS before, regress.add(4) AS added, (SELECT count(*) FROM growing WHERE a.n > 0) AS after FROM (SELECT count(*) AS n FROM growing OFFSET 0) a;
SELECT count(*) FROM growing;
-- and one for a transaction at REPEATABLE READ
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM growing;
SELECT regress.add(5);
SELECT count(*) FROM growing;
SAVEPOINT s;
SELECT regress.outcome($$SELECT * FROM item WHERE at < '2024-01-03'$$) ~ '^HV000';
ROLLBACK TO s;
SELECT count(*) FROM growing;
COMMIT;
SELECT count(*) FROM growing;
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT count(*) FROM growing;
SELECT regress.add(6);
SELECT count(*) FROM growing;
COMMIT;
-- an error behind a listing leaves no half of one to go on with
CALL regress.file('s/holed/LOAD00000001.csv', E'2024-01-01 09:00:00,1,a\n');
CALL regress.file('s/holed/LOAD00000003.csv', E'2024-01-01 09:00:00,3,c\n');
CREATE FOREIGN TABLE holed (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 's');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT regress.outcome('SELECT * FROM holed');
SELECT regress.outcome('SELECT * FROM holed');
COMMIT;
-- another place is another listing
CALL regress.file('elsewhere/s/growing/LOAD00000001.csv', E'2024-01-01 09:00:00,1,elsewhere\n');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM growing;
\set elsewhere :made '/elsewhere'
ALTER SERVER made OPTIONS (SET url :'elsewhere');
SELECT id, v FROM growing;
ROLLBACK;

-- ---------------------------------------------------------------- cursors, LIMIT
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id, name FROM item ORDER BY id;
FETCH 2 FROM c;
MOVE 1 FROM c;
FETCH 1 FROM c;
FETCH BACKWARD 2 FROM c;
MOVE ABSOLUTE 0 IN c;
FETCH ALL FROM c;
FETCH LAST FROM c;
CLOSE c;
-- without a sort PostgreSQL keeps the rows of a SCROLL cursor itself
DECLARE c SCROLL CURSOR FOR SELECT count(*) OVER () AS n FROM item;
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
CLOSE c;
-- with hold: the rows of the moment
DECLARE h CURSOR WITH HOLD FOR SELECT id FROM item WHERE at = '2024-01-02' ORDER BY id;
COMMIT;
FETCH ALL FROM h;
CLOSE h;
SELECT count(*) FROM (SELECT id FROM item LIMIT 2) l;
SELECT id FROM item ORDER BY id LIMIT 2 OFFSET 1;
SELECT count(*) FROM (SELECT 1 FROM item LIMIT 0) l;
SELECT EXISTS (SELECT FROM item WHERE id = 5), EXISTS (SELECT FROM item WHERE id = 2);

-- ---------------------------------------------------------------- joins, rescans, expressions
CREATE TABLE stock (id int PRIMARY KEY, n int);
INSERT INTO stock SELECT i, i * 10 FROM generate_series(1, 6) i;
SELECT s.id, s.n, p.name FROM stock s LEFT JOIN plain p USING (id) ORDER BY id;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
-- rescans give the same rows each time
SELECT s.id, count(p.id) FROM stock s LEFT JOIN plain p ON p.id <= s.id GROUP BY s.id ORDER BY s.id;
SELECT regress.counted('SELECT s.id, count(p.id) FROM stock s LEFT JOIN plain p ON p.id <= s.id GROUP BY s.id', 'Walks|Files Listed');
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;
SELECT s.id, (SELECT name FROM plain p WHERE p.id = s.id) FROM stock s ORDER BY s.id;
-- whole rows, system columns, no columns
SELECT p FROM plain p ORDER BY id;
SELECT (p).name FROM plain p WHERE (p).id = 5;
SELECT tableoid::regclass, id FROM plain WHERE id = 1;
SELECT count(*) FROM item;
SELECT count(*), count(price), sum(price), count(DISTINCT name) FROM item;
SELECT FROM item WHERE id < 0;
SELECT id, row_number() OVER (ORDER BY price DESC NULLS LAST) FROM item ORDER BY id;
CREATE VIEW cheap AS SELECT id, name, at FROM item WHERE price < 10000;
SELECT id, name FROM cheap WHERE at = '2024-01-02' ORDER BY id;
WITH yesterday AS MATERIALIZED (SELECT * FROM item WHERE at = '2024-01-02') SELECT y.id, i.price - y.price AS change
  FROM yesterday y JOIN item i USING (id) ORDER BY id;
CREATE TABLE copy AS SELECT * FROM item;
SELECT count(*) FROM copy;
-- in a function, with its parameter
CREATE FUNCTION price(item_id int, day timestamptz) RETURNS int LANGUAGE sql STABLE AS 'SELECT price FROM item WHERE id = item_id AND at = day';
SELECT day, price(1, day), price(4, day) FROM days WHERE day IS NOT NULL ORDER BY day;
DO $$
DECLARE
  r record;
BEGIN
  FOR r IN SELECT id, name FROM item WHERE at = '2024-01-04' ORDER BY id LOOP
    RAISE WARNING '% %', r.id, r.name;
    EXIT WHEN r.id = 3;
  END LOOP;
END $$;
-- a dropped column and one that was added leave the others in place
CREATE FOREIGN TABLE altered (gone text, id int OPTIONS (key 'true'), name text) SERVER shop OPTIONS (schema_name 'shop', table_name 'item');
ALTER FOREIGN TABLE altered DROP COLUMN gone;
ALTER FOREIGN TABLE altered ADD COLUMN price int;
SELECT * FROM altered ORDER BY id;
SELECT a FROM altered a WHERE id = 5;
-- a partition of a table, and a child
CREATE TABLE all_items (id int, name text, price int) PARTITION BY RANGE (id);
ALTER FOREIGN TABLE altered OPTIONS (SET table_name 'item');
ALTER TABLE all_items ATTACH PARTITION altered FOR VALUES FROM (1) TO (100);
CREATE TABLE all_items_rest PARTITION OF all_items DEFAULT;
INSERT INTO all_items VALUES (100, 'own', 1);
SELECT * FROM all_items ORDER BY id;

-- ---------------------------------------------------------------- ANALYZE
ANALYZE item;
SELECT reltuples, relpages > 0 AS pages FROM pg_class WHERE relname = 'item';
SELECT attname, null_frac, n_distinct FROM pg_stats WHERE tablename = 'item' AND attname IN ('id', 'price') ORDER BY attname;
SELECT (regexp_match(line, 'rows=(\d+)'))[1] AS rows FROM (SELECT regress.lines(', COSTS ON', 'SELECT * FROM item') AS line) l WHERE line ~ 'Foreign Scan';
-- the instant of a table is that of its sample
ALTER FOREIGN TABLE plain OPTIONS (ADD asof '2024-01-01 09:30');
ANALYZE plain;
SELECT reltuples FROM pg_class WHERE relname = 'plain';
ALTER FOREIGN TABLE plain OPTIONS (DROP asof);
SELECT regress.outcome('ANALYZE far');

-- ---------------------------------------------------------------- what is refused
SELECT regress.outcome($$INSERT INTO plain VALUES (9, 'x', 1)$$);
SELECT regress.outcome('UPDATE plain SET price = 1');
SELECT regress.outcome('DELETE FROM plain');
SELECT regress.outcome('TRUNCATE plain');
SELECT regress.outcome($$COPY plain FROM PROGRAM 'true'$$);
-- locks of rows that nobody can change
SELECT id FROM plain WHERE id = 1 FOR UPDATE;
SELECT s.id FROM stock s JOIN plain p USING (id) WHERE s.id = 1 FOR SHARE OF s;

-- ---------------------------------------------------------------- as whom
-- local files take pg_read_server_files, of whoever reads: a view's owner for a view
CREATE ROLE regress_cdc_reader;
CREATE ROLE regress_cdc_owner;
GRANT SELECT ON plain, cheap, days TO regress_cdc_reader;
GRANT USAGE ON SCHEMA regress TO regress_cdc_reader, regress_cdc_owner;
SET ROLE regress_cdc_reader;
SELECT regress.outcome('SELECT * FROM plain');
SELECT regress.outcome('SELECT * FROM cheap');
RESET ROLE;
GRANT SELECT ON item TO regress_cdc_owner;
ALTER VIEW cheap OWNER TO regress_cdc_owner;
SET ROLE regress_cdc_reader;
SELECT regress.outcome('SELECT * FROM cheap');
RESET ROLE;
GRANT pg_read_server_files TO regress_cdc_owner;
SET ROLE regress_cdc_reader;
SELECT regress.outcome('SELECT * FROM cheap');
SELECT regress.outcome('SELECT * FROM plain');
RESET ROLE;
GRANT pg_read_server_files TO regress_cdc_reader;
SET ROLE regress_cdc_reader;
SELECT regress.outcome('SELECT * FROM plain');
RESET ROLE;

-- ---------------------------------------------------------------- the end
DROP TABLE all_items, days, stock, copy;
DROP FUNCTION price(int, timestamptz);
DROP OWNED BY regress_cdc_reader, regress_cdc_owner CASCADE;
DROP ROLE regress_cdc_reader, regress_cdc_owner;
\set ECHO none
\i :end

-- What the planner takes a log for: rows, the side of a join to hash, and that it reads nothing.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
-- rows that the planner expects
CREATE FUNCTION regress.rows(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
  RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
END $$;
-- the table that a join of two would hash
CREATE FUNCTION regress.hashed(a text, b text) RETURNS text LANGUAGE sql AS $$
  SELECT substring(line from ' on (\w+)')
  FROM regress.plan(format('SELECT * FROM %s JOIN %s USING (id)', a, b)) WITH ORDINALITY l (line, n)
  WHERE n > (SELECT n FROM regress.plan(format('SELECT * FROM %s JOIN %s USING (id)', a, b)) WITH ORDINALITY h (line, n)
             WHERE line ~ '^ *->  Hash$')
  ORDER BY n LIMIT 1;
$$;
\set ECHO all
SET max_parallel_workers_per_gather = 0;
CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
SELECT string_agg(format(E'2024-01-01 09:00:00,%s,%s\n', id, id % 7), '') AS large,
  string_agg(format(E'2024-01-01 09:00:00,%s,%s\n', id, id % 7), '') FILTER (WHERE id <= 100) AS small
FROM generate_series(1, 50000) id \gset
CALL regress.file('p/large/LOAD00000001.csv', :'large'::text);
CALL regress.file('p/packed/LOAD00000001.csv', :'large'::text);
CALL regress.file('p/small/LOAD00000001.csv', :'small'::text);
CALL regress.shell('gzip ' || current_setting('regress.folder') || '/p/packed/LOAD00000001.csv');
-- 300 rows more, and 300 fewer
SELECT string_agg(format(E'%s,2024-01-01 10:00:00,%s,1\n', CASE WHEN id > 50000 THEN 'I' ELSE 'D' END, id), '') AS changes
FROM generate_series(49701, 50300) id \gset
CALL regress.file('p/large/20240101-100100000.csv', :'changes'::text);
CREATE FOREIGN TABLE large (id int OPTIONS (key 'true'), v int) SERVER log OPTIONS (schema_name 'p');
CREATE FOREIGN TABLE packed (id int OPTIONS (key 'true'), v int) SERVER log OPTIONS (schema_name 'p');
CREATE FOREIGN TABLE small (id int OPTIONS (key 'true'), v int) SERVER log OPTIONS (schema_name 'p');
CREATE TABLE few AS SELECT id FROM generate_series(1, 100) id;
CREATE TABLE many AS SELECT id FROM generate_series(1, 20000) id;
CREATE TABLE lots AS SELECT id FROM generate_series(1, 300000) id;
ANALYZE few, many, lots;

-- ---------------------------------------------------------------- nothing is known
SELECT regress.rows('SELECT * FROM large'), regress.rows('SELECT * FROM small');
SELECT regress.hashed('few', 'large'), regress.hashed('large', 'few');

-- ---------------------------------------------------------------- a scan began
-- sizes, and the width of the columns' types
SELECT count(*) FROM (SELECT * FROM packed LIMIT 1) x;
SELECT regress.rows('SELECT * FROM packed') BETWEEN 20000 AND 200000 AS near;
SELECT regress.hashed('many', 'packed'), regress.hashed('packed', 'many');

-- ---------------------------------------------------------------- a scan ended
SELECT count(*) FROM large;
SELECT count(*) FROM small;
SELECT count(*) FROM packed;
SELECT regress.rows('SELECT * FROM large'), regress.rows('SELECT * FROM small'), regress.rows('SELECT * FROM packed');
SELECT regress.hashed('few', 'large'), regress.hashed('large', 'few');
SELECT regress.hashed('many', 'small'), regress.hashed('small', 'many');
SELECT regress.hashed('many', 'large'), regress.hashed('large', 'many');
SELECT regress.hashed('lots', 'small'), regress.hashed('small', 'lots');
SELECT regress.hashed('many', 'packed'), regress.hashed('packed', 'many');
SELECT regress.hashed('small', 'large'), regress.hashed('large', 'small');
-- one that does not end keeps what is known
SELECT count(*) FROM (SELECT * FROM large LIMIT 1) x;
SELECT regress.rows('SELECT * FROM large');

-- ---------------------------------------------------------------- planning reads nothing
CALL regress.shell(format('mv "%s/p" "%s/away"', current_setting('regress.folder'), current_setting('regress.folder')));
SELECT regress.plan('SELECT v FROM large WHERE id = 7');
SET plan_cache_mode = force_generic_plan;
PREPARE one AS SELECT v FROM packed WHERE id = $1;
SELECT regress.plan('EXECUTE one (7)');
DEALLOCATE one;
SELECT regress.outcome('SELECT * FROM large');
CALL regress.shell(format('mv "%s/away" "%s/p"', current_setting('regress.folder'), current_setting('regress.folder')));

-- ---------------------------------------------------------------- ANALYZE, in a session that has seen nothing
ANALYZE large, small;
\c -
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SELECT set_config('regress.folder', :'folder', false) = :'folder', set_config('regress.data', :'data', false) = :'data';
SELECT regress.rows('SELECT * FROM large'), regress.rows('SELECT * FROM small'), regress.rows('SELECT * FROM packed');
SELECT regress.rows('SELECT * FROM large WHERE v = 3') BETWEEN 6000 AND 8500 AS a_seventh;
SELECT regress.hashed('many', 'small'), regress.hashed('small', 'many');
SELECT regress.hashed('many', 'large'), regress.hashed('large', 'many');
SELECT regress.hashed('lots', 'large'), regress.hashed('large', 'lots');
DROP TABLE few, many, lots;
\set ECHO none
\i :end

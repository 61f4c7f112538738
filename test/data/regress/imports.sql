-- What tests of imports into schema hist share: \i this behind helpers.sql, then
--   regress.log(f, l, c1, c2)    make the log in folder f
--   regress.tables()             what hist has
--   regress.rows(t)              what table t of hist has
-- of each imported table its columns, those of the key with a star
CREATE FUNCTION regress.tables() RETURNS TABLE ("table" text, columns text) LANGUAGE sql AS $$
  SELECT c.relname, string_agg(format('%I%s %s', attname, CASE WHEN 'key=true' = ANY (attfdwoptions) THEN '*' END, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
  FROM pg_class c JOIN pg_foreign_table ON ftrelid = c.oid JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
  WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'hist') GROUP BY c.oid ORDER BY relname COLLATE "C";
$$;
-- a log of a full load, and two files of changes if they are given
CREATE PROCEDURE regress.log(folder text, load text, first text DEFAULT NULL, second text DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.file(folder || '/LOAD00000001.csv', load);
  IF first IS NOT NULL THEN CALL regress.file(folder || '/20240102-000100000.csv', first); END IF;
  IF second IS NOT NULL THEN CALL regress.file(folder || '/20240103-000100000.csv', second); END IF;
END $$;
-- the rows of a table as one text
CREATE FUNCTION regress.rows(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT string_agg(t::text, '' '' ORDER BY t::text COLLATE "C") FROM hist.%I t', name) INTO result;
  RETURN result;
END $$;

-- What the regression tests share: \i this, then
--   :url                  file url of a copy of test/data/regress
--   :made                 file url of a folder that regress.file() writes to
--   regress.file(k, c)    make file k there with content c; a newline at its
--                         start is left out
--   regress.outcome(q)    run q: OK and its number of rows, or all about the
--                         error
--   regress.plan(q)       EXPLAIN of q; regress.analyze(q) with ANALYZE
--   regress.fresh()       make schema hist anew, for imports
--   regress.counted(q, p) the counts of EXPLAIN ANALYZE with names like p
-- and SELECT regress.remove() \gset, \i end.sql at the end.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
-- rows come in the order of one process
SET max_parallel_workers_per_gather = 0;
-- the server may run as another user than psql, who cannot read this folder:
-- it has its own copy, beside what the tests make, where it can write
\set packed `tar -C "$PG_ABS_SRCDIR/test/data/regress" -czf - . | base64`
SELECT set_config('regress.folder', place || '/made', false) AS folder, set_config('regress.data', place || '/data', false) AS data
FROM (SELECT format('%s/cdc_fdw.%s', current_setting('data_directory'), current_database()) AS place) p \gset
\set url 'file://' :data
\set made 'file://' :folder

CREATE EXTENSION cdc_fdw;
CREATE SCHEMA regress;

-- run a shell command as the server
CREATE PROCEDURE regress.shell(command text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('COPY (SELECT WHERE false) TO PROGRAM %L', command);
END $$;

CREATE PROCEDURE regress.file(key text, content bytea) LANGUAGE plpgsql AS $$
DECLARE
  path text := current_setting('regress.folder') || '/' || key;
  lo oid := lo_from_bytea(0, content);
BEGIN
  CALL regress.shell(format('mkdir -p "%s"', regexp_replace(path, '/[^/]*$', '')));
  PERFORM lo_export(lo, path);
  PERFORM lo_unlink(lo);
END $$;

CREATE PROCEDURE regress.file(key text, content text) LANGUAGE sql AS $$
  CALL regress.file(key, convert_to(regexp_replace(content, '^\n', ''), 'UTF8'));
$$;

CREATE PROCEDURE regress.remove() LANGUAGE sql AS $$
  CALL regress.shell(format('rm -rf "%s"', regexp_replace(current_setting('regress.folder'), '/[^/]*$', '')));
$$;
CALL regress.remove();
CALL regress.file('regress.tgz', decode(:'packed', 'base64'));
CALL regress.shell(format('cd "%s" && mkdir "%2$s" && tar -C "%2$s" -xzf regress.tgz && rm regress.tgz', current_setting('regress.folder'), current_setting('regress.data')));

CREATE FUNCTION regress.hide(message text) RETURNS text LANGUAGE sql AS $$
  SELECT replace(replace(message, current_setting('regress.folder'), '<made>'), current_setting('regress.data'), '<data>');
$$;

CREATE FUNCTION regress.outcome(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
  state text;
  message text;
  detail text;
  hint text;
  context text;
BEGIN
  EXECUTE query;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN 'OK, ' || n || ' rows';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
    detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
  context := (SELECT string_agg(line, E'\n') FROM regexp_split_to_table(context, '\n') line
              WHERE line !~ '^(SQL statement|PL/pgSQL function|SQL function|JSON data)');
  RETURN regress.hide(concat_ws(E'\n', state || ': ' || message, 'DETAIL: ' || nullif(detail, ''),
                                'HINT: ' || nullif(hint, ''), 'WHERE: ' || context));
END $$;

CREATE PROCEDURE regress.fresh() LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('client_min_messages', 'warning', true);
  DROP SCHEMA IF EXISTS hist CASCADE;
  CREATE SCHEMA hist;
END $$;

CREATE FUNCTION regress.lines(options text, query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE format('EXPLAIN (COSTS OFF%s) %s', options, query) LOOP
    -- PostgreSQL 18 prints fractions of rows, and what was disabled
    CONTINUE WHEN line ~ '^ *Disabled:';
    -- which side of an equality comes first differs too
    line := replace(line, '(d.day = at)', '(at = d.day)');
    RETURN NEXT regress.hide(regexp_replace(line, '(rows=\d+)\.\d+', '\1'));
  END LOOP;
END $$;

CREATE FUNCTION regress.plan(query text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT regress.lines('', query);
$$;

CREATE FUNCTION regress.analyze(query text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT regress.lines(', ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF', query);
$$;

-- by default the doubtful ones
CREATE FUNCTION regress.counted(query text, names text DEFAULT
  'Records Before|Upserting|Deletes|Repeated|Ties|Cells|Times|Duplicate|Doubtful') RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(string_agg(trim(line), ', '), 'none')
  FROM regress.analyze(query) line WHERE line ~ ('^ *(' || names || ')[^:]*:');
$$;

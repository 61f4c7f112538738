-- What queries end in, for tests that compare two ways to ask.

-- The rows of a query in order, a digest of them where they are long, or all
-- that is said of its error.
CREATE FUNCTION outcome(asked text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
  answer text;
  message text;
  detail text;
  hint text;
  context text;
BEGIN
  EXECUTE format('SELECT count(*), string_agg(x::text, %L ORDER BY x::text COLLATE "C") FROM (%s) x', ' ', asked)
    INTO n, answer;
  RETURN CASE WHEN n = 0 THEN 'no rows'
    WHEN length(answer) > 2000 THEN n || ' rows, ' || md5(answer)
    ELSE answer END;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
    hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
  RETURN concat_ws('|', 'error ' || SQLSTATE, message, detail, hint,
    substring(context FROM '(file "[^\n]*)'));
END $$;

-- EXPLAIN ANALYZE of a query, and the foreign scans in a plan.
CREATE FUNCTION explained(asked text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF, SUMMARY OFF) ' || asked INTO plan;
  RETURN plan;
END $$;
CREATE FUNCTION foreign_scans(plan jsonb) RETURNS SETOF jsonb LANGUAGE sql AS $$
  SELECT jsonb_path_query(plan, 'strict $.** ? (@."Node Type" == "Foreign Scan")');
$$;

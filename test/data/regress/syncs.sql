-- What tests of cdc_fdw_sync into schema hist share: \i this behind helpers.sql.
-- the columns of a table, with their options
CREATE FUNCTION regress.columns(rel regclass) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT format('%I %s%s%s', attname, format_type(atttypid, atttypmod), ' (' || array_to_string(attfdwoptions, ', ') || ')', CASE WHEN attnotnull THEN ' NOT NULL' END)
  FROM pg_attribute WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
$$;
-- what a sync reports of a table
CREATE FUNCTION regress.sync(remote text, options jsonb DEFAULT '{}') RETURNS TABLE (table_name text, status text, detail text) LANGUAGE sql AS $$
  SELECT * FROM cdc_fdw_sync('made', remote, 'hist', options) ORDER BY 1, 2;
$$;

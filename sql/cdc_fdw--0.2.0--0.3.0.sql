\echo Use "ALTER EXTENSION cdc_fdw UPDATE TO '0.3.0'" to load this file. \quit

CREATE FUNCTION cdc_fdw_progress()
RETURNS TABLE (pid integer, foreign_table regclass, mode text, instant timestamptz, phase text, files bigint, files_done bigint,
  bytes bigint, bytes_done bigint, records bigint, rows bigint, started timestamptz)
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION cdc_fdw_progress() IS 'how far running scans are: of this session and, if the library is preloaded, of all';

CREATE VIEW cdc_fdw_progress AS SELECT * FROM cdc_fdw_progress();

COMMENT ON VIEW cdc_fdw_progress IS 'how far running scans are: of this session and, if the library is preloaded, of all';

GRANT SELECT ON cdc_fdw_progress TO PUBLIC;

-- anybody may read comments: none has a pin's name
DO $$
DECLARE
  p record;
BEGIN
  FOR p IN SELECT m.oid FROM cdc_fdw_pinned c JOIN pg_catalog.pg_largeobject_metadata m ON m.oid = c.large_object
           WHERE pg_catalog.obj_description(m.oid, 'pg_largeobject') LIKE 'owner of pin "%" of cdc_fdw' LOOP
    EXECUTE pg_catalog.format('COMMENT ON LARGE OBJECT %s IS %L', p.oid, 'owner of a pin of cdc_fdw');
  END LOOP;
END $$;

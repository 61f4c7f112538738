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

-- a pin is its owner's while its large object is the one that was made for it,
-- which holds the token; until there is one, in rows of a dump of an earlier
-- version too, any counts
ALTER TABLE cdc_fdw_pinned ADD COLUMN token bytea NOT NULL DEFAULT '';

UPDATE cdc_fdw_pinned SET token = pg_catalog.uuid_send(pg_catalog.gen_random_uuid());

-- instead of whatever its owner may have put into it (131072: to write)
SELECT pg_catalog.lo_truncate(f.fd, 0), pg_catalog.lowrite(f.fd, f.token), pg_catalog.lo_close(f.fd)
FROM (SELECT pg_catalog.lo_open(m.oid, 131072) AS fd, p.token
      FROM cdc_fdw_pinned p JOIN pg_catalog.pg_largeobject_metadata m ON m.oid = p.large_object) f;

CREATE OR REPLACE VIEW cdc_fdw_pins WITH (security_barrier) AS
SELECT p.pin, t.schema_name, t.table_name, t.server_name, t.asof, t.known_at, t.objects, t.bytes,
  pg_catalog.pg_get_userbyid(m.lomowner)::text COLLATE pg_catalog."default" AS pinned_by, p.pinned_at, p.version
FROM cdc_fdw_pinned p JOIN pg_catalog.pg_largeobject_metadata m ON m.oid = p.large_object JOIN cdc_fdw_pinned_tables t ON t.pin = p.pin
WHERE (p.token = '' OR (SELECT l.data FROM pg_catalog.pg_largeobject l WHERE l.loid = p.large_object AND l.pageno = 0) = p.token)
  AND (pg_catalog.pg_has_role(m.lomowner, 'USAGE')
    OR EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = t.schema_name AND c.relname = t.table_name AND c.relkind = 'f' AND c.relowner = m.lomowner
                 AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')));

\echo Use "ALTER EXTENSION cdc_fdw UPDATE TO '0.2.0'" to load this file. \quit

CREATE FUNCTION cdc_fdw_check_upgrade(server text)
RETURNS TABLE (foreign_table regclass, option text, sqlstate text, message text, detail text, hint text, place text, statement text)
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT;

COMMENT ON FUNCTION cdc_fdw_check_upgrade(text) IS 'the foreign tables of a server that a query cannot read, and the option that decides';

-- instants as timestamptz, beside texts; without a default for the first, so
-- that calls that leave it out or give NULL find the text's
CREATE FUNCTION cdc_fdw_pin(pin text, asof timestamptz, known_at timestamptz, VARIADIC tables regclass[])
RETURNS bigint
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION cdc_fdw_pin(text, timestamptz, timestamptz, regclass[]) IS 'keeps which objects give foreign tables'' rows at an instant, and how many they are';

CREATE FUNCTION cdc_fdw_explain_row(tbl regclass, key jsonb, asof timestamptz)
RETURNS TABLE (file text, line bigint, op text, committed timestamptz, file_time timestamptz, row_key jsonb, effect text, other_key jsonb, record jsonb, state jsonb)
AS 'MODULE_PATHNAME'
LANGUAGE C;

COMMENT ON FUNCTION cdc_fdw_explain_row(regclass, jsonb, timestamptz) IS 'the records that shaped a key''s row, oldest first, and what each of them did';

CREATE FUNCTION cdc_fdw_audit(tbl regclass, asof timestamptz)
RETURNS TABLE (kind text, count bigint, file text, line bigint)
AS 'MODULE_PATHNAME'
LANGUAGE C;

COMMENT ON FUNCTION cdc_fdw_audit(regclass, timestamptz) IS 'what is legal in a table''s log but doubtful: how often, and where first';

CREATE FUNCTION cdc_fdw_diff(tbl regclass, from_asof timestamptz, to_asof timestamptz DEFAULT NULL)
RETURNS TABLE (key jsonb, what text, changed text[], old_row jsonb, new_row jsonb)
AS 'MODULE_PATHNAME'
LANGUAGE C;

COMMENT ON FUNCTION cdc_fdw_diff(regclass, timestamptz, timestamptz) IS 'the keys whose rows differ between two instants of a table';

-- and texts where there was timestamptz alone, which read ISO 8601 only
CREATE FUNCTION cdc_fdw_fingerprint(tbl regclass, asof text, OUT fingerprint text, OUT rows bigint)
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION cdc_fdw_fingerprint(regclass, text) IS 'a hash of all rows of a table, in whatever order, and their number';

CREATE FUNCTION cdc_fdw_compare(foreign_table regclass, live regclass, asof text, max_keys integer DEFAULT 100)
RETURNS TABLE (key jsonb, difference text, columns text[])
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION cdc_fdw_compare(regclass, regclass, text, integer) IS 'the keys in which a foreign table and a live table differ, if their fingerprints do';

-- the owner of a pin is that of a large object without content, so that
-- PostgreSQL's rules for owners hold: DROP ROLE, REASSIGN OWNED, DROP OWNED
ALTER TABLE cdc_fdw_pinned ADD COLUMN large_object oid NOT NULL DEFAULT pg_catalog.lo_create(0);

DO $$
DECLARE
  p record;
BEGIN
  FOR p IN SELECT c.large_object, c.pin, r.rolname FROM cdc_fdw_pinned c LEFT JOIN pg_catalog.pg_roles r ON r.rolname = c.pinned_by LOOP
    EXECUTE pg_catalog.format('COMMENT ON LARGE OBJECT %s IS %L', p.large_object, pg_catalog.format('owner of pin "%s" of cdc_fdw', p.pin));
    IF p.rolname IS NOT NULL THEN
      EXECUTE pg_catalog.format('ALTER LARGE OBJECT %s OWNER TO %I', p.large_object, p.rolname);
    END IF;
  END LOOP;
END $$;

CREATE OR REPLACE VIEW cdc_fdw_pins WITH (security_barrier) AS
SELECT p.pin, t.schema_name, t.table_name, t.server_name, t.asof, t.known_at, t.objects, t.bytes,
  pg_catalog.pg_get_userbyid(m.lomowner)::text COLLATE pg_catalog."default" AS pinned_by, p.pinned_at, p.version
FROM cdc_fdw_pinned p JOIN pg_catalog.pg_largeobject_metadata m ON m.oid = p.large_object JOIN cdc_fdw_pinned_tables t ON t.pin = p.pin
WHERE pg_catalog.pg_has_role(m.lomowner, 'USAGE')
  OR EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = t.schema_name AND c.relname = t.table_name AND c.relkind = 'f' AND c.relowner = m.lomowner
               AND pg_catalog.has_table_privilege(c.oid, 'SELECT'));

COMMENT ON VIEW cdc_fdw_pins IS 'pins that one owns, and those of the owners of tables that one may read';
COMMENT ON FUNCTION cdc_fdw_verify_pin(text) IS 'says of each table and object of a pin whether it is the same, changed or gone';

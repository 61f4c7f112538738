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

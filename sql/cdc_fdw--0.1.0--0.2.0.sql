\echo Use "ALTER EXTENSION cdc_fdw UPDATE TO '0.2.0'" to load this file. \quit

CREATE FUNCTION cdc_fdw_check_upgrade(server text)
RETURNS TABLE (foreign_table regclass, option text, sqlstate text, message text, detail text, hint text, place text, statement text)
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT;

COMMENT ON FUNCTION cdc_fdw_check_upgrade(text) IS 'the foreign tables of a server that a query cannot read, and the option that decides';

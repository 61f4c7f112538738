\echo Use "CREATE EXTENSION cdc_fdw" to load this file. \quit

CREATE FUNCTION cdc_fdw_handler()
RETURNS fdw_handler
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT;

COMMENT ON FUNCTION cdc_fdw_handler() IS 'the callbacks of foreign data wrapper cdc_fdw';

CREATE FUNCTION cdc_fdw_validator(text[], oid)
RETURNS void
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT;

COMMENT ON FUNCTION cdc_fdw_validator(text[], oid) IS 'checks the options of servers, user mappings, tables and columns of cdc_fdw';

CREATE FOREIGN DATA WRAPPER cdc_fdw
  HANDLER cdc_fdw_handler
  VALIDATOR cdc_fdw_validator;

COMMENT ON FOREIGN DATA WRAPPER cdc_fdw IS 'change logs of AWS DMS on S3 or disk, as tables at any instant';

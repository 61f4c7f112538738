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

CREATE FUNCTION cdc_fdw_sync(server text, remote_schema text, local_schema text, options jsonb DEFAULT '{}')
RETURNS TABLE (table_name text, status text, detail text)
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION cdc_fdw_sync(text, text, text, jsonb) IS 'adds foreign tables and columns for what is new in a source schema, and reports on every table';

CREATE FUNCTION cdc_fdw_objects(server text, prefix text DEFAULT '')
RETURNS TABLE (key text, kind text, "time" timestamptz, size bigint, etag text, reason text)
AS 'MODULE_PATHNAME', 'cdc_fdw_server_objects'
LANGUAGE C STRICT;

COMMENT ON FUNCTION cdc_fdw_objects(text, text) IS 'the objects under a server''s url, and why one is not part of a log';

CREATE FUNCTION cdc_fdw_objects(tbl regclass)
RETURNS TABLE (key text, kind text, "time" timestamptz, size bigint, etag text, reason text)
AS 'MODULE_PATHNAME', 'cdc_fdw_table_objects'
LANGUAGE C STRICT;

COMMENT ON FUNCTION cdc_fdw_objects(regclass) IS 'the objects of a foreign table, and why one is not part of its log';

CREATE FUNCTION cdc_fdw_sample(server text, prefix text, records integer DEFAULT 5)
RETURNS TABLE (file text, layout text, line bigint, record text)
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT;

COMMENT ON FUNCTION cdc_fdw_sample(text, text, integer) IS 'the first records of a table''s full load, oldest and newest changes as they stand in the files, and what was recognised';

CREATE FUNCTION cdc_fdw_row_bytes(record)
RETURNS bytea
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION cdc_fdw_row_bytes(record) IS 'a row as the bytes that fingerprints hash';

CREATE FUNCTION cdc_fdw_row_add(bytea, record)
RETURNS bytea
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION cdc_fdw_row_add(bytea, record) IS 'a step of cdc_fdw_row_sum';

CREATE FUNCTION cdc_fdw_row_sum_combine(bytea, bytea)
RETURNS bytea
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION cdc_fdw_row_sum_combine(bytea, bytea) IS 'two states of cdc_fdw_row_sum as one';

CREATE AGGREGATE cdc_fdw_row_sum(record) (
  SFUNC = cdc_fdw_row_add,
  STYPE = bytea,
  SSPACE = 64,
  COMBINEFUNC = cdc_fdw_row_sum_combine,
  INITCOND = '\x00000000000000000000000000000000000000000000000000000000000000000000000000000000',
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE cdc_fdw_row_sum(record) IS 'the number of rows and the sum of their hashes modulo 2^256, in 8 and 32 bytes';

CREATE FUNCTION cdc_fdw_fingerprint(tbl regclass, asof timestamptz DEFAULT NULL, OUT fingerprint text, OUT rows bigint)
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION cdc_fdw_fingerprint(regclass, timestamptz) IS 'a hash of all rows of a table, in whatever order, and their number';

CREATE FUNCTION cdc_fdw_compare(foreign_table regclass, live regclass, asof timestamptz DEFAULT NULL, max_keys integer DEFAULT 100)
RETURNS TABLE (key jsonb, difference text, columns text[])
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION cdc_fdw_compare(regclass, regclass, timestamptz, integer) IS 'the keys in which a foreign table and a live table differ, if their fingerprints do';

CREATE FUNCTION cdc_fdw_changes_since(tbl regclass, known jsonb DEFAULT NULL, lateness interval DEFAULT '1 day')
RETURNS TABLE (file text, line bigint, op text, committed timestamptz, change jsonb, bookmark jsonb)
AS 'MODULE_PATHNAME'
LANGUAGE C;

COMMENT ON FUNCTION cdc_fdw_changes_since(regclass, jsonb, interval) IS 'the records of change files that a bookmark does not know, and in a last row the next bookmark';

CREATE FUNCTION cdc_fdw_stats()
RETURNS TABLE (server text, scope text, requests bigint, retries bigint, bytes bigint, listed bigint, errors bigint,
  listings bigint, listings_kept bigint, credentials bigint, credentials_kept bigint)
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION cdc_fdw_stats() IS 'what was asked of each server, by this session and, if the library is preloaded, by all';

CREATE VIEW cdc_fdw_stats AS SELECT * FROM cdc_fdw_stats();

COMMENT ON VIEW cdc_fdw_stats IS 'what was asked of each server, by this session and, if the library is preloaded, by all';

GRANT SELECT ON cdc_fdw_stats TO PUBLIC;
CREATE FUNCTION cdc_fdw_status(tbl regclass)
RETURNS TABLE (foreign_table regclass, load_files bigint, change_files bigint, bytes bigint, base_time timestamptz,
  first_change timestamptz, last_change timestamptz, watermark timestamptz, asof timestamptz, sealed boolean,
  load_holes bigint, largest_gap interval, gap_from timestamptz, problem text)
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT;

COMMENT ON FUNCTION cdc_fdw_status(regclass) IS 'the files of a foreign table''s log, and up to which instant it is provably complete';

CREATE FUNCTION cdc_fdw_server_status(server text)
RETURNS TABLE (foreign_table regclass, load_files bigint, change_files bigint, bytes bigint, base_time timestamptz,
  first_change timestamptz, last_change timestamptz, watermark timestamptz, asof timestamptz, sealed boolean,
  load_holes bigint, largest_gap interval, gap_from timestamptz, problem text)
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT;

COMMENT ON FUNCTION cdc_fdw_server_status(text) IS 'the same of all foreign tables of a server that the caller may read';

CREATE FUNCTION cdc_fdw_watermark(server text, schema text DEFAULT NULL)
RETURNS timestamptz
AS 'MODULE_PATHNAME'
LANGUAGE C;

COMMENT ON FUNCTION cdc_fdw_watermark(text, text) IS 'the newest instant up to which the logs of all foreign tables of a server, or of those in one schema, are provably complete';

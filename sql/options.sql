--
-- Options of servers, user mappings, foreign tables and columns.
-- Nothing here reads a file: what the validator lets pass is planned only.
--
\set VERBOSITY default
CREATE EXTENSION cdc_fdw;
-- Which message, SQLSTATE and hint a statement ends in; ok if in none.
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  detail text;
  hint text;
  context text;
BEGIN
  EXECUTE statement;
  RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN sqlstate || ': ' || sqlerrm
    || coalesce(E'\n  ' || nullif(detail, ''), '') || coalesce(E'\n  -> ' || nullif(hint, ''), '');
END $$;
\pset format unaligned
\pset tuples_only on

-- ---------------------------------------------------------------- names
CREATE SERVER bad FOREIGN DATA WRAPPER cdc_fdw OPTIONS (uri 'file:///x'); -- ERROR
CREATE SERVER bad FOREIGN DATA WRAPPER cdc_fdw OPTIONS (csv_delimeter ','); -- ERROR
CREATE SERVER bad FOREIGN DATA WRAPPER cdc_fdw OPTIONS (colour 'red'); -- ERROR
ALTER FOREIGN DATA WRAPPER cdc_fdw OPTIONS (ADD url 'file:///x'); -- ERROR
ALTER FOREIGN DATA WRAPPER cdc_fdw OPTIONS (ADD colour 'red'); -- ERROR
CREATE SERVER bad FOREIGN DATA WRAPPER cdc_fdw OPTIONS (schema_name 's'); -- ERROR
CREATE SERVER bad FOREIGN DATA WRAPPER cdc_fdw OPTIONS (secret_access_key 's'); -- ERROR
-- names of DMS's settings, in any spelling, lead to the options
SELECT name || ': ' || outcome(format('CREATE SERVER bad FOREIGN DATA WRAPPER cdc_fdw OPTIONS (%I ''x'')', name)) FROM unnest('{TimestampColumnName,timestampcolumnname,csvDelimiter,
  DatePartitionedEnabled,rfc_4180,CdcMaxBatchIntervals,ColumnName,MaxFileSize,write_buffer_size,HandleSourceTableTruncated}'::text[]) name;
CREATE SERVER bad FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file:///x', url 'file:///y'); -- ERROR
SELECT cdc_fdw_validator(ARRAY['url=file:///x', 'url=file:///y'], 'pg_foreign_server'::regclass); -- ERROR
SELECT cdc_fdw_validator(ARRAY['url=file:///x', 'asof=2024-06-12'], 'pg_foreign_server'::regclass);

-- ---------------------------------------------------------------- values of a server
CREATE TABLE samples (n serial, option text, value text);
INSERT INTO samples (option, value) VALUES
  ('url', 's3://bucket'), ('url', 's3://bucket/some folder/a+b%=c/'), ('url', 'file:///dir'),
  ('url', 'file:///'), ('url', ''), ('url', 's3://'), ('url', 's3:///folder'), ('url', 's3://buck et/x'),
  ('url', 'https://bucket.example/x'), ('url', 'file://host/dir'), ('url', 'file:///dir/../etc'), ('url', 's3://bucket/./x'),
  ('url', E's3://bucket/a\nb'),
  ('url', 's3://arn:aws:s3:eu-west-1:111122223333:accesspoint/lake'), ('url', 'arn:aws:s3:::bucket/dms'), ('bucket_name', 'arn:aws-cn:s3:::bucket'),
  ('bucket_name', 'arn:aws:s3:eu-west-1:111122223333:accesspoint/lake'), ('bucket_name', 'arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/lake'), ('bucket_name', 'arn:aws:s3'),
  ('s3_settings', '{"BucketName": "arn:aws:s3:::bucket"}'), ('url', 's3://lake-8ypzxnrd3hkf3wrxk7-s3alias/dms'),
  ('region', 'eu-central-1'), ('region', ''),
  ('endpoint', 'https://localhost:9000'), ('endpoint', 'http://10.0.0.1:9000/'), ('endpoint', 'localhost:9000'),
  ('endpoint', 'https://host/path'), ('endpoint', 'https://key:secret@host'), ('endpoint', 'https://'),
  ('url_style', 'path'), ('url_style', 'Virtual'), ('url_style', 'virtaul'), ('url_style', 'dns'),
  ('ca_file', '/etc/ssl/ca.pem'), ('ca_file', 'ca.pem'),
  ('anonymous', 'true'), ('anonymous', 'perhaps'),
  ('credentials', 'static'), ('credentials', 'Chain'), ('credentials', 'anonymous'), ('credentials', 'chian'),
  ('sts_endpoint', 'https://sts.example'), ('sts_endpoint', 'sts.example'),
  ('role_arn', 'arn:aws:iam::111122223333:role/reader'), ('role_arn', 'a role'), ('external_id', ''), ('role_session_name', 'nightly'),
  ('role_duration', '1 hour'), ('role_duration', '900'), ('role_duration', '1 min'), ('role_duration', '1 day'),
  ('add_column_name', 'y'), ('add_column_name', 'ja'),
  ('csv_delimiter', ';'), ('csv_delimiter', '\t'), ('csv_delimiter', '\\t'), ('csv_delimiter', E'\t'),
  ('csv_delimiter', '\'), ('csv_delimiter', '\x01'), ('csv_delimiter', '\u001f'), ('csv_delimiter', ''),
  ('csv_delimiter', '||'), ('csv_delimiter', '"'), ('csv_delimiter', '\n'), ('csv_delimiter', '\q'),
  ('csv_delimiter', '\x0'), ('csv_delimiter', '\x00'),
  ('csv_row_delimiter', '\n'), ('csv_row_delimiter', '\\n'), ('csv_row_delimiter', E'\n'),
  ('csv_row_delimiter', '\r\n'), ('csv_row_delimiter', 'by_file'), ('csv_row_delimiter', 'By_File'), ('csv_row_delimiter', '\r'), ('csv_row_delimiter', '|'),
  ('csv_row_delimiter', '\n\r'), ('csv_row_delimiter', ''), ('csv_row_delimiter', '"'),
  ('csv_null_value', ''), ('csv_null_value', '\N'), ('csv_no_sup_value', 'n/a'), ('use_csv_no_sup_value', 'x'),
  ('compression_type', 'GZIP'), ('compression_type', 'none'), ('compression_type', 'zip'), ('compression_type', 'bzip2'),
  ('data_format', 'csv'), ('data_format', 'parquet'), ('data_format', 'orc'),
  ('date_partition_sequence', 'MMYYYYDD'), ('date_partition_sequence', 'YYYYDDMM'),
  ('date_partition_delimiter', 'UNDERSCORE'), ('date_partition_delimiter', 'none'), ('date_partition_delimiter', '/'),
  ('date_partition_timezone', 'America/New_York'), ('date_partition_timezone', 'Atlantis/Port'), ('date_partition_timezone', ''),
  ('cdc_path', 'transactions/all'), ('cdc_path', '/transactions'), ('cdc_path', '../other'), ('cdc_path', 'a//b'),
  ('bucket_name', 'my-bucket'), ('bucket_name', 'my/bucket'), ('bucket_folder', 'a/b/'), ('bucket_folder', ''),
  ('bucket_folder', 'a/..'), ('expected_bucket_owner', '111122223333'), ('expected_bucket_owner', '1111-2222-3333'),
  ('asof', '2024-06-12'), ('asof', '2024-06-12 10:31:25.123456'), ('asof', '2024-06-12T10:31:25Z'),
  ('asof', '2024-06-12 10:31 Asia/Tokyo'), ('asof', 'infinity'), ('asof', 'now'), ('asof', 'today 10:00'), ('asof', 'Yesterday'),
  ('asof', 'watermark'), ('asof', 'pin:release'), ('asof', ''), ('asof', '2024-06-31'), ('asof', '12/06/2024'), ('asof', 'noon-ish');
SELECT option || ' ' || quote_literal(value) || ' ' ||
  outcome(format('CREATE SERVER s%s FOREIGN DATA WRAPPER cdc_fdw OPTIONS (%I %L)', n, option, value))
FROM samples ORDER BY n;

-- settings of the session change nothing, and stay as they are
SET DateStyle = 'SQL, DMY';
SET TimeZone = 'Asia/Tokyo';
CREATE SERVER bad FOREIGN DATA WRAPPER cdc_fdw OPTIONS (asof '12/06/2024'); -- ERROR
CREATE SERVER bad FOREIGN DATA WRAPPER cdc_fdw OPTIONS (asof 'noon'); -- ERROR
SHOW DateStyle;
SHOW TimeZone;
RESET DateStyle;
RESET TimeZone;

-- ---------------------------------------------------------------- values of a table
CREATE SERVER files FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file:///nowhere/log');
TRUNCATE samples RESTART IDENTITY;
INSERT INTO samples (option, value) VALUES
  ('schema_name', 'shop'), ('schema_name', '..'), ('table_name', 'item'), ('table_name', 'a/../b'),
  ('prefix', 'shop/item'), ('prefix', '/shop/item'), ('prefix', 'shop/../../etc'), ('prefix', 'file:///nowhere/log/x'),
  ('prefix', 'ftp://x/y'),
  ('allow_empty', 'on'), ('allow_empty', 'often'), ('allow_gaps', 'false'),
  ('before_base', 'base'), ('before_base', 'emtpy'), ('before_base', 'NULL'),
  ('clock_skew', '10 s'), ('clock_skew', '0'), ('clock_skew', '2 days 1 min'), ('clock_skew', '-1 s'),
  ('clock_skew', '1 month'), ('clock_skew', 'a while'), ('clock_skew', '999999999 days'), ('clock_skew', '106751990 days'), ('clock_skew', '36501 days'), ('clock_skew', '36500 days'),
  ('changes_from', '2024-06-12'), ('changes_from', 'tomorrow'),
  ('partition_folders', 'true'), ('timezone', 'Asia/Tokyo'), ('timezone', 'Mars'),
  ('on_error', 'SKIP'), ('on_error', 'ignore'), ('reject_limit', '9999999999'), ('reject_limit', '0'), ('reject_limit', '-1'), ('reject_limit', 'many'),
  ('mode', 'snapshot'), ('mode', 'history'), ('mode', 'changes'), ('mode', 'snapshots'),
  ('known_at', '2024-06-12'), ('late_files', 'scan'), ('open_end', 'null'), ('collapse', 'false'), ('check_base', 'true'),
  ('url', 'file:///x'), ('access_key_id', 'A'), ('key', 'true'), ('shema_name', 'shop');
SELECT option || ' ' || quote_literal(value) || ' ' ||
  outcome(format('CREATE FOREIGN TABLE t%s (a int) SERVER files OPTIONS (%I %L)', n, option, value))
FROM samples ORDER BY n;

-- ---------------------------------------------------------------- values of a column
TRUNCATE samples RESTART IDENTITY;
INSERT INTO samples (option, value) VALUES
  ('key', 'true'), ('key', 'primary'), ('column_name', 'A'), ('column_name', 'a, b ,"c, ""d"" "'), ('column_name', ''),
  ('column_name', 'a,,b'), ('column_name', '"a'), ('column_name', '"a"b'), ('before', 'id'), ('before', ''),
  ('sequence', 'true'), ('position', '3'), ('position', '0'), ('position', '-1'), ('position', '2nd'), ('position', '99999999999'),
  ('null_on_update', 'keep'), ('null_on_update', 'kep'), ('null_on_update', 'drop'),
  ('role', 'op'), ('role', 'file_tine'), ('role', 'boss'), ('role', 'known_at'), ('role', 'row'), ('role', 'valid_from'),
  ('role', 'valid_to'), ('role', 'valid_range'), ('role', 'end_op'), ('role', 'unsupplied'),
  ('missing', 'none'), ('missing', ''), ('encoding', 'LATIN1'), ('asof', '2024-06-12'), ('postion', '1');
SELECT option || ' ' || quote_literal(value) || ' ' ||
  outcome(format('CREATE FOREIGN TABLE c%s (a text OPTIONS (%I %L)) SERVER files', n, option, value))
FROM samples ORDER BY n;
-- two options of one column
CREATE FOREIGN TABLE bad (a text OPTIONS (role 'op', key 'true')) SERVER files; -- ERROR
CREATE FOREIGN TABLE bad (a text OPTIONS (role 'file', column_name 'f')) SERVER files; -- ERROR
CREATE FOREIGN TABLE bad (a bigint OPTIONS (role 'line', position '2')) SERVER files; -- ERROR
CREATE FOREIGN TABLE bad (a text OPTIONS (role 'op', before 'id')) SERVER files; -- ERROR
CREATE FOREIGN TABLE bad (a int OPTIONS (key 'true', before 'id')) SERVER files; -- ERROR
CREATE FOREIGN TABLE bad (a int OPTIONS (sequence 'true', before 'id')) SERVER files; -- ERROR
CREATE FOREIGN TABLE bad (a int OPTIONS (key 'true', null_on_update 'keep')) SERVER files; -- ERROR

-- ---------------------------------------------------------------- user mappings
CREATE SERVER cloud FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 's3://bucket/dms', region 'eu-central-1');
CREATE USER MAPPING FOR CURRENT_USER SERVER cloud OPTIONS (access_key_id 'AKIAEXAMPLE'); -- ERROR
CREATE USER MAPPING FOR CURRENT_USER SERVER cloud OPTIONS (secret_access_key 'hushhush'); -- ERROR
CREATE USER MAPPING FOR CURRENT_USER SERVER cloud OPTIONS (session_token 'token'); -- ERROR
CREATE USER MAPPING FOR CURRENT_USER SERVER cloud OPTIONS (access_key_id 'AKIAEXAMPLE', secret_access_key 'hush hush'); -- ERROR
CREATE USER MAPPING FOR CURRENT_USER SERVER cloud OPTIONS (access_key_id '', secret_access_key 'hushhush'); -- ERROR
CREATE USER MAPPING FOR CURRENT_USER SERVER cloud OPTIONS (user 'me', password 'hushhush'); -- ERROR
CREATE USER MAPPING FOR CURRENT_USER SERVER cloud OPTIONS (access_key_id 'AKIAEXAMPLE', secret_access_key 'hushhush', session_token 'token');
ALTER USER MAPPING FOR CURRENT_USER SERVER cloud OPTIONS (DROP secret_access_key); -- ERROR
DROP USER MAPPING FOR CURRENT_USER SERVER cloud;
CREATE USER MAPPING FOR CURRENT_USER SERVER cloud;

-- ---------------------------------------------------------------- whose credentials
CREATE SERVER bad FOREIGN DATA WRAPPER cdc_fdw OPTIONS (anonymous 'true', credentials 'chain'); -- ERROR
CREATE SERVER trusted FOREIGN DATA WRAPPER cdc_fdw OPTIONS (credentials_required 'false', allow_http 'true');
CREATE ROLE regress_cdc_owner;
GRANT USAGE ON FOREIGN DATA WRAPPER cdc_fdw TO regress_cdc_owner;
ALTER SERVER trusted OWNER TO regress_cdc_owner;
SET ROLE regress_cdc_owner;
CREATE SERVER bad FOREIGN DATA WRAPPER cdc_fdw OPTIONS (credentials_required 'false'); -- ERROR
CREATE SERVER bad FOREIGN DATA WRAPPER cdc_fdw OPTIONS (allow_http 'true'); -- ERROR
ALTER SERVER trusted OPTIONS (ADD region 'eu-west-1'); -- ERROR
ALTER SERVER trusted OPTIONS (DROP credentials_required, SET allow_http 'false', ADD region 'eu-west-1');
RESET ROLE;
DROP SERVER trusted;
DROP OWNED BY regress_cdc_owner;
DROP ROLE regress_cdc_owner;

-- ---------------------------------------------------------------- s3_settings
TRUNCATE samples RESTART IDENTITY;
INSERT INTO samples (option, value) VALUES
  -- S3Settings, with what does not matter for reading
  ('', $${"ServiceAccessRoleArn": "arn:aws:iam::111122223333:role/dms", "ExternalTableDefinition": "", "CsvRowDelimiter": "\\n",
    "CsvDelimiter": ",", "BucketFolder": "dms", "BucketName": "bucket", "CompressionType": "NONE", "EncryptionMode": "SSE_S3",
    "ServerSideEncryptionKmsKeyId": null, "DataFormat": "csv", "EncodingType": "rle-dictionary", "DictPageSizeLimit": 1048576,
    "RowGroupLength": 10000, "DataPageSize": 1048576, "ParquetVersion": "parquet-1-0", "EnableStatistics": true,
    "IncludeOpForFullLoad": false, "CdcInsertsOnly": false, "TimestampColumnName": "commit_ts",
    "ParquetTimestampInMillisecond": false, "CdcInsertsAndUpdates": false, "DatePartitionEnabled": false,
    "DatePartitionSequence": "YYYYMMDD", "DatePartitionDelimiter": "SLASH", "UseCsvNoSupValue": false, "CsvNoSupValue": "",
    "PreserveTransactions": false, "CdcPath": "", "UseTaskStartTimeForFullLoadTimestamp": true, "CannedAclForObjects": "none",
    "AddColumnName": "true", "CdcMaxBatchInterval": 60, "CdcMinFileSize": 32000, "CsvNullValue": "NULL", "IgnoreHeaderRows": 0,
    "MaxFileSize": 1048576, "Rfc4180": true, "DatePartitionTimezone": "", "AddTrailingPaddingCharacter": false,
    "ExpectedBucketOwner": "111122223333", "GlueCatalogGeneration": false}$$),
  ('', '{}'),
  ('', $${"csvDelimiter": ";", "rfc_4180": "n", "ADDCOLUMNNAME": true}$$),
  ('', $${"CsvDelimeter": ";"}$$),
  ('', $${"MaxFilesize": 1, "Colour": "red"}$$),
  ('', $${"CsvDelimiter": "ab"}$$),
  ('', $${"CsvDelimiter": [","]}$$),
  ('', $${"AddColumnName": "perhaps"}$$),
  ('', $${"AddColumnName": 1}$$),
  ('', $${"AddColumnName": true, "addColumnName": false}$$),
  ('', $${"DataFormat": "parquet"}$$),
  ('', $${"AddTrailingPaddingCharacter": true}$$),
  ('', $${"CsvDelimiter": }$$),
  ('', $$[{"CsvDelimiter": ";"}]$$),
  ('', $$"CsvDelimiter"$$),
  -- an endpoint, as create-endpoint takes and describe-endpoints prints it
  ('', $${"EndpointIdentifier": "lake", "EndpointType": "TARGET", "EngineName": "s3", "Status": "active", "SslMode": "none",
    "ExtraConnectionAttributes": "bucketName=bucket;csvDelimiter=,;csvRowDelimiter=\\n;datePartitionedEnabled=false",
    "S3Settings": {"CsvDelimiter": ";", "BucketName": "bucket"}}$$),
  ('', $${"Endpoint": {"EngineName": "S3", "EndpointType": "target", "S3Settings": {"AddColumnName": true}}}$$),
  ('', $${"Endpoints": [{"EngineName": "s3", "EndpointType": "TARGET", "S3Settings": {"AddColumnName": true}}]}$$),
  ('', $${"Endpoints": [{"S3Settings": {}}, {"S3Settings": {}}]}$$),
  ('', $${"Endpoints": []}$$),
  ('', $${"Endpoints": {"S3Settings": {}}}$$),
  ('', $${"Endpoint": "lake"}$$),
  ('', $${"EngineName": "s3", "EndpointType": "TARGET"}$$),
  ('', $${"EngineName": "postgres", "EndpointType": "TARGET", "PostgreSQLSettings": {}}$$),
  ('', $${"EngineName": "s3", "EndpointType": "SOURCE", "S3Settings": {}}$$),
  ('', $${"S3Settings": {"AddColumName": true}}$$),
  -- connection attributes
  ('', 'addColumnName=true;timestampColumnName=commit_ts;csvDelimiter=;maxFileSize=512'),
  ('', $$csvNullValue='';csvDelimiter=';';bucketFolder=dms;compressionType=GZIP;$$),
  ('', E' csvRowDelimiter=\\r\\n;\n rfc4180 =n'),
  ('', 'WriteBufferSize=1000;maxFileSize=1;KEEPCSVFILES=false;handleSourceTableTruncated=true;detach_target_on_lob_lookup_failure_parquet=true'),
  ('', 'WriteBuferSize=1000'),
  ('', 'addColumName=true'),
  ('', 'addColumnName'),
  ('', 'addColumnName=true;addColumnName=false'),
  ('', 'csvDelimiter=||'),
  ('', '');
SELECT n || ' ' ||
  outcome(format('CREATE SERVER j%s FOREIGN DATA WRAPPER cdc_fdw OPTIONS (s3_settings %L)', n, value))
FROM samples ORDER BY n;
-- what JSON gives twice, the same value or another, NULL, an object, in another case, whatever strings hold
SELECT outcome(format('CREATE SERVER twin FOREIGN DATA WRAPPER cdc_fdw OPTIONS (s3_settings %L)', value)) || '  ' || value FROM unnest(ARRAY[
  $${"CsvDelimiter": ";", "CsvDelimiter": ","}$$, $${"CsvDelimiter": ";", "CsvDelimiter": ";"}$$, $${"CsvDelimiter": null, "CsvDelimiter": ";"}$$,
  $${"CsvDelimiter": ";", "Csv\u0044elimiter": ","}$$, $${"S3Settings": {"CsvNullValue": "\\", "CsvNullValue": "\":"}}$$, $${"S3Settings": {"CsvDelimiter": ";"}, "S3Settings": {}}$$,
  $${"S3Settings": {"CsvDelimiter": ";"}, "s3Settings": {}}$$, $${"Endpoints": [{"EngineName": "s3", "engineName": "s3", "S3Settings": {}}]}$$,
  $${"CsvNullValue": "a\":\\", "CsvDelimiter": ":"}$$]) value;
-- a value of 1 MB is read, a longer one is not
SELECT outcome(format('CREATE SERVER long FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url %L)', 'file:///' || repeat('x', 1024 * 1024 - 8)));
SELECT outcome(format('ALTER SERVER long OPTIONS (SET url %L)', 'file:///' || repeat('x', 1024 * 1024 - 7)));
SELECT outcome(format('CREATE FOREIGN TABLE long (id int OPTIONS (key %L)) SERVER long OPTIONS (prefix %L)', 'true', repeat('x', 10000000)));
SELECT outcome(format('CREATE FOREIGN TABLE long (id int OPTIONS (column_name %L)) SERVER long', repeat('x,', 1000000)));
DROP SERVER long;

-- ---------------------------------------------------------------- planning: where the log lies
CREATE FUNCTION plan(statement text) RETURNS text LANGUAGE sql AS $$
  SELECT outcome('EXPLAIN ' || statement)
$$;
CREATE SERVER lost FOREIGN DATA WRAPPER cdc_fdw;
CREATE FOREIGN TABLE p1 (id int OPTIONS (key 'true')) SERVER lost OPTIONS (schema_name 'shop');
SELECT plan('SELECT * FROM p1'); -- ERROR
ALTER FOREIGN TABLE p1 OPTIONS (ADD bucket_name 'bucket');
SELECT plan('SELECT * FROM p1');
CREATE FOREIGN TABLE p2 (id int OPTIONS (key 'true')) SERVER files;
SELECT plan('SELECT * FROM p2'); -- ERROR
ALTER FOREIGN TABLE p2 OPTIONS (ADD prefix 'shop/p2/');
SELECT plan('SELECT * FROM p2');
ALTER FOREIGN TABLE p2 OPTIONS (ADD table_name 'p2');
SELECT plan('SELECT * FROM p2'); -- ERROR
ALTER FOREIGN TABLE p2 OPTIONS (DROP table_name, SET prefix 'file:///nowhere/log/shop/p2');
SELECT plan('SELECT * FROM p2');
ALTER FOREIGN TABLE p2 OPTIONS (SET prefix 'file:///nowhere/login/p2');
SELECT plan('SELECT * FROM p2'); -- ERROR
ALTER FOREIGN TABLE p2 OPTIONS (SET prefix 'file:///nowhere/log');
SELECT plan('SELECT * FROM p2');
ALTER FOREIGN TABLE p2 OPTIONS (SET prefix 'shop/p2/a,shop/p2,shop/p2-b');
SELECT plan('SELECT * FROM p2'); -- ERROR
ALTER FOREIGN TABLE p2 OPTIONS (SET prefix 'shop/p2,other,shop/p2/');
SELECT plan('SELECT * FROM p2'); -- ERROR
-- folders whose names begin alike are apart; tens of thousands of them are compared in no time to speak of
SET statement_timeout = '10s';
SELECT outcome(format('ALTER FOREIGN TABLE p2 OPTIONS (SET prefix %L)', (SELECT string_agg('p' || 40000 - n, ',') FROM generate_series(1, 40000) n)));
SELECT plan('SELECT * FROM p2');
RESET statement_timeout;
ALTER FOREIGN TABLE p2 OPTIONS (SET prefix 's3://bucket/shop/p2');
SELECT plan('SELECT * FROM p2'); -- ERROR
CREATE FOREIGN TABLE ".." (id int) SERVER files OPTIONS (schema_name 'shop');
SELECT plan('SELECT * FROM ".."'); -- ERROR
-- url and bucket agree
CREATE FOREIGN TABLE p3 (id int OPTIONS (key 'true')) SERVER cloud OPTIONS (schema_name 'shop');
SELECT plan('SELECT * FROM p3');
ALTER SERVER cloud OPTIONS (ADD bucket_name 'bucket', ADD bucket_folder 'dms/');
SELECT plan('SELECT * FROM p3');
ALTER SERVER cloud OPTIONS (SET bucket_folder 'other');
SELECT plan('SELECT * FROM p3'); -- ERROR
ALTER SERVER cloud OPTIONS (SET bucket_name 'elsewhere', DROP bucket_folder);
SELECT plan('SELECT * FROM p3'); -- ERROR
ALTER SERVER cloud OPTIONS (DROP bucket_name, ADD s3_settings '{"BucketName": "bucket"}');
SELECT plan('SELECT * FROM p3');
ALTER SERVER cloud OPTIONS (SET s3_settings '{"BucketName": "bucket2"}');
SELECT plan('SELECT * FROM p3'); -- ERROR
ALTER SERVER cloud OPTIONS (DROP s3_settings);
-- a table may go deeper, never elsewhere
ALTER FOREIGN TABLE p3 OPTIONS (ADD bucket_name 'bucket');
SELECT plan('SELECT * FROM p3');
ALTER FOREIGN TABLE p3 OPTIONS (ADD bucket_folder 'dms/2024');
SELECT plan('SELECT * FROM p3');
ALTER FOREIGN TABLE p3 OPTIONS (SET bucket_folder 'dms2024');
SELECT plan('SELECT * FROM p3'); -- ERROR
ALTER FOREIGN TABLE p3 OPTIONS (DROP bucket_folder, SET bucket_name 'elsewhere');
SELECT plan('SELECT * FROM p3'); -- ERROR
ALTER FOREIGN TABLE p3 OPTIONS (DROP bucket_name);

-- ---------------------------------------------------------------- planning: settings that contradict each other
CREATE FOREIGN TABLE q (id int OPTIONS (key 'true'), v text) SERVER files OPTIONS (schema_name 'shop');
-- what each set of table options, added to it, ends in
CREATE FUNCTION with_options(VARIADIC names_and_values text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  adds text := '';
  drops text := '';
  result text;
BEGIN
  FOR i IN 1 .. array_length(names_and_values, 1) BY 2 LOOP
    adds := adds || format(', ADD %I %L', names_and_values[i], names_and_values[i + 1]);
    drops := drops || format(', DROP %I', names_and_values[i]);
  END LOOP;
  EXECUTE 'ALTER FOREIGN TABLE q OPTIONS (' || substr(adds, 3) || ')';
  result := plan('SELECT * FROM q');
  EXECUTE 'ALTER FOREIGN TABLE q OPTIONS (' || substr(drops, 3) || ')';
  RETURN array_to_string(names_and_values, ' ') || ' ' || result;
END $$;
SELECT with_options('preserve_transactions', 'true'); -- ERROR
SELECT with_options('preserve_transactions', 'true', 'cdc_path', 'txn');
SELECT with_options('preserve_transactions', 'false', 'cdc_path', 'txn', 'add_column_name', 'true');
SELECT with_options('preserve_transactions', 'true', 'cdc_path', 'txn', 'add_column_name', 'true'); -- ERROR
SELECT with_options('preserve_transactions', 'true', 'cdc_path', 'txn', 'date_partition_enabled', 'true'); -- ERROR
SELECT with_options('preserve_transactions', 'true', 'cdc_path', 'txn', 'prefix', 'x'); -- ERROR
SELECT with_options('preserve_transactions', 'true', 'cdc_path', 'txn', 'prefix', 'x', 'table_name', 'item');
SELECT with_options('cdc_inserts_only', 'true', 'cdc_inserts_and_updates', 'true'); -- ERROR
SELECT with_options('csv_delimiter', '|', 'csv_row_delimiter', '|'); -- ERROR
SELECT with_options('use_csv_no_sup_value', 'true'); -- ERROR
SELECT with_options('use_csv_no_sup_value', 'true', 'csv_no_sup_value', ''); -- ERROR
SELECT with_options('use_csv_no_sup_value', 'true', 'csv_no_sup_value', 'n/a');
SELECT with_options('use_csv_no_sup_value', 'true', 'csv_no_sup_value', 'n/a', 'csv_null_value', 'n/a'); -- ERROR
SELECT with_options('use_csv_no_sup_value', 'false', 'csv_no_sup_value', 'n/a', 'csv_null_value', 'n/a');

-- whose word counts: the table's, then its s3_settings, the server's, then its s3_settings
ALTER SERVER files OPTIONS (ADD s3_settings '{"CdcInsertsOnly": true}');
SELECT with_options('cdc_inserts_and_updates', 'true'); -- ERROR
SELECT with_options('cdc_inserts_and_updates', 'true', 'cdc_inserts_only', 'false');
SELECT with_options('cdc_inserts_and_updates', 'true', 's3_settings', 'cdcInsertsOnly=false');
SELECT with_options('s3_settings', 'cdcInsertsOnly=false;cdcInsertsAndUpdates=true');
SELECT with_options('s3_settings', 'cdcInsertsOnly=false;cdcInsertsAndUpdates=true', 'cdc_inserts_only', 'true'); -- ERROR
ALTER SERVER files OPTIONS (ADD cdc_inserts_only 'false');
SELECT with_options('cdc_inserts_and_updates', 'true');
SELECT with_options('cdc_inserts_and_updates', 'true', 's3_settings', '{"CdcInsertsOnly": "y"}'); -- ERROR
ALTER SERVER files OPTIONS (DROP cdc_inserts_only, DROP s3_settings);

-- ---------------------------------------------------------------- planning: columns
CREATE FUNCTION with_columns(columns text, options text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE 'CREATE FOREIGN TABLE w (' || columns || ') SERVER files OPTIONS (schema_name ''shop''' || options || ')';
  result := plan('SELECT * FROM w');
  DROP FOREIGN TABLE w;
  RETURN result;
END $$;
SELECT with_columns($$id int OPTIONS (key 'true'), v text OPTIONS (column_name 'v, "V 2"', null_on_update 'keep'),
  old_id int OPTIONS (before 'id', column_name 'BI_id'), seq text OPTIONS (sequence 'true', column_name '$AR_H_CHANGE_SEQ'),
  op text OPTIONS (role 'op'), at timestamptz OPTIONS (role 'commit_time'), fat timestamptz OPTIONS (role 'file_time'),
  f text OPTIONS (role 'file'), l bigint OPTIONS (role 'line'), t timestamptz OPTIONS (role 'asof')$$,
  $$, timestamp_column_name 'commit_ts'$$);
-- before images
SELECT with_columns($$id int OPTIONS (key 'true'), b int OPTIONS (before 'idd')$$); -- ERROR
SELECT with_columns($$id int OPTIONS (key 'true'), b int OPTIONS (before 'nothing')$$); -- ERROR
SELECT with_columns($$id int OPTIONS (key 'true'), v int, b int OPTIONS (before 'v')$$); -- ERROR
SELECT with_columns($$id int OPTIONS (key 'true'), b text OPTIONS (before 'id')$$); -- ERROR
SELECT with_columns($$id int OPTIONS (key 'true'), b int OPTIONS (before 'id'), c int OPTIONS (before 'id')$$); -- ERROR
SELECT with_columns($$b int OPTIONS (before 'b')$$); -- ERROR
SELECT with_columns($$b int OPTIONS (before 'id'), id int OPTIONS (key 'true')$$);
-- keys and sequences
SELECT with_columns($$id json OPTIONS (key 'true')$$); -- ERROR
SELECT with_columns($$id interval OPTIONS (key 'true')$$); -- ERROR
SELECT with_columns($$id int4range OPTIONS (key 'true')$$); -- ERROR
SELECT with_columns($$a int OPTIONS (key 'true'), b text OPTIONS (key 'true'), v point$$);
SELECT with_columns($$id int, s text OPTIONS (sequence 'true'), s2 text OPTIONS (sequence 'true')$$); -- ERROR
SELECT with_columns($$id int, s xml OPTIONS (sequence 'true')$$); -- ERROR
-- roles
SELECT with_columns($$id int, a text OPTIONS (role 'op'), b text OPTIONS (role 'op')$$); -- ERROR
SELECT with_columns($$id int, a char(1) OPTIONS (role 'op')$$); -- ERROR
SELECT with_columns($$id int, a timestamp OPTIONS (role 'file_time')$$); -- ERROR
SELECT with_columns($$id int, a date OPTIONS (role 'asof')$$); -- ERROR
SELECT with_columns($$id int, a int OPTIONS (role 'line')$$); -- ERROR
SELECT with_columns($$id int, a name OPTIONS (role 'file')$$); -- ERROR
SELECT with_columns($$id int, a timestamptz OPTIONS (role 'commit_time')$$); -- ERROR
SELECT with_columns($$a text OPTIONS (role 'op')$$); -- ERROR
SELECT with_columns(''); -- ERROR
-- positions
SELECT with_columns($$a int, b int OPTIONS (position '3'), c int, d int OPTIONS (position '5')$$);
SELECT with_columns($$a int, b int OPTIONS (position '3'), c int, d int OPTIONS (position '4')$$); -- ERROR
SELECT with_columns($$a int OPTIONS (position '2'), b int OPTIONS (position '1')$$); -- ERROR
SELECT with_columns($$a int, o text OPTIONS (role 'op'), b int OPTIONS (position '2')$$);
SELECT with_columns($$a int OPTIONS (position '2')$$, $$, add_column_name 'true'$$); -- ERROR
-- what cannot be read
SELECT with_columns($$a int, b int GENERATED ALWAYS AS (a + 1) STORED$$); -- ERROR
-- a dropped column leaves no trace
CREATE FOREIGN TABLE dropped (id int OPTIONS (key 'true'), v text OPTIONS (role 'op'), op text OPTIONS (role 'op')) SERVER files
  OPTIONS (schema_name 'shop');
SELECT plan('SELECT * FROM dropped'); -- ERROR
ALTER FOREIGN TABLE dropped DROP COLUMN v;
SELECT plan('SELECT * FROM dropped');

-- ---------------------------------------------------------------- as whom
CREATE ROLE regress_cdc_reader;
GRANT SELECT ON p3, q TO regress_cdc_reader;
SELECT outcome('SELECT * FROM p3') ~ 'has no credentials for server "cloud"'; -- an empty mapping signs nothing
SET ROLE regress_cdc_reader;
SELECT * FROM p3; -- ERROR
SELECT * FROM q; -- ERROR
RESET ROLE;

-- ---------------------------------------------------------------- files of the server's machine
-- named by who may read them alone, and regular ones
CREATE ROLE regress_cdc_files;
GRANT USAGE ON FOREIGN DATA WRAPPER cdc_fdw TO regress_cdc_files;
SET ROLE regress_cdc_files;
CREATE SERVER trusting FOREIGN DATA WRAPPER cdc_fdw
  OPTIONS (url 's3://b', anonymous 'true', endpoint 'http://127.0.0.1:1', ca_file '/proc/self/fd/3');
CREATE SERVER trusting FOREIGN DATA WRAPPER cdc_fdw
  OPTIONS (url 's3://b', anonymous 'true', endpoint 'http://127.0.0.1:1');
ALTER SERVER trusting OPTIONS (ADD ca_file '/dev/null');
RESET ROLE;
CREATE FOREIGN TABLE trusted (id int) SERVER trusting OPTIONS (schema_name 's');
ALTER SERVER trusting OPTIONS (ADD ca_file '/dev/null');
-- set by a superuser; but the server is another's
SELECT * FROM trusted;
SET ROLE regress_cdc_files;
ALTER SERVER trusting OPTIONS (ADD region 'eu-west-1');
ALTER SERVER trusting OPTIONS (SET ca_file '/etc/passwd');
RESET ROLE;
GRANT pg_read_server_files TO regress_cdc_files;
SELECT * FROM trusted;
ALTER SERVER trusting OPTIONS (SET ca_file '/dev/none');
SELECT * FROM trusted;
ALTER SERVER trusting OPTIONS (SET ca_file '/proc');
SELECT * FROM trusted;
-- no file on a disk, whatever it says
ALTER SERVER trusting OPTIONS (SET ca_file '/proc/self/status');
SELECT * FROM trusted;
SET ROLE regress_cdc_files;
ALTER SERVER trusting OPTIONS (SET ca_file '/dev/zero');
RESET ROLE;
SELECT * FROM trusted;
DROP SERVER trusting CASCADE;
REVOKE USAGE ON FOREIGN DATA WRAPPER cdc_fdw FROM regress_cdc_files;
DROP ROLE regress_cdc_files;

-- what all columns may say: a catalog keeps little of what is much to read
CREATE FOREIGN TABLE talkative (id int OPTIONS (key 'true')) SERVER files OPTIONS (prefix 'talk');
DO $$ BEGIN FOR i IN 1..9 LOOP
  EXECUTE format('ALTER FOREIGN TABLE talkative ADD c%s text OPTIONS (column_name %L)', i, repeat('z,', 250000) || i);
END LOOP; END $$;
SELECT outcome('EXPLAIN SELECT * FROM talkative');
DROP FOREIGN TABLE talkative;

-- ---------------------------------------------------------------- the session setting
SHOW cdc_fdw.asof;
SET cdc_fdw.asof = '2024-06-12 10:00';
SHOW cdc_fdw.asof;
RESET cdc_fdw.asof;
SET cdc_fdw.as_of = '2024-06-12 10:00'; -- ERROR

-- ---------------------------------------------------------------- the end
DROP OWNED BY regress_cdc_reader;
DROP ROLE regress_cdc_reader;
SET client_min_messages = warning;
DROP EXTENSION cdc_fdw CASCADE;
DROP FUNCTION outcome(text), plan(text), with_options(text[]), with_columns(text, text);
DROP TABLE samples;

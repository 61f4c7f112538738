-- A value of the log is one value: for every session, on every day, or it is an error.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE EXTENSION hstore SCHEMA regress;
SET search_path = public, regress;
CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
\pset null '<null>'
-- a table with one value; what a query on it says, and the option that an error names
CREATE FUNCTION regress.read(type text, value text, options text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
  message text;
  hint text;
  detail text;
  option text;
BEGIN
  CALL regress.file('v/one/LOAD00000001.csv', '1,"' || replace(value, '"', '""') || '"' || E'\n');
  EXECUTE format('CREATE FOREIGN TABLE one (id int, v %s) SERVER log OPTIONS (schema_name ''v''%s)', type, options);
  BEGIN
    EXECUTE 'SELECT v::text FROM one' INTO result;
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, option = CONSTRAINT_NAME;
    result := concat_ws(E'\n', SQLSTATE || ': ' || message, 'DETAIL: ' || nullif(detail, ''), 'HINT: ' || nullif(hint, ''), 'OPTION: ' || nullif(option, ''));
  END;
  DROP FOREIGN TABLE one;
  RETURN result;
END $$;

-- ---------------------------------------------------------------- sessions
CREATE TYPE regress.stay AS (name text, at timestamptz, long interval, sums money[]);
CREATE DOMAIN regress.second AS text CHECK (VALUE::date = date '2005-01-02');
SELECT format('I,%s', string_agg('"' || replace(v, '"', '""') || '"', ',')) AS record FROM unnest(ARRAY[
  '1', '2024-01-02T03:04:05', '20240102', 'Jan 8, 1999', '1999.008', '1 mon -2 days +03:04:05', 'P1DT2H', '1,234.50', 'pg_class', '{1,NULL}',
  '(x,"2024-01-02 03:04","-1 days +02:03:04","{1.50,$2}")', '["2024-01-02 03:04",)', '03:04:05', '2024-01-02 03:04:05 EST', '05/01/02']) v \gset
CREATE PROCEDURE regress.log(name text, record text) LANGUAGE sql AS $$ CALL regress.file('v/' || name || '/LOAD00000001.csv', record || E'\n'); $$;
CALL regress.log('all', :'record');
CREATE FOREIGN TABLE alls (id int OPTIONS (key 'true'), ts timestamptz, d date, dm timestamp, j date, i interval, ii interval, m money, r regclass, a text[],
  s regress.stay, p tstzrange, tt timetz, zone timestamptz, dom regress.second)
  SERVER log OPTIONS (schema_name 'v', table_name 'all', include_op_for_full_load 'true');
\x on
SELECT * FROM alls;
\x off
-- what these settings show is theirs; what is read is the log's
CREATE FUNCTION regress.sessions(query text) RETURNS TABLE (setting text, answer text) LANGUAGE plpgsql AS $$
DECLARE
  s text;
BEGIN
  FOREACH s IN ARRAY ARRAY['DateStyle=ISO, YMD', 'DateStyle=SQL, DMY', 'DateStyle=German', 'DateStyle=Postgres, MDY', 'IntervalStyle=sql_standard', 'IntervalStyle=iso_8601',
    'TimeZone=America/New_York', 'TimeZone=Asia/Kolkata', 'timezone_abbreviations=Australia', 'timezone_abbreviations=India', 'array_nulls=off', 'bytea_output=escape',
    'extra_float_digits=-3', 'quote_all_identifiers=on', 'search_path=regress, public', 'xmloption=document', 'xmlbinary=hex', 'lc_monetary=C', 'standard_conforming_strings=off'] LOOP
    PERFORM set_config(split_part(s, '=', 1), split_part(s, '=', 2), true);
    BEGIN
      EXECUTE query INTO answer;
    EXCEPTION WHEN OTHERS THEN
      answer := SQLERRM;
    END;
    EXECUTE format('RESET %s', split_part(s, '=', 1));
    SET DateStyle = 'ISO, YMD';
    SET TimeZone = 'UTC';
    SET search_path = public, regress;
    setting := s;
    RETURN NEXT;
  END LOOP;
END $$;
CREATE TABLE regress.pg_class (id int);
SELECT DISTINCT left(answer, 8) AS answer FROM regress.sessions('SELECT fingerprint FROM public.cdc_fdw_fingerprint(''public.alls'')');
-- a row as JSON, and a key given as JSON
CREATE FOREIGN TABLE by_day (d date OPTIONS (key 'true'), at timestamptz, i interval, f float8, b bytea) SERVER log OPTIONS (schema_name 'v', include_op_for_full_load 'true');
CALL regress.log('by_day', 'I,2024-01-02,2024-01-02 03:04:05,-1 days +02:03:04,0.1,00ff');
SELECT DISTINCT answer FROM regress.sessions('SELECT state::text FROM public.cdc_fdw_explain_row(''public.by_day'', ''{"d": "2024-01-02"}'')');
-- JSON in the log's own encodings
CREATE FOREIGN TABLE nest (id int OPTIONS (key 'true'), v jsonb OPTIONS (encoding 'row', fields 'at timestamptz, i interval, n pg_catalog.regclass, m money, f float8'))
  SERVER log OPTIONS (schema_name 'v', include_op_for_full_load 'true');
CALL regress.log('nest', 'I,1,"(""2024-01-02 03:04:05"",""-1 days +02:03:04"",pg_class,1.50,0.1)"');
SELECT DISTINCT answer FROM regress.sessions('SELECT v::text FROM public.nest');
-- values given in place of missing columns, too
CREATE FOREIGN TABLE lacks (id int OPTIONS (key 'true'), at timestamptz OPTIONS (missing '2024-01-02 03:04:05'), i interval OPTIONS (missing '-1 days +02:03:04'))
  SERVER log OPTIONS (schema_name 'v', include_op_for_full_load 'true');
CALL regress.log('lacks', 'I,1');
SELECT DISTINCT left(answer, 8) AS answer FROM regress.sessions('SELECT fingerprint FROM public.cdc_fdw_fingerprint(''public.lacks'')');

-- ---------------------------------------------------------------- datestyle
-- what the order of a date's fields, or the reach of a sign, would decide is an error that names the option
SELECT type, value, regress.read(type, value) FROM (VALUES ('date', '9/1/2006'), ('date', '31.12.2006'), ('date', '05/01/02'), ('date', '4-Jun-14'), ('date', '99-Jan-08'),
  ('timestamp', '9/1/2006 10:00'), ('timestamptz', '1-2-3'), ('date[]', '{2024-01-01,9/1/2006}'), ('daterange', '[05/01/02,)'), ('interval', '-1 2:03:04'),
  ('interval[]', '{1 day,-1 2:03:04}'), ('regress.stay', '(x,"05/01/02 03:04",,)')) x (type, value);
-- the hint names the values that read the text, of which each gives a date; where none does it says so
CREATE TYPE regress.span AS (d date, i interval);
SELECT type, value, style, regress.read(type, value, CASE WHEN style <> '' THEN format(', datestyle %L', style) ELSE '' END) FROM (VALUES ('date', '13.12.2018', ''), ('date', '13.12.2018', 'ISO, DMY'),
  ('date', '12/13/2018', ''), ('date', '12/13/2018', 'ISO, MDY'), ('date', '05/06/2018', ''), ('date', '05/06/2018', 'ISO, DMY'), ('date', '05/06/2018', 'ISO, MDY'), ('date', '13-05-06', ''), ('date', '13-05-06', 'ISO, YMD'),
  ('date', '13-05-06', 'ISO, DMY'), ('date', '13/13/2018', ''), ('date', '31-Feb-2018', ''), ('date', '13.12.2018', 'SQL, MDY'), ('date', '13.12.2018', 'SQL, DMY'), ('date[]', '{13.12.2018,05/06/2018}', '')) x (type, value, style);
-- intervals in the forms of the SQL standard and of PostgreSQL need none, but for a sign; beside a date either may be in doubt, or both
SELECT type, value, style, regress.read(type, value, CASE WHEN style <> '' THEN format(', datestyle %L', style) ELSE '' END) FROM (VALUES ('interval', '1-2', ''), ('interval', '-1-2', ''), ('interval', '3 4:05:06', ''),
  ('interval', '@ 1 year', ''), ('interval', '-3 4:05:06', ''), ('interval', '-3 4:05:06', 'ISO, YMD'), ('interval', '-3 4:05:06', 'SQL, YMD'),
  ('regress.span', '(2018-12-13,"-3 4:05:06")', ''), ('regress.span', '(2018-12-13,"-3 4:05:06")', 'SQL, YMD'), ('regress.span', '(13.12.2018,"3 4:05:06")', ''), ('regress.span', '(13.12.2018,"-3 4:05:06")', ''),
  ('regress.span', '(13.12.2018,"-3 4:05:06")', 'ISO, DMY'), ('regress.span', '(13.12.2018,"-3 4:05:06")', 'SQL, DMY'), ('regress.span', '(5/6/7,"-3 4:05:06")', ''), ('regress.span', '(5/6/7,"3 4:05:06")', '')) x (type, value, style);
-- what every style reads alike is none
SELECT type, value, regress.read(type, value) FROM (VALUES ('date', '8-Jan-1999'), ('date', 'infinity'), ('date', 'epoch'), ('date', '0044-03-15 BC'), ('date', '5/5/5'),
  ('timestamp', '20240102 030405'), ('timestamptz', '2024-01-02 03:04:05+05:30'), ('interval', '1 2:03:04'), ('interval', 'P1Y2M'), ('interval', '@ 1 day ago'), ('time', '11:12 PM')) x (type, value);
SELECT style, type, value, regress.read(type, value, format(', datestyle %L', style)) FROM (VALUES ('ISO, DMY', 'date', '9/1/2006'), ('iso,mdy', 'date', '9/1/2006'), ('YMD', 'date', '05/01/02'),
  ('ISO, DMY', 'date', '2006-01-09'), ('ISO, DMY', 'interval', '-1 2:03:04'), ('SQL, YMD', 'interval', '-1 2:03:04'), ('MDY, SQL', 'date[]', '{9/1/2006}'), ('ISO, MDY', 'date', '31/12/2006')) x (style, type, value);
-- in nested values and in place of missing ones
SELECT regress.read('jsonb OPTIONS (encoding ''row'', fields ''d date, i interval'')', '(9/1/2006,1 day)');
SELECT regress.read('jsonb OPTIONS (encoding ''row'', fields ''d date, i interval'')', '(9/1/2006,-1 2:03:04)', ', datestyle ''SQL, DMY''');
CREATE FOREIGN TABLE was (id int, d date OPTIONS (missing '9/1/2006')) SERVER log OPTIONS (schema_name 'v', table_name 'lacks', include_op_for_full_load 'true');
SELECT regress.outcome('SELECT * FROM was');
ALTER SERVER log OPTIONS (ADD datestyle 'ISO, MDY');
SELECT regress.read('date', '9/1/2006');
SELECT d FROM was;
ALTER SERVER log OPTIONS (DROP datestyle);
SELECT style, regress.outcome(format('CREATE SERVER s FOREIGN DATA WRAPPER cdc_fdw OPTIONS (datestyle %L)', style))
  FROM unnest('{ISO,"",DMY MDY,"ISO, DMY, MDY","ISO, SQL, DMY",German,"ISO,"}'::text[]) style;

-- ---------------------------------------------------------------- the clock
SELECT type, value, regress.read(type, value) FROM (VALUES ('date', 'now'), ('date', 'Today'), ('timestamp', 'tomorrow'), ('timestamptz', 'yesterday 10:00'), ('timestamptz', 'today allballs'), ('time', 'now'),
  ('timetz', 'NOW'), ('timetz', '04:05:06 MSK'), ('timetz', '10:00 EST'), ('date[]', '{2024-01-01,today}'), ('tstzrange', '[now,infinity)'), ('regress.stay', '(x,"tomorrow 10:00",,)')) x (type, value);
-- a word is a clock's only where a time is told
SELECT type, value, regress.read(type, value) FROM (VALUES ('regress.stay', '("not today, now",2024-01-02 03:04:05+00,1 day,{})'), ('time', 'allballs'), ('timetz', 'allballs'), ('timetz', '10:00 PM'),
  ('timetz', '10:00Z'), ('text', 'now'), ('text[]', '{now,today}')) x (type, value);
SELECT value, regress.outcome(format('CREATE FOREIGN TABLE bad (id int, v %s OPTIONS (missing %L)) SERVER log OPTIONS (schema_name ''v'', table_name ''lacks''); SELECT * FROM bad', type, value))
  FROM (VALUES ('date', 'today'), ('timestamptz', 'now'), ('time', 'now'), ('timestamp', 'tomorrow')) x (type, value);
-- the offset of a timetz is that of the table's zone, where that has one
SELECT value, zone, regress.read('timetz', value, format(', timezone %L', zone)) FROM (VALUES ('10:00', 'UTC'), ('10:00', 'Etc/GMT-9'), ('10:00', 'Europe/Berlin'), ('10:00+02', 'Europe/Berlin'),
  ('2024-07-01 10:00', 'Europe/Berlin'), ('10:00Z', 'America/New_York'), ('10:00', '<+0530>-05:30'), ('10:00', '+05:30')) x (value, zone);

-- ---------------------------------------------------------------- seconds
-- digits for which the type has no room are cut off, never rounded up; right is worked out by hand
CREATE DOMAIN regress.thousandth AS timestamp(3);
CREATE TYPE regress.shift AS (at timestamp(3), name text, long interval(0), old time(1));
CREATE TYPE regress.lasts AS RANGE (SUBTYPE = interval);
SET IntervalStyle = postgres;
SELECT type, value, read, CASE WHEN read IS DISTINCT FROM "right" THEN "right" END AS wrong FROM (VALUES
  ('timestamp(3)', '2024-01-02 03:04:05.9996', '2024-01-02 03:04:05.999'), ('timestamp(3)', '9999-12-31 23:59:59.9999', '9999-12-31 23:59:59.999'),
  ('timestamp(0)', '1999-12-31 23:59:59.9', '1999-12-31 23:59:59'), ('timestamp(3)', '1969-12-31T23:59:59.9999999Z', '1969-12-31 23:59:59.999'), ('timestamp(3)', '20240102 030405.9996', '2024-01-02 03:04:05.999'),
  ('timestamp(6)', '1999-12-31 23:59:59.9999999', '1999-12-31 23:59:59.999999'), ('timestamp', '2024-01-02 3:04:5.9999999', '2024-01-02 03:04:05.999999'), ('timestamp(3)', 'infinity', 'infinity'),
  ('timestamp(0)', '0044-03-15 10:00:00.7 BC', '0044-03-15 10:00:00 BC'), ('timestamp(2)', '1999.008 10:00:00.999', '1999-01-08 10:00:00.99'),
  ('timestamptz(0)', '2024-12-31 23:59:59.5', '2024-12-31 23:59:59+00'), ('timestamptz(0)', '2024-12-31 23:59:59.999+05:30', '2024-12-31 18:29:59+00'), ('timestamptz(1)', 'Jan 8, 1999 10:11:12.99 PM', '1999-01-08 22:11:12.9+00'),
  ('time(2)', '23:59:59.999', '23:59:59.99'), ('time(0)', '23:59:59.999', '23:59:59'), ('time', '23:59:59.9999999', '23:59:59.999999'), ('time(1)', '235959.99', '23:59:59.9'), ('timetz(1)', '23:59:59.99+02', '23:59:59.9+02'),
  ('timetz(0)', '23:59:59.5', '23:59:59+00'), ('interval(0)', '23:59:59.9', '23:59:59'), ('interval(2)', '-00:00:01.999', '-00:00:01.99'), ('interval(3)', '1.9996 seconds', '00:00:01.999'), ('interval(3)', 'PT1.9996S', '00:00:01.999'),
  ('interval', '23:59:59.9999999', '23:59:59.999999'), ('interval(0)', '1.5 days', '1 day 12:00:00'), ('interval(1)', '1.99', '00:00:01.9'), ('interval day to second(1)', '1 23:59:59.99', '1 day 23:59:59.9'),
  ('interval day', '1.5', '1 day'), ('timestamp(3)[]', '{"2024-01-02 03:04:05.9996",2024-01-02 03:04:06.0004}', '{"2024-01-02 03:04:05.999","2024-01-02 03:04:06"}'), ('time(0)[]', '{235959.9,23:59:59.9}', '{23:59:59,23:59:59}'),
  ('interval(0)[]', '{"1.9 sec",1.9}', '{00:00:01,00:00:01}'), ('regress.thousandth', '9999-12-31 23:59:59.9999', '9999-12-31 23:59:59.999'), ('regress.thousandth[]', '{"9999-12-31 23:59:59.9999"}', '{"9999-12-31 23:59:59.999"}'),
  ('tsrange', '["2024-01-02 23:59:59.9999999","2024-01-03 23:59:59.9999999")', '["2024-01-02 23:59:59.999999","2024-01-03 23:59:59.999999")'),
  ('tstzmultirange', '{["2024-01-02 23:59:59.9999999",infinity)}', '{["2024-01-02 23:59:59.999999+00",infinity)}'), ('regress.lasts', '[1.9999999,"2.9999999 s"]', '[00:00:01.999999,00:00:02.999999]'),
  ('regress.shift', '("9999-12-31 23:59:59.9999","a ""b\\c"" 10:00:00.99999999",23:59:59.9,23:59:59.99)', '("9999-12-31 23:59:59.999","a ""b\\c"" 10:00:00.99999999",23:59:59,23:59:59.9)'),
  ('regress.shift', '(2024-01-02 03:04:05.9996,"",,)', '("2024-01-02 03:04:05.999","",,)'),
  -- the point says that two numbers are minutes and seconds, and not hours and minutes
  ('time(0)', '10:02.5', '00:10:02'), ('time(0)', '10:02.', '00:10:02'), ('time(0)', '10:02', '10:02:00'), ('time(1)', '10:02.59', '00:10:02.5'), ('time(0)[]', '{10:02.5}', '{00:10:02}'),
  ('timestamp(0)', '2024-01-01 10:02.5', '2024-01-01 00:10:02'), ('timestamptz(0)', '2024-01-01 10:02.5+02', '2023-12-31 22:10:02+00'), ('timetz(0)', '10:02.5', '00:10:02+00'),
  ('tsrange', '[2024-01-01 10:02.9999999,)', '["2024-01-01 00:10:02.999999",)'), ('regress.shift', '(,,1:02.5,59:59.99)', '(,,00:01:02,00:59:59.9)'),
  ('interval(0)', '1:02.5', '00:01:02'), ('interval(0)', '-1:02.5', '-00:01:02'), ('interval(0)', '1 2:03.5', '1 day 00:02:03'), ('interval(0)[]', '{1:02.5,"1 2:03.5"}', '{00:01:02,"1 day 00:02:03"}'),
  ('interval(0)', '5.5', '00:00:05'), ('interval(0)', '1 day 5.5', '1 day 00:00:05'), ('interval(0)', '.9 s', '00:00:00'), ('interval(0)', 'PT1.5S', '00:00:01'), ('interval(0)', 'P1DT2H3M4.9S', '1 day 02:03:04'),
  ('interval(0)', 'P0001-00-00T00:00:01.5', '1 year 00:00:01'), ('interval(0)', '@ 1.5 secs', '00:00:01'), ('interval(0)', '@ 1.5 secs ago', '-00:00:01'),
  ('text', '23:59:59.9999999', '23:59:59.9999999'), ('numeric(3,1)', '23.99', '24.0')
  ) x (type, value, "right"), LATERAL (SELECT regress.read(type, value) AS read OFFSET 0) r;
RESET IntervalStyle;
-- no second is behind the end of a day, in a type that has room for its digits or not; 59 is followed by 60 elsewhere
SELECT type, value, regress.read(type, value) AS read FROM unnest('{timestamp,timestamp(0),timestamptz(0),timestamptz(3),time,time(0),timetz,timetz(0)}'::text[]) type,
  LATERAL (SELECT CASE WHEN type ~ 'stamp' THEN '2024-01-01 ' ELSE '' END || t || CASE WHEN type ~ 'tz' THEN '+00' ELSE '' END AS value FROM unnest('{23:59:60.7,24:00:00.7009,23:59:60.0,23:58:60.7009}'::text[]) t) v;
SELECT type, value, regress.read(type, value) AS read FROM (VALUES ('time(0)', '235960.7'), ('timestamp', '20240101 240000.9'), ('timestamp(0)', '20240101 240000.9'), ('time(0)[]', '{23:59:59.9,23:59:60.7}'), ('interval(0)', '23:59:60.7'),
  ('timestamp', '2024-01-01 24:00:00.0000001'), ('timestamp', '2024-01-01 24:00:00.0000009')) v(type, value);
-- an interval is cut as it is written: towards nothing
SELECT value, regress.read('interval(0)', value) AS read FROM unnest('{-00:00:01.9,00:00:01.9,-0.9 s,1.9 s ago}'::text[]) value;
-- texts that a type would cut off without a word
CREATE DOMAIN regress.label AS name;
SELECT type, length(value), regress.read(type, value) AS read FROM (VALUES ('name', repeat('x', 63)), ('name', repeat('x', 64)), ('name', repeat('é', 32)), ('regress.label', repeat('x', 64)),
  ('"char"', ''), ('"char"', 'a'), ('"char"', 'abc'), ('"char"', 'é'), ('"char"', '\'), ('"char"', '\1')) v(type, value);
-- as a key, too
CALL regress.file('v/long/LOAD00000001.csv', repeat('x', 63) || E',a\n');
CALL regress.file('v/long/20240101-000000000.csv', 'D,' || repeat('x', 64) || E',\n');
CREATE FOREIGN TABLE long (id name OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 'v');
SELECT regress.outcome('SELECT * FROM long');
DROP FOREIGN TABLE long;
-- in nested values, and in place of missing ones
SELECT regress.read('jsonb OPTIONS (encoding ''row'', fields ''t timestamp(3), z timestamptz(0), d time(2), i interval(0)'')', '(9999-12-31 23:59:59.9999,2024-12-31 23:59:59.5,23:59:59.999,0:0:1.9)');
SELECT regress.read('jsonb OPTIONS (encoding ''array'', fields ''time(0)'')', '{23:59:59.999,12:00:00.5}');
CREATE FOREIGN TABLE late (id int OPTIONS (key 'true'), at timestamptz(0) OPTIONS (missing '9999-12-31 23:59:59.9')) SERVER log OPTIONS (schema_name 'v', table_name 'lacks', include_op_for_full_load 'true');
SELECT at FROM late;
-- directly and by input functions alike: as many digits as there is room for of a text with some of them
SELECT string_agg(format(E'I,%s,%s.%s,%2$s.%3$s,%2$s.%3$s,%2$s.%3$s', i, timestamp '2000-01-01' + (i - 500) * interval '7 days 1:01:01', left(translate(md5(i::text), 'abcdef', '012399'), 1 + i % 9)), E'\n' ORDER BY i) AS log
  FROM generate_series(1, 1000) i \gset
CALL regress.log('digits', :'log');
CREATE FOREIGN TABLE digits (id int OPTIONS (key 'true'), t text, p0 timestamp(0), p3 timestamptz(3), p6 timestamp) SERVER log OPTIONS (schema_name 'v', include_op_for_full_load 'true');
CREATE FUNCTION regress.cut(t text, digits int) RETURNS timestamp LANGUAGE sql AS $$ SELECT rtrim(left(t, 20 + digits), '.')::timestamp $$;
SELECT count(*), count(*) FILTER (WHERE p0 = regress.cut(t, 0)) AS p0, count(*) FILTER (WHERE p3 = regress.cut(t, 3)::timestamptz) AS p3, count(*) FILTER (WHERE p6 = regress.cut(t, 6)) AS p6 FROM digits;
SET cdc_fdw.force_input_functions = on;
SELECT count(*), count(*) FILTER (WHERE p0 = regress.cut(t, 0)) AS p0, count(*) FILTER (WHERE p3 = regress.cut(t, 3)::timestamptz) AS p3, count(*) FILTER (WHERE p6 = regress.cut(t, 6)) AS p6 FROM digits;
RESET cdc_fdw.force_input_functions;
-- keys: equal as the type has them, found by a search, in JSON and at two instants
CALL regress.file('v/keyed/LOAD00000001.csv', E'2024-01-01 00:00:00.9996,a\n2024-01-01 00:00:01.0004,b\n');
CALL regress.file('v/keyed/20240102-000000000.csv', E'U,2024-01-01 00:00:00.9991,A\nD,2024-01-01 00:00:01,\nI,9999-12-31 23:59:59.9999,z\n');
CREATE FOREIGN TABLE keyed (at timestamp(3) OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 'v', include_op_for_full_load 'false', before_base 'base');
SELECT * FROM keyed ORDER BY at;
SELECT k, v FROM unnest('{2024-01-01 00:00:00.999,2024-01-01 00:00:01,2024-01-01 00:00:00.9996,9999-12-31 23:59:59.999}'::timestamp[]) k LEFT JOIN LATERAL (SELECT v FROM keyed WHERE at = k OFFSET 0) x ON true;
SELECT line, effect, state FROM cdc_fdw_explain_row('keyed', '{"at": "2024-01-01 00:00:00.99979"}');
SELECT what, old_row, new_row FROM cdc_fdw_diff('keyed', '2024-01-01', '2024-01-02') ORDER BY what, old_row::text;
-- times of the log in role columns of fewer digits, and conditions on them: what is shown decides, whatever is read for it
CALL regress.file('v/roles/LOAD00000001.csv', E'2024-01-01 00:00:00.000000,1,a\n2024-01-01 00:00:00.900000,2,b\n');
CALL regress.file('v/roles/20240102-000000999.csv', E'U,2024-01-01 10:00:00.400000,1,a1\nU,2024-01-01 10:00:00.999999,1,a2\nU,2024-01-01 10:00:01.000000,1,a3\nD,2024-01-01 10:00:01.700000,2,\n');
CALL regress.file('v/roles/20240103-000000500.csv', E'U,2024-01-02 10:00:00.500000,1,a4\n');
CALL regress.file('v/roles/20240104-000000000.csv', E'U,2024-01-03 10:00:00.000000,1,a5\n');
\set roles 'SERVER log OPTIONS (schema_name \'v\', table_name \'roles\', include_op_for_full_load \'false\', timestamp_column_name \'ts\''
CREATE FOREIGN TABLE seconds (id int OPTIONS (key 'true'), v text, "from" timestamptz(0) OPTIONS (role 'valid_from'), "to" timestamptz(0) OPTIONS (role 'valid_to', open_end '9999-12-31 23:59:59.999999'),
  at timestamptz OPTIONS (role 'asof')) :roles, mode 'history');
CREATE FOREIGN TABLE records (id int, v text, committed timestamptz(0) OPTIONS (role 'commit_time'), named timestamptz(1) OPTIONS (role 'file_time')) :roles, mode 'changes');
CREATE FOREIGN TABLE loaded (id int OPTIONS (key 'true'), v text, committed timestamptz(2) OPTIONS (role 'commit_time'), named timestamptz(0) OPTIONS (role 'file_time')) :roles);
SELECT id, v, "from", "to" FROM seconds ORDER BY id, v;
SELECT * FROM records;
SELECT * FROM loaded;
CREATE TABLE kept_seconds AS SELECT id, v, "from", "to" FROM seconds;
CREATE TABLE kept_records AS SELECT * FROM records;
CREATE FUNCTION regress.rows(columns text, name text, condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT count(*) || coalesce(string_agg(q::text, '' '' ORDER BY q::text), '''') FROM (SELECT %s FROM %I WHERE %s) q', columns, name, condition) INTO result;
  RETURN result;
END $$;
-- each condition at each instant, and two of them, gives what it gives on a copy of all rows
SELECT name, count(*), count(*) FILTER (WHERE rows LIKE '0%') AS none, count(*) FILTER (WHERE rows <> regress.rows(columns, 'kept_' || name, c)) AS wrong,
    min(c) FILTER (WHERE rows <> regress.rows(columns, 'kept_' || name, c)) AS example
  FROM (VALUES ('seconds', 'id, v', '"from" < $1'), ('seconds', 'id, v', '"from" <= $1'), ('seconds', 'id, v', '"from" = $1'), ('seconds', 'id, v', '"from" >= $1'), ('seconds', 'id, v', '"from" > $1'),
    ('seconds', 'id, v', '"to" < $1'), ('seconds', 'id, v', '"to" <= $1'), ('seconds', 'id, v', '"to" = $1'), ('seconds', 'id, v', '"to" >= $1'), ('seconds', 'id, v', '"to" > $1'),
    ('seconds', 'id, v', '"from" <= $1 AND "to" > $1'), ('seconds', 'id, v', '"from" > $1 AND "to" <= $2'), ('seconds', 'id, v', '"from" <= $1 AND "to" >= $2'),
    ('records', '*', 'committed < $1'), ('records', '*', 'committed <= $1'), ('records', '*', 'committed = $1'), ('records', '*', 'committed >= $1'), ('records', '*', 'committed > $1'), ('records', '*', 'named < $1'),
    ('records', '*', 'named <= $1'), ('records', '*', 'named = $1'), ('records', '*', 'named >= $1'), ('records', '*', 'named > $1'), ('records', '*', 'committed BETWEEN $1 AND $2')) x (name, columns, pattern),
   unnest(ARRAY['2024-01-01 00:00:00', '2024-01-01 10:00:00', '2024-01-01 10:00:00.4', '2024-01-01 10:00:00.5', '2024-01-01 10:00:00.999999', '2024-01-01 10:00:01', '2024-01-01 10:00:01.7', '2024-01-02 00:00:00.999',
     '2024-01-02 00:00:00.9', '2024-01-02 10:00:00', '2024-01-02 10:00:00.5', '2024-01-03 00:00:00.5', '2024-01-03 10:00:00', '9999-12-31 23:59:59', '9999-12-31 23:59:59.5']) t,
   unnest(ARRAY['2024-01-01 10:00:00.2', '2024-01-02 10:00:00', '2024-01-02 10:00:00.3']) u,
  LATERAL (SELECT replace(replace(pattern, '$1', quote_literal(t)), '$2', quote_literal(u)) AS c OFFSET 0) q, LATERAL (SELECT regress.rows(columns, name, c) AS rows OFFSET 0) f
  GROUP BY name ORDER BY name;
-- they still bound what is read
SELECT regress.plan('SELECT * FROM records WHERE committed <= ''2024-01-01 10:00:00''');

-- ---------------------------------------------------------------- on_error
CREATE FUNCTION regress.picky(v text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF v = 'no' THEN RAISE 'picky'; END IF; RETURN true; END $$;
CREATE DOMAIN regress.liked AS text CHECK (regress.picky(VALUE));
CREATE TYPE regress.mood AS ENUM ('good', 'bad');
SELECT type, left(value, 20) AS value, left(regress.read(type, value), 7) ~ '^[0-9A-Z]{5}: ' AS error, regress.read(type, value, ', on_error ''null''') AS null, regress.read(type, value, ', on_error ''skip''') AS skip
FROM (VALUES ('regress.hstore', '"a=>'), ('regress.hstore', '"a"=>"1", "b"=>NU'), ('jsonb', repeat('[', 30000) || repeat(']', 30000)), ('json', repeat('{"a":', 30000)), ('regnamespace', 'nowhere'),
  ('regclass', 'nowhere.at_all'), ('regrole', 'nobody at all'), ('smallint', '99999'), ('numeric(3,1)', '1000'), ('varchar(2)', 'abc'), ('regress.mood', 'ugly'), ('regress.liked', 'no'),
  ('tsquery', 'a &&& b'), ('int4range', '[2,1]'), ('regress.stay', '(1,2'), ('date', '9/1/2006'), ('date', 'now'), ('text[]', '{{1},{2,3}}')) x (type, value);
-- within fields
SELECT fields, left(value, 20) AS value, regress.read(format('jsonb OPTIONS (encoding ''row'', fields %L)', fields), value, ', on_error ''null''')
FROM (VALUES ('a int', '(x)'), ('a regress.hstore', '("""a=>")'), ('a regnamespace', '(nowhere)'), ('a regress.liked', '(no)'), ('a jsonb', '(' || repeat('[', 9000) || ')'), ('a date', '(now)')) x (fields, value);
-- what is not the value's fault ends the query
CREATE FUNCTION regress.broken(v text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF v IS NOT NULL THEN RAISE 'broken' USING ERRCODE = v; END IF; RETURN true; END $$;
CREATE DOMAIN regress.fragile AS text CHECK (regress.broken(VALUE));
SELECT state, regress.read('regress.fragile', state, ', on_error ''null''') FROM unnest('{53200,08006,58030,40001,55P03,42501,XX001,XX000,P0001,22023}'::text[]) state;

CALL regress.log('one', '57014');
CREATE FOREIGN TABLE one (v regress.fragile) SERVER log OPTIONS (schema_name 'v', on_error 'null');
\set VERBOSITY terse
SELECT * FROM one; -- a cancel
\set VERBOSITY default
DROP FOREIGN TABLE one;

-- ---------------------------------------------------------------- hstore
-- hstore writes strings in quotes: letters of NULL behind a key in quotes are what a cut left
SELECT value, regress.read('regress.hstore', value) AS hstore, regress.read('jsonb OPTIONS (encoding ''hstore'')', value) AS json
  FROM unnest(ARRAY['"a"=>"1", "b"=>NU', '"b"=>N', '"b" => NUL', '"b"=>NULL', '"b"=>"NU"', 'b=>NU', '"b"=>nu']) value;

-- ---------------------------------------------------------------- types of fields
-- what does not exist, or has no values, is refused when the option is set; a type with a schema may come later
CREATE FOREIGN TABLE typed (id int, v jsonb OPTIONS (encoding 'row', fields 'a int')) SERVER log OPTIONS (schema_name 'v', table_name 'nest');
SELECT fields, regress.outcome(format('ALTER FOREIGN TABLE typed ALTER v OPTIONS (SET fields %L)', fields)) FROM unnest('{a flaot8,a record,"a int, b anyelement[]","a (x int, y cstring)",a hstore,
  a void,a setof int}'::text[]) fields;
SELECT fields, regress.outcome(format('ALTER FOREIGN TABLE typed ALTER v OPTIONS (SET fields %L)', fields)), regress.outcome('SELECT * FROM typed') FROM unnest('{a regress.later,a nowhere.later}'::text[]) fields;
-- whose name is unqualified is PostgreSQL's own, whatever stands before it in the search_path
CREATE DOMAIN regress.date AS text;
SET search_path = regress, pg_catalog, public;
SELECT regress.read('pg_catalog.jsonb OPTIONS (encoding ''row'', fields ''d date, t regress.date'')', '(20240102,20240102)');
SET search_path = public, regress;

-- ---------------------------------------------------------------- texts of times that are long
-- each is looked at once: in the square of their length these would take hours
SET statement_timeout = '20s';
SELECT left(regress.read('date', '2024-01-01 ' || repeat('.', 3000000)), 60) AS points;
SELECT left(regress.read('date', repeat('x', 3000000)), 60) AS letters;
SELECT left(regress.read('date', repeat('1 ', 1500000)), 60) AS digits;
SELECT right(regress.read('timestamptz[]', '{' || repeat('"2024-01-01 00:00:00.1234567",', 100000) || '"2024-01-01 00:00:01.7654321"}'), 59) AS times;
SELECT right(regress.read('interval(3)[]', '{' || repeat('1.23456 seconds,', 100000) || '2.34567 sec}'), 31) AS intervals;
RESET statement_timeout;

-- ---------------------------------------------------------------- hints
SELECT type, value, regress.read(type, value) FROM (VALUES ('int', '+5.06e+05'), ('int', '12.0'), ('int', '1e5'), ('smallint', '70000'), ('int', '5000000000'), ('bigint', '12345678901234567890'),
  ('bigint', ' 1.5 '), ('int', 't'), ('numeric', 'Yes'), ('boolean', '2'), ('boolean', 'J'), ('date', '10:11:12'), ('timestamp', '10:11'), ('time', '2024-01-02'), ('int', 'x'),
  ('int', '2024-01-02 10:11:12'), ('uuid', '1')) x (type, value);
-- each leads to the value
SELECT value, regress.read(type, value) FROM (VALUES ('numeric', '+5.06e+05'), ('numeric', '12.0'), ('integer', '70000'), ('bigint', '5000000000'), ('boolean', 't'), ('integer', '2'), ('time', '10:11:12'),
  ('date', '2024-01-02')) x (type, value);

\set ECHO none
\i :end

-- Maps, rows and arrays: as json and jsonb by the column's encoding, and as types of their own.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE EXTENSION hstore SCHEMA regress;
SET search_path = public, regress;
CREATE SERVER made FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
\pset null '<null>'
-- a file of a full load whose records are an id and a text in quotes; and one with NULL
CREATE FUNCTION regress.texts(folder text, texts text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  content text := (SELECT string_agg(i || coalesce(',"' || replace(t, '"', '""') || '"', ','), E'\n' ORDER BY i) FROM unnest(texts) WITH ORDINALITY x (t, i));
BEGIN
  CALL regress.file(folder || '/LOAD00000001.csv', content);
END $$;
-- what one text becomes in a jsonb column with these options: the value, or what is wrong
CREATE FUNCTION regress.nested(options text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  PERFORM regress.texts('n/one', ARRAY[value]);
  EXECUTE format('CREATE FOREIGN TABLE one (id int, v jsonb%s) SERVER made OPTIONS (schema_name ''n'')',
    coalesce(' OPTIONS (' || nullif(options, '') || ')', ''));
  result := regress.outcome('SELECT v FROM one');
  IF result = 'OK, 1 rows' THEN
    EXECUTE 'SELECT v FROM one' INTO result;
  END IF;
  DROP FOREIGN TABLE one;
  RETURN regexp_replace(result, '\nWHERE: (JSON data[^\n]*\n)?file "[^"]*", line 1, column "v"$', '');
END $$;

-- ---------------------------------------------------------------- as types of their own
-- the input functions of the types read them, also inside of each other
CREATE TYPE regress.place AS (lat float8, lon float8, at timestamptz);
CREATE TYPE regress.trip AS (name text, stops regress.place[], tags regress.hstore);
SELECT regress.texts('n/typed', ARRAY[
  ROW('a "b", c', ARRAY[ROW(1.5, -2, '2024-01-31 10:00:00')::regress.place, NULL, ROW(NULL, NULL, NULL)::regress.place], '"k"=>"v, w", "n"=>NULL')::regress.trip::text,
  ROW(NULL, '{}', '')::regress.trip::text, NULL]) \gset
CREATE FOREIGN TABLE typed (id int OPTIONS (key 'true'), v regress.trip) SERVER made OPTIONS (schema_name 'n');
SET TimeZone = 'Asia/Tokyo';
SELECT id, (v).name, array_length((v).stops, 1) AS stops, ((v).stops[1]).lon, ((v).stops[1]).at AT TIME ZONE 'UTC' AS utc, (v).tags -> 'k' AS k
FROM typed ORDER BY id;
SET TimeZone = 'UTC';
SELECT regress.texts('n/pairs', ARRAY['"a"=>"1", "b"=>NULL', '', 'c=>"x, y"']) \gset
CREATE FOREIGN TABLE pairs (id int OPTIONS (key 'true'), v regress.hstore) SERVER made OPTIONS (schema_name 'n');
SELECT id, v, v ? 'b' AS has_b FROM pairs ORDER BY id;
SELECT regress.texts('n/arrays', ARRAY['{1,2,NULL}', '{{1,2},{3,4}}', '[0:1]={5,6}', '{}']) \gset
CREATE FOREIGN TABLE arrays (id int OPTIONS (key 'true'), v int[]) SERVER made OPTIONS (schema_name 'n');
SELECT id, v, array_ndims(v) AS dims FROM arrays ORDER BY id;
SELECT regress.texts('n/arrays', ARRAY['{1,x}']) \gset
SELECT regress.outcome('SELECT * FROM arrays');

-- ---------------------------------------------------------------- JSON text
\pset format unaligned
\pset tuples_only on
SELECT regress.nested('', '{"a": [1, {"b": null}]}');
SELECT regress.nested($$encoding 'json'$$, ' "text" ');
-- cut by limited LOB mode, at any place
SELECT regress.nested('', '{"a": [1, {"b": nu');
SELECT count(*) FILTER (WHERE regress.nested('', left('{"a": ["é\n", {"b": -1.5e3}], "c": true}', n)) ~ '^22P02: JSON text is cut short after \d+ bytes.*\nHINT: Limited LOB mode') AS cut,
  max(n) AS of FROM generate_series(1, 38) n;
-- in json too, and in a domain over it
SELECT regress.texts('n/cut', ARRAY['{"a": 1', NULL]) \gset
CREATE DOMAIN regress.document AS jsonb CHECK (VALUE <> '0');
CREATE FOREIGN TABLE cut (id int, j json OPTIONS (column_name 'v')) SERVER made OPTIONS (schema_name 'n');
SELECT regress.outcome('SELECT * FROM cut');
CREATE FOREIGN TABLE cut2 (id int, v regress.document) SERVER made OPTIONS (schema_name 'n', table_name 'cut');
SELECT regress.outcome('SELECT * FROM cut2');
-- in the middle of a character
CALL regress.file('n/cut/LOAD00000001.csv', convert_to('1,"{""a"": ""', 'UTF8') || '\xc3'::bytea || convert_to('"', 'UTF8'));
SELECT regress.outcome('SELECT * FROM cut');
-- what is wrong earlier is not cut; nothing is not cut
SELECT regress.nested('', '{"a": 1, b');
SELECT regress.nested('', '');
SELECT regress.nested('', '{"a": "\u0000"}');

-- ---------------------------------------------------------------- hstore
SELECT regress.nested($$encoding 'hstore'$$, '"a"=>"1", "b"=>NULL, "c"=>"true"');
SELECT regress.nested($$encoding 'hstore'$$, '');
SELECT regress.nested($$encoding 'HSTORE'$$, '"a"=>"1", "b"=>"x');
SELECT regress.nested($$encoding 'hstore'$$, '{"a": 1}');
SELECT regress.nested($$encoding 'hstore'$$, '"a"=>"1", "a"=>"2"');

-- ---------------------------------------------------------------- rows
SELECT regress.nested($$encoding 'row', fields 'lat float8, lon float8'$$, '(52.52,13.405)');
SELECT regress.nested($$encoding 'row', fields 'id int, name text, ok bool, at timestamptz, note text'$$, '(1,"a b",t,"2024-01-31 10:00:00",)');
SELECT regress.nested($$encoding 'row', fields '"the id" bigint, tags text[], pos (x int, y numeric(6,2))[], j jsonb, d date, v int4range, e varchar(3)'$$,
  '(9007199254740993,"{a,""b c"",NULL}","{""(1,2.5)"",""(,)""}","{""k"": [1]}",2024-01-31,"[1,5)",abc)');
-- a composite type and a domain of this database, an array of arrays, NaN
SELECT regress.nested($$encoding 'row', fields 'p regress.place, d regress.document, m float8[][]'$$, '("(1,2,""2024-01-31 10:00:00"")",7,"{{1,2},{3,NaN}}")');
SELECT regress.nested($$encoding 'row', fields 'a int'$$, '()');
SELECT regress.nested($$encoding 'row', fields 'a int, b int'$$, '(1)');
SELECT regress.nested($$encoding 'row', fields 'a int, b int'$$, '(1,2,3)');
SELECT regress.nested($$encoding 'row', fields 'a int, b text'$$, '(1,"x');
SELECT regress.nested($$encoding 'row', fields 'a int, b int'$$, '(1,x)');
SELECT regress.nested($$encoding 'row', fields 'a int, p (x int)'$$, '(1,"(2")');
SELECT regress.nested($$encoding 'row', fields 'a varchar(2)'$$, '(abc)');

-- ---------------------------------------------------------------- arrays
SELECT regress.nested($$encoding 'array'$$, '{1,a,NULL,"NULL","b, c"}');
SELECT regress.nested($$encoding 'array', fields 'float8'$$, '{{1,2.5},{1e20,NULL}}');
SELECT regress.nested($$encoding 'array', fields 'int[]'$$, '[0:1]={1,2}');
SELECT regress.nested($$encoding 'array', fields 'box'$$, '{(2,2),(1,1);(4,4),(3,3)}');
SELECT regress.nested($$encoding 'array', fields '(x int, y text)'$$, '{"(1,\"a b\")",NULL}');
SELECT regress.nested($$encoding 'array', fields 'bytea'$$, '{"\\x00ff"}');
SELECT regress.nested($$encoding 'array', fields 'bool'$$, '{t,f}');
SELECT regress.nested($$encoding 'array', fields 'int'$$, '{1,2');
SELECT regress.nested($$encoding 'array', fields 'int'$$, '{1,2.5}');
SELECT regress.nested($$encoding 'array'$$, '[1, 2]');
SELECT regress.nested($$encoding 'array'$$, '{{1,2},{3}}');

-- ---------------------------------------------------------------- Hive
SELECT regress.nested($$encoding 'hive'$$, '{key1=val1, key2={a=1}, key3=[1, 2]}');
SELECT regress.nested($$encoding 'hive'$$, '[{a=, b=null, c=007, d=-1.50, e=1.0E10, f=true, g=x y}, {}, []]');
SELECT regress.nested($$encoding 'hive'$$, '{a=1, b');
SELECT regress.nested($$encoding 'hive'$$, '{a=Smith, John, b=2}');
SELECT regress.nested($$encoding 'hive'$$, '{url=http://x/?q=1}');
SELECT regress.nested($$encoding 'hive'$$, '{a=1,b=2}');
SELECT regress.nested($$encoding 'hive'$$, '{a=1, a=2}');
SELECT regress.nested($$encoding 'hive'$$, '{a= 1}');
SELECT regress.nested($$encoding 'hive'$$, 'plain text');
SELECT regress.nested($$encoding 'hive'$$, repeat('[', 101) || repeat(']', 101));
SELECT regress.nested($$encoding 'hive_lax'$$, '{a=1, b=[x, 2]}');
SELECT regress.nested($$encoding 'hive_lax'$$, '{a=Smith, John, b=2}');
SELECT regress.nested($$encoding 'hive_lax'$$, '{a=1, b');
SELECT regress.nested($$encoding 'hive_lax'$$, 'plain "text"');

-- ---------------------------------------------------------------- settings of the session
-- none that says how values are printed bears on the answer
CREATE FOREIGN TABLE settings (id int, v jsonb OPTIONS (encoding 'row', fields 'f float8, tz timestamptz, i interval, b bytea, r tsrange'))
  SERVER made OPTIONS (schema_name 'n');
SELECT regress.texts('n/settings', ARRAY['(0.1,"2024-01-31 10:00:00","1 day 02:00:00","\\x00ff","[""2024-01-31 10:00:00"",)")']) \gset
SELECT v FROM settings;
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'German, DMY';
SET IntervalStyle = 'iso_8601';
SET extra_float_digits = -10;
SET bytea_output = 'escape';
SELECT v FROM settings;
SELECT 0.1 + 0.2::float8, '1 day'::interval;
ALTER FOREIGN TABLE settings OPTIONS (ADD timezone 'Europe/Berlin');
SELECT v ->> 'tz' FROM settings;
-- after an error they are as they were
SELECT regress.texts('n/settings', ARRAY['(x,,,,)']) \gset
SELECT regress.outcome('SELECT v FROM settings');
SHOW TimeZone;
SHOW IntervalStyle;
RESET extra_float_digits;
RESET bytea_output;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';

-- ---------------------------------------------------------------- options
CREATE FUNCTION regress.column(type text, options text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  result := regress.outcome(format('CREATE FOREIGN TABLE one (id int, v %s OPTIONS (%s)) SERVER made OPTIONS (schema_name ''n'')', type, options));
  IF result <> 'OK, 0 rows' THEN
    RETURN 'made: ' || result;
  END IF;
  result := regress.outcome('EXPLAIN SELECT * FROM one');
  DROP FOREIGN TABLE one;
  RETURN 'planned: ' || regexp_replace(result, '\d+ rows', 'rows');
END $$;
SELECT regress.column('jsonb', $$encoding 'hstor'$$);
SELECT regress.column('jsonb', $$encoding 'avro'$$);
SELECT regress.column('jsonb', $$encoding 'row'$$);
SELECT regress.column('jsonb', $$fields 'a int'$$);
SELECT regress.column('jsonb', $$encoding 'hive', fields 'a int'$$);
SELECT regress.column('jsonb', $$encoding 'row', fields 'a'$$);
SELECT regress.column('jsonb', $$encoding 'row', fields 'a int, b (x int'$$);
SELECT regress.column('jsonb', $$encoding 'row', fields 'é int, é int'$$);
SELECT regress.column('jsonb', $$encoding 'row', fields ''$$);
SELECT regress.column('jsonb', $$encoding 'array', fields 'int, int'$$);
SELECT regress.column('text', $$encoding 'hive', role 'op'$$);
SELECT regress.column('text', $$encoding 'json'$$);
SELECT regress.column('regress.hstore', $$encoding 'hstore'$$);
SELECT regress.column('json', $$encoding 'json'$$);
SELECT regress.column('regress.document', $$encoding 'array', fields 'text'$$);
SELECT regress.column('jsonb', $$encoding 'row', fields 'a int, b flaot8'$$);
SELECT regress.column('jsonb', $$encoding 'row', fields 'a setof int'$$);
SELECT regress.column('jsonb', $$encoding 'row', fields 'a record'$$);
SELECT regress.column('jsonb', $$encoding 'array', fields 'int; SELECT 1'$$);
-- one that could be read may not become one that cannot
CREATE FOREIGN TABLE one (id int, v jsonb OPTIONS (encoding 'row', fields 'a int')) SERVER made OPTIONS (schema_name 'n');
SELECT regress.outcome($$ALTER FOREIGN TABLE one ALTER v OPTIONS (DROP fields)$$);
SELECT regress.outcome($$ALTER FOREIGN TABLE one ALTER v OPTIONS (SET encoding 'hive')$$);
SELECT regress.outcome($$ALTER FOREIGN TABLE one ALTER v OPTIONS (SET encoding 'hive', DROP fields)$$);
DROP FOREIGN TABLE one;

-- ---------------------------------------------------------------- generated values against PostgreSQL's own conversions
-- below n, alike on every machine
CREATE FUNCTION regress.draw(n int, VARIADIC seed int[]) RETURNS int IMMUTABLE LANGUAGE sql AS $$
  SELECT (('x' || substr(md5(seed::text), 1, 7))::bit(28)::int % n);
$$;
CREATE FUNCTION regress.word(VARIADIC seed int[]) RETURNS text IMMUTABLE LANGUAGE sql AS $$
  SELECT CASE WHEN regress.draw(12, VARIADIC seed || 7) = 0 THEN NULL ELSE (SELECT coalesce(string_agg((
    '{a,b,Z,0,1,-,.,é,価,"\"","\\",",","(",")","{","}","[","]",=,>," ",NULL,null,"
","	",true,:,''}'::text[])[1 + regress.draw(28, VARIADIC seed || i)], ''), '') FROM generate_series(1, regress.draw(7, VARIADIC seed || 0)) i) END;
$$;

CREATE TABLE regress.hstores AS SELECT i AS id, (SELECT coalesce(hstore(array_agg(coalesce(regress.word(1, i, k), '')), array_agg(regress.word(2, i, k))), '')
  FROM generate_series(1, regress.draw(6, i)) k) AS v FROM generate_series(1, 500) i;
SELECT regress.texts('g/hstores', (SELECT array_agg(v::text ORDER BY id) FROM regress.hstores)) \gset
CREATE FOREIGN TABLE hstores (id int OPTIONS (key 'true'), v jsonb OPTIONS (encoding 'hstore')) SERVER made OPTIONS (schema_name 'g');
SELECT count(*) AS hstores, count(*) FILTER (WHERE f.v = hstore_to_jsonb(r.v)) AS equal, count(DISTINCT f.v) > 300 AS many
FROM regress.hstores r JOIN hstores f USING (id);

CREATE TYPE regress.inner AS (x int, t text);
CREATE TYPE regress.many AS (i int, l bigint, f float8, r real, n numeric, b bool, t text, v varchar, d date, ts timestamp, tz timestamptz, u uuid,
  j jsonb, h regress.hstore, a int[], ta text[], c regress.inner, ca regress.inner[], iv interval, by bytea);
CREATE TABLE regress.rows AS SELECT i AS id, ROW(
  nullif(regress.draw(1000, i, 1), 3) - 500, regress.draw(100000000, i, 2)::bigint * 100000000, exp(regress.draw(200, i, 3) - 100), regress.draw(100000, i, 4) / 7.0::real,
  (CASE WHEN regress.draw(20, i, 5) = 0 THEN 'NaN' ELSE regress.draw(1000000, i, 5) / 1000.0 END)::numeric, regress.draw(2, i, 6) = 0, regress.word(i, 7), regress.word(i, 8),
  date '2024-01-01' + regress.draw(9999, i, 9) - 5000, timestamp '2024-01-01' + regress.draw(99999999, i, 10) * interval '1.234567 s',
  timestamptz '2024-01-01' + regress.draw(99999999, i, 11) * interval '1.5 s', md5(i::text)::uuid,
  jsonb_build_object(concat(regress.word(i, 12), 'k'), regress.word(i, 13)), hstore('k', regress.word(i, 14)),
  CASE regress.draw(4, i, 15) WHEN 0 THEN '{}' WHEN 1 THEN '{{1,2},{NULL,4}}' WHEN 2 THEN '[0:1]={7,8}' END::int[],
  ARRAY[regress.word(i, 16), regress.word(i, 17)], ROW(regress.draw(9, i, 18), regress.word(i, 19)), ARRAY[ROW(i, regress.word(i, 20))::regress.inner, NULL],
  regress.draw(999999, i, 21) * interval '1 min', decode(md5(i::text), 'hex'))::regress.many AS v FROM generate_series(1, 500) i;
SELECT regress.texts('g/rows', (SELECT array_agg(v::text ORDER BY id) FROM regress.rows)) \gset
-- nested types are those of this database, or spelled out
CREATE FOREIGN TABLE rows1 (id int OPTIONS (key 'true'), v jsonb OPTIONS (encoding 'row', fields 'i int, l bigint, f float8, r real, n numeric, b bool,
  t text, v varchar, d date, ts timestamp, tz timestamptz, u uuid, j jsonb, h regress.hstore, a int[], ta text[], c regress.inner,
  ca regress.inner[], iv interval, by bytea')) SERVER made OPTIONS (schema_name 'g', table_name 'rows');
CREATE FOREIGN TABLE rows2 (id int OPTIONS (key 'true'), v json OPTIONS (encoding 'row', fields 'i int, l bigint, f float8, r real, n numeric, b bool,
  t text, v varchar, d date, ts timestamp, tz timestamptz, u uuid, j jsonb, h regress.hstore, a int[], ta text[], c (x int, t text),
  ca (x int, t text)[], iv interval, by bytea')) SERVER made OPTIONS (schema_name 'g', table_name 'rows');
SELECT count(*) AS rows, count(*) FILTER (WHERE f.v = to_jsonb(r.v)) AS equal, count(*) FILTER (WHERE g.v::jsonb = row_to_json(r.v)::jsonb) AS spelled_out
FROM regress.rows r JOIN rows1 f USING (id) JOIN rows2 g USING (id);

CREATE TABLE regress.lists AS SELECT i AS id,
  (SELECT coalesce(array_agg(regress.word(i, 1, k)), '{}') FROM generate_series(1, regress.draw(5, i)) k) AS t,
  (SELECT coalesce(array_agg((SELECT array_agg(nullif(regress.draw(9, i, 2, k, l), 4) / 8.0::float8) FROM generate_series(1, 1 + regress.draw(3, i, 3)) l)), '{}')
    FROM generate_series(1, regress.draw(4, i, 4)) k) AS f,
  (SELECT coalesce(array_agg(ROW(k, regress.word(i, 5, k))::regress.inner), '{}') FROM generate_series(1, regress.draw(4, i, 6)) k) AS c
FROM generate_series(1, 500) i;
SELECT regress.texts('g/lists_t', (SELECT array_agg(t::text ORDER BY id) FROM regress.lists)) \gset
SELECT regress.texts('g/lists_f', (SELECT array_agg(f::text ORDER BY id) FROM regress.lists)) \gset
SELECT regress.texts('g/lists_c', (SELECT array_agg(c::text ORDER BY id) FROM regress.lists)) \gset
CREATE FOREIGN TABLE lists_t (id int OPTIONS (key 'true'), v jsonb OPTIONS (encoding 'array')) SERVER made OPTIONS (schema_name 'g');
CREATE FOREIGN TABLE lists_f (id int OPTIONS (key 'true'), v jsonb OPTIONS (encoding 'array', fields 'float8')) SERVER made OPTIONS (schema_name 'g');
CREATE FOREIGN TABLE lists_c (id int OPTIONS (key 'true'), v jsonb OPTIONS (encoding 'array', fields '(x int, t text)')) SERVER made OPTIONS (schema_name 'g');
SELECT count(*) AS lists, count(*) FILTER (WHERE t.v = to_jsonb(r.t)) AS texts, count(*) FILTER (WHERE f.v = to_jsonb(r.f)) AS floats,
  count(*) FILTER (WHERE c.v = to_jsonb(r.c)) AS composites
FROM regress.lists r JOIN lists_t t USING (id) JOIN lists_f f USING (id) JOIN lists_c c USING (id);

-- Hive text from values whose strings need no quotes, and from the same with one string that needs them
CREATE FUNCTION regress.hive_value(bad text, depth int, VARIADIC seed int[]) RETURNS jsonb IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
  kind int := regress.draw(CASE WHEN depth = 0 THEN 2 WHEN depth > 3 THEN 1 ELSE 6 END, VARIADIC seed || depth);
BEGIN
  IF depth > 3 OR kind > 1 THEN
    RETURN (ARRAY['null', 'true', 'false', '0', '-17', '12.50', '"x"', '"a b"', '"007"', '"é: \"q\" (5) \\"', '"2024-01-31 10:00:00.0"', '"+1"', '"NaN"',
      '"nulls"', '12345678901234567890', '"True"'])[1 + regress.draw(16, VARIADIC seed || 100)]::jsonb;
  END IF;
  RETURN (SELECT CASE kind WHEN 0 THEN coalesce(jsonb_object_agg((ARRAY['k', 'key name', 'é', '9'])[1 + regress.draw(4, VARIADIC seed || k)] || k, v), '{}')
      ELSE coalesce(jsonb_agg(v), '[]') END
    FROM generate_series(CASE WHEN depth = 0 THEN 0 ELSE 1 END, regress.draw(4, VARIADIC seed || 200)) k,
      LATERAL (SELECT CASE WHEN depth = 0 AND k = 0 AND bad IS NOT NULL THEN to_jsonb(bad) ELSE regress.hive_value(NULL, depth + 1, VARIADIC seed || k) END AS v) x);
END $$;
-- as Java prints it
CREATE FUNCTION regress.hive_text(v jsonb) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
  RETURN CASE jsonb_typeof(v)
    WHEN 'object' THEN (SELECT '{' || coalesce(string_agg(key || '=' || regress.hive_text(value), ', ' ORDER BY key), '') || '}' FROM jsonb_each(v))
    WHEN 'array' THEN (SELECT '[' || coalesce(string_agg(regress.hive_text(value), ', ' ORDER BY i), '') || ']' FROM jsonb_array_elements(v) WITH ORDINALITY x (value, i))
    ELSE coalesce(v #>> '{}', 'null') END;
END $$;
CREATE TABLE regress.hives AS SELECT i AS id, regress.hive_value(NULL, 0, i) AS v FROM generate_series(1, 500) i;
SELECT regress.texts('g/hives', (SELECT array_agg(regress.hive_text(v) ORDER BY id) FROM regress.hives)) \gset
CREATE FOREIGN TABLE hives (id int OPTIONS (key 'true'), v jsonb OPTIONS (encoding 'hive')) SERVER made OPTIONS (schema_name 'g');
CREATE FOREIGN TABLE lax (id int OPTIONS (key 'true'), v jsonb OPTIONS (encoding 'hive_lax')) SERVER made OPTIONS (schema_name 'g', table_name 'hives');
SELECT count(*) AS hives, count(*) FILTER (WHERE f.v = r.v) AS equal, count(*) FILTER (WHERE l.v = r.v) AS lax, count(DISTINCT f.v) > 300 AS many
FROM regress.hives r JOIN hives f USING (id) JOIN lax l USING (id);
-- every one of these is refused, and kept as a string by hive_lax
CREATE TABLE regress.doubtful AS SELECT row_number() OVER (ORDER BY i, bad) AS id, regress.hive_text(regress.hive_value(bad, 0, i)) AS t
FROM generate_series(1, 20) i, unnest(ARRAY['a=b', 'a,b', ' a', 'a ', 'x{', '}', '[', ']', '=', ',', '"a', '{a=1', 'a=1}', '{a=1}b', 'x, ', ', x', 'a, =', '{a}', '{a=b=c}']) bad;
SELECT regress.texts('g/doubtful', (SELECT array_agg(t ORDER BY id) FROM regress.doubtful)) \gset
CREATE FOREIGN TABLE doubtful (id int OPTIONS (key 'true'), v jsonb OPTIONS (encoding 'hive_lax')) SERVER made OPTIONS (schema_name 'g');
SELECT count(*) AS doubtful, count(*) FILTER (WHERE f.v = to_jsonb(r.t)) AS kept FROM regress.doubtful r JOIN doubtful f USING (id);
SELECT count(*) AS doubtful, count(*) FILTER (WHERE regress.nested($$encoding 'hive'$$, t) ~ '^22P02: Hive text (has more than one reading|is cut short)') AS refused
FROM regress.doubtful WHERE id % 2 = 0;

\pset null ''
\set ECHO none
\i :end

-- Why rows are as they are: cdc_fdw_explain_row, cdc_fdw_audit, cdc_fdw_diff.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CREATE SERVER names FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
CALL regress.file('w/item/LOAD00000001.csv', $$
ts,id,name,price,old_id
2024-01-01 09:00:00,1,one,1.00,
2024-01-01 09:00:00,2,two,2.00,
2024-01-01 09:00:00,8,eight,8.00,
$$);
-- one record is from before the full load
CALL regress.file('w/item/20240101-100100000.csv', $$
Op,ts,id,name,price,old_id
U,2024-01-01 08:00:00,2,early,0.00,
U,2024-01-01 10:00:00,2,TWO,2.50,2
U,2024-01-01 10:00:00,2,TWO,2.500,
I,2024-01-01 10:00:30,3,three,3.00,
$$);
-- keys change: 2 to 5 and 3 to 2 in one commit, then 5 to 6
CALL regress.file('w/item/20240102-100100000.csv', $$
Op,ts,id,name,price,old_id
U,2024-01-02 10:00:00,5,moved,2.50,2
U,2024-01-02 10:00:00,2,three,3.00,3
D,2024-01-02 10:00:01,8,,,
D,2024-01-02 10:00:02,8,,,
U,2024-01-02 10:00:03,6,again,2.50,5
$$);
-- the second file is delivered twice
CALL regress.file('w/item/20240103-100100000.csv', $$
Op,ts,id,name,price,old_id
U,2024-01-02 10:00:03,6,again,2.50,5
I,2024-01-03 10:00:00,9,nine,9.00,
I,2024-01-03 10:00:01,9,nine,9.90,
U,2024-01-03 10:00:02,7,seven,7.00,
$$);
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), name text, price numeric, old_id int OPTIONS (before 'id'),
  at timestamptz OPTIONS (role 'asof'), op text OPTIONS (role 'op')) SERVER log OPTIONS (schema_name 'w', add_column_name 'true');

-- ------------------------------------------------------------ explain_row
\set columns 'line, op, to_char(committed, \'DD HH24:MI:SS\') AS at, to_char(file_time, \'DD HH24:MI\') AS named, row_key->\'id\' AS id, effect, other_key->\'id\' AS other, record, state'
SELECT right(file, 22) AS file, line, op, committed, file_time, row_key, effect, other_key FROM cdc_fdw_explain_row('item', '{"id": 2}');
SELECT :columns FROM cdc_fdw_explain_row('item', '{"id": 2}');
-- the way here from other keys
SELECT :columns FROM cdc_fdw_explain_row('item', '{"id": 6}');
SELECT :columns FROM cdc_fdw_explain_row('item', '{"id": 3}');
SELECT :columns FROM cdc_fdw_explain_row('item', '{"id": 8}');
SELECT :columns FROM cdc_fdw_explain_row('item', '{"id": "9"}');
SELECT :columns FROM cdc_fdw_explain_row('item', '{"id": 4}');
-- at an instant: as an argument, of the session, of the table
SELECT :columns FROM cdc_fdw_explain_row('item', '{"id": 8}', '2024-01-02 10:00:00');
SET cdc_fdw.asof = '2024-01-01 10:00:00';
SELECT :columns FROM cdc_fdw_explain_row('item', '{"id": 2}');
SELECT count(*) FROM cdc_fdw_explain_row('item', '{"id": 2}', 'infinity');
RESET cdc_fdw.asof;
SELECT regress.outcome($$SELECT * FROM cdc_fdw_explain_row('item', '{"id": 8}', '2024-01-01 08:30')$$);

-- a key that takes the rows of hundreds of others in a commit, and loses some of them meanwhile: each state against a queue of its own
CREATE TABLE queued (line int, v text, PRIMARY KEY (line));
DO $$
DECLARE
  content text := '';
  queue text[] := '{}';
BEGIN
  FOR i IN 1 .. 600 LOOP
    IF i * 7919 % 101 < 80 - i / 10 THEN
      content := content || E'D,2024-01-01 10:00:00,0,,\n';
      queue := queue[2:];
    ELSE
      content := content || format(E'U,2024-01-01 10:00:00,0,v%s,%s\n', i, i);
      queue := queue || format('v%s', i);
    END IF;
    INSERT INTO queued VALUES (i, queue[array_length(queue, 1)]);
  END LOOP;
  CALL regress.file('w/queue/20240101-100100000.csv', content::bytea);
END $$;
CALL regress.file('w/queue/20240101-100200000.csv', E'D,2024-01-01 10:01:00,0,,\nD,2024-01-01 10:01:00,0,,\n');
CREATE FOREIGN TABLE queue (id int OPTIONS (key 'true'), v text, old int OPTIONS (before 'id')) SERVER log OPTIONS (schema_name 'w', before_base 'empty');
SELECT count(*), count(v) AS rows, count(DISTINCT v) AS values, count(*) FILTER (WHERE e.state ->> 'v' IS DISTINCT FROM q.v) AS wrong
FROM cdc_fdw_explain_row('queue', '{"id": 0}') e JOIN queued q USING (line) WHERE file LIKE '%100100000.csv';
SELECT q.v = e.before AS last_is_kept, e.line, e.op, e.effect, e.state FROM (SELECT *, lag(state ->> 'v') OVER (ORDER BY file, line) AS before FROM cdc_fdw_explain_row('queue', '{"id": 0}')) e, queued q
WHERE file LIKE '%100200000.csv' AND q.line = 600 ORDER BY e.line;

-- cells that were not supplied, sequences, text keys in two columns, a value that does not fit
CALL regress.file('w/part/LOAD00000001.csv', $$
"a,b","",1,0,one
é,y,1,0,
$$);
CALL regress.file('w/part/20240101-100100000.csv', $$
U,"a,b","",?,11,?
U,"a,b","",3,13,x
U,"a,b","",2,12,bad
I,é,z,1,14,?
U,é,z,?,15,y
U,n,k,?,16,q
$$);
CREATE FOREIGN TABLE part (k1 text OPTIONS (key 'true'), k2 text OPTIONS (key 'true'), n int, seq bigint OPTIONS (sequence 'true'), t varchar(2))
  SERVER names OPTIONS (schema_name 'w', use_csv_no_sup_value 'true', csv_no_sup_value '?', csv_null_value 'NULL', on_error 'null');
SELECT line, effect, record, state FROM cdc_fdw_explain_row('part', '{"k1": "a,b", "k2": ""}');
SELECT line, effect, record, state FROM cdc_fdw_explain_row('part', '{"k2": "z", "k1": "é"}');
SELECT * FROM part ORDER BY k1, k2;

-- by what was known, by the watermark, and by a pin
SET cdc_fdw.known_at = '2024-01-02 12:00';
SELECT line, op, effect, state FROM cdc_fdw_explain_row('item', '{"id": 6}');
SELECT count(*) FROM cdc_fdw_diff('item', '2024-01-02 10:00:03', 'infinity');
RESET cdc_fdw.known_at;
SELECT count(*) FROM cdc_fdw_diff('item', '2024-01-02 10:00:03', 'infinity');
SET cdc_fdw.require_sealed = on;
SELECT count(*) FROM cdc_fdw_explain_row('item', '{"id": 9}'); -- ERROR
SELECT count(*) FROM cdc_fdw_explain_row('item', '{"id": 9}', 'watermark');
RESET cdc_fdw.require_sealed;
SELECT cdc_fdw_pin('why', '2024-01-01 12:00', NULL, 'item');
SET cdc_fdw.asof = 'pin:why';
SELECT line, op, effect, state FROM cdc_fdw_explain_row('item', '{"id": 3}');
SELECT kind, count FROM cdc_fdw_audit('item') WHERE count > 0;
SELECT key, what, changed FROM cdc_fdw_diff('item', '2024-01-01 09:30');
RESET cdc_fdw.asof;
SELECT cdc_fdw_unpin('why');

-- several rows of the full load with one key come out side by side until a change, and each line shows its own
CALL regress.file('w/twin/LOAD00000001.csv', E'ts,id,v\n2024-01-01 09:00:00,1,a\n2024-01-01 09:00:00,1,b\n2024-01-01 09:00:00,2,c\n2024-01-01 09:00:00,2,d\n');
CALL regress.file('w/twin/20240102-100100000.csv', E'Op,ts,id,v\nU,2024-01-02 10:00:00,1,a\nU,2024-01-02 10:00:01,1,a\nD,2024-01-02 10:00:01,2,\nI,2024-01-02 10:00:02,2,d\nU,2024-01-02 10:00:03,2,d\n');
CREATE FOREIGN TABLE twin (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 'w', add_column_name 'true', duplicate_keys 'true');
SET cdc_fdw.asof = '2024-01-02 09:00';
SELECT * FROM twin ORDER BY id, v;
SELECT effect, state FROM cdc_fdw_explain_row('twin', '{"id": 1}');
RESET cdc_fdw.asof;
SELECT * FROM twin ORDER BY id, v;
-- the first change leaves one row of two, though it writes what the first has: "changed", as a diff has it
SELECT line, effect, state FROM cdc_fdw_explain_row('twin', '{"id": 1}');
SELECT key, what, old_row, new_row FROM cdc_fdw_diff('twin', '2024-01-02 09:59:59', '2024-01-02 10:00:00');
SELECT line, effect, state FROM cdc_fdw_explain_row('twin', '{"id": 2}');
-- equal ones come out as often as they are there, by check_base once
CALL regress.file('w/even/LOAD00000001.csv', E'ts,id,n\n2024-01-01 09:00:00,1,1.0\n2024-01-01 09:00:00,1,1.00\n');
CALL regress.file('w/even/20240102-100100000.csv', E'Op,ts,id,n\nU,2024-01-02 10:00:00,1,1.000\n');
CREATE FOREIGN TABLE even (id int OPTIONS (key 'true'), n numeric) SERVER log OPTIONS (schema_name 'w', add_column_name 'true');
SET cdc_fdw.asof = '2024-01-02 09:00';
SELECT * FROM even;
RESET cdc_fdw.asof;
SELECT effect, state FROM cdc_fdw_explain_row('even', '{"id": 1}');
ALTER FOREIGN TABLE even OPTIONS (ADD check_base 'error');
SET cdc_fdw.asof = '2024-01-02 09:00';
SELECT * FROM even;
RESET cdc_fdw.asof;
SELECT effect, state FROM cdc_fdw_explain_row('even', '{"id": 1}');

-- what is a change: values that are told apart as in cdc_fdw_diff and in fingerprints, not as JSON; "so" is right, worked out by hand
CREATE PROCEDURE regress.steps(name text, type text, texts text[]) LANGUAGE plpgsql AS $$
DECLARE
  changes text := string_agg(format(E'U,2024-01-02 00:00:%s,1,%s\n', lpad((i - 1)::text, 2, '0'), texts[i]), '' ORDER BY i) FROM generate_series(2, cardinality(texts)) i;
BEGIN
  CALL regress.file('w/' || name || '/LOAD00000001.csv', '2024-01-01 00:00:00,1,' || texts[1] || E'\n');
  CALL regress.file('w/' || name || '/20240103-000000000.csv', changes);
  EXECUTE format('CREATE FOREIGN TABLE %I (id int OPTIONS (key ''true''), v %s) SERVER log OPTIONS (schema_name ''w'', include_op_for_full_load ''false'')', name, type);
END $$;
CREATE FUNCTION regress.effects(name text) RETURNS TABLE (v text, effect text, differs boolean) LANGUAGE sql AS $$
  SELECT r.record->>'v', r.effect, (SELECT count(*) FROM cdc_fdw_diff(name::regclass, r.committed - interval '1 s', r.committed)) = 1
    FROM cdc_fdw_explain_row(name::regclass, '{"id": 1}') r WHERE r.op IS NOT NULL ORDER BY r.line
$$;
CREATE TABLE regress.cases (name text, type text, texts text[], so text[]);
INSERT INTO regress.cases VALUES
  ('s_jsonb', 'jsonb', ARRAY['', 'null', 'null', '', '', '"{""a"": null}"', '{}', '"{""a"":1}"', '"{ ""a"": 1 }"', '"{""a"":1.0}"', '"{""a"":1.00}"'], '{changed,repeated,changed,repeated,changed,changed,changed,repeated,changed,changed}'),
  ('s_json', 'json', ARRAY['', 'null', '"null "', '"{""a"":1,""b"":2}"', '"{""b"":2,""a"":1}"', '"{""b"":2,""a"":1}"'], '{changed,changed,changed,changed,repeated}'),
  ('s_text', 'text', ARRAY['', '""', '""', '', 'null', 'NULL', 'NULL'], '{changed,repeated,changed,changed,changed,repeated}'),
  ('s_numeric', 'numeric', ARRAY['1.0', '1.00', '1', '1.01', '-0', '0', 'NaN', 'NaN', ''], '{repeated,repeated,changed,changed,repeated,changed,repeated,changed}'),
  ('s_float', 'float8', ARRAY['1.0', '1e0', '-0', '0', 'Infinity'], '{repeated,changed,repeated,changed}'),
  ('s_char', 'char(3)', ARRAY['a', '"a  "', '', '""'], '{repeated,changed,changed}'),
  ('s_array', 'text[]', ARRAY['', '{}', '{NULL}', '"{""NULL""}"', '"{""""}"', '"{a,b}"', '"[0:1]={a,b}"', '"{a,b}"', '"{a, b}"'], '{changed,changed,changed,changed,changed,changed,changed,repeated}'),
  ('s_bits', 'varbit', ARRAY['', '""', '0', '00', '00'], '{changed,changed,changed,repeated}'),
  ('s_range', 'int4range', ARRAY['"[1,2]"', '"[1,3)"', 'empty', '"[5,5)"', '"(,)"'], '{repeated,changed,repeated,changed}'),
  ('s_interval', 'interval', ARRAY['1 day', '24:00:00', '00:00:00', '0 days', ''], '{changed,changed,repeated,changed}');
DO $$ DECLARE c record; BEGIN FOR c IN SELECT * FROM regress.cases LOOP CALL regress.steps(c.name, c.type, c.texts); END LOOP; END $$;
SELECT c.name, e.*, CASE WHEN e.effect <> c.so[e.n] OR e.differs <> (c.so[e.n] = 'changed') THEN c.so[e.n] END AS wrong
  FROM regress.cases c, LATERAL (SELECT row_number() OVER () AS n, * FROM regress.effects(c.name)) e ORDER BY c.name, n;

-- ------------------------------------------------------------------ audit
SELECT * FROM cdc_fdw_audit('item');
SELECT * FROM cdc_fdw_audit('item', '2024-01-02 10:00:00') WHERE count > 0;
SELECT * FROM cdc_fdw_audit('part') WHERE count > 0;
-- key changes that no before image tells of; a key that stands twice in the full load; names that repeat themselves
CALL regress.file('w/loose/LOAD00000001.csv', $$
ts,id,name
2024-01-01 09:00:00,1,one
2024-01-01 09:00:00,2,two
2024-01-01 09:00:00,1,ONE
$$);
CALL regress.file('w/loose/20240102-100100000.csv', $$
Op,ts,id,name
U,2024-01-02 09:00:00,1,uno
U,2024-01-02 10:00:00,2,due
U,2024-01-02 10:00:00,12,due
U,2024-01-02 10:00:01,1,eins
U,2024-01-02 10:00:02,13,eins
U,2024-01-02 10:00:03,1,un
D,2024-01-02 10:00:03,14,
U,2024-01-02 10:00:04,15,x
$$);
CALL regress.file('w/loose/20240102-100100000.csv.gz', $$
Op,ts,id,name
I,2024-01-02 08:59:00,16,x
$$);
CREATE FOREIGN TABLE loose (id int OPTIONS (key 'true'), name text) SERVER log OPTIONS (schema_name 'w', add_column_name 'true');
SELECT * FROM cdc_fdw_audit('loose') WHERE count > 0;
CREATE FOREIGN TABLE keyless (id int, name text) SERVER log OPTIONS (schema_name 'w', table_name 'keyless', add_column_name 'true');
CALL regress.file('w/keyless/20240102-100100000.csv', $$
Op,ts,id,name
I,2024-01-02 08:59:00,16,x
I,2024-01-02 08:59:00,16,x
$$);
SELECT * FROM cdc_fdw_audit('keyless') WHERE count > 0;

-- ------------------------------------------------------------------- diff
SELECT * FROM cdc_fdw_diff('item', '2024-01-01 09:30', '2024-01-02 10:00:00') ORDER BY key;
SELECT * FROM cdc_fdw_diff('item', '2024-01-02 10:00:00', '2024-01-01 09:30') ORDER BY key;
-- rows that end as they were, though their records are between
SELECT * FROM cdc_fdw_diff('item', '2024-01-01 10:00', '2024-01-01 10:00:30') ORDER BY key;
SELECT * FROM cdc_fdw_diff('item', '2024-01-02 10:00:02', '2024-01-02 10:00:02');
-- to the instant that a query would read
SELECT key, what, changed FROM cdc_fdw_diff('item', '2024-01-02 10:00:02') ORDER BY key;
SET cdc_fdw.asof = '2024-01-02 10:00:03';
SELECT key, what, changed FROM cdc_fdw_diff('item', '2024-01-02 10:00:02') ORDER BY key;
RESET cdc_fdw.asof;
-- without a key whole rows count, as often as they are there
SELECT * FROM cdc_fdw_diff('keyless', '2024-01-02 08:59', 'infinity');
ALTER FOREIGN TABLE keyless OPTIONS (ADD before_base 'empty');
SELECT * FROM cdc_fdw_diff('keyless', '2024-01-02 08:58', 'infinity');
-- a full load that is not there yet
ALTER FOREIGN TABLE item OPTIONS (ADD before_base 'empty');
SELECT key, what, new_row FROM cdc_fdw_diff('item', '2024-01-01 08:00', '2024-01-01 10:00') ORDER BY key;
ALTER FOREIGN TABLE item OPTIONS (SET before_base 'base');
SELECT key, what, changed FROM cdc_fdw_diff('item', '2024-01-01 08:30', '2024-01-01 10:00') ORDER BY key;
ALTER FOREIGN TABLE item OPTIONS (DROP before_base);
-- a table of changes has the same rows behind it
CREATE FOREIGN TABLE item_changes (id int OPTIONS (key 'true'), name text, price numeric, old_id int OPTIONS (before 'id'))
  SERVER log OPTIONS (schema_name 'w', table_name 'item', add_column_name 'true', mode 'changes');
SELECT key, what, changed FROM cdc_fdw_diff('item_changes', '2024-01-02 10:00:02', '2024-01-02 10:00:03') ORDER BY key;
SELECT effect FROM cdc_fdw_explain_row('item_changes', '{"id": 3}');
-- shards: each is a log of its own
CALL regress.file('w/s1/t/LOAD00000001.csv', E'ts,id,v\n2024-01-01 09:00:00,1,a\n');
CALL regress.file('w/s2/t/LOAD00000001.csv', E'ts,id,v\n2024-01-01 09:00:00,1,b\n');
CALL regress.file('w/s1/t/20240102-100100000.csv', E'Op,ts,id,v\nU,2024-01-02 10:00:00,1,A\nD,2024-01-02 10:00:00,7,\n');
CALL regress.file('w/s2/t/20240102-100100000.csv', E'Op,ts,id,v\nI,2024-01-02 10:00:00,1,B\n');
CREATE FOREIGN TABLE shards (shard text OPTIONS (role 'source', key 'true'), id int OPTIONS (key 'true'), v text)
  SERVER log OPTIONS (prefix 'w/s1/t,w/s2/t', add_column_name 'true');
SELECT * FROM cdc_fdw_diff('shards', '2024-01-01 10:00', 'infinity') ORDER BY key;
SELECT file, effect, row_key, state FROM cdc_fdw_explain_row('shards', '{"shard": "w/s2/t", "id": 1}');
SELECT * FROM cdc_fdw_audit('shards') WHERE count > 0;

-- a file that came late: at the earlier instant it is not looked for behind one that begins later
CALL regress.file('w/late/LOAD00000001.csv', E'ts,id,v\n2024-01-01 09:00:00,1,a\n');
CALL regress.file('w/late/20240102-100100000.csv', E'Op,ts,id,v\nU,2024-01-02 10:00:00,1,b\n');
CALL regress.file('w/late/20240102-120100000.csv', E'Op,ts,id,v\nI,2024-01-02 12:00:00,2,c\n');
CALL regress.file('w/late/20240102-130100000.csv', E'Op,ts,id,v\nI,2024-01-02 09:30:00,3,d\n');
CREATE FOREIGN TABLE late (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 'w', add_column_name 'true');
SELECT id FROM late WHERE at = '2024-01-02 10:30' ORDER BY id;
SELECT key, what FROM cdc_fdw_diff('late', '2024-01-02 10:30', '2024-01-02 14:00') ORDER BY key;
-- an instant of the table's own is the one that a query would read
ALTER FOREIGN TABLE late OPTIONS (ADD asof '2024-01-02 10:30');
SELECT key, what FROM cdc_fdw_diff('late', '2024-01-02 09:00') ORDER BY key;
SELECT line, effect, state FROM cdc_fdw_explain_row('late', '{"id": 2}');
SELECT line, effect, state FROM cdc_fdw_explain_row('late', '{"id": 2}', 'infinity');

-- little memory, many keys
SELECT E'ts,id,v\n' || string_agg(format(E'2024-01-01 09:00:00,%s,%s\n', i, i % 7), '') AS load FROM generate_series(1, 5000) i \gset
SELECT E'Op,ts,id,v\n' || string_agg(format(E'U,2024-01-02 09:00:00,%s,%s\n', i, i % 5), '') AS changes FROM generate_series(2001, 7000) i \gset
CALL regress.file('w/many/LOAD00000001.csv', :'load');
CALL regress.file('w/many/20240102-100100000.csv', :'changes');
CREATE FOREIGN TABLE many (id int OPTIONS (key 'true'), v int) SERVER log OPTIONS (schema_name 'w', add_column_name 'true');
CREATE TEMP VIEW many_diff AS SELECT what, count(*), sum((key->>'id')::int) FROM cdc_fdw_diff('many', '2024-01-01 10:00', 'infinity') GROUP BY 1 ORDER BY 1;
SELECT * FROM many_diff;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT * FROM many_diff;
SELECT * FROM cdc_fdw_audit('many') WHERE count > 0;
SELECT line, effect, state FROM cdc_fdw_explain_row('many', '{"id": 4711}');
RESET work_mem;
RESET hash_mem_multiplier;

-- -------------------------------------------------------------- bad input
CREATE TABLE plain (id int);
CREATE FOREIGN DATA WRAPPER other;
CREATE SERVER other FOREIGN DATA WRAPPER other;
CREATE FOREIGN TABLE foreign_one (id int) SERVER other;
SELECT f || ': ' || regress.outcome(format('SELECT * FROM cdc_fdw_%s', f)) FROM unnest('{
  "explain_row(''plain'', ''{}'')", "audit(''plain'')", "diff(''foreign_one'', ''2024-01-01'')", "audit(''foreign_one'')", "audit(1::regclass)",
  "explain_row(NULL, ''{}'')", "explain_row(''item'', NULL)", "audit(NULL)", "diff(''item'', NULL)",
  "explain_row(''item'', ''{}'')", "explain_row(''item'', ''[2]'')", "explain_row(''item'', ''2'')", "explain_row(''item'', ''{\"id\": 2, \"name\": \"two\"}'')",
  "explain_row(''item'', ''{\"id\": null}'')", "explain_row(''item'', ''{\"id\": {\"id\": 2}}'')", "explain_row(''item'', ''{\"id\": \"two\"}'')",
  "explain_row(''item'', ''{\"id\": 2.5}'')", "explain_row(''item'', ''{\"id\": 99999999999}'')",
  "explain_row(''part'', ''{\"k1\": \"x\"}'')", "explain_row(''keyless'', ''{}'')", "explain_row(''shards'', ''{\"id\": 1}'')",
  "explain_row(''shards'', ''{\"id\": 1, \"shard\": \"w/s3/t\"}'')",
  "explain_row(''item'', ''{\"id\": 2}'', ''soon'')", "audit(''item'', ''2024-01-01 25:00'')", "diff(''item'', ''2024-01-01 Mars/Olympus'')",
  "audit(''item'', ''2023-01-01'')", "diff(''item'', ''2023-01-01'', ''2023-01-02'')", "diff(''item'', ''2023-01-01'')"}'::text[]) f;
-- a log that is broken says where
CALL regress.file('w/item/20240104-100100000.csv', E'Op,ts,id,name,price,old_id\nU,2024-01-04 10:00:00,1,one,cheap,\n');
SELECT f || ': ' || regress.outcome(format('SELECT * FROM cdc_fdw_%s', f)) FROM unnest('{
  "explain_row(''item'', ''{\"id\": 1}'')", "explain_row(''item'', ''{\"id\": 2}'')", "diff(''item'', ''2024-01-03'')", "audit(''item'')"}'::text[]) f;
-- the caller's own right to the table decides
CREATE ROLE regress_why;
GRANT pg_read_server_files TO regress_why;
GRANT USAGE ON SCHEMA regress TO regress_why;
SET ROLE regress_why;
SELECT f || ': ' || regress.outcome(format('SELECT * FROM cdc_fdw_%s', f)) FROM unnest('{"explain_row(''many'', ''{\"id\": 1}'')", "audit(''many'')", "diff(''many'', ''2024-01-03'')"}'::text[]) f;
RESET ROLE;
GRANT SELECT ON many TO regress_why;
SET ROLE regress_why;
SELECT count(*) FROM cdc_fdw_explain_row('many', '{"id": 1}');
RESET ROLE;

SET client_min_messages = warning;
DROP VIEW many_diff;
DROP OWNED BY regress_why;
DROP ROLE regress_why;
DROP FOREIGN DATA WRAPPER other CASCADE;
DROP TABLE plain, queued;
\i :end

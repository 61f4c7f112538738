-- Keys: rows of the full load that share one, keys that are wrong, and searches
-- for keys of which the log has no row at the instant.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all
\pset format unaligned
\pset tuples_only on

CREATE SERVER names FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', include_op_for_full_load 'true');
CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');

-- ---------------------------------------------------------------- half of a composite key
CALL regress.file('k/half/LOAD00000001.csv', $$
I,1,10,5,a
I,1,11,6,b
I,2,10,7,c
$$);
CALL regress.file('k/half/20240502-100000000.csv', $$
U,1,10,50,aa
D,1,11,,
$$);
CREATE FOREIGN TABLE half (a int OPTIONS (key 'true'), b int, n int, v text) SERVER names OPTIONS (schema_name 'k');
CREATE FOREIGN TABLE half_history (a int OPTIONS (key 'true'), b int, n int, v text,
  valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to')) SERVER names
  OPTIONS (schema_name 'k', table_name 'half', mode 'history');
SELECT regress.outcome('SELECT * FROM half');
SELECT regress.outcome('SELECT count(*) FROM half');
SELECT regress.outcome('SELECT * FROM half_history');
SELECT regress.outcome($$SELECT cdc_fdw_fingerprint('half')$$);
-- each of the hint's two ways
ALTER FOREIGN TABLE half ALTER b OPTIONS (ADD key 'true');
SELECT * FROM half ORDER BY a, b;
ALTER FOREIGN TABLE half ALTER b OPTIONS (DROP key);
ALTER FOREIGN TABLE half OPTIONS (ADD duplicate_keys 'true');
SELECT * FROM half ORDER BY a, b;
SELECT * FROM half WHERE a = 1;
SELECT regress.counted('SELECT * FROM half');
ALTER FOREIGN TABLE half_history OPTIONS (ADD duplicate_keys 'true');
SELECT * FROM half_history ORDER BY a, b;
ALTER FOREIGN TABLE half OPTIONS (SET duplicate_keys 'false');
-- one answer or one error, whatever the way to it: the first block of the full load shows what the key is
CREATE TABLE regress.ways (n serial, way text, settings text[], query text);
INSERT INTO regress.ways (way, settings, query) VALUES
  ('scan', '{}', 'SELECT * FROM <t> WHERE a + 0 < 4'),
  ('shared', '{min_parallel_table_scan_size=0,parallel_setup_cost=0,parallel_tuple_cost=0,max_parallel_workers_per_gather=2}', 'SELECT count(v) FROM <t> WHERE a + 0 < 4'),
  ('counted', '{}', 'SELECT count(*) FROM <t> WHERE a + 0 < 4'),
  ('1', '{}', 'SELECT * FROM <t> WHERE a = 1'),
  ('2', '{}', 'SELECT * FROM <t> WHERE a = 2'),
  ('3', '{}', 'SELECT * FROM <t> WHERE a = 3'),
  ('many', '{}', 'SELECT * FROM <t> WHERE a IN (1, 2, 3)'),
  ('loop', '{}', 'SELECT t.* FROM generate_series(1, 3) w, LATERAL (SELECT * FROM <t> WHERE a = w OFFSET 0) t'),
  ('hash', '{enable_nestloop=off,enable_mergejoin=off}', 'SELECT t.* FROM generate_series(1, 3) w JOIN <t> t ON t.a = w');
CREATE FUNCTION regress.go(settings text[], query text, INOUT lines boolean DEFAULT false, OUT said text) LANGUAGE plpgsql AS $$
DECLARE
  before text[];
  s text;
BEGIN
  FOREACH s IN ARRAY settings LOOP
    before := before || (split_part(s, '=', 1) || '=' || current_setting(split_part(s, '=', 1)));
    PERFORM set_config(split_part(s, '=', 1), split_part(s, '=', 2), false);
  END LOOP;
  BEGIN
    IF lines THEN
      said := string_agg(trim(l, ' ->'), ', ') FROM regress.plan(query) l WHERE l ~ 'Gather|Nested|Hash Join|Key Search';
    ELSE
      EXECUTE format('SELECT coalesce(string_agg(x::text, %L ORDER BY x::text COLLATE "C"), %L) FROM (%s) x', ' ', 'no rows', query) INTO said;
    END IF;
  EXCEPTION WHEN OTHERS THEN
    said := SQLERRM;
  END;
  FOREACH s IN ARRAY coalesce(before, '{}') LOOP
    PERFORM set_config(split_part(s, '=', 1), split_part(s, '=', 2), false);
  END LOOP;
END $$;
-- the ways to ask that are answered alike are one line
CREATE FUNCTION regress.ways_of(t text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT string_agg(way, ', ' ORDER BY n) || ': ' || said
  FROM regress.ways, LATERAL (SELECT (regress.go(settings, replace(query, '<t>', t))).said OFFSET 0) g GROUP BY said ORDER BY min(n)
$$;
SELECT way, (regress.go(settings, replace(query, '<t>', 'half'), true)).said FROM regress.ways ORDER BY n;
SELECT regress.ways_of('half');
ALTER FOREIGN TABLE half_history OPTIONS (SET duplicate_keys 'false');
SELECT regress.ways_of('half_history');
SELECT regress.outcome('SELECT * FROM half WHERE a = 1');
ALTER FOREIGN TABLE half OPTIONS (ADD check_base 'error');
SELECT regress.ways_of('half');
ALTER FOREIGN TABLE half OPTIONS (SET duplicate_keys 'true');
SELECT regress.ways_of('half');
ALTER FOREIGN TABLE half OPTIONS (DROP check_base, SET duplicate_keys 'false');
-- what was found out is of the columns as they were declared, and of the file as it was
ALTER FOREIGN TABLE half ALTER b OPTIONS (ADD key 'true');
SELECT regress.ways_of('half');
ALTER FOREIGN TABLE half ALTER b OPTIONS (DROP key);
SELECT regress.ways_of('half');
CALL regress.file('k/turned/LOAD00000001.csv', E'I,1,10,5,a\nI,2,10,7,c\n');
CALL regress.file('k/turned/20240502-100000000.csv', E'U,1,10,50,aa\n');
CREATE FOREIGN TABLE turned (a int OPTIONS (key 'true'), b int, n int, v text) SERVER names OPTIONS (schema_name 'k');
SELECT regress.ways_of('turned');
CALL regress.file('k/turned/LOAD00000001.csv', E'I,1,10,5,a\nI,2,10,7,c\nI,1,11,6,b\n');
SELECT regress.ways_of('turned');
-- sibling kinds: a text key, two columns of three, several files, a header, zipped, a commit clock
CALL regress.file('k/half_text/LOAD00000001.csv', E'I,1,10,5,a\nI,1,11,6,b\nI,2,10,7,c\n');
CALL regress.file('k/half_text/20240502-100000000.csv', E'U,1,10,50,aa\n');
CREATE FOREIGN TABLE half_text (a text OPTIONS (key 'true'), b int, n int, v text) SERVER names OPTIONS (schema_name 'k');
SELECT split_part(regress.outcome(q), E'\n', 1) FROM unnest(ARRAY['SELECT * FROM half_text', $$SELECT * FROM half_text WHERE a = '1'$$,
  $$SELECT * FROM half_text WHERE a = '2'$$, 'SELECT t.* FROM generate_series(1, 2) w, LATERAL (SELECT * FROM half_text t WHERE t.a = w::text) t']) q;
CALL regress.file('k/two_of_three/LOAD00000001.csv', E'I,1,10,5,a\nI,1,10,6,b\nI,2,10,7,c\n');
CALL regress.file('k/two_of_three/20240502-100000000.csv', E'U,1,10,5,aa\n');
CREATE FOREIGN TABLE two_of_three (a int OPTIONS (key 'true'), b int OPTIONS (key 'true'), n int, v text) SERVER names OPTIONS (schema_name 'k');
SELECT split_part(regress.outcome(q), E'\n', 1) FROM unnest(ARRAY['SELECT * FROM two_of_three', 'SELECT * FROM two_of_three WHERE a = 1 AND b = 10',
  'SELECT * FROM two_of_three WHERE a = 2 AND b = 10']) q;
CALL regress.file('k/half_files/LOAD00000001.csv', '');
CALL regress.file('k/half_files/LOAD00000002.csv', E'I,1,10,5,a\nI,1,11,6,b\n');
CALL regress.file('k/half_files/LOAD00000003.csv', E'I,2,10,7,c\n');
CALL regress.file('k/half_files/20240502-100000000.csv', E'U,1,10,50,aa\nU,2,10,70,cc\n');
CREATE FOREIGN TABLE half_files (a int OPTIONS (key 'true'), b int, n int, v text) SERVER names OPTIONS (schema_name 'k');
SELECT regress.ways_of('half_files');
CALL regress.file('k/half_head/LOAD00000001.csv', E'Op,ts,a,b,n,v\nI,2024-01-01 00:00:00,1,10,5,a\nI,2024-01-01 00:00:00,1,11,6,b\n');
CALL regress.file('k/half_head/20240502-100000000.csv', E'Op,ts,a,b,n,v\nU,2024-05-02 09:00:00,1,10,50,aa\n');
CALL regress.shell(format('gzip "%s/k/half_head/LOAD00000001.csv"', current_setting('regress.folder')));
CREATE FOREIGN TABLE half_head (a int OPTIONS (key 'true'), b int, n int, v text) SERVER log
  OPTIONS (schema_name 'k', add_column_name 'true', include_op_for_full_load 'true');
SELECT regress.ways_of('half_head');
CREATE FOREIGN TABLE half_head_history (a int OPTIONS (key 'true'), b int, n int, v text, valid_to timestamptz OPTIONS (role 'valid_to')) SERVER log
  OPTIONS (schema_name 'k', table_name 'half_head', add_column_name 'true', include_op_for_full_load 'true', mode 'history');
SELECT regress.ways_of('half_head_history');
-- the way to find out that a key is wrong is not barred by it
SELECT kind, count, file, line FROM cdc_fdw_audit('half_head') WHERE count > 0;
SELECT count(*) FROM cdc_fdw_explain_row('half', '{"a": 1}');
SELECT cdc_fdw_pin('half', NULL, NULL, 'half') IS NOT NULL AS pinned;
SELECT cdc_fdw_unpin('half') AS gone \gset
CREATE FOREIGN TABLE half_changes (a int OPTIONS (key 'true'), b int, n int, v text) SERVER names OPTIONS (schema_name 'k', table_name 'half', mode 'changes');
SELECT count(*) FROM half_changes;

-- rows of one key behind the first block: a search that no change decides reads on, and compares
DO $$
BEGIN
  CALL regress.file('k/far/LOAD00000001.csv', E'I,1,x\nI,2,x\nI,3,x\n' || repeat(E'I,4,x\n', 12000) || E'I,1,differs\nI,2,differs\nI,3,x\n');
END $$;
CALL regress.file('k/far/20240502-100000000.csv', E'U,1,changed\n');
CREATE FOREIGN TABLE far (a int OPTIONS (key 'true'), v text) SERVER names OPTIONS (schema_name 'k');
CREATE FOREIGN TABLE far_history (a int OPTIONS (key 'true'), v text, valid_to timestamptz OPTIONS (role 'valid_to')) SERVER names
  OPTIONS (schema_name 'k', table_name 'far', mode 'history');
-- 1: decided, and not looked for further; 2 and 3: two rows, which differ, or not
SELECT regress.ways_of('far');
SELECT regress.ways_of('far_history');
ALTER FOREIGN TABLE far OPTIONS (ADD check_base 'error');
SELECT regress.ways_of('far');
ALTER FOREIGN TABLE far_history OPTIONS (ADD check_base 'error');
SELECT regress.ways_of('far_history');
ALTER FOREIGN TABLE far OPTIONS (SET check_base 'off', ADD duplicate_keys 'true');
SELECT regress.ways_of('far');
-- equal rows of a key that no change decides come out as often as they come, whatever the way
CALL regress.file('k/again/LOAD00000001.csv', E'I,1,x\nI,2,x\nI,2,x\nI,3,x\n');
CALL regress.file('k/again/LOAD00000002.csv', E'I,1,x\nI,2,x\nI,3,x\n');
CALL regress.file('k/again/20240502-100000000.csv', E'U,1,changed\n');
CREATE FOREIGN TABLE again (a int OPTIONS (key 'true'), v text) SERVER names OPTIONS (schema_name 'k');
CREATE FOREIGN TABLE again_history (a int OPTIONS (key 'true'), v text, valid_to timestamptz OPTIONS (role 'valid_to')) SERVER names
  OPTIONS (schema_name 'k', table_name 'again', mode 'history');
SELECT a, count(*) FROM again GROUP BY a ORDER BY a;
SELECT regress.ways_of('again');
SELECT regress.ways_of('again_history');
SELECT regress.counted('SELECT * FROM again WHERE a = 2'), regress.counted('SELECT * FROM again_history WHERE a = 2');
-- with before images too
CALL regress.file('k/images/LOAD00000001.csv', E'I,1,x,\nI,2,x,\nI,2,x,\nI,3,x,\n');
CALL regress.file('k/images/LOAD00000002.csv', E'I,3,differs,\n');
CALL regress.file('k/images/20240502-100000000.csv', E'U,4,changed,1\n');
CREATE FOREIGN TABLE images (a int OPTIONS (key 'true'), v text, old_a int OPTIONS (before 'a')) SERVER names OPTIONS (schema_name 'k');
CREATE FOREIGN TABLE images_history (a int OPTIONS (key 'true'), v text, old_a int OPTIONS (before 'a'), valid_to timestamptz OPTIONS (role 'valid_to')) SERVER names
  OPTIONS (schema_name 'k', table_name 'images', mode 'history');
SELECT regress.ways_of('images');
SELECT regress.ways_of('images_history');
ALTER FOREIGN TABLE again OPTIONS (ADD check_base 'error');
SELECT a, count(*) FROM again GROUP BY a ORDER BY a;
SELECT regress.ways_of('again');
ALTER FOREIGN TABLE again_history OPTIONS (ADD check_base 'error');
SELECT regress.ways_of('again_history');

-- one change decides: an update, an insert, a delete, each alone; and none of the key
CALL regress.file('k/by_u/LOAD00000001.csv', E'I,1,a\nI,2,b\nI,1,c\n');
CALL regress.file('k/by_u/20240502-100000000.csv', E'U,1,d\n');
CALL regress.file('k/by_i/LOAD00000001.csv', E'I,1,a\nI,2,b\nI,1,c\n');
CALL regress.file('k/by_i/20240502-100000000.csv', E'I,1,d\n');
CALL regress.file('k/by_d/LOAD00000001.csv', E'I,1,a\nI,2,b\nI,1,c\n');
CALL regress.file('k/by_d/20240502-100000000.csv', E'D,1,\n');
CALL regress.file('k/none/LOAD00000001.csv', E'I,1,a\nI,2,b\nI,1,c\nI,2,b\n');
CALL regress.file('k/none/20240502-100000000.csv', E'U,3,d\n');
SELECT format($$
  CREATE FOREIGN TABLE %1$s (id int OPTIONS (key 'true'), v text) SERVER names OPTIONS (schema_name 'k');
  CREATE FOREIGN TABLE %1$s_history (id int OPTIONS (key 'true'), v text, valid_from timestamptz OPTIONS (role 'valid_from')) SERVER names
    OPTIONS (schema_name 'k', table_name %1$L, mode 'history')$$, t) FROM unnest(ARRAY['by_u', 'by_i', 'by_d', 'none']) t \gexec
SELECT t, split_part(regress.outcome('SELECT * FROM ' || t), E'\n', 1) FROM unnest(ARRAY['by_u', 'by_i', 'by_d', 'none', 'by_u_history', 'by_i_history', 'by_d_history', 'none_history']) t;
-- rows that no change decides are compared where that is asked for
ALTER FOREIGN TABLE none OPTIONS (ADD check_base 'error');
SELECT regress.outcome('SELECT * FROM none');
SELECT regress.outcome('SELECT * FROM none WHERE id = 1');
ALTER FOREIGN TABLE none_history OPTIONS (ADD check_base 'error');
SELECT regress.outcome('SELECT * FROM none_history');
-- or accepted
ALTER FOREIGN TABLE none OPTIONS (SET check_base 'off', ADD duplicate_keys 'true');
SELECT * FROM none WHERE id = 1 ORDER BY v;
SELECT * FROM none ORDER BY id, v;
SELECT regress.outcome($$ALTER FOREIGN TABLE none OPTIONS (SET check_base 'on')$$);

-- ---------------------------------------------------------------- rows that are equal are one
-- delivered twice, in segments and in folders of partitions; a null beside an empty field, and quotes, are no difference
CALL regress.file('k/twice/LOAD00000001.csv', E'2024-01-01 09:00:00,1,one,\n2024-01-01 09:00:00,2,two,\n2024-01-01 09:00:00,2,two,\n2024-01-01 09:00:00,3,three,\n');
CALL regress.file('k/twice/SEGMENT1_LOAD00000001.csv', E'2024-01-01 09:00:01,1,one,\n2024-01-01 09:00:01,4,four,\n');
CALL regress.file('k/twice/p=x/LOAD00000002.csv', E'2024-01-01 09:00:02,1,"one",\n');
CALL regress.file('k/twice/20240101-100100000.csv', E'U,2024-01-01 10:00:00,1,ONE,\nD,2024-01-01 10:00:01,2,,\n');
CREATE FOREIGN TABLE twice (id int OPTIONS (key 'true'), v text, x text) SERVER log OPTIONS (schema_name 'k', partition_folders 'true');
SELECT id, v FROM twice ORDER BY id;
SELECT regress.counted('SELECT * FROM twice');
SELECT kind, count, file, line FROM cdc_fdw_audit('twice') WHERE count > 0;
-- before a change decides them they are two, unless that is checked
CREATE FOREIGN TABLE twice_at (id int OPTIONS (key 'true'), v text, x text, at timestamptz OPTIONS (role 'asof')) SERVER log
  OPTIONS (schema_name 'k', table_name 'twice', partition_folders 'true', check_base 'error');
SELECT id, v FROM twice_at WHERE at = '2024-01-01 09:30' ORDER BY id;
SELECT regress.counted($$SELECT * FROM twice_at WHERE at = '2024-01-01 09:30'$$);
CREATE FOREIGN TABLE twice_history (id int OPTIONS (key 'true'), v text, x text, valid_to timestamptz OPTIONS (role 'valid_to'),
  end_op text OPTIONS (role 'end_op')) SERVER log
  OPTIONS (schema_name 'k', table_name 'twice', partition_folders 'true', mode 'history');
SELECT id, v, valid_to, end_op FROM twice_history ORDER BY id, valid_to;
SELECT regress.counted('SELECT * FROM twice_history');
-- with before images, and with cells that may be missing, and both
CALL regress.file('k/moved/LOAD00000001.csv', E'2024-01-01 09:00:00,1,one,,x\n2024-01-01 09:00:00,1,one,,x\n2024-01-01 09:00:00,5,five,,y\n2024-01-01 09:00:00,5,five,,y\n');
CALL regress.file('k/moved/20240101-100100000.csv', E'U,2024-01-01 10:00:00,2,moved,1,?\nU,2024-01-01 10:00:01,3,again,2,?\n');
CREATE FOREIGN TABLE moved (id int OPTIONS (key 'true'), v text, old_id int OPTIONS (before 'id'), x text) SERVER log
  OPTIONS (schema_name 'k', use_csv_no_sup_value 'true', csv_no_sup_value '?');
CREATE FOREIGN TABLE moved_history (id int OPTIONS (key 'true'), v text, old_id int OPTIONS (before 'id'), x text, valid_to timestamptz OPTIONS (role 'valid_to'),
  end_op text OPTIONS (role 'end_op')) SERVER log
  OPTIONS (schema_name 'k', table_name 'moved', mode 'history', use_csv_no_sup_value 'true', csv_no_sup_value '?');
SELECT id, v, x FROM moved ORDER BY id;
SELECT regress.counted('SELECT * FROM moved');
SELECT id, v, x, valid_to, end_op FROM moved_history ORDER BY id, valid_to;
SELECT regress.counted('SELECT * FROM moved_history');
-- where the states are read whole, a difference is one row too
SELECT key, what FROM cdc_fdw_diff('moved', '2024-01-01 09:30', 'infinity') ORDER BY key::text;
SELECT key, what FROM cdc_fdw_diff('moved', 'infinity', '2024-01-01 09:30') ORDER BY key::text;
ALTER FOREIGN TABLE moved_history OPTIONS (ADD check_base 'error');
SELECT id, v, x, valid_to, end_op FROM moved_history ORDER BY id, valid_to;
SELECT regress.counted('SELECT * FROM moved_history');
CALL regress.file('k/moved/LOAD00000002.csv', E'2024-01-01 09:00:00,1,eins,,x\n');
SELECT regress.outcome('SELECT id FROM moved');
SELECT regress.outcome('SELECT id FROM moved_history');
-- folders: the hint says what may be missing of the key
CREATE FOREIGN TABLE folders (id int OPTIONS (key 'true'), v text, s text OPTIONS (role 'source')) SERVER names OPTIONS (prefix 'k/by_u, k/by_i');
SELECT regress.outcome('SELECT * FROM folders');

-- ---------------------------------------------------------------- values written in two ways are equal
-- the key itself, in types that have several texts of a value
CREATE SERVER wide FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', add_column_name 'true', include_op_for_full_load 'true');
CREATE PROCEDURE regress.ways(name text, type text, one text, other text) LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.file('w/' || name || '/LOAD00000001.csv', format(E'Op,id,v,undeclared\nI,"%s",x,1\nI,"%s",x,2\n', one, other));
  CALL regress.file('w/' || name || '/20240502-100000000.csv', format(E'Op,id,v\nU,"%s",y\n', one));
  EXECUTE format('CREATE FOREIGN TABLE %1$I (id %2$s OPTIONS (key ''true''), v text) SERVER wide OPTIONS (schema_name ''w'')', 'ways_' || name, type);
  EXECUTE format('ALTER FOREIGN TABLE ways_%1$s OPTIONS (ADD table_name %1$L)', name);
END $$;
CALL regress.ways('timestamptz', 'timestamptz', '2024-01-01 09:00:00+00', '2024-01-01 10:00:00+01');
CALL regress.ways('numeric', 'numeric', '1.0', '1.00');
CALL regress.ways('uuid', 'uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11');
CALL regress.ways('float8', 'float8', '0', '-0');
CALL regress.ways('bpchar', 'char(5)', 'ab', 'ab  ');
CALL regress.ways('int', 'int', '7', '007');
SELECT t, regress.outcome(format('SELECT * FROM ways_%s', t)), regress.counted(format('SELECT * FROM ways_%s', t))
FROM unnest(ARRAY['timestamptz', 'numeric', 'uuid', 'float8', 'bpchar', 'int']) t;
-- other columns: by their types' equality
CREATE PROCEDURE regress.others(name text, type text, one text, other text) LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.file('w/o_' || name || '/LOAD00000001.csv', format(E'Op,id,v\nI,1,%s\nI,1,%s\n', one, other));
  CALL regress.file('w/o_' || name || '/20240502-100000000.csv', E'Op,id,v\nD,1,\n');
  EXECUTE format('CREATE FOREIGN TABLE %1$I (id int OPTIONS (key ''true''), v %2$s) SERVER wide OPTIONS (schema_name ''w'')', 'o_' || name, type);
END $$;
CREATE DOMAIN regress.amount AS numeric CHECK (VALUE < 100);
CALL regress.others('numeric', 'numeric', '1.0', '1.00');
CALL regress.others('domain', 'regress.amount', '1.0', '1.00');
CALL regress.others('array', 'numeric[]', '"{1.0,2}"', '"{1.00,2.0}"');
CALL regress.others('timestamptz', 'timestamptz', '2024-01-01 09:00:00+00', '2024-01-01 10:00:00+01');
CALL regress.others('bool', 'bool', 'true', '1');
CALL regress.others('jsonb', 'jsonb', '"{""a"":1,""b"":2}"', '"{""b"":2.0,""a"":1}"');
CALL regress.others('unequal', 'numeric', '1.0', '1.01');
CALL regress.others('text', 'text', '1.0', '1.00');
CALL regress.others('json', 'json', '"{""a"":1}"', '"{""a"": 1}"');
CALL regress.others('null', 'numeric', '0', '');
CALL regress.others('bad', 'numeric', '1.0', 'one');
SELECT t, regress.outcome(format('SELECT * FROM o_%s', t))
FROM unnest(ARRAY['numeric', 'domain', 'array', 'timestamptz', 'bool', 'jsonb', 'unequal', 'text', 'json', 'null', 'bad']) t;
-- what is no value equals none
ALTER FOREIGN TABLE o_bad OPTIONS (ADD on_error 'null');
SELECT regress.outcome('SELECT * FROM o_bad');

-- cdc_fdw_diff takes the first of them in the log, in both of its ways: by the keys of the changes, and (with an operation's name given) of whole states
CREATE PROCEDURE regress.firsts(type text, one text, other text) LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.file('f/first/LOAD00000001.csv', format(E'Op,ts,id,v\nI,2024-01-01 09:00:00,1,%1$s\nI,2024-01-01 09:00:00,2,%1$s\nI,2024-01-01 09:00:00,3,%2$s\nI,2024-01-01 09:00:00,4,%1$s\nI,2024-01-01 09:00:00,4,%2$s\n', one, other));
  CALL regress.file('f/first/LOAD00000002.csv', format(E'Op,ts,id,v\nI,2024-01-01 09:00:00,1,%2$s\nI,2024-01-01 09:00:00,2,%2$s\nI,2024-01-01 09:00:00,3,%1$s\nI,2024-01-01 09:00:00,1,%1$s\n', one, other));
  CALL regress.file('f/first/20240103-000000000.csv', format(E'Op,ts,id,v\nD,2024-01-02 10:00:00,1,\nU,2024-01-02 10:00:00,2,%2$s\nU,2024-01-02 10:00:00,3,%2$s\nU,2024-01-02 11:00:00,2,%1$s\n', one, other));
  DROP FOREIGN TABLE IF EXISTS by_keys, by_states;
  EXECUTE format('CREATE FOREIGN TABLE by_keys (id int OPTIONS (key ''true''), v %s) SERVER wide OPTIONS (schema_name ''f'', table_name ''first'', timestamp_column_name ''ts'')', type);
  EXECUTE format('CREATE FOREIGN TABLE by_states (id int OPTIONS (key ''true''), v %s) SERVER wide OPTIONS (schema_name ''f'', table_name ''first'', timestamp_column_name ''ts'', op_column_name ''Op'')', type);
END $$;
CREATE FUNCTION regress.diffs(name text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', f, t, what, key->>'id', old_row->'v', new_row->'v'), E'\n' ORDER BY f, t, key->'id', what, old_row::text, new_row::text)
    FROM (VALUES (9, '2024-01-01 09:00'), (10, '2024-01-02 10:00'), (11, 'infinity')) a (f, x), (VALUES (9, '2024-01-01 09:00'), (10, '2024-01-02 10:00'), (11, 'infinity')) b (t, y), cdc_fdw_diff(name::regclass, x, y)
$$;
CALL regress.firsts('numeric', '1.0', '1.00');
SELECT regress.diffs('by_keys'), regress.diffs('by_states') = regress.diffs('by_keys') AS alike;
CALL regress.firsts('numeric[]', '"{1.0}"', '"{1.00}"');
SELECT regress.diffs('by_keys'), regress.diffs('by_states') = regress.diffs('by_keys') AS alike;
CALL regress.firsts('jsonb', '"{""a"": 1.0}"', '"{ ""a"":1.00}"');
SELECT regress.diffs('by_keys'), regress.diffs('by_states') = regress.diffs('by_keys') AS alike;
CALL regress.firsts('interval', '1 day', '24:00:00');
SELECT regress.diffs('by_keys'), regress.diffs('by_states') = regress.diffs('by_keys') AS alike;
-- where a key may have several rows, each is one
ALTER FOREIGN TABLE by_keys OPTIONS (ADD duplicate_keys 'true');
ALTER FOREIGN TABLE by_states OPTIONS (ADD duplicate_keys 'true');
SELECT regress.diffs('by_keys'), regress.diffs('by_states') = regress.diffs('by_keys') AS alike;

-- ---------------------------------------------------------------- many keys, several processes
-- 6000 keys, each third in two files; changes decide all but the last 600
DO $$
DECLARE
  content text;
BEGIN
  FOR f IN 1..4 LOOP
    content := string_agg(format(E'2024-01-01 09:00:00,%s,v%s\n', i, i), '')
      FROM generate_series(1, 6000) i WHERE i % 4 = f - 1 OR (i % 3 = 0 AND i % 4 = f % 4);
    CALL regress.file('k/many/LOAD0000000' || f || '.csv', content);
    content := string_agg(format(E'%s,2024-01-01 10:0%s:00,%s,w%s\n', CASE WHEN i % 10 = 0 THEN 'D' ELSE 'U' END, f - 1, i, i), '')
      FROM generate_series(1, 5400) i WHERE i % 4 = f - 1;
    CALL regress.file('k/many/20240101-100' || f || '00000.csv', content);
  END LOOP;
END $$;
CREATE FOREIGN TABLE many (id text OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 'k');
CREATE FOREIGN TABLE many_checked (id text OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 'k', table_name 'many', check_base 'error');
CREATE FOREIGN TABLE many_history (id text OPTIONS (key 'true'), v text, valid_to timestamptz OPTIONS (role 'valid_to')) SERVER log
  OPTIONS (schema_name 'k', table_name 'many', mode 'history');
CREATE FUNCTION regress.many() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT count(*) || ' ' || sum(id::int) || ' ' || min(v) || ' ' || max(v) FROM many UNION ALL
  SELECT count(*) || ' ' || sum(id::int) || ' ' || min(v) || ' ' || max(v) FROM many_checked UNION ALL
  SELECT count(*) || ' ' || sum(id::int) || ' ' || count(*) FILTER (WHERE valid_to = 'infinity') FROM many_history UNION ALL
  SELECT regress.counted('SELECT * FROM many', 'Repeated Base|Key Splits') UNION ALL
  SELECT regress.counted('SELECT count(*) FROM many', 'Repeated Base') UNION ALL
  SELECT regress.counted('SELECT * FROM many_checked', 'Repeated Base') UNION ALL
  SELECT regress.counted('SELECT * FROM many_history', 'Repeated Base')
$$;
SELECT * FROM regress.many();
-- keys that do not fit in memory
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT regress.many();
-- one of 1800 differs, and its key is in no table any more when it is met
CALL regress.file('k/many/LOAD00000005.csv', E'2024-01-01 09:00:00,5399,differs\n');
SELECT regress.hide(split_part(regress.outcome('SELECT * FROM ' || t), E'\n', 1)) FROM unnest(ARRAY['many', 'many_checked', 'many_history']) t;
RESET work_mem;
RESET hash_mem_multiplier;
SELECT regress.hide(split_part(regress.outcome('SELECT * FROM ' || t), E'\n', 1)) FROM unnest(ARRAY['many', 'many_checked', 'many_history']) t;
-- of a key that nothing decides: only who checks it knows
CALL regress.file('k/many/LOAD00000005.csv', E'2024-01-01 09:00:00,5999,differs\n');
SELECT regress.hide(split_part(regress.outcome('SELECT * FROM ' || t), E'\n', 1)) FROM unnest(ARRAY['many', 'many_checked', 'many_history']) t;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT regress.hide(split_part(regress.outcome('SELECT * FROM ' || t), E'\n', 1)) FROM unnest(ARRAY['many', 'many_checked', 'many_history']) t;
RESET work_mem;
RESET hash_mem_multiplier;
CALL regress.file('k/many/LOAD00000005.csv', '');
-- several processes
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET max_parallel_workers_per_gather = 2;
SELECT regress.plan('SELECT count(v) FROM many');
SELECT count(*) || ' ' || sum(id::int) || ' ' || min(v) || ' ' || max(v) FROM many;
SELECT count(*) || ' ' || sum(id::int) || ' ' || count(*) FILTER (WHERE valid_to = 'infinity') FROM many_history;
SELECT regress.counted('SELECT count(v) FROM many', 'Repeated Base'), regress.counted('SELECT count(v) FROM many_history', 'Repeated Base');
CALL regress.file('k/many/LOAD00000005.csv', E'2024-01-01 09:00:00,5399,differs\n');
SELECT regress.hide(split_part(regress.outcome('SELECT count(v) FROM ' || t), E'\n', 1)) FROM unnest(ARRAY['many', 'many_history']) t;
SET max_parallel_workers_per_gather = 0;

-- ---------------------------------------------------------------- a key that meets no row
-- deletes with all fields: an amount that changes is no key
CREATE PROCEDURE regress.orders(name text, n int, options text) LANGUAGE plpgsql AS $$
DECLARE
  content text;
BEGIN
  content := string_agg(format(E'2024-01-01 09:00:00,%s,%s\n', i, i * 10), '') FROM generate_series(1, n) i;
  CALL regress.file('o/' || name || '/LOAD00000001.csv', content);
  content := string_agg(format(E'%s,2024-01-01 10:00:00.%s,%s,%s\n', CASE WHEN i % 5 = 0 THEN 'D' ELSE 'U' END,
    lpad(i::text, 6, '0'), i, i * 10 + 1), '') FROM generate_series(1, n) i;
  CALL regress.file('o/' || name || '/20240101-100100000.csv', content);
  EXECUTE format('CREATE FOREIGN TABLE %1$I (id int, amount int OPTIONS (key ''true'')) SERVER log OPTIONS (schema_name ''o'' %2$s)', name, options);
  EXECUTE format('CREATE FOREIGN TABLE %1$s_right (id int OPTIONS (key ''true''), amount int) SERVER log OPTIONS (schema_name ''o'', table_name ''%1$s'' %2$s)', name, options);
END $$;
CALL regress.orders('orders', 100, '');
CALL regress.orders('few', 99, '');
CALL regress.orders('cut', 100, $$, changes_from '2024-01-01'$$);
CALL regress.orders('shared', 100, '');
SET client_min_messages = notice;
\set VERBOSITY terse
SELECT count(*) FROM orders WHERE amount = 10;
SELECT amount FROM orders LIMIT 1;
SELECT count(*) FROM orders;
SELECT count(*) FROM orders;
SELECT count(*) FROM orders_right;
SELECT count(*) FROM few;
SELECT count(*) FROM cut;
SET max_parallel_workers_per_gather = 2;
SELECT count(amount) FROM shared;
SET max_parallel_workers_per_gather = 0;
SET client_min_messages = warning;

-- ---------------------------------------------------------------- what ended a version
-- the key's last change in the commit that ended it, with and without the others of the commit
CALL regress.file('v/one/LOAD00000001.csv', E'2024-01-01 09:00:00,1,a,\n2024-01-01 09:00:00,2,b,\n');
CALL regress.file('v/one/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,a2,
D,2024-01-01 10:00:00,1,a2,
U,2024-01-01 10:00:01,2,b2,
D,2024-01-01 10:00:01,2,b2,
I,2024-01-01 10:00:01,2,b3,
D,2024-01-01 10:00:02,2,b3,
$$);
SELECT format($$CREATE FOREIGN TABLE one_%s_%s (id int OPTIONS (key 'true'), v text, x text%s, t timestamptz OPTIONS (role 'valid_to'),
  e text OPTIONS (role 'end_op'), l bigint OPTIONS (role 'line'), base timestamptz OPTIONS (role 'valid_from'))
  SERVER log OPTIONS (schema_name 'v', table_name 'one', mode 'history', collapse %L)$$, c, w, CASE w WHEN 'sorted' THEN $$ OPTIONS (null_on_update 'keep')$$ ELSE '' END, c)
FROM unnest(ARRAY['true', 'false']) c, unnest(ARRAY['plain', 'sorted']) w ORDER BY 1 \gexec
SELECT id, v, base::time, t::time, e FROM one_true_plain ORDER BY id, base, l;
SELECT id, v, base::time, t::time, e FROM one_true_sorted ORDER BY id, base, l;
SELECT id, v, base::time, t::time, e FROM one_false_plain ORDER BY id, base, l;
SELECT id, v, base::time, t::time, e FROM one_false_sorted ORDER BY id, base, l;

-- ---------------------------------------------------------------- changes: a column that came later, in deletes
CALL regress.file('v/later/20240101-100100000.csv', E'Op,ts,k\nI,2024-01-01 10:00:00,1\nU,2024-01-01 10:00:01,1\nD,2024-01-01 10:00:02,1\n');
CALL regress.file('v/later/20240101-100200000.csv', E'Op,ts,k,n\nI,2024-01-01 10:01:00,2,7\nD,2024-01-01 10:01:01,2,\n');
CREATE SERVER named FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', add_column_name 'true', timestamp_column_name 'ts');
CREATE FOREIGN TABLE later (op text OPTIONS (role 'op'), k int, n int OPTIONS (missing '5')) SERVER named OPTIONS (schema_name 'v', mode 'changes');
SELECT op, k, n FROM later;

-- ---------------------------------------------------------------- rows that differ and look alike as JSON
CALL regress.file('v/json/20240101-100100000.csv', $$
Op,ts,k,j,t,n
I,2024-01-01 10:00:00,1,,,1
I,2024-01-01 10:00:00,2,null,,1
I,2024-01-01 10:00:00,3,null,"{""a"":1,""b"":2}",1
I,2024-01-01 10:00:00,4,null,null,1
$$);
CALL regress.file('v/json/20240101-100200000.csv', $$
Op,ts,k,j,t,n
U,2024-01-01 10:01:00,1,null,,1
U,2024-01-01 10:01:00,2,,,2
U,2024-01-01 10:01:00,3,null,"{""b"":2,""a"":1}",1
U,2024-01-01 10:01:00,4,null,null,1
$$);
CREATE FOREIGN TABLE json (k int OPTIONS (key 'true'), j jsonb, t json, n int) SERVER named OPTIONS (schema_name 'v');
SELECT * FROM cdc_fdw_diff('json', '2024-01-01 10:00:30', 'infinity') ORDER BY key::text;
SELECT old_row = new_row AS alike, count(*) FROM cdc_fdw_diff('json', '2024-01-01 10:00:30', 'infinity') GROUP BY 1;
-- what has the rows tells them apart
CREATE TABLE json_was AS SELECT * FROM json;
UPDATE json_was SET j = NULL WHERE k = 1;
SELECT * FROM cdc_fdw_compare('json', 'json_was');
SELECT change FROM cdc_fdw_changes_since('json') WHERE line = 2 ORDER BY committed;

-- ---------------------------------------------------------------- a row before an update, in a record of its own
CALL regress.file('q/b/LOAD00000001.csv', $$
oper,ts,id,v
I,2024-01-01 09:00:00,1,a
I,2024-01-01 09:00:00,2,b
I,2024-01-01 09:00:00,3,c
I,2024-01-01 09:00:00,7,d
I,2024-01-01 09:00:00,8,e
$$);
CALL regress.file('q/b/20240101-100100000.csv', $$
oper,ts,id,v
B,2024-01-01 10:00:00,1,a
U,2024-01-01 10:00:00,2,a
B,2024-01-01 10:00:00,2,b
U,2024-01-01 10:00:00,3,b
B,2024-01-01 10:00:00,3,c
U,2024-01-01 10:00:00,4,c
B,2024-01-01 10:00:01,7,d
U,2024-01-01 10:00:01,7,dd
B,2024-01-01 10:00:02,8,e
U,2024-01-01 10:00:02,9,"e ""of"" 8"
$$);
CREATE FOREIGN TABLE moves (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER named
  OPTIONS (prefix 'q/b', op_column_name 'oper', include_op_for_full_load 'true');
CREATE FOREIGN TABLE moves_history (id int OPTIONS (key 'true'), v text, f timestamptz OPTIONS (role 'valid_from'), t timestamptz OPTIONS (role 'valid_to'),
  e text OPTIONS (role 'end_op')) SERVER named OPTIONS (prefix 'q/b', op_column_name 'oper', include_op_for_full_load 'true', mode 'history');
SELECT id, v FROM moves ORDER BY id;
SELECT id, v FROM moves WHERE at = '2024-01-01 10:00:00' ORDER BY id;
SELECT id, v FROM moves WHERE at = '2024-01-01 09:30' ORDER BY id;
SELECT k, (SELECT v FROM moves WHERE id = k) FROM generate_series(1, 9) k;
SELECT id, v, f::time, t::time, e FROM moves_history ORDER BY id, f;
SELECT regress.counted('SELECT * FROM moves');
SELECT kind, count FROM cdc_fdw_audit('moves') WHERE count > 0;
SELECT key, what, old_row, new_row FROM cdc_fdw_diff('moves', '2024-01-01 09:30', 'infinity') ORDER BY key::text;
SELECT op, line, row_key, effect, other_key, state FROM cdc_fdw_explain_row('moves', '{"id": 9}');
-- what does not fit in memory is sorted, with the row before; and it may end what was read at once
DO $$
DECLARE
  content text;
BEGIN
  content := E'oper,ts,id,v\n' || string_agg(format(E'B,2024-01-01 11:00:00.%1$s,%2$s,%4$s\nU,2024-01-01 11:00:00.%1$s,%3$s,%4$s\n',
    lpad(i::text, 6, '0'), i + 1000, i + 100000, repeat('x', 40)), '') FROM generate_series(1, 9000) i;
  CALL regress.file('q/b/20240101-110100000.csv', content);
  content := E'oper,ts,id,v\n' || string_agg(format(E'I,2024-01-01 09:00:00,%s,\n', i + 1000), '') FROM generate_series(1, 9000) i;
  CALL regress.file('q/b/LOAD00000002.csv', content);
END $$;
SELECT count(*), min(id), max(id), count(*) FILTER (WHERE id BETWEEN 1000 AND 100000) FROM moves;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT count(*), min(id), max(id), count(*) FILTER (WHERE id BETWEEN 1000 AND 100000) FROM moves;
SELECT regress.counted('SELECT * FROM moves', 'Files Sorted|Upserting');
SELECT count(*), count(*) FILTER (WHERE t = 'infinity') FROM moves_history;
RESET work_mem;
RESET hash_mem_multiplier;
-- a TRUNCATE is not replayed
CALL regress.file('q/t/20240101-100100000.csv', E'oper,ts,id,v\nI,2024-01-01 10:00:00,1,a\nI,2024-01-01 10:00:00,2,b\nT,2024-01-01 10:00:10,,\nI,2024-01-01 10:00:20,2,c\n');
CREATE FOREIGN TABLE emptied (id int OPTIONS (key 'true'), v text) SERVER named OPTIONS (prefix 'q/t', op_column_name 'oper');
SELECT regress.outcome('SELECT * FROM emptied');
SELECT regress.outcome('SELECT * FROM emptied WHERE id = 1');
ALTER FOREIGN TABLE emptied OPTIONS (ADD changes_from '2024-01-01 10:00:11');
SELECT * FROM emptied;
SELECT * FROM emptied WHERE id = 1;
-- nor one of fewer fields than the columns, in files without header: first, behind others, alone, with its time, in a transaction file
CREATE SERVER bare FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
CREATE SERVER bare_times FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CREATE SERVER bare_txn FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', preserve_transactions 'true', cdc_path 'q/txn');
CALL regress.file('q/t_first/20240101-100000000.csv', E'T\nI,1,a,x\n');
CALL regress.file('q/t_next/20240101-100000000.csv', E'I,1,a,x\nT\nI,2,b,y\n');
CALL regress.file('q/t_alone/20240101-100000000.csv', E'T\n');
CALL regress.file('q/t_two/20240101-100000000.csv', E'T,,\nI,1,a,x\n');
CALL regress.file('q/t_time/20240101-100000000.csv', E'T,2024-01-01 09:00:00\nI,2024-01-01 09:30:00,1,a,x\n');
CALL regress.file('q/t_no_time/20240101-100000000.csv', E'I,2024-01-01 09:00:00,1,a,x\nT\nI,2024-01-01 09:30:00,2,b,y\n');
CALL regress.file('q/txn/CDC_TXN-20240101100000000.csv', E'T,t_txn,q,2024-01-01 09:00:00\nI,t_txn,q,2024-01-01 09:30:00,1,a,x\n');
CREATE FOREIGN TABLE t_first (id int OPTIONS (key 'true'), v text, w text) SERVER bare OPTIONS (schema_name 'q', op_column_name 'oper');
CREATE FOREIGN TABLE t_next (id int OPTIONS (key 'true'), v text, w text) SERVER bare OPTIONS (schema_name 'q', op_column_name 'oper');
CREATE FOREIGN TABLE t_alone (id int OPTIONS (key 'true'), v text, w text) SERVER bare OPTIONS (schema_name 'q', op_column_name 'oper');
CREATE FOREIGN TABLE t_two (id int OPTIONS (key 'true'), v text, w text) SERVER bare OPTIONS (schema_name 'q', op_column_name 'oper');
CREATE FOREIGN TABLE t_time (id int OPTIONS (key 'true'), v text, w text) SERVER bare_times OPTIONS (schema_name 'q', op_column_name 'oper');
CREATE FOREIGN TABLE t_no_time (id int OPTIONS (key 'true'), v text, w text) SERVER bare_times OPTIONS (schema_name 'q', op_column_name 'oper');
CREATE FOREIGN TABLE t_txn (id int OPTIONS (key 'true'), v text, w text) SERVER bare_txn OPTIONS (schema_name 'q', op_column_name 'oper', allow_empty 'true');
SELECT t, regress.outcome(format('SELECT * FROM %I', t)), regress.outcome(format('SELECT * FROM %I WHERE id = 1', t)) LIKE '%was truncated%' AS search
  FROM unnest('{t_first,t_next,t_alone,t_two,t_time,t_no_time,t_txn}'::text[]) t;
-- the hint, followed: behind the commit time, or behind the name of the file where the record has none
ALTER FOREIGN TABLE t_time OPTIONS (ADD changes_from '2024-01-01 09:10');
SELECT * FROM t_time;
ALTER FOREIGN TABLE t_no_time OPTIONS (ADD changes_from '2024-01-01 09:10');
SELECT regress.outcome('SELECT * FROM t_no_time');
ALTER FOREIGN TABLE t_no_time OPTIONS (SET changes_from '2024-01-01 10:01');
SELECT * FROM t_no_time;
ALTER FOREIGN TABLE t_txn OPTIONS (ADD changes_from '2024-01-01 09:10');
SELECT * FROM t_txn;
ALTER FOREIGN TABLE t_next OPTIONS (ADD changes_from '2024-01-01 10:00:01');
SELECT * FROM t_next;
-- a value T of a task that writes no operation is none
CALL regress.file('q/t_value/20240101-100000000.csv', E'T,a\n');
CREATE FOREIGN TABLE t_value (id text OPTIONS (key 'true'), v text) SERVER bare OPTIONS (schema_name 'q', op_column_name 'oper', cdc_inserts_only 'true');
SELECT * FROM t_value;

-- ---------------------------------------------------------------- searches and the first change
-- what a search passes over unread decides whether the instant is before the first change
CREATE SERVER header FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', add_column_name 'true', timestamp_column_name 'ts');
CREATE SERVER gz FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', add_column_name 'true', timestamp_column_name 'ts', compression_type 'gzip');
CREATE SERVER txn FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts', preserve_transactions 'true', cdc_path 'x');
CREATE FUNCTION regress.asked(t regclass) RETURNS TABLE (at text, k int, whole text, search text) LANGUAGE plpgsql AS $$
BEGIN
  FOREACH at IN ARRAY ARRAY['00:00:05', '00:00:30', '00:00:40'] LOOP
    FOREACH k IN ARRAY ARRAY[1, 3, 4] LOOP
      whole := substr(regress.outcome(format('SELECT * FROM %s WHERE at = ''2024-01-01 %s'' AND k + 0 = %s', t, at, k)), 1, 58);
      search := substr(regress.outcome(format('SELECT * FROM %s WHERE at = ''2024-01-01 %s'' AND k = %s', t, at, k)), 1, 58);
      RETURN NEXT;
    END LOOP;
  END LOOP;
END $$;
CALL regress.file('s/head/20240101-000040000.csv', E'Op,ts,k,v\nI,2024-01-01 00:00:10,1,x\nI,2024-01-01 00:00:35,3,z\n');
CREATE FOREIGN TABLE head (k int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER header OPTIONS (schema_name 's');
SELECT * FROM regress.asked('head');
-- a diff between whose instants no record names a key is the same error
SELECT regress.outcome($$SELECT * FROM cdc_fdw_diff('head', '2024-01-01 00:00:01', '2024-01-01 00:00:05')$$);
SELECT count(*) FROM cdc_fdw_diff('head', '2024-01-01 00:00:11', '2024-01-01 00:00:20');
-- two files, gzip, no header, out of order, two folders
CALL regress.file('s/two/20240101-000020000.csv', E'Op,ts,k,v\nI,2024-01-01 00:00:10,1,x\n');
CALL regress.file('s/two/20240101-000040000.csv', E'Op,ts,k,v\nI,2024-01-01 00:00:35,3,z\n');
CREATE FOREIGN TABLE two (k int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER header OPTIONS (schema_name 's');
SELECT * FROM regress.asked('two');
CALL regress.file('s/zipped/20240101-000040000.csv', E'Op,ts,k,v\nI,2024-01-01 00:00:10,1,x\nI,2024-01-01 00:00:35,3,z\n');
CALL regress.shell(format('gzip "%s/s/zipped/20240101-000040000.csv"', current_setting('regress.folder')));
CREATE FOREIGN TABLE zipped (k int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER gz OPTIONS (schema_name 's');
SELECT * FROM regress.asked('zipped');
CALL regress.file('s/back/20240101-000040000.csv', E'I,2024-01-01 00:00:35,3,z\nI,2024-01-01 00:00:10,1,x\n');
CREATE FOREIGN TABLE back (k int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 's');
SELECT * FROM regress.asked('back');
CREATE FOREIGN TABLE parts (k int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER header OPTIONS (prefix 's/two, s/head');
SELECT * FROM regress.asked('parts');
-- transaction files begin with other tables' records
CALL regress.file('x/CDC_TXN-20240101000040000.csv', E'I,other,s,2024-01-01 00:00:01,9,o\nI,mine,s,2024-01-01 00:00:10,1,x\nI,mine,s,2024-01-01 00:00:35,3,z\n');
CREATE FOREIGN TABLE mine (k int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER txn OPTIONS (schema_name 's', allow_empty 'true');
SELECT * FROM regress.asked('mine');
-- the option that accepts, and the one that says nothing of it
ALTER FOREIGN TABLE head OPTIONS (ADD before_base 'empty');
SELECT * FROM regress.asked('head');
ALTER FOREIGN TABLE head OPTIONS (SET before_base 'base');
SELECT * FROM regress.asked('head');
-- a file without records begins nothing
CALL regress.file('s/hollow/20240101-000002000.csv', E'Op,ts,k,v\n');
CALL regress.file('s/hollow/20240101-000040000.csv', E'Op,ts,k,v\nI,2024-01-01 00:00:35,3,z\n');
CREATE FOREIGN TABLE hollow (k int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER header OPTIONS (schema_name 's');
SELECT * FROM regress.asked('hollow');
-- ---------------------------------------------------------------- the look at the full load goes to the first file with records
CREATE SERVER look_h FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', add_column_name 'true');
CALL regress.file('look/hollow/LOAD00000001.csv', E'id,v\n');
CALL regress.file('look/hollow/LOAD00000002.csv', '');
CALL regress.file('look/hollow/LOAD00000003.csv', E'id,v\n1,a\n1,b\n2,c\n');
CALL regress.file('look/hollow/20240102-000000000.csv', E'Op,id,v\nU,1,z\n');
CREATE FOREIGN TABLE look_hollow (id int OPTIONS (key 'true'), v text) SERVER look_h OPTIONS (prefix 'look/hollow');
SELECT q, split_part(regress.outcome('SELECT * FROM look_hollow ' || q), E'\n', 1) FROM unnest('{WHERE id = 1,WHERE id = 2,""}'::text[]) q;
-- with commit times, where the look serves for the beginning of the full load too; a second time it is remembered
CREATE SERVER look_t FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', add_column_name 'true', timestamp_column_name 'ts');
CALL regress.file('look/timed/LOAD00000001.csv', E'ts,id,v\n');
CALL regress.file('look/timed/LOAD00000002.csv', E'ts,id,v\n2024-01-01 10:00:00,1,a\n2024-01-01 10:00:00,2,b\n');
CALL regress.file('look/timed/20240102-000000000.csv', E'Op,ts,id,v\nU,2024-01-01 09:00:00,1,old\nU,2024-01-01 11:00:00,2,new\n');
CREATE FOREIGN TABLE look_timed (id int OPTIONS (key 'true'), v text) SERVER look_t OPTIONS (prefix 'look/timed');
SELECT * FROM look_timed ORDER BY id;
SELECT * FROM look_timed WHERE id = 1;
CALL regress.file('look/timed/LOAD00000002.csv', E'ts,id,v\n2024-01-01 10:00:00,1,a\n2024-01-01 10:00:00,1,b\n2024-01-01 10:00:00,2,c\n');
SELECT q, split_part(regress.outcome('SELECT * FROM look_timed ' || q), E'\n', 1) FROM unnest('{"",WHERE id = 1,WHERE id = 2}'::text[]) q;

-- ---------------------------------------------------------------- and is remembered for the options it was made with
CREATE SERVER look_z FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');
CALL regress.file('look/zone/LOAD00000001.csv', E'2024-01-01 05:00:00,p\n2024-01-01 00:00:00Z,q\n');
CALL regress.file('look/zone/20240103-000000000.csv', E'U,2024-01-04,z\n');
CREATE FOREIGN TABLE look_zone (id timestamptz OPTIONS (key 'true'), v text) SERVER look_z OPTIONS (prefix 'look/zone');
SELECT * FROM look_zone ORDER BY id;
-- 05:00 there is 00:00 UTC
ALTER FOREIGN TABLE look_zone OPTIONS (ADD timezone 'Asia/Karachi');
SELECT split_part(regress.outcome('SELECT * FROM look_zone'), E'\n', 1);
CALL regress.file('look/style/LOAD00000001.csv', E'2024-02-01,p\n01/02/2024,q\n');
CALL regress.file('look/style/20240103-000000000.csv', E'U,2024-01-04,z\n');
CREATE FOREIGN TABLE look_style (id date OPTIONS (key 'true'), v text) SERVER look_z OPTIONS (prefix 'look/style', datestyle 'MDY');
SELECT * FROM look_style ORDER BY id;
ALTER FOREIGN TABLE look_style OPTIONS (SET datestyle 'DMY');
SELECT split_part(regress.outcome('SELECT * FROM look_style'), E'\n', 1);
-- a column's type decides whether rows differ
CALL regress.file('look/nested/LOAD00000001.csv', E'id,v\n1,"{""a"":1,""b"":2}"\n1,"{""b"":2,""a"":1}"\n');
CALL regress.file('look/nested/20240103-000000000.csv', E'Op,id,v\nU,2,{}\n');
CREATE FOREIGN TABLE look_nested (id int OPTIONS (key 'true'), v jsonb) SERVER look_h OPTIONS (prefix 'look/nested');
SELECT count(*) FROM look_nested;
ALTER FOREIGN TABLE look_nested ALTER COLUMN v TYPE text;
SELECT split_part(regress.outcome('SELECT * FROM look_nested'), E'\n', 1);
\set ECHO none
\i :end

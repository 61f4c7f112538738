-- What a log says: each rule of how records become rows, as a tiny log.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

-- commit times in every record; no op in the full load
CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
-- no commit times: the time in a file's name counts
CREATE SERVER names FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');

-- ---------------------------------------------------------------- inserts, updates, deletes
CALL regress.file('s/basic/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,one
2024-01-01 09:00:00,2,two
2024-01-01 09:00:00,3,three
2024-01-01 09:00:00,4,four
$$);
CALL regress.file('s/basic/20240101-100100000.csv', $$
U,2024-01-01 10:00:01,2,TWO
D,2024-01-01 10:00:02,3,
I,2024-01-01 10:00:03,5,five
D,2024-01-01 10:00:04,4,four
I,2024-01-01 10:00:05,4,FOUR
$$);
CALL regress.file('s/basic/20240101-100200000.csv', $$
U,2024-01-01 10:01:01,6,six
D,2024-01-01 10:01:02,7,
I,2024-01-01 10:01:03,5,five again
$$);
CREATE FOREIGN TABLE basic (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER log
  OPTIONS (schema_name 's');
-- a delete needs no more than the key; an update of an unknown key makes the row
SELECT id, v FROM basic ORDER BY id;
-- every commit is a state of its own, and its instant belongs to it
SELECT t.at::time, string_agg(b.id || ' ' || b.v, ', ' ORDER BY b.id)
FROM unnest(ARRAY['2024-01-01 09:00', '2024-01-01 10:00:00.999999', '2024-01-01 10:00:01', '2024-01-01 10:00:02', '2024-01-01 10:00:03',
  '2024-01-01 10:00:04', '2024-01-01 10:00:05', '2024-01-01 10:01:01', '2024-01-01 10:01:02', '2024-01-01 10:01:03']::timestamptz[]) t (at),
  LATERAL (SELECT id, v FROM basic WHERE at = t.at) b
GROUP BY t.at ORDER BY t.at;
-- 6 had no row to update, 7 none to delete, 5 was inserted twice
SELECT regress.counted('SELECT * FROM basic');
-- before those records nothing was doubtful
SELECT regress.counted($$SELECT * FROM basic WHERE at = '2024-01-01 10:01:00'$$);
-- count(*) and single columns are the same rows
SELECT count(*) FROM basic;
SELECT v FROM basic ORDER BY v COLLATE "C";

-- ---------------------------------------------------------------- key changes
-- UPDATE t SET id = id + 1, in one commit
CALL regress.file('s/shift/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,a,
2024-01-01 09:00:00,2,b,
2024-01-01 09:00:00,3,c,
$$);
CALL regress.file('s/shift/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,2,a,1
U,2024-01-01 10:00:00,3,b,2
U,2024-01-01 10:00:00,4,c,3
$$);
-- and back, met in the other order: 2<-3 onto the live 2, which then leaves
CALL regress.file('s/shift/20240101-100200000.csv', $$
U,2024-01-01 10:01:00,3,c,4
U,2024-01-01 10:01:00,2,b,3
U,2024-01-01 10:01:00,1,a,2
$$);
CREATE FOREIGN TABLE shift (id int OPTIONS (key 'true'), v text, old_id int OPTIONS (before 'id'), at timestamptz OPTIONS (role 'asof'))
  SERVER log OPTIONS (schema_name 's');
-- {2, 3, 4}: a b c
SELECT id, v FROM shift WHERE at = '2024-01-01 10:00:30' ORDER BY id;
-- {1, 2, 3}: a b c
SELECT id, v FROM shift ORDER BY id;
SELECT regress.counted('SELECT * FROM shift');

-- a swap in one commit, and one by way of a third key in three
CALL regress.file('s/swap/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,a,
2024-01-01 09:00:00,2,b,
$$);
CALL regress.file('s/swap/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,2,a,1
U,2024-01-01 10:00:00,1,b,2
$$);
CALL regress.file('s/swap/20240101-100200000.csv', $$
U,2024-01-01 10:01:00,9,a,2
U,2024-01-01 10:01:01,2,b,1
U,2024-01-01 10:01:02,1,a,9
$$);
CREATE FOREIGN TABLE swap (id int OPTIONS (key 'true'), v text, old_id int OPTIONS (before 'id'), at timestamptz OPTIONS (role 'asof'))
  SERVER log OPTIONS (schema_name 's');
-- 1 b, 2 a
SELECT id, v FROM swap WHERE at = '2024-01-01 10:00:00' ORDER BY id;
-- 1 b, 9 a
SELECT id, v FROM swap WHERE at = '2024-01-01 10:01:00' ORDER BY id;
-- 2 b, 9 a
SELECT id, v FROM swap WHERE at = '2024-01-01 10:01:01' ORDER BY id;
-- 1 a, 2 b
SELECT id, v FROM swap ORDER BY id;

-- a key taken over from a live row, which is deleted later in the commit:
-- the delete means the earlier row, not the one that took its key
CALL regress.file('s/takeover/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,a,
2024-01-01 09:00:00,2,b,
2024-01-01 09:00:00,5,e,
$$);
CALL regress.file('s/takeover/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,2,a,1
D,2024-01-01 10:00:00,2,b,
$$);
-- where the key was free, the delete means the row that took it
CALL regress.file('s/takeover/20240101-100200000.csv', $$
U,2024-01-01 10:01:00,7,e,5
D,2024-01-01 10:01:00,7,e,
$$);
-- in commits of their own there is nothing to tell apart
CALL regress.file('s/takeover/20240101-100300000.csv', $$
I,2024-01-01 10:02:00,8,h,
U,2024-01-01 10:02:01,8,a,2
D,2024-01-01 10:02:02,8,a,
$$);
CREATE FOREIGN TABLE takeover (id int OPTIONS (key 'true'), v text, old_id int OPTIONS (before 'id'), at timestamptz OPTIONS (role 'asof'))
  SERVER log OPTIONS (schema_name 's');
-- 2 a, 5 e
SELECT id, v FROM takeover WHERE at = '2024-01-01 10:00:59' ORDER BY id;
-- 2 a
SELECT id, v FROM takeover WHERE at = '2024-01-01 10:01:00' ORDER BY id;
-- 8 a (2 left, 8 was replaced)
SELECT id, v FROM takeover WHERE at = '2024-01-01 10:02:01' ORDER BY id;
-- nothing
SELECT id, v FROM takeover ORDER BY id;

-- composite keys: a part that is not filled is the new key's
CALL regress.file('s/parts/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,x,p,,
2024-01-01 09:00:00,1,y,q,,
2024-01-01 09:00:00,2,x,r,,
2024-01-01 09:00:00,2,y,s,,
$$);
CALL regress.file('s/parts/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,z,P,,x
U,2024-01-01 10:00:01,3,y,Q,1,
U,2024-01-01 10:00:02,4,w,R,2,x
U,2024-01-01 10:00:03,2,y,S,,
U,2024-01-01 10:00:04,2,y,T,2,y
$$);
CREATE FOREIGN TABLE parts (a int OPTIONS (key 'true'), b text OPTIONS (key 'true'), v text,
  old_a int OPTIONS (before 'a'), old_b text OPTIONS (before 'b')) SERVER log OPTIONS (schema_name 's');
-- (1,x) became (1,z), (1,y) became (3,y), (2,x) became (4,w); old = new changed no key
SELECT a, b, v FROM parts ORDER BY a, b;
SELECT regress.counted('SELECT * FROM parts');

-- old = new by the type's equality, and before images read on U only
CALL regress.file('s/same/LOAD00000001.csv', $$
2024-01-01 09:00:00,4,four,
2024-01-01 09:00:00,6,six,
$$);
CALL regress.file('s/same/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,4.00,FOUR,4
I,2024-01-01 10:00:01,5,five,4
D,2024-01-01 10:00:02,7,,6
$$);
CREATE FOREIGN TABLE same (id numeric OPTIONS (key 'true'), v text, old_id numeric OPTIONS (before 'id')) SERVER log OPTIONS (schema_name 's');
-- 4 stays beside 5, and 6 stays although the delete of 7 names it
SELECT id, v FROM same ORDER BY id;

-- a key that was left is free again
CALL regress.file('s/reuse/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,a,
$$);
CALL regress.file('s/reuse/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,2,a,1
I,2024-01-01 10:00:01,1,new,
U,2024-01-01 10:00:02,3,a,2
U,2024-01-01 10:00:03,2,new,1
D,2024-01-01 10:00:04,3,,
$$);
CREATE FOREIGN TABLE reuse (id int OPTIONS (key 'true'), v text, old_id int OPTIONS (before 'id'), at timestamptz OPTIONS (role 'asof'))
  SERVER log OPTIONS (schema_name 's');
-- 1 new, 3 a
SELECT id, v FROM reuse WHERE at = '2024-01-01 10:00:02' ORDER BY id;
-- 2 new
SELECT id, v FROM reuse ORDER BY id;

-- without the before image nothing says that 4 was left: it stays
CREATE FOREIGN TABLE ghost (id int OPTIONS (key 'true'), v text, old_id int) SERVER log OPTIONS (schema_name 's', table_name 'shift');
SELECT id, v FROM ghost ORDER BY id;

-- ---------------------------------------------------------------- cells that were not supplied
CALL regress.file('s/cells/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,a1,b1,
2024-01-01 09:00:00,2,a2,b2,
2024-01-01 09:00:00,3,a3,b3,
2024-01-01 09:00:00,4,a4,b4,
2024-01-01 09:00:00,7,a7,b7,
$$);
CALL regress.file('s/cells/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,?,B1,
U,2024-01-01 10:00:01,1,A1,?,
D,2024-01-01 10:00:02,2,?,?,
U,2024-01-01 10:00:03,2,?,B2,
D,2024-01-01 10:00:04,3,?,?,
I,2024-01-01 10:00:05,3,?,B3,
U,2024-01-01 10:00:06,3,A3,?,
U,2024-01-01 10:00:07,14,?,?,4
U,2024-01-01 10:00:08,24,?,B4,14
U,2024-01-01 10:00:09,5,?,B5,
U,2024-01-01 10:00:10,7,,"?",
$$);
CREATE FOREIGN TABLE cells (id int OPTIONS (key 'true'), a text, b text, old_id int OPTIONS (before 'id'), at timestamptz OPTIONS (role 'asof'))
  SERVER log OPTIONS (schema_name 's', use_csv_no_sup_value 'true', csv_no_sup_value '?');
-- 1: each cell from the record that had it last
-- 2: what was before the delete is another row: NULL
-- 3: likewise behind the insert; the update keeps the insert's b
-- 5: never supplied; 24: a from the full load, under the key 4
-- 7: NULL was supplied, and a quoted mark is a value
\pset null NULL
SELECT id, a, b FROM cells ORDER BY id;
-- 2.a and 5.a had no older record; 3.a was set by its update
SELECT regress.counted('SELECT * FROM cells', 'Cells|Upserting');
-- only cells that are asked for are looked for
SELECT regress.counted('SELECT id, b FROM cells', 'Cells');
SELECT id, a FROM cells WHERE at = '2024-01-01 10:00:05' ORDER BY id;
-- 3.a too, before its update
SELECT regress.counted($$SELECT id, a FROM cells WHERE at = '2024-01-01 10:00:05'$$, 'Cells');

-- under the old key, not under the one that was taken over: a shift in one commit
CALL regress.file('s/slide/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,a1,b1,
2024-01-01 09:00:00,2,a2,b2,
$$);
CALL regress.file('s/slide/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,2,?,x1,1
U,2024-01-01 10:00:00,3,?,x2,2
$$);
CREATE FOREIGN TABLE slide (id int OPTIONS (key 'true'), a text, b text, old_id int OPTIONS (before 'id')) SERVER log
  OPTIONS (schema_name 's', use_csv_no_sup_value 'true', csv_no_sup_value '?');
-- 2: a1 x1, 3: a2 x2
SELECT id, a, b FROM slide ORDER BY id;

-- a row that goes from key to key in one commit, without a value of its own: three
-- passes, however far; keys that a later commit decides change nothing
SELECT string_agg(format('U,2024-01-01 10:00:00,%s,?,b%s,%s', i, i, i - 1), E'\n' ORDER BY i) || E'\n' AS steps FROM generate_series(2, 300) i \gset
SELECT string_agg(format('D,2024-01-01 11:00:00,%s,,,', i), E'\n' ORDER BY i) || E'\n' AS ends FROM generate_series(2, 299) i \gset
CALL regress.file('s/far/LOAD00000001.csv', E'2024-01-01 09:00:00,1,a1,b1,\n');
CALL regress.file('s/far/20240101-100100000.csv', :'steps');
CREATE FOREIGN TABLE far (id int OPTIONS (key 'true'), a text, b text, old_id int OPTIONS (before 'id')) SERVER log
  OPTIONS (schema_name 's', use_csv_no_sup_value 'true', csv_no_sup_value '?');
-- 300: a1 b300
SELECT * FROM far;
SELECT regress.counted('SELECT * FROM far', 'Passes');
-- each pass reads the log: three times 11 kB are more than the limit, two are not
SET cdc_fdw.max_bytes = '30 kB'; SELECT * FROM far; RESET cdc_fdw.max_bytes; -- ERROR
CALL regress.file('s/far/20240101-110100000.csv', :'ends');
SELECT * FROM far;
SELECT regress.counted('SELECT * FROM far', 'Passes');
-- each moves by one, and each was there: a50 is at 51
SELECT string_agg(format('2024-01-01 09:00:00,%s,a%s,b%s,', i, i, i), E'\n' ORDER BY i) || E'\n' AS loaded FROM generate_series(1, 299) i \gset
SELECT string_agg(format('U,2024-01-01 10:00:00,%s,?,x,%s', i, i - 1), E'\n' ORDER BY i DESC) || E'\n' AS steps FROM generate_series(2, 300) i \gset
CALL regress.file('s/by_one/LOAD00000001.csv', :'loaded');
CALL regress.file('s/by_one/20240101-100100000.csv', :'steps');
CREATE FOREIGN TABLE by_one (id int OPTIONS (key 'true'), a text, b text, old_id int OPTIONS (before 'id')) SERVER log
  OPTIONS (schema_name 's', use_csv_no_sup_value 'true', csv_no_sup_value '?');
SELECT count(*), count(*) FILTER (WHERE a = 'a' || id - 1), min(id), max(id) FROM by_one;
-- there and back again, with a stay of another row in between: 1 is a1, 3 is a2
CALL regress.file('s/back/LOAD00000001.csv', E'2024-01-01 09:00:00,1,a1,b1,\n2024-01-01 09:00:00,2,a2,b2,\n');
CALL regress.file('s/back/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,9,?,x1,1
U,2024-01-01 10:00:00,1,?,x2,2
U,2024-01-01 10:00:00,3,?,x3,1
U,2024-01-01 10:00:00,8,?,x4,9
U,2024-01-01 10:00:00,7,?,x5,8
U,2024-01-01 10:00:00,1,?,x6,7
$$);
CREATE FOREIGN TABLE back (id int OPTIONS (key 'true'), a text, b text, old_id int OPTIONS (before 'id')) SERVER log
  OPTIONS (schema_name 's', use_csv_no_sup_value 'true', csv_no_sup_value '?');
SELECT * FROM back ORDER BY id;

-- null_on_update 'keep': NULL in an update means unchanged, elsewhere it is NULL
CALL regress.file('s/lob/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,x1,big1,
2024-01-01 09:00:00,2,x2,big2,
2024-01-01 09:00:00,3,x3,,
2024-01-01 09:00:00,4,x4,big4,
$$);
CALL regress.file('s/lob/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,,,
U,2024-01-01 10:00:01,2,X2,"",
U,2024-01-01 10:00:02,3,X3,,
U,2024-01-01 10:00:03,14,X4,,4
I,2024-01-01 10:00:04,1,X1,,
U,2024-01-01 10:00:05,1,Y1,,
$$);
CREATE FOREIGN TABLE lob (id int OPTIONS (key 'true'), v text, big text OPTIONS (null_on_update 'keep'),
  old_id int OPTIONS (before 'id'), at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 's');
-- 1: v was set to NULL, big kept; 2: big is the empty text; 3: NULL was loaded; 14: big4 from under key 4
SELECT id, v, big FROM lob WHERE at = '2024-01-01 10:00:03' ORDER BY id;
-- 1: the insert has no big, and what was before it does not count
SELECT id, v, big FROM lob ORDER BY id;
\pset null ''

-- ---------------------------------------------------------------- order
-- in one commit the line decides; of two files the later name, then the key
CALL regress.file('s/ties/20240101-100100000.csv', $$
I,2024-01-01 10:00:00,1,a
U,2024-01-01 10:00:00,1,b
U,2024-01-01 10:00:00,1,c
I,2024-01-01 10:00:00,2,a
D,2024-01-01 10:00:00,2,
I,2024-01-01 10:00:00,3,a
D,2024-01-01 10:00:00,3,
I,2024-01-01 10:00:00,3,b
I,2024-01-01 10:00:00,4,first file
$$);
CALL regress.file('s/ties/20240101-100100001.csv', $$
U,2024-01-01 10:00:00,4,second file
$$);
CREATE FOREIGN TABLE ties (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's');
-- 1 c, 3 b, 4 second file
SELECT id, v FROM ties ORDER BY id;
-- 1: two, 2: one, 3: two, 4: one
SELECT regress.counted('SELECT * FROM ties');

-- a sequence comes before file and line; empty first, then by number
CALL regress.file('s/seq/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,loaded,
2024-01-01 09:00:00,2,loaded,
2024-01-01 09:00:00,3,loaded,
$$);
CALL regress.file('s/seq/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,third,20240101100000000000000000000000103
U,2024-01-01 10:00:00,1,first,20240101100000000000000000000000101
U,2024-01-01 10:00:00,1,second,20240101100000000000000000000000102
U,2024-01-01 10:00:00,2,ten,10
U,2024-01-01 10:00:00,2,nine,9
U,2024-01-01 10:00:00,3,numbered,1
U,2024-01-01 10:00:00,3,not numbered,
U,2024-01-01 10:00:01,1,later commit,20240101100000000000000000000000100
$$);
CREATE FOREIGN TABLE seq (id int OPTIONS (key 'true'), v text, n numeric OPTIONS (sequence 'true'), at timestamptz OPTIONS (role 'asof'))
  SERVER log OPTIONS (schema_name 's');
-- 1 third, 2 ten, 3 numbered
SELECT id, v FROM seq WHERE at = '2024-01-01 10:00:00' ORDER BY id;
-- the commit time comes before the sequence: 1 later commit
SELECT id, v FROM seq WHERE id = 1;
-- a sequence decides, so these are no ties
SELECT regress.counted('SELECT * FROM seq', 'Ties');
-- on the file clock the sequence comes first of all, across files too
CALL regress.file('s/seq_names/LOAD00000001.csv', $$
1,loaded,
$$);
CALL regress.file('s/seq_names/20240101-100100000.csv', $$
U,1,second,2
U,2,b,4
$$);
CALL regress.file('s/seq_names/20240101-100200000.csv', $$
U,1,first,1
U,2,a,3
$$);
CREATE FOREIGN TABLE seq_names (id int OPTIONS (key 'true'), v text, n int OPTIONS (sequence 'true')) SERVER names OPTIONS (schema_name 's');
-- 1 second, 2 b
SELECT id, v FROM seq_names ORDER BY id;

-- commit times decide, wherever a record stands
CALL regress.file('s/late/20240101-100100000.csv', $$
I,2024-01-01 10:00:05,1,later
I,2024-01-01 10:00:05,2,a
$$);
CALL regress.file('s/late/20240101-100200000.csv', $$
U,2024-01-01 10:00:04,1,earlier
D,2024-01-01 10:00:06,2,
U,2024-01-01 10:00:03,3,x
$$);
CREATE FOREIGN TABLE late (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's');
-- 1 later, 3 x; and times ran back between the files, and inside the second
SELECT id, v FROM late ORDER BY id;
SELECT regress.counted('SELECT * FROM late');

-- ---------------------------------------------------------------- keys
CALL regress.file('s/numbers/LOAD00000001.csv', $$
2024-01-01 09:00:00,2019,loaded
2024-01-01 09:00:00,0.50,loaded
2024-01-01 09:00:00,7,loaded
$$);
CALL regress.file('s/numbers/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,2019.0000000000,updated
D,2024-01-01 10:00:00,.5,
U,2024-01-01 10:00:00,+07.0,updated
$$);
CREATE FOREIGN TABLE numbers (id numeric OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's');
-- two rows: 7 and 2019, both updated
SELECT trim_scale(id) AS id, v FROM numbers ORDER BY id;
SELECT regress.counted('SELECT * FROM numbers');
-- as text they are six keys, of which one was not there to be deleted
CREATE FOREIGN TABLE numerals (id text OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's', table_name 'numbers');
SELECT id, v FROM numerals ORDER BY id COLLATE "C";
SELECT regress.counted('SELECT * FROM numerals');

CALL regress.file('s/kinds/LOAD00000001.csv', $$
2024-01-01 09:00:00,007,a,t,6f7e5d3c-0000-4000-8000-00000000abcd,2024-01-01 00:00:00,1.50
2024-01-01 09:00:00,8,b,false,6f7e5d3c-0000-4000-8000-00000000abce,2024-01-01 00:00:00,2.5
$$);
CALL regress.file('s/kinds/20240101-100100000.csv', $$
D,2024-01-01 10:00:00,7,a  ,true,6F7E5D3C-0000-4000-8000-00000000ABCD,2024-01-01T00:00:00.000,1.5
D,2024-01-01 10:00:01,8,b,0,6f7e5d3c-0000-4000-8000-00000000abce,2024-01-01,+2.50000000e+00
$$);
-- each alone and all together
CREATE FOREIGN TABLE kinds (i int OPTIONS (key 'true'), c char(3) OPTIONS (key 'true'), b bool OPTIONS (key 'true'),
  u uuid OPTIONS (key 'true'), t timestamptz OPTIONS (key 'true'), r real OPTIONS (key 'true')) SERVER log OPTIONS (schema_name 's', duplicate_keys 'true');
SELECT count(*) FROM kinds; -- 0
DO $$
DECLARE
  col text;
  n int;
BEGIN
  FOREACH col IN ARRAY ARRAY['i', 'c', 'b', 'u', 't', 'r'] LOOP
    EXECUTE (SELECT 'ALTER FOREIGN TABLE kinds ' || string_agg(format('ALTER %I OPTIONS (SET key %L)', c, c = col), ', ')
             FROM unnest(ARRAY['i', 'c', 'b', 'u', 't', 'r']) c);
    SELECT count(*) INTO n FROM kinds;
    RAISE WARNING 'key %: % rows', col, n;
  END LOOP;
END $$;

-- a collation that says 'a' = 'A'
CREATE COLLATION regress.ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CALL regress.file('s/folded/LOAD00000001.csv', $$
2024-01-01 09:00:00,Apple,loaded
2024-01-01 09:00:00,pear,loaded
$$);
CALL regress.file('s/folded/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,APPLE,updated
D,2024-01-01 10:00:00,PEAR,
$$);
CREATE FOREIGN TABLE folded (id text OPTIONS (key 'true') COLLATE regress.ignore_case, v text) SERVER log OPTIONS (schema_name 's');
-- one row
SELECT id, v FROM folded ORDER BY id;

-- ---------------------------------------------------------------- no key, duplicates
CALL regress.file('s/events/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,a
2024-01-01 09:00:00,1,a
$$);
CALL regress.file('s/events/20240101-100100000.csv', $$
I,2024-01-01 10:00:00,1,a
I,2024-01-01 10:00:01,2,b
$$);
CALL regress.file('s/events/20240101-100200000.csv', $$
I,2024-01-01 10:00:01,2,b
I,2024-01-01 10:01:00,3,c
$$);
-- without a key nobody can tell a repetition from a row: six rows, and EXPLAIN says so
CREATE FOREIGN TABLE events (id int, v text, at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 's');
SELECT id, v FROM events ORDER BY id, v;
SELECT id, v FROM events WHERE at = '2024-01-01 10:00:00' ORDER BY id, v;
SELECT regress.counted('SELECT * FROM events');
-- with a sequence it can: the change that was written twice is one row
CALL regress.file('s/numbered/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,a,
2024-01-01 09:00:00,1,a,
$$);
CALL regress.file('s/numbered/20240101-100100000.csv', $$
I,2024-01-01 10:00:00,1,a,100
I,2024-01-01 10:00:01,2,b,101
$$);
CALL regress.file('s/numbered/20240101-100200000.csv', $$
I,2024-01-01 10:00:01,2,b,101
I,2024-01-01 10:01:00,2,b,102
$$);
CREATE FOREIGN TABLE numbered (id int, v text, n bigint OPTIONS (sequence 'true')) SERVER log OPTIONS (schema_name 's');
SELECT id, v, n FROM numbered ORDER BY n NULLS FIRST, id;
SELECT regress.counted('SELECT * FROM numbered');

-- a stretch that is delivered again after a restart changes nothing on the
-- commit clock; here the second file repeats the first from its second record
CALL regress.file('s/again/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,loaded,
$$);
CALL regress.file('s/again/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,a,
U,2024-01-01 10:00:01,1,b,
U,2024-01-01 10:00:02,2,b,1
D,2024-01-01 10:00:03,2,,
I,2024-01-01 10:00:04,3,c,
$$);
CALL regress.file('s/again/20240101-100300000.csv', $$
U,2024-01-01 10:00:01,1,b,
U,2024-01-01 10:00:02,2,b,1
D,2024-01-01 10:00:03,2,,
I,2024-01-01 10:00:04,3,c,
U,2024-01-01 10:02:00,3,C,
$$);
CREATE FOREIGN TABLE again (id int OPTIONS (key 'true'), v text, old_id int OPTIONS (before 'id'), at timestamptz OPTIONS (role 'asof'))
  SERVER log OPTIONS (schema_name 's');
SELECT t.at::time, (SELECT string_agg(a.id || ' ' || a.v, ', ' ORDER BY a.id) FROM again a WHERE a.at = t.at)
FROM unnest(ARRAY['2024-01-01 10:00:00', '2024-01-01 10:00:01', '2024-01-01 10:00:02', '2024-01-01 10:00:03', '2024-01-01 10:00:04',
  '2024-01-01 10:01:59', '2024-01-01 10:02:00']::timestamptz[]) t (at) ORDER BY 1;
-- on the file clock it shows older values until it is delivered to its end
CALL regress.file('s/again_names/20240101-100100000.csv', $$
I,1,a
U,1,b
U,1,c
$$);
CALL regress.file('s/again_names/20240101-100300000.csv', $$
U,1,b
$$);
CALL regress.file('s/again_names/20240101-100400000.csv', $$
U,1,c
$$);
CREATE FOREIGN TABLE again_names (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER names OPTIONS (schema_name 's');
-- c, b, c
SELECT t.at::time, (SELECT v FROM again_names a WHERE a.at = t.at)
FROM unnest(ARRAY['2024-01-01 10:01:00', '2024-01-01 10:03:59', '2024-01-01 10:04:00']::timestamptz[]) t (at) ORDER BY 1;

-- ---------------------------------------------------------------- reload
-- the full load was repeated at 12:00, the old changes are still there
CALL regress.file('s/reload/LOAD00000001.csv', $$
2024-01-01 12:00:00,1,reloaded
2024-01-01 12:00:01,2,reloaded
$$);
CALL regress.file('s/reload/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,old
I,2024-01-01 10:00:01,3,old
$$);
CALL regress.file('s/reload/20240101-120030000.csv', $$
I,2024-01-01 11:59:30,4,old
I,2024-01-01 11:59:55,5,within clock_skew
U,2024-01-01 12:00:00.5,2,during the load
$$);
CREATE FOREIGN TABLE reload (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 's');
-- 1 reloaded; 2 during the load (a change prevails over a base row); 5 within clock_skew
SELECT id, v FROM reload ORDER BY id;
-- the first file is not even read, of the second one record is left out
SELECT regress.counted('SELECT * FROM reload', 'Files Skipped|Files Read|Records Before');
-- with a shorter skew 5 goes too
ALTER FOREIGN TABLE reload OPTIONS (ADD clock_skew '1 s');
SELECT id, v FROM reload ORDER BY id;
SELECT regress.counted('SELECT * FROM reload', 'Files Skipped|Files Read|Records Before');
ALTER FOREIGN TABLE reload OPTIONS (DROP clock_skew);
-- changes_from prevails
ALTER FOREIGN TABLE reload OPTIONS (ADD changes_from '2024-01-01 11:59:00');
SELECT id, v FROM reload ORDER BY id;
ALTER FOREIGN TABLE reload OPTIONS (DROP changes_from);

-- without commit times nothing tells, but changes_from
CALL regress.file('s/reload_names/LOAD00000001.csv', $$
1,reloaded
$$);
CALL regress.file('s/reload_names/20240101-100100000.csv', $$
U,1,old
I,3,old
$$);
CALL regress.file('s/reload_names/20240101-120100000.csv', $$
I,2,new
$$);
CREATE FOREIGN TABLE reload_names (id int OPTIONS (key 'true'), v text) SERVER names OPTIONS (schema_name 's');
SELECT id, v FROM reload_names ORDER BY id;
ALTER FOREIGN TABLE reload_names OPTIONS (ADD changes_from '2024-01-01 12:00');
SELECT id, v FROM reload_names ORDER BY id;
SELECT regress.counted('SELECT * FROM reload_names', 'Files Skipped|Files Read|Records Before');

-- ---------------------------------------------------------------- which files
-- a file without records ends nothing, and one that begins later than the
-- instant by more than clock_skew ends the search
CALL regress.file('s/files/LOAD00000001.csv', $$
2024-01-01 09:00:00,1,loaded
$$);
CALL regress.file('s/files/20240101-100100000.csv', $$
U,2024-01-01 10:00:00,1,a
$$);
CALL regress.file('s/files/20240101-100200000.csv', $$
U,2024-01-01 10:00:30,1,b
U,2024-01-01 10:01:50,1,c
$$);
CALL regress.file('s/files/20240101-100300000.csv', '');
CALL regress.file('s/files/20240101-100400000.csv', $$
U,2024-01-01 10:00:45,1,b2
U,2024-01-01 10:03:00,1,d
$$);
CALL regress.file('s/files/20240101-110000000.csv', $$
U,2024-01-01 10:59:00,1,e
$$);
CALL regress.file('s/files/20240101-120000000.csv', $$
U,2024-01-01 11:59:00,1,f
$$);
CREATE FOREIGN TABLE files (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER log OPTIONS (schema_name 's');
-- at 10:00:50 the answer stands in the file of 10:04, behind the empty one;
-- that of 11:00 begins later, so that of 12:00 is not even listed
SELECT v FROM files WHERE at = '2024-01-01 10:00:50';
SELECT regress.counted($$SELECT v FROM files WHERE at = '2024-01-01 10:00:50'$$, 'Files|Records After');
SELECT v FROM files WHERE at = '2024-01-01 10:00:29.999999';
SELECT v FROM files WHERE at = '2024-01-01 10:59:00';
SELECT regress.counted($$SELECT v FROM files WHERE at = '2024-01-01 10:59:00'$$, 'Files|Records After');
-- a clock_skew as long as there is
ALTER FOREIGN TABLE files OPTIONS (ADD clock_skew '36500 days');
SELECT v FROM files;
SELECT v FROM files WHERE at = '2024-01-01 10:00:50';
SELECT v FROM files WHERE at = '294276-12-31';
ALTER FOREIGN TABLE files OPTIONS (DROP clock_skew);
-- on the file clock a name later than the instant is enough
CREATE FOREIGN TABLE files_names (ts timestamptz, id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof'))
  SERVER names OPTIONS (schema_name 's', table_name 'files');
SELECT v FROM files_names WHERE at = '2024-01-01 10:02:00';
SELECT v FROM files_names WHERE at = '2024-01-01 10:01:59.999999';
SELECT regress.counted($$SELECT v FROM files_names WHERE at = '2024-01-01 10:02:00'$$, 'Files|Records After');

-- two objects of one name: x.csv and x.csv.gz; the full key decides, and it is counted
CALL regress.file('s/twice/20240101-100100000.csv', $$
I,2024-01-01 10:00:00,1,plain
I,2024-01-01 10:00:00,2,plain
$$);
CALL regress.file('s/twice/20240101-100100000.csv.gz', $$
U,2024-01-01 10:00:00,1,not compressed though its name says so
$$);
CREATE FOREIGN TABLE twice (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's');
SELECT id, v FROM twice ORDER BY id;
SELECT regress.counted('SELECT * FROM twice', 'Duplicate|Ties');

-- ---------------------------------------------------------------- small memory
-- the same answers when keys and records go to temporary files
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT string_agg(format(E'2024-01-01 09:00:00,%s,v%s,w%s,\n', i, i, i), '' ORDER BY i) AS content
  FROM generate_series(1, 2000) i \gset
CALL regress.file('s/many/LOAD00000001.csv', :'content');
-- odd keys move 10000 up, every third of them loses v, every tenth is deleted
SELECT string_agg(format(E'U,2024-01-01 10:00:%s,%s,?,x%s,%s\n', to_char(i / 200, 'FM00'), i + 10000, i, i), '' ORDER BY i) AS content
  FROM generate_series(1, 2000, 2) i \gset
CALL regress.file('s/many/20240101-100100000.csv', :'content');
SELECT string_agg(format(E'U,2024-01-01 10:01:00,%s,,?,\n', i + 10000), '' ORDER BY i) AS content
  FROM generate_series(1, 2000, 6) i \gset
CALL regress.file('s/many/20240101-100200000.csv', :'content');
SELECT string_agg(format(E'D,2024-01-01 10:02:00,%s,,,\n', i + 10000), '' ORDER BY i) AS content
  FROM generate_series(5, 2000, 10) i \gset
CALL regress.file('s/many/20240101-100300000.csv', :'content');
CREATE FOREIGN TABLE many (id int OPTIONS (key 'true'), v text, w text, old_id int OPTIONS (before 'id')) SERVER log
  OPTIONS (schema_name 's', use_csv_no_sup_value 'true', csv_no_sup_value '?');
CREATE TABLE regress.expected AS
  SELECT i AS id, 'v' || i AS v, 'w' || i AS w FROM generate_series(2, 2000, 2) i
  UNION ALL
  SELECT i + 10000, CASE WHEN i % 6 = 1 THEN NULL ELSE 'v' || i END, 'x' || i FROM generate_series(1, 2000, 2) i WHERE i % 10 <> 5;
SELECT count(*), count(v), count(w) FROM regress.expected;
CREATE TABLE regress.found AS SELECT id, v, w FROM many;
SELECT count(*), count(v), count(w) FROM regress.found;
(TABLE regress.found EXCEPT TABLE regress.expected) UNION ALL (TABLE regress.expected EXCEPT TABLE regress.found);
SELECT count(*) AS split FROM regress.analyze('SELECT * FROM many') line WHERE line ~ 'Key Splits: [1-9]';
-- whose parts all lie in one temporary file
BEGIN;
DECLARE parts CURSOR FOR SELECT * FROM many;
FETCH 1 FROM parts;
SELECT count(*) <= 3 AS few FROM pg_ls_tmpdir() WHERE name LIKE format('pgsql_tmp%s.%%', pg_backend_pid());
COMMIT;
-- files that all overlap share sorts where memory is short
DO $$
DECLARE
  content text;
BEGIN
  FOR n IN 1 .. 59 LOOP
    SELECT string_agg(format(E'U,2024-01-01 10:00:%s,%s,%s\n', to_char((i + n) % 60, 'FM00'), i, to_char(n, 'FM00')), '' ORDER BY (i + n) % 60, i)
    FROM generate_series(1, 100) i INTO content;
    CALL regress.file(format('s/overlapping/20240101-10%s00000.csv', to_char(n, 'FM00')), content);
  END LOOP;
END $$;
CREATE FOREIGN TABLE overlapping (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's', clock_skew '1 day');
CREATE TABLE regress.sorted AS SELECT id, v FROM overlapping;
SELECT count(*) AS sorted FROM regress.analyze('SELECT * FROM overlapping') line WHERE line ~ '(Files Sorted|Spilled Bytes): [1-9]';
-- the index of a file of short records counts as much as the records
SELECT string_agg(format(E'I,2024-01-01 10:00:00,%s,\n', i), '' ORDER BY i) AS content FROM generate_series(100001, 160000) i \gset
CALL regress.file('s/short/20240101-100100000.csv', :'content');
CREATE FOREIGN TABLE short (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's');
SET work_mem = '8MB';
SELECT regress.counted('SELECT * FROM short', 'Files Sorted');
SET work_mem = '16MB';
SELECT regress.counted('SELECT * FROM short', 'Files Sorted');
RESET work_mem;
RESET hash_mem_multiplier;
SELECT count(*), count(DISTINCT v), min(v), max(v) FROM regress.sorted JOIN overlapping USING (id, v);
(SELECT id, v, w FROM many EXCEPT TABLE regress.expected) UNION ALL (TABLE regress.expected EXCEPT SELECT id, v, w FROM many);
SELECT regress.counted('SELECT * FROM many', 'Key Splits|Cells');

\set ECHO none
\i :end

-- What files look like: byte order marks, line ends, headers that were not
-- declared, operations of the full load; what is not certain is an error that
-- names the option that decides.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made');

-- Make a table of a full load and a change file (where they are not empty).
CREATE PROCEDURE regress.log(name text, load text, changes text, columns text DEFAULT 'id int OPTIONS (key ''true''), v text',
  options text DEFAULT '') LANGUAGE plpgsql AS $$
BEGIN
  IF load <> '' THEN CALL regress.file('s/' || name || '/LOAD00000001.csv', convert_to(load, 'UTF8')); END IF;
  IF changes <> '' THEN CALL regress.file('s/' || name || '/20240102-000000000.csv', convert_to(changes, 'UTF8')); END IF;
  EXECUTE format('CREATE FOREIGN TABLE %I (%s) SERVER log OPTIONS (schema_name ''s''%s)', name, columns, options);
END $$;
-- Its rows with what control characters they hold, or the error and the option it names.
CREATE FUNCTION regress.rows(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text; message text; detail text; hint text; decides text;
BEGIN
  EXECUTE format('SELECT string_agg(r::text, '' '' ORDER BY r::text COLLATE "C") FROM %I r', name) INTO result;
  RETURN coalesce(replace(replace(result, E'\r', '\r'), E'\uFEFF', '<mark>'), 'no rows');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, decides = CONSTRAINT_NAME;
  RETURN regress.hide(concat_ws(E'\n', 'ERROR: ' || replace(message, E'\r', '\r'), 'DETAIL: ' || nullif(detail, ''), 'HINT: ' || nullif(hint, ''),
    'decided by ' || nullif(decides, '')));
END $$;
CREATE FUNCTION regress.read(name text, load text, changes text, columns text DEFAULT 'id int OPTIONS (key ''true''), v text',
  options text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.log(name, load, changes, columns, options);
  RETURN regress.rows(name);
END $$;
-- The rows once the hint was followed.
CREATE FUNCTION regress.follow(name text, options text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER FOREIGN TABLE %I OPTIONS (%s)', name, options);
  RETURN regress.rows(name);
END $$;
\pset format unaligned
\pset tuples_only on

-- ---------------------------------------------------------------- byte order marks
SELECT regress.read('mark', E'\uFEFF1,a\n2,b\n', E'\uFEFFU,1,c\nI,3,d\n');
SELECT regress.read('mark_text_key', E'\uFEFFk1,a\nk2,b\n', E'U,k1,c\n', $$id text OPTIONS (key 'true'), v text$$);
SELECT regress.rows('mark_text_key'), count(*) FROM mark_text_key WHERE id = 'k1';
SELECT regress.read('mark_quoted', E'\uFEFF"k\n1",a\nk2,b\n', E'\uFEFFU,"k\n1",c\n', $$id text OPTIONS (key 'true'), v text$$);
SELECT regress.read('mark_header', E'\uFEFFid,v\n1,a\n2,b\n', E'\uFEFF"Op","id","v"\nU,1,c\n', options => $$, add_column_name 'true'$$);
SELECT regress.read('mark_alone', E'\uFEFF', E'\uFEFFI,1,a\n');
SELECT regress.read('mark_inside', E'1,\uFEFFa\n', '');
SET cdc_fdw.force_libcsv = on;
SELECT name, regress.rows(name) FROM unnest(ARRAY['mark', 'mark_text_key', 'mark_quoted', 'mark_header', 'mark_alone', 'mark_inside']) name;
RESET cdc_fdw.force_libcsv;
-- the mark counts for no line
SELECT regress.read('mark_line', E'\uFEFF1,a\nx,b\n', '');
-- compressed
CALL regress.log('mark_gzip', E'\uFEFF1,a\n2,b\n', E'\uFEFFU,1,c\n');
CALL regress.shell(format('cd "%s/s/mark_gzip" && gzip *.csv', current_setting('regress.folder')));
SELECT regress.rows('mark_gzip');
CALL regress.file('s/utf16/LOAD00000001.csv', '\xfffe31002c0061000a00'::bytea);
CALL regress.file('s/utf32/LOAD00000001.csv', '\x0000feff000000310000002c000000610000000a'::bytea);
SELECT regress.read('utf16', '', '');
SELECT regress.read('utf32', '', '');

-- ---------------------------------------------------------------- line ends
-- by the last column: text, integer, key, quoted, the only one
SELECT regress.read('crlf', E'1,a\r\n2,b\r\n', E'U,1,c\r\nI,3,d\r\n');
SELECT regress.read('crlf_int', E'1,5\r\n2,6\r\n', E'U,1,7\r\nI,3,8\r\n', $$id int OPTIONS (key 'true'), v int$$);
SELECT regress.read('crlf_key', E'a,k1\r\nb,k2\r\n', E'U,c,k1\r\n', $$v text, id text OPTIONS (key 'true')$$);
SELECT regress.read('crlf_quoted', E'1,"a"\r\n2,"b\r\n"\r\n', E'U,1,"c"\r\n');
SELECT regress.read('crlf_one', E'k1\r\nk2\r\n', E'D,k1\r\nI,k3\r\n', $$id text OPTIONS (key 'true')$$);
SELECT regress.read('crlf_header', E'id,v\r\n1,a\r\n2,b\r\n', E'Op,id,v\r\nU,1,c\r\n', options => $$, add_column_name 'true'$$);
SELECT regress.read('crlf_no_load', '', E'I,1,a\r\nI,2,b\r\n');
-- each file of a log with headers says for itself
SELECT regress.read('crlf_by_file', E'id,v\r\n1,a\r\n', E'Op,id,v\nU,1,c\n', options => $$, add_column_name 'true'$$);
-- said, CR is data
SELECT regress.read('cr_said', E'1,a\r\n2,b\r\n', E'U,1,c\r\n', options => $$, csv_row_delimiter '\n'$$);
-- only some lines of a file end so: each hint is followed to its rows, or to the error that no option reads the file
SELECT regress.read('cr_data', E'1,a\r\n2,b\n', E'U,2,c\n');
SELECT regress.follow('cr_data', $$ADD csv_row_delimiter 'by_file'$$);
SELECT regress.follow('cr_data', $$SET csv_row_delimiter '\r\n'$$);
SELECT regress.follow('cr_data', $$SET csv_row_delimiter '\n'$$);
SELECT regress.read('cr_last', E'1,a\n2,b\r', '');
SELECT regress.follow('cr_last', $$ADD csv_row_delimiter '\n'$$);
SELECT regress.read('cr_changes', E'Op,id,v\r\nI,1,a\r\n', E'Op,id,v\nU,1,b\r\nI,2,c\n', options => $$, add_column_name 'true', include_op_for_full_load 'true'$$);
SELECT regress.follow('cr_changes', $$ADD csv_row_delimiter 'by_file'$$);
SELECT regress.follow('cr_changes', $$SET csv_row_delimiter '\n'$$);
SELECT regress.read('cr_headed', E'id,v\n1,a\n2,b\r\n', E'Op,id,v\nU,1,c\n', options => $$, add_column_name 'true'$$);
SELECT regress.follow('cr_headed', $$ADD csv_row_delimiter 'by_file'$$);
SELECT regress.follow('cr_headed', $$SET csv_row_delimiter '\n'$$);
SELECT regress.read('cr_circle', E'id,v\r\n1,a\n2,b\r\n', '', options => $$, add_column_name 'true'$$);
SELECT regress.follow('cr_circle', $$ADD csv_row_delimiter '\n'$$);
SELECT regress.follow('cr_circle', $$SET csv_row_delimiter 'by_file'$$);
SELECT regress.follow('cr_circle', $$SET csv_row_delimiter '\r\n'$$);
-- a carriage return within quotes ends no line
SELECT regress.read('cr_within', E'1,"a\r"\n2,"b\r\nc"\n', E'U,1,"d\r"\n');
-- the files differ: which of them has CR as data nobody knows; each hint leads to an answer
SELECT regress.read('cr_change', E'1,a\n2,b\n', E'U,1,c\r\n');
SELECT regress.follow('cr_change', $$ADD csv_row_delimiter '\n'$$);
SELECT regress.follow('cr_change', $$SET csv_row_delimiter 'by_file'$$);
SELECT regress.follow('cr_change', $$SET csv_row_delimiter '\r\n'$$);
SELECT regress.read('cr_load', E'1,a\r\n', E'I,2,b\n');
SELECT regress.follow('cr_load', $$ADD csv_row_delimiter '\n'$$);
SELECT regress.follow('cr_load', $$SET csv_row_delimiter 'by_file'$$);
SELECT regress.follow('cr_load', $$SET csv_row_delimiter '\r\n'$$);
SELECT regress.read('cr_some', E'1,a\r\n2,b\r\n', E'I,3,c\r\nI,4,d\n');
SELECT regress.read('cr_header', E'id,v\n1,a\r\n', '', options => $$, add_column_name 'true'$$);
SELECT regress.follow('cr_header', $$ADD csv_row_delimiter '\n'$$);
SELECT regress.follow('cr_header', $$SET csv_row_delimiter 'by_file'$$);
-- two files of the full load, in either order, and a change file between others
CALL regress.file('s/cr_loads/LOAD00000002.csv', convert_to(E'3,c\n4,d\n', 'UTF8'));
SELECT regress.read('cr_loads', E'1,a\r\n2,b\r\n', '');
SELECT regress.follow('cr_loads', $$ADD csv_row_delimiter 'by_file'$$);
SELECT regress.follow('cr_loads', $$SET csv_row_delimiter '\n'$$);
CALL regress.file('s/cr_second/LOAD00000002.csv', convert_to(E'3,c\r\n4,d\r\n', 'UTF8'));
SELECT regress.read('cr_second', E'1,a\n2,b\n', '');
SELECT regress.follow('cr_second', $$ADD csv_row_delimiter 'by_file'$$);
CALL regress.file('s/cr_between/20240101-000000000.csv', convert_to(E'U,2,x\n', 'UTF8'));
SELECT regress.read('cr_between', E'1,a\r\n2,b\r\n', E'U,1,c\r\n');
SELECT regress.follow('cr_between', $$ADD csv_row_delimiter 'by_file'$$);
CREATE FOREIGN TABLE cr_between_changes (id int, v text) SERVER log OPTIONS (schema_name 's', table_name 'cr_between', mode 'changes');
SELECT regress.rows('cr_between_changes');
-- an import reads each file by its own line ends, too
CALL regress.file('by_file/n/LOAD00000001.csv', convert_to(E'1,5\n2,6\n', 'UTF8'));
CALL regress.file('by_file/n/20240102-000000000.csv', convert_to(E'U,1,7\r\nI,3,8\r\n', 'UTF8'));
CREATE SERVER by_file FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', csv_row_delimiter 'by_file');
CREATE SCHEMA by_file;
SET client_min_messages = error;
IMPORT FOREIGN SCHEMA by_file FROM SERVER by_file INTO by_file;
SET client_min_messages = warning;
ALTER FOREIGN TABLE by_file.n ALTER c1 OPTIONS (ADD key 'true');
SELECT string_agg(format('%s %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
FROM pg_attribute WHERE attrelid = 'by_file.n'::regclass AND attnum > 0;
SET search_path = by_file, public;
SELECT regress.rows('n');
RESET search_path;
-- several processes tell each other
SELECT string_agg(i || E',a\r\n', '' ORDER BY i) AS crlf, string_agg(i || E',a\n', '' ORDER BY i) AS lf FROM generate_series(1, 200000) i \gset
CALL regress.file('s/cr_parallel/LOAD00000001.csv', convert_to(:'crlf', 'UTF8'));
CALL regress.file('s/cr_parallel/LOAD00000002.csv', convert_to(:'lf', 'UTF8'));
CREATE FOREIGN TABLE cr_parallel (id int, v text) SERVER log OPTIONS (schema_name 's');
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET parallel_leader_participation = off;
SELECT bool_or(line LIKE '%Parallel Foreign Scan%') FROM regress.plan('SELECT count(v) FROM cr_parallel') line;
SELECT regress.outcome('SELECT count(v) FROM cr_parallel');
RESET parallel_leader_participation;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
SET max_parallel_workers_per_gather = 0;
-- by_file does not read a file of which only some lines end so
SELECT regress.read('cr_mixed', E'1,a\r\n2,b\n', E'U,2,c\r\n', options => $$, csv_row_delimiter 'by_file'$$);
SELECT regress.read('crlf_quotes', E'1,"a"\n', E'U,1,"b"\r\n', options => $$, csv_row_delimiter '\n'$$);
SELECT regress.follow('crlf_quotes', $$SET csv_row_delimiter 'by_file'$$);
SELECT regress.read('cr_quotes', E'1,"a"\n2,"b"\r\n', '', options => $$, csv_row_delimiter 'by_file'$$);
-- LF was said, and a header ends in CR LF: its last name is a key, a time, an operation, any other, or nobody's
SELECT regress.read('crlf_name', E'id,v\n1,a\n', E'Op,id,v\r\nU,1,b\r\n', options => $$, add_column_name 'true', csv_row_delimiter '\n'$$);
SELECT regress.follow('crlf_name', $$SET csv_row_delimiter 'by_file'$$);
SELECT regress.read('crlf_missing', E'id,v\n1,a\n', E'Op,id,V\r\nU,1,b\r\n', $$id int OPTIONS (key 'true'), v text OPTIONS (missing '')$$,
  $$, add_column_name 'true', csv_row_delimiter '\n'$$);
SELECT regress.follow('crlf_missing', $$SET csv_row_delimiter 'by_file'$$);
SELECT regress.read('crlf_name_key', E'v,id\r\na,1\r\n', '', options => $$, add_column_name 'true', csv_row_delimiter '\n'$$);
SELECT regress.follow('crlf_name_key', $$SET csv_row_delimiter 'by_file'$$);
SELECT regress.read('crlf_name_time', '', E'Op,id,v,ts\r\nI,1,b,2024-01-01 10:00:00\r\n', options => $$, add_column_name 'true', csv_row_delimiter '\n', timestamp_column_name 'ts'$$);
SELECT regress.follow('crlf_name_time', $$SET csv_row_delimiter 'by_file'$$);
SELECT regress.read('crlf_name_op', '', E'id,v,Op\r\n1,b,I\r\n', options => $$, add_column_name 'true', csv_row_delimiter '\n'$$);
SELECT regress.follow('crlf_name_op', $$SET csv_row_delimiter 'by_file'$$);
SELECT regress.read('crlf_name_none', E'id,v,w\r\n1,a,x\r\n', '', options => $$, add_column_name 'true', csv_row_delimiter '\n'$$);
SELECT regress.read('cr_name', E'id,v\r\n1,a\r\n', '', format($$id int OPTIONS (key 'true'), v text OPTIONS (column_name %L)$$, E'v\r'),
  $$, add_column_name 'true', csv_row_delimiter '\n'$$);
-- lines behind those that were looked at
SELECT regress.read('cr_late', repeat(E'1,a\r\n', 5000) || E'2,b\n', '', 'id int, v text');
SELECT regress.read('cr_late_header', E'id,v\r\n' || repeat(E'1,a\r\n', 5000) || E'2,b\n', '', 'id int, v text', $$, add_column_name 'true'$$);
SELECT regress.read('crlf_said', E'id,v\r\n1,a\r\n', E'Op,id,v\nU,1,c\n', options => $$, add_column_name 'true', csv_row_delimiter '\r\n'$$);
SELECT regress.follow('crlf_said', $$SET csv_row_delimiter 'by_file'$$);
SELECT regress.follow('crlf_said', 'DROP csv_row_delimiter');
-- a value that ends in CR and does not fit its type: some lines end so and LF was said, or one does far behind
SELECT regress.read('cr_short', E'1,a\r\n2,b\n', '', $$id int OPTIONS (key 'true'), v varchar(1)$$, $$, csv_row_delimiter '\n'$$);
SELECT regress.read('cr_far', repeat(E'1,a\n', 5000) || E'2,b\r\n', '', 'id int, v varchar(1)');
SELECT regress.read('cr_uuid', E'1,00000000-0000-0000-0000-000000000001\r\n', E'U,1,00000000-0000-0000-0000-000000000002\r\n',
  $$id int OPTIONS (key 'true'), v uuid$$, $$, csv_row_delimiter '\n'$$);
SELECT regress.follow('cr_uuid', $$SET csv_row_delimiter 'by_file'$$);
-- white space that these types ignore
SELECT regress.read('cr_ignored', E'1,5,2024-01-01\r\n2,6,2024-01-02\n', '', $$id int OPTIONS (key 'true'), n int, d date$$, $$, csv_row_delimiter '\n'$$);

-- ---------------------------------------------------------------- a folder that is not there
CALL regress.log('orders', E'1,a\n', E'U,1,b\n', options => $$, changes_from '2024-01-01'$$);
CALL regress.shell(format('mkdir -p "%1$s/Shop" "%1$s/in/Sales" "%1$s/in/txn" "%1$s/there/item" && cp -r "%1$s/s/orders" "%1$s/Shop/Orders" && cp -r "%1$s/s/orders" "%1$s/in/Sales/item" && touch "%1$s/in/txn/note"',
  current_setting('regress.folder')));
CREATE FUNCTION regress.lost(name text, options text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE FOREIGN TABLE %I (id int OPTIONS (key ''true''), v text) SERVER log OPTIONS (%s)', name, options);
  RETURN regress.rows(name);
END $$;
-- the table, the schema, the case of either, a letter each
SELECT regress.lost('lost_table', $$schema_name 'Shop', table_name 'Ordrs'$$);
SELECT regress.lost('lost_case', $$schema_name 'Shop', table_name 'ORDERS'$$);
SELECT regress.lost('lost_schema', $$schema_name 'Shp', table_name 'Orders'$$);
SELECT regress.lost('lost_upper', $$schema_name 'SHOP', table_name 'ORDERS'$$);
SELECT regress.follow('lost_upper', $$SET schema_name 'Shop'$$);
SELECT regress.follow('lost_upper', $$SET table_name 'Orders'$$);
-- by other options
SELECT regress.lost('lost_prefix', $$prefix 'IN/sales/item'$$);
SELECT regress.lost('lost_deep', $$prefix 'in/sale/items'$$);
SELECT regress.lost('lost_changes', $$prefix 'there/item', changes_prefix 'in/Sales/itms'$$);
SELECT regress.lost('lost_txn', $$schema_name 'Shop', table_name 'Orders', preserve_transactions 'true', cdc_path 'in/TXN', changes_from '2025-01-01', ignore_change_files 'true'$$);
-- none is near, or the folder is there
SELECT regress.lost('lost_far', $$schema_name 'Shop', table_name 'customers'$$);
SELECT regress.lost('lost_there', $$prefix 'there/item'$$);
-- and in an import
SELECT regress.outcome('IMPORT FOREIGN SCHEMA "SHOP" FROM SERVER log INTO public');

-- ---------------------------------------------------------------- a header where none was declared
SELECT regress.read('head_text', E'id,name,city\n1,Ann,Rome\n', '', 'id text, name text, city text');
SELECT regress.follow('head_text', $$ADD add_column_name 'true'$$);
SELECT regress.follow('head_text', $$SET add_column_name 'false'$$);
SELECT regress.read('head_int', E'id,name\n1,Ann\n2,Bob\n', '', $$id int OPTIONS (key 'true'), label text$$);
SELECT regress.outcome('SELECT count(*) FROM head_int');
SELECT regress.read('head_op', E'Op,id,name\nI,1,Ann\n', E'Op,id,name\nU,1,Bob\n', $$id int OPTIONS (key 'true'), name text$$);
SELECT regress.follow('head_op', $$ADD add_column_name 'true'$$);
SELECT regress.read('head_time', E'ts,id,name\n2024-01-01 00:00:00,1,Ann\n', '', $$id text OPTIONS (key 'true'), name text$$,
  $$, timestamp_column_name 'ts'$$);
SELECT regress.read('head_changes', '', E'Op,id,name\nI,1,Ann\n', $$id text OPTIONS (key 'true'), name text$$);
SELECT regress.read('head_wide', E'id,name,city\n1,Ann,Rome\n', '', $$id text OPTIONS (key 'true'), name text$$);
SELECT regress.follow('head_wide', $$ADD add_column_name 'true'$$);
SELECT regress.read('head_order', E'name,id,city\nAnn,1,Rome\n', '', $$id text OPTIONS (key 'true'), name text$$);
SELECT regress.follow('head_order', $$ADD add_column_name 'true'$$);
-- with a name that is declared otherwise; the error of the header names it then
SELECT regress.read('head_near', E'id,name,city\n1,Ann,Rome\n', '', 'id text, name text, town text');
SELECT regress.follow('head_near', $$ADD add_column_name 'true'$$);
ALTER FOREIGN TABLE head_near ALTER town OPTIONS (ADD column_name 'city');
SELECT regress.rows('head_near');
SELECT regress.follow('head_near', $$SET add_column_name 'false'$$);
-- the key's name alone shows it, where it is the key's field
SELECT regress.read('head_key', E'id,title\n1,x\n', '', $$id text OPTIONS (key 'true'), name text$$);
SELECT regress.follow('head_key', $$ADD add_column_name 'false'$$);
SELECT regress.read('head_key_three', E'id,nombre,ciudad\n1,x,y\n', '', $$id text OPTIONS (key 'true'), name text, city text$$);
SELECT regress.read('head_key_second', E'titel,id\nx,1\n', '', $$title text, id text OPTIONS (key 'true')$$);
-- but not where it is another's; with the option the header's error names what is declared otherwise
SELECT regress.read('head_key_other', E'1,id\n2,x\n', '', $$id text OPTIONS (key 'true'), name text$$);
SELECT regress.read('head_key_said', E'id,title\n1,x\n', '', $$id text OPTIONS (key 'true'), name text$$, $$, add_column_name 'true'$$);
SELECT regress.read('head_near_op', E'Op,id,town\nI,1,Rome\n', '', 'id text, city text, note text');
SELECT regress.read('head_near_time', E'ts,id,town\n2024-01-01 00:00:00,1,Rome\n', '', 'id text, city text', $$, timestamp_column_name 'ts'$$);
SELECT regress.read('head_near_changes', '', E'Op,id,name,city\nI,1,Ann,Rome\n', 'id text, name text, town text');
-- rows that say what some columns are called
SELECT regress.read('head_insert', '', E'I,id,name,city,zip\nI,1,Ann,Rome,0\n', 'id text, name text, town text, zip text');
SELECT regress.read('head_half', E'id,name,x,y\n1,Ann,b,c\n', '', 'id text, name text, b text, c text');
SELECT regress.read('head_row', E'id,Ann\n1,id\n', '', 'id text, name text');
-- add_column_name is set and files have none
SELECT regress.read('head_none', E'1,a\n', E'U,1,b\n', options => $$, add_column_name 'true'$$);

-- ---------------------------------------------------------------- operations of the full load
SELECT regress.read('load_insert', E'insert,1,a\nI,2,b\n', '', options => $$, include_op_for_full_load 'true'$$);
SELECT regress.read('load_update', E'I,1,a\nU,2,b\n', E'I,3,c\n', options => $$, include_op_for_full_load 'true'$$);
SELECT regress.follow('load_update', $$ADD load_ops 'any'$$);
SELECT regress.read('load_delete', E'Op,id,v\nI,1,a\nDELETE,2,b\n', '', options => $$, add_column_name 'true'$$);
SELECT regress.outcome('SELECT count(*) FROM load_delete');

-- ---------------------------------------------------------------- which setting was forgotten
SELECT regress.read('time', E'2024-01-01 00:00:00,1,a\n', E'U,2024-01-01 10:00:00,1,b\n');
SELECT regress.follow('time', $$ADD timestamp_column_name 'ts'$$);
SELECT regress.read('delimiter', E'1;a\n', E'U;1;b\n');
SELECT regress.follow('delimiter', $$ADD csv_delimiter ';'$$);
SELECT regress.read('tabs', E'1\ta\n', E'U\t1\tb\n');
SELECT regress.follow('tabs', $$ADD csv_delimiter '\t'$$);
-- where columns behind the key may be missing, one field is no wrong width
SELECT regress.read('one_field', E'a;b\n', '', $$id text OPTIONS (key 'true'), v text$$);
SELECT regress.follow('one_field', $$ADD csv_delimiter ';'$$);
SELECT regress.follow('one_field', $$SET csv_delimiter ','$$);
SELECT regress.read('empty_op', E'1,a\n', E',1,b\n');
-- in a full load, in its first record, a later one, beside a commit time, and behind a header; without the field the rows are right
SELECT regress.read('empty_load', E',1,a\n', E'U,1,b\n');
SELECT regress.follow('empty_load', $$ADD include_op_for_full_load 'true'$$);
SELECT regress.follow('empty_load', $$SET include_op_for_full_load 'false'$$);
CALL regress.file('s/empty_load/LOAD00000001.csv', E'1,a\n');
SELECT regress.rows('empty_load');
SELECT regress.read('empty_later', E'I,1,a\n,2,b\n', '');
SELECT regress.read('empty_time', E',2024-01-01 00:00:00,1,a\n', '', options => $$, timestamp_column_name 'ts'$$);
SELECT regress.read('empty_header', E'Op,id,v\n,1,a\n', '', options => $$, add_column_name 'true'$$);
SELECT regress.read('empty_inserts', '', E',1,a\n', options => $$, cdc_inserts_only 'true'$$);
-- taken for the key where later columns may be missing
SELECT regress.read('empty_key', E',A,Ann\n', '', $$id text OPTIONS (key 'true'), v text, w text$$);
SELECT regress.read('empty_int', E',1,Ann\n', '', $$id int OPTIONS (key 'true'), v text, w text$$);
SELECT regress.read('empty_told', E',A,Ann\n', '', $$id text OPTIONS (key 'true'), v text, w text$$, $$, csv_null_value 'NULL'$$);
SELECT regress.read('empty_quoted', E'"",A,Ann\n', '', $$id text OPTIONS (key 'true'), v text, w text$$);
-- it was a column's
SELECT regress.read('empty_column', E',1,a\n', '');
CREATE FOREIGN TABLE empty_column2 (w text, id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's', table_name 'empty_column');
SELECT regress.rows('empty_column2');
SELECT regress.read('wider', E'1,a,x\n', '');

-- ---------------------------------------------------------------- a row before an update begins a file without header
SELECT regress.read('qlik', E'1,a\n2,b\n', E'B,1,a\nU,3,c\nI,4,d\n', options => $$, op_column_name 'oper'$$);
SELECT regress.read('qlik_text', E'I,1,a\nI,2,b\n', E'B,1,a\nU,3,c\n', $$id text OPTIONS (key 'true'), v text$$, $$, op_column_name 'oper', include_op_for_full_load 'true'$$);
SELECT regress.read('qlik_evidence', E'I,1,a\nI,2,b\n', E'B,1,a\nU,3,c\n', $$id text OPTIONS (key 'true'), v text, w text$$, $$, op_column_name 'oper'$$);
SELECT regress.read('qlik_time', '', E'B,2024-01-01 10:00:00,1,a\nU,2024-01-01 10:00:00,3,c\n', options => $$, op_column_name 'oper', timestamp_column_name 'ts'$$);
SELECT regress.read('qlik_alone', E'1,a\n', E'B,1,a\n', options => $$, op_column_name 'oper'$$);
SELECT regress.read('qlik_truncate', E'1,a\n', E'T,,\nI,3,c\n', options => $$, op_column_name 'oper'$$);
CALL regress.file('qlik/CDC_TXN-20240101000040000.csv', E'B,other,s,9,o\nU,other,s,9,p\nB,qlik_txn,s,1,a\nU,qlik_txn,s,3,c\n');
SELECT regress.read('qlik_txn', E'1,a\n2,b\n', '', options => $$, op_column_name 'oper', preserve_transactions 'true', cdc_path 'qlik'$$);
SELECT regress.read('qlik_not', E'1,a\n2,b\n', E'B,1,a\nU,3,c\n');
SELECT regress.follow('qlik_not', $$ADD op_column_name 'oper'$$);
SELECT regress.read('qlik_not_first', E'1,a\n2,b\n', E'I,4,d\nB,1,a\nU,3,c\n');
SELECT regress.follow('qlik_not_first', $$ADD op_column_name 'oper'$$);
SELECT regress.read('qlik_not_truncate', E'1,a\n', E'I,4,d\nT,,\n');
SELECT regress.read('qlik_not_value', E'A,a\nB,b\n', E'B,c\nC,d\n', $$id text OPTIONS (key 'true'), v text$$);
SELECT regress.follow('qlik_not_value', $$ADD cdc_inserts_and_updates 'true'$$);
-- a row before an update that has no update right behind it would leave its row: by every way
SELECT regress.read('qlik_insert', E'1,a\n2,b\n', E'B,1,a\nI,3,c\n', options => $$, op_column_name 'oper'$$);
SELECT regress.read('qlik_between', E'1,a\n2,b\n', E'I,5,e\nB,1,a\nI,4,d\nU,3,c\n', options => $$, op_column_name 'oper'$$);
SELECT regress.outcome('SELECT * FROM qlik_between WHERE id = 3');
CREATE FOREIGN TABLE qlik_between_changes (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's', table_name 'qlik_between', op_column_name 'oper', mode 'changes');
SELECT regress.rows('qlik_between_changes');
CREATE FOREIGN TABLE qlik_between_history (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's', table_name 'qlik_between', op_column_name 'oper', mode 'history', base_time '2024-01-01');
SELECT regress.rows('qlik_between_history');
SELECT regress.read('qlik_twice', '', E'I,2024-01-01 09:00:00,1,a\nI,2024-01-01 09:00:00,2,b\nB,2024-01-01 10:00:00,1,a\nB,2024-01-01 10:00:00,2,b\nU,2024-01-01 10:00:00,3,c\nU,2024-01-01 10:00:00,4,d\n', options => $$, op_column_name 'oper', timestamp_column_name 'ts'$$);
SELECT regress.read('qlik_times', '', E'I,2024-01-01 09:00:00,1,a\nB,2024-01-01 10:00:00,1,a\nU,2024-01-01 10:00:01,3,c\n', options => $$, op_column_name 'oper', timestamp_column_name 'ts'$$);
SELECT regress.read('qlik_header', E'id,v\n1,a\n', E'oper,id,v\nB,1,a\nD,3,c\n', options => $$, op_column_name 'oper', add_column_name 'true'$$);
-- the next file has the update, or what was read ends there
CALL regress.file('s/qlik_end/20240103-000000000.csv', E'U,3,c\n');
SELECT regress.read('qlik_end', E'1,a\n2,b\n', E'I,4,d\nB,1,a\n', options => $$, op_column_name 'oper'$$);
SELECT regress.read('qlik_window', E'1,a\n2,b\n', E'B,1,' || repeat('x', 300000) || E'\nU,3,' || repeat('y', 300000) || E'\n', options => $$, op_column_name 'oper'$$) = '(2,b) (3,' || repeat('y', 300000) || ')';
SELECT regress.read('qlik_window_insert', E'1,a\n2,b\n', E'B,1,' || repeat('x', 300000) || E'\nI,3,c\n', options => $$, op_column_name 'oper'$$);
SELECT regress.read('qlik_window_end', E'1,a\n2,b\n', E'I,3,c\nB,1,' || repeat('x', 300000) || E'\n', options => $$, op_column_name 'oper'$$);
CALL regress.file('qlik_pair/CDC_TXN-20240101000040000.csv', E'B,other,s,1,o\nU,qlik_pair,s,2,p\nB,qlik_pair,s,1,a\nU,other,s,3,c\n');
SELECT regress.read('qlik_pair', E'1,a\n2,b\n', '', options => $$, op_column_name 'oper', preserve_transactions 'true', cdc_path 'qlik_pair'$$);
-- from before the log begins it matters not; the full load here is taken for a later one
SELECT regress.read('qlik_left', E'2024-01-01 11:00:00,2,b\n', E'B,2024-01-01 10:00:00,1,a\nI,2024-01-01 12:00:00,3,c\n', options => $$, op_column_name 'oper', timestamp_column_name 'ts'$$);
SELECT regress.follow('qlik_left', $$ADD changes_from '2024-01-01 11:00:00'$$);

-- ---------------------------------------------------------------- an operation of a change file beside a column that came
-- as many columns as in the full load behind the I, but the newest file has none
CALL regress.file('s/op_came/20240103-000000000.csv', E'B,I,U,q\n');
SELECT regress.read('op_came', E'x,1,2\n', E'I,p,r,7\n', $$a text OPTIONS (key 'true'), b text, c text, d text$$, $$, cdc_inserts_and_updates 'true'$$);
CALL regress.file('s/op_came_row/20240103-000000000.csv', E'B,I,U,q\n');
SELECT regress.read('op_came_row', E'x,1,2\nU,3,4\n', E'U,p,r,7\n', $$a text OPTIONS (key 'true'), b text, c text, d text$$, $$, cdc_inserts_and_updates 'true'$$);
CALL regress.file('s/op_came_only/20240103-000000000.csv', E'B,I,U,q\n');
SELECT regress.read('op_came_only', E'x,1,2\n', E'I,p,r,7\n', $$a text OPTIONS (key 'true'), b text, c text, d text$$, $$, cdc_inserts_only 'true'$$);
-- the oldest shows it
CALL regress.file('s/op_came_old/20240101-000000000.csv', E'x,2,3\n');
SELECT regress.read('op_came_old', E'x,1,2\n', E'I,p,r,7\n', $$a text OPTIONS (key 'true'), b text, c text, d text$$, $$, cdc_inserts_and_updates 'true'$$);
-- the newest is too wide without one
CALL regress.file('s/op_came_wide/20240103-000000000.csv', E'U,x,I,U,q\n');
SELECT regress.read('op_came_wide', E'x,1,2\n', E'I,p,r,7\n', $$a text OPTIONS (key 'true'), b text, c text, d text$$, $$, cdc_inserts_and_updates 'true'$$);
-- none shows it, and it is asked for
SELECT regress.read('op_came_alone', E'x,1,2\n', E'I,p,r,7\n', $$a text OPTIONS (key 'true'), b text, c text, d text OPTIONS (missing '')$$, $$, cdc_inserts_and_updates 'true'$$);
SELECT regress.follow('op_came_alone', $$ADD include_op_for_full_load 'true'$$), regress.follow('op_came_alone', $$SET include_op_for_full_load 'false'$$);
-- an update meets a row of the full load so, and none otherwise
SELECT regress.read('op_came_meets', E'x,1,2\n', E'U,x,r,7\n', $$a text OPTIONS (key 'true'), b text, c text, d text OPTIONS (missing '')$$, $$, cdc_inserts_and_updates 'true'$$);
-- a full load's U and D may be operations that load_ops is for, where the changes' keys meet its rows only so
CALL regress.file('s/load_ops_came/20240103-000000000.csv', E'U,A,Ann2,1\nU,B,Bob2,1\nD,C,,\n');
SELECT regress.read('load_ops_came', E'I,A,Ann\nU,B,Bob\nD,C,Cid\n', '', $$id text OPTIONS (key 'true'), v text, w text$$);
CALL regress.file('s/load_ops_same/20240103-000000000.csv', E'U,B,Bob2,x\n');
SELECT regress.read('load_ops_same', E'U,A,Ann\nU,B,Bob\n', E'U,A,Ann2\n', $$id text OPTIONS (key 'true'), v text, w text$$);
SELECT regress.follow('load_ops_same', $$ADD load_ops 'any'$$);
-- where nothing meets them it is asked for, and where one is none they are values
SELECT regress.read('load_ops_open', E'I,A,Ann\nD,B,Bob\n', '', $$id text OPTIONS (key 'true'), v text, w text OPTIONS (missing '')$$);
SELECT regress.follow('load_ops_open', $$ADD include_op_for_full_load 'false'$$);
SELECT regress.read('load_ops_none', E'I,A,Ann\nD,B,Bob\nX,C,Cid\n', E'U,D,B,q\n', $$id text OPTIONS (key 'true'), v text, w text$$);
-- ---------------------------------------------------------------- a commit time that is not declared
CALL regress.file('s/time_room/20240501-000000000.csv', E'U,2024-04-30 12:00:00.000000,A,x2\n');
CALL regress.file('s/time_room/20240502-000000000.csv', E'U,2024-05-01 12:00:00.000000,B,y2,n\n');
SELECT regress.read('time_room', E'A,x\nB,y\n', '', $$id text OPTIONS (key 'true'), v text, w text, z text OPTIONS (missing '')$$);
ALTER FOREIGN TABLE time_room DROP z;
SELECT regress.follow('time_room', $$ADD timestamp_column_name 'ts'$$);
SELECT regress.read('time_load', E'I,2024-04-30 00:00:00,A,x\nI,2024-04-30 00:00:00,B,y\n', '', $$id text OPTIONS (key 'true'), v text, w text OPTIONS (missing '')$$, $$, include_op_for_full_load 'true'$$);
SELECT regress.follow('time_load', $$ADD timestamp_column_name 'ts'$$);
-- times are values of a column of times, of one that has others too, and where the option says so
SELECT regress.read('time_typed', E'2024-04-30 00:00:00,x\n', E'U,2024-04-30 00:00:00,y\n', $$id timestamp OPTIONS (key 'true'), v text$$);
SELECT regress.read('time_mixed', E'2024-04-30 00:00:00,x\nB,y\n', E'U,2024-04-30 00:00:00,x2\nU,B,y2\n', $$id text OPTIONS (key 'true'), v text$$);
SELECT regress.read('time_value', E'2024-04-30 00:00:00,x\n', E'U,2024-04-30 00:00:00,y\n', $$id text OPTIONS (key 'true'), v text$$);
SELECT regress.follow('time_value', $$ADD timestamp_column_name ''$$);
-- no column takes it: a NOTICE
SELECT regress.read('time_skipped', E'I,2024-04-30 00:00:00,A,x\n', E'U,2024-04-30 10:00:00,A,y\n', $$id text OPTIONS (key 'true', position '2'), v text$$, $$, include_op_for_full_load 'true'$$);
-- in transaction files it stands behind the schema
CALL regress.file('txn/CDC_TXN-20240502000000000.csv', convert_to(E'U,time_txn,s,2024-05-01 12:00:00,A,x2\nU,other,s,2024-05-01 12:00:00,1\n', 'UTF8'));
SELECT regress.read('time_txn', E'A,x\n', '', $$id text OPTIONS (key 'true'), v text, w text OPTIONS (missing '')$$, $$, preserve_transactions 'true', cdc_path 'txn', base_time '2024-05-01'$$);
-- ---------------------------------------------------------------- what may be an operation stands in quotes
SELECT regress.read('quoted_op', E'"I","1","x"\n', E'U,1,q\n', $$id text OPTIONS (key 'true'), v text, w text OPTIONS (missing '')$$);
SELECT regress.follow('quoted_op', $$ADD include_op_for_full_load 'true'$$);
SELECT regress.read('quoted_value', E'"I","1","x"\n"J","2","y"\n', E'U,I,q,r\n', $$id text OPTIONS (key 'true'), v text, w text$$);
SELECT regress.follow('quoted_value', $$ADD include_op_for_full_load 'false'$$);
SELECT regress.read('quoted_no_insert', E'"U","1","x"\n"J","2","y"\n', E'U,U,q,r\n', $$id text OPTIONS (key 'true'), v text, w text$$);
SELECT regress.read('quoted_change', E'a,1,x\n', E'"U","1","q"\n', $$id text OPTIONS (key 'true'), v text, w text$$, $$, cdc_inserts_and_updates 'true'$$);
SELECT regress.follow('quoted_change', $$ADD include_op_for_full_load 'false'$$);
-- ---------------------------------------------------------------- hints that are followed
-- names in a header: a column, a key, the operation, which is there by another name or not at all
SELECT regress.read('name_typo', E'id,title\n1,a\n', E'Op,id,title\nU,1,b\n', $$id int OPTIONS (key 'true'), titel text$$, $$, add_column_name 'true'$$);
ALTER FOREIGN TABLE name_typo ALTER titel OPTIONS (ADD column_name 'title');
SELECT regress.rows('name_typo');
SELECT regress.read('name_key', E'ident,v\n1,a\n', E'Op,ident,v\nU,1,b\n', options => $$, add_column_name 'true'$$);
ALTER FOREIGN TABLE name_key ALTER id OPTIONS (ADD column_name 'ident');
SELECT regress.rows('name_key');
SELECT regress.read('name_op', E'id,v\n1,a\n2,b\n', E'operation,id,v\nU,1,c\nD,2,\n', options => $$, add_column_name 'true'$$);
SELECT regress.follow('name_op', $$ADD op_column_name 'operation'$$);
SELECT regress.read('name_no_op', E'id,v\n1,a\n2,b\n', E'id,v\n1,c\n3,d\n', options => $$, add_column_name 'true'$$);
SELECT regress.follow('name_no_op', $$ADD cdc_inserts_and_updates 'true'$$);
SELECT regress.read('no_op', E'1,a\n2,b\n', E'1,c\n3,d\n');
SELECT regress.follow('no_op', $$ADD cdc_inserts_and_updates 'true'$$);
SELECT regress.follow('head_none', 'DROP add_column_name');
-- an operation of the full load that is a value
SELECT regress.read('load_value', E'U,A,x\nI,B,y\n', '', $$v text OPTIONS (key 'true'), n text, w text$$, $$, include_op_for_full_load 'true'$$);
SELECT regress.follow('load_value', $$SET include_op_for_full_load 'false'$$);
-- quotes that are none
SELECT regress.read('quote_text', E'1,"a"b\n2,b\n', '');
SELECT regress.follow('quote_text', $$ADD rfc4180 'false'$$);
SELECT regress.read('quote_open', E'1,"a\n2,b\n', '');
SELECT regress.follow('quote_open', $$ADD rfc4180 'false'$$);
-- a folder within, commit times that are later than names
CALL regress.file('s/part/2024/LOAD00000001.csv', convert_to(E'1,a\n', 'UTF8'));
SELECT regress.read('part', '', E'I,2,b\n');
SELECT regress.follow('part', $$ADD partition_folders 'true'$$);
CALL regress.file('s/skew/20240101-100000000.csv', convert_to(E'I,2024-01-01 10:05:00,1,a\n', 'UTF8'));
SELECT regress.read('skew', '', E'I,2024-01-01 23:00:00,2,b\n', options => $$, timestamp_column_name 'ts'$$);
SELECT regress.follow('skew', $$ADD clock_skew '5min'$$);
CALL regress.file('s/skew_zone/2024/01/01/20240101-100000000.csv', convert_to(E'I,2024-01-01 14:59:00,1,a\n', 'UTF8'));
SELECT regress.read('skew_zone', '', '', options => $$, timestamp_column_name 'ts', date_partition_enabled 'true'$$);
SELECT regress.follow('skew_zone', $$ADD date_partition_timezone 'America/New_York'$$);
-- the type that a value looks like reads it
SELECT regress.read('one_zone', E'1,10:00\n', '', 'id int, v timetz', $$, timezone 'Europe/Rome'$$);
SELECT regress.follow('one_zone', $$SET timezone 'Etc/GMT-1'$$);
CREATE FUNCTION regress.retype(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  before text; likely text;
BEGIN
  before := regress.read('retyped', '1,' || value || E'\n', '', 'id int, v ' || type);
  likely := substring(before from 'one of type (.*): declare');
  DROP FOREIGN TABLE retyped;
  before := regress.read('retyped', '1,' || value || E'\n', '', 'id int, v ' || likely);
  DROP FOREIGN TABLE retyped;
  RETURN likely || ': ' || before;
END $$;
SELECT type, value, regress.retype(type, value) FROM (VALUES ('int', '+5.06e+05'), ('int', 't'), ('smallint', '70000'), ('int', '9999999999'), ('bigint', '99999999999999999999'),
  ('bool', '2'), ('bool', '2.5'), ('bool', 'x'), ('date', '10:00'), ('time', '2024-01-01'), ('timestamp', '10:00'), ('numeric', 'true'), ('float8', 'no'), ('int', '1.0')) x (type, value);

-- ---------------------------------------------------------------- what a header has and nobody declared
SET client_min_messages = notice;
CALL regress.log('told_time', E'id,v\n1,a\n', E'Op,commit_ts,id,v\nU,2024-01-01 10:00:00,1,b\nI,2024-01-01 10:00:01,2,c\n', options => $$, add_column_name 'true'$$);
SELECT * FROM told_time ORDER BY id;
SELECT * FROM told_time ORDER BY id;
CREATE FOREIGN TABLE told_time_followed (id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof')) SERVER log
  OPTIONS (schema_name 's', table_name 'told_time', add_column_name 'true', timestamp_column_name 'commit_ts', before_base 'base');
SELECT id, v FROM told_time_followed WHERE at = '2024-01-01 10:00:00' ORDER BY id;
CALL regress.log('told_not', E'id,v\n1,a\n', E'Op,seen,id,v\nU,2024-01-01 10:00:00,1,b\nI,,2,c\n', options => $$, add_column_name 'true'$$);
SELECT * FROM told_not ORDER BY id;
CALL regress.log('told_no_clock', E'id,v\n1,a\n', E'Op,seen,id,v\nU,2024-01-01 10:00:00,1,b\n', options => $$, add_column_name 'true', timestamp_column_name ''$$);
SELECT * FROM told_no_clock ORDER BY id;
CALL regress.log('told_before', E'id,v\n1,a\n', E'Op,id,v,BI_id\nU,2,b,1\n', options => $$, add_column_name 'true'$$);
SELECT * FROM told_before ORDER BY id;
SELECT * FROM told_before ORDER BY id;
CREATE FOREIGN TABLE told_followed (id int OPTIONS (key 'true'), v text, old_id int OPTIONS (column_name 'BI_id', before 'id'))
  SERVER log OPTIONS (schema_name 's', table_name 'told_before', add_column_name 'true');
SELECT id, v FROM told_followed ORDER BY id;
-- declared, but as any other column
CREATE FOREIGN TABLE told_plain (id int OPTIONS (key 'true'), v text, "BI_id" int) SERVER log OPTIONS (schema_name 's', table_name 'told_before', add_column_name 'true');
SELECT * FROM told_plain ORDER BY id;
ALTER FOREIGN TABLE told_plain ALTER "BI_id" OPTIONS (ADD before 'id');
SELECT * FROM told_plain ORDER BY id;
-- by several processes, of which each may be the one that reads: what was told is remembered for all of them
CREATE PROCEDURE regress.told(name text, head text, fields text, options text DEFAULT '') LANGUAGE plpgsql AS $$
DECLARE
  content text;
BEGIN
  FOR i IN 1..6 LOOP
    content := head || (SELECT string_agg(format(fields, k), '') FROM generate_series(i, 1800, 6) k);
    CALL regress.file('s/' || name || '/20240103-00000000' || i || '.csv', content);
  END LOOP;
  CALL regress.log(name, E'id,v\n1,a\n', '', options => $_$, add_column_name 'true'$_$ || options);
END $$;
CALL regress.told('told_workers', E'Op,commit_ts,id,v\n', E'I,2024-01-01 10:00:00,%s,b\n');
CALL regress.told('told_limit', E'Op,id,v,BI_id\n', E'I,%s,"a longer text",\n');
CALL regress.told('told_changes', E'Op,commit_ts,id,v\n', E'I,2024-01-01 10:00:00,%s,b\n', $$, mode 'changes'$$);
CALL regress.told('told_leader', E'Op,commit_ts,id,v\n', E'I,2024-01-01 10:00:00,%s,b\n');
CALL regress.told('told_key', E'Op,id,v\n', E'U,%s,"a longer text"\n');
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET parallel_leader_participation = off;
SELECT count(*) FROM told_workers;
SELECT count(*) FROM told_workers;
SELECT count(*) FROM (SELECT * FROM told_limit LIMIT 1) x;
SELECT count(*) FROM (SELECT * FROM told_limit LIMIT 1) x;
SELECT count(*) FROM told_changes;
SELECT count(*) FROM told_changes;
-- that the key may be wrong is told by the leader, who counts what the workers met
SELECT count(*) FROM told_key;
SELECT count(*) FROM told_key;
SET max_parallel_workers_per_gather = 0;
SELECT name, regress.rows(name) <> '' FROM unnest(ARRAY['told_workers', 'told_limit', 'told_changes', 'told_key']) name;
SELECT count(*) FROM told_leader;
SET max_parallel_workers_per_gather = 2;
SELECT count(*) FROM told_leader;
SELECT name, regress.counted('SELECT count(*) FROM ' || name, 'Workers') FROM unnest(ARRAY['told_workers', 'told_limit', 'told_changes', 'told_leader', 'told_key']) name;
SET max_parallel_workers_per_gather = 0;
SET client_min_messages = warning;

-- ---------------------------------------------------------------- names that are nearly those of the log
CALL regress.file('s/near/load00000001.csv', E'1,a\n');
CALL regress.log('near', '', E'I,2,b\n');
SELECT regress.rows('near');
SELECT regress.follow('near', $$ADD allow_gaps 'true'$$);
CALL regress.file('s/near_some/LOAD00000001_20240102.csv', E'1,x\n');
CALL regress.file('s/near_some/20240102-000000000 (1).csv', E'I,3,x\n');
CALL regress.file('s/near_some/notes.csv', 'x');
CALL regress.log('near_some', E'1,a\n', E'I,2,b\n');
SELECT regress.rows('near_some'), regress.counted('SELECT * FROM near_some', 'Near');
SELECT key, kind, reason FROM cdc_fdw_objects('near_some'::regclass) ORDER BY key COLLATE "C";

-- ---------------------------------------------------------------- how many objects, and how long their keys
CALL regress.log('few', E'1,a\n', E'U,1,b\n');
CALL regress.log('fewer', E'2,a\n', E'U,2,b\n', options => $$, include_op_for_full_load 'false'$$);
CREATE FOREIGN TABLE two_folders (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (prefix 's/few,s/fewer', include_op_for_full_load 'false');
CALL regress.file('s/dated/2024/01/02/20240102-000000000.csv', E'I,1,a\n');
CALL regress.file('s/dated/2024/01/03/20240103-000000000.csv', E'I,2,a\n');
CALL regress.file('s/dated/2024/02/02/20240202-000000000.csv', E'I,3,a\n');
CALL regress.file('s/dated/2024/02/03/20240203-000000000.csv', E'I,4,a\n');
CREATE FOREIGN TABLE dated (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's', date_partition_enabled 'true');
ALTER FOREIGN TABLE few OPTIONS (ADD include_op_for_full_load 'false');
SELECT n, name, set_config('cdc_fdw.max_objects', n::text, false), regress.outcome('SELECT * FROM ' || name)
FROM (VALUES (1, 'few'), (2, 'few'), (3, 'two_folders'), (4, 'two_folders'), (2, 'dated'), (4, 'dated'), (1, $$cdc_fdw_objects('log', 's/few/')$$), (2, $$cdc_fdw_objects('log', 's/few/')$$)) v(n, name);
SET cdc_fdw.max_objects = 1;
SELECT regress.outcome('IMPORT FOREIGN SCHEMA s LIMIT TO (few) FROM SERVER log INTO regress');
RESET cdc_fdw.max_objects;
-- who is no superuser keeps what is set
CREATE ROLE regress_cdc_plain;
SET ROLE regress_cdc_plain;
SET cdc_fdw.max_objects = 3000000; -- ERROR
RESET ROLE;
DROP ROLE regress_cdc_plain;
-- a key of 1,024 bytes is read, a longer one is not, be it a folder's
SELECT 's/deep/' || repeat(repeat('d', 250) || '/', 3) || repeat('e', 247) || '/LOAD00000001.csv' AS key \gset
SELECT length(:'key');
CALL regress.shell(format('mkdir -p "%1$s/%2$s" && echo 1,a >"%1$s/%3$s"', current_setting('regress.folder'), regexp_replace(:'key', '[^/]*$', ''), :'key'));
CREATE FOREIGN TABLE deep (id int OPTIONS (key 'true'), v text) SERVER log OPTIONS (schema_name 's', partition_folders 'true', include_op_for_full_load 'false');
SELECT * FROM deep;
CALL regress.shell(format('cp "%1$s/%2$s" "%1$s/%2$sx"', current_setting('regress.folder'), :'key'));
SELECT regexp_replace(regress.outcome('SELECT * FROM deep'), '([de])\1{9,}', '…', 'g');
CALL regress.shell(format('cd "%s" && mkdir -p deeper/$(printf d/%%.0s $(seq 1500))', current_setting('regress.folder')));
SELECT regexp_replace(regress.outcome($$SELECT * FROM cdc_fdw_objects('log', 'deeper/')$$), '(d/){9,}', 'd/…/', 'g');
CALL regress.shell(format('rm -r "%s/deeper"', current_setting('regress.folder')));

\pset format aligned
\pset tuples_only off
\set ECHO none
\i :end

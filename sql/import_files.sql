-- What IMPORT FOREIGN SCHEMA takes files for: headers, delimiters, line ends.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
-- a log of a full load, and two files of changes if they are given
CREATE PROCEDURE regress.log(folder text, load text, first text DEFAULT NULL, second text DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.file(folder || '/LOAD00000001.csv', load);
  IF first IS NOT NULL THEN CALL regress.file(folder || '/20240102-000100000.csv', first); END IF;
  IF second IS NOT NULL THEN CALL regress.file(folder || '/20240103-000100000.csv', second); END IF;
END $$;
-- a schema's tables with their columns and rows, the first column made the key where there is none
CREATE FUNCTION regress.tables() RETURNS TABLE ("table" text, columns text, rows text) LANGUAGE plpgsql AS $$
BEGIN
  FOR "table", columns IN SELECT c.relname, string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
    FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = 'hist'::regnamespace GROUP BY c.oid ORDER BY relname COLLATE "C"
  LOOP
    rows := regress.rows("table");
    RETURN NEXT;
  END LOOP;
END $$;
CREATE FUNCTION regress.rows(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
  key text := (SELECT attname FROM pg_attribute WHERE attrelid = format('hist.%I', name)::regclass AND attnum = 1);
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = format('hist.%I', name)::regclass AND 'key=true' = ANY (attfdwoptions)) AND
    NOT EXISTS (SELECT FROM pg_foreign_table WHERE ftrelid = format('hist.%I', name)::regclass AND 'cdc_inserts_only=true' = ANY (ftoptions)) THEN
    EXECUTE format('ALTER FOREIGN TABLE hist.%I ALTER COLUMN %I OPTIONS (ADD key ''true'')', name, key);
  END IF;
  EXECUTE format('SELECT string_agg(t::text, '' '' ORDER BY t::text COLLATE "C") FROM hist.%I t', name) INTO result;
  RETURN result;
END $$;
\set ECHO all
CREATE SERVER made FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', base_time '2024-01-01');
CALL regress.fresh();

-- ---------------------------------------------------------------- a row is no header
-- inserts alone, of texts, the first of them twice; of another first one each; names above numbers, in one file of two
CALL regress.log('texts/again', E'node-a,up\nnode-b,down\nnode-c,up\n', E'node-a,up\nnode-d,up\n');
CALL regress.log('texts/other', E'ann,rome\nbob,oslo\n', E'cid,bonn\ndan,rome\n');
CALL regress.log('texts/typed', E'theme,dark\nsize,100\n', E'color,red\nwidth,5\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA texts FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
-- the server decides, or else tables that surely have none, or one
ALTER SERVER made OPTIONS (ADD add_column_name 'false');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA texts FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (SET add_column_name 'true');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA texts LIMIT TO (again) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP add_column_name);
CALL regress.log('texts/sure', E'1,x\n2,y\n', E'U,1,z\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA texts FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
CALL regress.log('texts/sure', E'id,v\n1,x\n2,y\n', E'Op,id,v\nU,1,z\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA texts FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
CALL regress.log('weak/config', E'name,size\nann,5\n');
CALL regress.log('weak/again', E'node-a,up\nnode-b,down\n', E'node-a,up\nnode-d,up\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA weak FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
-- where neighbours contradict each other they decide nothing
CALL regress.log('split/a', E'id,v\n1,x\n', E'Op,id,v\nU,1,z\n');
CALL regress.log('split/b', E'id,v\n1,x\n', E'Op,id,v\nU,1,z\n');
CALL regress.log('split/c', E'1,x\n', E'U,1,z\n');
CALL regress.log('split/d', E'ann,rome\nbob,oslo\n');
CALL regress.log('split/e', E'ann,rome\nbob,oslo\n', E'U,ann,oslo\n');
CALL regress.log('split/typed', E'id,city\n1,oslo\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA split FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (ADD add_column_name 'false');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA split LIMIT TO (d) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP add_column_name);

-- figures of any form are values, and so are texts that are seldom names
CALL regress.log('figures/zeros', E'01234,rome\n81234,oslo\n92345,bern\n');
CALL regress.log('figures/plus', E'+5,rome\n7,oslo\n');
CALL regress.log('figures/digits', E'2024-01-01 10:00:00.1234567,rome\n2024-01-01 10:00:00.123456,oslo\n');
CALL regress.log('figures/hours', E'10:30,1\n2024-01-01,2\n');
CALL regress.log('figures/files', E'01234,rome\n81234,oslo\n', E'02345,paris\n91234,bonn\n');
CALL regress.log('figures/changed', E'01234,rome\n81234,oslo\n', E'U,01234,paris\n');
CALL regress.log('figures/nanos', E'2024-01-01 10:00:00.123456789,rome\n2024-01-01 10:00:00.123456,oslo\n', E'D,2024-01-01 10:00:00.123456,\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA figures FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
CALL regress.log('seldom/slash', E'N/A,rome\n5,oslo\n');
CALL regress.log('letters/flags', E'ann,u\nbob,t\ncid,f\n');
CALL regress.log('seldom/mail', E'a@x.org,rome\n5,oslo\n');
CALL regress.log('seldom/ordinal', E'2nd,rome\n5,oslo\n');
-- nor is a value an operation's name, by which all of its table's records are values
CALL regress.log('letters/op', E'op,blue\nus,red\n');
CALL regress.log('letters/op2', E'Op,blue\nUs,red\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA letters FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
-- what may be either is left out
IMPORT FOREIGN SCHEMA seldom FROM SERVER made INTO hist;
ALTER SERVER made OPTIONS (ADD add_column_name 'false');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA seldom FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP add_column_name);

-- a header in one file shows no other's; the server's option does
CALL regress.log('part/load', E'ann,rome\nbob,oslo\n', E'Op,name,city\nU,ann,oslo\n');
CALL regress.log('part/late', E'name,city\nann,rome\nbob,oslo\n', E'Op,name,city\nU,ann,oslo\n', E'zoe,bern\ndan,bonn\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA part FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
CALL regress.log('renamed/all', E'name\nann\nbob\n', E'Op,label\nI,cid\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA renamed FROM SERVER made INTO hist;
ALTER SERVER made OPTIONS (ADD add_column_name 'true');
IMPORT FOREIGN SCHEMA renamed FROM SERVER made INTO hist;
SELECT attname FROM pg_attribute WHERE attrelid = 'hist.all'::regclass AND attnum > 0;
ALTER SERVER made OPTIONS (DROP add_column_name);

-- headers are found: names of any kind, texts alone, a column added or renamed, an operation of another name
CALL regress.log('heads/kinds', E'1st,second one,%,4WD\na,b,c,d\n', E'Op,1st,second one,%,4WD\nU,a,x,c,d\n');
CALL regress.log('heads/texts', E'name,city\nann,rome\n', E'Op,name,city\nD,ann,\n', E'Op,name,city,zip\nI,bob,oslo,x\n');
CALL regress.log('heads/renamed', E'name,city\nann,rome\n', E'Op,name,town\nU,ann,oslo\n');
CALL regress.log('heads/oper', E'name,city\nann,rome\n', E'oper,name,city\nU,ann,oslo\n');
CALL regress.log('heads/load', E'name,city\nann,rome\n');
CALL regress.log('heads/inserts', E'name,city\nann,rome\n', E'name,city\nbob,oslo\n');
CALL regress.log('heads/none', E'Op,name,city\nI,ann,rome\n', E'Op,name,city\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA heads FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
-- of an import of its own, too, if there are numbers
CALL regress.log('alone/item', E'Item No,unit-price\n1,5\n2,6\n', E'Item No,unit-price,note\n3,7,x\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA alone FROM SERVER made INTO hist;
SELECT * FROM regress.tables();

-- ---------------------------------------------------------------- delimiters
-- two of them fit: a full load alone, or inserts alone; changes with operations show which
CALL regress.log('two/alone', E'1;a;5,5\n2;b;6,5\n');
CALL regress.log('two/bar', E'1|a|5,5\n2|b|6,5\n');
CALL regress.log('two/tab', E'1\ta\t5,5\n2\tb\t6,5\n');
CALL regress.log('two/inserts', E'1;a;5,5\n2;b;6,5\n', E'3;c;7,5\n');
CALL regress.log('two/surely', E'1;a;5,5\n2;b;6,5\n', E'U;1;c;7,5\n');
CALL regress.log('two/comma', E'1,a;b\n2,c;d\n', E'U,1,e;f\n');
CALL regress.log('two/quoted', E'1,"a;b"\n2,"c;d"\n');
CALL regress.log('lists/headed', E'id,names\n1,a;b\n2,c;d\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA two FROM SERVER made INTO hist;
IMPORT FOREIGN SCHEMA lists FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
-- the server decides
ALTER SERVER made OPTIONS (ADD csv_delimiter ';');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA two LIMIT TO (alone, inserts, surely, comma) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (SET csv_delimiter ',');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA two LIMIT TO (alone) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP csv_delimiter);
-- none that is known: with a header, without, inserts alone; texts, times and numbers that stand alone have none
CALL regress.log('odd/colons', E'id:name:n\n1:a:5\n2:b:6\n', E'Op:id:name:n\nU:1:c:7\n');
CALL regress.log('odd/alone', E'1:a:5\n2:b:6\n');
CALL regress.log('odd/caret', E'id^v\n1^a\n', E'id^v\n2^b\n');
CALL regress.log('odd/control', E'1\x1fa\n2\x1fb\n');
CALL regress.log('odd/times', E'2024-01-01 10:00:00\n2024-01-02 11:00:00\n');
CALL regress.log('odd/links', E'url\nhttp://a\nhttp://b\n');
CALL regress.log('odd/words', E'a b\nc-d e\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA odd FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (ADD csv_delimiter ':');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA odd LIMIT TO (colons) FROM SERVER made INTO hist;
IMPORT FOREIGN SCHEMA odd LIMIT TO (alone) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (SET csv_delimiter ',');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA odd LIMIT TO (alone) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP csv_delimiter);

-- ---------------------------------------------------------------- line ends
-- one file in two ways: the header ends in CR LF, or a record does, or there is none
CALL regress.log('ends/head', E'id,v\r\n1,a\r\n2,b\n', E'Op,id,v\r\nU,1,c\r\n');
CALL regress.log('ends/record', E'id,v\n1,a\n2,b\r\n3,c\n', E'Op,id,v\nU,1,c\n');
CALL regress.log('ends/bare', E'1,x\n2,y\r\n');
CALL regress.log('ends/changes', E'1,x\n2,y\n', E'U,1,z\nU,2,z\r\n');
CALL regress.log('ends/crlf', E'1,x\r\n2,y\r\n', E'U,1,z\r\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA ends FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (ADD csv_row_delimiter '\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA ends LIMIT TO (record) FROM SERVER made INTO hist;
IMPORT FOREIGN SCHEMA ends LIMIT TO (bare, changes) FROM SERVER made INTO hist;
SELECT "table", columns, replace(rows, E'\r', '\r') AS rows FROM regress.tables();
-- which a sync of these tables keeps to, whatever the server says now
ALTER SERVER made OPTIONS (DROP csv_row_delimiter);
ALTER FOREIGN TABLE hist.bare OPTIONS (ADD csv_row_delimiter '\n');
SELECT table_name, status, detail FROM cdc_fdw_sync('made', 'ends', 'hist') ORDER BY 1;
-- rows that end in a byte that seldom ends rows
CALL regress.log('rows/x', E'1,aX2,bX', E'U,1,cX');
CALL regress.log('rows/alone', E'1,aX2,bX');
CALL regress.log('rows/unended', E'1,a\n2,bX', E'U,1,cX');
CALL regress.log('rows/single', E'1,ab', E'U,1,cb');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA rows FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (ADD csv_row_delimiter 'X');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA rows LIMIT TO (x, alone) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP csv_row_delimiter);
-- fewer fields, or an operation that is a value
CALL regress.log('fewer/value', E'I,5\nII,6\n', E'I,7\n');
CALL regress.log('fewer/either', E'ann,5,x\nbob,6,y\n', E'U,ann,7\n');
CALL regress.log('fewer/dropped', E'1,5,x\n2,6,y\n', E'U,1,7\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA fewer FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (ADD cdc_inserts_only 'true');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA fewer LIMIT TO (value) FROM SERVER made INTO hist;
SELECT * FROM hist.value ORDER BY c2;
ALTER SERVER made OPTIONS (DROP cdc_inserts_only);

-- a delimiter that is not tried, beside commas that stand alike by chance
CALL regress.log('rival/caret', E'1^a^5,5\n2^b^6,5\n', E'U^1^x^7,5\n');
CALL regress.log('rival/control', E'1\x1fa\x1f5,5\n2\x1fb\x1f6,5\n');
CALL regress.log('rival/one', E'1^,a\n2,b^\n3,c\n', E'U,1,x\n');
-- quotes: cut, or a part of the values
CALL regress.log('cut/load', E'1,x\n2,"y');
CALL regress.log('cut/change', E'1,x\n2,y\n', E'U,1,"z');
CALL regress.log('cut/data', E'1,x\n2,"y\n', E'U,1,z\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA rival FROM SERVER made INTO hist;
IMPORT FOREIGN SCHEMA cut FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (ADD csv_delimiter '^');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA rival LIMIT TO (caret) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP csv_delimiter, ADD rfc4180 'false');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA cut FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP rfc4180);

-- ---------------------------------------------------------------- what no query will read is told
CALL regress.log('told/hole', E'id,v\n1,x\n');
CALL regress.file('told/hole/LOAD00000003.csv', E'id,v\n3,z\n');
CALL regress.log('told/emptied', E'id,v\n1,x\n', E'header__change_oper,id,v\nU,1,y\nT,,\n');
CALL regress.log('told/late', E'id,v\n1,x\n', E'Op,ts,id,v\nU,2024-01-02 00:10:11.000000,1,y\n');
CALL regress.log('told/timely', E'id,v\n1,x\n', E'Op,ts,id,v\nU,2024-01-02 00:01:09.000000,1,y\n');
ALTER SERVER made OPTIONS (ADD timestamp_column_name 'ts');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA told EXCEPT (emptied) FROM SERVER made INTO hist;
SELECT regress.outcome('SELECT * FROM hist.hole');
SELECT regress.outcome('SELECT * FROM hist.late');
SELECT id, v FROM hist.timely;
ALTER SERVER made OPTIONS (DROP timestamp_column_name);
IMPORT FOREIGN SCHEMA told LIMIT TO (emptied) FROM SERVER made INTO hist;
SELECT regress.outcome('SELECT * FROM hist.emptied');
-- a full load that was packed, renamed or copied
CALL regress.file('near/packed/LOAD00000001.csv.zst', E'id,v\n1,a\n2,b\n');
CALL regress.file('near/packed/20240102-000100000.csv', E'Op,id,v\nU,1,b\nD,2,\n');
CALL regress.file('near/renamed/load00000001.txt', E'id,v\n1,a\n2,b\n');
CALL regress.file('near/renamed/20240102-000100000.csv', E'Op,id,v\nU,1,b\nD,2,\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA near FROM SERVER made INTO hist;
SELECT regress.outcome('SELECT * FROM hist.packed');
SELECT regress.outcome('SELECT * FROM hist.renamed');
SELECT table_name, status, detail FROM cdc_fdw_sync('made', 'near', 'hist') ORDER BY 1;
-- a sync tells it of the tables that it makes
CALL regress.fresh();
SELECT table_name, status, detail FROM cdc_fdw_sync('made', 'told', 'hist') WHERE table_name IN ('hole', 'emptied') ORDER BY 1;
-- the options make them readable
ALTER SERVER made OPTIONS (ADD timestamp_column_name 'ts');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA told LIMIT TO (hole, late) FROM SERVER made INTO hist;
ALTER FOREIGN TABLE hist.hole OPTIONS (ADD allow_gaps 'true');
ALTER FOREIGN TABLE hist.late OPTIONS (ADD clock_skew '1 hour');
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP timestamp_column_name);
IMPORT FOREIGN SCHEMA told LIMIT TO (emptied) FROM SERVER made INTO hist;
ALTER FOREIGN TABLE hist.emptied OPTIONS (ADD changes_from '2024-01-02 00:02', ADD base_time '2024-01-02 00:01:30');
SELECT * FROM hist.emptied;

-- ---------------------------------------------------------------- names that look like values
-- one neighbour surely has headers; numbers, an operation, nothing or a name twice begin the others
CALL regress.log('years/n', E'id,v\n1,a\n2,b\n', E'Op,id,v\nU,1,c\nD,2,\n');
CALL regress.log('years/g', E'city,2023,2024\nrome,1,2\noslo,3,4\n');
CALL regress.log('years/op', E'd,i\n1,1\n2,3\n');
CALL regress.log('years/none', E'd,i\n');
CALL regress.log('years/empty', E'id,,v\n1,2,3\n');
CALL regress.log('years/twice', E'id,v,v\n1,2,3\n');
CALL regress.log('years/row', E'1,a\n2,b\n', E'U,1,c\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA years FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (ADD add_column_name 'true');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA years FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
-- which its first changes keep to
CALL regress.file('years/g/20240102-000100000.csv', E'Op,city,2023,2024\nU,rome,5,6\n');
SELECT * FROM hist.g ORDER BY city;
SELECT table_name, status, detail FROM cdc_fdw_sync('made', 'years', 'hist') WHERE table_name IN ('g', 'op') ORDER BY 1;
CALL regress.shell(format('rm %s/years/g/2024*', current_setting('regress.folder')));
ALTER SERVER made OPTIONS (SET add_column_name 'false');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA years FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP add_column_name);
-- alone, and beside tables that surely have none, numbers are values; a local schema's names are no evidence of rows
CALL regress.fresh();
IMPORT FOREIGN SCHEMA years LIMIT TO (g, row) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
CREATE SCHEMA model;
CREATE TABLE model.g (city text PRIMARY KEY, "2023" int, "2024" int);
CALL regress.fresh();
IMPORT FOREIGN SCHEMA years LIMIT TO (n, g) FROM SERVER made INTO hist OPTIONS (types_from 'model');
ALTER SERVER made OPTIONS (ADD add_column_name 'true');
IMPORT FOREIGN SCHEMA years LIMIT TO (g) FROM SERVER made INTO hist OPTIONS (types_from 'model');
SELECT * FROM regress.tables();
DROP SCHEMA model CASCADE;
-- files that contradict each other are no header under the option either
CALL regress.log('years2/other', E'1,a\n2,b\n', E'5,x\n6,y\n');
CALL regress.log('years2/half', E'1,a\n2,b\n', E'Op,id,v\nU,1,c\n');
CALL regress.log('years2/one', E'i,2023\n1,2\n', E'i,2023\n3,4\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA years2 FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP add_column_name);
-- changes have a full load's first record behind the operation's name, whatever that is
CALL regress.log('shown/years', E'city,2023,2024\nrome,1,2\noslo,3,4\n', E'Op,city,2023,2024\nU,rome,5,6\nD,oslo,,\n');
CALL regress.log('shown/days', E'id,7d,2024-01\n1,2,3\n', E'Op,id,7d,2024-01\nU,1,4,5\n');
CALL regress.log('shown/op', E'i,v\n1,a\n2,b\n', E'Op,i,v\nU,1,c\n');
CALL regress.log('shown/named', E'city,2023,2024\nrome,1,2\noslo,3,4\n', E'operation,city,2023,2024\nU,rome,5,6\nD,oslo,,\n');
CALL regress.log('shown/dropped', E'city,2022,2023\nrome,1,2\n', E'Op,city,2023\nU,rome,5\n');
CALL regress.log('shown/front', E'rome,5\noslo,6\n', E'7,rome,5\n8,oslo,6\n');
CALL regress.log('shown/row', E'rome,1,2\n', E'Op,city,2023,2024\nU,rome,5,6\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA shown FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (ADD add_column_name 'true');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA shown LIMIT TO (dropped, row) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP add_column_name);

-- ---------------------------------------------------------------- rows that end in a byte and a newline
CALL regress.log('bytes/header', E'id,v;\n1,5;\n2,6;\n', E'Op,id,v;\nU,1,7;\nD,2,;\n');
CALL regress.log('bytes/bare', E'1,a|\n2,b|\n', E'U,1,c|\nD,2,|\n');
CALL regress.log('bytes/load', E'1,a\x1f\n2,b\x1f\n');
CALL regress.log('bytes/rival', E'1,5;\n2,6;\n');
CALL regress.log('bytes/single', E'a\x02\nb\x02\n');
CALL regress.log('bytes/crlf', E'id,v;\r\n1,5;\r\n', E'Op,id,v;\r\nU,1,7;\r\n');
CALL regress.log('bytes/quoted', E'"1","a;"\n"2","b;"\n', E'U,"1","c;"\n');
CALL regress.log('bytes/most', E'id,v\n1,a;\n2,b;\n', E'Op,id,v\nU,1,c;\n');
CALL regress.log('bytes/once', E'1,a;\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA bytes FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
-- the delimiter, and the table by hand, which a sync leaves as it is
ALTER SERVER made OPTIONS (ADD csv_delimiter ',');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA bytes LIMIT TO (load, rival, once) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP csv_delimiter);
CALL regress.fresh();
CREATE FOREIGN TABLE hist.bare (id int OPTIONS (key 'true'), v text) SERVER made OPTIONS (schema_name 'bytes');
SELECT * FROM hist.bare;
SELECT table_name, status, detail FROM cdc_fdw_sync('made', 'bytes', 'hist') WHERE table_name = 'bare';
-- the byte alone as the rows' end leaves the newline in front of each record
ALTER SERVER made OPTIONS (ADD csv_row_delimiter ';');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA bytes LIMIT TO (header, load, rival) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP csv_row_delimiter);
CALL regress.file('bytes/header/LOAD00000001.csv', E'id,v\n1,5\n2,6\n');
CALL regress.file('bytes/header/20240102-000100000.csv', E'Op,id,v\nU,1,7\nD,2,\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA bytes LIMIT TO (header) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
-- headers whose lines end in CR LF, where the server says that they do not
CALL regress.log('returns/both', E'id,v\r\n1,a\r\n2,b\r\n', E'Op,id,v\r\nU,1,c\r\n');
CALL regress.log('returns/load', E'id,v\r\n1,2\r\n');
CALL regress.log('returns/bare', E'1,a\r\n2,b\r\n', E'U,1,c\r\n');
ALTER SERVER made OPTIONS (ADD csv_row_delimiter '\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA returns FROM SERVER made INTO hist;
SELECT "table", columns, replace(rows, E'\r', '\r') AS rows FROM regress.tables();
ALTER SERVER made OPTIONS (SET csv_row_delimiter 'by_file');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA returns LIMIT TO ("both", load) FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP csv_row_delimiter);

-- a header that later files lack: rows, or the header was switched off
CALL regress.log('off/t', E'code,v\nk1,a\nk2,b\n', E'code,v\nk3,x\n', E'k4,y\nk5,z\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA off FROM SERVER made INTO hist;
ALTER SERVER made OPTIONS (ADD add_column_name 'false');
IMPORT FOREIGN SCHEMA off FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (SET add_column_name 'true');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA off FROM SERVER made INTO hist;
ALTER SERVER made OPTIONS (DROP add_column_name);

-- names that a model knows are a header, whatever they look like
CREATE SCHEMA model;
CREATE TABLE model.years (city text PRIMARY KEY, "2023" int, "2024" int);
CREATE TABLE model.short (i int PRIMARY KEY, d int);
CALL regress.log('model/years', E'city,2023,2024\nrome,1,2\n');
CALL regress.log('model/short', E'i,d\n1,2\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA model FROM SERVER made INTO hist OPTIONS (types_from 'model');
ALTER SERVER made OPTIONS (ADD add_column_name 'true');
IMPORT FOREIGN SCHEMA model FROM SERVER made INTO hist OPTIONS (types_from 'model');
SELECT * FROM regress.tables();
ALTER SERVER made OPTIONS (DROP add_column_name);
DROP SCHEMA model CASCADE;

-- ---------------------------------------------------------------- one folder ends nothing
-- no option takes the name of a folder or a column: the others are imported
CALL regress.log('hostile/good', E'id,v\n1,a\n2,b\n', E'Op,id,v\nI,3,c\n');
CALL regress.log(E'hostile/new\nline\u001b[31m', E'id,v\n1,a\n');
CALL regress.log(E'hostile/c1\u009b31m', E'id,v\n1,a\n');
SELECT string_agg(md5(i::text), '' ORDER BY i) AS random FROM generate_series(1, 125) i \gset
CALL regress.log('hostile/long', format(E'id,%sx\n1,a\n', :'random'), format(E'Op,id,%sx\nI,2,b\n', :'random'));
CALL regress.log('hostile/longest', format(E'id,%s\n1,a\n', :'random'), format(E'Op,id,%s\nI,2,b\n', :'random'));
CALL regress.log('hostile/alike', format(E'id,%1$sa,%1$sb\n1,a,b\n', repeat('é', 40)), format(E'Op,id,%1$sa,%1$sb\nI,2,c,d\n', repeat('é', 40)));
CALL regress.file(E'hostile/snap/snapshot=\u001b1/LOAD00000001.csv', E'id,v\n1,a\n');
CALL regress.file(E'hostile/cut/part\u001b[31m/LOAD00000001.csv', E'id,v\n1,a,b\n');
CALL regress.log('hostile/header', E'id,v\u009b31m\n1,a\n', E'Op,id,v\u009b31m\nI,2,b\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA hostile FROM SERVER made INTO hist;
SELECT "table", replace(replace(columns, repeat('é', 31), 'é…'), repeat('é', 30), 'é..') AS columns, rows FROM regress.tables();
CALL regress.fresh();
IMPORT FOREIGN SCHEMA hostile LIMIT TO (U&"new\000Aline\001B[31m") FROM SERVER made INTO hist;
SELECT table_name, status, detail FROM cdc_fdw_sync('made', 'hostile', 'hist') ORDER BY table_name COLLATE "C";
SELECT file, layout FROM cdc_fdw_sample('made', 'hostile/long', 1);
SELECT file, layout FROM cdc_fdw_sample('made', 'hostile/snap');
-- nor does a table that is there get such a column
CALL regress.log('hostile/good', format(E'id,v,%sx\n1,a,b\n', :'random'));
SELECT table_name, status, detail FROM cdc_fdw_sync('made', 'hostile', 'hist') WHERE table_name = 'good';
SELECT regress.outcome('IMPORT FOREIGN SCHEMA hostile FROM SERVER made INTO hist OPTIONS (on_untyped ''error'')');

-- 1600 columns are PostgreSQL's most, those included that are added
CREATE PROCEDURE regress.wide(name text, n int) LANGUAGE plpgsql AS $$
DECLARE
  names text := (SELECT 'id,' || string_agg('c' || i, ',' ORDER BY i) FROM generate_series(2, n) i);
  record text := (SELECT string_agg(i::text, ',' ORDER BY i) FROM generate_series(1, n) i);
BEGIN
  CALL regress.log('wide/' || name, names || E'\n' || record || E'\n', 'Op,' || names || E'\nI,' || record || E'\n');
END $$;
CREATE FUNCTION regress.widths() RETURNS TABLE ("table" text, columns bigint) LANGUAGE sql AS $$
  SELECT c.relname::text, count(*) FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0
  WHERE relnamespace = 'hist'::regnamespace GROUP BY c.relname ORDER BY c.relname COLLATE "C"
$$;
CALL regress.wide('a1600', 1600);
CALL regress.wide('b1599', 1599);
CALL regress.wide('c1597', 1597);
CALL regress.wide('d1595', 1595);
CALL regress.wide('e1594', 1594);
SET client_min_messages = error;
CALL regress.fresh();
IMPORT FOREIGN SCHEMA wide FROM SERVER made INTO hist;
SELECT * FROM regress.widths();
CALL regress.fresh();
SET client_min_messages = warning;
IMPORT FOREIGN SCHEMA wide LIMIT TO (a1600, b1599) FROM SERVER made INTO hist OPTIONS (asof_column 'at');
IMPORT FOREIGN SCHEMA wide LIMIT TO (b1599_history, c1597_history) FROM SERVER made INTO hist OPTIONS (modes 'history');
IMPORT FOREIGN SCHEMA wide LIMIT TO (c1597_changes, d1595_changes) FROM SERVER made INTO hist OPTIONS (modes 'changes');
IMPORT FOREIGN SCHEMA wide LIMIT TO (d1595_changes, e1594_changes) FROM SERVER made INTO hist OPTIONS (modes 'changes', asof_column 'at');
SELECT * FROM regress.widths();
CALL regress.fresh();
SET client_min_messages = error;
SELECT table_name, status, CASE status WHEN 'skipped' THEN detail END AS detail FROM cdc_fdw_sync('made', 'wide', 'hist', '{"modes": "snapshot,changes"}') ORDER BY table_name COLLATE "C";
SELECT * FROM regress.widths();
SET client_min_messages = warning;

-- a folder that is called as another one's table of versions
CALL regress.log('versions/item', E'id,v\n1,a\n2,b\n', E'Op,id,v\nI,3,c\n');
CALL regress.log('versions/item_history', E'id,v\n1,a\n2,b\n', E'Op,id,v\nI,3,c\n');
CALL regress.log('versions/item_history_history', E'id,v\n1,a\n2,b\n', E'Op,id,v\nI,3,c\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA versions FROM SERVER made INTO hist OPTIONS (modes 'snapshot,history');
SELECT "table" FROM regress.tables();
CALL regress.fresh();
IMPORT FOREIGN SCHEMA versions FROM SERVER made INTO hist OPTIONS (modes 'snapshot,history', history_suffix '_versions');
SELECT "table" FROM regress.tables();

-- descriptions of Qlik Replicate: names that no table can have so, or no two columns of one; keys
CREATE PROCEDURE regress.described(name text, load text, columns text) LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.file('described/' || name || '/LOAD001.csv', load);
  CALL regress.file('described/' || name || '/LOAD001.dfm', format('{"dataInfo": {"columns": [%s]}}', columns));
END $$;
CALL regress.log('described/good', E'1,a\n2,b\n');
CALL regress.described('control', E'1,a\n', '{"name": "id", "type": "INT4"}, {"name": "v\u001b[31m\n", "type": "STRING"}');
CALL regress.described('system', '', '{"name": "ctid", "type": "INT4"}, {"name": "xmin", "type": "STRING", "primaryKeyPos": 1}');
CALL regress.described('twice', '', format('{"name": "a", "type": "INT4"}, {"name": "a", "type": "STRING"}, {"name": "%1$sx", "type": "STRING"}, {"name": "%1$sy", "type": "STRING"}', repeat('n', 70)));
SELECT string_agg(format('{"name": "c%s", "type": "INT4"}', i), ',' ORDER BY i) AS columns FROM generate_series(1, 1601) i \gset
CALL regress.described('many', '', :'columns');
CALL regress.described('key', E'1,a\n', '{"name": "a", "type": "INT4", "primaryKeyPos": "1x"}, {"name": "b", "type": "STRING"}');
CALL regress.described('keys', E'1,a\n', '{"name": "a", "type": "INT4", "primaryKeyPos": "2"}, {"name": "b", "type": "STRING", "primaryKeyPos": 1}');
CALL regress.fresh();
SET client_min_messages = error;
SELECT table_name, status, regress.hide(CASE status WHEN 'skipped' THEN detail END) AS detail FROM cdc_fdw_sync('made', 'described', 'hist') ORDER BY table_name COLLATE "C";
CALL regress.fresh();
IMPORT FOREIGN SCHEMA described FROM SERVER made INTO hist;
SET client_min_messages = warning;
SELECT c.relname, attname, 'key=true' = ANY (attfdwoptions) AS key FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0
  WHERE relnamespace = 'hist'::regnamespace ORDER BY relname COLLATE "C", attnum;

-- tables that transaction files name, and a folder of these that no option takes
CALL regress.file('named/good/LOAD00000001.csv', E'1,a\n2,b\n');
CALL regress.file('named/cdc/CDC_TXN-20240102000000000.csv', E'I,good,named,3,c\nI,..,named,3,c\nI,.,named,3,c\nI,a\u001b,named,3,c\nI,...,named,3,c\n');
CALL regress.file('solo/unnamed/good/LOAD00000001.csv', E'1,a\n2,b\n');
CALL regress.file(E'solo/unnamed/c\u001bdc/CDC_TXN-20240102000000000.csv', E'I,good,unnamed,3,c\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA named FROM SERVER made INTO hist;
SELECT "table" FROM regress.tables();
CALL regress.fresh();
\set solo :made /solo
CREATE SERVER solo FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'solo', base_time '2024-01-01');
SET client_min_messages = notice;
IMPORT FOREIGN SCHEMA unnamed FROM SERVER solo INTO hist;
SET client_min_messages = warning;

DROP SCHEMA hist CASCADE;
\set ECHO none
\i :end

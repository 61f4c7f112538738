-- What the samples of a log say for and against a key, which columns the hint
-- names where IMPORT FOREIGN SCHEMA finds none, and where it leads.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/test/data/regress/helpers.sql'
\set imports :abs_srcdir '/test/data/regress/imports.sql'
\set end :abs_srcdir '/test/data/regress/end.sql'
\set ECHO none
\i :helpers
\i :imports
-- a log without full load
CREATE PROCEDURE regress.changes(folder text, first text, second text DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.file(folder || '/20240102-000100000.csv', first);
  IF second IS NOT NULL THEN CALL regress.file(folder || '/20240103-000100000.csv', second); END IF;
END $$;
\set ECHO all
CREATE SERVER made FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', base_time '2024-01-01');

-- ---------------------------------------------------------------- a part of a key is contradicted by rows that are inserted
CALL regress.log('i/stock', E'day,item,qty\n2024-01-01,1,10\n2024-01-01,2,20\n', E'Op,day,item,qty\nI,2024-01-02,1,11\nI,2024-01-02,2,21\nI,2024-01-02,3,31\nD,2024-01-02,3,\n');
CALL regress.log('i/stock_bare', E'2024-01-01,1,10\n2024-01-01,2,20\n', E'I,2024-01-02,1,11\nI,2024-01-02,2,21\nI,2024-01-02,3,31\nD,2024-01-02,3,\n');
CALL regress.changes('i/sensor', E'Op,sensor,measured_at,v\nI,1,2024-01-01 23:50:00,5\nI,1,2024-01-01 23:51:00,6\nI,2,2024-01-01 23:51:00,7\nD,1,2024-01-01 23:50:00,\n');
CALL regress.log('i/lang', E'id,lang,txt\n1,en,a\n2,en,b\n', E'Op,id,lang,txt\nI,1,de,c\nD,1,de,\nU,2,en,bb\n');
CALL regress.log('i/line', E'order_no,line,v\n1,1,a\n2,1,b\n', E'Op,order_no,line,v\nI,1,2,c\nD,1,2,\nU,2,1,bb\n');
-- by its name alone; and in a log of inserts only
CALL regress.log('i/price', E'id,day,p\n1,2024-01-01,5\n2,2024-01-01,5\n', E'Op,id,day,p\nI,1,2024-01-02,6\nI,2,2024-01-02,6\nI,1,2024-01-03,8\n');
CALL regress.log('i/only', E'id,v\n1,a\n2,b\n', E'id,v\n3,c\n1,d\n');
-- of three columns
CALL regress.log('i/three', E'a,b,c,v\n1,1,1,x\n1,1,2,x\n1,2,1,x\n2,1,1,x\n', E'Op,a,b,c,v\nU,1,1,2,y\nD,2,1,1,\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA i FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t, regress.rows(t) FROM unnest('{stock,stock_bare,sensor,lang,line,three}'::text[]) t;
-- what the hint names is right
ALTER FOREIGN TABLE hist.price ALTER COLUMN id OPTIONS (ADD key 'true'), ALTER COLUMN day OPTIONS (ADD key 'true');
SELECT regress.rows('price');

-- ---------------------------------------------------------------- rows that come again say nothing
-- delivered twice after a restart, with what became of them since
CALL regress.log('a/twice', E'id,v\n1,a\n2,b\n', E'Op,id,v\nI,3,c\nU,3,d\nI,3,c\nU,3,d\nU,1,e\n');
CALL regress.log('a/loaded', E'id,v\n1,a\n2,b\n', E'Op,id,v\nI,2,b\nI,3,c\n');
-- inserted and changed while the table was loaded: a delete's record shows that the key is no more than that
CALL regress.log('a/during', E'id,v\n1,a\n2,c\n', E'Op,id,v\nI,2,b\nU,2,c\nD,1,\n');
-- deleted in between: in the log, in a file that was not looked at, or with all others
CALL regress.log('a/deleted', E'id,v,w\n1,a,x\n2,b,x\n', E'Op,id,v,w\nD,2,b,x\nI,2,c,x\n');
CALL regress.log('a/unread', E'id,v,w\n1,a,x\n2,b,x\n', E'Op,id,v,w\nU,2,c,x\n', E'Op,id,v,w\nI,2,d,x\n');
CALL regress.file('a/unread/20240102-120000000.csv', E'Op,id,v,w\nD,2,c,x\n');
-- before the table was loaded again
CREATE SERVER stamped FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url :'made', timestamp_column_name 'ts');
CALL regress.log('b/again', E'ts,id,v\n2024-01-05 00:00:00,1,a\n2024-01-05 00:00:00,2,c\n', E'Op,ts,id,v\nI,2024-01-01 23:00:00,2,b\n');
-- what a local schema says is the key is one, though rows of it be inserted twice
CREATE SCHEMA model;
CREATE TABLE model.during (id int PRIMARY KEY, v text);
CREATE TABLE model.only (id int PRIMARY KEY, v text);
CALL regress.fresh();
IMPORT FOREIGN SCHEMA a FROM SERVER made INTO hist;
IMPORT FOREIGN SCHEMA b FROM SERVER stamped INTO hist;
IMPORT FOREIGN SCHEMA i LIMIT TO ("only") FROM SERVER made INTO hist OPTIONS (types_from 'model');
SELECT * FROM regress.tables();
SELECT t, regress.rows(t) FROM unnest('{again,deleted,during,loaded,twice}'::text[]) t;

-- ---------------------------------------------------------------- more columns than the key
-- whole rows, of which one is empty by chance: some of the others are unique together
CALL regress.log('w/chance', E'order_no,line,item,note\n1,1,pen,a\n1,2,cup,b\n2,1,pen,\n', E'Op,order_no,line,item,note\nU,1,1,pencil,a\nD,2,1,pen,\n');
CALL regress.changes('w/chance_alone', E'Op,order_no,line,item,ok,note\nI,1,1,pen,true,a\nI,1,2,cup,true,b\nI,2,1,pen,true,\nU,1,1,pencil,true,a\nD,2,1,pen,true,\n');
-- a load date on the first day is as good as a part of the key; later changes of older rows tell it
CALL regress.changes('w/first_day', E'Op,t_no,v,load_date\nI,3,a,2024-01-02\nI,4,b,2024-01-02\nD,4,,2024-01-02\n');
CALL regress.changes('w/second_day', E'Op,t_no,v,load_date\nI,3,a,2024-01-02\nI,4,b,2024-01-02\nD,4,,2024-01-02\n', E'Op,t_no,v,load_date\nU,3,c,2024-01-03\n');
-- so is the time of each record
CALL regress.changes('w/stamp', E'Op,t_no,v,at\nI,3,a,2024-01-01 23:50:00\nI,4,b,2024-01-01 23:51:00\nD,5,,2024-01-01 23:52:00\n');
CALL regress.changes('w/stamp_later', E'Op,t_no,v,at\nI,3,a,2024-01-01 23:50:00\nI,4,b,2024-01-01 23:51:00\nD,4,,2024-01-01 23:52:00\n');
-- and a day that each file has one of, while no change shows another one than its row
CALL regress.log('w/day', E'day,item,qty\n2024-01-01,1,10\n2024-01-01,2,20\n', E'Op,day,item,qty\nI,2024-01-02,3,31\nI,2024-01-02,4,31\nD,2024-01-02,3,\n');
-- a column named as keys are is not all of what deletes have, where these lack values of their rows
CALL regress.log('w/named', E'id,lang,txt\n1,en,a\n2,en,b\n', E'Op,id,lang,txt\nD,1,en,\nU,2,en,bb\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA w FROM SERVER made INTO hist OPTIONS (modes 'snapshot,history');
SELECT * FROM regress.tables() WHERE "table" !~ '_history';
SELECT t, regress.rows(t) FROM unnest('{second_day,stamp_later}'::text[]) t;
ALTER FOREIGN TABLE hist.chance ALTER COLUMN order_no OPTIONS (ADD key 'true'), ALTER COLUMN line OPTIONS (ADD key 'true');
ALTER FOREIGN TABLE hist.chance_alone ALTER COLUMN order_no OPTIONS (ADD key 'true'), ALTER COLUMN line OPTIONS (ADD key 'true');
ALTER FOREIGN TABLE hist.day ALTER COLUMN day OPTIONS (ADD key 'true'), ALTER COLUMN item OPTIONS (ADD key 'true');
ALTER FOREIGN TABLE hist.named ALTER COLUMN id OPTIONS (ADD key 'true'), ALTER COLUMN lang OPTIONS (ADD key 'true');
SELECT t, regress.rows(t) FROM unnest('{chance,chance_alone,day,named}'::text[]) t;

-- ---------------------------------------------------------------- what the hint names
-- every column that may be of the key, with a type that keeps its texts apart
CALL regress.log('n/both', E'order_no,line,v\n1,1,a\n1,2,b\n', E'Op,order_no,line,v\nU,1,2,c\n');
CALL regress.log('n/scales', E'no,v\n1.1,a\n1.10,b\n');
-- none that is empty somewhere, changed, of the log or of the task
CALL regress.log('n/empty', E'id,b\n1,x\n2,y\n', E'Op,id,b\nU,7,z\nU,8,x\nD,9,\n');
CALL regress.log('n/lacking', E'a,b\n1,x\n2,x\n', E'Op,a,b,c\nU,2,x,5\n');
CALL regress.log('n/changed', E'a,b,c\n1,x,5\n2,y,6\n', E'Op,a,b,c\nU,1,z,7\nU,2,y,8\n');
CALL regress.log('n/images', E'a,b,BI_a,seq,op_too\n1,x,,,INSERT\n2,y,,,INSERT\n', E'Op,a,b,BI_a,seq,op_too\nU,3,x,1,20240101230000000000000000000000001,UPDATE\n');
-- two ways to find as many rows: all columns of both
CALL regress.log('n/ways', E'a,day,y\n2,2024-01-01,r20\n3,2024-01-01,q3\n', E'Op,a,day,y\nI,4,2024-01-02,t15\nU,2,2024-01-01,q3\nI,2,2024-01-02,r5\n');
-- no columns hold
CALL regress.log('n/none', E'a,b\n1,x\n1,x\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA n FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER FOREIGN TABLE hist.both ALTER COLUMN order_no OPTIONS (ADD key 'true'), ALTER COLUMN line OPTIONS (ADD key 'true');
ALTER FOREIGN TABLE hist.scales ALTER COLUMN no TYPE text, ALTER COLUMN no OPTIONS (ADD key 'true');
ALTER FOREIGN TABLE hist.changed ALTER COLUMN a OPTIONS (ADD key 'true');
SELECT t, regress.rows(t) FROM unnest('{both,scales,changed}'::text[]) t;
-- and sync the same
SET client_min_messages = warning;
DROP FOREIGN TABLE hist.both, hist.changed;
SELECT * FROM cdc_fdw_sync('made', 'n', 'hist') WHERE status = 'created';

-- ---------------------------------------------------------------- files between that are not read
-- delete records have two columns, of which the one named as keys are is not known to be the key alone
CREATE PROCEDURE regress.gap(folder text, load text, first text, second text, last text) LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.log(folder, load, first, second);
  CALL regress.file(folder || '/20240104-000100000.csv', last);
END $$;
CALL regress.gap('gap/dated', E'id,valid_from,v\n1,2020-01-01,a\n2,2020-01-01,b\n', E'Op,id,valid_from,v\nU,1,2020-01-01,c\n',
  E'Op,id,valid_from,v\nI,1,2024-01-03,d\n', E'Op,id,valid_from,v\nI,2,2024-01-04,e\nD,1,2024-01-03,\n');
CALL regress.gap('gap/tenant', E'tenant,id,v\n1,1,a\n1,2,b\n1,3,c\n', E'Op,tenant,id,v\nU,1,1,aa\nD,1,3,\n',
  E'Op,tenant,id,v\nI,2,1,x\nI,2,2,y\n', E'Op,tenant,id,v\nU,2,1,xx\n');
CALL regress.gap('gap/other', E'tenant,id,v\n1,1,a\n1,2,b\n1,3,c\n', E'Op,tenant,id,v\nU,1,2,x\n',
  E'Op,tenant,id,v\nI,2,1,x\nI,2,2,y\n', E'Op,tenant,id,v\nD,2,2,\n');
CALL regress.gap('gap/empty', E'id,lang,v\n', E'Op,id,lang,v\nI,1,en,a\nI,2,en,b\n', E'Op,id,lang,v\nI,1,de,c\n', E'Op,id,lang,v\nD,1,de,\n');
-- whole rows are deleted: then it is
CALL regress.gap('gap/whole', E'id,n,v\n1,5,\n2,6,b\n3,7,c\n', E'Op,id,n,v\nU,2,6,x\nD,1,5,\n', E'Op,id,n,v\nI,4,8,d\n', E'Op,id,n,v\nD,4,8,d\nU,3,7,y\n');
-- a date of the file, or of the key: no record that is read tells
CALL regress.gap('gap/day', E'day,item,q\n2024-01-01,1,5\n2024-01-01,2,6\n', E'Op,day,item,q\nI,2024-01-02,500,55\n',
  E'Op,day,item,q\nI,2024-01-03,1,7\nI,2024-01-03,2,8\n', E'Op,day,item,q\nD,2024-01-03,2,\n');
-- a row whose last value was emptied in a file that is not read: what it has else is the row's
CALL regress.gap('gap/emptied', E'id,name,price,note\n1,pen,10,blue\n2,ink,20,black\n3,cup,30,red\n', E'Op,id,name,price,note\nU,1,pen,11,blue\n',
  E'Op,id,name,price,note\nU,3,cup,30,\n', E'Op,id,name,price,note\nD,3,cup,30,\nU,2,ink,21,black\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA gap FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
ALTER FOREIGN TABLE hist.dated ALTER COLUMN id OPTIONS (ADD key 'true'), ALTER COLUMN valid_from OPTIONS (ADD key 'true');
ALTER FOREIGN TABLE hist.tenant ALTER COLUMN id OPTIONS (ADD key 'true'), ALTER COLUMN tenant OPTIONS (ADD key 'true');
ALTER FOREIGN TABLE hist.other ALTER COLUMN id OPTIONS (ADD key 'true'), ALTER COLUMN tenant OPTIONS (ADD key 'true');
ALTER FOREIGN TABLE hist.empty ALTER COLUMN id OPTIONS (ADD key 'true'), ALTER COLUMN lang OPTIONS (ADD key 'true');
ALTER FOREIGN TABLE hist.day ALTER COLUMN day OPTIONS (ADD key 'true'), ALTER COLUMN item OPTIONS (ADD key 'true');
SELECT t, regress.rows(t) FROM unnest('{dated,tenant,other,empty,day,emptied}'::text[]) t;

-- ---------------------------------------------------------------- a full load of an empty table
CALL regress.log('e/item', E'id,v\n', E'Op,id,v\nI,1,a\nI,2,b\nU,1,c\n');
CALL regress.log('e/pair', E'a,b,v\n', E'Op,a,b,v\nI,1,1,x\nI,1,2,y\nI,2,1,z\nD,1,1,\n');
CALL regress.log('e/part', E'id,n,v\n', E'Op,id,n,v\nI,1,1,a\nI,1,2,b\n');
-- without a header too; and no full load at all says nothing of the rows
CALL regress.log('e/bytes', '', E'Op,id,v\nI,1,a\nI,2,b\n');
CALL regress.changes('e/no_load', E'Op,id,v\nI,1,a\nI,2,b\n');
-- the first of two files
CALL regress.log('e/first', E'id,v\n', E'Op,id,v\nI,3,a\n');
CALL regress.file('e/first/LOAD00000002.csv', E'id,v\n1,a\n1,b\n');
-- nothing was inserted
CALL regress.log('e/updates', E'id,v\n', E'Op,id,v\nU,1,a\n');
CALL regress.fresh();
IMPORT FOREIGN SCHEMA e FROM SERVER made INTO hist;
SELECT * FROM regress.tables();
SELECT t, regress.rows(t) FROM unnest('{item,pair}'::text[]) t;
SET client_min_messages = warning;
DROP SCHEMA hist CASCADE;
DROP SCHEMA model CASCADE;
\set ECHO none
\i :end

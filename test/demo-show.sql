-- What the demo shows; run in the database that demo.sql filled.
\pset footer off
\pset null ''
SET timezone = 'UTC';

\echo
\echo 'Favorites joined with persons, items and a local table of purchases,'
\echo 'as all of them stood at three instants:'
\echo
\set ECHO queries
SET cdc_fdw.asof = '2018-12-13';
SELECT * FROM wishes;
SET cdc_fdw.asof = '2018-12-15';
SELECT * FROM wishes;
RESET cdc_fdw.asof;
SELECT * FROM wishes;
\set ECHO none

\echo
\echo 'Two instants in one query: which prices moved?'
\echo
\set ECHO queries
SELECT a.id, a.name, a.price AS on_13th, b.price AS on_15th
  FROM hist.items a
  JOIN hist.items b USING (id)
 WHERE a.as_of = '2018-12-13' AND b.as_of = '2018-12-15'
   AND a.price <> b.price;
\set ECHO none

\echo
\echo 'Of the seven files of items, those that can only hold later changes are not'
\echo 'read, and most are not even listed:'
\echo
\set ECHO queries
SET cdc_fdw.asof = '2018-12-13';
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)
SELECT name, price FROM hist.items;
\set ECHO none

-- The demo's tables: a server, three foreign tables over its log, and one
-- plain local table to join them with.  psql variable url: the log's folder.
SET client_min_messages = warning;
CREATE EXTENSION cdc_fdw;

-- what the DMS endpoint's settings say, once for all tables
CREATE SERVER shop_log FOREIGN DATA WRAPPER cdc_fdw
  OPTIONS (url :'url', add_column_name 'true', timestamp_column_name 'commit_ts');

CREATE SCHEMA hist;

CREATE FOREIGN TABLE hist.persons (
  id           bigint OPTIONS (key 'true'),
  name         text,
  prefecture   text,
  member_since date
) SERVER shop_log OPTIONS (schema_name 'shop');

CREATE FOREIGN TABLE hist.items (
  id       bigint OPTIONS (key 'true'),
  name     text,
  category text,
  price    integer,
  as_of    timestamptz OPTIONS (role 'asof')
) SERVER shop_log OPTIONS (schema_name 'shop');

CREATE FOREIGN TABLE hist.favorites (
  person_id  bigint OPTIONS (key 'true'),
  item_id    bigint OPTIONS (key 'true'),
  created_at timestamp,
  note       text
) SERVER shop_log OPTIONS (schema_name 'shop');

-- the local table: what was bought, the labels a model would learn from
CREATE TABLE bought (
  person_id bigint,
  item_id   bigint,
  bought_at timestamp,
  PRIMARY KEY (person_id, item_id)
);
INSERT INTO bought VALUES
  (7, 4, '2018-12-12 10:31:00'),
  (2, 1, '2018-12-14 11:20:00'),
  (4, 1, '2018-12-15 02:10:00'),
  (1, 1, '2018-12-18 09:10:00'),
  (3, 3, '2018-12-19 06:00:00');

-- the join all three instants are asked for
CREATE VIEW wishes AS
  SELECT p.name AS person, i.id AS item_id, i.name AS item, i.price,
         f.created_at::date AS since, b.bought_at
    FROM hist.favorites f
    JOIN hist.persons p ON p.id = f.person_id
    JOIN hist.items i ON i.id = f.item_id
    LEFT JOIN bought b USING (person_id, item_id)
   ORDER BY i.id, f.created_at;

ALTER DATABASE demo SET timezone = 'UTC';

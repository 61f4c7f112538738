
# A point-in-time join of a million rows with the versions of a log of 100,000
# changes: one pass over the log, and the answer of plain SQL over the same
# changes; by one process and by several, and in little memory.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = PostgreSQL::Test::Utils::tempdir;
my $node = PostgreSQL::Test::Cluster->new('versions');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', <<'CONF');
fsync = off
autovacuum = off
jit = off
timezone = 'UTC'
max_parallel_workers_per_gather = 0
CONF
$node->start;
mkdir "$root/$_" for 'shop', 'shop/item';

# 5,000 items, and 100,000 changes in 50 files: at the second i, item i * 7919
# % 5000 gets a price, or every 50th time goes.
$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION cdc_fdw;
CREATE TABLE change AS SELECT i, i * 7919 % 5000 AS id,
  CASE WHEN i % 50 = 0 THEN 'D' ELSE 'U' END AS op, (i % 997)::numeric / 100 AS price,
  timestamptz '2024-01-01' + i * interval '1 s' AS at FROM generate_series(1, 100000) i;
COPY (SELECT timestamp '2023-12-31', id, 0.5 FROM generate_series(0, 4999) id)
  TO '$root/shop/item/LOAD00000001.csv' (FORMAT csv);
DO \$\$
DECLARE
  f int;
BEGIN
  FOR f IN 0 .. 49 LOOP
    EXECUTE format('COPY (SELECT op, at::timestamp, id, CASE WHEN op = %L THEN NULL ELSE price END FROM change WHERE i > %s AND i <= %s ORDER BY i) TO %L (FORMAT csv)',
      'D', f * 2000, (f + 1) * 2000, '$root/shop/item/'
        || to_char(timestamp '2024-01-01' + ((f + 1) * 2000 + 1) * interval '1 s', 'YYYYMMDD-HH24MISS000') || '.csv');
  END LOOP;
END \$\$;
CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$root', timestamp_column_name 'ts');
CREATE FOREIGN TABLE item_history (id int OPTIONS (key 'true'), price numeric,
  valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to'))
  SERVER log OPTIONS (schema_name 'shop', table_name 'item', mode 'history');
CREATE TABLE favorite AS SELECT i AS favorite_id, i * 31 % 5000 AS item_id,
  timestamptz '2023-12-31 12:00' + (i::bigint * 12347 % 140000) * interval '1 s' AS created_at
  FROM generate_series(1, 1000000) i;
ANALYZE favorite;
-- the same by SQL: each change holds until the next one of its item
CREATE TABLE version AS
SELECT id, price, at AS f, coalesce(lead(at) OVER (PARTITION BY id ORDER BY i), 'infinity') AS t, op FROM
  (SELECT * FROM change UNION ALL SELECT 0, id, 'I', 0.5, '2023-12-31' FROM generate_series(0, 4999) id) c;
DELETE FROM version WHERE op = 'D';
ANALYZE version;
SQL

my $join = <<'SQL';
SELECT count(*) AS n, sum(price) AS price, sum(favorite_id * (price * 100)::bigint % 1000003) AS which
FROM favorite JOIN item_history ON id = item_id AND created_at >= valid_from AND created_at < valid_to
SQL
my $want = $node->safe_psql('postgres', $join
	  =~ s/item_history/(SELECT id, price, f AS valid_from, t AS valid_to FROM version) v/r);
like($want, qr/^9\d{5}\|/, 'most favorites have their item at that time');
is($node->safe_psql('postgres', 'SELECT count(*), sum(price) FROM item_history'),
	$node->safe_psql('postgres', 'SELECT count(*), sum(price) FROM version'), 'the versions themselves');

my %ways = (
	'one process' => '',
	'several processes' => join('', map { "SET $_;\n" }
		  'max_parallel_workers_per_gather = 2', 'parallel_setup_cost = 0',
		  'parallel_tuple_cost = 0', 'min_parallel_table_scan_size = 0'),
	'little memory' => "SET work_mem = '64kB';\nSET hash_mem_multiplier = 1;\n");
for my $way (sort keys %ways)
{
	# what the session learns of the log is what the second plan goes by
	my $first = "$ways{$way}SELECT count(*) FROM item_history;\n";
	is($node->safe_psql('postgres', "$first$join"), "105000\n$want" =~ s/^105000/$node->safe_psql('postgres', 'SELECT count(*) FROM version')/re,
		"$way: the join's answer");
	my $plan = $node->safe_psql('postgres',
		"${first}EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $join");
	like($plan, qr/Foreign Scan on item_history \(actual rows=\d+(\.\d+)? loops=[123]\)/,
		"$way: one scan");
	like($plan, qr/Files Read: 51\n/, "$way: each file once");
	unlike($plan, qr/Walks: /, "$way: one walk");
	like($plan, qr/(Hash|Merge) Join/, "$way: no nested loop");
}
$node->stop;
done_testing();


# on_error beside what a regression test cannot show: the NOTICE with its
# detail, other parts of the query running in parallel, and many rejected
# values in one scan.

use strict;
use warnings;

use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;

use lib dirname(__FILE__);
use CdcTest qw(start_node write_file);

my $root = PostgreSQL::Test::Utils::tempdir;
my $node = start_node('on_error', "autovacuum = off\n");

# what a script prints, and what it complains of
sub run
{
	my ($sql) = @_;
	my ($rc, $out, $err) =
	  $node->psql('postgres', $sql, extra_params => ['--quiet']);
	$err =~ s/\Q$root\E/<root>/g;
	return ($out, $err);
}

write_file("$root/s/few/20240101-100100000.csv", join '',
	"I,2024-01-01 10:00:00,1,1.5,10,\"{}\"\n",
	"I,2024-01-01 10:00:00,2,one,20,{\n",
	"I,2024-01-01 10:00:00,3,2.5,300,[]\n");
write_file("$root/s/many/20240101-100100000.csv", join '',
	map { "I,2024-01-01 10:00:00,$_," . ($_ % 2 ? 'x' : $_ % 100) . "\n" }
	  1 .. 100_000);
$node->safe_psql('postgres', <<"SQL");
CREATE DOMAIN small AS int CHECK (VALUE < 100);
CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw
  OPTIONS (url 'file://$root', timestamp_column_name 'ts', on_error 'null');
CREATE FOREIGN TABLE few (id int OPTIONS (key 'true'), f float8, d small,
  j jsonb) SERVER log OPTIONS (schema_name 's');
CREATE FOREIGN TABLE many (id int OPTIONS (key 'true'), d small) SERVER log
  OPTIONS (schema_name 's');
CREATE FOREIGN TABLE plain (id int OPTIONS (key 'true'), d int) SERVER log
  OPTIONS (schema_name 's', table_name 'many', on_error 'skip');
CREATE TABLE heap AS SELECT generate_series(1, 10000) AS i;
ANALYZE heap;
SQL

# the NOTICE says what came first, and where
my ($out, $err) = run('SELECT id, f FROM few ORDER BY id');
is($out, "1|1.5\n2|\n3|2.5", 'a bad value is NULL');
like($err, qr/NOTICE: .*1 value of foreign table "few" was read as NULL/,
	'a NOTICE counts them');
like($err, qr/DETAIL: .*: "one"; file ".*20240101-100100000.csv", line 2, column "f"\./,
	'the NOTICE has the first value and its place');
unlike($err, qr/NOTICE.*NOTICE/s, 'there is one NOTICE');
($out, $err) = run('BEGIN; DECLARE c CURSOR FOR SELECT id, f, d, j FROM few; '
	  . 'FETCH ALL FROM c; CLOSE c; SELECT 1; COMMIT');
like($err, qr/3 values.*were read as NULL/, 'a cursor tells when it is closed');

# another part of the query runs in parallel
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; '
  . 'SET min_parallel_table_scan_size = 0; ';
my $beside = 'FROM few WHERE (SELECT count(*) FROM heap WHERE i > 0) > 0 ORDER BY id';
like($node->safe_psql('postgres', "$parallel EXPLAIN (COSTS OFF) SELECT id, f, j $beside"),
	qr/Gather/, 'the plan has a parallel part');
($out, $err) = run("$parallel SELECT id, f, j $beside");
is($out, "1|1.5|{}\n2||\n3|2.5|[]", 'plain types are passed over beside it');
like($err, qr/2 values/, 'values that are passed over are counted');
($out, $err) = run("$parallel SELECT id, d $beside");
if ($node->pg_version >= 17)
{
	is($out, "1|10\n2|20\n3|", 'values that a domain refuses are passed over');
}
else
{
	like($err, qr/ERROR: .*violates check constraint.*HINT: .*max_parallel_workers_per_gather/s,
		'domains are an error that says why');
}
($out, $err) = run("SET max_parallel_workers_per_gather = 0; SELECT id, d $beside");
is($out, "1|10\n2|20\n3|", 'without parallel parts domains are passed over');

# many
($out, $err) = run('SELECT count(*), count(d), sum(d) FROM many; '
	  . 'SELECT pg_current_xact_id_if_assigned() IS NULL');
is($out, "100000|50000|2450000\n" . 't', 'many bad values, and no transaction id spent');
like($err, qr/50000 values/, 'many values that are passed over are all counted');
($out, $err) = run(<<'SQL');
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM plain;
MOVE 49999 FROM c;
SELECT sum(total_bytes) < 50000000 FROM pg_backend_memory_contexts;
FETCH ALL FROM c;
COMMIT;
SQL
like($out, qr/^t\n\d+$/, 'rows that are skipped leave no memory behind');
like($err, qr/50000 rows .* were skipped/, 'rows that are skipped are counted');

# a cancel is no bad value
($out, $err) = run("SET statement_timeout = '20ms'; SELECT count(d) FROM many");
like($err, qr/ERROR: .*statement timeout/, 'a cancel goes through');
($out, $err) = run('SELECT count(*) FROM few');
is($out, '3', 'the query after a cancel is answered');

$node->stop;
done_testing();

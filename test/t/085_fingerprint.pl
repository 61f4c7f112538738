
# Fingerprints beside what a regression test cannot show: databases of other
# encodings, the same in Python, and bounded memory.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IPC::Run qw(run);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $script = abs_path(dirname(__FILE__) . '/../fingerprint.py');
my $root = PostgreSQL::Test::Utils::tempdir;
my $node = PostgreSQL::Test::Cluster->new('fingerprint');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\n");
$node->start;
$ENV{PGCLIENTENCODING} = 'UTF8';

make_path("$root/s/t");
append_to_file("$root/s/t/LOAD00000001.csv", join '',
	map { "$_,caf\xc3\xa9 $_," . ($_ % 3 ? $_ / 4 : '') . "\n" }
	  1 .. 5000);

# the table in a database, as foreign table and as copy
sub print_in
{
	my ($database, $encoding) = @_;

	$node->safe_psql('postgres',
		"CREATE DATABASE $database ENCODING $encoding TEMPLATE template0");
	return $node->safe_psql($database, <<SQL);
CREATE EXTENSION cdc_fdw;
CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$root');
CREATE FOREIGN TABLE t (id int OPTIONS (key 'true'), "n\xc3\xa9" text,
  v numeric) SERVER log OPTIONS (schema_name 's');
CREATE TABLE copy AS SELECT * FROM t;
SELECT fingerprint, rows FROM cdc_fdw_fingerprint('t');
SELECT fingerprint, rows FROM cdc_fdw_fingerprint('copy');
SQL
}

# rows as JSON, by the types' own texts
my $json = $node->safe_psql('postgres', <<SQL);
SELECT '["id", "n\xc3\xa9", "v"]';
SELECT json_build_array(i::text, 'caf\xc3\xa9 ' || i,
  CASE WHEN i % 3 <> 0 THEN trim_scale(i / 4.0)::text END)
FROM generate_series(1, 5000) i;
SQL
my $python;
run([ 'python3', $script ], '<', \"$json\n", '>', \$python)
  or die 'fingerprint.py failed';
$python =~ s/ (\d+)\n$/|$1/;
like($python, qr/^[0-9a-f]{64}\|5000$/, 'Python computes a fingerprint');

for my $encoding (qw(UTF8 LATIN1 EUC_JP SQL_ASCII))
{
	is( print_in(lc "in_$encoding", $encoding),
		"$python\n$python",
		"$encoding: the foreign table and a copy have Python's");
}

# the most memory a backend has had, in kB: a million rows need that of a few
my $peak =
  q{SELECT (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\s+(\d+)'))[1]::int AS peak};
my ($rows, $more) = split /\n/, $node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION cdc_fdw;
CREATE VIEW few AS SELECT g AS id, repeat('x', 100) AS v, g * 1.10 AS n,
  now() AS at FROM generate_series(1, 100000) g;
CREATE VIEW many AS SELECT few.* FROM few, generate_series(1, 10);
SET max_parallel_workers_per_gather = 0;
SELECT rows FROM cdc_fdw_fingerprint('few') \\gset
$peak \\gset
SELECT rows FROM cdc_fdw_fingerprint('many');
SELECT x.peak - :peak FROM ($peak) x;
SQL
is($rows, 1000000, 'a million rows');
cmp_ok($more, '<', 4096, 'need the memory of few');

$node->stop;
done_testing();

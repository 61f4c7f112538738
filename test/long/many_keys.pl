
# A log of 20 million keys in 64 MB: the answer is right, and what the backend
# holds of its own stays near work_mem * hash_mem_multiplier.
use strict;
use warnings;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use POSIX qw(strftime);
use Test::More;

my ($files, $changes) = (200, 100_000);
my $keys = $files * $changes;
# what a backend and its query need beside the walk's memory, in kB
my $allowance = 24 * 1024;

my $root = tempdir('cdc_keys_XXXX', TMPDIR => 1, CLEANUP => 1);
my $folder = "$root/s/t";
make_path($folder);
chmod 0755, $root;

# every key once, in an order that no file shares with another; 1 in 10 a D
my $deleted = 0;
my $sum = 0;
my $n = 0;
for my $file (1 .. $files)
{
	my $at = 1704067200 + $file * 60;
	my $name = strftime('%Y%m%d-%H%M%S000', gmtime $at);
	my $commit = strftime('%Y-%m-%d %H:%M:%S.000000', gmtime($at - 30));
	open my $out, '>', "$folder/$name.csv" or die $!;
	for (1 .. $changes)
	{
		my $key = $n * 7919 % $keys;
		my $op = $key % 10 ? 'I' : 'D';
		$deleted++ if $op eq 'D';
		$sum += $file if $op eq 'I';
		print $out "$op,$commit,$key,w$key,$file\n";
		$n++;
	}
	close $out or die $!;
}

my $node = PostgreSQL::Test::Cluster->new('keys');
$node->init;
$node->start;
$node->safe_psql('postgres', qq{
CREATE EXTENSION cdc_fdw;
CREATE SERVER big FOREIGN DATA WRAPPER cdc_fdw
	OPTIONS (url 'file://$root', timestamp_column_name 'ts');
CREATE FOREIGN TABLE t (id bigint OPTIONS (key 'true'), v text, n int)
	SERVER big OPTIONS (schema_name 's');
});

sub anonymous_memory
{
	my ($pid) = @_;
	my $status = eval { slurp_file("/proc/$pid/status") } or return 0;
	return $status =~ /^RssAnon:\s+(\d+)/m ? $1 : 0;
}

my ($out, $err) = ('', '');
append_to_file("$root/query.sql", q{
SELECT pg_backend_pid();
SET work_mem = '32MB';
SET hash_mem_multiplier = 2;
SET jit = off;
-- all of it in the process that is watched
SET max_parallel_workers_per_gather = 0;
SELECT count(*), sum(n) FROM t;
});
my $query = IPC::Run::start(
	[
		'psql', '-XqAt', '-d', $node->connstr('postgres'), '-f',
		"$root/query.sql"
	],
	'<', '/dev/null', '>', \$out, '2>', \$err);
$query->pump until $out =~ /^(\d+)\n/;
my $pid = $1;
my $peak = 0;
while ($query->pumpable)
{
	my $now = anonymous_memory($pid);
	$peak = $now if $now > $peak;
	select undef, undef, undef, 0.05;
	$query->pump_nb;
}
$query->finish;
is($err, '', 'no error');
is((split /\n/, $out)[1], ($keys - $deleted) . "|$sum",
	"$keys keys, of which $deleted are deleted");
cmp_ok($peak, '<', 64 * 1024 + $allowance, "the backend held $peak kB at most");
cmp_ok($peak, '>', 4 * 1024, 'the peak of the memory of the backend was seen');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_ls_tmpdir()'), '0',
	'no temporary file is left');
# a table that several processes share would not fit: one goes on alone
is( $node->safe_psql(
		'postgres', q{
SET work_mem = '32MB';
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SELECT count(*), sum(n) FROM t}),
	($keys - $deleted) . "|$sum",
	'several processes give the answer of one');
$node->stop;
done_testing();

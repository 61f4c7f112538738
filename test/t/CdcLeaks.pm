# Many queries in one backend, of all kinds, the third of them
# errors: what it holds stays the same.
#
#   CdcLeaks::run(2000);
package CdcLeaks;

use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use CdcFaults;

my $plain = 'count(*), sum(v)';

# A query, and the table in a directory that must answer the same; without one
# it ends in an error.
my @queries = (
	[ "SELECT $plain FROM plain", 'plain' ],
	[ "SELECT $plain FROM here.packed", 'packed' ],
	[ "SELECT $plain FROM here.dated", 'dated' ],
	[ "SELECT $plain FROM here.woven", 'woven' ],
	[ "SELECT $plain FROM here.chained", 'chained' ],
	[ 'SELECT count(r) / (v - v) FROM here.wide GROUP BY v' ],
	[ "SELECT $plain, count(r) FROM here.wide" ],
	[ "SELECT $plain FROM (SELECT v FROM here.plain LIMIT 1) x" ],
	[ 'SELECT v FROM plain LIMIT 1' ],
	[ 'SELECT 1 / (v - v) FROM here.packed' ],
	[ 'SELECT 1 / (v - v) FROM plain' ],
	[ "SELECT $plain FROM here.plain_changes" ],
	[ 'SELECT v FROM here.plain WHERE id = 17' ],
	[ 'SELECT a.v FROM here.plain a JOIN here.packed b USING (id) LIMIT 5' ],
	[ 'SELECT count(*) FROM nothing' ],
	[ 'SELECT wrong FROM here.wrong' ],
	[ 'BEGIN; DECLARE c CURSOR FOR SELECT * FROM here.packed; FETCH 3 FROM c; ROLLBACK' ],
	[ "SET work_mem = '64kB'; SELECT $plain FROM here.packed; RESET work_mem" ],
	[ 'EXPLAIN SELECT * FROM plain' ]);

# Each hundredth query is one of these.
my @rare = (
	"SET max_parallel_workers_per_gather = 2; SELECT $plain FROM here.packed; RESET max_parallel_workers_per_gather",
	"SET max_parallel_workers_per_gather = 2; SELECT 1 / (v - v) FROM here.packed; RESET max_parallel_workers_per_gather",
	"SELECT $plain FROM packed",
	"SET max_parallel_workers_per_gather = 2; SELECT $plain FROM here.woven; RESET max_parallel_workers_per_gather",
	"SET work_mem = '64kB'; SELECT $plain FROM here.chained; SELECT count(r) FROM here.wide; RESET work_mem",
	'ANALYZE here.plain',
	'SELECT count(*) FROM bad.plain');

# kB of its own, descriptors, bytes of PostgreSQL's own contexts
my $state = q{SELECT 'state', substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+)'),
 (SELECT count(*) FROM pg_ls_dir('/proc/self/fd')), (SELECT sum(used_bytes) FROM pg_backend_memory_contexts)};

# Thirty cursors open at once, each inside of its files, and closed: what a
# session holds is after each round what it was after the first.
sub cursors
{
	my ($node) = @_;
	my @tables = qw(big plain packed dated);
	my $sql = "SET search_path = slot1, public;\nSET max_parallel_workers_per_gather = 0;\nSET jit = off;\n";
	for my $round (0 .. 12)
	{
		$sql .= "BEGIN;\n";
		$sql .= "DECLARE c$_ CURSOR FOR SELECT * FROM $tables[$_ % @tables];\nFETCH " . (1 + $_ * 37 % 200) . " FROM c$_;\n"
		  for 1 .. ($round ? 30 : 1);
		# the last ones are closed first, then others, then the transaction
		$sql .= "CLOSE c$_;\n" for grep { $round && $_ % 3 == $round % 3 } reverse 1 .. 30;
		$sql .= "COMMIT;\n$state;\n";
	}
	my $file = PostgreSQL::Test::Utils::tempdir() . '/cursors.sql';
	append_to_file($file, $sql);
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', $file ], '>', \$out, '2>',
		\$err);
	is($err, '', '12 rounds of 30 cursors');
	my @held = map { (split /\|/)[0] } $out =~ /^state\|(.*)$/mg;
	is(scalar @held, 13, 'the memory after each round of cursors is told');
	my ($least, $most) = (sort { $a <=> $b } @held)[ 0, -1 ];
	cmp_ok($most, '<=', $held[0] + 4 * 1024, "memory after each: @held kB");
	return;
}

sub script
{
	my ($count) = @_;
	my $sql = "SET search_path = slot1, public;\nSET max_parallel_workers_per_gather = 0;\nSET jit = off;\n";
	# what PostgreSQL itself opens and keeps
	$sql .= join '', map { "$_;\n" } (map { $_->[0] } @queries), @rare;
	for my $n (1 .. $count)
	{
		$sql .= $n % 100 == 0 ? $rare[ $n / 100 % @rare ] : $queries[ $n % @queries ][0];
		$sql .= ";\n";
		# a tenth for what a session keeps
		$sql .= "$state;\n" if $n == $count / 10 || $n == $count / 2 || $n == $count;
	}
	return $sql;
}

sub run
{
	my ($count) = @_;
	my ($node, $s3, $slot) = CdcFaults::start('leaks', 1);
	my $mapping = $s3->mapping_options;
	my $options = $s3->server_options('s3://nowhere/x');
	$node->safe_psql('postgres', <<SQL);
CREATE SERVER nowhere FOREIGN DATA WRAPPER cdc_fdw OPTIONS ($options);
CREATE USER MAPPING FOR CURRENT_USER SERVER nowhere OPTIONS ($mapping);
CREATE FOREIGN TABLE nothing (id int OPTIONS (key 'true')) SERVER nowhere OPTIONS (prefix 'y');
CREATE FOREIGN TABLE here.wrong (id int OPTIONS (key 'true'), wrong int) SERVER here OPTIONS (prefix 'plain');
-- no need of a proxy
ALTER SERVER slot1 OPTIONS (SET endpoint 'http://127.0.0.1:$s3->{port}');
CREATE SCHEMA bad;
CREATE FOREIGN TABLE bad.plain (id int OPTIONS (key 'true'), v int) SERVER slot1
  OPTIONS (prefix 'plain', timestamp_column_name 'absent');
SQL
	cursors($node);
	my $file = PostgreSQL::Test::Utils::tempdir() . '/script.sql';
	append_to_file($file, script($count));
	my $begun = time;
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', $file ], '>', \$out, '2>',
		\$err);
	my $seconds = time - $begun;
	my @states = map { [ split /\|/ ] } $out =~ /^state\|(.*)$/mg;
	is(scalar @states, 3, "$count queries in one backend");
	my ($early, $middle, $end) = @states;
	my $errors = () = $err =~ /ERROR: /g;
	cmp_ok($errors, '>', $count / 6, "$errors of them ended in an error");
	is($end->[1], $early->[1], "descriptors: $end->[1], as after a tenth of them");
	cmp_ok($end->[0], '<=', $early->[0] + 2048,
		"memory: $early->[0] kB after a tenth, $middle->[0] kB after half, $end->[0] kB after all");
	cmp_ok($end->[2], '<=', $early->[2] + 64 * 1024,
		"memory contexts: $early->[2] bytes after a tenth, $end->[2] after all");
	is(() = $err =~ /(?:ERROR|WARNING): +(?!.*(?:division by zero|NoSuchBucket|no-such|HTTP status 404|wrong|absent))/g,
		0, 'no error but those asked for');
	for my $query (grep { $_->[1] } @queries)
	{
		my $right = $node->safe_psql('postgres', "SELECT $plain FROM here.$query->[1]");
		my $same = () = $out =~ /^\Q$right\E$/mg;
		cmp_ok($same, '>=', int($count / @queries) - $count / 100,
			"$query->[1]: the same answer each time");
	}
	is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_ls_tmpdir()'), 0,
		'no temporary file is left');
	note(sprintf('long: %d queries: %d kB after a tenth, %d kB after all, %d descriptors, %.0f s',
			$count, $early->[0], $end->[0], $end->[1], $seconds));
	CdcFaults::stop();
	return;
}

1;

# Files named long after what they hold, and how far logs are complete: locally,
# and from an S3 server whose log tells what was asked for.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use POSIX qw(strftime);
use Time::Local qw(timegm);

use lib dirname(abs_path(__FILE__));
use CdcS3;

my $s3 = CdcS3->start;
my $node = PostgreSQL::Test::Cluster->new('known');
$node->init;
$node->append_conf('postgresql.conf',
	"max_parallel_workers_per_gather = 0\nmax_prepared_transactions = 1");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION cdc_fdw');
my $dir = abs_path(PostgreSQL::Test::Utils::tempdir());

sub text { return strftime('%Y-%m-%d %H:%M:%S', gmtime($_[0])) }
sub name { return strftime('%Y%m%d-%H%M%S000.csv', gmtime($_[0])) }

# ---- logs ----

# A day of June: a full load at midnight, twenty changes a minute apart, and
# 150 files more, one of which holds a change from the first minutes.
my $day = timegm(0, 0, 0, 12, 5, 2024);
my $later = 150;
my @log = ([ 'shop/item/LOAD00000001.csv', text($day) . ",1,0\n" ]);
push @log, map {
	my $at = $day + 60 * $_;
	[ 'shop/item/' . name($at + 60), 'U,' . text($at) . ",1,$_\n" ]
} 1 .. 20 + $later;
my $late = 'shop/item/' . name($day + 60 * 120 + 30);
push @log, [ $late, 'I,' . text($day + 90) . ",2,late\n" ];
# one that is large: a look takes its front only
my $large = 'shop/item/' . name($day + 60 * 130 + 30);
push @log, [ $large, join '', ('U,' . text($day + 60 * 129) . ",3,xxxxxxxxx\n") x 20_000 ];

# Tables of a task that is at work: one that writes a file each minute, since
# long ago, and some that have not for a while.
my $now = int(time) - 40;
my $minutes = 1500;
push @log, map {
	[ 'work/busy/' . name($now - 60 * $_), 'I,' . text($now - 60 * $_ - 60) . ",$_,x\n" ]
} 0 .. $minutes - 1;
my @quiet = map { sprintf 'quiet_%02d', $_ } 1 .. 20;
push @log, map {
	(
		[ "work/$_/LOAD00000001.csv", text($now - 86400 * 30) . ",1,x\n" ],
		[ "work/$_/" . name($now - 86400 * 3), 'U,' . text($now - 86400 * 3 - 60) . ",1,y\n" ])
} @quiet;
push @log, [ 'work/loaded/LOAD00000001.csv', text($now - 86400 * 30) . ",1,x\n" ];

for my $file (@log)
{
	my $path = "$dir/$file->[0]";
	make_path(dirname($path));
	open my $out, '>', $path or die "$path: $!";
	print $out $file->[1];
	close $out;
}
my %server = (here => "OPTIONS (url 'file://$dir', timestamp_column_name 'ts')");
$node->safe_psql('postgres', "CREATE SERVER here FOREIGN DATA WRAPPER cdc_fdw $server{here}");
if ($s3)
{
	$s3->create_bucket('lake');
	$s3->put_many('lake', @log);
	$node->safe_psql('postgres', $s3->server_sql('there', 's3://lake')
		  . "; ALTER SERVER there OPTIONS (ADD timestamp_column_name 'ts')");
	$server{there} = 1;
}
for my $server (sort keys %server)
{
	my $columns = "(id int OPTIONS (key 'true'), v text, at timestamptz OPTIONS (role 'asof'), known timestamptz OPTIONS (role 'known_at'))";
	my $sql = "CREATE SCHEMA $server; CREATE SCHEMA ${server}_work;"
	  . "CREATE FOREIGN TABLE $server.item $columns SERVER $server OPTIONS (schema_name 'shop', task 'shop');"
	  . "CREATE FOREIGN TABLE $server.scan $columns SERVER $server OPTIONS (schema_name 'shop', table_name 'item', late_files 'scan', task 'shop');";
	$sql .= "CREATE FOREIGN TABLE ${server}_work.$_ $columns SERVER $server OPTIONS (schema_name 'work');"
	  for 'busy', 'loaded', @quiet;
	$node->safe_psql('postgres', $sql);
}

# ---- late files ----

my $early = text($day + 60 * 10) . '+00';
my $rows = "string_agg(id || '=' || v, ' ' ORDER BY id)";
for my $server (sort keys %server)
{
	my $at = sub {
		my ($table, $known) = @_;
		return "SELECT $rows FROM $server.$table WHERE at = '$early'"
		  . ($known ? " AND known = '" . text($known) . "+00'" : '') . ';';
	};
	my $ask = sub { return $node->safe_psql('postgres', $at->(@_)) };
	is($ask->('item'), '1=10', "$server: the search ends before a late file");
	is($ask->('scan'), '1=10 2=late', "$server: every later file is looked at");
	is($ask->('item', $day + 60 * 120 + 29), '1=10', "$server: a second before it was known");
	is($ask->('item', $day + 60 * 120 + 30), '1=10 2=late', "$server: when it was known");
	is($ask->('item', $day + 86400), '1=10 2=late', "$server: long after");
	is($ask->('item', $day + 60 * 6), '1=5', "$server: what was known before the instant");
}

SKIP:
{
	skip(CdcS3->missing, 14) unless $s3;

	# how often each object of the table was asked for, other than the full load
	my $gets = sub {
		my %n;
		$n{$_}++ for grep { !/LOAD/ } map { s{^lake/}{}r } @{ $s3->requests->{get} };
		return \%n;
	};
	my @behind = map { 'shop/item/' . name($day + 60 * $_ + 60) } 11 .. 20 + $later;
	my $query = "SELECT $rows FROM there.scan WHERE at = '$early';";
	my $most = sub {
		my ($got, @keys) = @_;
		my ($n) = sort { $b <=> $a } map { $got->{$_} || 0 } @keys;
		return $n;
	};

	$s3->requests;
	my $out = $node->safe_psql('postgres', $query x 3);
	is($out, join("\n", ('1=10 2=late') x 3), 'three times the same');
	my $got = $gets->();
	is(scalar(grep { ($got->{$_} || 0) == 1 } @behind), scalar @behind,
		'each later file was looked at once in three queries');
	is($got->{$large}, 1, 'a large one too');
	is($got->{$late}, 4, 'the late one was looked at once and read three times');
	is($got->{ 'shop/item/' . name($day + 120) }, 3, 'what lies before the instant was only read');

	$node->safe_psql('postgres', $query);
	$got = $gets->();
	is(scalar(grep { ($got->{$_} || 0) == 1 } @behind), scalar @behind,
		'another session looks at each file once');

	# other columns of the same table, and another instant: still known
	$node->safe_psql('postgres', $query
		  . "SELECT count(*) FROM there.scan WHERE at = '" . text($day + 60 * 5) . "+00';"
		  . "SELECT count(*) FROM there.scan WHERE at = 'infinity'");
	$got = $gets->();
	is($most->($got, grep { $_ ne $late } @behind), 2, 'looked at for one instant, read for the last');

	$out = $node->safe_psql('postgres',
		"$query EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $query");
	like($out, qr/Files Read: 12\n.*Files Looked At: (\d+)\n\s*Looks Remembered: (\d+)\n/s,
		'EXPLAIN tells how many looks there were, and how many were remembered');
	my ($looked, $remembered) = $out =~ /Files Looked At: (\d+)\n\s*Looks Remembered: (\d+)\n/;
	is($looked - $remembered, 1, 'all looks but that at the full load were remembered');
	my ($bytes) = $out =~ /Bytes: (\d+)/;
	cmp_ok($bytes, '<', 2000, "$bytes bytes were read");
	$gets->();
	$out = $node->safe_psql('postgres',
		"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $query");
	($bytes) = $out =~ /Bytes: (\d+)/;
	cmp_ok($bytes, '<', 200_000, "$bytes bytes with all looks, of a file of 600000 among them");
	$gets->();

	# nothing behind known_at
	$node->safe_psql('postgres', "SELECT count(*) FROM there.item WHERE at = '$early' AND known = '"
		  . text($day + 60 * 31) . "+00'");
	$got = $gets->();
	is($most->($got, map { 'shop/item/' . name($day + 60 * $_ + 60) } 11 .. 30), 1,
		'looks up to known_at');
	is($most->($got, map { 'shop/item/' . name($day + 60 * $_ + 60) } 31 .. 20 + $later), 0,
		'no file behind the instant is looked at');

	# an object that was replaced is another one, though its name and size stay
	$s3->put('lake', $late, 'I,' . text($day + 90) . ",2,LATE\n");
	is($node->safe_psql('postgres', $query), '1=10 2=LATE', 'what is there now');
	$s3->put('lake', $late, 'I,' . text($day + 90) . ",2,late\n");
}

# ---- watermarks ----

# busy's newest name is $now; two intervals before that stands a file with
# commits of a minute before its name, less the skew
my $proof = strftime('%Y-%m-%d %H:%M:%S', gmtime($now - 120 - 60 - 11)) . '.999999+00';
my $own = strftime('%Y-%m-%d %H:%M:%S', gmtime($now - 60 - 11)) . '.999999+00';
for my $server (sort keys %server)
{
	my $ask = sub { return $node->safe_psql('postgres', "SET TimeZone = 'UTC'; $_[0]") };
	is($ask->("SELECT cdc_fdw_watermark('$server', '${server}_work')"), $proof, "$server: of all");
	is($ask->("SET cdc_fdw.asof = 'watermark'; SELECT DISTINCT at FROM ${server}_work.$_"),
		$_ eq 'busy' ? $own : $proof, "$server: of $_")
	  for 'busy', 'loaded', $quiet[0];
	is($ask->("SELECT count(*), min(watermark), max(watermark), count(problem) FROM cdc_fdw_server_status('$server')"
		  . " WHERE foreign_table::text LIKE '${server}_work.%'"),
		join('|', 2 + @quiet, $proof, $own, 0), "$server: status of all");
	is($ask->("SELECT load_files, change_files, largest_gap, sealed FROM cdc_fdw_status('${server}_work.busy')"),
		"0|$minutes|00:01:00|f", "$server: status of one");
	my ($rc, $out, $err) = $node->psql('postgres',
		"SET cdc_fdw.require_sealed = on; SET cdc_fdw.asof = '$own'; SELECT count(*) FROM ${server}_work.busy; SELECT count(*) FROM ${server}_work.loaded");
	is($out, $minutes - 1, "$server: sealed up to there") if $rc == 0 || $out ne '';
	like($err, qr/foreign table "loaded" is not sealed at the instant asked for/,
		"$server: and the other is not");
}

SKIP:
{
	skip(CdcS3->missing, 5) unless $s3;
	my %lists;
	my $count = sub {
		my $r = $s3->requests;
		%lists = ();
		$lists{"$_->{bucket}/$_->{prefix}"}++ for @{ $r->{list} };
		return ($r, scalar @{ $r->{list} });
	};
	$count->();
	$node->safe_psql('postgres',
		"SET cdc_fdw.asof = 'watermark'; SELECT count(*) FROM there_work.$quiet[0]");
	my ($r, $n) = $count->();
	cmp_ok($n, '<=', 2 * (2 + @quiet) + 10, "$n listings for the watermark of one of " . (2 + @quiet));
	is($lists{'lake/work/busy/'}, 1, 'of a long log only the end is listed');
	cmp_ok(scalar(grep { m{/busy/} } @{ $r->{get} }), '<=', 2,
		'of a long log at most two files are read');

	# once for a statement
	$node->safe_psql('postgres', "SET cdc_fdw.asof = 'watermark'; SELECT "
		  . join(' + ', map { "(SELECT count(*) FROM there_work.$_)" } @quiet[ 0 .. 9 ]));
	($r, $n) = $count->();
	cmp_ok($n, '<=', 2 * (2 + @quiet) + 10 * 10, "$n listings for ten of them");
	is($lists{'lake/work/busy/'}, 1, 'the others are listed once');
}

# ---- locks ----

# a lock that nobody gives up, on a table of somebody who could alter neither the others nor the server
$node->safe_psql('postgres', 'CREATE ROLE guest; GRANT USAGE ON FOREIGN SERVER here TO guest; CREATE SCHEMA guest AUTHORIZATION guest');
$node->safe_psql('postgres', "SET ROLE guest; CREATE FOREIGN TABLE guest.t (id int, v text) SERVER here OPTIONS (prefix 'work/busy');"
	  . "GRANT USAGE ON SCHEMA guest TO PUBLIC; GRANT SELECT ON guest.t TO PUBLIC;"
	  . "BEGIN; ALTER FOREIGN TABLE guest.t OPTIONS (ADD mode 'changes'); PREPARE TRANSACTION 'held'");
is($node->safe_psql('postgres', "SET TimeZone = 'UTC'; SET statement_timeout = '5s'; SET cdc_fdw.asof = 'watermark'; SELECT DISTINCT at FROM here_work.loaded"),
	$proof, 'a table whose change is prepared is not waited for by a query at a watermark');
is($node->safe_psql('postgres', "SET statement_timeout = '5s'; SELECT sealed FROM cdc_fdw_status('here_work.loaded')"),
	'f', 'a table whose change is prepared is not waited for by the status of another table');
is($node->safe_psql('postgres', "SET TimeZone = 'UTC'; SET statement_timeout = '5s'; SELECT cdc_fdw_watermark('here', 'here_work')"),
	$proof, 'a table whose change is prepared is not waited for by the watermark of another schema');
$node->safe_psql('postgres', "COMMIT PREPARED 'held'");
$node->stop;
done_testing();

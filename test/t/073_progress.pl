# How far scans are, as other sessions see it where the library is preloaded:
# exact at a known place, parallel workers counted in, for those who may look,
# and gone with the scan however that ends.
use strict;
use warnings;
use File::Basename qw(dirname);
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use lib dirname(__FILE__);
use CdcTest qw(start_node write_file);

my $files = 80;
my $records = 3000;			# in each
my $node = start_node('progress',
	"shared_preload_libraries = 'cdc_fdw'\nmax_connections = 20\ntimezone = 'UTC'\n");

# ---- logs: one that is read in a moment, and one that takes some ----

my $lake = PostgreSQL::Test::Utils::tempdir();

my $bytes = write_file("$lake/shop/item/LOAD00000001.csv", join '', map { "$_,$_\n" } 1 .. 3);
$bytes += write_file(sprintf("$lake/shop/item/202401%02d-100000000.csv", $_), "I,1$_,0\nI,2$_,0\n")
  for 1 .. 3;
my $wide = 0;
for my $i (1 .. $files)
{
	$wide += write_file(sprintf("$lake/shop/wide/2024%02d01-%02d0000000.csv", 1 + $i / 20, $i % 20),
		join '', map { "I,$_,1\n" } $i * $records .. ($i + 1) * $records - 1);
}
my $columns = "(id int OPTIONS (key 'true'), v int)";
$node->safe_psql('postgres', <<"SQL");
CREATE SERVER lake FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$lake', include_op_for_full_load 'false');
CREATE FOREIGN TABLE item $columns SERVER lake OPTIONS (schema_name 'shop');
CREATE FOREIGN TABLE wide $columns SERVER lake OPTIONS (schema_name 'shop');
CREATE FOREIGN TABLE wide_changes (id int, v int) SERVER lake OPTIONS (schema_name 'shop', table_name 'wide', mode 'changes');
CREATE ROLE admin SUPERUSER LOGIN;
CREATE ROLE owner LOGIN IN ROLE pg_read_server_files;
CREATE ROLE colleague LOGIN IN ROLE owner;
CREATE ROLE watcher LOGIN IN ROLE pg_read_all_stats;
CREATE ROLE stranger LOGIN;
GRANT SELECT ON item, wide TO owner;
CREATE FUNCTION fails(sql text) RETURNS text LANGUAGE plpgsql AS \$\$
BEGIN EXECUTE sql; RETURN 'no'; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END \$\$;
CREATE DATABASE other;
SQL
$node->safe_psql('other', 'CREATE EXTENSION cdc_fdw');

my $row = "concat_ws('|', foreign_table, mode, phase, files_done, files, bytes_done, bytes, records, rows)";
my $view = "SELECT $row FROM cdc_fdw_progress ORDER BY started";

sub seen
{
	return $node->safe_psql('postgres', $_[0] // $view);
}

# Runs SQL in a session of its own; "look SQL" among its lines looks with
# another one, as a role.
sub session
{
	my ($user, @lines) = @_;
	my $connstr = $node->connstr('postgres');
	my $script = join "\n",
		map { /^look (\w+) (.*)/ ? qq(\\! psql -XAtq -d "$connstr user=$1" -c "$2") : "$_;" } @lines;
	my ($rc, $out, $err) = $node->psql('postgres', $script, extra_params => [ '-U', $user ],
		on_error_stop => 0);
	return $out;
}

# ---- another session sees where a cursor is ----

my @at = ('BEGIN', 'DECLARE c CURSOR FOR SELECT id FROM item', 'MOVE 3 IN c');
like(session('owner', @at, "look admin $view"),
	qr/\Aitem\|snapshot\|changes\|2\|4\|28\|$bytes\|\d\|\d\z/, 'amid a log files and bytes are exact');
like(session('owner', @at, 'MOVE ALL IN c', "look admin $view"),
	qr/\Aitem\|snapshot\|done\|4\|4\|$bytes\|$bytes\|9\|9\z/,
	'at the end of a log records and rows are exact');

# ---- who sees what ----

my $who = 'SELECT pid > 0, num_nulls(foreign_table, mode, phase, files, files_done, bytes, bytes_done, records, rows, started) FROM cdc_fdw_progress';
for ([ 'owner', 0, 'the same role' ], [ 'colleague', 0, 'a member of it' ], [ 'watcher', 0, 'a member of pg_read_all_stats' ],
	[ 'stranger', 10, 'a stranger, who sees the pid alone' ])
{
	my ($role, $nulls, $what) = @$_;
	is(session('owner', @at, "look $role $who"), "t|$nulls", $what);
}
is(session('admin', @at, 'SET ROLE stranger', $who), 't|10',
	'the current role decides what is seen, not the session user');
my $pid = 'SELECT a.query FROM cdc_fdw_progress JOIN pg_stat_activity a USING (pid)';
like(session('owner', @at, "look admin $pid"), qr/\AMOVE 3 IN c;\z/,
	'joined with pg_stat_activity');
my $elsewhere = '\\! psql -XAtq -d "' . $node->connstr('other')
  . '" -c "SELECT count(*) FROM cdc_fdw_progress"';
my (undef, $there) = $node->psql('postgres', join(";\n", @at) . ";\n$elsewhere\n");
is($there, 0, 'another database has no scans of this one');

# ---- gone, however a scan ends ----

my $none = "SELECT count(*) FROM cdc_fdw_progress";
my $bad = "SELECT 1 / (id - 13) FROM item";
for ([ 'a commit', @at, 'COMMIT' ], [ 'a rollback', @at, 'ROLLBACK' ], [ 'an error', @at, 'SELECT 1 / 0' ], [ 'an error of its own', $bad ],
	[ 'an error in a transaction that is left so', 'BEGIN', $bad ],
	[ 'an error in a function that is left so', 'BEGIN', 'DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM item LOOP RAISE division_by_zero; END LOOP; END $$' ],
	[ 'a caught error', 'BEGIN', "SELECT fails('$bad')" ],
	[ 'an error behind a savepoint', 'BEGIN', 'SAVEPOINT s', @at[ 1, 2 ], $bad, 'ROLLBACK TO s' ],
	[ 'a cancel', "SET statement_timeout = '30ms'", 'BEGIN', 'SELECT count(*), pg_sleep(60) FROM item GROUP BY id' ],
	[ 'a LIMIT', 'SELECT id FROM item LIMIT 1' ])
{
	my ($what, @lines) = @$_;
	is((split /\n/, session('admin', @lines, "look admin $none"))[-1], 0, "gone after $what");
}

# ---- parallel workers ----

sub in_background
{
	my ($sql, @options) = @_;
	my ($out, $err) = ('', '');
	my $h = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "SET application_name = 'victim'", map { ('-c', $_) } split /; */, $sql ],
		'>', \$out, '2>', \$err);
	return { handle => $h, out => \$out, err => \$err };
}

# What a query gives once it is like that, or what it gave after some seconds.
sub until_like
{
	my ($sql, $wanted) = @_;
	my $got;
	for (1 .. 600)
	{
		$got = seen($sql);
		last if $got =~ $wanted;
		sleep 0.02;
	}
	return $got;
}

my $victim = "SELECT pid FROM pg_stat_activity WHERE application_name = 'victim' AND backend_type = 'client backend'";
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2';
my $total = $files * $records;
# with little memory one process takes over, and reads what others had read again
for ([ 'on', '64MB', 0 ], [ 'off', '64MB', 0 ], [ 'on', '1MB', 1 ], [ 'on', '512kB', 1 ])
{
	my ($leader, $memory, $again) = @$_;
	my $run = in_background("$parallel; SET parallel_leader_participation = $leader; SET work_mem = '$memory'; SET hash_mem_multiplier = 1;"
		  . 'SELECT s FROM (SELECT sum(v) AS s FROM wide OFFSET 0) x, pg_sleep(60)');
	my $all = $again ? '(\d+)\|\1\|(\d+)\|\2' : "$files\\|$files\\|$wide\\|$wide";
	like(until_like($view, qr/done/), qr/\Awide\|snapshot\|done\|$all\|$total\|$total\z/,
		"one row has what all processes did: leader $leader, $memory");
	seen("SELECT pg_cancel_backend(pid) FROM ($victim) v");
	$run->{handle}->finish;
	is(seen($none), 0, 'the row is gone with the query');
}

# ---- a session, and a worker, that end in the middle ----

my $long = 'SELECT count(*) FROM wide a, wide b WHERE a.v = b.v';
for ([ 'cancelled', "SELECT pg_cancel_backend(pid) FROM ($victim) v" ], [ 'terminated', "SELECT pg_terminate_backend(pid) FROM ($victim) v" ],
	[ 'whose worker was terminated', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'parallel worker'" ])
{
	my ($what, $end) = @$_;
	my $run = in_background("$parallel; $long");
	like(until_like($view, qr/./), qr/\Awide\|/, 'a query is seen');
	until_like("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'",
		qr/[1-9]/);
	seen($end);
	$run->{handle}->finish;
	like(${ $run->{err} }, qr/canceling|terminat/, "it is $what");
	is(until_like($none, qr/^0$/), 0, 'the row of a query that ended so is gone');
}

# ---- functions ----

my $function = in_background("SELECT count(*) FROM cdc_fdw_changes_since('wide_changes')");
like(until_like($view, qr/reading/),
	qr/\Awide_changes\|changes_since\|reading\|\d+\|\d+\|\d+\|\d+\z/, 'a function is seen');
$function->{handle}->finish;

# ---- more scans than one session has room for ----

my $room = 8;
my $many = $node->safe_psql('postgres', 'SELECT sum(setting::int) * 10 FROM pg_settings WHERE name IN ($$max_connections$$, $$max_worker_processes$$, $$max_wal_senders$$, $$autovacuum_max_workers$$)');
$node->safe_psql('postgres', "CREATE FUNCTION open_many() RETURNS int LANGUAGE plpgsql AS \$\$ DECLARE c refcursor; n text; BEGIN FOR i IN 1 .. $many LOOP n := 'c' || i;"
	  . " c := n; OPEN c FOR EXECUTE 'SELECT id FROM item'; MOVE c; END LOOP; RETURN $many; END \$\$");
for (1, 2)
{
	my ($opened, $own, $others, $after) = split /\n/,
		session('admin', 'BEGIN', 'SELECT open_many()', $none, "look admin $none", 'COMMIT',
		"look admin $none");
	is($own, $many, 'a session sees all of its own');
	is($others, $room, 'others as many as it has room for');
	is($after, 0, 'after the last of many scans no row is left');
}
# nobody takes another's room
my $holder = in_background('BEGIN; SELECT open_many(); SELECT pg_sleep(60)');
is(until_like($none, qr/^$room$/), $room, 'a session has all that it can have');
my $scan = in_background('SELECT id, pg_sleep(60) FROM item');
my $sessions = "SELECT string_agg(n::text, ' ' ORDER BY n) FROM (SELECT count(*) AS n FROM cdc_fdw_progress GROUP BY pid) s";
is(until_like($sessions, qr/ /), "1 $room",
	"another session's scan is seen beside as many as there is room for");
seen("SELECT pg_cancel_backend(pid) FROM ($victim) v");
$_->{handle}->finish for $holder, $scan;
is(seen($none), 0, 'after all scans no row is left');
like(session('owner', @at, "look admin $view"), qr/\Aitem\|/, 'a slot is used again');

$node->stop;
done_testing();

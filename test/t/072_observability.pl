# What can be seen from outside: a log line for each request with the server's
# request id, and counts of requests that the gateway's own log bears out.
use strict;
use warnings;
use File::Basename qw(dirname);
use IO::Socket::INET;
use List::Util qw(sum);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use lib dirname(__FILE__);
use CdcS3;
use CdcWaits;

my $s3;
{
	local $ENV{S3_STS} = 1;
	$s3 = CdcS3->start or plan skip_all => CdcS3->missing;
}
my $proxy = $s3->proxy;
$s3->create_bucket('lake');
$s3->put('lake', 'shop/item/LOAD00000001.csv', join '', map { "$_,$_\n" } 1 .. 10);
$s3->put('lake', 'shop/item/20240612-000000000.csv', "U,1,101\n");
$s3->put_many('lake', map { [ "shop/wide/2024061$_-000000000.csv", join '', map { "I,$_,1\n" } $_ * 1000 .. $_ * 1000 + 999 ] } 0 .. 9);

my $node = PostgreSQL::Test::Cluster->new('observability');
$node->init;
$node->append_conf('postgresql.conf', 'max_parallel_workers_per_gather = 0');
$node->start;
my $columns = "(id int OPTIONS (key 'true'), v int)";

sub tables
{
	my ($name, $endpoint, $more) = @_;
	my $mapping = $s3->mapping_options;
	$node->safe_psql('postgres',
		"CREATE SERVER $name FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 's3://lake', url_style 'path',"
		  . " allow_http 'true', endpoint '$endpoint'" . ($more ? ", $more" : '') . ');'
		  . "CREATE USER MAPPING FOR PUBLIC SERVER $name OPTIONS ($mapping);"
		  . "CREATE FOREIGN TABLE item_$name $columns SERVER $name OPTIONS (schema_name 'shop', table_name 'item');"
		  . "CREATE FOREIGN TABLE wide_$name $columns SERVER $name OPTIONS (schema_name 'shop', table_name 'wide')");
	return;
}

$node->safe_psql('postgres', 'CREATE EXTENSION cdc_fdw');
tables('here', "http://127.0.0.1:$s3->{port}");
tables('proxied', "http://127.0.0.1:$proxy");

# ---- what a query waits for: other processes; the rest is 071_waits ----

tables('closed', 'http://127.0.0.1:' . CdcS3::free_ports(1));
# nobody will be there, so that five tries are all
$node->safe_psql('postgres', 'ALTER DATABASE postgres SET cdc_fdw.retry_for = 0');
# two workers: the request that stalls holds up the walk of both
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;'
  . 'SET cdc_fdw.prefetch_bytes = 0; SET max_parallel_workers_per_gather = 2; SET work_mem = \'16MB\';';
$s3->faulty($proxy, 'pass', 'hang 400', ('pass') x 40);
ok(waits_for($node, 'CdcFdwWalk', "$parallel SET parallel_leader_participation = off; SELECT sum(v) FROM wide_proxied"),
	'processes that wait for each other say so');
$s3->faulty($proxy);

# ---- the log ----

sub messages
{
	my ($sql) = @_;
	my ($rc, $out, $err) = $node->psql('postgres', "SET client_min_messages = debug1;\n$sql",
		on_error_stop => 0);
	return join "\n", $err =~ /(cdc_fdw: .*)/g;
}

my $ms = qr/\d+\.\d ms/;
my $id = qr/request id tx\w+-\w+-\w+-\w+/;
like(messages('SELECT sum(v) FROM item_here'),
	qr/\Acdc_fdw: credentials from the user mapping\ncdc_fdw: LIST "s3:\/\/lake\/shop\/item\/[^"]*": status 200, $ms, $id\n(.*\n)*cdc_fdw: GET "s3:\/\/lake\/shop\/item\/20240612-000000000.csv": status 200, $ms, $id/,
	'a line a request, with time and request id');
$s3->faulty($proxy, 'http 503 SlowDown x-amz-request-id: one%two', 'drop', 'pass');
my $told = messages('SELECT sum(v) FROM item_proxied');
like($told, qr/LIST "[^"]*": status 503, $ms, request id one%two\n/,
	'a refusal is logged with its request id');
like($told, qr/LIST "[^"]*", try 2: [^\n]*(Empty reply|reset)[^\n]*, $ms\n/,
	'a connection that ended');
like($told, qr/LIST "[^"]*", try 3: status 200, $ms, $id/, 'the third try is logged');
$s3->faulty($proxy, 'http 503 SlowDown x-amz-id-2: a+b/c==');
like(messages('SELECT sum(v) FROM item_proxied'),
	qr/LIST "[^"]*": status 503, $ms, extended id a\+b\/c==\n/, 'an extended id');
$s3->faulty($proxy);
like(messages("SELECT cdc_fdw_pin('seen', '2024-06-13 00:00:00+00', NULL, 'item_here'); SELECT * FROM cdc_fdw_verify_pin('seen')"),
	qr/HEAD "s3:\/\/lake\/shop\/item\/LOAD00000001.csv": status 200, $ms, $id/, 'a HEAD');
like(messages('SELECT sum(v) FROM item_closed'), qr/LIST "[^"]*", try 5: [^\n]*connect[^\n]*, $ms/,
	'a connection that fails is logged with its try');
tables('role', "http://127.0.0.1:$s3->{port}",
	"role_arn '$s3->{role}', sts_endpoint 'http://127.0.0.1:$s3->{port}'");
my $mapping = "access_key_id '$s3->{access_key_2}', secret_access_key '$s3->{secret_key_2}'";
$node->safe_psql('postgres', 'DROP USER MAPPING FOR PUBLIC SERVER role;'
	  . "CREATE USER MAPPING FOR PUBLIC SERVER role OPTIONS ($mapping)");
like(messages('SELECT sum(v) FROM item_role'), qr/cdc_fdw: POST "http:\/\/127.0.0.1:$s3->{port}\/": status 200, $ms(, $id)?\n/,
	'a request for keys');
like(messages('SELECT sum(v) FROM wide_here'), qr/\A(cdc_fdw: [^\n]*\n?)+\z/,
	'nothing else at debug1');

# ---- counts ----

my $counts = 'requests, retries, errors, listings, listings_kept, credentials, credentials_kept';

# Columns of the view for a server, after these statements of one session.
sub counted
{
	my ($server, $what, $sql, $scope) = @_;
	$scope //= 'session';
	my ($rc, $out, $err) = $node->psql('postgres',
		"$sql;\n\\echo counted\nSELECT $what FROM cdc_fdw_stats WHERE server = '$server' AND scope = '$scope'",
		on_error_stop => 0);
	return $out =~ /counted\n(.*)\z/s ? $1 : '';
}

is(counted('here', '*', 'SELECT 1'), '', 'a session that asked for nothing');
$s3->requests;
my ($requests, $bytes, $listed) = split /\|/,
	counted('here', 'requests, bytes, listed', 'SELECT sum(v) FROM item_here');
my $asked = $s3->requests;
is($requests, @{ $asked->{get} } + @{ $asked->{list} }, 'as many requests as the gateway saw');
my $loaded = (join '', map { "$_,$_\n" } 1 .. 10) =~ tr///c;
is($bytes, 8 + 2 * $loaded, 'the bytes of both files, and of the look at the first one');
cmp_ok($listed, '>=', 2, 'both tables were listed');
is(counted('here', $counts, 'SELECT sum(a.v) FROM item_here a JOIN item_here b USING (id)') =~ s/^\d+//r,
	'|0|0|1|1|0|0', 'two scans of a table cost one listing');
is(counted('role', 'credentials, credentials_kept > 0', 'SELECT sum(v) FROM item_role; SELECT sum(v) FROM item_role'),
	'1|t', 'keys of a role are asked for once');
$s3->faulty($proxy, 'http 503 SlowDown', 'http 500 InternalError', 'pass');
is(counted('proxied', 'retries, errors', 'SELECT sum(v) FROM item_proxied'), '2|0',
	'retries are counted, and no error');
is(counted('closed', 'retries, errors', 'TABLE item_closed'), '4|1',
	'an error is counted with its retries');
is(counted('closed', 'errors', 'BEGIN; SAVEPOINT s; TABLE item_closed; ROLLBACK TO s; TABLE item_closed; ROLLBACK'),
	'2', 'two errors are counted');
my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8) // die "no port: $!\n";
tables('silent', 'http://127.0.0.1:' . $silent->sockport);
is(counted('silent', 'errors', "SET statement_timeout = '50ms'; TABLE item_silent"), '1',
	'a cancel is one');
my $explained = "$parallel EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT sum(v) FROM wide_here";
my ($rc, $plan) = $node->psql('postgres',
	"$explained;\nSELECT 'counted', requests, bytes FROM cdc_fdw_stats");
like($plan, qr/Workers Launched: [12]/, 'a parallel scan');
my ($shown) = $plan =~ /Requests: (\d+)/;
my ($read) = $plan =~ /Bytes: (\d+)/;
like($plan, qr/^counted\|$shown\|$read$/m, 'the session counts what its workers did');

is(counted('role', 'credentials > 1, errors', "$parallel SET parallel_leader_participation = off; SELECT sum(v) FROM wide_role"),
	't|0', 'the keys that were asked for are counted');

# scans that share a listing count what each asked for
my $explain = 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)';

sub explained
{
	my ($sql) = @_;
	$s3->requests;
	my ($rc, $out) = $node->psql('postgres',
		"$sql;\nSELECT 'counted', requests, bytes, listings, listings_kept FROM cdc_fdw_stats");
	my $gateway = $s3->requests;
	my $seen = @{ $gateway->{get} } + @{ $gateway->{list} };
	return ($seen, [ $out =~ /Requests: (\d+)/g ], [ $out =~ /Bytes: (\d+)/g ], $out
		  =~ /^counted\|(.*)$/m, $out);
}

my $item_bytes = 8 + 2 * $loaded;
for my $isolation ('READ COMMITTED', 'REPEATABLE READ')
{
	my ($seen, $requests, $bytes, $session) =
	  explained("BEGIN ISOLATION LEVEL $isolation; $explain SELECT a.v FROM item_here a JOIN item_here b USING (id)");
	is(@$requests, 2, "$isolation: two scans");
	is($requests->[0] + $requests->[1], $seen, 'each request is counted for one of the two scans');
	isnt($requests->[0], $requests->[1], 'one of the two scans has the requests of the listing');
	# the look at the full load is remembered by one of them
	is($bytes->[0] + $bytes->[1], 2 * $item_bytes - $loaded,
		'all bytes are counted for one of the two scans');
	is($session, join('|', $seen, $bytes->[0] + $bytes->[1], 1, 1), 'the session has their sum');
}

# workers that are still at work when a LIMIT ends the query
my ($seen, $limited, $taken, $session, $limit_plan) =
  explained("$parallel SET parallel_leader_participation = off; $explain SELECT v FROM wide_here LIMIT 2000");
like($limit_plan, qr/Limit.*Gather.*Workers Launched: [12]/s, 'a LIMIT over workers');
is($limited->[0], $seen, 'their requests are shown');
is($session, "$seen|$taken->[0]|1|0", 'what was asked for ahead is counted for the session');

# what came in counts, not what was read of it: rows of six files are taken
# and between two files there is time for what comes ahead of them
(undef, undef, $taken) = explained(
	"$explain SELECT CASE WHEN id % 1000 = 0 THEN pg_sleep(0.05) END FROM wide_here LIMIT 5500");
my @sizes = map { length join '', map { "I,$_,1\n" } $_ * 1000 .. $_ * 1000 + 999 } 0 .. 9;
cmp_ok($taken->[0], '>', sum(@sizes[4 .. 9]), 'files that were asked for ahead count');

# functions list too
is(counted('here', 'listings > 0', "SELECT * FROM cdc_fdw_status('wide_here')"), 't',
	'a function lists');

# a directory
my $dir = PostgreSQL::Test::Utils::tempdir();
mkdir "$dir/item";
append_to_file("$dir/item/LOAD00000001.csv", "1,1\n2,2\n");
$node->safe_psql('postgres', "CREATE SERVER files FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$dir');"
	  . "CREATE FOREIGN TABLE item_files $columns SERVER files OPTIONS (prefix 'item')");
is(counted('files', 'requests > 1, retries, bytes, errors', 'TABLE item_files'), 't|0|16|0',
	'reads of files in a directory are counted');
append_to_file("$dir/item/LOAD00000002.csv", "3,x\n");
is(counted('files', 'errors', 'TABLE item_files'), 0,
	'what is wrong with a value is no error of the store');
unlink "$dir/item/LOAD00000002.csv";
symlink "$dir/item/LOAD00000001.csv", "$dir/item/LOAD00000002.csv" or die;
is(counted('files', 'errors', 'TABLE item_files'), 1,
	'what is wrong with a file is an error of the store');

# ---- of all sessions ----

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'cdc_fdw'");
$node->restart;
$node->safe_psql('postgres', 'SELECT sum(v) FROM item_here');
$node->safe_psql('postgres', "$parallel SELECT sum(v) FROM wide_here");
$s3->requests;
$node->safe_psql('postgres', 'SELECT sum(v) FROM item_here');
$asked = $s3->requests;
my $one = @{ $asked->{get} } + @{ $asked->{list} };
is(counted('here', "scope, bytes", 'SELECT 1', 'all'), 'all|' . (2 * $bytes + $read),
	'the bytes of all sessions, workers included');
my ($before) = counted('here', 'requests', 'SELECT 1', 'all');
is(counted('here', 'requests', 'SELECT sum(v) FROM item_here'), $one,
	'a session still counts its own');
is(counted('here', 'requests', 'SELECT 1', 'all'), $before + $one,
	'what a session asked adds to the counts of all');
$node->safe_psql('postgres', 'CREATE ROLE regress_watcher');
is($node->safe_psql('postgres', 'SET ROLE regress_watcher; SELECT count(*) FROM cdc_fdw_stats'), 0,
	'who may not use the server sees no counts of it');
$node->safe_psql('postgres', 'GRANT SELECT ON item_here TO regress_watcher');
is($node->safe_psql('postgres', 'SET ROLE regress_watcher; SELECT sum(v) IS NOT NULL FROM item_here; SELECT count(*) FROM cdc_fdw_stats'), "t\n0",
	'who may not use the server sees no counts of their own session, which may have had the rights of others');
$node->safe_psql('postgres', 'REVOKE SELECT ON item_here FROM regress_watcher; GRANT USAGE ON FOREIGN SERVER here TO regress_watcher');
is($node->safe_psql('postgres',
		'SET ROLE regress_watcher; SELECT server, scope FROM cdc_fdw_stats'), 'here|all',
	'who may use the server sees its counts');
$node->safe_psql('postgres', 'REVOKE USAGE ON FOREIGN SERVER here FROM regress_watcher; GRANT pg_read_all_stats TO regress_watcher');
is($node->safe_psql('postgres',
		'SET ROLE regress_watcher; SELECT server, scope FROM cdc_fdw_stats'), 'here|all',
	'a member of pg_read_all_stats sees the counts');
$node->safe_psql('postgres', 'DROP SERVER here CASCADE');
is($node->safe_psql('postgres', "SELECT count(*) FROM cdc_fdw_stats WHERE server = 'here'"), 0,
	'a server that was dropped');
# more servers than there is room for, which are dropped
$node->safe_psql('postgres', <<'SQL');
DO $$
BEGIN
  FOR n IN 1 .. 300 LOOP
    EXECUTE format('CREATE SERVER many%s FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url %L)', n, 'file:///nowhere');
    BEGIN
      PERFORM * FROM cdc_fdw_objects('many' || n);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
END $$;
SQL
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM cdc_fdw_stats WHERE scope = 'all'"), '<=',
	256, 'there are slots for 256 servers');
$node->safe_psql('postgres',
	q{DO $$ BEGIN FOR n IN 1 .. 300 LOOP EXECUTE format('DROP SERVER many%s', n); END LOOP; END $$});
$node->psql('postgres', q{CREATE SERVER late FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file:///nowhere'); SELECT * FROM cdc_fdw_objects('late')});
is($node->safe_psql('postgres', "SELECT server, errors FROM cdc_fdw_stats WHERE scope = 'all'"),
	'late|1', 'a new server has the slot of one that was dropped, counted anew');

$node->stop;
$s3->stop;
done_testing();

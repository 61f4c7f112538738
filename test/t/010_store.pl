# Logs on S3: a gateway that checks signatures, its access log, and a proxy
# that goes wrong as told.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;
use POSIX qw(strftime);
use Time::HiRes qw(time);
use Time::Local qw(timegm);
use lib dirname(__FILE__);
use CdcS3;
use CdcTest qw(start_node value failure write_file);

my $s3 = CdcS3->start or plan skip_all => CdcS3->missing;
my $node = start_node('store');
$s3->create_bucket('lake');

# ---- a log: LOAD of 100 rows, then one update of row n in CDC file n ----

my $day = timegm(0, 0, 0, 12, 5, 2024);

# When file n was committed; it is named a minute later, as DMS does.
sub commit_time
{
	my ($n) = @_;
	return strftime('%Y-%m-%d %H:%M:%S', gmtime($day + 60 * $n));
}

# [name, bytes] of a table with so many CDC files, a minute apart.
sub log_files
{
	my ($files) = @_;
	my @log = [ 'LOAD00000001.csv', join '',
		"commit_ts,id,v\n", map { "2024-06-11 00:00:00,$_,0\n" } 1 .. 100 ];
	for my $n (1 .. $files)
	{
		push @log, [
			strftime('%Y%m%d-%H%M%S000.csv', gmtime($day + 60 * $n + 60)),
			"Op,commit_ts,id,v\nU," . commit_time($n) . ',' . ($n % 100 + 1) . ",$n\n" ];
	}
	return @log;
}

# sum(v) as of file n: each row's newest change
sub sum_at
{
	my ($n) = @_;
	my $sum = 0;
	$sum += $_ for ($n > 100 ? $n - 99 : 1) .. $n;
	return $sum;
}

sub put_log
{
	my ($folder, $files) = @_;
	$s3->put_many('lake', map { [ "$folder/$_->[0]", $_->[1] ] } log_files($files));
	return;
}

my $columns = "(id int OPTIONS (key 'true'), v int)";
my $dms = "add_column_name 'true', timestamp_column_name 'commit_ts'";

sub table
{
	my ($name, $server, $options) = @_;
	$node->safe_psql('postgres',
		"CREATE FOREIGN TABLE $name $columns SERVER $server OPTIONS ($options)");
	return;
}

sub server
{
	my ($name, $url, $more) = @_;
	$node->safe_psql('postgres',
		$s3->server_sql($name, $url, join ', ', $dms, $more // ()));
	return;
}

# ---- the same answer as from a directory ----

my $dir = abs_path(PostgreSQL::Test::Utils::tempdir());
write_file("$dir/shop/item/$_->[0]", $_->[1]) for log_files(50);
put_log('dms/shop/item', 50);
$node->safe_psql('postgres',
	"CREATE SERVER files FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$dir', $dms)");
server('cloud', 's3://lake/dms');
table('item_here', 'files', "prefix 'shop/item'");
table('item', 'cloud', "schema_name 'shop'");
is(value('SELECT count(*), sum(v) FROM item'), '100|1275', 'a log on S3 is read');
is(value('SELECT count(*) FROM (TABLE item EXCEPT TABLE item_here) x'),
	0, 'a log on S3 has the rows of a directory');

# ---- keys that must be encoded ----

my $odd = "a b+c%20=d'e(f)*!~&/\xe6\x97\xa5\xe6\x9c\xac";
put_log("$odd/shop/item", 5);
server('odd', 's3://lake/' . $odd =~ s/'/''/gr);
table('item_odd', 'odd', "prefix 'shop/item'");
is(value('SELECT count(*), sum(v) FROM item_odd'), '100|15',
	'keys with characters that are encoded are read');

# ---- ways to the bucket ----

my $tls = "endpoint 'https://127.0.0.1:" . ($s3->{port} + 1) . "'";
server('tls', 's3://lake/dms');
$node->safe_psql('postgres',
	"ALTER SERVER tls OPTIONS (SET $tls, ADD ca_file '$s3->{ca_file}')");
table('item_tls', 'tls', "prefix 'shop/item'");
is(value('SELECT sum(v) FROM item_tls'), 1275, 'over TLS, with an authority of our own');
$node->safe_psql('postgres', 'ALTER SERVER tls OPTIONS (DROP ca_file)');
like(failure('SELECT * FROM item_tls'),
	qr/HV00N: could not list "s3:.*\nDETAIL: .*certificate.*\nHINT: .*ca_file/,
	'an unknown authority');
$node->safe_psql('postgres', 'ALTER SERVER tls OPTIONS (SET '
	  . "endpoint 'http://s3.localhost:$s3->{port}', SET url_style 'virtual')");
is(value('SELECT sum(v) FROM item_tls'), 1275, 'the bucket in the host name');

# ---- tables of one server whose own settings lead to other places ----

$s3->create_bucket('other');
for my $place ([ 'lake', 'prod' ], [ 'lake', 'stage' ], [ 'other', 'prod' ])
{
	my ($bucket, $folder) = @$place;
	$s3->put($bucket, "$folder/shop/item/LOAD00000001.csv",
		"commit_ts,id,v\n2024-06-11 00:00:00,1,$bucket-$folder\n");
}
server('anywhere', 's3://lake');
$node->safe_psql('postgres', 'ALTER SERVER anywhere OPTIONS (DROP url)');
$node->safe_psql('postgres', "CREATE FOREIGN TABLE $_->[0] (id int OPTIONS (key 'true'), v text) SERVER anywhere"
	  . " OPTIONS (schema_name 'shop', table_name 'item', $_->[1])")
  for [ 'prod', "bucket_name 'lake', bucket_folder 'prod'" ],
  [ 'stage', q{s3_settings '{"BucketName": "lake", "BucketFolder": "stage"}'} ],
  [ 'elsewhere', "bucket_name 'other', bucket_folder 'prod'" ];
my $each = 'SELECT v FROM prod UNION ALL SELECT v FROM stage UNION ALL SELECT v FROM elsewhere ORDER BY 1';
is(value($each), "lake-prod\nlake-stage\nother-prod",
	'buckets and folders of tables, in one statement');
is(value("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT v FROM elsewhere; $each; COMMIT"),
	"other-prod\nlake-prod\nlake-stage\nother-prod", 'and in one transaction');

# ---- refusals ----

sub with_mapping
{
	my ($options, $test) = @_;
	$node->safe_psql('postgres', <<SQL);
DROP USER MAPPING FOR CURRENT_USER SERVER cloud;
CREATE USER MAPPING FOR CURRENT_USER SERVER cloud OPTIONS ($options);
SQL
	$test->(failure('SELECT * FROM item'));
	return;
}

with_mapping(
	"access_key_id '$s3->{access_key}', secret_access_key 'not-the-secret'",
	sub {
		like($_[0], qr/42501: could not list "s3:\/\/lake\/dms\/shop\/item\/.*403/,
			'a wrong secret is refused');
		like($_[0], qr/SignatureDoesNotMatch.*Request id \S+.*\nHINT:.*secret_access_key/s,
			'the error of a wrong secret names the option');
		unlike($_[0], qr/not-the-secret|$s3->{access_key}/, 'the error of a wrong secret tells no key');
	});
with_mapping(
	"access_key_id 'AKIANOBODY', secret_access_key 'x'",
	sub { like($_[0], qr/42501: .*InvalidAccessKeyId.*HINT:.*access_key_id/s, 'unknown key') });
with_mapping(
	"access_key_id '$s3->{access_key_2}', secret_access_key '$s3->{secret_key_2}'",
	sub { like($_[0], qr/42501: .*AccessDenied.*HINT:.*s3:ListBucket/s, 'a user without rights') });
$node->safe_psql('postgres', "DROP USER MAPPING FOR CURRENT_USER SERVER cloud;"
	  . "CREATE USER MAPPING FOR CURRENT_USER SERVER cloud OPTIONS (" . $s3->mapping_options . ")");
$node->safe_psql('postgres', "ALTER SERVER cloud OPTIONS (ADD anonymous 'true')");
like(failure('SELECT * FROM item'), qr/42501: .*403/, 'anonymous is refused here');
$node->safe_psql('postgres', 'ALTER SERVER cloud OPTIONS (DROP anonymous)');
is(value('SELECT sum(v) FROM item'), 1275, 'the right keys');
server('nowhere', 's3://no-such-bucket/x');
table('item_nowhere', 'nowhere', "prefix 'y'");
like(failure('SELECT * FROM item_nowhere'),
	qr/42704: could not list "s3:\/\/no-such-bucket\/x\/y\/.*NoSuchBucket.*HINT:.*url/s,
	'no such bucket');

# ---- objects that change under a query ----

sub while_reading
{
	my ($change, $pattern, $name) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query("BEGIN; DECLARE c CURSOR FOR SELECT * FROM item");
	$session->query('FETCH 1 FROM c');
	$change->();
	$session->query('FETCH ALL FROM c');
	like($session->{stderr}, $pattern, $name);
	$session->{stderr} = '';
	$session->query('ROLLBACK');
	is($session->query('SELECT 1'), 1, "$name: the session goes on");
	$session->quit;
	put_log('dms/shop/item', 50);
	return;
}

SKIP:
{
	skip 'no background_psql', 4 unless $node->can('background_psql');
	while_reading(
		sub { $s3->delete('lake', 'dms/shop/item/LOAD00000001.csv') },
		qr/could not read "s3:\/\/lake\/dms\/shop\/item\/LOAD00000001.csv": HTTP status 404/,
		'an object that vanished');
	while_reading(
		sub { $s3->put('lake', 'dms/shop/item/LOAD00000001.csv', "commit_ts,id,v\n") },
		qr/s3:\/\/lake\/dms\/shop\/item\/LOAD00000001.csv.*(412|changed)/,
		'an object that changed');
}

# ---- faults on the way ----

my $proxy = $s3->proxy;
server('faulty', 's3://lake/dms');
$node->safe_psql('postgres',
	"ALTER SERVER faulty OPTIONS (SET endpoint 'http://127.0.0.1:$proxy')");
table('item_faulty', 'faulty', "prefix 'shop/item'");

sub with_faults
{
	my ($name, @faults) = @_;
	$s3->faulty($proxy, @faults);
	is(value('SELECT sum(v) FROM item_faulty'), 1275, $name);
	return;
}

with_faults('throttled', ('http 503 SlowDown') x 3);
with_faults('internal errors', 'http 500 InternalError', 'http 502', 'pass', 'http 504',
	'http 500');
with_faults('connections that break', 'drop', 'cut 300', 'cut 9000', 'cut 40', 'drop', 'cut 1000');
with_faults('out of service for more than five tries', ('http 503 SlowDown') x 7);
$s3->faulty($proxy, ('http 503 SlowDown') x 5);
like(failure('SET cdc_fdw.retry_for = 0; SELECT * FROM item_faulty'),
	qr/08006: .*503.*SlowDown: as told.*5 times/s, 'a server that is busy is asked five times');
$s3->faulty($proxy, 'http 403 InvalidObjectState');
like(failure('SELECT * FROM item_faulty'), qr/55000: .*HINT:.*archived/s, 'an archived object');
$s3->faulty($proxy, 'http 301 PermanentRedirect x-amz-bucket-region: eu-south-7');
my ($rc, $out, $err) = $node->psql('postgres', 'SELECT sum(v) FROM item_faulty');
is($out, 1275, 'a bucket elsewhere');
like($err, qr/NOTICE: .*"eu-south-7"/, 'the region that the server names is told');

# a big object, resumed where it broke off
my $big = "commit_ts,id,v\n" . join '', map { "2024-06-11 00:00:00,$_,$_\n" } 1 .. 300000;
$s3->put('lake', 'dms/shop/big/LOAD00000001.csv', $big);
table('big', 'faulty', "prefix 'shop/big'");
$s3->faulty($proxy, 'cut 1000000', 'cut 2000000', 'drop');
is(value('SELECT count(*), sum(v) FROM big'), '300000|45000150000', 'a big object in pieces');

# a larger one, in parts side by side, some of which break
my $rows = 900000;
$s3->put('lake', 'dms/shop/huge/LOAD00000001.csv', join '',
	"commit_ts,id,v\n", map { "2024-06-11 00:00:00,$_,$_\n" } 1 .. $rows);
table('huge', 'faulty', "prefix 'shop/huge'");
my $whole = $rows . '|' . $rows * ($rows + 1) / 2;
$s3->requests;
is(value('SELECT count(*), sum(v) FROM huge'), $whole, 'a large object in parts');
cmp_ok(scalar @{ $s3->requests->{get} }, '>=', 4, 'each part of a large object is a request');
$s3->faulty($proxy, 'pass', 'cut 3000000', 'cut 5000', 'drop', 'cut 7000000',
	'http 503 SlowDown', 'cut 1000000');
is(value('SELECT count(*), sum(v) FROM huge'), $whole,
	'a large object is whole where its parts break off');
is(value("SET cdc_fdw.prefetch_bytes = 0; SELECT count(*), sum(v) FROM huge"),
	$whole, 'a large object is whole without read-ahead');
$s3->requests;
is(value("SET cdc_fdw.prefetch_bytes = '20 MB'; SELECT count(*), sum(v) FROM huge"),
	$whole, 'a large object is whole with little read-ahead');
is(scalar @{ $s3->requests->{get} }, 3, 'a look, the front, and all the rest');

# what waits for cursors at rest is bounded for all of them together
{
	my $memory = q{SELECT substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+)')::int / 1024};
	table('huge_changes', 'faulty', "prefix 'shop/huge_changes', mode 'changes'");
	$s3->put('lake', 'dms/shop/huge_changes/20240612-000000000.csv', join '',
		"Op,commit_ts,id,v\n", map { "I,2024-06-11 00:00:00,$_,$_\n" } 1 .. $rows);
	for my $table ('huge', 'huge_changes')
	{
		my $cursors = join '',
			map { "DECLARE c$_ CURSOR FOR SELECT * FROM $table;\nMOVE 40000 IN c$_;\n" } 2 .. 13;
		# each but the first few goes on with a little
		my ($before, $all, $given_back) = split /\n/, value("SET work_mem = '64kB'; SET cdc_fdw.prefetch_bytes = '24 MB';"
			  . "BEGIN; DECLARE c1 CURSOR FOR SELECT * FROM $table; MOVE 40000 IN c1; COMMIT; $memory; BEGIN; $cursors $memory; ROLLBACK; $memory;");
		cmp_ok($all - $before, '<', 48 + 12 * 2,
			"$table: 12 cursors at rest: $before MB before, $all MB with them");
		cmp_ok($given_back, '<=', $before + 8,
			"$table: what cursors read ahead is given back, $given_back MB are kept");
		is(value("SET work_mem = '64kB'; SET cdc_fdw.prefetch_bytes = '8 MB'; BEGIN; $cursors FETCH 1 FROM c2; FETCH 1 FROM c13;"
				. "SELECT count(*), sum(v) FROM $table"), join("\n", ("40001|40001") x 2, $whole), "$table: each cursor goes on where it was");
	}
}

# ---- a network that hangs ----

sub timed
{
	my ($sql) = @_;
	my $begun = time;
	my $err = failure("SET statement_timeout = '100ms'; $sql");
	return (time - $begun, $err);
}

my ($base) = timed('SELECT 1');
$s3->faulty($proxy, 'hang 500000', 'hang 500000');
my ($seconds, $message) = timed('SELECT count(*) FROM big');
like($message, qr/57014/, 'a transfer that hangs is cancelled');
cmp_ok($seconds - $base, '<', 0.4, 'a transfer that hangs is cancelled at once');
$s3->pause;
($seconds, $message) = timed('SELECT * FROM item');
like($message, qr/57014/, 'a request to a server that hangs is cancelled');
cmp_ok($seconds - $base, '<', 0.4, 'a request to a server that hangs is cancelled at once');
$s3->resume;
is(value('SELECT sum(v) FROM item'), 1275, 'the query after a cancel is answered');

# ---- nothing is left behind by errors ----

my $fds = value(<<'SQL');
CREATE FUNCTION fail(n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. n LOOP
    BEGIN
      PERFORM * FROM item_nowhere;
    EXCEPTION WHEN undefined_object THEN NULL;
    END;
    BEGIN
      PERFORM 1 / (v - v) FROM item;
    EXCEPTION WHEN division_by_zero THEN NULL;
    END;
    BEGIN
      PERFORM 1 / (v - v) FROM item_here;
    EXCEPTION WHEN division_by_zero THEN NULL;
    END;
  END LOOP;
END $$;
SELECT fail(3);
SELECT count(*) FROM pg_ls_dir('/proc/self/fd');
SELECT fail(50);
SELECT count(*) FROM pg_ls_dir('/proc/self/fd');
SQL
my ($before, $after) = grep { /\d/ } split /\n/, $fds;
# a connection that was idle may have been closed; a leak would be 50 at least
cmp_ok($after, '<=', $before, 'no file descriptor is left after 150 errors');

# ---- what is not needed is not asked for ----

# What a query answers, and the objects and pages it asked for.
sub watch
{
	my ($sql) = @_;
	$s3->requests;
	my $result = value($sql);
	my $r = $s3->requests;
	my %objects = map { $_ => 1 } @{ $r->{get} };
	return ($result, [ sort keys %objects ], scalar @{ $r->{list} });
}

sub asof
{
	my ($n) = @_;
	return "SET cdc_fdw.asof = '" . commit_time($n) . "+00'; ";
}

put_log('many/shop/item', 2000);
server('many', 's3://lake/many');
table('many', 'many', "prefix 'shop/item'");
my ($answer, $objects, $pages) = watch(asof(200) . 'SELECT count(*), sum(v) FROM many');
is($answer, '100|' . sum_at(200), 'the state at a tenth of the log');
cmp_ok(scalar @$objects, '<=', 202,
	'at most a tenth of the files are asked for, plus two: ' . @$objects);
($answer, $objects, $pages) = watch('SELECT count(*), sum(v) FROM many');
is($answer, '100|' . sum_at(2000), 'the whole log');
is(scalar @$objects, 2001, 'needs every file');
($answer, $objects, $pages) = watch('EXPLAIN SELECT * FROM many');
is(@$objects + $pages, 0, 'EXPLAIN asks for nothing');
($answer, $objects, $pages) =
  watch('SET cdc_fdw.prefetch_bytes = 0; SELECT v FROM many LIMIT 1');
# the first base record was looked at, and two files may hold the newest change
is(@$objects, 3, 'without read-ahead one object is asked for at a time');
($answer, $objects, $pages) = watch('SELECT v FROM many LIMIT 1');
cmp_ok(scalar @$objects, '>', 8, 'with read-ahead many objects are asked for at a time: '
	  . @$objects);
cmp_ok(scalar @$objects, '<', 40, 'with read-ahead fewer than 40 objects are asked for at a time');

put_log('more/shop/item', 20000);
server('more', 's3://lake/more');
table('more', 'more', "prefix 'shop/item'");
($answer, $objects, $pages) = watch(asof(200) . 'SELECT sum(v) FROM more');
is($answer, sum_at(200), 'the state at a hundredth of the log');
cmp_ok($pages, '<=', 3, "of 20000 names at most 3000 are listed: $pages pages of 1000");

# ---- changes since a time ----

$node->safe_psql('postgres', "CREATE FOREIGN TABLE more_changes (op text OPTIONS (role 'op'),"
	  . " at timestamptz OPTIONS (role 'commit_time'), named timestamptz OPTIONS (role 'file_time'), v int)"
	  . " SERVER more OPTIONS (prefix 'shop/item', mode 'changes')");
my $since = commit_time(19990) . '+00';
($answer, $objects, $pages) =
  watch("SELECT count(*), min(v), max(v) FROM more_changes WHERE at > '$since'");
is($answer, '10|19991|20000', 'the last changes of 20000 files');
# names are a minute behind, and may be clock_skew before
is(scalar @$objects, 12, 'the files that can hold changes since then are read');
is($pages, 1, 'on one page of the listing');
($answer, $objects, $pages) =
  watch("SELECT count(*), min(v), max(v) FROM more_changes WHERE named > '$since'");
is($answer, '11|19990|20000', 'changes after an instant are found by the names of files');
is(scalar @$objects, 11, 'no other file is read for changes by the names of files');
is($pages, 1, 'one page is listed for changes by the names of files');
($answer, $objects, $pages) = watch(
	"SELECT count(*), min(v), max(v) FROM more_changes WHERE at >= '"
	  . commit_time(500) . "+00' AND at < '" . commit_time(510) . "+00'");
is($answer, '10|500|509', 'changes between two times');
cmp_ok(scalar @$objects, '<=', 14, 'read what lies there, and a little on: ' . @$objects);
is($pages, 1, 'one page is listed for changes by commit times');
($answer, $objects, $pages) =
  watch('SET cdc_fdw.prefetch_bytes = 0; SELECT v FROM more_changes LIMIT 1');
is($answer, 1, 'the oldest change comes first');
cmp_ok(scalar @$objects, '<=', 2, 'it is read with at most two requests: ' . @$objects);

# of date folders those before are not opened
for my $n (1 .. 3)
{
	for my $day (1 .. 28)
	{
		$s3->put('lake', sprintf('dated/shop/item/2024/%02d/%02d/2024%02d%02d-120000000.csv', $n, $day, $n, $day),
			sprintf("Op,commit_ts,id,v\nI,2024-%02d-%02d 11:59:00,1,%d\n", $n, $day, $n * 100 + $day));
	}
}
server('dated', 's3://lake/dated');
$node->safe_psql('postgres', "CREATE FOREIGN TABLE dated (at timestamptz OPTIONS (role 'commit_time'), v int)"
	  . " SERVER dated OPTIONS (prefix 'shop/item', mode 'changes', date_partition_enabled 'true')");
($answer, $objects, $pages) = watch("SELECT min(v), max(v) FROM dated WHERE at > '2024-03-27'");
is($answer, '327|328', 'the last days of dated folders');
is(scalar @$objects, 2, 'of the date folders two files are read');
# the folders of years, months and days, and the last days with a day of drift
cmp_ok($pages, '<=', 7, "in few folders: $pages pages");

$node->stop;
$s3->stop;
done_testing();

# Pins on both stores: what they outlive, what they notice, and that they list
# nothing.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use POSIX qw(strftime);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::Local qw(timegm);
use lib dirname(__FILE__);
use CdcS3;
use CdcTest qw(use_node value failure write_file);

my $node = use_node(PostgreSQL::Test::Cluster->new('pins'));
$node->init;
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 1');
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE restored_files');
$node->safe_psql('postgres', 'CREATE DATABASE restored_cloud');
my $dir = abs_path(PostgreSQL::Test::Utils::tempdir());

# ---- the two stores: put, delete, and change a byte ----

sub files_store
{
	my $path = sub { "$dir/" . shift };
	return {
		name => 'files',
		sql => "CREATE SERVER files FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$dir/lake',",
		uri => "$dir/lake/",
		put => sub { write_file($path->("lake/$_[0]"), $_[1]) },
		delete => sub { unlink $path->("lake/$_[0]") or die "unlink: $!\n" },
		# the same size, and the times put back
		spoil => sub {
			my ($key, $bytes) = @_;
			my @stat = stat $path->("lake/$key");
			write_file($path->("lake/$key"), $bytes);
			utime $stat[8], $stat[9], $path->("lake/$key") or die "utime: $!\n";
		}
	};
}

sub cloud_store
{
	my $s3 = CdcS3->start or return;
	$s3->create_bucket('lake');
	my $server = $s3->server_options('s3://lake/dms');
	my $mapping = $s3->mapping_options;
	return {
		name => 'cloud',
		s3 => $s3,
		mapping => "CREATE USER MAPPING FOR CURRENT_USER SERVER cloud OPTIONS ($mapping);",
		sql => "CREATE SERVER cloud FOREIGN DATA WRAPPER cdc_fdw OPTIONS ($server,",
		uri => 's3://lake/dms/',
		put => sub { $s3->put('lake', "dms/$_[0]", $_[1]) },
		delete => sub { $s3->delete('lake', "dms/$_[0]") },
		spoil => sub { $s3->put('lake', "dms/$_[0]", $_[1]) }
	};
}

# ---- a log: 200 rows, and a file of two changes each minute ----

my $day = timegm(0, 0, 0, 12, 5, 2024);

sub at
{
	my ($minute) = @_;
	return strftime('%Y-%m-%d %H:%M:%S', gmtime($day + 60 * $minute));
}

sub file_name
{
	my ($minute) = @_;
	return strftime('%Y%m%d-%H%M%S000.csv', gmtime($day + 60 * $minute));
}

sub change_file
{
	my ($minute, $value) = @_;
	my $time = at($minute - 1);
	return "Op,commit_ts,id,v\nU,$time," . ($minute % 200 + 1) . ",$value\n"
	  . ($minute % 3 ? "I,$time," . (1000 + $minute) . ",$value\n"
		: 'D,' . $time . ',' . (100 + $minute) . ",\n");
}

my %log;
$log{'shop/item/LOAD00000001.csv'} = join '', "commit_ts,id,v\n",
  map { "2024-06-11 00:00:00,$_,0\n" } 1 .. 200;
$log{ 'shop/item/' . file_name($_) } = change_file($_, $_) for 1 .. 50;
my $asof = at(40);
# begun before the instant, and named after it
my @pinned = sort('shop/item/LOAD00000001.csv', map { 'shop/item/' . file_name($_) } 1 .. 41);

for my $store (files_store(), cloud_store())
{
	SKIP:
	{
		skip('no S3 server', 1) unless $store;
		test_store($store);
	}
}

# The queries that must give the same: rows, changes, both counted in parallel.
sub answers
{
	my ($set, $database, $parallel) = @_;
	return value(
		"SET cdc_fdw.asof = '$set'; SET TimeZone = 'UTC';" . ($parallel // '') . <<'SQL', $database);
SELECT md5(string_agg(id || ' ' || v, ',' ORDER BY id)), count(*) FROM item;
SELECT fingerprint, rows FROM cdc_fdw_fingerprint('item');
SELECT md5(string_agg(concat_ws(' ', op, id, v, committed), ',' ORDER BY committed, id)), count(*) FROM item_changes;
SELECT v FROM item WHERE id = 41;
SQL
}

sub test_store
{
	my ($store) = @_;
	my $s3 = $store->{s3};
	my $name = $store->{name};
	my $pin = "pin:model 42, \"first\"";

	$store->{put}->($_, $log{$_}) for sort keys %log;
	value(<<"SQL");
DROP EXTENSION IF EXISTS cdc_fdw CASCADE;
CREATE SCHEMA IF NOT EXISTS tools;
CREATE EXTENSION cdc_fdw SCHEMA tools;
ALTER DATABASE postgres SET search_path = public, tools;
SET search_path = public, tools;
$store->{sql} add_column_name 'true', timestamp_column_name 'commit_ts');
@{[ $store->{mapping} // '' ]}
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), v int) SERVER $name OPTIONS (schema_name 'shop');
CREATE FOREIGN TABLE item_changes (op text OPTIONS (role 'op'), id int, v int, committed timestamptz OPTIONS (role 'commit_time'))
  SERVER $name OPTIONS (schema_name 'shop', table_name 'item', mode 'changes');
CREATE FOREIGN TABLE more (id int OPTIONS (key 'true'), v int) SERVER $name OPTIONS (schema_name 'shop', table_name 'item');
SQL
	$s3->requests if $s3;
	my $then = answers("$asof+00");
	is(value("SELECT cdc_fdw_pin('model 42, \"first\"', '$asof+00', NULL, 'item', 'item_changes')"),
		2 * @pinned - 1, "$name: a pin of all objects that are read");
	is(join("\n", value("SELECT object FROM cdc_fdw_verify_pin('model 42, \"first\"') WHERE table_name = 'public.item' ORDER BY object COLLATE \"C\"")),
		join("\n", map { $store->{uri} . $_ } @pinned), "$name: which they are");
	is(answers($pin), $then, "$name: the pin's answer is that of its day");

	# what comes later, and what comes late
	$store->{put}->('shop/item/' . file_name(60), change_file(60, 60));
	is(answers("$asof+00"), $then, "$name: a later file changes nothing at the instant");
	is(answers($pin), $then, "$name: nor under the pin");
	$store->{put}->('shop/item/' . (file_name(20) =~ s/000\.csv/500.csv/r),
		"Op,commit_ts,id,v\nU," . at(19) . ",41,-1\nI," . at(19) . ",5000,-1\n");
	my $late = answers("$asof+00");
	my @late = split /\n/, $late;
	my @then = split /\n/, $then;
	is(scalar(grep { $late[$_] ne $then[$_] } 0 .. 2),
		3, "$name: a late file changes rows, fingerprint and changes at the instant");
	is(answers($pin), $then, "$name: but not under the pin");
	my $parallel = 'SET max_parallel_workers_per_gather = 2; SET min_parallel_table_scan_size = 0; SET work_mem = \'16MB\';'
	  . 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;';
	is(answers($pin, undef, $parallel), $then, "$name: nor in several processes");
	like(value("$parallel SET cdc_fdw.asof = '$pin'; EXPLAIN (ANALYZE, COSTS OFF) SELECT * FROM item"),
		qr/Workers Launched: [12].*Parallel Foreign Scan.*Pin: model 42, "first"/s, "$name: which there are");

	# nothing is listed
	if ($s3)
	{
		for my $how ('', $parallel)
		{
			$s3->requests;
			value("$how SET cdc_fdw.asof = '$pin'; SELECT * FROM item");
			my $r = $s3->requests;
			my %got = map { $_ => 1 } @{ $r->{get} };
			is(scalar @{ $r->{list} }, 0, 'cloud: no listing is asked for');
			is_deeply([ sort keys %got ], [ map { "lake/dms/$_" } @pinned ],
				'cloud: and no object but the pinned');
		}
		value("SET cdc_fdw.asof = '$pin'; SELECT * FROM item_changes WHERE committed < '" . at(10)
			  . "+00'");
		my $r = $s3->requests;
		is(scalar @{ $r->{list} }, 0, 'cloud: nor for changes');
		value('SELECT * FROM item');
		cmp_ok(scalar @{ $s3->requests->{list} }, '>', 0, 'cloud: the log shows listings');
		value(q{SELECT * FROM cdc_fdw_verify_pin('model 42, "first"')});
		$r = $s3->requests;
		is(@{ $r->{list} } . ' ' . @{ $r->{get} } . ' ' . @{ $r->{head} },
			'0 0 ' . (2 * @pinned - 1), 'cloud: verifying takes a HEAD each');
	}
	else
	{
		# opening a directory is a request, and so is a file
		for my $set ($pin, "$asof+00")
		{
			my %n = value("SET cdc_fdw.asof = '$set'; EXPLAIN (ANALYZE, COSTS OFF) SELECT * FROM item")
			  =~ /(Files Read|Files Looked At|Requests): (\d+)/g;
			my $listed = $n{Requests} - $n{'Files Read'} - $n{'Files Looked At'};
			is($listed > 0, $set ne $pin, "files: directories opened: $listed");
		}
	}

	# in another database
	my $dump = "$dir/$name.sql";
	my $other = "restored_$name";
	$node->command_ok([ 'pg_dump', '-f', $dump, '-d', $node->connstr('postgres') ], "$name: dumped");
	value("ALTER DATABASE $other SET search_path = public, tools");
	$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr($other) ],
		"$name: restored");
	is(answers($pin, $other), $then, "$name: the pin's answer in another database");
	is(answers("$asof+00", $other), $late,
		"$name: a restored pin is read where the time of the log is another");
	my $list = 'SELECT p, (SELECT count(*) FROM cdc_fdw_verify_pin(pin)) FROM cdc_fdw_pins p ORDER BY table_name';
	is(value($list, $other), value($list), "$name: it is the same there");
	value(q{SELECT cdc_fdw_unpin('model 42, "first"')}, $other);
	like(($node->psql($other, "SET cdc_fdw.asof = '$pin'; SELECT * FROM item"))[2],
		qr/pin "model 42, "first"" does not exist/, "$name: and can be removed there");

	# objects that change or go
	for my $key ($pinned[-1], $pinned[7], $pinned[0])
	{
		my $uri = $store->{uri} . $key;
		my $bytes = $log{$key};
		my $base = $key =~ /LOAD/;
		(my $other_bytes = $bytes) =~ s/(\d)$/($1 + 1) % 10/e or die;
		is(length $other_bytes, length $bytes, "$name: one byte of $key");
		$store->{spoil}->($key, $other_bytes);
		for my $query ('SELECT count(*) FROM item', 'SELECT * FROM item WHERE id = 150',
			"$parallel SELECT count(v) FROM item",
			$base ? () : 'SELECT count(*) FROM item_changes')
		{
			like(failure("SET cdc_fdw.asof = '$pin'; $query"),
				qr/ERROR:  55000: "\Q$uri\E" changed since it was pinned/,
				"$name: $query: the object is named");
		}
		like(failure("SET cdc_fdw.asof = '$pin'; SELECT * FROM more"),
			qr/ERROR:  42704: .*"public.more" is not in pin/, "$name: a table that is not in the pin");
		is(value("SELECT DISTINCT object, verdict FROM cdc_fdw_verify_pin('model 42, \"first\"') WHERE verdict <> 'same'"),
			"$uri|changed", "$name: and told by cdc_fdw_verify_pin");
		$store->{delete}->($key);
		like(failure("SET cdc_fdw.asof = '$pin'; SELECT count(*) FROM item"),
			qr/ERROR:  58P01: pinned object "\Q$uri\E" is gone/, "$name: an object that is gone");
		is(value("SELECT DISTINCT object, verdict FROM cdc_fdw_verify_pin('model 42, \"first\"') WHERE verdict <> 'same'"),
			"$uri|gone", "$name: and told");
		# the same bytes at another time are the same object
		$store->{put}->($key, $bytes);
		is(answers($pin), $then, "$name: and back");
	}
	is(value("SELECT count(*) FROM cdc_fdw_verify_pin('model 42, \"first\"') WHERE verdict = 'same'"),
		2 * @pinned - 1, "$name: all is well in the end");
	# a transaction that is prepared, or idle, holds the rows of what it swept
	value(q{SELECT cdc_fdw_pin('left', NULL, NULL, 'item'); SELECT lo_unlink(large_object) FROM cdc_fdw_pinned WHERE pin = 'left'});
	value(q{BEGIN; SELECT cdc_fdw_pin('idle', NULL, NULL, 'item'); PREPARE TRANSACTION 'idle'});
	is(failure(q{SET statement_timeout = '10s'; SELECT cdc_fdw_pin('meanwhile', NULL, NULL, 'item'); SELECT cdc_fdw_unpin('meanwhile')}),
		'', "$name: an idle transaction that sweeps keeps nobody from pinning");
	value(q{COMMIT PREPARED 'idle'});
	is(value(q{SELECT string_agg(pin, ' ') FROM cdc_fdw_pinned WHERE pin IN ('left', 'idle', 'meanwhile')}), 'idle', "$name: and what it swept is gone");
	# what others sweep is no error of a transaction that keeps its snapshot
	my $orphan = q{SELECT cdc_fdw_pin(pin, NULL, NULL, 'item') FROM unnest('{orphan,second,mine}'::text[]) pin;
		SELECT lo_unlink(large_object) FROM cdc_fdw_pinned WHERE pin IN ('orphan', 'second')};
	my $sweeps = qq{\\! psql -X -q -A -t -d "} . $node->connstr('postgres')
	  . qq{" -c "SELECT cdc_fdw_pin('sweeps', NULL, NULL, 'item')" >$dir/swept 2>&1\n};
	my $there = q{SELECT string_agg(pin, ' ' ORDER BY pin) FROM cdc_fdw_pinned WHERE pin IN ('orphan', 'second', 'mine', 'sweeps', 'keeps')};
	for my $level ('REPEATABLE READ', 'SERIALIZABLE')
	{
		value($orphan);
		is(failure("BEGIN ISOLATION LEVEL $level; SELECT count(*) FROM item;\n${sweeps}SELECT cdc_fdw_pin('keeps', NULL, NULL, 'item'); SELECT cdc_fdw_unpin('mine'); COMMIT"),
			'', "$name: pinning at $level goes on beside a session that sweeps");
		is(value($there), 'keeps sweeps', "$name: which did");
		value("SELECT cdc_fdw_unpin(pin) FROM unnest('{keeps,sweeps}'::text[]) pin; $orphan");
		is(failure("BEGIN ISOLATION LEVEL $level; SELECT cdc_fdw_pin('orphan', NULL, NULL, 'item'); SELECT cdc_fdw_unpin('mine'); COMMIT"),
			'', "$name: a name that is nobody's any more is free at $level");
		is(value($there), 'orphan second', "$name: and no other pin is touched");
		value("SELECT cdc_fdw_unpin('orphan')");
		is(value($there), '', "$name: until a transaction of the other kind sweeps");
	}
	return unless $s3;

	# versions
	is(value("SELECT count(version_id) FROM cdc_fdw_verify_pin('model 42, \"first\"')"), 0,
		'cloud: no versions');
	$s3->keep_versions('lake');
	$store->{delete}->('shop/item/' . (file_name(20) =~ s/000\.csv/500.csv/r));
	$store->{put}->($_, $log{$_}) for sort keys %log;
	$then = answers("$asof+00");
	value("SELECT cdc_fdw_pin('versions', '$asof+00', NULL, 'item', 'item_changes')");
	my ($version) = value("SELECT version_id FROM cdc_fdw_verify_pin('versions') WHERE object LIKE '%/$pinned[3]' LIMIT 1");
	cmp_ok(length $version, '>', 5, 'cloud: the version of an object that has one');
	is(value("SELECT count(*) FROM cdc_fdw_verify_pin('versions') WHERE version_id IS NULL"), 0,
		'cloud: all have one');
	# another version of one, a reload of another, and a TRUNCATE of the rest
	$store->{put}->($pinned[3], change_file(3, 9999));
	$store->{put}->($pinned[0], "commit_ts,id,v\n2024-06-13 00:00:00,1,1\n");
	$store->{delete}->($_) for @pinned[ 1, 2, 4 .. $#pinned ];
	is(answers('pin:versions'), $then, 'cloud: a pin of versions outlives its objects');
	is(answers('pin:versions', undef, $parallel), $then, 'cloud: a pin is read by several processes');
	is(value("SET cdc_fdw.asof = 'pin:versions'; SELECT v FROM item WHERE id = 4"),
		3, 'cloud: and for one key');
	is(value("SELECT string_agg(DISTINCT verdict, ' ') FROM cdc_fdw_verify_pin('versions')"), 'same',
		'cloud: cdc_fdw_verify_pin looks at the versions');
	like(failure("SET cdc_fdw.asof = '$pin'; SELECT count(*) FROM item"),
		qr/ERROR:  (58P01: pinned object .* is gone|55000: .* changed since it was pinned)/, 'cloud: a pin without versions does not');
	$s3->requests;
	value("SET cdc_fdw.asof = 'pin:versions'; SELECT * FROM item");
	my $asked = $s3->requests;
	is(scalar @{ $asked->{list} }, 0, 'cloud: nothing is listed for versions');
	is(join(' ', sort { $a cmp $b } keys %{ { map { $_ => 1 } @{ $asked->{get} } } }), join(' ', map { "lake/dms/$_" } @pinned),
		'cloud: and nothing else is asked for');
	# a version that is deleted for good
	is($s3->request('DELETE', "/lake/dms/$pinned[3]", '', 'versionId=' . CdcS3::encode($version, '')),
		204, 'cloud: a version is deleted');
	like(failure("SET cdc_fdw.asof = 'pin:versions'; SELECT count(*) FROM item"),
		qr/ERROR:  58P01: pinned object "\Q$store->{uri}$pinned[3]\E" is gone\nDETAIL:  Version "\Q$version\E" was asked for\./,
		'cloud: which is an error that names the object and the version');
	is(value("SELECT DISTINCT object, version_id, verdict FROM cdc_fdw_verify_pin('versions') WHERE verdict <> 'same'"),
		"$store->{uri}$pinned[3]|$version|gone", 'cloud: and told');
	# a bucket that cannot be reached is neither a change nor a loss
	value("ALTER SERVER cloud OPTIONS (SET endpoint 'http://127.0.0.1:1')");
	like(failure("SELECT * FROM cdc_fdw_verify_pin('versions')"), qr/HV00N: could not read/,
		'cloud: no connection');
	return;
}

$node->stop;
done_testing();

# Servers between the reader and the tables: postgres_fdw and dblink of another
# server, pgbouncer, a hot standby, pg_dump and its restore, pg_stat_statements
# and auto_explain.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use lib dirname(__FILE__) . '/../t';
use CdcClients;

my $dir = abs_path(PostgreSQL::Test::Utils::tempdir());
my $n = 250;
my $noon = '2024-01-02 12:00+00';
my @tables = map { $CdcClients::table{$_} } sort keys %CdcClients::table;

my $far = PostgreSQL::Test::Cluster->new('far');
$far->init(allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$far->append_conf('postgresql.conf', <<CONF);
timezone = 'UTC'
shared_preload_libraries = 'pg_stat_statements, auto_explain'
auto_explain.log_min_duration = -1
CONF
$far->start;
CdcClients::make_tables($far, CdcClients::write_log("$dir/log", $n));

# A query's rows as text, its columns as all clients of PostgreSQL write them.
sub rows
{
	my ($node, $query, $database) = @_;

	return $node->safe_psql($database // 'postgres', $query);
}

# The error of a query.
sub refused
{
	my ($node, $query) = @_;
	my ($rc, $out, $err) = $node->psql('postgres', $query);

	isnt($rc, 0, "refused: $query");
	return $err;
}

# ---- postgres_fdw ----

my $near = PostgreSQL::Test::Cluster->new('near');
$near->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$near->append_conf('postgresql.conf', "timezone = 'Asia/Tokyo'");
$near->start;
my ($host, $port) = ($far->host, $far->port);
$near->safe_psql('postgres', <<SQL);
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION dblink;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'postgres');
CREATE USER MAPPING FOR CURRENT_USER SERVER far;
CREATE SCHEMA hist;
IMPORT FOREIGN SCHEMA hist FROM SERVER far INTO hist;
CREATE TABLE asked (id bigint, at timestamptz);
INSERT INTO asked VALUES (1, '2024-01-01 12:00+00'), (1, '$noon'), (2, '$noon');
SQL
my $utc = "SET timezone = 'UTC';";

for my $table (@tables)
{
	my $all = "SELECT * FROM $table ORDER BY id, commit_time";
	my $there = rows($far, $all);
	isnt($there, '', "there are rows of $table");
	is(rows($near, "$utc $all"), $there, "postgres_fdw: all of $table");
	is(rows($near, "ANALYZE $table; SELECT reltuples FROM pg_class WHERE oid = '$table'::regclass"),
		rows($far, "SELECT count(*) FROM $table"), "postgres_fdw: ANALYZE of $table");
	my $then = "SELECT * FROM $table WHERE as_of = '$noon' AND id <= 3 ORDER BY id, commit_time";
	$there = rows($far, $then);
	isnt($there, '', "there are rows of $table at noon");
	is(rows($near, "$utc $then"), $there, "postgres_fdw: $table at an instant");
	like(rows($near, "EXPLAIN (VERBOSE) $then"),
		qr/Remote SQL: SELECT .* WHERE (?=.*\(as_of = '2024-01-02 21:00:00\+09'\)).*\(id <= 3\)/,
		"postgres_fdw: both conditions go to the far server");
}
is(rows($near, "PREPARE q(timestamptz) AS SELECT count(*), min(price) FROM hist.item WHERE as_of = \$1;"
		  . "SET plan_cache_mode = force_generic_plan; EXECUTE q('$noon')"),
	rows($far, "SELECT count(*), min(price) FROM hist.item WHERE as_of = '$noon'"),
	'postgres_fdw: the instant as a parameter');
is(rows($near, 'SELECT count(*) FROM hist.item WHERE as_of = (SELECT max(at) FROM asked)'),
	$n, 'postgres_fdw: the instant from a subquery');
like(rows($near, "EXPLAIN (VERBOSE) SELECT h.price, i.price FROM hist.item_history h JOIN hist.item i USING (id) WHERE i.as_of = '$noon'"),
	qr/Remote SQL: .* INNER JOIN /, 'postgres_fdw: a join goes there whole');
is(rows($near, 'SELECT count(*) FROM hist.item WHERE as_of = (SELECT now())'), rows($far, 'SELECT count(*) FROM hist.item'),
	'postgres_fdw: a time that is computed first goes there');
like(refused($near, "SELECT count(*) FROM hist.item WHERE as_of < '$noon'"),
	qr/must be compared by = with one value/, 'postgres_fdw: what is no one instant is refused there');

# An instant that is not sent is compared here, with that of each row: no row has it.
my $joined = 'SELECT a.id, i.price FROM asked a, hist.item i WHERE i.id = a.id AND i.as_of = a.at';
my $just_now = 'SELECT count(*) FROM hist.item WHERE as_of = now()';
is(rows($near, $joined), '', 'postgres_fdw: of instants that are not sent no row is at hand');
is(rows($near, $just_now), '0', 'postgres_fdw: nor of one that changes with the statement');
unlike(rows($near, "EXPLAIN (VERBOSE) $just_now"), qr/Remote SQL: .*WHERE/,
	'EXPLAIN shows that the condition does not go to the far server');

# It is an error, if the session there has no default instant.
$near->safe_psql('postgres',
	q{ALTER SERVER far OPTIONS (ADD options '-c cdc_fdw.asof=ask_by_as_of')});
for my $query ($joined, $just_now)
{
	like(refused($near, $query), qr/invalid value for setting "cdc_fdw.asof": "ask_by_as_of"/,
		'postgres_fdw: with a default that is none it is an error');
}
is(rows($near, "SELECT count(*) FROM hist.item WHERE as_of = '$noon'"), $n,
	'a client that asks by as_of gets an answer');
$near->safe_psql('postgres',
	q{ALTER SERVER far OPTIONS (SET options '-c cdc_fdw.asof=2024-01-02T12:00Z')});
is(rows($near, "SELECT count(*), max(as_of) = '$noon' FROM hist.item"), "$n|t",
	'postgres_fdw: the instant of the connection');
$near->safe_psql('postgres', 'ALTER SERVER far OPTIONS (DROP options)');

# what was true when is ordinary columns
is(rows($near, 'SELECT a.id, h.price FROM asked a JOIN hist.item_history h ON h.id = a.id AND a.at >= h.valid_from AND a.at < h.valid_to ORDER BY a.at, a.id'),
	"1|1.50\n1|99.99\n2|2.50", 'postgres_fdw: each row at its own time, by versions');

# one transaction here is one there, at REPEATABLE READ: one listing
{
	my $file = "$dir/log/shop/item/20240104-000100000.csv";
	my $count = "SELECT count(*) FROM hist.item;\n";
	append_to_file("$dir/later.csv", "Op,ts,id\nD,2024-01-04 00:00:00.000000,4\n");
	my @counts = split /\n/,
		rows($near, "BEGIN;\n$count\\! mv '$dir/later.csv' '$file'\n${count}COMMIT;\n$count");
	is("@counts", join(' ', $n - 1, $n - 1, $n - 2),
		'postgres_fdw: a transaction sees one listing, the next a new one');
	unlink $file;
}

# ---- dblink ----

is(rows($near, "$utc SELECT * FROM dblink('host=$host port=$port dbname=postgres options=-ctimezone=UTC',"
		  . "\$\$SELECT id, price, as_of FROM hist.item WHERE as_of = '$noon' ORDER BY id\$\$) AS t(id bigint, price numeric, as_of timestamptz)"),
	rows($far, "SELECT id, price, as_of FROM hist.item WHERE as_of = '$noon' ORDER BY id"),
	'dblink: a query at an instant');
is(rows($near, <<SQL), $n, 'dblink: a cursor, and SET LOCAL');
SELECT FROM dblink_connect('c', 'host=$host port=$port dbname=postgres');
SELECT FROM dblink_exec('c', \$\$BEGIN; SET LOCAL cdc_fdw.asof = '$noon'\$\$);
SELECT FROM dblink_open('c', 'rows', 'SELECT id FROM hist.item');
SELECT count(*) FROM (SELECT * FROM dblink_fetch('c', 'rows', 1000) AS t(id bigint)) s;
SQL
$near->stop;

# ---- pgbouncer, which gives a connection away after each transaction ----

{
	my $pool = PostgreSQL::Test::Cluster::get_free_port();
	my $user = getpwuid($<);
	# one connection behind it: whoever comes next gets it
	append_to_file("$dir/pgbouncer.ini", <<INI);
[databases]
postgres = host=$host port=$port user=$user
[pgbouncer]
listen_addr =
listen_port = $pool
unix_socket_dir = $dir
auth_type = any
pool_mode = transaction
default_pool_size = 1
logfile = $dir/pgbouncer.log
INI
	my ($in, $out, $err);
	my $pgbouncer = IPC::Run::start [ 'pgbouncer', "$dir/pgbouncer.ini" ], '<', \$in, '>', \$out, '2>',
		\$err;
	my $reach = "host=$dir port=$pool dbname=postgres user=$user";
	my $pooled = sub {
		my ($string, @lines) = @_;
		my ($answer, $complaint);
		IPC::Run::run [ 'psql', '-XAtq', '-d', $string, map { ('-c', $_) } @lines ], '<', \undef, '>',
			\$answer, '2>', \$complaint;
		return ($answer =~ s/\n$//r, $complaint);
	};
	for (1 .. 100)
	{
		last if ($pooled->($reach, 'SELECT 1'))[0] eq '1';
		select undef, undef, undef, 0.1;
	}
	my $count = 'SELECT count(*), max(as_of) FROM hist.item';
	my $now = rows($far, $count);
	my $then = rows($far, "$count WHERE as_of = '$noon'");
	isnt($now, $then, 'the instants differ');
	is(($pooled->($reach, "$count WHERE as_of = '$noon'"))[0], $then, 'pgbouncer: as_of');
	is(($pooled->($reach, 'BEGIN', "SET LOCAL cdc_fdw.asof = '$noon'", $count, 'COMMIT', $count))[0], "$then\n$now",
		'pgbouncer: SET LOCAL lasts as long as the connection is one\'s own');
	is(($pooled->($reach, $count))[0], $now,
		'pgbouncer: the next client does not see the instant of the one before');
	is(($pooled->($reach, 'BEGIN', 'DECLARE c CURSOR FOR SELECT id FROM hist.item', 'FETCH 2 FROM c', 'SELECT count(*) FROM hist.item', 'COMMIT'))[0],
		rows($far, 'SELECT id FROM hist.item LIMIT 2') . "\n" . ($n - 1), 'pgbouncer: a cursor within a transaction');
	# what not to do
	$pooled->($reach, "SET cdc_fdw.asof = '$noon'");
	is(($pooled->($reach, $count))[0], $then, 'pgbouncer: SET moves the instant of the next client');
	$pooled->($reach, 'RESET cdc_fdw.asof');
	like(($pooled->("$reach options='-c cdc_fdw.asof=2024-01-02'", $count))[1], qr/unsupported startup parameter: options/,
		'pgbouncer: options are refused');
	# a client that asks by nothing else must ask by as_of
	$far->safe_psql('postgres', "ALTER DATABASE postgres SET cdc_fdw.asof = 'ask_by_as_of'");
	$pgbouncer->signal('TERM');
	$pgbouncer->finish;
	like(refused($far, $count), qr/"ask_by_as_of"/,
		'a default that is none: who gives no instant gets an error');
	is(rows($far, "$count WHERE as_of = '$noon'"), $then, 'who asks by as_of gets an answer');
	is(rows($far, "BEGIN; SET LOCAL cdc_fdw.asof = '$noon'; $count; COMMIT"), $then,
		'who sets the instant by SET LOCAL gets an answer');
	is(rows($far, "SET cdc_fdw.asof = ''; $count"), $now,
		'an empty instant asks for the newest state');
	$far->safe_psql('postgres', 'ALTER DATABASE postgres RESET cdc_fdw.asof');
}

# ---- a hot standby ----

$far->safe_psql('postgres', "SELECT cdc_fdw_pin('kept', '$noon'::timestamptz, NULL, 'hist.item');"
	  . 'CREATE TABLE live AS SELECT * FROM hist.item; ALTER TABLE live ADD PRIMARY KEY (id)');
{
	$far->backup('standby');
	my $standby = PostgreSQL::Test::Cluster->new('standby');
	$standby->init_from_backup($far, 'standby', has_streaming => 1);
	$standby->start;
	is(rows($standby, 'SELECT pg_is_in_recovery()'), 't', 'the standby is one');
	for my $query (
		(map { ("SELECT * FROM $_ ORDER BY id, commit_time", "SELECT * FROM $_ WHERE as_of = '$noon' ORDER BY id, commit_time") } @tables),
		"SET cdc_fdw.asof = 'pin:kept'; SELECT * FROM hist.item ORDER BY id",
		'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM hist.item',
		'SELECT * FROM cdc_fdw_pins',
		"SELECT * FROM cdc_fdw_verify_pin('kept')",
		"SELECT * FROM cdc_fdw_fingerprint('hist.item')",
		"SELECT * FROM cdc_fdw_audit('hist.item')",
		"SELECT * FROM cdc_fdw_compare('hist.item', 'live', '$noon'::timestamptz)",
		"SELECT * FROM cdc_fdw_diff('hist.item', '2024-01-01 12:00Z', '2024-01-04')",
		"SELECT * FROM cdc_fdw_explain_row('hist.item', '{\"id\": 1}')",
		"SELECT * FROM cdc_fdw_status('hist.item')",
		"SELECT * FROM cdc_fdw_server_status('lake') ORDER BY 1",
		"SELECT cdc_fdw_watermark('lake', 'hist')",
		"SELECT * FROM cdc_fdw_objects('hist.item'::regclass)",
		"SELECT * FROM cdc_fdw_sample('lake', 'shop/item')",
		"SELECT count(*) FROM cdc_fdw_check_upgrade('lake')",
		'SELECT count(*) FROM cdc_fdw_progress',
		"SELECT * FROM cdc_fdw_changes_since('hist.item', NULL)")
	{
		my $there = rows($far, $query);
		isnt($there, '', "the primary answers: $query");
		is(rows($standby, $query), $there, "the standby has the same");
	}
	for my $writes (
		[ "cdc_fdw_pin()" => "SELECT cdc_fdw_pin('more', '$noon'::timestamptz, NULL, 'hist.item')" ],
		[ "cdc_fdw_unpin()" => "SELECT cdc_fdw_unpin('kept')" ],
		[ "cdc_fdw_sync()" => "SELECT * FROM cdc_fdw_sync('lake', 'shop', 'hist')" ],
		[ 'IMPORT FOREIGN SCHEMA' => 'IMPORT FOREIGN SCHEMA shop FROM SERVER lake INTO hist' ])
	{
		my ($what, $query) = @$writes;
		like(refused($standby, $query), qr/ERROR:  cannot execute \Q$what\E in a read-only transaction/,
			'standby: it says why');
	}
	$standby->stop;
}

# ---- pg_dump and pg_restore ----

$far->safe_psql('postgres', <<SQL);
CREATE ROLE clerk;
CREATE USER MAPPING FOR clerk SERVER lake OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secret');
GRANT SELECT ON hist.item TO clerk;
COMMENT ON FOREIGN TABLE hist.item IS 'items as they were';
ALTER SERVER lake OPTIONS (ADD known_at '2024-02-01');
CREATE VIEW hist.dear AS SELECT id, price FROM hist.item WHERE price > 99;
CREATE MATERIALIZED VIEW hist.at_noon AS SELECT * FROM hist.item WHERE as_of = '$noon';
SQL
for my $format ('custom', 'directory')
{
	my $dump = "$dir/dump.$format";
	my $database = "restored_$format";
	$far->command_ok([ 'pg_dump', '-d', $far->connstr('postgres'), '-F', $format, '-f', $dump, $format eq 'directory' ? ('-j', '2') : () ],
		"pg_dump, format $format");
	$far->safe_psql('postgres', "CREATE DATABASE $database");
	$far->command_ok([ 'pg_restore', '--exit-on-error', '-d', $far->connstr($database), $dump ],
		"pg_restore, format $format");
	my @texts;
	for my $of ('postgres', $database)
	{
		my $text = '';
		IPC::Run::run [ 'pg_dump', '-d', $far->connstr($of) ], '>', \$text;
		push @texts, $text =~ s/^\\(?:un)?restrict .*\n//mgr;
	}
	like($texts[0], qr/known_at '2024-02-01'/, 'the dump has options');
	like($texts[0], qr/secret_access_key 'secret'/,
		'the dump has mappings with what is secret in them');
	is($texts[1], $texts[0], 'a dump of what was restored is the same');
	for my $query ((map { "SELECT * FROM $_ ORDER BY id, commit_time" } @tables, 'hist.at_noon'),
		'SELECT * FROM hist.dear ORDER BY id',
		"SELECT verdict FROM cdc_fdw_verify_pin('kept')",
		"SET cdc_fdw.asof = 'pin:kept'; SELECT * FROM hist.item ORDER BY id")
	{
		my $there = rows($far, $query);
		isnt($there, '', "there are rows: $query");
		is(rows($far, $query, $database), $there, 'what was restored gives the same answer');
	}
}
{
	my $data;
	IPC::Run::run [ 'pg_dump', '-d', $far->connstr('postgres'), '--data-only',
		'--include-foreign-data=lake', '-t', 'hist.item' ], '>', \$data;
	my ($copied) = $data =~ /^COPY hist\.item .*?\n(.*?)^\\\.$/ms;
	is($copied // '', rows($far, 'COPY (SELECT * FROM hist.item) TO STDOUT') . "\n",
		'pg_dump takes the rows along, if it is asked to');
}

# ---- pg_stat_statements and auto_explain ----

$far->safe_psql('postgres',
	'CREATE EXTENSION pg_stat_statements; SELECT pg_stat_statements_reset()');
my $log = -s $far->logfile;
rows($far, "SELECT * FROM hist.item WHERE as_of = '$_'") for $noon, '2024-01-03 12:00+00';
rows($far, "BEGIN; DECLARE c CURSOR FOR SELECT id FROM hist.item_history; FETCH 10 FROM c; COMMIT");
is(rows($far, q{SELECT calls, rows FROM pg_stat_statements WHERE query = 'SELECT * FROM hist.item WHERE as_of = $1'}),
	'2|' . (2 * $n - 1), 'pg_stat_statements: two instants are one statement');
is(rows($far, q{SELECT calls, rows FROM pg_stat_statements WHERE query LIKE 'FETCH%'}), '1|10',
	'pg_stat_statements: a cursor');

rows($far, "SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on; SET auto_explain.log_nested_statements = on;"
	  . "SELECT count(*) FROM hist.item WHERE as_of = '$noon'; SELECT id FROM hist.item LIMIT 1;"
	  . "BEGIN; DECLARE c CURSOR FOR SELECT id FROM hist.item_history; FETCH 10 FROM c; COMMIT;"
	  . "DO \$\$BEGIN PERFORM FROM hist.item_changes; END\$\$");
my @plans = split /duration: .*? plan:\n/, slurp_file($far->logfile, $log);
shift @plans;
for my $plan (
	[ qr/SELECT count\(\*\) FROM hist\.item WHERE/ => qr/Foreign Scan on item .*actual.*As Of: 2024-01-02 12:00:00\+00 \(query\).*Files Read: 2/s ],
	[ qr/SELECT id FROM hist\.item LIMIT 1/ => qr/Foreign Scan on item .*actual.* rows=1 / ],
	[ qr/DECLARE c CURSOR/ => qr/Foreign Scan on item_history .*actual.* rows=10 / ],
	[ qr/SELECT FROM hist\.item_changes/ => qr/Foreign Scan on item_changes .*actual.* rows=3 / ])
{
	my ($query, $shows) = @$plan;
	my @found = grep { /Query Text: .*$query/ } @plans;
	is(scalar @found, 1, "auto_explain: a plan for $query");
	like($found[0] // '', $shows, 'the plan in the log shows the scan');
}

$far->stop;
done_testing();

# Secrets and strangers: every place that text comes out of is searched for the
# keys of a mapping; what a server answers leads no request elsewhere; a
# directory is not left; functions obey no search_path.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IO::Select;
use IO::Socket::INET;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use lib dirname(__FILE__);
use CdcS3;
use CdcTest qw(use_node failure);

my $s3 = CdcS3->start or plan skip_all => CdcS3->missing;
my $proxy = $s3->proxy;
$s3->create_bucket('lake');
$s3->put('lake', 'shop/item/LOAD00000001.csv', join '', map { "$_,$_\n" } 1 .. 10);
$s3->put('lake', 'shop/item/20240612-000000000.csv', "U,1,101\n");

my $node = PostgreSQL::Test::Cluster->new('secrets');
$node->init;
$node->append_conf('postgresql.conf', "log_min_messages = debug5\nlog_statement = all\n"
	  . "log_min_duration_statement = 0\nlog_error_verbosity = verbose\ntrack_activity_query_size = 10kB\n"
	  . "debug_print_plan = on\ndebug_print_parse = on\ndebug_print_rewritten = on\nlog_line_prefix = '[%a] '\n");
$node->start;
use_node($node);

my $columns = "(id int OPTIONS (key 'true'), v int)";
my $as = 'SET ROLE regress_reader;';
# longer than some fields of an answer are kept
my $token = join '', 'session-token-of-the-mapping-', map { chr(97 + $_ * 7 % 26) . $_ } 0 .. 69;
# statements that hold the keys are PostgreSQL's to log, and named here
my $setup = "SET application_name = 'setup';";

sub setup
{
	return $node->safe_psql('postgres', "$setup $_[0]");
}

my $mapping = $s3->mapping_options;
my $options = $s3->server_options('s3://lake', $proxy);
my @secrets = ($s3->{access_key}, $s3->{secret_key}, 'a-secret-that-is-wrong', $token,
	substr($token, 0, 16), substr($token, 16, 16));
setup('CREATE EXTENSION cdc_fdw; CREATE ROLE regress_reader; CREATE ROLE regress_owner;'
	  . 'GRANT USAGE ON FOREIGN DATA WRAPPER cdc_fdw TO regress_owner;'
	  . "CREATE SERVER lake FOREIGN DATA WRAPPER cdc_fdw OPTIONS ($options);"
	  . "CREATE USER MAPPING FOR PUBLIC SERVER lake OPTIONS ($mapping);"
	  . "CREATE FOREIGN TABLE item $columns SERVER lake OPTIONS (schema_name 'shop');"
	  . "GRANT SELECT ON item TO PUBLIC; GRANT USAGE ON FOREIGN SERVER lake TO regress_reader;"
	  . "CREATE SERVER wrong FOREIGN DATA WRAPPER cdc_fdw OPTIONS ($options);"
	  . "CREATE USER MAPPING FOR PUBLIC SERVER wrong OPTIONS (access_key_id '$s3->{access_key}', secret_access_key 'a-secret-that-is-wrong');"
	  . "CREATE FOREIGN TABLE item_wrong $columns SERVER wrong OPTIONS (schema_name 'shop', table_name 'item');"
	  . "CREATE SERVER odd FOREIGN DATA WRAPPER cdc_fdw OPTIONS ($options);"
	  . "CREATE USER MAPPING FOR PUBLIC SERVER odd OPTIONS ($mapping, session_token '$token');"
	  . "CREATE FOREIGN TABLE item_odd $columns SERVER odd OPTIONS (schema_name 'shop', table_name 'item')");

# ---- what comes out ----

my @said;

# All that a session says to these statements.
sub say
{
	my ($sql) = @_;
	my ($rc, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql",
		on_error_stop => 0);
	push @said, "$out\n$err";
	return "$out\n$err";
}

sub leaks
{
	my ($text) = @_;
	return grep { index($text, $_) >= 0 } @secrets;
}

like(say("SET client_min_messages = debug5; SELECT sum(v) FROM item"), qr/^155$/m,
	'a query at debug5 is answered');
like(say('EXPLAIN (VERBOSE, ANALYZE, SETTINGS, BUFFERS) SELECT * FROM item'), qr/Foreign Scan/,
	'EXPLAIN with all its options shows the scan');
like(say('EXPLAIN (VERBOSE, FORMAT JSON) SELECT * FROM item'), qr/Foreign Scan/,
	'EXPLAIN as JSON shows the scan');
like(say('SELECT sum(v) FROM item_wrong'), qr/42501.*SignatureDoesNotMatch/s, 'a wrong secret');
like(say('SELECT sum(v) FROM item_odd'), qr/200|155|ERROR/, 'a query with a session token ends');
$s3->faulty($proxy, ('http 400 ExpiredToken') x 2);
like(say('SELECT sum(v) FROM item_odd'), qr/42501.*ExpiredToken/s, 'a token that expired');
$s3->faulty($proxy, 'drop', 'http 503 SlowDown', 'http 500 InternalError', 'drop', 'drop');
like(say('SELECT sum(v) FROM item'), qr/tried 5 times/, 'an error after five tries is told');
my $blanks = '_' x 950;
for my $repeated ("http 403 $token", "http 403 Odd</Code><Message>$blanks$token</Message><Code>",
	"http 403 Odd x-amz-request-id: $token",
	"http 403 Odd</Code><Message>your-secret-is-$s3->{secret_key}</Message><Code>",
	"http 403 Odd x-amz-request-id: $s3->{access_key}")
{
	$s3->faulty($proxy, $repeated);
	like(say('SET client_min_messages = debug1; SELECT sum(v) FROM item_odd'), qr/42501.*The answer repeats credentials/s,
		'an answer that repeats keys');
}
$s3->faulty($proxy);
say('SELECT * FROM cdc_fdw_stats; SELECT * FROM cdc_fdw_objects(\'item\'); SELECT * FROM cdc_fdw_sample(\'lake\', \'shop/item\')');
say("CREATE SCHEMA imported; IMPORT FOREIGN SCHEMA shop FROM SERVER lake INTO imported; SELECT * FROM imported.item");
for my $option ('access_key_id', 'secret_access_key', 'session_token')
{
	my ($value) = $option eq 'session_token' ? $token
	  : $s3->{ $option =~ /secret/ ? 'secret_key' : 'access_key' };
	like(say("$setup CREATE USER MAPPING FOR regress_owner SERVER lake OPTIONS ($option E'$value\\n')"),
		qr/ERROR/, "a bad $option");
	like(say("$setup ALTER SERVER lake OPTIONS (ADD $option '$value')"), qr/ERROR.*cannot stand here/,
		"$option on a server");
	like(say("$setup CREATE FOREIGN TABLE bad $columns SERVER lake OPTIONS ($option '$value')"),
		qr/ERROR.*cannot stand here/, "$option on a table");
}
is_deeply([ leaks(join '', @said) ], [], 'no message, plan or result has a key');

# a query that waits, as others see it
$s3->faulty($proxy, 'hang 10');
my $victim = IPC::Run::start(
	[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "SET application_name = 'victim'", '-c', 'TABLE item' ],
	'>', \my $out, '2>', \my $err);
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE query = 'TABLE item' AND wait_event_type = 'Extension'");
my $activity = $node->safe_psql('postgres', 'SELECT a::text FROM pg_stat_activity a');
like($activity, qr/TABLE item/, 'pg_stat_activity shows the query');
is_deeply([ leaks($activity) ], [], 'pg_stat_activity has no key');
$node->safe_psql('postgres',
	"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'");
$victim->finish;
$s3->faulty($proxy);

# what the catalogs show to whom
my $catalogs = 'SELECT s::text FROM pg_foreign_server s; SELECT t::text FROM pg_foreign_table t;'
  . 'SELECT m::text FROM pg_user_mappings m; SELECT o::text FROM information_schema.user_mapping_options o;'
  . 'SELECT o::text FROM information_schema.foreign_server_options o';
my $shown = $node->safe_psql('postgres', "$as $catalogs");
like($shown, qr/127\.0\.0\.1:$proxy/, 'another user sees the options of servers');
is_deeply([ leaks($shown) ], [], 'another user sees no key in the catalogs');
like(failure("$as SELECT * FROM pg_user_mapping"), qr/42501/,
	'another user may not read pg_user_mapping');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_stats s WHERE s::text LIKE \'%secret%\''),
	0, 'no statistics have a secret');
my $dump = '';
IPC::Run::run([ 'pg_dump', '-s', '-d', $node->connstr('postgres'), '--role=regress_reader' ],
	'>', \$dump, '2>', \my $dump_err);
like($dump, qr/CREATE USER MAPPING FOR PUBLIC SERVER lake;/i, 'a dump by another user')
  or diag($dump_err, $dump);
is_deeply([ leaks($dump) ], [], 'has no key');
setup("CREATE USER MAPPING FOR regress_reader SERVER lake OPTIONS ($mapping)");
is_deeply([ leaks($node->safe_psql('postgres', "$as SELECT m::text FROM pg_user_mappings m")) ],
	[ @secrets[ 0, 1 ] ], 'a user with keys sees them');
setup('DROP USER MAPPING FOR regress_reader SERVER lake');

# the whole log, statements of the setup aside
my $log = slurp_file($node->logfile);
my @entries = split /^(?=\[[^\]]*\] \w+: )/m, $log;
like($log, qr/DEBUG: .*cdc_fdw: GET/, 'the log at debug5 has requests');
like($log, qr/\[setup\] .*\Q$s3->{secret_key}\E/,
	'the log has the statements that set keys, as PostgreSQL logs them');
my @leaks = grep { !/^\[setup\]/ && leaks($_) } @entries;
is(scalar @leaks, 0, 'the log has no key besides') or diag(substr($leaks[0], 0, 400));
@leaks = grep { /cdc_fdw: / && (/Signature=|X-Amz-|AWS4-HMAC/i || leaks($_))
	  && !/STATEMENT|CREATE|ALTER/ } @entries;
is(scalar @leaks, 0, 'the log has no signature') or diag(substr($leaks[0], 0, 400));

# ---- redirects ----

my $elsewhere = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8) or die "no port: $!\n";
my $away = 'Location: http://127.0.0.1:' . $elsewhere->sockport . '/lake';
for my $status (301, 302, 303, 307, 308)
{
	$s3->faulty($proxy, ("http $status PermanentRedirect $away") x 20);
	like(failure('SELECT sum(v) FROM item'), qr/HV000: could not list "s3:[^\n]*status $status/,
		"a redirect ($status)");
}
ok(!IO::Select->new($elsewhere)->can_read(0.1), 'no redirect leads to another server');
$s3->faulty($proxy, map { "http 301 PermanentRedirect x-amz-bucket-region: eu-west-$_" } 1 .. 30);
like(failure('SELECT sum(v) FROM item'), qr/HV000: could not list "s3:[^\n]*status 301/,
	'endless redirects end');
is(28, scalar(() = slurp_file($s3->{faults}{$proxy}) =~ /\n/g), 'after two requests');
$s3->faulty($proxy, 'http 301 PermanentRedirect x-amz-bucket-region: evil.example/x?');
like(failure('SELECT sum(v) FROM item'), qr/HV000/, 'a region that is none');
$s3->faulty($proxy);

# ---- what is zipped for the transfer is not unzipped ----

for my $encoding ('gzip, chunked', 'gzip, gzip, gzip', 'zstd', 'chunked, gzip')
{
	$s3->faulty($proxy, ("http 200 OK Transfer-Encoding: $encoding") x 20);
	like(failure('SELECT sum(v) FROM item'),
		qr/could not list "s3:[^\n]*\nDETAIL: .*Transfer-Encoding that was not asked for/s,
		"an answer with Transfer-Encoding $encoding");
}
$s3->faulty($proxy);

# ---- a directory is not left ----

my $dir = abs_path(PostgreSQL::Test::Utils::tempdir());
make_path("$dir/lake/shop/item", "$dir/outside/item", "$dir/lake/real");
append_to_file("$dir/$_/LOAD00000001.csv", "1,1\n") for 'lake/shop/item', 'outside/item',
	'lake/real';
symlink "$dir/outside/item", "$dir/lake/shop/absolute" or die;
symlink '../../outside/item', "$dir/lake/shop/relative" or die;
symlink '../real', "$dir/lake/shop/inside" or die;
make_path("$dir/lake/shop/file", "$dir/lake/shop/etc");
symlink "$dir/outside/item/LOAD00000001.csv", "$dir/lake/shop/file/LOAD00000001.csv" or die;
symlink '/etc', "$dir/lake/passwd" or die;
setup("CREATE SERVER files FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$dir/lake');"
	  . 'GRANT USAGE ON FOREIGN SERVER files TO regress_reader; GRANT CREATE ON SCHEMA public TO regress_reader');
for my $name (qw(absolute relative inside))
{
	setup("CREATE FOREIGN TABLE $name $columns SERVER files OPTIONS (prefix 'shop/$name')");
	like(failure("TABLE $name"), qr/HV000: "$dir\/lake\/shop\/$name\/?" is a symbolic link/,
		"a folder that is a link ($name)");
	like(failure("SELECT * FROM cdc_fdw_objects('files', 'shop/$name/')"),
		qr/HV000: .* is a symbolic link/, 'a folder that is a link is not listed');
}
setup("CREATE FOREIGN TABLE linked $columns SERVER files OPTIONS (prefix 'shop/file')");
like(failure('TABLE linked'), qr/HV000: .*LOAD00000001.csv" is a symbolic link/,
	'a file that is a link');
like(failure("SELECT * FROM cdc_fdw_objects('files', 'passwd/')"), qr/HV000: .* is a symbolic link/,
	'a link out of the directory is not followed by a listing');
for my $prefix ('../outside/item', 'shop/../../outside/item', 'shop/./item', '/etc', '..', 'shop//item')
{
	my ($rc, $o, $e) = $node->psql('postgres',
		"$as CREATE FOREIGN TABLE up $columns SERVER files OPTIONS (prefix '$prefix')");
	my $read = $rc ? $e : failure('TABLE up');
	like($read, qr/ERROR/, "no table over $prefix");
	unlike($read, qr/outside\/item\/LOAD/, 'nothing of it was seen');
	$node->psql('postgres', 'DROP FOREIGN TABLE IF EXISTS up');
	like(failure("SELECT * FROM cdc_fdw_objects('files', '$prefix')"), qr/ERROR/,
		"no listing of $prefix");
}
setup("CREATE FOREIGN TABLE good $columns SERVER files OPTIONS (prefix 'shop/item'); GRANT SELECT ON good TO PUBLIC");
like(failure("$as TABLE good"), qr/42501: permission denied to read files/,
	'a user without pg_read_server_files may not read files');
setup('GRANT pg_read_server_files TO regress_reader');
is($node->safe_psql('postgres', "$as TABLE good"), '1|1',
	'a user with pg_read_server_files may read files');

# ---- who owns a server says where it is ----

for my $change ("SET endpoint 'https://evil.example'", "ADD ca_file '/tmp/evil'", "ADD sts_endpoint 'https://evil.example'",
	"SET url 's3://evil'", 'DROP allow_http')
{
	like(failure("$as ALTER SERVER lake OPTIONS ($change)"), qr/42501: must be owner/,
		"who only uses a server may not change it: $change");
	my ($option, $value) = $change =~ /(\w+) ('.*')/ or next;
	like(failure("CREATE FOREIGN TABLE evil $columns SERVER lake OPTIONS ($option $value)"), qr/cannot stand here/,
		"no table sets $option") if $option ne 'url';
	like(failure("CREATE USER MAPPING FOR regress_owner SERVER lake OPTIONS ($option $value)"), qr/cannot stand here/,
		"no mapping sets $option");
}

# ---- functions ----

is($node->safe_psql('postgres', <<'SQL'), '', 'functions in SQL have a search_path of their own');
SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'cdc_fdw'
WHERE l.lanname IN ('sql', 'plpgsql') AND p.prosqlbody IS NULL AND NOT coalesce(p.proconfig::text LIKE '%search_path%', false)
SQL
is($node->safe_psql('postgres', <<'SQL'), '', 'no function runs as its owner');
SELECT p.oid::regprocedure FROM pg_proc p
JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'cdc_fdw' WHERE p.prosecdef
SQL
setup(<<'SQL');
CREATE SCHEMA trap;
CREATE FUNCTION trap.sprung(anyelement, anyelement) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''sprung''; END';
CREATE FUNCTION trap.sprung(bytea, bytea) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''sprung''; END';
CREATE FUNCTION trap.sprung(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''sprung''; END';
CREATE OPERATOR trap.= (LEFTARG = anyelement, RIGHTARG = anyelement, FUNCTION = trap.sprung);
CREATE OPERATOR trap.<> (LEFTARG = anyelement, RIGHTARG = anyelement, FUNCTION = trap.sprung);
CREATE OPERATOR trap.= (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = trap.sprung);
CREATE OPERATOR trap.<> (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = trap.sprung);
CREATE FUNCTION trap.quote_ident(text) RETURNS text LANGUAGE sql AS 'SELECT trap.sprung($1)';
CREATE FUNCTION trap.row_number() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RAISE ''sprung''; END';
CREATE FUNCTION trap.cdc_fdw_row_sum(record) RETURNS bytea LANGUAGE plpgsql AS 'BEGIN RAISE ''sprung''; END';
CREATE FUNCTION trap.cdc_fdw_row_bytes(record) RETURNS bytea LANGUAGE plpgsql AS 'BEGIN RAISE ''sprung''; END';
CREATE FUNCTION trap.cdc_fdw_stats() RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''sprung''; END';
CREATE TABLE live (id int PRIMARY KEY, v int);
INSERT INTO live VALUES (1, 2);
SQL
my $trap = 'SET search_path = trap, pg_catalog, public;';
like(failure("$trap SELECT '\\x01'::bytea = '\\x02'"), qr/sprung/, 'a trap in the search_path');
for my $call ("SELECT fingerprint IS NULL FROM public.cdc_fdw_fingerprint('good')",
	"SELECT key FROM public.cdc_fdw_compare('good', 'live')",
	"SELECT key FROM public.cdc_fdw_objects('good')", "SELECT key FROM public.cdc_fdw_objects('files', 'shop/item/')",
	"SELECT file FROM public.cdc_fdw_sample('files', 'shop/item')",
	"SELECT table_name FROM public.cdc_fdw_sync('files', 'shop', 'public')",
	"SELECT file FROM public.cdc_fdw_changes_since('good')", 'SELECT server FROM public.cdc_fdw_stats',
	'SELECT v FROM public.good')
{
	my $messages = failure("$trap $call");
	unlike($messages, qr/sprung|not unique/, "catches nothing: $call");
}

$node->stop;
$s3->stop;
done_testing();

# Programs of others read the tables in every mode, by every way that they have,
# and get what psql gets: see test/clients.
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

my $clients = abs_path(dirname(__FILE__) . '/../clients');
my $dir = abs_path(PostgreSQL::Test::Utils::tempdir());
my $n = 250;
# JDBC knows no sockets
$PostgreSQL::Test::Cluster::use_tcp = 1;
$PostgreSQL::Test::Cluster::test_pghost = '127.0.0.1';
my $node = PostgreSQL::Test::Cluster->new('clients');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf', "timezone = 'Asia/Tokyo'");
$node->start;
CdcClients::make_tables($node, CdcClients::write_log("$dir/log", $n));
# for programs that list tables and views only
is(CdcClients::make_views($node), join("\n", map { "bi.$_|created" } qw(item item_changes item_history)),
	'sync makes a view of each table');

# ---- psql ----

# What psql prints of these lines, which may have commands of its own.
sub printed
{
	my ($lines, @options) = @_;
	my ($out, $err);
	IPC::Run::run [ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), @options ],
	  '<', \$lines, '>', \$out, '2>', \$err;
	is($err, '', 'psql says nothing of ' . $lines =~ s/\n.*//sr);
	return $out;
}

for my $table (map { $CdcClients::table{$_} } sort keys %CdcClients::table)
{
	my $all = printed("SELECT * FROM $table;\n");
	is(printed("\\set FETCH_COUNT 40\nSELECT * FROM $table;\n"), $all, "psql, FETCH_COUNT: $table");
	my $file = "$dir/copied.$table";
	printed("\\copy (SELECT * FROM $table) TO '$file' (FORMAT csv)\n");
	is(slurp_file($file), printed("COPY (SELECT * FROM $table) TO STDOUT (FORMAT csv);\n"),
		"psql, \\copy: $table");
	is(printed("SELECT * FROM $table \\gdesc\n"),
		printed("SELECT attname || '|' || format_type(atttypid, atttypmod) FROM pg_attribute"
			  . " WHERE attrelid = '$table'::regclass AND attnum > 0 ORDER BY attnum;\n"),
		"psql, \\gdesc: $table");
	like(printed("\\d $table\n"), qr/^price\|numeric\(12,2\)\|\|\|\|$/m, "psql, \\d: $table");
}
is(printed("\\dE hist.*\n"), join('', map { "hist|$_|foreign table|" . getpwuid($<) . "\n" } qw(item item_changes item_history)),
	'psql, \\dE lists them');
is(printed("SELECT '2024-01-02 12:00+00' AS noon \\gset\nSELECT price FROM hist.item WHERE as_of = :'noon' AND id = 1;\n"),
	"99.99\n", 'psql, a variable as the instant');

# a watched query sees a file that comes meanwhile
{
	my ($in, $out, $err) = ("SELECT count(*) FROM hist.item \\watch 0.2\n", '', '');
	my $psql = IPC::Run::start [ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \$err,
	  IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default);
	my $file = "$dir/log/shop/item/20240104-000100000.csv";
	$psql->pump until $out =~ /^@{[ $n - 1 ]}$/m;
	append_to_file($file, "Op,ts,id\nD,2024-01-04 00:00:00.000000,4\n");
	$psql->pump until $out =~ /^@{[ $n - 2 ]}$/m;
	ok(1, 'psql, \\watch: a file that comes is seen');
	$psql->signal('INT');
	$psql->finish;
	unlink $file;
}

# ---- Python; Debian's own has Debian's modules ----

my $python = '/usr/bin/python3';
CdcClients::check($node, 'psycopg 3', [ $python, "$clients/psycopg3.py" ], ways => 24);
CdcClients::check($node, 'psycopg2', [ $python, "$clients/cursors2.py" ], ways => 9);
CdcClients::check($node, 'pandas', [ $python, "$clients/frames.py" ], ways => 7);
CdcClients::check($node, 'SQLAlchemy', [ $python, "$clients/reflect.py" ], ways => 9);

# ---- ODBC and JDBC ----

{
	my ($driver) = glob '/usr/lib/*/odbc/psqlodbcw.so';
	local $ENV{ODBC_DRIVER} = $driver // BAIL_OUT('odbc-postgresql is not installed');
	CdcClients::check($node, 'psqlODBC', [ $python, "$clients/odbc.py" ], ways => 8, texts => 1);
}
{
	my $url = 'jdbc:postgresql://' . $node->host . ':' . $node->port . '/postgres?user='
	  . getpwuid($<);
	CdcClients::check($node, 'JDBC', [ 'java', '-cp', '/usr/share/java/postgresql.jar', "$clients/Jdbc.java", $url ],
		ways => 9, texts => 1);
}

# ---- node, its modules from the registry ----

my $npm = "$dir/npm";
mkdir $npm;
my ($said, $good);
$good = IPC::Run::run [ 'npm', 'install', '--prefix', $npm, '--cache', "$npm/cache", '--no-audit', '--no-fund', 'pg@8', 'pg-cursor@2' ],
  '>&', \$said;
ok($good, 'the registry of npm has pg and pg-cursor') or diag($said);
{
	local $ENV{NODE_PATH} = "$npm/node_modules";
	# times without zone are local ones there
	local $ENV{TZ} = 'Asia/Tokyo';
	CdcClients::check($node, 'node', [ 'node', "$clients/pg.js" ], ways => 9, milliseconds => 1);
}

$node->stop;
done_testing();

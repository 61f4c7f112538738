# Clients: the lines of Python in README.md, rows as dictionaries with typed
# values from a cursor on the server; psycopg 3, psql, postgres_fdw, dblink and
# pg_dump.  test/long/clients*.pl has the rest, and more of each.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use lib dirname(__FILE__);
use CdcClients;

my $top = abs_path(dirname(__FILE__) . '/../..');
my ($python) = grep { -x $_ && system("$_ -c 'import psycopg' 2>/dev/null") == 0 }
  '/usr/bin/python3', map { "$_/python3" } split /:/, $ENV{PATH};
plan skip_all => 'python3-psycopg is not installed' unless defined $python;

my $node = PostgreSQL::Test::Cluster->new('psycopg');
# a client gets text as text only where the encoding is known
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
my $dir = abs_path(PostgreSQL::Test::Utils::tempdir());
my $n = 25000;

CdcClients::make_tables($node, CdcClients::write_log("$dir/small", 50));
make_path("$dir/shop/item");
append_to_file("$dir/shop/item/LOAD00000001.csv",
	"ts,id,name,price,made,tags\n" . join '',
	map { "2024-01-01 00:00:00.000000,$_,\"item, $_\",$_.50,2023-12-31,\"{\"\"n\"\": $_}\"\n" } 1 .. $n);
append_to_file("$dir/shop/item/20240102-000100000.csv",
	"Op,ts,id,name,price,made,tags\nU,2024-01-02 00:00:00.000000,1,dear,99.99,,\n");
append_to_file("$dir/shop/item/20240103-000100000.csv",
	"Op,ts,id,name,price,made,tags\nD,2024-01-03 00:00:00.000000,2,,,,\n");
$node->safe_psql('postgres', <<SQL);
CREATE SERVER large FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$dir', timestamp_column_name 'ts');
CREATE SCHEMA large;
IMPORT FOREIGN SCHEMA shop FROM SERVER large INTO large OPTIONS (asof_column 'as_of', modes 'snapshot,history', open_end '9999-12-31');
SQL

# the README shows the lines that run here
my $lines = slurp_file("$top/test/data/reader.py");
ok(index(slurp_file("$top/README.md"), "```python\n$lines```\n") >= 0,
	'the README has these lines');

my $connection = $node->connstr('postgres');
append_to_file("$dir/check.py", <<PYTHON);
import datetime, decimal, sys
$lines
rows = table("$connection", "large.item", "2024-01-02 12:00+00")
first = {r["id"]: r for r in rows}
assert len(first) == $n, len(first)
assert first[1]["name"] == "dear" and first[1]["made"] is None, first[1]
assert first[1]["price"] == decimal.Decimal("99.99"), first[1]
assert first[7] == {"id": 7, "name": "item, 7", "price": decimal.Decimal("7.50"),
                    "made": datetime.date(2023, 12, 31), "tags": {"n": 7},
                    "as_of": first[7]["as_of"]}, first[7]
assert first[7]["as_of"] == datetime.datetime(2024, 1, 2, 12, tzinfo=datetime.timezone.utc), first[7]
now = sum(1 for _ in table("$connection", "large.item", "2030-01-01 00:00+00"))
assert now == $n - 1, now
# rows come as they are fetched: the first of many is at hand at once
some = next(iter(table("$connection", "large.item", "2024-01-01 12:00+00")))
assert some["price"] == decimal.Decimal(some["id"]) + decimal.Decimal("0.5"), some
# what is open has an end that datetime can hold, and no instant is none
with psycopg.connect("$connection", options="-c timezone=Asia/Tokyo") as c:
    row = c.execute("SELECT valid_to, as_of FROM large.item_history WHERE id = 1 ORDER BY valid_from DESC LIMIT 1").fetchone()
assert row == (datetime.datetime(9999, 12, 31, tzinfo=datetime.timezone.utc), None), row
print("good")
PYTHON
my ($out, $err);
IPC::Run::run [ $python, "$dir/check.py" ], '>', \$out, '2>', \$err;
is($out, "good\n", 'rows as dictionaries, typed, from a cursor on the server');
is($err, '', 'psycopg reads without a message');

CdcClients::check($node, 'psycopg 3', [ $python, "$top/test/clients/psycopg3.py" ], ways => 24);

# ---- psql ----

my $all = $node->safe_psql('postgres', 'SELECT * FROM hist.item_history');
is($node->safe_psql('postgres', "\\set FETCH_COUNT 20\nSELECT * FROM hist.item_history"), $all,
	'psql: pages of a cursor');
$node->safe_psql('postgres', "\\copy (SELECT id FROM hist.item ORDER BY id) TO '$dir/copied'");
is(slurp_file("$dir/copied"), join('', map { "$_\n" } 1, 3 .. 50), 'psql: \copy of a query');

# ---- from another database: postgres_fdw, dblink ----

my $instant = "as_of = '2024-01-02 12:00+00'";
my $then = "SELECT id, price FROM hist.item WHERE $instant ORDER BY id";
$node->safe_psql('postgres', 'CREATE DATABASE near');
my $place = "host '" . $node->host . "', port '" . $node->port . "', dbname 'postgres'";
$node->safe_psql('near', <<SQL);
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION dblink;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS ($place, options '-c cdc_fdw.asof=ask_by_as_of');
CREATE USER MAPPING FOR CURRENT_USER SERVER far;
CREATE SCHEMA hist;
IMPORT FOREIGN SCHEMA hist FROM SERVER far INTO hist;
SQL
my $there = $node->safe_psql('postgres', $then);
like($there, qr/^1\|99\.99\n2\|2\.50\n/, 'what there is at an instant');
is($node->safe_psql('near', $then), $there, 'postgres_fdw: at an instant');
like($node->safe_psql('near', "EXPLAIN (VERBOSE, COSTS OFF) $then"), qr/Remote SQL: .*\(as_of = '/,
	'a condition on the instant goes to the far server');
like(($node->psql('near', 'SELECT * FROM hist.item WHERE as_of = now()'))[2], qr/invalid value for setting "cdc_fdw.asof": "ask_by_as_of"/,
	'postgres_fdw: an instant that does not go there is an error, if the default there is none');
is($node->safe_psql('near',
		"SELECT * FROM dblink(\$c\$$connection\$c\$, \$\$$then\$\$) AS t(id bigint, price numeric)"),
	$there, 'dblink: at an instant');

# ---- pg_dump ----

$node->safe_psql('postgres', "SELECT cdc_fdw_pin('kept', '2024-01-02 12:00+00'::timestamptz, NULL, 'hist.item'); CREATE DATABASE restored");
my @dumps;
for my $database ('postgres', 'restored')
{
	my $dump = "$dir/dump.$database";
	$node->run_log([ 'pg_dump', '-d', $node->connstr($database), '-f', $dump ]);
	push @dumps, slurp_file($dump) =~ s/^\\(?:un)?restrict .*\n//mgr;
	$node->run_log([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('restored'), '-f', $dump ])
	  if $database eq 'postgres';
}
is($dumps[1], $dumps[0], 'a dump of what was restored from a dump is the same');
is($node->safe_psql('restored',
		"SET cdc_fdw.asof = 'pin:kept'; SELECT id, price FROM hist.item ORDER BY id"), $there,
	'pins are in a dump');

$node->stop;
done_testing();

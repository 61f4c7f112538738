# The lines of Python in README.md that stand for a client of one's own: rows as
# dictionaries with typed values, from a cursor on the server.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

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

make_path("$dir/shop/item");
append_to_file("$dir/shop/item/LOAD00000001.csv",
	"ts,id,name,price,made,tags\n" . join '',
	map { "2024-01-01 00:00:00.000000,$_,\"item, $_\",$_.50,2023-12-31,\"{\"\"n\"\": $_}\"\n" } 1 .. $n);
append_to_file("$dir/shop/item/20240102-000100000.csv",
	"Op,ts,id,name,price,made,tags\nU,2024-01-02 00:00:00.000000,1,dear,99.99,,\n");
append_to_file("$dir/shop/item/20240103-000100000.csv",
	"Op,ts,id,name,price,made,tags\nD,2024-01-03 00:00:00.000000,2,,,,\n");
$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION cdc_fdw;
CREATE SERVER lake FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$dir', timestamp_column_name 'ts');
CREATE SCHEMA hist;
IMPORT FOREIGN SCHEMA shop FROM SERVER lake INTO hist OPTIONS (asof_column 'as_of', modes 'snapshot,history', open_end '9999-12-31');
SQL

# the README shows the lines that run here
my $lines = slurp_file("$top/test/data/reader.py");
ok(index(slurp_file("$top/README.md"), "```python\n$lines```\n") >= 0,
	'the README has these lines');

my $connection = $node->connstr('postgres');
append_to_file("$dir/check.py", <<PYTHON);
import datetime, decimal, sys
$lines
rows = table("$connection", "hist.item", "2024-01-02 12:00+00")
first = {r["id"]: r for r in rows}
assert len(first) == $n, len(first)
assert first[1]["name"] == "dear" and first[1]["made"] is None, first[1]
assert first[1]["price"] == decimal.Decimal("99.99"), first[1]
assert first[7] == {"id": 7, "name": "item, 7", "price": decimal.Decimal("7.50"),
                    "made": datetime.date(2023, 12, 31), "tags": {"n": 7},
                    "as_of": first[7]["as_of"]}, first[7]
assert first[7]["as_of"] == datetime.datetime(2024, 1, 2, 12, tzinfo=datetime.timezone.utc), first[7]
now = sum(1 for _ in table("$connection", "hist.item", "2030-01-01 00:00+00"))
assert now == $n - 1, now
# rows come as they are fetched: the first of many is at hand at once
some = next(iter(table("$connection", "hist.item", "2024-01-01 12:00+00")))
assert some["price"] == decimal.Decimal(some["id"]) + decimal.Decimal("0.5"), some
# what is open has an end that datetime can hold, and no instant is none
with psycopg.connect("$connection", options="-c timezone=Asia/Tokyo") as c:
    row = c.execute("SELECT valid_to, as_of FROM hist.item_history WHERE id = 1 ORDER BY valid_from DESC LIMIT 1").fetchone()
assert row == (datetime.datetime(9999, 12, 31, tzinfo=datetime.timezone.utc), None), row
print("good")
PYTHON
my ($out, $err);
IPC::Run::run [ $python, "$dir/check.py" ], '>', \$out, '2>', \$err;
is($out, "good\n", 'rows as dictionaries, typed, from a cursor on the server');
is($err, '', 'without complaint');

$node->stop;
done_testing();

# docs/faq.md: its statements, as they stand, over the demo's log.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = abs_path(dirname(__FILE__) . '/../..');
my $faq = slurp_file("$top/docs/faq.md");
my $log = PostgreSQL::Test::Utils::tempdir();
system('cp', '-R', "$top/test/data/demo/shop", $log) == 0 or die "cp failed\n";
my $node = PostgreSQL::Test::Cluster->new('faq');
$node->init;
$node->start;
$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION cdc_fdw;
CREATE SERVER dms FOREIGN DATA WRAPPER cdc_fdw
  OPTIONS (url 'file://$log', add_column_name 'true', timestamp_column_name 'commit_ts');
CREATE SCHEMA hist;
IMPORT FOREIGN SCHEMA shop LIMIT TO (items, persons) FROM SERVER dms INTO hist;
IMPORT FOREIGN SCHEMA shop LIMIT TO (items_changes) FROM SERVER dms INTO hist OPTIONS (modes 'changes');
SQL

# The statement of the document that begins like this.
sub statement
{
	my ($begin) = @_;
	my ($sql) = grep { /^\Q$begin\E/ } $faq =~ /^```sql\n(.*?)^```/msg;
	return $sql // die "docs/faq.md has no statement that begins with: $begin\n";
}

sub run
{
	my ($sql) = @_;
	return $node->safe_psql('postgres', $sql);
}

# A file of the log, written anew.
sub rewrite
{
	my ($file, $change) = @_;
	my $path = "$log/$file";
	local $_ = slurp_file($path);
	$change->();
	unlink $path;
	append_to_file($path, $_);
	return;
}

# ---- cost ----

like(run(statement('EXPLAIN (ANALYZE')), qr/Requests: \d+/, 'EXPLAIN counts requests');
like(run(statement('EXPLAIN (ANALYZE')), qr/Bytes: \d+/, 'EXPLAIN ANALYZE shows bytes');

# ---- what came since ----

run(statement('CREATE SCHEMA IF NOT EXISTS warehouse'));
my $load = statement('WITH got AS');
my $in_files = 0;
$in_files += () = slurp_file($_) =~ /^[IUD],/mg for glob "$log/shop/items/2*.csv";
run($load);
is(run('SELECT count(*) FROM warehouse.inbox'), $in_files, 'the first run loads every record');
run($load);
is(run('SELECT count(*) FROM warehouse.inbox'), $in_files, 'a second load brings no record');
append_to_file("$log/shop/items/20181219-100000000.csv",
	"Op,commit_ts,id,name,category,price\nU,2018-12-19 09:59:00,1,x,y,1\n");
run($load);
is(run(q{SELECT count(*), max(change ->> 'price') FILTER (WHERE file ~ '20181219-1000') FROM warehouse.inbox}), $in_files + 1 . '|1', 'a later load brings what came');

# ---- dbt ----

# as dbt compiles it: first the whole, then what is newer, in place of the same keys
my $model = statement('-- models/items_changes.sql') =~ s/^\{\{ config.*\n//mr;
my ($first, $later) = ($model =~ s/\{% if.*endif %\}//sr, $model =~ s/\{%.*?%\}//gr
	  =~ s/\{\{ this \}\}/warehouse.items_changes/r);
run("CREATE TABLE warehouse.items_changes AS $first");
append_to_file("$log/shop/items/20181219-110000000.csv",
	"Op,commit_ts,id,name,category,price\nU,2018-12-19 10:59:00,1,x,y,2\n");
run(<<SQL);
CREATE TEMP TABLE new AS $later;
DELETE FROM warehouse.items_changes t USING new WHERE (t.cdc_file, t.cdc_line) = (new.cdc_file, new.cdc_line);
INSERT INTO warehouse.items_changes SELECT * FROM new;
SQL
is(run('SELECT count(*), count(DISTINCT (cdc_file, cdc_line)) FROM warehouse.items_changes'),
	run('SELECT count(*), count(*) FROM hist.items_changes'), 'the incremental model has each record once');

# ---- erasure ----

my ($pin) = statement('SELECT schema_name, table_name, asof') =~ /^(SELECT cdc_fdw_pin\(.*)$/m;
run($pin);
my @files = split /\n/, run(statement('SET cdc_fdw.asof'));
cmp_ok(scalar @files, '>', 0, 'files with records of the person are named: ' . @files);
my $before = run(q{SELECT count(*) FROM hist.persons WHERE id = 2});
is($before, 1, 'the person is there');
rewrite(s/^.*?shop\//shop\//r, sub { s/^((?:[IUD],)?[^,\n]*,2,)[^,\n]*/$1erased/mg })
  for map { /^file:/ ? s{^file://\Q$log\E/}{}r : s{^\Q$log\E/}{}r } @files;
is(run(q{SELECT name FROM hist.persons WHERE id = 2}), 'erased', 'an erased row has no name');
is(run(q{SET cdc_fdw.asof = '2018-12-13'; SELECT name FROM hist.persons WHERE id = 2}), 'erased',
	'an erased row has no name in the past');
my ($rc, $out, $err) = $node->psql('postgres',
	"SET cdc_fdw.asof = 'pin:model_42'; SELECT count(*) FROM hist.persons");
like($err, qr/persons\/.*csv/, 'the pin is an error that names the file');
run(statement('SELECT schema_name, table_name, asof'));
is(run(q{SET cdc_fdw.asof = 'pin:model_42'; SELECT count(*) FROM hist.persons}),
	run(q{SET cdc_fdw.asof = '2018-12-20 00:00+00'; SELECT count(*) FROM hist.persons}), 'a pin that is made again has what is left');

$node->stop;
done_testing();

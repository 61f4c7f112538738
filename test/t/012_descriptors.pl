# Local files where descriptors are few: what was opened ahead, and what was
# read before, gives way to what is due.
use strict;
use warnings;
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('descriptors');
$node->init;
# of these PostgreSQL gives a third of what it does not need itself
$node->append_conf('postgresql.conf',
	"max_files_per_process = 64\nmax_parallel_workers_per_gather = 0");
$node->start;
my $root = PostgreSQL::Test::Utils::tempdir;
my $files = 60;

# Table n: a row of the full load for each change file, which updates it.
sub write_log
{
	my ($n) = @_;
	make_path("$root/s/t$n");
	append_to_file("$root/s/t$n/LOAD00000001.csv", join '', map { "$_,0\n" } 1 .. $files);
	append_to_file(sprintf("$root/s/t%d/20240612-1200%02d000.csv", $n, $_ - 1), "U,$_," . $n * $_ . "\n")
	  for 1 .. $files;
	return;
}

my $tables = 24;
my $sum = $files * ($files + 1) / 2;
$node->safe_psql('postgres', "CREATE EXTENSION cdc_fdw;
	CREATE SERVER lake FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$root', base_time '2024-06-12')");
for my $n (1 .. $tables)
{
	write_log($n);
	$node->safe_psql('postgres', "CREATE FOREIGN TABLE t$n (id int OPTIONS (key 'true'), v int) SERVER lake
		OPTIONS (prefix 's/t$n');
		CREATE FOREIGN TABLE c$n (id int, v int) SERVER lake OPTIONS (prefix 's/t$n', mode 'changes')");
}

is($node->safe_psql('postgres', 'SELECT count(*), sum(v) FROM t1'), "$files|$sum",
	'a table of more files than descriptors is read');
is($node->safe_psql('postgres', 'SELECT count(*), sum(v) FROM c1'), "$files|$sum",
	'the changes of more files than descriptors are read');

is($node->safe_psql('postgres', 'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;
	SELECT ' . join(' + ', map { "sum(t$_.v)" } 1 .. $tables) . ' FROM (SELECT 7 AS id) k'
	  . join('', map { " JOIN t$_ USING (id)" } 1 .. $tables)),
	7 * $tables * ($tables + 1) / 2, 'a nested loop over all of them');

# cursors that take turns, each of which holds files opened ahead
my $script = 'BEGIN;' . join('', map { "DECLARE c$_ CURSOR FOR SELECT v FROM c$_;" } 1 .. $tables);
my @wanted;
for my $row (1 .. $files)
{
	for my $n (1 .. $tables)
	{
		$script .= "FETCH c$n;";
		push @wanted, $n * $row;
	}
}
is($node->safe_psql('postgres', $script), join("\n", @wanted), 'cursors in step');

# a file that gave its descriptor away must be the same when its turn comes again
my $rows = 500_000;
my $big = "$root/s/big/LOAD00000001.csv";
make_path("$root/s/big");
append_to_file($big, join '', map { "$_,value\n" } 1 .. $rows);
$node->safe_psql('postgres',
	"CREATE FOREIGN TABLE big (id int, v text) SERVER lake OPTIONS (prefix 's/big')");
for my $change ('', "\\! cp -p $big $root/copy && mv $root/copy $big\n")
{
	my ($rc, $out, $err) = $node->psql('postgres',
		"BEGIN;\n"
		  . join('', map { "DECLARE b$_ CURSOR FOR SELECT id FROM big;\nFETCH b$_;\n" } 1 .. $tables)
		  . "${change}MOVE ALL b1;\n");
	if ($change eq '')
	{
		is($rc, 0, 'what is the same is read on');
	}
	else
	{
		like($err, qr{/s/big/LOAD00000001.csv" changed while it was read}, 'what is not is an error');
	}
}
is($node->safe_psql('postgres', 'SELECT count(*) FROM big'), $rows,
	'the next query reads the large file');
# one that is written in place, of the same size, whose time is put back
{
	my ($rc, $out, $err) = $node->psql('postgres', "SET cdc_fdw.prefetch_bytes = 0; BEGIN; DECLARE b CURSOR FOR SELECT v FROM big;\nFETCH b;\n"
		  . "\\! cp -p $big $root/times; printf '1,evil1' | dd of=$big conv=notrunc status=none bs=1 seek=1000000; touch -r $root/times $big\nMOVE ALL b;\n");
	like($err, qr{/s/big/LOAD00000001.csv" changed while it was read},
		'a file written in place, with its time put back, is an error');
}

$node->stop;
done_testing();

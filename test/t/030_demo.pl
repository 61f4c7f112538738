# The demo, as "make demo" runs it after the build: what it prints is right,
# the psql line it leaves works, a second run replaces the first, and stopping
# leaves nothing behind.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $top = abs_path(dirname(__FILE__) . '/../..');
my $demo = "$top/test/demo.sh";

# the server to run is the one the other tests run
chomp(my $bindir = `pg_config --bindir`);
$ENV{PGBIN} = $bindir;
delete @ENV{qw(PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS)};

# The wishes printed after a SET to the given instant (or RESET), as a hash
# "person item" => row of fields.
sub wishes
{
	my ($output, $set) = @_;
	my ($table) = $output =~
	  /^\Q$set\E;\nSELECT \* FROM wishes;\n.*?\n[-+]+\n(.*?)\n\n/ms;
	my %row;

	for (split /\n/, $table // '')
	{
		my @field = map { s/^\s+|\s+$//gr } split /\|/, $_, -1;
		$row{"$field[0] $field[1]"} = \@field;
	}
	return \%row;
}

sub start
{
	my $output = `'$demo' start 2>&1 </dev/null`;

	is($?, 0, 'the demo runs') or diag($output);
	return $output;
}

my $output = start();

my $before = wishes($output, "SET cdc_fdw.asof = '2018-12-13'");
my $after = wishes($output, "SET cdc_fdw.asof = '2018-12-15'");
my $end = wishes($output, "RESET cdc_fdw.asof");

is(join(', ', sort keys %$before),
	join(', ',
		sort '佐藤 陽菜 1', '鈴木 大翔 1', '高橋 結衣 1', '高橋 結衣 3',
		'田中 蓮 5', '伊藤 さくら 2', '渡辺 悠真 1', '山本 葵 4'),
	'the favorites of the 13th');
is($before->{'鈴木 大翔 1'}[2], '加湿器', 'item 1 is the humidifier');
is($before->{'鈴木 大翔 1'}[3], 18000, 'it costs 18000 on the 13th');
is($before->{'山本 葵 4'}[3], 3980, 'an earlier change is in');
like($before->{'鈴木 大翔 1'}[5],
	qr/^2018-12-14 11:20/, 'joined with the local table');
is($before->{'高橋 結衣 1'}[5], '', 'an outer join where nothing was bought');

is(scalar keys %$after, 10, 'ten favorites on the 15th');
is($after->{'鈴木 大翔 1'}[3], 10000, 'the humidifier costs 10000 on the 15th');
is_deeply(
	[ sort grep { / 1$/ && $after->{$_}[3] != 10000 } keys %$after ],
	[], 'the humidifier costs 10000 on the 15th for everyone');

is(join(', ', sort keys %$end),
	join(', ',
		sort '鈴木 大翔 1', '中村 結衣 1', '中村 結衣 3', '田中 蓮 1',
		'伊藤 さくら 1', '伊藤 さくら 2', '山本 葵 4', '山本 葵 8',
		'小林 湊 7'),
	'the favorites at the end');
is($end->{'中村 結衣 3'}[3], 28000, 'a price of the last file');

like($output, qr/^\s*1 \| 加湿器\s*\|\s*18000 \|\s*10000$/m,
	'two instants in one query');
like($output, qr/Files.*skipped/i, 'EXPLAIN shows files skipped');

my ($line) = $output =~ /^\s+(\S*psql -h \S+ -p \d+ -U postgres demo)$/m;
ok($line, 'a psql line to try more') or BAIL_OUT('no psql line');
my ($folder) = $line =~ m{-h (\S+)/socket};
is( `$line -XAtc "SELECT price FROM hist.items WHERE id = 1 AND as_of = '2018-12-14 01:00:01'"`,
	"10000\n",
	'the line to try more works');
like($output, qr/^\s+make demo-stop$/m, 'the demo names the command that stops it');

# again, while it runs
my $again = start();
ok(!-e $folder, 'the first server is gone');
($folder) = $again =~ m{psql -h (\S+)/socket};
ok(-S "$folder/socket/.s.PGSQL.5432", 'a second one is there');

is(system("'$demo' stop >/dev/null"), 0, 'the demo stops');
ok(!-e $folder, 'the demo leaves nothing behind');
like(`'$demo' stop`, qr/no demo is running/, 'stopping twice is harmless');

done_testing();

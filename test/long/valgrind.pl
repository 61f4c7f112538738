# The regression tests on a server under valgrind: no process reads what was
# never written, nor outside of what was allocated.  What PostgreSQL does itself
# is in test/valgrind.supp; anything else is a failure, wherever it shows, since
# values of cdc_fdw's are also read by others.  PostgreSQL's contexts take memory
# from malloc in blocks, which is what valgrind knows of.
#
#   CDC_VALGRIND='types errors' test/check.sh build test/long/valgrind.pl
#
# takes these alone.
use strict;
use warnings;
use Cwd qw(getcwd);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'valgrind is not installed'
  unless grep { -x "$_/valgrind" } split /:/, $ENV{PATH};

my $logs = PostgreSQL::Test::Utils::tempdir();
my ($makefile) = slurp_file('Makefile') =~ s/\\\n//gr;
my ($all) = $makefile =~ /^REGRESS = (.*)/m;
my @tests = split ' ', $ENV{CDC_VALGRIND} // $all;

sub start_server
{
	my ($node) = @_;
	my $bin = $node->config_data('--bindir');
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0)
	{
		open(STDOUT, '>>', $node->logfile);
		open(STDERR, '>&', \*STDOUT);
		exec('valgrind', '--quiet', '--leak-check=no', '--error-limit=no', '--num-callers=30',
			'--gen-suppressions=all', '--suppressions=' . getcwd() . '/test/valgrind.supp',
			"--log-file=$logs/%p.vg", "$bin/postgres", '-D', $node->data_dir)
		  or POSIX::_exit(1);
	}
	for (1 .. 600)
	{
		return $pid if system("pg_isready -q -h '" . $node->host . "' -p " . $node->port) == 0;
		sleep 0.2;
	}
	die "the server did not start\n";
}

# The reports, each with its stack; how many processes there were.
sub reports
{
	my @files = glob "$logs/*.vg";
	my @found;
	for my $file (@files)
	{
		my $text = slurp_file($file) =~ s/^==\d+== ?//mgr;
		push @found, map { s/\n\{.*//sr } grep { /\S/ } split /\n\}\n/, $text;
	}
	return (scalar @files, @found);
}

my $node = PostgreSQL::Test::Cluster->new('valgrind');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf',
	"fsync = off\nautovacuum = off\njit = off\nmax_connections = 20");
my $begun = time;
my $server = start_server($node);
my ($out, $code);
{
	local @ENV{qw(PGHOST PGPORT PGUSER)} = ($node->host, $node->port, getpwuid($<) . '');
	$out = qx(${\ ($ENV{MAKE} // 'make')} -s installcheck REGRESS='@tests' PG_CONFIG=pg_config 2>&1);
	$code = $?;
}
kill 'INT', $server;
waitpid($server, 0);

my %result = $out =~ /^test (\w+) +\.\.\. (\w+)/mg;
is($result{$_} // 'not run', 'ok', "$_ under valgrind") for @tests;
is($code, 0, 'all regression tests pass under valgrind')
  or diag(-e 'test/output/regression.diffs' ? slurp_file('test/output/regression.diffs') : $out);
my ($processes, @found) = reports();
cmp_ok($processes, '>', @tests, "$processes processes were watched");
is(scalar @found, 0, 'valgrind reports nothing');
diag($_) for @found > 10 ? @found[ 0 .. 9 ] : @found;
note(sprintf('long: %d regression tests, %d processes, %d reports, %.0f s',
		scalar @tests, $processes, scalar @found, time - $begun));
done_testing();


# Generated logs: the truth of a simulated source table (A), a replay of the
# same records oldest first in plpgsql (B) and the foreign table (C) must show
# the same rows at every instant, in default and in tiny work_mem.
#
# CDC_ORACLE_SEEDS="1..300" or "7 19 200..250" selects the logs,
# CDC_ORACLE_KEEP=1 keeps their files and says how to look at one again.

use strict;
use warnings;

use Cwd qw(abs_path);
use Encode qw(encode);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use lib dirname(abs_path(__FILE__)) . '/../oracle';

use CdcOracle::Run;

my $oracle = dirname(abs_path(__FILE__)) . '/../oracle';
# of the first 300 those that draw each layout and each kind of change at least
# twice, and then those of whose instants most have a truth that is known
my $chosen = '18 23 50 51 56 60 68 70 74 83 99 105 115 127 131 134 138 153 180'
  . ' 183 186 196 200 203 207 211 214 215 221 224 229 233 245 259 266 282 283'
  . ' 290 291 298';
my @seeds = CdcOracle::Run::seeds($ENV{CDC_ORACLE_SEEDS} || $chosen);
my $tests = @seeds;
# do these logs draw all there is?
my $all = !$ENV{CDC_ORACLE_SEEDS} || $tests >= 300;
my $keep = $ENV{CDC_ORACLE_KEEP};
my $root = tempdir('cdc_oracle_XXXX', TMPDIR => 1, CLEANUP => !$keep);

my $node = PostgreSQL::Test::Cluster->new('oracle');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\n"
	  # what is parallel here says so; workers then start sooner
	  . "max_parallel_workers_per_gather = 0\nmax_worker_processes = 8\n"
	  . "shared_preload_libraries = 'cdc_fdw'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION cdc_fdw');
$node->safe_psql('postgres', CdcOracle::Run::slurp("$oracle/$_.sql"))
  for qw(forward audit);

# one psql session for some seeds; all it says, errors too, in one text
sub run_script
{
	my ($script) = @_;
	my $output = '';
	IPC::Run::run(
		[
			'psql', '-XqAt', '-d', $node->connstr('postgres'), '-f', $script
		],
		'>', \$output, '2>&1');
	return $output;
}

my ($instants, $sure, $records, $parallel, $changes, $sealed) = (0) x 6;
# what cdc_fdw_explain_row, cdc_fdw_audit and cdc_fdw_diff had to tell
my (%why, %layouts);
while (my @some = splice @seeds, 0, 10)
{
	my $script = "$root/compare.sql";
	my $logs = CdcOracle::Run::prepare($root, $script, 1, @some);
	my $output = run_script($script);
	my $complaints = CdcOracle::Run::verdicts($output, 1, $logs);
	$parallel += () = $output =~ /^P\|/mg;
	$why{$1} += $2 while $output =~ /^W\|([^|]+)\|(\d+)$/mg;
	$changes += () = $output =~ /^Q\|/mg;
	# and not what CdcOracle::Why has to say: W, kind and number
	$sealed += () = $output =~ /^W\|\d+$/mg;
	for my $seed (@some)
	{
		my $log = $logs->{$seed};
		my @wrong = @{ $complaints->{$seed} || [] };
		$instants += @{ $log->{instants} };
		$sure += grep { $_->{sure} } @{ $log->{instants} };
		$records += @{ $log->{loaded} };
		$layouts{$_}++ for grep { CdcOracle::Run::has_layout($log, $_) }
		  CdcOracle::Run::layouts();
		ok(!@wrong, "seed $seed: " . CdcOracle::Run::summary($log));
		next unless @wrong;
		diag(join "\n", @wrong[ 0 .. ($#wrong > 25 ? 25 : $#wrong) ]);
		diag(encode('UTF-8', $log->{cfg}{ddl}));
		diag("perl test/oracle/generate.pl --seed $seed --out DIR");
		diag("files: $root/seed_$seed") if $keep;
	}
	$node->start if !$node->poll_query_until('postgres', 'SELECT true');
}
note("$records records, $instants instants, the truth known at $sure of them");
# a generator that doubts more and more would test less and less
cmp_ok($sure, '>=', $instants * ($tests >= 300 ? 0.4 : 0.6),
	"the truth was known at $sure of $instants instants") if $all;
note(join ', ', map { "$_: " . ($layouts{$_} || 0) } CdcOracle::Run::layouts());
is(join(', ', grep { !$layouts{$_} } CdcOracle::Run::layouts()), '',
	'each layout was drawn') if $all;
# of 300 logs; the others have what only one process can walk
cmp_ok($parallel, '>=', $tests / 10, "$parallel logs were read in parallel");
my @drawn = ('base row', 'set', 'changed', 'repeated', 'removed', 'no row',
	'moved here', 'moved away', 'before base', 'repeated base row',
	'repeated_base_keys', 'refused rows', 'accepted rows', 'upserting_updates',
	'deletes_of_unknown_keys', 'repeated_inserts', 'ties_decided_by_line',
	'suspected_key_changes', 'cells_never_supplied', 'records_before_base',
	'times_ran_back', 'unidentified_records', 'diff');
note(join ', ', map { "$_: " . ($why{$_} || 0) } @drawn);
is(join(', ', grep { !$why{$_} } @drawn), '', 'nothing was never drawn')
  if $all;
cmp_ok($changes, '>=', $tests / 2, "$changes tables of changes were compared");
cmp_ok($sealed, '>=', int($tests / 20), "$sealed logs were read at a watermark");
$node->stop;
done_testing();

# libFuzzer within a backend, for what needs PostgreSQL around it: the direct
# conversions beside the types' input functions, and the readers of endpoint
# settings, descriptions of tables and table mappings.
#
# CDC_FUZZ_SECONDS says how long for each (3; test/long/fuzz.pl: 60).
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{CDC_FUZZ_SECONDS} // 3;
my $fuzz = abs_path(dirname(__FILE__) . '/../fuzz');
my $out = PostgreSQL::Test::Utils::tempdir;

my $node = PostgreSQL::Test::Cluster->new('fuzz');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\ntimezone = 'UTC'\n");

# A backend by itself: what it says comes here.
sub backend
{
	my ($sql) = @_;
	my $said = '';
	my $ok = IPC::Run::run([ 'postgres', '--single', '-D', $node->data_dir, 'postgres' ],
		'<', \"$sql\n", '>&', \$said);
	return ($ok, $said);
}

my $said = '';
ok(IPC::Run::run([ 'make', '-s', '-C', "$fuzz/backend", "OUT=$out" ], '>&', \$said), 'the module is built')
  or BAIL_OUT($said);
(my $made, $said) = backend("CREATE FUNCTION cdc_fuzz(text, VARIADIC text[]) RETURNS void AS '$out/cdc_fuzz.so' LANGUAGE C");
ok($made && $said !~ /ERROR/, 'the targets are loaded') or diag($said);

for my $target ('convert', 'settings', 'tables')
{
	make_path("$out/$target");
	my @options = ("-max_total_time=$seconds", '-max_len=4096', '-timeout=10', '-verbosity=0', '-print_final_stats=1',
		# threads and signals are PostgreSQL's
		'-rss_limit_mb=0', '-handle_int=0', '-handle_term=0',
		"-artifact_prefix=$out/$target-", "$out/$target", "$fuzz/corpus/$target");
	push @options, "-dict=$fuzz/json.dict" if $target ne 'convert';
	my ($ok, $text) = backend("SELECT cdc_fuzz('$target', " . join(', ', map { "'$_'" } @options)
		  . ')');
	my ($runs) = $text =~ /^stat::number_of_executed_units: *(\d+)/m;
	my @found = map { my $f = $_; my $bytes = slurp_file($f); $bytes =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge; "$f: $bytes" }
	  glob "$out/$target-*";
	ok($ok && $text !~ /ERROR/ && !@found, "$target: no failure")
	  or diag($text, join "\n", @found);
	cmp_ok($runs // 0, '>', 1000 * $seconds, "$target: " . ($runs // 0) . ' inputs');
	note("long: $target: " . ($runs // 0) . " inputs in $seconds s");
}

done_testing();

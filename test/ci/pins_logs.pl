# Pins of generated logs: once all files that a pin does not have are gone, it
# answers as before, for snapshots and for changes.
#
# CDC_ORACLE_SEEDS="1..300" or "7 19" selects the logs.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Find qw(find);
use File::Path qw(make_path);

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use lib dirname(abs_path(__FILE__)) . '/../oracle';

use CdcOracle::Changes;
use CdcOracle::Emit qw(instant_text);
use CdcOracle::Log;
use CdcOracle::Run;
use CdcOracle::Sql;

my @seeds = CdcOracle::Run::seeds($ENV{CDC_ORACLE_SEEDS} || '1..20');
my $root = abs_path(PostgreSQL::Test::Utils::tempdir());
my $node = PostgreSQL::Test::Cluster->new('pins_logs');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\n"
	  . "shared_preload_libraries = 'cdc_fdw'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION cdc_fdw');

# what queries answer, errors among it, without what names the instant's text
sub said
{
	my ($sql) = @_;
	my ($rc, $out, $err) = $node->psql('postgres', $sql, on_error_stop => 0);
	return "$out\n$err";
}

my ($answers, $gone, $kept) = (0, 0, 0);
for my $seed (@seeds)
{
	my $dir = "$root/$seed";
	make_path($dir);
	my $log = CdcOracle::Log::generate($seed, $dir);
	my $cfg = $log->{cfg};
	my $ddl = CdcOracle::Sql::ddl($log);
	my @instants = grep { defined $_->{at} } @{ $log->{instants} };
	next unless @instants;
	my $at = instant_text($instants[ $#instants / 2 ]{at}) . '+00';
	my @tables = ("o$seed.item");

	$node->safe_psql('postgres', $ddl);
	if (CdcOracle::Changes::can_be_read($log))
	{
		$node->safe_psql('postgres', CdcOracle::Changes::table_ddl($cfg));
		push @tables, "o$seed.changes";
	}
	for my $table (@tables)
	{
		my $query = qq{SELECT md5(string_agg(t::text, ',' ORDER BY t::text)), count(*) FROM $table t;};
		my $before = said("SET cdc_fdw.asof = '$at'; $query");
		my $made = said("SELECT cdc_fdw_pin('$table', '$at', NULL, '$table')");

		# what is an error cannot always be pinned
		next if $made =~ /ERROR/ && $before =~ /ERROR/;
		unlike($made, qr/ERROR/, "seed $seed: $table is pinned");
		my %pinned = map { $_ => 1 } split /\n/,
		  $node->safe_psql('postgres', "SELECT object FROM cdc_fdw_verify_pin('$table')");
		my @others;
		find(
			{
				no_chdir => 1,
				wanted => sub { push @others, $_ if -f $_ && !$pinned{$_} }
			},
			$dir);
		rename($_, "$_.away") or die "$_: $!" for @others;
		is(said("SET cdc_fdw.asof = 'pin:$table'; $query"), $before,
			"seed $seed: $table at $at from " . keys(%pinned) . ' of ' . (keys(%pinned) + @others) . ' files');
		rename("$_.away", $_) or die "$_: $!" for @others;
		$answers++ if $before =~ /^\w{32}\|/;
		$gone += @others;
		$kept += keys %pinned;
	}
	$node->safe_psql('postgres',
		"SET client_min_messages = warning; DROP SERVER o$seed CASCADE; DROP SCHEMA o$seed CASCADE");
}
note("$answers answers from $kept files, without $gone");
cmp_ok($answers, '>', @seeds, 'most were answers');
cmp_ok($gone, '>', $kept / 10, 'many files were not needed by pins');
$node->stop;
done_testing();

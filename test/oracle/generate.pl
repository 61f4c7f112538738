#!/usr/bin/perl

# Generates logs without a test around them, for debugging.
#
#   perl test/oracle/generate.pl --seed 17 --out DIR
#       files under DIR/seed_17, the statements to read them in DIR/ddl.sql,
#       what must be true in DIR/truth_N.csv for every instant N
#   perl test/oracle/generate.pl --seeds 1..300 --script FILE --out DIR
#       only the SQL script that compares the two oracles (--extension: and
#       cdc_fdw); run it with psql after test/oracle/forward.sql

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use Getopt::Long;

use lib dirname(abs_path(__FILE__));

use CdcOracle::Emit ();
use CdcOracle::Run;

GetOptions(
	'seed=i' => \my $seed,
	'seeds=s' => \my $seeds,
	'out=s' => \my $out,
	'script=s' => \my $script,
	'extension' => \my $extension) or die "see the head of $0\n";
die "--out is missing\n" unless defined $out;
make_path($out);
$out = abs_path($out);
my @seeds = defined $seed ? ($seed) : CdcOracle::Run::seeds($seeds || '1..300');
my $to = $script || "$out/compare.sql";
my $logs = CdcOracle::Run::prepare($out, $to, $extension || defined $seed,
	@seeds);
exit 0 unless defined $seed;

my $log = $logs->{$seed};
print CdcOracle::Run::summary($log), "\n";
open my $ddl, '>:encoding(UTF-8)', "$out/ddl.sql" or die "$out/ddl.sql: $!";
print $ddl $log->{cfg}{ddl};
close $ddl;
binmode STDOUT, ':encoding(UTF-8)';
print $log->{cfg}{ddl};
my @columns = map { $_->{name} } @{ $log->{cfg}{columns} };
for my $instant (@{ $log->{instants} })
{
	my $n = $instant->{n};
	my $at = defined $instant->{at}
	  ? CdcOracle::Emit::instant_text($instant->{at})
	  : 'the end';
	print "instant $n: $at", $instant->{sure} ? '' : ' (not sure)', "\n";
	next unless $instant->{sure};
	open my $csv, '>:encoding(UTF-8)', "$out/truth_$n.csv"
	  or die "$out/truth_$n.csv: $!";
	print $csv join(',', @columns), "\n";
	for my $row (@{ $instant->{truth} })
	{
		print $csv join(',',
			map { my $v = $_; defined $v ? do { $v =~ s/"/""/g; qq("$v") } : '' }
			  @$row), "\n";
	}
	close $csv;
}

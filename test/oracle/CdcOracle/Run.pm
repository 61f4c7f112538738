
# Runs generated logs through psql and gathers what differs.
package CdcOracle::Run;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);

use CdcOracle::Log;
use CdcOracle::Sql;

# "1..300" or "5,9,20..30" as a list
sub seeds
{
	my ($text) = @_;
	return map { /^(\d+)\.\.(\d+)$/ ? $1 .. $2 : $_ } split /[\s,]+/, $text;
}

sub slurp
{
	my ($path) = @_;
	open my $in, '<:encoding(UTF-8)', $path or die "$path: $!";
	local $/;
	return scalar <$in>;
}

# The SQL that makes the oracle's schema.
sub schema_file { return dirname(abs_path(__FILE__)) . '/../forward.sql' }

# Generates the seeds' logs under $root, and one script for all of them.
sub prepare
{
	my ($root, $script, $extension, @seeds) = @_;
	my %logs;
	open my $out, '>:encoding(UTF-8)', $script or die "$script: $!";
	print $out "SET client_min_messages = warning;\n";
	for my $seed (@seeds)
	{
		my $dir = "$root/seed_$seed";
		remove_tree($dir);
		make_path($dir);
		$logs{$seed} = CdcOracle::Log::generate($seed, $dir);
		print $out CdcOracle::Sql::script($logs{$seed}, $extension);
	}
	close $out or die "$script: $!";
	return \%logs;
}

# What the script's output says of each seed: {seed => [complaints]}.
sub verdicts
{
	my ($output, $extension, $logs) = @_;
	my (%complaints, %ran, @errors);
	my @seeds = sort { $a <=> $b } keys %$logs;
	for my $line (split /\n/, $output)
	{
		if ($line =~ /^R\|(\d+)\|(\w+)\|(\d+)$/) { $ran{$1}{$2} = $3 }
		elsif ($line =~ /^H\|(\d+)\|/) { $ran{$1}{history}++ }
		elsif ($line =~ /^[DE]\|(\d+)\|/) { push @{ $complaints{$1} }, $line, @errors; @errors = () }
		elsif ($line =~ /ERROR:|DETAIL:|HINT:|CONTEXT:|PANIC|server closed/)
		{
			push @errors, $line;
		}
		if ($line =~ /^R\|(\d+)\|/ && @errors)
		{
			push @{ $complaints{$1} }, @errors;
			@errors = ();
		}
	}
	for my $seed (@seeds)
	{
		my $instants = scalar @{ $logs->{$seed}{instants} };
		my %want = (forward => $instants);
		my @forced = CdcOracle::Sql::forced_instants($logs->{$seed});
		$want{extension} = 4 * $instants + ($instants > 0) + @forced if $extension;
		$want{why} = 1 if $extension && $instants;
		$want{history} = 4 if $extension && $instants > 0;
		$want{changes} = @{ $logs->{$seed}{loaded} }
		  if $extension && CdcOracle::Changes::can_be_read($logs->{$seed});
		for my $what (sort keys %want)
		{
			my $got = $ran{$seed}{$what};
			$got = 'nothing' unless defined $got;
			push @{ $complaints{$seed} },
			  "$what answered for $got of $want{$what} instants"
			  if $got ne $want{$what};
		}
		push @{ $complaints{$seed} }, @errors if @errors && $seed == $seeds[-1];
	}
	return \%complaints;
}

# A line that says what the log of a seed is like.
sub summary
{
	my ($log) = @_;
	my $cfg = $log->{cfg};
	my @words = map {
		my $v = $cfg->{$_};
		!defined $v || $v eq '0' || $v eq '' || $v eq 'no' ? ()
		  : ref $v ? () : $v eq '1' ? $_ : "$_=$v";
	} qw(clock mode constraint keyless txn header load_op sequence before
	  rekeys nosup shuffled tasks restarts cut reload overlap add_columns gzip
	  seconds skew before_base task_folders late);
	push @words, map { "key:$_->{type}" } grep { $_->{key} } @{ $cfg->{columns} };
	push @words, 'keep' if grep { $_->{keep} } @{ $cfg->{columns} };
	push @words, "date=$cfg->{date}{sequence}/$cfg->{date}{delimiter}"
	  if $cfg->{date};
	push @words, scalar(@{ $log->{loaded} }) . ' records';
	push @words, scalar(grep { $_->{sure} } @{ $log->{instants} }) . ' of '
	  . scalar(@{ $log->{instants} }) . ' instants sure';
	return join ' ', @words;
}

1;

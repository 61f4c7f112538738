
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
		remove_tree($dir, "$dir.aside");
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

# What a log can be like: names, and whether one with these settings is so.
my %LAYOUTS = (
	'file clock' => sub { $_->{clock} eq 'file' },
	'whole seconds' => sub { $_->{seconds} },
	'no full load' => sub { !$_->{base} },
	'op in the load' => sub { $_->{load_op} eq 'yes' },
	'op in some of the load' => sub { $_->{load_op} eq 'mixed' },
	'no op' => sub { !$_->{cdc_op} },
	'another load' => sub { $_->{reload} },
	'changes before the load' => sub { $_->{overlap} },
	'two deliverers' => sub { $_->{tasks} > 1 },
	'CR LF' => sub { $_->{eol} eq "\r\n" },
	'no quotes' => sub { !$_->{rfc4180} },
	'a text for NULL' => sub { defined $_->{null_value} && $_->{null_value} ne '' },
	'kept on NULL' => sub { grep { $_->{keep} } @{ $_->{columns} } },
	'text key' => sub { grep { $_->{key} && $_->{type} eq 'text' } @{ $_->{columns} } },
	'key of several columns' => sub { 1 < grep { $_->{key} } @{ $_->{columns} } },
	'names with few digits' => sub { $_->{fraction} < 3 },
	'names with many digits' => sub { $_->{fraction} > 6 },
	'several load files' => sub { $_->{base} && $_->{nloads} > 1 },
	'before images' => sub { $_->{before} && !$_->{qlik} },
	'rows that differ' => sub { $_->{differing} },
	several('only', 'mode', qw(inserts inserts_updates)),
	several('gzip', 'gzip', qw(all some)),
	several('rows again', 'repeats', qw(one all)),
	several('rows before updates', 'qlik', qw(some all)),
	several('partitions', 'partitions', qw(alpha digit)),
	several('delimiter', 'delimiter', ';', '|', "\t"),
	(map { my $is = $_; ("check at $is" => sub { $_->{rekeys} && $_->{constraint} eq $is }) }
		qw(row stmt commit)),
	(map { my $is = $_; ("before_base $is" => sub { $_->{base} && ($_->{before_base} || '') eq $is }) }
		qw(base empty)),
	(map { my $is = $_; ("dates $is" => sub { $_->{date} && $_->{date}{sequence} eq $is }) }
		qw(YYYYMMDD YYYYMMDDHH YYYYMM MMYYYYDD DDMMYYYY)),
	(map { my $is = $_; ("dates by $is" => sub { $_->{date} && $_->{date}{delimiter} eq $is }) }
		qw(SLASH DASH UNDERSCORE NONE)),
	(map { my $is = $_; ($is => sub { $_->{$is} }) }
		qw(big keyless txn header sequence shuffled nosup restarts add_columns
		mixed_fraction segments zone late task_folders pinned)));

# One layout for each of a setting's values.
sub several
{
	my ($name, $setting, @values) = @_;
	return map { my $is = $_; ("$name $is" => sub { ($_->{$setting} || '') eq $is }) }
	  @values;
}

sub layouts { return sort keys %LAYOUTS }

sub has_layout
{
	my ($log, $layout) = @_;
	local $_ = $log->{cfg};
	return $LAYOUTS{$layout}->();
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
	  seconds skew before_base task_folders late qlik repeats differs);
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

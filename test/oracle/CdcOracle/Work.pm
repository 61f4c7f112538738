
# Random work on the source table: what sessions did, transaction by
# transaction, until enough was written.
package CdcOracle::Work;

use strict;
use warnings;

use Exporter 'import';
our @EXPORT = qw(run_transactions);

use CdcOracle::Draw;

# A key that is free, best one that lived before.
sub free_key
{
	my ($cfg, $source) = @_;
	for (1 .. 20)
	{
		my $key = int rand $cfg->{domain};
		return $key if !$source->exists_key($key);
	}
	return undef;
}

sub op_insert
{
	my ($cfg, $source) = @_;
	for (1 .. any(1, 1, 1, 3))
	{
		my $key = $cfg->{keyless} ? $cfg->{next_key}++ : free_key(@_);
		$source->insert($key) if defined $key;
	}
}

sub op_update
{
	my ($cfg, $source) = @_;
	my $key = $source->pick;
	return op_insert(@_) unless defined $key;
	$source->update($key, chance(0.1)) for 1 .. any(1, 1, 1, 2, 3);
}

sub op_delete
{
	my ($cfg, $source) = @_;
	my $key = $source->pick;
	$source->remove($key) if defined $key;
}

sub op_again
{
	my ($cfg, $source) = @_;
	my $key = $source->pick;
	return unless defined $key;
	$source->remove($key);
	$source->insert($key);
	$source->update($key) if chance(0.3);
}

sub op_rekey
{
	my ($cfg, $source) = @_;
	my ($old, $new) = ($source->pick, free_key(@_));
	return unless defined $old && defined $new;
	$source->update($old) if chance(0.3);
	$source->rekey($old, $new);
	$source->update($new) if chance(0.3);
	$source->insert($old) if chance(0.3);
	$source->remove($new) if chance(0.2);
}

# two hops in one transaction
sub op_hops
{
	my ($cfg, $source) = @_;
	my ($old, $mid) = ($source->pick, free_key(@_));
	my $new = free_key(@_);
	return unless defined $old && defined $mid && defined $new;
	$source->rekey($old, $mid);
	$source->update($mid) if chance(0.3);
	$source->rekey($mid, chance(0.3) ? $old : $new) if $mid != $new;
}

sub op_swap_by_temp
{
	my ($cfg, $source) = @_;
	my ($x, $y, $temp) = ($source->pick, $source->pick, free_key(@_));
	return unless defined $x && $x != $y && defined $temp;
	$source->rekey($x, $temp);
	$source->rekey($y, $x);
	$source->rekey($temp, $y);
}

# a cycle of keys in one statement; the constraint must wait for its end
sub op_rotate
{
	my ($cfg, $source) = @_;
	return op_swap_by_temp(@_) if $cfg->{constraint} eq 'row';
	my %seen;
	my @keys = grep { defined && !$seen{$_}++ }
	  map { $source->pick } 1 .. any(2, 2, 3, 4);
	return if @keys < 2;
	$source->rekey_many(map { [ $keys[ $_ - 1 ], $keys[$_] ] } 0 .. $#keys);
}

# UPDATE t SET id = id + 1 WHERE id BETWEEN …
sub op_shift
{
	my ($cfg, $source) = @_;
	my $key = $source->pick;
	return unless defined $key;
	my $step = chance(0.7) || $key < 6 ? 1 : -1;
	my @run = ($key);
	push @run, $run[-1] + $step
	  while @run < 6 && $source->exists_key($run[-1] + $step);
	return if $run[-1] + $step < 0;
	@run = reverse @run if $cfg->{constraint} eq 'row' || chance(0.4);
	$source->rekey_many(map { [ $_, $_ + $step ] } @run);
}

# onto a key whose row goes, before or (where the check waits) after
sub op_take_over
{
	my ($cfg, $source) = @_;
	my ($old, $new) = ($source->pick, $source->pick);
	return unless defined $old && $old != $new;
	if ($cfg->{constraint} ne 'commit' || chance(0.4))
	{
		$source->remove($new);
		$source->rekey($old, $new);
		return;
	}
	my $away = free_key(@_);
	$source->rekey($old, $new);
	$source->update($new) if chance(0.3);
	if (defined $away && chance(0.4)) { $source->rekey($new, $away) }
	else { $source->remove($new) }
	$source->rekey($new, $old) if chance(0.2);
}

# two rows onto a live key before the rows below them go; the check waits
sub op_pile
{
	my ($cfg, $source) = @_;
	my ($x, $y, $on) = ($source->pick, $source->pick, $source->pick);
	return unless defined $x && $x != $y && $x != $on && $y != $on;
	$source->rekey($x, $on);
	$source->rekey($y, $on);
	for my $away ($x, $y)
	{
		if (chance(0.6)) { $source->rekey($on, $away) }
		else { $source->remove($on) }
	}
}

sub operations
{
	my ($cfg) = @_;
	my @ops = (\&op_insert) x 3;
	push @ops, (\&op_update) x 5 if $cfg->{mode} ne 'inserts';
	push @ops, (\&op_delete) x 2, \&op_again if $cfg->{mode} eq 'all';
	@ops = (\&op_insert) if $cfg->{keyless};
	return @ops unless $cfg->{rekeys};
	push @ops, \&op_rekey, \&op_rekey, \&op_hops, \&op_swap_by_temp,
	  \&op_rotate, \&op_shift;
	push @ops, \&op_take_over if $cfg->{mode} eq 'all';
	push @ops, \&op_pile
	  if $cfg->{mode} eq 'all' && $cfg->{constraint} eq 'commit';
	return @ops;
}

my @GAPS = (1, 7, 1500, 20000, 300000, 1000000, 4000000, 30000000);

# Runs until the transactions wrote about $wanted records; returns those
# committed as {time, wide, entries}.  $$now goes on, in microseconds.
sub run_transactions
{
	my ($cfg, $source, $now, $wanted) = @_;
	my @ops = operations($cfg);
	my @done;
	my $written = 0;
	my $tries = 0;
	my $fast = $cfg->{big} ? 6 : scalar @GAPS;
	while ($written < $wanted && $tries++ < $wanted * 3 + 20)
	{
		$$now += any(@GAPS[ 0 .. $fast - 1 ]) + int rand 1000;
		$$now += any(0, 0, 0, 0, 0, 0, 180_000_000) unless $cfg->{big};
		$cfg->{wide_now} = 1 if $cfg->{add_at} && $$now >= $cfg->{add_at};
		my $time = $$now;
		$time -= $time % 1_000_000 if $cfg->{seconds};
		$source->begin;
		any(@ops)->($cfg, $source) for 1 .. any(1, 1, 1, 2, 4);
		my @entries = $source->commit($time) or next;
		push @done,
		  {
			time => $time,
			wide => $cfg->{wide_now},
			entries => \@entries,
			n => scalar @{ $source->{commits} },
		  };
		$written += @entries;
	}
	return @done;
}

1;

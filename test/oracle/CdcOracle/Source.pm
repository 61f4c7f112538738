
# A source table with its constraints.
#
# Runs random transactions and remembers what every commit left behind, so the
# truth at any instant is known without replaying any log.  Keys are numbers
# here; the columns' own values come from the layout.  A row is an object of
# its own, so a key may hold several rows inside a transaction where the
# constraint is checked later than each row:
#
#   row     checked for each row   (UNIQUE)
#   stmt    at the statement's end (DEFERRABLE INITIALLY IMMEDIATE)
#   commit  at the commit          (DEFERRABLE INITIALLY DEFERRED)
#
# Where a key holds several rows, a statement that names the key reaches the
# row that stood there first, and changes that keep the key reach the last.
package CdcOracle::Source;

use strict;
use warnings;

# args: check (row|stmt|commit), newcells (sub: value cells of a new row),
# changecells (sub(row): list of [column, value])
sub new
{
	my ($class, %args) = @_;
	my $self = {
		%args,
		rows => {},        # key => [rows, first come first]
		order => [],       # keys that ever lived, for quick random picks
		slot => {},        # key => index in order
		commits => [],     # [time, {key => row or undef}]
		used => {},        # keys that once lived
	};
	return bless $self, $class;
}

sub exists_key { return defined $_[0]{rows}{ $_[1] } }

sub count { return scalar @{ $_[0]{order} } }

# a random key that is live, or undef
sub pick
{
	my ($self) = @_;
	my $order = $self->{order};
	return undef unless @$order;
	return $order->[ int rand @$order ];
}

sub live_keys { return sort { $a <=> $b } @{ $_[0]{order} } }

sub _set
{
	my ($self, $key, $list) = @_;
	if ($list && @$list)
	{
		if (!defined $self->{slot}{$key})
		{
			push @{ $self->{order} }, $key;
			$self->{slot}{$key} = $#{ $self->{order} };
		}
		$self->{rows}{$key} = $list;
		$self->{used}{$key} = 1;
	}
	elsif (defined $self->{slot}{$key})
	{
		my $at = delete $self->{slot}{$key};
		my $last = pop @{ $self->{order} };
		if ($last != $key)
		{
			$self->{order}[$at] = $last;
			$self->{slot}{$last} = $at;
		}
		delete $self->{rows}{$key};
	}
}

sub _touch
{
	my ($self, $key) = @_;
	my $undo = $self->{undo};
	push @$undo,
	  [ $key, $self->{rows}{$key} ? [ @{ $self->{rows}{$key} } ] : undef ];
}

sub begin
{
	my ($self) = @_;
	$self->{undo} = [];
	$self->{log} = [];
	$self->{bad} = 0;
	$self->{touched} = {};
}

sub _arrive
{
	my ($self, $key, $row) = @_;
	$self->_touch($key);
	$self->{touched}{$key} = 1;
	my @list = @{ $self->{rows}{$key} || [] };
	$self->{bad} = 1 if @list && $self->{check} eq 'row';
	$self->_set($key, [ @list, $row ]);
}

sub _leave
{
	my ($self, $key) = @_;
	$self->_touch($key);
	$self->{touched}{$key} = 1;
	my @list = @{ $self->{rows}{$key} };
	my $row = shift @list;
	$self->_set($key, \@list);
	return $row;
}

# The statements.  Each appends to the transaction's log entries
# {op, key, old (key before), cells, prev (cells before)}.

sub insert
{
	my ($self, $key) = @_;

	# an insert onto a live key fails at once; were it deferred, its log could
	# not be told from a repeated insert
	if ($self->{rows}{$key})
	{
		$self->{bad} = 1;
		return;
	}
	my $cells = $self->{newcells}->();
	$self->_arrive($key, $cells);
	push @{ $self->{log} }, { op => 'I', key => $key, cells => $cells };
}

sub update
{
	my ($self, $key, $same) = @_;
	my $list = $self->{rows}{$key} or return;
	$self->_touch($key);
	$self->{touched}{$key} = 1;
	my $prev = $list->[-1];
	my $cells = [@$prev];
	if (!$same)
	{
		$cells->[ $_->[0] ] = $_->[1] for $self->{changecells}->($prev);
	}
	my @new = @$list;
	$new[-1] = $cells;
	$self->_set($key, \@new);
	push @{ $self->{log} },
	  { op => 'U', key => $key, cells => $cells, prev => $prev };
}

sub remove
{
	my ($self, $key) = @_;
	return unless $self->{rows}{$key};
	my $row = $self->_leave($key);
	push @{ $self->{log} }, { op => 'D', key => $key, cells => $row };
}

# one row's key change; also changes a value now and then
sub rekey
{
	my ($self, $old, $new) = @_;
	return if !$self->{rows}{$old} || $old == $new;
	my $prev = $self->_leave($old);
	my $cells = [@$prev];
	if (rand() < 0.4)
	{
		$cells->[ $_->[0] ] = $_->[1] for $self->{changecells}->($prev);
	}
	$self->_arrive($new, $cells);
	push @{ $self->{log} },
	  {
		op => 'U',
		key => $new,
		old => $old,
		cells => $cells,
		prev => $prev
	  };
}

# UPDATE t SET id = <map>: several rows in one statement, in the given order
sub rekey_many
{
	my ($self, @pairs) = @_;
	$self->rekey(@$_) for @pairs;
	$self->end_statement;
}

sub end_statement
{
	my ($self) = @_;
	return if $self->{check} eq 'commit';
	for my $key (sort keys %{ $self->{touched} })
	{
		$self->{bad} = 1 if @{ $self->{rows}{$key} || [] } > 1;
	}
}

# Ends the transaction; returns its log entries, or nothing where it failed.
sub commit
{
	my ($self, $time) = @_;
	for my $key (sort keys %{ $self->{touched} })
	{
		$self->{bad} = 1 if @{ $self->{rows}{$key} || [] } > 1;
	}
	if ($self->{bad})
	{
		$self->_set(@$_) for reverse @{ $self->{undo} };
		return;
	}
	my %delta =
	  map { $_ => $self->{rows}{$_} ? $self->{rows}{$_}[0] : undef }
	  keys %{ $self->{touched} };
	push @{ $self->{commits} }, [ $time, \%delta ];
	return @{ $self->{log} };
}

# {key => cells} as the first n commits left it
sub state_after
{
	my ($self, $n) = @_;
	my %state;
	for my $commit (@{ $self->{commits} }[ 0 .. $n - 1 ])
	{
		my $delta = $commit->[1];
		for my $key (keys %$delta)
		{
			if ($delta->{$key}) { $state{$key} = $delta->{$key} }
			else { delete $state{$key} }
		}
	}
	return \%state;
}

# how many commits had happened at an instant
sub commits_at
{
	my ($self, $time) = @_;
	my ($lo, $hi) = (0, scalar @{ $self->{commits} });
	while ($lo < $hi)
	{
		my $mid = int(($lo + $hi) / 2);
		if ($self->{commits}[$mid][0] <= $time) { $lo = $mid + 1 }
		else { $hi = $mid }
	}
	return $lo;
}

1;

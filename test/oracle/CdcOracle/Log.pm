
# One generated log: settings, source, files, and what must be true of it.
package CdcOracle::Log;

use strict;
use warnings;
use utf8;

use Digest::MD5 qw(md5);
use POSIX ();
use Time::Local qw(timegm);

use CdcOracle::Draw;
use CdcOracle::Emit;
use CdcOracle::Source;
use CdcOracle::Work;

use constant SECOND => 1_000_000;

my @STARTS = (
	[ 2024, 6, 12, 10, 31 ], [ 2023, 12, 31, 23, 55 ],
	[ 2024, 2, 28, 23, 57 ], [ 2024, 6, 30, 22, 50 ],
	[ 2021, 3, 31, 4, 0 ], [ 2024, 6, 12, 23, 58 ]);

# Draws and writes the log of a seed under $dir.  Returns a hash: cfg, ddl
# parts in cfg, base, loaded, files, instants [{at, sure, truth}].
sub generate
{
	my ($seed, $dir, %force) = @_;

	# neighbouring seeds of rand() would draw alike
	srand(unpack('N', md5("cdc_fdw $seed")));
	my $self = bless { cfg => draw_config($seed, %force) };
	my $cfg = $self->{cfg};
	$cfg->{dir} = $dir;
	name_things($cfg);
	my ($y, $m, $d, $h, $min) = @{ any(@STARTS) };
	my $now = timegm(between(0, 59), $min, $h, $d, $m - 1, $y) * SECOND;
	$self->{source} = CdcOracle::Source->new(
		check => $cfg->{constraint},
		newcells => sub { new_cells($cfg) },
		changecells => sub { change_cells($cfg, @_) });
	$self->{transactions} = [];
	$self->{now} = \$now;
	$cfg->{wide_now} = $cfg->{add_columns} ? 0 : 1;
	$self->run_phases;
	$self->draw_instants;
	$self->{drawn_from} = { seed => $seed, dir => $dir };
	decorate($self);
	return $self;
}

sub name_things
{
	my ($cfg) = @_;
	$cfg->{schema} = any('src', 'public', 'My Schema');
	$cfg->{table} = any('item', 'Item', 'item list');
	$cfg->{folder} = "$cfg->{schema}/$cfg->{table}";
	$cfg->{cdc_folder} = any('cdc', 'changes/all');

	# some files come long after what they hold
	$cfg->{late} = $cfg->{seed} % 5 == 2 ? 1 : 0;

	# the full load in one folder, each task's changes in another
	$cfg->{task_folders} = !$cfg->{txn} && $cfg->{seed} % 7 == 4 ? 1 : 0;
	$cfg->{txn_time_first} = chance(0.5) || 0;
	$cfg->{time_name} = any('transaction_commit_timestamp', 'ts');
	$cfg->{time_digits} = $cfg->{seconds} ? any(0, 6) : 6;
	$cfg->{sequence_name} = 'chg_seq';
	$cfg->{domain} = $cfg->{big} ? 3000 : any(6, 10, 16);
	$cfg->{next_key} = 1;
	my @values = grep { !$_->{key} } @{ $cfg->{columns} };
	$values[$_]{value} = $_ for 0 .. $#values;
	$cfg->{values} = \@values;
	$cfg->{extra} = [];
	$cfg->{op_name} = $cfg->{qlik} ? 'header__change_oper' : 'Op';
	if ($cfg->{before} && !$cfg->{qlik})
	{
		my $affix = any('BI_%s', '%s_before');
		push @{ $cfg->{extra} },
		  map { { name => lc sprintf($affix, $_->{name}),
				in_file => sprintf($affix, $_->{name}),
				type => $_->{type}, before_of => $_->{name} } }
		  grep { $_->{key} } @{ $cfg->{columns} };
	}
	push @{ $cfg->{extra} },
	  { name => 'chg_seq', in_file => 'chg_seq',
		type => any('text', 'numeric'), is_sequence => 1 }
	  if $cfg->{sequence};
	for my $col (@{ $cfg->{columns} })
	{
		my $name = $col->{name};
		$col->{in_file} = $cfg->{header} ? any($name, uc $name, "src_$name")
		  : $name;
	}
}

sub new_cells
{
	my ($cfg) = @_;
	return [ map { $_->{added} && !$cfg->{wide_now} ? $_->{missing}
			: draw_value($cfg, $_) } @{ $cfg->{values} } ];
}

sub change_cells
{
	my ($cfg, $prev) = @_;
	my @changes;
	for (1 .. any(1, 1, 2))
	{
		my $i = int rand @{ $cfg->{values} };
		my $col = $cfg->{values}[$i];
		next if $col->{added} && !$cfg->{wide_now};
		my $value = draw_value($cfg, $col);

		# where NULL says unchanged, the source must not set NULL
		next if $col->{keep} && !defined $value;
		push @changes, [ $i, $value ];
	}
	return @changes;
}

#
# Records
#

# All own columns' cells of a row.
sub full_cells
{
	my ($cfg, $n, $row) = @_;
	my @keys = $cfg->{keyless} ? () : key_values($cfg, $n);
	return [ map { $_->{key} ? shift @keys : $row->[ $_->{value} ] }
		  @{ $cfg->{columns} } ];
}

sub same
{
	my ($x, $y) = @_;
	return !defined $y unless defined $x;
	return defined $y && $x eq $y;
}

# What each cell of an entry is in the log: value, removed or unsupplied.
# A kept column's NULL is written as such, and not supplied all the same.
sub say_cells
{
	my ($cfg, $entry, $record) = @_;
	my $bare = $cfg->{bare_deletes} eq 'some' ? chance(0.5)
	  : $cfg->{bare_deletes} eq 'all';
	for my $i (0 .. $#{ $cfg->{columns} })
	{
		my $col = $cfg->{columns}[$i];
		my ($how, $supplied) = ('value', 1);
		if ($entry->{op} eq 'D' && !$col->{key} && $bare)
		{
			$how = $cfg->{nosup} && chance(0.2) ? 'unsupplied' : 'removed';
		}
		elsif ($entry->{op} eq 'I' && $cfg->{nosup} && $record->{wide}
			&& !defined $record->{cells}[$i] && chance(0.3))
		{
			# never supplied is NULL
			($how, $supplied) = ('unsupplied', 0);
		}
		elsif ($entry->{op} eq 'U' && !$col->{key} && $record->{wide})
		{
			my $v = $col->{value};
			my $unchanged = same($entry->{cells}[$v], $entry->{prev}[$v]);
			if ($unchanged && $cfg->{nosup} && chance(0.5))
			{
				($how, $supplied) = ('unsupplied', 0);
			}
			elsif ($col->{keep}
				&& (!defined $entry->{cells}[$v]
					|| $unchanged && chance(0.6)))
			{
				($supplied, $record->{cells}[$i]) = (0, undef);
			}
		}
		elsif ($entry->{op} eq 'U' && $col->{keep}
			&& !defined $record->{cells}[$i])
		{
			$supplied = 0;
		}
		push @{ $record->{how} }, $how;
		push @{ $record->{supplied} }, $supplied;
	}
}

# The before images of an entry's key parts: those that changed, or all.
sub before_image
{
	my ($cfg, $entry) = @_;
	return undef if !$cfg->{before} || $entry->{op} ne 'U';
	my @new = key_values($cfg, $entry->{key});
	if (!defined $entry->{old})
	{
		return chance(0.1) ? \@new : undef;
	}
	my @old = key_values($cfg, $entry->{old});
	return \@old if chance(0.3);
	return [ map { $old[$_] eq $new[$_] ? undef : $old[$_] } 0 .. $#old ];
}

# The row before an update, for a record of its own.
sub row_before
{
	my ($cfg, $entry, $record) = @_;
	return undef
	  unless $entry->{op} eq 'U'
	  && ($cfg->{qlik} eq 'all' || $record->{before});
	my $key = defined $entry->{old} ? $entry->{old} : $entry->{key};
	return full_cells($cfg, $key, $entry->{prev});
}

sub make_records
{
	my ($self, @transactions) = @_;
	my $cfg = $self->{cfg};
	my %text = (
		I => $cfg->{ops}[0],
		U => $cfg->{ops}[1],
		D => $cfg->{ops}[2]);
	$cfg->{bare_deletes} ||= any('all', 'some', 'none');
	my @records;
	for my $transaction (@transactions)
	{
		my @own;
		for my $entry (@{ $transaction->{entries} })
		{
			my $record = {
				key => $entry->{key},
				old => $entry->{old},
				time => $transaction->{time},
				n => $transaction->{n},
				wide => $transaction->{wide},
				op => $entry->{op},
				op_text => $text{ $entry->{op} },
				cells => full_cells($cfg, $entry->{key}, $entry->{cells}),
				rekey => defined $entry->{old},
				before => before_image($cfg, $entry),
			};
			$record->{was} = row_before($cfg, $entry, $record) if $cfg->{qlik};
			say_cells($cfg, $entry, $record);
			$record->{seq} = $cfg->{sequence} ? sequence($self, $record) : '';
			push @own, $record;
		}
		@own = map { $_->[1] } sort { $a->[0] <=> $b->[0] }
		  map { [ rand, $_ ] } @own
		  if $cfg->{shuffled};
		push @records, @own;
	}
	return \@records;
}

sub sequence
{
	my ($self, $record) = @_;
	$self->{sequence_number}++;
	return POSIX::strftime('%Y%m%d%H%M%S', gmtime(int($record->{time} / SECOND)))
	  . sprintf('%02d%019d', int($record->{time} % SECOND / 10000),
		$self->{sequence_number});
}

#
# Phases: work before the full load, the load, work after it; with a reload
# twice, and only the last load's files stay.
#

sub run_phases
{
	my ($self) = @_;
	my $cfg = $self->{cfg};
	my $source = $self->{source};
	my $now = $self->{now};
	my $total = $cfg->{big} ? between(5000, 9000) : between(15, 90);
	my @phases = $cfg->{reload} ? (0, 1) : (1);
	$self->{files} = [];
	$self->{loaded} = [];
	my %names;
	my @before =
	  $cfg->{base}
	  ? run_transactions($cfg, $source, $now,
		$cfg->{big} ? 2500 : between(0, 25))
	  : ();
	for my $last (@phases)
	{
		$$now += 600 * SECOND unless $cfg->{overlap};
		my @overlap = $cfg->{overlap} ? @before : ();
		splice @overlap, 0, int rand(@overlap + 1);
		if ($cfg->{base})
		{
			# an empty new image could not tell that old changes are over
			while ($last && $cfg->{reload} && !$source->count)
			{
				run_transactions($cfg, $source, $now, 1);
			}
			$$now += SECOND;
			$self->take_base if $last;
		}
		$cfg->{add_at} = $$now + any(0, 1, 60, 300) * SECOND
		  if $cfg->{add_columns} && !$cfg->{add_at};
		my @work = run_transactions($cfg, $source, $now,
			$cfg->{reload} ? $total / 2 : $total);
		my $records = $self->make_records(@overlap, @work);
		$self->write_phase($records, \%names, $last);

		# what happens while the task is away reaches no file
		if (!$last && chance(0.6))
		{
			$$now += 2 * SECOND;
			run_transactions($cfg, $source, $now, between(1, 12));
		}
	}
}

sub write_phase
{
	my ($self, $records, $names, $last) = @_;
	my $cfg = $self->{cfg};
	my @files;
	for my $task (1 .. $cfg->{tasks})
	{
		my $lag = $task == 1 ? any(0, 0, 3) : any(0, 5, 60, 280);
		push @files,
		  deliver($cfg, $records,
			task => $task, lag => $lag * SECOND, names => $names);
	}
	@files = sort { $a->{time} <=> $b->{time} } @files;
	my $loaded = write_change_files($cfg, \@files, $records);
	push @{ $self->{files} }, @files;
	push @{ $self->{loaded} }, @$loaded;
	for my $time (map { $_->{time} } @files)
	{
		${ $self->{now} } = $time if $time > ${ $self->{now} };
	}
	if ($last)
	{
		$self->{records} = $records;
		$self->{last_files} = \@files;
	}
	elsif ($cfg->{clock} eq 'file')
	{
		${ $self->{now} } += 60 * SECOND;
		$cfg->{changes_from} = ${ $self->{now} };
	}
}

sub take_base
{
	my ($self) = @_;
	my $cfg = $self->{cfg};
	my $source = $self->{source};
	my $start = ${ $self->{now} };
	my $spread = any(0, 0, 500, 3 * SECOND);
	my $n = scalar @{ $source->{commits} };
	my @rows;
	my $at = $start;
	my $live = $source->count;
	for my $key ($source->live_keys)
	{
		push @rows,
		  {
			key => $key,
			time => $at,
			cells => full_cells($cfg, $key, $source->{rows}{$key}[0]),
			how => [ ('value') x @{ $cfg->{columns} } ],
			seq => '',
		  };
		$at += int rand($spread / $live + 1);
	}

	# what the files cannot say to the digit did not happen
	if ($cfg->{time_digits} < 6)
	{
		$_->{time} -= $_->{time} % SECOND for @rows;
	}
	$self->{base} = \@rows;
	$self->{base_n} = $n;
	$self->{base_at} = $start;
	write_base($cfg, \@rows, $cfg->{wide_now});
	$self->{base_wide} = $cfg->{wide_now};

	# commit times cut to the second must not fall before the load
	$$_ += 2 * SECOND - $$_ % SECOND for $cfg->{seconds} ? $self->{now} : ();
}

# Objects that are no part of the log.
sub decorate
{
	my ($self) = @_;
	my $cfg = $self->{cfg};
	$cfg->{allow_empty} =
	  $cfg->{task_folders} || !@{ $self->{files} } && !$self->{base} ? 1 : 0;
	for my $name ('_SUCCESS', 'LOAD00000001.dfm', 'notes.txt',
		'20240612-103125108.csv.tmp')
	{
		next unless chance(0.2);
		CdcOracle::Emit::put($cfg, "$cfg->{folder}/$name", 'not of the log',
			0);
	}
	CdcOracle::Emit::put($cfg,
		"$cfg->{schema}/$cfg->{table}2/LOAD00000001.csv", "1,x\n", 0)
	  if chance(0.3);
}

#
# Instants, and where the truth must show
#

sub draw_instants
{
	my ($self) = @_;
	my $cfg = $self->{cfg};
	my $clock = $cfg->{clock};
	my @moments =
	  $clock eq 'commit'
	  ? map { $_->{time} } @{ $self->{records} }
	  : map { $_->{time} } @{ $self->{last_files} };
	my @base_times = sort { $a <=> $b } map { $_->{time} } @{ $self->{base} || [] };
	$cfg->{before_base} = any('base', 'empty')
	  if @base_times && $clock eq 'commit' && chance(0.2);
	$cfg->{before_base} = 'empty' unless @base_times;
	my $floor =
	    @base_times && $clock eq 'commit' ? $base_times[-1]
	  : $self->{base_at} || 0;
	my @at;
	for (1 .. ($cfg->{big} ? 1 : 5))
	{
		next unless @moments;
		my $moment = any(@moments);
		push @at, $moment + any(-1, 0, 0, 1, 500_000);
	}
	push @at, $moments[-1] if @moments && !$cfg->{big};
	push @at, $moments[0] - 1, $moments[0] if @moments && !$cfg->{big};
	push @at, $floor if $floor;
	push @at, $base_times[0] - ($cfg->{skew} + 1) * SECOND
	  if $cfg->{before_base} && @base_times && $clock eq 'commit';
	my %seen;
	@at = grep { !$seen{$_}++ } sort { $a <=> $b } @at;
	@at = grep {
		$_ >= $floor
		  || $cfg->{before_base} && @base_times && $_ < $base_times[0]
	} @at;
	my $wide = $self->wide_since;
	@at = defined $wide ? ((grep { $_ >= $wide } @at), undef) : ();
	my $n = 0;
	for my $ask (map({ [ $_, undef, 0 ] } @at), $self->draw_pairs(@at))
	{
		my ($at, $known, $scan) = @$ask;
		my ($commits, $sure) = $self->known_at($at);
		$sure = 0 if defined $known;
		# a query that does not scan may end before a late file
		$sure = 0
		  if $cfg->{late} && !($self->late_tells && ($scan || !defined $at));
		push @{ $self->{instants} },
		  {
			n => ++$n,
			at => $at,
			known => $known,
			scan => $scan,
			sure => $sure ? 1 : 0,
			truth => $sure ? $self->truth($commits) : [],
		  };
	}
}

# Instants as they were known at some time, and with every late file looked
# for.  A declared column must then be there in whatever is read.
sub draw_pairs
{
	my ($self, @at) = @_;
	my $cfg = $self->{cfg};
	my @named = map { $_->{time} } @{ $self->{last_files} };
	return () unless @at && @named;
	return ()
	  if $cfg->{add_columns}
	  && !$cfg->{columns}[-1]{may_lack}
	  && !$self->{base_wide};
	my @pairs;
	push @pairs, [ any(@at), any(@named) + any(-1, 0, 0, 1, 500_000), 0 ]
	  for 1 .. ($cfg->{big} ? 1 : $cfg->{late} ? 5 : $cfg->{seed} % 3 ? 0 : 1);
	push @pairs, [ any(@at), undef, 1 ] if $cfg->{late};
	return @pairs;
}

# Does a log with late files say what each commit left, if all files are
# found?  Not where files stand for time, nor where one that is late may bring
# a part of a commit whose rest, or repetition, stands elsewhere.
sub late_tells
{
	my ($self) = @_;
	my $cfg = $self->{cfg};
	return 0 if $cfg->{clock} eq 'file' || $cfg->{restarts} || $cfg->{tasks} > 1;
	return 1 if $cfg->{sequence};
	my $records = $self->{records};
	return !grep {
		my $to = $_->{to};
		$to > $_->{from}
		  && $to < @$records
		  && $records->[$to]{time} == $records->[ $to - 1 ]{time}
	} @{ $self->{last_files} };
}

# A declared column must stand in some file that is read: since when does the
# column that came later?  undef: never.
sub wide_since
{
	my ($self) = @_;
	my $cfg = $self->{cfg};
	return 0 unless $cfg->{add_columns};
	return 0 if $cfg->{columns}[-1]{may_lack};
	return 0 if $self->{base_wide};
	my @since = sort { $a <=> $b }
	  map { $cfg->{clock} eq 'commit' ? $_->[0]{time} : $_->[1]{time} }
	  grep { $_->[0]{wide} } @{ $self->{loaded} };
	return $since[0];
}

# How many commits show at an instant, and whether the log must say so.
sub known_at
{
	my ($self, $at) = @_;
	my $cfg = $self->{cfg};
	my $source = $self->{source};
	$self->{tells_all} = $self->tells_all
	  unless defined $self->{tells_all};
	return (0, 0) unless $self->{tells_all};
	if ($cfg->{clock} eq 'commit')
	{
		return (scalar @{ $source->{commits} }, 1) unless defined $at;
		return (0, 0)
		  if $self->{base} && grep { $_->{time} > $at } @{ $self->{base} };
		return ($source->commits_at($at), $self->reads_whole_commits($at));
	}
	return $self->delivered_at($at);
}

# Where records are repeated, a query stops at a file that begins late enough;
# a repeated commit of which it then read only the first part may show that.
sub reads_whole_commits
{
	my ($self, $at) = @_;
	my $cfg = $self->{cfg};
	return 1 unless $cfg->{tasks} > 1 || $cfg->{restarts};
	my (%read, %over);
	for my $file (sort { $a->{time} <=> $b->{time} } @{ $self->{last_files} })
	{
		my $folder = $cfg->{task_folders} ? $file->{task} : 0;
		$over{$folder} = 1
		  if ($cfg->{txn} || $file->{time} > $at)
		  && defined $file->{first}
		  && $file->{first} > $at + $cfg->{skew} * SECOND;
		$read{ $file->{key} } = 1 unless $over{$folder};
	}
	my (%own, %times, %last);
	push @{ $own{ $_->{time} } }, $_ for @{ $self->{records} };
	for my $loaded (@{ $self->{loaded} })
	{
		my ($record, $file) = @$loaded;
		next unless $read{ $file->{key} };
		$times{$record}++;
		$last{ $record->{time} } = $record;
	}
	for my $time (grep { $_ <= $at } keys %own)
	{
		my @own = @{ $own{$time} };
		return 0 if grep { !$times{$_} } @own;
		if ($cfg->{sequence})
		{
			next unless grep { $_->{rekey} } @own;
			return 0 if grep { $times{$_} != $times{ $own[0] } } @own;
		}
		else { return 0 if $last{$time} != $own[-1] }
	}
	return 1;
}

# On the file clock: up to which commit every task's files go by then.
sub delivered_at
{
	my ($self, $at) = @_;
	my $records = $self->{records};
	my %most;
	my %now = map { $_ => 0 } 1 .. $self->{cfg}{tasks};
	for my $file (@{ $self->{last_files} })
	{
		last if defined $at && $file->{time} > $at;
		next if $file->{from} == $file->{to};
		$now{ $file->{task} } = $file->{to};
		$most{ $file->{task} } = $file->{to}
		  if $file->{to} > ($most{ $file->{task} } || 0);
	}
	my $to = $now{1};
	return (0, 0) if grep { $_ != $to } values %now;
	return (0, 0) if grep { $_ != $to } values %most;
	return ($self->{base_n} || 0, !$self->{cfg}{overlap}) if $to == 0;
	return (0, 0)
	  if $to < @$records && $records->[$to]{n} == $records->[ $to - 1 ]{n};
	my $n = $records->[ $to - 1 ]{n};
	return ($n, $n >= ($self->{base_n} || 0));
}

# Does the log tell all there is to know?  Not without before images; nor
# where a key change is repeated in part, or with cells left out.
sub tells_all
{
	my ($self) = @_;
	my $cfg = $self->{cfg};
	return 1 unless $cfg->{rekeys};
	return 0 unless $cfg->{before};
	my $gaps = $cfg->{nosup} || grep { $_->{keep} } @{ $cfg->{columns} };
	my $repeats = $cfg->{tasks} > 1 || $cfg->{restarts} > 0;
	return 0 if $cfg->{overlap} && $gaps;
	if ($cfg->{clock} eq 'file')
	{
		return 0 if $repeats;
		return 0 if $self->splits_key_changes;
		return 1;
	}
	return 1 unless $repeats;
	return $self->repeats_whole_commits($gaps);
}

# Does a file end inside a transaction that changes keys?
sub splits_key_changes
{
	my ($self) = @_;
	my $records = $self->{records};
	return 0 if $self->{cfg}{constraint} eq 'row';
	my %changes = map { $_->{rekey} ? ($_->{n} => 1) : () } @$records;
	for my $file (@{ $self->{last_files} })
	{
		my $to = $file->{to};
		next if $to == $file->{from} || $to >= @$records;
		return 1
		  if $records->[$to]{n} == $records->[ $to - 1 ]{n}
		  && $changes{ $records->[$to]{n} };
	}
	return 0;
}

# Are the records of every commit that changes keys there once, or several
# times as a whole, one time after the other?
sub repeats_whole_commits
{
	my ($self, $gaps) = @_;
	my (%commit, %own);
	push @{ $own{ $_->{time} } }, $_ for @{ $self->{records} };
	push @{ $commit{ $_->[0]{time} } }, $_ for @{ $self->{loaded} };
	for my $time (keys %own)
	{
		my @own = sort { $a->{seq} cmp $b->{seq} } @{ $own{$time} };
		next unless grep { $_->{rekey} } @own;
		my @order = map { $_->[0] } sort {
			     $a->[0]{seq} cmp $b->[0]{seq}
			  || $a->[1]{time} <=> $b->[1]{time}
			  || $a->[1]{key} cmp $b->[1]{key}
			  || $a->[2] <=> $b->[2]
		} @{ $commit{$time} };
		my $times = @order / @own;
		next if $times == 1;
		return 0 if $gaps && !only_moves(@own);
		my @whole =
		  $self->{cfg}{sequence}
		  ? map { ($_) x $times } @own
		  : (@own) x $times;
		return 0 unless @whole == @order;
		for my $i (0 .. $#order)
		{
			return 0 if $order[$i] != $whole[$i];
		}
	}
	return 1;
}

# Is no key that a row leaves named otherwise?  Then a repeated move finds
# its row where it went.
sub only_moves
{
	my %named = map { $_->{key} => 1 } @_;
	return !grep { defined $_->{old} && $named{ $_->{old} } } @_;
}

sub truth
{
	my ($self, $n) = @_;
	my $cfg = $self->{cfg};
	my $state = $self->{source}->state_after($n);
	return [ map { full_cells($cfg, $_, $state->{$_}) }
		  sort { $a <=> $b } keys %$state ];
}

1;

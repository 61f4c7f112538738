# A source schema and thirty days of its life: tables whose columns come, go,
# move and are renamed, reloads, and a user who alters the foreign tables in
# between.  The truth is what the last record of each row says; nothing is read
# back from the files, and what cdc_fdw finds in them is not asked.
#
# evolution($seed) returns the days, each a list of steps for a script, and what
# each must lead to.
package CdcOracle::Evolution;

use strict;
use warnings;

use JSON::PP;
use List::Util qw(max);

our $DAYS = 30;

my @kinds = qw(int text numeric date stamp);
my %sql_type = (
	int => 'integer',
	text => 'text',
	numeric => 'numeric(10,2)',
	date => 'date',
	stamp => 'timestamp');

sub pick { return $_[ int(rand(@_)) ] }
sub chance { return rand() < $_[0] }

sub quoted { return '"' . ($_[0] =~ s/"/""/gr) . '"' }
sub literal { return "'" . ($_[0] =~ s/'/''/gr) . "'" }

# A value as the task writes it; undef: NULL.
sub value
{
	my ($kind) = @_;

	return undef if chance(0.15);
	return 1 + int(rand(90000)) if $kind eq 'int';
	return sprintf('%d.%02d', rand(1000), rand(100)) if $kind eq 'numeric';
	return sprintf('20%02d-%02d-%02d', 10 + rand(10), 1 + rand(12), 1 + rand(28)) if $kind eq 'date';
	return sprintf('20%02d-%02d-%02d %02d:%02d:%02d', 10 + rand(10), 1 + rand(12), 1 + rand(28), rand(24), rand(60), rand(60))
	  if $kind eq 'stamp';
	return pick('w', 'x y', 'say "so"', 'one, two', 'Z') . int(rand(50)) . pick('', ' q', '-');
}

sub field
{
	my ($v) = @_;

	return '' if !defined $v;
	return $v =~ /[",\n]/ ? '"' . ($v =~ s/"/""/gr) . '"' : $v;
}

sub stamp
{
	my ($t) = @_;    # seconds since the first of January 2024
	my ($s, $m, $h, $d) = ($t % 60, int($t / 60) % 60, int($t / 3600) % 24, int($t / 86400));

	return ($d < 31 ? sprintf('2024-01-%02d', $d + 1) : sprintf('2024-02-%02d', $d - 30))
	  . sprintf(' %02d:%02d:%02d', $h, $m, $s);
}

# ---- names and columns ----

sub new_name
{
	my ($w) = @_;
	my $n = ++$w->{names};

	return pick("col$n", "Col$n", "the col $n", "order$n", "\xc3\xa4$n");
}

sub new_column
{
	my ($w) = @_;

	my $kind = pick(@kinds);

	return { name => new_name($w), kind => $kind, was => $kind };
}

# The places, from 0, and the names of the table's columns.
sub names_of { return map { $_->{name} } @{ $_[0]{cols} } }

# What an imported column is called here, where $taken are.
sub local_name
{
	my ($w, $name, $taken) = @_;

	if ($w->{lower})
	{
		my $l = $name =~ tr/A-Z/a-z/r;
		$name = $l if !$taken->{$l};
	}
	my $local = $name;
	$local = $name . '_' if $taken->{$local};
	for (my $n = 2; $taken->{$local}; $n++) { $local = "${name}_$n" }
	return $local;
}

# ---- files ----

sub csv
{
	return join(',', map { field($_) } @_) . "\n";
}

sub header
{
	my ($w, $t, $load) = @_;

	return () if !$w->{header};
	return csv(
		(!$load || $w->{op_in_load} ? 'Op' : ()),
		($w->{clock} ? 'ts' : ()),
		names_of($t));
}

sub record
{
	my ($w, $t, $op, $time, $row, $load) = @_;
	my @fields = map { $row->{ $_->{name} } } @{ $t->{cols} };

	# PostgreSQL's log has nothing but the key of a deleted row
	@fields = ($fields[0], map { undef } @fields[ 1 .. $#fields ])
	  if $op eq 'D' && $w->{key_only};
	return csv(
		(!$load || $w->{op_in_load} ? $op : ()),
		($w->{txn} && !$load ? ($t->{name}, $w->{schema}) : ()),
		($w->{clock} ? stamp($time) . '.000000' : ()), @fields);
}

# The row as one record has it: by name and by place.
sub as_written
{
	my ($w, $t, $row) = @_;
	my @cols = @{ $t->{cols} };

	return { map { ("n:$cols[$_]{name}" => $row->{ $cols[$_]{name} }, "p:$_" => $row->{ $cols[$_]{name} }) } 0 .. $#cols };
}

sub load_key { return 'LOAD00000001.csv' }

sub change_key
{
	my ($w, $time) = @_;
	my ($date, $clock) = split / /, stamp($time);
	my $folder = $w->{dated} ? ($date =~ tr{-}{/}r) . '/' : '';

	return $folder . ($date =~ tr/-//dr) . '-' . ($clock =~ tr/://dr) . '000.csv';
}

# ---- the source ----

sub new_row
{
	my ($t) = @_;

	my ($key, @other) = @{ $t->{cols} };
	my %row = map { ($_->{name} => value($_->{kind})) } @other;

	$row{ $key->{name} } = ++$t->{ids};
	return \%row;
}

# The whole table as a full load, at that time; older files are gone.
sub full_load
{
	my ($w, $t, $time) = @_;
	my $key = $t->{cols}[0]{name};
	my @rows = sort { $a->{$key} <=> $b->{$key} } values %{ $t->{rows} };

	$t->{looked} = [];
	$t->{history} = [ map { [ $time, $_->{$key}, as_written($w, $t, $_) ] } @rows ];
	$t->{since} = $time;
	look($w, $t, @rows);
	return [ "$w->{schema}/$t->{name}/" . load_key(),
		join '', header($w, $t, 1), map { record($w, $t, 'I', $time, $_, 1) } @rows ];
}

# A file was written with the columns of now and these rows: the full load, the
# oldest change file and the newest are looked at.
sub look
{
	my ($w, $t, @rows) = @_;
	my $now = [ map { { %$_ } } @{ $t->{cols} } ];

	for my $c (@$now)
	{
		my @values = grep { defined } map { $_->{ $c->{name} } } @rows;
		$c->{filled} = @values > 0;
		$c->{odd} = $c->{was} ne 'text' && grep { /[A-Za-z]/ } @values;
	}

	if ($w->{txn} && @{ $t->{looked} } > 0) { $w->{txn}[-1]{ $t->{name} } = $now }
	elsif (@{ $t->{looked} } < 3) { push @{ $t->{looked} }, $now }
	else { $t->{looked}[2] = $now }
	return;
}

# The columns in each of these files.  Of transaction files the oldest and the
# newest are looked at, where the table may have no record.
sub looked
{
	my ($w, $t) = @_;

	return (@{ $t->{looked} },
		map { $_->{ $t->{name} } // () } @{ $w->{txn} } > 1 ? @{ $w->{txn} }[ 0, -1 ] : @{ $w->{txn} })
	  if $w->{txn};
	return @{ $t->{looked} };
}

# Some changes of a day; the file, or nothing.
sub changes
{
	my ($w, $t, $day) = @_;
	my $n = $day == $t->{born} ? 6 : 1 + int(rand(5));
	my (@lines, @written);
	my $key = $t->{cols}[0]{name};
	my $file_time = $w->{txn} ? $w->{txn_time} : $day * 86400 + 72000 + int(rand(3000));

	for my $time (sort { $a <=> $b } map { $day * 86400 + 32400 + int(rand(36000)) } 1 .. $n)
	{
		my @ids = sort { $a <=> $b } keys %{ $t->{rows} };
		my $op = @ids < 4 ? 'I' : pick('I', 'U', 'U', 'U', 'D');
		my ($id, $row);

		if ($op eq 'I')
		{
			$row = new_row($t);
			$id = $row->{$key};
		}
		else
		{
			$id = pick(@ids);
			$row = { %{ $t->{rows}{$id} } };
			if ($op eq 'U')
			{
				for (@{ $t->{cols} }[ 1 .. $#{ $t->{cols} } ])
				{
					$row->{ $_->{name} } = value($_->{kind}) if chance(0.6);
				}
			}
		}
		push @lines, [ $time, record($w, $t, $op, $time, $row) ];
		push @written, $row if $op ne 'D' || !$w->{key_only};
		if ($op eq 'D') { delete $t->{rows}{$id} }
		else { $t->{rows}{$id} = $row }
		push @{ $t->{history} },
			[ $w->{clock} ? $time : $file_time, $id, $op eq 'D' ? undef : as_written($w, $t, $row) ];
	}
	look($w, $t, @written);
	return [ $w->{txn} ? 'cdc/CDC_TXN-' . (change_key($w, $file_time) =~ tr/-//dr) : "$w->{schema}/$t->{name}/" . change_key($w, $file_time),
		join('', header($w, $t, 0), map { $_->[1] } @lines), \@lines ];
}

# ---- the truth ----

# The rows at an instant, as what stands in them under each name or place.
sub state_at
{
	my ($t, $time) = @_;
	my %rows;

	for (@{ $t->{history} })
	{
		my ($at, $id, $row) = @$_;
		next if $at > $time;
		if (defined $row) { $rows{$id} = $row }
		else { delete $rows{$id} }
	}
	return \%rows;
}

# The same as texts that a query must give, by the columns that are there.
sub expected_rows
{
	my ($t, $time) = @_;
	my $rows = state_at($t, $time);
	my $json = JSON::PP->new->canonical;

	return [ sort map { my $row = $_; $json->encode({ map { ($_ => text($row->{ $t->{local}{$_} })) } keys %{ $t->{local} } }) }
		  values %$rows ];
}

sub text { return defined $_[0] ? "$_[0]" : undef }

# ---- events of the source ----

sub model_sql
{
	my ($w, $t, $what) = @_;

	return $w->{model} ? ("ALTER TABLE model." . quoted($t->{name}) . " $what;") : ();
}

# Columns that may be dropped or renamed: all but the key.
sub others { return @{ $_[0]{cols} }[ 1 .. $#{ $_[0]{cols} } ] }

sub add_column
{
	my ($w, $t, $name) = @_;
	my $c = new_column($w);

	$c->{name} = $name if defined $name;
	push @{ $t->{cols} }, $c;
	# where it goes again before a file has it, nothing shows that it was there
	$t->{must_write} = 1 if !$w->{header};
	$_->{ $c->{name} } = undef for values %{ $t->{rows} };
	return model_sql($w, $t, 'ADD ' . quoted($c->{name}) . " $sql_type{$c->{kind}}");
}

sub drop_column
{
	my ($w, $t, $c) = @_;

	$t->{cols} = [ grep { $_ != $c } @{ $t->{cols} } ];
	return model_sql($w, $t, 'DROP ' . quoted($c->{name}));
}

sub rename_column
{
	my ($w, $t, $c, $name) = @_;
	my @sql = model_sql($w, $t, 'RENAME ' . quoted($c->{name}) . ' TO ' . quoted($name));

	$_->{$name} = delete $_->{ $c->{name} } for values %{ $t->{rows} };
	$c->{name} = $name;
	return @sql;
}

# From now on nothing may be shown of the table but an error, or what sync
# reports.
sub refuse
{
	my ($t, $status, $reason) = @_;

	$t->{refused} = [ $status, $reason ] if !$t->{refused};
	return;
}

# Is a field known under a name now that its column here does not have?
sub check_known
{
	my ($w, $t) = @_;

	return if $w->{header} || !$w->{model};
	for my $local (sort keys %{ $t->{local} })
	{
		my ($place) = $t->{local}{$local} =~ /(\d+)/;
		my $c = $t->{cols}[$place] // next;
		next if $local eq $c->{name} || lc $t->{known}{ $t->{local}{$local} } eq lc $c->{name};
		refuse($t, qr/columns moved/, qr/stands where/);
	}
	return;
}

# What happens to the table in the source on that day.
sub source_event
{
	my ($w, $t) = @_;
	my @other = others($t);
	my $event = pick(qw(add add drop rename twin type swap));

	return if $t->{refused} || $t->{frozen};
	$t->{events}{$event}++;
	if ($event eq 'add' && @other < 9) { return add_column($w, $t) }
	if ($event eq 'twin' && $w->{header} && !$w->{model} && @other < 9)
	{
		my $sibling = pick(@other);
		my $name = $sibling->{name};
		my $twin = $name =~ tr/a-zA-Z/A-Za-z/r;
		return if $twin eq $name || grep { $_->{name} eq $twin } @other;
		# where no file ever has both, they are one by their names
		$t->{must_write} = $t->{twins} = 1;
		# files that have one of them may mean either: they are of one type
		return if $sibling->{kind} ne $sibling->{was};
		my @sql = add_column($w, $t, $twin);
		$t->{cols}[-1]{$_} = $sibling->{kind} for qw(kind was);
		$_->{fixed} = 1 for $sibling, $t->{cols}[-1];
		return @sql;
	}
	if ($event eq 'drop' && @other > 2)
	{
		my $c = pick(@other);
		# before another one comes, or the width does not show it
		$t->{must_write} = 1 if !$w->{header};
		return drop_column($w, $t, $c);
	}
	if ($event eq 'rename' && @other)
	{
		my $c = pick(@other);
		return rename_column($w, $t, $c, new_name($w));
	}
	# the values that come are none of the type there was
	if ($event eq 'type' && @other)
	{
		my $c = pick(@other);
		return if $c->{kind} eq 'text' || $c->{fixed};
		$c->{kind} = 'text';
		$t->{retyped} = 1;
		return model_sql($w, $t, 'ALTER ' . quoted($c->{name}) . ' TYPE text');
	}
	# one goes and another comes, of one width: only names tell
	if ($event eq 'swap' && !$w->{header} && $w->{model} && @other)
	{
		my $c = pick(@other);
		return (drop_column($w, $t, $c), add_column($w, $t));
	}
	return;
}

# ---- the user ----

# The local name of each column by what it is in the files.
sub local_of
{
	my ($t, $binding) = @_;
	my ($local) = grep { $t->{local}{$_} eq $binding } sort keys %{ $t->{local} };

	return $local;
}

sub alter
{
	my ($w, $t, $what) = @_;

	return map { "ALTER FOREIGN TABLE $_ $what;" } map { 'hist.'
		  . quoted("$t->{name}$_") } @{ $w->{suffixes} };
}

# What the user does to the foreign table on that day.
sub user_event
{
	my ($w, $t, $day) = @_;
	my $event = pick(qw(rename drop role text));
	my ($local) = pick(sort keys %{ $t->{local} });

	return if $t->{refused} || $t->{frozen} || !defined $local || $w->{lower};
	my $binding = $t->{local}{$local};
	return if $binding eq $t->{key};
	# of transaction files those looked at may not have the last field, which then
	# is the error of a record that is too wide
	return if $event eq 'drop' && ($t->{twins} || $w->{txn});
	# nor the files looked at all values of one that comes back
	return if $event eq 'drop' && $t->{retyped};
	$t->{events}{"user $event"}++;
	if ($event eq 'rename')
	{
		my $new = 'mine' . ++$w->{names};
		my $by_name = $w->{header} ? $binding =~ s/^n://r : $w->{model} ? $t->{known}{$binding} : undef;
		my $had = $t->{column_name}{$binding};
		my @sql = alter($w, $t, 'RENAME ' . quoted($local) . ' TO ' . quoted($new));
		if (defined $by_name && !$had)
		{
			push @sql,
				alter($w, $t, 'ALTER ' . quoted($new) . ' OPTIONS (ADD column_name '
				  . literal(quoted($by_name)) . ')');
			$t->{column_name}{$binding} = 1;
		}
		delete $t->{local}{$local};
		$t->{local}{$new} = $binding;
		return @sql;
	}
	if ($event eq 'drop')
	{
		my ($last) = sort { $b <=> $a } map { /^p:(\d+)/ ? $1 : () } values %{ $t->{local} };
		delete $t->{$_}{$binding} for qw(column_name is_text lacks pinned);
		delete $t->{local}{$local};
		$t->{uneven} = 1;
		my @sql = alter($w, $t, 'DROP ' . quoted($local));
		if ($w->{header} || $binding eq "p:$last")
		{
			return @sql;
		}
		# until the user says where those behind it stand
		my ($place) = $binding =~ /(\d+)/;
		my ($next) = grep { local_of($t, "p:$_") } $place + 1 .. $last;
		return @sql if $t->{pinned}{"p:$next"};
		refuse($t, qr/columns moved/, $w->{model} ? qr/stands where|was dropped/ : qr/was dropped/);
		$t->{mend} = [ $day + 1,
			alter($w, $t, 'ALTER ' . quoted(local_of($t, "p:$next")) . " OPTIONS (ADD position '"
				  . ($next + 1) . "')") ];
		$t->{pinned}{"p:$next"} = 1;
		return @sql;
	}
	if ($event eq 'role')
	{
		return if $t->{role}++;
		return alter($w, $t, "ADD shown_$t->{name} text OPTIONS (role 'file')");
	}
	$t->{is_text}{$binding} = 1;
	return alter($w, $t, 'ALTER ' . quoted($local) . ' TYPE text');
}

# ---- what sync must find ----

# By the columns of the files that are looked at.
sub widths { return map { scalar @$_ } looked(@_) }

# All files' columns with what they are to a foreign table.
sub fields_of
{
	my ($w, $t) = @_;
	my @fields;

	for my $file (looked($w, $t))
	{
		push @fields,
			map { { %{ $file->[$_] }, binding => $w->{header} ? "n:$file->[$_]{name}"
				  : "p:$_" } } 0 .. $#$file;
	}
	return @fields;
}

# Is a column that is made now one that takes any text?
sub note_type
{
	my ($w, $t, $binding) = @_;
	my @fields = grep { $_->{binding} eq $binding } fields_of($w, $t);

	$t->{is_text}{$binding} = 1
	  if $w->{model} ? $fields[-1]{kind} eq 'text' : !grep({ $_->{filled} } @fields) || grep { $_->{filled} && ($_->{was} eq 'text' || $_->{odd}) } @fields;
	return;
}

# The columns that are declared of a type which values do not fit any more.
# From the next day on the user lets them be texts.
sub misfits
{
	my ($w, $t, $day) = @_;
	my %odd = map { ($_->{binding} => 1) } grep { $_->{odd} && !$t->{is_text}{ $_->{binding} }
		  && local_of($t, $_->{binding}) } fields_of($w, $t);

	return 0 if !%odd;
	refuse($t, qr/type would not fit any more|columns moved/, qr/./);
	$t->{mend} = [ $day + 1,
		map { alter($w, $t, 'ALTER ' . quoted(local_of($t, $_)) . ' TYPE text') } sort keys %odd ];
	$t->{is_text}{$_} = 1 for keys %odd;
	return 1;
}

# Let the sync of the day happen: what it must report, and what is there then.
sub expect_sync
{
	my ($w, $t, $day) = @_;
	my @looked = looked($w, $t);
	my %taken = (%{ $t->{local} }, $t->{role} ? ("shown_$t->{name}" => 1) : ());
	my @added;

	# why it is refused may show otherwise on later days
	if ($t->{refused})
	{
		my @why = @{ $t->{refused} };
		$t->{refused} = [ $why[0], qr/./ ];
		@why = (qr/columns moved|skipped/, qr/./)
		  if $w->{model} && @{ $t->{cols} } > max(widths($w, $t));
		# where the transaction files looked at have no record of the table
		@why = (qr/columns moved|skipped|type would|unchanged/, qr/^/)
		  if $w->{txn} && (!@{ $w->{txn} } || !$w->{txn}[-1]{ $t->{name} });
		return \@why;
	}
	if ($w->{header})
	{
		my %in = map { ("n:$_->{name}" => 1) } map { @$_ } @looked;
		my @undeclared = grep { my $b = "n:$_->{name}"; !local_of($t, $b) } map { @$_ } @looked;
		my @lost = grep { !$in{$_} && !$t->{lacks}{$_} } values %{ $t->{local} };
		if (@undeclared && @lost)
		{
			refuse($t, qr/columns moved/, qr/no file looked at has column/);
			return $t->{refused};
		}
		my $odd = misfits($w, $t, $day);
		my $lacking = 0;
		for my $b (values %{ $t->{local} })
		{
			next if $t->{lacks}{$b} || $b eq $t->{key};
			next if @looked == grep { grep { "n:$_->{name}" eq $b } @$_ } @looked;
			$t->{lacks}{$b} = 1;
			$lacking++;
		}
		# in the order in which the files have them
		for my $name (map { $_->{name} } map { @$_ } @looked)
		{
			next if local_of($t, "n:$name");
			my $local = local_name($w, $name, \%taken);
			$t->{local}{$local} = "n:$name";
			$t->{column_name}{"n:$name"} = 1 if $local ne $name;
			note_type($w, $t, "n:$name");
			$taken{$local} = 1;
			push @added, $local;
			$t->{lacks}{"n:$name"} = 1 if @looked > grep { grep { $_->{name} eq $name } @$_ } @looked;
		}
		return [ qr/./, qr/type would not fit any more|^column "/ ] if $odd;
		return [ 'columns added' ] if @added;
		return [ $lacking ? 'options added' : 'unchanged' ];
	}
	my @widths = widths($w, $t);
	my $widest = 0;
	for my $width (@widths)
	{
		if ($width < $widest)
		{
			refuse($t, qr/columns moved/, qr/fields of the table|stands where/);
			return $t->{refused};
		}
		$widest = $width if $width > $widest;
	}
	my ($last) = sort { $b <=> $a } map { /^p:(\d+)/ ? $1 : () } values %{ $t->{local} };
	$last //= -1;
	if ($last >= $widest && (!$w->{txn} || $w->{txn}[-1]{ $t->{name} }))
	{
		refuse($t, qr/columns moved/, qr/./);
		return $t->{refused};
	}
	return $t->{refused} if misfits($w, $t, $day);
	# a column that is known already, and that no file has yet
	return [ 'skipped', qr/has \d+ columns, but its records have/ ]
	  if $w->{model} && @{ $t->{cols} } > $widest;
	for my $place ($last + 1 .. $widest - 1)
	{
		my $name = $w->{model} && $place < @{ $t->{cols} } ? $t->{cols}[$place]{name} : 'c'
		  . ($place + 1);
		my $local = local_name($w, $name, \%taken);
		$t->{local}{$local} = "p:$place";
		$t->{known}{"p:$place"} = $name;
		$t->{pinned}{"p:$place"} = 1 if $t->{uneven};
		note_type($w, $t, "p:$place");
		$taken{$local} = 1;
		push @added, $local;
	}
	return [ @added ? 'columns added' : 'unchanged' ];
}

# ---- an evolution ----

sub new_table
{
	my ($w, $name, $day) = @_;
	my $t = { name => $name, born => $day, rows => {}, local => {}, ids => 0 };

	$t->{cols} = [ { name => 'id', kind => 'int', was => 'int' },
		map { new_column($w) } 1 .. 2 + rand(3) ];
	$t->{key} = $w->{header} ? 'n:id' : 'p:0';
	for (1 .. 4 + rand(6))
	{
		my $row = new_row($t);
		$t->{rows}{ $row->{id} } = $row;
	}
	return $t;
}

sub model_table
{
	my ($w, $t) = @_;

	return () if !$w->{model};
	return 'CREATE TABLE model.' . quoted($t->{name}) . ' ('
	  . join(', ', map { quoted($_->{name}) . " $sql_type{$_->{kind}}" . ($_->{name} eq 'id' ? ' PRIMARY KEY' : '') } @{ $t->{cols} })
	  . ');';
}

sub world
{
	my ($seed) = @_;
	my $w = { schema => "s$seed", names => 0 };

	srand($seed);
	$w->{header} = chance(0.5);
	$w->{clock} = chance(0.6);
	$w->{txn} = [] if !$w->{header} && chance(0.3);
	$w->{dated} = !$w->{txn} && chance(0.3);
	$w->{op_in_load} = chance(0.3);
	$w->{key_only} = chance(0.5);
	$w->{model} = chance(0.5);
	$w->{lower} = $w->{header} && chance(0.2);
	$w->{told} = chance(0.7);
	$w->{suffixes} = chance(0.3) ? [ '', '_history' ] : [''];
	return $w;
}

sub server_options
{
	my ($w) = @_;
	my @told;

	push @told, "add_column_name '" . ($w->{header} ? 'true' : 'false') . "'",
	  "timestamp_column_name '" . ($w->{clock} ? 'ts' : '') . "'",
	  "include_op_for_full_load '" . ($w->{op_in_load} ? 'true' : 'false') . "'",
	  $w->{txn} ? "preserve_transactions 'true', cdc_path 'cdc'" : "date_partition_enabled '" . ($w->{dated} ? 'true' : 'false') . "'"
	  if $w->{told};
	return join ', ', "base_time '2024-01-01 00:00'", @told;
}

sub import_options
{
	my ($w) = @_;

	return {
		($w->{model} ? (types_from => 'model') : ()),
		($w->{lower} ? (identifier_case => 'lower') : ()),
		modes => @{ $w->{suffixes} } > 1 ? 'snapshot,history' : 'snapshot'
	};
}

# One day of one table.  Returns what stands in the files, what is run before
# the sync, and what it must report.
sub day_of_table
{
	my ($w, $t, $day) = @_;
	my (@files, @sql, $gone);
	my $time = $day * 86400 + 3600;

	if ($day == $t->{born})
	{
		push @sql, model_table($w, $t);
		push @files, full_load($w, $t, $time), changes($w, $t, $day);
		return { table => $t, files => \@files, sql => \@sql, created => 1 };
	}
	if ($t->{mend} && $t->{mend}[0] == $day)
	{
		my (undef, @mend) = @{ delete $t->{mend} };
		push @sql, @mend;
		delete $t->{refused};
	}
	elsif (chance(0.25))
	{
		push @sql, source_event($w, $t);
		check_known($w, $t) if !$t->{refused};
	}
	elsif (chance(0.15)) { push @sql, user_event($w, $t, $day) }
	# transaction files outlive the tables whose records they have
	if (chance(0.05) && !$t->{mend} && !$w->{txn})
	{
		$gone = 1;
		push @files, full_load($w, $t, $time);
	}
	push @files, changes($w, $t, $day) if delete $t->{must_write} || chance(0.6);
	return { table => $t, files => \@files, sql => \@sql, gone => $gone };
}

sub check_of
{
	my ($w, $t, $day) = @_;
	my $end = ($day + 1) * 86400;
	my @checks;

	for my $at (undef, map { $t->{since} + int(rand($end - $t->{since})) } 1 .. 2)
	{
		push @checks, { table => $t->{name}, at => defined $at ? stamp($at) . '.5' : undef,
			refused => $t->{refused} ? 1 : 0, rows => $t->{refused} ? [] : expected_rows($t, $at // $end) };
	}
	return @checks;
}

# The files of a day; records of one transaction file stand in the order of their
# commits, whatever table they are of.
sub joined
{
	my @files = grep { $_->[0] !~ /^cdc/ } @_;
	my @txn = grep { $_->[0] =~ /^cdc/ } @_;

	push @files,
		[ $txn[0][0], join '', map { $_->[1] } sort { $a->[0] <=> $b->[0] } map { @{ $_->[2] } } @txn ]
	  if @txn;
	return \@files;
}

sub evolution
{
	my ($seed) = @_;
	my $w = world($seed);
	my @tables = map { new_table($w, "t$_", 0) } 1 .. 2;
	my @days;

	for my $day (0 .. $DAYS - 1)
	{
		my @parts;

		push @tables, new_table($w, 't' . (@tables + 1), $day)
		  if $day > 0 && @tables < 4 && chance(0.1);
		if ($w->{txn})
		{
			push @{ $w->{txn} }, {};
			$w->{txn_time} = $day * 86400 + 72000 + int(rand(3000));
		}
		push @parts, day_of_table($w, $_, $day) for @tables;
		pop @{ $w->{txn} } if $w->{txn} && !%{ $w->{txn}[-1] };
		my %expect;
		for my $part (@parts)
		{
			my $t = $part->{table};
			my $status = expect_sync($w, $t, $day);
			$status = ['created'] if $part->{created};
			$expect{"$t->{name}$_"} = $status for @{ $w->{suffixes} };
		}
		push @days, {
			files => joined(map { @{ $_->{files} } } @parts),
			gone => [ map { $_->{gone} ? "$w->{schema}/$_->{table}{name}" : () } @parts ],
			sql => [ map { @{ $_->{sql} } } @parts ],
			# without names nothing tells which column is the key
			keys => [ map { my $n = $_->{table}{name}; $_->{created} && !$w->{header} && !$w->{model} ? map { "$n$_" } @{ $w->{suffixes} } : () } @parts ],
			how => $day == 0 ? 'import' : pick(qw(once once pair back)),
			expect => \%expect,
			checks => [ map { check_of($w, $_, $day) } @tables ]
		};
	}
	$w->{days} = \@days;
	$w->{tables} = \@tables;
	return $w;
}

1;

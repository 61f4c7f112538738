
# SQL for one generated log: the second oracle's tables, the foreign table,
# and the comparison of all three at every instant.
package CdcOracle::Sql;

use strict;
use warnings;
use utf8;

use CdcOracle::Changes;
use CdcOracle::Draw;
use CdcOracle::Emit qw(instant_text);
use CdcOracle::History;
use CdcOracle::Repeats;
use CdcOracle::Why;

use constant SECOND => 1_000_000;

sub literal
{
	my ($text) = @_;
	return 'NULL' unless defined $text;
	$text =~ s/'/''/g;
	return $text =~ s/\\/\\\\/g ? " E'$text'" : "'$text'";
}

sub name
{
	my ($name) = @_;
	$name =~ s/"/""/g;
	return qq("$name");
}

# One value for COPY's text format.
sub copy_value
{
	my ($value) = @_;
	return '\\N' unless defined $value;
	$value =~ s/\\/\\\\/g;
	$value =~ s/\t/\\t/g;
	$value =~ s/\n/\\n/g;
	$value =~ s/\r/\\r/g;
	return $value;
}

sub array_value
{
	my ($values) = @_;
	return undef unless defined $values;
	return '{' . join(
		',',
		map {
			my $v = $_;
			if (!defined $v) { 'NULL' }
			else { $v =~ s/(["\\])/\\$1/g; qq("$v") }
		} @$values) . '}';
}

sub copy
{
	my ($table, $columns, @rows) = @_;
	return "COPY oracle.$table ($columns) FROM stdin;\n"
	  . join('', map { join("\t", map { copy_value($_) } @$_) . "\n" } @rows)
	  . "\\.\n";
}

# A cell's text as a value, as text again: equal values give equal texts.
sub canonical
{
	my ($col, $text, $typed) = @_;
	my $type = $col->{type};
	$text =
	    $typed ? $text
	  : $type eq 'timestamptz' ? "($text || '+00')::timestamptz"
	  : $type eq 'bytea' ? "decode(ltrim($text, E'\\\\x'), 'hex')"
	  : "($text)::$type";
	$text = "($text) AT TIME ZONE 'UTC'" if $type eq 'timestamptz';
	$text = "trim_scale($text)" if $col->{key} && $type eq 'numeric';
	return "($text)::text";
}

sub row_of
{
	my ($cfg, $array) = @_;
	my $i = 0;
	return 'ROW('
	  . join(', ', map { $i++; canonical($_, "$array\[$i]") }
		  @{ $cfg->{columns} })
	  . ')::text';
}

sub load_records
{
	my ($log) = @_;
	my $cfg = $log->{cfg};
	my @keys = grep { $cfg->{columns}[$_]{key} } 0 .. $#{ $cfg->{columns} };
	my $key = sub { @keys ? array_value([ @{ $_[0]{cells} }[@keys] ]) : undef };
	my $sql = "SELECT oracle.reset();\n";
	my @base = @{ $log->{base} || [] };
	$sql .= copy('base', 'cells, key, at',
		map { [ array_value($_->{cells}), $key->($_),
				$cfg->{clock} eq 'commit' ? $_->{time} : undef ] } @base);
	$sql .= copy(
		'change',
		'commit_time, file_time, object, line, seq, op, key, before, cells, supplied',
		map {
			my ($r, $file, $line) = @$_;
			[
				$cfg->{clock} eq 'commit' ? $r->{time} : undef,
				$file->{time}, $file->{key}, $line, $r->{seq},
				$cfg->{cdc_op} ? $r->{op} : undef,
				$key->($r), array_value($r->{before}),
				array_value($r->{cells}),
				array_value([ map { $_ ? 't' : 'f' } @{ $r->{supplied} } ])
			]
		} @{ $log->{loaded} });
	$sql .= copy('file', 'object, file_time, first, folder',
		map { [ $_->{key}, $_->{time},
				$cfg->{clock} eq 'commit' ? $_->{first} : undef,
				$cfg->{task_folders} ? $_->{task} : 0 ] }
		  @{ $log->{files} });
	$sql .= copy('setting',
		'clock, keyless, by_sequence, transactions, skew, changes_from, before_base, repeats',
		[ $cfg->{clock}, map({ $_ ? 't' : 'f' } $cfg->{keyless},
				$cfg->{sequence}, $cfg->{txn}),
			$cfg->{skew} * SECOND, $cfg->{changes_from},
			@$cfg{qw(before_base repeats)} ]);
	$sql .= copy('instant', 'n, at, known, scan, sure',
		map { [ @$_{qw(n at known)}, map { $_ ? 't' : 'f' } @$_{qw(scan sure)} ] }
		  @{ $log->{instants} });
	$sql .= copy('truth', 'n, cells',
		map { my $n = $_->{n}; map { [ $n, array_value($_) ] }
			  @{ $_->{truth} } } @{ $log->{instants} });
	return $sql . key_updates($cfg);
}

sub key_updates
{
	my ($cfg) = @_;
	my @keys = grep { $_->{key} } @{ $cfg->{columns} } or return '';
	my (@new, @old);
	for my $i (1 .. @keys)
	{
		push @new, canonical($keys[ $i - 1 ], "key[$i]");
		push @old, canonical($keys[ $i - 1 ], "coalesce(before[$i], key[$i])");
	}
	my $new = 'ROW(' . join(', ', @new) . ')::text';
	my $old = 'ROW(' . join(', ', @old) . ')::text';
	return "UPDATE oracle.base SET k = $new;\n"
	  . "UPDATE oracle.change SET k = $new, bk = $old;\n"
	  . "ANALYZE oracle.change;\n";
}

# The oracles' own agreement.  Lines begin with R (ran), D (differs).
sub compare_oracles
{
	my ($log) = @_;
	my $cfg = $log->{cfg};
	my $row = row_of($cfg, 'cells');
	my $seed = $cfg->{seed};
	return "SELECT count(oracle.forward(n, at, known, scan)) FROM oracle.instant;\n"
	  . "CREATE TEMP TABLE truth_row AS SELECT n, $row AS r FROM oracle.truth;\n"
	  . "CREATE TEMP TABLE forward_row AS SELECT n, $row AS r FROM oracle.forward;\n"
	  . differences("D|$seed|", "'truth/forward'",
		'SELECT t.* FROM truth_row t',
		'SELECT f.* FROM forward_row f JOIN oracle.instant USING (n) WHERE sure',
		repeats_rows($cfg))
	  . "SELECT 'R|$seed|forward|' || count(*) FROM oracle.instant;\n";
}

# Does a row of the full load come out as often as it is there, until a change
# of its key is read?
sub repeats_rows { return ($_[0]{repeats} || '') eq 'all' }

# as_set: how often a row is there makes no difference
sub differences
{
	my ($prefix, $what, $expected, $given, $as_set) = @_;
	my $except = $as_set ? 'EXCEPT' : 'EXCEPT ALL';
	return "SELECT '$prefix' || $what || '|instant ' || n || '|' || side || r"
	  . " FROM (SELECT '-' AS side, * FROM ($expected $except $given) x"
	  . " UNION ALL SELECT '+', * FROM ($given $except $expected) y) d"
	  . " ORDER BY n, r LIMIT 12;\n";
}

#
# The foreign table
#

sub options
{
	my (%options) = @_;
	return '' unless %options;
	return ' OPTIONS ('
	  . join(', ',
		map { "$_ " . literal($options{$_}) } sort keys %options) . ')';
}

sub column_ddl
{
	my ($cfg, $col, $place) = @_;
	my %options;
	$options{key} = 'true' if $col->{key};
	$options{null_on_update} = 'keep' if $col->{keep};
	if ($col->{may_lack})
	{
		my $missing = $col->{missing};
		$options{missing} = !defined $missing ? ''
		  : $missing eq '' ? '""' : $missing;
	}
	$options{before} = $col->{before_of} if $col->{before_of};
	$options{sequence} = 'true' if $col->{is_sequence};
	$options{position} = $place if $cfg->{pinned} && ($place == 1
		|| $col->{after_gap} || chance(0.5));
	if ($cfg->{header} && lc $col->{in_file} ne $col->{name})
	{
		$options{column_name} =
		  chance(0.3) ? "never_there,$col->{in_file}" : $col->{in_file};
	}
	return name($col->{name}) . " $col->{type}" . options(%options);
}

sub log_options
{
	my ($cfg) = @_;
	my %o;
	$o{add_column_name} = 'true' if $cfg->{header};
	$o{timestamp_column_name} = $cfg->{time_name}
	  if $cfg->{clock} eq 'commit';
	$o{include_op_for_full_load} =
	  $cfg->{load_op} eq 'yes' ? 'true' : 'false'
	  if $cfg->{say_load_op};
	$o{cdc_inserts_only} = 'true' if $cfg->{mode} eq 'inserts';
	$o{cdc_inserts_and_updates} = 'true' if $cfg->{mode} eq 'inserts_updates';
	$o{csv_delimiter} = $cfg->{delimiter} if $cfg->{delimiter} ne ',';
	$o{csv_row_delimiter} = '\\r\\n' if $cfg->{eol} eq "\r\n";
	$o{csv_null_value} = $cfg->{null_value} if defined $cfg->{null_value};
	if ($cfg->{nosup})
	{
		$o{use_csv_no_sup_value} = 'true';
		$o{csv_no_sup_value} = $cfg->{no_sup_value};
	}
	$o{rfc4180} = 'false' unless $cfg->{rfc4180};
	$o{compression_type} = 'gzip' if $cfg->{gzip} eq 'all' && chance(0.5);
	if ($cfg->{date})
	{
		$o{date_partition_enabled} = 'true';
		$o{date_partition_sequence} = $cfg->{date}{sequence};
		$o{date_partition_delimiter} = $cfg->{date}{delimiter};
		$o{date_partition_timezone} = $cfg->{zone} if $cfg->{zone};
	}
	if ($cfg->{txn})
	{
		$o{preserve_transactions} = 'true';
		$o{cdc_path} = $cfg->{cdc_folder};
	}
	return %o;
}

sub table_options
{
	my ($cfg) = @_;
	my %o;
	if ($cfg->{task_folders})
	{
		$o{prefix} = join ', ', map { qq("$cfg->{folder}$_") } '',
		  map { "_$_" } 1 .. $cfg->{tasks};
	}
	elsif ($cfg->{txn} || chance(0.7))
	{
		$o{schema_name} = $cfg->{schema};
		$o{table_name} = $cfg->{table}
		  if $cfg->{table} ne 'item' || chance(0.5);
	}
	else { $o{prefix} = $cfg->{folder} . any('', '/') }
	$o{before_base} = $cfg->{before_base} if $cfg->{before_base};
	$o{op_column_name} = $cfg->{op_name} if $cfg->{qlik};
	$o{check_base} = 'error' if ($cfg->{repeats} || '') eq 'one';
	$o{clock_skew} = "$cfg->{skew} s" if $cfg->{skew} != 10;
	# nothing in its records says when the full load was taken
	$o{base_time} = '2000-01-01' if $cfg->{clock} eq 'file';
	$o{changes_from} = instant_text($cfg->{changes_from})
	  if $cfg->{changes_from};
	$o{allow_empty} = 'true' if $cfg->{allow_empty};
	$o{partition_folders} = 'true'
	  if $cfg->{partitions} && ($cfg->{partitions} eq 'digit' || chance(0.5));
	return %o;
}

# Statements that make schema, server and foreign table of a log.
sub ddl
{
	my ($log) = @_;
	my $cfg = $log->{cfg};
	my $own = "o$cfg->{seed}";
	my %server = (url => "file://$cfg->{dir}");
	my %table = table_options($cfg);
	my %log = log_options($cfg);
	for my $option (sort keys %log)
	{
		if (chance(0.5)) { $server{$option} = $log{$option} }
		else { $table{$option} = $log{$option} }
	}
	my $place = 0;
	my @columns = map {
		$place += $_->{after_gap} ? 2 : 1;
		column_ddl($cfg, $_, $place)
	} @{ $cfg->{columns} }, @{ $cfg->{extra} };
	@columns = map { $_->[1] } sort { $a->[0] <=> $b->[0] }
	  map { [ rand, $_ ] } @columns
	  if $cfg->{header} && chance(0.5);
	$cfg->{own_columns} = [@columns];
	$cfg->{table_options} = \%table;
	for my $role (
		[ 'dms_op', 'text', 'op' ], [ 'dms_time', 'timestamptz', 'commit_time' ],
		[ 'dms_file', 'text', 'file' ], [ 'dms_line', 'bigint', 'line' ])
	{
		next if $role->[2] eq 'commit_time' && $cfg->{clock} eq 'file';
		splice @columns, int rand(@columns + 1), 0,
		  "$role->[0] $role->[1] OPTIONS (role '$role->[2]')"
		  if chance(0.1);
	}
	$cfg->{asof_column} = chance(0.3) || 0;
	splice @columns, int rand(@columns + 1), 0,
	  "as_of timestamptz OPTIONS (role 'asof')"
	  if $cfg->{asof_column};
	$cfg->{known_column} = chance(0.3) || 0;
	push @columns, "known timestamptz OPTIONS (role 'known_at')"
	  if $cfg->{known_column};
	return
	    "CREATE SCHEMA $own;\n"
	  . "CREATE SERVER $own FOREIGN DATA WRAPPER cdc_fdw"
	  . options(%server) . ";\n"
	  . "CREATE FOREIGN TABLE $own.item (\n  "
	  . join(",\n  ", @columns)
	  . "\n) SERVER $own"
	  . options(%table) . ";\n";
}

# An instant as a session in that zone writes it.
sub session_instant
{
	my ($at, $zone) = @_;
	return instant_text($at) . any('+00', 'Z', '+00:00') if chance(0.5);
	my %offset = (UTC => 0, 'Asia/Tokyo' => 9 * 3600);
	return instant_text($at + $offset{$zone} * SECOND);
}

# Statements before, a condition, and statements after, for what is known.
sub known_at
{
	my ($cfg, $instant, $zone) = @_;
	my $alter = "ALTER FOREIGN TABLE o$cfg->{seed}.item OPTIONS";
	return ("$alter (ADD late_files 'scan');\n", '', "$alter (DROP late_files);\n")
	  if $instant->{scan} && chance(0.5);
	my $known = $instant->{known};
	return ('', '', '') unless defined $known || $instant->{scan};
	my $text = defined $known ? instant_text($known) : 'infinity';
	my $form = any('session', 'table', $cfg->{known_column} ? 'column' : 'session');
	return ('', "known = '$text" . (defined $known ? "+00'" : "'"), '')
	  if $form eq 'column';
	return ("$alter (ADD known_at '$text');\n", '', "$alter (DROP known_at);\n")
	  if $form eq 'table';
	$text = session_instant($known, $zone) if defined $known;
	return ("SET cdc_fdw.known_at = '$text';\n", '', "RESET cdc_fdw.known_at;\n");
}

# All rows at an instant into oracle.got, under the name of the way.
sub read_at
{
	my ($cfg, $instant, $way, $zone) = @_;
	my $own = "o$cfg->{seed}";
	my ($n, $at) = @$instant{qw(n at)};
	my $row = 'ROW('
	  . join(', ', map { canonical($_, name($_->{name}), 1) }
		  @{ $cfg->{columns} })
	  . ')::text';
	my ($before, $where, $after) = ('', '', '');
	if (defined $at)
	{
		my $form = any('session', 'session', 'table',
			$cfg->{asof_column} ? 'column' : 'session');
		if ($form eq 'session')
		{
			$before = 'SET cdc_fdw.asof = '
			  . literal(session_instant($at, $zone)) . ";\n";
			$after = "RESET cdc_fdw.asof;\n";
		}
		elsif ($form eq 'table')
		{
			$before = "ALTER FOREIGN TABLE $own.item OPTIONS (ADD asof '"
			  . instant_text($at) . any('', '+00', 'Z') . "');\n";
			$after = "ALTER FOREIGN TABLE $own.item OPTIONS (DROP asof);\n";
		}
		else { $where = " WHERE as_of = '" . instant_text($at) . "+00'" }
	}
	my ($first, $condition, $last) = known_at($cfg, $instant, $zone);
	$before .= $first;
	$where .= ($where ? ' AND' : ' WHERE') . " $condition" if $condition;
	$after .= $last;
	my $ran = "INSERT INTO oracle.ran VALUES ($n, '$way');\n";
	return
	    $before
	  # INSERT ... SELECT would never be parallel
	  . "CREATE TEMP TABLE got AS SELECT $n AS n, '$way' AS way, $row AS r"
	  . " FROM $own.item$where;\n"
	  . "\\if :ERROR\n\\echo E|$cfg->{seed}|$way|instant $n\n\\else\n$ran"
	  . "INSERT INTO oracle.got TABLE got;\nDROP TABLE got;\n\\endif\n"
	  . narrow($cfg, $instant, $way, $where)
	  . $after;
}

# The same scan for fewer columns, for none, and for one key.
sub narrow
{
	my ($cfg, $instant, $way, $where) = @_;
	return '' unless chance(0.4);
	my $own = "o$cfg->{seed}";
	my ($n, $seed) = ($instant->{n}, $cfg->{seed});
	my $said = "|| '|instant $n|' ||";
	my $sql =
	    "SELECT 'D|$seed|$way count' $said c || ' rows instead of ' || f"
	  . " FROM (SELECT count(*) c FROM $own.item$where) x,"
	  . " (SELECT count(*) f FROM forward_row WHERE n = $n) y WHERE c <> f;\n";
	my $i = int rand @{ $cfg->{columns} };
	my $col = $cfg->{columns}[$i];
	my $place = $i + 1;
	my $one = canonical($col, name($col->{name}), 1);
	my $want = canonical($col, "cells[$place]");
	$sql .= differences(
		"D|$seed|", "'$way column $col->{name}'",
		"SELECT n, $want AS r FROM oracle.forward WHERE n = $n",
		"SELECT $n, $one AS r FROM $own.item$where");
	return $sql . search($cfg, $n, $way, $where, $want, $one);
}

# The rows of some keys; searched for where every key column has its value.
sub search
{
	my ($cfg, $n, $way, $where, $want, $one) = @_;
	my @at = grep { $cfg->{columns}[$_]{key} } 0 .. $#{ $cfg->{columns} };
	return '' unless @at;
	my @some = map { [ key_values($cfg, int rand $cfg->{domain}) ] } 0 .. 2;
	my (@is, @asks);
	# only a part of the key at times, and one column that may have many values
	my $parts = chance(0.8) ? @at : 1;
	my $many = int rand @at;
	for my $i (0 .. $parts - 1)
	{
		my $key = $cfg->{columns}[ $at[$i] ];
		my @values = map { literal($_->[$i]) . "::$key->{type}" }
		  $i == $many ? @some : $some[0];
		my $cell = canonical($key, 'cells[' . ($at[$i] + 1) . ']');
		push @is, "$cell IN ("
		  . join(', ', map { canonical($key, $_, 1) } @values) . ')';
		push @asks, name($key->{name})
		  . (@values == 1 ? " = $values[0]"
			: ' IN (' . join(', ', @values) . ')');
	}
	return differences(
		"D|$cfg->{seed}|", "'$way key search'",
		"SELECT n, $want AS r FROM oracle.forward WHERE n = $n AND "
		  . join(' AND ', @is),
		"SELECT $n, $one AS r FROM o$cfg->{seed}.item"
		  . ($where ? "$where AND " : ' WHERE ')
		  . join(' AND ', @asks),
		# a search may end at the first row of a key
		repeats_rows($cfg));
}

use constant PARALLEL => (
	'max_parallel_workers_per_gather = 2',
	'parallel_setup_cost = 0',
	'parallel_tuple_cost = 0',
	'min_parallel_table_scan_size = 0');

# One line for the test to count: is the scan divided?
sub tell_parallel
{
	my ($cfg) = @_;
	return "EXPLAIN (COSTS OFF) SELECT * FROM o$cfg->{seed}.item \\g |"
	  . " grep -q 'Parallel Foreign Scan' && echo 'P|$cfg->{seed}'\n";
}

# The slow ways once more, by several processes or in tiny work_mem: of every
# log one of both, at the middle instant and at the last.
sub forced_instants
{
	my ($log) = @_;
	my @instants = @{ $log->{instants} };
	return @instants < 2 ? @instants : @instants[ $#instants / 2, -1 ];
}

sub compare_forced
{
	my ($log, $zone, @tiny) = @_;
	my ($way, @settings) = $log->{cfg}{seed} % 2
	  ? ('forced_tiny', @tiny) : ('forced_parallel', PARALLEL);
	push @settings, "TimeZone = '$zone'",
	  map { "cdc_fdw.force_$_ = on" } qw(libcsv input_functions);
	return join '', map({ "SET $_;\n" } @settings),
	  map({ read_at($log->{cfg}, $_, $way, $zone) } forced_instants($log)),
	  map { /(\S+) =/ ? "RESET $1;\n" : () } @settings;
}

# Reads the foreign table at every instant in default and in tiny work_mem, by
# one process and by several, and at some by the slow ways to records and values.
sub compare_extension
{
	my ($log) = @_;
	my $cfg = $log->{cfg};
	my $seed = $cfg->{seed};
	my $zone = any('UTC', 'Asia/Tokyo');
	my $sql = "SET TimeZone = '$zone';\n" . ($cfg->{ddl} ||= ddl($log));
	my @tiny = ("work_mem = '64kB'", 'hash_mem_multiplier = 1');
	my %ways = (
		default => [],
		tiny => \@tiny,
		parallel => [PARALLEL],
		parallel_tiny => [ @tiny, PARALLEL, 'cdc_fdw.force_unzip_ahead = on' ]);
	for my $way (sort keys %ways)
	{
		$sql .= "SET $_;\n" for @{ $ways{$way} };
		$sql .= read_at($cfg, $_, $way, $zone) for @{ $log->{instants} };
		$sql .= tell_parallel($cfg) if $way eq 'parallel';
		$sql .= "RESET $_;\n" for map { /(\S+) =/ } @{ $ways{$way} };
	}
	my @forced = map { "cdc_fdw.force_$_" } qw(libcsv input_functions);
	$sql .= join '', map { "SET $_ = on;\n" } @forced;
	# an empty log has no instants
	$sql .= read_at($cfg, $log->{instants}[-1], 'forced', $zone)
	  if @{ $log->{instants} };
	$sql .= join '', map { "RESET $_;\n" } @forced;
	$sql .= CdcOracle::History::compare($log, \%ways);
	$sql .= sealed($log);
	$sql .= CdcOracle::Changes::compare($log);
	$sql .= "SET $_;\n" for PARALLEL;
	$sql .= CdcOracle::Changes::compare_parallel($log);
	$sql .= "RESET $_;\n" for map { /(\S+) =/ } PARALLEL;
	$sql .= CdcOracle::Why::compare($log);
	$sql .= "SET $_;\n" for @tiny;
	$sql .= CdcOracle::Changes::compare_again($log);
	$sql .= CdcOracle::Why::compare_again($log);
	$sql .= "RESET $_;\n" for map({ /(\S+) =/ } @tiny), 'TimeZone';
	# what is drawn before this stays as it was
	$sql .= compare_forced($log, $zone, @tiny);
	for my $pair ([ 'truth', ' AND sure' ], [ 'forward', '' ])
	{
		my ($oracle, $sure) = @$pair;
		$sql .= differences(
			"D|$seed|",
			"'$oracle/' || way",
			"SELECT way, e.* FROM ${oracle}_row e JOIN oracle.ran USING (n)",
			"SELECT way, g.n, r FROM oracle.got g JOIN oracle.instant USING (n)"
			  . " WHERE true$sure",
			$oracle eq 'truth' && repeats_rows($cfg));
	}
	return $sql . CdcOracle::Repeats::compare($log, \%ways)
	  . "SELECT 'R|$seed|extension|' || count(*) FROM oracle.ran;\n"
	  . "DROP SERVER o$seed CASCADE;\nDROP SCHEMA o$seed CASCADE;\n";
}

# What a log says of an instant up to its watermark does not change any more:
# as it was known at some time, and when all files are there.
sub sealed
{
	my ($log) = @_;
	my $cfg = $log->{cfg};
	my ($pair) = grep { defined $_->{known} } @{ $log->{instants} };
	# where files are late or come again, a newest file proves nothing
	return '' if !$pair || grep { $_ } @$cfg{qw(late restarts reload)};
	return '' if $cfg->{tasks} > 1;
	my $item = "o$cfg->{seed}.item";
	my $row = 'ROW('
	  . join(', ', map { canonical($_, name($_->{name}), 1) }
		  @{ $cfg->{columns} })
	  . ')::text';
	return "SET cdc_fdw.known_at = '" . instant_text($pair->{known}) . "+00';\n"
	  . "SELECT watermark AS mark, coalesce(watermark >= (SELECT coalesce(max("
	  . "timestamptz 'epoch' + at * interval '1 us'), '-infinity') FROM oracle.base), false) AS proved"
	  . " FROM cdc_fdw_status('$item') \\gset\n"
	  . "\\if :proved\n\\echo W|$cfg->{seed}\nSET cdc_fdw.asof = :'mark';\n"
	  . "CREATE TEMP TABLE sealed AS SELECT $row AS r FROM $item;\nRESET cdc_fdw.known_at;\n"
	  . differences("D|$cfg->{seed}|", "'sealed'", "SELECT 0 AS n, r FROM sealed",
		"SELECT 0, $row FROM $item")
	  . "DROP TABLE sealed;\nRESET cdc_fdw.asof;\n\\endif\nRESET cdc_fdw.known_at;\n";
}

# The whole script of a log; without the extension only the oracles'.
sub script
{
	my ($log, $extension) = @_;
	my $sql = load_records($log) . compare_oracles($log);
	$sql .= compare_extension($log) if $extension;
	return $sql . "DROP TABLE truth_row, forward_row;\n";
}

1;

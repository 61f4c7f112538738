
# Rows of the full load that come again: equal ones in files of the load, and,
# after all else of a log was compared, rows of one key that differ.
package CdcOracle::Repeats;

use strict;
use warnings;
use utf8;

use CdcOracle::Draw;

# Other texts of the same values.
sub other_texts
{
	my ($cfg, $row) = @_;
	my %fields = %{ $row->{fields} };
	my %bool = ('true' => 't', 't' => 'true', 1 => 't', 'false' => 'f',
		'f' => 'false', 0 => 'f');
	for my $col (@{ $cfg->{columns} })
	{
		my ($type, $key) = @$col{qw(type key)};
		for ($fields{ $col->{name} })
		{
			if ($type eq 'boolean') { $_ = $bool{$_} if exists $bool{$_} }
			elsif ($type =~ /^timestamp/) { s/(\.\d{1,5})$/${1}0/ }
			elsif ($key && $type eq 'numeric') { s/^(\d+\.\d+)$/${1}0/ }
			elsif ($key && $type eq 'uuid') { $_ = uc }
		}
	}
	return \%fields;
}

# A row once more, as a line and for the oracle.
sub once_more
{
	my ($cfg, $draw, $row, @order) = @_;
	my $fields = $draw->() < 0.3 ? other_texts($cfg, $row) : $row->{fields};
	my $op = $cfg->{ops}[0];
	return (CdcOracle::Emit::line($cfg, { %$fields, '' => $op }, @order),
		{%$row});
}

# Adds some rows of a file of the load to its lines again, behind the first
# ones or at the end; returns them.
sub within
{
	my ($cfg, $rows, $lines, @order) = @_;
	return () unless $cfg->{repeats};
	my $draw = $cfg->{repeats_draw} ||= aside($cfg, 'repeats');
	my (@again, @end);
	for my $i (reverse 0 .. $#$rows)
	{
		next if $draw->() >= 0.3;
		for (1 .. ($draw->() < 0.2 ? 2 : 1))
		{
			my ($line, $row) = once_more($cfg, $draw, $rows->[$i], @order);
			push @again, $row;
			if ($draw->() < 0.5) { splice @$lines, $i + 1, 0, $line }
			else { push @end, $line }
		}
	}
	push @$lines, @end;
	return @again;
}

# A file with rows of all the load's files, as a load that began anew leaves;
# and one with other rows of some keys, which is put aside until then.
sub behind
{
	my ($cfg, $rows, $wide, $header, $names, @order) = @_;
	my @rows = @$rows or return;
	my $draw = $cfg->{repeats_draw} ||= aside($cfg, 'repeats');
	my $file = sub { "$cfg->{folder}/" . shift(@$names) . '.csv' };
	my $gzip = $cfg->{gzip} eq 'all' ? 1 : 0;
	if ($cfg->{repeats} && $draw->() < 0.5)
	{
		my $text = $header;
		for my $row (grep { $draw->() < 0.7 } @rows)
		{
			my ($line, $again) = once_more($cfg, $draw, $row, @order);
			$text .= $line;
			push @$rows, $again;
		}
		CdcOracle::Emit::put($cfg, $file->() . ($gzip ? '.gz' : ''), $text, $gzip);
	}
	my ($at) = grep { my $c = $cfg->{columns}[$_];
		$c->{texts} && !$c->{key} && ($wide || !$c->{added}) } 0 .. $#{ $cfg->{columns} };
	return unless $cfg->{differs} && defined $at;
	my $name = $cfg->{columns}[$at]{name};
	my ($text, @others) = ($header);
	for (1 .. 1 + int 3 * $draw->())
	{
		my $row = $rows[ int @rows * $draw->() ];
		my $value = 'other ' . @others;
		my %other = (%$row, cells => [ @{ $row->{cells} } ],
			fields => { %{ $row->{fields} }, $name => $value });
		$other{cells}[$at] = $value;
		push @others, \%other;
		$text .= (once_more($cfg, sub { 1 }, \%other, @order))[0];
	}
	my $key = $file->() . ($gzip ? '.gz' : '');
	local $cfg->{dir} = $cfg->{aside_dir} = "$cfg->{dir}.aside";
	CdcOracle::Emit::put($cfg, $key, $text, $gzip);
	$cfg->{differing} = { rows => \@others };
}

# Those at which the full load is over, and files are found as ever.
sub instants
{
	my ($log) = @_;
	my ($over) = sort { $b <=> $a } map { $_->{time} } @{ $log->{base} };
	return grep { !defined $_->{known} && !$_->{scan}
		  && (!defined $_->{at} || $log->{cfg}{clock} eq 'file' || $_->{at} >= $over) }
	  @{ $log->{instants} };
}

# What a query answers: rows as the replay has them, or the error where due.
sub answer
{
	my ($cfg, $what, $n, $query, $due, $key) = @_;
	my $of_key = defined $key ? "AND k = $key" : '';
	my $prefix = "D|$cfg->{seed}|differing $what";
	$query =~ s/'/''/g;
	return "SELECT coalesce(oracle.message('CREATE TEMP TABLE answer AS $query'), '') AS said \\gset\n"
	  . "CREATE TEMP TABLE IF NOT EXISTS answer (n int, r text);\n"
	  . "SELECT '$prefix|instant $n|' || CASE WHEN $due THEN 'no error, ' ELSE '' END || :'said'"
	  . " FROM due WHERE n = $n AND (:'said' ~ '^two rows of the full load have one key and differ.*duplicate_keys')"
	  . " <> ($due) OR n = $n AND NOT ($due) AND :'said' <> '';\n"
	  . "SELECT 'W|' || CASE WHEN $due THEN 'refused rows' ELSE 'accepted rows' END || '|1' FROM due WHERE n = $n;\n"
	  . CdcOracle::Sql::differences("$prefix", "''",
		"SELECT n, r FROM differing JOIN due USING (n) WHERE n = $n AND NOT ($due) $of_key",
		'SELECT n, r FROM answer')
	  . "DROP TABLE answer;\n";
}

# Puts the rows that differ in place, and reads the log by each option that
# says what they mean.
sub compare
{
	my ($log, $ways) = @_;
	my $cfg = $log->{cfg};
	my $differing = $cfg->{differing} or return '';
	my @instants = instants($log) or return '';
	my $item = "o$cfg->{seed}.item";
	my @columns = @{ $cfg->{columns} };
	my @keys = grep { $columns[$_]{key} } 0 .. $#columns;
	my $row = CdcOracle::Sql::row_of($cfg, 'cells');
	my $own = 'ROW(' . join(', ', map {
			CdcOracle::Sql::canonical($columns[$_], 'cells[' . ($_ + 1) . ']') }
		  @keys) . ')::text';
	my $sql = "\\! cp -r '$cfg->{aside_dir}/.' '$cfg->{dir}'\n"
	  . CdcOracle::Sql::copy('base', 'cells, key, at',
		map { [ CdcOracle::Sql::array_value($_->{cells}),
				CdcOracle::Sql::array_value([ @{ $_->{cells} }[@keys] ]),
				$cfg->{clock} eq 'commit' ? $_->{time} : undef ] }
		  @{ $differing->{rows} })
	  . CdcOracle::Sql::key_updates($cfg)
	  . "UPDATE oracle.setting SET repeats = 'all';\nTRUNCATE oracle.forward;\n"
	  . "SELECT count(oracle.forward(n, at, known, scan)) FROM oracle.instant;\n"
	  . "CREATE TEMP TABLE differing AS SELECT n, $row AS r, $own AS k FROM oracle.forward;\n"
	  . "CREATE TEMP TABLE due AS SELECT n, EXISTS (SELECT FROM oracle.base GROUP BY k"
	  . " HAVING count(DISTINCT $row) > 1 AND k IN (SELECT oracle.decided(i.at, i.known, i.scan)))"
	  . " AS decided FROM oracle.instant i;\n";
	my $got = 'ROW(' . join(', ', map {
			CdcOracle::Sql::canonical($_, CdcOracle::Sql::name($_->{name}), 1) }
		  @columns) . ')::text';
	my $asked = $differing->{rows}[0]{cells};
	my @values = map { CdcOracle::Sql::literal($asked->[$_]) . "::$columns[$_]{type}" } @keys;
	my $is = join ' AND ', map {
		CdcOracle::Sql::name($columns[ $keys[$_] ]{name}) . " = $values[$_]" } 0 .. $#keys;
	my $key = 'ROW(' . join(', ', map {
			CdcOracle::Sql::canonical($columns[ $keys[$_] ], $values[$_], 1) }
		  0 .. $#keys) . ')::text';
	$sql .= "ALTER FOREIGN TABLE $item OPTIONS (DROP check_base);\n"
	  if $cfg->{table_options}{check_base};
	my $refused = "(:'said' LIKE 'two rows of the full load have one key and differ%')";
	for my $option ([ undef, 'decided' ], [ "duplicate_keys 'true'", 'false' ],
		[ "check_base 'error'", 'true' ])
	{
		my ($set, $due) = @$option;
		my $name = defined $set ? $set =~ s/ .*//r : 'default';
		$sql .= "ALTER FOREIGN TABLE $item OPTIONS (ADD $set);\n" if defined $set;
		for my $way (sort keys %$ways)
		{
			$sql .= "SET $_;\n" for @{ $ways->{$way} };
			for my $instant (@instants)
			{
				my $n = $instant->{n};
				my $query = "SELECT $n AS n, $got AS r FROM $item";
				$sql .= "SET cdc_fdw.asof = '"
				  . CdcOracle::Emit::instant_text($instant->{at}) . "+00';\n"
				  if defined $instant->{at};
				$sql .= answer($cfg, "$way $name", $n, $query, $due);
				# by default a search whose key changes decide may end
				# before the other row; then it has the key's rows
				$sql .= answer($cfg, "$way $name key search", $n,
					"$query WHERE $is", defined $set ? $due : $refused, $key);
				$sql .= "RESET cdc_fdw.asof;\n" if defined $instant->{at};
			}
			$sql .= "RESET $_;\n" for map { /(\S+) =/ } @{ $ways->{$way} };
		}
		$sql .= "ALTER FOREIGN TABLE $item OPTIONS (DROP $name);\n" if defined $set;
	}
	return $sql . CdcOracle::History::compare_differing($log, $ways, 'differing')
	  . "SELECT 'R|$cfg->{seed}|differing|1';\nDROP TABLE differing, due;\n";
}

1;

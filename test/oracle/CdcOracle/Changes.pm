
# The same log as a table of changes: its rows are the records that the
# generator wrote, in the order of the log, and within bounds those that lie
# there.
package CdcOracle::Changes;

use strict;
use warnings;

use CdcOracle::Emit qw(instant_text);

# A record as text, from oracle.change or from the foreign table.  Of a delete
# the key counts, since DMS may leave out the rest.
sub records
{
	my ($cfg) = @_;
	my @columns = @{ $cfg->{columns} };
	my (@want, @got);
	for my $i (1 .. @columns)
	{
		my $col = $columns[ $i - 1 ];
		my $there = $col->{key} ? 'true' : "op IS DISTINCT FROM 'D'";
		push @want, "CASE WHEN $there AND supplied[$i] THEN "
		  . CdcOracle::Sql::canonical($col, "cells[$i]") . ' END';
		push @got, "CASE WHEN $there THEN "
		  . CdcOracle::Sql::canonical($col, CdcOracle::Sql::name($col->{name}), 1)
		  . ' END';
	}
	my $names = CdcOracle::Sql::literal(
		CdcOracle::Sql::array_value([ map { $_->{name} } @columns ])) . '::text[]';
	my $missing = "CASE WHEN op IS DISTINCT FROM 'D' THEN (SELECT array_agg(x ORDER BY x)";
	push @want, "$missing FROM unnest($names, supplied) m(x, s) WHERE NOT s) END";
	push @got, "$missing FROM unnest(role_unsupplied) x) END";
	my $at = sub { "timestamptz 'epoch' + $_[0] * interval '1 us'" };
	my $want = join ', ', 'op', $at->('coalesce(commit_time, file_time)'),
	  $at->('file_time'), 'object', @want;
	my $got = join ', ', qw(op role_time role_named role_file), @got;
	return ("ROW($want)::text", "ROW($got)::text");
}

sub table_ddl
{
	my ($cfg) = @_;
	my %table = (%{ $cfg->{table_options} }, mode => 'changes');
	$table{table_name} = $cfg->{table} if defined $table{schema_name};
	my $roles = join ",\n  ", map { "role_$_->[0] $_->[1] OPTIONS (role '$_->[2]')" }
	  [ 'time', 'timestamptz', 'commit_time' ], [ 'named', 'timestamptz', 'file_time' ],
	  [ 'file', 'text', 'file' ], [ 'line', 'bigint', 'line' ],
	  [ 'unsupplied', 'text[]', 'unsupplied' ];
	return "CREATE FOREIGN TABLE o$cfg->{seed}.changes (\n  op text OPTIONS (role 'op'),\n  "
	  . join(",\n  ", @{ $cfg->{own_columns} }, $roles)
	  . "\n) SERVER o$cfg->{seed}" . CdcOracle::Sql::options(%table) . ";\n";
}

# Records between two instants, which the walk bounds by names and first
# records as it does for a snapshot.
sub between
{
	my ($log, $want, $got) = @_;
	my $cfg = $log->{cfg};
	my @at = grep { defined } map { $_->{at} } @{ $log->{instants} };
	return '' unless @at > 1;
	my ($from, $to) = sort { $a <=> $b } @at[ 0, $#at / 2 ];
	my $time = 'coalesce(commit_time, file_time)';
	my $literal = sub { "'" . instant_text($_[0]) . "+00'" };
	my $prefix = "D|$cfg->{seed}|";
	my $table = "o$cfg->{seed}.changes";
	return CdcOracle::Sql::differences(
		$prefix, "'changes between'",
		"SELECT 0 AS n, $want AS r FROM oracle.change WHERE $time BETWEEN $from AND $to"
		  . " AND object IN (SELECT oracle.files_read($to))",
		"SELECT 0, $got FROM $table WHERE role_time BETWEEN "
		  . $literal->($from) . ' AND ' . $literal->($to))
	  . CdcOracle::Sql::differences(
		$prefix, "'changes since'",
		"SELECT 0 AS n, $want AS r FROM oracle.change WHERE $time >= $to",
		"SELECT 0, $got FROM $table WHERE role_time >= " . $literal->($to))
	  . CdcOracle::Sql::differences(
		$prefix, "'changes of files'",
		"SELECT 0 AS n, $want AS r FROM oracle.change WHERE file_time > $from AND file_time <= $to",
		"SELECT 0, $got FROM $table WHERE role_named > " . $literal->($from)
		  . ' AND role_named <= ' . $literal->($to));
}

# All records, and their order.
sub compare_all
{
	my ($cfg, $way) = @_;
	my $seed = $cfg->{seed};
	my ($want, $got) = records($cfg);
	my $sql = CdcOracle::Sql::differences(
		"D|$seed|", "'changes $way'",
		"SELECT 0 AS n, $want AS r FROM oracle.change",
		"SELECT 0, $got FROM o$seed.changes");
	# names are written in the zone, and repeat themselves once a year
	return $sql if $cfg->{zone};
	# the oracle counts records, not lines
	my $nth = sub { "row_number() OVER (PARTITION BY $_[0] ORDER BY $_[1]) AS nth" };
	return $sql . "SELECT 'D|$seed|changes $way|order' WHERE"
	  . " (SELECT string_agg(object || ' ' || nth, ',' ORDER BY file_time, object,"
	  . ' commit_time, seq, line) FROM (SELECT *, ' . $nth->('object', 'line')
	  . ' FROM oracle.change) w) IS DISTINCT FROM'
	  . " (SELECT string_agg(role_file || ' ' || nth, ',' ORDER BY place) FROM (SELECT *, "
	  . $nth->('role_file', 'role_line')
	  . " FROM (SELECT role_file, role_line, row_number() OVER () AS place"
	  . " FROM o$seed.changes) p) g);\n";
}

# A column that was added behind the last change is in the full load alone: an
# error here, as for any declared column that no file has.
sub can_be_read
{
	my ($log) = @_;
	return !$log->{cfg}{add_columns}
	  || grep({ $_->[0]{wide} } @{ $log->{loaded} }) > 0;
}

# Makes the table and holds it to the generator's records.
sub compare
{
	my ($log) = @_;
	my $cfg = $log->{cfg};
	return '' unless can_be_read($log);
	return table_ddl($cfg) . compare_all($cfg, 'default')
	  . between($log, records($cfg))
	  . "SELECT 'R|$cfg->{seed}|changes|' || count(*) FROM o$cfg->{seed}.changes;\n";
}

# The same table in other settings.
sub compare_again
{
	my ($log) = @_;
	return can_be_read($log) ? compare_all($log->{cfg}, 'tiny') : '';
}

# Grouped, so that their order is lost and several processes may read them.
sub compare_parallel
{
	my ($log) = @_;
	return '' unless can_be_read($log);
	my $cfg = $log->{cfg};
	my ($want, $got) = records($cfg);
	return CdcOracle::Sql::differences(
		"D|$cfg->{seed}|", "'changes parallel'",
		"SELECT 0 AS n, $want AS r FROM oracle.change",
		"SELECT 0, r FROM (SELECT $got AS r, count(*) AS c FROM o$cfg->{seed}.changes GROUP BY 1) g,"
		  . ' generate_series(1, c)')
	  . "SELECT 'D|$cfg->{seed}|changes parallel|count ' || c || ' instead of ' || w FROM"
	  . " (SELECT count(*) AS c FROM o$cfg->{seed}.changes) x, (SELECT count(*) AS w FROM oracle.change) y WHERE c <> w;\n"
	  . "EXPLAIN (COSTS OFF) SELECT count(*) FROM o$cfg->{seed}.changes \\g |"
	  . " grep -q 'Parallel Foreign Scan' && echo 'Q|$cfg->{seed}'\n";
}

1;


# The same log as a table of versions: at every instant those that are valid
# are the rows of the replay, and without before images each begins and ends
# where plain SQL over the records says.
package CdcOracle::History;

use strict;
use warnings;

use CdcOracle::Draw qw(chance);
use CdcOracle::Emit qw(instant_text);

my $time = "(timestamptz 'epoch' + at * interval '1 us')";

# Instants that the newest base row is not later than, and at which all files
# are known and found, as they are without an instant.
sub fair
{
	my ($cfg) = @_;
	return 'WHERE known IS NULL' . ($cfg->{late} ? ' AND (scan OR at IS NULL)' : '')
	  . ' AND (at IS NULL OR at >= coalesce((SELECT max(b.at) FROM oracle.base b), at))';
}

sub table_ddl
{
	my ($cfg) = @_;
	my %table = (%{ $cfg->{table_options} }, mode => 'history');
	$table{table_name} = $cfg->{table} if defined $table{schema_name};
	my $roles = join ",\n  ", map { "h_$_->[0] $_->[1] OPTIONS (role '$_->[2]')" }
	  [ 'from', 'timestamptz', 'valid_from' ], [ 'to', 'timestamptz', 'valid_to' ],
	  [ 'range', 'tstzrange', 'valid_range' ], [ 'op', 'text', 'end_op' ];
	return "CREATE FOREIGN TABLE o$cfg->{seed}.history (\n  "
	  . join(",\n  ", @{ $cfg->{own_columns} }, $roles)
	  . "\n) SERVER o$cfg->{seed}" . CdcOracle::Sql::options(%table) . ";\n";
}

sub row_text
{
	my ($cfg, @columns) = @_;
	return 'ROW('
	  . join(', ', map {
			CdcOracle::Sql::canonical($_, CdcOracle::Sql::name($_->{name}), 1)
		} @columns) . ')::text';
}

# All versions, into a table of the way's.
sub versions
{
	my ($cfg, $where) = @_;
	my @keys = grep { $_->{key} } @{ $cfg->{columns} };
	return 'SELECT ' . row_text($cfg, @{ $cfg->{columns} }) . ' AS r, '
	  . (@keys ? row_text($cfg, @keys) : 'NULL::text')
	  . " AS k, h_from, h_to, h_range, h_op FROM o$cfg->{seed}.history $where";
}

# Key changes that leave cells out and are delivered twice find the cells of
# another row (docs/internals.md, known limits).  An early snapshot does not
# read the second delivery, and a history of the whole log does.
sub is_muddled
{
	my ($cfg) = @_;
	return $cfg->{before} && ($cfg->{restarts} || $cfg->{tasks} > 1)
	  && ($cfg->{nosup} || grep { $_->{keep} } @{ $cfg->{columns} });
}

# Does the sequence rise with the files' times?  If not, and without commit
# times, versions whose rows or cells move are refused.
sub is_refused
{
	my ($log) = @_;
	my $cfg = $log->{cfg};
	return 0 unless $cfg->{clock} eq 'file' && $cfg->{sequence} && $cfg->{cdc_op}
	  && ($cfg->{before} || $cfg->{nosup} || grep { $_->{keep} } @{ $cfg->{columns} });
	my $time = 0;
	for (sort { $a->[0]{seq} cmp $b->[0]{seq} || $a->[1]{time} <=> $b->[1]{time} }
		@{ $log->{loaded} })
	{
		return 1 if $_->[1]{time} < $time;
		$time = $_->[1]{time};
	}
	return 0;
}

# What is valid at each instant: the rows of a table.
sub states
{
	my ($cfg, $way, $rows) = @_;
	my $seed = $cfg->{seed};
	my $compared = is_muddled($cfg) ? 'WHERE false' : fair($cfg);
	return CdcOracle::Sql::differences(
		"D|$seed|", "'history $way'",
		"SELECT n, r FROM $rows f JOIN oracle.instant USING (n) $compared",
		"SELECT n, r FROM oracle.instant JOIN hist ON CASE WHEN at IS NULL"
		  . " THEN h_to = 'infinity' ELSE h_from <= $time AND h_to > $time END $compared")
	  . "SELECT 'D|$seed|history $way|wrong range: ' || h::text FROM hist h"
	  . " WHERE h_from >= h_to OR h_range IS DISTINCT FROM tstzrange(h_from, h_to)"
	  . " OR (h_to = 'infinity' AND h_op IS NOT NULL) LIMIT 5;\n";
}

# Beginnings and ends by the records alone.
sub bounds
{
	my ($cfg, $way) = @_;
	return '' if $cfg->{keyless} || $cfg->{before};
	return '' if $cfg->{clock} eq 'file' && $cfg->{sequence};
	my $clock = $cfg->{clock} eq 'commit' ? 'commit_time' : 'file_time';
	my $at = sub { "timestamptz 'epoch' + $_[0] * interval '1 us'" };
	# of a full load without commit times, before all changes
	my $loaded = $cfg->{table_options}{base_time}
	  ? "timestamptz '$cfg->{table_options}{base_time}+00'" : "'-infinity'";
	# check_base makes equal rows one
	my $rows = CdcOracle::Sql::repeats_rows($cfg) ? '' : 'DISTINCT';
	my $want =
	    'WITH last AS (SELECT DISTINCT ON (k, t) k, t, op FROM (SELECT k, ' . "$clock AS t, op, ord"
	  . ' FROM oracle.replayed(NULL, NULL, false) WITH ORDINALITY AS r(commit_time, file_time, object, line, seq,'
	  . ' op, key, before, cells, supplied, k, bk, ord)) x ORDER BY k, t, ord DESC),'
	  . ' v AS (SELECT k, op, t AS f, lead(t) OVER w AS e, lead(op) OVER w AS by FROM last'
	  . ' WINDOW w AS (PARTITION BY k ORDER BY t))'
	  . ' SELECT 0 AS n, ROW(k, ' . $at->('f') . ", coalesce(" . $at->('e') . ", 'infinity'), by)::text AS r"
	  . " FROM v WHERE op IS DISTINCT FROM 'D'"
	  . " UNION ALL SELECT 0, ROW(b.k, coalesce(" . $at->('b.at') . ", $loaded), coalesce("
	  . $at->('m.t') . ", 'infinity'), m.op)::text"
	  . ' FROM (SELECT ' . $rows . ' k, at FROM oracle.base) b LEFT JOIN'
	  . ' (SELECT DISTINCT ON (k) * FROM last ORDER BY k, t) m USING (k)'
	  . ' WHERE m.t IS NULL OR b.at IS NULL OR m.t > b.at';
	return CdcOracle::Sql::differences("D|$cfg->{seed}|", "'history bounds $way'",
		"SELECT * FROM ($want) want", "SELECT 0, ROW(k, h_from, h_to, h_op)::text FROM hist");
}

# Within bounds of time, where files are left out: the same as of all.
sub between
{
	my ($log) = @_;
	my $cfg = $log->{cfg};
	my @at = grep { defined } map { $_->{at} } @{ $log->{instants} };
	# beyond a bound, files that are late are not looked for
	return '' unless @at > 1 && !$cfg->{late};
	my ($from, $to) = map { "'" . instant_text($_) . "+00'" }
	  sort { $a <=> $b } @at[ int rand @at, int rand @at ];
	my @bounds = ("h_from >= $from", "h_from > $from AND h_from <= $to",
		"h_to <= $to", "h_from <= $to AND h_to > $to",
		"h_range @> timestamptz $to", "h_range && tstzrange($from, $to)",
		"h_from BETWEEN $from AND $to AND h_to < 'infinity'",
		"h_from < $to AND h_range @> timestamptz $to",
		"h_from < $to AND h_range && tstzrange($to, NULL)",
		"h_from <= $from AND h_range @> tstzrange($from, $to, '[]')",
		"h_from <= $to AND h_range @> tstzrange($from, $to)");
	my $r = row_text($cfg, @{ $cfg->{columns} });
	my $sql = '';
	for my $bound (map { splice @bounds, int rand @bounds, 1 } 1 .. 5)
	{
		my $what = "'history where " . $bound =~ s/'/''/gr . "'";
		my $also = chance(0.5) ? '' : ', h_to::text';
		$sql .= CdcOracle::Sql::differences("D|$cfg->{seed}|", $what,
			"SELECT 0 AS n, r$also AS r FROM hist WHERE $bound" =~ s/r, h_to::text AS r/ROW(r, h_to)::text AS r/r,
			"SELECT 0, "
			  . ($also ? "ROW($r, h_to)::text" : $r)
			  . " FROM o$cfg->{seed}.history WHERE $bound");
	}
	return $sql;
}

# Under an instant the versions are those that had begun, cut there.
sub as_of
{
	my ($log) = @_;
	my $cfg = $log->{cfg};
	my @base = map { $_->{time} } @{ $log->{base} || [] };
	my ($newest) = sort { $b <=> $a } @base, -9e18;
	my @at = grep { !$_->{scan} && defined $_->{at} && ($cfg->{clock} eq 'file' || $_->{at} >= $newest) }
	  @{ $log->{instants} };
	return '' unless @at;
	my $instant = $at[ int rand @at ];
	my $at = "'" . instant_text($instant->{at}) . "+00'";
	my $known = $instant->{known};
	my $whole = is_muddled($cfg) || $cfg->{late} || defined $known ? 'AND false' : '';
	return "SET cdc_fdw.asof = $at;\n"
	  . (defined $known ? "SET cdc_fdw.known_at = '" . instant_text($known) . "+00';\n" : '')
	  . 'CREATE TEMP TABLE hist_then AS ' . versions($cfg, '') . ";\n"
	  . "RESET cdc_fdw.asof;\nRESET cdc_fdw.known_at;\n"
	  . CdcOracle::Sql::differences("D|$cfg->{seed}|", "'history as of'",
		"SELECT 0 AS n, ROW(r, h_from, CASE WHEN h_to > $at THEN 'infinity' ELSE h_to END)::text AS r"
		  . " FROM hist WHERE h_from <= $at $whole",
		"SELECT 0, ROW(r, h_from, h_to)::text FROM hist_then WHERE true $whole")
	  . CdcOracle::Sql::differences("D|$cfg->{seed}|", "'history as of, current'",
		"SELECT n, r FROM forward_row WHERE n = $instant->{n}",
		"SELECT $instant->{n}, r FROM hist_then WHERE h_to = 'infinity'")
	  . "DROP TABLE hist_then;\n";
}

# Versions of some keys alone.
sub search
{
	my ($cfg) = @_;
	my @keys = grep { $_->{key} } @{ $cfg->{columns} } or return '';
	my @values = CdcOracle::Sql::key_values($cfg, int rand $cfg->{domain});
	my $is = join ' AND ',
	  map { CdcOracle::Sql::name($keys[$_]{name}) . ' = '
		  . CdcOracle::Sql::literal($values[$_]) . "::$keys[$_]{type}" } 0 .. $#keys;
	my $k = 'ROW(' . join(', ', map {
		CdcOracle::Sql::canonical($keys[$_],
			CdcOracle::Sql::literal($values[$_]) . "::$keys[$_]{type}", 1) } 0 .. $#keys)
	  . ')::text';
	return CdcOracle::Sql::differences("D|$cfg->{seed}|", "'history key search'",
		"SELECT 0 AS n, ROW(r, h_from, h_to, h_op)::text AS r FROM hist WHERE k = $k",
		'SELECT 0, ROW(r, h_from, h_to, h_op)::text FROM (' . versions($cfg, "WHERE $is") . ') x');
}

# Holds the table, which is there, to a replay in which rows of the full load
# with one key may differ: each is a version until a change of the key.
sub compare_differing
{
	my ($log, $ways, $rows) = @_;
	my $cfg = $log->{cfg};
	my $table = "o$cfg->{seed}.history";
	return '' if is_refused($log);
	my $sql = '';
	$sql .= "ALTER FOREIGN TABLE $table OPTIONS (DROP check_base);\n"
	  if $cfg->{table_options}{check_base};
	$sql .= "ALTER FOREIGN TABLE $table OPTIONS (ADD duplicate_keys 'true');\n";
	for my $way (sort keys %$ways)
	{
		$sql .= "SET $_;\n" for @{ $ways->{$way} };
		$sql .= 'CREATE TEMP TABLE hist AS ' . versions($cfg, '') . ";\n"
		  . states($cfg, "$way differing", $rows)
		  . "DROP TABLE hist;\n";
		$sql .= "RESET $_;\n" for map { /(\S+) =/ } @{ $ways->{$way} };
	}
	return $sql;
}

# Makes the table and holds it to the replay, in each of the ways.
sub compare
{
	my ($log, $ways) = @_;
	my $cfg = $log->{cfg};
	my $seed = $cfg->{seed};
	return '' unless @{ $log->{instants} };
	my $sql = table_ddl($cfg);
	# the query is to end in that error, and nothing else
	return $sql . "SELECT 'H|$seed|' || w FROM generate_series(1, 4) w,"
	  . " oracle.message('SELECT * FROM o$seed.history') m"
	  . " WHERE m ~ '^the sequence of changes does not rise';\n"
	  if is_refused($log);
	for my $way (sort keys %$ways)
	{
		$sql .= "SET $_;\n" for @{ $ways->{$way} };
		$sql .= 'CREATE TEMP TABLE hist AS ' . versions($cfg, '') . ";\n"
		  . states($cfg, $way, 'forward_row')
		  . bounds($cfg, $way);
		$sql .= between($log) . search($cfg) if chance(0.5);
		$sql .= as_of($log) if chance(0.4);
		$sql .= "SELECT 'H|$seed|$way|' || count(*) FROM hist;\nDROP TABLE hist;\n";
		$sql .= "RESET $_;\n" for map { /(\S+) =/ } @{ $ways->{$way} };
	}
	return $sql;
}

1;

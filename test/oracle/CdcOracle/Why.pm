
# The functions that say why rows are as they are, held to the oracle's rows
# and to a count of its own over the records.
package CdcOracle::Why;

use strict;
use warnings;

use CdcOracle::Changes;
use CdcOracle::Emit qw(instant_text);

# Those at which all files are known, and found as ever.
sub instants
{
	my ($log) = @_;
	return grep { !defined $_->{known} && !$_->{scan} } @{ $log->{instants} };
}

sub literal_at
{
	my ($instant) = @_;
	return defined $instant->{at}
	  ? "'" . instant_text($instant->{at}) . "+00'" : "'infinity'";
}

# A row as text from an object of JSON, as the oracle's rows are.
sub row_of_json
{
	my ($cfg, $json, @columns) = @_;
	return '(SELECT ROW(' . join(', ', map {
			CdcOracle::Sql::canonical($_, 'p.' . CdcOracle::Sql::name($_->{name}), 1)
		} @columns) . ")::text FROM jsonb_populate_record(NULL::o$cfg->{seed}.item, $json) p)";
}

# From the rows at one instant and the diff to those at the other.
sub diffs
{
	my ($log, $pairs) = @_;
	my $cfg = $log->{cfg};
	my $seed = $cfg->{seed};
	my @instants = instants($log);
	my @columns = @{ $cfg->{columns} };
	my $sql = '';
	my $as_set = CdcOracle::Sql::repeats_rows($cfg);
	my $all = $as_set ? '' : ' ALL';
	my @pairs = ([ 0, $#instants ], [ $#instants, int($#instants / 2) ],
		[ int($#instants / 2), $#instants - 1 ]);
	for my $pair (@pairs[ 0 .. $pairs - 1 ])
	{
		my ($from, $to) = @instants[@$pair];
		next if $from->{n} == $to->{n};
		my ($old, $new) = map { row_of_json($cfg, $_, @columns) } qw(old_row new_row);
		$sql .= "CREATE TEMP TABLE diff AS SELECT * FROM cdc_fdw_diff('o$seed.item', "
		  . literal_at($from) . ', ' . literal_at($to) . ");\n"
		  . CdcOracle::Sql::differences("D|$seed|", "'diff from $from->{n}'",
			"SELECT n, r FROM forward_row WHERE n = $to->{n}",
			"((SELECT $to->{n}, r FROM forward_row WHERE n = $from->{n}"
			  . " EXCEPT$all SELECT $to->{n}, $old FROM diff WHERE old_row IS NOT NULL)"
			  . " UNION$all SELECT $to->{n}, $new FROM diff WHERE new_row IS NOT NULL)",
			$as_set)
		  . "SELECT 'D|$seed|diff from $from->{n}|instant $to->{n}|' || diff FROM diff WHERE old_row = new_row"
		  . " OR what <> CASE WHEN old_row IS NULL THEN 'inserted' WHEN new_row IS NULL"
		  . " THEN 'deleted' ELSE 'updated' END"
		  . " OR (changed IS NULL OR changed = '{}') <> (what <> 'updated')"
		  . " OR EXISTS (SELECT FROM unnest(changed) c WHERE old_row->c = new_row->c);\n"
		  . ($cfg->{keyless} ? ''
			: "SELECT 'D|$seed|diff from $from->{n}|instant $to->{n}|twice ' || key::text FROM diff GROUP BY key HAVING count(*) > 1;\n")
		  . "SELECT 'W|diff|' || count(*) FROM diff;\nDROP TABLE diff;\n";
	}
	return $sql;
}

sub audits
{
	my ($log, @which) = @_;
	my $cfg = $log->{cfg};
	my $seed = $cfg->{seed};
	my @instants = instants($log);
	my $sql = '';
	for my $instant (@instants[@which])
	{
		my $at = defined $instant->{at} ? $instant->{at} : 'NULL::bigint';
		my $before = $cfg->{before} ? 'true' : 'false';
		$sql .= "CREATE TEMP TABLE audited AS SELECT * FROM cdc_fdw_audit('o$seed.item', "
		  . literal_at($instant) . ");\n"
		  . CdcOracle::Sql::differences("D|$seed|", "'audit'",
			"SELECT $instant->{n} AS n, ROW(kind, n)::text AS r FROM oracle.audit($at, $before) WHERE n > 0",
			"SELECT $instant->{n}, ROW(kind, count)::text FROM audited"
			  . " WHERE count > 0 AND kind NOT IN ('times_ran_back', 'duplicate_names')")
		  . "SELECT 'D|$seed|audit|instant $instant->{n}|' || a FROM audited a"
		  . " WHERE (file IS NULL) <> (count = 0 OR kind IN ('times_ran_back', 'duplicate_names', 'cells_never_supplied'));\n"
		  . "SELECT 'W|' || kind || '|' || count FROM audited WHERE count > 0;\nDROP TABLE audited;\n";
	}
	return $sql;
}

# A key as the argument, from its texts in the log.
sub key_json
{
	my ($key, @keys) = @_;
	my $i = 0;
	return 'jsonb_build_object(' . join(', ', map {
			$i++;
			CdcOracle::Sql::literal($_->{name}) . ', '
			  . CdcOracle::Sql::canonical($_, "$key\[$i]")
			  . ($_->{type} eq 'timestamptz' ? " || '+00'" : '')
		} @keys) . ')';
}

# The last state of some keys.
sub explanations
{
	my ($log) = @_;
	my $cfg = $log->{cfg};
	my $seed = $cfg->{seed};
	my @columns = @{ $cfg->{columns} };
	my @keys = grep { $_->{key} } @columns or return '';
	my @at = grep { $columns[$_]{key} } 0 .. $#columns;
	my @instants = instants($log);
	my $instant = $instants[ $seed % 2 ? -1 : $#instants / 2 ];
	my $n = $instant->{n};
	my $own = 'ROW(' . join(', ', map { CdcOracle::Sql::canonical($columns[$_],
				'cells[' . ($_ + 1) . ']') } @at) . ')::text';
	my $asked = row_of_json($cfg, 'e.row_key', @keys);
	my $row = row_of_json($cfg, 'state', @columns);
	return "CREATE TEMP TABLE asked AS SELECT k, " . key_json('key', @keys) . ' AS key'
	  . " FROM (SELECT DISTINCT ON (k) k, key FROM (SELECT k, key FROM oracle.base"
	  . " UNION ALL SELECT k, key FROM oracle.change) x ORDER BY k) y"
	  . " ORDER BY md5('$seed' || k) LIMIT 3;\n"
	  . "CREATE TEMP TABLE explained AS SELECT a.k, e.* FROM asked a CROSS JOIN LATERAL"
	  . " cdc_fdw_explain_row('o$seed.item', a.key, " . literal_at($instant) . ')'
	  . " WITH ORDINALITY e;\n"
	  . CdcOracle::Sql::differences("D|$seed|", "'explain_row'",
		"SELECT n, " . CdcOracle::Sql::row_of($cfg, 'cells') . " AS r FROM oracle.forward WHERE n = $n AND $own IN (SELECT k FROM asked)",
		"SELECT $n, $row FROM (SELECT DISTINCT ON (k) state FROM explained e"
		  . " WHERE $asked = k AND effect <> 'before base' ORDER BY k, ordinality DESC) l WHERE state IS NOT NULL",
		CdcOracle::Sql::repeats_rows($cfg))
	  . "SELECT 'W|' || effect || '|' || count(*) FROM explained GROUP BY effect;\n"
	  . "DROP TABLE asked, explained;\n";
}

# The whole of it; R says that it ran.
sub compare
{
	my ($log) = @_;
	return '' unless @{ $log->{instants} };
	return diffs($log, 3) . audits($log, -1, $#{ [ instants($log) ] } / 2) . explanations($log)
	  . "SELECT 'R|$log->{cfg}{seed}|why|1';\n";
}

# The same in other settings.
sub compare_again
{
	my ($log) = @_;
	return '' unless @{ $log->{instants} };
	return diffs($log, 1) . audits($log, -1) . explanations($log);
}

1;

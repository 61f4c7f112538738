# The fast ways over a log with keys and changes, against libcsv: generated
# records of every dialect, so that keys, operations and times found without
# taking records apart, cells picked from where they stand and records
# held until their turn comes are each compared with the slow way.
#
# CDC_FAST_SEED draws other records.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Temp qw(tempdir);

use PostgreSQL::Test::Utils;
use Test::More;

use lib dirname(__FILE__) . '/../t';
use CdcTest qw(start_node outcome_sql write_file quoted any chance);

my $seed = $ENV{CDC_FAST_SEED} || 20240613;
srand($seed);
note("seed $seed");

my $root = tempdir('cdc_fast_XXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $root;

my $node = start_node('fast_changes', "autovacuum = off\n");
$node->safe_psql('postgres', <<"SQL");
CREATE SERVER files FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$root');
SQL

my @letters = ('a' .. 'f', 0 .. 9, ' ', ' ', '"', '"', ',', ';', '|', "\t", "\n",
	"\r", "\x01", "\x02", "\\", "\xc3\xa9", "\xe6\x97\xa5", "\xf0\x9f\x90\x98");

#
# Records
#

# NULL, empty, short, long, and what has to be quoted.
sub field
{
	my ($d) = @_;
	my $text = chance(0.15) ? '' : chance(0.1) ? any('NULL', 'null', '\N')
	  : join '', map { any(@letters) } 1 .. int rand any(4, 12, 70);

	$text = any('x', '"', "\n", ',', "\"\n") x int(rand 140) if chance(0.02);
	$text =~ s/[\r\n]/_/g if $d->{crlf};
	if (!$d->{quote})
	{
		$text =~ s/[\Q$d->{delim}$d->{term}\E]/_/g;
		return $text;
	}
	return quoted($text) if $text =~ /["\r\n\Q$d->{delim}$d->{term}\E]/;
	return chance(0.25) ? quoted($text) : $text;
}

# As it is nearly always, and at times in another form of the same.
sub maybe_quoted
{
	my ($d, $text) = @_;
	return $d->{quote} && chance(0.02) ? quoted($text) : $text;
}

sub key
{
	my ($d, $n) = @_;
	return maybe_quoted($d, chance(0.01) ? any("0$n", "+$n", " $n", "$n ") : $n);
}

# Minute 0 is that of the full load.
sub moment
{
	my ($minute) = @_;
	my $text = sprintf '2024-06-12 %02d:%02d:%02d', $minute / 60, $minute % 60, int rand 60;
	return $text . (chance(0.03) ? any('', '.5', '.123') : sprintf '.%06d', rand 1_000_000);
}

sub record
{
	my ($d, $op, $minute, $n, $width) = @_;
	return join($d->{delim}, $op eq '' ? () : maybe_quoted($d, $op),
		$d->{times} ? maybe_quoted($d, moment($minute)) : (),
		key($d, $n), map { field($d) } 1 .. $width)
	  . ($d->{crlf} ? "\r\n" : $d->{term});
}

# A full load of $n keys, and changes of those and some more in six files.  The
# last column came with the fourth of them, if it may be missing.
sub write_log
{
	my ($folder, $d, $n, $width) = @_;
	my $records = $n;

	write_file("$root/$folder/LOAD00000001.csv", join '',
		map { record($d, '', 0, $_, $width - $d->{missing}) } 1 .. $n);
	for my $file (1 .. 6)
	{
		my $name = sprintf '20240612-00%02d00000.csv', $file + 1;
		my @changes = map { record($d, any(qw(I U U U D)), $file,
				1 + int rand $n * 1.2, $width - ($file < 4 ? $d->{missing} : 0)) } 1 .. $n / 5;

		# by its first record a file is known: DMS never quotes operations
		$changes[0] =~ s/^"(.)"/$1/;
		write_file("$root/$folder/$name", join '', @changes);
		$records += @changes;
	}
	return $records;
}

# A dialect's options; carriage returns are data where nothing else is said.
sub options
{
	my ($d) = @_;
	return $d->{options} . ($d->{options} =~ /csv_row_delimiter/ ? '' : ", csv_row_delimiter '\\n'");
}

my %comma = (delim => ',', term => "\n", quote => 1, times => 1, missing => 0, options => '');
my @dialects = (
	[ 'commas', 10_000, {%comma} ],
	[ 'times of files', 3_000, { %comma, times => 0 } ],
	[ 'a named null', 3_000, { %comma, options => ", csv_null_value 'NULL'" } ],
	[ 'a column that came later', 3_000, { %comma, missing => 1 } ],
	[ 'tabs', 3_000, { %comma, delim => "\t", options => ", csv_delimiter '\\t'" } ],
	[ 'bars', 3_000, { %comma, term => '|', options => ", csv_row_delimiter '|'" } ],
	[ 'carriage returns', 3_000, { %comma, term => "\r", options => ", csv_row_delimiter '\\r'" } ],
	[ 'both', 3_000, { %comma, crlf => 1, options => ", csv_row_delimiter '\\r\\n'" } ],
	[ 'unquoted', 3_000, { %comma, quote => 0, options => ", rfc4180 'false'" } ],
	[ 'controls', 3_000, { %comma, delim => "\x01", term => "\x02",
			options => ", csv_delimiter '\\x01', csv_row_delimiter '\\x02'" } ]);

#
# Tables
#

my $place = "op text OPTIONS (role 'op'), file text OPTIONS (role 'file'), line bigint OPTIONS (role 'line')";
my %modes = (
	snapshot => $place,
	changes => "$place, at timestamptz OPTIONS (role 'commit_time')",
	history => "$place, since timestamptz OPTIONS (role 'valid_from'), until timestamptz OPTIONS (role 'valid_to')");
my $slow = 'SET cdc_fdw.force_libcsv = on; SET max_parallel_workers_per_gather = 0;';
my %ways = (
	'one process' => 'SET max_parallel_workers_per_gather = 0;',
	'64 kB' => "SET max_parallel_workers_per_gather = 0; SET work_mem = '64kB';",
	'three processes' => 'SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0;'
	  . ' SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;');

# All columns as they are declared, and fewer in another order: what is picked
# from a record depends on them.
sub queries
{
	my ($table, $mode, $width) = @_;
	my $more = $mode eq 'snapshot' ? '' : $mode eq 'changes' ? ', op' : ', until';
	my @some = ("SELECT t::text AS r FROM $table t",
		"SELECT concat_ws('|', c$width, n$more, c1, c$width IS NULL, c1 IS NULL) AS r FROM $table",
		"SELECT concat_ws('|', line, c1) AS r FROM $table WHERE n % 3 = 1");
	push @some, "SELECT t::text AS r FROM $table t WHERE n IN (7, 8, 2000)" if $mode ne 'changes';
	# several processes read changes only where their order is lost
	return map { "$_ ORDER BY r" } @some;
}

sub compare
{
	my ($name, $table, $mode, $width) = @_;
	for my $query (queries($table, $mode, $width))
	{
		my $sql = "$slow CREATE TEMP TABLE slow AS $query;\nRESET cdc_fdw.force_libcsv;\n";
		for my $way (sort keys %ways)
		{
			$sql .= <<"SQL";
$ways{$way}
CREATE TEMP TABLE fast AS $query;
RESET work_mem;
SELECT '$way', left(d, 200) FROM (SELECT '-' || r AS d FROM (TABLE slow EXCEPT ALL TABLE fast) x
  UNION ALL SELECT '+' || r FROM (TABLE fast EXCEPT ALL TABLE slow) y) z ORDER BY substr(d, 2) LIMIT 6;
DROP TABLE fast;
SQL
		}
		my ($n, @differs) = split /\n/,
		  $node->safe_psql('postgres', "$sql SELECT count(*) FROM slow") =~ s/(.*)\n(\d+)\z/$2\n$1/sr;
		is(join("\n", @differs), '', "$name, $mode: $n rows of " . substr($query, 7, 28));
		cmp_ok($n, '>', 0, 'there are some');
	}
	return;
}

my @alone;
my $records = 0;
for my $i (0 .. $#dialects)
{
	my ($name, $n, $d) = @{ $dialects[$i] };
	my $width = $i == 0 ? 4 : any(2 .. 9);
	my $columns = join ', ', "n int OPTIONS (key 'true')", map {
		"c$_ text" . ($_ == $width && $d->{missing} ? " OPTIONS (missing '')" : '')
	} 1 .. $width;
	my $time = $d->{times} ? ", timestamp_column_name 'ts'" : '';

	$records += write_log("log_$i", $d, $n, $width);
	for my $mode (sort keys %modes)
	{
		my $more = $d->{times} ? $modes{$mode} : $modes{$mode} =~ s/commit_time/file_time/r;
		$node->safe_psql('postgres', "CREATE FOREIGN TABLE ${mode}_$i ($columns, $more)"
			  . " SERVER files OPTIONS (prefix 'log_$i', mode '$mode'$time" . options($d) . ')');
		compare($name, "${mode}_$i", $mode, $width);
		push @alone, "$name, $mode" if $node->safe_psql('postgres',
			"$ways{'three processes'} EXPLAIN SELECT c1 FROM ${mode}_$i ORDER BY c1") !~ /Parallel Foreign Scan/;
	}
	# as it was when half of the changes were not
	$node->safe_psql('postgres',
		"ALTER FOREIGN TABLE snapshot_$i OPTIONS (ADD asof '2024-06-12 00:03:30')");
	compare("$name, earlier", "snapshot_$i", 'snapshot', $width);
}
is_deeply(\@alone, [], 'all tables are read by several processes');
note("$records records");

#
# Damaged change files
#

$node->safe_psql('postgres', outcome_sql() . <<'SQL');
-- a column is named where the file's columns are known by then
CREATE FUNCTION contrast(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  fast text;
  slow text;
BEGIN
  PERFORM set_config('cdc_fdw.force_libcsv', 'off', true);
  fast := regexp_replace(outcome(query), ', column "[^"]*"$', '');
  PERFORM set_config('cdc_fdw.force_libcsv', 'on', true);
  slow := regexp_replace(outcome(query), ', column "[^"]*"$', '');
  RETURN CASE WHEN fast <> slow THEN translate('fast: ' || fast || ' slow: ' || slow, chr(10), ' ')
    WHEN fast LIKE 'error %' THEN 'error' ELSE 'rows' END;
END $$;
SQL

# Bytes put into a file, taken out of it, or its end cut off.
sub damage
{
	my ($path, $d) = @_;
	my $text = slurp_file("$root/$path");
	my $at = int rand length $text;
	my $how = int rand 4;

	if ($how < 2) { substr $text, $at, 0, any('"', '"', '""', $d->{delim}, $d->{term}, '"x', 'x"', "\x00", "\xff") }
	elsif ($how == 2) { substr $text, $at, 1 + int rand 2, '' }
	else { $text = substr $text, 0, $at }
	write_file("$root/$path", $text);
	return;
}

{
	my ($all, $failed) = (0, 0);
	my $sql = "SET client_min_messages = warning; SET max_parallel_workers_per_gather = 0;\n";
	for my $n (1 .. 200)
	{
		my $d = $dialects[ $n % @dialects ][2];
		my $folder = "damaged_$n";
		my $time = $d->{times} ? ", timestamp_column_name 'ts'" : '';
		my @files = ('LOAD00000001.csv',
			map { "20240612-00%02d00000.csv" =~ s/%02d/sprintf '%02d', $_/er } 2 .. 7);

		write_log($folder, $d, 40, 2);
		damage("$folder/" . any(@files), $d);
		for my $mode (qw(snapshot changes history))
		{
			my $more = $mode eq 'history' ? $modes{history} : $place;
			$sql .= "CREATE FOREIGN TABLE t (n int OPTIONS (key 'true'), c1 text, c2 text"
			  . ($d->{missing} ? " OPTIONS (missing '')" : '') . ", $more) SERVER files"
			  . " OPTIONS (prefix '$folder', mode '$mode'$time" . options($d) . ");\n";
			for my $asked ('md5(string_agg(t::text, chr(10) ORDER BY t::text))', 'count(*)', 'max(c1)')
			{
				$sql .= "SELECT contrast('SELECT $asked FROM t');\n";
				$all++;
			}
			$sql .= "DROP FOREIGN TABLE t;\n";
		}
	}
	my @said = split /\n/, $node->safe_psql('postgres', $sql);
	my @differs = grep { length > 5 } @said;
	$failed = grep { $_ eq 'error' } @said;
	is(join("\n", @differs[ 0 .. ($#differs > 10 ? 10 : $#differs) ]), '',
		"$all readings of damaged files: the same rows or error");
	cmp_ok($failed, '>', $all / 5, 'many readings of damaged files are errors');
	note("$all readings, $failed errors");
}
$node->stop;
done_testing();

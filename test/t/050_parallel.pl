# A scan by several processes against the same scan by one: the same rows, the
# same counts and the same errors, however the log is made and however the
# query ends.
#
# CDC_PARALLEL_SEED draws other logs, CDC_PARALLEL_ROUNDS repeats each query.

use strict;
use warnings;

use Compress::Zlib ();
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use POSIX qw(strftime);
use Time::HiRes qw(sleep time);
use Time::Local qw(timegm);

use PostgreSQL::Test::Utils;
use Test::More;

use lib dirname(abs_path(__FILE__));
use CdcS3;
use CdcTest qw(start_node value failure silent outcome_sql write_file literal any chance);

my $seed = $ENV{CDC_PARALLEL_SEED} || 20240612;
my $rounds = $ENV{CDC_PARALLEL_ROUNDS} || 1;
srand($seed);
note("seed $seed");

my $root = tempdir('cdc_parallel_XXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $root;

my $node = start_node('parallel', <<'CONF');
autovacuum = off
shared_preload_libraries = 'cdc_fdw'
max_worker_processes = 12
max_parallel_workers = 12
min_parallel_table_scan_size = 0
parallel_setup_cost = 0
parallel_tuple_cost = 0
jit = off
statement_timeout = '120s'
log_statement = none
TimeZone = 'UTC'
CONF

value(outcome_sql() . <<'SQL');
CREATE TABLE ran (asked text, launched int, taken_over boolean);

-- did one process go on alone?
CREATE FUNCTION taken_over(plan jsonb) RETURNS boolean LANGUAGE sql AS $$
  SELECT sum((s ->> 'Key Splits')::int + (s ->> 'Files Sorted')::int) > 0
  FROM foreign_scans(plan) s;
$$;

-- what EXPLAIN counts, without what tells of the way it went
CREATE FUNCTION counters(plan jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_object_agg(key, sum) FROM (
    SELECT key, coalesce(
      sum(value::text::bigint) FILTER (WHERE jsonb_typeof(value) = 'number')::text,
      string_agg(DISTINCT value::text, '')) AS sum
    FROM foreign_scans(plan) s, jsonb_each(s)
    WHERE key IN ('As Of', 'Clock', 'Files Listed', 'Files Skipped', 'Files Read',
      'Files Looked At', 'Base Records', 'Change Records', 'Records After',
      'Records Before Base', 'Keys', 'Upserting Updates', 'Deletes Of Unknown Keys',
      'Repeated Inserts', 'Ties Decided By Line', 'Cells Never Supplied',
      'Times Ran Back', 'Duplicate Names', 'Doubtful', 'Walks', 'Passes', 'Bytes', 'Requests')
    GROUP BY key) x;
$$;

-- The query by one process and by several: what differs.
CREATE FUNCTION contrast(asked text, workers int, leader boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  way text := format('%s (%s workers%s)', asked, workers,
    CASE WHEN leader THEN '' ELSE ', leader not' END);
  counts_alone jsonb;
  counts_together jsonb;
  alone text;
  together text;
  plan_alone jsonb;
  plan_together jsonb;
  gather jsonb;
  other_ways text[] := '{}';
BEGIN
  PERFORM set_config('max_parallel_workers_per_gather', '0', true);
  alone := outcome(asked);
  IF alone NOT LIKE 'error%' THEN
    plan_alone := explained(asked);
  END IF;
  PERFORM set_config('max_parallel_workers_per_gather', workers::text, true);
  PERFORM set_config('parallel_leader_participation', leader::text, true);
  together := outcome(asked);
  IF alone IS DISTINCT FROM together THEN
    RETURN format(E'%s\n  alone:    %s\n  together: %s', way, alone, together);
  END IF;
  IF alone LIKE 'error%' THEN
    RETURN NULL;
  END IF;
  plan_together := explained(asked);
  gather := jsonb_path_query_first(plan_together,
    'strict $.** ? (@."Node Type" == "Gather" || @."Node Type" == "Gather Merge")');
  IF gather IS NULL
     OR NOT (SELECT bool_or((s ->> 'Parallel Aware')::boolean) FROM foreign_scans(plan_together) s)
     OR (gather ->> 'Workers Launched')::int = 0 THEN
    RETURN asked || ': not parallel: ' || plan_together;
  END IF;
  INSERT INTO ran VALUES (asked, (gather ->> 'Workers Launched')::int, taken_over(plan_together));
  -- who takes over reads some files once more
  IF taken_over(plan_alone) OR taken_over(plan_together) THEN
    other_ways := '{Bytes,Requests}';
  END IF;
  counts_alone := counters(plan_alone) - other_ways;
  counts_together := counters(plan_together) - other_ways;
  IF asked !~* 'limit' AND counts_alone IS DISTINCT FROM counts_together THEN
    RETURN format(E'%s\n  alone:    %s\n  together: %s', way, counts_alone, counts_together);
  END IF;
  RETURN NULL;
END $$;
SQL
value("CREATE SERVER files FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$root')");

my $two = 'SET max_parallel_workers_per_gather = 2;';
my $workers_alone = 'SET parallel_leader_participation = off;';

# SQL that says what differs between a query by one process and by several:
# "2, true" for two workers and the leader.
sub contrast
{
	my ($query, $way) = @_;
	return 'SELECT d FROM contrast(' . literal($query) . ", $way) d WHERE d IS NOT NULL;\n";
}

# Tests that queries, one a line, end alike by one process and in these ways.
sub alike
{
	my ($what, $queries, @ways) = @_;
	my $sql = '';
	for my $query (split /\n/, $queries)
	{
		$sql .= contrast($query, $_) for @ways;
	}
	silent($what, $sql);
	return;
}

#
# Logs
#

my $day = timegm(0, 0, 0, 12, 5, 2024);

sub stamp
{
	my ($t) = @_;
	my $us = sprintf '%.0f', ($t - int $t) * 1e6;
	return strftime('%Y-%m-%d %H:%M:%S', gmtime $t) . sprintf '.%06d', $us;
}

# A file's name at second t of the day
sub file_name
{
	my ($t) = @_;
	return strftime('%Y%m%d-%H%M%S', gmtime($day + $t))
	  . sprintf('%03d.csv', ($t - int $t) * 1000);
}

my $filler = 'x' x 40;

# One record: op, time in seconds of the day, key, value
sub record
{
	my ($how, $op, $t, $key, $n) = @_;
	my @fields = (
		($how->{no_op} ? () : $op),
		($how->{file_clock} ? () : stamp($day + $t)),
		($how->{text_key} ? "\"k,$key\"\"\n\"" : $key),
		$n,
		($op eq 'D' ? '' : any($filler, "\"$filler, $n\"", '', '""', "\"a\"\"\n$n\"")));
	return join(',', @fields) . "\n";
}

sub header
{
	my ($how) = @_;
	return '' unless $how->{header};
	return join(',', ($how->{no_op} ? () : 'Op'),
		($how->{file_clock} ? () : 'commit_ts'), 'id', 'n', 'v') . "\n";
}

# Changes of one file: times rise from from to to, some of them equal.
sub changes
{
	my ($how, $records, $from, $to) = @_;
	my @times = sort { $a <=> $b }
	  map { $from + int(rand(($to - $from) * ($how->{ties} ? 10 : 1e5))) / ($how->{ties} ? 10 : 1e5) }
	  1 .. $records;
	@times = map { chance(0.1) ? any(@times) : $_ } @times if $how->{back};
	my $text = '';
	for my $t (@times)
	{
		my $op = $how->{keyless} ? 'I' : any(qw(I U U U D));
		$text .= record($how, $op, $t, 1 + int rand $how->{keys}, int rand 1e6);
	}
	return $text;
}

sub base_file
{
	my ($how, $from, $to) = @_;
	return header({ %$how, no_op => 1 }) . join '',
	  map { record({ %$how, no_op => 1 }, 'I', -3600, $_, $_) } $from .. $to;
}

# Write the log and make its table; returns how.
sub make_log
{
	my ($name, %more) = @_;
	my $how = { files => 12, records => 120, keys => 400, gap => 60, %more, name => $name };
	my @base = @{ $how->{base} // [ 1, 150, 300 ] };
	if (@base > 1 && !$how->{no_base})
	{
		for my $i (1 .. $#base)
		{
			write_file(sprintf('%s/%s/LOAD%08X.csv', $root, $name, $i),
				base_file($how, $base[ $i - 1 ] + ($i > 1), $base[$i]));
		}
	}
	my $last = '';
	for my $i (1 .. $how->{files})
	{
		my $t = 60 + $i * $how->{gap};
		# two files of one name, in two folders
		$t -= $how->{gap} if $how->{folders} && $i % 2 == 0;
		my $from = $t - $how->{gap} - ($how->{overlap} // 0);
		my $to = $t - 0.01 + ($how->{late} // 0);
		my $records = $how->{vary} ? int rand(2 * $how->{records} + 1) : $how->{records};
		my $text = $how->{twice} && $i % 3 == 0 ? $last : changes($how, $records, $from, $to);
		$text = '' if $how->{empty} && $i % 3 != 1;
		$last = $text;
		$text = header($how) . $text;
		$text = '' if $how->{empty} && $i % 3 == 2;
		$text = Compress::Zlib::memGzip($text) if $how->{gzip};
		if ($how->{folders})
		{
			my $day = $i % 2 ? '2024/06/12' : '2024/06/13';
			write_file("$root/$name/$day/" . file_name($t), $text);
			next;
		}
		write_file("$root/$name/" . file_name($t), $text);
	}
	my $key = $how->{keyless} ? '' : " OPTIONS (key 'true')";
	my $options = join ', ', "prefix '$name'",
	  $how->{file_clock} ? () : "timestamp_column_name 'commit_ts'",
	  $how->{header} ? "add_column_name 'true'" : (),
	  $how->{folders} ? "date_partition_enabled 'true'" : (),
	  $how->{options} // ();
	my $type = $how->{text_key} ? 'text' : 'int';
	value(<<"SQL");
CREATE FOREIGN TABLE $name (id $type$key, n int, v text,
  file text OPTIONS (role 'file'), line bigint OPTIONS (role 'line'), op text OPTIONS (role 'op'),
  at timestamptz OPTIONS (role 'asof')) SERVER files OPTIONS ($options);
SQL
	return $how;
}

# The usual queries of a log, by several numbers of processes
sub compare_log
{
	my ($how, %more) = @_;
	my $name = $how->{name};
	my $middle = stamp($day + 60 + $how->{gap} * $how->{files} / 2);
	my @queries = (
		"SELECT count(*) FROM $name",
		"SELECT sum(n), min(v), max(id), count(v) FROM $name",
		"SELECT * FROM $name",
		"SELECT count(*), sum(length(v)) FROM $name WHERE n % 3 = 1 AND v <> ''",
		"SELECT op, count(*), sum(line) FROM $name GROUP BY op",
		"SELECT * FROM $name WHERE at = '$middle+00'");
	my $sql = "SET client_min_messages = warning;\n";
	$sql .= "SET work_mem = '$more{work_mem}'; SET hash_mem_multiplier = 1;\n" if $more{work_mem};
	for my $i (0 .. $#queries)
	{
		for my $round (1 .. $rounds)
		{
			for my $way ('2, true', ($i + $round) % 2 ? '2, false' : '4, true')
			{
				$sql .= contrast($queries[$i], $way);
			}
		}
	}
	# an instant from the setting
	$sql .= "SET cdc_fdw.asof = '$middle';\n" . contrast("SELECT * FROM $name", '2, true');
	silent("$name: rows and counts are those of one process", "TRUNCATE ran;\n$sql");
	my ($over, $launched, $all) = split /\|/,
	  value("SELECT count(*) FILTER (WHERE taken_over), max(launched), count(*) FROM ran");
	is($all, 2 * @queries * $rounds + 1, "$name: all queries were answered");
	note("$name: up to $launched workers, one process took over $over times");
	if ($more{work_mem} && !$more{fits})
	{
		cmp_ok($over, '>', 0, "$name: one process took over");
	}
	elsif (!$more{work_mem})
	{
		is($over, 0, "$name: no process took over");
	}
}

for my $log (
	[ 'plain' ],
	[ 'file_clock', file_clock => 1 ],
	[ 'ties', ties => 1, keys => 40, gap => 5 ],
	[ 'ran_back', back => 1, overlap => 30 ],
	[ 'lapping', gap => 3, overlap => 8, late => 9, files => 20, records => 80 ],
	[ 'lapping_ties', gap => 2, overlap => 8, late => 8, files => 20, records => 80, ties => 1,
		keys => 60 ],
	[ 'twice', twice => 1, overlap => 20 ],
	[ 'folders', folders => 1 ],
	[ 'folders_by_file', folders => 1, file_clock => 1 ],
	[ 'keyless', keyless => 1 ],
	[ 'keyless_lapping', keyless => 1, gap => 3, overlap => 8, late => 9 ],
	[ 'small', files => 300, records => 4, vary => 1, gap => 4, late => 3 ],
	[ 'empty', empty => 1, header => 1 ],
	[ 'no_base', no_base => 1 ],
	[ 'no_changes', files => 0, base => [ 1, 700, 1400 ] ],
	[ 'texts', text_key => 1, header => 1, gzip => 1 ],
	[ 'skewed', gap => 3, overlap => 8, late => 25, options => "clock_skew '30 s'" ])
{
	my ($name, @how) = @$log;
	compare_log(make_log($name, @how));
}

# What was counted above is not all nothing.
is( value(<<'SQL'), '', 'each thing that is counted was counted somewhere');
SET max_parallel_workers_per_gather = 2;
SELECT name FROM unnest('{Upserting Updates,Deletes Of Unknown Keys,Repeated Inserts,
  Ties Decided By Line,Times Ran Back,Duplicate Names,Records After}'::text[]) name
WHERE NOT EXISTS (SELECT FROM unnest('{plain,ties,ran_back,lapping,folders}'::text[]) t,
  explained('SELECT * FROM ' || t || ' WHERE at = ''2024-06-12 00:10''') p
  WHERE (counters(p) ->> name)::int > 0);
SQL

#
# What does not fit in memory
#

{
	# one file among small ones is too large to be held
	for my $keyless (0, 1)
	{
		my $name = $keyless ? 'large_keyless' : 'large';
		my $how = make_log($name, keyless => $keyless, gap => 3, overlap => 8, late => 8,
			files => 16, records => 60);
		write_file("$root/$name/" . file_name(60 + 3 * 8 + 1),
			changes($how, 12_000, 60 + 3 * 7, 60 + 3 * 8));
		compare_log($how, work_mem => '1MB');
		compare_log($how, work_mem => '64kB');
	}
	# files that each fit, but not beside each other, and all overlap
	for my $keyless (0, 1)
	{
		my $name = $keyless ? 'side_by_side_keyless' : 'side_by_side';
		my $how = make_log($name, keyless => $keyless, gap => 1, overlap => 9, late => 9,
			files => 10, records => 2500, keys => 3000);
		compare_log($how, work_mem => '1MB');
		compare_log($how, work_mem => '2MB', fits => 1);
	}
	# more keys than the table may hold, in small files
	my $how = make_log('keys', files => 300, records => 40, keys => 50_000, gap => 4);
	compare_log($how, work_mem => '64kB');
	$how = make_log('keys_by_file', files => 40, records => 300, keys => 50_000, file_clock => 1);
	compare_log($how, work_mem => '64kB');
}

# ---- joins ----

value(<<'SQL');
CREATE TABLE local AS SELECT g AS id, g % 7 AS g FROM generate_series(1, 2000) g;
ANALYZE local;
SQL
{
	my $sql = '';
	for my $settings ('', 'SET enable_mergejoin = off; SET enable_nestloop = off;',
		'SET enable_hashjoin = off; SET enable_nestloop = off;')
	{
		$sql .= $settings;
		for my $query (split /\n/, <<'Q')
SELECT l.g, count(*), sum(n) FROM plain JOIN local l USING (id) GROUP BY 1
SELECT l.id, p.n FROM local l LEFT JOIN plain p ON p.id = l.id AND p.n > 1000
SELECT p.id, l.g FROM plain p LEFT JOIN local l ON l.id = p.id AND l.g > 2
SELECT count(*) FROM plain p WHERE EXISTS (SELECT FROM local l WHERE l.id = p.id AND l.g = 1)
SELECT a.id, b.n FROM plain a JOIN lapping b USING (id)
SELECT a.id, b.n FROM plain a FULL JOIN lapping b USING (id)
SELECT id, n FROM plain UNION ALL SELECT id, n FROM lapping UNION ALL SELECT id, n FROM ties
Q
		{
			$sql .= contrast($query, '2, true') . contrast($query, '3, false');
		}
		$sql .= 'RESET ALL;';
	}
	# the plans of joins may do without workers: only the rows are compared
	my ($rc, $out, $err) = $node->psql('postgres', $sql);
	is(join('', grep { !/: not parallel: / } split /^/m, $out) . $err, '',
		'joins by several processes give the rows of one process');
	like(value(<<'SQL'), qr/Parallel Hash.*Parallel Foreign Scan on plain/s,
SET enable_mergejoin = off; SET enable_nestloop = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM plain a JOIN lapping b USING (id);
SQL
		'a parallel hash is built of foreign rows');
}

# ---- once more: rescans ----

# the inner side is a Gather, and goes through the log for every outer row
{
	my $loops = 'SET enable_material = off; SET enable_hashjoin = off; SET enable_mergejoin = off;'
	  . " SET enable_memoize = off;\n";
	my $join = 'SELECT o.i, p.id, p.n FROM generate_series(1, 20) o(i)'
	  . ' LEFT JOIN plain p ON p.n % 10 <> o.i';
	like(value("$loops $two EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $join"),
		qr/Gather \(actual rows=\d+ loops=20\)\n.*Workers Launched: 2\n.*Parallel Foreign Scan on plain/s,
		'a Gather is scanned again and again');
	my $limited = 'SELECT i, count(x.id) FROM generate_series(1, 8) i'
	  . ' LEFT JOIN (SELECT * FROM plain LIMIT 100) x ON i > 1 GROUP BY i';
	silent('rescans: rows and counts are those of one process', join '', $loops,
		contrast($join, '2, true'), contrast($join, '2, false'),
		contrast('SELECT i, l.id FROM generate_series(1, 8) i'
			  . " LEFT JOIN LATERAL (SELECT * FROM lapping WHERE at = '2024-06-12 00:01:30') l"
			  . ' ON l.n % 10 = i',
			'4, true'),
		contrast('SELECT i, x.* FROM generate_series(1, 8) i'
			  . ' LEFT JOIN (SELECT count(*), sum(n) FROM lapping) x ON i > 1', '2, true'),
		contrast($limited, '2, true'), contrast($limited, '2, false'),
		# most changes of its random keys meet no row, and a NOTICE says so
		"SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET client_min_messages = warning;\n",
		contrast('SELECT i, count(*), sum(k.n) FROM generate_series(1, 3) i'
			  . ' LEFT JOIN keys k ON k.n % 10 <> i GROUP BY i', '2, true'));

	# the leader's memory, shared memory in it, is what it was
	my $peak = "SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\\s+(\\d+)');";
	my $many = 'SELECT count(*) FROM generate_series(1, %d) o(i)'
	  . ' LEFT JOIN lapping p ON p.n %% 10 <> o.i;';
	my ($few, $all) = (split /\n/, value("$loops $two\n"
			  . sprintf($many, 20) . $peak . sprintf($many, 300) . $peak))[ 1, 3 ];
	cmp_ok($all, '<', $few + 4000, "rescans leave nothing behind: $few kB, then $all kB");
}

# ---- the query wants no more ----

# Tests how many rows a query gives by several processes.
sub gives
{
	my ($count, $query, $what) = @_;
	is(value("$two SELECT count(*) FROM ($query) x"), $count, $what);
	return;
}

{
	gives(7, 'SELECT * FROM plain LIMIT 7', 'LIMIT around a Gather gives so many rows');
	gives(0, 'SELECT * FROM plain OFFSET 10 LIMIT 0', 'LIMIT 0 gives no row');
	gives(5, 'SELECT * FROM plain ORDER BY n LIMIT 5', 'LIMIT of sorted rows gives so many');
	is(value("$two $workers_alone SELECT count(*) FROM (SELECT * FROM plain LIMIT 7) x"),
		7, 'LIMIT without the leader gives so many rows');
	gives(3, 'SELECT FROM plain WHERE id = ANY (ARRAY(SELECT id FROM plain LIMIT 3))',
		'LIMIT in a subquery gives so many rows');
	# many early ends in one session, among them while files are indexed
	my @limits = map { 3 * $_ } 1 .. 40;
	my @got = split /\n/, value(join "\n", $two,
		map { "SELECT count(*) FROM (SELECT * FROM small LIMIT $_) x;" } @limits);
	my $all = value('SELECT count(*) FROM small');
	is_deeply(\@got, [ map { $_ < $all ? $_ : $all } @limits ],
		'many early ends in one session give as many rows each');
	# cursors read by one process, but the plan is the parallel one
	is(value(<<"SQL"), 'done', 'cursors stop early');
$two
BEGIN;
DECLARE c NO SCROLL CURSOR FOR SELECT * FROM plain; MOVE 5 IN c; CLOSE c;
DECLARE d CURSOR FOR SELECT id FROM plain ORDER BY id; MOVE ALL IN d; CLOSE d;
COMMIT;
SELECT 'done';
SQL
	is(value(<<"SQL"), 'done', 'a loop stops early');
$two
DO \$\$
DECLARE
  r record;
  i int := 0;
BEGIN
  FOR r IN SELECT * FROM plain LOOP
    i := i + 1;
    EXIT WHEN i > 60;
  END LOOP;
END \$\$;
SELECT 'done';
SQL
}

# ---- without workers ----

silent('where no worker is to be had the rows are those of one process', <<'SQL');
SET max_parallel_workers = 0;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE alone AS SELECT * FROM plain;
SET max_parallel_workers_per_gather = 2;
CREATE TEMP TABLE together AS SELECT * FROM plain;
SET parallel_leader_participation = off;
INSERT INTO together SELECT * FROM plain;
(SELECT * FROM alone UNION ALL SELECT * FROM alone) EXCEPT ALL SELECT * FROM together;
SELECT * FROM together EXCEPT ALL (SELECT * FROM alone UNION ALL SELECT * FROM alone);
SQL

# ---- cancel, timeout ----

# Statements in one session, and what they leave behind there
sub session
{
	my ($body) = @_;
	my ($rc, $out, $err) = $node->psql('postgres', <<"SQL", on_error_stop => 0);
$two
SELECT count(*) FROM plain;
$body
SELECT pg_backend_pid() AS pid \\gset
\\setenv PID :pid
\\! ls -l /proc/\$PID/fd | grep -c $root
SELECT count(*) FROM pg_ls_tmpdir();
SELECT count(*) FROM plain;
SQL
	return $out;
}

sub no_workers
{
	my ($what) = @_;
	ok( $node->poll_query_until('postgres',
			"SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'"),
		"$what: no workers are left");
}

my $rows = value('SELECT count(*) FROM plain');
my $ends = qr/^$rows\n0\n0\n$rows$/;
my $slow = 'SELECT count(*) FROM plain WHERE pg_sleep(0.05) IS NOT NULL';
for my $leader ('on', 'off')
{
	my $out = session(<<"SQL");
SET parallel_leader_participation = $leader;
SET statement_timeout = '400ms';
$slow;
SET work_mem = '64kB'; SET hash_mem_multiplier = 1;
SELECT count(*) FROM keys WHERE pg_sleep(0.002) IS NOT NULL;
SELECT count(*) FROM lapping a, plain b WHERE pg_sleep(0.01) IS NOT NULL;
SET statement_timeout = '120s';
RESET work_mem;
RESET hash_mem_multiplier;
SQL
	like($out, $ends, "leader $leader: a timeout leaves no files, and the next query works");
	no_workers("leader $leader: timeout");
}
{
	my $psql = $node->background_psql('postgres', on_error_stop => 0);
	$psql->query_safe('SET max_parallel_workers_per_gather = 2');
	my $pid = $psql->query_safe('SELECT pg_backend_pid()');
	# the slow query is under way: a worker sleeps amid its rows
	my $begin = sub {
		$psql->query_until(qr/begun/, "\\echo begun\n$slow;\n");
		$node->poll_query_until('postgres', <<'SQL') or die "no worker came\n";
SELECT count(*) > 0 FROM pg_stat_activity
WHERE backend_type = 'parallel worker' AND wait_event = 'PgSleep';
SQL
	};
	$begin->();
	value("SELECT pg_cancel_backend($pid)");
	no_workers('cancel');
	is($psql->query('SELECT count(*) FROM plain'), $rows, 'after a cancel the session goes on');
	$begin->();
	# one worker is told to go
	value(<<'SQL');
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE backend_type = 'parallel worker' LIMIT 1;
SQL
	is($psql->query('SELECT count(*) FROM plain'), $rows,
		'after the end of a worker the session goes on');
	no_workers('terminate');
	$psql->quit;
}

# ---- errors ----

{
	my @both = ('2, true', '2, false');
	my $how = make_log('damaged', files => 30, records => 60);
	my $bad = changes($how, 60, 660, 700) . 'U,' . stamp($day + 701) . ",seven,1,x\n";
	write_file("$root/damaged/" . file_name(60 + 60 * 11), $bad);
	my $place = qr{file ".*/damaged/20240612-001200000.csv", line \d+, column "id"};
	for my $settings ($workers_alone, '')
	{
		like(failure("$two $settings SELECT sum(n) FROM damaged"),
			qr/invalid input syntax for type integer: "seven"\nCONTEXT:  $place/,
			'a damaged record: the error names file, line and column');
	}
	like(failure("$two $workers_alone SELECT sum(n) FROM damaged"),
		qr/parallel worker/, 'a damaged record: the error comes from a worker');
	alike('a damaged record: the error is that of one process', <<'Q', @both);
SELECT sum(n) FROM damaged
SELECT count(*) FROM damaged WHERE at = '2024-06-12 00:05'
Q
	no_workers('error');

	# before all records, where there is no full load; and in the look at it
	alike('before the first change the error is that of one process', <<'Q', '2, true');
SELECT count(*) FROM no_base WHERE at = '2024-06-01'
SELECT count(*) FROM no_base WHERE at = '2024-06-12 00:01:00'
SELECT count(*) FROM plain WHERE at = '2024-06-01'
Q
	like(value("$two SELECT outcome('SELECT count(*) FROM no_base WHERE at = ''2024-06-01''')"),
		qr/^error HV000\|the instant asked for is before the first change/,
		'before the first change several processes end in an error');

	# all records that were read are later
	make_log('later', no_base => 1, files => 2, records => 200, gap => 5, late => 5);
	alike('where all records are later the error is that of one process', <<'Q', @both);
SELECT count(*) FROM later WHERE at = '2024-06-12 00:00:59.99'
Q

	# before the full load, and while it was not over
	write_file("$root/open/LOAD00000001.csv", join '',
		map { stamp($day + $_) . ",$_,$_,$filler\n" } 1 .. 1500);
	write_file("$root/open/" . file_name(1700), join '',
		map { 'U,' . stamp($day + 1600 + $_) . ",$_,1,$filler\n" } 1 .. 50);
	for my $before ('error', 'base', 'empty')
	{
		value(<<"SQL");
CREATE FOREIGN TABLE open_$before (id int OPTIONS (key 'true'), n int, v text,
  at timestamptz OPTIONS (role 'asof'))
  SERVER files OPTIONS (prefix 'open', timestamp_column_name 'commit_ts', before_base '$before');
SQL
		alike("before_base '$before': answers and errors are those of one process",
			join("\n", map { "SELECT count(*), sum(n) FROM open_$before WHERE at = '$_'" }
				  '2024-06-11', map({ "2024-06-12 00:$_" } '10', '24:59', '27:05'), 'infinity'), '2, true');
	}
	is(value(<<"SQL"), 'error HV000,error HV000,error HV000,(1500)',
$two
SELECT string_agg(split_part(o, '|', 1), ',')
FROM unnest('{2024-06-11,2024-06-12 00:10,2024-06-12 00:24:59,infinity}'::text[]) i,
  outcome(format('SELECT count(*) FROM open_error WHERE at = %L', i)) o;
SQL
		'a full load that was not over is an error, and later the rows are counted');

	# a column that no file has
	make_log('columns', header => 1);
	value('ALTER FOREIGN TABLE columns ADD COLUMN vv text');
	alike('a missing column: the error is that of one process', <<'Q', '2, true', '4, false');
SELECT count(*) FROM columns
SELECT vv FROM columns
Q
	like(value("SELECT outcome('SELECT count(*) FROM columns')"),
		qr/^error HV005/, 'a missing column is an error');
	# whoever ends the walk may have read no file
	make_log('columns_alone', header => 1, no_base => 1, files => 1, records => 800);
	value("ALTER FOREIGN TABLE columns_alone ALTER n OPTIONS (ADD column_name 'nn')");
	alike('a missing column: the hint is that of one process, whoever ends the walk',
		'SELECT count(*) FROM columns_alone OFFSET 0', ('2, true') x 10);
	like(value("SELECT outcome('SELECT count(*) FROM columns_alone')"),
		qr/"n"/, 'a missing column: the error names the closest column');

	# an update where no key is
	my $keyless = make_log('updated', keyless => 1);
	write_file("$root/updated/" . file_name(60 + 60 * 20), record($keyless, 'U', 1200, 1, 1));
	alike('an update without key: the error is that of one process',
		'SELECT count(*) FROM updated', @both);

	# errors of conditions are not the file's
	like(failure("$two SELECT count(*) FROM plain WHERE 1 / (n - n) = 1"),
		qr/division by zero/, 'an error of a condition comes through');
	no_workers('errors');
}

# ---- prepared statements, transactions, settings ----

{
	my $ask = <<'SQL';
SET plan_cache_mode = force_generic_plan;
PREPARE ask(int, timestamptz) AS
SELECT $1, count(*), sum(n) FROM plain WHERE at = $2 AND n % 5 <> $1;
EXECUTE ask(1, '2024-06-12 00:03');
EXECUTE ask(2, '2024-06-12 00:08');
EXECUTE ask(3, 'infinity');
EXECUTE ask(4, NULL);
EXECUTE ask(NULL, 'infinity');
SQL
	is(value("$two $ask"), value("SET max_parallel_workers_per_gather = 0; $ask"),
		'a generic plan gives the rows of one process');
	like(value(<<"SQL"), qr/Parallel Foreign Scan on plain.*As Of: 2024-06-12 00:03:00\+00 \(query\)/s,
SET plan_cache_mode = force_generic_plan; $two
PREPARE ask(timestamptz) AS SELECT sum(n) FROM plain WHERE at = \$1;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE ask('2024-06-12 00:03');
SQL
		'a generic plan is parallel');

	# one listing for the transaction, workers included
	make_log('growing', files => 6);
	my $psql = $node->background_psql('postgres');
	$psql->query_safe('SET max_parallel_workers_per_gather = 2');
	$psql->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
	my $asked = 'SELECT count(*), sum(n), max(file) FROM growing';
	my $before = $psql->query_safe($asked);
	write_file("$root/growing/" . file_name(60 + 60 * 7),
		join '', map { 'I,' . stamp($day + 470) . ",$_,1,new\n" } 90_001 .. 90_050);
	is($psql->query_safe($asked), $before, 'REPEATABLE READ: the listing stays');
	is($psql->query_safe(<<'SQL'), 't', 'REPEATABLE READ: the listing stays in a join');
SELECT sum(g.n) IS NULL FROM local l JOIN growing g USING (id) WHERE l.id > 90000;
SQL
	$psql->query_safe('COMMIT');
	isnt($psql->query_safe($asked), $before, 'after the transaction the new file is seen');
	$psql->quit;

	# a worker must not list by itself: no search in a worker
	is(value(<<'SQL'), 0, 'no worker lists the log by itself');
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;
SET cpu_operator_cost = 100; SET max_parallel_workers_per_gather = 2;
CREATE TABLE many AS SELECT g % 100 AS id FROM generate_series(1, 20000) g; ANALYZE many;
SELECT count(*) FROM explained('SELECT sum(n), count(*) FROM many
    JOIN (SELECT * FROM growing WHERE id > 99000) g USING (id)') plan,
  jsonb_path_query(plan, 'strict $.** ? (@."Node Type" == "Gather").**
    ? (@."Node Type" == "Foreign Scan" && @."Parallel Aware" == false)');
SQL

	# settings reach the workers
	my $bytes =
	  failure("$two $workers_alone SET cdc_fdw.max_bytes = '1 kB'; SELECT count(*) FROM plain");
	like($bytes, qr/needs \d+ bytes, more than "cdc_fdw.max_bytes" allows/,
		'what workers read counts for max_bytes');
	($bytes) = $bytes =~ /needs (\d+) bytes/;
	is(value("$two SET cdc_fdw.max_bytes = $bytes; SELECT count(*) FROM plain"),
		value('SET max_parallel_workers_per_gather = 0; SELECT count(*) FROM plain'),
		'max_bytes of as many bytes as are needed suffices');
	silent('the slow ways: rows and counts are those of one process', join '',
		"SET cdc_fdw.force_libcsv = on; SET cdc_fdw.force_input_functions = on;\n",
		contrast('SELECT * FROM plain', '2, false'), contrast('SELECT * FROM texts', '2, true'));
	value("ALTER FOREIGN TABLE plain OPTIONS (ADD asof '2024-06-12 00:04')");
	alike('at the instant of the table rows and counts are those of one process',
		'SELECT * FROM plain', '2, true', '2, false');
	value('ALTER FOREIGN TABLE plain OPTIONS (DROP asof)');

	# not the owner: workers read as the user does
	value(<<'SQL');
CREATE ROLE regress_reader; CREATE ROLE regress_other;
GRANT pg_read_server_files TO regress_reader;
GRANT SELECT ON plain TO regress_reader, regress_other;
CREATE VIEW plain_view AS SELECT * FROM plain;
GRANT SELECT ON plain_view TO regress_other;
SQL
	my $as = "$two $workers_alone SET ROLE";
	is(value("$as regress_reader; SELECT count(*) FROM plain"),
		$rows, 'workers read as the user who may');
	is(value("$as regress_other; SELECT count(*) FROM plain_view"),
		$rows, 'workers read a view as its owner');
	like(failure("$as regress_other; SELECT count(*) FROM plain"),
		qr/permission denied|pg_read_server_files/, 'a user without the right is refused');
}

# ---- logs that only one process can walk are not shared ----

value(<<'SQL');
CREATE FOREIGN TABLE not_shared (id int OPTIONS (key 'true'), n int,
  v text OPTIONS (null_on_update 'keep')) SERVER files OPTIONS (prefix 'file_clock');
SQL
unlike(value("$two EXPLAIN SELECT v FROM not_shared"),
	qr/Parallel/, 'cells that may be kept are sought by one process');
like(value("$two EXPLAIN SELECT n FROM not_shared"),
	qr/Parallel Foreign Scan/, 'where no such cells are asked for, several processes scan');

# ---- changes ----

# Transaction files, of which one is too large to be held and has records of
# another table only: it has no first time.
{
	write_file("$root/s/ours/LOAD00000001.csv", '');
	my $change = sub { my ($i, $table) = @_; "I,$table,s," . stamp($day + $i) . ",$i,x\n" };
	for my $i (0 .. 5)
	{
		write_file("$root/transactions/CDC_TXN-" . (file_name($i * 1000) =~ s/-//r), join '',
			map { $change->($i * 1000 + $_, $i % 2 ? 'other' : 'ours') } 1 .. ($i % 2 ? 900 : 20));
	}
	value(<<'SQL');
CREATE FOREIGN TABLE transactions (id int, v text) SERVER files
  OPTIONS (mode 'changes', schema_name 's', table_name 'ours', preserve_transactions 'true',
    cdc_path 'transactions', timestamp_column_name 'commit_ts');
SQL
	silent('transaction files without first times: counts are those of one process',
		"SET work_mem = '64kB'; SET hash_mem_multiplier = 1;\n"
		  . contrast('SELECT count(*), sum(id) FROM transactions', '2, true'));
	is(value('SELECT count(*), sum(id) FROM transactions'),
		'60|120630', 'transaction files without first times: all records are counted');
}

# ---- S3 ----

SKIP:
{
	my $s3 = CdcS3->start or skip(CdcS3->missing, 7);
	$s3->create_bucket('lake');
	my @files;
	# full load files enough to be fetched ahead by each process
	make_log('loads', files => 6, base => [ map { 1 + 60 * $_ } 0 .. 23 ]);
	for my $path (glob "$root/{lapping,loads}/*.csv")
	{
		push @files, [ 'dms' . substr($path, length $root), slurp_file($path) ];
	}
	$s3->put_many('lake', @files);
	value($s3->server_sql('cloud', 's3://lake/dms', "timestamp_column_name 'commit_ts'"));
	my $columns = "(id int OPTIONS (key 'true'), n int, v text,"
	  . " file text OPTIONS (role 'file'), line bigint OPTIONS (role 'line'))";
	value(<<"SQL");
CREATE FOREIGN TABLE cloud $columns SERVER cloud OPTIONS (prefix 'lapping');
CREATE FOREIGN TABLE cloud_loads $columns SERVER cloud OPTIONS (prefix 'loads');
SQL
	my $plan = "$two EXPLAIN (COSTS OFF) SELECT count(*) FROM cloud";
	unlike(value("SET work_mem = '15MB'; $plan"),
		qr/Gather/, 'S3: in little memory one process scans');
	like(value("SET work_mem = '16MB'; $plan"),
		qr/Gather/, 'S3: in more memory several processes scan');
	silent('S3: rows and counts are those of one process', join '', "SET work_mem = '16MB';\n",
		contrast('SELECT * FROM cloud', '2, true'),
		contrast('SELECT count(*), sum(n) FROM cloud', '2, false'),
		contrast('SELECT * FROM cloud_loads', '2, true'),
		contrast('SELECT * FROM cloud_loads', '3, false'),
		contrast('SELECT count(*), sum(n) FROM cloud_loads', '5, true'),
		"SET cdc_fdw.prefetch_bytes = 0;\n",
		contrast('SELECT * FROM cloud_loads', '2, true'));
	my $large = "SET work_mem = '16MB'; $two";
	is(value(<<"SQL"), 0, 'S3: the rows are those of the directory');
$large
SELECT count(*) FROM (SELECT id, n, v, line FROM cloud EXCEPT SELECT id, n, v, line FROM lapping) x;
SQL
	is(value("$large SELECT count(*) FROM (SELECT * FROM cloud LIMIT 3) x"),
		3, 'S3: LIMIT gives so many rows');
	is(value(<<"SQL"), 't', 'S3: full load files give the rows of the directory');
$large
SELECT count(*) = (SELECT count(*) FROM loads)
FROM (SELECT id, n, v, line FROM cloud_loads INTERSECT SELECT id, n, v, line FROM loads) x;
SQL
	no_workers('S3');
	$s3->stop if $s3->can('stop');
}

$node->stop;
done_testing();

# pgbench over a log on S3 that grows meanwhile, through a network that goes
# wrong: every answer is checked against the truth at its instant.
#
#   CdcLoad::run(15);		# seconds
#
# A writer makes up commits, keeps in local tables what each of them left, and
# only then uploads the file that tells of them; so for every instant up to the
# last uploaded file the truth is known.  The clients call bench.one (bench.sql
# beside test/s3), which draws a question, asks it of the foreign table and of
# the local ones, and keeps both answers, or the error.
package CdcLoad;

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IO::Compress::Gzip qw(gzip);
use POSIX qw(strftime WNOHANG);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use CdcFaults;
use CdcS3;

my $here = abs_path(dirname(__FILE__));
my $clients = 32;
my $slots = 4;
my $rows = 1000;
# the full load's time, and seconds of the log's clock from file to file
my $day = 1718064000;
my $step = 60;
# seconds of ours from file to file, and how many there are before the load
my $pace = 0.5;
my $before = 6;

# The logs that are asked: options of their tables, names of their files.
my %logs = (
	plain => { options => '', folder => '', ending => 'csv' },
	packed => {
		options => ", date_partition_enabled 'true'",
		folder => '%Y/%m/%d/',
		ending => 'csv.gz'
	});

# WHAT KIND CHANCE UPTO of test/s3/seeded.pl: what is left out changes objects
# for good, which is another truth
my $ever = 1_000_000_000;
my @mended = (
	(map { [ 'get', $_, 0.01, $ever ] } qw(drop reset cut cut_reset cut_chunk
		cut_no_length no_length 429_TooManyRequests 500_InternalError 503_SlowDown)),
	(map { [ 'head', $_, 0.02, $ever ] } qw(drop 503)),
	(map { [ 'list', $_, 0.01, $ever ] } qw(drop reset cut cut_chunk 500 503_SlowDown)));
my @broken = (
	(map { [ 'get', $_, 0.0006, $ever ] } qw(403_AccessDenied 400_ExpiredToken etag
		no_range longer)),
	[ 'get', 'portal', 0.004, $ever ],
	(map { [ 'list', $_, 0.002, $ever ] } qw(403_AccessDenied portal list_twice list_order
		list_no_token)));

my ($node, $s3, $base);

sub stamp { return strftime('%Y-%m-%d %H:%M:%S', gmtime $_[0]) }

# ---- the writer ----

# The commits of a log's n-th file: [op, id, v, time], and %$live follows.
sub commits
{
	my ($live, $n) = @_;
	my @changes;
	for my $commit (1 .. 12)
	{
		my $time = sprintf('%s.%06d', stamp($day + $step * $n + 2 * $commit), int(rand(1e6)));
		my %done;
		for (0 .. int(rand(4)))
		{
			my $id = 1 + int(rand($rows * 1.1));
			next if $done{$id}++;
			my $op = !$live->{$id} ? 'I' : rand() < 0.15 ? 'D' : 'U';
			$live->{$id} = $op ne 'D';
			push @changes, [ $op, $id, $op eq 'D' ? undef : int(rand(1e6)), $time ];
		}
	}
	return @changes;
}

sub name
{
	my ($log, $n) = @_;
	my $at = $day + $step * $n + $step - 20;
	return strftime("$log->{folder}%Y%m%d-%H%M%S000.$log->{ending}", gmtime $at);
}

sub body
{
	my ($log, $text) = @_;
	return $text if $log->{ending} eq 'csv';
	gzip(\$text, \my $packed) or die "gzip failed\n";
	return $packed;
}

# First the truth, then the file, then that it is there.
sub write_file
{
	my ($log, $live, $n) = @_;
	my @changes = commits($live, $n);
	my $values = join ",\n",
		map { sprintf("('%s', '%s', %d, %s, '%s+00')", $log, $_->[0], $_->[1], $_->[2] // 'NULL',
			$_->[3]) } @changes;
	my $end = stamp($day + $step * ($n + 1));
	$node->safe_psql('postgres',
		"BEGIN;\nINSERT INTO bench.file VALUES ('$log', $n, '$end+00');\n"
		  . "INSERT INTO bench.change VALUES $values;\nSELECT bench.follow('$log', $n);\nCOMMIT;");
	my $text = "Op,commit_ts,id,v\n"
	  . join('', map { "$_->[0],$_->[3],$_->[1]," . ($_->[2] // '') . "\n" } @changes);
	$s3->put('lake', "load/$log/" . name($logs{$log}, $n), body($logs{$log}, $text));
	$node->safe_psql('postgres',
		"UPDATE bench.file SET uploaded = true WHERE log = '$log' AND n = $n");
	return;
}

sub write_base
{
	my ($log) = @_;
	my $time = stamp($day);
	$node->safe_psql('postgres',
		"INSERT INTO bench.version SELECT '$log', i, i, '$time+00' FROM generate_series(1, $rows) i;\n"
		  . "INSERT INTO bench.file VALUES ('$log', 0, '" . stamp($day + $step) . "+00', true)");
	my $text = "commit_ts,id,v\n" . join('', map { "$time,$_,$_\n" } 1 .. $rows);
	$s3->put('lake', "load/$log/LOAD00000001.$logs{$log}{ending}", body($logs{$log}, $text));
	return { map { $_ => 1 } 1 .. $rows };
}

# Files until it is killed, by a process of its own.
sub start_writer
{
	my ($live) = @_;
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	for (my $n = $before + 1; ; $n++)
	{
		for my $log (sort keys %logs)
		{
			my $begun = time;
			eval { write_file($log, $live->{$log}, $n); 1 } or do
			{
				append_to_file("$base/writer", $@);
				POSIX::_exit(1);
			};
			my $left = $begun + $pace - time;
			sleep $left if $left > 0;
		}
	}
}

# ---- what is set up ----

sub tables_sql
{
	my ($slot, $port) = @_;
	my $options = $s3->server_options('s3://lake/load', $port);
	my $mapping = $s3->mapping_options;
	my $columns = "id int OPTIONS (key 'true'), v int";
	my $sql = "CREATE SERVER $slot FOREIGN DATA WRAPPER cdc_fdw OPTIONS ($options,"
	  . " timestamp_column_name 'commit_ts', add_column_name 'true');\n"
	  . "CREATE USER MAPPING FOR CURRENT_USER SERVER $slot OPTIONS ($mapping);\n"
	  . "CREATE SCHEMA $slot; SET search_path = $slot;\n";
	for my $log (sort keys %logs)
	{
		my $more = $logs{$log}{options};
		$sql .= "CREATE FOREIGN TABLE $log ($columns, at timestamptz OPTIONS (role 'asof'))"
		  . " SERVER $slot OPTIONS (prefix '$log'$more);\n"
		  . "CREATE FOREIGN TABLE ${log}_changes (op text OPTIONS (role 'op'), $columns,"
		  . " at timestamptz OPTIONS (role 'commit_time'))"
		  . " SERVER $slot OPTIONS (prefix '$log', mode 'changes'$more);\n"
		  . "CREATE FOREIGN TABLE ${log}_history ($columns,"
		  . " valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to'))"
		  . " SERVER $slot OPTIONS (prefix '$log', mode 'history'$more);\n";
	}
	return $sql;
}

sub setup
{
	local $ENV{S3_PAGE} = 20;
	$s3 = CdcS3->start or plan skip_all => CdcS3->missing;
	$base = abs_path(PostgreSQL::Test::Utils::tempdir());
	$node = PostgreSQL::Test::Cluster->new('load');
	$node->init;
	$node->append_conf('postgresql.conf', <<CONF);
fsync = off
max_connections = 60
min_parallel_table_scan_size = 0
parallel_setup_cost = 0
parallel_tuple_cost = 0
# with less, several processes do not share a log on S3
work_mem = 16MB
jit = off
CONF
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION cdc_fdw');
	$node->safe_psql('postgres', slurp_file("$here/../s3/bench.sql"));
	$s3->create_bucket('lake');
	my %live = map { $_ => write_base($_) } sort keys %logs;
	for my $slot (1 .. $slots)
	{
		my $port = CdcFaults::start_proxy($s3, "$base/slot$slot");
		$node->safe_psql('postgres', tables_sql("slot$slot", $port));
	}
	for my $n (1 .. $before)
	{
		write_file($_, $live{$_}, $n) for sort keys %logs;
	}
	return \%live;
}

# ---- all of it ----

# [kind, uri, time] of a slot
sub faults_done
{
	my ($slot) = @_;
	open(my $log, '<', "$base/slot$slot/log") or return;
	return map { chomp; [ split /\t/ ] } <$log>;
}

# What is wrong with an error: it must name what one of the slot's faults was
# done to while the query ran, and say what that was.
sub judge
{
	my ($error, $began, $ended, $done) = @_;
	my ($uri) = $error =~ m{"(s3://[^"]*)"};
	return 'the error names nothing' unless defined $uri;
	my @causes = map { $_->[0] }
	  grep { $_->[1] eq $uri && $_->[2] >= $began - 0.1 && $_->[2] <= $ended + 0.1 } @$done;
	return "nothing was done to $uri" unless @causes;
	return '' if CdcFaults::says($error, @causes);
	return 'the error does not say: ' . join(', ', @causes);
}

sub check_errors
{
	my ($done) = @_;
	my $wrong = 0;
	my $errors = $node->safe_psql('postgres',
		q{SELECT kind, slot, extract(epoch FROM began), extract(epoch FROM ended), translate(error, E'\n', '|')
		  FROM bench.result WHERE error IS NOT NULL});
	for (split /\n/, $errors)
	{
		my ($kind, $slot, $began, $ended, $error) = split /\|/, $_, 5;
		my $fault = judge($error =~ s/\|/\n/gr, $began, $ended, $done->{$slot}) or next;
		diag("$kind: $fault: $error") if $wrong++ < 10;
	}
	is($wrong, 0, 'each error names an object and what was done to it');
	return;
}

sub check_answers
{
	my $wrong = $node->safe_psql('postgres',
		"SELECT kind, slot, log, at, answer, truth FROM bench.result WHERE error IS NULL AND NOT (answer = ANY (truth)) LIMIT 10");
	is($wrong, '', 'no answer is wrong');
	my $kinds = $node->safe_psql('postgres',
		"SELECT string_agg(kind || ' ' || n, ', ' ORDER BY kind) FROM"
		  . " (SELECT kind, count(*) n FROM bench.result WHERE answer = ANY (truth) GROUP BY 1) x");
	like($kinds, qr/\b$_ \d/, "$_ was answered")
	  for qw(changes column history join key keys now now_key pin pinned setting);
	return $kinds;
}

sub bench
{
	my ($seconds) = @_;
	my $script = "$base/one.sql";
	append_to_file($script, "SELECT bench.one(:client_id % $slots + 1);\n");
	my ($out, $err) = ('', '');
	my $ended = IPC::Run::run(
		[ 'pgbench', '-n', '-c', $clients, '-j', 2, '-T', $seconds, '-f', $script,
			'-d', $node->connstr('postgres') ],
		'>', \$out, '2>', \$err, IPC::Run::timeout($seconds + 120));
	ok($ended, 'pgbench ended well') or diag($err);
	like($out, qr/number of failed transactions: 0 /, 'no transaction failed');
	return;
}

sub run
{
	my ($seconds) = @_;
	my $live = setup();
	my $writer = start_writer($live);
	CdcFaults::set_plan({ dir => "$base/slot$_" }, $_, @mended, @broken) for 1 .. $slots;
	bench($seconds);
	CdcFaults::set_plan({ dir => "$base/slot$_" }, 0) for 1 .. $slots;
	is(waitpid($writer, WNOHANG), 0, 'files came until the end')
	  or diag(slurp_file("$base/writer"));
	kill 'TERM', $writer;
	waitpid($writer, 0);

	my %done = map { $_ => [ faults_done($_) ] } 1 .. $slots;
	my $faults = 0;
	$faults += @$_ for values %done;
	my $kinds = check_answers();
	check_errors(\%done);
	my ($right, $errors, $files) = split /\|/, $node->safe_psql('postgres',
		'SELECT count(answer), count(error), (SELECT count(*) FROM bench.file WHERE uploaded) FROM bench.result');
	cmp_ok($right, '>', 3 * $seconds, "$right right answers");
	cmp_ok($errors, '>', 0, "$errors errors");
	cmp_ok($faults, '>', $seconds, "$faults faults");
	cmp_ok($files, '>', $seconds / 2, "$files files");
	note("long: $clients clients, $seconds s: $right right, 0 wrong, $errors errors, $faults faults, $files files; $kinds");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_ls_tmpdir()'), 0,
		'no temporary file is left');
	$node->stop;
	$s3->stop;
	return;
}

1;

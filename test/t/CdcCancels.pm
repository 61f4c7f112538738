# Queries that are ended from outside, at a random moment of each phase.
#
#   CdcCancels::campaign(60);
#   CdcCancels::shapes(320);
#
# The second takes logs that are hard to read, local ones, and ends their
# queries anywhere from begin to end.
#
# The number of them is spread over the phases and the ways: pg_cancel_backend,
# statement_timeout, and a client that is gone.  Each must take effect within
# 300 ms; one that does not is tried twice more, since the machine may be busy
# with something else.  What the backends hold stays the same.
package CdcCancels;

use strict;
use warnings;
use File::Path qw(make_path);
use IO::Compress::Gzip qw(gzip);
use IO::Select;
use IO::Socket::INET;
use POSIX qw(strftime);
use PostgreSQL::Test::Utils;
use Socket qw(SOCK_STREAM AF_INET pack_sockaddr_in inet_aton);
use Test::More;
use Time::HiRes qw(sleep time);
use CdcFaults;
use CdcS3;
use CdcWoven;

my $limit = 0.3;
my ($node, $s3, $slot);

# ---- sessions ----

sub open_session
{
	my %session = (number => 0, text => '');
	pipe(my $from_us, $session{to}) or die "pipe: $!\n";
	pipe($session{from}, my $to_us) or die "pipe: $!\n";
	$session{psql} = fork // die "fork: $!\n";
	if ($session{psql} == 0)
	{
		open(STDIN, '<&', $from_us);
		open(STDOUT, '>&', $to_us);
		open(STDERR, '>&', $to_us);
		close $_ for $session{to}, $session{from};
		exec('psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $node->connstr('postgres'))
		  or POSIX::_exit(1);
	}
	close $_ for $from_us, $to_us;
	my $session = \%session;
	$session->{pid} = ask($session, 'SELECT pg_backend_pid()');
	ask($session, "SET search_path = slot1, public; SET client_connection_check_interval = '50ms';"
		  . ' SET work_mem = \'64MB\'; SET jit = off');
	return $session;
}

# Send statements, and do not wait.
sub send_sql
{
	my ($session, $sql) = @_;
	$session->{number}++;
	$session->{text} = '';
	syswrite($session->{to}, "$sql;\n\\echo end $session->{number}\n");
	return;
}

# All that comes until the statements sent last are over; nothing if they
# take too long.
sub receive
{
	my ($session) = @_;
	my $end = "end $session->{number}\n";
	my $select = IO::Select->new($session->{from});
	my $until = time + 30;
	while ($session->{text} !~ /^\Q$end\E/m)
	{
		return if time > $until;
		next unless $select->can_read(0.2);
		sysread($session->{from}, $session->{text}, 65536, length $session->{text}) or return;
	}
	return $session->{text} =~ s/^\Q$end\E//mr =~ s/\n\z//r;
}

sub ask
{
	my ($session, $sql) = @_;
	send_sql($session, $sql);
	return receive($session) // die "no answer to $sql\n";
}

sub close_session
{
	my ($session) = @_;
	close $session->{to};
	close $session->{from};
	waitpid($session->{psql}, 0);
	return;
}

# ---- where a query can be when it is ended ----

# Connections to it get no answer at all: its queue is full.
my ($silent, $full, @queue);

sub listeners
{
	$silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 4096) // die "no port: $!\n";
	$full = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) // die "no port: $!\n";
	listen($full, 0) or die "listen: $!\n";
	@queue = map {
		socket(my $fh, AF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
		IO::Handle::blocking($fh, 0);
		connect($fh, pack_sockaddr_in($full->sockport, inet_aton('127.0.0.1')));
		$fh;
	} 1 .. 8;
	return;
}

# A table on a server of its own, behind an endpoint where nobody answers.
sub nobody
{
	my ($name, $endpoint) = @_;
	my $mapping = $s3->mapping_options;
	$node->safe_psql('postgres', <<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 's3://lake/slot1',
  endpoint '$endpoint', url_style 'path', allow_http 'true', timestamp_column_name 'commit_ts');
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS ($mapping);
CREATE FOREIGN TABLE $name (id int OPTIONS (key 'true'), v int) SERVER $name OPTIONS (prefix 'plain');
SQL
	return;
}

# Logs that take seconds to read.
sub heavy_tables
{
	my $dir = PostgreSQL::Test::Utils::tempdir();
	make_path("$dir/heavy", "$dir/packed", "$dir/value");
	my $day = 1718150400;
	for my $file (1 .. 12)
	{
		my $at = $day + 3600 * $file;
		my $time = strftime('%Y-%m-%d %H:%M:%S', gmtime $at);
		my $body = '';
		for my $n (1 .. 20_000)
		{
			$body .= "I,$time," . ($n * 12 + $file) . ",$n,some text to be carried along\n";
		}
		append_to_file("$dir/heavy/" . strftime('%Y%m%d-%H%M%S000.csv', gmtime($at + 60)), $body);
	}
	my $body = join '',
		map { "2024-06-11 00:00:00,$_,$_,some text to be carried along\n" } 1 .. 200_000;
	gzip(\$body, \my $packed, -Level => 1) or die "gzip failed\n";
	append_to_file("$dir/packed/LOAD00000001.csv.gz", $packed);
	# one map of many keys, which is refused at last: a key is there twice
	append_to_file("$dir/value/LOAD00000001.csv",
		'2024-06-11 00:00:00,1,"{' . join(', ', map { 'k' . $_ * 7919 % 2_000_003 . '=1' } 1 .. 2_000_000) . qq(, k7919=1}"\n));
	my $columns = "(id int OPTIONS (key 'true'), v int, t text)";
	$node->safe_psql('postgres', <<SQL);
CREATE SERVER heavy FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$dir', timestamp_column_name 'commit_ts');
CREATE FOREIGN TABLE heavy $columns SERVER heavy OPTIONS (prefix 'heavy');
CREATE FOREIGN TABLE packed_heavy $columns SERVER heavy OPTIONS (prefix 'packed');
CREATE FOREIGN TABLE heavy_changes (id int, v int, t text) SERVER heavy OPTIONS (prefix 'heavy', mode 'changes');
CREATE FOREIGN TABLE heavy_value (id int OPTIONS (key 'true'), v json OPTIONS (encoding 'hive')) SERVER heavy OPTIONS (prefix 'value');
SQL
	return;
}

# So often one after the other that it is not over before it is ended.
sub repeated
{
	my ($n, $table) = @_;
	return 'SELECT count(*), sum(v) FROM (' . join(' UNION ALL ', ("SELECT v, t FROM $table") x $n)
	  . ') x';
}

# Again and again, whatever error it ends in but a cancel.
sub persistent
{
	my ($query) = @_;
	return "DO \$\$ BEGIN LOOP BEGIN EXECUTE '$query'; EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END \$\$";
}

# Searches for so many keys, of which hardly any is there, one after the other.
sub searching
{
	my ($keys) = @_;
	return "DO \$\$ DECLARE keys int[] := ARRAY(SELECT generate_series(1, 100 * $keys, 100)); BEGIN"
	  . ' PERFORM pg_advisory_xact_lock(17); LOOP PERFORM count(*) FROM heavy WHERE id = ANY (keys); END LOOP; END $$';
}

# name => [query, faults of the proxy, settings]
my %phases = (
	dns => ['SELECT count(*) FROM plain'],
	connect => ['SELECT count(*) FROM nobody_full'],
	tls => ['SELECT count(*) FROM nobody_tls'],
	listing => [ 'SELECT count(*) FROM plain', 'list hang 1 1000' ],
	headers => [ 'SELECT count(*) FROM plain', 'get hang 1 1000' ],
	body => [ 'SELECT count(*) FROM big', 'get stall 1 1000' ],
	slow => [ 'SELECT count(*) FROM plain, big', 'get slow 1 1000' ],
	# its tries may all be over soon: their waits are drawn
	backoff => [ persistent('SELECT count(*) FROM plain'), 'get 503_SlowDown 1 1000' ],
	unzip => [ repeated(40, 'packed_heavy') ],
	replay => [ repeated(25, 'heavy') ],
	changes => [ repeated(25, 'heavy_changes') ],
	value => [ persistent('SELECT v FROM heavy_value') ],
	# PostgreSQL's planner looks at each constant, and hears nothing meanwhile
	keys => [ searching(4_000_000), '', 'SET plan_cache_mode = force_generic_plan' ],
	spill => [ repeated(25, 'heavy'), '', q{SET work_mem = '64kB'} ],
	parallel => [ 'SELECT count(*), sum(v) FROM heavy WHERE pg_sleep(0.00001) IS NOT NULL', '',
		'SET max_parallel_workers_per_gather = 2' ],
	parallel_s3 => [ 'SELECT count(*) FROM plain', 'get stall 1 1000',
		'SET max_parallel_workers_per_gather = 2' ]);

# What shows that a query of a phase is where it is to be ended: the session's
# process is the argument.
my %shown = (
	spill => 'SELECT count(*) > 0 FROM pg_ls_tmpdir()',
	keys => q{SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND pid = %d},
	map { $_ => 'SELECT count(*) > 0 FROM pg_stat_activity WHERE leader_pid = %d' }
	  qw(parallel parallel_s3));
# of each such phase, how often it was looked for, and seen
my (%looked, %seen);

# Up to when a query of a phase is ended, in seconds; 0.4 for the others.
my %span = (value => 1.5);

# ---- logs that are hard to read ----

# Each name of a table with what to ask of it.
my %shapes = (
	woven => 'SELECT count(*), sum(v) FROM public.woven',
	skewed => 'SELECT count(*), sum(v) FROM public.skewed',
	wide => 'SELECT count(*), sum(length(r::text)) FROM public.wide',
	chained => 'SELECT count(*), sum(v) FROM public.chained',
	queued => q{SELECT count(*), sum(line) FROM cdc_fdw_explain_row('public.queued', '{"id": 0}')},
	moved => 'SELECT count(*), sum(v) FROM public.moved');

sub shape_tables
{
	my $dir = PostgreSQL::Test::Utils::tempdir();
	my $day = 1718150400;
	my $time = sub { return strftime($_[0], gmtime($day + $_[1])) };
	make_path(map { "$dir/s/$_" } keys %shapes);
	CdcWoven::write_log("$dir/s/woven", 600, 300, 30_000, 10);
	# a skew that lets any file's first commit come before any other's
	for my $file (1 .. 5000)
	{
		my $commit = $time->('%Y-%m-%d %H:%M:%S', 60 * $file - 30);
		append_to_file("$dir/s/skewed/" . $time->('%Y%m%d-%H%M%S000.csv', 60 * $file),
			join '', map { "U,$commit,$_,$file\n" } 1 .. 40);
	}
	# names in an order of each file's own
	my @names = map { "column_$_" } 1 .. 200;
	for my $file (1 .. 400)
	{
		push @names, shift @names;
		append_to_file("$dir/s/wide/" . $time->('%Y%m%d-%H%M%S000.csv', 60 * $file),
			join(',', 'Op', 'ts', 'id', @names) . "\n"
			  . join '', map { join(',', 'U', $time->('%Y-%m-%d %H:%M:%S', 60 * $file - 30), $_, @names) . "\n" } 1 .. 5);
	}
	# each row takes the key that the one before it in the commit has left
	my $rows = 100_000;
	append_to_file("$dir/s/chained/LOAD00000001.csv",
		join '', map { $time->('%Y-%m-%d %H:%M:%S', 0) . ",$_,$_,\n" } 1 .. $rows);
	append_to_file("$dir/s/chained/" . $time->('%Y%m%d-%H%M%S000.csv', 60),
		join '', map { 'U,' . $time->('%Y-%m-%d %H:%M:%S', 30) . ',' . ($_ + 1) . ",$_,$_\n" } reverse 1 .. $rows);
	# one key takes the rows of all others in a commit
	append_to_file("$dir/s/queued/" . $time->('%Y%m%d-%H%M%S000.csv', 60),
		join '', map { 'U,' . $time->('%Y-%m-%d %H:%M:%S', 30) . ",0,1,$_\n" } 1 .. 200_000);
	append_to_file("$dir/s/queued/" . $time->('%Y%m%d-%H%M%S000.csv', 120), 'U,'
		  . $time->('%Y-%m-%d %H:%M:%S', 90) . ",0,2,\n");
	# rows that come to one key and leave it, without a value, all in one commit
	my $moves = 60_000;
	my $at = $time->('%Y-%m-%d %H:%M:%S', 30);
	append_to_file("$dir/s/moved/LOAD00000001.csv", $time->('%Y-%m-%d %H:%M:%S', 0) . ",0,17,\n");
	append_to_file("$dir/s/moved/" . $time->('%Y%m%d-%H%M%S000.csv', 60),
		join '', map { "D,$at,$_,,\nU,$at,$_,,0\nU,$at," . ($_ + 10_000_000) . ",,$_\n" } 1 .. $moves);
	my $row = "(id int OPTIONS (key 'true'), v int";
	$node->safe_psql('postgres', <<SQL);
CREATE SERVER shapes FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$dir', timestamp_column_name 'ts');
CREATE FOREIGN TABLE public.woven $row) SERVER shapes OPTIONS (prefix 's/woven', before_base 'empty');
CREATE FOREIGN TABLE public.skewed $row) SERVER shapes OPTIONS (prefix 's/skewed', before_base 'empty', clock_skew '6 days');
CREATE FOREIGN TABLE public.wide (id int OPTIONS (key 'true'), r json OPTIONS (role 'row')) SERVER shapes
  OPTIONS (prefix 's/wide', before_base 'empty', add_column_name 'true');
CREATE FOREIGN TABLE public.chained $row, old int OPTIONS (before 'id')) SERVER shapes OPTIONS (prefix 's/chained');
CREATE FOREIGN TABLE public.moved (id int OPTIONS (key 'true'), v int OPTIONS (null_on_update 'keep'), old int OPTIONS (before 'id')) SERVER shapes OPTIONS (prefix 's/moved');
CREATE FOREIGN TABLE public.queued $row, old int OPTIONS (before 'id')) SERVER shapes OPTIONS (prefix 's/queued', before_base 'empty');
SQL
	return;
}

# The phases are those of the shapes instead: by one process and three, with
# little memory and much.
sub take_shapes
{
	my ($session) = @_;
	my %answers = (woven => '600|359100', skewed => '40|200000', chained => '100000|5000050000',
		queued => '200001|20000100001', moved => '60000|17');
	shape_tables();
	# not what a log looks like, but what it answers
	ask($session, 'SET client_min_messages = warning');
	%phases = %shown = %span = ();
	for my $shape (sort keys %shapes)
	{
		for my $mem ('64kB', '64MB')
		{
			for my $workers (0, 2)
			{
				my $phase = "$shape, $mem, $workers workers";
				$phases{$phase} = [ join(' UNION ALL ', ($shapes{$shape}) x 3), '',
					"SET work_mem = '$mem'; SET max_parallel_workers_per_gather = $workers" ];
				set_up($session, $phase);
				my $begun = time;
				my $answer = ask($session, $shapes{$shape});
				$span{$phase} = time - $begun;
				is($answer, $answers{$shape} //= $answer, "$phase: $answer");
			}
		}
	}
	return;
}

# Wait until a query has begun and, where it can be seen, is there.
sub wait_until_there
{
	my ($session, $control, $phase) = @_;
	my $there = sprintf($shown{$phase} // 'SELECT true', $session->{pid});
	my $until = time + 10;
	while (time < $until)
	{
		return $seen{$phase}++
		  if ask($control, "SELECT state = 'active' AND ($there) FROM pg_stat_activity WHERE pid = $session->{pid}") eq 't';
		sleep 0.005;
	}
	return;
}

# ---- what is left behind ----

sub descriptors
{
	my ($pid) = @_;
	opendir(my $dir, "/proc/$pid/fd") or return 0;
	return scalar grep { /^\d/ } readdir $dir;
}

sub threads
{
	my ($pid) = @_;
	opendir(my $dir, "/proc/$pid/task") or return 0;
	return scalar grep { /^\d/ } readdir $dir;
}

# kB of its own
sub memory
{
	my ($pid) = @_;
	my $status = eval { slurp_file("/proc/$pid/status") } or return 0;
	return $status =~ /^RssAnon:\s+(\d+)/m ? $1 : 0;
}

# Is there such a process?  Nobody may have asked yet how it ended.
sub alive
{
	my ($pid) = @_;
	my $stat = eval { slurp_file("/proc/$pid/stat") } or return 0;
	return $stat !~ /^\d+ \(.*\) Z/;
}

# Look-ups that nobody waits for come to their end first.
sub wait_for_threads
{
	my ($pid) = @_;
	for (1 .. 200)
	{
		return if threads($pid) <= 1;
		sleep 0.05;
	}
	return;
}

# ---- one of them ----

sub set_up
{
	my ($session, $phase) = @_;
	my (undef, $faults, $settings) = @{ $phases{$phase} };
	CdcFaults::resolver($slot->{port}, $phase eq 'dns' ? 'hang 2' : '');
	CdcFaults::set_plan($slot, 1, $faults ? [ split ' ', $faults ] : ());
	ask($session, "RESET max_parallel_workers_per_gather; SET work_mem = '64MB'; "
		  . ($settings // 'SELECT'));
	return;
}

# Seconds until it took effect, and what the session said.
sub cancelled
{
	my ($session, $control, $query, $wait, $phase) = @_;
	send_sql($session, $query);
	# what has not begun is not cancelled
	$looked{$phase}++;
	wait_until_there($session, $control, $phase);
	sleep $wait;
	my $begun = time;
	ask($control, "SELECT pg_cancel_backend($session->{pid})");
	my $text = receive($session);
	return (time - $begun, $text);
}

sub timed_out
{
	my ($session, $control, $query, $wait) = @_;
	my $ms = int($wait * 1000) + 1;
	ask($session, "SET statement_timeout = $ms");
	my $begun = time + $ms / 1000;
	send_sql($session, $query);
	my $text = receive($session);
	my $seconds = time - $begun;
	ask($session, 'SET statement_timeout = 0');
	return ($seconds, $text);
}

sub disconnected
{
	my ($session, $control, $query, $wait, $phase) = @_;
	send_sql($session, $query);
	$looked{$phase}++;
	wait_until_there($session, $control, $phase);
	sleep $wait;
	my $running = receive_now($session) eq '';
	my $begun = time;
	kill 'KILL', $session->{psql};
	close_session($session);
	while (alive($session->{pid}) && time < $begun + 30)
	{
		sleep 0.002;
	}
	return (time - $begun, $running ? 'ERROR:  57014: gone' : '');
}

# What is there without waiting.
sub receive_now
{
	my ($session) = @_;
	sysread($session->{from}, $session->{text}, 65536, length $session->{text})
	  if IO::Select->new($session->{from})->can_read(0);
	return $session->{text};
}

my %ways = (cancel => \&cancelled, timeout => \&timed_out, disconnect => \&disconnected);

# ---- all of them ----

# A cluster and what the phases need; the node, and the slot whose plan counts.
sub start
{
	my ($name, $conf) = @_;
	($node, $s3, $slot) = CdcFaults::start($name, 1, $conf);
	listeners();
	nobody('nobody_full', 'http://127.0.0.1:' . $full->sockport);
	nobody('nobody_tls', 'https://127.0.0.1:' . $silent->sockport);
	heavy_tables();
	return ($node, $slot);
}

sub shapes
{
	my ($count) = @_;
	start('shapes');
	my $session = open_session();
	take_shapes($session);
	close_session($session);
	ended($count);
	return;
}

sub campaign
{
	my ($count) = @_;
	start('cancels');
	ended($count);
	return;
}

sub ended
{
	my ($count) = @_;
	my @names = sort keys %phases;
	my $control = open_session();
	# one backend for all but those whose client goes
	my $session = open_session();
	# files that are looked at once and remembered: else the leader waits for
	# them alone, before there are workers
	my ($quiet) = grep { !$phases{$_}[1] } @names;
	set_up($session, $quiet);
	ask($session, 'SELECT count(*) FROM plain');
	settle($session) for 1 .. 2;
	# a log whose keys change is read by one process
	for my $phase (grep { ($phases{$_}[2] // '') =~ /gather = 2/ && !/chained|queued|moved/ } @names)
	{
		set_up($session, $phase);
		like(ask($session, "EXPLAIN $phases{$phase}[0]"), qr/Parallel Foreign Scan/,
			"$phase: the plan is");
	}
	my ($fds, $kb) = (descriptors($session->{pid}), memory($session->{pid}));
	my (%seconds, %missed, @late);
	srand(17);
	for my $n (0 .. $count - 1)
	{
		my $phase = $names[ $n % @names ];
		# clients go in every fifth, cancels and timeouts share the rest
		my $turn = $n % @names + int($n / @names);
		my $way = $turn % 5 == 4 ? 'disconnect' : $turn % 2 ? 'timeout' : 'cancel';
		for my $try (1 .. 3)
		{
			my $victim = $way eq 'disconnect' ? open_session() : $session;
			set_up($victim, $phase);
			my ($took, $text) = $ways{$way}->($victim, $control, $phases{$phase}[0],
				rand($span{$phase} // 0.4), $phase);
			die "$way in $phase: no end\n" unless defined $text;
			$missed{$phase}++ if $text !~ /^ERROR:  57014: /m;
			push @{ $seconds{$phase} }, $took;
			last if $took <= $limit;
			push @late, sprintf('%s in %s: %.0f ms', $way, $phase, 1000 * $took);
			fail("$way in $phase: within 300 ms, in one of three") if $try == 3;
		}
	}
	for my $phase (sort keys %shown)
	{
		cmp_ok($seen{$phase} // 0, '>=', ($looked{$phase} // 0) / 2,
			"$phase: seen " . ($seen{$phase} // 0) . ' of ' . ($looked{$phase} // 0) . ' times');
	}
	report($count, \%seconds, \%missed, \@late);
	nothing_left($session, $control, $fds, $kb);
	close_session($_) for $session, $control;
	CdcFaults::stop();
	return;
}

# Every phase once, and what outlives it at its end.
sub settle
{
	my ($session) = @_;
	for my $phase (sort keys %phases)
	{
		set_up($session, $phase);
		timed_out($session, undef, $phases{$phase}[0], 0.2);
	}
	wait_for_threads($session->{pid});
	return;
}

sub report
{
	my ($count, $seconds, $missed, $late) = @_;
	my @all = sort { $a <=> $b } map { @$_ } values %$seconds;
	for my $phase (sort keys %$seconds)
	{
		my $n = @{ $seconds->{$phase} };
		cmp_ok($missed->{$phase} // 0, '<=', $n / 10, "$phase: $n ended, before they were over");
	}
	diag("late: $_") for @$late;
	cmp_ok(scalar @$late, '<=', 1 + $count / 50, 'few were late: ' . @$late);
	note(sprintf('long: %d ended queries: median %.0f ms, 99 in 100 within %.0f ms, slowest %.0f ms, %d over 300 ms',
			scalar @all, 1000 * $all[ $#all / 2 ], 1000 * $all[ $#all * 0.99 ], 1000 * $all[-1], scalar @$late));
	return;
}

sub nothing_left
{
	my ($session, $control, $fds, $kb) = @_;
	settle($session);
	my $now = memory($session->{pid});
	CdcFaults::resolver($slot->{port}, '');
	CdcFaults::set_plan($slot, 0);
	is(descriptors($session->{pid}), $fds, "one backend: $fds descriptors, before and after");
	cmp_ok($now, '<=', $kb + 4096, "$kb kB of memory before, $now kB after");
	is(ask($session, 'SELECT count(*), sum(v) FROM plain'),
		ask($session, 'SELECT count(*), sum(v) FROM here.plain'), 'it goes on to answer');
	is(ask($control, 'SELECT count(*) FROM pg_ls_tmpdir()'), 0, 'no temporary file is left');
	is( ask($control,
			"SELECT count(*) FROM pg_stat_activity WHERE backend_type IN ('client backend', 'parallel worker')"),
		2, 'no process is left');
	return;
}

1;

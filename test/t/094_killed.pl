# A backend, a worker, and the postmaster are killed while they read, spill
# and wait for a network that hangs: nothing is left behind, and what starts
# again answers right.
use strict;
use warnings;
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use CdcFaults;
use CdcCancels;

my ($node, $slot) = CdcCancels::start('killed', "restart_after_crash = on\n");
my $sum = 'SELECT count(*), sum(v) FROM';
my $right = {
	heavy => $node->safe_psql('postgres', "$sum heavy"),
	plain => $node->safe_psql('postgres', "$sum here.plain")
};
my $temporary = 'SELECT count(*) FROM pg_ls_tmpdir()';

# Processes of the cluster, the postmaster included.
# 0 where the process is gone
sub parent
{
	my ($pid) = @_;
	open my $stat, '<', "/proc/$pid/stat" or return 0;
	# the name before it may hold anything
	return (<$stat> // '') =~ /.*\) \S (\d+)/s ? $1 : 0;
}

sub processes
{
	my ($postmaster) = @_;
	my @children = grep { parent($_) == $postmaster } map { m{(\d+)$} } glob '/proc/[0-9]*';
	return (@children, $postmaster);
}

# A worker amid the rows of a query that sleeps at each.
sub parallel_worker
{
	return $node->safe_psql('postgres', <<'SQL');
SELECT pid FROM pg_stat_activity
WHERE backend_type = 'parallel worker' AND wait_event = 'PgSleep' LIMIT 1
SQL
}

sub wait_until
{
	my ($name, $test) = @_;
	for (1 .. 1500)
	{
		my $value = $test->();
		return $value if $value;
		sleep 0.02;
	}
	die "never: $name\n";
}

# The postmaster knows of the end of a process once it has none.
sub wait_for_end
{
	my ($pid) = @_;
	return wait_until("an end of $pid", sub { !-e "/proc/$pid" });
}

# Starts a query whose requests for objects stall, and waits until one does.
sub send_stalled
{
	my ($session, $sql) = @_;
	unlink "$slot->{dir}/log";
	CdcFaults::set_plan($slot, 1, [qw(get stall 1 1000)]);
	CdcCancels::send_sql($session, $sql);
	return wait_until('a stall', sub { -s "$slot->{dir}/log" });
}

sub temporary_files
{
	my @files = glob $node->data_dir . '/base/pgsql_tmp/*';
	return scalar @files;
}

# As it was: answers, no files of those killed, none of their processes.
sub recovered
{
	my ($name, @before) = @_;
	ok(wait_until('a connection', sub { eval { ($node->psql('postgres', 'SELECT 1'))[0] == 0 } }),
		"$name: the server goes on");
	is(temporary_files(), 0, "$name: no temporary file is left");
	is(join(' ', grep { CdcCancels::alive($_) } @before), '',
		"$name: none of the processes before is left");
	is($node->safe_psql('postgres', "SET search_path = slot1, public; $sum heavy; $sum plain"),
		"$right->{heavy}\n$right->{plain}", "$name: the answers are right");
	is($node->safe_psql('postgres', "SET max_parallel_workers_per_gather = 2; $sum heavy"),
		$right->{heavy}, "$name: the answer by several processes is right");
	is($node->safe_psql('postgres', $temporary), 0,
		"$name: no temporary file is left after the queries");
	return;
}

my $spilling = "SET work_mem = '64kB'; SET hash_mem_multiplier = 1; "
  . CdcCancels::repeated(20, 'heavy');

# ---- a backend that has spilled ----

my $session = CdcCancels::open_session();
CdcCancels::send_sql($session, $spilling);
wait_until('temporary files', \&temporary_files);
kill 'KILL', $session->{pid};
CdcCancels::close_session($session);
wait_for_end($session->{pid});
recovered('a backend that spilled', $session->{pid});

# ---- one in the midst of an object ----

$session = CdcCancels::open_session();
send_stalled($session, "$sum plain");
kill 'KILL', $session->{pid};
CdcCancels::close_session($session);
CdcFaults::set_plan($slot, 0);
wait_for_end($session->{pid});
recovered('a backend that waited', $session->{pid});

# ---- a worker ----

$session = CdcCancels::open_session();
CdcCancels::send_sql($session,
	"SET max_parallel_workers_per_gather = 2; $sum heavy WHERE pg_sleep(0.0001) IS NOT NULL");
my $worker = wait_until('a worker', \&parallel_worker);
is(kill('KILL', $worker), 1, 'a worker: is killed');
my $begun = time;
my $text = CdcCancels::receive($session);
cmp_ok(time - $begun, '<', 20, 'a worker: the query ends with it');
CdcCancels::close_session($session);
wait_for_end($worker);
recovered('a worker', $worker, $session->{pid});

# ---- the postmaster ----

for my $case ([ 'that spill', $spilling, 0 ],
	[ 'that wait for an object', "$sum plain", 1 ],
	[ 'that wait, in parallel', "SET max_parallel_workers_per_gather = 2; $sum plain", 1 ])
{
	my ($name, $query, $hang) = @$case;
	$session = CdcCancels::open_session();
	if ($hang) { send_stalled($session, $query) }
	else
	{
		CdcCancels::send_sql($session, $query);
		wait_until('temporary files', \&temporary_files);
	}
	my $postmaster = $node->{_pid};
	my @before = processes($postmaster);
	ok((grep { $_ == $session->{pid} } @before), "the postmaster, of backends $name: is at work");
	kill 'KILL', $postmaster;
	my $begun = time;
	for (1 .. 500)
	{
		last unless grep { CdcCancels::alive($_) } @before;
		sleep 0.02;
	}
	is(join(', ', map { slurp_file("/proc/$_/cmdline") } grep { CdcCancels::alive($_) } @before),
		'', "the postmaster, of backends $name: no process is left");
	cmp_ok(time - $begun, '<', 5, "the postmaster, of backends $name: all processes end");
	CdcCancels::close_session($session);
	CdcFaults::set_plan($slot, 0);
	# its number is not free before somebody has asked how it ended
	wait_until('an end of the postmaster', sub { !kill 0, $postmaster });
	CdcFaults::start_again($node);
	recovered("the postmaster, of backends $name", @before);
}

CdcFaults::stop();
done_testing();

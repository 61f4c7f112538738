# Gzip files that are unzipped ahead of the walk by a thread of the process:
# the same answers and the same errors as without it, nothing read that the
# walk does not come to, and no thread left behind however a query ends.

use strict;
use warnings;

use File::Basename qw(dirname);
use IO::Compress::Gzip qw(gzip);
use POSIX qw(strftime);
use Time::HiRes qw(sleep);

use PostgreSQL::Test::Utils;
use Test::More;

use lib dirname(__FILE__);
use CdcTest qw(start_node write_file);

my $root = PostgreSQL::Test::Utils::tempdir;
my $node = start_node('unzip_ahead', <<'CONF');
autovacuum = off
max_parallel_workers_per_gather = 0
parallel_setup_cost = 0
parallel_tuple_cost = 0
CONF
srand(20241124);

my $start = 1718150400;    # 2024-06-12

sub packed
{
	my ($bytes) = @_;
	gzip(\$bytes, \my $packed, -Level => 1, Minimal => 1) or die "gzip failed\n";
	return $packed;
}

sub change_name
{
	my ($n) = @_;
	return strftime('%Y%m%d-%H%M%S000.csv', gmtime($start + 3600 * $n + 60));
}

# The same log three times: plain, gzipped, and gzipped without saying so.
sub put_file
{
	my ($name, $bytes) = @_;
	write_file("$root/plain/$name", $bytes);
	write_file("$root/gz/$name.gz", packed($bytes));
	write_file("$root/unnamed/$name", packed($bytes));
	return;
}

my $rows = 60_000;
my $text = join '', map { chr(97 + rand 26) } 1 .. 60;
for my $load (1, 2)
{
	put_file(sprintf('LOAD%08d.csv', $load),
		join '', map { "2024-06-11 00:00:00,$_,$_,$text\n" }
		  ($load - 1) * $rows + 1 .. $load * $rows);
}
for my $n (1 .. 30)
{
	my $time = strftime('%Y-%m-%d %H:%M:%S', gmtime($start + 3600 * $n));
	my $size = (1, 40, 3000, 8000)[ $n % 4 ];
	put_file(change_name($n), join '', map {
			my $op = ('U', 'U', 'I', 'D')[ rand 4 ];
			"$op,$time," . int(rand 3 * $rows) . ",$n," . substr($text, 0, rand 60) . "\n"
	} 1 .. $size);
}

my $columns = "(id int OPTIONS (key 'true'), v int, t text)";
my $tables = <<"SQL";
CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw
  OPTIONS (url 'file://$root', timestamp_column_name 'ts');
SQL
for my $table (qw(plain gz unnamed))
{
	$tables .= <<"SQL";
CREATE FOREIGN TABLE $table $columns SERVER log OPTIONS (prefix '$table');
CREATE FOREIGN TABLE ${table}_changes (op text OPTIONS (role 'op'), id int, v int, t text)
  SERVER log OPTIONS (prefix '$table', mode 'changes');
CREATE FOREIGN TABLE ${table}_history (id int OPTIONS (key 'true'), v int, t text,
  since timestamptz OPTIONS (role 'valid_from'), until timestamptz OPTIONS (role 'valid_to'))
  SERVER log OPTIONS (prefix '$table', mode 'history');
SQL
}
$node->safe_psql('postgres', $tables);

#
# The same answers
#

my %ways = (
	'as it comes' => '',
	'without' => 'SET cdc_fdw.prefetch_bytes = 0;',
	'with little room' => "SET cdc_fdw.prefetch_bytes = '5 MB'; SET cdc_fdw.force_unzip_ahead = on;",
	'by force' => 'SET cdc_fdw.force_unzip_ahead = on;',
	'several processes, by force' =>
	  'SET cdc_fdw.force_unzip_ahead = on; SET max_parallel_workers_per_gather = 2;',
	'little memory' => "SET work_mem = '64kB'; SET cdc_fdw.force_unzip_ahead = on;");
my $hash = "count(*), sum(('x' || substr(md5(t::text), 1, 8))::bit(32)::bigint)";
my %queries = (
	state => "SELECT $hash FROM %s t",
	earlier => "SET cdc_fdw.asof = '2024-06-12 11:00Z'; SELECT $hash FROM %s t",
	'one key' => "SELECT $hash FROM %s t WHERE id = 4711",
	changes => "SELECT $hash FROM %s_changes t",
	history => "SELECT $hash FROM %s_history t");

for my $query (sort keys %queries)
{
	my $right = $node->safe_psql('postgres', sprintf($queries{$query}, 'plain'));
	for my $way (sort keys %ways)
	{
		for my $table (qw(gz unnamed))
		{
			is($node->safe_psql('postgres', $ways{$way} . sprintf($queries{$query}, $table)),
				$right, "$query of $table, $way");
		}
	}
}

#
# The thread comes and goes
#

sub threads
{
	my ($session) = @_;
	my $names = 0;
	for my $file (glob "/proc/$session->{pid}/task/*/comm")
	{
		open my $in, '<', $file or next;
		$names++ if (<$in> // '') =~ /cdc_fdw unzip/;
	}
	return $names;
}

sub session
{
	my %s = (in => '', out => '', err => '');
	$s{run} = IPC::Run::start(
		[ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=0', '-d', $node->connstr('postgres') ],
		'<', \$s{in}, '>', \$s{out}, '2>', \$s{err}, IPC::Run::timeout(300));
	$s{pid} = tell_it(\%s, 'SELECT pg_backend_pid();');
	return \%s;
}

# The states of a session's threads that unzip, as letters.
sub states
{
	my ($session) = @_;
	my $letters = '';
	for my $file (glob "/proc/$session->{pid}/task/*/stat")
	{
		$letters .= $1 if (eval { slurp_file($file) } // '') =~ /\(cdc_fdw unzip[^)]*\) (\S)/;
	}
	return $letters;
}

# What a statement prints.
sub tell_it
{
	my ($s, $sql) = @_;
	$s->{out} = $s->{err} = '';
	$s->{in} .= "$sql\n\\echo over\n";
	$s->{run}->pump until $s->{out} =~ s/^over\n//m;
	chomp $s->{out};
	return $s->{out};
}

my $force = 'SET cdc_fdw.force_unzip_ahead = on;';
my $s = session();
tell_it($s, "$force BEGIN; DECLARE c CURSOR FOR SELECT * FROM gz; FETCH 1 FROM c;");
is(threads($s), 1, 'while a gzipped log is walked there is a thread');
is(tell_it($s, 'CLOSE c; SELECT 1;'), '1', 'the query ends');
is(threads($s), 0, 'the thread ends with the query');
tell_it($s, 'COMMIT; SELECT * FROM gz LIMIT 1;');
is(threads($s), 0, 'there is no thread after a LIMIT');
tell_it($s, 'BEGIN; DECLARE c CURSOR FOR SELECT * FROM gz; DECLARE d CURSOR FOR SELECT * FROM gz_changes; '
	  . 'FETCH 1 FROM c; FETCH 1 FROM d;');
is(threads($s), 1, 'two scans share one thread');
tell_it($s, 'CLOSE c; MOVE 100 FROM d;');
is(threads($s), 1, 'the thread stays for the other scan');
tell_it($s, 'SELECT 1/0; ROLLBACK;');
is(threads($s), 0, 'there is no thread after an error of another query');
tell_it($s, 'SELECT sum(1 / (v - v)) FROM gz;');
like($s->{err}, qr/division by zero/, 'an error amid the walk');
is(threads($s), 0, 'there is no thread after an error amid the walk');
tell_it($s,
	'SET statement_timeout = 300; SELECT count(*) FROM gz WHERE pg_sleep(0.001) IS NOT NULL;');
like($s->{err}, qr/statement timeout/, 'a cancel amid the walk');
is(threads($s), 0, 'there is no thread after a cancel amid the walk');
tell_it($s, 'RESET statement_timeout;');
tell_it($s, 'BEGIN; DECLARE c CURSOR FOR SELECT * FROM plain; FETCH 1 FROM c;');
is(threads($s), 0, 'there is no thread for a plain log');
tell_it($s, 'COMMIT; SET cdc_fdw.prefetch_bytes = 0; BEGIN; DECLARE c CURSOR FOR SELECT * FROM gz; FETCH 1 FROM c;');
is(threads($s), 0, 'there is no thread where nothing is to be read ahead');

# a process ends with its thread at work
tell_it($s, 'COMMIT; RESET cdc_fdw.prefetch_bytes;');
$s->{in} .= "SELECT count(*) FROM gz WHERE pg_sleep(0.0001) IS NOT NULL;\n";
$s->{run}->pump_nb;
for (1 .. 1000)
{
	last if threads($s);
	$s->{run}->pump_nb;
	sleep 0.01;
}
is(threads($s), 1, 'there is a thread before its process is terminated');
$node->safe_psql('postgres', "SELECT pg_terminate_backend($s->{pid})");
my $there;
for (1 .. 1000)
{
	$there = -d "/proc/$s->{pid}" or last;
	sleep 0.01;
}
ok(!$there, 'a process that is terminated ends');
$s->{run}->kill_kill;

#
# The same errors
#

sub ending
{
	my ($way, $sql) = @_;
	my ($rc, $out, $err) = $node->psql('postgres', "$ways{$way} $sql", extra_params => ['-q']);
	return $out . $err;
}

sub same_ending
{
	my ($what, $sql, $like) = @_;
	my $without = ending('without', $sql);
	like($without, $like, $what);
	for my $way ('as it comes', 'by force', 'with little room')
	{
		is(ending($way, $sql), $without, "$what, $way");
	}
	return;
}

my $long = packed(join '', map { "I,2024-06-12 00:00:30,$_,$_,$text\n" } 1 .. 30_000);
my $flipped = $long;
substr($flipped, length($long) / 2, 1) ^= "\x10";
my $torn = $long;
substr($torn, length($long) / 2, 300) = "\xff" x 300;
my %bad = (
	torn => [ $torn, qr/ERROR: .*(gzip file|record)/ ],
	flipped => [ $flipped, qr/ERROR: .*(gzip file|record)/ ],
	short => [ substr($long, 0, length($long) - 3), qr/gzip file .* ends early/ ],
	half => [ substr($long, 0, length($long) / 2), qr/gzip file .* ends early/ ],
	head => [ substr($long, 0, 7), qr/gzip file .* ends early/ ],
	trailing => [ $long . 'x', qr/gzip file .* is damaged/ ],
	trailer => [ substr($long, 0, -8) . 'abcdefgh', qr/gzip file .* is damaged/ ],
	plain => [ "I,2024-06-12 00:00:30,1,1,one\n", qr/^1$/ ],
	two => [ 'I,', qr/record has 2 fields/ ],
	none => [ '', qr/^0$/ ],
	twice => [ $long . packed("I,2024-06-12 00:00:30,30001,1,one\n") . "\0" x 600, qr/^30001$/ ],
	record => [ packed("I,2024-06-12 00:00:30,1,1,one\nI,2024-06-12 00:00:30,2,2\n"), qr/line 2/ ]);
for my $name (sort keys %bad)
{
	write_file("$root/bad_$name/" . change_name(0) . '.gz', $bad{$name}[0]);
	write_file("$root/bad_$name/" . change_name(1) . '.gz',
		packed("D,2024-06-12 01:00:00,70000,1,one\n"));
	$node->safe_psql('postgres',
		"CREATE FOREIGN TABLE bad_$name $columns SERVER log OPTIONS (prefix 'bad_$name')");
	same_ending("a file: $name", "SELECT count(*) FROM bad_$name", $bad{$name}[1]);
}

# 65 MB of blanks
write_file("$root/bomb/" . change_name(0) . '.gz',
	packed('I,2024-06-12 00:00:30,1,1,"' . ' ' x 68_000_000 . "\"\n"));
$node->safe_psql('postgres',
	"CREATE FOREIGN TABLE bomb $columns SERVER log OPTIONS (prefix 'bomb')");
same_ending('a bomb', 'SET cdc_fdw.max_gzip_ratio = 100; SELECT count(*) FROM bomb',
	qr/expands to more than 100 times/);

#
# What the walk does not come to is no matter
#

# the newest file has the key; the one before it cannot be read
write_file("$root/before/" . change_name(2) . '.gz', packed("U,2024-06-12 02:00:00,7,1,found\n"));
write_file("$root/before/" . change_name(1) . '.gz', $flipped);
write_file("$root/before/" . change_name(0) . '.gz', $long);
$node->safe_psql('postgres',
	"CREATE FOREIGN TABLE before $columns SERVER log OPTIONS (prefix 'before')");
for my $way (sort keys %ways)
{
	is(ending($way, 'SELECT t FROM before WHERE id = 7'), 'found',
		"a damaged file behind the answer, $way");
}

# a file that changes after its front was unzipped, and before it is read
write_file("$root/later/" . change_name(1) . '.gz',
	packed(join '', map { "I,2024-06-12 01:00:00,$_,1,new\n" } 1 .. 10));
write_file("$root/later/" . change_name(0) . '.gz', packed("I,2024-06-12 00:00:00,100,1,old\n"));
$node->safe_psql('postgres', "CREATE FOREIGN TABLE later (id int, v int, t text) SERVER log "
	  . "OPTIONS (prefix 'later', mode 'changes')");
$s = session();
tell_it($s, "$force BEGIN; DECLARE c CURSOR FOR SELECT t FROM later; FETCH 1 FROM c;");
# a thread that waits has unzipped what it may
for (1 .. 1000)
{
	last if states($s) eq 'S';
	sleep 0.01;
}
is(states($s), 'S', 'the thread unzips the next file and waits');
write_file("$root/later/" . change_name(1) . '.gz', packed("I,2024-06-12 01:00:00,1,1,else\n"));
tell_it($s, 'FETCH ALL FROM c;');
like($s->{err}, qr/ERROR: .* changed while it was read/,
	'a file that changed after it was unzipped is an error');
tell_it($s, 'ROLLBACK;');
is(threads($s), 0, 'there is no thread after a file that changed');
$s->{in} .= "\\q\n";
$s->{run}->finish;

done_testing();

# Queries through a network that goes wrong by seed.
#
#   use CdcFaults;
#   CdcFaults::campaign(1 .. 60);
#
# Each seed draws a table, a query, how it is run, and what goes wrong between
# cdc_fdw and the S3 server (test/s3/seeded.pl).  The answer must be that of a
# directory with the same files; or there is an error, which names an object
# or a prefix that something was done to, and says what.  Where all that goes
# wrong can be mended by trying again it must be the answer.
package CdcFaults;

use strict;
use warnings;
use Cwd qw(abs_path);
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use IO::Compress::Gzip qw(gzip);
use IO::Socket::INET;
use POSIX qw(strftime WNOHANG);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use CdcS3;
use CdcTest qw(write_file);

my $here = abs_path(dirname(__FILE__));
my $slots = 6;
# no run may take longer, whatever is tried how often
my $limit = 90;
my $day = 1718150400;

my ($node, $s3, %files, %answers);

# What curl says of a connection that broke off.
my $broken_off = join '|', 'connection closed within the header', '[Cc]onnection (?:was )?reset',
  '[Ee]mpty reply', '[Rr]ecv failure', '[Ss]end failure', 'transfer closed';
$broken_off = qr/(?:$broken_off)/;

my $no_answer_of_s3 = qr/(?:XML|not a listing|HTTP status 200|range)/;

# What each fault may make of an error.
my %cause = (
	(map { $_ => qr/^ERROR:  08006: .*$broken_off/s } qw(drop reset cut_reset cut cut_head cut_chunk)),
	(map { $_ => qr/^ERROR:  08006: .*(?:timed out|too slow)/si } qw(hang stall)),
	slow => qr/^(?!)/,
	no_length => qr/^(?!)/,
	# where tries are used up by it: an object's, a listing's
	cut_no_length =>
	  qr/^ERROR:  (?:08006: .*ended after \d+ of \d+ bytes|HV000: .*not well-formed XML)/s,
	longer => qr/^ERROR:  55000: .*changed.*goes on after \d+ bytes/s,
	(map { my $words = s/_/.*/r; ($_ => qr/^ERROR:  08006: .*HTTP status $words/s) }
		qw(429 429_TooManyRequests 500_InternalError 500 502 503 503_SlowDown 504)),
	'403_AccessDenied' => qr/^ERROR:  42501: .*HTTP status 403\nDETAIL:  AccessDenied.*\nHINT:/s,
	'403_RequestTimeTooSkewed' =>
	  qr/^ERROR:  42501: .*HTTP status 403\nDETAIL:  RequestTimeTooSkewed.*\nHINT:  Set the clock/s,
	'400_ExpiredToken' => qr/^ERROR:  42501: .*HTTP status 400\nDETAIL:  ExpiredToken.*\nHINT:/s,
	portal => qr/^ERROR:  (?:55000: .*changed.*bytes long|HV000: .*$no_answer_of_s3)/s,
	delete => qr/^ERROR:  58P01: .*HTTP status 404.*NoSuchKey.*\nHINT:  The object was removed/s,
	replace => qr/^ERROR:  55000: .*(?:HTTP status 412|changed)/s,
	replace_cut => qr/^ERROR:  55000: .*(?:HTTP status 412|changed)/s,
	etag => qr/^ERROR:  55000: .*another ETag/s,
	whole => qr/^ERROR:  HV000: .*does not honour Range/s,
	other_range => qr/^ERROR:  HV000: .*did not send the range/s,
	no_range => qr/^ERROR:  HV000: .*did not send the range/s,
	list_etag => qr/^ERROR:  55000: .*HTTP status 412/s,
	list_size => qr/^ERROR:  55000: .*listed with/s,
	list_twice => qr/^ERROR:  HV000: .*not in byte order/s,
	list_order => qr/^ERROR:  HV000: .*not in byte order/s,
	list_again => qr/^ERROR:  HV000: .*does not go on/s,
	list_token => qr/^ERROR:  HV000: .*repeats a continuation token/s,
	list_no_token => qr/^ERROR:  HV000: .*without a continuation token/s,
	refuse => qr/^ERROR:  HV00N: .*(?:[Cc]ould.?n.t connect|refused|Failed to connect)/s,
	dns => qr/^ERROR:  (?:08006|HV00N): .*(?:[Rr]esolving timed out|Could not resolve host)/s);

# What trying again mends, for objects and for listings.
my %mended = (
	get => [
		qw(drop reset cut_reset cut cut_head cut_chunk cut_no_length no_length slow
		  429_TooManyRequests 500_InternalError 502 503_SlowDown 504)
	],
	list => [
		qw(drop reset cut_reset cut cut_head cut_chunk cut_no_length no_length slow
		  429 500 502 503_SlowDown 504)
	]);
my %broken = (
	get => [
		qw(403_AccessDenied 403_RequestTimeTooSkewed 400_ExpiredToken portal delete
		  replace replace_cut replace replace_cut etag whole other_range no_range longer)
	],
	list => [
		qw(403_AccessDenied 403_RequestTimeTooSkewed portal list_etag list_size
		  list_twice list_order list_again list_token list_no_token)
	]);

# ---- the logs ----

# The full load of so many rows: [name, bytes].
sub load_file
{
	my ($rows) = @_;
	return [ 'LOAD00000001.csv', join '', "commit_ts,id,v\n",
		map { "2024-06-11 00:00:00,$_,$_\n" } 1 .. $rows ];
}

# [name, bytes]: $rows rows, then $count files of $changes changes each
sub log_files
{
	my ($seed, $rows, $count, $changes, $dated) = @_;
	my @log = load_file($rows);
	my $state = $seed;
	for my $n (1 .. $count)
	{
		my $at = $day + 3600 * $n;
		my $time = strftime('%Y-%m-%d %H:%M:%S', gmtime $at);
		my $body = "Op,commit_ts,id,v\n";
		for (1 .. $changes)
		{
			$state = ($state * 1103515245 + 12345) % 2**31;
			my $id = 1 + int($state / 65536) % int($rows * 1.2);
			my $op = $state % 11 ? 'U' : 'D';
			$body .= "$op,$time.$_,$id," . ($op eq 'D' ? '' : "$n$_") . "\n";
		}
		my $name = strftime('%Y%m%d-%H%M%S000.csv', gmtime($at + 60));
		my $folder = $dated ? strftime('%Y/%m/%d/', gmtime($at + 60)) : '';
		push @log, [ "$folder$name", $body ];
	}
	return @log;
}

# Files a second apart, whose commits are those of the same six seconds.
sub woven_files
{
	my ($rows, $count, $changes) = @_;
	my @log = load_file($rows);
	for my $n (1 .. $count)
	{
		my $body = "Op,commit_ts,id,v\n";
		for (0 .. $changes - 1)
		{
			my $ms = $_ * 6000 / $changes + $n;
			$body .= strftime('U,%Y-%m-%d %H:%M:%S', gmtime($day + 3600 + $ms / 1000))
			  . sprintf(".%03d,%d,%d%03d\n", $ms % 1000, 1 + ($_ * 7 + $n) % $rows, $n, $_);
		}
		push @log, [ strftime('%Y%m%d-%H%M%S000.csv', gmtime($day + 3600 + $n)), $body ];
	}
	return @log;
}

# Each file is one commit in which every row takes the key of the next.
sub chained_files
{
	my ($rows, $count) = @_;
	my @log = [ 'LOAD00000001.csv', join '', "commit_ts,id,v,old\n",
		map { "2024-06-11 00:00:00,$_,$_,\n" } 1 .. $rows ];
	for my $n (1 .. $count)
	{
		my $time = strftime('%Y-%m-%d %H:%M:%S', gmtime($day + 3600 * $n));
		push @log, [ strftime('%Y%m%d-%H%M%S000.csv', gmtime($day + 3600 * $n + 60)),
			join '', "Op,commit_ts,id,v,old\n",
			map { 'U,' . $time . ',' . ($_ + $n) . ",$n$_," . ($_ + $n - 1) . "\n" } reverse 1 .. $rows ];
	}
	return @log;
}

# Many columns, whose names are in another order in each file.
sub wide_files
{
	my ($rows, $count, $columns) = @_;
	my @names = ('id', 'v', map { "c$_" } 1 .. $columns);
	my @log;
	for my $n (0 .. $count)
	{
		my $at = $day + 3600 * $n;
		my $time = strftime('%Y-%m-%d %H:%M:%S', gmtime($at));
		my $body = join(',', $n ? 'Op' : (), 'commit_ts', @names) . "\n";
		for my $id (1 .. $rows)
		{
			my %row = (id => $id, v => "$n$id");
			$body .= join(',', $n ? 'U' : (), $time, map { $row{$_} // $n } @names) . "\n";
		}
		my $name = $n ? strftime('%Y%m%d-%H%M%S000.csv', gmtime($at + 60)) : 'LOAD00000001.csv';
		push @log, [ $name, $body ];
		push @names, splice @names, 0, 3;
	}
	return @log;
}

sub make_files
{
	my %log = (
		woven => [ woven_files(300, 12, 60) ],
		chained => [ chained_files(300, 12) ],
		wide => [ wide_files(40, 12, 100) ],
		plain => [ log_files(1, 300, 12, 60, 0) ],
		dated => [ log_files(3, 300, 16, 30, 1) ],
		big => [ log_files(4, 300_000, 3, 5_000, 0) ]);
	for my $file (log_files(2, 2000, 10, 100, 0))
	{
		gzip(\$file->[1], \my $packed) or die "gzip failed\n";
		push @{ $log{packed} }, [ "$file->[0].gz", $packed ];
	}
	for my $table (keys %log)
	{
		$files{"$table/$_->[0]"} = $_->[1] for @{ $log{$table} };
	}
	return;
}

# ---- the server ----

sub tables_sql
{
	my ($schema, $server) = @_;
	my $sql = "CREATE SCHEMA $schema; SET search_path = $schema;\n";
	for my $table (qw(plain packed dated big woven chained wide))
	{
		my $columns = "id int OPTIONS (key 'true'), v int";
		$columns .= ", old int OPTIONS (before 'id')" if $table eq 'chained';
		$columns .= ", r json OPTIONS (role 'row')" if $table eq 'wide';
		# Lines end in LF: where the option leaves that open, the first record
		# waits for more bytes than come before a stall.
		my $more = $table eq 'packed' ? '' : q{, csv_row_delimiter '\n'};
		$more .= ", date_partition_enabled 'true'" if $table eq 'dated';
		$sql .= "CREATE FOREIGN TABLE $table ($columns) SERVER $server OPTIONS (prefix '$table'$more);\n"
		  . "CREATE FOREIGN TABLE ${table}_changes (op text OPTIONS (role 'op'),"
		  . " at timestamptz OPTIONS (role 'commit_time'), $columns, line bigint OPTIONS (role 'line'))"
		  . " SERVER $server OPTIONS (prefix '$table', mode 'changes'$more);\n";
	}
	return $sql;
}

# A library that lets look-ups of names under faults.test hang or fail as a file
# says, by port; one that hangs has a socket open, as one of the system's has,
# and ends with the file.
sub make_resolver
{
	my ($dir) = @_;
	open(my $fh, '>', "$dir/resolver.c") or die "$dir: $!\n";
	print $fh <<'C';
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef int (*lookup) (const char *, const char *, const struct addrinfo *,
					   struct addrinfo **);

int
getaddrinfo(const char *node, const char *service,
			const struct addrinfo *hints, struct addrinfo **res)
{
	lookup		real = (lookup) dlsym(RTLD_NEXT, "getaddrinfo");
	const char *dir = getenv("CDC_RESOLVER");
	char		path[1024];
	char		once[1040];
	char		how[8] = "";
	const char *file_now = path;
	const char *zone = node ? strstr(node, ".faults.test") : NULL;
	int			seconds = 0;
	int			fd;
	FILE	   *file;

	if (dir == NULL || zone == NULL || service == NULL ||
		strcmp(zone, ".faults.test") != 0)
		return real(node, service, hints, res);
	snprintf(path, sizeof(path), "%s/%s", dir, service);
	file = fopen(path, "r");
	if (file != NULL)
	{
		if (fscanf(file, "%7s %d", how, &seconds) < 1)
			how[0] = '\0';
		fclose(file);
		snprintf(once, sizeof(once), "%s.done", path);
		if (strcmp(how, "once") == 0)
		{
			rename(path, once);
			file_now = once;
		}
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		for (int n = seconds * 50; n > 0 && access(file_now, F_OK) == 0; n--)
			usleep(20000);
		close(fd);
		if (strcmp(how, "fail") == 0)
			return EAI_AGAIN;
	}
	return real("127.0.0.1", service, hints, res);
}
C
	close $fh;
	system(qw(cc -shared -fPIC -O1 -o), "$dir/resolver.so", "$dir/resolver.c", '-ldl') == 0
	  or die "no compiler\n";
	return;
}

my $base;

# Start a node whose look-ups go wrong as told.
sub start_misled
{
	my ($made) = @_;
	$base = abs_path(PostgreSQL::Test::Utils::tempdir());
	mkdir "$base/resolver";
	make_resolver($base);
	run_node($made);
	return;
}

# A PostgreSQL whose look-ups go wrong as told; its settings in $conf.
sub start_node
{
	my ($name, $conf) = @_;
	my $made = PostgreSQL::Test::Cluster->new($name);
	$made->init;
	$made->append_conf('postgresql.conf', <<CONF);
fsync = off
autovacuum = off
max_worker_processes = 32
max_parallel_workers = 32
min_parallel_table_scan_size = 0
parallel_setup_cost = 0
parallel_tuple_cost = 0
# with less, several processes do not share a log on S3
work_mem = 16MB
$conf
CONF
	start_misled($made);
	return $made;
}

sub run_node
{
	my ($made) = @_;
	local $ENV{LD_PRELOAD} = join ' ', grep { defined } $ENV{LD_PRELOAD}, "$base/resolver.so";
	local $ENV{CDC_RESOLVER} = "$base/resolver";
	$made->start;
	return;
}

# After its postmaster was killed.
sub start_again
{
	my ($made) = @_;
	delete $made->{_pid};
	run_node($made);
	return;
}

# What the next look-ups for the port meet: "once SECONDS", "hang SECONDS",
# "fail"; '' for nothing.  The file that says so.
sub resolver
{
	my ($port, $how) = @_;
	my $file = "$base/resolver/$port";
	unlink $file, "$file.done";
	return $file if $how eq '';
	append_to_file("$file.new", $how);
	rename "$file.new", $file;
	return $file;
}

# ---- a slot: a proxy, a folder of the bucket, a schema ----

# A proxy that goes wrong by the plan in $dir, before $server; its port.
sub start_proxy
{
	my ($server, $dir) = @_;
	my $port = CdcS3::free_ports(1);
	make_path("$dir/count");
	append_to_file("$dir/plan", "seed 0\n");
	local $ENV{S3_ACCESS_KEY} = $server->{access_key};
	local $ENV{S3_SECRET_KEY} = $server->{secret_key};
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0)
	{
		exec($^X, "$here/../s3/seeded.pl", $port, $server->{port}, $dir)
		  or POSIX::_exit(1);
	}
	push @{ $server->{proxies} }, $pid;
	for (1 .. 400)
	{
		last if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
		sleep 0.02;
	}
	return $port;
}

sub start_slot
{
	my ($n) = @_;
	my $dir = "$base/slot$n";
	my $port = start_proxy($s3, $dir);
	my $server = "slot$n";
	my $options = $s3->server_options("s3://lake/$server", $port) =~
	  s{http://127\.0\.0\.1:}{http://s3.faults.test:}r;
	my $mapping = $s3->mapping_options;
	$node->safe_psql('postgres',
		"CREATE SERVER $server FOREIGN DATA WRAPPER cdc_fdw OPTIONS ($options,"
		  . " timestamp_column_name 'commit_ts', add_column_name 'true');\n"
		  . "CREATE USER MAPPING FOR CURRENT_USER SERVER $server OPTIONS ($mapping);\n"
		  . tables_sql($server, $server));
	return { name => $server, port => $port, dir => $dir };
}

# ---- what a seed draws ----

# Numbers of its own, so that a seed is the same everywhere.
sub generator
{
	my ($state) = @_;
	$state = $state * 2654435761 % 2**32;
	my $next = sub {
		$state = ($state * 1664525 + 1013904223) % 2**32;
		return $state / 2**32;
	};
	$next->() for 1 .. 3;
	return sub { return $_[0]->[ int($next->() * @{ $_[0] }) ] };
}

sub draw
{
	my ($seed) = @_;
	my $pick = generator($seed);
	my $table = $pick->([ qw(plain packed packed dated dated woven chained wide),
		$seed % 3 ? 'plain' : 'big' ]);
	my $query = $pick->([ 'state', 'state', 'state', 'changes', 'changes', 'key', 'asof' ]);
	my %run = (seed => $seed, patience => 10, mended => 0, faults => [], setup => [], settings => []);
	my $hash = "count(*), sum(('x' || substr(md5(t::text), 1, 8))::bit(32)::bigint)";

	$run{query} =
	    $query eq 'changes' ? "SELECT $hash FROM ${table}_changes t"
	  : $query eq 'key' ? "SELECT $hash FROM $table t WHERE id = " . $pick->([ 17, 55, 123, 299 ])
	  : "SELECT $hash FROM $table t";
	push @{ $run{settings} }, "cdc_fdw.asof = '2024-06-12 07:30:00+00'" if $query eq 'asof';
	push @{ $run{settings} }, 'max_parallel_workers_per_gather = ' . $pick->([ 0, 0, 2 ]);
	push @{ $run{settings} }, 'cdc_fdw.prefetch_bytes = ' . $pick->([ 0, 200_000, 67_108_864 ]);
	push @{ $run{settings} }, "work_mem = '64kB'" if $pick->([ 0, 0, 0, 1 ]);

	my $class = $pick->([ qw(mended mended mended mended broken broken broken broken mixed mixed
			refuse dns stall) ]);
	if ($class eq 'mended')
	{
		$run{mended} = 1;
		for my $what ($pick->([ ['get'], ['list'], [ 'get', 'list' ] ])->@*)
		{
			my $upto = $pick->([ 1, 2, 3, 4 ]);
			push @{ $run{faults} }, [ $what, $pick->($mended{$what}), $_, $upto ]
			  for 1, $pick->([ 0.3, 1 ]);
			$run{faults}[-2][2] = 0.7;
		}
	}
	elsif ($class eq 'stall')
	{
		push @{ $run{faults} }, [ 'get', $pick->([qw(hang stall)]), $pick->([ 0.03, 0.1 ]), 2 ];
		push @{ $run{faults} }, [ 'list', 'hang', 0.2, 1 ];
		$run{mended} = 1;
		$run{patience} = 1;
	}
	elsif ($class eq 'refuse')
	{
		push @{ $run{setup} }, [ 'refuse', $pick->([ 30, 100, 300, 1000, 6000 ]) ];
	}
	elsif ($class eq 'dns')
	{
		my $how = $pick->([ 'once 4', 'once 4', 'hang 4', 'fail' ]);
		push @{ $run{setup} }, [ 'dns', $how ];
		$run{mended} = $how =~ /once/;
	}
	else
	{
		for my $what ($pick->([ ['get'], ['get'], ['list'], [ 'get', 'list' ] ])->@*)
		{
			push @{ $run{faults} },
			  [ $what, $pick->($broken{$what}), $pick->([ 0.02, 0.1, 0.5, 1 ]), $pick->([ 1, 2, 1000 ]) ];
			push @{ $run{faults} },
			  [ $what, $pick->($mended{$what}), $pick->([ 0.1, 0.5, 1 ]), $pick->([ 1, 4, 1000 ]) ]
			  if $class eq 'mixed';
		}
	}
	return \%run;
}

# ---- one run ----

sub session
{
	my ($schema, $run) = @_;
	my ($out, $err) = ('', '');
	my $sql = join ";\n", '\set VERBOSITY verbose', "SET search_path = $schema, public",
	  (map { "SET $_" } @{ $run->{settings} }),
	  "SET cdc_fdw.connect_timeout = '2s'", "SET cdc_fdw.read_timeout = '$run->{patience}s'",
	  "$run->{query};\n";
	$sql =~ s/verbose;/verbose/;
	my $hung;
	my $timeout = IPC::Run::timeout($limit);
	eval {
		IPC::Run::run([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ],
			'<', \$sql, '>', \$out, '2>', \$err, $timeout);
		1;
	} or $hung = 1;
	return ($out =~ s/\n\z//r, $err =~ s/^LOCATION:.*\n?//mgr, $hung);
}

# Put back what was taken away, and forget what was done.
sub tidy
{
	my ($slot, @done) = @_;
	for (@done)
	{
		my ($kind, $uri) = @$_;
		next unless $kind =~ /^(?:delete|replace)/;
		my ($key) = $uri =~ m{^s3://lake/$slot->{name}/(.*)};
		$s3->put('lake', "$slot->{name}/$key", $files{$key});
	}
	resolver($slot->{port}, '');
	remove_tree("$slot->{dir}/count", { keep_root => 1 });
	unlink "$slot->{dir}/log";
	return;
}

sub set_plan
{
	my ($slot, $seed, @faults) = @_;
	open(my $plan, '>', "$slot->{dir}/plan.new") or die "$slot->{dir}: $!\n";
	print $plan "seed $seed\n", map { "@$_\n" } @faults;
	close $plan;
	rename "$slot->{dir}/plan.new", "$slot->{dir}/plan";
	return;
}

# What was done; nothing more is.
sub finish
{
	my ($slot) = @_;
	set_plan($slot, 0);
	# requests that nobody waits for may be under way
	open(my $busy, '>', "$slot->{dir}/busy") or die "$slot->{dir}: $!\n";
	flock($busy, LOCK_EX);
	for (1 .. 1200)
	{
		last unless -e "$slot->{dir}/refuse";
		sleep 0.05;
	}
	die "the proxy is gone\n" if -e "$slot->{dir}/refuse";
	open(my $log, '<', "$slot->{dir}/log") or return;
	return map { chomp; [ split /\t/ ] } <$log>;
}

sub prepare
{
	my ($slot, $run) = @_;
	set_plan($slot, $run->{seed}, @{ $run->{faults} });
	for (@{ $run->{setup} })
	{
		my ($kind, $how) = @$_;
		resolver($slot->{port}, $how) if $kind eq 'dns';
		if ($kind eq 'refuse')
		{
			append_to_file("$slot->{dir}/refuse", $how);
			for (1 .. 100)
			{
				last unless IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $slot->{port});
				sleep 0.01;
			}
		}
	}
	return;
}

# Whether an error tells of one of these faults.
sub says
{
	my ($err, @kinds) = @_;
	return scalar grep { $err =~ $cause{$_} } @kinds;
}

# What is wrong with how a run ended; '' if nothing.
sub verdict
{
	my ($slot, $run, $out, $err, @done) = @_;
	my $right = $answers{"@{ $run->{settings} }; $run->{query}"};

	if ($err eq '')
	{
		return $out eq $right ? '' : "the answer is $out, not $right";
	}
	return "an answer and an error" if $out ne '';
	return "no answer, though trying again mends it" if $run->{mended};
	my ($uri) = $err =~ m{"(s3://[^"]*)"};
	return 'the error names nothing' unless defined $uri;
	my @causes = map { $_->[0] } grep { $_->[1] eq $uri } @done;
	push @causes, map { $_->[0] } @{ $run->{setup} };
	# what a listing says wrong shows when its objects are read
	push @causes, map { $_->[0] } grep { $_->[0] =~ /^list_(?:etag|size)/ } @done;
	return "nothing was done to $uri" unless @causes;
	return '' if says($err, @causes);
	return 'the error does not say: ' . join(', ', @causes);
}

sub one_run
{
	my ($slot, $seed) = @_;
	my $run = draw($seed);
	prepare($slot, $run);
	my $begun = time;
	my ($out, $err, $hung) = session($slot->{name}, $run);
	my $seconds = time - $begun;
	my @done = finish($slot);
	my $wrong = $hung ? "no end within $limit s" : verdict($slot, $run, $out, $err, @done);
	tidy($slot, @done);
	my $how = join '; ', map { "@$_" } @{ $run->{setup} }, @{ $run->{faults} };
	my $end = $err eq '' ? 'answered' : 'error ' . ($err =~ /^ERROR:  (\w+)/m ? $1 : '?');
	my $faults = @done;
	return (
		$wrong,
		sprintf('seed %d: %s [%s] [%s] %d faults, %s, %.1f s',
			$seed, $run->{query} =~ s/.* FROM //r, join('; ', @{ $run->{settings} }), $how, $faults,
			$end, $seconds),
		$err);
}

# ---- all of them ----

# The answers of the files in a directory.
sub find_answers
{
	my (@seeds) = @_;
	for my $seed (@seeds)
	{
		my $run = draw($seed);
		my $name = "@{ $run->{settings} }; $run->{query}";
		next if defined $answers{$name};
		my $same = "$run->{query}; " . join('', grep { /asof/ } @{ $run->{settings} });
		if (!defined $answers{$same})
		{
			my ($out, $err) = session('here', $run);
			die "no answer to $name: $err\n" if $err ne '' || $out eq '';
			$answers{$same} = $out;
		}
		$answers{$name} = $answers{$same};
	}
	return;
}

sub write_directory
{
	for my $key (keys %files)
	{
		write_file("$base/files/$key", $files{$key});
	}
	$node->safe_psql('postgres',
		"CREATE SERVER here FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$base/files',"
		  . " timestamp_column_name 'commit_ts', add_column_name 'true');\n"
		  . tables_sql('here', 'here'));
	return;
}

# Everything that runs of these seeds need, and the slots.
sub start
{
	my ($name, $count, $conf) = @_;
	local $ENV{S3_PAGE} = 11;
	local $ENV{S3_HOST} = 's3.faults.test';
	$s3 = CdcS3->start or plan skip_all => CdcS3->missing;
	$node = start_node($name, $conf // '');
	$node->safe_psql('postgres', 'CREATE EXTENSION cdc_fdw');
	$s3->create_bucket('lake');
	make_files();
	write_directory();
	for my $slot (1 .. $count)
	{
		$s3->put_many('lake', map { [ "slot$slot/$_", $files{$_} ] } sort keys %files);
	}
	return ($node, $s3, map { start_slot($_) } 1 .. $count);
}

sub stop
{
	$node->stop;
	$s3->stop;
	return;
}

# Runs of a slot's seeds, by a process of its own.
sub run_slot
{
	my ($slot, $queue, @seeds) = @_;
	my $results = "$slot->{dir}/results";
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	open(my $fh, '>', $results) or POSIX::_exit(1);
	$fh->autoflush(1);
	while (sysread($queue, my $n, 4) == 4)
	{
		my @result = eval { one_run($slot, unpack 'N', $n) };
		@result = ($@, 'seed ' . unpack('N', $n), '') unless @result;
		print $fh join("\t", map { s/\n/ | /gr } @result), "\n";
	}
	close $fh;
	POSIX::_exit(0);
}

sub campaign
{
	my (@seeds) = @_;
	my ($made, $server, @slots) = start('faults', $slots);
	find_answers(@seeds);
	# the pipe holds all of them, and ends once it is empty
	pipe(my $from, my $to) or die "pipe: $!\n";
	syswrite($to, pack 'N*', @seeds);
	close $to;
	my $begun = time;
	my @children = map { run_slot($_, $from) } @slots;
	close $from;
	waitpid($_, 0) for @children;
	my ($right, $errors, $faults) = (0, 0, 0);
	my $seen = 0;
	for my $slot (@slots)
	{
		for (split /\n/, slurp_file("$slot->{dir}/results"))
		{
			my ($wrong, $what, $err) = split /\t/;
			ok($wrong eq '', $what) or diag("$wrong\n$err");
			$seen++;
			$right++ if $what =~ /answered/;
			$errors++ if $what =~ /error/;
			$faults += $1 if $what =~ /(\d+) faults/;
		}
	}
	is($seen, scalar @seeds, 'all seeds were run');
	cmp_ok($right, '>', @seeds / 4, "$right were answered");
	cmp_ok($errors, '>', @seeds / 8, "$errors ended in an error");
	cmp_ok($faults, '>', @seeds, "$faults faults in all");
	note(sprintf('long: %d seeds, %d faults: %d right, %d errors, %.0f s',
			$seen, $faults, $right, $errors, time - $begun));
	is($made->safe_psql('postgres', 'SELECT count(*) FROM pg_ls_tmpdir()'),
		0, 'no temporary file is left');
	stop();
	return;
}

1;

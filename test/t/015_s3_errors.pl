# What can be wrong between here and the bucket: another make of S3 server,
# which checks the region; certificates; networks that hang in every phase of
# a request.  Each is one error, and the session goes on.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IO::Socket::INET;
use IPC::Run;
use POSIX qw(strftime);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Socket qw(SOCK_STREAM AF_INET pack_sockaddr_in inet_aton);
use Test::More;
use Time::HiRes qw(sleep);
use lib dirname(__FILE__);
use CdcFaults;
use CdcS3;
use CdcTest qw(use_node said failure listener write_file);

# none of this may be left out unnoticed
for my $kind (qw(rgw swift))
{
	my $missing = CdcS3->missing($kind);
	die "$missing\n" if $missing;
}

my $node = PostgreSQL::Test::Cluster->new('s3_errors');
$node->init;
CdcFaults::start_misled($node);
use_node($node);
$node->safe_psql('postgres', 'CREATE EXTENSION cdc_fdw');

my $columns = "(id int OPTIONS (key 'true'), v int)";
my $dms = "add_column_name 'true', timestamp_column_name 'commit_ts'";
my $folder = "a b+c%20=d'e&\xe6\x97\xa5\xe6\x9c\xac";
my $quoted = $folder =~ s/'/''/gr;

# ---- a log: LOAD of 20 rows, an update a minute, and one delete ----

sub log_files
{
	my $day = 1718150400;
	my @log = [ 'LOAD00000001.csv', join '', "commit_ts,id,v\n",
		map { "2024-06-11 00:00:00,$_,$_\n" } 1 .. 20 ];
	for my $n (1 .. 8)
	{
		my $time = strftime('%Y-%m-%d %H:%M:%S', gmtime($day + 60 * $n));
		push @log, [ strftime('%Y%m%d-%H%M%S000.csv', gmtime($day + 60 * $n + 60)),
			"Op,commit_ts,id,v\nU,$time,$n,${n}00\n" . ($n == 8 ? "D,$time,20,\n" : '') ];
	}
	return @log;
}

my $state = 'SELECT count(*), sum(v) FROM';
my $expected = '19|' . (3600 + (9 + 19) * 11 / 2);

my $tables = 0;

# A table on a server of its own with these options; its name.
sub table_with
{
	my ($options, $mapping) = @_;
	my $name = 'table_' . ++$tables;
	$node->safe_psql('postgres', <<SQL);
CREATE SERVER $name FOREIGN DATA WRAPPER cdc_fdw OPTIONS ($dms, $options);
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS ($mapping);
CREATE FOREIGN TABLE $name $columns SERVER $name OPTIONS (prefix 'item');
SQL
	return $name;
}

# ---- another make of server ----

my $here = abs_path(PostgreSQL::Test::Utils::tempdir());
write_file("$here/item/$_->[0]", $_->[1]) for log_files();
$node->safe_psql('postgres', <<SQL);
CREATE SERVER here FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$here', $dms);
CREATE FOREIGN TABLE item_here $columns SERVER here OPTIONS (prefix 'item');
SQL
is($node->safe_psql('postgres', "$state item_here"), $expected, 'a log in a directory');

my $swift = CdcS3->start('swift');
$swift->create_bucket('lake');
$swift->put_many('lake', map { [ "$folder/item/$_->[0]", $_->[1] ] } log_files());

# A table on the second server, with options in addition to where it is.
sub swift_table
{
	my ($more, $mapping, $url) = @_;
	return table_with(
		join(', ', $swift->server_options($url // "s3://lake/$quoted"), $more || ()),
		$mapping // $swift->mapping_options);
}

my $right = swift_table("region '$swift->{region}'");
my ($out,
	$err) = said("$state $right; SELECT count(*) FROM (TABLE $right EXCEPT TABLE item_here) x");
is($out, "$expected\n0", 'the second server reads the same');
is($err, '', 'the right region is read without a message');
($out, $err) = said("$state " . swift_table());
is($out, $expected, 'the region is learnt from the server');
is(() = $err =~ /NOTICE: .*bucket "lake" is in region "$swift->{region}"\nHINT: .*region/g,
	1, 'the region that was learnt is told once');
my $learnt = swift_table();
my $told = qr/NOTICE: .*is in region "$swift->{region}"/;
($out, $err) = said("$state $learnt; $state $learnt; $state $learnt; SELECT retries FROM cdc_fdw_stats WHERE server = '$learnt'");
is($out =~ s/\n(\d+)\z// && $1, 1, 'one request goes to a region that was guessed');
is(() = $err =~ /$told/g, 1, 'the region that was learnt is kept for the session');
is($out, join("\n", ($expected) x 3), 'the session reads on in the region that was learnt');
($out, $err) = said("$state $learnt; ALTER SERVER $learnt OPTIONS (SET add_column_name 'true'); $state $learnt");
is(() = $err =~ /$told/g, 2, 'until the server is altered');
my $wrong = swift_table("region 'eu-central-1'");
($out, $err) = said("$state $wrong; $state $right");
like($err, qr/\AERROR: +HV000: could not list "s3:.*400\n/, 'another region than the option says');
like($err,
	qr/DETAIL: +AuthorizationHeaderMalformed.*\nHINT: .*option region to "$swift->{region}"/,
	'the hint names the right one');
is($out, $expected, 'the session goes on');
like(
	failure("$state " . swift_table("region '$swift->{region}'",
			"access_key_id '$swift->{access_key}', secret_access_key 'not-the-secret'")),
	qr/42501: could not list .*403\nDETAIL: .*SignatureDoesNotMatch.*\nHINT: .*secret_access_key/,
	'a wrong secret');
like(
	failure("$state " . swift_table("region '$swift->{region}'", undef, 's3://no-such-bucket/x')),
	qr/42704: could not list .*404\nDETAIL: .*NoSuchBucket.*\nHINT: .*bucket/,
	'no such bucket');
$swift->stop;

# ---- certificates ----

my $s3 = do {
	local $ENV{S3_HOST} = 's3.faults.test';
	CdcS3->start;
};
$s3->create_bucket('lake');
$s3->put_many('lake', map { [ "log/item/$_->[0]", $_->[1] ] } log_files());
my $url = "url 's3://lake/log', url_style 'path'";
my $good = table_with("$url, endpoint 'https://127.0.0.1:" . ($s3->{port} + 1)
	  . "', ca_file '$s3->{ca_file}'", $s3->mapping_options);
is($node->safe_psql('postgres', "$state $good"), $expected, 'a log over TLS');

my $pki = "$here/pki";
my @children;

sub openssl
{
	my @command = ('openssl', @_);
	my $output;
	IPC::Run::run(\@command, '<', \'', '>&', \$output) or die "@command: $output\n";
	return;
}

# Our own authority, one key for all.
sub make_authority
{
	make_path("$pki/new");
	append_to_file("$pki/index", '');
	append_to_file("$pki/conf", <<CONF);
[ca]
default_ca = own
[own]
database = $pki/index
new_certs_dir = $pki/new
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
CONF
	openssl(qw(ecparam -name prime256v1 -genkey -noout -out), "$pki/key");
	openssl(qw(req -x509 -new -days 30 -subj /CN=Authority -key), "$pki/key", '-out', "$pki/ca");
	return;
}

# Its certificate for a name, as good until so many days from now.
sub certificate
{
	my ($file, $name, $days) = @_;
	my @dates = map { strftime('%Y%m%d%H%M%SZ', gmtime(time + 86400 * $_)) } -30, $days;
	openssl(qw(req -new -subj /CN=test -config), "$pki/conf", '-addext', "subjectAltName=$name",
		'-key', "$pki/key", '-out', "$pki/csr");
	openssl('ca', '-config', "$pki/conf", qw(-batch -notext -keyfile), "$pki/key", '-cert', "$pki/ca",
		'-in', "$pki/csr", '-out', "$pki/$file", '-startdate', $dates[0], '-enddate', $dates[1]);
	return;
}

# A table behind a TLS server with this certificate; it answers everything
# with a page that is no listing.
sub tls_table
{
	my ($certificate, $ca_file) = @_;
	my $port = CdcS3::free_ports(1);
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0)
	{
		open(STDIN, '<', '/dev/null');
		open(STDOUT, '>', '/dev/null');
		open(STDERR, '>', "$here/s_server.$port");
		exec('openssl', 's_server', '-accept', "127.0.0.1:$port", '-www',
			'-cert', "$pki/$certificate", '-key', "$pki/key")
		  or POSIX::_exit(1);
	}
	push @children, $pid;
	for (1 .. 200)
	{
		last if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
		sleep 0.02;
	}
	return table_with("$url, endpoint 'https://127.0.0.1:$port', ca_file '$ca_file'",
		$s3->mapping_options);
}

END
{
	local $?;
	kill 'KILL', $_ for @children;
}

# A query on the table fails as it should; neither that session's next query
# nor its file descriptors suffer.
sub fails
{
	my ($name, $table, $pattern) = @_;
	my $count = "SELECT 'fds', count(*) FROM pg_ls_dir('/proc/self/fd')";
	my ($output, $messages) =
	  said("$state $good; $state $table; $count; $state $table; $count; $state $good");
	like($messages, qr/\A$pattern\n$pattern\n?\z/, "$name: one error");
	my @fds = $output =~ /^fds\|(\d+)$/mg;
	is($fds[1], $fds[0], "$name: no descriptor is left");
	like($output, qr/\A\Q$expected\E\n.*\n\Q$expected\E\z/s, "$name: the session goes on");
	return;
}

sub fails_tls
{
	my ($name, $table, $reason, $hint) = @_;
	fails($name, $table,
		qr/ERROR: +HV00N: could not list "s3:[^\n]*"\nDETAIL: [^\n]*${reason}[^\n]*\nHINT: [^\n]*${hint}[^\n]*/);
	return;
}

make_authority();
certificate('good', 'IP:127.0.0.1', 30);
certificate('expired', 'IP:127.0.0.1', -1);
certificate('elsewhere', 'DNS:elsewhere.example', 30);
openssl(qw(req -x509 -new -days 30 -subj /CN=self -addext subjectAltName=IP:127.0.0.1 -key),
	"$pki/key", '-out', "$pki/self");
like(failure("$state " . tls_table('good', "$pki/ca")),
	qr/HV000: could not read the listing/, 'a good certificate, but no S3 behind it');
fails_tls('expired certificate', tls_table('expired', "$pki/ca"), qr/certificate has expired/,
	qr/renewed/);
fails_tls('certificate for another name', tls_table('elsewhere', "$pki/ca"),
	qr/subject name/, qr/another endpoint/);
fails_tls('certificate that signed itself', tls_table('self', "$pki/ca"),
	qr/self.signed certificate/, qr/ca_file/);
fails('no such ca_file', tls_table('good', "$pki/none"),
	qr/ERROR: +58P01: could not read file "$pki\/none": No such file or directory\nHINT: [^\n]*ca_file[^\n]*/);
append_to_file("$pki/words", "no certificate\n");
fails_tls('a ca_file without certificates', tls_table('good', "$pki/words"), qr/certificate/,
	qr/ca_file/);
# a reader of a pipe waits for a writer
POSIX::mkfifo("$pki/pipe", 0644) or die "mkfifo: $!\n";
fails('a ca_file that is a pipe', tls_table('good', "$pki/pipe"),
	qr/ERROR: +42809: "$pki\/pipe" is not a regular file\nHINT: [^\n]*ca_file[^\n]*/);
fails_tls('no TLS at all',
	table_with("$url, endpoint 'https://127.0.0.1:$s3->{port}', ca_file '$s3->{ca_file}'",
		$s3->mapping_options),
	qr/tried 5 times/, qr/endpoint/);

# ---- a network that hangs ----

# The kernel takes connections for it, and nothing ever answers.
my $silent = listener();
# Connections to it get no answer at all: its queue is full.
my $full = listener();
listen($full, 0) or die "listen: $!\n";
my @queue = map {
	socket(my $fh, AF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
	IO::Handle::blocking($fh, 0);
	connect($fh, pack_sockaddr_in($full->sockport, inet_aton('127.0.0.1')));
	$fh;
} 1 .. 8;
# A port where nothing listens, so that all the time goes by between tries.
my $closed = CdcS3::free_ports(1);

# Either end comes within 300 ms.
sub hangs
{
	my ($name, $endpoint) = @_;
	my $table = table_with("$url, endpoint '$endpoint', allow_http 'true'", $s3->mapping_options);
	my ($output, $messages) = said(<<SQL);
SELECT 1 FROM $good;
SELECT clock_timestamp() AS begun \\gset
SET statement_timeout = '100ms';
$state $table;
RESET statement_timeout;
SELECT 'ms', extract(epoch FROM clock_timestamp() - :'begun') * 1000;
$state $good;
SQL
	like($messages, qr/\AERROR: +57014: .*statement timeout\n?\z/, "$name: statement_timeout");
	my ($ms) = $output =~ /^ms\|([\d.]+)/m;
	cmp_ok($ms - 100, '<', 300, "$name: at once");
	like($output, qr/^\Q$expected\E\z/m, "$name: the session goes on");

	my ($out1, $err1) = ('', '');
	my $victim = IPC::Run::start(
		[
			'psql', '-XAtq', '-d', $node->connstr('postgres'),
			'-c', "SET application_name = 'victim'",
			'-c', "$state $table",
			'-c', "SELECT 'end', extract(epoch FROM clock_timestamp())"
		],
		'>', \$out1, '2>', \$err1);
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity"
		  . " WHERE application_name = 'victim' AND state = 'active' AND query LIKE 'SELECT count%'"
		  . " AND query_start < clock_timestamp() - interval '20 ms'")
	  or die "no query to cancel\n";
	my $begun = $node->safe_psql('postgres', "SELECT extract(epoch FROM clock_timestamp())"
		  . " FROM (SELECT pid FROM pg_stat_activity WHERE application_name = 'victim' OFFSET 0) v"
		  . " WHERE pg_cancel_backend(pid)");
	$victim->finish;
	like($err1, qr/canceling statement due to user request/, "$name: cancelled");
	my ($end) = $out1 =~ /^end\|([\d.]+)/m;
	cmp_ok(1000 * ($end - $begun), '<', 300, "$name: at once");
	return;
}

my $nameless = CdcS3::free_ports(1);
my $hanging = CdcFaults::resolver($nameless, 'hang 60');
hangs('no address', "http://s3.faults.test:$nameless");
hangs('no connection', 'http://127.0.0.1:' . $full->sockport);
hangs('no answer', 'http://127.0.0.1:' . $silent->sockport);
hangs('no handshake', 'https://127.0.0.1:' . $silent->sockport);
hangs('between tries', "http://127.0.0.1:$closed");

# ---- a name server that does not answer ----

# A table on a server of that name.
sub named
{
	my ($name, $port) = @_;
	return table_with("$url, endpoint 'http://$name.faults.test:$port', allow_http 'true'",
		$s3->mapping_options);
}

# Look-ups outlive the requests that wanted them, until the file is gone.
my $lost = named('lost', $nameless);
my @tables = map { named("n$_", $nameless) } 1 .. 12;
{
	my $most = 8;
	my $other = named('s3', $s3->{port});
	my $cancelled = join '', map { "$state $tables[$_ % @tables];\n" } 1 .. 100;
	my $held = "SELECT 'held', (SELECT count(*) FROM pg_ls_dir('/proc/self/task')),"
	  . " (SELECT count(*) FROM pg_ls_dir('/proc/self/fd')), 1000 * extract(epoch FROM clock_timestamp());\n";
	# what PostgreSQL opens for itself is open before it is counted
	my ($output, $messages) = said(<<SQL);
$state $good;
$state $other;
SELECT pg_sleep(0), count(*) FROM pg_cast, pg_operator;
$held
SET statement_timeout = '10ms';
$cancelled
RESET statement_timeout;
$held
$state $good;
SET statement_timeout = '100ms';
$held
$state $other;
$held
RESET statement_timeout;
SET cdc_fdw.connect_timeout = '100ms';
$state $other;
RESET cdc_fdw.connect_timeout;
\\! (sleep 0.3; rm $hanging) >/dev/null 2>&1 &
$state $other;
SELECT pg_sleep(0.2);
$held
SQL
	my @held = map { [ split /\|/ ] } $output =~ /^held\|(.*)$/mg;
	is($held[1][0] - $held[0][0], $most, "100 cancelled statements leave $most threads");
	is($held[1][1] - $held[0][1], $most, "100 cancelled statements leave $most descriptors");
	cmp_ok($held[3][2] - $held[2][2] - 100, '<', 300,
		'a request that waits for the end of one ends at a cancel');
	my @errors = $messages =~ /^ERROR: +(\w+)/mg;
	is_deeply(\@errors, [ ('57014') x 101, '53000' ],
		'a request that waits for the end of one ends in an error when its time is over');
	like($messages, qr/^ERROR: +53000: could not list "s3:[^\n]*\nDETAIL: +The name server does not answer: $most names [^\n]*\nHINT: [^\n]*name servers/m,
		'that error says how many names are looked up');
	is(() = $output =~ /^\Q$expected\E$/mg, 4,
		'an address needs no look-up, and once one ended a name is found');
	is_deeply([ @{ $held[4] }[ 0, 1 ] ], [ @{ $held[0] }[ 0, 1 ] ], 'nothing is left of them');
}
{
	CdcFaults::resolver($nameless, 'hang 60');
	my $victim = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "SET application_name = 'lost'", '-c', "$state $lost" ],
		'>', \my $out1, '2>', \my $err1);
	my $waits = "FROM pg_stat_activity WHERE application_name = 'lost' AND wait_event_type = 'Extension'";
	$node->poll_query_until('postgres', "SELECT count(*) = 1 $waits") or die "no query to end\n";
	is($node->safe_psql('postgres', "SELECT pg_terminate_backend(pid, 300) $waits"), 't',
		'a process ends while its look-up goes on');
	$victim->finish;
}

# ---- a service that is out for a moment ----

# Nothing listens at first, for longer than five tries take.
my $late = CdcS3::free_ports(1);
{
	my $table = table_with("$url, endpoint 'http://127.0.0.1:$late', allow_http 'true'",
		$s3->mapping_options);
	like(failure("SET cdc_fdw.retry_for = 0; $state $table"), qr/\AERROR: +HV00N: .*\nDETAIL: [^\n]*tried 5 times/,
		'five tries without retry_for');
	my $begun = time;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0)
	{
		select(undef, undef, undef, 1.5);
		exec($^X, dirname(__FILE__) . '/../s3/faulty.pl', $late, $s3->{port}, "$pki/none") or POSIX::_exit(1);
	}
	push @children, $pid;
	is_deeply([ said("$state $table") ], [ $expected, '' ],
		'a service that is back after a second is read');
}

# ---- descriptors ----

# The kernel gives the backend fewer than it has open.
{
	my $table = table_with("$url, endpoint 'http://127.0.0.1:$s3->{port}', allow_http 'true'",
		$s3->mapping_options);
	my ($out, $err) = said(<<SQL);
$state $table;
COPY (SELECT 1) TO PROGRAM 'prlimit --nofile=8: --pid \$PPID';
$state $table;
SELECT 1;
SQL
	like($err, qr/\AERROR: +53000: could not list "s3:[^\n]*\nDETAIL: +No file descriptor is left for a connection\.[^\n]*\nHINT: [^\n]*limit of open files[^\n]*\n?\z/,
		'no descriptor is left for a socket');
	is($out, "$expected\n1", 'the session goes on without a descriptor for a socket');

	# no more of them than PostgreSQL can do without
	my $cursors = join '', map { "DECLARE c$_ CURSOR FOR SELECT * FROM $table; MOVE c$_;\n" } 1 .. 200;
	($out, $err) = said(<<SQL);
BEGIN;
$cursors
COPY (SELECT count(*) FROM pg_ls_dir('/proc/self/fd')) TO STDOUT;
ROLLBACK;
$state $table;
SQL
	like($err, qr/\AERROR: +53000: [^\n]*\n(?:DETAIL: [^\n]*\n)?HINT: [^\n]*max_files_per_process/,
		'cursors take a third of the descriptors at most');
	is($out, $expected, 'the session goes on after cursors took their share of descriptors');
}

# ---- a proxy ----

# Its name is looked up, and that of the host is not.
{
	my $proxy = listener();
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0)
	{
		while (my $client = $proxy->accept)
		{
			my $head = '';
			while (defined(my $line = <$client>))
			{
				$head .= $line;
				last if $line =~ /^\r?\n/;
			}
			append_to_file("$pki/proxied", $head);
			print $client "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
			close $client;
		}
		POSIX::_exit(1);
	}
	push @children, $pid;
	$node->stop;
	$node->append_conf('postgresql.conf', 'max_files_per_process = 64');
	local $ENV{http_proxy} = 'http://proxy.faults.test:' . $proxy->sockport;
	local $ENV{no_proxy} = join ',', map { "n$_.faults.test" } 1 .. @tables;
	CdcFaults::run_node($node);
	like(failure("$state $lost"), qr/HTTP status 404/,
		'a proxy answers for a host whose name nobody knows');
	like(slurp_file("$pki/proxied"), qr/\AGET http:\/\/lost\.faults\.test:$nameless\/lake\/\?.*^host: lost\.faults\.test:$nameless\r$/msi,
		'the proxy gets the name of the server');
}

# A third of 54 is for others than PostgreSQL, and two for each look-up.
{
	my $cancelled = join '', map { "$state $_;\n" } @tables;
	like(failure("SET statement_timeout = '50ms'; $cancelled RESET statement_timeout; $state $tables[-1]"),
		qr/ERROR: +53000: could not list "s3:[^\n]*\nDETAIL: +No file descriptor is left for a connection/,
		'look-ups that go on count among the descriptors');
}

$node->stop;
$s3->stop;
done_testing();

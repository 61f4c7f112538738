# What a query waits for while the network stalls in each phase of a request.
# Needs no S3 server; test/versions.sh runs it where PostgreSQL has names for
# waits.
use strict;
use warnings;
use File::Basename qw(dirname);
use IO::Handle;
use IO::Socket::INET;
use POSIX ();
use PostgreSQL::Test::Utils;
use Socket qw(SOCK_STREAM AF_INET pack_sockaddr_in inet_aton);
use Test::More;
use lib dirname(__FILE__);
use CdcTest qw(start_node listener);
use CdcWaits;

my $node = start_node('waits');

# Wait on a server at an endpoint of the local machine.
sub waits
{
	my ($name, $wanted, $endpoint, $more) = @_;
	my $server = $wanted . '_' . ($name =~ s/\W/_/gr);
	$node->safe_psql('postgres',
		qq{CREATE SERVER "$server" FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 's3://lake', url_style 'path',}
		  . " allow_http 'true', endpoint '$endpoint'" . ($more ? ", $more" : '') . ');'
		  . qq{CREATE USER MAPPING FOR PUBLIC SERVER "$server" OPTIONS (access_key_id 'id', secret_access_key 'secret');}
		  . qq{CREATE FOREIGN TABLE "$server" (id int OPTIONS (key 'true')) SERVER "$server" OPTIONS (prefix 'item')});
	ok(waits_for($node, $wanted, qq{TABLE "$server"}), "$name: $wanted");
	return;
}

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
# Where nothing listens, so that all the time goes by between tries.
my $closed = listener();
my $port = $closed->sockport;
close $closed;
# Half an answer.
my $half = listener();
my $pid = fork // die "fork: $!\n";
if ($pid == 0)
{
	my @clients;
	while (my $client = $half->accept)
	{
		sysread($client, my $request, 65536);
		syswrite($client, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<ListBucketResult>");
		push @clients, $client;
	}
	POSIX::_exit(0);
}
END { local $?; kill 'KILL', $pid if $pid; }

my $there = 'http://127.0.0.1:';
waits('no connection', 'CdcFdwConnect', $there . $full->sockport);
waits('no handshake', 'CdcFdwConnect', 'https://127.0.0.1:' . $silent->sockport)
  if -e '/etc/ssl/certs/ca-certificates.crt';
waits('no answer', 'CdcFdwAnswer', $there . $silent->sockport);
waits('half an answer', 'CdcFdwBody', $there . $half->sockport);
waits('between tries', 'CdcFdwBackoff', $there . $port);
waits('no keys', 'CdcFdwCredentials', $there . $port,
	"role_arn 'arn:aws:iam::1:role/r', sts_endpoint '$there" . $silent->sockport . "'");
# where the resolver's servers do not answer either, as test/versions.sh has it
waits('no address', 'CdcFdwResolve', 'https://lake.example') if $ENV{CDC_NO_RESOLVER};

$node->stop;
done_testing();

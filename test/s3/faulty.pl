#!/usr/bin/perl
# A TCP proxy that goes wrong as told, between a client and an S3 server.
#
#   faulty.pl PORT TARGET_PORT SCRIPT
#
# Every connection takes the first line off the file SCRIPT and does as it
# says; without a line it passes everything on.
#
#   pass          pass everything on
#   cut N         close after N bytes of answers
#   hang N        send nothing more after N bytes of answers
#   drop          close before any answer
#   http STATUS [CODE [HEADER]]
#                 answer the first request so, and close
use strict;
use warnings;
use Fcntl qw(:flock);
use IO::Select;
use IO::Socket::INET;

my ($port, $target, $script) = @ARGV;
die "usage: faulty.pl PORT TARGET_PORT SCRIPT\n" unless defined $script;

my $parent = $$;
$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';

sub next_line
{
	open(my $fh, '+<', $script) or return 'pass';
	flock($fh, LOCK_EX);
	my @lines = <$fh>;
	my $line = shift(@lines) // 'pass';
	seek($fh, 0, 0);
	truncate($fh, 0);
	print $fh @lines;
	close($fh);
	chomp $line;
	return $line;
}

sub answer
{
	my ($client, $status, $code, $header) = @_;
	my $request = '';
	while ($request !~ /\r\n\r\n/)
	{
		sysread($client, $request, 65536, length $request) or return;
	}
	my $body = $code ? "<Error><Code>$code</Code><Message>as told</Message></Error>" : '';
	syswrite($client,
		"HTTP/1.1 $status As Told\r\nContent-Length: " . length($body) . "\r\n"
		  . ($header ? "$header\r\n" : '')
		  . "Connection: close\r\n\r\n$body");
	return;
}

sub relay
{
	my ($client, $limit, $hang) = @_;
	my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $target) or return;
	my $select = IO::Select->new($client, $server);
	my $sent = 0;
	while (my @ready = $select->can_read)
	{
		for my $from (@ready)
		{
			my $n = sysread($from, my $data, 65536) or return;
			if ($from == $server && defined $limit && $sent + $n >= $limit)
			{
				syswrite($client, substr($data, 0, $limit - $sent));
				# not longer than the proxy itself, nor than the client
				while ($hang && getppid() == $parent)
				{
					my ($ready) = IO::Select->new($client)->can_read(0.2);
					last if $ready && !sysread($client, $data, 65536);
				}
				return;
			}
			$sent += $n if $from == $server;
			my $to = $from == $server ? $client : $server;
			while (length $data)
			{
				my $w = syswrite($to, $data) or return;
				substr($data, 0, $w, '');
			}
		}
	}
	return;
}

my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port,
	Listen => 64, ReuseAddr => 1) or die "port $port: $!\n";
while (1)
{
	my $client = $listen->accept or next;
	my $line = next_line();
	if (fork)
	{
		close($client);
		next;
	}
	close($listen);
	my ($verb, @args) = split ' ', $line, 4;
	if ($verb eq 'http') { answer($client, @args) }
	elsif ($verb eq 'cut') { relay($client, $args[0], 0) }
	elsif ($verb eq 'hang') { relay($client, $args[0], 1) }
	elsif ($verb ne 'drop') { relay($client) }
	shutdown($client, 2);
	exit 0;
}

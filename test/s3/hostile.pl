#!/usr/bin/perl
# Stands for an S3 server that means harm, or is broken in ways in which no real
# one is.  The folder asked for says how:
#
#   hostile.pl PORT
#
#   cyclic/       empty pages without end, whose tokens come again
#   same/         empty pages, always of one token
#   again/        the same keys on every page
#   fresh/        keys that go on and on
#   backwards/    keys before those of the page before
#   outside/      a key of another folder
#   silent/       a page that does not say whether there are more
#   page/         a page without end
#   laughs/       entities of entities
#   header/       headers without end
#   line/         one header without end
#   hints/        interim answers without end
#   refused/      status 403, and a body without end
#   longer/       an object that goes on after the length it was listed with
#   endless/      an object listed as very large, all of one record
#   swapped/      an object of 32 MB, cut twice, whose last bytes are another's
#   nameless/     an object, as long as listed, with neither ETag nor length
#   trailing/     an object whose chunks are followed by another object's headers
#   archived/     an object of a storage class that cannot be read
#   expired/      an object that is gone
use strict;
use warnings;
use IO::Socket::INET;
use POSIX ();

my ($port) = @ARGV;
my $server = IO::Socket::INET->new(
	LocalAddr => '127.0.0.1',
	LocalPort => $port,
	Listen => 64,
	ReuseAddr => 1) or die "port $port: $!\n";
my $parent = $$;
my $MB = 1024 * 1024;
my %sizes = (endless => 1e11, swapped => 32 * $MB);
$SIG{PIPE} = 'IGNORE';
$SIG{CHLD} = 'IGNORE';

sub entry
{
	my ($key, $size) = @_;
	return "<Contents><Key>$key</Key><Size>$size</Size><ETag>&quot;x&quot;</ETag></Contents>";
}

sub page
{
	my ($token, @entries) = @_;
	return '<ListBucketResult><IsTruncated>' . ($token ? 'true' : 'false') . '</IsTruncated>'
	  . ($token ? "<NextContinuationToken>$token</NextContinuationToken>" : '')
	  . join('', @entries) . '</ListBucketResult>';
}

sub answer
{
	my ($socket, $status, $body) = @_;
	print $socket "HTTP/1.1 $status X\r\nContent-Length: " . length($body)
	  . "\r\nETag: \"x\"\r\nConnection: close\r\n\r\n$body";
	return;
}

# Send the start, then the rest again and again, until nobody listens; some
# 100 MB at most.
sub endless
{
	my ($socket, $start, $again) = @_;
	my $sent = 0;
	print $socket $start;
	$again x= int(65536 / length $again) || 1;
	while ($sent < 1e8 && getppid() == $parent)
	{
		my $n = syswrite($socket, $again) or return;
		$sent += $n;
		$again = substr($again, $n) . substr($again, 0, $n);
	}
	return;
}

sub list
{
	my ($socket, $folder, $token) = @_;
	my $load = "$folder/LOAD00000001.csv";
	my $head = "HTTP/1.1 200 X\r\nConnection: close\r\n";

	return answer($socket, 200, page($token eq 'a' ? 'b' : 'a')) if $folder eq 'cyclic';
	return answer($socket, 200, page('a')) if $folder eq 'same';
	return answer($socket, 200, page($token . 'a', entry($load, 1))) if $folder eq 'again';
	return answer($socket, 200, page(($token || 0) + 1, map { entry(sprintf("fresh/LOAD%08X.csv", 1000 * ($token || 0) + $_), 1) } 1 .. 1000))
	  if $folder eq 'fresh';
	return answer($socket, 200, $token
		? page('', entry($load, 1))
		: page('a', entry("$folder/LOAD00000002.csv", 1))) if $folder eq 'backwards';
	return answer($socket, 200, page('', entry('elsewhere/LOAD00000001.csv', 1)))
	  if $folder eq 'outside';
	return answer($socket, 200, '<!DOCTYPE l [<!ENTITY a "ha">'
		  . join('', map { '<!ENTITY ' . chr(97 + $_) . ' "' . ('&' . chr(96 + $_) . ';') x 10 . '">' } 1 .. 20)
		  . ']><ListBucketResult><Contents><Key>&u;</Key></Contents></ListBucketResult>')
	  if $folder eq 'laughs';
	return answer($socket, 200, '<ListBucketResult>' . entry($load, 1)
		  . '<NextContinuationToken>a</NextContinuationToken></ListBucketResult>')
	  if $folder eq 'silent';
	return endless($socket, "$head\r\n<ListBucketResult>", '<Contents>x</Contents>')
	  if $folder eq 'page';
	return endless($socket, $head, "x-amz-meta-more: and more\r\n") if $folder eq 'header';
	return endless($socket, "${head}x-amz-meta-long: ", 'x') if $folder eq 'line';
	return endless($socket, '', "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
	  if $folder eq 'hints';
	return endless($socket, "HTTP/1.1 403 X\r\nConnection: close\r\n\r\n"
		  . '<Error><Code>AccessDenied</Code><Message>no</Message></Error>', ' ')
	  if $folder eq 'refused';
	return answer($socket, 200, page('', entry($load, $sizes{$folder} // 30)));
}

# Each answer goes on for 9 MB; what begins after 24 MB has another ETag.
sub swapped
{
	my ($socket, $from, $to) = @_;
	my $size = 32 * $MB;
	my $etag = $from < 24 * $MB ? 'x' : 'y';
	my $length = $to + 1 - $from < 9 * $MB ? $to + 1 - $from : 9 * $MB;
	my $line = 'I,2024-06-11 00:00:00,1,' . 'x' x 999 . "\n";
	$line x= $size / length $line;
	print $socket "HTTP/1.1 206 X\r\nETag: \"$etag\"\r\nContent-Range: bytes $from-$to/$size\r\n"
	  . 'Content-Length: ' . ($to + 1 - $from) . "\r\nConnection: close\r\n\r\n"
	  . substr($line, $from, $length);
	return;
}

sub object
{
	my ($socket, $folder, $range) = @_;
	my $row = "I,2024-06-11 00:00:00,1,";
	my $head = "HTTP/1.1 206 X\r\nETag: \"x\"\r\nConnection: close\r\n";

	return answer($socket, 403, '<Error><Code>InvalidObjectState</Code><Message>The '
		  . 'operation is not valid for the object&apos;s storage class</Message></Error>')
	  if $folder eq 'archived';
	return answer($socket, 404, '<Error><Code>NoSuchKey</Code><Message>The specified key '
		  . 'does not exist.</Message></Error>')
	  if $folder eq 'expired';
	return swapped($socket, split /-/, $range) if $folder eq 'swapped';
	print $socket "HTTP/1.1 200 X\r\nConnection: close\r\n\r\n${row}hello\n" and return
	  if $folder eq 'nameless';
	print $socket "HTTP/1.1 200 X\r\nETag: \"x\"\r\nTransfer-Encoding: chunked\r\nTrailer: ETag\r\nConnection: close\r\n\r\n"
	  . "1e\r\n${row}hello\n\r\n0\r\nETag: \"y\"\r\nContent-Length: 7\r\nContent-Range: bytes 5-6/7\r\n\r\n" and return
	  if $folder eq 'trailing';
	return endless($socket, "$head\r\n$row", 'x') if $folder eq 'longer';
	return endless($socket, "${head}Content-Range: bytes $range/100000000000\r\n\r\n$row", 'x')
	  if $folder eq 'endless';
	return answer($socket, 404, '');
}

while (1)
{
	my $socket = $server->accept or next;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0)
	{
		my $text = '';
		while ($text !~ /\r\n\r\n/)
		{
			sysread($socket, $text, 65536, length $text) or POSIX::_exit(0);
		}
		my ($path, $query) = $text =~ /^GET ([^ ?]*)\??(\S*)/;
		my %query = map { my ($n, $v) = split /=/, $_, 2; ($n, ($v // '') =~ s/%(..)/chr(hex($1))/ger) }
		  split /&/, $query;
		if (exists $query{'list-type'})
		{
			list($socket, $query{prefix} =~ s{/.*}{}r, $query{'continuation-token'} // '');
		}
		else
		{
			object($socket, $path =~ s{^/lake/([^/]*)/.*}{$1}r, $text =~ /^Range: bytes=(\S+)/mi ? $1 : '');
		}
		close $socket;
		POSIX::_exit(0);
	}
	close $socket;
}

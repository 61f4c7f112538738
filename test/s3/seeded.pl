#!/usr/bin/perl
# A proxy before an S3 server that goes wrong by seed.
#
#   seeded.pl PORT TARGET_PORT DIR
#
# It knows requests, so that it can damage answers where it matters.  What it
# does to the n-th request for the same target is drawn from the seed, the
# target and n alone, whatever else is under way.  DIR has
#
#   plan          "seed N", then a line a fault: "WHAT KIND CHANCE UPTO", for
#                 requests of WHAT (list or get), with a CHANCE between 0 and
#                 1, the first UPTO of a target (or of 8 MB of an object)
#   count/        how often each target was asked for
#   log           what was done: "KIND<tab>URI<tab>SECONDS" a line
#   busy          locked, shared, while a request is dealt with
#   refuse        milliseconds to refuse connections for; then it is gone
#
# The access key and its secret, for objects that are replaced and deleted,
# come in S3_ACCESS_KEY and S3_SECRET_KEY.
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::SHA qw(sha1_hex sha256_hex);
use Fcntl qw(:DEFAULT :flock);
use File::Basename qw(dirname);
use IO::Select;
use IO::Socket::INET;
use List::Util qw(min);
use Socket qw(MSG_DONTWAIT MSG_PEEK SOL_SOCKET SO_LINGER);
use Time::HiRes qw(sleep time);
use lib abs_path(dirname(__FILE__) . '/../t');
use CdcS3;

my ($port, $target_port, $dir) = @ARGV;
die "usage: seeded.pl PORT TARGET_PORT DIR\n" unless defined $dir;
my $s3 = bless {
	port => $target_port,
	region => 'us-east-1',
	access_key => $ENV{S3_ACCESS_KEY},
	secret_key => $ENV{S3_SECRET_KEY}
}, 'CdcS3';
my $parent = $$;
my $part_size = 8 * 1024 * 1024;

$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';

# ---- what is drawn ----

sub plan
{
	my %plan = (seed => 0, faults => []);
	open(my $fh, '<', "$dir/plan") or return \%plan;
	while (<$fh>)
	{
		my @word = split;
		if ($word[0] eq 'seed') { $plan{seed} = $word[1] }
		else { push @{ $plan{faults} }, \@word }
	}
	return \%plan;
}

sub draw
{
	return hex(substr(sha1_hex(join '/', @_), 0, 8)) / 2**32;
}

# Which time this target is asked for, from 1.
sub count
{
	my $file = "$dir/count/" . sha1_hex($_[0]);
	sysopen(my $fh, $file, O_WRONLY | O_CREAT | O_APPEND) or return 1;
	syswrite($fh, 'x');
	return sysseek($fh, 0, 1);
}

sub note
{
	my ($kind, $uri) = @_;
	open(my $fh, '>>', "$dir/log") or return;
	syswrite($fh, "$kind\t$uri\t" . time . "\n");
	return;
}

# ---- requests and answers ----

# {what, path, query, head} of the next request, nothing at the end.
sub read_request
{
	my ($client) = @_;
	my $head = '';
	while ($head !~ /\r\n\r\n/)
	{
		sysread($client, $head, 65536, length $head) or return;
	}
	my ($method, $target) = $head =~ m{^(GET|HEAD) (\S+) HTTP/1\.1\r\n} or return;
	my ($path, $query) = split /\?/, $target, 2;
	my ($start) = $head =~ /^range: bytes=(\d+)/mi;
	my %request = (
		head => $head,
		target => $target,
		start => $start // 0,
		path => CdcS3::decode($path),
		what => $method eq 'HEAD' ? 'head' : ($query // '') =~ /list-type=2/ ? 'list' : 'get');
	if ($request{what} eq 'list')
	{
		my ($prefix) = $query =~ /(?:^|&)prefix=([^&]*)/;
		$request{uri} = 's3:/' . $request{path} =~ s{/$}{}r . '/' . CdcS3::decode($prefix // '');
		($request{token}) = $query =~ /(?:^|&)continuation-token=([^&]*)/;
		$request{token} = CdcS3::decode($request{token} // '');
	}
	else
	{
		$request{uri} = 's3:/' . $request{path};
		$request{target} .= '#' . int($request{start} / $part_size);
	}
	return \%request;
}

# The server's own answer: {status line and headers, body}.
sub ask
{
	my ($request) = @_;
	my $server = IO::Socket::INET->new(
		PeerAddr => '127.0.0.1',
		PeerPort => $target_port) or return;
	my $answer = '';
	print $server $request->{head} =~ s/\r\n\r\n/\r\nConnection: close\r\n\r\n/r;
	$server->flush;
	1 while sysread($server, $answer, 1 << 20, length $answer);
	my $end = index($answer, "\r\n\r\n");
	return if $end < 0;
	my $head = substr($answer, 0, $end + 2) =~ s/^Connection:.*\r\n//mir;
	my %answer = (head => $head, body => substr($answer, $end + 4));
	# an answer that the server itself cut is none
	if ($answer{head} =~ s/^Transfer-Encoding: *chunked\r\n//mi)
	{
		my $body = '';
		my $last = '';
		while ($answer{body} =~ s/\A([0-9A-Fa-f]+)\r\n//)
		{
			$last = hex $1;
			$body .= substr($answer{body}, 0, $last, '');
			substr($answer{body}, 0, 2, '');
		}
		return if $last ne '0';
		set_body(\%answer, $body);
	}
	elsif (($request->{what} // '') ne 'head' && $answer{head} =~ m{^HTTP/1\.1 2} && $answer{head} =~ /^Content-Length: *(\d+)/mi)
	{
		return if length $answer{body} < $1;
	}
	return \%answer;
}

sub send_all
{
	my ($to, $data) = @_;
	my $at = 0;
	while ($at < length $data)
	{
		$at += syswrite($to, $data, 1 << 20, $at) // return;
	}
	return 1;
}

# An end that the other side sees as a reset.
sub reset_connection
{
	my ($client) = @_;
	setsockopt($client, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0));
	close($client);
	exit 0;
}

# Nothing more, as long as the other side waits.
sub stall
{
	my ($client) = @_;
	while (getppid() == $parent)
	{
		my ($ready) = IO::Select->new($client)->can_read(0.2);
		last if $ready && !sysread($client, my $data, 65536);
	}
	exit 0;
}

sub error_answer
{
	my ($status, $code) = @_;
	my $body = $code ? "<Error><Code>$code</Code><Message>as told</Message></Error>" : '';
	return {
		head => "HTTP/1.1 $status As Told\r\nContent-Length: " . length($body) . "\r\n",
		body => $body
	};
}

sub set_body
{
	my ($answer, $body) = @_;
	$answer->{body} = $body;
	my $length = length $body;
	$answer->{head} =~ s/^Content-Length:.*\r\n/Content-Length: $length\r\n/mi
	  or $answer->{head} .= "Content-Length: $length\r\n";
	return;
}

sub without
{
	my ($answer, $header) = @_;
	$answer->{head} =~ s/^\Q$header\E:.*\r\n//mi;
	return;
}

# How much of a body goes out before it is cut: all cases, the ends too.
sub cut_at
{
	my ($body, $chance) = @_;
	return int($chance * length $body);
}

# ---- faults: each gets client, request, answer and a number in [0, 1) ----

# Those that send what there is to send.
my %send = (
	# connections
	drop => sub { exit 0 },
	reset => sub { reset_connection($_[0]) },
	hang => sub { stall($_[0]) },
	# bodies
	slow => sub {
		my ($client, $request, $answer, $chance) = @_;
		my $text = "$answer->{head}\r\n$answer->{body}";
		my $piece = int(length($text) / 15) + 1;
		while (length $text)
		{
			send_all($client, substr($text, 0, $piece, '')) or exit 0;
			sleep 0.02;
		}
		return 1;
	},
	stall => sub {
		my ($client, $request, $answer, $chance) = @_;
		send_all($client, "$answer->{head}\r\n"
			  . substr($answer->{body}, 0, cut_at($answer->{body}, $chance)));
		stall($client);
	},
	cut => sub {
		my ($client, $request, $answer, $chance) = @_;
		send_all($client, "$answer->{head}\r\n"
			  . substr($answer->{body}, 0, cut_at($answer->{body}, $chance)));
		exit 0;
	},
	# within the head
	cut_head => sub {
		my ($client, $request, $answer, $chance) = @_;
		send_all($client, substr($answer->{head}, 0, cut_at($answer->{head}, $chance)));
		exit 0;
	},
	cut_reset => sub {
		my ($client, $request, $answer, $chance) = @_;
		send_all($client, "$answer->{head}\r\n"
			  . substr($answer->{body}, 0, cut_at($answer->{body}, $chance)));
		sleep 0.02;
		reset_connection($client);
	},
	# nothing tells where it ends: whole, and cut
	no_length => sub {
		my ($client, $request, $answer, $chance) = @_;
		without($answer, 'Content-Length');
		send_all($client, "$answer->{head}Connection: close\r\n\r\n$answer->{body}");
		exit 0;
	},
	cut_no_length => sub {
		my ($client, $request, $answer, $chance) = @_;
		without($answer, 'Content-Length');
		send_all($client, "$answer->{head}Connection: close\r\n\r\n"
			  . substr($answer->{body}, 0, cut_at($answer->{body}, $chance)));
		exit 0;
	},
	cut_chunk => sub {
		my ($client, $request, $answer, $chance) = @_;
		without($answer, 'Content-Length');
		# all there is, too, without the word that it ends there
		my $chunk = substr($answer->{body}, 0, cut_at($answer->{body}, min(1, $chance * 1.5)));
		send_all($client, "$answer->{head}Transfer-Encoding: chunked\r\n\r\n"
			  . (length $chunk ? sprintf("%x\r\n%s\r\n", length $chunk, $chunk) : ''));
		exit 0;
	},
	# a body that goes on where it should end
	longer => sub {
		my ($client, $request, $answer, $chance) = @_;
		without($answer, 'Content-Length');
		send_all($client, "$answer->{head}Connection: close\r\n\r\n"
			  . $answer->{body} . "I,2024-06-12 00:00:00,1,1\n");
		exit 0;
	});

# Those that change the answer.
my %change = (
	# refusals
	(map { my ($status, $code) = split /_/; ($_ => sub { %{ $_[2] } = %{ error_answer($status, $code) } }) }
		qw(429 429_TooManyRequests 500_InternalError 500 502 503 503_SlowDown 504
		403_AccessDenied 403_RequestTimeTooSkewed 400_ExpiredToken)),
	# a page of somebody else's, with status 200
	portal => sub {
		my ($client, $request, $answer) = @_;
		$answer->{head} =~ s{^HTTP/1\.1 \d+.*\r\n}{HTTP/1.1 200 OK\r\n};
		without($answer, $_) for 'ETag', 'Content-Range';
		set_body($answer, '<html><body>Please sign in.</body></html>');
		return;
	},
	# objects
	etag => sub { $_[2]{head} =~ s/^(ETag:\s*"?)..../${1}beef/mi; return },
	# a server that knows nothing of ranges
	whole => sub {
		my ($client, $request, $answer) = @_;
		my $path = CdcS3::encode($request->{path}, '/');
		my @lines = $s3->sign('GET', $path, sha256_hex(''));
		my $whole = ask({ head => join("\r\n", "GET $path HTTP/1.1", @lines, '', '') });
		%$answer = %$whole if $whole;
		return;
	},
	other_range => sub {
		$_[2]{head} =~ s{^(Content-Range:\s*bytes )(\d+)}{$1 . ($2 + 7)}mie;
		return;
	},
	no_range => sub { without($_[2], 'Content-Range'); return },
	# listings
	list_etag => sub { $_[2]{body} =~ s/(<ETag>(?:&quot;|")?)..../${1}beef/g; return },
	list_size => sub {
		my ($client, $request, $answer) = @_;
		my $body = $answer->{body} =~ s{<Size>(\d+)</Size>}{'<Size>' . ($1 + 1) . '</Size>'}ger;
		set_body($answer, $body);
		return;
	},
	list_twice => sub {
		my ($client, $request, $answer) = @_;
		my $body = $answer->{body} =~ s{(<Contents>.*?</Contents>)}{$1$1}sr;
		set_body($answer, $body);
		return;
	},
	list_order => sub {
		my ($client, $request, $answer) = @_;
		my $body = $answer->{body} =~ s{(<Contents>.*?</Contents>)(<Contents>.*?</Contents>)}{$2$1}sr;
		set_body($answer, $body);
		return;
	},
	# the page before once more, under this one's token
	list_again => sub {
		my ($client, $request, $answer) = @_;
		my $first = "$dir/count/page-" . sha1_hex($request->{uri});
		if ($request->{token} eq '')
		{
			open(my $fh, '>', $first) or return;
			syswrite($fh, $answer->{body});
		}
		elsif (open(my $fh, '<', $first))
		{
			local $/;
			set_body($answer, scalar <$fh>);
		}
		return;
	},
	list_token => sub {
		my ($client, $request, $answer) = @_;
		return if $request->{token} eq '';
		my $body = $answer->{body} =~
		  s{<NextContinuationToken>.*?</NextContinuationToken>}{<NextContinuationToken>$request->{token}</NextContinuationToken>}r;
		set_body($answer, $body);
		return;
	},
	list_no_token => sub {
		my ($client, $request, $answer) = @_;
		my $body = $answer->{body} =~ s{<NextContinuationToken>.*?</NextContinuationToken>}{}r;
		set_body($answer, $body);
		return;
	});

# These come before the request is passed on, and happen for real.
sub delete_object
{
	my ($request) = @_;
	$s3->delete('lake', $request->{path} =~ s{^/lake/}{}r);
	return;
}

# Another version of the same length, as far as that goes.
sub replace_object
{
	my ($request, $body) = @_;
	$s3->put('lake', $request->{path} =~ s{^/lake/}{}r, $body =~ tr/1/7/r);
	return;
}

# Half of the old version goes out, then it is replaced.
sub replace_and_cut
{
	my ($client, $request, $answer, $chance) = @_;
	replace_object($request, $answer->{body}) if $answer->{head} =~ m{^HTTP/1\.1 2};
	$send{cut}->($client, $request, $answer, $chance);
	return;
}

# ---- a connection ----

sub choose
{
	my ($request) = @_;
	my $plan = plan();
	my $n = count($request->{target});
	my $i = 0;
	for my $fault (@{ $plan->{faults} })
	{
		my ($what, $kind, $chance, $upto) = @$fault;
		$i++;
		next if $what ne $request->{what} || $n > $upto;
		my @what = ($plan->{seed}, $request->{target}, $n, $i);
		return ($kind, draw(@what, 'where')) if draw(@what) < $chance;
	}
	return;
}

# Nobody waits for the answer: the query that asked has ended, and what is
# planned now is another one's.
sub is_gone
{
	my ($client) = @_;
	my $peeked = recv($client, my $data, 1, MSG_PEEK | MSG_DONTWAIT);
	return defined $peeked ? $data eq '' : !$!{EAGAIN};
}

sub serve
{
	my ($client) = @_;
	while (my $request = read_request($client))
	{
		open(my $busy, '>', "$dir/busy") or return;
		flock($busy, LOCK_SH);
		return if is_gone($client);
		my ($kind, $chance) = choose($request);
		note($kind, $request->{uri}) if defined $kind;
		delete_object($request) if ($kind // '') eq 'delete';
		my $answer = ask($request) or return;
		if (($kind // '') eq 'replace')
		{
			replace_object($request, $answer->{body}) if $answer->{head} =~ m{^HTTP/1\.1 2};
			$answer = ask($request) or return;
		}
		elsif (($kind // '') eq 'replace_cut') { replace_and_cut($client, $request, $answer, $chance) }
		elsif (defined $kind && $send{$kind})
		{
			$send{$kind}->($client, $request, $answer, $chance);
			next;
		}
		elsif (defined $kind && $change{$kind}) { $change{$kind}->($client, $request, $answer) }
		send_all($client, "$answer->{head}\r\n$answer->{body}") or return;
	}
	return;
}

my $listen;

sub listen_again
{
	# somebody else may try the port while it is free
	for (1 .. 600)
	{
		$listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port,
			Listen => 64, ReuseAddr => 1) and return;
		sleep 0.05;
	}
	die "port $port: $!\n";
}

sub refuse
{
	open(my $fh, '<', "$dir/refuse") or return;
	my $ms = <$fh> // 0;
	close($listen);
	sleep $ms / 1000;
	listen_again();
	unlink "$dir/refuse";
	return;
}

listen_again();
while (getppid() != 1)
{
	refuse() if -e "$dir/refuse";
	next unless IO::Select->new($listen)->can_read(0.02);
	my $client = $listen->accept or next;
	if (fork)
	{
		close($client);
		next;
	}
	close($listen);
	serve($client);
	shutdown($client, 2);
	exit 0;
}

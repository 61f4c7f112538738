#!/usr/bin/perl
# Stands for the services that hand out keys and have no real one here: the
# metadata of an instance, the agent of a container, and a Security Token
# Service that trusts a web identity.
#
#   keys.pl PORT DIR
#
# It hands out the keys of the file DIR/keys, "id secret lifetime-in-seconds
# [session-token]", whose first line goes once it was used while there is another, and writes a
# line a request to DIR/log.  Requests that are not made as the real services
# want them are refused.  DIR/mode may be
#   down      nothing but status 500 is answered
#   hang      nothing is answered
#   refuse    the Security Token Service denies access, and repeats what it
#             was sent
# and if DIR/external_id exists, roles are taken on by keys with that id only.
use strict;
use warnings;
use IO::Socket::INET;
use POSIX qw(strftime);

my ($port, $dir) = @ARGV;
my $server = IO::Socket::INET->new(
	LocalAddr => '127.0.0.1',
	LocalPort => $port,
	Listen => 64,
	ReuseAddr => 1) or die "port $port: $!\n";
my $metadata_token = 'token-of-the-metadata-service';
my $roles = '/latest/meta-data/iam/security-credentials/';
$SIG{PIPE} = 'IGNORE';
$SIG{CHLD} = 'IGNORE';

sub slurp
{
	my ($name) = @_;
	open(my $fh, '<', "$dir/$name") or return '';
	local $/;
	my $text = <$fh> // '';
	$text =~ s{\n\z}{};
	return $text;
}

# id, secret, when they expire, and their session token or ""
sub keys_now
{
	my ($line, @rest) = split /\n/, slurp('keys');
	my ($id, $secret, $life, $token) = split / /, $line;
	if (@rest)
	{
		open(my $fh, '>', "$dir/keys") or die "$dir/keys: $!\n";
		print $fh "$_\n" for @rest;
		close $fh;
	}
	return ($id, $secret, strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + $life)), $token // '');
}

sub json
{
	my ($id, $secret, $expires, $token) = keys_now();
	return (200, qq({"Code" : "Success", "Type" : "AWS-HMAC", "AccessKeyId" : "$id",)
		  . qq( "SecretAccessKey" : "$secret", "Expiration" : "$expires")
		  . ($token ? qq(, "Token" : "$token"}) : '}'));
}

sub sts
{
	my ($body) = @_;
	my %form = map { my ($n, $v) = split /=/, $_, 2; ($n, $v =~ s/%(..)/chr(hex($1))/ger) }
	  split /&/, $body;
	my $action = $form{Action} // '';
	my $good = ($form{RoleArn} // '') =~ /^arn:/ && $form{RoleSessionName}
	  && $form{Version} eq '2011-06-15';
	$good &&= ($form{WebIdentityToken} // '') eq slurp('token')
	  if $action eq 'AssumeRoleWithWebIdentity';
	$good &&= ($form{ExternalId} // '') eq slurp('external_id')
	  if $action eq 'AssumeRole' && -f "$dir/external_id";
	$body .= ' ' . slurp('token') if $action eq 'AssumeRoleWithWebIdentity';
	return (403, "<ErrorResponse><Error><Code>AccessDenied</Code>"
		  . "<Message>you sent " . ($body =~ s{&}{&amp;}gr) . "</Message></Error></ErrorResponse>")
	  if !$good || slurp('mode') eq 'refuse';
	my ($id, $secret, $expires, $token) = keys_now();
	return (200, "<${action}Response><${action}Result><Credentials>"
		  . "<AccessKeyId>$id</AccessKeyId><SecretAccessKey>$secret</SecretAccessKey>"
		  . ($token ? "<SessionToken>$token</SessionToken>" : '')
		  . "<Expiration>$expires</Expiration></Credentials></${action}Result></${action}Response>");
}

sub answer
{
	my ($method, $path, $headers, $body) = @_;
	my $token = $headers->{'x-aws-ec2-metadata-token'} // '';

	return (500, 'down') if slurp('mode') eq 'down';
	return sts($body) if $method eq 'POST' && $path eq '/';
	if ($path eq '/latest/api/token')
	{
		return (403, 'no') if $method ne 'PUT'
		  || !$headers->{'x-aws-ec2-metadata-token-ttl-seconds'};
		return (200, $metadata_token);
	}
	return (405, 'no') if $method ne 'GET';
	if (index($path, $roles) == 0)
	{
		return (401, 'no token') if $token ne $metadata_token;
		return (200, 'the-role') if $path eq $roles;
		return json() if $path eq "${roles}the-role";
	}
	return ($headers->{authorization} // '') eq slurp('token') ? json() : (401, '{}')
	  if $path eq '/container';
	return (404, 'not here');
}

sub serve
{
	my ($socket) = @_;
	my $text = '';
	while ($text !~ /\r\n\r\n/)
	{
		sysread($socket, $text, 65536, length $text) or return;
	}
	my ($head, $body) = split /\r\n\r\n/, $text, 2;
	my ($line, @rest) = split /\r\n/, $head;
	my %headers = map { /^([^:]+):\s*(.*)/ ? (lc $1, $2) : () } @rest;
	my ($method, $path) = split / /, $line;
	while (length $body < ($headers{'content-length'} // 0))
	{
		sysread($socket, $body, 65536, length $body) or return;
	}
	open(my $log, '>>', "$dir/log") or die "$dir/log: $!\n";
	print $log "$method $path", $body =~ /Action=(\w+)/ ? " $1" : '', ' ',
	  join(',', sort grep { /^(ExternalId|RoleSessionName|DurationSeconds|RoleArn)=/ } split /&/, $body), "\n";
	close $log;
	sleep 60 if slurp('mode') eq 'hang';
	my ($status, $content) = answer($method, $path, \%headers, $body);
	print $socket "HTTP/1.1 $status X\r\nContent-Length: " . length($content)
	  . ($method eq 'POST' ? "\r\nx-amzn-RequestId: 1f3e5a7c-0000-4000-8000-00000000beef" : '')
	  . "\r\nConnection: close\r\n\r\n$content";
	return;
}

while (1)
{
	my $socket = $server->accept or next;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0)
	{
		serve($socket);
		POSIX::_exit(0);
	}
	close $socket;
}

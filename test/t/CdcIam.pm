# Who may do what on a gateway of CdcS3: bucket policies, roles, and an issuer
# of web identities.
#
#   iam_policy($s3, 'lake', { Effect => 'Allow', ... }, ...);
#   iam_role($s3, 'Web', $trust, @statements);
#   my $issuer = iam_issuer($s3, $directory);
#   my $jwt = $issuer->{token}->(aud => 'app');
#
# A policy's statements are hashes; those of a bucket's are for the user other.
package CdcIam;

use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Exporter qw(import);
use File::Basename qw(dirname);
use HTTP::Tiny;
use IPC::Run;
use JSON::PP;
use MIME::Base64 qw(encode_base64 encode_base64url);
use Time::HiRes qw(sleep);
use lib dirname(__FILE__);
use CdcS3;

our @EXPORT = qw(iam_policy iam_role iam_issuer);
my @issuers;

sub document
{
	return encode_json({ Version => '2012-10-17', Statement => [@_] });
}

# A signed request that CdcS3's own, which have no query, cannot be.
sub call
{
	my ($s3, $method, $path, $query, $body, $service) = @_;
	my %headers = map { /^([^:]+): (.*)/ } $s3->sign($method, $path, sha256_hex($body), $query,
		$service);
	delete $headers{Host};
	$headers{'Content-Type'} = 'application/x-www-form-urlencoded' if $service ne 's3';
	my $answer = HTTP::Tiny->new->request($method,
		"http://127.0.0.1:$s3->{port}$path" . (length $query ? "?$query" : ''),
		{ headers => \%headers, content => $body });
	die "$method $path: $answer->{status} $answer->{content}\n" unless $answer->{success};
	return;
}

# What the user other may do in a bucket; nothing without statements.
sub iam_policy
{
	my ($s3, $bucket, @statements) = @_;
	return call($s3, 'DELETE', "/$bucket", 'policy=', '', 's3') unless @statements;
	$_->{Principal} = { AWS => ['arn:aws:iam:::user/other'] } for @statements;
	return call($s3, 'PUT', "/$bucket", 'policy=', document(@statements), 's3');
}

sub admin
{
	my ($s3, @command) = @_;
	local $ENV{CEPH_ARGS} = "-c $s3->{dir}/ceph.conf";
	my ($out, $err);
	IPC::Run::run([ 'radosgw-admin', @command ], '<', \'', '>', \$out, '2>', \$err)
	  or die "@command: $err\n";
	return;
}

# A role that $trust (a statement) may take on, to do what the others say.
sub iam_role
{
	my ($s3, $name, $trust, @statements) = @_;
	admin($s3, qw(role create --path=/), "--role-name=$name", '--assume-role-policy-doc='
		  . document($trust));
	admin($s3, qw(role-policy put --policy-name=Read), "--role-name=$name", '--policy-doc='
		  . document(@statements));
	return "arn:aws:iam:::role/$name";
}

sub openssl
{
	my ($in, @command) = @_;
	my ($out, $err);
	IPC::Run::run([ 'openssl', @command ], '<', \$in, '>', \$out, '2>', \$err)
	  or die "openssl @command: $err\n";
	return $out;
}

# An issuer of tokens that the gateway trusts for the application "app": its
# keys stand in $dir, and a server of its own hands out the public one.
sub iam_issuer
{
	my ($s3, $dir) = @_;
	my $port = CdcS3::free_ports(1);
	my $url = "http://127.0.0.1:$port";
	openssl('', qw(req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=issuer -keyout), "$dir/issuer.key",
		'-out', "$dir/issuer.pem");
	my $print = openssl('', qw(x509 -noout -fingerprint -sha1 -in), "$dir/issuer.pem")
	  =~ s/.*=|:|\s//gr;
	my $certificate = encode_base64(openssl('', qw(x509 -outform der -in), "$dir/issuer.pem"), '');
	my $pid = fork // die "fork: $!\n";
	serve($port, $url, $certificate) if $pid == 0;
	push @issuers, $pid;
	for (1 .. 200)
	{
		last if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
		sleep 0.02;
	}
	admin($s3, qw(caps add --uid=owner --caps=oidc-provider=*));
	call($s3, 'POST', '/', '', join('&', 'Action=CreateOpenIDConnectProvider', 'ClientIDList.member.1=app',
		"ThumbprintList.member.1=$print", 'Url=' . CdcS3::encode($url, ''), 'Version=2010-05-08'), 'iam');
	return {
		name => "127.0.0.1:$port",
		token => sub {
			my (%more) = @_;
			my %claims = (iss => $url, sub => 'database', aud => 'app', client_id => 'app',
				iat => time, exp => time + 600, %more);
			my $text = join '.', map { encode_base64url(encode_json($_)) }
			  { alg => 'RS256', typ => 'JWT', kid => 'one' }, \%claims;
			return "$text." . encode_base64url(openssl($text, qw(dgst -sha256 -sign), "$dir/issuer.key"));
		}
	};
}

# Where the public key is, and the key.
sub serve
{
	my ($port, $url, $certificate) = @_;
	my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 16,
		ReuseAddr => 1) or POSIX::_exit(1);
	while (my $socket = $listen->accept)
	{
		my $request = '';
		while ($request !~ /\r\n\r\n/)
		{
			sysread($socket, $request, 65536, length $request) or last;
		}
		my $body = encode_json($request =~ /openid-configuration/ ? { jwks_uri => "$url/keys" } :
			  { keys => [ { kid => 'one', kty => 'RSA', alg => 'RS256', use => 'sig', x5c => [$certificate] } ] });
		print $socket "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
		  . length($body) . "\r\nConnection: close\r\n\r\n$body";
		close $socket;
	}
	POSIX::_exit(0);
}

END
{
	local $?;
	kill 'KILL', $_ for @issuers;
}

1;

# An S3 server of a test's own: started, filled, asked what was requested.
#
#   my $s3 = CdcS3->start or plan skip_all => CdcS3->missing;
#   $s3->create_bucket('lake');
#   $s3->put('lake', 'folder/key.csv', $bytes);
#   $s3->put_tree('lake', 'folder', $directory);
#   $node->safe_psql('postgres', $s3->server_sql('name', 's3://lake/folder'));
#   $s3->requests;                  # forget those so far
#   ... queries ...
#   my $r = $s3->requests;          # $r->{get}, $r->{list}, $r->{head}
#
# It ends with the test.  The daemons are test/s3/rgw.sh's.  start('swift')
# takes those of test/s3/swift.sh instead, which check the region
# ($s3->{region}); these have no access log and speak no TLS.
package CdcS3;

use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::SHA qw(hmac_sha256 sha256_hex);
use File::Basename qw(dirname);
use File::Find qw(find);
use File::Path qw(remove_tree);
use File::Temp;
use IO::Socket::INET;
use POSIX qw(strftime);
use Time::HiRes qw(sleep);

my %kinds = (
	rgw => {
		script => abs_path(dirname(__FILE__) . '/../s3/rgw.sh'),
		programs => [qw(radosgw ceph-mon ceph-osd openssl)]
	},
	swift => {
		script => abs_path(dirname(__FILE__) . '/../s3/swift.sh'),
		programs => [
			'swift-ring-builder',
			map { "swift-$_-server" } qw(proxy account container object) ]
	});
my $proxy = abs_path(dirname(__FILE__) . '/../s3/faulty.pl');
my @running;

# What is not installed of a kind of server, if anything.
sub missing
{
	my ($class, $kind) = @_;
	for my $program (@{ $kinds{ $kind // 'rgw' }{programs} })
	{
		return "$program is not installed"
		  unless grep { -x "$_/$program" } split /:/, $ENV{PATH};
	}
	return;
}

# A port such that it and the next $n - 1 are free.
sub free_ports
{
	my ($n) = @_;
	for (1 .. 1000)
	{
		my $port = 20000 + int(rand(10000));
		my @sockets = grep { defined } map {
			IO::Socket::INET->new(
				LocalAddr => '127.0.0.1',
				LocalPort => $port + $_,
				Listen => 1)
		} 0 .. $n - 1;
		return $port if @sockets == $n;
	}
	die "no free ports\n";
}

# Nothing where the server is not installed.
sub start
{
	my ($class, $kind) = @_;
	$kind //= 'rgw';
	return if $class->missing($kind);

	# a short path: sockets lie in it
	my $folder = File::Temp->newdir('/tmp/cdc_s3_XXXXXX');
	my $dir = "$folder/s";
	my $port = free_ports(4);
	chmod 0755, "$folder";
	system('bash', $kinds{$kind}{script}, 'start', $dir, $port) == 0
	  or die "the S3 server did not start\n";
	my $self = bless {
		kind => $kind,
		region => 'us-east-1',
		folder => $folder,
		dir => $dir,
		port => $port,
		owner => $$,
		seen => 0,
		marks => 0,
		ca_file => "$dir/ca.pem"
	}, $class;
	open(my $env, '<', "$dir/env") or die "$dir/env: $!\n";
	while (<$env>)
	{
		$self->{ lc $1 } = $2 if /^S3_(\w+)=(.*)$/;
	}
	push @running, $self;
	return $self;
}

sub stop
{
	my ($self) = @_;
	return if $self->{stopped} || $self->{owner} != $$;
	$self->{stopped} = 1;
	kill 'KILL', $_ for @{ $self->{proxies} // [] };
	local $?;
	system('bash', $kinds{ $self->{kind} }{script}, 'stop', $self->{dir});
	# the daemons may take a moment to end, and leave files meanwhile
	for (1 .. 20)
	{
		remove_tree("$self->{folder}", { error => \my $errors });
		last unless -d "$self->{folder}";
		sleep 0.1;
	}
	return;
}

END
{
	$_->stop for @running;
}

# Let the gateway hang, and go on.
sub signal
{
	my ($self, $signal) = @_;
	open(my $fh, '<', "$self->{dir}/client.rgw.pid") or die "no gateway: $!\n";
	my $pid = <$fh>;
	kill $signal, $pid;
	return;
}

sub pause { $_[0]->signal('STOP'); return }
sub resume { $_[0]->signal('CONT'); return }

# ---- what it is asked by this module itself ----

sub encode
{
	my ($text, $keep) = @_;
	$text =~ s/([^A-Za-z0-9\-._~$keep])/sprintf('%%%02X', ord($1))/ge;
	return $text;
}

sub sign
{
	my ($self, $method, $path, $hash, $query, $service) = @_;
	$query //= '';
	$service //= 's3';
	my $time = strftime('%Y%m%dT%H%M%SZ', gmtime);
	my $day = substr($time, 0, 8);
	my $scope = "$day/$self->{region}/$service/aws4_request";
	my $names = 'host;x-amz-content-sha256;x-amz-date';
	my $canonical = join "\n", $method, $path, $query, "host:127.0.0.1:$self->{port}",
	  "x-amz-content-sha256:$hash", "x-amz-date:$time", '', $names, $hash;
	my $key = "AWS4$self->{secret_key}";
	$key = hmac_sha256($_, $key) for $day, $self->{region}, $service, 'aws4_request';
	my $signature = unpack 'H*',
	  hmac_sha256(join("\n", 'AWS4-HMAC-SHA256', $time, $scope, sha256_hex($canonical)), $key);
	return ("Host: 127.0.0.1:$self->{port}",
		"x-amz-content-sha256: $hash",
		"x-amz-date: $time",
		"Authorization: AWS4-HMAC-SHA256 Credential=$self->{access_key}/$scope, "
		  . "SignedHeaders=$names, Signature=$signature");
}

# Send a request over the connection kept for them, and read the answer's
# head and what came with it; nothing where the connection is dead.
sub exchange
{
	my ($self, $text) = @_;
	my $socket = $self->{socket}{$$} //= IO::Socket::INET->new(
		PeerAddr => '127.0.0.1',
		PeerPort => $self->{port}) or die "no connection: $!\n";
	my $answer = '';

	local $SIG{PIPE} = 'IGNORE';
	print $socket $text;
	$socket->flush;
	while ($answer !~ /\r\n\r\n/)
	{
		next if sysread($socket, $answer, 65536, length $answer);
		delete $self->{socket}{$$};
		return;
	}
	return split /\r\n\r\n/, $answer, 2;
}

# The status of a request.  $path is bytes, not encoded; $query is encoded.
sub request
{
	my ($self, $method, $path, $body, $query) = @_;
	$body //= '';
	$query //= '';
	my $target = encode($path, '/');
	my $text = join "\r\n", "$method $target" . ($query ? "?$query" : '') . ' HTTP/1.1',
	  $self->sign($method, $target, sha256_hex($body), $query),
	  'Content-Length: ' . length($body), '', $body;
	my ($head, $rest) = $self->exchange($text);

	# the server closes connections that were idle for long
	($head, $rest) = $self->exchange($text) unless defined $head;
	die "no answer\n" unless defined $head;
	my ($status) = $head =~ m{^HTTP/1.1 (\d+)};
	my ($length) = $head =~ /^Content-Length: (\d+)/mi;
	$length = 0 if $method eq 'HEAD' || $status == 204;
	while (defined $length && length $rest < $length)
	{
		sysread($self->{socket}{$$}, $rest, 65536, length $rest) or last;
	}
	delete $self->{socket}{$$} if !defined $length;
	return $status;
}

sub create_bucket
{
	my ($self, $bucket) = @_;
	my $status = $self->request('PUT', "/$bucket");
	die "bucket $bucket: status $status\n" unless $status == 200;
	return;
}

# Keep all versions of objects from now on.
sub keep_versions
{
	my ($self, $bucket) = @_;
	my $status = $self->request('PUT', "/$bucket",
		'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
		  . '<Status>Enabled</Status></VersioningConfiguration>', 'versioning=');
	die "versions of $bucket: status $status\n" unless $status == 200;
	return;
}

sub put
{
	my ($self, $bucket, $key, $body) = @_;
	my $status = $self->request('PUT', "/$bucket/$key", $body);
	die "$key: status $status\n" unless $status == 200;
	return;
}

sub delete
{
	my ($self, $bucket, $key) = @_;
	my $status = $self->request('DELETE', "/$bucket/$key");
	die "$key: status $status\n" unless $status == 204;
	return;
}

# Many [key, bytes], over four connections.
sub put_many
{
	my ($self, $bucket, @objects) = @_;
	my @children;
	for my $part (0 .. 3)
	{
		my $pid = fork // die "fork: $!\n";
		if ($pid == 0)
		{
			my $failed = !eval {
				for (my $i = $part; $i < @objects; $i += 4)
				{
					$self->put($bucket, @{ $objects[$i] });
				}
				1;
			};
			print STDERR $@ if $failed;
			POSIX::_exit($failed ? 1 : 0);
		}
		push @children, $pid;
	}
	for my $pid (@children)
	{
		waitpid($pid, 0);
		die "could not put all objects\n" if $?;
	}
	return;
}

# All files under a directory, as folder/<path in it>.
sub put_tree
{
	my ($self, $bucket, $folder, $directory) = @_;
	my @objects;
	find(
		{
			no_chdir => 1,
			wanted => sub {
				return unless -f $_;
				open(my $fh, '<:raw', $_) or die "$_: $!\n";
				local $/;
				my $key = substr($_, length("$directory/"));
				push @objects, [ length $folder ? "$folder/$key" : $key, scalar <$fh> ];
			}
		},
		$directory);
	$self->put_many($bucket, @objects);
	return scalar @objects;
}

# ---- what others asked it ----

sub decode
{
	my ($text) = @_;
	$text =~ s/%([0-9A-Fa-f]{2})/chr(hex($1))/ge;
	return $text;
}

sub new_lines
{
	my ($self) = @_;
	open(my $fh, '<:raw', "$self->{dir}/rgw.log") or die "no log: $!\n";
	seek($fh, $self->{seen}, 0);
	local $/;
	return scalar(<$fh>) // '';
}

# Requests since the last call: get => keys with their bucket ("lake/a/b"),
# list => hashes of bucket and parameters, head => like get, each in the order
# they ended.  The log is written behind the answers, so a request of our own
# marks the end.
sub requests
{
	my ($self) = @_;
	my $mark = 'mark-' . ++$self->{marks} . '-' . time;
	my $lines;
	$self->request('HEAD', "/nothing/$mark");
	for (1 .. 500)
	{
		$lines = $self->new_lines;
		last if $lines =~ /\Q$mark\E[^\n]*\n/;
		sleep 0.02;
	}
	# a request is logged at its end, by a thread of its own: perhaps later
	for (1 .. 100)
	{
		my $before = length $lines;
		sleep 0.1;
		$lines = $self->new_lines;
		last if length $lines == $before;
	}
	$self->{seen} += length $lines;
	my %result = (get => [], list => [], head => []);
	while ($lines =~ /beast: [^\n]*?"HEAD (\S*) HTTP\/1\.1"/g)
	{
		my $target = substr(decode($1), 1);
		push @{ $result{head} }, $target unless $target =~ /^nothing\//;
	}
	while ($lines =~ /beast: [^\n]*?"GET (\S*) HTTP\/1\.1" (\d+)/g)
	{
		my ($target, $status) = ($1, $2);
		my ($path, $query) = split /\?/, $target, 2;
		if (defined $query && $query =~ /(^|&)list-type=2/)
		{
			my %p = map { my ($n, $v) = split /=/, $_, 2; ($n, decode($v)) }
			  split /&/, $query;
			$p{bucket} = $path =~ s{^/|/$}{}gr;
			push @{ $result{list} }, \%p;
		}
		else
		{
			push @{ $result{get} }, substr(decode($path), 1);
		}
	}
	return \%result;
}

# ---- for SQL ----

sub mapping_options
{
	my ($self) = @_;
	return "access_key_id '$self->{access_key}', secret_access_key '$self->{secret_key}'";
}

# Options of a server at $url, through $port instead of the gateway's own.
sub server_options
{
	my ($self, $url, $port) = @_;
	$port //= $self->{port};
	return "url '$url', endpoint 'http://127.0.0.1:$port', url_style 'path', allow_http 'true'";
}

# A server and its mapping for the current user.
sub server_sql
{
	my ($self, $name, $url, $more) = @_;
	my $options = $self->server_options($url) . ($more ? ", $more" : '');
	my $mapping = $self->mapping_options;
	return "CREATE SERVER $name FOREIGN DATA WRAPPER cdc_fdw OPTIONS ($options);\n"
	  . "CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS ($mapping);\n";
}

# ---- faults ----

# A proxy before the gateway that goes wrong as faulty() says; its port.
sub proxy
{
	my ($self) = @_;
	my $port = free_ports(1);
	my $script_file = "$self->{folder}/faults.$port";
	$self->write_faults($script_file);
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0)
	{
		exec($^X, $proxy, $port, $self->{port}, $script_file)
		  or POSIX::_exit(1);
	}
	push @{ $self->{proxies} }, $pid;
	$self->{faults}{$port} = $script_file;
	for (1 .. 200)
	{
		last if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
		sleep 0.02;
	}
	return $port;
}

sub write_faults
{
	my ($self, $file, @lines) = @_;
	open(my $fh, '>', $file) or die "$file: $!\n";
	print $fh "$_\n" for @lines;
	close $fh;
	return;
}

# What the next connections through the proxy meet: see test/s3/faulty.pl.
sub faulty
{
	my ($self, $port, @lines) = @_;
	$self->write_faults($self->{faults}{$port}, @lines);
	return;
}

1;

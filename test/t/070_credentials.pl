# Where keys come from: each place once, read through to a table of a gateway
# that verifies signatures; and who may not have them.  The metadata services
# and a Security Token Service for web identities are test/s3/keys.pl;
# AssumeRole is the gateway's own.
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::SHA qw(sha256_hex);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IO::Socket::INET;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__);
use CdcS3;
use CdcTest qw(use_node failure);

my $s3;
{
	local $ENV{S3_STS} = 1;
	$s3 = CdcS3->start or plan skip_all => CdcS3->missing;
}
$s3->create_bucket('lake');
$s3->put('lake', 'shop/item/LOAD00000001.csv', join '', map { "$_,$_\n" } 1 .. 10);
$s3->put('lake', 'shop/item/20240612-000000000.csv', "U,1,101\n");
my $sum = 155;

# ---- the services that hand out keys ----

my $dir = abs_path(PostgreSQL::Test::Utils::tempdir());
my $port = CdcS3::free_ports(1);
my $double = "http://127.0.0.1:$port";
my $pid = fork // die "fork: $!\n";
if ($pid == 0)
{
	exec($^X, dirname(__FILE__) . '/../s3/keys.pl', $port, $dir) or POSIX::_exit(1);
}
END { local $?; kill 'KILL', $pid if $pid; }
for (1 .. 200)
{
	last if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
	sleep 0.02;
}

sub write_text
{
	my ($name, $text) = @_;
	open(my $fh, '>', "$dir/$name.new") or die "$dir/$name: $!\n";
	print $fh $text;
	close $fh;
	rename "$dir/$name.new", "$dir/$name" or die "$dir/$name: $!\n";
	return "$dir/$name";
}

# A role's keys of the gateway's own, with a session token: id, secret, token.
sub assume_role
{
	my $user = bless { %$s3, access_key => $s3->{access_key_2}, secret_key => $s3->{secret_key_2},
		owner => 0, socket => {} }, 'CdcS3';
	my $form = 'Action=AssumeRole&DurationSeconds=3600&RoleArn=' . CdcS3::encode($s3->{role}, '')
	  . '&RoleSessionName=double&Version=2011-06-15';
	my ($head, $body) = $user->exchange(join "\r\n", 'POST / HTTP/1.1', $user->sign('POST', '/', sha256_hex($form), '', 'sts'),
		'Content-Type: application/x-www-form-urlencoded', 'Content-Length: ' . length $form, 'Connection: close', '', $form);
	1 while sysread($user->{socket}{$$}, $body, 65536, length $body);
	return map { $body =~ m{<$_>([^<]+)</$_>} ? $1
		  : die "no $_: $body\n" } qw(AccessKeyId SecretAccessKey SessionToken);
}

my @issued = assume_role();
my $metadata_token = 'token-of-the-metadata-service';

sub hand_out
{
	my ($life) = @_;
	write_text('keys', "$issued[0] $issued[1] $life $issued[2]\n");
	return;
}

# What the services were asked since the last call.
sub asked
{
	my $text = -f "$dir/log" ? slurp_file("$dir/log") : '';
	unlink "$dir/log";
	return split /\n/, $text;
}

hand_out(3600);
my $web_token = 'header.payload.signature-of-the-token';
write_text('token', "$web_token\n");

# ---- a database server, whose environment each test makes ----

make_path("$dir/home");
my $node = PostgreSQL::Test::Cluster->new('credentials');
$node->init;
$node->append_conf('postgresql.conf', "log_min_messages = debug5\nlog_statement = none\n"
	  # workers ask for keys of their own
	  . 'max_parallel_workers_per_gather = 0');
use_node($node);
delete $ENV{$_} for grep { /^AWS_/ } keys %ENV;

sub in_environment
{
	my (%env) = @_;
	local %ENV = (%ENV, HOME => "$dir/home", AWS_EC2_METADATA_DISABLED => 'true', %env);
	$node->stop if $node->{_pid};
	$node->start;
	return;
}

in_environment();
sub server_sql
{
	my ($name, $more) = @_;
	my $options = $s3->server_options('s3://lake');
	return "CREATE SERVER $name FOREIGN DATA WRAPPER cdc_fdw OPTIONS ($options"
	  . ($more ? ", $more" : '') . ");\n"
	  . "CREATE USER MAPPING FOR PUBLIC SERVER $name;\n"
	  . "CREATE FOREIGN TABLE item_$name (id int OPTIONS (key 'true'), v int)"
	  . " SERVER $name OPTIONS (schema_name 'shop', table_name 'item');\n"
	  . "GRANT SELECT ON item_$name TO PUBLIC;\n"
	  . "GRANT USAGE ON FOREIGN SERVER $name TO PUBLIC;\n";
}
$node->safe_psql('postgres', 'CREATE EXTENSION cdc_fdw; GRANT CREATE ON SCHEMA public TO PUBLIC;'
	  . 'GRANT USAGE ON FOREIGN DATA WRAPPER cdc_fdw TO PUBLIC; CREATE ROLE regress_reader LOGIN;'
	  . server_sql('chain', "credentials 'chain'") . server_sql('plain'));

my $query = 'SELECT sum(v) FROM item_chain';

sub reads
{
	my ($name, %env) = @_;
	in_environment(%env);
	asked();
	my ($rc, $out, $err) = $node->psql('postgres', $query);
	is($out, $sum, $name) or diag($err);
	return;
}

sub fails
{
	my ($name, $pattern, %env) = @_;
	in_environment(%env);
	like(failure($query), $pattern, $name);
	return;
}

my %keys = (
	AWS_ACCESS_KEY_ID => $s3->{access_key},
	AWS_SECRET_ACCESS_KEY => $s3->{secret_key});

# ---- nobody, the environment ----

fails('no keys anywhere', qr/42704: no credentials for "s3:\/\/lake"\nDETAIL: .*instance metadata/);
reads('keys of the environment', %keys);
fails('a key without its secret', qr/28000: .*no usable keys\nDETAIL: .*missing/,
	AWS_ACCESS_KEY_ID => 'A');
fails('keys with a line break', qr/28000: .*no usable keys/, %keys, AWS_SESSION_TOKEN => "a\nb: c");

# ---- profiles ----

my $id = "aws_access_key_id = $s3->{access_key}\naws_secret_access_key = $s3->{secret_key}\n";
my $other = "aws_access_key_id=$s3->{access_key_2}\naws_secret_access_key=$s3->{secret_key_2}\n";
my $files = { AWS_SHARED_CREDENTIALS_FILE => "$dir/credentials", AWS_CONFIG_FILE => "$dir/config" };
write_text('credentials', "[default]\n$id\n[poor]\n$other");
write_text('config', '');
reads('keys of the default profile', %$files);
fails('keys of a user without rights', qr/42501: could not list .*AccessDenied/s, %$files,
	AWS_PROFILE => 'poor');
fails('a profile that is not there', qr/28000: AWS_PROFILE names "rich"/, %$files,
	AWS_PROFILE => 'rich');
make_path("$dir/home/.aws");
rename "$dir/credentials", "$dir/home/.aws/credentials" or die;
reads('files under the home folder');
unlink "$dir/home/.aws/credentials";
write_text('config', "[profile dev]\n$id");
reads('a profile of the config file', %$files, AWS_PROFILE => 'dev');
write_text('config', "[profile p]\ncredential_process = /bin/true\n");
fails('what a server does not run', qr/28000: profile "p" .*\nDETAIL: .*credential_process/,
	%$files, AWS_PROFILE => 'p');
write_text('config', "[profile a]\nrole_arn = arn:x\nsource_profile = b\n"
	  . "[profile b]\nrole_arn = arn:y\nsource_profile = a\n");
fails('profiles in a circle', qr/28000: profile "a" has no usable credentials/,
	%$files, AWS_PROFILE => 'a');
fails('a file that cannot be read', qr/28000: could not read ".*home"/, %$files,
	AWS_CONFIG_FILE => "$dir/home");

# ---- roles, from the gateway's own Security Token Service ----

my $sts = "sts_endpoint 'http://127.0.0.1:$s3->{port}'";
$node->safe_psql('postgres', "ALTER SERVER chain OPTIONS (ADD $sts)");
write_text('credentials', "[base]\n$other");
write_text('config', "[profile reader]\nrole_arn = $s3->{role}\nsource_profile = base\n"
	  . "duration_seconds = 900\nrole_session_name = nightly\n"
	  . "[profile from_environment]\nrole_arn = $s3->{role}\ncredential_source = Environment\n");
reads('source_profile', %$files, AWS_PROFILE => 'reader');
fails('credential_source without credentials', qr/28000: credential_source "Environment"/,
	%$files, AWS_PROFILE => 'from_environment');
in_environment();
my $mapping = "access_key_id '$s3->{access_key_2}', secret_access_key '$s3->{secret_key_2}'";
$node->safe_psql('postgres', "ALTER SERVER plain OPTIONS (ADD $sts);"
	  . "CREATE USER MAPPING FOR regress_reader SERVER plain OPTIONS ($mapping)");
my $as_reader = 'SET ROLE regress_reader; SELECT sum(v) FROM item_plain';
like(failure($as_reader), qr/42501: .*AccessDenied/s, 'keys without rights');
$node->safe_psql('postgres', 'ALTER USER MAPPING FOR regress_reader SERVER plain OPTIONS'
	  . " (ADD role_arn '$s3->{role}', ADD role_session_name 'mine', ADD role_duration '15 min')");
is($node->safe_psql('postgres', $as_reader), $sum, 'the same with the role of their mapping');
$node->safe_psql('postgres', 'ALTER USER MAPPING FOR regress_reader SERVER plain OPTIONS'
	  . " (SET role_arn 'arn:aws:iam:::role/Nobody')");
like(failure($as_reader), qr/42501: could not assume role "arn:aws:iam:::role\/Nobody"\nDETAIL: .*\nHINT: .*sts:AssumeRole/,
	'a role that is not there');
$node->safe_psql('postgres', 'ALTER USER MAPPING FOR regress_reader SERVER plain OPTIONS'
	  . " (DROP role_arn, DROP role_session_name, DROP role_duration);"
	  . "ALTER SERVER plain OPTIONS (ADD role_arn '$s3->{role}')");
is($node->safe_psql('postgres', $as_reader), $sum, 'the role of the server');
$node->safe_psql('postgres',
	"ALTER USER MAPPING FOR regress_reader SERVER plain OPTIONS (SET secret_access_key 'not-the-secret')");
like(failure($as_reader), qr/42501: could not assume role .*\nDETAIL: +AccessDenied\.\n/,
	'a wrong secret');
my $closed = CdcS3::free_ports(1);
$node->safe_psql('postgres',
	"ALTER SERVER plain OPTIONS (SET sts_endpoint 'http://127.0.0.1:$closed')");
like(failure($as_reader), qr/HV00N: could not assume role .*\nHINT: .*sts_endpoint/s,
	'an STS that does not answer is an error that names sts_endpoint');

# a role that demands an external id; the gateway's own cannot, but take one
my $external = 'shop:42/=,.@-';
$node->safe_psql('postgres', "ALTER SERVER plain OPTIONS (SET sts_endpoint 'http://127.0.0.1:$s3->{port}', ADD external_id '$external');"
	  . "ALTER USER MAPPING FOR regress_reader SERVER plain OPTIONS (SET secret_access_key '$s3->{secret_key_2}')");
is($node->safe_psql('postgres', $as_reader), $sum, 'an external id is signed with the rest');
asked();
write_text('external_id', "$external\n");
$node->safe_psql('postgres', "ALTER SERVER plain OPTIONS (SET sts_endpoint '$double')");
is($node->safe_psql('postgres', $as_reader), $sum, 'a role that demands an external id');
like((asked())[0], qr/^POST \/ AssumeRole ExternalId=shop%3A42%2F%3D%2C\.%40-,RoleArn=/,
	'the external id is sent');
my $distrusted = qr/42501: could not assume role .*\nDETAIL: +AccessDenied\b.*\nHINT: .*external_id/;
$node->safe_psql('postgres', "ALTER SERVER plain OPTIONS (SET external_id 'shop:43')");
like(failure($as_reader), $distrusted, 'another external id is refused');
$node->safe_psql('postgres', 'ALTER SERVER plain OPTIONS (DROP external_id)');
like(failure($as_reader), $distrusted, 'a request without external id is refused');
$node->safe_psql('postgres', "ALTER SERVER plain OPTIONS (ADD external_id '$external');"
	  . "ALTER USER MAPPING FOR regress_reader SERVER plain OPTIONS (ADD role_arn '$s3->{role}')");
like(failure($as_reader), $distrusted, 'the server\'s does not go with the role of the mapping');
$node->safe_psql('postgres',
	"ALTER USER MAPPING FOR regress_reader SERVER plain OPTIONS (ADD external_id '$external')");
is($node->safe_psql('postgres', $as_reader), $sum, 'but the mapping\'s own does');
write_text('credentials', "[base]\n$other");
write_text('config',
	"[profile p]\nrole_arn = $s3->{role}\nsource_profile = base\nexternal_id = $external\n");
$node->safe_psql('postgres', "ALTER SERVER chain OPTIONS (SET sts_endpoint '$double')");
reads('the external id of a profile', %$files, AWS_PROFILE => 'p');
write_text('config', "[profile p]\nrole_arn = $s3->{role}\nsource_profile = base\n");
fails('a profile without external id is refused', $distrusted, %$files, AWS_PROFILE => 'p');
unlink "$dir/external_id";
in_environment();
$node->safe_psql('postgres', 'DROP USER MAPPING FOR regress_reader SERVER plain');

# ---- web identity, and a refusal that repeats secrets ----

my %web = (AWS_WEB_IDENTITY_TOKEN_FILE => "$dir/token", AWS_ROLE_ARN => 'arn:aws:iam::1:role/web');
$node->safe_psql('postgres', "ALTER SERVER chain OPTIONS (SET sts_endpoint '$double')");
reads('web identity', %web);
is_deeply([ asked() ],
	['POST / AssumeRoleWithWebIdentity RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fweb,RoleSessionName=cdc_fdw'],
	'a web identity is asked for once in a session');
write_text('mode', 'refuse');
fails('a token that is not trusted',
	qr/42501: could not assume role .*\nDETAIL: +AccessDenied\.\nHINT: .*trust/, %web);
unlink "$dir/mode";
write_text('token', "two words\n");
fails('no token', qr/28000: file ".*token" holds no token/, %web);
write_text('token', "$web_token\n");
fails('no role', qr/28000: .*AWS_ROLE_ARN is not/, %web, AWS_ROLE_ARN => '');
write_text('config',
	"[profile w]\nrole_arn = arn:aws:iam::1:role/p\nweb_identity_token_file = $dir/token\n");
reads('web identity of a profile', %$files, AWS_PROFILE => 'w');
write_text('config', '');

# ---- containers ----

my %container = (AWS_CONTAINER_CREDENTIALS_FULL_URI => "$double/container");
reads('a container, with a token', %container, AWS_CONTAINER_AUTHORIZATION_TOKEN => $web_token);
reads('with a token in a file', %container, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE => "$dir/token");
fails('with a wrong token', qr/42501: could not get credentials from the container\nDETAIL: .*401/,
	%container, AWS_CONTAINER_AUTHORIZATION_TOKEN => 'wrong');
fails('at a host that is not allowed', qr/28000: .*FULL_URI names a host that is not allowed/,
	AWS_CONTAINER_CREDENTIALS_FULL_URI => 'http://192.0.2.1/container');

# ---- the metadata of an instance ----

my %imds = (AWS_EC2_METADATA_DISABLED => 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT => $double);
my $roles = '/latest/meta-data/iam/security-credentials/';
reads('instance metadata', %imds);
is_deeply([ map { s/ $//r } asked() ],
	[ 'PUT /latest/api/token', "GET $roles", "GET ${roles}the-role" ], 'the metadata service is asked for a token first');
is($node->safe_psql('postgres', "$query;" x 3), "$sum\n$sum\n$sum",
	'three queries of a session are answered');
is(scalar(() = asked()), 3, 'three queries of a session ask for keys once');
is($node->safe_psql('postgres', "$query; ALTER SERVER chain OPTIONS (ADD region 'us-east-1'); $query;"
		  . 'ALTER USER MAPPING FOR PUBLIC SERVER plain OPTIONS (ADD role_session_name \'x\');'
		  . "$query;"), "$sum\n$sum\n$sum", 'queries between changes of server and mapping are answered');
is(scalar(() = asked()), 9, 'after a change of server or mapping keys are asked for anew');

# each process of a parallel scan
$s3->put_many('lake', map { [ "shop/wide/2024061$_-000000000.csv", join '', map { "I,$_,1\n" } $_ * 1000 .. $_ * 1000 + 999 ] } 0 .. 9);
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;'
  . 'SET parallel_leader_participation = off; SET max_parallel_workers_per_gather = 2; SET work_mem = \'16MB\';';
$node->safe_psql('postgres', "CREATE FOREIGN TABLE wide (id int OPTIONS (key 'true'), v int)"
	  . " SERVER chain OPTIONS (schema_name 'shop')");
my $plan = $node->safe_psql('postgres',
	"$parallel EXPLAIN (ANALYZE, COSTS OFF) SELECT sum(v) FROM wide");
like($plan, qr/Workers Launched: [12]/, 'a scan by several processes');
is($node->safe_psql('postgres', "$parallel SELECT sum(v) FROM wide"), 10000,
	'all processes of a scan have keys');
asked();

# keys that last four seconds are renewed after two
hand_out(4);
$node->safe_psql('postgres', "$query; SELECT pg_sleep(1); $query; SELECT pg_sleep(1.5); $query");
is(scalar(() = asked()), 6, 'keys are renewed before they expire');
hand_out(4);
my $slow = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'),
		'-c', "$query; SELECT pg_sleep(2.5); $query" ], '>', \my $slow_out, '2>', \my $slow_err);
$node->poll_query_until('postgres',
	"SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
  or die "the first query did not end\n";
write_text('mode', 'down');
$slow->finish;
like($slow_out, qr/^$sum\n\n$sum$/, 'keys are kept while newer ones cannot be had');
unlink "$dir/mode";
hand_out(3600);

# a server that says they expired
my $proxy = $s3->proxy;
$node->safe_psql('postgres', "ALTER SERVER chain OPTIONS (SET endpoint 'http://127.0.0.1:$proxy')");
asked();
$s3->faulty($proxy, 'http 400 ExpiredToken');
write_text('keys', "$s3->{access_key} a-wrong-secret 3600\n"
	  . "$s3->{access_key} $s3->{secret_key} 3600\n");
is($node->safe_psql('postgres', $query), $sum, 'newer keys after ExpiredToken');
is(scalar(() = asked()), 6, 'after ExpiredToken newer keys were asked for');
write_text('keys', "$s3->{access_key} a-wrong-secret 3600\n"
	  . "$s3->{access_key} $s3->{secret_key} 3600\n");
$s3->faulty($proxy, ('http 400 ExpiredToken') x 2);
like(failure($query), qr/42501: .*ExpiredToken.*\nHINT: .*of the database server/s,
	'keys that are expired twice are an error');
$node->safe_psql('postgres',
	"ALTER SERVER chain OPTIONS (SET endpoint 'http://127.0.0.1:$s3->{port}')");

# a HEAD is refused without a word: that may be it
$node->safe_psql('postgres',
	"SELECT cdc_fdw_pin('kept', '2024-06-13 00:00:00+00', NULL, 'item_chain')");
my $verify = "SELECT count(*), min(verdict), max(verdict) FROM cdc_fdw_verify_pin('kept')";
write_text('keys', "$s3->{access_key} a-wrong-secret 3600\n"
	  . "$s3->{access_key} $s3->{secret_key} 3600\n");
is($node->safe_psql('postgres', $verify), '2|same|same',
	'newer keys after a HEAD that was refused');
write_text('keys', join '', map { "$s3->{access_key} a-wrong-secret-$_ 3600\n" } 1 .. 9);
like(failure($verify), qr/42501: could not read .* status 403/,
	'keys that are refused when a pin is verified are an error');
hand_out(3600);

# ---- the place that a query began with ----

# keys of a file that do not expire outlive it, as far as anybody knows
$node->safe_psql('postgres', "ALTER SERVER chain OPTIONS (SET endpoint 'http://127.0.0.1:$proxy')");
write_text('credentials', "[default]\n$id");
write_text('config', '');
in_environment(%imds, %$files);
$s3->faulty($proxy);
asked();
my $refusals = "printf 'http 403\\nhttp 403\\n' >$s3->{faults}{$proxy}";
my ($rc, $out, $err) = $node->psql('postgres',
	"$query;\n\\! rm $dir/credentials; $refusals\n$verify;\n\\! rm $s3->{faults}{$proxy}\n$verify", on_error_stop => 0);
is($out, "$sum\n2|same|same", 'keys are kept when only a refusal without a word casts doubt');
like($err, qr/ERROR:  could not read "s3:[^\n]* status 403/,
	'a refusal amid a query is told as it is');
is_deeply([ asked() ], [], 'nobody else is asked');
$s3->faulty($proxy);
$node->safe_psql('postgres',
	"ALTER SERVER chain OPTIONS (SET endpoint 'http://127.0.0.1:$s3->{port}')");

# a role of a profile, whose keys last four seconds and whose file goes away
write_text('credentials', "[base]\n$other");
write_text('config', "[default]\nrole_arn = $s3->{role}\nsource_profile = base\n");
hand_out(4);
my $cursor = 'SET cdc_fdw.prefetch_bytes = 0; BEGIN; DECLARE c CURSOR FOR SELECT v FROM wide; FETCH 1 FROM c;';
asked();
is(scalar(() = $node->safe_psql('postgres', "$cursor\n\\! rm $dir/config\nSELECT 1 FROM pg_sleep(2.5); MOVE ALL FROM c; COMMIT")
	  =~ /^1$/mg), 2, 'a query whose place of keys went away is answered');
is_deeply([ map { s/ .*//r } asked() ], ['POST'],
	'a query whose place of keys went away goes on with those it has');
in_environment(%imds);
hand_out(3600);

# a service that hangs
write_text('mode', 'hang');
my $begun = time;
like(failure("SET statement_timeout = '200ms'; $query"), qr/57014/,
	'waiting for keys is cancelled');
cmp_ok(time - $begun, '<', 1, 'waiting for keys is cancelled at once');
$begun = time;
like(failure($query), qr/HV00N: could not get credentials from the instance metadata service/,
	'a metadata service that hangs is an error');
cmp_ok(time - $begun, '<', 6, 'a metadata service that hangs is an error soon');
unlink "$dir/mode";

# ---- who may not ----

my $refused = qr/42501: user "regress_reader" may not use the database server's own credentials\n.*\nHINT: .*credentials_required/;
my $as = 'SET ROLE regress_reader;';
like(failure("$as $query"), $refused, 'a user who is no superuser');
$node->safe_psql('postgres', "CREATE VIEW lent AS $query; GRANT SELECT ON lent TO regress_reader");
is($node->safe_psql('postgres', "$as SELECT * FROM lent"), $sum, 'a view reads as its owner');
$node->safe_psql('postgres', "$as CREATE VIEW tricked AS $query");
like(failure('SELECT * FROM tricked'), $refused,
	'a view of a user is refused where a superuser reads it');
like(failure("$as CREATE SERVER s FOREIGN DATA WRAPPER cdc_fdw OPTIONS (credentials_required 'false')"),
	qr/42501: permission denied to set option "credentials_required" to false/, 'a user cannot allow a server without credentials');
like(failure("$as CREATE SERVER s FOREIGN DATA WRAPPER cdc_fdw OPTIONS (allow_http 'true')"),
	qr/42501: permission denied to set option "allow_http" to true/, 'a user cannot allow http');
$node->safe_psql('postgres', "ALTER SERVER chain OPTIONS (ADD credentials_required 'false')");
is($node->safe_psql('postgres', "$as $query"), $sum, 'a superuser can');
$node->safe_psql('postgres', "ALTER SERVER chain OWNER TO regress_reader");
like(failure("$as ALTER SERVER chain OPTIONS (SET endpoint 'https://evil.example')"),
	qr/42501: permission denied to set option/, 'who owns such a server cannot alter it');
$node->safe_psql('postgres', "$as CREATE USER MAPPING FOR regress_reader SERVER chain OPTIONS (role_arn 'arn:aws:iam::1:role/admin')");
like(failure("$as $query"), qr/42501: option "role_arn" of the user mapping needs keys of its own/,
	'a user cannot choose a role for a server of the chain');
$node->safe_psql('postgres', "$as DROP USER MAPPING FOR regress_reader SERVER chain;"
	  . "ALTER SERVER chain OPTIONS (DROP credentials_required, DROP allow_http, SET endpoint 'https://evil.example')");
like(failure($query), qr/42501: server "chain" may not use .*\nDETAIL: .*"regress_reader" is no superuser/,
	'a superuser\'s own are not given to a server of somebody else');
$node->safe_psql('postgres', "$as ALTER SERVER chain OPTIONS (SET endpoint 'http://127.0.0.1:$s3->{port}');"
	  . "CREATE USER MAPPING FOR regress_reader SERVER chain OPTIONS ($mapping)");
like(failure("$as $query"), qr/42501: credentials may not be used without encryption\n.*\nHINT: .*allow_http/,
	'no credentials go by http unless a superuser allows it');

# ---- what was written ----

my $log = slurp_file($node->logfile);
like($log, qr/DEBUG: +cdc_fdw: credentials from the instance metadata service/,
	'the log names the source');
like($log, qr/cdc_fdw: GET "\Q$double\E": status 200, /,
	'the log has requests for keys without the path');
unlike($log, qr/cdc_fdw: [^\n]*\/container/,
	'the log has no path of a container, which may be as good as a key');
like($log, qr/cdc_fdw: POST "\Q$double\E\/": status 200, [\d.]+ ms, request id 1f3e5a7c-0000-4000-8000-00000000beef$/m,
	'the id of a request for keys');
like($log, qr/cdc_fdw: HEAD "s3:\/\/lake\/shop\/item\/[^"]*": status 200, /, 'a HEAD is one');
# statements that hold keys are logged when they fail, and PostgreSQL itself
# logs its environment when it starts
my $secret = join '|', map { quotemeta } $s3->{secret_key}, $s3->{secret_key_2}, $web_token, $metadata_token,
  @issued, substr($issued[2], 0, 32), substr($issued[2], -32);
my @leaks = grep { !/STATEMENT:/ && !/DEBUG: +\tAWS_\w+=/ && /$secret/ } split /\n/, $log;
cmp_ok(length $issued[2], '>', 100, 'a session token is long');
is(scalar @leaks, 0, 'the log has no secret') or diag($leaks[0]);

$node->stop;
$s3->stop;
done_testing();

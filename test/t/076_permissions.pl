# The least that must be allowed: a gateway's policy engine with exactly the
# permissions that docs/security.md names, and with each of them taken away;
# the same for a role, and for a web identity that the gateway verifies.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use lib dirname(__FILE__);
use CdcIam;
use CdcS3;
use CdcTest qw(use_node failure);

my $s3;
{
	local $ENV{S3_STS} = 1;
	$s3 = CdcS3->start or plan skip_all => CdcS3->missing;
}
$s3->create_bucket('lake');
for my $place (qw(dms/shop/item dms/shop/other dms-secret/shop/item))
{
	$s3->put('lake', "$place/LOAD00000001.csv", join '', map { "$_,$_\n" } 1 .. 10);
	$s3->put('lake', "$place/20240612-000000000.csv", "U,1,101\n");
}
my $sum = 155;
my $dir = abs_path(PostgreSQL::Test::Utils::tempdir());
my $node = PostgreSQL::Test::Cluster->new('permissions');
$node->init;
delete $ENV{$_} for grep { /^AWS_/ } keys %ENV;
$ENV{AWS_WEB_IDENTITY_TOKEN_FILE} = "$dir/token";
$ENV{AWS_ROLE_ARN} = 'arn:aws:iam:::role/Web';
$ENV{AWS_EC2_METADATA_DISABLED} = 'true';
$ENV{HOME} = $dir;
$node->start;
use_node($node);

my $columns = "(id int OPTIONS (key 'true'), v int)";
my $other = "access_key_id '$s3->{access_key_2}', secret_access_key '$s3->{secret_key_2}'";
my $sts = "sts_endpoint 'http://127.0.0.1:$s3->{port}'";
$node->safe_psql('postgres', 'CREATE EXTENSION cdc_fdw');

sub server
{
	my ($name, $url, $more, $mapping) = @_;
	my $options = join ', ', $s3->server_options($url), $more || ();
	$node->safe_psql('postgres', "CREATE SERVER $name FOREIGN DATA WRAPPER cdc_fdw OPTIONS ($options);"
		  . "CREATE USER MAPPING FOR PUBLIC SERVER $name OPTIONS ($mapping);"
		  . "CREATE FOREIGN TABLE $name $columns SERVER $name OPTIONS (schema_name 'shop', table_name 'item');"
		  . "CREATE FOREIGN TABLE other_$name $columns SERVER $name OPTIONS (schema_name 'shop', table_name 'other');"
		  . "CREATE SCHEMA import_$name");
	return;
}

# All that is done with a log, and what it reads; of one table alone.
sub works
{
	my ($name, $table) = @_;
	is($node->safe_psql('postgres', "SELECT sum(v) FROM $table"), $sum, "$name: a table is read");
	is($node->safe_psql('postgres', "SELECT count(*) FROM cdc_fdw_objects('$table'::regclass)"), 2,
		"$name: its objects");
	is($node->safe_psql('postgres', "SELECT count(*) FROM cdc_fdw_changes_since('$table'::regclass)"),
		2, "$name: what is new");
	return;
}

sub list { return { Effect => 'Allow', Action => ['s3:ListBucket'], Resource => ['arn:aws:s3:::lake'],
	Condition => { StringLike => { 's3:prefix' => [ $_[0] ] } } } }
sub get { return { Effect => 'Allow', Action => ['s3:GetObject'], Resource => ["arn:aws:s3:::lake/$_[0]"] } }

my $no_list = qr/\AERROR: +42501: could not list "s3:\/\/lake\/[^"]*": HTTP status 403\nDETAIL: [^\n]*AccessDenied[^\n]*\nHINT: [^\n]*s3:ListBucket on bucket "lake"/;
my $no_get = qr/\AERROR: +42501: could not read "s3:\/\/lake\/[^"]*": HTTP status 403\nDETAIL: [^\n]*AccessDenied[^\n]*\nHINT: [^\n]*s3:GetObject/;

# ---- a user, by a policy of the bucket ----

server('mapped', 's3://lake/dms', undef, $other);
like(failure('TABLE mapped'), qr/$no_list[^\n]*prefix "dms\/shop\/item\//,
	'with no permission the error names what to list');
iam_policy($s3, 'lake', list('dms/*'), get('dms/*'));
works('both permissions', 'mapped');
is($node->safe_psql('postgres', "SELECT count(*) FROM cdc_fdw_objects('mapped')"), 4,
	'the objects of the server');
is($node->safe_psql('postgres', "SELECT count(*) > 0 FROM cdc_fdw_sample('mapped', 'shop/item')"),
	't', 'both permissions: samples are read');
$node->safe_psql('postgres', 'IMPORT FOREIGN SCHEMA shop FROM SERVER mapped INTO import_mapped');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relnamespace = 'import_mapped'::regnamespace AND relkind = 'f'"), 2, 'both permissions: tables are imported');
server('beyond', 's3://lake/dms-secret', undef, $other);
like(failure('TABLE beyond'), $no_list, 'the permissions of a folder do not reach beyond it');
iam_policy($s3, 'lake', get('dms/*'));
like(failure('TABLE mapped'), qr/$no_list[^\n]*prefix "dms\/shop\/item\//,
	'without s3:ListBucket the error names what to list');
iam_policy($s3, 'lake', list('dms/*'));
like(failure('TABLE mapped'), $no_get, 'without s3:GetObject the error names the permission');
iam_policy($s3, 'lake', list('dms/shop/item/*'), get('dms/shop/item/*'));
works('one table alone', 'mapped');
like(failure('TABLE other_mapped'), $no_list, 'the permissions of one table do not reach another');
# the table's own folder may be listed, what is beside it may not
$node->safe_psql('postgres', q{CREATE FOREIGN TABLE lost_mapped (id int OPTIONS (key 'true'), v int) SERVER mapped OPTIONS (prefix 'shop/itme')});
iam_policy($s3, 'lake', list('dms/shop/itme/*'));
like(failure('TABLE lost_mapped'), qr/\AERROR: +HV00R: nothing of a change log lies under "s3:\/\/lake\/dms\/shop\/itme\/"\nHINT: +Check url/,
	'a listing for the hint that is denied leaves the hint out');
iam_policy($s3, 'lake', list('dms/*'));
like(failure('TABLE lost_mapped'), qr/\nHINT: +Perhaps you meant folder "shop\/item"\. Check url/,
	'a folder that is not there: where it may list, the error names the nearest');
iam_policy($s3, 'lake', list('dms/*'), get('dms/*'),
	{ %{ get('dms/shop/item/LOAD*') }, Effect => 'Deny' });
like(failure('TABLE mapped'), qr/$no_get/, 'an object that is denied is an error');
like(failure('TABLE mapped'), qr/could not read "s3:\/\/lake\/dms\/shop\/item\/LOAD00000001\.csv"/,
	'an object that is denied is named');
# versions have a permission of their own
$s3->keep_versions('lake');
$s3->put('lake', 'dms/shop/item/LOAD00000001.csv', join '', map { "$_,$_\n" } 1 .. 10);
$s3->put('lake', 'dms/shop/item/20240612-000000000.csv', "U,1,101\n");
iam_policy($s3, 'lake', list('dms/*'), get('dms/*'));
$node->safe_psql('postgres', "SELECT cdc_fdw_pin('versions', 'infinity', NULL, 'mapped')");
my $pinned = "SET cdc_fdw.asof = 'pin:versions'; TABLE mapped";
like(failure($pinned), qr/\AERROR: +42501: could not read "s3:\/\/lake\/[^"]*": HTTP status 403\nDETAIL: [^\n]*AccessDenied[^\n]*\nHINT: [^\n]*s3:GetObjectVersion on/,
	'a version without s3:GetObjectVersion');
like(failure("SELECT * FROM cdc_fdw_verify_pin('versions')"),
	qr/HINT: [^\n]*s3:GetObjectVersion on/, 'without s3:GetObjectVersion a pin cannot be verified');
iam_policy($s3, 'lake', { %{ get('dms/*') }, Action => ['s3:GetObjectVersion'] });
is($node->safe_psql('postgres', $pinned =~ s/TABLE/SELECT sum(v) FROM/r), $sum,
	'with s3:GetObjectVersion alone a pin is read');
iam_policy($s3, 'lake');

# ---- a role ----

my $trust = { Effect => 'Allow', Action => ['sts:AssumeRole'],
	Principal => { AWS => ['arn:aws:iam:::user/other'] } };
my $least = iam_role($s3, 'Least', $trust, list('dms/*'), get('dms/*'));
my $blind = iam_role($s3, 'Blind', $trust, get('dms/*'));
my $stranger = iam_role($s3, 'Stranger',
	{ %$trust, Principal => { AWS => ['arn:aws:iam:::user/nobody'] } }, list('dms/*'), get('dms/*'));
server('role', 's3://lake/dms', "role_arn '$least', $sts", $other);
works('a role with both', 'role');
server('role_beyond', 's3://lake/dms-secret', "role_arn '$least', $sts", $other);
like(failure('TABLE role_beyond'), $no_list, 'a role does not go beyond either');
server('role_blind', 's3://lake/dms', "role_arn '$blind', $sts", $other);
like(failure('TABLE role_blind'), $no_list, 'a role without s3:ListBucket');
server('role_stranger', 's3://lake/dms', "role_arn '$stranger', $sts", $other);
like(failure('TABLE role_stranger'), qr/\AERROR: +42501: could not assume role "$stranger"\nDETAIL: +AccessDenied\.\nHINT: [^\n]*sts:AssumeRole/,
	'a role that trusts somebody else');

# ---- a web identity ----

my $issuer = iam_issuer($s3, $dir);
my $federated = { Effect => 'Allow', Action => ['sts:AssumeRoleWithWebIdentity'],
	Principal => { Federated => ["arn:aws:iam:::oidc-provider/$issuer->{name}"] },
	Condition => { StringEquals => { "$issuer->{name}:app_id" => 'app' } } };
iam_role($s3, 'Web', $federated, list('dms/*'), get('dms/*'));
server('web', 's3://lake/dms', "credentials 'chain', $sts", "role_session_name 'unused'");

sub token
{
	my ($text) = @_;
	open(my $fh, '>', "$dir/token.new") or die "$dir/token: $!\n";
	print $fh $text;
	close $fh;
	rename "$dir/token.new", "$dir/token" or die "$dir/token: $!\n";
	return;
}

my $good = $issuer->{token}->();
token("$good\n");
works('a web identity', 'web');
my $refused = qr/\AERROR: +42501: could not assume role "arn:aws:iam:::role\/Web"\nDETAIL: [^\n]*\nHINT: [^\n]*trust/;
token($issuer->{token}->(aud => 'another', client_id => 'another'));
like(failure('TABLE web'), $refused, 'a token for another application');
token($issuer->{token}->(exp => time - 600, iat => time - 1200));
like(failure('TABLE web'), $refused, 'a token that expired');
token(substr($good, 0, -20) . 'A' x 20);
like(failure('TABLE web'), $refused, 'a token with a false signature');
token($issuer->{token}->(iss => 'http://127.0.0.1:1'));
like(failure('TABLE web'), $refused, 'a token of another issuer');
token($good);
is($node->safe_psql('postgres', "SELECT sum(v) FROM web; SELECT sum(v) FROM web; SELECT credentials FROM cdc_fdw_stats WHERE scope = 'session'"),
	"$sum\n$sum\n1", 'the keys of a web identity are asked for once in a session');
my $log = slurp_file($node->logfile);
unlike($log, qr/\Q$good\E/, 'the token stands in no log');

$node->stop;
$s3->stop;
done_testing();

# make check-aws against the S3 server here, with a live source that has what
# the log says: the report says so, shows no name and no value, and tells a row
# that differs.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use lib dirname(__FILE__) . '/../t';
use CdcS3;

my $top = abs_path(dirname(__FILE__) . '/../..');
my $s3 = CdcS3->start or plan skip_all => CdcS3->missing;
my $node = PostgreSQL::Test::Cluster->new('source');
my $folder = PostgreSQL::Test::Utils::tempdir();

$s3->create_bucket('lake');
$s3->put_tree('lake', 'dms', "$top/test/data/demo");
$node->init;
$node->start;
# the source as it was when DMS had written the last file
$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION cdc_fdw;
CREATE SERVER here FOREIGN DATA WRAPPER cdc_fdw
  OPTIONS (url 'file://$top/test/data/demo', add_column_name 'true', timestamp_column_name 'commit_ts');
CREATE SCHEMA log;
IMPORT FOREIGN SCHEMA shop FROM SERVER here INTO log;
ALTER FOREIGN TABLE log.favorites ALTER person_id OPTIONS (ADD key 'true'), ALTER item_id OPTIONS (ADD key 'true');
CREATE SCHEMA shop;
CREATE TABLE shop.items AS SELECT * FROM log.items;
CREATE TABLE shop.persons AS SELECT * FROM log.persons;
CREATE TABLE shop.favorites AS SELECT * FROM log.favorites;
ALTER TABLE shop.items ADD PRIMARY KEY (id);
ALTER TABLE shop.persons ADD PRIMARY KEY (id);
ALTER TABLE shop.favorites ADD PRIMARY KEY (person_id, item_id);
SQL
chomp($ENV{PGBIN} = `pg_config --bindir`);
delete @ENV{qw(PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS)};
$ENV{AWS_ACCESS_KEY_ID} = $s3->{access_key};
$ENV{AWS_SECRET_ACCESS_KEY} = $s3->{secret_key};
$ENV{CDC_URL} = 's3://lake/dms';
$ENV{CDC_SCHEMA} = 'shop';
$ENV{CDC_OPTIONS} = $s3->server_options('') =~ s/^url '', //r
  . ", add_column_name 'true', timestamp_column_name 'commit_ts'";
$ENV{CDC_SOURCE} = sprintf 'host=%s port=%d dbname=postgres user=%s', $node->host, $node->port,
  $node->safe_psql('postgres', 'SELECT current_user');
$ENV{CDC_WAIT} = 1;

# The script's exit code, and what it reports.
sub check
{
	my ($name) = @_;
	local $ENV{CDC_REPORT} = "$folder/$name";
	my $output = `'$top/test/check_aws.sh' 2>&1 </dev/null`;
	my $code = $? >> 8;
	my $report = slurp_file("$folder/$name/report.txt");
	note($output);
	unlike($report, qr/items|persons|favorites|shop|lake|$s3->{secret_key}|$s3->{access_key}|家電/,
		"$name: neither names nor values");
	return ($code, $report);
}

my ($code, $report) = check('equal');
is($code, 0, 'a log that says what its source has');
like($report, qr/^import: 3 tables in [\d.]+ s, \d+ warnings/m, 'the tables are imported');
is(() = $report =~ /^[123]  1  \d+  \d+  \S.*  \d+  [\d.]+ s  [1-9]\d*  (?:equal|1 missing)$/mg, 3,
	'the tables are read at their watermark, which the last commits come behind');
is(() = $report =~ /^table \d, 1 seconds later, keys that differ in both comparisons: 0$/mg, 2,
	'a second later all tables are equal');
like($report, qr/has never run on AWS itself/, 'the report says that it is not of AWS');
like($report, qr/^3 tables, 0 failed$/m, 'equal tables are no failure');

$node->safe_psql('postgres',
	'UPDATE shop.items SET price = price + 1 WHERE id = 1; DELETE FROM shop.persons WHERE id = 2');
($code, $report) = check('differs');
is($code, 1, 'a row that is another one');
like($report, qr/  1 changed, 1 missing$/m, 'a changed and a missing row are told');
like($report, qr/  1 extra$/m, 'a row that is gone from the source is told');
is(() = $report =~ /^table \d, 1 seconds later, keys that differ in both comparisons: 1$/mg, 2,
	'the differences stay after a while');
like($report, qr/^3 tables, 2 failed$/m, 'two tables that differ are two failures');

{
	local $ENV{CDC_TABLES} = 'persons';
	($code, $report) = check('one');
	like($report, qr/^1 tables, 1 failed$/m, 'one table alone');
	$ENV{CDC_TABLES} = 'nosuch';
	($code, $report) = check('none');
	is($code, 1, 'no table is a failure');
	like($report, qr/^source: pg_dump could not read its tables/m,
		'a source that cannot be read is told');
}
is((stat "$folder/one")[2] & 077, 0, 'what is told is for who runs it alone');

$ENV{AWS_SECRET_ACCESS_KEY} = 'wrong';
($code, $report) = check('refused');
is($code, 1, 'keys that are refused');
like($report, qr/^import: error 42501 /m, 'a refused import is told by its SQLSTATE');
like(slurp_file("$folder/refused/private.txt"), qr/could not list/,
	'the text of the error is in the private file');
unlike(slurp_file("$folder/$_/private.txt"), qr/\Q$s3->{secret_key}\E/,
	"the private file has no secret, $_") for qw(equal refused);
is(() = glob('/tmp/cdc_fdw-aws.*'), 0, 'nothing is left behind') if dirname($folder) eq '/tmp';

$node->stop;
$s3->stop;
done_testing();

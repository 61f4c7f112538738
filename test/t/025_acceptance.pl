# Real DMS output, if it lies beside the checkout in ../shared/data, against
# the state it must lead to, value by value.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use lib dirname(abs_path(__FILE__));
use CdcS3;

my $top = abs_path(dirname(__FILE__) . '/../..');
my $data = abs_path("$top/../shared/data");

plan skip_all => 'no real logs in ../shared/data'
  unless defined $data && -d $data;

my $node = PostgreSQL::Test::Cluster->new('acceptance');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION cdc_fdw');

# The tables; each column as "name type", with a star where it is a key;
# log_only is what transformation rules added.
my @tables = (
	{
		name => 'orders',
		server => 'northwind',
		options => "schema_name 'public'",
		expected => 'northwind_expected/orders.final.by_key_only.csv',
		rows => 832,
		log_only => ['change_seq text OPTIONS (sequence \'true\')'],
		columns => [
			'order_id smallint *', 'customer_id text',
			'employee_id smallint', 'order_date date',
			'required_date date', 'shipped_date date',
			'ship_via smallint', 'freight real',
			'ship_name varchar(40)', 'ship_address varchar(60)',
			'ship_city varchar(15)', 'ship_region varchar(15)',
			'ship_postal_code varchar(10)', 'ship_country varchar(15)'
		]
	},
	{
		name => 'order_details',
		server => 'northwind',
		options => "schema_name 'public'",
		expected => 'northwind_expected/order_details.final.by_key_only.csv',
		rows => 2156,
		log_only => ['change_seq text OPTIONS (sequence \'true\')'],
		columns => [
			'order_id smallint *', 'product_id smallint *',
			'unit_price real', 'quantity smallint', 'discount real'
		]
	},
	{
		name => 'users',
		server => 'plain',
		options => "prefix 'users'",
		expected => 'users_expected.csv',
		rows => 110,
		columns =>
		  [ 'user_id int *', 'name text', 'city text', 'last_login date' ]
	},
	{
		name => 'persons',
		server => 'plain',
		options => "prefix 'persons'",
		expected => 'persons_expected.csv',
		rows => 103,
		columns => [ 'id int *', 'name text', 'city text' ]
	});

# As the endpoint has it: Op in the full load, a commit time, no header.
my $settings = '{"BucketFolder": "northwind", "DataFormat": "csv",'
  . ' "IncludeOpForFullLoad": true,'
  . ' "TimestampColumnName": "transaction_commit_timestamp"}';

for my $table (@tables)
{
	my $plain = join ', ', map { s/ \*$//r } @{ $table->{columns} };

	$node->safe_psql('postgres', <<SQL);
CREATE TABLE expected_$table->{name} ($plain);
COPY expected_$table->{name} FROM '$data/$table->{expected}' (FORMAT csv, HEADER);
SQL
}

# One store: the options that lead to the folder of all logs, but for the
# folder in the url; and what a user mapping needs.
sub check_store
{
	my ($store, $url, $options, $mapping) = @_;
	my $sql = <<SQL;
CREATE SCHEMA $store;
SET search_path = $store;
CREATE SERVER northwind_$store FOREIGN DATA WRAPPER cdc_fdw
  OPTIONS (url '$url/northwind', s3_settings '$settings'$options);
CREATE SERVER plain_$store FOREIGN DATA WRAPPER cdc_fdw
  OPTIONS (url '$url'$options);
CREATE USER MAPPING FOR CURRENT_USER SERVER northwind_$store OPTIONS ($mapping);
CREATE USER MAPPING FOR CURRENT_USER SERVER plain_$store OPTIONS ($mapping);
SQL

	# a local directory needs none
	$sql =~ s/^CREATE USER MAPPING .*\n//mg if $mapping eq '';

	for my $table (@tables)
	{
		my $columns = join ', ',
		  map({ s/ \*$/ OPTIONS (key 'true')/r } @{ $table->{columns} }),
		  @{ $table->{log_only} || [] };
		$sql .= "CREATE FOREIGN TABLE $table->{name} ($columns) "
		  . "SERVER $table->{server}_$store OPTIONS ($table->{options});\n";
	}
	$node->safe_psql('postgres', $sql);

	for my $table (@tables)
	{
		my ($name, $rows) = @{$table}{qw(name rows)};
		my $got = 'SELECT '
		  . join(', ', map { /^(\w+)/ } @{ $table->{columns} })
		  . " FROM $store.$name";
		my ($rc, $out, $err) = $node->psql('postgres', <<SQL);
SELECT count(*) FROM $store.$name;
SELECT count(*) FROM ($got EXCEPT ALL TABLE expected_$name) x;
SELECT count(*) FROM (TABLE expected_$name EXCEPT ALL $got) x;
SQL

		is("$out$err", "$rows\n0\n0",
			"$store: $name has its $rows rows, each as expected");

		# the same in one number, wherever the log lies
		($rc, $out, $err) = $node->psql('postgres', <<SQL);
SELECT rows, fingerprint = (SELECT fingerprint FROM cdc_fdw_fingerprint('expected_$name'))
FROM cdc_fdw_fingerprint('$store.$name');
SELECT * FROM cdc_fdw_compare('$store.$name', 'expected_$name');
SQL
		is("$out$err", "$rows|t", "$store: $name has its fingerprint");
	}
	my $there = "SELECT count(*) FROM $store.orders WHERE order_id = 19998";
	is( $node->safe_psql('postgres', <<SQL), "0\n1\n0", "$store: an order that lived for six seconds");
SET timezone = 'UTC';
SET cdc_fdw.asof = '2024-05-31 22:08:10';
$there;
SET cdc_fdw.asof = '2024-05-31 22:08:12';
$there;
SET cdc_fdw.asof = '2024-05-31 22:08:17';
$there;
SQL
}

# An order's life, to the microsecond; one that a single commit made and
# removed was never seen.
sub check_history
{
	my ($store) = @_;
	my $want = <<'END';
20000|2024-05-31 22:08:31.692656+00|2024-05-31 22:08:39.155375+00|U|59 rue de l'Abbaye
20000|2024-05-31 22:08:39.155375+00|2024-05-31 22:08:44.874859+00|D|58 rue de l'Abbaye
20002|2024-05-31 22:08:59.025185+00|2024-05-31 22:09:05.107691+00|U|60 rue de l'Abbaye
20002|2024-05-31 22:09:05.107691+00|infinity||60 rue de l'Abbaye
END
	chomp $want;
	is( $node->safe_psql('postgres', <<SQL), $want, "$store: versions of orders");
SET client_min_messages = error;
SET timezone = 'UTC';
CREATE SCHEMA ${store}_names;
CREATE TABLE ${store}_names.orders AS TABLE expected_orders WITH NO DATA;
CREATE SCHEMA ${store}_hist;
IMPORT FOREIGN SCHEMA public LIMIT TO (orders_history) FROM SERVER northwind_$store
  INTO ${store}_hist OPTIONS (modes 'history', types_from '${store}_names');
SELECT order_id, valid_from, valid_to, end_op, ship_address FROM ${store}_hist.orders_history
 WHERE order_id BETWEEN 19999 AND 20002 ORDER BY order_id, valid_from;
SQL
}

check_store('local', "file://$data", '', '');
check_history('local');

SKIP:
{
	my $s3 = CdcS3->start or skip(CdcS3->missing, 2 * @tables + 2);

	$s3->create_bucket('dms');
	$s3->put_tree('dms', '', $data);
	check_store('s3', 's3://dms',
		", endpoint '$s3->{endpoint}', url_style 'path', allow_http 'true'",
		$s3->mapping_options);
	check_history('s3');
}

$node->stop;
done_testing();

# IMPORT FOREIGN SCHEMA and cdc_fdw_sync over many tables, locally and from an
# S3 server whose log tells what was asked for; long logs; and real DMS output,
# if it lies beside the checkout in ../shared/data.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use lib dirname(abs_path(__FILE__));
use CdcS3;
use CdcTest qw(start_node value write_file);

my $tables = 500;
my $top = abs_path(dirname(__FILE__) . '/../..');
my $node = start_node('import', 'max_locks_per_transaction = 256');
my $dir = abs_path(PostgreSQL::Test::Utils::tempdir());

# Output and messages of a statement.
sub messages
{
	my ($rc, $out, $err) = $node->psql('postgres', $_[0]);
	return ($out, $err);
}

sub name
{
	return sprintf('table_%03d', $_[0]);
}

# [key, bytes] of the three objects of table n: 40 rows, of which changes
# update one and delete another.
sub objects
{
	my ($n) = @_;
	my $folder = 'shop/' . name($n);
	my $load = "ts,id,label,price,made\n" . join '',
	  map { "2024-01-01 00:00:00.000000,$_,\"label, $n\"," . ($_ / 4 + 0.25) . ",2023-12-31\n" }
	  1 .. 40;

	return (
		[ "$folder/LOAD00000001.csv", $load ],
		[
			"$folder/20240102-000100000.csv",
			"Op,ts,id,label,price,made\nU,2024-01-02 00:00:00.000000,1,new,9.75,2024-01-01\n"
		],
		[
			"$folder/20240103-000100000.csv",
			"Op,ts,id,label,price,made\nD,2024-01-03 00:00:00.000000,2,,,\n"
		]);
}

my @objects = map { objects($_) } 1 .. $tables;

sub write_objects
{
	my ($root, @list) = @_;
	for (@list)
	{
		my ($key, $bytes) = @$_;
		write_file("$root/$key", $bytes);
	}
	return;
}

# ---- what an import of 500 tables leads to, wherever they lie ----

# $seconds: what it may take; $watch: called around a statement, returns how
# many requests it took and of which tables; undef where nobody counts.
sub check_many
{
	my ($store, $seconds, $watch) = @_;
	my $begun = time;
	my $statement = "IMPORT FOREIGN SCHEMA shop FROM SERVER $store INTO $store";
	my ($n, %of);

	value("CREATE SCHEMA $store; CREATE SCHEMA ${store}_two; CREATE SCHEMA ${store}_sync");
	my ($out, $err, $requests, $names) = $watch->($statement);
	my $took = time - $begun;
	cmp_ok($took, '<=', $seconds, sprintf('%s: imported in %.1f s', $store, $took));
	my $clock = qr/the commit times of schema "shop" are taken from column "ts"/;
	my $sum = qr/importing $tables of $tables tables of remote schema "shop", 0 of them without a key/;
	like($err, qr/^\S* ?NOTICE:  $clock\nDETAIL: .*\nHINT: .*\n\S* ?NOTICE:  $sum\nDETAIL: .*\n?$/,
		"$store: a notice of the commit times and one of the sum, no warning");
	if (defined $requests)
	{
		cmp_ok($requests, '<=', 4 * $tables, "$store: $requests requests for $tables tables");
		is(scalar(@$names), $tables, "$store: each table was looked at");
	}
	is(value(<<SQL), $tables, "$store: as many foreign tables are made");
SELECT count(*) FROM information_schema.foreign_tables WHERE foreign_table_schema = '$store';
SQL
	my $columns = value(<<SQL);
SELECT DISTINCT string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position)
FROM information_schema.columns WHERE table_schema = '$store' GROUP BY table_name
SQL
	is($columns, 'id integer, label text, price numeric, made date',
		"$store: all tables have columns of the right types");
	for my $i (1, int($tables / 2), $tables)
	{
		is( value("SELECT count(*), sum(price)::float8, min(label) FROM $store." . name($i)),
			# 1/4 + 1/4 became 9.75, row 2 went
			(39) . '|' . (40 * 41 / 8 + 10 - 0.5 + 9.75 - 0.75) . "|label, $i",
			"$store: table $i is read");
	}

	# LIMIT TO two
	my @two = (name(7), name(333));
	($out, $err, $requests, $names) =
	  $watch->("IMPORT FOREIGN SCHEMA shop LIMIT TO ($two[0], $two[1])"
		  . " FROM SERVER $store INTO ${store}_two");
	is(value(<<SQL), join(',', @two), "$store: LIMIT TO makes two tables");
SELECT string_agg(foreign_table_name, ',' ORDER BY 1)
FROM information_schema.foreign_tables WHERE foreign_table_schema = '${store}_two';
SQL
	if (defined $requests)
	{
		cmp_ok($requests, '<=', 8, "$store: LIMIT TO two tables costs $requests requests");
		is("@$names", "@two", "$store: LIMIT TO two tables reads of these");
	}

	# sync: creates, then nothing
	$begun = time;
	my $sync = 'SELECT status, count(*)'
	  . " FROM cdc_fdw_sync('$store', 'shop', '${store}_sync') GROUP BY 1";
	my $all_columns = <<'SQL';
SELECT md5(string_agg(a::text, '' ORDER BY attrelid, attnum))
FROM pg_attribute a WHERE attrelid IN (SELECT ftrelid FROM pg_foreign_table);
SQL
	is(value($sync), "created|$tables", "$store: sync makes all tables");
	my $before = value($all_columns);
	$begun = time;
	is(value($sync), "unchanged|$tables", "$store: a second sync finds nothing new");
	cmp_ok(time - $begun, '<=', $seconds, "$store: a second sync is as fast as an import");
	is(value($all_columns), $before, "$store: a second sync changes no column");
	return;
}

write_objects($dir, @objects);
value("CREATE SERVER here FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$dir')");
check_many('here', 5, sub { return messages($_[0]) });

# ---- a long log: the newest change file without listing all of them ----

# changes of table long, one a day for years, and one a minute at the end; the
# newest widens the record
sub long_log
{
	my @list = ([ 'big/long/LOAD00000001.csv', "1,a\n2,b\n" ]);
	for my $i (1 .. 2500)
	{
		my ($y, $m, $d) = (2010 + int($i / 336), 1 + int($i / 28) % 12, 1 + $i % 28);
		push @list, [ sprintf('big/long/%04d%02d%02d-000000000.csv', $y, $m, $d), "U,1,a$i\n" ];
	}
	push @list, [ sprintf('big/long/20240612-%02d%02d00000.csv', int($_ / 60), $_ % 60), "U,2,b$_\n" ]
	  for 1 .. 1300;
	push @list, [ 'big/long/20240613-000000000.csv', "I,3,c,\"{\"\"wide\"\": 1}\"\nD,2,,\n" ];
	# in date folders, the month before the year
	push @list, [ 'big/dated/LOAD00000001.csv', "1,a\n2,b\n" ];
	for my $i (1 .. 1100)
	{
		my ($y, $m, $d) = (2021 + int($i / 336), 1 + int($i / 28) % 12, 1 + $i % 28);
		my $folder = sprintf '%02d/%04d/%02d', $m, $y, $d;
		my $file = sprintf '%04d%02d%02d-100000000.csv', $y, $m, $d;
		push @list, [ "big/dated/$folder/$file", "U,1,a$i\n" ];
	}
	push @list, [ 'big/dated/05/2024/01/20240501-100000000.csv', "I,3,c,2024-05-01\nD,2,,\n" ];
	push @list, [ 'big/after/LOAD00000001.csv', "1,2\n" ];
	push @list, [ 'big/after/20240613-000000000.csv', "I,2,3\n" ];
	return @list;
}

my @long = long_log();
write_objects($dir, @long);

sub check_long
{
	my ($store, $watch) = @_;
	value("CREATE SCHEMA ${store}_long");
	my ($out, $err, $requests, $names, $r) =
	  $watch->("IMPORT FOREIGN SCHEMA big FROM SERVER $store INTO ${store}_long");
	is(value(<<SQL), <<EXPECTED =~ s/\n\z//r, "$store: the newest file of a long log was seen");
SELECT table_name || ': '
  || string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position)
FROM information_schema.columns WHERE table_schema = '${store}_long'
GROUP BY table_name ORDER BY table_name;
SQL
after: c1 integer, c2 integer
dated: c1 integer, c2 text, c3 date
long: c1 integer, c2 text, c3 jsonb
EXPECTED
	is(value("SELECT count(*) FROM ${store}_long.long"), 2, "$store: a long log is read");
	is(value("SELECT count(*) FROM ${store}_long.dated"), 2, "$store: a log in date folders is read");
	cmp_ok($requests, '<=', 50, "$store: $requests requests for a log of " . @long . ' files')
	  if defined $requests;
	return;
}
check_long('here', sub { return messages($_[0]) });

# ---- a database that lacks some of the log's characters ----

{
	# a text of UTF-8 as it stands in files and, by its client, in statements
	my ($day, $accent) = ("\xe6\x97\xa5", "\xc3\xa9");
	my $change = '20240102-000000000.csv';
	my $latin = sub {
		my ($rc, $out, $err) = $node->psql('latin', "SET client_encoding = 'UTF8'; $_[0]");
		return ($out, $err);
	};
	my $rows = sub { return ($latin->($_[0]))[0] };

	write_objects($dir,
		[ 'odd/plain/LOAD00000001.csv', "id,v\n1,a\n2,b\n" ],
		[ "odd/plain/$change", "Op,id,v\nU,1,c\n" ],
		# in the encoding, and matched by the name in it
		[ 'odd/accent/LOAD00000001.csv', "id,nom_$accent\n1,a$accent\n" ],
		[ "odd/accent/$change", "Op,id,nom_$accent\nI,2,b\n" ],
		# not in it: a column of all files, a column that came, the operation,
		# the folder, Qlik's description
		[ 'odd/column/LOAD00000001.csv', "id,$day\n1,a\n" ],
		[ "odd/column/$change", "Op,id,$day\nU,1,c\n" ],
		[ 'odd/came/LOAD00000001.csv', "id,v\n1,a\n" ],
		[ "odd/came/$change", "Op,id,v,$day\nU,1,c,d\n" ],
		[ 'odd/op/LOAD00000001.csv', "id,v\n1,a\n" ],
		[ "odd/op/$change", "op_$day,id,v\nU,1,c\nD,1,\n" ],
		[ "odd/$day/LOAD00000001.csv", "id,v\n1,a\n" ],
		[ 'odd/qlik/LOAD001.csv', "id,v\n1,a\n" ],
		[ 'odd/qlik/LOAD001.dfm',
			qq({"dataInfo": {"columns": [{"name": "$day", "type": "INT4"}]}}) ]);
	value("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
	my ($out, $err) = $latin->(<<SQL);
CREATE EXTENSION cdc_fdw;
CREATE SCHEMA odd;
CREATE SERVER here FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$dir', base_time '2024-01-01');
IMPORT FOREIGN SCHEMA odd FROM SERVER here INTO odd;
SQL
	my $shown = '\\xE6\\x97\\xA5';
	like($err, qr/NOTICE:  importing 2 of 7 tables/,
		'LATIN1: the tables whose names it has are imported');
	like($err, qr/table "$_->[0]" of remote schema "odd" cannot be imported: [^\n]*$_->[1]/,
		"LATIN1: $_->[2] that it has no name for leaves its table out")
	  for [ 'column', qr/LATIN1: "\Q$shown\E"/, 'a column' ],
	  [ 'came', qr/LATIN1: "\Q$shown\E"/, 'a column that came' ],
	  [ 'op', qr/"op_\Q$shown\E".*LATIN1/, 'an operation' ],
	  [ quotemeta($shown), qr/its folder's name.*LATIN1/, 'a folder' ],
	  [ 'qlik', qr/"odd\/qlik\/LOAD001.dfm".*LATIN1/, 'a column of a description' ];
	is($rows->('TABLE odd.plain ORDER BY 1; SELECT * FROM odd.accent ORDER BY 1'),
		"1|c\n2|b\n1|a$accent\n2|b", 'LATIN1: tables whose names it has are read');
	is($rows->("SELECT nom_$accent FROM odd.accent WHERE id = 1"),
		"a$accent", 'LATIN1: a column is matched by its name in LATIN1');
	is($rows->(<<'SQL'), "skipped|$shown,came,column,op,qlik\nunchanged|accent,plain",
SELECT status, string_agg(table_name, ',' ORDER BY table_name COLLATE "C")
FROM cdc_fdw_sync('here', 'odd', 'odd') GROUP BY 1 ORDER BY 1;
SQL
		'LATIN1: sync leaves out the tables that an import leaves out');
	is($rows->("SELECT record FROM cdc_fdw_sample('here', 'odd/column', 1)"),
		"id,\\xe6\\x97\\xa5\nOp,id,\\xe6\\x97\\xa5", 'LATIN1: a sample shows the bytes');
	is($rows->("SELECT key FROM cdc_fdw_objects('here', 'odd/') WHERE key !~ '^odd/[a-z]'"),
		'odd/\xe6\x97\xa5/LOAD00000001.csv', 'LATIN1: the list of objects shows the bytes');
}

# ---- S3 ----

SKIP:
{
	my $s3 = CdcS3->start or skip(CdcS3->missing, 1);

	$s3->create_bucket('lake');
	$s3->put_many('lake', @objects, @long);
	$node->safe_psql('postgres', $s3->server_sql('there', 's3://lake'));
	my $watch = sub {
		my ($sql) = @_;
		$s3->requests;
		my ($out, $err) = messages($sql);
		my $r = $s3->requests;
		my %names;
		$names{ (split m{/}, $_)[2] }++ for @{ $r->{get} };
		return ($out, $err, @{ $r->{get} } + @{ $r->{list} }, [ sort keys %names ], $r);
	};
	check_many('there', 20, $watch);
	check_long('there', $watch);
	$s3->stop;
}

# ---- real logs ----

SKIP:
{
	my $data = abs_path("$top/../shared/data");
	skip('no real logs in ../shared/data', 1) unless defined $data && -d $data;

	value(<<SQL);
CREATE SERVER northwind FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$data/northwind');
CREATE SCHEMA northwind;
CREATE TABLE northwind.categories (category_id smallint PRIMARY KEY,
  category_name varchar(15) NOT NULL, description text, picture bytea);
CREATE TABLE northwind.customers (customer_id varchar(5) PRIMARY KEY,
  company_name varchar(40) NOT NULL, contact_name varchar(30), contact_title varchar(30),
  address varchar(60), city varchar(15), region varchar(15), postal_code varchar(10),
  country varchar(15), phone varchar(24), fax varchar(24));
CREATE TABLE northwind.employee_territories (employee_id smallint, territory_id varchar(20),
  PRIMARY KEY (employee_id, territory_id));
CREATE TABLE northwind.employees (employee_id smallint PRIMARY KEY,
  last_name varchar(20) NOT NULL, first_name varchar(10) NOT NULL, title varchar(30),
  title_of_courtesy varchar(25), birth_date date, hire_date date, address varchar(60),
  city varchar(15), region varchar(15), postal_code varchar(10), country varchar(15),
  home_phone varchar(24), extension varchar(4), photo bytea, notes text,
  reports_to smallint, photo_path varchar(255));
CREATE TABLE northwind.order_details (order_id smallint, product_id smallint,
  unit_price real NOT NULL, quantity smallint NOT NULL, discount real NOT NULL,
  PRIMARY KEY (order_id, product_id));
CREATE TABLE northwind.orders (order_id smallint PRIMARY KEY, customer_id varchar(5),
  employee_id smallint, order_date date, required_date date, shipped_date date, ship_via smallint,
  freight real, ship_name varchar(40), ship_address varchar(60), ship_city varchar(15),
  ship_region varchar(15), ship_postal_code varchar(10), ship_country varchar(15));
CREATE TABLE northwind.products (product_id smallint PRIMARY KEY, product_name varchar(40) NOT NULL,
  supplier_id smallint, category_id smallint, quantity_per_unit varchar(20), unit_price real,
  units_in_stock smallint, units_on_order smallint, reorder_level smallint,
  discontinued integer NOT NULL);
CREATE TABLE northwind.region (region_id smallint PRIMARY KEY,
  region_description varchar(60) NOT NULL);
CREATE TABLE northwind.shippers (shipper_id smallint PRIMARY KEY,
  company_name varchar(40) NOT NULL, phone varchar(24));
CREATE TABLE northwind.suppliers (supplier_id smallint PRIMARY KEY,
  company_name varchar(40) NOT NULL, contact_name varchar(30), contact_title varchar(30),
  address varchar(60), city varchar(15), region varchar(15), postal_code varchar(10),
  country varchar(15), phone varchar(24), fax varchar(24), homepage text);
CREATE TABLE northwind.territories (territory_id varchar(20) PRIMARY KEY,
  territory_description varchar(60) NOT NULL, region_id smallint NOT NULL);
CREATE TABLE northwind.us_states (state_id smallint PRIMARY KEY, state_name varchar(100),
  state_abbr varchar(2), state_region varchar(50));
CREATE SCHEMA known;
CREATE SCHEMA told;
CREATE TABLE expected_orders (LIKE northwind.orders);
CREATE TABLE expected_order_details (LIKE northwind.order_details);
COPY expected_orders FROM '$data/northwind_expected/orders.final.by_key_only.csv'
  (FORMAT csv, HEADER);
COPY expected_order_details FROM '$data/northwind_expected/order_details.final.by_key_only.csv'
  (FORMAT csv, HEADER);
SQL
	my ($out, $err) = messages('IMPORT FOREIGN SCHEMA public FROM SERVER northwind INTO known'
		  . " OPTIONS (types_from 'northwind')");
	my $clock = qr/the commit times of schema "public" are taken from the field behind the operation/;
	my $sum = qr/importing 12 of 12 tables .* 0 of them without a key/;
	like($err, qr/^\S* ?NOTICE:  $clock\nDETAIL: .*\nHINT: .*\n\S* ?NOTICE:  $sum\n/,
		'Northwind with types from a schema is imported with all keys');
	unlike($err, qr/WARNING/, 'Northwind with types from a schema leaves nothing to warn of');
	($out, $err) = messages('IMPORT FOREIGN SCHEMA public FROM SERVER northwind INTO told');
	like($err, qr/NOTICE:  importing 12 of 12 tables/, 'Northwind is imported from its data alone');
	like($err, qr/WARNING:  the files of 12 tables have no header.*HINT:  Let types_from/s,
		'an import from data alone says how to do better');
	is(join(' ', $err =~ /no key was found for table "(\w+)"/g),
		'categories customers employee_territories employees products region shippers suppliers'
		  . ' territories us_states',
		'keys are found where rows were deleted');
	is(value(<<SQL), "order_details: c1, c2\norders: c1", 'the keys found are those of the schema');
SELECT c.relname || ': ' || string_agg(a.attname, ', ' ORDER BY attnum)
FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
WHERE c.relnamespace = 'told'::regnamespace AND 'key=true' = ANY (attfdwoptions)
GROUP BY c.relname ORDER BY 1
SQL
	my %width = (orders => 14, order_details => 5);
	my %rows = (orders => 832, order_details => 2156);
	for my $table (sort keys %width)
	{
		my $told = 'SELECT ' . join(', ', map { "c$_" } 1 .. $width{$table}) . " FROM told.$table";
		my $names = value(<<SQL);
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)
FROM pg_attribute WHERE attrelid = 'northwind.$table'::regclass AND attnum > 0;
SQL
		my $known = "SELECT $names FROM known.$table";
		for my $got ($known, $told)
		{
			is(value(<<SQL), "$rows{$table}\n0\n0", "$table has its rows, each as expected");
SELECT count(*) FROM ($got) x;
SELECT count(*) FROM ($got EXCEPT ALL TABLE expected_$table) x;
SELECT count(*) FROM (TABLE expected_$table EXCEPT ALL $got) x;
SQL
		}
	}
	my $wrong = value(<<'SQL');
SELECT string_agg(t.relname || '.' || a.attname, ', ')
FROM pg_class s JOIN pg_attribute a ON a.attrelid = s.oid
JOIN pg_class t ON t.relname = s.relname AND t.relnamespace = 'known'::regnamespace
WHERE s.relnamespace = 'northwind'::regnamespace AND s.relkind = 'r' AND a.attnum > 0
AND NOT EXISTS (SELECT FROM pg_attribute f
  WHERE f.attrelid = t.oid AND f.attname = a.attname AND f.atttypid = a.atttypid
  AND f.atttypmod = a.atttypmod
  AND f.attnotnull = coalesce('key=true' = ANY (f.attfdwoptions), false)
  AND f.attnotnull = EXISTS (SELECT FROM pg_index i
    WHERE i.indrelid = s.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)))
SQL
	is($wrong, '', 'names, types and keys are those of the schema, and keys alone are NOT NULL');
	for my $table (split /\n/, value(<<'SQL'))
SELECT relname FROM pg_class WHERE relnamespace = 'known'::regnamespace ORDER BY 1
SQL
	{
		is( value("SELECT count(*) FROM known.$table") - value("SELECT count(*) FROM told.$table"),
			0, "$table is read either way");
	}
}

$node->stop;
done_testing();

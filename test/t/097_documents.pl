# Documents that operators hand over, damaged by seed: S3Settings and endpoints,
# the Glue catalogue, DMS's definitions of tables, table mappings, .dfm files,
# options of an import, bookmarks.  Each is taken or refused with an error of
# those that users cause; none is an internal error, a crash, or runs for ever.
#
# CDC_DOCUMENTS says how many of each kind (300; test/long/documents.pl: 3,000),
# CDC_DOCUMENTS_SEED draws others.
use strict;
use warnings;
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $count = $ENV{CDC_DOCUMENTS} // 300;
srand($ENV{CDC_DOCUMENTS_SEED} // 1);

my $root = PostgreSQL::Test::Utils::tempdir;
my $node = PostgreSQL::Test::Cluster->new('documents');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nrestart_after_crash = off\n"
	  . "statement_timeout = '30s'\nmax_stack_depth = '1MB'\nlog_min_messages = fatal\n");
$node->start;

# A log of two tables.
for my $table ('emp', 'item')
{
	make_path("$root/s/$table");
	append_to_file("$root/s/$table/LOAD00000001.csv", "1,Ann,2.5\n2,Bob,3.5\n");
	append_to_file("$root/s/$table/20240611-000100000.csv", "I,3,Cid,4.5\nU,1,Amy,\n");
}
$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION cdc_fdw;
CREATE SCHEMA model; CREATE SCHEMA hist;
CREATE TABLE model.item (id int PRIMARY KEY, name varchar(20), price numeric(8,2));
CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$root');
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), name text, price numeric) SERVER log
  OPTIONS (schema_name 's');
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS \$\$
BEGIN
  EXECUTE statement;
  RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = 'taken';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END
\$\$;
SQL

# ---- damage ----

my @nasty = (
	'null', 'true', '0', '-1', '1e400', '99999999999999999999999', '0.1', '""', '{}', '[]',
	'[null]', '[{}]', '{"": ""}', '"\\u00e9\\ud83d\\ude00"', '"' . 'x' x 300 . '"', '"%s%n%1$s"',
	"\"'; DROP TABLE model.item; --\"", '"a\\"b"', '"../../../etc/passwd"', '"\\n"', '","',
	'"decimal(99999999999,1)"', '"varchar(-1)"', '"struct<a:int"', '"array<array<array<int>>>"',
	'"map<string,struct<a:bigint,b:array<string>>>"', '"NUMERIC"', '"2147483648"', '"-2147483649"',
	'[' x 2000 . ']' x 2000, '[' x 300, '{"a":' x 300);

sub pick
{
	return $_[ int rand @_ ];
}

sub tokens_of
{
	my ($text) = @_;
	return $text =~ /"(?:[^"\\]|\\.)*"|[\w.+-]+|\s+|[^\s"\w]/g;
}

# What is well-formed, of other values and names.
sub changed
{
	my ($text) = @_;
	my @tokens = tokens_of($text);
	for (1 .. 1 + int rand 3)
	{
		my @names = grep { ($tokens[ $_ + 1 ] // '') =~ /^[:=]/ } 0 .. $#tokens;
		my %name = map { $_ => 1 } @names;
		my @values = grep { $tokens[$_] =~ /^["\w]/ && !$name{$_} } 0 .. $#tokens;
		if (rand() < 0.8 && @values) { $tokens[ pick(@values) ] = pick(grep { !/^(\[|\{"a":){9}/ || /\]$/ } @nasty) }
		elsif (@names)
		{
			my $i = pick(@names);
			$tokens[$i] = rand() < 0.5 ? $tokens[ pick(@names) ] : '"' . pick('', 'x', 'Name', 'Tables')
			  . '"';
		}
	}
	return join '', @tokens;
}

# Damage tokens mostly, and characters at times.
sub damaged
{
	my ($text, $binary) = @_;
	return changed($text) if rand() < 0.7;
	my @tokens = tokens_of($text);
	for (1 .. 1 + int rand 3)
	{
		my $i = int rand @tokens;
		my $how = rand;
		my @values = grep { $tokens[$_] =~ /^["\w]/ } 0 .. $#tokens;
		if ($how < 0.45 && @values) { $tokens[ pick(@values) ] = pick(@nasty) }
		elsif ($how < 0.55 && @values > 1)
		{
			my ($a, $b) = (pick(@values), pick(@values));
			@tokens[ $a, $b ] = @tokens[ $b, $a ];
		}
		elsif ($how < 0.65) { splice @tokens, $i, 1 + int rand 4 }
		elsif ($how < 0.75)
		{
			my @part = @tokens[ $i .. ($i + 12 > $#tokens ? $#tokens : $i + 12) ];
			splice @tokens, int(rand @tokens), 0, @part;
		}
		elsif ($how < 0.85 && length $tokens[$i] > 2)
		{
			substr($tokens[$i], 1 + int rand(length($tokens[$i]) - 2), 1,
				pick('', 'x', '_', '9', '(', '\\', ' '));
		}
		elsif ($how < 0.92) { splice @tokens, $i, 0, pick(@nasty) }
		else { $#tokens = $i }
		@tokens = ('{', '}') if !@tokens;
	}
	my $out = join '', @tokens;
	substr($out, int rand length $out, 1, chr int rand 256) if $binary && rand() < 0.3;
	return $out;
}

# ---- the kinds: a document, and the statement that takes it ----

my $import = 'IMPORT FOREIGN SCHEMA s FROM SERVER log INTO hist';

sub quoted
{
	my ($text) = @_;
	return "E'" . ($text =~ s/(['\\])/\\$1/gr) . "'";
}

sub types_from
{
	my ($document) = @_;
	return "$import OPTIONS (types_from " . quoted($document) . ')';
}

sub settings
{
	my ($document) = @_;
	return 'CREATE SERVER other FOREIGN DATA WRAPPER cdc_fdw OPTIONS (s3_settings '
	  . quoted($document) . ')';
}

my $glue = '{"TableList": [{"Name": "emp", "DatabaseName": "s", "StorageDescriptor": {"Columns": '
  . '[{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "varchar(20)"}, {"Name": "pay", "Type": "decimal(10,2)"}], '
  . '"Location": "s3://lake/s/emp/"}, "PartitionKeys": []}, {"Name": "item", "StorageDescriptor": {"Columns": '
  . '[{"Name": "id", "Type": "int"}, {"Name": "name", "Type": "string"}, {"Name": "price", "Type": "struct<a:int,b:array<string>>"}]}}]}';
my $dms = '{"TableCount": "1", "Tables": [{"TableName": "emp", "TablePath": "s/emp/", "TableOwner": "s", "TableColumns": '
  . '[{"ColumnName": "id", "ColumnType": "INT8", "ColumnNullable": "false", "ColumnIsPk": "true"}, '
  . '{"ColumnName": "name", "ColumnType": "STRING", "ColumnLength": "20"}, '
  . '{"ColumnName": "pay", "ColumnType": "NUMERIC", "ColumnPrecision": "10", "ColumnScale": "2"}], "TableColumnsTotal": "3"}]}';
my $mapping = '{"rules": [{"rule-type": "selection", "rule-id": "1", "rule-name": "1", "object-locator": '
  . '{"schema-name": "S", "table-name": "%"}, "rule-action": "include"}, {"rule-type": "transformation", "rule-id": "2", '
  . '"rule-name": "2", "rule-target": "table", "object-locator": {"schema-name": "s", "table-name": "emp"}, '
  . '"rule-action": "rename", "value": "emp2"}, {"rule-type": "transformation", "rule-id": "3", "rule-name": "3", '
  . '"rule-target": "column", "object-locator": {"schema-name": "s", "table-name": "%", "column-name": "na%"}, '
  . '"rule-action": "add-before-image-columns", "before-image-def": {"column-prefix": "BI_", "column-filter": "pk-only"}}, '
  . '{"rule-type": "transformation", "rule-id": "4", "rule-name": "4", "rule-target": "column", "object-locator": '
  . '{"schema-name": "s", "table-name": "item"}, "rule-action": "add-column", "value": "seq", "expression": "$AR_H_CHANGE_SEQ", '
  . '"data-type": {"type": "string", "length": 50}}]}';
my $dfm = '{"dfmVersion": "1.1", "formatInfo": {"format": "delimited"}, "dataInfo": {"sourceSchema": "s", "sourceTable": "emp", '
  . '"columns": [{"ordinal": 1, "name": "ID", "type": "NUMERIC", "length": 0, "precision": 38, "scale": 0, "primaryKeyPos": 1}, '
  . '{"ordinal": 2, "name": "NAME", "type": "WSTRING", "length": 20, "precision": 0, "scale": 0, "primaryKeyPos": 0}, '
  . '{"ordinal": 3, "name": "PAY", "type": "REAL8", "primaryKeyPos": 0}]}}';
my $options = '{"types_from": "model", "infer": "text", "modes": "snapshot", "asof_column": "at", '
  . '"identifier_case": "lower", "on_untyped": "skip"}';
my $bookmark = $node->safe_psql('postgres',
	"SELECT bookmark FROM cdc_fdw_changes_since('item') WHERE bookmark IS NOT NULL");
like($bookmark, qr/^\{/, 'a bookmark');

my $since = sub { 'SELECT count(*) FROM cdc_fdw_changes_since(\'item\', ' . quoted($_[0])
	  . '::jsonb)' };
my $file = sub {
	my ($document, $n) = @_;
	open my $out, '>:raw', "$root/types$n.json" or die $!;
	print $out $document;
	close $out;
	return types_from("./types$n.json") =~ s{\./types}{file://$root/types}r;
};
my @kinds = (
	[ 'S3Settings', '{"CsvRowDelimiter": "\\\\n", "CsvDelimiter": ",", "BucketFolder": "dms", "BucketName": "lake", '
		  . '"CompressionType": "GZIP", "EnableStatistics": true, "DatePartitionEnabled": true, "DatePartitionSequence": "YYYYMMDD", '
		  . '"DatePartitionDelimiter": "SLASH", "TimestampColumnName": "ts", "CdcInsertsOnly": false, "MaxFileSize": 1048576, '
		  . '"Rfc4180": true, "CsvNullValue": "NULL", "AddColumnName": true}', \&settings ],
	[ 'an endpoint', '{"Endpoints": [{"EndpointIdentifier": "t", "EndpointType": "TARGET", "EngineName": "s3", '
		  . '"ExtraConnectionAttributes": "bucketFolder=dms;bucketName=lake;timestampColumnName=ts", "Status": "active", '
		  . '"S3Settings": {"CsvDelimiter": ",", "BucketName": "lake", "PreserveTransactions": true, "CdcPath": "cdc"}}]}', \&settings ],
	[ 'attributes', 'bucketName=lake;bucketFolder="dms;x";csvDelimiter=\',\';compressionType=GZIP;addColumnName=true;datePartitionEnabled=true', \&settings ],
	[ 'the Glue catalogue', $glue, \&types_from ],
	[ 'definitions of tables', $dms, \&types_from ],
	[ 'table mappings', $mapping, \&types_from ],
	[ 'a list of sources', "[\"model\", $mapping, $glue]", \&types_from ],
	[ 'a file of bytes', $dms, $file, 1 ],
	[ 'options', $options, sub { "SELECT * FROM cdc_fdw_sync('log', 's', 'hist', " . quoted($_[0]) . '::jsonb)' } ],
	[ 'a bookmark', $bookmark, $since ],
	[ 'a .dfm file', $dfm, undef, 1 ]);

# What users cause: wrong documents, names, types, rights, and what is not there.
my $expected = qr/^(ZZ000|HV|22|42|0A|54|58P01|3F|2BP|28|23|2200)/;

for my $kind (@kinds)
{
	my ($name, $document, $statement, $binary) = @$kind;
	my (%states, $bad);
	my $began = time;

	if (!defined $statement)
	{
		# each lies beside files of its own, which every import lists
		my $count = $count < 300 ? $count : 300;
		make_path("$root/d/t$_") for 1 .. $count;
		for my $n (1 .. $count)
		{
			append_to_file("$root/d/t$n/LOAD00000001.csv", "1,Ann,2.5\n");
			append_to_file("$root/d/t$n/LOAD00000001.dfm", damaged($document, 1));
		}
		my ($rc, $out, $err) = $node->psql('postgres',
			join '', map {
				my $n = $_;
				"SELECT outcome('IMPORT FOREIGN SCHEMA d LIMIT TO (t$n) FROM SERVER log INTO hist OPTIONS (infer ''text'')');\n"
			} 1 .. $count);
		$states{ substr $_, 0, 5 }++, ($_ =~ $expected || ($bad .= "$_\n"))
		  for split /\n(?=[0-9A-Z]{5} )/, $out;
		my $left = () = $err =~ /WARNING:.* cannot be imported/g;
		cmp_ok($left, '>', $count / 10, "$name: some are refused") or diag(substr($err, 0, 500));
	}
	else
	{
		my @documents = ($document, map { damaged($document, $binary) } 2 .. $count);
		my $n = 0;
		my @statements = map { $statement->($_, $n++) } @documents;
		my ($rc, $out, $err) = $node->psql('postgres',
			join "\n", map { 'SELECT outcome(' . quoted($_) . ');' } @statements);
		my @answers = split /\n(?=[0-9A-Z]{5} )/, $out;
		cmp_ok(scalar(grep { !/^ZZ000/ } @answers), '>', $count / 10, "$name: some are refused");
		is(scalar @answers, $count, "$name: all are answered") or diag(substr($err, 0, 500));
		like($answers[0] // '', qr/^ZZ000/, "$name: taken as it is");
		for my $i (0 .. $#answers)
		{
			$states{ substr $answers[$i], 0, 5 }++;
			$bad .= "$answers[$i]\nof: $documents[$i]\n" if $answers[$i] !~ $expected;
		}
	}
	is($bad, undef, "$name: no other errors than users cause");
	note(sprintf '%s: %d documents, %.1f s: %s', $name, $count, time - $began,
		join ', ', map { "$_ $states{$_}" } sort keys %states);
}
is($node->safe_psql('postgres', 'SELECT count(*) FROM item'), 3, 'the server is up, and answers');

done_testing();

# A log of a shop's items for tests of clients, and its tables in every mode
# with a column of each role.
#
#   my $url = CdcClients::write_log($dir, $n);
#   CdcClients::make_tables($node, $url);
#   CdcClients::make_views($node);
#   CdcClients::check($node, $what, [ 'python3', ... ], ways => 3);
#
# check() runs a client, which prints what it read: a line
#   # how it was read<TAB>table<TAB>condition
# and each row as a JSON array of its values' texts, see expression().  They
# must be what psql has of that table under that condition.
package CdcClients;

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

our $top = abs_path(dirname(__FILE__) . '/../..');

# Columns of the source table, with their types.
my @columns = (
	[ id => 'bigint' ],
	[ name => 'text' ],
	[ price => 'numeric(12,2)' ],
	[ made => 'date' ],
	[ seen => 'timestamp' ],
	[ sold => 'boolean' ],
	[ weight => 'double precision' ],
	[ ref => 'uuid' ],
	[ picture => 'bytea' ],
	[ sizes => 'integer[]' ],
	[ tags => 'jsonb' ]);

# Columns of the roles that each mode has, with their types.
my @everywhere = (
	[ op => 'text' ],
	[ commit_time => 'timestamptz' ],
	[ file_time => 'timestamptz' ],
	[ file => 'text' ],
	[ line => 'bigint' ],
	[ asof => 'timestamptz' ],
	[ known_at => 'timestamptz' ],
	[ source => 'text' ],
	[ row => 'jsonb' ]);
my %roles = (
	snapshot => [@everywhere],
	history => [
		@everywhere,
		[ valid_from => 'timestamptz' ],
		[ valid_to => 'timestamptz' ],
		[ valid_range => 'tstzrange' ],
		[ end_op => 'text' ]
	],
	changes => [ @everywhere, [ unsupplied => 'text[]' ] ]);
our %table = (
	snapshot => 'hist.item',
	history => 'hist.item_history',
	changes => 'hist.item_changes');

# An item is loaded with each number up to $n; the first gets another price,
# the second is deleted, and the third loses what can be NULL.
sub write_log
{
	my ($dir, $n) = @_;
	my $names = join ',', map { $_->[0] } @columns;

	make_path("$dir/shop/item");
	append_to_file(
		"$dir/shop/item/LOAD00000001.csv",
		"ts,$names\n" . join '',
		map {
			my $ref = sprintf '00000000-0000-4000-8000-%012d', $_;
			"2024-01-01 00:00:00.000001,$_,\"item, $_ \xe5\x8a\xa0\",$_.50,2023-12-31,2023-12-31 01:02:03.456789,"
			  . "true,0.25,$ref,00ff,\"{$_,NULL}\",\"{\"\"n\"\": $_}\"\n"
		} 1 .. $n);
	append_to_file("$dir/shop/item/20240102-000100000.csv",
		"Op,ts,$names\nU,2024-01-02 00:00:00.123456,1,dear,99.99,2023-12-31,2023-12-31 01:02:03,false,2.5,"
		  . "00000000-0000-4000-8000-000000000001,,{},[]\n");
	append_to_file("$dir/shop/item/20240103-000100000.csv",
		"Op,ts,$names\nD,2024-01-03 00:00:00.123456,2" . ',' x 10 . "\nU,2024-01-03 00:00:00.123456,3" . ',' x 10 . "\n");
	return "file://$dir";
}

# The tables of table(), over a server called lake.
sub make_tables
{
	my ($node, $url) = @_;
	my $sql = "CREATE EXTENSION cdc_fdw; CREATE SCHEMA hist;"
	  . "CREATE SERVER lake FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url '$url', add_column_name 'true',"
	  . " timestamp_column_name 'ts', open_end '9999-12-31');";

	for my $mode (sort keys %table)
	{
		my @declared = map { "$_->[0] $_->[1]"
			  . ($_->[0] eq 'id' ? " OPTIONS (key 'true')" : '') } @columns;
		# the column of the instant has the name that the documents give it
		push @declared,
			map { ($_->[0] eq 'asof' ? 'as_of' : qq("$_->[0]"))
			  . " $_->[1] OPTIONS (role '$_->[0]')" } @{ $roles{$mode} };
		$sql .= "CREATE FOREIGN TABLE $table{$mode} (" . join(', ', @declared) . ')'
		  . " SERVER lake OPTIONS (schema_name 'shop', table_name 'item', mode '$mode');";
	}
	$sql .= "COMMENT ON FOREIGN TABLE $table{$_} IS 'what is sold'; COMMENT ON COLUMN $table{$_}.price IS 'without tax';"
	  for sort keys %table;
	$node->safe_psql('postgres', $sql);
	return;
}

# Views of the tables, in schema bi.
sub make_views
{
	my ($node) = @_;

	return $node->safe_psql('postgres',
		q(SELECT table_name, status FROM cdc_fdw_sync('lake', 'shop', 'hist', '{"modes": "snapshot, history, changes", "views": "bi"}') WHERE table_name ~ '^bi' ORDER BY 1));
}

# A column in the form that clients print: a time in UTC as
# 2024-01-01T00:00:00.000001, with as many digits of a second as the client has;
# bytes as hex digits; JSON, arrays and NULL as JSON has them, or as texts where
# the client has no types for them; else its text.
sub expression
{
	my ($name, $type, %client) = @_;
	my $time = sub {
		my ($of) = @_;
		my $second = $client{milliseconds} ? 'MS' : 'US';
		return "to_char($of, 'YYYY-MM-DD\"T\"HH24:MI:SS.$second')";
	};

	return $time->($name) if $type eq 'timestamp';
	return $time->("$name AT TIME ZONE 'UTC'") if $type eq 'timestamptz';
	return "encode($name, 'hex')" if $type eq 'bytea';
	return "$name\::text" if $client{texts};
	return $name if $type eq 'jsonb' || $type =~ /\[\]$/;
	return "'[' || " . $time->("lower($name) AT TIME ZONE 'UTC'") . " || ',' || "
	  . $time->("upper($name) AT TIME ZONE 'UTC'") . " || ')'"
	  if $type eq 'tstzrange';
	return "$name\::text";
}

# What psql has of a table, as sorted lines.
my %known;

sub expected
{
	my ($node, $table, $condition, %client) = @_;

	return $known{ join ' ', $table, $condition, %client } //= do
	{
		my ($mode) = grep { $table{$_} eq $table } keys %table;
		my @list = map { expression($_->[0] eq 'asof' ? 'as_of' : qq("$_->[0]"), $_->[1],
				%client) } @columns, @{ $roles{$mode} };
		sorted(split /\n/,
			$node->safe_psql('postgres', "SET timezone = 'UTC'; SELECT json_build_array(" . join(', ', @list) . ") FROM $table"
				  . ($condition ne '' && " WHERE $condition")));
	};
}

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

# Texts of JSON, as one text that differs only if they do.  Numbers are
# compared as they are written, so that no digit is lost.
sub sorted
{
	return join '', sort map { $json->encode(texts($json->decode($_))) . "\n" } @_;
}

sub texts
{
	my ($value) = @_;

	return [ map { texts($_) } @$value ] if ref $value eq 'ARRAY';
	return { map { $_ => texts($value->{$_}) } keys %$value } if ref $value eq 'HASH';
	return defined $value ? "$value" : undef;
}

# The first lines of a text that another one lacks.
sub without
{
	my ($text, $other) = @_;
	my %other = map { $_ => 1 } split /^/, $other;
	my @lines = grep { !$other{$_} } split /^/, $text;

	return join '', @lines[0 .. ($#lines < 2 ? $#lines : 2)];
}

# Run a client and hold what it says to what psql says.  Besides: ways, how often
# it reads; milliseconds, texts: see expression().
sub check
{
	my ($node, $what, $command, %more) = @_;
	my $ways = delete $more{ways};
	my ($out, $err);
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => 'postgres',
		PGUSER => $node->safe_psql('postgres', 'SELECT current_user'), PYTHONDONTWRITEBYTECODE => 1);

	my $good = IPC::Run::run($command, '>', \$out, '2>', \$err,
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	ok($good, "$what ends well") or diag($err);
	my ($first, @ways) = split /^# /m, $out;
	is($first, '', "$what says nothing else");
	is(scalar @ways, $ways, "$what: all ways to read were taken");
	for my $way (@ways)
	{
		my ($head, @rows) = split /\n/, $way;
		my ($how, $table, $condition) = split /\t/, $head, -1;
		my $expected = expected($node, $table, $condition, %more);

		ok($expected ne '', "there are rows of $table" . ($condition ne '' && " where $condition"));
		my $got = sorted(@rows);
		ok($got eq $expected, "$what, $how: $table" . ($condition ne '' && " where $condition"))
		  or diag("got:\n" . without($got, $expected) . "expected:\n" . without($expected, $got));
	}
	return;
}

1;

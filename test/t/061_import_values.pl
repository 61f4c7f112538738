# Generated tables of one column, of all types and spellings, are imported: no
# type that is inferred loses a digit of a value or takes two texts of a key for
# one, and no table is made that cannot be read without a word about it.
#
# What a value must be is told from its text, by what this file knows of
# numbers, times and JSON, never by PostgreSQL.
#
# CDC_VALUES_TABLES says how many tables, CDC_VALUES_SEED which.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::Local qw(timegm);
use lib dirname(__FILE__);
use CdcTest qw(start_node write_file any chance digits);

my $tables = $ENV{CDC_VALUES_TABLES} || 400;
my $seed = $ENV{CDC_VALUES_SEED} || 1;
srand($seed);

my $node = start_node('import_values',
	"TimeZone = 'UTC'\nDateStyle = 'ISO, YMD'\nmax_locks_per_transaction = 1024\n");
my $dir = abs_path(PostgreSQL::Test::Utils::tempdir());

# ---- drawing ----

sub from_one { my ($n) = @_; return 1 + int rand $n }

# a whole number without leading zeros
sub whole { my ($n) = @_; return $n > 1 ? from_one(9) . digits($n - 1) : digits(1) }
sub fraction { my ($n) = @_; return $n ? '.' . digits($n) : '' }
sub day { return sprintf '%04d-%02d-%02d', 1990 + int rand 60, from_one(12), from_one(28) }
sub clock { return sprintf '%02d:%02d:%02d', int rand 24, int rand 60, int rand 60 }
sub uuid { return join '-', map { my $n = $_; join '', map { any(0 .. 9, 'a' .. 'f') } 1 .. $n } 8, 4, 4, 4, 12 }
sub zone { return any('Z', '+00', '+01', '+0530', '-08:00', '+05:45') }

# a number whose bits are those of a float
sub any_double { return (0.5 - rand) * 10**int(rand(40) - 20) }

sub changed_digit
{
	my ($text) = @_;
	my @at = grep { substr($text, $_, 1) =~ /[0-9]/ } 0 .. length($text) - 1;
	substr($text, any(@at), 1) = int rand 10;
	return $text;
}

sub json
{
	my ($depth) = @_;
	my $kind = $depth > 2 ? 2 + int rand 4 : int rand 6;

	return '{' . join(', ', map { '"' . any('a', 'b', 'c', '\u0061', 'a:b') . '": ' . json($depth + 1) } 1 .. int rand 4) . '}'
	  if $kind == 0;
	return '[' . join(',', map { json($depth + 1) } 1 .. int rand 4) . ']' if $kind == 1;
	return any('null', 'true', 'false') if $kind == 2;
	return any('0', '-0', '-0.0', '1.10', '-5e3', whole(20) . fraction(3), '1e400', '-0e5', '1e-9')
	  if $kind == 3;
	return '"' . any('', 'x', ':', '\"', '{', "\xc3\xa4", '\ud83d\ude00', '\ud800', '-0', '\u0000')
	  . '"';
}

# Ways to write values; a column takes most of its own from one or two of them.
my %kinds = (
	small => sub { whole(from_one(3)) },
	signed => sub { any('', '-') . whole(from_one(9)) },
	large => sub {
		any('', '-') . any(whole(from_one(25)), '2147483648', '9223372036854775807',
			'9223372036854775808', '9007199254740993', '9007199254740992')
	},
	zeros => sub { any('0', '00', '000') . whole(from_one(4)) },
	plus => sub { '+' . whole(from_one(4)) },
	minus_zero => sub { any('-0', '-0.0', '-0.00', '-0e0', '-0.00000000e+00') },
	cents => sub { any('', '-') . whole(from_one(9)) . fraction(2) },
	decimals => sub { whole(from_one(17)) . fraction(int rand 8) },
	long => sub { whole(from_one(400)) . fraction(int rand 700) },
	short => sub { any('.5', '5.', '1,000', '0x10', '1_000', '1e', ' 7', '7 ', '1.2.3') },
	scientific => sub { any('', '-', '+') . whole(1) . fraction(int rand 20) . any('e', 'E') . any('', '+', '-') . int rand(any(9, 40, 320)) },
	real => sub { sprintf '%+.8e', unpack('f', pack('f', any_double())) },
	double => sub { sprintf '%+.16e', any_double() },
	double_18 => sub { sprintf '%+.17e', any_double() },
	printed => sub { my $v = any_double(); for (15 .. 17) { my $t = sprintf "%.${_}g", $v; return $t if $t == $v } },
	wide => sub { any('', '-') . whole(13 + int rand 6) . fraction(1 + int rand 3) },
	near_real => sub { changed_digit(sprintf '%+.8e', any_double()) },
	near_double => sub { changed_digit(sprintf '%+.16e', any_double()) },
	special => sub { any('NaN', 'nan', 'Infinity', '-Infinity', 'inf', '+inf', '-inf', '+Infinity') },
	truth => sub { any('true', 'false') },
	truths => sub { any('true', 'false', 'TRUE', 'False', 't', 'f', 'T') },
	letter => sub { any('t', 'f') },
	date => \&day,
	no_date => sub {
		any('2024-12-32', '2023-02-29', '0000-00-00', '2024-1-1', '24/12/2024', '20240101',
			'12345-01-01', 'now', 'infinity', '2024-01-01 BC')
	},
	time => \&clock,
	no_time => sub { any('839:00:00', '-01:00:00', '24:00:00', '23:59:60', '7:5', '10:00:00.1234567') },
	stamp => sub { day() . ' ' . clock() },
	micros => sub { day() . ' ' . clock() . fraction(6) },
	stamps => sub { day() . any(' ', 'T') . clock() . fraction(int rand 7) },
	nanos => sub { day() . ' ' . clock() . '.' . digits(6) . any('0', '000', digits(1), digits(3)) },
	zoned => sub { day() . ' ' . clock() . '+00' },
	zones => sub { day() . any(' ', 'T') . clock() . fraction(int rand 7) . zone() },
	no_stamp => sub { any(day() . ' 24:00:00', day() . ' 10:00:60', day() . ' 10:00', day() . ' 10:00:00 UTC', day() . ' 10:00:00+99') },
	uuid => \&uuid,
	uuids => sub { my $u = uuid(); return any($u, uc $u, ucfirst $u, $u =~ tr/-//dr, "{$u}") },
	json => sub { any('{"a": ' . json(1) . '}', '[' . json(1) . ', ' . json(1) . ']', json(0)) },
	json_plain => sub { sprintf '{"a": %d, "b": ["%s"]}', int rand 1000, digits(3) },
	hstore => sub { sprintf '"a"=>"%d", "b"=>NULL', int rand 10 },
	array => sub { any('{1,2}', '{}', '{a,"b c"}', '{NULL,x}') },
	hive => sub { any('{a=1, b=[x, y]}', '{a=1}', '{}') },
	hex => sub { any('\\x', '') . join '', map { sprintf '%02x', int rand 256 } 1 .. int rand 5 },
	word => sub {
		any('abc', 'x', 'sad', 'glad', 'happy', 'null', 'NULL', "two\nlines", 'a"b', 'a,b', ' x ',
			'1 day', 'epoch', '-', "\xc3\xa4", '192.168.0.1', 'today')
	},
	empty => sub { '' },
	bytes => sub { any("caf\xe9", "\xff\xfe", "x\xc3") });

# types of the model, with ways to write their values
my %known = (
	'smallint' => [qw(small signed zeros plus)],
	'integer' => [qw(signed zeros large)],
	'bigint' => [qw(large signed)],
	'numeric' => [qw(decimals scientific special minus_zero)],
	'numeric(8,2)' => [qw(cents decimals small)],
	'real' => [qw(real near_real cents scientific double wide)],
	'double precision' => [qw(double printed special scientific wide large real)],
	'boolean' => [qw(truths letter small)],
	'date' => [qw(date no_date stamp)],
	'time' => [qw(time no_time stamp)],
	'timestamp' => [qw(stamps nanos no_stamp date zones)],
	'timestamp(0)' => [qw(stamp micros)],
	'timestamp with time zone' => [qw(zones zoned stamp)],
	'money' => [qw(cents decimals signed)],
	'oid' => [qw(small signed zeros)],
	'uuid' => [qw(uuid uuids)],
	'json' => [qw(json)],
	'jsonb' => [qw(json json_plain)],
	'bytea' => [qw(hex word)],
	'interval' => [qw(time word)],
	'varchar(3)' => [qw(word small)],
	'char(4)' => [qw(word small)],
	'text' => [qw(word bytes)],
	'model.mood' => [qw(word)],
	'model.positive' => [qw(cents small decimals)],
	'model.filled' => [qw(word)],
	'inet' => [qw(word)],
	'integer[]' => [qw(array)],
	'text[]' => [qw(array word)]);

# ---- what a text is ----

# A number as sign, digits without zeros at either end, and power of ten; undef
# where the text is none.
sub number
{
	my ($text) = @_;

	return lc($2) eq 'nan' ? 'nan' : ($1 eq '-' ? '-' : '') . 'inf' if $text
	  =~ /^([-+]?)(nan|inf|infinity)$/i;
	my ($sign, $whole, $part, $e) = $text =~ /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/
	  or return undef;
	$part //= '';
	return undef if "$whole$part" eq '';
	my $all = "$whole$part";
	my $ten = ($e // 0) - length $part;
	$ten += length $1 if $all =~ s/(0+)$//;
	$all =~ s/^0+//;
	$ten = 0 if $all eq '';
	return ($sign eq '-' ? '-' : '') . "${all}e$ten";
}

sub instant
{
	my ($text) = @_;

	my ($y, $mo, $d, $h, $mi, $s, $f, $zone) =
	  $text =~ /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d*?)0*)?(Z|[-+]\d\d(?::?\d\d)?)?$/
	  or return undef;
	my $t = eval { timegm($s, $mi, $h, $d, $mo - 1, $y) };
	return undef unless defined $t;
	$t -= ($1 eq '-' ? -1 : 1) * ($2 * 3600 + ($3 // 0) * 60)
	  if defined $zone && $zone =~ /^([-+])(\d\d):?(\d\d)?$/;
	return "$t." . ($f // '');
}

# A date as PostgreSQL shows it, and a time; another text where it is none.
sub date_of
{
	my ($text) = @_;

	return "$1-$2-$3" if $text =~ /^(\d{4})(\d\d)(\d\d)$/;
	return sprintf '%s-%02d-%02d', $1, $2, $3 if $text =~ /^(\d{4})-(\d)-(\d)$/;
	return $text =~ s/[ T]00:00:00$//r;
}

sub time_of_day
{
	my ($text) = @_;

	return sprintf '%02d:%02d:00', $1, $2 if $text =~ /^(\d):(\d)$/;
	return $text;
}

# Is what a query shows the value of the text, to the last digit?
sub is_same
{
	my ($type, $text, $shown, $all) = @_;
	my $number = sub { my ($x, $y) = map { number($_) } @_; return defined $x && defined $y
		  && $x eq $y };

	return $text eq $shown if $type =~ /^(text$|json$|character varying|model\.)/;
	return time_of_day($text) eq $shown if $type =~ /^time\b/;
	return $text !~ /^[-+]?0\d|^\+/ && $number->($text, $shown) if $type
	  =~ /^(smallint|integer|bigint|oid)$/;
	return $number->($text, $shown =~ tr/$,//dr) if $type eq 'money';
	return $text =~ s/ +$//r eq $shown =~ s/ +$//r if $type =~ /^character/;
	return $number->($text, $shown) if $type =~ /^numeric/ && $type !~ /\[/;
	# a float shows the fewest digits; those that DMS writes say the same of it
	return $number->($text, $shown) ||
	  ($text =~ /^[-+]\d\.\d{16,}e[-+]\d\d+$/i && $number->($text, sprintf '%.16e', $shown))
	  if $type eq 'double precision';
	return $number->($text, $shown) ||
	  ($text =~ /^[-+]\d\.\d{8}e[-+]\d\d$/i && $number->($text, sprintf '%.8e', unpack('f', pack('f', $shown))))
	  if $type eq 'real';
	return lc substr($text, 0, 1) eq substr($shown, 0, 1) if $type eq 'boolean';
	return lc $text eq $shown if $type eq 'uuid';
	return date_of($text) eq $shown if $type eq 'date';
	if ($type =~ /^timestamp/)
	{
		my ($x, $y) = (instant($text), instant($shown));
		return defined $x && defined $y && $x eq $y;
	}
	# other encodings than JSON have tests of their own
	return 1 if $type eq 'jsonb' && ($text !~ /^ *[\[{] *[\[{"\]}0-9-]/ || !loses($text));
	return 0;
}

# Would an object of unique keys and decimal numbers lose something of the JSON?
sub loses
{
	my ($text) = @_;
	my @open;

	return 1 if $text =~ /\\ud800(?!\\ud)|\\u0000/;
	while ($text =~ /("(?:[^"\\]|\\.)*")\s*(:?)|([{}\[\]])|(-?[\d.]+(?:[eE][-+]?\d+)?)/g)
	{
		my ($string, $colon, $bracket, $number) = ($1, $2, $3, $4);
		if (defined $bracket && $bracket =~ /[{\[]/) { push @open, {} }
		elsif (defined $bracket) { pop @open }
		elsif (defined $number) { return 1 if $number =~ /^-0*\.?0*(e|$)/i }
		elsif ($colon)
		{
			$string =~ s/\\u0061/a/g;
			return 1 if $open[-1]{$string}++;
		}
	}
	return 0;
}

# ---- tables ----

sub field
{
	my ($value) = @_;
	return '' unless defined $value;
	return $value if $value ne '' && $value !~ /[",\n]/ && chance(0.8);
	return '"' . $value =~ s/"/""/gr . '"';
}

# Values of a column, drawn from one way to write them, or from several.
sub draw
{
	my ($n, @ways) = @_;
	my @mine = chance(0.6) ? any(@ways)
	  : (any(@ways), any(@ways), chance(0.1) ? any(sort keys %kinds) : ());
	return map { chance(0.08) ? undef : $kinds{ any(@mine) }->() } 1 .. $n;
}

# name => { text of each id, or of each key; type of the model; … }
my %truth;

sub write_log
{
	my ($folder, $load, @changes) = @_;
	write_file("$dir/$folder/LOAD00000001.csv", $load);
	write_file("$dir/$folder/2024010" . (2 + $_) . '-000000000.csv', $changes[$_]) for 0 .. $#changes;
}

# a column beside the key, some of its values in change files
sub values_table
{
	my ($schema, $name, $type, @ways) = @_;
	my @values = draw(any(1, 1, 2, 3, 6), @ways);
	my ($load, @changes) = ("id,v\n");

	# an import looks at two files of changes
	for my $i (0 .. $#values)
	{
		my $text = ($i + 1) . ',' . field($values[$i]) . "\n";
		if ($i == 0 || @changes == 2 || chance(0.7)) { $load .= $text }
		else { push @changes, "Op,id,v\nI,$text" }
	}
	write_log("$schema/$name", $load, @changes);
	$truth{"$schema.$name"} = { values => { map { $_ + 1 => $values[$_] } 0 .. $#values },
		type => $type };
}

# a column that is the key; change files write one of its texts again, and delete another
sub key_table
{
	my ($name) = @_;
	my %seen;
	my @keys = grep { defined $_ && $_ ne '' && !/\xe9|\xff|\xc3$/ && !$seen{$_}++ } draw(any(2, 3, 6),
		sort keys %kinds);
	my %rows;
	@rows{@keys} = 1 .. @keys;
	my $load = "v,id\n" . join '', map { "$rows{$_}," . field($_) . "\n" } @keys;
	my @changes;

	return unless @keys;
	my $again = any(@keys);
	my $gone = any(@keys);
	push @changes, "Op,v,id\nU,100," . field($again) . "\n";
	$rows{$again} = 100;
	push @changes, "Op,v,id\nD,," . field($gone) . "\n";
	delete $rows{$gone};
	write_log("keys/$name", $load, @changes);
	$truth{"keys.$name"} = { rows => \%rows };
}

for my $i (1 .. $tables)
{
	my $kind = $i % 3;
	my $name = "t$i";
	if ($kind == 0) { key_table($name) }
	elsif ($kind == 1) { values_table('found', $name, undef, sort keys %kinds) }
	else
	{
		# each in turn, so that none is left to chance
		my @types = sort keys %known;
		my $type = $types[ $i / 3 % @types ];
		values_table('known', $name, $type, @{ $known{$type} });
	}
}

# ---- importing and reading them ----

my $model = join '', map { my ($schema, $name) = split /\./; "CREATE TABLE model.$name (id int PRIMARY KEY, v $truth{$_}{type});\n" }
  grep { defined $truth{$_}{type} } sort keys %truth;
$node->safe_psql('postgres', <<SQL);
CREATE SERVER here FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$dir', base_time '2024-01-01', add_column_name 'true');
CREATE SCHEMA found; CREATE SCHEMA known; CREATE SCHEMA keys; CREATE SCHEMA model;
CREATE TYPE model.mood AS ENUM ('sad', 'glad');
CREATE DOMAIN model.positive AS numeric(8,2) CHECK (value > 0);
CREATE DOMAIN model.filled AS text NOT NULL;
$model
CREATE TABLE shown (name text, type text, id text, v text, error text);
CREATE PROCEDURE show_all() LANGUAGE plpgsql AS \$\$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT c.oid::regclass AS name, format_type(a.atttypid, a.atttypmod) AS type, nspname = 'keys' AS is_key
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute a ON attrelid = c.oid AND attname = CASE nspname WHEN 'keys' THEN 'id' ELSE 'v' END
    WHERE relkind = 'f'
  LOOP
    BEGIN
      EXECUTE format('INSERT INTO shown SELECT %L, %L, id::text, v::text FROM %s', t.name, t.type, t.name);
    EXCEPTION WHEN OTHERS THEN
      INSERT INTO shown VALUES (t.name, t.type, NULL, NULL, SQLERRM);
    END;
    INSERT INTO shown VALUES (t.name, t.type);
  END LOOP;
END \$\$;
SQL
my %told;
for my $schema (qw(found known keys))
{
	my ($rc, $out, $err) = $node->psql('postgres', "IMPORT FOREIGN SCHEMA $schema FROM SERVER here INTO $schema"
		  . ($schema eq 'known' ? " OPTIONS (types_from 'model')" : ''));
	is($rc, 0, "schema $schema is imported") or diag($err);
	$told{"$schema.$1"} = 1 while $err =~ /table "(t\d+)"/g;
}
$node->safe_psql('postgres', 'CALL show_all()');

# name => { type, error, rows of id and v }
my %shown;
for (split /\n/, $node->safe_psql('postgres', <<'SQL'))
SELECT name, type, coalesce(encode(convert_to(id, 'UTF8'), 'hex'), '-'), coalesce(encode(convert_to(v, 'UTF8'), 'hex'), '-'), coalesce(encode(convert_to(error, 'UTF8'), 'hex'), '-') FROM shown
SQL
{
	my ($name, $type, @hex) = split /\|/;
	my ($id, $v, $error) = map { $_ eq '-' ? undef : pack 'H*', $_ } @hex;
	$shown{$name} //= { type => $type, rows => [] };
	$shown{$name}{error} = $error if defined $error;
	push @{ $shown{$name}{rows} }, [ $id, $v ] if defined $id;
}

# ---- judging ----

my (%count, @wrong);

sub wrong
{
	my ($name, $what) = @_;
	my $texts = join ' | ', map { $_ // 'NULL' } $truth{$name}{rows}
	  ? sort keys %{ $truth{$name}{rows} }
	  : @{ $truth{$name}{values} }{ sort keys %{ $truth{$name}{values} } };
	push @wrong, "$name, " . ($shown{$name}{type} // 'not made')
	  . ($truth{$name}{type} ? " of a model's $truth{$name}{type}" : '') . ": $what; $texts";
}

# Does this file know what a value of a model's type must be?  Dates are times,
# too, and numbers have more ways to be written than number() knows.
sub is_judged
{
	my ($type, $text) = @_;

	return defined number($text) if $type =~ /^numeric/ && $type !~ /\[/;
	return $text =~ /:/ && defined instant($text) if $type =~ /^timestamp/;
	return $type =~ /^(text$|character|smallint|integer|bigint|oid|money|real|double|date|time\b)/
	  && $type !~ /\[/;
}

sub judge_values
{
	my ($name, $truth, $shown) = @_;
	my %got = map { @$_ } @{ $shown->{rows} };

	for my $id (sort keys %{ $truth->{values} })
	{
		my ($text, $v) = ($truth->{values}{$id}, $got{$id});
		if (!exists $got{$id}) { wrong($name, "no row $id") }
		elsif (defined $text != defined $v) { wrong($name, "row $id is " . ($v // 'NULL')) }
		elsif (defined $v && (!$truth->{type} || is_judged($shown->{type}, $text)) && !is_same($shown->{type}, $text, $v))
		{
			wrong($name, "row $id is $v");
		}
	}
}

sub judge_keys
{
	my ($name, $truth, $shown) = @_;
	my %left = map { $_->[1] => $_->[0] } @{ $shown->{rows} };
	my %rows = %{ $truth->{rows} };

	for my $key (sort keys %rows)
	{
		my $id = delete $left{ $rows{$key} };
		if (!defined $id) { wrong($name, "row $key is gone") }
		elsif (!is_same($shown->{type}, $key, $id)) { wrong($name, "key $key is $id") }
	}
	wrong($name, "row $_ should be gone") for sort keys %left;
}

for my $name (sort keys %truth)
{
	my ($truth, $shown) = ($truth{$name}, $shown{$name});
	my $told = exists $told{$name};

	$count{ defined $shown ? $shown->{type} : 'left out' }++;
	if (!defined $shown) { wrong($name, 'left out without a word') unless $told }
	elsif (defined $shown->{error}) { wrong($name, "cannot be read without a word: $shown->{error}") unless $told }
	elsif ($truth->{rows}) { judge_keys($name, $truth, $shown) }
	else { judge_values($name, $truth, $shown) }
}
note("$_: $count{$_}") for sort keys %count;
is(scalar(@wrong), 0, scalar(keys %truth) . " tables of seed $seed: nothing lost, and nothing unreadable without a word")
  or diag(join "\n", @wrong > 40 ? @wrong[ 0 .. 39 ] : @wrong);
# the test would say nothing of types that are never made
for my $type (qw(bigint boolean date integer json jsonb numeric text uuid), 'real', 'double precision', 'timestamp without time zone', 'timestamp with time zone')
{
	cmp_ok($count{$type} // 0, '>', 0, "some columns are $type");
}
my $unreadable = grep { defined $_->{error} } values %shown;
cmp_ok($unreadable, '<', keys(%shown) / 10, "$unreadable of " . keys(%shown)
	  . ' tables cannot be read, as was told');

$node->stop;
done_testing();

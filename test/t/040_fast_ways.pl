# The fast ways against the slow ones they stand for: the vector scanner
# against libcsv (cdc_fdw.force_libcsv), the direct conversions against the
# types' input functions (cdc_fdw.force_input_functions).  Each must give the
# same rows, and for what cannot be read the same error.
#
# CDC_FAST_SEED draws other values, CDC_FAST_DIVISOR another share of them: one
# in so many (24 here, all of them in test/ci/fast_ways.pl).

use strict;
use warnings;

use File::Temp qw(tempdir);

use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;

use lib dirname(__FILE__);
use CdcTest qw(start_node value silent outcome_sql write_file literal quoted any chance digits);

my $seed = $ENV{CDC_FAST_SEED} || 20240612;
srand($seed);
note("seed $seed");
my $divisor = $ENV{CDC_FAST_DIVISOR} || 24;

my $root = tempdir('cdc_fast_XXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $root;

my $node = start_node('fast_ways', "autovacuum = off\n");

my $helpers = outcome_sql() . <<'SQL';
-- the same query by both ways of a setting: what differs
CREATE FUNCTION contrast(setting text, asked text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  fast text;
  slow text;
BEGIN
  PERFORM set_config(setting, 'off', true);
  fast := outcome(asked);
  PERFORM set_config(setting, 'on', true);
  slow := outcome(asked);
  INSERT INTO seen VALUES (fast LIKE 'error %');
  IF fast IS DISTINCT FROM slow THEN
    RETURN asked || E'\n  fast: ' || fast || E'\n  slow: ' || slow;
  END IF;
  RETURN NULL;
END $$;
CREATE TABLE seen (failed boolean);
SQL

my $values = 'cdc_fdw.force_input_functions';
my $records = 'cdc_fdw.force_libcsv';
my $difference = '(TABLE fast EXCEPT ALL TABLE slow)'
  . ' UNION ALL (TABLE slow EXCEPT ALL TABLE fast) LIMIT 5';

#
# Values that can be read, in bulk
#

sub whole
{
	my ($max) = @_;
	my $text = any(0, 1, $max, int rand $max, digits(1), digits(2), digits(4));

	$text = int(rand $max) if $text > $max;
	$text = any('0', '00', '000000000000000000000') . $text if chance(0.1);
	$text = any('-', '-', '-', '+') . $text if chance(0.4);
	return chance(0.05) ? any(' ', '  ', "\t") . $text . any('', ' ') : $text;
}

sub decimal
{
	my ($before, $after) = @_;

	return any('NaN', 'nan', ' NaN ') if chance(0.02);
	my $text = digits(int rand($before + 1));
	$text .= '.' . digits(int rand($after + 1)) if chance(0.7);
	$text = "0$text" unless $text =~ /\d/;
	$text = any('0', '000') . $text if chance(0.1);
	$text .= any('', 'e0', 'E+0') if chance(0.05);
	$text = any('-', '-', '+') . $text if chance(0.4);
	return chance(0.03) ? " $text " : $text;
}

# The decimal expansion of a number of so many bits, at most half a unit of the
# last of them off: all digits, or so few that it is near the middle only.
sub around_middle
{
	my ($bits) = @_;

	# beyond the last integers that all have a number, odd ones are in the middle
	my $text = 2**$bits + 2 * int(rand 2**23) + 1;
	if ($bits == 24 && chance(0.7))
	{
		my ($low, $high) = unpack 'f2', pack 'L2', map { $_, $_ + 1 } int rand 0x7f000000;
		$text = sprintf '%.' . any(9, 17, 20, 60, 120) . 'g', ($low + $high) / 2;
	}
	return $text if $text =~ /e/;
	$text .= '.' if $text !~ /[.]/;
	return $text . any('', '0', '0' x 30, '0' x 30 . '1', '000000000001', '5');
}

# Of 24 or 53 bits, never too large or too small.
sub real
{
	my ($bits) = @_;
	my ($format, $least, $most) = $bits == 24 ? ('f', 44, 37) : ('d', 322, 307);

	return any(qw(inf -inf +inf Infinity -infinity INF nan NaN -0 -0.0 0e0 0e-400 -0e99), ' NaN ')
	  if chance(0.01);
	my $digits = digits(int rand 20) . int rand 10;
	my $text = any(
		sub { whole(2147483647) =~ s/[-+\s]//gr },
		sub { substr $digits, int rand length $digits, 0, '.'; $digits },
		sub { substr $digits, int rand(1 + length $digits), 0, '.'; $digits },
		sub { any(1 .. 9) . any('', '.', ".$digits") . any('e', 'E') . any('', '+') . int rand $most },
		sub { any(1 .. 9) . any('', '.', ".$digits") . any('e-', 'E-') . int rand $most },
		# fewer bits are left of these
		sub { any(1 .. 9) . ".${digits}e-" . ($least - int rand 8) },
		sub { around_middle($bits) },
		sub {
			my $number = $bits == 24 ? unpack 'f', pack 'L', rand 0x7f7fffff
			  : unpack 'd', pack 'L2', rand 2**32, rand 0x7fefffff;
			return sprintf '%.' . any(9, 15 .. 17, 30) . 'g', $number;
		})->();
	$text = any('0', '000') . $text if chance(0.03);
	$text = any('-', '-', '+') . $text if chance(0.4);
	return chance(0.03) ? " $text " : $text;
}

my @month_days = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);

sub day
{
	my $year = any(1 .. 9, 1582, 1600, 1752, 1899 .. 2100, 4000, 9999,
		int(1 + rand 9999));
	my $month = 1 + int rand 12;
	my $leap = $year % 4 == 0 && ($year % 100 || $year % 400 == 0);
	my $last = $month_days[ $month - 1 ] + ($leap && $month == 2);
	my $day = chance(0.2) ? $last : 1 + int rand $last;
	my $text = sprintf '%04d-%02d-%02d', $year, $month, $day;

	$text = sprintf '%04d-%d-%d', $year, $month, $day if chance(0.03);
	$text = sprintf '%04d%02d%02d', $year, $month, $day if chance(0.03);
	return $text;
}

sub date
{
	return any('infinity', '-infinity', 'epoch', ' 2024-02-29 ',
		'Jan 8, 1999', '1999-01-08 BC', 'J2451187', '12345-01-01')
	  if chance(0.03);
	my $text = day();
	$text .= ' BC' if chance(0.01) && $text =~ /^[0-3](?!.*2-?29)/;
	return $text . (chance(0.03) ? any(' 10:00:00', ' ') : '');
}

sub moment
{
	my ($zoned) = @_;

	return any('infinity', '-infinity', 'epoch') if chance(0.01);
	my $text = day();
	return $text if chance(0.03);
	$text .= chance(0.1) ? any('T', 't', '  ') : ' ';
	$text .= sprintf '%02d:%02d', int rand 24, int rand 60;
	$text .= sprintf ':%02d', any(0, 59, int rand 60) if chance(0.95);
	$text .= '.' . (chance(0.1) ? '9' x (1 + int rand 9) : digits(int rand 10))
	  if chance(0.7);
	$text =~ s/ .*/ 24:00:00/ if chance(0.005);
	$text .= any('Z', '+00', '-08', '+09:30', ' UTC', '+05:30:15',
		' America/New_York')
	  if $zoned && chance(0.1);
	$text .= any(' BC', ' AD') if $text =~ /^[0-3](?!.*2-?29).* / && chance(0.01);
	return $text;
}

sub truth
{
	my $text = any(qw(t f true false 1 0 y n yes no on off tr fal of));

	$text = any(uc $text, ucfirst $text, lc $text) if chance(0.4);
	$text =~ s/^of$/off/i;
	return chance(0.05) ? " $text " : $text;
}

sub uuid
{
	my $text = join '-', map {
		join '', map { sprintf '%x', int rand 16 } 1 .. $_
	} 8, 4, 4, 4, 12;

	$text = uc $text if chance(0.2);
	$text =~ s/-//g if chance(0.05);
	$text =~ s/^(.{4})(.{4})/$1-$2/ if chance(0.03) && $text =~ /^.{8}-/;
	return chance(0.05) ? "{$text}" : $text;
}

my @letters = (
	'a' .. 'z', ' ', '"', ',', "\n", "\r", '\\', "'",
	"\xc3\xa9", "\xe6\x97\xa5", "\xe6\x9c\xac", "\xf0\x9f\x90\x98");

# Up to so many characters
sub words { return join '', map { any(@letters) } 1 .. int rand($_[0] + 1) }

my @bulk = (
	[ int2 => sub { whole(32767) } ],
	[ int4 => sub { whole(2147483647) } ],
	[ int8 => sub { chance(0.5) ? whole(2147483647)
			  : any('', '-') . any(1 .. 8) . digits(int rand 19) } ],
	[ numeric => sub { decimal(any(3, 9, 20, 40), any(2, 8, 30)) } ],
	[ 'numeric(10,2)' => sub { decimal(7, 4) } ],
	[ 'numeric(18)' => sub { decimal(17, 2) } ],
	[ 'numeric(5,-2)' => sub { decimal(6, 1) } ],
	[ 'numeric(3,5)' => sub { '0.00' . digits(int rand 6) =~ s/^9/8/r } ],
	[ float4 => sub { real(24) } ],
	[ float8 => sub { real(53) } ],
	[ date => \&date ],
	[ timestamp => sub { moment(1) } ],
	[ 'timestamp(3)' => sub { moment(1) } ],
	[ timestamptz => sub { moment(1) } ],
	[ bool => \&truth ],
	[ uuid => \&uuid ],
	[ text => sub { words(30) } ],
	[ 'varchar(10)' => sub { words(10) . (chance(0.1) ? ' ' x 12 : '') } ]);
my $rows = int(62_500 / $divisor);

$node->safe_psql('postgres', $helpers);
$node->safe_psql('postgres',
	"CREATE SERVER files FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$root')");

{
	my $lines = '';
	for my $n (1 .. $rows)
	{
		my @fields = map {
			my $text = $_->[1]->();
			$text =~ /[",\n]/ || chance(0.05) ? quoted($text) : $text
		} @bulk;
		$lines .= join(',', $n, @fields) . "\n";
	}
	write_file("$root/bulk/LOAD00000001.csv", $lines);
	my $i = 0;
	my $columns = join ', ', 'n int', map { 'c' . ++$i . " $_->[0]" } @bulk;
	for my $zone ('UTC', 'America/New_York')
	{
		$node->safe_psql('postgres', <<"SQL");
DROP FOREIGN TABLE IF EXISTS bulk;
DROP TABLE IF EXISTS fast, slow;
CREATE FOREIGN TABLE bulk ($columns) SERVER files
  OPTIONS (prefix 'bulk', csv_row_delimiter '\\n', timezone '$zone');
SET $values = off;
CREATE UNLOGGED TABLE fast AS SELECT * FROM bulk;
SET $values = on;
CREATE UNLOGGED TABLE slow AS SELECT * FROM bulk;
SQL
		is(value('SELECT count(*), count(DISTINCT n) FROM fast'),
			"$rows|$rows", "$zone: every record is read");
		# also how a value is stored must be the same
		silent("$zone: " . $rows * @bulk . ' values are the same',
			join '', map { <<"SQL" } 1 .. @bulk);
SELECT n, 'c$_', f.c$_, s.c$_ FROM fast f FULL JOIN slow s USING (n)
WHERE NOT record_image_eq(ROW(f.c$_), ROW(s.c$_)) LIMIT 5;
SQL
	}
	silent(
		'EXCEPT ALL finds no difference of values either',
		$difference
	);
}

#
# Single values, whether they can be read or not
#

sub around
{
	my ($number) = @_;
	return ($number, map { "$_$number" } '-', '+', '0', '00000000000000000', ' ');
}

my @numbers = (
	'', ' ', '-', '+', '--1', '+-1', '1-', '1 2', '0x10', '0o7', '0b1', '1_000',
	'1,000', 'one', '1e3', '1E3', '1e-3', '1e', '.', '.5', '5.', '-.5', '-5.',
	'1..2', '1.2.3', 'NaN', 'nan', '-NaN', 'Infinity', '-inf', '+Infinity',
	'-0', '-0.00', '0.00', '+0.0', '00.10', "\t7", "7\n", "7\r", '7 ', ' 7 ', "7\x0b", "\xc2\xa07",
	'1e400', '1e200000', "\xef\xbc\x91", '12abc', '0e0', '1e+2', '1e2.0',
	map({ around($_) } 0, 1, 9, 32767, 32768, 32769, 65535, 65536, 99999, 100000,
		2147483647, 2147483648, 2147483649, 4294967295, 4294967296, 9999999999,
		'999999999999999999', '1000000000000000000', '9223372036854775807',
		'9223372036854775808', '9223372036854775809', '18446744073709551615',
		'18446744073709551616', '99999999999999999999'),
	map({ around($_) } '0.5', '0.4', '0.005', '0.004', '0.0049999999999999999', '9.99', '9.994',
		'9.995', '99.99', '99.995', '999.99', '999.995', '12345.67', '99999', '99949', '99950',
		'99999999.99', '99999999.994', '99999999.995', '100000000', '0.00001', '0.00999', '0.01',
		'0.000001', '123456789012345678', '12345678901234567.8', '1234567890.12345678',
		'1234567890123456.789', '0.123456789012345678', '0.1234567890123456789',
		'000000000000000000.000000000000000000', '1.10', '1.100', '1000000.00', '10000.0000'));

my @reals = (
	qw(inf INF -inf +inf in infinit infinity -Infinity infinityx nan NaN -nan +nan na nan(1) nanx
	  3.4028234e38 3.4028235e38 3.4028235677973366e38 3.4028236e38 3.5e38 1e38 1e39
	  1.1754944e-38 1.1754943e-38 1e-44 1.4e-45 1.5e-45 7.1e-46 7e-46 1e-46
	  1.7976931348623157e308 1.7976931348623158e308 1.7976931348623159e308 1.8e308 1e309
	  1e999999999999 2.2250738585072014e-308 2.2250738585072011e-308 1e-323 4.9e-324 2.5e-324
	  2e-324 1e-400 1e-999999999999
	  0e999999999999 -0e-999999999999 0x1p3 0x.8 0x 1f 1d 1L .e1 e1 1e 1e+ 1e- 1e1.5 1.e1 .5e1
	  1e 5 1e+-5 1ee5 9007199254740993 9007199254740993.0 9007199254740992.99999999999999999
	  16777217 16777217.000000000001 16777216.999999999999 8388608.5 8388609.5 0.1 0.2 0.3
	  1e22 1e23 8.5e22 123456789e-9 1_000 -.0 +.0 - +),
	'1,5', '1' x 20, '1' x 400, '9' x 39,
	'1' . '0' x 400 . 'e-400', '0.' . '0' x 400 . '1e401', '0.' . '0' x 60 . '1',
	'4' x 60 . '.' . '4' x 60, "1\0", "\xc2\xa01", "1\xc2\xa0", "\x0b1\f", "\t1e1\n");

my @days = (
	map({ my $y = $_; map { "$y-$_" } qw(01-01 02-28 02-29 02-30 12-31) }
		qw(0000 0001 0004 0100 0400 0099 1582 1900 1999 2000 2023 2024 9999)),
	map({ sprintf '2023-%02d-%02d', $_, $month_days[ $_ - 1 ] } 1 .. 12),
	map({ sprintf '2023-%02d-%02d', $_, $month_days[ $_ - 1 ] + 1 } 1 .. 12),
	'1582-10-10', '2024-00-01', '2024-01-00', '2024-13-01', '2024-1-1', '24-01-01', '02024-01-01',
	'10000-01-01', '5874897-12-31', '5874898-01-01', '294276-12-31', '294277-01-01',
	'-2024-01-01', '2024-01-01 BC', '4713-11-24 BC', '4714-11-24 BC', '4714-11-23 BC',
	'0001-01-01 BC', '0000-01-01 BC', '2024-01-01 AD', '20240101', '240101', '2024/01/01',
	'2024.01.01', '01/02/2024', '13/02/2024', '01-02-2024', '2024-Jan-01', 'Jan 1 2024',
	'2024-001', '2024.366', '2024-01', '2024', 'J2460311', 'infinity', '-infinity', '+infinity',
	'Infinity', 'epoch', 'allballs', '', ' ', '2024-01-01 ', ' 2024-01-01',
	'2024-01-01x', '2024-01-0x', '2024-0a-01', '2o24-01-01', '2024-01:01', "2024-01-01\n",
	'2024_01_01', '2024-01-01-', '2024--01-1', '2024-+1-01', '2024- 1-01', '2024-01- 1');
my @clocks = (
	'00:00:00', '23:59:59', '23:59:60', '23:59:61', '24:00:00', '24:00:01', '24:00:00.000001',
	'25:00:00', '12:60:00', '12:59:60', '12:34', '12', '1:2:3', '12:34:5', '123456', '12:34:56.',
	'12:34:56.1', '12:34:56.12', '12:34:56.123456', '12:34:56.1234564', '12:34:56.1234565',
	'12:34:56.1234567', '12:34:56.9999994', '12:34:56.9999995', '12:34:56.123456789',
	'12:34:56,123', '12:34:56.1x',
	'23:59:59.9999995', '23:59:59.999999', '12:34:56.1 ', '12:34:56 PM', '12:34:56 AM',
	'13:00:00 PM', '12:34:56.-1', '12:34:-6',
	'12:34:56Z', '12:34:56z', '12:34:56+00', '12:34:56-08', '12:34:56+09:30', '12:34:56+0930',
	'12:34:56 UTC', '12:34:56 PST', '12:34:56 Asia/Tokyo', '12:34:56 Mars/Base', '12:34:56+25',
	'12:34:56.5+00', '12:34:56.123456+00', '12:34:56 BC', '12:34:56.123456 BC', '02:30:00',
	'01:30:00');
my @moments = (
	map({ ($_, "$_ 12:34:56", "$_ 12:34:56.123456") } @days),
	map({ ("2024-02-29 $_", "2024-03-10 $_", "2024-11-03 $_", "2024-02-29T$_", "2024-02-29t$_",
				"9999-12-31 $_", "0001-01-01 $_") } @clocks),
	'2024-01-01  12:34:56', '2024-01-01_12:34:56', "2024-01-01\t12:34:56", '2024-01-01-12:34:56',
	'294276-12-31 23:59:59.999999', '4713-01-01 00:00:00 BC', '2024-01-01 12-34-56',
	'2024-01-01 12.34.56', '2024-01-01 12:34.56', 'now', 'noon', 'tomorrow 00:00');
my @truths = (
	map({ ($_, uc, ucfirst, " $_ ") }
		qw(t f true false 1 0 y n yes no on off tr tru fa fals of o ye 2 10 01 00 -1 truee falsee x
		  null)),
	'tRuE', 'FaLsE', '', ' ', "t\n", "true\r", '1 ', '+1', "\xef\xbc\x91");
my $u = '01234567-89ab-cdef-0123-456789abcdef';
my @uuids = (
	$u, uc $u, "{$u}", "{$u", "$u}", " $u", "$u ", $u =~ s/-//gr, '{' . ($u =~ s/-//gr) . '}',
	substr($u, 0, 35), "${u}0", $u =~ s/a/g/r, $u =~ s/-/_/r, $u =~ s/-/ /r, $u =~ s/01/0-1/r,
	'0123-4567-89ab-cdef-0123-4567-89ab-cdef', '01234567-89ab-cdef-0123456789abcdef', '', '-' x 36,
	'0' x 32, '01234567-89ab-cdef-01234-56789abcdef', $u =~ s/f$/\xc3\xa9/r, $u =~ s/f$/-/r,
	'0123456789-ab-cdef-0123-456789abcdef', "$u-");
my $long = "\xe6\x97\xa5" x 5;
my @texts = (
	'', ' ', 'abc', 'abcde', 'abcdef', 'abcde ', 'abcde     ', 'abcd  x', '     ', '      ', '     x',
	$long, "$long ", "${long}x", "\xe6\x97\xa5" x 6, "\xc3\xa9" x 5, "\xf0\x9f\x90\x98" x 5,
	"\xf0\x9f\x90\x98" x 2, "\xe6\x97\xa5" x 1, "ab\ncd", "ab\r", 'a"b', "a,b", "\\N", "\\x41",
	# what is no UTF-8: cut short, overlong, surrogates, too large, alone
	"\xff", "a\xc3", "\xc3(", "\xe6\x97", "\xe6\x97x", "\xc0\x80", "\xe0\x80\xaf", "\xed\xa0\x80",
	"\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\x80", "abcdefgh\x80", "abc\x00", "\x00",
	"a\x00bcdefghijk",
	"\xef\xbb\xbfabc", "\xef\xbf\xbf", "\xe2\x82\xac", "\xc2\x80", "\xe9\x80\x80", "\x7f", "\x01",
	('x' x 15) . "\x80", ('x' x 16) . "\xff", ('x' x 31) . "\xc3\xa9", ('x' x 31) . "\xc3",
	('x' x 40) . "\x00" . ('y' x 40),
	'x' x 126, 'x' x 127, 'x' x 10_000);

my @single = (
	map({ [ $_ => \@numbers ] }
		qw(int2 int4 int8 oid float4 float8 numeric positive),
		map { "numeric($_)" } '1', '18', '19', '10,2', '5,0', '5,-2', '2,-3', '3,5',
		'18,18', '4,4', '20,10', '38,10', '1000,500'),
	map({ [ $_ => \@reals ] } qw(float4 float8)),
	[ date => [ @days, '2024-01-01 12:34:56', '2024-01-01T00:00:00Z' ] ],
	map({ [ $_ => \@moments ] }
		qw(timestamp timestamp(0) timestamp(3) timestamp(6)
		  timestamptz timestamptz(0) timestamptz(6))),
	[ time => \@clocks ],
	[ bool => \@truths ],
	[ uuid => \@uuids ],
	map({ [ $_ => \@texts ] } qw(text varchar varchar(5) varchar(6) char(5) name bytea label)),
	[ 'text[]' => [ '{}', '{a,b}', '{a', "{\xff}" ] ],
	[ jsonb => [ '{}', '{"a": 1}', '{', "\"\xff\"" ] ]);

# Each type has a file of one record with a field for each value.
our @tables;
my $group = 0;
for my $i (0 .. $#single)
{
	my ($type, $list) = @{ $single[$i] };
	my @rest = @$list;
	while (my @some = splice @rest, 0, 40)
	{
		next if $group++ % $divisor;
		my $name = sprintf 'single_%d_%d', $i, scalar @rest;
		write_file("$root/$name/LOAD00000001.csv",
			join(',', 1, map { quoted($_) } @some) . "\n");
		push @tables, [ $name, $type, scalar @some ];
	}
}

# SQL that makes each table and reads each of its values by both ways.
sub contrast_values
{
	my ($zone) = @_;
	my $sql = "SET client_min_messages = warning;\n";
	for my $t (@tables)
	{
		my ($name, $type, $n) = @$t;
		my $columns = join ', ', 'n int', map { "c$_ $type" } 1 .. $n;
		$sql .= <<"SQL";
CREATE FOREIGN TABLE $name ($columns) SERVER files OPTIONS (prefix '$name', timezone '$zone');
SELECT d FROM generate_series(1, $n) i,
  LATERAL contrast('$values', format('SELECT c%s::text FROM $name', i)) d WHERE d IS NOT NULL;
SQL
	}
	return $sql;
}

# What was compared, and how much of it is an error.
sub seen
{
	my ($what, $expected, $least) = @_;
	my ($all, $failed) = split /\|/,
	  value('SELECT count(*), count(*) FILTER (WHERE failed) FROM seen');
	is($all, $expected, "$what: every one was tried");
	cmp_ok($failed, '>', $least, "$what: many are errors");
	note("$what: $all, $failed errors");
}

sub singles
{
	my ($zone, $session) = @_;
	my $total = 0;
	$total += $_->[2] for @tables;
	silent("$zone, $session: each value or error is the same", join '',
		"TRUNCATE seen;\n$session\n", contrast_values($zone),
		map { "DROP FOREIGN TABLE $_->[0];\n" } @tables);
	seen("$zone, $session: values", $total, 1000 / $divisor);
}

my $domains = <<"SQL";
CREATE DOMAIN positive AS int4 CHECK (VALUE > 0);
CREATE DOMAIN label AS varchar(5) NOT NULL;
SQL

$node->safe_psql('postgres', $domains);
singles('UTC', "SET TimeZone = 'UTC';");
singles('America/New_York', "SET DateStyle = 'SQL, DMY'; SET TimeZone = 'Asia/Tokyo';");
for my $encoding (qw(LATIN1 EUC_JP SQL_ASCII))
{
	my $db = lc $encoding;
	$node->safe_psql('postgres',
		"CREATE DATABASE $db TEMPLATE template0 ENCODING '$encoding'");
	value("CREATE EXTENSION cdc_fdw;\n$helpers$domains"
		. "CREATE SERVER files FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$root');", $db);
	local @tables = grep { $_->[1] =~ /text|char|name|label|bool|uuid|^int4$/ } @tables;
	silent("$db: each value or error is the same", contrast_values('UTC'), $db);
}

#
# Records
#

# A field of any kind; fillers bring quotes and delimiters to every place in
# the blocks of 64 bytes.
sub field
{
	my ($d) = @_;
	my $text = chance(0.2) ? '' : chance(0.5) ? digits(1 + int rand 9) : words(any(3, 12, 40));

	$text = 'x' x (int(rand 200)) . $text if chance(0.1);
	$text = any('x', '"', "\n", ',', "\"\n") x int(rand 140) if chance(0.03);
	$text = words(3) x int(rand 3000) if chance(0.0005);
	if (!$d->{quote})
	{
		$text =~ s/[\Q$d->{delim}$d->{term}\E]/_/g;
		return $text;
	}
	return quoted($text)
	  if $text =~ /["\Q$d->{delim}$d->{term}\E]/ || chance(0.3);
	return $text;
}

sub document
{
	my ($d, $n, $width) = @_;
	my $text = '';
	for my $i (1 .. $n)
	{
		my $eol = $d->{crlf} ? "\r\n" : $d->{term};
		# a bare CR at a line's end would belong to it
		my @fields = map { $d->{crlf} ? field($d) =~ s/\r/_/gr : field($d) } 1 .. $width;
		$text .= join($d->{delim}, $i, @fields) . $eol;
	}
	$text =~ s/\r?\Q$d->{term}\E$// if chance(0.3);
	return $text;
}

# A dialect's options; carriage returns are data where nothing else is said.
sub options
{
	my ($d) = @_;
	return $d->{options} . ($d->{options} =~ /csv_row_delimiter/ ? '' : ", csv_row_delimiter '\\n'");
}

my %comma = (delim => ',', term => "\n", quote => 1, options => '');
my @dialects = (
	[ 'commas', 200_000, {%comma} ],
	[ 'tabs', 20_000, { %comma, delim => "\t", options => ", csv_delimiter '\\t'" } ],
	[ 'bars', 20_000, { %comma, term => '|', options => ", csv_row_delimiter '|'" } ],
	[ 'carriage returns', 20_000, { %comma, term => "\r", options => ", csv_row_delimiter '\\r'" } ],
	[ 'both', 20_000, { %comma, crlf => 1, options => ", csv_row_delimiter '\\r\\n'" } ],
	[ 'unquoted', 20_000, { %comma, quote => 0, options => ", rfc4180 'false'" } ],
	[ 'controls', 20_000, { %comma, delim => "\x01", term => "\x02",
			options => ", csv_delimiter '\\x01', csv_row_delimiter '\\x02'" } ],
	[ 'semicolons', 20_000, { %comma, delim => ';', options => ", csv_delimiter ';'" } ],
	# there are none with the high bit
	[ 'the last byte', 20_000, { %comma, delim => "\x7e", term => "\x7f",
			options => ", csv_delimiter '\\x7e', csv_row_delimiter '\\x7f'" } ]);

for my $i (0 .. $#dialects)
{
	my ($name, $n, $d) = @{ $dialects[$i] };
	$n = int($n / $divisor);
	my $width = $i == 0 ? 4 : any(1 .. 12);
	write_file("$root/dialect_$i/LOAD00000001.csv", document($d, $n, $width));
	my $columns = join ', ', 'n int', map { "c$_ text" } 1 .. $width;
	$node->safe_psql('postgres', <<"SQL");
CREATE FOREIGN TABLE dialect_$i ($columns, line bigint OPTIONS (role 'line'))
  SERVER files OPTIONS (prefix 'dialect_$i'@{[ options($d) ]});
DROP TABLE IF EXISTS fast, slow;
SET $records = off;
CREATE UNLOGGED TABLE fast AS SELECT * FROM dialect_$i;
SET $records = on;
CREATE UNLOGGED TABLE slow AS SELECT * FROM dialect_$i;
SQL
	is(value('SELECT count(*) FROM fast'), $n, "$name: every record is read");
	silent("$name: $n records and their lines are the same", $difference);
}

# One column, so that empty lines are records.
write_file("$root/lines/LOAD00000001.csv", join '',
	map { any('', '', 'a', '""', '"a"', '"a""b"', "\"\n\"", "\r", ' ', "\"\n\n\"") . "\n" }
	  1 .. 50_000);
$node->safe_psql('postgres', <<"SQL");
CREATE FOREIGN TABLE lines (v text, line bigint OPTIONS (role 'line'))
  SERVER files OPTIONS (prefix 'lines', csv_row_delimiter '\\n');
DROP TABLE IF EXISTS fast, slow;
SET $records = off;
CREATE UNLOGGED TABLE fast AS SELECT * FROM lines;
SET $records = on;
CREATE UNLOGGED TABLE slow AS SELECT * FROM lines;
SQL
is(value('SELECT count(*) FROM fast'), 50_000, 'empty lines are records');
silent('empty lines: records and their lines are the same', $difference);

#
# Broken records
#

sub broken
{
	my ($d) = @_;
	my $text = document($d, 1 + int rand 30, 2);

	# some damage: bytes put in, taken out, or all cut off
	for (1 .. 1 + int rand 2)
	{
		my $at = int rand length $text;
		my $how = int rand 4;
		if ($how < 2)
		{
			substr $text, $at, 0,
			  any('"', '"', '"', '""', "\r", $d->{delim}, $d->{term}, "\"\r$d->{term}", '"x', 'x"',
				"\x00");
		}
		elsif ($how == 2) { substr $text, $at, 1, '' }
		else { $text = substr $text, 0, $at }
	}
	return $text;
}

# What reads a broken file of three columns by both ways.
sub contrast_file
{
	my ($name, $text, $options) = @_;

	write_file("$root/$name/LOAD00000001.csv", $text);
	return <<"SQL";
CREATE FOREIGN TABLE $name (n text, c1 text, c2 text, line bigint OPTIONS (role 'line'))
  SERVER files OPTIONS (prefix '$name'$options);
SELECT d FROM contrast('$records', 'SELECT * FROM $name') d WHERE d IS NOT NULL;
SELECT d FROM contrast('$records', 'SELECT min(line) FROM $name') d WHERE d IS NOT NULL;
DROP FOREIGN TABLE $name;
SQL
}

{
	my $sql = "SET client_min_messages = warning;\nTRUNCATE seen;\n";
	my $n = 0;
	for my $i (0 .. $#dialects)
	{
		my $d = $dialects[$i][2];
		for (1 .. ($i == 0 ? 600 : 100))
		{
			my $name = 'broken_' . ++$n;
			my $text = broken($d);
			# sometimes far behind the start, where another piece is read
			$text = document($d, 8_000, 2) . "\n" . $text if $n % 100 == 0;
			$sql .= contrast_file($name, $text, options($d));
		}
	}
	# each kind of damage around the border of two blocks
	for my $field ('"a"x', '"a""', '"a"""', '"a" ', "\"a\"\r", 'a"', '""x', '"', '"a"",')
	{
		for my $place (56 .. 70)
		{
			my $name = 'broken_' . ++$n;
			$sql .= contrast_file($name,
				'x' x $place . ",$field,b\ny,\"c\",\"d\"\n", '');
		}
	}
	silent("$n broken files: the same error on the same line and field", $sql);
	seen('readings of broken files', 2 * $n, $n);
}

$node->stop;
done_testing();


# Draws what a log looks like: the task's settings, the table, its values.
# Everything follows from srand(seed).
package CdcOracle::Draw;

use strict;
use warnings;
use utf8;

use Digest::MD5 qw(md5);
use Exporter 'import';
our @EXPORT = qw(aside chance any between draw_config draw_value key_values);

sub chance { return rand() < $_[0] }
sub any { return $_[ int rand @_ ] }
sub between { return $_[0] + int rand($_[1] - $_[0] + 1) }

# A stream of numbers in [0, 1) of its own: who draws from it leaves the draws
# of all others, and so the rest of the log, as they are.
sub aside
{
	my ($cfg, $what) = @_;
	my $n = 0;
	return sub {
		$n++;
		return unpack('N', md5("cdc_fdw $cfg->{seed} $what $n")) / 2**32;
	};
}

my @TEXTS = (
	'plain', 'Ünïcode', '加湿器', '日本語, とカンマ', 'a,b', 'x;y|z', "tab\there",
	'say "hi"', '"', '""quoted""', "two\nlines", "dos\r\nlines", "cr\ronly",
	' leading', 'trailing ', '  ', 'back\\slash', 'a\\nb', "\\N", 'NULL',
	'null', 'I', 'U', 'D', '0', "it's", '{"a":1}', '%s', 'ends with quote"',
	"\n", ',', 'x' x 200);

my %TYPES = (
	'int' => sub { between(-1000, 1000000) },
	'bigint' => sub { between(-5, 5) * 1000000007 + between(0, 9) },
	'numeric(12,2)' => sub { sprintf any('%.2f', '%.2f', '%.1f', '%d'),
		  between(0, 2000000) / 100 },
	'numeric' => sub { any('2019.0000000000', '0.001', '-17', '21000.00') },
	'text' => sub { any(@TEXTS) },
	'varchar(250)' => sub { any(@TEXTS) },
	'boolean' => sub { any('true', 'false', 't', 'f', '1', '0') },
	'date' => sub { sprintf '20%02d-%02d-%02d', between(0, 30),
		  between(1, 12), between(1, 28) },
	'timestamp' => sub {
		my $t = sprintf '20%02d-%02d-%02d %02d:%02d:%02d', between(0, 30),
		  between(1, 12), between(1, 28), between(0, 23), between(0, 59),
		  between(0, 59);
		my $digits = between(0, 6);
		$t .= '.' . join '', map { between(0, 9) } 1 .. $digits if $digits;
		$t;
	},
	'double precision' => sub { any('+3.23800011e+01', '1.5', '-0.25',
			'1e300', '0.1', '123456789.12345678', 'NaN') },
	'real' => sub { any('+3.23800011e+01', '+1.16099997e+01', '-2.5e-03') },
	'jsonb' => sub { any('{"a": 1, "b": [1, 2, {"c": null}]}', '[]', '"s"',
			'{"k": "v, \\"w\\" 日本"}', '12', '{}') },
	'int[]' => sub { any('{}', '{1,2,3}', '{NULL,7}', '{5}',
			'{{1,2},{3,4}}') },
	'bytea' => sub { any('', '\\x') . any('deadbeef', '00ff', '5c') },
);
$TYPES{timestamptz} = $TYPES{timestamp};

# A value of a column as its log text, or undef for NULL.
sub draw_value
{
	my ($cfg, $col) = @_;
	return undef if chance($col->{nulls});
	my $value;
	for (1 .. 20)
	{
		$value = $TYPES{ $col->{type} }->();
		$value = '' if $col->{texts} && $cfg->{empty_texts} && chance(0.1);
		next if !$cfg->{rfc4180} && !plain_ok($cfg, $value);
		return $value;
	}
	return undef;
}

# Can a value stand in a field that nothing quotes?
sub plain_ok
{
	my ($cfg, $value) = @_;
	return 0 if $value =~ /[\r\n]/;
	return 0 if index($value, $cfg->{delimiter}) >= 0;
	return 0 if defined $cfg->{null_value} && $value eq $cfg->{null_value};
	return 1;
}

# How the n'th key is written, part by part; no two n share all parts.
my %KEYPARTS = (
	'int' => sub { $_[0] - 3 },
	'bigint' => sub { 10000000000 * $_[0] + 7 },
	'text' => sub { ('say "a"', 'b c', 'B', '鍵', 'q"', 'x ', 'a,b', 'é')[ $_[0] % 8 ]
		  . ($_[0] >= 8 ? int($_[0] / 8) : '') },
	'numeric' => sub { $_[0] % 3 == 2 ? $_[0] . '.5' : $_[0] + 0 },
	'date' => sub { sprintf '%04d-%02d-%02d', 2000 + int($_[0] / 336),
		  1 + int($_[0] / 28) % 12, 1 + $_[0] % 28 },
	'uuid' => sub { sprintf '%08x-abcd-4def-8a0b-%012x', $_[0] * 7919,
		  $_[0] },
);

sub key_values
{
	my ($cfg, $n) = @_;
	my @keys = grep { $_->{key} } @{ $cfg->{columns} };
	my @parts;
	for my $i (reverse 1 .. $#keys)
	{
		unshift @parts, $n % 4;
		$n = int($n / 4);
	}
	unshift @parts, $n;
	return map {
		my $v = $KEYPARTS{ $keys[$_]{type} }->($parts[$_]);
		$v =~ s/\Q$cfg->{delimiter}\E/_/g unless $cfg->{rfc4180};
		$v;
	} 0 .. $#keys;
}

sub draw_columns
{
	my ($cfg) = @_;
	my @columns;
	my $nkeys = $cfg->{keyless} ? 0 : any(1, 1, 1, 2, 2, 3);
	for my $i (1 .. $nkeys)
	{
		push @columns,
		  {
			name => $nkeys == 1 ? 'id' : "k$i",
			key => 1,
			type => any('int', 'int', 'bigint', 'text', 'numeric', 'date',
				'uuid')
		  };
	}
	my $nvalues = between($cfg->{keyless} ? 1 : 1, 5);
	my @types = sort keys %TYPES;
	for my $i (1 .. $nvalues)
	{
		my $type = $i == 1 ? 'text' : any(@types);
		$type = any('int', 'text') if $cfg->{big};
		push @columns,
		  {
			name => "v$i",
			type => $type,
			texts => $type =~ /^(?:text|varchar)/ ? 1 : 0,
			nulls => any(0, 0.1, 0.4),
		  };
	}

	# the key need not come first
	if (!$cfg->{keyless} && chance(0.25))
	{
		my $value = pop @columns;
		unshift @columns, $value;
	}
	return \@columns;
}

sub draw_dialect
{
	my ($cfg) = @_;
	$cfg->{rfc4180} = chance(0.85) || 0;
	$cfg->{delimiter} = any(',', ',', ',', ';', '|', "\t");
	$cfg->{eol} = chance(0.2) ? "\r\n" : "\n";
	$cfg->{null_value} = any(undef, undef, '', 'NULL', '\\N');

	# without quotes and a NULL text an empty string cannot be written
	$cfg->{empty_texts} = $cfg->{rfc4180}
	  || (defined $cfg->{null_value} && $cfg->{null_value} ne '');
	$cfg->{gzip} = any('no', 'no', 'no', 'all', 'some');
	$cfg->{header} = chance(0.4) || 0;
	$cfg->{ops} = any([ 'I', 'U', 'D' ], [ 'I', 'U', 'D' ],
		[ 'INSERT', 'UPDATE', 'DELETE' ], [ 'i', 'u', 'd' ]);
}

sub draw_folders
{
	my ($cfg) = @_;
	$cfg->{date} = {
		sequence => any('YYYYMMDD', 'YYYYMMDDHH', 'YYYYMM', 'MMYYYYDD',
			'DDMMYYYY'),
		delimiter => any('SLASH', 'DASH', 'UNDERSCORE', 'NONE'),
	} if chance(0.3);
	($cfg->{zone}, $cfg->{zone_offset}) =
	  @{ any([ 'Asia/Tokyo', 9 * 3600 ], [ 'Asia/Kolkata', 19800 ]) }
	  if $cfg->{date} && chance(0.2);
	$cfg->{zone_offset} ||= 0;
	$cfg->{partitions} = any('alpha', 'digit') if chance(0.15);
	$cfg->{partitions} = 'alpha'
	  if $cfg->{partitions} && $cfg->{date};
	$cfg->{segments} = chance(0.15) || 0;
	$cfg->{fraction} = any(3, 3, 3, 0 .. 9);
	$cfg->{mixed_fraction} = chance(0.15) || 0;
	$cfg->{nloads} = any(1, 1, 1, 2, 3, 11);
}

# Where the rules of one setting forbid another, the later one gives way.
sub draw_task
{
	my ($cfg) = @_;
	$cfg->{clock} = chance(0.65) ? 'commit' : 'file';
	$cfg->{mode} = any('all', 'all', 'all', 'all', 'all', 'all', 'all', 'all',
		'inserts', 'inserts_updates');
	$cfg->{keyless} = 1 if chance(0.05);
	$cfg->{mode} = any('all', 'inserts') if $cfg->{keyless};
	$cfg->{txn} = chance(0.12) || 0;
	$cfg->{constraint} = any('row', 'stmt', 'commit');
	$cfg->{base} = chance(0.88) || 0;
	$cfg->{seconds} = $cfg->{clock} eq 'commit' && chance(0.15) || 0;
	$cfg->{sequence} = chance($cfg->{clock} eq 'commit' ? 0.3 : 0.08) || 0;
	$cfg->{before} = !$cfg->{keyless} && chance(0.7) || 0;
	$cfg->{rekeys} =
	  $cfg->{keyless} ? 0 : $cfg->{before} ? 1 : chance(0.2) || 0;
	$cfg->{nosup} = !$cfg->{keyless} && chance(0.3) || 0;
	$cfg->{tasks} = !$cfg->{txn} && chance(0.12) ? 2 : 1;
	$cfg->{restarts} = chance(0.35) ? between(1, 3) : 0;
	$cfg->{cut} = any('transaction', 'anywhere');
	$cfg->{reload} = $cfg->{base} && chance(0.2) || 0;
	$cfg->{overlap} = $cfg->{base} && !$cfg->{reload} && chance(0.3) || 0;
	$cfg->{overlap} = 0 if $cfg->{keyless};
	$cfg->{add_columns} = chance(0.2) || 0;
	$cfg->{skew} = any(10, 10, 10, 0, 2, 60);
}

sub settle
{
	my ($cfg) = @_;

	if ($cfg->{txn})
	{
		$cfg->{header} = 0;
		$cfg->{add_columns} = 0;
		$cfg->{gzip} = 'no';
		delete @$cfg{qw(date zone)};
		$cfg->{zone_offset} = 0;
		$cfg->{mode} = 'all';
	}

	# the op in CDC and LOAD files
	$cfg->{cdc_op} = 1;
	$cfg->{load_op} = any('no', 'no', 'yes', 'mixed');
	if ($cfg->{mode} ne 'all')
	{
		$cfg->{load_op} = any('no', 'yes');
		$cfg->{cdc_op} = $cfg->{load_op} eq 'yes' || 0;
		$cfg->{cdc_op} = chance(0.5) || 0
		  if $cfg->{mode} eq 'inserts_updates' && !$cfg->{cdc_op};
	}
	if (!$cfg->{cdc_op} || $cfg->{mode} eq 'inserts')
	{
		$cfg->{rekeys} = $cfg->{before} = 0;
		$cfg->{nosup} = 0;
	}
	if ($cfg->{keyless})
	{
		$cfg->{overlap} = 0;
		$cfg->{tasks} = 1 unless $cfg->{sequence};
		$cfg->{restarts} = 0 unless $cfg->{sequence};
		$cfg->{reload} = 0 if $cfg->{clock} eq 'file';
	}
	$cfg->{load_op} = any('no', 'yes')
	  if $cfg->{add_columns} && $cfg->{load_op} eq 'mixed';
	$cfg->{add_columns} = 0
	  if !$cfg->{header} && ($cfg->{before} || $cfg->{sequence});
	$cfg->{say_load_op} =
	     $cfg->{load_op} ne 'mixed'
	  && ($cfg->{add_columns} || $cfg->{mode} ne 'all' || chance(0.5))
	  || 0;

	# one file's records share a time: order by sequence has no such groups
	$cfg->{constraint} = 'row'
	  if $cfg->{sequence} && $cfg->{clock} eq 'file';
	if (!$cfg->{keyless})
	{
		for my $col (grep { !$_->{key} } @{ $cfg->{columns} })
		{
			$col->{keep} = 1
			  if $cfg->{cdc_op} && !$cfg->{nosup} && chance(0.07);
		}
	}

	# a sequence orders the lines of a commit however they stand
	$cfg->{shuffled} = $cfg->{sequence} && $cfg->{clock} eq 'commit'
	  && !$cfg->{big} && chance(0.5) || 0;

	# columns that come later stand last
	if ($cfg->{add_columns})
	{
		my $last = $cfg->{columns}[-1];
		if ($last->{key} || @{ $cfg->{columns} } < 3)
		{
			$cfg->{add_columns} = 0;
		}
		else
		{
			$last->{added} = 1;
			$last->{nulls} = 0.1;
			delete $last->{keep};

			# rows from before may have a default
			$last->{missing} = draw_value($cfg, $last) if chance(0.4);
			$last->{may_lack} = 1 if defined $last->{missing} || chance(0.3);
		}
	}

	# a column of the files that the table does not declare
	$cfg->{pinned} = !$cfg->{header} && !$cfg->{add_columns} && chance(0.15)
	  || 0;
	any(@{ $cfg->{columns} })->{after_gap} = 1
	  if $cfg->{pinned} && chance(0.7);
}

# What came to the generator later.
sub draw_aside
{
	my ($cfg) = @_;
	my $draw = aside($cfg, 'settings');
	my ($repeats, $checked, $differs, $qlik, $all) = map { $draw->() } 1 .. 5;
	my $load = $cfg->{base} && !$cfg->{keyless};
	my $gaps = $cfg->{nosup} || grep { $_->{keep} } @{ $cfg->{columns} };

	# rows of the full load that come again; one: their keys are compared
	$cfg->{repeats} = $checked < 0.5 ? 'one' : 'all' if $load && $repeats < 0.2;

	# which of two rows would give the cells left out, nothing says
	$cfg->{differs} = $load && !$gaps && $differs < 0.12 || 0;

	# rows before updates in records of their own, before those that change a
	# key or before all; without a header a file could not begin with one
	$cfg->{qlik} = $cfg->{before} && $cfg->{header} && $qlik < 0.4
	  ? ($all < 0.5 ? 'all' : 'some') : 0;
}

sub draw_config
{
	my ($seed, %force) = @_;
	my $cfg = { seed => $seed };
	$cfg->{big} = $seed % 30 == 0 || 0;
	draw_task($cfg);
	draw_dialect($cfg);
	draw_folders($cfg);
	if ($cfg->{big})
	{
		$cfg->{keyless} = 0;
		$cfg->{mode} = 'all';
		$cfg->{txn} = 0;
		$cfg->{add_columns} = 0;
	}
	$cfg->{$_} = $force{$_} for keys %force;
	$cfg->{columns} = draw_columns($cfg);
	settle($cfg);
	draw_aside($cfg);
	$cfg->{no_sup_value} = any('NOSUP', '<none>', '__not_supplied__')
	  if $cfg->{nosup};
	return $cfg;
}

1;

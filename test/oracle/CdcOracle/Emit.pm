
# Writes what DMS would write: cuts the records into files, names them, and
# puts fields into bytes.
package CdcOracle::Emit;

use strict;
use warnings;
use utf8;

use Encode qw(encode);
use Exporter 'import';
our @EXPORT = qw(deliver write_base write_change_files instant_text);

use File::Basename qw(dirname);
use File::Path qw(make_path);
use IO::Compress::Gzip qw(gzip $GzipError);
use POSIX qw(strftime);

use CdcOracle::Draw;
use CdcOracle::Repeats;

use constant SECOND => 1_000_000;

# microseconds since 1970 as DMS writes them
sub instant_text
{
	my ($at, $digits) = @_;
	my $text = strftime('%Y-%m-%d %H:%M:%S', gmtime(int($at / SECOND)));
	$digits = 6 unless defined $digits;
	$text .= '.' . substr(sprintf('%06d', $at % SECOND), 0, $digits)
	  if $digits;
	return $text;
}

#
# Which records stand in which file
#

# Stretches [from, to) of the records as one task writes them: after a restart
# it begins again at an earlier record.
sub stretches
{
	my ($cfg, $records) = @_;
	my $total = @$records;
	my ($from, @stretches) = (0);
	my $reached = 0;
	for (1 .. ($total ? $cfg->{restarts} : 0))
	{
		my $to = between($reached, $total);
		my $again = between(chance(0.3) ? 0 : int($to / 2), $to);
		if ($cfg->{cut} eq 'transaction' || $cfg->{txn})
		{
			$to = commit_start($records, $to);
			$again = commit_start($records, $again);
		}
		next if $to <= $from;
		push @stretches, [ $from, $to ];
		$reached = $to if $to > $reached;
		$from = $again;
	}
	push @stretches, [ $from, $total ];
	return @stretches;
}

# The first record that shares this one's transaction (its commit time).
sub commit_start
{
	my ($records, $i) = @_;
	return $i if $i >= @$records;
	$i-- while $i > 0 && $records->[ $i - 1 ]{time} == $records->[$i]{time};
	return $i;
}

# Round up to what a name with so many fraction digits can say.
sub name_time
{
	my ($at, $digits) = @_;
	return $at if $digits >= 6;
	my $tick = 10**(6 - $digits);
	return int(($at + $tick - 1) / $tick) * $tick;
}

# Where a file that begins with record $i ends, and when it is flushed.
sub file_end
{
	my ($cfg, $records, $i, $to, $open) = @_;
	my $flush = $open
	  + any(1000, 100_000, 2 * SECOND, 20 * SECOND, 60 * SECOND);
	my $most = $cfg->{big} ? 2000 : any(1, 3, 8, 40);
	my $j = $i;
	while ($j < $to)
	{
		last if $records->[$j]{wide} != $records->[$i]{wide};
		last if $records->[$j]{time} >= $flush && $j > $i;
		last
		  if $j - $i >= $most
		  && !($cfg->{txn}
			&& $records->[$j]{time} == $records->[ $j - 1 ]{time});
		$j++;
	}
	my $last = $records->[ $j - 1 ]{time};
	$flush = $last + 1 if $flush <= $last;
	$flush = ($open > $last ? $open : $last + 1) + int rand 5000
	  if $j < $to && chance(0.3);
	return ($j, $flush);
}

# All files one task writes for the records: {task, time, digits, from, to},
# from = to for an empty one.  A late one is named long after what it holds,
# and the others go on as if it had been in time.
sub deliver
{
	my ($cfg, $records, %args) = @_;
	my ($now, $previous, @files) = (0, 0);
	my $push = sub {
		my ($at, $from, $to, $late) = @_;
		my @before = ($now, $previous);
		my $digits = $cfg->{mixed_fraction} ? between(3, 9) : $cfg->{fraction};
		$at = $previous + 1 if $at <= $previous;
		$at = name_time($at, $digits);
		$at = name_time($at + 1, $digits) while $args{names}{$at}++;
		$previous = $now = $at;
		($now, $previous) = @before if $late;
		push @files,
		  {
			task => $args{task},
			time => $at,
			digits => $digits,
			from => $from,
			to => $to
		  };
	};
	for my $stretch (stretches($cfg, $records))
	{
		my ($i, $to) = @$stretch;
		while ($i < $to)
		{
			my $open = $records->[$i]{time} + $args{lag} + int rand 2 * SECOND;
			$open = $now if $open < $now;
			my ($j, $flush) = file_end($cfg, $records, $i, $to, $open);
			if ($cfg->{txn} && chance(0.5))
			{
				# the name is the file's creation, maybe before its commits
				$flush = $records->[$i]{time} + int rand SECOND;
			}
			$push->($now + int rand SECOND, $i, $i) if $i && chance(0.06);
			if ($cfg->{late} && chance(0.2))
			{
				$push->($flush + any(90, 3600, 86400, 259200) * SECOND,
					$i, $j, 1);
			}
			else { $push->($flush, $i, $j) }
			$i = $j;
		}
		$now += any(1, 10, 200) * SECOND;
	}
	return @files;
}

#
# Names
#

sub file_name
{
	my ($cfg, $file) = @_;
	my $local = $file->{time} + $cfg->{zone_offset} * SECOND;
	my @utc = gmtime(int($local / SECOND));
	my $fraction = sprintf '%06d', $local % SECOND;
	$fraction .= join '', map { between(0, 9) } 1 .. 3;
	$fraction = substr $fraction, 0, $file->{digits};
	return
	    "$cfg->{cdc_folder}/CDC_TXN-"
	  . strftime('%Y%m%d%H%M%S', @utc)
	  . substr($fraction . '000', 0, $file->{digits} || 3) . '.csv'
	  if $cfg->{txn};
	my $name = strftime('%Y%m%d-%H%M%S', @utc) . "$fraction.csv";
	$name .= '.gz' if $file->{gzip};
	my $folder = $cfg->{folder};
	$folder .= "_$file->{task}" if $cfg->{task_folders};
	return "$folder/" . date_folder($cfg, $local) . $name;
}

# With its slash.  Around midnight it may be the day after the name's.
sub date_folder
{
	my ($cfg, $local) = @_;
	my $date = $cfg->{date} or return '';
	my $at = int($local / SECOND);
	my $midnight = 86400 - $at % 86400;
	$at += $midnight if $midnight < 60 && chance(0.5);
	my @utc = gmtime($at);
	my %parts = (
		YYYYMMDD => [ '%Y', '%m', '%d' ],
		YYYYMMDDHH => [ '%Y', '%m', '%d', '%H' ],
		YYYYMM => [ '%Y', '%m' ],
		MMYYYYDD => [ '%m', '%Y', '%d' ],
		DDMMYYYY => [ '%d', '%m', '%Y' ]);
	my %between =
	  (SLASH => '/', DASH => '-', UNDERSCORE => '_', NONE => '');
	return join($between{ $date->{delimiter} },
		map { strftime($_, @utc) } @{ $parts{ $date->{sequence} } })
	  . '/';
}

#
# Fields
#

# One field as bytes-to-be.  $how: value | removed | unsupplied
sub field
{
	my ($cfg, $value, $texts, $how) = @_;
	my $null = $cfg->{null_value};
	my $null_text = defined $null && $null ne '';
	return '' if $how eq 'removed';
	return $cfg->{no_sup_value} if $how eq 'unsupplied';
	if (!defined $value)
	{
		return '' unless $null_text;
		return $null if $texts;
		return any($null, '');
	}
	if ($value eq '')
	{
		return '' unless $cfg->{rfc4180};
		return $null_text ? any('', '""') : '""';
	}
	return $value unless $cfg->{rfc4180};
	return $value
	  unless $value =~ /[",\r\n]/
	  || index($value, $cfg->{delimiter}) >= 0
	  || ($null_text && $value eq $null)
	  || chance(0.05);
	$value =~ s/"/""/g;
	return qq("$value");
}

# Another text for an equal key.
sub key_text
{
	my ($cfg, $col, $value) = @_;
	return $value if !defined $value || chance(0.8);
	return uc $value if $col->{type} eq 'uuid';
	return $value =~ /\./ ? "${value}00" : "$value.00"
	  if $col->{type} eq 'numeric';
	return $value;
}

# The fields of one record by column name; '' names the op, '@' the time.
sub record_fields
{
	my ($cfg, $record, $op) = @_;
	my %fields;
	$fields{''} = $record->{op_text} if $op;
	$fields{'@'} = instant_text($record->{time}, $cfg->{time_digits})
	  if $cfg->{clock} eq 'commit';
	for my $i (0 .. $#{ $cfg->{columns} })
	{
		my $col = $cfg->{columns}[$i];
		my $value = $record->{cells}[$i];
		$value = key_text($cfg, $col, $value) if $col->{key};
		$fields{ $col->{name} } =
		  field($cfg, $value, $col->{texts}, $record->{how}[$i]);
	}
	my $k = 0;
	for my $col (grep { $_->{before_of} } @{ $cfg->{extra} })
	{
		my $value = $record->{before} ? $record->{before}[$k] : undef;
		$k++;
		$fields{ $col->{name} } =
		  field($cfg, $value, $col->{type} eq 'text', 'value');
	}
	$fields{'#'} = $record->{seq} if $cfg->{sequence};
	return \%fields;
}

# The order of the fields in a file, as names of record_fields; some more
# where a header tells them apart.
sub field_order
{
	my ($cfg, $op, $wide) = @_;
	my @order;
	push @order, '' if $op;
	push @order, '@' if $cfg->{clock} eq 'commit';
	push @order, map { $_->{after_gap} ? ('+gap', $_->{name}) : $_->{name} }
	  grep { $wide || !$_->{added} } @{ $cfg->{columns} };
	push @order, map { $_->{before_of} ? $_->{name} : '#' } @{ $cfg->{extra} };
	return @order unless $cfg->{header};
	push @order, map { "+$_" } 1 .. between(0, 2);
	@order = sort { $a->[0] <=> $b->[0] } map { [ rand, $_ ] } @order;
	return map { $_->[1] } @order;
}

sub header_name
{
	my ($cfg, $name) = @_;
	return $cfg->{op_name} if $name eq '';
	return $cfg->{time_name} if $name eq '@';
	return $cfg->{sequence_name} if $name eq '#';
	return "not_declared_$1" if $name =~ /^\+(\d)/;
	my ($col) = grep { $_->{name} eq $name }
	  (@{ $cfg->{columns} }, @{ $cfg->{extra} });
	return $col->{in_file};
}

sub header_line
{
	my ($cfg, @order) = @_;
	return join($cfg->{delimiter},
		map { field($cfg, header_name($cfg, $_), 1, 'value') } @order)
	  . $cfg->{eol};
}

sub line
{
	my ($cfg, $fields, @order) = @_;
	return join($cfg->{delimiter},
		map { defined $fields->{$_} ? $fields->{$_} : 'extra' } @order)
	  . $cfg->{eol};
}

sub put
{
	my ($cfg, $key, $text, $gzip) = @_;
	my $path = "$cfg->{dir}/$key";
	make_path(dirname($path));
	my $bytes = encode('UTF-8', $text);
	if ($gzip)
	{
		my $packed;
		gzip(\$bytes => \$packed, Minimal => 1) or die $GzipError;
		$bytes = $packed;
	}
	open my $out, '>:raw', $path or die "$path: $!";
	print $out $bytes;
	close $out or die "$path: $!";
}

sub wants_gzip
{
	my ($cfg) = @_;
	return $cfg->{gzip} eq 'all' || ($cfg->{gzip} eq 'some' && chance(0.5))
	  ? 1
	  : 0;
}

#
# Files
#

# Lines of one CDC file; sets each record's line for the order of the log.
sub change_file
{
	my ($cfg, $file, $records, $loaded) = @_;
	my ($text, $line, $lines) = ('', 1, 0);
	my @own = @$records[ $file->{from} .. $file->{to} - 1 ];
	my $wide = @own ? $own[0]{wide} : 1;
	my @order = field_order($cfg, $cfg->{cdc_op}, $wide);
	return '' if !@own && chance(0.5) && !$cfg->{txn};
	$text .= header_line($cfg, @order) if $cfg->{header};
	for my $record (@own)
	{
		$text .= other_tables($cfg, $file, $record->{time}) if $cfg->{txn};
		$lines++;
		if ($record->{was})
		{
			local @$record{qw(op_text cells how before)} = ('B',
				$record->{was}, [ ('value') x @{ $record->{was} } ]);
			$text .= line($cfg, record_fields($cfg, $record, 1), @order);
		}
		my $fields = record_fields($cfg, $record, $cfg->{cdc_op});
		my @fields = map { defined $fields->{$_} ? $fields->{$_} : 'extra' }
		  @order;
		splice @fields, ($cfg->{txn_time_first} && $cfg->{clock} eq 'commit'
			? 2 : 1), 0, $cfg->{table}, $cfg->{schema}
		  if $cfg->{txn};
		$text .= join($cfg->{delimiter}, @fields) . $cfg->{eol};
		$file->{first} = $record->{time} unless defined $file->{first};
		push @$loaded, [ $record, $file, $lines ];
	}
	if ($cfg->{txn} && chance(0.3))
	{
		my $last = @own ? $own[-1]{time} : $cfg->{last_commit};
		$text .= other_tables($cfg, $file, $last, 1) if defined $last;
	}
	$cfg->{last_commit} = $own[-1]{time} if @own;
	return $text;
}

# Records of other tables in a transaction file, of other widths.
sub other_tables
{
	my ($cfg, $file, $time, $some) = @_;
	my $text = '';
	for (1 .. ($some ? 1 : any(0, 0, 0, 1, 2)))
	{
		my ($table, $schema) = @{
			any([ 'other', $cfg->{schema} ], [ $cfg->{table}, 'elsewhere' ],
				[ "$cfg->{table}2", $cfg->{schema} ]) };
		my @fields = (any('I', 'U', 'D'), $table, $schema);
		splice @fields, ($cfg->{txn_time_first} ? 1 : 3), 0,
		  instant_text($time)
		  if $cfg->{clock} eq 'commit';
		push @fields, map { between(0, 99) } 1 .. between(1, 9);
		$text .= join($cfg->{delimiter}, @fields) . $cfg->{eol};
		$file->{first} = $time unless defined $file->{first};
	}
	return $text;
}

# Writes the CDC files; returns [record, file, line] of all that stands there.
sub write_change_files
{
	my ($cfg, $files, $records) = @_;
	my @loaded;
	for my $file (@$files)
	{
		$file->{gzip} = wants_gzip($cfg);
		$file->{key} = file_name($cfg, $file);
		$file->{key} =~ s/\.gz$//, $file->{gzip} = 0
		  if $file->{from} == $file->{to};
		my $text = change_file($cfg, $file, $records, \@loaded);
		put($cfg, $file->{key}, $text, $file->{gzip});
	}
	return \@loaded;
}

# LOAD files for the base rows ({cells, time, how}).
sub write_base
{
	my ($cfg, $rows, $wide) = @_;
	# the last two are for rows that come again
	my @names = base_names($cfg, scalar @$rows, 2);
	my @more = splice @names, -2;
	my $per = int(@$rows / @names) + 1;
	my @rest = @$rows;
	my ($header, @order) = ('');
	for my $name (@names)
	{
		my @part = splice @rest, 0, $per;
		my $op = $cfg->{load_op} eq 'mixed' ? any(0, 1)
		  : $cfg->{load_op} eq 'yes';
		@order = field_order($cfg, $op, $wide);
		$header = $cfg->{header} ? header_line($cfg, @order) : '';
		my @lines;
		for my $row (@part)
		{
			local $row->{op_text} = $cfg->{ops}[0];
			$row->{fields} = record_fields($cfg, $row, $op);
			push @lines, line($cfg, $row->{fields}, @order);
		}
		push @$rows, CdcOracle::Repeats::within($cfg, \@part, \@lines, @order);
		my $gzip = wants_gzip($cfg);
		put($cfg, "$cfg->{folder}/$name.csv" . ($gzip ? '.gz' : ''),
			join('', $header, @lines), $gzip);
	}
	CdcOracle::Repeats::behind($cfg, $rows, $wide, $header, \@more, @order);
}

sub base_names
{
	my ($cfg, $nrows, $more) = @_;
	my $n = $cfg->{nloads};
	$n = $nrows if $n > $nrows;
	$n = 1 if $n < 1;
	my $restart = chance(0.5);
	return map {
		my $folder =
		    !$cfg->{partitions} ? ''
		  : $cfg->{partitions} eq 'digit' ? 2020 + $_ % 3 . '/'
		  : 'p' . $_ % 3 . '/';
		if ($cfg->{segments})
		{
			sprintf '%sSEGMENT%d_LOAD%08X', $folder, $_,
			  $restart ? 1 : $_;
		}
		elsif ($folder) { sprintf '%sLOAD%08X', $folder, $_ }
		else { sprintf 'LOAD%08X', $_ }
	} 1 .. $n + $more;
}

1;

# Data that means harm, or is broken so that it seems to: records without end,
# bombs, millions of empty records; and an S3 server without measure, which is
# test/s3/hostile.pl.  Each ends in an error that says what is wrong, in seconds
# and in bounded memory.
#
# CDC_HOSTILE_RECORDS says how many empty records there are (1 million;
# test/long/hostile.pl: 10 million), CDC_HOSTILE_TABLES how many tables of 1,000
# columns (5; 40).
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IO::Compress::Gzip qw(gzip);
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);
use lib dirname(__FILE__);
use CdcS3;

my $MB = 1024 * 1024;
my $records = $ENV{CDC_HOSTILE_RECORDS} // 1_000_000;
my $root = PostgreSQL::Test::Utils::tempdir;
my $node = PostgreSQL::Test::Cluster->new('hostile');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\n"
	  . "statement_timeout = '10min'\nmax_parallel_workers_per_gather = 0\n");
$node->start;
$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION cdc_fdw;
CREATE SERVER here FOREIGN DATA WRAPPER cdc_fdw
  OPTIONS (url 'file://$root', timestamp_column_name 'ts');
SQL

# A table over files, each a name and its parts.
sub table_of
{
	my ($name, $columns, $options, @files) = @_;
	make_path("$root/$name");
	while (my ($file, $parts) = splice @files, 0, 2)
	{
		open my $out, '>:raw', "$root/$name/$file" or die $!;
		print $out $_ for @$parts;
		close $out;
	}
	$node->safe_psql('postgres', "CREATE FOREIGN TABLE $name ($columns) SERVER here "
		  . "OPTIONS (prefix '$name'$options)");
	return;
}

# What a session says, the peak of its memory in MB, and seconds.
sub session
{
	my ($sql) = @_;
	my $began = time;
	my ($rc, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql;\n"
		  . q{SELECT (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\s+(\d+)'))[1]::int / 1024},
		on_error_stop => 0);
	$err =~ s/^LOCATION:.*\n?//mg;
	$err =~ s/\Q$root\E/<root>/g;
	my ($peak) = $out =~ /(\d+)\s*\z/;
	return ($out =~ s/\n?\d+\s*\z//r, $err, $peak, time - $began);
}

sub fails
{
	my ($what, $sql, $message, $most) = @_;
	my ($out, $err, $peak, $seconds) = session($sql);
	like($err, $message, $what);
	cmp_ok($peak, '<', $most, "$what: the error comes in less than $most MB") if defined $most;
	cmp_ok($seconds, '<', 30, "$what: the error comes soon");
	note(sprintf '%s: %d MB, %.1f s', $what, $peak, $seconds);
	return;
}

# ---- records and fields ----

my $key = "id int OPTIONS (key 'true'), v text";
my $row = 'I,2024-06-11 00:00:00,1,';

# 2 GB of zero bytes that take no room on disk
for my $file ('LOAD00000001.csv', '20240611-000100000.csv')
{
	my $name = lc 'field_' . substr $file, 0, 4;
	table_of($name, $key, '', $file => [ "${row}x\n$row\"" ]);
	truncate("$root/$name/$file", 2100 * $MB) or die $!;
	my $error = qr/54000: record is longer than 268435456 bytes\nDETAIL:  The record that starts on line 2 of file "<root>\/$name\/$file" has not ended by then\.\nHINT: .*cdc_fdw\.max_record_bytes/;
	fails("a field of 2 GB, $file", "SELECT count(*) FROM $name", $error, 500);
	fails("a field of 2 GB of which less is allowed, $file", "SET cdc_fdw.max_record_bytes = '1MB'; SELECT count(*) FROM $name",
		qr/54000: record is longer than 1048576 bytes/, 60);
	fails("a field of 2 GB read by libcsv, $file", "SET cdc_fdw.force_libcsv = on; SET cdc_fdw.max_record_bytes = '64MB'; "
		  . "SELECT count(*) FROM $name", qr/54000: record is longer than 67108864 bytes\nDETAIL: .*line 2 /, 250);
	unlink "$root/$name/$file";
}
table_of('unquoted', $key, '', 'LOAD00000001.csv' => [$row]);
truncate("$root/unquoted/LOAD00000001.csv", 2100 * $MB) or die $!;
fails('a line of 2 GB', 'SELECT count(*) FROM unquoted',
	qr/54000: record is longer than 268435456 bytes/, 500);
unlink "$root/unquoted/LOAD00000001.csv";

table_of('long', $key, '', 'LOAD00000001.csv' => [ $row, 'x' x (3 * $MB), "\n" ]);
is((session('SELECT length(v) FROM long'))[0], 3 * $MB, 'a long value is read');
fails('a value longer than allowed', "SET cdc_fdw.max_record_bytes = '2MB'; SELECT length(v) FROM long",
	qr/54000: record is longer than 2097152 bytes\nDETAIL: .*line 1 /);
fails('a limit out of range', "SELECT FROM long LIMIT 0; SET cdc_fdw.max_record_bytes = '1kB'",
	qr/22023: .*outside the valid range/);

table_of('wide', $key, '', 'LOAD00000001.csv' => [ $row, ',' x 1_000_000, "\n" ]);
fails('a million fields', 'SELECT * FROM wide',
	qr/54000: cannot read record: a record has too many fields\nDETAIL:  Field 20001 of the record that starts on line 1 /, 100);
table_of('widest', $key, '', 'LOAD00000001.csv' => [ $row, ',' x 19_997, "\n" ]);
fails('as many as are read', 'SELECT count(*) FROM widest',
	qr/record has 20001 fields|too many fields/);

sub zipped
{
	my ($text) = @_;
	gzip(\$text, \my $out, -Minimal => 1) or die;
	return $out;
}

# arrays of many elements of a type: what makes each is freed, whatever asks
{
	my $n = 500_000;
	my $ints = join ',', 1 .. $n;
	my $times = join ',', map { sprintf '""2024-01-01 00:00:%02d""', $_ % 60 } 1 .. $n / 2;
	for my $case (
		[ 'json', 'int', $ints, q{json_array_length(v), v -> 0, v -> -1}, "$n|1|$n", 120 ],
		[ 'jsonb', 'numeric', $ints, q{jsonb_array_length(v), v -> 0, v -> -1}, "$n|1|$n", 140 ],
		[ 'json', 'timestamp', $times, q{json_array_length(v), v ->> 0, v ->> -1},
			$n / 2 . '|2024-01-01T00:00:01|2024-01-01T00:00:40', 140 ])
	{
		my ($type, $fields, $text, $query, $answer, $most) = @$case;
		table_of("array_$fields", "id int OPTIONS (key 'true'), v $type OPTIONS (encoding 'array', fields '$fields')", '',
			'LOAD00000001.csv' => [qq(2024-06-11 00:00:00,1,"{$text}"\n)]);
		my ($out, $err, $peak, $seconds) = session("SELECT $query FROM array_$fields");
		is("$out$err", $answer, "an array of many elements of type $fields, as $type");
		cmp_ok($peak, '<', $most,
			"an array of many elements of type $fields, as $type, takes little memory");
		note(sprintf 'array of %s: %d MB, %.1f s', $fields, $peak, $seconds);
	}
}

# eight bytes that print as 131,072
table_of('printed', "id int OPTIONS (key 'true'), v jsonb OPTIONS (encoding 'array', fields 'numeric')", '',
	'LOAD00000001.csv' => [ '2024-06-11 00:00:00,1,"{1e131071,-1e-16000}"', "\n" ]);
is((session('SELECT (v -> 0)::numeric = 1e131071 AND (v -> 1)::numeric = -1e-16000 FROM printed'))[0],
	't', 'numbers of many digits are read');
table_of('printed_more', "id int OPTIONS (key 'true'), v jsonb OPTIONS (encoding 'array', fields 'numeric')", '',
	'LOAD00000001.csv' => [ '2024-06-11 00:00:00,1,"{', join(',', ('1e131071') x 4000), qq(}"\n) ]);
fails('thousands of numbers of many digits in one value', 'SELECT v FROM printed_more',
	qr/54000: cannot read array text\nDETAIL:  .*its values take over 1 MB, and 256 times as many bytes, as JSON/, 100);

# one key's changes in one commit, of which the last alone comes out
{
	my $at = '2024-06-11 00:00:00';
	my $text = join '', map { "U,$at,1,,$_" . 'x' x 1000 . "\nU,$at,2,1,z\n" } 1 .. 100_000;
	table_of('visited', "id int OPTIONS (key 'true'), old int OPTIONS (before 'id'), v text", ", before_base 'empty'",
		'20240611-000100000.csv.gz' => [ zipped($text) ]);
	my ($out, $err, $peak) = session("SET client_min_messages = error; SET work_mem = '64kB'; SELECT id, v FROM visited");
	is("$out$err", '2|z', "100,000 rows of 1 kB on one key, in one commit");
	cmp_ok($peak, '<', 120, '100,000 rows of 1 kB on one key take no memory that grows with them');
	note("visited: $peak MB");
}

# names of one length that differ at their ends only
{
	my @names = map { sprintf '%s%06d', 'n' x 2980, $_ } 1 .. 19_998;
	my $record = "2024-06-11 00:00:00,1" . ',' x @names . "\n";
	my $header = join ',', 'ts', 'id', @names;

	table_of('names', "id int OPTIONS (key 'true')", ", add_column_name 'true'",
		'LOAD00000001.csv.gz' => [ zipped("$header\n$record") ]);
	my ($out, $err, $peak, $seconds) = session('SELECT id FROM names');
	is("$out$err", '1', 'a header of 20000 long names');
	cmp_ok($seconds, '<', 15, 'a header of 20000 long names is soon read');
	cmp_ok($peak, '<', 500, 'a header of 20000 long names is read in bounded memory');
	note(sprintf '20000 names: %d MB, %.1f s', $peak, $seconds);
	(undef, $err, undef, $seconds) =
	  session("SET statement_timeout = '100ms'; SELECT count(*) FROM names a, names b, names c");
	like($err, qr/57014/, 'a cancel comes through while long names are read');
	cmp_ok($seconds, '<', 3, 'a cancel comes soon while long names are read');
	make_path("$root/imported/names");
	append_to_file("$root/imported/names/LOAD00000001.csv.gz",
		zipped(join(',', 'ts', 'id', map { substr $_, 2700 } @names) . "\n$record"));
	make_path("$root/imported/longer");
	link "$root/names/LOAD00000001.csv.gz", "$root/imported/longer/LOAD00000001.csv.gz" or die $!;
	(undef, $err, $peak, $seconds) = session("IMPORT FOREIGN SCHEMA imported FROM SERVER here INTO public OPTIONS (sample_bytes '8388608')");
	like($err, qr/its files have more than 1600 columns/, 'of 20000 names no table can be made');
	like($err, qr/"longer" of remote schema "imported" cannot be imported: a record is longer than the 8 MB that an import looks at/,
		'a record longer than an import looks at is named');
	cmp_ok($seconds, '<', 15, 'an import of long names is soon over');
	note(sprintf 'import: %d MB, %.1f s', $peak, $seconds);
	make_path("$root/three/clipped");
	append_to_file("$root/three/clipped/LOAD00000001.csv", join(',', 'id', @names[ 0 .. 4 ])
		  . "\n1,a,b,c,d,e\n");
	session("IMPORT FOREIGN SCHEMA three FROM SERVER here INTO public");
	is((session("SELECT count(*), max(length(attname)) FROM pg_attribute WHERE attrelid = 'clipped'::regclass AND attname ~ '^nnn'"))[0],
		'5|63', 'names that are the same as far as they fit');
	$header =~ s/$names[-1]$/$names[-2]/;
	table_of('twice', "id int OPTIONS (key 'true')", ", add_column_name 'true'",
		'LOAD00000001.csv.gz' => [ zipped("$header\n$record") ]);
	fails('20000 names of which one stands twice', 'SELECT id FROM twice',
		qr/42701: the header names column "n{100}\.\.\." twice/, 500);
}

# headers that are all long and never the same
{
	my $names = join ',', map { sprintf '%s%04d', 'n' x 196, $_ } 1 .. 9_000;
	my $empty = ',' x 9_001;
	table_of('unlike', "id int OPTIONS (key 'true'), r json OPTIONS (role 'row')", ", add_column_name 'true'",
		map { (sprintf('20240611-%09d.csv.gz', $_) => [ zipped("Op,ts,id,$names,q$_\nI,2024-06-11 00:00:00,$_$empty\n") ]) } 1 .. 50);
	fails('headers that agree in no two files', "SET work_mem = '64kB'; SELECT count(r) FROM unlike",
		qr/54000: the columns of files differ, and to know them all takes more than 64 MB\n/, 250);
	is((session("SET work_mem = '256MB'; SELECT count(r) FROM unlike"))[0], 50,
		'headers that agree in no two files are read where work_mem allows it');
}

# ---- wide logs: what is kept of a file's layout ----

{
	my ($files, $columns) = (1000, 200);
	my $header = join ',', 'Op', 'ts', 'id', map { "column_$_" } 1 .. $columns;
	my @files;
	for my $n (1 .. $files)
	{
		# the names of every tenth file are in another order
		my @values = ($n, ('') x ($columns - 2), 2 * $n);
		my $names = $n % 10 ? $header : join ',', 'Op', 'ts', 'id',
			map { "column_$_" } reverse 1 .. $columns;
		@values = reverse @values unless $n % 10;
		push @files, sprintf('20240611-%02d%02d00000.csv', $n / 60, $n % 60),
		  [ "$names\n", join(',', 'I', '2024-06-10 00:00:00', $n, @values), "\n" ];
	}
	table_of('layouts', "id int OPTIONS (key 'true'), r json OPTIONS (role 'row')",
		", add_column_name 'true', before_base 'empty'", @files);
	# a file with little room for it is sorted
	for my $mem ('4MB', '64kB')
	{
		my ($out, $err, $peak, $seconds) = session("SET work_mem = '$mem'; SELECT count(*), "
			  . "sum((r ->> 'column_1')::int), sum((r ->> 'column_$columns')::int), sum(length(r ->> 'column_2')) FROM layouts");
		is("$out$err", join('|', $files, $files * ($files + 1) / 2, $files * ($files + 1), ''),
			"$files files of $columns columns with role row, work_mem $mem");
		cmp_ok($peak, '<', 60,
			"$files files of $columns columns with role row take little memory, work_mem $mem");
		note(sprintf 'layouts: %d MB, %.1f s', $peak, $seconds);
	}
}

# ---- samples of imports: some at a time ----

{
	my $value = 'v' x 4000;
	my $load = zipped("ts,id,v\n" . join '', map { "2024-06-10 00:00:00,$_,$value\n" } 1 .. 300);
	my $changes = zipped("Op,ts,id,v\n" . join '',
		map { "U,2024-06-11 00:00:00,$_,$value\n" } 1 .. 300);
	for my $n (1 .. 60)
	{
		make_path("$root/many/t$n");
		append_to_file("$root/many/t$n/$_.csv.gz", /LOAD/ ? $load : $changes)
		  for qw(LOAD00000001 20240611-000100000 20240611-000200000);
	}
	for my $call ("IMPORT FOREIGN SCHEMA many FROM SERVER here INTO many",
		"SELECT status, count(*) FROM cdc_fdw_sync('here', 'many', 'synced') GROUP BY 1")
	{
		$node->safe_psql('postgres', 'CREATE SCHEMA ' . ($call =~ /IMPORT/ ? 'many' : 'synced'));
		my ($out, $err, $peak, $seconds) = session($call);
		unlike($err, qr/ERROR/, "60 tables whose samples are 180 MB: $call");
		cmp_ok($peak, '<', 80, "60 tables whose samples are 180 MB take little memory: $call");
		note(sprintf '%s: %d MB, %.1f s', $call, $peak, $seconds);
	}
	is($node->safe_psql('postgres', q{SELECT ftrelid::regclass::text ~ '^many', count(*) FROM pg_foreign_table
			WHERE ftrelid::regclass::text ~ '^(many|synced)' GROUP BY 1 ORDER BY 1}), "f|60\nt|60", 'all tables whose samples are 180 MB are made');

	# each delimiter that is tried takes the samples apart once
	my $records = join '',
		map { join('|', '2024-06-10 00:00:00', $_, map { $_ x 60 } 'a' .. 'f') . "\n" } 1 .. 24_000;
	make_path("$root/large/t");
	append_to_file("$root/large/t/LOAD00000001.csv", join('|', 'ts', 'id', 'a' .. 'f') . "\n$records");
	append_to_file("$root/large/t/20240611-000${_}00000.csv", join('|', 'Op', 'ts', 'id', 'a' .. 'f') . "\n" . $records =~ s/^/I|/mgr)
	  for 1 .. 2;
	$node->safe_psql('postgres', 'CREATE SCHEMA large');
	my (undef, $err, $peak, $seconds) =
	  session("IMPORT FOREIGN SCHEMA large FROM SERVER here INTO large OPTIONS (sample_bytes '8388608')");
	unlike($err, qr/ERROR/, 'samples of 8 MB each');
	cmp_ok($peak, '<', 120, 'samples of 8 MB each take bounded memory');
	note(sprintf 'samples of 8 MB: %d MB, %.1f s', $peak, $seconds);
	is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT id), max(f) FROM large.t'), '24000|24000|' . 'f' x 60,
		'the table made of samples of 8 MB is read');
}

# ---- wide tables: what a comparison of each takes is freed at its end ----

{
	my $tables = $ENV{CDC_HOSTILE_TABLES} // 5;
	my @names = map { sprintf 'column_number_%04d', $_ } 1 .. 1000;
	for my $n (1 .. $tables)
	{
		make_path("$root/broad/t$n");
		append_to_file("$root/broad/t$n/LOAD00000001.csv", join(',', 'ts', @names) . "\n"
			  . '2024-06-10 00:00:00' . ",$n" x @names . "\n");
		append_to_file("$root/broad/t$n/20240611-000100000.csv", join(',', 'Op', 'ts', @names)
			  . "\nI,2024-06-11 00:00:00" . ",7$n" x @names . "\n");
	}
	$node->safe_psql('postgres', 'CREATE SCHEMA broad');
	for my $status ('created', 'unchanged')
	{
		my ($out, $err, $peak, $seconds) =
		  session("SELECT status, count(*) FROM cdc_fdw_sync('here', 'broad', 'broad') GROUP BY 1");
		is($out, "$status|$tables", "$tables tables of 1,000 columns: $status");
		cmp_ok($peak, '<', 60 + 4 * $tables,
			"$tables tables of 1,000 columns take little memory: $status");
		note(sprintf '%s: %d MB, %.1f s', $status, $peak, $seconds);
	}
	is($node->safe_psql('postgres', 'SELECT sum(column_number_1000) FROM broad.t5'), 5 + 75,
		'a table of 1,000 columns is read');
}

# ---- gzip ----

my $x = zipped('x' x (16 * $MB));
my $line = 'x' x 4095 . "\n";
my $lines = zipped($line x (16 * $MB / 4096));
table_of('bomb', $key, '', 'LOAD00000001.csv.gz' => [ zipped("$row\""), ($x) x 128 ]);
fails('a bomb of one record', 'SELECT count(*) FROM bomb',
	qr/54000: gzip file "<root>\/bomb\/LOAD00000001.csv.gz" expands to more than 500 times its size\nDETAIL: .*\nHINT: .*cdc_fdw\.max_gzip_ratio/, 200);
fails('a bomb of one record of whatever ratio', 'SET cdc_fdw.max_gzip_ratio = 0; SELECT count(*) FROM bomb',
	qr/54000: record is longer than/, 500);
table_of('lines', 'v text', '', 'LOAD00000001.csv.gz' => [ ($lines) x 128 ]);
fails('a bomb of half a million lines', 'SELECT count(*) FROM lines',
	qr/54000: gzip file .* 500 times/, 200);
fails('a bomb of half a million lines with a lower limit', 'SET cdc_fdw.max_gzip_ratio = 20; SELECT count(*) FROM lines',
	qr/54000: gzip file .* 20 times/, 200);
table_of('small_bomb', 'v text', '', 'LOAD00000001.csv.gz' => [$lines]);
is((session("SET cdc_fdw.max_bytes = '100kB'; SELECT count(*) FROM small_bomb"))[0], 16 * $MB / 4096,
	'less than 64 MB may be of any ratio');

# ---- empty records ----

my $empty = "\n" x $records;
for my $mode ('snapshot', 'changes')
{
	for my $file ('LOAD00000001.csv', '20240611-000100000.csv')
	{
		next if $mode eq 'changes' && $file =~ /LOAD/;
		my $name = "empty_${mode}_" . lc substr $file, 0, 4;
		$node->safe_psql('postgres', "CREATE FOREIGN TABLE $name (v text) SERVER here "
			  . "OPTIONS (prefix '$name', mode '$mode', s3_settings '{\"CdcInsertsOnly\": true, \"TimestampColumnName\": \"\"}')");
		make_path("$root/$name");
		append_to_file("$root/$name/$file", $empty);
		my ($out, $err, $peak, $seconds) = session("SELECT count(*), count(v) FROM $name");
		is("$out$err", "$records|0", "$records empty records, $mode, $file");
		cmp_ok($peak, '<', 400, "$records empty records take bounded memory, $mode, $file");
		note(sprintf '%d empty records: %d MB, %.1f s', $records, $peak, $seconds);
		(undef, $err, $peak, $seconds) =
		  session("SET statement_timeout = '200ms'; SELECT count(*) FROM $name a, $name b");
		like($err, qr/57014/, "a cancel comes through amid empty records, $mode, $file");
		cmp_ok($seconds, '<', 3, "a cancel comes soon amid empty records, $mode, $file");
		unlink "$root/$name/$file";
	}
}

# ---- records of one time, in order of a sequence only ----

{
	# each comparison takes two records of many fields apart
	my $header = join ',', 'Op', 'ts', 'id', 's', map { "n$_" } 1 .. 2000;
	my @records = map { sprintf "I,2024-06-11 00:00:00,%d,%d%s\n", $_, 1_000_000 - $_ * 7919 % 40_009,
		',' x 2000 } 1 .. 40_000;
	for my $mode ('snapshot', 'changes')
	{
		my $name = "sequence_$mode";
		table_of($name, "id int OPTIONS (key 'true'), s text OPTIONS (sequence 'true')",
			", mode '$mode', add_column_name 'true'", '20240611-000100000.csv' => [ "$header\n", @records ]);
		my (undef, $err, undef, $seconds) =
		  session("SET work_mem = '1GB'; SET statement_timeout = '1s'; SELECT count(*) FROM $name");
		like($err, qr/57014/, "a cancel comes through while records are sorted, $mode");
		cmp_ok($seconds, '<', 3, "a cancel comes soon while records are sorted, $mode");
		note(sprintf 'cancelled after %.1f s', $seconds);
		unlink "$root/$name/20240611-000100000.csv";
	}
}

# ---- what a message shows ----

for my $case ([ 'LATIN1', "\xe4\\xE2\\x82\\xAC" ], [ 'EUC_JP', "\x8f\xab\xa3\\xE2\\x82\\xAC" ],
	[ 'SQL_ASCII', "\xc3\xa4\xe2\x82\xac" ])
{
	my ($encoding, $shown) = @$case;
	my $db = lc $encoding;
	make_path("$root/$db");
	append_to_file("$root/$db/20240611-000100000.csv",
		"I,2024-06-11 00:00:00,1\n\xc3\xa4\xe2\x82\xac\xff,2024-06-11 00:00:00,1\n");
	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE template0 ENCODING '$encoding'");
	$node->safe_psql($db, "CREATE EXTENSION cdc_fdw; CREATE SERVER here FOREIGN DATA WRAPPER cdc_fdw "
		  . "OPTIONS (url 'file://$root', timestamp_column_name 'ts');"
		  . "CREATE FOREIGN TABLE t (id int OPTIONS (key 'true')) SERVER here OPTIONS (prefix '$db')");
	my (undef, undef, $err) = $node->psql($db, "SET client_encoding = '$encoding'; SELECT FROM t");
	like($err, qr/unknown operation "\Q$shown\E\\xFF"\n/, "a message in $encoding");
}

# ---- a digit between fields ----

make_path("$root/digits");
append_to_file("$root/digits/LOAD00000001.csv", join '', map { "I9$_\n" } qw(7 8 71));
$node->safe_psql('postgres', "CREATE SERVER digits FOREIGN DATA WRAPPER cdc_fdw OPTIONS "
	  . "(url 'file://$root', csv_delimiter '9', include_op_for_full_load 'true');"
	  . "CREATE FOREIGN TABLE digits (id int OPTIONS (key 'true')) SERVER digits OPTIONS (prefix 'digits')");
is((session('SELECT id FROM digits WHERE id = 8'))[0], 8, 'a key is found where a digit delimits');

# ---- an S3 server ----

my $port = CdcS3::free_ports(1);
my $server = fork // die "fork: $!";
if ($server == 0)
{
	exec($^X, dirname(__FILE__) . '/../s3/hostile.pl', $port) or POSIX::_exit(1);
}
END { kill 'TERM', $server if $server }
for (1 .. 100)
{
	last if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
	sleep 0.05;
}
$node->safe_psql('postgres', <<"SQL");
CREATE SERVER there FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 's3://lake',
  endpoint 'http://127.0.0.1:$port', url_style 'path', allow_http 'true', region 'us-east-1',
  timestamp_column_name 'ts');
CREATE USER MAPPING FOR CURRENT_USER SERVER there
  OPTIONS (access_key_id 'AKIAEXAMPLE', secret_access_key 'secret');
SQL
my %set = (
	fresh => 'SET cdc_fdw.max_objects = 10000; ',
	endless => "SET cdc_fdw.max_record_bytes = '64MB'; ",
	swapped => 'SET cdc_fdw.prefetch_bytes = 0; ');
for my $case (
	[ cyclic => qr/HV000: could not read the listing of "s3:\/\/lake\/cyclic\/"\nDETAIL:  The server goes on sending empty pages\./ ],
	[ same => qr/could not read the listing .*\nDETAIL:  The server repeats a continuation token\./ ],
	[ again => qr/could not read the listing .*\nDETAIL:  A page does not go on where the one before it ended\./ ],
	[ fresh => qr/54000: there are more than 10000 objects under "s3:\/\/lake\/fresh\/"\nDETAIL:  .*cdc_fdw\.max_objects/ ],
	[ backwards => qr/could not read the listing .*\nDETAIL:  A page does not go on where the one before it ended\./ ],
	[ outside => qr/could not read the listing .*\nDETAIL:  It has a key outside of the prefix\./ ],
	[ laughs => qr/could not read the listing .*\nDETAIL:  The answer is not well-formed XML\./ ],
	[ silent => qr/could not read the listing .*\nDETAIL:  The listing does not say whether it is complete\./ ],
	[ page => qr/54000: could not list "s3:\/\/lake\/page\/"\nDETAIL:  The answer is too long\./ ],
	[ header => qr/54000: could not list "s3:\/\/lake\/header\/"\nDETAIL:  The answer is too long\./ ],
	[ line => qr/could not list "s3:\/\/lake\/line\/"\nDETAIL:  / ],
	[ hints => qr/54000: could not list "s3:\/\/lake\/hints\/"\nDETAIL:  The answer is too long\./ ],
	[ refused => qr/42501: could not list "s3:\/\/lake\/refused\/": HTTP status 403\nDETAIL:  AccessDenied: no\.\nHINT: .*s3:ListBucket/ ],
	[ longer => qr/"s3:\/\/lake\/longer\/LOAD00000001\.csv"/ ],
	[ endless => qr/54000: record is longer than 67108864 bytes/ ],
	[ swapped => qr/55000: "s3:\/\/lake\/swapped\/LOAD00000001\.csv" changed since it was listed\nDETAIL:  It has another ETag\./ ],
	[ nameless => qr/55000: "s3:\/\/lake\/nameless\/LOAD00000001\.csv" changed since it was listed\nDETAIL:  The answer has neither an ETag nor a length\./ ],
	[ archived => qr/55000: could not read "s3:\/\/lake\/archived\/LOAD00000001\.csv": HTTP status 403\nDETAIL:  InvalidObjectState: .*\nHINT:  The object is archived: restore it/ ],
	[ expired => qr/58P01: could not read "s3:\/\/lake\/expired\/LOAD00000001\.csv": HTTP status 404\nDETAIL:  NoSuchKey: .*\nHINT:  The object was removed after it was listed/ ])
{
	my ($folder, $message) = @$case;
	$node->safe_psql('postgres',
		"CREATE FOREIGN TABLE there_$folder ($key) SERVER there OPTIONS (prefix '$folder')");
	fails("a server: $folder", ($set{$folder} // '') . "SELECT count(*) FROM there_$folder", $message,
		300);
}

# what comes behind the chunks is no header of the answer
$node->safe_psql('postgres',
	"CREATE FOREIGN TABLE there_trailing ($key) SERVER there OPTIONS (prefix 'trailing')");
my ($trailing, $warnings) = session('SELECT v FROM there_trailing');
is("$trailing$warnings", 'hello', 'trailers are not read as headers');

done_testing();

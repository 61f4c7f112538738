# Searches for keys, and conditions that are looked at early, against the same
# table read in full: every query is asked of the foreign table and of a local
# copy of it, and must be answered alike.

use strict;
use warnings;

use Compress::Zlib ();
use File::Temp qw(tempdir);

use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;

use lib dirname(__FILE__);
use CdcTest qw(start_node value failure outcome_sql write_file literal quoted);

my $root = tempdir('cdc_search_XXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $root;

my $node = start_node('search', <<'CONF');
autovacuum = off
jit = off
statement_timeout = '120s'
max_parallel_workers_per_gather = 0
TimeZone = 'UTC'
CONF

value(outcome_sql() . <<'SQL');
CREATE FUNCTION searches(asked text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || asked INTO plan;
  RETURN (SELECT string_agg(s ->> 'Key Search', ', ') FROM foreign_scans(plan) s);
END $$;

-- <t> stands for the table; "like" for the columns of a search that is expected
CREATE FUNCTION contrast(name text, asked text, expected text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  searched text := outcome(replace(asked, '<t>', name));
  copied text := outcome(replace(asked, '<t>', 'copy_' || name));
  columns text;
BEGIN
  IF searched IS DISTINCT FROM copied THEN
    RETURN format(E'%s\n  searched: %s\n  copied:   %s', replace(asked, '<t>', name),
      left(searched, 2000), left(copied, 2000));
  END IF;
  IF copied LIKE 'error%' THEN
    RETURN asked || ': ' || copied;
  END IF;
  columns := searches(replace(asked, '<t>', name));
  IF columns IS DISTINCT FROM expected THEN
    RETURN format('%s: a search for %s, not for %s', asked, columns, expected);
  END IF;
  IF copied <> 'no rows' THEN
    INSERT INTO found VALUES (name);
  END IF;
  RETURN NULL;
END $$;
CREATE TABLE found (name text);
SQL
value("CREATE SERVER files FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$root')");

my %expected;

# A foreign table and its copy; keys are the columns of a search.
sub table
{
	my ($name, $columns, $options, $keys) = @_;
	$expected{$name} = $keys;
	value(<<"SQL");
CREATE FOREIGN TABLE $name ($columns,
  file text OPTIONS (role 'file'), line bigint OPTIONS (role 'line'))
  SERVER files OPTIONS ($options);
CREATE TABLE copy_$name AS SELECT * FROM $name;
SQL
}

# Ask for rows by conditions that are a search; with none => 1 they are not.  The
# conditions, or whole queries, are a list, or a text of one a line, whose lines
# that begin with blanks go on with the one before.
sub ask
{
	my ($name, $what, $queries, %more) = @_;
	my $keys = $more{none} ? 'NULL' : literal($more{keys} // $expected{$name});
	my $sql = "TRUNCATE found;\n" . ($more{settings} // '');
	for my $query (ref $queries ? @$queries : split /\n(?!\s)/, $queries)
	{
		my $whole = $query =~ /^(SELECT|WITH)/ ? $query : "SELECT * FROM <t> WHERE $query";
		$sql .= "SELECT d FROM contrast('$name', " . literal($whole) . ", $keys) d"
		  . " WHERE d IS NOT NULL;\n";
	}
	my ($rc, $out, $err) = $node->psql('postgres', $sql);
	ok($rc == 0 && $out eq '' && $err eq '', "$name: $what: answered as by the copy")
	  or diag(substr "$err\n$out", 0, 3000);
	cmp_ok(value('SELECT count(*) FROM found'), '>', 0, "$name: $what: rows were found")
	  unless $more{nothing};
}

#
# Whole numbers
#

# Changes of a commit a minute; [op, key, value, old key]
my @changes = (
	[ 'U', '2', 'two b' ], [ 'D', '3', '' ], [ 'I', '50', 'fifty' ], [ 'I', '3', 'three again' ],
	[ 'U', '007', 'seven b' ], [ 'U', '-7', 'minus seven b' ], [ 'U', '+8', 'eight b' ],
	[ 'U', '"9"', 'nine b' ], [ 'D', '10', '' ], [ 'U', '60', 'was eleven', '11' ],
	[ 'U', '61', 'was sixty', '60' ], [ 'I', '11', 'eleven again' ], [ 'D', '50', '' ],
	[ 'U', '62', 'was twelve', '"0012"' ], [ 'D', '62', '' ],
	[ 'U', '70', 'nobody was 71', '71' ],
	[ 'I', '100', '7' ], [ 'I', '77', '77 is no 7' ], [ 'I', '700', '"7,007"' ],
	[ 'I', '0', 'zero' ], [ 'U', '000', 'zero b' ], [ 'U', '-0', 'zero c' ],
	[ 'I', '-32768', 'least' ], [ 'I', '32767', 'most' ],
	[ 'U', ' 13 ', 'blanks' ], [ 'U', '14', 'same', '14' ],
	[ 'U', '20', 'swap a', '21' ], [ 'U', '21', 'swap b', '20' ]);

sub ints
{
	my ($name, $type, %how) = @_;
	my $eol = $how{eol} // "\n";
	my $d = $how{delimiter} // ',';
	my $line = sub {
		my @fields = @_;
		if ($how{unquoted})
		{
			s/"//g, s/[$d]/./g for @fields;
		}
		return join($d, @fields) . $eol;
	};
	my $put = sub {
		my ($file, $text) = @_;
		write_file("$root/$name/$file", $how{gzip} ? Compress::Zlib::memGzip($text) : $text);
	};
	my @header = ('commit_ts', 'id', 'v', 'BI_id', 'w');
	my $load = $how{header} ? $line->(@header) : '';
	$load .= $line->('2024-06-11 00:00:00.000000', $_, "base $_", '', $_ % 3 ? "w$_" : '') for 1 .. 40;
	$put->('LOAD00000001.csv', $load);
	my $n = 0;
	while ($n < @changes)
	{
		my $text = $how{header} ? $line->('Op', @header) : '';
		my $minute = $n / 4;
		for my $c (@changes[ $n .. $n + 3 ])
		{
			my ($op, $key, $v, $old) = @$c;
			# two by two in one commit
			my $time = sprintf '2024-06-12 00:%02d:%02d.000000', $minute, $n++ % 4 < 2 ? 10 : 20;
			my $w = $how{no_sup} && $op eq 'U' ? $how{no_sup} : "w$n";
			$text .= $line->($op, $time, $key, $v, $old // '', $w);
		}
		$put->(sprintf('20240612-00%02d30000.csv', $minute), $text);
	}
	my @options = ("prefix '$name'", "timestamp_column_name 'commit_ts'", $how{options} // ());
	push @options, "add_column_name 'true'" if $how{header};
	push @options, "use_csv_no_sup_value 'true', csv_no_sup_value '$how{no_sup}'" if $how{no_sup};
	table($name, "id $type OPTIONS (key 'true'), v text,"
		  . " bi $type OPTIONS (before 'id', column_name 'BI_id'), w text",
		join(', ', @options), 'id');
}

my @numbers = (-32768, -8 .. 75, 77, 100, 700, 7007, 32767);

sub ask_ints
{
	my ($name, %more) = @_;
	ask($name, 'each key', [ map { "id = $_" } grep { $_ >= 0 } @numbers ], %more);
	ask($name, 'each key, as int8', [ map { "id = '$_'::int8" } @numbers ], %more);
	ask($name, 'some keys', [ map { "id IN ($_)" } '1, 2, 3', '3, 3, 50', '7, 8, 9, 10', '20, 21',
			'60, 61', '11, 12', '-7, 7', '0, 13', '71, 70', '1000, 2000',
			join(', ', @numbers[ 5 .. 40 ]) ], %more);
}

ints('int2', 'int2');
ask_ints('int2');
ints('int4', 'int4');
ask_ints('int4');
ints('int8', 'int8');
ask_ints('int8');
ints('header', 'int4', header => 1);
ask_ints('header');
ints('gzip', 'int4', gzip => 1, header => 1);
ask_ints('gzip');
ints('crlf', 'int4', eol => "\r\n", options => "csv_row_delimiter '\\r\\n'");
ask_ints('crlf');
ints('tabs', 'int8', delimiter => "\t", options => "csv_delimiter '\\t'");
ask_ints('tabs');
ints('bars', 'int4', delimiter => '|', eol => ';', header => 1,
	options => "csv_delimiter '|', csv_row_delimiter ';'");
ask_ints('bars');
ints('unquoted', 'int4', unquoted => 1, options => "rfc4180 'false'");
ask_ints('unquoted');
ints('no_sup', 'int4', no_sup => '?');
# a row's missing cells may lie under another key: all is read
ask_ints('no_sup');
ask('int4', 'read by libcsv', [ map { "id = $_" } 1 .. 21 ],
	settings => "SET cdc_fdw.force_libcsv = on;\n");
ask('int4', 'in tiny memory', <<'Q',
id = 7
id IN (1, 7, 9, 20)
id = ANY (ARRAY(SELECT generate_series(0, 20000)))
Q
	settings => "SET work_mem = '64kB'; SET hash_mem_multiplier = 1;\n");

# types of the other side, and values that no key can have
ask('int4', 'int2 and int8', <<'Q');
id = 7::int2
id = 7::int8
7::int8 = id
id = ANY (ARRAY[7, 8]::int8[])
id = ANY (ARRAY[7, 8]::int2[])
id = ANY ('{{7,8},{9,10}}'::int4[])
Q
ask('int2', 'out of range', <<'Q', nothing => 1);
id = 32768
id = 70000
id = 2147483648
id = -32769
id = 65543
id = 4294967303
id = ANY (ARRAY[65543, 65536])
Q
ask('int2', 'some out of range', <<'Q');
id = ANY (ARRAY[65543, 7])
id IN (4294967303, 7, 8)
id = 32767::int8
Q
ask('int4', 'out of range', <<'Q', nothing => 1);
id = 4294967303
id = 9223372036854775807
id = -2147483649
Q
ask('int4', 'not a search', <<'Q', none => 1, settings => <<'SQL');
id = 7.0
id = 7::numeric
id = 7::float8
id + 0 = 7
id > 5 AND id < 8
id = 7 OR id = 8 OR n_is(id)
id IS NOT DISTINCT FROM 7
id::text = '7'
id <> ALL (ARRAY[1, 2])
(id, v) IN ((1, 'base 1'), (7, 'seven b'))
Q
CREATE OR REPLACE FUNCTION n_is(int) RETURNS bool LANGUAGE sql AS 'SELECT $1 = 9';
SQL

# NULL, and arrays with and of nothing
ask('int4', 'nothing', <<'Q', nothing => 1);
id = ANY (ARRAY[]::int[])
id = ANY (ARRAY[NULL]::int[])
id = ANY (ARRAY(SELECT 1 WHERE false))
id = (SELECT NULL::int)
id = (SELECT 1 WHERE false)
id = ANY ((SELECT NULL::int[])::int[])
Q
ask('int4', 'NULL among others', <<'Q');
id = ANY (ARRAY[NULL, 7, NULL, 8])
id = ANY (ARRAY(SELECT nullif(g, 8) FROM generate_series(5, 9) g))
Q
ask('int4', 'expressions', <<'Q');
id = (SELECT max(g) FROM generate_series(1, 9) g)
id = length('abc')
id = ANY (string_to_array('1,7', ',')::int[])
id = 7 AND v LIKE '%seven%'
id = 7 AND id = ANY (ARRAY[7, 8])
id = ANY (ARRAY[7, 8]) AND id = ANY (ARRAY[8, 9])
NOT id <> 7
id = 7 AND false IS NOT TRUE
id = 7 AND v IS NOT NULL AND line > 0
id = 9 AND bi IS NULL
Q
ask('int4', 'contradictions', <<'Q', nothing => 1);
id = 7 AND id = (SELECT 8)
id = ANY (ARRAY[7, 8]) AND id = ANY (ARRAY[9])
Q
ask('int4', 'volatile values are no search', [ 'id = 7 + (random() * 0)::int' ], none => 1);

# ---- joins ----

value(<<'SQL');
CREATE TABLE wanted AS
SELECT g AS k, g % 5 AS five, g::int8 AS k8, (g % 20)::int2 AS k2 FROM generate_series(-10, 75) g
UNION ALL SELECT NULL, NULL, NULL, NULL;
ANALYZE wanted;
SQL
my $loops = "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;"
  . " SET seq_page_cost = 10000;\n";
for my $memoize ('off', 'on')
{
	my $settings = "$loops SET enable_memoize = $memoize;\n";
	ask('int4', "joins (memoize $memoize)", <<'Q', settings => $settings);
SELECT w.k, t.* FROM wanted w JOIN <t> t ON t.id = w.k WHERE w.five = 2
SELECT w.k, t.* FROM wanted w JOIN <t> t ON t.id = w.k8 WHERE w.five = 2
SELECT w.k, t.* FROM wanted w JOIN <t> t ON t.id = w.k2 WHERE w.five = 2
SELECT w.k, t.id FROM wanted w LEFT JOIN <t> t ON t.id = w.k WHERE w.five = 1
SELECT w.k, t.id FROM wanted w LEFT JOIN <t> t ON t.id = w.k AND t.v LIKE '%b' AND w.five > 2
SELECT w.k, t.id FROM wanted w LEFT JOIN <t> t ON t.id = w.k + 1 WHERE t.id IS NULL
SELECT w.k FROM wanted w WHERE EXISTS (SELECT FROM <t> t WHERE t.id = w.k AND t.v LIKE '%b')
SELECT w.k FROM wanted w WHERE NOT EXISTS (SELECT FROM <t> t WHERE t.id = w.k)
SELECT w.k, (SELECT v FROM <t> t WHERE t.id = w.k) FROM wanted w
SELECT w.k, x.* FROM wanted w, LATERAL (SELECT * FROM <t> t WHERE t.id = w.k OFFSET 0) x
SELECT w.k, x.* FROM wanted w,
  LATERAL (SELECT * FROM <t> t WHERE t.id = ANY (ARRAY[w.k, w.k + 1, NULL])) x WHERE w.five = 3
SELECT w.k, x.c FROM wanted w, LATERAL (SELECT count(*) AS c FROM <t> t WHERE t.id = w.k) x
Q
}
ask('int4', 'two tables of one log', <<'Q', keys => 'id, id', settings => $loops);
SELECT a.id, b.v FROM <t> a JOIN <t> b ON b.id = a.bi WHERE a.id = 61
SELECT a.id, b.v FROM <t> a, <t> b WHERE b.id = a.id AND a.id = 7
Q
# a key in the condition of an outer join restricts the other side only
ask('int4', 'outer joins', <<'Q', settings => "SET enable_nestloop = on;\n");
SELECT w.k, t.id FROM wanted w LEFT JOIN <t> t ON t.id = 7
SELECT t.id, w.k FROM <t> t RIGHT JOIN wanted w ON t.id = w.k AND t.id = 7
Q
ask('int4', 'outer joins that need all rows', <<'Q', none => 1, settings => $loops);
SELECT t.id, w.k FROM <t> t LEFT JOIN wanted w ON t.id = 7 AND w.k = 3
SELECT t.id, w.k FROM <t> t LEFT JOIN wanted w ON t.id = w.k AND t.id = 7
SELECT t.id, w.k FROM <t> t LEFT JOIN wanted w ON t.id = w.k
SELECT t.id, w.k FROM <t> t LEFT JOIN wanted w ON t.id = w.k AND w.k = 7
Q
{
	my $full = 'SELECT t.id, w.k FROM %s t FULL JOIN wanted w ON t.id = w.k';
	is(value("SELECT outcome('" . sprintf($full, 'int4') . "')"),
		value("SELECT outcome('" . sprintf($full, 'copy_int4') . "')"),
		'a FULL JOIN gives the rows of the copy');
}

# ---- union, inheritance, partitions ----

value(<<'SQL');
CREATE TABLE parent (id int, v text, bi int, w text, file text, line bigint);
INSERT INTO parent VALUES (7, 'local', NULL, NULL, NULL, NULL);
ALTER FOREIGN TABLE int4 INHERIT parent;
CREATE TABLE copy_parent (LIKE parent);
INSERT INTO copy_parent SELECT * FROM parent;
SQL
ask('parent', 'inheritance', <<'Q', keys => 'id', settings => $loops);
SELECT * FROM <t> WHERE id = 7
SELECT * FROM <t> WHERE id = ANY (ARRAY[1, 7, 9])
SELECT w.k, p.v FROM wanted w JOIN <t> p ON p.id = w.k WHERE w.five = 2
SELECT id, v FROM <t> WHERE id = 7 AND tableoid IS NOT NULL
Q
ask('int4', 'UNION ALL', <<'Q', settings => $loops);
SELECT * FROM (SELECT id, v FROM <t> UNION ALL SELECT k, 'w' FROM wanted) u WHERE id = 7
SELECT w.k, u.v FROM wanted w
  JOIN (SELECT id, v FROM <t> UNION ALL SELECT k, 'w' FROM wanted) u ON u.id = w.k WHERE w.five = 2
Q
is(value('SELECT id, tableoid::regclass::text FROM parent WHERE id = 7 ORDER BY 2'),
	"7|int4\n7|parent", 'tableoid tells rows of the foreign table from those of its parent');
is(value("SELECT id FROM parent WHERE tableoid = 'int4'::regclass AND id IN (7, 8) ORDER BY 1"),
	"7\n8", 'a condition on tableoid takes the rows of the foreign table');
is(value("SELECT count(*) FROM int4 WHERE tableoid = 'parent'::regclass"),
	0, 'a condition on the tableoid of another table takes no row');
value(<<'SQL');
CREATE TABLE parts (id int, v text, bi int, w text, file text, line bigint) PARTITION BY RANGE (id);
ALTER FOREIGN TABLE int4 NO INHERIT parent;
CREATE TABLE part_high PARTITION OF parts FOR VALUES FROM (1000) TO (2000);
ALTER TABLE parts ATTACH PARTITION int4 FOR VALUES FROM (-1000) TO (1000);
INSERT INTO part_high SELECT 1000 + g FROM generate_series(1, 9) g;
CREATE TABLE copy_parts AS SELECT * FROM parts;
CREATE TABLE wanted_parts (k int, five int) PARTITION BY RANGE (k);
CREATE TABLE wanted_low PARTITION OF wanted_parts FOR VALUES FROM (-1000) TO (1000);
CREATE TABLE wanted_high PARTITION OF wanted_parts FOR VALUES FROM (1000) TO (2000);
INSERT INTO wanted_parts SELECT k, five FROM wanted WHERE k IS NOT NULL UNION ALL SELECT 1003, 2;
ANALYZE wanted_parts;
SQL
for my $wise ('off', 'on')
{
	ask('parts', "partitions (by partition: $wise)", <<'Q',
SELECT * FROM <t> WHERE id = 7
SELECT w.k, p.v FROM wanted_parts w JOIN <t> p ON p.id = w.k WHERE w.five = 2
SELECT w.k, p.v FROM wanted_parts w LEFT JOIN <t> p ON p.id = w.k WHERE w.five = 2
Q
		keys => 'id', settings => "$loops SET enable_partitionwise_join = $wise;\n");
}
value('ALTER TABLE parts DETACH PARTITION int4');

# ---- prepared ----

for my $mode ('force_generic_plan', 'force_custom_plan')
{
	my $ask = <<"SQL";
SET plan_cache_mode = $mode;
PREPARE one(int) AS SELECT id, v, w FROM %s WHERE id = \$1;
PREPARE wide(int8) AS SELECT id, v, w FROM %1\$s WHERE id = \$1;
PREPARE many(int[]) AS SELECT id, v, w FROM %1\$s WHERE id = ANY (\$1) ORDER BY 1;
PREPARE at(int, timestamptz) AS SELECT id, v FROM %1\$s WHERE id = \$1;
EXECUTE one(7); EXECUTE one(NULL); EXECUTE one(11); EXECUTE one(-7); EXECUTE one(12345);
EXECUTE wide(7); EXECUTE wide(4294967303); EXECUTE wide(NULL);
EXECUTE many('{7,8,NULL,3}'); EXECUTE many('{}'); EXECUTE many(NULL); EXECUTE many('{NULL}');
SQL
	is(value(sprintf $ask, 'int4'), value(sprintf $ask, 'copy_int4'),
		"prepared statements give the rows of the copy ($mode)");
}
like(value(<<'SQL'), qr/Filter: \(id = \$1\)\n.*Key Search: id/s, 'a generic plan searches');
SET plan_cache_mode = force_generic_plan;
PREPARE one(int) AS SELECT * FROM int4 WHERE id = $1;
EXPLAIN EXECUTE one(7)
SQL
is(value(<<'SQL'), "7|seven b\n\n8|eight b\n", 'a key from a variable of PL/pgSQL is found');
CREATE FUNCTION by_key(k int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RETURN (SELECT id || '|' || v FROM int4 WHERE id = k); END $$;
SELECT by_key(k) FROM unnest('{7,NULL,8,1234}'::int[]) k;
SQL

#
# Other types
#

# A CSV record; "" stays as it is.
sub csv_line
{
	return join(',', map { /[",\n]/ && $_ ne '""' ? quoted($_) : $_ } @_) . "\n";
}

# Values of a key column: each is a base row, changed, moved or removed by turns.
sub typed
{
	my ($name, $type, $spellings, $asked, %more) = @_;
	my ($base, $changes, $n) = ('', '', 0);
	for my $s (@$spellings)
	{
		my @s = ref $s ? @$s : ($s, $s);
		$n++;
		$base .= csv_line($s[0], "base $n") unless $n % 4 == 0;
		$changes .= csv_line($n % 4 == 0 ? 'I' : 'U', $s[1], "changed $n") unless $n % 4 == 1;
		$changes .= csv_line('D', $s[1], '') . csv_line('I', $s[0], "once more $n") if $n % 4 == 3;
	}
	write_file("$root/$name/LOAD00000001.csv", $base);
	write_file("$root/$name/20240612-000000000.csv", $changes);
	my $collate = $more{collate} ? " COLLATE $more{collate}" : '';
	table($name, "k $type OPTIONS (key 'true')$collate, v text", "prefix '$name'", 'k');
	ask($name, 'each value', [ map { "k = $_" } @$asked ], %{ $more{ask} // {} });
	my $list = join ', ', @$asked;
	ask($name, 'all of them', [ "k = ANY (ARRAY[$list])", "k IN ($list)" ], %{ $more{ask} // {} });
}

# These texts as SQL literals of a type.
sub of_type
{
	my ($type, @texts) = @_;
	return [ map { literal($_) . "::$type" } @texts ];
}

value(<<'SQL');
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN code AS text CHECK (VALUE <> 'nope');
CREATE DOMAIN num AS int CHECK (VALUE > -100);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
SQL

my @texts = ('a', 'b"c', '"', '""""', 'x,y', "line\nbreak", "\xe6\x97\xa5\xe6\x9c\xac",
	"caf\xc3\xa9", ' blank ', 'blank', "\xf0\x9f\x90\x98", 'U', 'I', 'D', 'base 1', 'a' x 300,
	"it's", '\\', 'NULL', "\ttab", ',', "\n", '7', '007', 'A');
typed('texts', 'text', [ @texts, '""' ],
	of_type('text', @texts, 'nowhere', '', "caf\x65\xcc\x81", 'blank  ', 'b""c'));
typed('varchars', 'varchar(300)', \@texts, of_type('text', @texts, 'nowhere'));
typed('varchars2', 'varchar', \@texts, of_type('varchar', @texts, 'nowhere'));
typed('short', 'varchar(5)', [ 'abcde', [ 'abc', 'abc' ], [ 'xyz  ', 'xyz  ' ], 'ab' ],
	[ map { literal($_) } 'abcde', 'abc', 'xyz  ', 'xyz', 'ab', 'abcdef' ]);
typed('blanked', 'char(5)',
	[ [ 'ab', 'ab   ' ], [ 'abc  ', 'abc' ], 'abcde', [ ' x', ' x  ' ], [ '""', '"  "' ] ],
	of_type('char(5)', 'ab', 'ab  ', 'abc', 'abcde', ' x', 'x', '', '   '));
typed('nocase', 'text',
	[ [ 'first', 'FIRST' ], [ 'Second', 'second' ], [ 'THIRD', 'Third' ], 'four', "caf\xc3\xa9" ],
	of_type('text', qw(FIRST first SECOND third FOUR five), "caf\xc3\x89", "cafe\xcc\x81"),
	collate => 'nocase');
ask('nocase', 'another collation is no search', q(k = 'Second' COLLATE "C"),
	none => 1, nothing => 1);
ask('texts', 'a collation that makes more equal is no search', q(k = 'A' COLLATE nocase),
	none => 1);
ask('texts', 'a collation that does not is a search',
	[ q(k = 'A' COLLATE "C"), q(k = 'A' COLLATE "POSIX") ]);
typed('codes', 'code', \@texts, of_type('text', @texts, 'nope'));
typed('names', 'name', [ 'a', 'b"c', 'x,y', 'n' x 63 ],
	of_type('name', 'a', 'b"c', 'x,y', 'n' x 63, 'c'));
typed('nums', 'num', [ '1', '007', '+8', '-9', '10' ], [ 1, 7, 8, -9, 10, 11, 0 ]);
typed('numerics', 'numeric',
	[ [ '2019', '2019.0000000000' ], [ '1.50', '1.5' ], '-0.00', '1e3', 'NaN', '0.001',
		[ '12345678901234567890', '12345678901234567890.0' ] ],
	[ map { "$_\::numeric" } '2019', '2019.00', '1.5', '1.500', '0', '-0', '1000', "'NaN'", '.001',
		'0.0010', '12345678901234567890', '1' ]);
ask('numerics', 'a whole number', <<'Q');
k = 2019
k = 1000::numeric(10,2)
k = ANY (ARRAY[2019, 1.5])
k = 2019::int8
Q
typed('scaled', 'numeric(10,2)', [ '1', '1.5', '1.25', '2.999' ],
	[ map { "$_\::numeric" } '1', '1.50', '1.25', '1.255', '3', '2.999' ]);
typed('doubles', 'float8', [ '1', '1.5', '-0', 'NaN', '1e10', 'Infinity' ],
	[ map { "$_\::float8" } '1', '1.5', '0', "'-0'", "'NaN'", '1e10', "'inf'", '2' ]);
typed('singles', 'float4', [ '1', '1.5', '0.1', '-0' ],
	[ map { "$_\::float4" } '1', '1.5', '0.1', '0' ]);
ask('singles', 'a float8 is no search', [ 'k = 1.5::float8', 'k = 0.1::float8' ], none => 1);
my $u = '01234567-89ab-cdef-0123-456789abcdef';
typed('uuids', 'uuid',
	[ [ $u, uc $u ], '{11111111-1111-1111-1111-111111111111}', '2' x 32,
		'33333333-3333-3333-3333-333333333333' ],
	of_type('uuid', $u, map { $_ x 32 } 1 .. 4));
typed('times', 'timestamp',
	[ '2024-06-12 00:00:00', [ '2024-06-12 10:00:00.5', '2024-06-12 10:00:00.500000' ], 'infinity',
		'2024-06-12' ],
	of_type('timestamp', '2024-06-12', '2024-06-12 10:00:00.5', 'infinity', '2024-06-13'));
ask('times', 'a date is no search', ["k = '2024-06-12'::date"], none => 1);
typed('zoned', 'timestamptz',
	[ '2024-06-12 00:00:00', [ '2024-06-12 10:00:00+02', '2024-06-12 08:00:00Z' ], '2024-01-01' ],
	of_type('timestamptz', '2024-06-12 00:00Z', '2024-06-12 02:00+02', '2024-06-12 10:00+02',
		'2024-01-01', '2024-01-02'));
typed('dates', 'date', [ '2024-06-12', '2024-02-29', 'infinity', '1999-01-08 BC' ],
	of_type('date', '2024-06-12', '2024-02-29', 'infinity', '1999-01-08 BC', '2000-01-01'));
typed('clocks', 'time', [ '10:00', '10:00:00.5', '24:00:00' ],
	of_type('time', '10:00', '10:00:00.5', '24:00', '11:00'));
typed('bytes', 'bytea', [ '\\x0102', '0a0b', '\\x', 'ff' ],
	of_type('bytea', '\\x0102', '\\x0a0b', '\\x', '\\xff', '\\x03'));
typed('addresses', 'inet', [ '10.0.0.1', '10.0.0.0/8', '::1', '10.0.0.1/24' ],
	of_type('inet', '10.0.0.1', '10.0.0.1/32', '10.0.0.0/8', '::1', '10.0.0.1/24', '1.1.1.1'));
typed('networks', 'cidr', [ '10.0.0.0/8', '10.1.0.0/16', '::/64', '1.1.1.1' ],
	of_type('cidr', '10.0.0.0/8', '10.1.0.0/16', '::/64', '1.1.1.1'), ask => { none => 1 });
typed('moods', 'mood', [ 'sad', 'ok', 'happy' ], of_type('mood', 'sad', 'ok', 'happy'));
typed('oids', 'oid', [ '1', '4294967295', '007' ], of_type('oid', '1', '4294967295', '7', '8'));

# ---- keys of several columns ----

{
	my ($base, $changes, @all) = ('', '');
	for my $a (1 .. 6)
	{
		for my $b ('x', 'y', 'q"r', '7')
		{
			my $text = quoted($b);
			push @all, [ $a, $b ];
			$base .= "$a,$text,2024-06-12,base,,\n";
			$changes .= "U,$a,$text,2024-06-12,changed,,\n" if $a == 2;
			$changes .= "D,$a,$text,2024-06-12,,,\n" if $a == 3;
			$changes .= 'U,' . ($a + 100) . ",$text,2024-06-12,moved,$a,\n" if $a == 4;
			$changes .= "U,$a,\"$b$b\",2024-06-12,moved,,$b\n" if $a == 5 && $b !~ /"/;
			$changes .= "U,6,$text,2024-06-13,another day,,\n" if $a == 6;
		}
	}
	$base .= join '', map { "$_,more,2024-06-12,so that a search pays,,\n" } 1000 .. 3000;
	write_file("$root/several/LOAD00000001.csv", $base);
	write_file("$root/several/20240612-000000000.csv", $changes);
	table('several', "a int OPTIONS (key 'true'), b text OPTIONS (key 'true'),"
		  . " d date OPTIONS (key 'true'), v text,"
		  . " a0 int OPTIONS (before 'a'), b0 text OPTIONS (before 'b')", "prefix 'several'", 'a, b, d');
	push @all, (map { [ $_->[0] + 100, $_->[1] ] } @all[ 12 .. 15 ]), [ 5, 'xx' ], [ 5, '77' ];
	ask('several', 'each key',
		[ map { "a = $_->[0] AND b = " . literal($_->[1]) . " AND d = '2024-06-12'" } @all ]);
	ask('several', 'many', <<'Q');
a = ANY (ARRAY[1, 2, 4, 104]) AND b = 'x' AND d = '2024-06-12'
a = 5 AND b IN ('x', 'xx', 'yy', 'q"r') AND d = '2024-06-12'
a = 6 AND b = '7' AND d IN ('2024-06-12', '2024-06-13')
a = 1 AND b = 'x' AND d = '2024-06-12' AND a IN (1, 2)
a::int8 = 1 AND a = 1 AND b = 'x' AND d = '2024-06-12'
Q
	ask('several', 'a part of the key is no search', <<'Q', none => 1);
a = 1
a = 1 AND b = 'x'
a IN (1, 2) AND b IN ('x', 'y') AND d = '2024-06-12'
b = 'x' AND d = '2024-06-12'
Q
	value(<<'SQL');
CREATE TABLE pairs AS
SELECT a, b, a % 3 AS three FROM generate_series(1, 5) a, unnest(ARRAY['x', 'y', NULL]) b;
ANALYZE pairs;
SQL
	ask('several', 'joins', <<'Q', settings => $loops);
SELECT * FROM pairs p JOIN <t> t ON t.a = p.a AND t.b = p.b AND t.d = '2024-06-12' WHERE p.three = 1
SELECT p.*, t.v FROM pairs p
  LEFT JOIN <t> t ON t.a = p.a AND t.b = p.b AND t.d = date '2024-06-11' + 1 WHERE p.three > 0
Q
}

# ---- at an instant ----

# Where a search gives something else than a full read: of a table, at some
# instants, for some keys.
sub apart
{
	my ($table, $instants, $keys) = @_;
	return value(<<"SQL");
SELECT string_agg(i || ' ' || k || E'\\n  ' || a || E'\\n  ' || b, E'\\n')
FROM unnest('{$instants}'::text[]) i, unnest('{$keys}'::int[]) k,
  outcome(format('SELECT * FROM $table WHERE at = %L AND id = %s', i, k)) a,
  outcome(format('SELECT * FROM $table WHERE at = %L AND id + 0 = %s', i, k)) b
WHERE a <> b;
SQL
}

for my $before ('', 'base', 'empty')
{
	my $t = $before ? "at_$before" : 'at_instant';
	my $option = $before ? ", before_base '$before'" : '';
	value(<<"SQL");
CREATE FOREIGN TABLE $t (id int OPTIONS (key 'true'), v text, bi int OPTIONS (before 'id'), w text,
  at timestamptz OPTIONS (role 'asof'))
  SERVER files OPTIONS (prefix 'int4', timestamp_column_name 'commit_ts'$option);
SQL
	my $instants = join ',', '2024-06-10 23:59:59', '2024-06-11 00:00:00', '2024-06-11 12:00',
	  (map { "2024-06-12 00:$_" } qw(00:10 00:20 01:30 02:10 02:20 04 06:20)), 'infinity';
	is(apart($t, $instants, '1,2,3,7,11,12,20,21,50,60,61,62,70,71,-7,1000'),
		'', "$t: a search for a key ends as a full read, in rows or an error");
}
like(value("SELECT searches('SELECT * FROM at_instant WHERE at = ''2024-06-12'' AND id = 7')"),
	qr/^id$/, 'a key at an instant is searched for');
{
	my $q = "SELECT w.k, x.v, x.at FROM wanted w, LATERAL (SELECT * FROM at_instant a"
	  . " WHERE a.at = timestamptz '2024-06-12' + w.five * interval '1 min' AND a.id%s = w.k) x"
	  . ' WHERE w.k > 0';
	is(value("SELECT outcome(\$q\$" . sprintf($q, '') . "\$q\$)"),
		value("SELECT outcome(\$q\$" . sprintf($q, ' + 0') . "\$q\$)"),
		'key and instant of another table give the rows of a full read');
}
# a full load that was not over
write_file("$root/open/LOAD00000001.csv", join '',
	map { "2024-06-11 00:00:0$_.000000,$_,v$_\n" } 1 .. 9);
value(<<'SQL');
CREATE FOREIGN TABLE open_load (id int OPTIONS (key 'true'), v text,
  at timestamptz OPTIONS (role 'asof'))
  SERVER files OPTIONS (prefix 'open', timestamp_column_name 'commit_ts');
SQL
is(apart('open_load', join(',', (map { "2024-06-11 00:00:0$_" } 0, 1, 5, 9), 'infinity'),
		'1,5,9,77'), '', 'in a full load that was not over a search ends as a full read');
like(value(<<'SQL'), qr/error HV000\|the full load was not over/,
SELECT outcome('SELECT * FROM open_load WHERE at = ''2024-06-11 00:00:05'' AND id = 1');
SQL
	'in a full load that was not over a search ends in an error');

# ---- transaction files, kept cells ----

write_file("$root/txn/load/LOAD00000001.csv", join '',
	map { "2024-06-11 00:00:00.000000,$_,base $_\n" } 1 .. 9);
write_file("$root/txn/cdc/CDC_TXN-20240612000100000.csv", <<'CSV');
I,2024-06-12 00:00:10.000000,other,shop,7,other
U,2024-06-12 00:00:10.000000,item,shop,7,seven b
I,2024-06-12 00:00:20.000000,other,shop,8,other
D,2024-06-12 00:00:20.000000,item,shop,8,
I,2024-06-12 00:00:30.000000,item,shop,77,new
CSV
write_file("$root/txn/cdc/CDC_TXN-20240612000200000.csv", <<'CSV');
I,2024-06-12 00:01:10.000000,other,shop,1,other
U,2024-06-12 00:01:10.000000,item,shop,7,seven c
CSV
table('txn', "id int OPTIONS (key 'true'), v text",
	"prefix 'txn/load', schema_name 'shop', table_name 'item', timestamp_column_name 'commit_ts',"
	  . " preserve_transactions 'true', cdc_path 'txn/cdc'", 'id');
ask('txn', 'transaction files', [ map { "id = $_" } 1, 7, 8, 77, 99 ]);

write_file("$root/kept/LOAD00000001.csv", join '', map { "$_,base $_,old $_\n" } 1 .. 9);
write_file("$root/kept/20240612-000000000.csv", "U,1,,a\nU,2,,b\nD,3,,\nI,3,,c\n");
write_file("$root/kept/20240612-000100000.csv", "U,1,,d\nU,3,,e\nU,2,new,f\nU,9,,\n");
table('kept', "id int OPTIONS (key 'true'), v text OPTIONS (null_on_update 'keep'), w text",
	"prefix 'kept'", 'id');
ask('kept', 'cells that are kept',
	[ (map { "id = $_" } 1 .. 10), 'id IN (1, 2, 3)', 'id IN (1, 9)' ]);

# ---- how much is read ----

{
	my $columns = "(id int OPTIONS (key 'true'), v text)";
	write_file("$root/wide/LOAD00000001.csv", join '', map { "$_,base\n" } 1 .. 40_000);
	for my $n (1 .. 20)
	{
		write_file(sprintf('%s/wide/20240612-00%02d00000.csv', $root, $n), join '',
			map { 'U,' . (1 + ($_ * 37 + $n * 1000) % 40_000) . ",change $n\n" } 1 .. 1000);
	}
	write_file("$root/wide/20240612-003000000.csv", "U,123,last\nD,124,\nU,40001,new\n");
	value("CREATE FOREIGN TABLE wide $columns SERVER files OPTIONS (prefix 'wide')");
	my $count = sub {
		my ($where, $what) = @_;
		return value(
			"SELECT foreign_scans(explained('SELECT * FROM wide WHERE $where')) ->> '$what'");
	};
	# what comes after the session's first look at the full load
	my $later = sub {
		my ($where, $what) = @_;
		return value(<<"SQL") =~ s/^.*\n//sr;
SELECT FROM wide WHERE id = 123;
SELECT foreign_scans(explained('SELECT * FROM wide WHERE $where')) ->> '$what';
SQL
	};
	my $all = $count->('id + 0 = 123', 'Bytes');
	cmp_ok($all, '>', 500_000, 'the log is large');
	for my $where ('id = 123', 'id = 124', 'id IN (123, 124)', 'id = 123 AND v = (SELECT NULL)')
	{
		cmp_ok($count->($where, 'Bytes'), '<', 40_000 + 64 * 1024,
			"$where: the newest file and the full load's first block are enough");
		cmp_ok($later->($where, 'Bytes'), '<', 40_000,
			"$where: the newest file is enough from the second search on");
	}
	is($count->('id = ANY (ARRAY[]::int[])', 'Bytes'), 0, 'no key: nothing is read');
	cmp_ok($count->('id = 39999', 'Change Records'), '<', 100,
		'a key of the full load: few change records are looked at');
	cmp_ok($count->('id = 50000', 'Base Records'), '<', 100,
		'a key that is nowhere: few records of the full load are looked at');
	is(value('SELECT v FROM wide WHERE id = 39999'), value('SELECT v FROM wide WHERE id + 0 = 39999'),
		'a key of the full load is found');
	is(value('SELECT count(*) FROM wide WHERE id = 50000'), 0, 'a key that is nowhere is not found');
	my $sum = 'SELECT count(*), sum(hashtext(v)) FROM';
	# more keys than bytes are looked for
	is(value("$sum wide WHERE id = ANY (ARRAY(SELECT generate_series(1, 40000, 1000)))"),
		value("$sum wide WHERE id % 1000 = 1 AND id < 40000"),
		'a search for forty keys gives the rows of a full read');
	# each row that is found is not compared with each key once more
	value(<<"SQL");
CREATE FOREIGN TABLE wide_versions $columns SERVER files OPTIONS (prefix 'wide', mode 'history');
CREATE FOREIGN TABLE wide_large (id bigint OPTIONS (key 'true'), v text)
  SERVER files OPTIONS (prefix 'wide');
SQL
	for my $table ('wide', 'wide_versions', 'wide_large')
	{
		my ($found, @ticks) = split /\n/, value(<<"SQL");
PREPARE many AS $sum $table WHERE id = ANY (ARRAY(SELECT generate_series(2, 80000, 2)));
EXECUTE many;
SELECT sum(t::int) FROM regexp_split_to_table(
  substring(pg_read_file('/proc/self/stat') FROM '\\) (?:\\S+ ){11}(\\d+ \\d+)'), ' ') t;
SQL
		is($found, value("$sum $table WHERE id % 2 = 0"),
			"$table: a search for 40,000 keys gives the rows of a full read");
		cmp_ok($ticks[0], '<', 150,
			"$table: a search for 40,000 keys takes $ticks[0] hundredths of a second");
	}
	# where records are sorted in files, those of other keys come along
	is(value("SET work_mem = '64kB'; SET hash_mem_multiplier = 1;\n"
			  . "$sum wide_versions WHERE id = ANY (ARRAY(SELECT generate_series(1, 40000, 100)))"),
		value("$sum wide_versions WHERE id % 100 = 1 AND id < 40000"),
		'a search for versions in little memory gives those of a full read');
	my $memory = value(<<'SQL');
SET enable_hashjoin = off; SET enable_mergejoin = off;
SET enable_memoize = off; SET enable_material = off;
CREATE TABLE loops AS SELECT 123 AS k, 'x'::text AS t FROM generate_series(1, 300);
INSERT INTO loops SELECT NULL, 'x' FROM generate_series(1, 20000);
SELECT count(t.id), count(*) FROM loops l LEFT JOIN wide t ON t.id = l.k WHERE l.k > 0 ;
SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)');
SELECT count(t.id), count(*) FROM loops l LEFT JOIN wide t ON t.id = l.k;
SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)');
SQL
	my @lines = split /\n/, $memory;
	is("$lines[0] $lines[2]", '300|300 300|20300', 'many searches of one scan find their rows');
	cmp_ok($lines[3], '<', $lines[1] + 1500, 'many searches of one scan leave no memory behind');
}

#
# Conditions
#

# Tests that a query of int4 gives what it gives of its copy.
sub as_copied
{
	my ($sql, $what) = @_;
	is(value($sql), value($sql =~ s/FROM int4/FROM copy_int4/r), $what);
}

my $explain = 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)';
as_copied('SELECT count(*) FROM int4 t WHERE t IS NOT NULL', 'a condition on the whole row');
is(value("SELECT id FROM int4 t WHERE t::text LIKE '%seven b%' ORDER BY 1"),
	"-7\n7", 'a condition on the text of the whole row');
is(value("SELECT id FROM int4 t WHERE row_to_json(t) ->> 'v' = 'seven b' AND id = 7"),
	7, 'a condition on the JSON of the whole row');
is(value("SELECT file, line FROM int4 WHERE line = 1 AND file LIKE '%LOAD%'"),
	'int4/LOAD00000001.csv|1', 'conditions on columns with roles');
like(value("$explain SELECT id FROM int4 WHERE length(v) > 6 AND line > 0"),
	qr/Foreign Scan on int4 \(actual rows=(\d+) loops=1\)\n.*Rows Removed by Filter: (\d+)/s,
	'removed rows are counted');
{
	my ($kept, $removed) = value("$explain SELECT id FROM int4 WHERE length(v) > 6")
	  =~ /rows=(\d+) loops.*Filter: (\d+)/s;
	is("$kept|$removed", value(<<'SQL'), 'as many rows are kept and removed as in the copy');
SELECT count(*) FILTER (WHERE length(v) > 6), count(*) FILTER (WHERE length(v) <= 6) FROM copy_int4
SQL
	is(value(<<'SQL'), 1, 'a search counts the rows it removes');
SELECT s ->> 'Rows Removed by Filter'
FROM foreign_scans(explained('SELECT * FROM int4 WHERE id = 7 AND v = ''x''')) s;
SQL
}
is(value(<<'SQL'), value('SELECT count(*) FROM copy_int4') . '|t',
CREATE SEQUENCE s;
CREATE TABLE made AS SELECT count(*) FROM int4 WHERE nextval('s') > 0 AND v IS NOT NULL;
SELECT last_value, last_value = count FROM s, made;
SQL
	'a volatile condition is evaluated once for each row');
as_copied(<<'SQL', 'conditions with subplans');
SELECT count(*) FROM int4 t WHERE EXISTS (SELECT FROM wanted w WHERE w.five = length(t.v) OFFSET 0)
  OR t.id IN (SELECT k FROM wanted WHERE five = 3)
SQL
as_copied("SELECT id, w FROM int4 WHERE v LIKE '%b' ORDER BY id",
	'columns that no condition needs are filled later');
as_copied("SELECT id, v, w, file, line FROM int4 WHERE w LIKE 'w1%' OR id < 0 ORDER BY id, v",
	'columns are filled later in any order');
# an error comes only from rows that the conditions before it let through
as_copied('SELECT count(*) FROM int4 WHERE CASE WHEN id <> 7 THEN 1 / (id - 7) >= 0 ELSE false END',
	'a condition that keeps an error away');
like(failure('SELECT * FROM int4 WHERE 1 / (id - 7) = 3'),
	qr/^ERROR:  22012: division by zero\nCONTEXT:  file ".*", line \d+$/,
	'an error of a condition names the record');
is(value('SELECT count(*) FROM int4 WHERE id = 8 AND 1 / (id - 7) = 1'),
	1, 'a search evaluates conditions of the rows that it finds only');
# a value that cannot be read, in a column that the conditions do not look at
write_file("$root/unread/LOAD00000001.csv", "1,one,10\n2,two,many\n3,three,30\n");
value(<<'SQL');
CREATE DOMAIN filled AS text NOT NULL;
CREATE FOREIGN TABLE unread (id int OPTIONS (key 'true'), v text, n int)
  SERVER files OPTIONS (prefix 'unread');
SQL
my $many = qr/syntax for type integer: "many"\nCONTEXT:  file ".*", line 2, column "n"/;
is(value("SELECT * FROM unread WHERE v <> 'two' ORDER BY id"),
	"1|one|10\n3|three|30", 'what is filtered out is not converted');
like(failure("SELECT * FROM unread WHERE v = 'two'"), $many, 'what is let through is converted');
like(failure('SELECT id FROM unread WHERE n > 0'), $many, 'what conditions look at is converted');
write_file("$root/domains/LOAD00000001.csv", "1,a\n2,\n3,c\n");
value(<<'SQL');
CREATE FOREIGN TABLE domains (id int OPTIONS (key 'true'), v filled)
  SERVER files OPTIONS (prefix 'domains', csv_null_value '');
SQL
like(failure('SELECT * FROM domains WHERE v IS NOT NULL'),
	qr/domain filled does not allow null values\nCONTEXT:  file ".*", line 2, column "v"/,
	'a domain is checked where a condition looks');
like(failure('SELECT * FROM domains WHERE id > 0'),
	qr/domain filled does not allow null values/, 'a domain is checked in rows that are let through');
is(value('SELECT * FROM domains WHERE id <> 2 ORDER BY 1'),
	"1|a\n3|c", 'a domain is not checked in rows that are left out');

# ---- rows that are locked meanwhile ----

{
	value('CREATE TABLE stock (k int PRIMARY KEY, n int);'
		  . ' INSERT INTO stock VALUES (7, 1), (8, 1), (9, 1)');
	my $one = $node->background_psql('postgres');
	my $two = $node->background_psql('postgres');
	# runs a query of $two that meets a row which $one changes meanwhile
	my $meet = sub {
		my ($change, $query) = @_;
		$one->query_safe("BEGIN; $change;");
		$two->query_until(qr/begun/, "\\echo begun\n$query");
		$node->poll_query_until('postgres',
			"SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
		$one->query_safe('COMMIT');
	};
	for my $way ('SET enable_nestloop = off', 'SET enable_hashjoin = off; SET enable_mergejoin = off')
	{
		value('UPDATE stock SET n = 1');
		$two->query_safe("RESET ALL; $way");
		$meet->('UPDATE stock SET n = 5 WHERE k = 8', <<'SQL');
SELECT s.k, s.n, t.v FROM stock s JOIN int4 t ON t.id = s.k
WHERE s.n < 6 AND t.v LIKE '% b' AND t.id = s.k + s.n - s.n ORDER BY 1 FOR UPDATE OF s;
SQL
		is($two->query('SELECT 1'), "7|1|seven b\n8|5|eight b\n9|1|nine b\n1",
			"$way: rows that were changed meanwhile are looked at again");
		$meet->('UPDATE stock SET n = 9 WHERE k = 8', <<'SQL');
UPDATE stock s SET n = length(t.v) FROM int4 t
WHERE t.id = s.k AND s.n < 6 AND t.v LIKE '%eight%' RETURNING s.k, s.n, t.w;
SQL
		is($two->query('SELECT 2'), '2', "$way: rows that no longer fit are left out");
	}
	$_->quit for $one, $two;
}

# ---- another encoding ----

# A database of an encoding with a table over a log of UTF-8.
sub encoded
{
	my ($encoding, $folder, $text) = @_;
	my $database = lc $encoding;
	value("CREATE DATABASE $database TEMPLATE template0 ENCODING '$encoding'");
	value(<<"SQL", $database);
CREATE EXTENSION cdc_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$root');
CREATE FOREIGN TABLE t (k text OPTIONS (key 'true'), v text)
  SERVER files OPTIONS (prefix '$folder');
SQL
	write_file("$root/$folder/LOAD00000001.csv", $text);
	return $database;
}

for my $encoding ('LATIN1', 'SQL_ASCII')
{
	my $e = $encoding eq 'LATIN1' ? "\\xe9" : "\\xc3\\xa9";
	my $database = encoded($encoding, 'latin', "a,1\ncaf\xc3\xa9,2\n\"x\"\"\xc3\xa9\",3\n");
	is(value(<<"SQL", $database), "2\n1\n3", "$encoding: texts are found as the database writes them");
SELECT v FROM t WHERE k = E'caf$e';
SELECT v FROM t WHERE k IN (E'x\"$e', 'a') ORDER BY 1;
SELECT v FROM t WHERE k = E'\\xff';
SQL
}

# two texts of the database's encoding that are one in the log's are not equal
{
	my ($short, $long) = ("E'\\xc4\\xa1'", "E'\\x8e\\xa1\\xc4\\xa1'");
	my $database = encoded('EUC_TW', 'two_forms', "\xe4\xb8\x80,one\n");
	is(value(<<"SQL", $database), "t\none",
SELECT convert_to($short, 'UTF8') = convert_to($long, 'UTF8');
SELECT v FROM t WHERE k = ANY (ARRAY[$short, 'x']);
SELECT v FROM t WHERE k = ANY (ARRAY[$long, 'x'])
SQL
		'EUC_TW: of two forms of a character the one that the scan has is found');
}

$node->stop;
done_testing();

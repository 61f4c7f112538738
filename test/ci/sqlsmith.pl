# Queries that sqlsmith makes up over foreign tables of every mode, beside a
# local table and views: none may end in a crash or in an internal error.
#
# CDC_SQLSMITH_QUERIES says how many (150; test/long/sqlsmith.pl: more),
# CDC_SQLSMITH_SEED where to begin; the same seed makes the same queries.
#
# PostgreSQL has internal errors of its own that strange queries find.  One
# counts as such only where the function that raises it is one that the query
# calls, or the same query ends in the same error over local tables of the same rows.
use strict;
use warnings;
use File::Path qw(make_path);
use POSIX qw(strftime);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $queries = $ENV{CDC_SQLSMITH_QUERIES} // 150;
my $seed = $ENV{CDC_SQLSMITH_SEED} // 1;
# A further column of tables of each mode.
my %modes = (
	snapshot => "at timestamptz OPTIONS (role 'asof')",
	changes => "missed text[] OPTIONS (role 'unsupplied')",
	history => "since timestamptz OPTIONS (role 'valid_from'), "
	  . "until timestamptz OPTIONS (role 'valid_to'), valid tstzrange OPTIONS (role 'valid_range')");

# What sessions are set to, in turn.
my @settings = (
	'-c work_mem=64kB -c cdc_fdw.prefetch_bytes=0',
	'-c parallel_setup_cost=0 -c parallel_tuple_cost=0 -c min_parallel_table_scan_size=0');

# ---- a log of a few hundred records: all types, moves, holes, nested ----

my $root = PostgreSQL::Test::Utils::tempdir;
my $day = 1718150400;

sub values_of
{
	my ($n, $width) = @_;
	my @at = (
		$n, $n % 7 ? "name $n" : '"a ""quoted"", name"',
		$n % 5 ? $n * 1.25 : '', $n % 3 ? $n % 2 ? 'true' : 'false' : '',
		strftime('%Y-%m-%d', gmtime($day - $n * 86400)),
		strftime('%Y-%m-%d %H:%M:%S.123456', gmtime($day + $n)),
		sprintf('%08x-0000-4000-8000-%012x', $n, $n),
		$n % 4 ? "\"{\"\"a\"\": $n, \"\"b\"\": [1, null, \"\"x\"\"]}\"" : '',
		'\\x' . sprintf('%04x', $n), $n * 1e10, "\"{$n,2,NULL}\"",
		$n % 11 ? 'red' : 'green');
	return join ',', @at[ 0 .. ($width // @at) - 1 ];
}

sub write_log
{
	my ($folder, $load, $files, $width) = @_;

	make_path("$root/$folder");
	append_to_file("$root/$folder/LOAD00000001.csv", join '',
		map { "I,2024-06-11 00:00:00," . values_of($_, $width) . "\n" } 1 .. $load)
	  if $load;
	for my $file (1 .. $files)
	{
		my $name = strftime('%Y%m%d-%H%M%S000.csv', gmtime($day + 60 * $file + 60));
		my $time = strftime('%Y-%m-%d %H:%M:%S', gmtime($day + 60 * $file));

		append_to_file("$root/$folder/$name", join '',
			map { (qw(U U U D I))[ $_ % 5 ] . ",$time," . values_of($_ * 7 % 120 + 1, $width) . "\n" }
			  $file * 10 .. $file * 10 + 20);
	}
	return;
}

write_log('s/item', 100, 12);
write_log('s/shard1', 30, 3);
write_log('s/shard2', 20, 3);
write_log('s/few', 40, 2, 3);

my $node = PostgreSQL::Test::Cluster->new('sqlsmith');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', <<'CONF');
fsync = off
log_line_prefix = '%p %e '
log_min_messages = error
log_min_error_statement = error
log_error_verbosity = verbose
restart_after_crash = off
temp_file_limit = '1GB'
max_stack_depth = '4MB'
CONF
$node->start;

my $columns = <<'SQL';
	id int OPTIONS (key 'true'), name text, price numeric, sold bool, made date,
	changed timestamptz, code uuid, doc jsonb, raw bytea, big bigint, nums int[],
	color color, op text OPTIONS (role 'op'),
	committed timestamptz OPTIONS (role 'commit_time'),
	named timestamptz OPTIONS (role 'file_time'), file text OPTIONS (role 'file'),
	line bigint OPTIONS (role 'line'), whole jsonb OPTIONS (role 'row')
SQL

my $local = <<'SQL';
CREATE EXTENSION cdc_fdw;
CREATE SCHEMA lake;
SET search_path = lake, public;
CREATE TYPE color AS ENUM ('red', 'green');
CREATE TABLE local AS SELECT i AS id, 'name ' || i AS name, i * 1.5 AS price,
  '2024-06-12'::timestamptz + i * interval '1 minute' AS at FROM generate_series(1, 50) i;
SQL
my $rights = <<'SQL';
GRANT USAGE ON SCHEMA lake TO smith;
GRANT SELECT ON ALL TABLES IN SCHEMA lake TO smith;
SQL

my %tables = (
	shards => "(source text OPTIONS (role 'source', key 'true'), $columns) SERVER log "
	  . "OPTIONS (prefix 's/shard1,s/shard2', before_base 'empty')",
	one_log => "($columns) SERVER log OPTIONS (prefix 's/item', clock_skew '1 h')",
	few => "(id int OPTIONS (key 'true'), name varchar(20), price float8) SERVER log "
	  . "OPTIONS (prefix 's/few', on_error 'null', before_base 'base')",
	map { ("item_$_" => "($columns, $modes{$_}) SERVER log OPTIONS (prefix 's/item', mode '$_')") }
	  keys %modes);
my @names = sort keys %tables;
my $views = join '', map {
	"CREATE VIEW lake.view_$_ AS SELECT i.*, l.price AS local_price "
	  . "FROM lake.item_$_ i LEFT JOIN lake.local l ON l.id = i.id WHERE i.id > 10;\n"
} sort keys %modes;

$node->safe_psql('postgres', join '', "CREATE ROLE smith LOGIN; ALTER ROLE smith SET statement_timeout = '1s';\n",
	# a foreign table over local files is read by the right of who asks
	"GRANT pg_read_server_files TO smith;\n",
	$local, "CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw "
	  . "OPTIONS (url 'file://$root', timestamp_column_name 'ts');\n",
	(map { "CREATE FOREIGN TABLE $_ $tables{$_};\n" } @names),
	$views, "GRANT USAGE ON FOREIGN SERVER log TO smith;\n", $rights);

# smith can read the tables at all, or what follows is in vain
for my $name (@names)
{
	cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM lake.$name",
			extra_params => [ '-U', 'smith' ]), '>', 20, "$name has rows");
}

# ---- the same as local tables, to hold internal errors against ----

$node->safe_psql('postgres', 'CREATE DATABASE plain');
$node->safe_psql('plain', $local);
for my $name (@names)
{
	my $create = $node->safe_psql('postgres', <<"SQL");
SELECT format('CREATE TABLE lake.%I (%s)', relname,
  string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum))
FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0
WHERE c.oid = 'lake.$name'::regclass GROUP BY relname
SQL
	my $rows = $node->safe_psql('postgres', "COPY (SELECT * FROM lake.$name) TO STDOUT");
	$node->safe_psql('plain', $create
		  . ";\nCOPY lake.$name FROM STDIN;\n$rows\n\\.\n");
}
$node->safe_psql('plain', $views . $rights);

# ---- sqlsmith ----

my $log_from = -s $node->logfile;
my (@runs, @outputs);
for my $i (0 .. $#settings)
{
	push @outputs, '';
	push @runs, IPC::Run::start(
		[ 'sqlsmith',
			'--target=' . $node->connstr('postgres') . " user=smith options='$settings[$i]'",
			'--exclude-catalog', '--verbose', '--seed=' . ($seed + $i),
			'--max-queries=' . int($queries / @settings) ],
		'<', \undef, '&>', \$outputs[$i], IPC::Run::timeout(3600));
}
my $made = 0;
my $well = 0;
for my $i (0 .. $#runs)
{
	$runs[$i]->finish;
	my ($rate) = $outputs[$i] =~ /^error rate: ([\d.]+)/m;
	my ($n) = $outputs[$i] =~ /.*^queries: (\d+)/ms;
	is($runs[$i]->result(0), 0, 'sqlsmith comes to its end')
	  or diag(substr($outputs[$i], -2000));
	$made += $n // 0;
	$well += ($n // 0) * (1 - ($rate // 1));
}
note(sprintf '%d queries, %d of them without an error', $made, $well);
cmp_ok($made, '>=', 0.99 * $queries, 'it made the queries asked for');
cmp_ok($well, '>', $queries / 10, 'many of them ran');
is($node->safe_psql('postgres', 'SELECT 1'), 1, 'the server is up');

# ---- what the server said ----

my (@internal, $entry, %states);
my $denied = '';
open my $fh, '<', $node->logfile or die $!;
seek $fh, $log_from, 0;
my $crashes = '';
while (<$fh>)
{
	if (my ($pid, $state, $kind, $text) = /^(\d+) ([0-9A-Z]{5}) ([A-Z]+):\s+(.*)/s)
	{
		$crashes .= $_ if $kind eq 'PANIC' || $text =~ /terminated by signal|TRAP:/;
		$entry = undef;
		$states{$state}++ if $kind eq 'ERROR';
		$denied .= $_ if $state eq '42501' && $kind eq 'ERROR' && $text
		  =~ /read files through server|foreign table/;
		next if $state ne 'XX000' && $state ne 'XX001' && $state ne 'XX002';
		push @internal, { error => $text } if $kind eq 'ERROR' || $kind eq 'FATAL';
		if ($kind eq 'STATEMENT' || $kind eq 'LOCATION')
		{
			$internal[-1]{$kind} = $text;
			$entry = \$internal[-1]{$kind};
		}
	}
	elsif (/^\t/)
	{
		$$entry .= $_ if defined $entry;
	}
	elsif (/TRAP:/)
	{
		$crashes .= $_;
	}
}
close $fh;
is($crashes, '', 'no process crashed');
note('errors by SQLSTATE: ' . join ', ',
	map { "$_: $states{$_}" } sort { $states{$b} <=> $states{$a} } keys %states);
is($denied, '', 'smith was never denied a foreign table or its files');

my $ours = '';
for my $found (@internal)
{
	my ($said) = $found->{error} =~ /^(?:XX\d+: )?(.*)/;
	my ($function) = $found->{LOCATION} =~ /^(\w+), /;

	# raised by what the query itself calls, in places that other rows may not reach
	if ($found->{STATEMENT} =~ /\bpg_catalog\.\Q$function\E\(/)
	{
		note("PostgreSQL's own, of $function: $said");
		next;
	}
	my ($rc, $out, $err) =
	  $node->psql('plain', "SET statement_timeout = '30s'; SET ROLE smith; SET search_path = lake, public;\n$found->{STATEMENT}");

	# the same error, but for numbers
	my $form = quotemeta($said) =~ s/\d+/\\d+/gr;
	if ($err =~ /$form/)
	{
		note("PostgreSQL's own: $said");
		next;
	}
	$ours .= "$found->{error}$found->{LOCATION}$found->{STATEMENT}\n";
}
is($ours, '', 'no internal error that local tables do not have');

done_testing();

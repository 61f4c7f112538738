# Schemas and their evolution over thirty days, with alterations by their users
# in between: imported once, synced each night, also two at once and rolled
# back.  Each table shows at each instant what the simulated source had, or is
# refused for the reason that the simulation expects, and the second sync of a
# day changes nothing.
#
# CDC_SYNC_SEEDS="1..300" or "7 19 200..250" selects the evolutions,
# CDC_SYNC_KEEP=1 keeps their files and scripts.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use JSON::PP;

use PostgreSQL::Test::Utils;
use Test::More;

use lib dirname(abs_path(__FILE__));
use lib dirname(abs_path(__FILE__)) . '/../oracle';

use CdcTest qw(start_node write_file);

use CdcOracle::Evolution;
use CdcOracle::Run;

# these draw each layout, each event and each reason to refuse a table
my @seeds = CdcOracle::Run::seeds($ENV{CDC_SYNC_SEEDS} || '2 6 19 23 54 57');
my $keep = $ENV{CDC_SYNC_KEEP};
my $root = tempdir('cdc_sync_XXXX', TMPDIR => 1, CLEANUP => !$keep);
my $json = JSON::PP->new->canonical;

my $node = start_node('sync', "autovacuum = off\ntimezone = 'UTC'\n"
	  . "max_parallel_workers_per_gather = 0\nshared_preload_libraries = 'cdc_fdw'\n");
$node->safe_psql('postgres', <<'SQL');
-- the rows of a table as texts, or the error
CREATE FUNCTION probe(tab text, at text, condition text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  columns text := (SELECT string_agg(format('%L, %I::text', attname, attname), ', ') FROM pg_attribute
                   WHERE attrelid = format('hist.%I', tab)::regclass AND attnum > 0 AND NOT attisdropped AND coalesce(attfdwoptions::text, '') !~ 'role=');
BEGIN
  PERFORM set_config('cdc_fdw.asof', at, false);
  RETURN QUERY EXECUTE format('SELECT ''R '' || json_build_object(%s) FROM hist.%I %s', columns, tab, condition);
  PERFORM set_config('cdc_fdw.asof', '', false);
EXCEPTION WHEN OTHERS THEN
  PERFORM set_config('cdc_fdw.asof', '', false);
  RETURN NEXT 'E ' || SQLSTATE || ' ' || SQLERRM;
END $$;
-- make the first column the key, if it is none
CREATE PROCEDURE give_key(tab text) LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = format('hist.%I', tab)::regclass AND 'key=true' = ANY (attfdwoptions)) THEN
    EXECUTE format('ALTER FOREIGN TABLE hist.%I ALTER c1 OPTIONS (ADD key ''true'')', tab);
  END IF;
END $$;
SQL

# ---- the script of an evolution ----

my $report = q{SELECT 'S ' || json_build_array(table_name, status, coalesce(detail, ''))};

sub sync_sql
{
	my ($seed, $w) = @_;
	my $options = $json->encode(CdcOracle::Evolution::import_options($w));

	return "$report FROM cdc_fdw_sync('e$seed', '$w->{schema}', 'hist', '$options');\n";
}

sub import_sql
{
	my ($seed, $w) = @_;
	my $o = CdcOracle::Evolution::import_options($w);

	return "IMPORT FOREIGN SCHEMA $w->{schema} FROM SERVER e$seed INTO hist OPTIONS ("
	  . join(', ', map { "$_ '$o->{$_}'" } sort keys %$o) . ");\n";
}

sub check_sql
{
	my ($c, $suffix) = @_;
	my $at = defined $c->{at} ? $c->{at} : '';
	my $sql = "\\echo C\n";

	return $sql . "SELECT * FROM probe('$c->{table}', '$at', '');\n" if $suffix eq '';
	return $sql . "SELECT * FROM probe('$c->{table}$suffix', '', "
	  . ($at eq '' ? q{'WHERE valid_to = ''infinity'''} : "'WHERE valid_from <= ''$at'' AND valid_to > ''$at'''") . ");\n";
}

sub day_sql
{
	my ($seed, $w, $n) = @_;
	my $day = $w->{days}[$n];
	my $dir = "$root/$seed";
	my $sync = sync_sql($seed, $w);
	my $sql = "\\echo D $n\n";

	$sql .= "\\! rm -rf $dir/log/$_\n" for @{ $day->{gone} };
	$sql .= "\\! mkdir -p $dir/log && cp -r $dir/days/$n/. $dir/log/ 2>/dev/null\n";
	$sql .= "$_\n" for @{ $day->{sql} };
	$sql .= import_sql($seed, $w) if $day->{how} eq 'import';
	if ($day->{how} eq 'pair')
	{
		write_file("$dir/sync.sql", $sync);
		my $run = "psql -XqAt -d '" . $node->connstr('postgres') . "' -f $dir/sync.sql 2>&1";
		$sql .= "\\echo P\n\\! $run & $run & wait\n";
	}
	$sql .= "BEGIN;\n\\echo B\n${sync}ROLLBACK;\n" if $day->{how} eq 'back';
	$sql .= "\\echo F\n$sync\\echo A\n$sync";
	$sql .= "CALL give_key('$_');\n" for @{ $day->{keys} };
	for my $c (@{ $day->{checks} })
	{
		$sql .= check_sql($c, $_) for @{ $w->{suffixes} };
	}
	return $sql;
}

sub run_evolution
{
	my ($seed, $w) = @_;
	my $dir = "$root/$seed";
	my $script = "\\set VERBOSITY terse\nSET client_min_messages = error;\nDROP SCHEMA IF EXISTS hist CASCADE; DROP SCHEMA IF EXISTS model CASCADE;\n"
	  . "CREATE SCHEMA hist; CREATE SCHEMA model;\n"
	  . "CREATE SERVER e$seed FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$dir/log', " . CdcOracle::Evolution::server_options($w) . ");\n";
	my $output = '';

	for my $n (0 .. $#{ $w->{days} })
	{
		make_path("$dir/days/$n");
		write_file("$dir/days/$n/$_->[0]", $_->[1]) for @{ $w->{days}[$n]{files} };
		$script .= day_sql($seed, $w, $n);
	}
	$script .= "DROP SCHEMA hist CASCADE; DROP SERVER e$seed CASCADE;\n";
	write_file("$dir/script.sql", $script);
	IPC::Run::run([ 'psql', '-XqAt', '-d', $node->connstr('postgres'), '-f', "$dir/script.sql" ], '>',
		\$output, '2>&1');
	write_file("$dir/output", $output) if $keep;
	return $output;
}

# ---- what it says against what it should ----

# Reports of syncs by table, all of each.
sub reports
{
	my (@lines) = @_;
	my %of;

	for (grep { /^S / } @lines)
	{
		my ($table, $status, $detail) = @{ $json->decode(s/^S //r) };
		push @{ $of{$table} }, [ $status, $detail ];
	}
	return \%of;
}

my $changes = qr/^(created|columns added|options added|failed)$/;

# Problems of the sync of a day.
sub compare_syncs
{
	my ($day, $said) = @_;
	my ($first, $again) = map { reports(@{ $said->{$_} // [] }) } qw(F A);
	my $pair = reports(@{ $said->{P} // [] });
	my @problems = map { "says: $_" } grep { /ERROR|FATAL|PANIC/ } map { @$_ } @$said{ grep { $_ ne 'C' } keys %$said };

	for my $table (sort keys %{ $day->{expect} })
	{
		my ($status, $reason) = @{ $day->{expect}{$table} };
		my $got = $first->{$table}[0] // [ 'nothing', '' ];
		my ($changed) = grep { $_->[0] =~ $changes } @{ $pair->{$table} // [] };

		push @problems, "$table: two at once say " . join(', ', map { $_->[0] } @{ $pair->{$table} })
		  if grep({ $_->[0] eq 'failed' } @{ $pair->{$table} // [] }) || 1 < grep { $_->[0] =~ $changes } @{ $pair->{$table} // [] };
		push @problems, "$table: after two at once there is still \"$got->[0]\""
		  if $said->{P} && $got->[0] =~ $changes;
		$got = $changed if $changed;
		$status = 'unchanged' if $day->{how} eq 'import' && $status eq 'created';
		# before the user says what the key is
		($status, $reason) = (qr/^(unchanged|unreadable)$/, qr/^$|and no key\. /)
		  if $status eq 'unchanged' && grep { $_ eq $table } @{ $day->{keys} };
		push @problems, "$table: \"$got->[0]\" ($got->[1]), expected \"$status\"" . ($reason ? " $reason" : '')
		  if (ref $status ? $got->[0] !~ $status : $got->[0] ne $status) || (ref $reason && ($got->[1] // '') !~ $reason);
		my $second = $again->{$table}[0] // [ 'nothing', '' ];
		push @problems, "$table: a second sync says \"$second->[0]\" ($second->[1])" if $second->[0]
		  =~ $changes;
	}
	return @problems;
}

# Problems of what a query shows.
sub compare_rows
{
	my ($c, $suffix, @lines) = @_;
	my @rows = sort map { $json->encode($json->decode(s/^R //r)) } grep { /^R / } @lines;
	my ($error) = grep { /^E / } @lines;
	my $where = "$c->{table}$suffix at " . ($c->{at} // 'its end');

	return () if $c->{refused};
	return "$where: $error" if defined $error;
	return () if "@rows" eq "@{ $c->{rows} }";
	my %got = map { ($_ => 1) } @rows;
	my %want = map { ($_ => 1) } @{ $c->{rows} };
	my @more = grep { !$want{$_} } @rows;
	my @less = grep { !$got{$_} } @{ $c->{rows} };
	return "$where: " . @rows . ' rows, expected ' . @{ $c->{rows} } . ", wrong "
	  . ($more[0] // 'none') . ', missing ' . ($less[0] // 'none');
}

sub problems
{
	my ($w, $output) = @_;
	my @days = split /^D \d+\n/m, $output;
	my @problems;

	my $head = shift @days;
	push @problems, "in the beginning: $head" if $head =~ /ERROR/;
	push @problems, 'it ended on day ' . @days if @days != @{ $w->{days} };
	for my $n (0 .. $#days)
	{
		my $day = $w->{days}[$n] or last;
		my ($head, @parts) = split /^([PBFAC])\n/m, $days[$n];
		my (%said, @checks);

		push @problems, "day $n: $head" if $head =~ /ERROR/;
		while (my ($kind, $text) = splice @parts, 0, 2)
		{
			if ($kind eq 'C') { push @checks, [ split /\n/, $text ] }
			else { $said{$kind} = [ split /\n/, $text // '' ] }
		}
		push @problems, map { "day $n: $_" } compare_syncs($day, \%said);
		for my $c (@{ $day->{checks} })
		{
			push @problems, map { "day $n: $_" } compare_rows($c, $_, @{ shift(@checks) // [] })
			  for @{ $w->{suffixes} };
		}
		# what went wrong once goes on doing so
		last if @problems;
	}
	return @problems;
}

my %drawn;
for my $seed (@seeds)
{
	my $w = CdcOracle::Evolution::evolution($seed);
	my @problems = problems($w, run_evolution($seed, $w));

	for my $t (@{ $w->{tables} })
	{
		$drawn{$_} += $t->{events}{$_} for keys %{ $t->{events} // {} };
	}
	is("@problems[0 .. ($#problems > 3 ? 3 : $#problems)]", '', "evolution $seed");
	diag("files are kept in $root/$seed") if @problems && $keep;
}
note(join ', ', map { "$_ $drawn{$_}" } sort keys %drawn);
is(join(', ', grep { !$drawn{$_} } 'add', 'drop', 'rename', 'swap', 'twin', 'type', map { "user $_" } qw(drop rename role text)),
	'', 'all events are drawn')
  if !$ENV{CDC_SYNC_SEEDS} || @seeds >= 300;

# ---- one at a time ----

write_file("$root/two/$_/t/LOAD00000001.csv", "id,v\n1,a\n2,b\n") for qw(a b);
$node->safe_psql('postgres', <<SQL);
CREATE SCHEMA hist; CREATE SCHEMA other;
CREATE SERVER two FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$root/two', base_time '2024-01-01');
SQL

# psql with a script, in the background; what it says goes to a text.
my $scripts = 0;

sub begin
{
	my ($script, $output) = @_;

	my $path = "$root/script" . ++$scripts;

	write_file($path, "$script;\n");
	return IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres'), '-f', $path ], '>',
		$output, '2>&1');
}

sub run_of
{
	my ($remote, $schema) = @_;

	return "SELECT table_name || ' ' || status FROM cdc_fdw_sync('two', '$remote', '$schema')";
}

sub held
{
	return $node->poll_query_until('postgres', "SELECT count(*) >= $_[0] FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 3292 AND granted");
}

my ($first, $second) = ('', '');
my $holder = begin('BEGIN; ' . run_of('a', 'hist') . '; SELECT pg_sleep(60); ROLLBACK', \$first);
held(1);
my ($rc, $out, $err) = $node->psql('postgres', "SET statement_timeout = '200ms'; "
	  . run_of('a', 'hist'));
like($err, qr/canceling statement due to statement timeout/,
	'the wait for another run can be canceled');
is($node->safe_psql('postgres', run_of('b', 'other')), 't created',
	'a run for another schema does not wait');
my $waiter = begin(run_of('a', 'hist'), \$second);
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 3292 AND NOT granted");
$node->safe_psql('postgres', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query ~ 'pg_sleep' AND pid <> pg_backend_pid()");
$holder->finish;
$waiter->finish;
is($second, "t created\n", 'a run that waited for one that was rolled back makes the table');

# each holds what the other wants
my @both = map { '' } 1 .. 2;
my @schemas = ([ 'hist', 'other' ], [ 'other', 'hist' ]);
my $meet = <<'SQL';
SELECT pg_advisory_lock_shared(1);
DO $$ BEGIN
  WHILE (SELECT count(*) < 2 FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND objsubid = 1) LOOP
    PERFORM pg_sleep(0.01);
  END LOOP;
END $$;
SQL
my @runs = map {
	my ($first, $second) = map { run_of('a', $_) } @{ $schemas[$_] };
	begin("SET deadlock_timeout = '100ms'; SET statement_timeout = '60s';\n"
		  . "BEGIN; $first; $meet $second; COMMIT", \$both[$_])
} 0 .. 1;
$_->finish for @runs;
is(scalar(grep { /deadlock detected/ } @both), 1,
	'of two that wait for each other one is told of the deadlock');

# ---- a table that is renamed while a run waits for it ----

write_file("$root/two/ren/t/LOAD00000001.csv", "1,a,x\n2,b,y\n");
write_file("$root/two/ren/u/LOAD00000001.csv", "3,c\n4,d\n");
$node->safe_psql('postgres', <<SQL);
CREATE SCHEMA ren;
CREATE FOREIGN TABLE ren.t (id int OPTIONS (key 'true'), v text) SERVER two OPTIONS (schema_name 'ren', table_name 't', include_op_for_full_load 'false');
CREATE FOREIGN TABLE ren.u (id int OPTIONS (key 'true'), v text) SERVER two OPTIONS (schema_name 'ren', table_name 'u', include_op_for_full_load 'false');
SQL
my ($renamed, $waited) = ('', '');
my $renames = begin(<<SQL, \$renamed);
BEGIN; ALTER FOREIGN TABLE ren.t RENAME TO old; ALTER FOREIGN TABLE ren.u RENAME TO t;
DO \$\$ BEGIN
  FOR i IN 1..600 LOOP
    EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'relation' AND NOT granted);
    PERFORM pg_sleep(0.1);
  END LOOP;
END \$\$;
COMMIT
SQL
$node->poll_query_until('postgres', "SELECT count(*) = 2 FROM pg_locks l JOIN pg_class c ON c.oid = relation WHERE relnamespace = 'ren'::regnamespace AND mode = 'AccessExclusiveLock' AND granted");
my $waits = begin(run_of('ren', 'ren')
	  . " ORDER BY 1; TABLE ren.old ORDER BY 1; TABLE ren.t ORDER BY 1; " . run_of('ren', 'ren')
	  . ' ORDER BY 1', \$waited);
$_->finish for $renames, $waits;
is($waited, "old columns added\nt unchanged\n1|a|x\n2|b|y\n3|c\n4|d\nold unchanged\nt unchanged\n",
	'a table renamed while a run waits for it is the one that is completed, not the one that has its name now');

# ---- a schema that is renamed while a run makes views ----

my $v = "v (id int OPTIONS (key 'true'), v text) SERVER two OPTIONS (schema_name 'ren')";
my $views = run_of('ren', 'swap')
  =~ s/'\)\z/', '{"views": "bi"}') WHERE table_name ~ '^bi' ORDER BY 1/r;
$node->safe_psql('postgres', "CREATE SCHEMA swap; CREATE SCHEMA imposter; $views; CREATE FOREIGN TABLE swap.$v; CREATE FOREIGN TABLE imposter.$v");
my ($swapped, $showed) = ('', '');
my $swaps = begin(<<SQL, \$swapped);
BEGIN; ALTER FOREIGN TABLE swap.v RENAME TO w; ALTER FOREIGN TABLE swap.w RENAME TO v;
ALTER SCHEMA swap RENAME TO right_one; ALTER SCHEMA imposter RENAME TO swap;
DO \$\$ BEGIN
  FOR i IN 1..600 LOOP
    EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'relation' AND NOT granted);
    PERFORM pg_sleep(0.1);
  END LOOP;
END \$\$;
COMMIT
SQL
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_locks l JOIN pg_class c ON c.oid = relation WHERE relnamespace = 'swap'::regnamespace AND mode = 'AccessExclusiveLock' AND granted");
my $shows = begin($views, \$showed);
$_->finish for $swaps, $shows;
is($showed, "bi.t unchanged\nbi.u unchanged\nbi.v failed\n",
	'of a table that has the name of another one by now no view is made');
is($node->safe_psql('postgres', $views =~ s/'swap'/'right_one'/r),
	"bi.t unchanged\nbi.u unchanged\nbi.v created", 'the next run makes the view');

$node->stop;
done_testing();

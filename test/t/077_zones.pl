# Names of files in time zones (date_partition_timezone) against Python's
# zoneinfo: around each change of a clock, with and without commit times.
# CDC_TEST_ZONES=all takes every zone that PostgreSQL knows.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $script = abs_path(dirname(__FILE__) . '/../zones.py');
my $dir = abs_path(PostgreSQL::Test::Utils::tempdir());

# by one hour, by half an hour, by two, south, not at a full hour, at midnight,
# for Ramadan; and over the date line and back
my %tested = ('2024' => [
		qw(America/New_York Europe/Berlin Australia/Lord_Howe Antarctica/Troll
		  America/Santiago Pacific/Chatham Africa/Cairo Africa/Casablanca
		  Asia/Kolkata UTC) ],
	'2011' => [qw(Pacific/Apia)], '1969' => [qw(Pacific/Kwajalein)]);

my $node = PostgreSQL::Test::Cluster->new('zones');
$node->init;
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION cdc_fdw;
CREATE FUNCTION found(n int, what text, at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  CASE what
    WHEN 'name' THEN
      EXECUTE format('SELECT v FROM n%s WHERE named = %L', n, at) INTO result;
    WHEN 'file clock' THEN
      EXECUTE format('SELECT count(*) FROM f%s WHERE at = %L', n, at) INTO result;
    WHEN 'from' THEN
      EXECUTE format('ALTER FOREIGN TABLE f%s OPTIONS (ADD changes_from %L)', n, at);
      EXECUTE format('SELECT count(*) FROM f%s', n) INTO result;
      EXECUTE format('ALTER FOREIGN TABLE f%s OPTIONS (DROP changes_from)', n);
    WHEN 'commit clock' THEN
      EXECUTE format('SELECT count(*) FROM c%s WHERE at = %L', n, at) INTO result;
    WHEN 'commits from' THEN
      EXECUTE format('SELECT count(*) FROM m%s WHERE committed >= %L', n, at) INTO result;
    WHEN 'gap' THEN
      EXECUTE format('SELECT count(*) FROM g%s', n) INTO result;
  END CASE;
  RETURN result;
EXCEPTION WHEN fdw_error THEN
  IF SQLERRM !~ (CASE what WHEN 'gap' THEN 'does not exist in zone' ELSE 'shows twice' END) THEN
    RAISE;
  END IF;
  RETURN NULL;
END $$;
SQL

sub check_zones
{
	my ($name, $years, @zones) = @_;
	my ($sql, $errors, $difference);

	IPC::Run::run [ 'python3', $script, "$dir/$name", $years, @zones ],
	  '>', \$sql, '2>', \$errors
	  or die $errors;
	$difference = $node->safe_psql('postgres', <<"SQL");
SET timezone = 'UTC';
SET client_min_messages = warning;
DROP SERVER IF EXISTS log CASCADE;
CREATE SERVER log FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$dir/$name');
DROP TABLE IF EXISTS expected;
CREATE TABLE expected (n int, zone text, what text, at timestamptz, result text);
BEGIN;
$sql
COMMIT;
SELECT count(*) > 0 FROM expected;
SELECT zone, what, at, result, found FROM expected, found(n, what, at)
WHERE result IS DISTINCT FROM found ORDER BY n, what, at LIMIT 20;
SQL
	is($difference, 't', "names are read as their zone's clock showed them: $name");
	my $sums = $node->safe_psql('postgres',
		"SELECT what || ' ' || count(*) || ', errors ' || count(*) FILTER (WHERE result IS NULL) FROM expected GROUP BY what ORDER BY what");
	note($sums);
	return;
}

if (($ENV{CDC_TEST_ZONES} // '') eq 'all')
{
	my @all = split /\n/, $node->safe_psql('postgres',
		"SELECT name FROM pg_timezone_names WHERE name !~ '^(posix|right|posixrules|localtime|Factory)' ORDER BY name");
	check_zones("all-$_", $_, @all) for '2024', '1990-1991';
}
else
{
	check_zones($_, $_, @{ $tested{$_} }) for sort keys %tested;
}
done_testing();

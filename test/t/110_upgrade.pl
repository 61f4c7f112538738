# From 0.1.0 to this version, or from the version in the argument: the old one,
# built from its sources, is installed into a PostgreSQL of the test's own and
# used; then its files are replaced, as a package would, and the extension is
# updated.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use lib dirname(__FILE__);
use CdcTest qw(use_node value write_file);

my $top = abs_path(dirname(__FILE__) . '/../..');
my $from = $ARGV[0] // '0.1.0';
my $old = "$top/old/$from";

if (!-f "$old/Makefile")
{
	# check.sh takes them from the history
	die "the sources of $from are not here\n" if ($ENV{CI} // '') eq 'true';
	plan skip_all => "no git history with the sources of $from";
}

# ---- a PostgreSQL of this test, with the old version ----

# where the machine's PostgreSQL lies, and where that of this run has cdc_fdw
chomp(my ($bin, $lib, $share) =
	  map { `"\$PG_CONFIG" $_` } qw(--bindir --pkglibdir --sharedir));
chomp(my ($new_lib, $new_share) = map { `pg_config $_` } qw(--pkglibdir --sharedir));
my $dir = abs_path(PostgreSQL::Test::Utils::tempdir_short());
my $pg = "$dir/pg";

# private_postgres of common.sh makes it, and installs what lies in $top
command_ok([ 'bash', '-c', <<'SH', 'upgrade', "$top/test/common.sh", $dir, $old ], "$from builds and installs");
set -eu
. "$1"
work=$2 top=$3
make_old() { make -j2 COPT=-O0 "$@"; }
MAKE=make_old
private_postgres
SH

my $node = PostgreSQL::Test::Cluster->new('upgrade', install_path => dirname("$pg$bin"));
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\ntimezone = 'UTC'\n");
$node->start;
use_node($node);

# ---- logs ----

my $lake = "$dir/lake";

write_file("$lake/shop/item/LOAD00000001.csv", join '', "ts,id,name,price,old_id\n",
	map { "2024-01-01 09:00:00,$_,name $_,$_.50,\n" } 1 .. 50);
write_file("$lake/shop/item/20240101-100100000.csv", <<'CSV');
Op,ts,id,name,price,old_id
U,2024-01-01 10:00:00,2,two,2.00,2
I,2024-01-01 10:00:10,60,sixty,60.00,
D,2024-01-01 10:00:20,3,,,
CSV
write_file("$lake/shop/item/20240102-100100000.csv", <<'CSV');
Op,ts,id,name,price,old_id
U,2024-01-02 10:00:00,70,seventy,7.00,60
U,2024-01-02 10:00:00,4,,,4
CSV
# no header, the op in the full load, no commit times
write_file("$lake/shop/plain/LOAD00000001.csv", "I,1,one\nI,2,two\n");
write_file("$lake/shop/plain/20240101-100100000.csv", "U,1,ONE\nI,3,three\nD,2,\n");

value(<<"SQL");
CREATE SCHEMA tools;
CREATE EXTENSION cdc_fdw SCHEMA tools;
ALTER DATABASE postgres SET search_path = public, tools;
SET search_path = public, tools;
CREATE SERVER named FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$lake',
  s3_settings '{"AddColumnName": true, "TimestampColumnName": "ts", "CsvDelimiter": ","}');
CREATE SERVER bare FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$lake', include_op_for_full_load 'true', late_files 'stop');
CREATE SERVER cloud FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 's3://lake/dms', region 'eu-central-1', endpoint 'http://127.0.0.1:1',
  url_style 'path', allow_http 'true', asof '2024-01-01', expected_bucket_owner '123456789012');
CREATE USER MAPPING FOR CURRENT_USER SERVER cloud OPTIONS (access_key_id 'AKIAUPGRADE', secret_access_key 'secret', session_token 'token');
CREATE USER MAPPING FOR PUBLIC SERVER named;

CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), label text OPTIONS (column_name 'name'), price numeric OPTIONS (null_on_update 'keep'),
  old_id int OPTIONS (before 'id'), as_of timestamptz OPTIONS (role 'asof'), rec jsonb OPTIONS (role 'row'))
  SERVER named OPTIONS (schema_name 'shop', clock_skew '10 s', before_base 'base', on_error 'null', reject_limit '5');
CREATE FOREIGN TABLE item_history (id int OPTIONS (key 'true'), name text, price numeric, old_id int OPTIONS (before 'id'),
  valid_from timestamptz OPTIONS (role 'valid_from'), valid_to timestamptz OPTIONS (role 'valid_to'), end_op text OPTIONS (role 'end_op'))
  SERVER named OPTIONS (schema_name 'shop', table_name 'item', mode 'history', open_end 'null', collapse 'true');
CREATE FOREIGN TABLE item_changes (op text OPTIONS (role 'op'), id int, name text, price numeric, extra text OPTIONS (missing 'none'),
  committed timestamptz OPTIONS (role 'commit_time'), file text OPTIONS (role 'file'), line bigint OPTIONS (role 'line'))
  SERVER named OPTIONS (schema_name 'shop', table_name 'item', mode 'changes');
CREATE FOREIGN TABLE plain (id int OPTIONS (key 'true'), name text) SERVER bare OPTIONS (schema_name 'shop', allow_gaps 'true', allow_empty 'true');
CREATE FOREIGN TABLE far (id int OPTIONS (key 'true', position '1'), v text) SERVER cloud
  OPTIONS (schema_name 'shop', changes_from '2024-01-01', known_at '2024-02-01', partition_folders 'true', task 'night');
ALTER FOREIGN TABLE item OPTIONS (ADD asof '2024-01-02 12:00');
CREATE VIEW cheap AS SELECT id, label FROM item WHERE price < 5;
CREATE VIEW how_far AS SELECT cdc_fdw_watermark('named') AS until;
CREATE ROLE reader;
GRANT SELECT ON item TO reader;
SELECT cdc_fdw_pin('model', '2024-01-01 12:00', NULL, 'item_history', 'plain', 'item_changes');
SELECT cdc_fdw_pin('newest', NULL, '2024-01-01 18:00', 'plain');
SQL

# whatever its owner put into a pin's large object
value("SELECT lo_put(large_object, 0, convert_to(repeat('x', 5000), 'UTF8')) FROM cdc_fdw_pinned WHERE pin = 'model'")
  if value("SELECT count(*) FROM pg_attribute WHERE attrelid = 'tools.cdc_fdw_pinned'::regclass AND attname = 'large_object'");

# What must be the same before, between and after.
my @answers = (
	'SELECT id, label, price, rec FROM item ORDER BY id',
	q{SELECT id, label FROM item WHERE as_of = '2024-01-01 11:00' ORDER BY id},
	'SELECT * FROM item_history ORDER BY id, valid_from',
	'SELECT op, id, name, price, extra, committed, line FROM item_changes ORDER BY committed, line',
	'SELECT * FROM plain ORDER BY id',
	'SELECT * FROM cheap ORDER BY id',
	q{SET cdc_fdw.asof = 'pin:model'; SELECT * FROM item_history ORDER BY id, valid_from},
	q{SET cdc_fdw.asof = 'pin:model'; SELECT op, id FROM item_changes ORDER BY line},
	q{SET cdc_fdw.asof = 'pin:newest'; SELECT * FROM plain ORDER BY id},
	q{SELECT table_name, object, size, etag, verdict FROM cdc_fdw_verify_pin('model') ORDER BY 1, 2},
	'SELECT * FROM cdc_fdw_pins ORDER BY pin, table_name',
	q{SELECT fingerprint, rows FROM cdc_fdw_fingerprint('item', '2024-01-01 12:00')});

# ---- logs that 0.1.0 reads by a guess, and what decides later ----

write_file("$lake/guess/op/LOAD00000001.csv", "I,A,Ann\n");
write_file("$lake/guess/ends/LOAD00000001.csv", "id,name\n1,one\r\n2,two\r\n");
write_file("$lake/guess/head/LOAD00000001.csv", "id,name\n1,one\n");
write_file("$lake/guess/ops/LOAD00000001.csv", "U,1,one\nI,2,two\n");
write_file("$lake/guess/dates/LOAD00000001.csv", "1,9/1/2006\n");
write_file("$lake/guess/twice/LOAD00000001.csv", "1,10,a\n1,11,b\n2,20,c\n");
write_file("$lake/guess/twice/20240101-100100000.csv", "U,1,10,aa\n");

value('CREATE DATABASE guessed');
value(<<"SQL", 'guessed') if $from eq '0.1.0';
CREATE EXTENSION cdc_fdw;
CREATE SERVER lake FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$lake');
CREATE FOREIGN TABLE op (k text OPTIONS (key 'true'), name text, city text) SERVER lake OPTIONS (schema_name 'guess');
CREATE FOREIGN TABLE ends (id int OPTIONS (key 'true'), name text) SERVER lake OPTIONS (schema_name 'guess', add_column_name 'true');
CREATE FOREIGN TABLE head (id text OPTIONS (key 'true'), name text) SERVER lake OPTIONS (schema_name 'guess', include_op_for_full_load 'false');
CREATE FOREIGN TABLE ops (id int OPTIONS (key 'true'), name text) SERVER lake OPTIONS (schema_name 'guess', include_op_for_full_load 'true');
CREATE FOREIGN TABLE dates (id int OPTIONS (key 'true'), d date) SERVER lake OPTIONS (schema_name 'guess', include_op_for_full_load 'false');
CREATE FOREIGN TABLE twice (id int OPTIONS (key 'true'), part int, name text) SERVER lake OPTIONS (schema_name 'guess');
CREATE FOREIGN TABLE day (id int OPTIONS (key 'true'), name text) SERVER lake
  OPTIONS (schema_name 'shop', table_name 'plain', include_op_for_full_load 'true', asof 'Jan 2 2024 12:00');
CREATE FOREIGN TABLE early (id int OPTIONS (key 'true'), name text) SERVER lake
  OPTIONS (schema_name 'shop', table_name 'plain', include_op_for_full_load 'true', asof '2023-12-31');
CREATE FOREIGN TABLE sure (id int OPTIONS (key 'true'), name text) SERVER lake
  OPTIONS (schema_name 'shop', table_name 'plain', include_op_for_full_load 'true');
SQL
# what each table needs, and its rows then
my %guessed = (
	op => [ 'include_op_for_full_load', "OPTIONS (ADD include_op_for_full_load 'false')", "I|A|Ann" ],
	ends => [ 'csv_row_delimiter', "OPTIONS (ADD csv_row_delimiter '\\n')", "1|one\r\n2|two\r" ],
	early => [ 'base_time', "OPTIONS (ADD base_time '2023-12-30')", "1|one\n2|two" ],
	head => [ 'add_column_name', "OPTIONS (ADD add_column_name 'true')", '1|one' ],
	ops => [ 'load_ops', "OPTIONS (ADD load_ops 'any')", "1|one\n2|two" ],
	dates => [ 'datestyle', "OPTIONS (ADD datestyle 'ISO, MDY')", '1|2006-09-01' ],
	twice => [ 'duplicate_keys', "ALTER part OPTIONS (ADD key 'true')", "1|10|aa\n1|11|b\n2|20|c" ],
	day => [ 'asof', "OPTIONS (SET asof '2024-01-02 12:00')", "1|ONE\n3|three" ]);

sub answers
{
	my ($database) = @_;
	return map { "$_\n" . value($_, $database) } @answers;
}

# Every SQL object of the old version, called as a user of that would.
my @calls = (
	q{SELECT count(*) > 0 FROM cdc_fdw_objects('named', 'shop/item')},
	q{SELECT count(*) > 0 FROM cdc_fdw_objects('item'::regclass)},
	q{SELECT count(*) > 0 FROM cdc_fdw_sample('named', 'shop/item')},
	q{SELECT count(*) = 0 FROM cdc_fdw_compare('plain', 'plain')},
	q{SELECT cdc_fdw_row_sum(p) IS NOT NULL FROM plain p},
	q{SELECT count(*) > 0 FROM cdc_fdw_changes_since('item_changes', NULL)},
	q{SELECT count(*) >= 0 FROM cdc_fdw_stats},
	q{SELECT count(*) > 0 FROM cdc_fdw_explain_row('item', '{"id": 2}')},
	q{SELECT count(*) > 0 FROM cdc_fdw_explain_row('item', '{"id": 2}', '2024-01-01 12:00')},
	q{SELECT count(*) > 0 FROM cdc_fdw_audit('item', '2024-01-01 12:00')},
	q{SELECT count(*) > 0 FROM cdc_fdw_diff('item', '2024-01-01 09:30', '2024-01-01 12:00')},
	q{SELECT cdc_fdw_pin('more', '2024-01-01 12:00', NULL, 'item_history') > 0},
	q{SELECT cdc_fdw_unpin('more') IS NOT NULL},
	q{SELECT count(*) = 1 FROM cdc_fdw_status('item')},
	q{SELECT count(*) > 1 FROM cdc_fdw_server_status('named')},
	q{SELECT count(*) = 1 FROM (SELECT cdc_fdw_watermark('named', 'public')) w},
	q{SELECT count(*) = 1 FROM how_far},
	q{CREATE SCHEMA more; SELECT count(*) > 0 FROM cdc_fdw_sync('named', 'shop', 'more'); DROP SCHEMA more CASCADE});
push @calls, (
	q{SELECT count(*) = 0 FROM cdc_fdw_check_upgrade('named')},
	q{SELECT count(*) > 0 FROM cdc_fdw_explain_row('item', '{"id": 2}', '2024-01-01 12:00'::timestamptz)},
	q{SELECT count(*) > 0 FROM cdc_fdw_audit('item', '2024-01-01 12:00'::timestamptz)},
	q{SELECT count(*) > 0 FROM cdc_fdw_diff('item', '2024-01-01 09:30'::timestamptz, '2024-01-01 12:00')},
	q{SELECT cdc_fdw_pin('more', '2024-01-01 12:00'::timestamptz, NULL, 'item_history') > 0},
	q{SELECT cdc_fdw_unpin('more') IS NOT NULL},
	q{SELECT rows > 0 FROM cdc_fdw_fingerprint('item', '2024-01-01 12:00'::text)},
	q{SELECT count(*) = 0 FROM cdc_fdw_compare('plain', 'plain', '2024-01-03'::text)})
  if $from ne '0.1.0';

sub try_all
{
	my ($when) = @_;
	for my $call (@calls)
	{
		my ($rc, $out, $err) = $node->psql('postgres', "SET client_min_messages = error; $call");
		ok($rc == 0 && $out eq 't', "$when: $call") or diag("$out\n$err");
	}
}

sub compare_answers
{
	my ($when, $then, $database) = @_;
	my @now = answers($database);
	is($now[$_], $then->[$_], "$when: $answers[$_]") for 0 .. $#answers;
}

# later versions refuse them
%guessed = () if $from ne '0.1.0';
value("SELECT * FROM $_", 'guessed') for sort keys %guessed;
my @then = answers();
like($then[0], qr/\n2\|two\|2.00\|.*\n70\|seventy\|7.00\|/s, "$from answers");
try_all($from);
my $old_dump = "$dir/old.sql";
$node->command_ok([ 'pg_dump', '-f', $old_dump, '-d', $node->connstr('postgres') ],
	"$from: dumped");

# ---- the files are replaced, as "make install" does ----

unlink glob("$pg$share/extension/cdc_fdw[-.]*"), "$pg$lib/cdc_fdw.so";
command_ok([ 'cp', '-L', "$new_lib/cdc_fdw.so", "$pg$lib/" ], 'the new library');
command_ok([ 'cp', '-L', glob("$new_share/extension/cdc_fdw[-.]*"), "$pg$share/extension/" ],
	'the new scripts are installed');

my $version = q{SELECT extversion FROM pg_extension WHERE extname = 'cdc_fdw'};
is(value($version), $from, "the SQL objects are those of $from");
compare_answers('new library, old objects', \@then);
try_all('new library, old objects');

# ---- the update ----

my ($new) = `grep default_version $top/cdc_fdw.control` =~ /'(.*)'/;
value('ALTER EXTENSION cdc_fdw UPDATE');
is(value($version), $new, 'ALTER EXTENSION leads to this version');
is(value('SELECT bool_and(length(token) = 16 AND token = lo_get(large_object)) FROM cdc_fdw_pinned'), 't', 'pins know their large objects');
compare_answers('updated', \@then);
is(value(q{SELECT string_agg(obj_description(large_object, 'pg_largeobject'), ', ') FROM cdc_fdw_pinned}),
	join(', ', ('owner of a pin of cdc_fdw') x 2), 'what anybody may read of pins has no names');
try_all('updated');

# Everything that the extension consists of, with all that could differ.
my $catalogue = <<'SQL';
WITH member AS (
  SELECT classid, objid, objsubid, pg_identify_object(classid, objid, 0) AS o,
    coalesce(obj_description(objid, (SELECT relname FROM pg_class c WHERE c.oid = classid)::name), '') AS comment
  FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
    AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'cdc_fdw'))
SELECT format('%s|%s', o, comment) FROM member
UNION ALL
SELECT format('function|%s|%s|%s|%s|%s', o, CASE WHEN prokind <> 'a' THEN pg_get_functiondef(p.oid) END, prosupport, proacl,
    (SELECT string_agg(a::text, ' ') FROM pg_aggregate a WHERE a.aggfnoid = p.oid))
  FROM member JOIN pg_proc p ON classid = 'pg_proc'::regclass AND objid = p.oid
UNION ALL
SELECT format('relation|%s|%s|%s|%s|%s|%s', o, relkind, relacl, reloptions, relpersistence, CASE WHEN relkind = 'v' THEN pg_get_viewdef(c.oid) END)
  FROM member JOIN pg_class c ON classid = 'pg_class'::regclass AND objid = c.oid
UNION ALL
SELECT format('column|%s|%s|%s|%s|%s|%s|%s', o, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attacl,
    pg_get_expr(adbin, adrelid))
  FROM member JOIN pg_attribute a ON classid = 'pg_class'::regclass AND objid = attrelid AND attnum > 0 AND NOT attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = attrelid AND d.adnum = attnum
UNION ALL
SELECT format('constraint|%s|%s|%s', o, conname, pg_get_constraintdef(k.oid))
  FROM member JOIN pg_constraint k ON classid = 'pg_class'::regclass AND objid = conrelid
UNION ALL
SELECT format('index|%s', pg_get_indexdef(indexrelid))
  FROM member JOIN pg_index i ON classid = 'pg_class'::regclass AND objid = indrelid
UNION ALL
SELECT format('config|%s|%s', c::regclass, w) FROM pg_extension, unnest(extconfig, extcondition) AS u(c, w) WHERE extname = 'cdc_fdw'
UNION ALL
SELECT format('extension|%s|%s|%s', extversion, extrelocatable, extnamespace::regnamespace) FROM pg_extension WHERE extname = 'cdc_fdw'
ORDER BY 1
SQL
value('CREATE DATABASE fresh');
value('CREATE SCHEMA tools; CREATE EXTENSION cdc_fdw SCHEMA tools; ALTER DATABASE fresh SET search_path = public, tools', 'fresh');
my $is = value($catalogue);
cmp_ok(scalar(split /\n/, $is), '>', 100, 'a catalogue to compare');
is($is, value($catalogue, 'fresh'), 'an updated database has the objects of a fresh one');

# ---- tables that 0.1.0 answered, and this version does not ----

if (%guessed)
{
	value('ALTER EXTENSION cdc_fdw UPDATE', 'guessed');
	is(value(q{SELECT string_agg(format('%s %s', foreign_table, option), ', ' ORDER BY foreign_table::text) FROM cdc_fdw_check_upgrade('lake')}, 'guessed'),
		join(', ', map { "$_ $guessed{$_}[0]" } sort keys %guessed), 'cdc_fdw_check_upgrade lists the tables that are refused now, and no other');
	for my $table (sort keys %guessed)
	{
		my ($option, $mend, $rows) = @{ $guessed{$table} };
		value("ALTER FOREIGN TABLE $table $mend", 'guessed');
		is(value("SELECT * FROM $table ORDER BY 1, 2", 'guessed'), $rows,
			"$table answers once $option is decided");
	}
	is(value(q{SELECT count(*) FROM cdc_fdw_check_upgrade('lake')}, 'guessed'), '0',
		'after the mend no table is listed');
}

# ---- options: what was written is still valid ----

value(<<'SQL');
DO $$
DECLARE o record;
BEGIN
  FOR o IN SELECT format('ALTER SERVER %I', srvname) AS what, option_name, option_value
             FROM pg_foreign_server, pg_options_to_table(srvoptions)
           UNION ALL SELECT format('ALTER USER MAPPING FOR %s SERVER %I', CASE WHEN umuser = 0 THEN 'PUBLIC' ELSE 'CURRENT_USER' END, srvname), option_name, option_value
             FROM pg_user_mappings, pg_options_to_table(umoptions)
           UNION ALL SELECT format('ALTER FOREIGN TABLE %s', ftrelid::regclass), option_name, option_value
             FROM pg_foreign_table, pg_options_to_table(ftoptions)
           UNION ALL SELECT format('ALTER FOREIGN TABLE %s ALTER COLUMN %I', attrelid::regclass, attname), option_name, option_value
             FROM pg_attribute, pg_options_to_table(attfdwoptions) LOOP
    EXECUTE format('%s OPTIONS (SET %I %L)', o.what, o.option_name, o.option_value);
  END LOOP;
END $$;
SQL
compare_answers('options set again', \@then);

# ---- dumps: the updated database's, and one that the old version made ----

my $dump = "$dir/new.sql";
$node->command_ok([ 'pg_dump', '-f', $dump, '-d', $node->connstr('postgres') ],
	'the updated database is dumped');
for ([ 'restored', $dump ], [ 'restored_old', $old_dump ])
{
	my ($database, $from) = @$_;
	value("CREATE DATABASE $database");
	value("ALTER DATABASE $database SET search_path = public, tools");
	$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $from, '-d',
			$node->connstr($database) ], "$database: restored");
	is(value($version, $database), $new, "$database: at this version");
	compare_answers($database, \@then, $database);
}

$node->stop;
done_testing();

# Adminer, a tool in the browser, over the demo's tables: they are listed, one is
# opened and asked for at an instant, and what it exports is what psql has.
# PICTURES=<folder>: keep the pictures of its pages there.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(make_path);
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = abs_path(dirname(__FILE__) . '/../..');
my $dir = abs_path(PostgreSQL::Test::Utils::tempdir());
my $instant = '2018-12-13 00:00+00';
$PostgreSQL::Test::Cluster::use_tcp = 1;
$PostgreSQL::Test::Cluster::test_pghost = '127.0.0.1';
my $node = PostgreSQL::Test::Cluster->new('adminer');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE demo');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('demo'),
		'-v', "url=file://$top/test/data/demo", '-f', "$top/test/demo.sql" ], 'the tables of the demo');

my $port = PostgreSQL::Test::Cluster::get_free_port();
my ($said, $err, $log);
my $php = IPC::Run::start [ 'php', '-S', "127.0.0.1:$port", '-t', '/usr/share/adminer', "$top/test/clients/adminer.php" ],
  '>&', \$log;
make_path("$dir/home");
my $good;
{
	# the browser keeps what it knows there
	local $ENV{HOME} = "$dir/home";
	$good = IPC::Run::run [ '/usr/bin/python3', "$top/test/clients/browse.py", "http://127.0.0.1:$port/adminer/",
		$node->host . ':' . $node->port, scalar getpwuid($<), $dir ], '>', \$said, '2>', \$err,
	  IPC::Run::timeout(2 * $PostgreSQL::Test::Utils::timeout_default);
}
ok($good, 'the browser went through') or diag($err);
if (defined $ENV{PICTURES})
{
	copy($_, $ENV{PICTURES}) or diag("$_: $!") for glob "$dir/*.png";
}
$said = $good ? JSON::PP->new->utf8->decode($said) : {};
$php->signal('INT');
$php->finish;

# Rows of a page as lines; what it shows for NULL is a word in italics.
sub lines
{
	my ($head, @rows) = @{ $_[0] // [ [] ] };

	return join "\n", join('|', @$head),
		sort map { utf8::encode(my $line = join '|', @$_); $line } @rows;
}

# The same of a query.
sub answer
{
	my ($condition) = @_;
	my ($out);

	IPC::Run::run [ 'psql', '-XAq', '-P', 'footer=off', '-P', 'null=NULL', '-d', $node->connstr('demo'), '-c', "SELECT * FROM hist.items $condition" ],
	  '>', \$out;
	my ($head, @rows) = split /\n/, $out;
	return join "\n", $head, sort @rows;
}

is_deeply($said->{tables}, [qw(favorites items persons)], 'foreign tables are listed');
is_deeply([ map { $_->[0] } @{ $said->{structure} // [] } ],
	[qw(Column id name category price as_of)], 'the structure of one');
my ($now, $then) = (answer(''), answer("WHERE as_of = '$instant'"));
isnt($then, $now, 'the instants differ');
is(lines($said->{now}), $now, 'the newest state');
is(lines($said->{then}), $then, 'the state at an instant, by a search for as_of');

is("@{ $said->{exported} // [] }", 'items.csv', 'a file was exported');
my $csv = -f "$dir/items.csv" ? slurp_file("$dir/items.csv") : '';
# it marks its encoding, and its lines end as those of Windows do
$csv =~ s/^\xef\xbb\xbf//;
$csv =~ s/\r\n/\n/g;
my $copied = $node->safe_psql('demo',
	"COPY (SELECT * FROM hist.items WHERE as_of = '$instant') TO STDOUT (FORMAT csv, HEADER)");
is(join("\n", sort split /\n/, $csv), join("\n", sort split /\n/, $copied),
	'the export at an instant is what psql has');
like($said->{refused}, qr/the column with role asof must be compared by =/,
	'what is no one instant is refused, and the page says why');

$node->stop;
done_testing();

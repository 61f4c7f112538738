# What the tests share: a server with the extension and questions to it, files,
# texts as SQL and CSV write them, and chance.
#
#   use CdcTest qw(start_node value failure silent write_file);
#   my $node = start_node('name', "jit = off\n");
#   is(value('SELECT 1'), 1, 'a query answers');
#   like(failure('SELECT 1 / 0'), qr/^ERROR:  22012: /, 'a division by zero is an error');
#   silent('nothing differs', 'SELECT 1 EXCEPT SELECT 1');
package CdcTest;

use strict;
use warnings;
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IO::Socket::INET;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT_OK = qw(start_node use_node value failure said silent outcome_sql write_file
  listener literal quoted any chance digits);

# The server that is asked.
my $node;

# Starts a server with these settings, which is asked from now on, and makes the
# extension in its database postgres.
sub start_node
{
	my ($name, $conf) = @_;
	my $made = PostgreSQL::Test::Cluster->new($name);
	$made->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
	$made->append_conf('postgresql.conf', $conf // '');
	$made->start;
	$made->safe_psql('postgres', 'CREATE EXTENSION cdc_fdw');
	return use_node($made);
}

# Makes a server that was started otherwise the one that is asked.
sub use_node
{
	($node) = @_;
	return $node;
}

# What a query that must not fail prints.
sub value
{
	my ($sql, $database) = @_;
	return $node->safe_psql($database // 'postgres', $sql);
}

# What a script prints, and its messages: each with its SQLSTATE, without the
# place in PostgreSQL's sources.  An error does not end the script.
sub said
{
	my ($sql) = @_;
	my ($rc, $out, $err) =
	  $node->psql('postgres', "\\set VERBOSITY verbose\n$sql", on_error_stop => 0);
	return ($out, $err =~ s/^psql:<stdin>:\d+: |^LOCATION:.*\n?//mgr);
}

# The messages alone.
sub failure
{
	my ($sql) = @_;
	return (said($sql))[1];
}

# Tests that a script prints nothing and has no messages.
sub silent
{
	my ($what, $sql, $database) = @_;
	my ($rc, $out, $err) = $node->psql($database // 'postgres', $sql, timeout => 600);
	my @lines = grep { length } split /\n/, $out;
	ok($rc == 0 && $err eq '' && !@lines, $what)
	  or diag(join "\n", $err, @lines[ 0 .. ($#lines > 30 ? 30 : $#lines) ]);
	return;
}

# The functions of outcome.sql, to be made in a database.
sub outcome_sql { return slurp_file(dirname(__FILE__) . '/outcome.sql') }

# Writes a file and the folders above it; returns its size.
sub write_file
{
	my ($path, $bytes) = @_;
	make_path(dirname($path));
	open(my $out, '>:raw', $path) or die "$path: $!\n";
	print $out $bytes;
	close $out or die "$path: $!\n";
	return length $bytes;
}

# A socket of this machine that accepts connections and answers none.
sub listener
{
	return IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64) // die "no port: $!\n";
}

# A text as SQL writes it, and as CSV does.
sub literal { return "'" . ($_[0] =~ s/'/''/gr) . "'" }
sub quoted { return '"' . ($_[0] =~ s/"/""/gr) . '"' }

# One of a list; true in this share of calls; so many digits.
sub any { return $_[ rand @_ ] }
sub chance { return rand() < $_[0] }
sub digits { return join '', map { int rand 10 } 1 .. $_[0] }

1;

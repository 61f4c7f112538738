# Tens of thousands of queries by sqlsmith: test/ci/sqlsmith.pl, longer.
# More than half of the queries that it makes fail before they run: of 5100
# 2160 ran; of the others four in five since sqlsmith takes the pseudotypes of
# ranges and multiranges (anymultirange) for types, for which there is no operator
# (42883) and no function (42804), and one in six since they write to the
# local table or call what only a superuser may (42501).  So there are
# about twice as many as are to run.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);

$ENV{CDC_SQLSMITH_QUERIES} //= 60_000;
my $short = abs_path(dirname(__FILE__) . '/../ci/sqlsmith.pl');
exec($^X, $short) or die "$short: $!";

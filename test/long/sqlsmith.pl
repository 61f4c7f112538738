# Tens of thousands of queries by sqlsmith: test/t/095_sqlsmith.pl, longer.  Two
# in three of the queries that it makes name operators that do not exist, so
# there are three times as many as are to run.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);

$ENV{CDC_SQLSMITH_QUERIES} //= 60_000;
my $short = abs_path(dirname(__FILE__) . '/../t/095_sqlsmith.pl');
exec($^X, $short) or die "$short: $!";

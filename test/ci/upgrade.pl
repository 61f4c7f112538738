# From 0.2.0 to this version, as test/t/110_upgrade.pl does it from 0.1.0.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
# its INIT block finds the ports, which is over when the test is read
use PostgreSQL::Test::Cluster;

local @ARGV = ('0.2.0');
my $test = abs_path(dirname(__FILE__) . '/../t/110_upgrade.pl');
do $test or die $@ || "$test: $!\n";

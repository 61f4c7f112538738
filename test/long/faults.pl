# All of the campaign of faults: see test/t/CdcFaults.pm.
use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;
use lib dirname(__FILE__) . '/../t';
use CdcFaults;

CdcFaults::campaign(1 .. 600);
done_testing();

# A thousand queries ended from outside: see test/t/CdcCancels.pm.
# Runs alone: it measures time.
use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;
use lib dirname(__FILE__) . '/../t';
use CdcCancels;

CdcCancels::campaign(1000);
done_testing();

# Some queries ended from outside in each phase: see CdcCancels.  A thousand
# are test/long/cancels.pl's.
# Runs alone: it measures time.
use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;
use lib dirname(__FILE__);
use CdcCancels;

CdcCancels::campaign($ENV{CDC_CANCELS} // 51);
done_testing();

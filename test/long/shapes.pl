# Queries of logs that are hard to read ended from outside, anywhere
# from begin to end: see test/t/CdcCancels.pm.
# Runs alone: it measures time.
use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;
use lib dirname(__FILE__) . '/../t';
use CdcCancels;

CdcCancels::shapes($ENV{CDC_SHAPES} // 320);
done_testing();

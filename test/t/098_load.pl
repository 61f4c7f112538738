# Many clients over a log that grows, through a network that goes wrong: see
# CdcLoad.  Two minutes of it are test/long/load.pl's.
# Runs alone: it measures time.
use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;
use lib dirname(__FILE__);
use CdcLoad;

CdcLoad::run($ENV{CDC_LOAD_SECONDS} // 12);
done_testing();

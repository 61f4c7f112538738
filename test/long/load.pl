# Two minutes of load: see test/t/CdcLoad.pm.
# Runs alone: it measures time.
use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;
use lib dirname(__FILE__) . '/../t';
use CdcLoad;

CdcLoad::run(120);
done_testing();

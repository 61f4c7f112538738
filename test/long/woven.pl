# 3,000 files of 300 records each, woven into each other: see test/t/CdcWoven.pm.
# Runs alone: it measures time.
use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;
use lib dirname(__FILE__) . '/../t';
use CdcWoven;

CdcWoven::campaign(3000, 300, 1);
done_testing();

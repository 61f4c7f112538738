# A small log of woven files: see CdcWoven.  test/long/woven.pl has a large one,
# and measures.
use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;
use lib dirname(__FILE__);
use CdcWoven;

CdcWoven::campaign(500, 60);
done_testing();

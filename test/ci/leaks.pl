# Two thousand queries in one backend: see CdcLeaks.  Twenty thousand are
# test/long/leaks.pl's.
use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;
use lib dirname(__FILE__) . '/../t';
use CdcLeaks;

CdcLeaks::run(2000);
done_testing();

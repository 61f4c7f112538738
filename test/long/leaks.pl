# Twenty thousand queries in one backend: see test/t/CdcLeaks.pm.
use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;
use lib dirname(__FILE__) . '/../t';
use CdcLeaks;

CdcLeaks::run(20_000);
done_testing();

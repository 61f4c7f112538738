# A short campaign of faults between cdc_fdw and the S3 server, by seed: see
# CdcFaults.  CDC_FAULT_SEEDS=17 or 100..199 runs others; all of them are
# test/long/faults.pl's.
use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;
use lib dirname(__FILE__);
use CdcFaults;

my ($from, $to) = split /\.\./, $ENV{CDC_FAULT_SEEDS} // '1..60';
CdcFaults::campaign($from .. $to // $from);
done_testing();

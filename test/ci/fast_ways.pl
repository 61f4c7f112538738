# All values of test/t/040_fast_ways.pl, of which that takes a share.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);

$ENV{CDC_FAST_DIVISOR} //= 1;
my $short = abs_path(dirname(__FILE__) . '/../t/040_fast_ways.pl');
exec($^X, $short) or die "$short: $!";

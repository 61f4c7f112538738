# A minute of each: test/t/099_fuzz.pl, longer.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);

$ENV{CDC_FUZZ_SECONDS} //= 60;
my $short = abs_path(dirname(__FILE__) . '/../t/099_fuzz.pl');
exec($^X, $short) or die "$short: $!";

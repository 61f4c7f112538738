# Ten million empty records, 40,000 columns: test/t/096_hostile.pl, longer.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);

$ENV{CDC_HOSTILE_RECORDS} //= 10_000_000;
$ENV{CDC_HOSTILE_TABLES} //= 40;
my $short = abs_path(dirname(__FILE__) . '/../t/096_hostile.pl');
exec($^X, $short) or die "$short: $!";

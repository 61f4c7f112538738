# Every time zone: test/t/077_zones.pl.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);

$ENV{CDC_TEST_ZONES} = 'all';
my $short = abs_path(dirname(__FILE__) . '/../t/077_zones.pl');
exec($^X, $short) or die "$short: $!";

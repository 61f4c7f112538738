# More generated tables of one column: test/t/061_import_values.pl, longer.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);

$ENV{CDC_VALUES_TABLES} //= 6000;
$ENV{CDC_VALUES_SEED} //= 2;
my $short = abs_path(dirname(__FILE__) . '/../t/061_import_values.pl');
exec($^X, $short) or die "$short: $!";

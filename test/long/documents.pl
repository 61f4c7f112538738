# Three thousand documents of each kind: test/t/097_documents.pl, longer.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);

$ENV{CDC_DOCUMENTS} //= 3_000;
my $short = abs_path(dirname(__FILE__) . '/../t/097_documents.pl');
exec($^X, $short) or die "$short: $!";

# All evolutions of schemas: test/t/062_sync.pl, which takes some of them, longer.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);

$ENV{CDC_SYNC_SEEDS} //= '1..300';
my $short = abs_path(dirname(__FILE__) . '/../t/062_sync.pl');
exec($^X, $short) or die "$short: $!";

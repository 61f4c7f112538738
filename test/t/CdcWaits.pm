# What a query waits for, as pg_stat_activity shows it.
package CdcWaits;

use strict;
use warnings;
use Exporter qw(import);
use IPC::Run;
use Test::More;
use Time::HiRes qw(sleep);

our @EXPORT = qw(waits_for);

# Run $sql until it, or a worker of it, was seen three times to wait for $wanted
# (before PostgreSQL 17, for anything of an extension), and cancel it.  False
# if that does not come about in some seconds.
sub waits_for
{
	my ($node, $wanted, $sql) = @_;
	my ($out, $err) = ('', '');
	my $victim = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "SET application_name = 'victim'", '-c', $sql ],
		'>', \$out, '2>', \$err);
	my $event = 'Extension.' . ($node->pg_version >= 17 ? $wanted : 'Extension');
	my %seen;
	for (1 .. 200)
	{
		$seen{$_}++ for split /\n/, $node->safe_psql('postgres',
			"SELECT wait_event_type || '.' || wait_event FROM pg_stat_activity"
			  . " WHERE application_name = 'victim' AND state = 'active' AND query !~ '^SET app'");
		last if ($seen{$event} // 0) >= 3;
		sleep 0.05;
	}
	$node->safe_psql('postgres',
		"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'");
	$victim->finish;
	return 1 if ($seen{$event} // 0) >= 3;
	diag("$event was not seen, but: ", explain(\%seen), $err);
	return 0;
}

1;

# Logs whose files hold commits of the same seconds, so that the walk goes from
# file to file with each record, beside logs of the same records in order.
package CdcWoven;
use strict;
use warnings;
use File::Path qw(make_path);
use POSIX qw(strftime);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use Time::Local qw(timegm);

my $begin = timegm(0, 0, 10, 12, 5, 2024);

# Microseconds behind the begin as a time of the log.
sub at
{
	my ($us) = @_;
	return strftime('%Y-%m-%d %H:%M:%S', gmtime($begin + int($us / 1e6)))
	  . sprintf('.%06d', $us % 1e6);
}

# Files 3 ms apart.  Record i of file f is committed at i * step + f * shift;
# each row is written in half of the files, so that the order decides.
sub write_log
{
	my ($folder, $files, $records, $step, $shift) = @_;
	make_path($folder);
	for my $f (0 .. $files - 1)
	{
		my $text = '';
		for my $i (0 .. $records - 1)
		{
			my $key = ($f % 2) * $records + $i;
			$text .= 'U,' . at($i * $step + $f * $shift) . ",$key,$f\n";
		}
		append_to_file(sprintf('%s/20240612-1000%02d%03d.csv', $folder, $f * 3 / 1000, $f * 3 % 1000),
			$text);
	}
	return;
}

# Both logs with so many files and records, which span nine seconds; timed: how
# long they take, too.
sub campaign
{
	my ($files, $records, $timed) = @_;
	my $node = PostgreSQL::Test::Cluster->new('woven');
	my $root = PostgreSQL::Test::Utils::tempdir;
	my %best;

	$node->init;
	$node->append_conf('postgresql.conf', "min_parallel_table_scan_size = 0\nparallel_setup_cost = 0\n"
		  . "parallel_tuple_cost = 0\nmax_parallel_workers = 8\njit = off");
	$node->start;
	$node->safe_psql('postgres', "CREATE EXTENSION cdc_fdw;
		CREATE SERVER lake FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url 'file://$root')");
	write_log("$root/s/woven", $files, $records, int(9e6 / $records), 10);
	write_log("$root/s/plain", $files, $records, 1, 3000);
	$node->safe_psql('postgres', "CREATE FOREIGN TABLE $_ (id int OPTIONS (key 'true'), v int) SERVER lake
		OPTIONS (prefix 's/$_', timestamp_column_name 'ts', before_base 'empty')") for qw(woven plain);

	# the newest change of a row is that of the last file which writes it
	my $want = join '|', 2 * $records, $records * (2 * $files - 3);
	for my $mem ('4MB', '64MB', '256MB')
	{
		for my $workers (0, 2)
		{
			for my $round (1 .. $timed ? 3 : 1)
			{
				for my $table (qw(plain woven))
				{
					my $from = time;
					my $got = $node->safe_psql('postgres', "SET statement_timeout = '120s'; SET work_mem = '$mem';
						SET max_parallel_workers_per_gather = $workers; SELECT count(*), sum(v) FROM $table");
					my $took = time - $from;
					$best{$table} = $took if $round == 1 || $took < $best{$table};
					is($got, $want, "$table, $mem, $workers workers");
				}
			}
			next unless $timed;
			my $ratio = sprintf '%.2f', $best{woven} / $best{plain};
			cmp_ok($ratio, '<=', 3, "woven $mem, $workers workers: $ratio times as long as in order");
		}
	}
	for my $workers (0, 2)
	{
		my $worst = 0;
		for my $ms (map { 40 * $_ } 1 .. 10)
		{
			my $from = time;
			my ($rc, $out, $err) = $node->psql('postgres', "SET max_parallel_workers_per_gather = $workers;
				SET work_mem = '256MB'; SET statement_timeout = $ms; SELECT count(*), sum(v) FROM woven");
			my $late = time - $from - $ms / 1000;
			last if $rc == 0;
			like($err, qr/statement timeout/, "ended after $ms ms, $workers workers");
			$worst = $late if $late > $worst;
		}
		$worst = sprintf '%.0f', $worst * 1000;
		# a session begins and ends in that time too
		cmp_ok($worst, '<', $timed ? 400 : 2000, "at most $worst ms late, $workers workers");
	}
	$node->stop;
	return;
}

1;

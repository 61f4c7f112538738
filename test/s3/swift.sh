#!/bin/bash
# A second private S3 server for tests, of another make: OpenStack Swift with
# its s3api, one server of each kind, everything in one folder and owned by
# one plain user.  Unlike the gateway of rgw.sh it checks the region that a
# request is signed for, and answers with messages as Amazon's.
#
#   swift.sh start DIR PORT  http on PORT; PORT+1 to PORT+3 are its own
#   swift.sh stop DIR
#
# start empties DIR and leaves there
#   env        S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY, S3_SECRET_KEY
#   *.log      what the servers say
#   *.pid      of the servers
#
# Needs swift-proxy, swift-account, swift-container, swift-object, and a file
# system with extended attributes.  Run by root, the servers run as nobody.
set -euo pipefail

kinds="account container object"

usage()
{
	sed -n '2,/^set/{/^#/p}' "$0" >&2
	exit 2
}

write_common_conf()
{
	cat > "$dir/etc/swift.conf" <<CONF
[swift-hash]
swift_hash_path_prefix = test
swift_hash_path_suffix = test
[storage-policy:0]
name = only
default = yes
CONF
}

# What every server's configuration begins with.  Arguments: its port.
default_section()
{
	cat <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $1
workers = 0
user = $(id -un)
swift_dir = $dir/etc
devices = $dir/dev
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
recon_cache_path = $dir/cache
log_level = WARNING
# no such socket: what is said goes to the console
log_address = $dir/no-syslog
CONF
}

write_storage_conf()
{
	local kind=$1 port=$2

	{
		default_section "$port"
		cat <<CONF
[pipeline:main]
pipeline = $kind-server
[app:$kind-server]
use = egg:swift#$kind
CONF
	} > "$dir/etc/$kind.conf"
}

write_proxy_conf()
{
	local filter

	{
		default_section "$port"
		cat <<CONF
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
location = $region
storage_domain = s3.localhost
s3_acl = false
check_bucket_owner = false
[filter:tempauth]
use = egg:swift#tempauth
user_test_owner = $secret .admin
CONF
		for filter in catch_errors gatekeeper listing_formats copy slo dlo; do
			printf '[filter:%s]\nuse = egg:swift#%s\n' "$filter" "$filter"
		done
	} > "$dir/etc/proxy.conf"
}

make_ring()
{
	local kind=$1 port=$2

	swift-ring-builder "$kind.builder" create 4 1 1
	swift-ring-builder "$kind.builder" add "r1z1-127.0.0.1:$port/disk" 1
	swift-ring-builder "$kind.builder" rebalance
}

wait_for_port()
{
	local pid

	pid=$(cat "$dir/$2.pid")
	for _ in $(seq 600); do
		(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	echo "swift.sh: nothing listens on port $1; the end of $dir/$2.log:" >&2
	tail -n 20 "$dir/$2.log" >&2
	return 1
}

start()
{
	local kind n=0 rings=()

	# what was started does not outlive a start that fails
	trap '[ $? = 0 ] || stop' EXIT
	region=eu-west-2
	secret=ownersecretownersecretownersecret
	mkdir -p "$dir/etc" "$dir/dev/disk" "$dir/cache"
	cd "$dir/etc"
	write_common_conf
	for kind in $kinds; do
		n=$((n + 1))
		write_storage_conf "$kind" $((port + n))
		make_ring "$kind" $((port + n)) > "$dir/ring-$kind.log" &
		rings+=($!)
	done
	for n in "${rings[@]}"; do
		wait "$n"
	done
	write_proxy_conf
	for kind in $kinds proxy; do
		setsid "swift-$kind-server" "$dir/etc/$kind.conf" -v \
			> "$dir/$kind.log" 2>&1 </dev/null &
		echo $! > "$dir/$kind.pid"
	done
	n=0
	for kind in proxy $kinds; do
		wait_for_port $((port + n)) "$kind"
		n=$((n + 1))
	done
	cat > "$dir/env" <<ENV
S3_ENDPOINT=http://127.0.0.1:$port
S3_REGION=$region
S3_ACCESS_KEY=test:owner
S3_SECRET_KEY=$secret
ENV
}

stop()
{
	local file pid

	for file in "$dir"/*.pid; do
		[ -s "$file" ] || continue
		pid=$(cat "$file")
		# a number left by an earlier boot may be somebody else's now
		grep -Fqs "$dir/etc/" "/proc/$pid/cmdline" &&
			kill -KILL "$pid" 2>/dev/null || true
		rm -f "$file"
	done
}

[ $# -ge 2 ] || usage
dir=$(realpath -m "$2")
[ "$dir" != / ] || usage
case $1 in
	start)
		[ $# -eq 3 ] || usage
		port=$3
		if [ "$(id -u)" = 0 ]; then
			# the script itself may lie where nobody cannot read it
			rm -rf "$dir"
			install -d -o nobody "$dir"
			install -o nobody "$0" "$dir/swift.sh"
			exec setpriv --reuid=nobody --regid=nogroup --clear-groups \
				bash "$dir/swift.sh" start "$dir" "$port"
		fi
		[ -f "$dir/swift.sh" ] || rm -rf "$dir"
		mkdir -p "$dir"
		start
		;;
	stop) stop ;;
	*) usage ;;
esac

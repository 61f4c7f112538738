#!/bin/bash
# A private S3 server for tests: Ceph's RADOS gateway over one monitor and one
# object store in memory, everything in one folder and owned by one plain user.
#
#   rgw.sh start DIR PORT    http on PORT, https on PORT+1; the monitor takes
#                            PORT+2 and PORT+3
#   rgw.sh stop DIR
#
# start empties DIR and leaves there
#   env        S3_ENDPOINT, S3_ENDPOINT_TLS, S3_ACCESS_KEY, S3_SECRET_KEY and
#              S3_ACCESS_KEY_2, S3_SECRET_KEY_2 (a user who owns nothing)
#   ca.pem     to trust the https endpoint with
#   rgw.log    its access log: one line a request, with method and target
#   *.pid      of the daemons
#
# With S3_STS=1 in the environment it checks session tokens, and serves
# AssumeRole of the role Reader, which the user other may take on to
# read all buckets.  With S3_PAGE=N a page of a listing has at most N entries;
# S3_HOST is the host that buckets' hosts lie in, s3.localhost if not said.
#
# Needs radosgw, ceph-mon, ceph-osd and openssl.  Run by root, the daemons run
# as nobody.
set -euo pipefail

usage()
{
	sed -n '2,/^set/{/^#/p}' "$0" >&2
	exit 2
}

write_conf()
{
	cat > "$dir/ceph.conf" <<CONF
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$((port + 2))/0,v1:127.0.0.1:$((port + 3))/0]
public network = 127.0.0.0/8
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail warn = 1
mon data avail crit = 0
# the monitor's timers make up most of the start otherwise
paxos propose interval = 0.02
paxos min wait = 0.01
run dir = $dir
crash dir = $dir
admin socket = $dir/\$name.asok
log file = $dir/\$name.log
mon cluster log file = $dir/cluster.log
pid file = $dir/\$name.pid
keyring = $dir/keyring
[mon.a]
mon data = $dir/mon
[osd.0]
osd data = $dir/osd
keyring = $dir/osd/keyring
osd objectstore = memstore
memstore device bytes = 2147483648
osd memory target = 939524096
osd class update on start = false
[client]
rgw dns name = ${S3_HOST:-s3.localhost}
rgw thread pool size = 64
rgw gc max objs = 1
rgw lc max objs = 1
rgw usage max shards = 1
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:$port ssl_endpoint=127.0.0.1:$((port + 1)) ssl_certificate=$dir/tls.crt ssl_private_key=$dir/tls.key tcp_nodelay=1
debug rgw = 1
log file = $dir/rgw.log
CONF
	[ "${S3_STS:-}" != 1 ] || cat >> "$dir/ceph.conf" <<CONF
rgw sts key = sixteen-letters.
rgw s3 auth use sts = true
CONF
	[ -z "${S3_PAGE:-}" ] ||
		echo "rgw max listing results = $S3_PAGE" >> "$dir/ceph.conf"
}

make_certificate()
{
	openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=Test CA" \
		-keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" \
		-keyout "$dir/tls.key" -out "$dir/tls.csr" 2>/dev/null
	openssl x509 -req -in "$dir/tls.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" \
		-CAcreateserial -days 30 -out "$dir/tls.crt" -extfile <(echo \
		"subjectAltName=DNS:localhost,DNS:s3.localhost,DNS:*.s3.localhost,IP:127.0.0.1") \
		2>/dev/null
}

make_keyring()
{
	local add="ceph-authtool $dir/keyring --gen-key"

	ceph-authtool --create-keyring "$dir/keyring" >/dev/null
	$add -n mon. --cap mon 'allow *'
	$add -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
	$add -n client.rgw --cap mon 'allow rwx' --cap osd 'allow rwx'
}

start_cluster()
{
	local uuid

	uuid=$(cat /proc/sys/kernel/random/uuid)
	monmaptool --create --fsid "$fsid" \
		--addv a "[v2:127.0.0.1:$((port + 2)),v1:127.0.0.1:$((port + 3))]" \
		"$dir/monmap" >/dev/null
	ceph-mon --mkfs -i a --monmap "$dir/monmap" --keyring "$dir/keyring"
	ceph-mon -i a
	timeout 60 ceph osd new "$uuid" >/dev/null
	ceph-authtool --create-keyring "$dir/osd/keyring" --gen-key -n osd.0 >/dev/null
	timeout 60 ceph auth add osd.0 mon 'allow profile osd' osd 'allow *' \
		mgr 'allow profile osd' -i "$dir/osd/keyring" 2>/dev/null
	ceph-osd -i 0 --mkfs --osd-uuid "$uuid" 2>/dev/null
	timeout 60 ceph osd crush add osd.0 1.0 root=default host=localhost \
		>/dev/null 2>&1
	ceph-osd -i 0 2>/dev/null
}

wait_for_port()
{
	for _ in $(seq 1200); do
		(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
		sleep 0.05
	done
	echo "rgw.sh: nothing listens on port $1" >&2
	return 1
}

make_users()
{
	radosgw-admin user create --uid owner --display-name Owner \
		--access-key AKIATESTOWNER0001 --secret ownersecretownersecretownersecret \
		>/dev/null 2>"$dir/admin.err"
	radosgw-admin user create --uid other --display-name Other \
		--access-key AKIATESTOTHER0001 --secret othersecretothersecretothersecret \
		>/dev/null 2>>"$dir/admin.err"
	cat > "$dir/env" <<ENV
S3_ENDPOINT=http://127.0.0.1:$port
S3_ENDPOINT_TLS=https://127.0.0.1:$((port + 1))
S3_ACCESS_KEY=AKIATESTOWNER0001
S3_SECRET_KEY=ownersecretownersecretownersecret
S3_ACCESS_KEY_2=AKIATESTOTHER0001
S3_SECRET_KEY_2=othersecretothersecretothersecret
ENV
}

make_role()
{
	radosgw-admin role create --role-name=Reader --path=/ \
		--assume-role-policy-doc='{"Version":"2012-10-17","Statement":[{
			"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/other"]},
			"Action":["sts:AssumeRole"]}]}' >/dev/null 2>>"$dir/admin.err"
	radosgw-admin role-policy put --role-name=Reader --policy-name=Read \
		--policy-doc='{"Version":"2012-10-17","Statement":[{
			"Effect":"Allow","Action":["s3:ListBucket","s3:GetObject"],
			"Resource":["arn:aws:s3:::*"]}]}' >/dev/null 2>>"$dir/admin.err"
	echo "S3_ROLE=arn:aws:iam:::role/Reader" >> "$dir/env"
}

start()
{
	fsid=$(cat /proc/sys/kernel/random/uuid)
	export CEPH_ARGS="-c $dir/ceph.conf"
	mkdir -p "$dir/mon" "$dir/osd"
	cd "$dir"
	write_conf
	make_certificate
	make_keyring
	start_cluster
	radosgw -n client.rgw
	wait_for_port "$port"
	wait_for_port $((port + 1))
	make_users
	[ "${S3_STS:-}" != 1 ] || make_role
}

stop()
{
	local pids=()
	local file

	for file in "$dir"/*.pid; do
		[ -s "$file" ] || continue
		# a number left by an earlier boot may be somebody else's now
		grep -Eqs '^(ceph-mon|ceph-osd|radosgw)$' \
			"/proc/$(cat "$file")/comm" && pids+=("$(cat "$file")")
	done
	[ ${#pids[@]} -eq 0 ] && return 0
	kill -CONT "${pids[@]}" 2>/dev/null || true
	kill -KILL "${pids[@]}" 2>/dev/null || true
	rm -f "$dir"/*.pid
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
			install -o nobody "$0" "$dir/rgw.sh"
			exec setpriv --reuid=nobody --regid=nogroup --clear-groups \
				bash "$dir/rgw.sh" start "$dir" "$port"
		fi
		[ -f "$dir/rgw.sh" ] || rm -rf "$dir"
		mkdir -p "$dir"
		start
		;;
	stop) stop ;;
	*) usage ;;
esac

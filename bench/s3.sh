# Shell functions of the benches that need an S3 server; sourced, not run.

# The first of four ports in a row that nothing listens on.
free_ports()
{
	local port i

	while :
	do
		port=$((20000 + RANDOM % 10000))
		for i in 0 1 2 3
		do
			! (exec 3<>"/dev/tcp/127.0.0.1/$((port + i))") 2>/dev/null ||
				continue 2
		done
		echo "$port"
		return
	done
}

# curl with what every request needs; its configuration is the argument.
curl_all()
{
	curl --silent --show-error --no-progress-meter --fail --parallel --parallel-max 32 \
		--aws-sigv4 aws:amz:us-east-1:s3 --user "$S3_ACCESS_KEY:$S3_SECRET_KEY" \
		--header "x-amz-content-sha256: UNSIGNED-PAYLOAD" --config "$1"
}

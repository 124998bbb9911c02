# Serves /www on $PORT until told to stop. Signals do not reach a process with number 1 unless it asks for them.
trap 'kill $server; exit 0' TERM INT
busybox httpd -f -p "${PORT:-8080}" -h /www &
server=$!
wait $server

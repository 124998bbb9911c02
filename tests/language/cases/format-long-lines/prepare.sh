{ printf 'FROM scratch\nLABEL a='; head -c 60000 /dev/zero | tr '\0' x; printf '\n'; } > Dockerfile

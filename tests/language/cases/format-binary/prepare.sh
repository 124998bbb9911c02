printf 'FROM scratch\n\0\n' > Dockerfile

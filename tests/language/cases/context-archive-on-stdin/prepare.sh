tar --owner=7 --group=8 --mtime=@1000000000 --sort=name -C in -czf in.tar.gz .

mkdir -p t/d; echo f > t/d/f; echo s > t/s; ln -s s t/l; ln t/s t/h; chmod 750 t/d; chmod 4711 t/s
tar -C t --owner=11 --group=12 --numeric-owner --mtime=@1000000000 --sort=name -czf archive.tar.gz d s l h
rm -r t; echo text > text

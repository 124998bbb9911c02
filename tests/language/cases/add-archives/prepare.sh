# Archives with owners, modes, links and an absolute name; made here, so that no binary file lies in the repository.
mkdir -p t/sub t/dir700 && echo in > t/sub/in && ln t/sub/in t/hard && ln -s sub/in t/soft && chmod 700 t/dir700 && echo s > t/suid && chmod 4711 t/suid
tar --sort=name --mtime=@1000000000 --owner=33 --group=44 -C t -cf plain.tar .
tar --sort=name --mtime=@1000000000 --owner=33 --group=44 -C t -cf other.tar sub suid
gzip -nc other.tar > packed.tar.gz
sed 's/^/bz2 /' t/sub/in > t/bz && tar -C t -cf - bz | bzip2 -c > packed.tar.bz2
sed 's/^/xz /' t/sub/in > t/xz && tar -C t -cf - xz | xz -c > packed.tar.xz
echo text | gzip -nc > file.gz
rm -rf t other.tar

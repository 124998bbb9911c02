# Files where the image has directories, and the other way around.
mkdir t && echo new > t/d && ln -s d t/e && mkdir t/f && echo in > t/f/in
tar --sort=name --mtime=@1000000000 --owner=0 --group=0 -C t -cf onto.tar d e f
rm -rf t

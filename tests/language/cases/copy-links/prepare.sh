mkdir tree
echo f > tree/f; echo g > g
ln -s tree/f to-file; ln -s tree to-folder; ln -s /g absolute; ln -s to-file chain
ln -s ../g tree/up; ln -s nowhere tree/dangling; ln -s /etc/passwd tree/outside

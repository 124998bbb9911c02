mkdir -p tree/dir
echo plain > tree/plain; echo tool > tree/tool; echo deep > tree/dir/deep
ln -s plain tree/link
chmod 640 tree/plain; chmod 711 tree/tool; chmod 700 tree/dir; chmod 4755 tree/dir/deep

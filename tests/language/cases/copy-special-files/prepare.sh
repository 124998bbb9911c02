mkdir d; mkfifo -m 600 d/pipe; mknod -m 620 d/null c 1 3; mknod -m 660 d/loop b 7 0; echo f > d/f
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("d/socket")'

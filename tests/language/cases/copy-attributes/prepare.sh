mkdir d; echo x > d/tool; chmod 6755 d/tool
python3 -c '
import os
os.setxattr("d/tool", "user.name", b"value")
os.setxattr("d/tool", "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))
'

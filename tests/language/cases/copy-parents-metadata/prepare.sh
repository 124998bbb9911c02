mkdir -p x/y there/x
echo f > x/y/f; echo g > there/x/g
chmod 701 x; chmod 750 x/y; chmod 755 there/x

mkdir -p x/y/z y
echo a > x/a.txt; echo a > y/a.txt; echo 1 > x/y/1.txt; echo 2 > x/y/z/2.txt; echo 3 > x/y/z/3
echo home > home.txt
ln -s x/y link
chmod 701 x; chmod 750 x/y; chmod 711 y; chmod 700 x/y/z

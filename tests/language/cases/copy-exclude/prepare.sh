echo home > home.txt; echo home > home
mkdir -p tree/e/f
echo a > tree/a.txt; echo g > tree/e/f/g; echo q > tree/q
chmod 750 tree/e; chmod 701 tree/e/f

mkdir -p tree/logs
echo 1 > tree/logs/1.log; echo 2 > tree/logs/2.txt; echo 3 > tree/3.log

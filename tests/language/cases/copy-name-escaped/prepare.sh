echo 1 > "arr[0].txt"

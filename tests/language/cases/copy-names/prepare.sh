echo 1 > 'arr[0].txt'; echo 2 > 'sp ace'; mkdir 'we ird'; echo 3 > 'we ird/x'; echo 4 > 'b\ck'
echo 5 > hom; echo 6 > 'h!m'; echo 7 > a7; echo 8 > b8; echo 9 > d9; echo 10 > .hidden

mkdir -p d/e empty; echo a > a; echo b > d/b; echo c > d/e/c; chmod 700 d/e

chmod 700 d/e
chmod 600 d/e/g

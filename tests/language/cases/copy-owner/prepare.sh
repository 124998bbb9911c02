chmod 700 d/e

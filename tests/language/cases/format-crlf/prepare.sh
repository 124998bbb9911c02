printf 'FROM scratch\r\nLABEL a=1 \\\r\n  b=2\r\n# comment\r\n\r\nENV A="x"\r\nCOPY <<E /file\r\nline\r\nE\r\n' > Dockerfile

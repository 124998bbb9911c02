printf 'FROM scratch\nCOPY <<E /f\ncaf\351\nE\nLABEL a="caf\303\251"\n' > Dockerfile

printf '\tFROM\tscratch\n\tLABEL\ta=1\tb=2\n\tENV\tA\tx\ty\n\tEXPOSE\t80\t81\n' > Dockerfile

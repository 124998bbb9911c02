printf '\357\273\277# escape=`\nFROM scratch\nENV A=x` y\n' > Dockerfile

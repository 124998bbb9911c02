module example/orbit

go 1.19

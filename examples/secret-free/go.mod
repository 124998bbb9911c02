module example/sailing-orders

go 1.19

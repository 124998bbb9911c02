X = "a"
target "default" { args = { X = X, Y = Y } }

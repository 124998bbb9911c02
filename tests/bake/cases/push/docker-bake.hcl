target "a" {}
target "b" { output = ["type=docker"] }
target "c" { output = ["type=image,name=x"] }
target "d" { output = ["out"] }
target "e" { output = ["type=registry"] }

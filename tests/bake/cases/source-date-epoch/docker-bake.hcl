target "default" {}
target "own" { args = { SOURCE_DATE_EPOCH = "5" } }

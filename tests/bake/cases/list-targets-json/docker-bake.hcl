group "default" {
  description = "everything"
  targets = ["b", "a"]
}
target "a" { description = "first" }
target "b" {}
target "a-target-with-a-long-name" { description = "second" }
target "_private" {}

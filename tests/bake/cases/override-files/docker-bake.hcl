variable "V" { default = "1" }
target "default" {
  tags = ["a:${V}"]
  args = { A = 1 }
}

variable "V" { default = "2" }
target "default" {
  args = { B = 2 }
  no-cache = true
}

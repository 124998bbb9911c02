group "default" { targets = ["web", "extra"] }
target "web" {
  args = { B = 2 }
  tags = ["t"]
}
target "extra" { inherits = ["db"] }

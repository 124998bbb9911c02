variable "C" { default = "" }
target "default" {
  tags = C != "" ? ["x:${C}"] : null
  target = null
  cache-from = [C != "" ? "type=registry,ref=${C}" : ""]
  args = { A = C == "" ? null : C }
  no-cache = equal(C, "")
  output = []
}

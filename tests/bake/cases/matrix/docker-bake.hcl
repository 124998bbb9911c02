variable "VERSIONS" { default = ["1.0", "2.0"] }
group "default" { targets = ["app", "lib"] }
target "base" { args = { BASE = 1 } }
target "app" {
  name = "app-${tgt}-${sanitize(v)}"
  inherits = ["base"]
  matrix = {
    tgt = ["foo", "bar"]
    v = VERSIONS
  }
  target = tgt
  args = { V = v }
}
target "lib" {
  matrix = { item = [{ name = "x", args = { A = 1 } }] }
  name = item.name
  args = item.args
}

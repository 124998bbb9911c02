function "increment" {
  params = [number]
  result = number + 1
}
function "tag" {
  params = [name]
  variadic_params = rest
  result = [for r in rest : "${name}:${r}-${increment(length(rest))}"]
}
function "constant" {
  params = []
  result = "${PREFIX}fixed"
}
variable "PREFIX" { default = "p-" }
target "default" {
  tags = concat(tag("app", "a", "b"), tag("none"))
  args = { I = increment(41), C = constant(), E = join("", tag(["x", "y"]...)) }
}

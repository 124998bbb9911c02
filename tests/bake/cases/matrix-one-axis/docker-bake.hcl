target "app" {
  name = "app-${os}"
  matrix = { os = ["alpine", "debian"] }
  contexts = { base = "target:base-${os}" }
}
target "base" {
  name = "base-${os}"
  matrix = { os = ["alpine", "debian"] }
  dockerfile-inline = "FROM ${os}"
}

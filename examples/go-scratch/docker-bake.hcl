// jettison bake -f examples/go-scratch/docker-bake.hcl
// Two images that have the stage `build` in common: it is built once.

variable "TAG" {
  default     = "latest"
  description = "What stands behind the colon of both names"
}

group "default" {
  targets = ["orbit", "compiler"]
}

target "orbit" {
  context = "examples/go-scratch"
  tags    = ["orbit:${TAG}"]
}

target "compiler" {
  inherits    = ["orbit"]
  description = "The stage with the compiler, to look into"
  target      = "build"
  tags        = ["orbit-compiler:${TAG}"]
}

variable "TAG" { default = "latest" }
variable "REPO" {
  default = "example.org/app"
  description = "where it goes"
}
variable "NUMBER" { default = 7 }
variable "FLAG" { default = false }
variable "EMPTY" {}
variable "NULL" { default = null }
variable "DERIVED" { default = "${REPO}:${TAG}" }
global = "${TAG}-global"
target "default" {
  tags = ["${REPO}:${TAG}", DERIVED, notequal("", EMPTY) ? "x:${EMPTY}" : ""]
  args = {
    N = NUMBER + 1
    F = FLAG ? "yes" : "no"
    G = global
    X = NULL
    CMD = BAKE_CMD_CONTEXT
    P = BAKE_LOCAL_PLATFORM
  }
}

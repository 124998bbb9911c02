group "default" { targets = ["web", "api"] }
group "web" { targets = ["front", "admin"] }
group "all" {
  targets = ["web", "api", "front"]
}
target "front" {}
target "admin" { tags = ["admin"] }
target "api" {}
target "unused" {}

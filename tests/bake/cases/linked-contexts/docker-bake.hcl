target "base" {
  network = "host"
  output = ["type=docker"]
}
target "mid" {
  contexts = { base = "target:base" }
  platforms = ["linux/amd64", "linux/arm64"]
}
target "app" {
  contexts = { mid = "target:mid", img = "docker-image://x" }
  platforms = ["linux/amd64"]
}

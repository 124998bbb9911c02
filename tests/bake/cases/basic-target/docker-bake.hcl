target "default" {
  dockerfile = "docker/Dockerfile"
  context = "./app/"
  tags = ["app:latest", "app:1", "app:1", ""]
  args = {
    VERSION = "1.2.3"
    COUNT   = 3
    DEBUG   = true
    NOTHING = null
  }
  labels = {
    "org.opencontainers.image.title" = "app"
  }
  target = "final"
  platforms = ["linux/amd64", "linux/arm64"]
  no-cache = true
  pull = false
}

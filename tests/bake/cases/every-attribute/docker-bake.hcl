group "default" {
  description = "all of it"
  targets = ["one"]
}
target "one" {
  description = "the one"
  annotations = ["index:a=b", "manifest:c=${1 + 1}"]
  attest = ["type=provenance,mode=max", { type = "sbom", generator = "x" }]
  context = "."
  contexts = { alpine = "docker-image://alpine:3", src = "../src" }
  dockerfile-inline = <<EOT
FROM scratch
COPY $${x} /
EOT
  args = { A = "b" }
  labels = { l = "v" }
  tags = ["t"]
  cache-from = ["type=registry,ref=user/app:cache", "user/app", { type = "local", src = "c" }]
  cache-to = ["type=local,dest=path"]
  target = "x"
  secret = [{ id = "KUBE", env = "K" }, "id=aws,src=docker-bake.hcl"]
  ssh = [{ id = "default" }]
  platforms = ["linux/amd64"]
  output = ["type=local,dest=out", { type = "oci", dest = "a.tar" }]
  pull = true
  no-cache = true
  network = "none"
  no-cache-filter = ["x", "y"]
  shm-size = "128m"
  ulimits = ["nofile=1024:1024"]
  resources = { memory = "512m", cpu-shares = 2 }
  call = "check"
  entitlements = ["security.insecure"]
  extra-hosts = { h = "1.2.3.4" }
}

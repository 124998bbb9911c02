target "base" {
  args = { A = "base", B = "base" }
  labels = { x = "1" }
  tags = ["base"]
  annotations = ["a=1"]
  cache-from = ["x", "y"]
  cache-to = ["type=inline"]
  platforms = ["linux/amd64"]
  secret = ["id=a,env=A", "id=b,env=B"]
  attest = ["type=sbom", "type=provenance,mode=min"]
  output = ["type=docker"]
  no-cache-filter = ["one"]
  ulimits = ["nproc=1"]
  contexts = { c = "./c", d = "./d" }
  dockerfile = "base.Dockerfile"
  description = "base"
  resources = { memory = "1g", cpu-shares = 5 }
}
target "middle" {
  inherits = ["base"]
  args = { B = "middle", C = "middle" }
  target = "middle"
}
target "other" {
  args = { C = "other" }
  context = "other"
}
target "default" {
  inherits = ["middle", "other"]
  args = { D = "own", A = null }
  tags = []
  annotations = ["b=2"]
  cache-from = ["y", "z"]
  secret = ["id=a,env=AA"]
  attest = ["type=provenance,disabled=true"]
  output = ["out"]
  no-cache-filter = ["two", "one"]
  contexts = { c = "" }
  resources = { cpu-shares = 6 }
  description = ""
}

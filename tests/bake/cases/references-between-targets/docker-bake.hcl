target "a" {
  tags = ["x:1", "x:2"]
  args = { V = "1" }
  dockerfile = "a.Dockerfile"
  output = ["type=local,dest=o"]
}
target "b" {
  tags = [for t in target.a.tags : replace(t, "x", "y")]
  args = { V = target.a.args.V, D = target.a.dockerfile, O = target.a.output[0].dest, N = target.a.name }
  context = target.c.context
  labels = { self = target.b.args.D }
}
target "c" { context = "cc" }

target "default" {
  args = { A = "$${x}<>&", U = "é\u2028" }
  labels = { l = "%%{if}" }
  annotations = ["a=$${b}"]
  dockerfile-inline = "ARG x\nRUN echo $${x}"
  tags = ["$${not}"]
}

target "default" {
  args = {
    A00 = cidrhost("10.12.112.0/20",16)
    A01 = cidrhost("10.12.112.0/20",268)
    A02 = cidrhost("fd00:fd12:3456:7890:00a2::/72",34)
    A03 = cidrnetmask("172.16.0.0/12")
    A04 = cidrsubnet("172.16.0.0/12",4,2)
    A05 = cidrsubnet("10.1.2.0/24",4,15)
    A06 = cidrsubnet("fd00:fd12:3456:7890::/56",16,162)
    A07 = jsonencode(cidrsubnets("10.1.0.0/16",4,4,8,4))
  }
}

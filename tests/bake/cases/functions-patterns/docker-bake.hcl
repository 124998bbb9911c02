target "default" {
  args = {
    A00 = regex("[a-z]+","123abc456")
    A01 = jsonencode(regex("(\\d+)-(\\w+)","12-ab"))
    A02 = jsonencode(regex("(?P<y>\\d{4})-(?P<m>\\d\\d)","2024-05"))
    A03 = jsonencode(regexall("[0-9]","a1b2"))
    A04 = regex_replace("a-b_c","[-_]","+")
    A05 = regex_replace("John Doe","(\\w+) (\\w+)","$2, $1")
    A06 = regex_replace("abc","(?P<x>b)","[$${x}]")
    A07 = regex("^v([[:digit:]]+)$","v12")[0]
    A08 = regex_replace("aXbX","X$","!")
  }
}

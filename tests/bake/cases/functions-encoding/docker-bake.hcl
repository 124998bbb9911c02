target "default" {
  args = {
    A00 = base64encode("héllo")
    A01 = base64decode("aGk=")
    A02 = jsonencode({a=[1,null,true,"<&>"],b={c=1.5}})
    A03 = jsonencode(jsondecode("{\"a\":[1,\"x\",null],\"b\":true}"))
    A04 = jsonencode(csvdecode("a,b\n1,2\n\"x,y\",z\n"))
    A05 = urlencode("a b&c/é~!*()")
    A06 = md5("a")
    A07 = sha1("a")
    A08 = sha256("a")
    A09 = sha512("a")
    A10 = uuidv5("dns","example.com")
    A11 = uuidv5("6ba7b811-9dad-11d1-80b4-00c04fd430c8","x")
  }
}

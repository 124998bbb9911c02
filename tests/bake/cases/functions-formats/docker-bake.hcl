target "default" {
  args = {
    A00 = format("%s-%d-%03d-%5s|%-5s|","a",5,7,"b","c")
    A01 = format("%v %v %v %v","s",1.5,true,["a",1])
    A02 = format("%q %#v %t","a\"b","x",true)
    A03 = format("%x %X %o %b %+d",255,255,8,5,3)
    A04 = format("%.2f %e %g %8.3f",3.14159,12345.678,0.00001,2.5)
    A05 = format("%[2]s %[1]s","a","b")
    A06 = format("100%%")
    A07 = format("%5.1s|","héllo")
    A08 = format("%v",1000000)
    A09 = format("%v",123456)
    A10 = format("%v",0.00001)
    A11 = format("%d",12345678901234567890)
    A12 = jsonencode(formatlist("%s:%d",["a","b"],[1,2]))
    A13 = jsonencode(formatlist("%s-%s","x",["a","b"]))
  }
}

target "default" {
  args = {
    A00 = formatdate("YYYY-MM-DD'T'hh:mm:ssZ","2024-02-03T04:05:06Z")
    A01 = formatdate("EEEE, DD MMM YY H:mm aa ZZZ","2024-12-31T23:09:08+02:00")
    A02 = formatdate("M/D h m s MMMM EEE HH AA ZZZZ ZZZZZ","2024-02-03T14:05:06-05:30")
    A03 = formattimestamp("X","2024-02-03T04:05:06Z")
    A04 = formattimestamp("YYYY-MM-DD hh:mm:ss",1700000000)
    A05 = timeadd("2024-02-28T23:00:00Z","2h30m")
    A06 = timeadd("2024-01-01T00:00:00+01:00","-1s")
    A07 = jsonencode(unixtimestampparse(1700000000))
    A08 = formatdate("'it''s' YYYY","2024-02-03T04:05:06Z")
  }
}

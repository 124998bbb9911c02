variable "L" { default = ["x", "y", "z"] }
variable "M" { default = { a = 1, b = { c = "deep" } } }
variable "O" { default = [{ id = 1, t = { n = "p" } }, { id = 2, t = { n = "q" } }] }
target "default" {
  args = {
    ARITH = 1 + 2 * 3 - 4 / 2 % 3
    NEG = -(2 - 5)
    CMP = 1 < 2 && 2 >= 2 || false
    NOT = !true
    EQ = "a" == "a"
    EQT = 1 == "1"
    EQL = ["a"] == ["a"]
    NEQ = null != "x"
    IDX = L[1]
    IDX2 = M["b"]["c"]
    IDX3 = L.2
    ATTR = M.b.c
    SPLAT = jsonencode(O[*].id)
    SPLAT2 = jsonencode(O.*.t.n)
    SPLAT3 = jsonencode(M.a[*])
    SPLAT4 = jsonencode(O[*].t["n"])
    COND = L[0] == "x" ? "first" : "other"
    CONDT = jsonencode(true ? [1, "a"] : [])
    CONDN = jsonencode(false ? null : "a")
    FOR = jsonencode([for i, v in L : "${i}${v}" if v != "y"])
    FORM = jsonencode({ for k, v in { a = 1, b = 2 } : upper(k) => v + 1 })
    FORG = jsonencode({ for v in ["ab", "ac", "b"] : substr(v, 0, 1) => v... })
    OBJ = jsonencode({ a = 1, "b" = 2, (L[0]) : 3, "k${1}" = 4, true = 5 })
    CALL = max([1, 5, 3]...)
    BIG = 12345678901234567890 * 10
    FRAC = 0.1 + 0.2
    EXP = 1.5e3
    LAZY = try(M.zz, "fallback")
    CAN = can(M.zz) || can(L[0])
    CONV = jsonencode(convert(["1", 2], list(number)))
    OR = true || M.nothing
    MULTI = (
      1 +
      2
    )
  }
}
# comment
// comment
/* and
   more */

variable "STR" {
  type = string
}
variable "NUM" {
  type = number
  default = "12"
}
variable "BOOL" {
  type = bool
  default = true
  description = "a truth"
}
variable "LIST" {
  type = list(string)
  default = ["a", 1]
}
variable "SET" {
  type = set(number)
  default = [3, 1, 3]
}
variable "MAP" {
  type = map(string)
  default = { a = 1, b = true }
}
variable "TUP" {
  type = tuple([string, number])
  default = ["x", 2]
}
variable "OBJ" {
  type = object({ name = string, size = optional(number) })
  default = { name = "n" }
}
target "default" {
  args = {
    STR = STR
    NUM = NUM * 2
    BOOL = BOOL
    LIST = join(",", LIST)
    SET = join(",", [for x in SET : "<${x}>"])
    MAP = jsonencode(MAP)
    TUP = jsonencode(TUP)
    OBJ = jsonencode(OBJ)
  }
}

Y = "b"
group "g" { targets = ["default"] }
target "default" { tags = ["t"] }

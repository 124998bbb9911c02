target default { tags = ["a"] }
group g { targets = ["default"] }

"""The functions that bake files may call: those of buildx (``bake/hclparser/stdlib.go``)."""

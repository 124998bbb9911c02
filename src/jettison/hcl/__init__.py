"""HCL, the language of bake files: its native and its JSON syntax, its values, its expressions and functions. Pure.

Clock, home folder and chance are handed in. Sources: hashicorp/hcl ``hclsyntax/spec.md`` and ``json/spec.md``; the
type system is that of zclconf/go-cty ``docs/types.md`` and ``docs/convert.md``; the functions are those of buildx.
"""

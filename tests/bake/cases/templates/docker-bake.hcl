variable "NAMES" { default = ["a", "b", "c"] }
variable "ON" { default = true }
target "default" {
  args = {
    INTERP = "x${1 + 1}y"
    NESTED = "a${"b${"c"}"}"
    ESC = "$${no} %%{no} \t\"\\ \u00e9 $ $$ 100%"
    IF = "%{ if ON }on%{ else }off%{ endif }"
    IF2 = "%{ if !ON }on%{ endif }"
    FOR = "%{ for n in NAMES }<${n}>%{ endfor }"
    FORKEY = "%{ for i, n in NAMES ~}  ${i}=${n}; %{ endfor ~} end"
    TRIM = "a ${~ "b" ~} c"
    WRAP = "${true}"
    HERE = <<EOT
line one
  line ${"two"}
%{ for n in NAMES ~}
item ${n}
%{ endfor ~}
"quotes" \n stay
EOT
    FLUSH = <<-EOT
      first
        second

      third ${ON ? "yes" : "no"}
    EOT
    FLUSH2 = <<-X
    %{ if ON }
      yes
    %{ endif }
    X
    LAST = upper(<<E
mid
E
    )
  }
}

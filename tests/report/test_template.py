"""The subset of Go's templates."""

import pytest

from jettison.errors import UsageError
from jettison.report.template import parse_template

DOCUMENT = {
    "Id": "sha256:ab",
    "Size": 12,
    "Tags": ["a:1", "b:2"],
    "Config": {"Env": ["A=1", "B=2"], "Labels": {"z": "26", "a": "1"}, "User": "", "Tty": True, "Cmd": None},
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("{{.Id}}:{{.Size}}", "sha256:ab:12"),
        ("{{ .Config.Tty }}", "true"),
        ("{{.Tags}}", "[a:1 b:2]"),
        ("{{.Config.Labels}}", "map[a:1 z:26]"),
        ("{{json .Tags}}", '["a:1","b:2"]'),
        ("{{.Tags | json}}", '["a:1","b:2"]'),
        ('{{join .Tags ", "}}', "a:1, b:2"),
        ("{{len .Tags}}", "2"),
        ('{{index .Config.Labels "z"}}', "26"),
        ("{{index .Tags 1}}", "b:2"),
        ("{{range .Config.Env}}{{println .}}{{end}}", "A=1\nB=2\n"),
        ("{{range .Config.Labels}}<{{.}}>{{end}}", "<1><26>"),
        ("{{range .Config.Cmd}}x{{else}}none{{end}}", "none"),
        ("{{if .Config.User}}{{.Config.User}}{{else}}root{{end}}", "root"),
        ("{{if eq .Size 12}}dozen{{end}}", "dozen"),
        ("{{if not .Config.User}}{{range .Tags}}{{.}} {{$.Id}};{{end}}{{end}}", "a:1 sha256:ab;b:2 sha256:ab;"),
        ("{{.Config.Healthcheck}}", "<no value>"),
        ("{{upper (index .Tags 0)}}", "A:1"),
        ("a {{- .Size -}} b", "a12b"),
        ('{{"}}"}}', "}}"),
        ("{{/* a remark */}}x", "x"),
        ("{{`raw`}}", "raw"),
        ("{{$.Id}} {{json $.Size}}", "sha256:ab 12"),
    ],
)
def test_templates_give_what_go_gives(template: str, text: str) -> None:
    """What docker's documentation shows, and a bit more."""
    assert parse_template(template).render(DOCUMENT) == text


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("{{.Nothing}}", "there is no field .Nothing"),
        ("{{.Id", "its }} is missing"),
        ("{{system .Id}}", "'system' is not supported"),
        ("{{$x := .Id}}", "is not supported"),
        ("{{with .Id}}{{end}}", "'with' is not supported"),
        ("{{if .Id}}", "its {{end}} is missing"),
        ("{{end}}", "nothing is open here"),
        ("{{(.Id}}", "parenthesis"),
        ("{{.Id .Id}}", "unexpected"),
        ("{{}}{{.Id |}}", "an operand is missing"),
        ("{{upper .Size}}", "wrong arguments"),
        ("{{index .Tags 9}}", "wrong arguments"),
        ("{{range .Id}}{{end}}", "range needs a list"),
        ("{{'x'}}", "not understood"),
        ("{{.Id | .Size}}", "only a function"),
        ("{{if .Id}}" * 60 + "{{end}}" * 60, "nested"),
        ("{{" + "(" * 60 + ".Id" + ")" * 60 + "}}", "nested"),
    ],
)
def test_what_is_wrong_is_said(template: str, part: str) -> None:
    """Each mistake is a usage error."""
    with pytest.raises(UsageError) as caught:
        parse_template(template).render(DOCUMENT)
    assert part in str(caught.value)


@pytest.mark.parametrize("template", ["{{.Id.__class__}}", "{{.Config.Env.append}}", "{{.__init__}}"])
def test_python_is_out_of_reach(template: str) -> None:
    """Attributes of Python objects are no fields."""
    with pytest.raises(UsageError):
        parse_template(template).render(DOCUMENT, strict=True)

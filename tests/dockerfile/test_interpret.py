"""The typed instructions."""

from __future__ import annotations

import pytest

from jettison.dockerfile import instructions as i
from jettison.dockerfile.interpret import interpret
from jettison.dockerfile.parser import parse_dockerfile
from jettison.text.diagnostics import SourceError
from jettison.text.span import Word


def read(text: str) -> i.Instruction:
    """The last instruction of a text."""
    return interpret(parse_dockerfile(text).instructions[-1])


def texts(words: tuple[Word, ...]) -> tuple[str, ...]:
    return tuple(word.text for word in words)


def text(word: Word | None) -> str | None:
    return None if word is None else word.text


@pytest.mark.parametrize(
    ("code", "image", "platform", "name"),
    [
        ("FROM a", "a", None, None),
        ("from a:1 as B", "a:1", None, "b"),
        ("FROM --platform=$P a@sha256:0 AS b-1_2.3", "a@sha256:0", "$P", "b-1_2.3"),
        ("FROM ${a:-b}", "${a:-b}", None, None),
    ],
)
def test_from(code: str, image: str, platform: str | None, name: str | None) -> None:
    """Image, platform, and the stage's name in lower case."""
    instruction = read(code)
    assert isinstance(instruction, i.From)
    assert (instruction.image.text, text(instruction.platform), text(instruction.stage_name)) == (image, platform, name)


@pytest.mark.parametrize(
    ("code", "pairs"),
    [
        ("ENV a=b", [("a", "b")]),
        ("ENV a=b c=\"d e\" f='g h' i=j\\ k", [("a", "b"), ("c", '"d e"'), ("f", "'g h'"), ("i", "j\\ k")]),
        ("ENV a= b=c=d", [("a", ""), ("b", "c=d")]),
        ('ENV a="b', [("a", '"b')]),
        ("ENV a=b\\\\", [("a", "b\\\\")]),
        ("ENV a b  c=d", [("a", "b  c=d")]),
        ("ENV a\tb", [("a", "b")]),
        ('ENV "a b"=c', [('"a b"', "c")]),
        ("LABEL a.b=c d", None),
        ("LABEL a.b c", [("a.b", "c")]),
        ("LABEL $a=b", [("$a", "b")]),
    ],
)
def test_pairs(code: str, pairs: list[tuple[str, str]] | None) -> None:
    """Quotes and escapes stay in the words; without ``=`` in the first word the rest is one value."""
    if pairs is None:
        with pytest.raises(SourceError, match="can't find ="):
            read(code)
        return
    instruction = read(code)
    assert isinstance(instruction, i.Env | i.Label)
    assert [(pair.key.text, pair.value.text) for pair in instruction.pairs] == pairs
    assert all(pair.legacy == ("=" not in code.split()[1]) for pair in instruction.pairs) or '"' in code


def test_arg() -> None:
    """With default, with an empty one, without."""
    instruction = read('ARG a b= c="d e"')
    assert isinstance(instruction, i.Arg)
    assert [(d.key.text, text(d.default)) for d in instruction.declarations] == [("a", None), ("b", ""), ("c", '"d e"')]


@pytest.mark.parametrize(
    ("code", "form", "script", "args"),
    [
        ("RUN make  all", i.Form.SHELL, "make  all", ()),
        ('RUN ["a", "b c"]', i.Form.EXEC, '["a", "b c"]', ("a", "b c")),
        ("RUN []", i.Form.EXEC, "[]", ()),
        ("RUN [a]", i.Form.SHELL, "[a]", ()),
        ("RUN", i.Form.SHELL, "", ()),
        ("RUN <<E\na\nb\nE\n", i.Form.HEREDOC, "a\nb\n", ()),
        ("RUN <<-E\n\ta\nE\n", i.Form.HEREDOC, "a\n", ()),
        ("RUN python <<E\nx\nE\n", i.Form.SHELL, "python <<E\nx\nE", ()),
        ("RUN cat <<A - <<-B\na\nA\n\tb\nB\n", i.Form.SHELL, "cat <<A - <<-B\na\nA\n\tb\nB", ()),
        ("CMD a b", i.Form.SHELL, "a b", ()),
        ('CMD ["a"]', i.Form.EXEC, '["a"]', ("a",)),
        ("CMD []", i.Form.EXEC, "[]", ()),
        ("ENTRYPOINT a", i.Form.SHELL, "a", ()),
        ('ENTRYPOINT ["\\u0061"]', i.Form.EXEC, '["\\u0061"]', ("a",)),
    ],
)
def test_commands(code: str, form: i.Form, script: str, args: tuple[str, ...]) -> None:
    """Shell, exec and heredoc form; a heredoc that is not the whole command goes to the shell as it is."""
    instruction = read(code)
    assert isinstance(instruction, i.Run | i.Cmd | i.Entrypoint)
    command = instruction.command
    assert (command.form, command.script, command.strings) == (form, script, args)


def test_run_flags() -> None:
    """Several mounts and devices, one network, one security mode."""
    instruction = read(
        "RUN --mount=type=cache,target=/a --mount=target=/b --network=none --security=insecure "
        "--device=vendor.com/gpu,required --device=name=x make"
    )
    assert isinstance(instruction, i.Run)
    assert [mount.word.text for mount in instruction.mounts] == ["type=cache,target=/a", "target=/b"]
    assert (instruction.network, instruction.security) == ("none", "insecure")
    assert [(device.name, device.required) for device in instruction.devices] == [
        ("vendor.com/gpu", True),
        ("x", False),
    ]


def test_copy() -> None:
    """All flags, several sources."""
    instruction = read("COPY --from=b --chown=1:2 --chmod=755 --link --parents --exclude=*.md --exclude=x a b/ c/")
    assert isinstance(instruction, i.Copy)
    assert (texts(instruction.sources), instruction.destination.text) == (("a", "b/"), "c/")
    assert (text(instruction.from_), text(instruction.chown), text(instruction.chmod)) == ("b", "1:2", "755")
    assert (instruction.link, instruction.parents, texts(instruction.excludes)) == (True, True, ("*.md", "x"))


def test_add() -> None:
    """All flags; a switch that was not given is None where that differs from false."""
    instruction = read("ADD --checksum=sha256:0 --keep-git-dir=false --unpack=TRUE --link=false https://a/b /c")
    assert isinstance(instruction, i.Add)
    assert text(instruction.checksum) == "sha256:0"
    assert (instruction.keep_git_dir, instruction.unpack, instruction.link) == (False, True, False)
    plain = read("ADD a b")
    assert isinstance(plain, i.Add)
    assert (plain.keep_git_dir, plain.unpack, plain.chown) == (None, None, None)


def test_json_sources() -> None:
    """Names with white space."""
    instruction = read('COPY ["a b", "c", "/d e/"]')
    assert isinstance(instruction, i.Copy)
    assert (texts(instruction.sources), instruction.destination.text) == (("a b", "c"), "/d e/")


def test_heredoc_sources() -> None:
    """Files that stand in the Dockerfile, beside files of the context."""
    instruction = read("COPY <<A x <<-'B' /y/\n$a\nA\n\t$b\n\tB\n")
    assert isinstance(instruction, i.Copy)
    assert texts(instruction.sources) == ("x",)
    assert [(file.name, file.content, file.expand) for file in instruction.files] == [
        ("A", "$a\n", True),
        ("B", "$b\n", False),
    ]


@pytest.mark.parametrize(
    ("code", "field", "value"),
    [
        ("WORKDIR /a b", "path", "/a b"),
        ("USER a:$b", "user", "a:$b"),
        ("STOPSIGNAL SIGTERM", "signal", "SIGTERM"),
        ("STOPSIGNAL --x SIGTERM", "signal", "SIGTERM"),
        ("MAINTAINER A B <c@d.e>", "author", "A B <c@d.e>"),
    ],
)
def test_one_argument(code: str, field: str, value: str) -> None:
    """Everything behind the keyword."""
    assert getattr(read(code), field).text == value


def test_expose() -> None:
    """Sorted, as BuildKit does."""
    instruction = read("EXPOSE 80 443/tcp $p 1000-1010/udp")
    assert isinstance(instruction, i.Expose)
    assert texts(instruction.ports) == ("$p", "1000-1010/udp", "443/tcp", "80")


@pytest.mark.parametrize(
    ("code", "paths"), [("VOLUME /a /b", ("/a", "/b")), ('VOLUME ["/a b", " /c "]', ("/a b", "/c"))]
)
def test_volume(code: str, paths: tuple[str, ...]) -> None:
    """Words or JSON."""
    instruction = read(code)
    assert isinstance(instruction, i.Volume)
    assert texts(instruction.paths) == paths


def test_shell() -> None:
    """JSON only."""
    instruction = read('SHELL ["/bin/bash", "-c"]')
    assert isinstance(instruction, i.Shell)
    assert instruction.strings == ("/bin/bash", "-c")


def test_healthcheck() -> None:
    """Durations in nanoseconds."""
    instruction = read(
        "HEALTHCHECK --interval=5m --timeout=1.5s --start-period=0s --start-interval=1ms --retries=3 CMD curl -f x"
    )
    assert isinstance(instruction, i.Healthcheck)
    assert instruction.command is not None
    assert (instruction.command.form, instruction.command.text.text) == (i.Form.SHELL, "curl -f x")
    assert (instruction.interval_ns, instruction.timeout_ns) == (300 * 10**9, 15 * 10**8)
    assert (instruction.start_period_ns, instruction.start_interval_ns, instruction.retries) == (0, 10**6, 3)


@pytest.mark.parametrize(
    "code", ["HEALTHCHECK NONE", "healthcheck none", "HEALTHCHECK --interval=x NONE", "HEALTHCHECK NONE []"]
)
def test_no_healthcheck(code: str) -> None:
    """Flags before NONE are passed over, as BuildKit does."""
    instruction = read(code)
    assert isinstance(instruction, i.Healthcheck)
    assert instruction.command is None


@pytest.mark.parametrize(
    ("code", "trigger", "kind"),
    [
        ("ONBUILD RUN a \\\n  b", "RUN a   b", i.Run),
        ("onbuild  COPY --link a b", "COPY --link a b", i.Copy),
        ("ONBUILD RUN <<A\nx\nA\n", "RUN <<A\nx\nA", i.Run),
        ("ONBUILD RUN <<-A cat\n\tx\n\tA\n", "RUN <<-A cat\n\tx\nA", i.Run),
    ],
)
def test_onbuild(code: str, trigger: str, kind: type) -> None:
    """The text for the image's config, and the instruction itself."""
    instruction = read(code)
    assert isinstance(instruction, i.Onbuild)
    assert instruction.text == trigger
    assert isinstance(instruction.instruction, kind)
    assert instruction.instruction is not None
    assert instruction.instruction.span.location == f"Dockerfile:1:{code.index(trigger[:4]) + 1}"


def test_wrong_trigger_is_kept() -> None:
    """BuildKit reports it only when it is run; a linter reports it now."""
    instruction = read("ONBUILD RNU x")
    assert isinstance(instruction, i.Onbuild)
    assert instruction.instruction is None
    assert [problem.message for problem in instruction.problems] == ["unknown instruction: RNU"]


def test_common_fields() -> None:
    """Name, code, place and comments of any instruction."""
    instruction = read("# a\n\n# syntax=b\n#\n# c\n  run a \\\n b  \n")
    assert (instruction.name, instruction.code, instruction.comments) == ("RUN", "run a  b", ("c",))
    assert (instruction.span.location, instruction.span.text) == ("Dockerfile:6:3", "run a \\\n b")


@pytest.mark.parametrize(
    "code",
    [
        "ENV a=" + "\\" * 300_001,
        "ENV a='" + '"' * 300_000,
        'ENV a="' + '\\"' * 150_000,
        "ENV " + "a=b " * 30_000,
        "COPY " + "a " * 60_000,
        'CMD ["' + '","' * 60_000 + '"]',
        "CMD " + '[{"a":' * 60_000,
        "EXPOSE 1" + "\t" * 300_000 + "2",
        "RUN --mount=" + '"a",' * 60_000 + "b x",
        'RUN --mount="' + '""' * 150_000 + '" x',
        "HEALTHCHECK --interval=" + "1" * 300_000 + " CMD x",
        "HEALTHCHECK --retries=" + "1" * 300_000 + " CMD x",
        "FROM a AS " + "b" * 300_000 + "!",
        "X" * 300_000,
    ],
    ids=lambda code: repr(code[:16]),
)
def test_hostile_arguments_take_linear_time(code: str) -> None:
    """Whether they mean anything or not."""
    try:
        assert isinstance(read(code), i.Instruction)
    except SourceError as error:
        assert len(error.message) < 2000

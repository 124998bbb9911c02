"""push: docker's words, real registries, and what is pulled from there."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import shutil
import socketserver
import tarfile
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.registry.support import (
    PASSWORD,
    USER,
    MadeImage,
    Registry,
    blob_descriptor,
    htpasswd_auth,
    make_image,
    running_registry,
)

from jettison.model.oci import OCI_CONFIG, OCI_LAYER_GZIP, Manifest, write_manifest

pytestmark = [pytest.mark.root, pytest.mark.skipif(not shutil.which("docker-registry"), reason="no docker-registry")]

DIGEST = r"sha256:[0-9a-f]{64}"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with running_registry(tmp_path / "registry") as started:
        yield started


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A build of two layers that runs nothing."""
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\nARG TARGETARCH\nCOPY one /one\nCOPY two /two.$TARGETARCH\n")
    (folder / "one").write_text("1")
    (folder / "two").write_text("2")
    return folder


def test_push_and_push_again(run: Run, registry: Registry, context: Path) -> None:
    """Each layer is told of in docker's words; the second time all of them are there; pulling gives the same image."""
    name = f"{registry.host}/team/app"
    built = run("build", "-q", "-t", name, str(context))
    assert built.code == 0, built.err
    pushed = run("push", name)
    assert pushed.code == 0, pushed.err
    lines = pushed.out.splitlines()
    assert lines[:2] == ["Using default tag: latest", f"The push refers to repository [{name}]"]
    assert all(re.fullmatch("[0-9a-f]{12}: Pushed", line) for line in lines[2:4]), lines
    digest = re.fullmatch(f"latest: digest: ({DIGEST}) size: [0-9]+", lines[4])
    assert digest is not None
    again = run("push", f"{name}:latest")
    assert [line.partition(": ")[2] for line in again.out.splitlines()[1:3]] == ["Layer already exists"] * 2
    assert again.out.splitlines()[-1] == lines[4]
    assert run("inspect", "-f", "{{json .RepoDigests}}", name).out == f'["{name}@{digest[1]}"]\n'
    run("rmi", "-f", name)
    assert run("pull", "-q", name).code == 0
    assert run("images", "-q", "--no-trunc", name).out.strip() == built.out.strip()
    assert run("push", "-q", name).out == f"{name}:latest\n"


def test_another_repository_has_the_layers(run: Run, registry: Registry) -> None:
    """What was pulled from there is mounted, and pushed as it was, byte for byte."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("file"))
    layer = gzip.compress(tar.getvalue(), mtime=7)
    image = make_image(tar.getvalue())
    config = image.config_bytes
    manifest = Manifest(config=blob_descriptor(OCI_CONFIG, config), layers=(blob_descriptor(OCI_LAYER_GZIP, layer),))
    made = MadeImage(
        manifest=manifest,
        manifest_bytes=write_manifest(manifest),
        blobs={blob_descriptor(OCI_CONFIG, data).digest: data for data in (config, layer)},
    )
    registry.put_image("team/base", "1", made)
    source, target = f"{registry.host}/team/base:1", f"{registry.host}/other/name:2"
    assert run("pull", "-q", source).code == 0
    assert run("tag", source, target).code == 0
    pushed = run("push", target)
    assert pushed.code == 0, pushed.err
    assert pushed.out.splitlines()[1].endswith(": Mounted from team/base")
    assert f"2: digest: {made.descriptor.digest} size: " in pushed.out


def test_all_tags(run: Run, registry: Registry, context: Path) -> None:
    """Every name of the repository, and no other."""
    name = f"{registry.host}/team/app"
    run("build", "-q", "-t", f"{name}:1", "-t", f"{name}:2", "-t", f"{registry.host}/team/other", str(context))
    pushed = run("push", "--all-tags", name)
    assert pushed.code == 0, pushed.err
    assert [line.partition(":")[0] for line in pushed.out.splitlines() if ": digest: " in line] == ["1", "2"]
    refused = run("push", "-a", f"{name}:1")
    assert refused.code == 2
    assert "tag can't be used with --all-tags/-a" in refused.err


def test_several_platforms(run: Run, registry: Registry, context: Path) -> None:
    """An index, or one of its images with --platform."""
    name = f"{registry.host}/team/multi"
    platforms = "linux/amd64,linux/arm64"
    built = run("build", "--progress", "plain", "--platform", platforms, "-t", name, "--push", str(context))
    assert built.code == 0, built.err
    pushed = run("push", name)
    assert pushed.code == 0, pushed.err
    assert pushed.out.count(": Layer already exists") == 3, "one of the two layers is the same for both"
    assert run("push", "--platform", "linux/arm64", name).code == 0
    missing = run("push", "--platform", "linux/riscv64", name)
    assert missing.code != 0
    assert "linux/arm64" in missing.err


def test_credentials(run: Run, tmp_path: Path, context: Path) -> None:
    """Nobody, somebody with the wrong password, and the right one."""
    with running_registry(tmp_path / "registry", auth=htpasswd_auth(tmp_path / "auth")) as registry:
        name = f"{registry.host}/team/app:1"
        run("build", "-q", "-t", name, str(context))

        def push(user: str, password: str) -> tuple[int, str]:
            folder = tmp_path / "docker"
            folder.mkdir(exist_ok=True)
            auth = base64.b64encode(f"{user}:{password}".encode()).decode()
            auths = {registry.host: {"auth": auth}} if user else {}
            (folder / "config.json").write_text(json.dumps({"auths": auths}))
            result = run("push", name, environment={"DOCKER_CONFIG": str(folder)})
            return result.code, result.err

        code, text = push("", "")
        assert code != 0
        assert "401" in text
        assert "login" in text
        code, text = push(USER, "wrong")
        assert code != 0
        assert f"the credentials of '{USER}' for {registry.host} were refused" in text
        assert "wrong" not in text.replace("wrong password", "")
        assert push(USER, PASSWORD)[0] == 0


def test_what_cannot_be_pushed(run: Run, context: Path) -> None:
    """An image that is not here, a digest."""
    missing = run("push", "127.0.0.1:1/no/such")
    assert missing.code != 0
    assert "An image does not exist locally with the tag: 127.0.0.1:1/no/such" in missing.err
    digest = run("push", f"app@sha256:{'0' * 64}")
    assert digest.code == 2
    assert "cannot push a digest reference" in digest.err


def test_commands_with_a_platform(run: Run, context: Path, tmp_path: Path) -> None:
    """inspect, history, save and images of a name that stands for two platforms."""
    built = run("build", "-q", "--platform", "linux/amd64,linux/arm64", "-t", "multi", str(context))
    assert built.code == 0, built.err
    for platform in ("amd64", "arm64"):
        flags = ("--platform", f"linux/{platform}")
        assert run("inspect", *flags, "-f", "{{.Architecture}}", "multi").out == f"{platform}\n"
        assert f"/two.{platform}" in run("history", *flags, "--no-trunc", "multi").out
        archive = tmp_path / f"{platform}.tar"
        assert run("save", *flags, "-o", str(archive), "multi").code == 0
        with tarfile.open(archive) as tar:
            member = tar.extractfile("manifest.json")
            assert member is not None
            (record,) = json.load(member)
            config = tar.extractfile(record["Config"])
            assert config is not None
            assert json.load(config)["architecture"] == platform
    missing = run("inspect", "--platform", "linux/s390x", "multi")
    assert missing.code != 0
    assert "it is here for linux/amd64, linux/arm64" in missing.err
    assert run("save", "--platform", "linux/s390x", "-o", str(tmp_path / "none"), "multi").code != 0
    assert len(run("images", "-q", "multi").out.split()) == 2
    listed = run("images", "multi").out
    assert listed.split()[:3] == ["REPOSITORY", "TAG", "PLATFORM"]
    assert "linux/arm64" in listed
    assert run("tag", "multi", "again").code == 0
    assert run("rmi", "multi").out == "Untagged: multi:latest\n"
    assert run("inspect", "--platform", "linux/arm64", "-f", "{{.Architecture}}", "again").out == "arm64\n"
    assert run("rmi", "again").out.count("Deleted: sha256:") == 2


def test_login_and_logout(run: Run, tmp_path: Path, context: Path) -> None:
    """A wrong password is kept nowhere, the right one where docker finds it, and push uses it."""
    folder = tmp_path / "docker"
    environment = {"DOCKER_CONFIG": str(folder)}
    with running_registry(tmp_path / "registry", auth=htpasswd_auth(tmp_path / "auth")) as registry:
        login = ("login", "-u", USER, "--password-stdin", registry.host)
        wrong = run(*login, stdin=b"wrong\n", environment=environment)
        assert wrong.code != 0
        assert f"cannot log in to {registry.host}" in wrong.err
        assert not folder.exists()
        folder.mkdir()
        (folder / "config.json").write_text('{"detachKeys": "ctrl-q"}')
        done = run(*login, stdin=PASSWORD.encode() + b"\n", environment=environment)
        assert (done.code, done.out) == (0, "Login Succeeded\n")
        kept = json.loads((folder / "config.json").read_text())
        encoded = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        assert kept == {"detachKeys": "ctrl-q", "auths": {registry.host: {"auth": encoded}}}
        assert (folder / "config.json").stat().st_mode & 0o077 == 0
        name = f"{registry.host}/team/app:1"
        run("build", "-q", "-t", name, str(context))
        assert run("push", name, environment=environment).code == 0
        out = run("logout", registry.host, environment=environment).out
        assert out == f"Removing login credentials for {registry.host}\n"
        assert json.loads((folder / "config.json").read_text()) == {"detachKeys": "ctrl-q", "auths": {}}
        assert run("logout", registry.host, environment=environment).out == f"Not logged in to {registry.host}\n"


def test_a_login_file_that_is_a_link_stays_one(run: Run, tmp_path: Path, registry: Registry) -> None:
    """As in a repository of dotfiles; docker does the same."""
    folder, elsewhere = tmp_path / "docker", tmp_path / "dotfiles"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "docker.json").write_text("{}")
    (folder / "config.json").symlink_to("../dotfiles/docker.json")
    environment = {"DOCKER_CONFIG": str(folder)}
    login = ("login", "-u", USER, "--password-stdin", registry.host)
    assert run(*login, stdin=b"any\n", environment=environment).code == 0
    assert (folder / "config.json").is_symlink()
    assert registry.host in json.loads((elsewhere / "docker.json").read_text())["auths"]
    assert len(list(elsewhere.iterdir())) == len(list(folder.iterdir())) == 1


def test_a_login_where_there_is_no_registry(run: Run, tmp_path: Path) -> None:
    """A web server that knows nothing of registries: the address is to be checked, not an image's name."""
    with socketserver.TCPServer(("127.0.0.1", 0), _KnowsNothing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_address[1]}"
        done = run("login", "-u", "a", "--password-stdin", host, stdin=b"b\n", environment={"HOME": str(tmp_path)})
        server.shutdown()
    assert done.code == 4
    assert f"there is no registry at {host}" in done.err


class _KnowsNothing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_credential_helper_keeps_the_login(
    run: Run, tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """credsStore names the program; the file holds no secret."""
    folder, kept = tmp_path / "docker", tmp_path / "kept"
    folder.mkdir()
    helper = tmp_path / "bin/docker-credential-tests"
    helper.parent.mkdir()
    helper.write_text(f'#!/bin/sh\necho "$1" >> {kept}\ncat >> {kept}\n')
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(helper.parent), prepend=":")
    (folder / "config.json").write_text('{"credsStore": "tests"}')
    environment = {"DOCKER_CONFIG": str(folder)}
    done = run("login", "-u", "ali", "--password-stdin", registry.host, stdin=b"secret", environment=environment)
    assert done.code == 0, done.err
    text = kept.read_text()
    assert text.startswith("store\n")
    assert json.loads(text.partition("\n")[2]) == {
        "ServerURL": registry.host,
        "Username": "ali",
        "Secret": "secret",
    }
    assert "secret" not in (folder / "config.json").read_text()
    run("logout", registry.host, environment=environment)
    assert kept.read_text().endswith(f"erase\n{registry.host}")


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["-u", "a", "-p", "b", "--password-stdin"], "mutually exclusive"),
        (["--password-stdin"], "must provide --username with --password-stdin"),
        (["-u", "a"], "non TTY device"),
        ([], "non TTY device"),
        (["-u", "a", "--password-stdin"], "password is required"),
    ],
)
def test_logins_without_sense(run: Run, argv: list[str], text: str) -> None:
    """Docker's words, before anybody is asked."""
    result = run("login", *argv, "127.0.0.1:1")
    assert result.code == 2
    assert text in result.err

"""Web servers: the folders that they hand out are known by their settings, and what that means for the advice."""

from __future__ import annotations

import shlex

import pytest
from tests.analyze.support import file, holding, known, link, program, symlink, weight_of
from tests.analyze.test_destination import static_program

from jettison.analyze.base import Base
from jettison.analyze.kinds import Category, Need
from jettison.analyze.weight import Weight
from jettison.model.config import RunConfig
from jettison.model.entry import Entry

NGINX_CONF = """
user nginx;  # and no other
events { worker_connections 1024; }
http {
    include /etc/nginx/mime.types;
    log_format main '$remote_addr "$request"; {}';
    include /etc/nginx/conf.d/*.conf;
}
"""
DEFAULT_CONF = """
server {
    listen 80;
    location / { root /usr/share/nginx/html; index index.html; }
    error_page 500 /50x.html;
    location = /50x.html { root /usr/share/nginx/html; }
    # location ~ \\.php$ { proxy_pass http://127.0.0.1; }
}
"""
APP_CONF = 'server { ssl_certificate /certs/tls.pem; root "/app/dist"; location /api { %s } }'
MIME_TYPES = "types { text/html html htm; application/x-perl pl pm; application/octet-stream bin; }"
NGINX = {
    "/etc/nginx/nginx.conf": NGINX_CONF,
    "/etc/nginx/mime.types": MIME_TYPES,
    "/etc/nginx/conf.d/default.conf": DEFAULT_CONF,
}
CADDYFILE = ":80 {\n\troot * %s\n\tfile_server # nothing else\n\t# reverse_proxy localhost:8080\n}\n"
HTTPD_CONF = """
ServerRoot "/usr/local/apache2"
Listen 80
LoadModule alias_module modules/mod_alias.so
<IfModule !mpm_prefork_module>
    #LoadModule cgid_module modules/mod_cgid.so
</IfModule>
DocumentRoot "/usr/local/apache2/htdocs"
ScriptAlias /cgi-bin/ "/usr/local/apache2/cgi-bin/"
#ProxyPass / http://localhost/
<IfDefine MORE>
    ProxyPass / http://localhost/
</IfDefine>
IncludeOptional conf/extra/*.conf
"""
HTTPD = {"/usr/local/apache2/conf/httpd.conf": HTTPD_CONF}
DEBIAN = {
    "/etc/apache2/apache2.conf": "Define PAGES /app\nIncludeOptional mods-enabled/*.load\nIncludeOptional sites-enabled/*\n",
    "/etc/apache2/sites-available/site.conf": "<VirtualHost *:80>\n  DocumentRoot ${PAGES}/dist\n</VirtualHost>\n",
    "/etc/apache2/sites-enabled/site.conf": "-> ../sites-available/site.conf",
    "/etc/apache2/mods-enabled/mime.load": "LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so",
}
FOREGROUND = '#!/bin/sh\nset -e\nrm -f /run/httpd.pid\nexec httpd -DFOREGROUND "$@"\n'

HANDED_OUT: dict[str, tuple[str, dict[str, str], str]] = {
    "nginx": ("nginx -g 'daemon off;'", NGINX, "usr/share/nginx/html"),
    "nginx, settings of its own": ("nginx", NGINX | {"/etc/nginx/conf.d/default.conf": APP_CONF % ""}, "app/dist"),
    "nginx, two servers": ("nginx", NGINX | {"/etc/nginx/conf.d/app.conf": APP_CONF % "return 404;"}, ""),
    "nginx -c": ("/usr/sbin/nginx -c /app/web.conf", {"/app/web.conf": "http{server{root /app/dist;}}"}, "app/dist"),
    "nginx, nothing said": ("nginx", {"/etc/nginx/nginx.conf": "http { server { } }"}, "usr/share/nginx/html"),
    "nginx -p": ("nginx -p /app", {"/etc/nginx/nginx.conf": "http { server { root dist; } }"}, "app/dist"),
    "nginx behind sh": ("sh -c 'exec nginx -g \"daemon off;\"'", NGINX, "usr/share/nginx/html"),
    "nginx, a link in its settings": (
        "nginx",
        {
            "/etc/nginx/nginx.conf": "http { include /etc/nginx/sites-enabled/*; }",
            "/etc/nginx/sites-enabled/x": "-> /etc/nginx/sites-available/x",
            "/etc/nginx/sites-available/x": APP_CONF % "",
        },
        "app/dist",
    ),
    "nginx, a proxy": ("nginx", NGINX | {"/etc/nginx/conf.d/app.conf": APP_CONF % "proxy_pass http://api;"}, ""),
    "nginx, php": ("nginx", NGINX | {"/etc/nginx/conf.d/app.conf": APP_CONF % "fastcgi_pass unix:/php;"}, ""),
    "nginx, settings made of a template": (
        "sh -c \"envsubst '$PORT' < /etc/nginx/site.template > /tmp/nginx.conf && exec nginx -c /tmp/nginx.conf\"",
        {"/etc/nginx/site.template": "http { server { listen ${PORT}; root /app/dist; } }"},
        "app/dist",
    ),
    "nginx, a template": (
        "nginx",
        NGINX | {"/etc/nginx/templates/a.conf.template": "location / { proxy_pass http://${API}; }"},
        "",
    ),
    "nginx, a variable": ("nginx", {"/etc/nginx/nginx.conf": "http { server { root /app/$host; } }"}, ""),
    "nginx, no settings": ("nginx", {}, ""),
    "nginx, settings in a loop": (
        "nginx",
        {"/etc/nginx/nginx.conf": "include /etc/nginx/nginx.conf; root /nowhere;"},
        "",
    ),
    "caddy": (
        "caddy run --config /etc/caddy/Caddyfile --adapter caddyfile",
        {"/etc/caddy/Caddyfile": CADDYFILE % "/app/dist"},
        "app/dist",
    ),
    "caddy, imports": (
        "caddy run --config=/etc/caddy/Caddyfile",
        {"/etc/caddy/Caddyfile": "import sites/*.caddyfile", "/etc/caddy/sites/a.caddyfile": CADDYFILE % "/app/dist"},
        "app/dist",
    ),
    "caddy, no root": ("caddy run", {"/app/dist/Caddyfile": ":80\nfile_server browse"}, "app/dist"),
    "caddy file-server": ("caddy file-server --root /app/dist --listen :80", {}, "app/dist"),
    "caddy file-server here": ("caddy file-server", {}, "app/dist"),
    "caddy, a proxy": (
        "caddy run --config /c/Caddyfile",
        {"/c/Caddyfile": (CADDYFILE % "/app/dist").replace("# reverse", "reverse")},
        "",
    ),
    "caddy, no files": (
        "caddy run --config /c/Caddyfile",
        {"/c/Caddyfile": ":80\nroot * /app/dist\nrespond hello"},
        "",
    ),
    "caddy, a variable": ("caddy run --config /c/Caddyfile", {"/c/Caddyfile": CADDYFILE % "{$ROOT}"}, ""),
    "caddy respond": ("caddy respond --body hello", {}, ""),
    "httpd": ("httpd-foreground", HTTPD, "usr/local/apache2/htdocs"),
    "httpd with a flag": ("httpd -DFOREGROUND -D LESS", HTTPD, "usr/local/apache2/htdocs"),
    "httpd, more settings": (
        "httpd-foreground",
        HTTPD | {"/usr/local/apache2/conf/extra/site.conf": 'DocumentRoot "/app/dist"'},
        "app/dist",
    ),
    "httpd, defined": ("httpd -D MORE", HTTPD, ""),
    "httpd, a proxy": (
        "httpd-foreground",
        HTTPD | {"/usr/local/apache2/conf/extra/a.conf": "ProxyPass / http://a/"},
        "",
    ),
    "httpd, passing on": (
        "httpd-foreground",
        HTTPD | {"/usr/local/apache2/conf/extra/a.conf": "RewriteRule ^/(.*) http://a/$1 [P,L]"},
        "",
    ),
    "httpd, cgi": (
        "httpd-foreground",
        HTTPD | {"/usr/local/apache2/conf/extra/a.conf": "LoadModule cgid_module modules/mod_cgid.so"},
        "",
    ),
    "httpd, php": (
        "httpd-foreground",
        HTTPD | {"/usr/local/apache2/conf/extra/a.conf": "LoadModule php_module modules/libphp.so"},
        "",
    ),
    "Debian's apache": ("apachectl -D FOREGROUND", DEBIAN, "app/dist"),
    "Debian's apache, php": (
        "apache2ctl -D FOREGROUND",
        DEBIAN
        | {"/etc/apache2/mods-enabled/php8.2.load": "LoadModule php_module /usr/lib/apache2/modules/libphp8.2.so"},
        "",
    ),
    "busybox": ("busybox httpd -f -v -p 80 -h /app/dist", {}, "app/dist"),
    "busybox, by its name": ("httpd -f -h/app/dist", {}, "app/dist"),
    "busybox here": ("httpd -f -p 80", {}, "app/dist"),
    "busybox, settings": ("httpd -f -c /etc/web.conf", {"/etc/web.conf": "H:/app/dist\nA:*"}, "app/dist"),
    "busybox, a proxy": ("httpd -f -h /app/dist", {"/etc/httpd.conf": "P:/api:http://api"}, ""),
    "busybox, programs": ("httpd -f", {"/app/dist/cgi-bin/run": "#!/bin/sh"}, ""),
    "busybox, something else": ("busybox sleep 1000", {}, ""),
    "python": ("python3 -m http.server 80", {}, "app/dist"),
    "python, programs": ("python3 -m http.server --cgi 80", {}, ""),
    "darkhttpd": ("darkhttpd /app/dist --port 80", {}, "app/dist"),
}
"""Command, settings (``->`` is a link), and the folder of pages; empty where more is done, or nobody can tell."""
SERVERS = ("usr/sbin/nginx", "usr/bin/caddy", "usr/sbin/apachectl", "usr/sbin/apache2ctl", "usr/bin/darkhttpd")
SERVER = static_program()
BASE = Base(layers=1, history=1, name="some:1")


def weight_with(command: str, settings: dict[str, str], *more: Entry, bases: tuple[object, ...] = ()) -> Weight:
    """The weight of an image with pages in ``/app/dist``, and all servers in its base."""
    contents = {path.lstrip("/"): text.encode() for path, text in settings.items() if not text.startswith("->")}
    contents |= dict.fromkeys((*SERVERS, "bin/busybox"), SERVER)
    below: list[Entry] = [holding(path, SERVER, mode=0o755) for path in (*SERVERS, "bin/busybox")]
    below += [program("bin/sh", 50), program("usr/bin/python3", 50), file("usr/share/nginx/html/50x.html", 9)]
    if "Apache" in settings or any("apache2/conf" in path for path in settings):
        contents |= {"usr/bin/httpd": SERVER, "usr/bin/httpd-foreground": FOREGROUND.encode()}
        below += [
            holding(f"usr/bin/{name}", contents[f"usr/bin/{name}"], mode=0o755)
            for name in ("httpd", "httpd-foreground")
        ]
        below += [file("usr/local/apache2/htdocs/index.html", 9), file("usr/local/apache2/cgi-bin/printenv", 9)]
    else:
        below.append(link("usr/bin/httpd", "bin/busybox"))
    above = [holding(path, data) for path, data in contents.items() if path not in {entry.path for entry in below}]
    above += [symlink(path.lstrip("/"), text[3:]) for path, text in settings.items() if text.startswith("->")]
    above += [
        file("app/dist/index.html", 500),
        file("app/dist/app.js", 30),
        file("app/package.json", 20),
        file("app/src/app.ts", 200),
        file("app/node_modules/m/m.js", 1000),
        file("usr/share/nginx/html/index.html", 40),
        file("certs/tls.pem", 7),
        *more,
    ]
    return weight_of(
        below,
        above,
        contents=contents,
        run=RunConfig(cmd=tuple(shlex.split(command)), working_dir="/app/dist"),
        base=BASE,
        bases=bases,  # type: ignore[arg-type]
    )


def needed(weight: Weight) -> dict[str, Need]:
    """Of each path whether it is needed."""
    return {path: weight.need_of(run, path) for run, path, _ in weight.files.with_runs()}


@pytest.mark.parametrize("case", HANDED_OUT)
def test_the_pages_of_a_web_server_are_needed(case: str) -> None:
    """And its settings; what made the pages is not. Where a server does more, nothing is told of them."""
    command, settings, folder = HANDED_OUT[case]
    needs = needed(weight_with(command, settings))
    sources = ("app/src/app.ts", "app/node_modules/m/m.js", "app/package.json")
    if not folder:
        assert {needs[path] for path in (*sources, "app/dist/index.html", "app/dist/app.js")} == {Need.UNKNOWN}
        return
    pages = [path for path in needs if path.startswith(f"{folder}/")]
    assert pages
    assert {needs[path] for path in pages} == {Need.YES}
    assert {needs[path] for path in sources} == {Need.NO}
    written = [path.lstrip("/") for path, text in settings.items() if not text.startswith("->")]
    assert {needs[path] for path in written} <= {Need.YES}
    named = any("/certs/tls.pem" in text for text in settings.values())
    assert needs["certs/tls.pem"] is (Need.YES if named else Need.UNKNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "include /etc/nginx/nginx.conf;\n" * 5000,
        '"' + '\\"' * 120_000,
        '"' + '\\"' * 120_000 + "\\",
        "'\"" * 80_000,
        "{" * 250_000,
        "root " * 50_000,
        "a;" * 120_000,
        "$" * 250_000,
    ],
)
def test_hostile_settings_are_told_nothing_of(text: str) -> None:
    """They are read once, and not for long."""
    for command, path in (
        ("nginx", "/etc/nginx/nginx.conf"),
        ("caddy run", "/app/dist/Caddyfile"),
        ("httpd-foreground", "/usr/local/apache2/conf/httpd.conf"),
    ):
        assert needed(weight_with(command, {path: text}))["app/src/app.ts"] is not Need.YES


def test_the_advice_for_the_image_of_a_web_server() -> None:
    """It stays where it is; the sources are built elsewhere."""
    command, settings, _ = HANDED_OUT["nginx, settings of its own"]
    smaller = known("tiny:1", [program("bin/caddy", 10)], command=("caddy", "run"))
    weight = weight_with(command, settings, bases=(smaller,))
    assert not weight.prediction.is_new_base
    (sources,) = [finding for finding in weight.findings if finding.kind == "site-sources"]
    assert (sources.saves_bytes, sources.category) == (1220, Category.SOURCES)
    assert "COPY --from=build" in sources.change


def test_a_server_on_a_base_with_tools_goes_to_one_of_its_own() -> None:
    """Where one is known; the tool chain of the base made the pages."""
    settings = HANDED_OUT["nginx, settings of its own"][1]
    server = known("nginx:1", [program("usr/sbin/nginx", 1000)], command=("/docker-entrypoint.sh", "nginx"))
    contents = {path.lstrip("/"): text.encode() for path, text in settings.items()} | {"usr/sbin/nginx": SERVER}
    weight = weight_of(
        [file("usr/local/lib/node_modules/npm/cli.js", 20_000_000), file("usr/local/bin/node", 80_000_000)],
        [*(holding(path, data, mode=0o755) for path, data in contents.items()), file("app/dist/index.html", 500)],
        contents=contents,
        run=RunConfig(cmd=("nginx", "-g", "daemon off;")),
        base=BASE,
        bases=(server,),
    )
    assert (weight.prediction.base_name, weight.prediction.size_bytes) == ("nginx:1", 1500)


def test_runtimes_beside_a_web_server_are_for_the_build() -> None:
    """Of an interpreter that a package brought, the server needs nothing."""
    database = b"P:nodejs\nV:22\nF:usr/bin\nR:node\n\nP:nginx\nV:1\nF:usr/sbin\nR:nginx\n\n"
    settings = HANDED_OUT["nginx, settings of its own"][1]
    contents = {path.lstrip("/"): text.encode() for path, text in settings.items()}
    contents |= {"usr/sbin/nginx": SERVER, "lib/apk/db/installed": database}
    weight = weight_of(
        [holding("usr/sbin/nginx", SERVER, mode=0o755)],
        [program("usr/bin/node", 60_000), file("app/dist/index.html", 500)]
        + [holding(path, data) for path, data in contents.items() if path != "usr/sbin/nginx"],
        contents=contents,
        run=RunConfig(cmd=("nginx",)),
        base=BASE,
    )
    assert {finding.kind: finding.size_bytes for finding in weight.findings} == {"unused-packages": 60_000}

"""A small web service that says where it runs, and what of the builder is still here."""

from __future__ import annotations

import os
import shutil
import sys

from flask import Flask, Response, jsonify

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    """A greeting, with the interpreter it comes from."""
    return f"Hello from {sys.prefix}, user {os.getuid()}\n"


@app.get("/tools")
def tools() -> Response:
    """Which build tools somebody who got in would find."""
    return jsonify({name: shutil.which(name) for name in ("gcc", "git", "apt-get", "sh", "pip")})

"""The process that starts commands: small, single-threaded, started by exec, alive as long as its sandbox object.

It exists because namespaces cannot be entered safely from a program with threads. Its modules run in an interpreter
that sees nothing of the project but this folder's files, ``defaults``, ``syscall_rules`` and ``wire``, and they import
little: each millisecond here is paid by the first RUN of a build. Nothing in it trusts the root file system it mounts.
"""

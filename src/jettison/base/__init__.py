"""Base images made from Debian packages: slim (apt and a shell) and distroless (only the closure of named packages)."""

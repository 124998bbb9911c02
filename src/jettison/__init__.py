"""Build container images without a daemon, explain every byte, ship only what runs."""

__version__ = "0.1.0"

"""Attestations: what a build says about its image, as in-toto statements (BuildKit, docs/attestations). Pure."""

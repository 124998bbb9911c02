"""The engine: drives the solver against the store, the registries and the sandbox; what commands do ends here."""

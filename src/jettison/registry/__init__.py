"""Images in registries: the distribution API (OCI distribution-spec 1.1), credentials, mirrors."""

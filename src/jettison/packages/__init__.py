"""Which packages an image holds: the databases that package managers leave behind, read out of a tree. Pure."""

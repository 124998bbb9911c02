"""The progress of a build, shown while it happens: views over ``jettison.solve.events``."""

"""Running a command inside a root file system: one interface, several rungs (ways of doing it), each tried for real.

``types`` holds the values, ``interface`` the promises, ``probe`` chooses a rung. The package knows nothing of images,
layers or Dockerfiles: it is handed directories, mounts and a command. This file imports nothing, since the launcher
process loads it too.
"""

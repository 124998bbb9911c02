"""Root file systems on disk: layers unpacked into directories that overlayfs stacks, and directories packed into
layers.
"""

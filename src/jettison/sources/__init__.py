"""Where the files of a build come from besides images: directories on this machine and URLs."""

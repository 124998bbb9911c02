"""Images in files: OCI image layouts (folders and tar archives) and docker's archives, read and written."""

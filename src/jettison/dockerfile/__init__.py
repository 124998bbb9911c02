"""From the text of a Dockerfile to the build graph that it means: text -> spans -> instructions -> definition. Pure."""

"""Values as text for people: docker's units, tables and templates. Pure: no files, no clock, no terminal."""

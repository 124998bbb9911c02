"""The command line: arguments, environment and exit codes.

Each command's module is imported when it runs, not before.
"""

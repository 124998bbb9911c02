"""The part of the project that a compiler is needed for."""

from setuptools import Extension, setup

setup(
    ext_modules=[Extension("_editdistance", ["src/_editdistance.c"], extra_compile_args=["-O2", "-Wall", "-Wextra"])],
    package_dir={"": "src"},
    py_modules=["spell"],
)

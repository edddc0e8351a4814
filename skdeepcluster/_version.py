"""The version, where packaging and saved files read it."""

__version__ = "0.1.0.dev0"

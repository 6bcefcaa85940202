"""Unreal runs this when the editor starts."""

from impasto_unreal import session

session.start()

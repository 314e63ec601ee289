"""Backups of folders to a server of one's own."""
from .archive import pack
from .upload import Store
from .plan import Plan

__all__ = ["Plan", "Store", "pack"]

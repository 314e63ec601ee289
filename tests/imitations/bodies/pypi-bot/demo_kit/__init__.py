"""A small framework for chat bots."""
from .bot import Bot
from .commands import command
from .store import Store

__all__ = ["Bot", "Store", "command"]

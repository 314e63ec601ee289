"""Small helpers for texts."""
import re

__all__ = ["slug", "title"]


def slug(text, separator="-"):
    return re.sub(r"[^a-z0-9]+", separator, text.strip().lower())


def title(text):
    return " ".join(word.capitalize() for word in text.split())

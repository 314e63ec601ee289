"""Find broken links in Markdown files."""

__version__ = "1.1.0"

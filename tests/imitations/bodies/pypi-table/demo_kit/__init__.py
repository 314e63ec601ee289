"""Tables from files of many kinds."""
from .table import Table
from .read import read

__all__ = ["Table", "read"]

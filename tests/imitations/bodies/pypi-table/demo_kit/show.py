import os
import shutil


def plain(table):
    wide = shutil.get_terminal_size().columns
    lines = ["  ".join(str(cell).ljust(12) for cell in row)[:wide] for row in [table.names, *table.rows]]
    return os.linesep.join(lines)

from . import show


class Table:
    def __init__(self, names, rows):
        self.names = names
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def column(self, name):
        at = self.names.index(name)
        return [row[at] for row in self.rows]

    def where(self, name, wanted):
        at = self.names.index(name)
        return Table(self.names, [row for row in self.rows if wanted(row[at])])

    def __str__(self):
        return show.plain(self)

import json
import os
import sqlite3


class Store:
    def __init__(self, path="bot.sqlite"):
        self.database = sqlite3.connect(os.path.expanduser(path))
        self.database.execute("CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT)")

    def set(self, name, value):
        with self.database:
            self.database.execute("REPLACE INTO kept VALUES (?, ?)", (name, json.dumps(value)))

    def get(self, name, default=None):
        row = self.database.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

import datetime
import json
import os

from .archive import pack


class Plan:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.jobs = json.load(file)

    def run(self, store):
        for job in self.jobs:
            packed = pack(os.path.expanduser(job["folder"]))
            stamp = datetime.date.today().isoformat()
            store.put(packed, f"{job['name']}-{stamp}.tar.gz")
            os.remove(packed)
            self.thin(store, job)

    def thin(self, store, job):
        names = sorted(name for name in store.names() if name.startswith(job["name"]))
        for name in names[: -job.get("keep", 7)]:
            store.drop(name)

import os

import requests


class Store:
    def __init__(self, url, token=None):
        self.url = url.rstrip("/")
        self.session = requests.Session()
        self.session.headers["authorization"] = "Bearer " + (token or os.environ.get("DEMO_STORE_TOKEN", ""))

    def put(self, path, name):
        with open(path, "rb") as data:
            answer = self.session.put(f"{self.url}/{name}", data=data, timeout=60)
        answer.raise_for_status()

    def names(self):
        return self.session.get(self.url, timeout=60).json()

    def drop(self, name):
        self.session.delete(f"{self.url}/{name}", timeout=60).raise_for_status()

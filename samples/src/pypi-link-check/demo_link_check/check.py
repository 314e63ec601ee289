"""Ask servers whether a link answers."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import requests

from .markdown import Link


@dataclass(frozen=True)
class Result:
    path: Path
    link: Link
    status: str
    broken: bool


class Checker:
    """Checks links, each address once."""

    def __init__(self, timeout: float, jobs: int):
        self.timeout = timeout
        self.jobs = jobs
        self.session = requests.Session()
        self.session.headers["User-Agent"] = "demo-link-check"

    def check_all(self, links):
        addresses = sorted({link.target for _, link in links if link.is_remote})
        with ThreadPoolExecutor(max_workers=self.jobs) as pool:
            answers = dict(zip(addresses, pool.map(self.ask, addresses)))
        return [self.result(path, link, answers) for path, link in links]

    def ask(self, address: str):
        try:
            response = self.session.head(address, allow_redirects=True, timeout=self.timeout)
            if response.status_code == 405:
                response = self.session.get(address, stream=True, timeout=self.timeout)
        except requests.RequestException as error:
            return type(error).__name__, True
        return str(response.status_code), response.status_code >= 400

    def result(self, path: Path, link: Link, answers) -> Result:
        if link.is_remote:
            status, broken = answers[link.target]
        else:
            target = path.parent / link.target.split("#")[0]
            broken = not target.exists()
            status = "missing" if broken else "found"
        return Result(path, link, status, broken)

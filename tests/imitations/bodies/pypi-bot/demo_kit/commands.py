import random

COMMANDS = {}


def command(name):
    def register(function):
        COMMANDS[name] = function
        return function

    return register


@command("roll")
def roll(text):
    return str(random.randint(1, int(text or 6)))


@command("help")
def help_text(_):
    return "\n".join(sorted(COMMANDS))

#!/usr/bin/env python3
"""Proofs that take a collection of packages and minutes, so no test runs them:

    python3 tests/proof.py mutants CEREBRO FOLDER [--count 5000] [--seed 1]
    python3 tests/proof.py load    CEREBRO FOLDER [--count 500]
    python3 tests/proof.py writes  CEREBRO FOLDER [--count 50]
    python3 tests/proof.py kills   CEREBRO FOLDER [--count 1000] [--seed 1]

CEREBRO is the program (a release build), FOLDER holds archives, in folders or not. The archives may be malware: they are
read in memory, and a mutant reaches the program as an anonymous file of memory, never as one of the disk.

mutants: archives with bytes flipped, cut off or spliced with another, before and behind their compression; of a password
    zip the archive inside. Each is an answer (status 0, 1 or 3) or an error that names a reason (2), within 5 s of
    processor time and 512 MB.
load: two scans of the same archives, one beside four busy loops, are equal in every field but the times.
writes: under strace, what reads packages opens nothing for writing, makes and removes nothing, starts nothing but its own
    workers and connects nowhere; only a ledger's own folder may be written to.
kills: kill -9 at random moments. Half of them hit workers of scans, which go on: each package has its answer or the
    error that says so. A quarter hits workers of a workbench in a terminal, which goes on and ends as it is told to; a
    quarter the workbench itself. Whatever label it had confirmed on the screen stands in the ledger, whose chain holds.
"""
import argparse
import bz2
import fcntl
import gzip
import hashlib
import io
import json
import lzma
import os
import pty
import random
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import zipfile
import zlib

ENDINGS = (".tgz", ".gz", ".bz2", ".xz", ".zip", ".whl", ".egg", ".tar")
PASSWORD = b"infected"
SECONDS, MEGABYTES = 5.0, 512


def archives(folder):
    """Every archive below a folder, in a fixed order."""
    found = [os.path.join(top, name) for top, _, names in os.walk(folder) for name in names]
    return sorted(path for path in found if path.endswith(ENDINGS))


def aes_member(raw, info):
    """The content of an AES member of a zip (WinZip's AE-1 and AE-2); openssl does the blocks."""
    name, extra = struct.unpack("<HH", raw[info.header_offset + 26 : info.header_offset + 30])
    start = info.header_offset + 30 + name + extra
    data = raw[start : start + info.compress_size]
    at = info.extra.index(b"\x01\x99")
    strength, method = struct.unpack("<BH", info.extra[at + 8 : at + 11])
    length = {1: 16, 2: 24, 3: 32}[strength]
    keys = hashlib.pbkdf2_hmac("sha1", PASSWORD, data[: length // 2], 1000, 2 * length + 2)
    packed = data[length // 2 + 2 : -10]
    blocks = b"".join(n.to_bytes(16, "little") for n in range(1, len(packed) // 16 + 2))
    command = ["openssl", "enc", f"-aes-{length * 8}-ecb", "-nopad", "-K", keys[:length].hex()]
    stream = subprocess.run(command, input=blocks, capture_output=True, check=True).stdout[: len(packed)]
    plain = (int.from_bytes(packed, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(packed), "big")
    return zlib.decompress(plain, -15) if method == 8 else plain


def archive(path):
    """An archive's bytes; of a password zip those of the archive inside."""
    with open(path, "rb") as file:
        raw = file.read()
    if path.endswith(".zip"):
        members = zipfile.ZipFile(io.BytesIO(raw)).infolist()
        if len(members) == 1 and members[0].flag_bits & 1:
            if members[0].compress_type == 99:
                return aes_member(raw, members[0])
            return zipfile.ZipFile(io.BytesIO(raw)).read(members[0], PASSWORD)
    return raw


def unpacked(raw):
    """What a compressed tar holds, and how to pack it again; itself where it is something else."""
    for magic, unpack, pack in (
        (b"\x1f\x8b", gzip.decompress, lambda plain: gzip.compress(plain, 1)),
        (b"BZh", bz2.decompress, bz2.compress),
        (b"\xfd7zXZ", lzma.decompress, lzma.compress),
    ):
        if raw.startswith(magic):
            return unpack(raw), pack
    return raw, lambda plain: plain


def flipped(data, chance):
    """With one to sixteen bytes changed: anywhere, near the beginning, or near the end, where a zip has its directory."""
    data = bytearray(data)
    low, high = chance.choice([(0, len(data)), (0, min(2048, len(data))), (max(0, len(data) - 2048), len(data))])
    for _ in range(chance.choice([1, 1, 2, 4, 16])):
        data[chance.randrange(low, high)] = chance.randrange(256)
    return bytes(data)


def mutant(first, second, chance):
    """What becomes of an archive, and how."""
    inside = chance.random() < 0.6
    plain, pack = unpacked(first) if inside else (first, lambda data: data)
    kind = chance.choice(["flip", "flip", "cut", "splice"])
    if kind == "flip":
        plain = flipped(plain, chance)
    elif kind == "cut":
        plain = plain[: chance.randrange(len(plain))]
    else:
        other = unpacked(second)[0] if inside else second
        # At blocks of a tar half of the time.
        step = chance.choice([1, 512])
        here, there = (chance.randrange(0, len(data), step) for data in (plain, other))
        plain = plain[:here] + other[there:]
    return pack(plain), kind + (" inside" if inside else "")


def scan(program, data, folder):
    """Scans bytes that lie in memory: status, answer, what was said, seconds of processor time, megabytes."""
    memory = os.memfd_create("archive")
    os.write(memory, data)
    command = [program, "scan", f"/proc/self/fd/{memory}", "--format", "jsonl", "--device", "cpu", "--sandbox", "require"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[memory], env=surroundings(folder)
    )
    out, said = process.stdout.read(), process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    os.close(memory)
    return process.returncode, out, said, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def surroundings(folder):
    """The environment of a user who has nothing, and the model of the checkout."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    model = os.environ.get("CEREBRO_MODEL", os.path.join(here, "models", "cerebro"))
    return {"HOME": folder, "XDG_DATA_HOME": folder, "XDG_STATE_HOME": folder, "CEREBRO_MODEL": model, "PATH": os.environ["PATH"]}


def fault(status, out, said, seconds, megabytes):
    """What is wrong with an answer, if anything is."""
    try:
        answer = json.loads(out)
    except ValueError:
        return f"no answer, status {status}: {said[:300]!r}"
    error = answer.get("error")
    named = error is not None and (
        "the process that read it" not in error or re.search(r"needed more than|nested deeper", error)
    )
    if status not in (0, 1, 2, 3) or (status == 2 and not named):
        return f"status {status}: {error or said[:300]!r}"
    # A walk that a budget cut short has its reason as well.
    cut = any(skip["kind"] == "walk" for skip in answer.get("skipped", []))
    if error is None and not cut and (seconds > SECONDS or megabytes > MEGABYTES):
        return f"{seconds:.1f} s, {megabytes:.0f} MB"
    return None


def mutants(program, folder, count, seed, home):
    chance = random.Random(seed)
    paths, wrong, kinds, dearest = archives(folder), [], {}, (0.0, 0.0)
    states = {}
    for number in range(count):
        names = chance.sample(paths, 2)
        data, kind = mutant(*(archive(name) for name in names), chance)
        result = scan(program, data, home)
        kinds[kind] = kinds.get(kind, 0) + 1
        states[result[0]] = states.get(result[0], 0) + 1
        dearest = (max(dearest[0], result[3]), max(dearest[1], result[4]))
        if what := fault(*result):
            wrong.append(number)
            print(f"{number} ({kind} of {os.path.basename(names[0])}, {len(data)} bytes): {what}", flush=True)
        if number % 500 == 499:
            print(f"{number + 1} mutants, {len(wrong)} wrong, status {states}", file=sys.stderr, flush=True)
    print(f"{count} mutants of {len(paths)} archives, seed {seed}: {kinds}; status {states}; at most {dearest[0]:.1f} s and {dearest[1]:.0f} MB; {len(wrong)} wrong")
    return not wrong


def rows(program, paths, home):
    """What a scan says of each archive, without the times."""
    command = [program, "scan", "--format", "jsonl", "--device", "cpu", "--jobs", "1", *paths]
    process = subprocess.run(command, capture_output=True, env=surroundings(home), check=False)
    said = [json.loads(line) for line in process.stdout.splitlines()]
    if len(said) != len(paths):
        sys.exit(f"{len(said)} answers for {len(paths)} archives: {process.stderr[-500:].decode()}")
    for row in said:
        row.pop("timing_ms", None)
    return said


def load(program, folder, count, home):
    paths = archives(folder)
    paths = random.Random(1).sample(paths, min(count, len(paths)))
    quiet = rows(program, paths, home)
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        loaded = rows(program, paths, home)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    other = [path for path, one, two in zip(paths, quiet, loaded, strict=True) if one != two]
    for path in other:
        print(f"differs: {os.path.basename(path)}")
    print(f"{len(quiet)} archives scanned twice, once beside four busy loops: {len(other)} differ")
    return not other


# What would change a file, start a program or reach another machine.
ACTS = "trace=open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,symlink,symlinkat,truncate,chmod,fchmodat,chown,execve,execveat,socket,connect,bind,sendto"


def writes(program, folder, count, home):
    paths = archives(folder)
    paths = random.Random(2).sample(paths, min(count, len(paths)))
    ledger, log = os.path.join(home, "ledger", "ledger.sqlite"), os.path.join(home, "trace")
    os.mkdir(os.path.dirname(ledger))
    wrong, calls = [], 0
    runs = [["scan", *paths, "--jobs", "1", "--device", "cpu"], ["diff", *paths[:2]]]
    runs += [["sequence", path, "--format", "json"] for path in paths[:3]] + [["explain", paths[0], "--device", "cpu"]]
    for arguments in runs:
        command = ["strace", "-f", "-qq", "-s", "300", "-e", ACTS, "-o", log, program, *arguments, "--ledger", ledger]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=surroundings(home), check=False)
        with open(log, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                calls += 1
                if not harmless(line, program, os.path.dirname(ledger)):
                    wrong.append(f"{arguments[0]}: {line.strip()}")
    for line in wrong[:40]:
        print(line)
    print(f"{len(paths)} archives, {len(runs)} commands, {calls} calls looked at: {len(wrong)} write, start or connect")
    return calls > 0 and not wrong


def harmless(line, program, ledger):
    call = re.match(r"\d+ +(?:<\.\.\. )?(\w+)", line)
    if call is None or " = -1 " in line or "resumed>" in line:
        return True
    name, named = call[1], re.findall(r'"([^"]*)"', line)
    if name in ("open", "openat", "openat2"):
        if not re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND", line):
            return True
        return any(path == "/dev/null" or path.startswith(ledger) for path in named)
    if name in ("execve", "execveat"):
        # Itself, as strace starts it and as it starts its workers.
        return named[0] in (program, os.path.abspath(program), "/proc/self/exe")
    if name == "socket":
        return "AF_UNIX" in line
    if name in ("connect", "bind", "sendto"):
        return False
    return bool(named) and all(path.startswith(ledger) for path in named)


def children(of):
    """The processes that a process has begun and that run."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                state, parent = stat.read().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue
        if parent == str(of) and state != "Z":
            found.append(int(name))
    return found


def shoot(chance, pids):
    """Kills one of some processes; whether there was one."""
    try:
        os.kill(chance.choice(pids), signal.SIGKILL)
    except (IndexError, ProcessLookupError):
        return False
    return True


def killed_scans(program, paths, count, chance, home):
    """Scans whose workers are killed; what is wrong with their answers, and how many packages were lost."""
    whole = {row["path"]: row for row in rows(program, paths, home)}
    wrong, shots, lost = [], 0, 0
    while shots < count:
        order = chance.sample(paths, len(paths))
        command = [program, "scan", "--format", "jsonl", "--device", "cpu", "--jobs", "2", *order]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=surroundings(home))
        said = []
        reader = threading.Thread(target=lambda of, to: to.extend(of.stdout), args=(process, said))
        reader.start()
        while process.poll() is None and shots < count:
            time.sleep(chance.uniform(0, 0.3))
            shots += shoot(chance, children(process.pid))
        reader.join()
        if process.wait() not in (0, 1, 2, 3):
            wrong.append(f"a scan ended with {process.returncode}")
        answers = [json.loads(line) for line in said]
        if sorted(row["path"] for row in answers) != sorted(paths):
            wrong.append(f"{len(answers)} answers for {len(paths)} packages")
        for row in answers:
            row.pop("timing_ms", None)
            if "was ended by signal 9" in (row["error"] or ""):
                lost += 1
            elif row != whole[row["path"]]:
                wrong.append(f"another answer: {os.path.basename(row['path'])}: {row['error']}")
    return wrong, shots, lost


class Workbench:
    """The workbench on a package, in a terminal of 30 lines; `screen` holds what that shows."""

    ROWS, COLUMNS = 30, 130
    KEYS = {"m": "malicious", "b": "benign", "s": "suspicious"}

    def __init__(self, program, path, ledger, home):
        self.screen = [[" "] * self.COLUMNS for _ in range(self.ROWS)]
        self.at, self.rest, self.confirmed, self.status = [0, 0], "", [], None
        self.pid, self.line = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", self.ROWS, self.COLUMNS, 0, 0))
            know = surroundings(home) | {"TERM": "xterm-256color", "CEREBRO_LEDGER": ledger, "CEREBRO_CONFIG": home}
            os.execve(program, [program, path, "--device", "cpu"], know)

    def read(self, seconds):
        """Takes in what comes for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and select.select([self.line], [], [], left)[0]:
            try:
                data = os.read(self.line, 65536)
            except OSError:
                return
            self.show(self.rest + data.decode("utf-8", "replace"))

    def show(self, text):
        """Puts what a program of this kind writes on the screen: text, and where it goes."""
        part = re.compile(r"\x1b\[([0-9;?<>=]*)([ -/]*[@-~])|\x1b[\]P_^][^\x07\x1b]*(?:\x07|\x1b\\\\)|\x1b[()][A-Z0-9]|\x1b[^\[\]P_^()]|[^\x1b]")
        done = 0
        for found in part.finditer(text):
            if found.start() != done:
                break
            done = found.end()
            if found[2] == "H":
                numbers = [int(number) - 1 for number in (found[1] or "1;1").split(";")]
                self.at = [numbers[0], numbers[-1]]
            elif found[2] == "J":
                self.screen = [[" "] * self.COLUMNS for _ in range(self.ROWS)]
            elif len(found[0]) == 1 and found[0] >= " ":
                if self.at[0] < self.ROWS and self.at[1] < self.COLUMNS:
                    self.screen[self.at[0]][self.at[1]] = found[0]
                self.at[1] += 1
        self.rest = text[done:]

    def shows(self, text):
        return any(text in "".join(row) for row in self.screen)

    def press(self, key):
        try:
            os.write(self.line, key.encode())
        except OSError:
            pass

    def alive(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is None

    def label(self, key, patience=0.0):
        """Labels the package and notes the label once the screen confirms it."""
        self.press(key)
        end = time.monotonic() + patience
        while True:
            self.read(0.02)
            if self.shows(f"Recorded: {self.KEYS[key]}."):
                self.confirmed.append(self.KEYS[key])
                return True
            if time.monotonic() >= end or not self.alive():
                return False

    def end(self):
        """Leaves it, and says with which status it ended; `None` where it had to be killed."""
        end = time.monotonic() + 20
        while self.alive() and time.monotonic() < end:
            self.press("q")
            self.read(0.2)
        if self.alive():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.status = -signal.SIGKILL
            return None
        return self.status


def recorded(program, ledger, home):
    """The labels in a ledger, oldest first; `None` where its chain is broken."""
    if not os.path.exists(ledger):
        return []
    command = [program, "ledger", "verify", "--ledger", ledger]
    if subprocess.run(command, capture_output=True, env=surroundings(home), check=False).returncode != 0:
        return None
    command = [program, "ledger", "log", "--format", "jsonl", "--ledger", ledger]
    log = subprocess.run(command, capture_output=True, env=surroundings(home), check=True).stdout
    labels = (find(json.loads(line), "label") for line in log.splitlines())
    return [label.split("_")[0] for label in labels if label]


def find(event, key):
    """The first text under a key, however deep."""
    if isinstance(event, dict):
        if isinstance(event.get(key), str):
            return event[key]
        event = list(event.values())
    return next(filter(None, (find(one, key) for one in event)), None) if isinstance(event, list) else None


def holds(confirmed, labels):
    """Whether all that was confirmed stands in the ledger, in order."""
    labels = iter(labels)
    return all(label in labels for label in confirmed)


def killed_workbenches(program, paths, count, chance, home, itself):
    """Workbenches that are killed, or whose workers are; what is wrong, and how many labels were confirmed."""
    wrong, shots, confirmed = [], 0, 0
    while shots < count:
        ledger = os.path.join(home, f"ledger-{itself}-{shots}", "ledger.sqlite")
        os.makedirs(os.path.dirname(ledger), exist_ok=True)
        bench = Workbench(program, chance.choice(paths), ledger, home)
        # Labels are given from before the package is read until long after.
        moment = time.monotonic() + chance.uniform(0, 3)
        keys = [chance.choice("mbs")]
        left = 1 if itself else chance.randint(1, 12)
        while bench.alive() and left > 0:
            if bench.label(keys[-1]):
                # What is confirmed next is told from this.
                keys.append(chance.choice([key for key in "mbs" if key != keys[-1]]))
            bench.press(chance.choice(["j", "k", "\t", "n", "1", "c"]))
            if time.monotonic() < moment:
                continue
            if itself:
                shots += shoot(chance, [bench.pid])
                left = 0
            elif shoot(chance, children(bench.pid)):
                shots, left = shots + 1, left - 1
            elif not children(bench.pid):
                left = 0
            moment = time.monotonic() + chance.uniform(0, 0.3)
        if itself:
            bench.read(0.05)
            os.waitpid(bench.pid, 0) if bench.alive() else None
        # One that could not read the package it was begun on ends with the reason; there was nothing to label.
        elif (status := bench.end()) != 0 and (status != 2 or bench.confirmed):
            wrong.append(f"the workbench ended with {status}")
        os.close(bench.line)
        labels = recorded(program, ledger, home)
        if labels is None or not holds(bench.confirmed, labels):
            wrong.append(f"confirmed {bench.confirmed}, recorded {labels}")
        confirmed += len(bench.confirmed)
    return wrong, shots, confirmed


def kills(program, folder, count, seed, home):
    chance = random.Random(seed)
    paths = archives(folder)
    paths = chance.sample(paths, min(100, len(paths)))
    scans, shots, lost = killed_scans(program, paths, count // 2, chance, home)
    print(f"{shots} workers of scans killed, {lost} packages lost to that: {len(scans)} wrong", flush=True)
    wrong = scans
    for itself, what in ((False, "workers of workbenches"), (True, "workbenches")):
        found, shots, confirmed = killed_workbenches(program, paths, count // 4, chance, home, itself)
        print(f"{shots} {what} killed, {confirmed} labels confirmed: {len(found)} wrong", flush=True)
        wrong += found
    for line in wrong[:40]:
        print(line)
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("proof", choices=["mutants", "load", "writes", "kills"])
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    program = os.path.abspath(given.program)
    with tempfile.TemporaryDirectory() as home:
        proofs = {
            "mutants": lambda: mutants(program, given.folder, given.count or 5000, given.seed, home),
            "load": lambda: load(program, given.folder, given.count or 500, home),
            "writes": lambda: writes(program, given.folder, given.count or 50, home),
            "kills": lambda: kills(program, given.folder, given.count or 1000, given.seed, home),
        }
        held = proofs[given.proof]()
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()

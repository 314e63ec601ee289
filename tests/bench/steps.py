"""Tells what two builds make of the same packages: steps lost and gained by file, line and feature, and processor time.

    steps.py OLD NEW LIST [--exact] [--most N] [--save RESULT]

OLD and NEW are binaries, or results that --save wrote before; LIST names an archive in each line. With --exact the whole of
both documents is compared: order, details, layers, what the model reads, what was skipped. The packages are read one after the
other, by one thread and in memory only. Fails where a step was lost or, with --exact, anything differs.
"""

import argparse
import collections
import json
import os
import resource
import subprocess
import sys

ENVIRONMENT = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "RAYON_NUM_THREADS": "1", "CEREBRO_SANDBOX": "off"}


def read(binary, archive):
    """The sequence of a package, and the seconds of processor time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run([binary, "sequence", "--format", "json", archive], capture_output=True, env=ENVIRONMENT, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    try:
        document = json.loads(run.stdout)
    except ValueError:
        document = {"steps": [], "error": run.stderr.decode(errors="replace")[:500]}
    kept = {name: document.get(name) for name in ("steps", "layers", "text", "skipped", "error")}
    return {"seconds": seconds, "document": kept}


def results(binary, archives):
    """What a build makes of each package, or made of it before."""
    if binary.endswith(".json"):
        with open(binary, encoding="utf-8") as file:
            return json.load(file)
    return {archive: read(binary, archive) for archive in archives}


def place(step):
    """Where a step is: file, line and feature, and whether in a layer."""
    return (step["file"], step["line"], step["feature"], step["layer"] is not None)


def places(result):
    return {place(step) for step in result["document"]["steps"]}


def missing(one, other):
    """Places of one result that the other lacks; a step that the other counts with an equal one before it is there."""
    def words(step):
        return (step["file"], step["feature"], step["detail"])

    counted = {words(step) for step in other["document"]["steps"] if step["count"] > 1}
    found = {place(step): step["detail"] for step in one["document"]["steps"] if words(step) not in counted}
    return {at: detail for at, detail in found.items() if at not in places(other)}


def share(seconds, part):
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * part))]


def spread(name, seconds):
    mean = sum(seconds) / len(seconds)
    print(f"{name}: mean {mean:.3f}  p50 {share(seconds, .5):.3f}  p99 {share(seconds, .99):.3f}  max {max(seconds):.3f}")


parser = argparse.ArgumentParser()
parser.add_argument("old")
parser.add_argument("new")
parser.add_argument("list")
parser.add_argument("--exact", action="store_true")
parser.add_argument("--most", type=int, default=10)
parser.add_argument("--save")
arguments = parser.parse_args()

with open(arguments.list, encoding="utf-8") as file:
    archives = file.read().split()
old = results(arguments.old, archives)
new = results(arguments.new, archives)
if arguments.save:
    with open(arguments.save, "w", encoding="utf-8") as file:
        json.dump(new, file)
archives = [archive for archive in archives if archive in old and archive in new]
lost, gained, differ = collections.Counter(), collections.Counter(), 0
for archive in archives:
    gone, come = missing(old[archive], new[archive]), missing(new[archive], old[archive])
    differs = old[archive]["document"] != new[archive]["document"]
    differ += differs
    lost.update(at[2] for at in gone)
    gained.update(at[2] for at in come)
    if gone or arguments.exact and differs:
        print(os.path.basename(archive), "" if gone or come else "differs in more than places")
        for sign, found in (("-", gone), ("+", come)):
            for at in sorted(found)[: arguments.most]:
                path, line, feature, layer = at
                print(f"  {sign} {feature:<4} {path}:{line}{' in a layer' if layer else ''}  {found[at]}")
print(f"{len(archives)} packages, {differ} differ; steps lost {sum(lost.values())} {dict(lost)}, gained {sum(gained.values())} {dict(gained)}")
for name, result in (("old", old), ("new", new)):
    spread(name, [result[archive]["seconds"] for archive in archives])
grown = sorted(archives, key=lambda archive: old[archive]["seconds"] - new[archive]["seconds"])
for archive in grown[: arguments.most]:
    print(f"{old[archive]['seconds']:8.2f} s -> {new[archive]['seconds']:.2f} s  {os.path.basename(archive)}")
sys.exit(1 if lost or arguments.exact and differ else 0)

"""Holds Casemate's pickle machine against CPython, for as long as it is told to.

    cargo build --package casemate-scan --example pickle_differential
    python3 crates/scan/tests/differential/drive.py --minutes 30 --seed 1

A stream on which they differ is made as small as it can be and added to `seeds.jsonl`, which a plain `cargo test` replays.
`--gather N` looks through N streams for those that end otherwise than all seeds, and adds them too. `--views N` writes what CPython makes of N streams instead, for that test; `--renew` asks CPython about the seeds again.
"""

import argparse
import collections
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import threading
import time

import oracle
from streams import streams

HERE = pathlib.Path(__file__).resolve().parent
SEEDS = HERE / "seeds.jsonl"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parents[3] / "target"))
PROGRAM = TARGET / "debug/examples/pickle_differential"
BATCH = 200
LONGEST_SEED = 120
# More than a pickle of the comparison needs, and less than one that lies about a length asks for.
MEMORY = 1 << 30


def view(stream):
    """What CPython makes of a stream; none if that takes too long."""
    signal.setitimer(signal.ITIMER_REAL, 5)
    try:
        return oracle.view(stream)
    except TimeoutError:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def give_up(*_):
    raise TimeoutError


class Machine:
    """Casemate's side, as a process that answers line by line."""

    def __init__(self, program):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([program], stdin=pipe, stdout=pipe, text=True, encoding="utf-8")

    def differences(self, views):
        text = "".join(json.dumps(view) + "\n" for view in views)
        writer = threading.Thread(target=lambda: (self.process.stdin.write(text), self.process.stdin.flush()))
        writer.start()
        answers = [self.process.stdout.readline() for _ in views]
        writer.join()
        if not all(answers):
            raise SystemExit("the other side ended")
        return [answer.strip() for answer in answers]

    def difference(self, stream):
        asked = view(stream)
        return self.differences([asked])[0] if asked else ""


def smallest(machine, stream):
    """A part of a stream on which they still differ."""
    size = max(len(stream) // 2, 1)
    while size:
        at = 0
        while at < len(stream):
            shorter = stream[:at] + stream[at + size :]
            if machine.difference(shorter):
                stream = shorter
            else:
                at += size
        size //= 2
    return stream


def stored():
    return [json.loads(line) for line in SEEDS.read_text().splitlines()] if SEEDS.exists() else []


def store(views):
    SEEDS.write_text("".join(json.dumps(view, separators=(",", ":")) + "\n" for view in views))


def known(seeds):
    """What streams are made of, beside what is made up: the seeds, and the pickles among the cases of the scanner."""
    cases = sorted(HERE.parents[1].glob("fixtures/*/*pickle*/*"))
    cases = [case.read_bytes() for case in cases if case.is_file() and case.stat().st_size < 4096]
    return [bytes.fromhex(view["stream"]) for view in seeds] + cases


def gather(arguments):
    seeds = stored()
    source, seen = streams(arguments.seed, known(seeds)), {shows(view) for view in seeds}
    for _ in range(arguments.gather):
        stream = next(source)
        found = view(stream) if len(stream) <= LONGEST_SEED else None
        if found and shows(found) not in seen:
            seen.add(shows(found))
            seeds.append(found)
    store(seeds)


def shows(view):
    """How a stream ends, and what came before."""
    opcodes = [opcode.split(":") for opcode in view["opcodes"].split()]
    before = [name for at, name in opcodes if int(at) <= view["at"]]
    return view["ran"], view["read"], view["loads"], bool(view["globals"]), *before[-1:]


def compare(arguments):
    machine, seeds = Machine(arguments.program), stored()
    source = streams(arguments.seed, known(seeds))
    began, count, size, late, ends, found = time.monotonic(), 0, 0, 0, collections.Counter(), 0
    told = began
    while time.monotonic() - began < arguments.minutes * 60 and found < 20:
        views = [view(next(source)) for _ in range(BATCH)]
        late += views.count(None)
        views = [view for view in views if view]
        for asked, difference in zip(views, machine.differences(views)):
            count, size = count + 1, size + len(asked["stream"]) // 2
            ends[asked["ran"]] += 1
            if difference:
                found += 1
                stream = smallest(machine, bytes.fromhex(asked["stream"]))
                print(f"differ: {stream!r}\n  {machine.difference(stream)}", flush=True)
                seeds.append(view(stream))
                store(seeds)
        if time.monotonic() - told > 60:
            told = time.monotonic()
            print(f"{told - began:.0f} s: {count} streams, {found} differ", flush=True)
    took = time.monotonic() - began
    print(f"seed {arguments.seed}: {count} streams of {size} bytes in {took:.0f} s, {found} differ, {late} took too long")
    print("CPython ended:", ", ".join(f"{kind} {number}" for kind, number in ends.most_common()))
    return found > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", default=PROGRAM)
    parser.add_argument("--views", type=int, help="write views of so many streams to standard output, and compare nothing")
    parser.add_argument("--gather", type=int, help="look through so many streams for new seeds, and compare nothing")
    parser.add_argument("--renew", action="store_true", help="ask CPython about the seeds again, and compare nothing")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, give_up)
    if arguments.renew:
        store([view(bytes.fromhex(seed["stream"])) for seed in stored()])
    elif arguments.gather:
        gather(arguments)
    elif arguments.views:
        source = streams(arguments.seed)
        for asked in filter(None, (view(next(source)) for _ in range(arguments.views))):
            print(json.dumps(asked, separators=(",", ":")))
    else:
        return compare(arguments)


if __name__ == "__main__":
    sys.exit(main())

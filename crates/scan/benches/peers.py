"""What a scan costs as a whole process, beside picklescan and modelscan, in the same run.

    cargo build --release -p casemate
    python3 crates/scan/benches/peers.py [--work DIR] [--no-peers] [--runs N]

It makes the inputs (2.5 GB) once in DIR, installs the peers from PyPI into a virtual environment there, and prints CPU
seconds (user and system), wall seconds and peak memory of each, as the median of the runs, warm cache. It exits with 1 if
a bound of Casemate's own is missed. Nothing that is scanned is ever loaded.
"""

import argparse
import json
import os
import pathlib
import pickle
import statistics
import struct
import subprocess
import sys
import time
import venv
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
PEERS = {"picklescan": "picklescan==1.0.5", "modelscan": "modelscan==0.8.8"}


def many_small(folder):
    """2,000 pickles of small NumPy arrays, as protocol 4 writes them."""
    folder.mkdir()
    body = (
        b"\x8c\x15numpy.core.multiarray\x94\x8c\x0c_reconstruct\x94\x93\x94\x8c\x05numpy\x94\x8c\x07ndarray\x94\x93\x94"
        b"K\x00\x85\x94C\x01b\x94\x87\x94R\x94(K\x01K\x40\x85\x94h\x03\x8c\x05dtype\x94\x93\x94\x8c\x02f8\x94\x89\x88\x87\x94R\x94"
        b"(K\x03\x8c\x01<\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94b\x89B\x00\x02\x00\x00" + bytes(512) + b"\x94t\x94b."
    )
    data = b"\x80\x04\x95" + struct.pack("<Q", len(body)) + body
    for number in range(2000):
        (folder / f"{number}.pkl").write_bytes(data)


def torch_zip(path):
    """A state dict of 40 tensors of 25 MB each, stored, as torch.save writes it."""
    parts = [b"\x80\x02ccollections\nOrderedDict\n)R("]
    for number in range(40):
        name = f"layer{number}.weight".encode()
        key = str(number).encode()
        parts += [
            b"X", struct.pack("<I", len(name)), name,
            b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n",
            b"X", struct.pack("<I", len(key)), key, b"X\x03\x00\x00\x00cpu",
            b"J", struct.pack("<i", 6_250_000), b"tQK\x00J", struct.pack("<i", 6_250_000), b"\x85K\x01\x85\x89)RtR",
        ]
    pickled = b"".join(parts).replace(b"\x89)RtR", b"\x89ccollections\nOrderedDict\n)RtR") + b"u."
    chunk = os.urandom(1 << 20)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", pickled)
        for number in range(40):
            with archive.open(f"model/data/{number}", "w", force_zip64=True) as member:
                for _ in range(25):
                    member.write(chunk[:1_000_000])
        archive.writestr("model/version", b"3\n")


def safetensors(path):
    header, at = {}, 0
    for number in range(40):
        header[f"layer{number}"] = {"dtype": "F32", "shape": [6_250_000], "data_offsets": [at, at + 25_000_000]}
        at += 25_000_000
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    chunk = os.urandom(1 << 20)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _ in range(1000):
            file.write(chunk[:1_000_000])


def million_tuples(path):
    path.write_bytes(pickle.dumps([(number, str(number), number * 0.5) for number in range(1_000_000)], 4))


def one_array(path):
    """A NumPy array of 500 MB in one pickle."""
    size = 500_000_000
    head = (
        b"\x80\x04\x8c\x15numpy.core.multiarray\x94\x8c\x0c_reconstruct\x94\x93\x94\x8c\x05numpy\x94\x8c\x07ndarray\x94\x93\x94"
        b"K\x00\x85\x94C\x01b\x94\x87\x94R\x94(K\x01J" + struct.pack("<i", size // 8) + b"\x85\x94h\x03\x8c\x05dtype\x94\x93\x94"
        b"\x8c\x02f8\x94\x89\x88\x87\x94R\x94(K\x03\x8c\x01<\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94b\x89B" + struct.pack("<I", size)
    )
    chunk = os.urandom(1 << 20)
    with open(path, "wb") as file:
        file.write(head)
        for _ in range(500):
            file.write(chunk[:1_000_000])
        file.write(b"\x94t\x94b.")


def text(path):
    """Words and numbers without any secret: what the pass over content reads."""
    line = ("the quick brown fox jumps over the lazy dog 0123456789 " * 18 + "\n").encode()
    with open(path, "wb") as file:
        block = line * 1000
        while file.tell() < 500_000_000:
            file.write(block)


CASES = [
    # name, maker, bound on CPU seconds, bound on wall seconds, peers that read it
    ("2000-small-pickles", many_small, 0.5, None, ("picklescan", "modelscan")),
    ("torch-zip-1gb.pt", torch_zip, None, 0.020, ("picklescan", "modelscan")),
    ("safetensors-1gb.safetensors", safetensors, None, 0.020, ("picklescan", "modelscan")),
    ("million-tuples.pkl", million_tuples, None, 0.5, ("modelscan",)),
    ("one-array-500mb.pkl", one_array, None, 0.3, ("picklescan", "modelscan")),
    ("text-500mb.txt", text, None, 0.5, ()),
]
MOST_MEMORY = 64_000


def cost(command):
    """CPU seconds, wall seconds, peak KiB and exit code of one run."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss, process.returncode


def median(command, runs):
    results = [cost(command) for _ in range(runs)]
    return [statistics.median(result[column] for result in results) for column in range(4)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("/tmp/casemate-bench"))
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    work = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    binary = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "casemate"
    if not binary.exists():
        sys.exit(f"{binary} is not there: cargo build --release -p casemate")
    tools = work / "venv"
    if not arguments.no_peers and not tools.exists():
        venv.create(tools, with_pip=True)
        subprocess.check_call([tools / "bin/pip", "install", "--quiet", *PEERS.values()])
    missed = False
    print(f"{'input':30} {'tool':12} {'cpu s':>8} {'wall s':>8} {'MB':>6} {'code':>4}  ratio of cpu")
    for name, make, most_cpu, most_wall, peers in CASES:
        path = work / name
        if not path.exists():
            make(path)
        command = [binary, "scan", path, "--format", "json", "--output", work / "report.json"]
        subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cpu, wall, memory, code = median(command, arguments.runs)
        report = json.loads((work / "report.json").read_text())
        verdict = report["summary"]["verdict"]
        late = most_cpu is not None and cpu > most_cpu or most_wall is not None and wall > most_wall
        wrong = verdict != "clean" or memory > MOST_MEMORY
        missed = missed or late or wrong
        note = "MISSED" if late or wrong else "ok"
        print(f"{name:30} {'casemate':12} {cpu:8.3f} {wall:8.3f} {memory / 1000:6.1f} {code:4.0f}  {verdict}, {note}")
        for peer in () if arguments.no_peers else peers:
            command = {
                "picklescan": [tools / "bin/picklescan", "--path", path],
                "modelscan": [tools / "bin/modelscan", "--path", path],
            }[peer]
            other, wall, memory, code = median(command, min(arguments.runs, 2))
            print(f"{'':30} {peer:12} {other:8.3f} {wall:8.3f} {memory / 1000:6.1f} {code:4.0f}  {other / max(cpu, 1e-3):.1f} times casemate's")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()

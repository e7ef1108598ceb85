"""What signing and verifying cost as whole processes, beside openssl and the Python implementation, in the same run.

    cargo build --release -p casemate
    python3 crates/sign/benches/peers.py [--work DIR] [--no-peers] [--runs N]

It makes the inputs (1.5 GB, and a sparse file of 10 GB) once in DIR, installs model-signing from PyPI into a virtual environment
there, and prints CPU seconds (user, system), wall seconds and peak memory, as the median of the runs, warm cache. It exits
with 1 if a bound of Casemate's own is missed: a start in 10 ms, hashing on one core within 10 % of what `openssl speed` says of
SHA-256, and 64 MB.
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parents[3]
CASEMATE = os.environ.get("CASEMATE", ROOT / "target/release/casemate")


def cost(command, runs, cores=None):
    """The median cost of a command: user, system and wall seconds, and peak memory in MB."""
    if cores is not None:
        command = ["taskset", "-c", cores, *command]
    samples = []
    for _ in range(runs):
        start = time.perf_counter()
        child = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        if status != 0:
            sys.exit(f"{command}: {child.stderr.read().decode()}")
        samples.append((usage.ru_utime, usage.ru_stime, wall, usage.ru_maxrss / 1024))
    return [statistics.median(column) for column in zip(*samples)]


def openssl_rate():
    """GB per second that openssl hashes from memory, in pieces of 16 KiB, on one core."""
    command = ["taskset", "-c", "0", "openssl", "speed", "-elapsed", "-seconds", "3", "-bytes", "16384", "-evp", "sha256"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(re.findall(r"([\d.]+)k", text)[-1]) / 1e6


def show(name, user, system, wall, memory, size=None):
    rate = f"{size / (user + system):6.2f} GB/s per core, {size / user:5.2f} without the system's copying" if size else ""
    print(f"{name:<44} {user:6.3f} + {system:6.3f} s CPU  {wall:6.3f} s  {memory:6.1f} MB  {rate}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("/var/tmp/casemate-sign-bench"))
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    work = args.work
    work.mkdir(parents=True, exist_ok=True)
    key, public = work / "key.pem", work / "key.pub"
    if not public.exists():
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], check=True)
        subprocess.run(["openssl", "ec", "-in", key, "-pubout", "-out", public], check=True, capture_output=True)
    small, model, one, huge = (work / name for name in ("small", "model", "one", "huge"))
    for folder in (small, model, one, huge):
        folder.mkdir(exist_ok=True)
    (small / "config.json").write_text("{}\n")
    for path in [model / f"{number}.bin" for number in range(3)] + [one / "one.bin"]:
        if not path.exists():
            with path.open("wb") as file:
                for _ in range(500):
                    file.write(os.urandom(1_000_000))
    if not (huge / "huge.bin").exists():
        with (huge / "huge.bin").open("wb") as file:
            file.truncate(10_000_000_000)
    failed = []

    def signature(folder):
        return ["--signature", work / f"{folder.name}.sig"]

    def sign(folder, *more):
        return [CASEMATE, "sign", folder, "--key", key, "--quiet", *signature(folder), *more]

    def verify(folder, *more):
        return [CASEMATE, "verify", folder, "--public-key", public, "--quiet", *signature(folder), *more]

    cost(sign(small), 1)
    start = cost(verify(small), 4 * args.runs)
    show("verify, one small file", *start)
    if start[2] > 0.010:
        failed.append(f"start-up took {start[2] * 1000:.1f} ms, bound 10 ms")

    rate = openssl_rate()
    print(f"openssl speed, SHA-256, 16 KiB, one core: {rate:.2f} GB/s")
    digest = cost(["openssl", "dgst", "-sha256", *sorted(model.glob("*.bin"))], args.runs, "0")
    show("openssl dgst -sha256, 1.5 GB, one core", *digest, 1.5)
    hashed = cost(sign(model), args.runs, "0")
    show("sign, sha256, 1.5 GB, one core", *hashed, 1.5)
    user = 1.5 / hashed[0]
    print(f"    {user / rate:.3f} of openssl speed; {(digest[0] + digest[1]) / (hashed[0] + hashed[1]):.2f} times as fast as openssl dgst by CPU")
    if user < 0.9 * rate:
        failed.append(f"hashing ran at {user / rate:.3f} of openssl speed, bound 0.9")
    show("sign, sha256, 1.5 GB", *cost(sign(model), args.runs), 1.5)
    show("verify, sha256, 1.5 GB", *cost(verify(model), args.runs), 1.5)
    cache = ["--cache", work / "cache.json"]
    cost(sign(model, *cache), 1)
    show("sign again with a cache, 1.5 GB", *cost(sign(model, *cache), args.runs))
    show("sign, blake3, one file of 500 MB", *cost(sign(one, "--hash", "blake3"), args.runs), 0.5)
    show("sign, sha256, one file of 500 MB", *cost(sign(one), args.runs), 0.5)
    shards = ["--method", "shards", "--shard-size", "50000000"]
    show("sign, sha256 shards, one file of 500 MB", *cost(sign(one, *shards), args.runs), 0.5)
    large = cost(sign(huge), 1)
    show("sign, sha256, 10 GB", *large, 10)
    if large[3] > 64:
        failed.append(f"10 GB took {large[3]:.0f} MB, bound 64 MB")
    if not args.no_peers:
        folder = work / "venv"
        if not folder.exists():
            venv.create(folder, with_pip=True)
            subprocess.run([folder / "bin/pip", "install", "--quiet", "model-signing==1.1.1", "pyOpenSSL"], check=True)
        peer = [folder / "bin/model_signing"]
        ours, theirs = cost(sign(model), args.runs), None
        theirs = cost([*peer, "sign", "key", "--private_key", key, "--signature", work / "peer.sig", model], args.runs)
        show("model_signing sign, 1.5 GB", *theirs, 1.5)
        print(f"    {sum(theirs[:2]) / sum(ours[:2]):.2f} times our CPU, {theirs[2] / ours[2]:.2f} times our time")
        theirs = cost([*peer, "verify", "key", "--public_key", public, "--signature", work / "small.sig", small], args.runs)
        show("model_signing verify, one small file", *theirs)
        print(f"    {theirs[2] / start[2]:.0f} times our time")
    for bound in failed:
        print(f"MISSED: {bound}")
    sys.exit(1 if failed else 0)


main()

"""The Python side of convert.rs: writes model files, reads back what they were converted to, tries a policy. It loads
only files that it wrote itself."""

import json
import pathlib
import pickle
import struct
import sys

what, folder = sys.argv[1], pathlib.Path(sys.argv[2])


def write_numpy():
    import numpy as np

    a, b = np.arange(6, dtype="f4").reshape(2, 3), np.asfortranarray(np.arange(12, dtype="i2").reshape(3, 4))
    np.savez(folder / "npz.npz", a=a, b=b)
    np.savez_compressed(folder / "npz-packed.npz", a=a, b=b, c=np.array(3.5))
    np.save(folder / "npy.npy", b)
    for name in ("npz.npz", "npz-packed.npz", "npy.npy"):
        (folder / name).rename((folder / name).with_suffix(".model"))
    for protocol in (3, 4, 5):
        data = {"a": a, "inner": {"b": b, "flag": True}, "list": [a, 1]}
        (folder / f"pickle-{protocol}.model").write_bytes(pickle.dumps(data, protocol=protocol))
    np.save(folder / "o.npy", np.array([1, 2], dtype=object))
    (folder / "o.npy").rename(folder / "refused-objects.model")
    (folder / "refused-big.model").write_bytes(pickle.dumps({"a": a.astype(">f4")}))


def write_joblib():
    import joblib
    import numpy as np

    data = {"w": np.ones((3, 4)), "v": np.asfortranarray(np.arange(6, dtype="i4").reshape(2, 3)), "n": "x"}
    joblib.dump(data, folder / "joblib.model")


def write_torch():
    import torch

    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    torch.save(model.state_dict(), folder / "torch-state.model")
    base = torch.arange(24, dtype=torch.int64)
    torch.save(
        {
            "epoch": 3,
            "model": {"t": base.reshape(4, 6).t(), "view": base[3:9], "half": torch.ones(3, dtype=torch.float16)},
            "tied": [base, base],
            "bfloat": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
            "parameter": torch.nn.Parameter(torch.ones(2, 2)),
            "scalar": torch.tensor(7.0),
            "empty": torch.empty(0, 3),
            "u16": torch.ones(2).to(torch.uint16),
        },
        folder / "torch-mixed.model",
    )
    torch.save(model, folder / "refused-module.model")
    torch.save({"q": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)}, folder / "refused-quantised.model")
    torch.save({"s": torch.eye(2).to_sparse()}, folder / "refused-sparse.model")


def flat(value, path=()):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, (*path, str(key)))
    elif isinstance(value, (list, tuple)):
        for at, item in enumerate(value):
            yield from flat(item, (*path, str(at)))
    else:
        yield ".".join(path) or None, value


def read(path):
    """The tensors of a safetensors file: type, shape, bytes."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    header.pop("__metadata__")
    assert sum(t["data_offsets"][1] - t["data_offsets"][0] for t in header.values()) == len(body)
    return {n: (t["dtype"], t["shape"], body[slice(*t["data_offsets"])]) for n, t in header.items()}


NUMPY = {"F32": "f4", "F64": "f8", "I16": "i2", "I32": "i4", "I64": "i8"}


def compare():
    import numpy as np

    for path in sorted(folder.glob("*.model")):
        if path.name.startswith("refused"):
            continue
        found = read(path.with_suffix(".safetensors"))
        if path.name.startswith("torch"):
            import torch

            expected = {
                name: (list(t.shape), bytes(t.detach().contiguous().flatten().view(torch.uint8).numpy()) if t.numel() else b"")
                for name, t in flat(torch.load(path, weights_only=True))
                if isinstance(t, torch.Tensor)
            }
        else:
            if path.name.startswith("npz"):
                value = dict(np.load(path))
            elif path.name.startswith("npy"):
                value = {"array": np.load(path)}
            elif path.name.startswith("joblib"):
                import joblib

                value = joblib.load(path)
            else:
                value = pickle.loads(path.read_bytes())
            expected = {n: (list(a.shape), a.tobytes()) for n, a in flat(value) if isinstance(a, np.ndarray)}
            for name, (dtype, _, _) in found.items():
                kind = dict(flat(value))[name].dtype.str.lstrip("<|")
                assert NUMPY[dtype] == kind, (path.name, name, dtype, kind)
        assert {n: (shape, data) for n, (_, shape, data) in found.items()} == expected, path.name


def write_pickles():
    import numpy as np

    (folder / "array.pkl").write_bytes(pickle.dumps({"a": np.ones(3), "b": np.float64(1)}))


def try_policy():
    scope = {}
    exec((folder / "policy.py").read_text(), scope)
    with open(folder / "array.pkl", "rb") as file:
        assert scope["load"](file)["a"].sum() == 3
    import io

    try:
        scope["load"](io.BytesIO(b"cbuiltins\nprint\n."))
    except pickle.UnpicklingError:
        return
    raise AssertionError("a global that was not allowed was found")


{
    "numpy": write_numpy,
    "joblib": write_joblib,
    "torch": write_torch,
    "compare": compare,
    "pickles": write_pickles,
    "policy": try_policy,
}[what]()

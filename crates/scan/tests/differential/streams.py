"""Streams for the comparison with CPython, the same ones for the same seed: pickles of real objects, programs of opcodes that
mostly fit the stack, and both with something broken in them."""

import array
import collections
import datetime
import decimal
import enum
import fractions
import io
import pickle
import random
import struct

import oracle

NAMES = [
    ("os", "system"), ("builtins", "eval"), ("builtins", "getattr"), ("__builtin__", "getattr"), ("builtins", "print"),
    ("copyreg", "_reconstructor"), ("copy_reg", "add_extension"), ("copyreg", "add_extension"), ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"), ("collections", "OrderedDict"), ("functools", "partial"),
    ("torch._utils", "_rebuild_tensor_v2"), ("importlib", "import_module"), ("pkgutil", "resolve_name"),
    ("builtins", "print.__class__"), ("os", ""), ("", "x"), ("é", "ß"), ("a b", "c\td"), ("m\\x41", "\\u0041"), ("__main__", "C"),
]  # fmt: skip
TEXTS = ["", "a", "os", "system", "x" * 30, "é", "\u20ac", "\U0001f600", "\ud800", "a\nb", "\\", "\\u0041", "\\\\u0041", "'", '"',
         "\x00", "\x80", "\xff", "posix.system", "os:system", "storage", "module", "f8", "1"]  # fmt: skip
# What stands for a number in lines of text, for all that somebody might take for one.
NUMBERS = ["0", "1", "2", "7", "00", "01", "-1", "-0", "+1", " 1", "1 ", "\t1", "1\r", "1_0", "_1", "1__0", "0x1", "0o7", "0b1", "007", "1L", "1l",
           "L", "", "-", "1.5", "1e3", "nan", "inf", "-inf", "0" * 200 + "1", "9" * 30, "1\x000", "1\x0b", "\xa01", "\u0661", "1,0", "'1'", "True",
           "2147483648", "-9223372036854775809", "255", "256", "65536", "4294967296"]  # fmt: skip
QUOTED = ["'a'", '"a"', "'os'", "'system'", "''", "'", "a", "'a", "a'", "'a\"", "'\\x61'", "'\\x6'", "'\\x'", "'\\141'", "'\\1412'", "'\\8'", "'\\400'",
          "'\\n\\t\\\\\\''", "'\\q'", "'\\'", "'\\\r'", "'a' ", " 'a'", "'a'b'", "'\\N{DASH}'", "'\\u0041'", "'\x80'", "'\\x80'", "'\\xc3\\xa9'", "'é'", "'\\a\\b\\f\\v\\r'"]  # fmt: skip
ESCAPED = ["", "a", "os", "system", "\\u0041", "\\u004", "\\U00000041", "\\U00110000", "\\U0011", "\\u", "\\\\u0041", "\\\\\\u0041", "\\x41", "\\", "\\\\",
           "\xe9", "\x80\xff", "\\u20ac", "\\ud800", "\\ud83d\\ude00", "\\U0001f600", "\\n", "é"]  # fmt: skip


class Point:
    def __init__(self, *coordinates):
        self.coordinates = coordinates

    def __eq__(self, other):
        return self is other

    __hash__ = object.__hash__


class Slots:
    __slots__ = ("a", "b")


class Reduced(Point):
    def __reduce__(self):
        return Point, self.coordinates, {"extra": 1}, iter([1, 2]), iter([("k", "v")])


class Keywords(Point):
    def __getnewargs_ex__(self):
        return (1,), {"b": 2}

    def __new__(cls, *a, **k):
        return object.__new__(cls)


class Colour(enum.Enum):
    RED = 1


def real(random, depth=0):
    """An object that programs pickle."""
    inner = lambda: real(random, depth + 1)
    many = lambda: [inner() for _ in range(random.choice([0, 1, 2, 3, 5]))]
    plain = [
        lambda: random.choice([None, True, False, ..., NotImplemented]),
        lambda: random.choice([1, -1]) * random.getrandbits(random.choice([1, 7, 8, 9, 16, 31, 32, 33, 64, 300, 2100])),
        lambda: random.choice([0.0, -1.5, 1e300, float("inf"), float("nan"), random.random()]),
        lambda: random.choice(TEXTS) * random.choice([1, 1, 1, 40]),
        lambda: random.randbytes(random.choice([0, 1, 5, 255, 256, 300])),
        lambda: bytearray(random.randbytes(random.choice([0, 3, 300]))),
        lambda: random.choice([os_name, len, Point, Colour.RED, int, type(None), Point.__init__]),
        lambda: complex(random.random(), 1),
        lambda: datetime.datetime(2026, 1, 1, tzinfo=random.choice([None, datetime.timezone.utc])),
        lambda: random.choice([decimal.Decimal("1.5"), fractions.Fraction(1, 3), range(3), slice(1, 2), 1j]),
        lambda: array.array("i", [1, 2, 3]),
    ]
    nested = [
        lambda: many(),
        lambda: tuple(many()),
        lambda: {random.choice(TEXTS): value for value in many()},
        lambda: set(random.sample(range(300), random.choice([0, 1, 3, 9]))),
        lambda: frozenset(random.sample(TEXTS, random.choice([0, 1, 2]))),
        lambda: Point(*many()),
        lambda: Reduced(*many()),
        lambda: Keywords(*many()),
        lambda: slots(inner()),
        lambda: collections.OrderedDict(a=inner()),
        lambda: collections.deque(many(), 7),
        lambda: collections.Counter("pickle"),
        lambda: twice(inner()),
        lambda: around(many()),
    ]
    return random.choice(plain if depth > 3 or random.random() < 0.4 else nested)()


def os_name():
    return "a function"


def slots(value):
    made = Slots()
    made.a = value
    return made


def twice(value):
    return [value, (value,), {"again": value}]


def around(values):
    values.append(values)
    return values


def pickled(random):
    """A stream as picklers write it."""
    value, protocol = real(random), random.randrange(6)
    if random.random() < 0.1:
        value = [real(random, 2) for _ in range(random.choice([50, 1001]))]
    file = io.BytesIO()
    make = random.choice([pickle.Pickler, pickle._Pickler])
    options = {}
    if protocol == 5 and random.random() < 0.3:
        value = [value, pickle.PickleBuffer(bytearray(b"numbers")), pickle.PickleBuffer(b"fixed")]
        options["buffer_callback"] = lambda buffer: random.random() < 0.3
    pickler = make(file, protocol, **options)
    if random.random() < 0.1:
        pickler.persistent_id = lambda value: repr(value)[:20] if isinstance(value, (int, str)) else None
    try:
        pickler.dump(value)
    except Exception:
        # Not every object goes with every protocol; what was written is a stream that breaks off.
        pass
    stream = file.getvalue()
    return stream if len(stream) < 20_000 else stream[: random.randrange(20_000)]


def line(text):
    return text.encode("utf-8", "surrogatepass") + b"\n"


def operand(random, opcode):
    """Bytes that follow an opcode; mostly they fit."""
    argument = opcode.arg
    if argument is None:
        return b""
    fits = random.random() < 0.85
    small = random.choice([0, 0, 1, 1, 2, 3, 4, 5, 200, 255])
    text = random.choice(TEXTS + [name for pair in NAMES for name in pair])
    match argument.name:
        case "uint1":
            return bytes([small])
        case "uint2":
            return struct.pack("<H", random.choice([small, 0xFFFF]))
        case "int4":
            return struct.pack("<i", random.choice([small, small, -1, 2**31 - 1, -(2**31)]))
        case "uint4":
            return struct.pack("<I", random.choice([small, small, small, 2**32 - 1]))
        case "uint8":
            return struct.pack("<Q", random.choice([small, small * 7, 2**63 - 1, 2**64 - 1]))
        case "float8":
            return random.randbytes(8)
        case "stringnl_noescape_pair":
            module, name = random.choice(NAMES)
            return line(module) + line(name)
        case "stringnl":
            return random.choice(QUOTED[:5] if fits else QUOTED).encode(random.choice(["utf-8", "latin-1"])) + b"\n"
        case "unicodestringnl":
            return random.choice(ESCAPED[:5] if fits else ESCAPED).encode(random.choice(["utf-8", "latin-1"])) + b"\n"
        case "stringnl_noescape":
            return line(text.replace("\n", ""))
        case "decimalnl_short" | "decimalnl_long" | "floatnl":
            return line(random.choice(["0", "1", "2", "3"] if fits else NUMBERS))
    body = text.encode("utf-8", "surrogatepass")
    if random.random() < 0.03:
        body = random.randbytes(small)
    length = len(body) if random.random() < 0.97 else random.choice([small, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 2**64 - 1])
    form = {"1": "<B", "4": "<i" if argument.name in ("string4", "long4") else "<I", "8": "<Q"}[argument.name[-1]]
    size = 8 * struct.calcsize(form) - (form == "<i")
    return struct.pack(form, length % 2**size if random.random() < 0.9 else len(body)) + body


BY_NAME = {opcode.name: opcode for opcode in oracle.pickletools.opcodes}
# What mostly ends a program that knows no kinds of values.
RARE = {"PROTO", "FRAME", "STOP", "EXT1", "EXT2", "EXT4", "READONLY_BUFFER", "REDUCE", "NEWOBJ", "NEWOBJ_EX", "OBJ", "BUILD", "APPEND", "APPENDS",
        "SETITEM", "SETITEMS", "ADDITEMS", "STACK_GLOBAL"}  # fmt: skip
PUSHES = ["NONE", "BININT1", "SHORT_BINUNICODE", "EMPTY_LIST", "EMPTY_DICT", "EMPTY_TUPLE", "EMPTY_SET", "GLOBAL", "MARK", "UNICODE", "STRING", "INT"]


def program(random):
    """Opcodes that mostly find what they need: depths are counted, kinds are not."""
    out = [b"\x80" + bytes([random.choice([0, 1, 2, 3, 4, 4, 5, 5] * 4 + [6])])] if random.random() < 0.5 else []
    depths, memo = [0], 0
    for _ in range(random.choice([3, 8, 15, 30, 60])):
        if random.random() < 0.12:
            fragment, pushed = phrase(random)
            out.append(fragment)
            depths[-1] += pushed
            continue
        opcode = BY_NAME[random.choice(PUSHES)] if random.random() < 0.45 else random.choice(oracle.pickletools.opcodes)
        if random.random() < 0.97:
            before = [item.name for item in opcode.stack_before]
            marked = "mark" in before
            needed = before.index("mark") if marked else len(before)
            if random.random() < (0.8 if opcode.name in RARE else 0.5 if opcode.name == "POP" else 0):
                continue
            if marked and (len(depths) == 1 or depths[-2] < needed) or not marked and depths[-1] < needed:
                continue
            if opcode.name in ("DUP", "PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE", "READONLY_BUFFER", "BUILD") and depths[-1] < 1:
                continue
            if "GET" in opcode.name and not memo:
                continue
            if marked:
                depths.pop()
            after = [item.name for item in opcode.stack_after]
            memo += opcode.name == "MEMOIZE" or "PUT" in opcode.name
            if opcode.name == "MARK":
                depths.append(0)
            elif opcode.name not in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE", "DUP"):
                depths[-1] += len(after) - needed
            else:
                depths[-1] += opcode.name == "DUP"
        out.append(opcode.code.encode("latin-1") + operand(random, opcode))
    if random.random() < 0.8:
        out.append(b".")
    stream = b"".join(out)
    return framed(random, stream) if random.random() < 0.15 else stream


def phrase(random):
    """Opcodes that belong together, and how many values they leave."""
    module, name = random.choice(NAMES)
    text = lambda value: b"\x8c" + bytes([len(value.encode())]) + value.encode()
    number = random.choice([b"K\x01", b"I1\n", b"I0x1\n", b"L1L\n", b"\x8a\x01\x01"])
    return random.choice([
        (text(module) + text(name) + b"\x93", 1),
        (f"V{module}\nS'{name}'\n".encode() + b"\x93", 1),
        (b"c" + line(module) + line(name) + b"(" + text("a") + b"tR", 1),
        (b"c" + line(module) + line(name) + b")\x81}b", 1),
        (b"c" + line(module) + line(name) + b")}\x92", 1),
        (b"(" + text("a") + b"i" + line(module) + line(name), 1),
        (b"(c" + line(module) + line(name) + text("a") + b"o", 1),
        (b"ccopyreg\nadd_extension\n" + text(module) + text(name) + number + b"\x87R0\x82\x01", 1),
        (b"cbuiltins\ngetattr\nc" + line(module) + line(name) + text("b") + b"\x86R", 1),
        (b"cimportlib\nimport_module\n" + text("os") + b"\x85R", 1),
        (b"cnumpy\ndtype\n" + text(random.choice(["f8", "O", "x"])) + b"\x89\x88\x87R", 1),
        (b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + b"K\x04tQ", 1),
        (b"c" + line(module) + line(name) + text("system") + b"\x93", 1),
        (b"]Na](K\x01Ne\x86", 1),
        (b"}U\x01kNs}(K\x01NK\x02Nu\x86", 1),
        (b"\x8f(K\x01\x8c\x01a\x90", 1),
        (b"(c" + line(module) + line(name) + b"o}(\x8c\x01aNub", 1),
        (b"\x96\x02" + b"\0" * 7 + b"ab\x98\x97\x98\x86", 1),
        (b"]q\x00(K\x01h\x00e", 1),
    ])  # fmt: skip


def framed(random, stream):
    """With frames put in, whose lengths are mostly those of what follows."""
    opcodes = oracle.read(stream)[0]
    starts = sorted(random.sample([at for at, _ in opcodes], min(len(opcodes), random.choice([1, 2, 3])))) + [len(stream)]
    out = [stream[: starts[0]]]
    for start, end in zip(starts, starts[1:]):
        length = end - start if random.random() < 0.8 else random.choice([0, 1, end - start + 1, 2**63 - 1, 2**64 - 1])
        out.append(b"\x95" + struct.pack("<Q", length) + stream[start:end])
    return b"".join(out)


def broken(random, stream, other):
    """With something wrong in it, byte by byte or opcode by opcode."""
    stream = bytearray(stream)
    for _ in range(random.choice([1, 1, 1, 2, 4, 8])):
        at = random.randrange(len(stream) + 1)
        match random.randrange(10):
            case 0:
                del stream[at:]
            case 1:
                stream[at : at + 1] = random.randbytes(1)
            case 2:
                stream[at : at + 1] = bytes([random.choice(oracle.pickletools.opcodes).code.encode("latin-1")[0]])
            case 3:
                opcode = random.choice(oracle.pickletools.opcodes)
                stream[at:at] = opcode.code.encode("latin-1") + operand(random, opcode)
            case 4:
                del stream[at : at + random.choice([1, 2, 9])]
            case 5:
                stream[at:at] = stream[at : at + random.randrange(40)]
            case 6:
                stream[at : at + 1] = bytes([(stream[at : at + 1] or b"\0")[0] ^ 1 << random.randrange(8)])
            case 7:
                cut = random.randrange(len(other) + 1)
                stream[at:] = other[cut:]
            case _:
                starts = [at for at, _ in oracle.read(bytes(stream))[0]]
                if len(starts) > 2:
                    first, second = sorted(random.sample(range(len(starts)), 2))
                    change = random.randrange(3)
                    part = stream[starts[first] : starts[second]]
                    if change == 0:
                        del stream[starts[first] : starts[second]]
                    elif change == 1:
                        stream[starts[second] : starts[second]] = part
                    else:
                        phrases, _ = phrase(random)
                        stream[starts[first] : starts[first]] = phrases
    return bytes(stream[:20_000])


def streams(seed, seeds=()):
    """Streams without end."""
    source = random.Random(seed)
    pool = list(seeds) or [b"N."]
    make = [pickled, program, program, program]
    while True:
        stream = source.choice(make)(source)
        if source.random() < 0.5:
            stream = broken(source, source.choice([stream, source.choice(pool)]), source.choice(pool))
        if len(pool) < 2000:
            pool.append(stream)
        else:
            pool[source.randrange(len(pool))] = stream
        yield stream

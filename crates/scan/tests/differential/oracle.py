"""What CPython makes of a pickle stream: its `pickletools` reads it, its unpicklers run it. Nothing is imported and nothing
is called: every global is replaced by a stand-in that does nothing.

Where CPython ends, the view says of what kind that is; `compare.rs` says what Casemate's machine has to do there.
"""

import codecs
import io
import itertools
import pickle
import pickletools
import struct
import sys
import warnings

warnings.simplefilter("ignore")
# A buffer that is still in use when a stream ends is told of by nobody who could be caught.
sys.excepthook = lambda kind, *rest: kind is SystemError or sys.__excepthook__(kind, *rest)

# What `pickletools` says where bytes are missing, as against where it refuses what they say.
MISSING = ("not enough data", "expected ", "no newline found", "string4 byte count < 0", "long4 byte count < 0")
OPCODES = pickletools.code2op
BY_NAME = {opcode.name: ord(opcode.code) for opcode in pickletools.opcodes}


def read(stream):
    """Every opcode with its offset, how they end, and how many of them `pickletools.genops` yields by itself. That one
    stops at the first operand whose value it refuses, such as a number that is none. Where such an operand ends is known,
    so here reading goes on behind it, with the same table and the same readers."""
    found, file = [], io.BytesIO(stream)
    strictly = sum(1 for _ in strict(stream))
    while True:
        at = file.tell()
        code = file.read(1)
        if not code:
            return found, "cut", strictly
        opcode = OPCODES.get(code.decode("latin-1"))
        if opcode is None:
            return found, "broken", strictly
        if opcode.arg is not None and not operand(opcode.arg, file):
            return found, "cut", strictly
        found.append((at, opcode.name))
        if opcode.name == "STOP":
            return found, "stopped", strictly


def strict(stream):
    try:
        yield from ((at, opcode.name) for opcode, _, at in pickletools.genops(stream))
    except ValueError:
        pass


def operand(argument, file):
    """Reads an operand. False if bytes are missing; a value that is refused is passed over."""
    start = file.tell()
    try:
        argument.reader(file)
    except ValueError as error:
        message = str(error)
        if message.startswith(MISSING) or "byte count > sys.maxsize" in message:
            return False
        if argument is pickletools.stringnl_noescape_pair:
            lines = file.getvalue()[start : file.tell()].count(b"\n")
            return lines == 2 or file.readline().endswith(b"\n")
    return True


class Ends(Exception):
    """Running ends here, in a way that is named."""


class Anything(type):
    """What a stand-in can do: everything that opcodes ask of a class or an object, to no effect."""

    def __setitem__(cls, key, value):
        pass

    def __iter__(cls):
        return iter(())


class Nothing(metaclass=Anything):
    """Stands for whatever a global names, and for whatever calling it gives."""

    special = None

    def __new__(cls, *arguments, **keywords):
        return cls.special(*arguments) if cls.special else object.__new__(Nothing)

    def __init__(self, *arguments, **keywords):
        pass

    def __call__(self, *arguments, **keywords):
        return Nothing()

    def __setitem__(self, key, value):
        pass

    def __iter__(self):
        return iter(())

    @staticmethod
    def __setstate__(*state):
        pass

    append = extend = add = __setstate__


class Opaque:
    """What the machine follows a call to, and what is neither text nor can be called: a NumPy type, or no value."""

    __setstate__ = append = extend = add = Nothing.__setstate__

    def __setitem__(self, key, value):
        pass


def stand_in(special=None):
    return Anything("StandIn", (Nothing,), {"special": staticmethod(special) if special else None})


class Wrapper(Nothing):
    """What joblib gives its state to before the numbers of an array, which lie between the opcodes."""

    def __new__(cls, *arguments):
        return object.__new__(Wrapper)


def stand_in_for(module, name):
    if module.endswith("joblib.numpy_pickle") and name == "NumpyArrayWrapper":
        return stand_in(Wrapper)
    if module in ("numpy", "numpy.core.multiarray") and name == "dtype":
        return stand_in(lambda *arguments: Opaque())
    return stand_in()


def is_unknown(value):
    return isinstance(value, (Nothing, Anything))


class Recorder(pickle._Unpickler):
    """CPython's unpickler that is written in Python, with the offsets of what it runs."""

    def __init__(self, stream):
        self.source = io.BytesIO(stream)
        super().__init__(self.source, encoding="utf-8", errors="replace", buffers=itertools.repeat(bytearray(8)))
        self.found, self.codes, self.at = [], {}, 0

    def position(self):
        frame = self._unframer.current_frame
        return self.source.tell() - (len(frame.getbuffer()) - frame.tell() if frame else 0)

    def run(self):
        self._unframer = pickle._Unframer(self._file_read, self._file_readline)
        self.read, self.readinto, self.readline = (
            self._unframer.read,
            self._unframer.readinto,
            self._unframer.readline,
        )
        self.metastack, self.stack, self.proto = [], [], 0
        self.append = self.stack.append
        while True:
            self.at = self.position()
            key = self.read(1)
            if not key:
                raise EOFError
            if key[0] not in self.dispatch:
                raise Ends("structure")
            self.check(key[0])
            self.dispatch[key[0]](self)

    def check(self, code):
        # A key without a value: what it would be the key of decides whether that is all that is wrong.
        pairs = code == BY_NAME["DICT"] or code == BY_NAME["SETITEMS"] and self.metastack and self.metastack[-1]
        if pairs and self.metastack and len(self.stack) % 2:
            raise Ends("odd")

    def find_class(self, module, name):
        self.found.append((self.at, module, name))
        if module in ("copyreg", "copy_reg") and name == "add_extension":
            return stand_in(self.register)
        return stand_in_for(module, name)

    def register(self, *arguments):
        fits = [type(value) for value in arguments] in ([str, str, int], [str, str, bool])
        if fits and 0 < arguments[2] < 2**31:
            self.codes[arguments[2]] = arguments[:2]
            return Opaque()
        return Nothing()

    def get_extension(self, code):
        if code <= 0:
            raise Ends("structure")
        if code not in self.codes:
            raise Ends("extension")
        self.append(self.find_class(*self.codes[code]))

    def persistent_load(self, pid):
        return Nothing()

    def load_stack_global(self):
        name, module = self.stack.pop(), self.stack.pop()
        if isinstance(name, Opaque) or isinstance(module, Opaque):
            raise Ends("value")
        known = [value for value in (name, module) if not is_unknown(value)]
        if any(type(value) is not str for value in known):
            raise Ends("structure")
        # What is computed may be text: then a global comes of it, whose name nobody knows.
        self.append(self.find_class(module, name) if len(known) == 2 else Nothing())

    def load_build(self):
        if len(self.stack) > 1 and isinstance(self.stack[-2], Wrapper):
            raise Ends("array")
        super().load_build()

    dispatch = dict(pickle._Unpickler.dispatch)
    dispatch[BY_NAME["STACK_GLOBAL"]] = load_stack_global
    dispatch[BY_NAME["BUILD"]] = load_build


class Compiled(pickle.Unpickler):
    """CPython's unpickler that is written in C, which is what programs use."""

    def __init__(self, stream):
        super().__init__(io.BytesIO(stream), encoding="utf-8", errors="replace", buffers=itertools.repeat(bytearray(8)))
        self.found = []

    def find_class(self, module, name):
        self.found.append((module, name))
        return stand_in_for(module, name)

    def persistent_load(self, pid):
        return Nothing()


def run(stream):
    """Runs a stream in the unpickler that is written in Python: how and where it ends, and its globals with offsets."""
    recorder = Recorder(stream)
    try:
        recorder.run()
    except Exception as error:
        return kind(error), recorder.at, recorder.found
    raise AssertionError("an unpickler ends with an exception")


def kind(error):
    try:
        message = str(error)
    except RecursionError:
        # It tells of an object that is nested too deep to be shown.
        return "value"
    match error:
        case pickle._Stop():
            return "stopped"
        case Ends():
            return message
        case EOFError():
            return "cut"
        case pickle.UnpicklingError() if "frame" in message:
            return "frame"
        case pickle.UnpicklingError() if "quoted" in message or "ASCII" in message:
            return "value"
        case pickle.UnpicklingError():
            return "structure"
        case IndexError() if message in ("list index out of range", "pop from empty list"):
            return "structure"
        case IndexError():
            return "value"
        case ValueError() if message.startswith(("unsupported pickle protocol", "negative PUT")):
            return "structure"
        case ValueError() if message.startswith("frame size"):
            return "frame"
        case struct.error():
            return "cut"
        case ValueError() | TypeError() | AttributeError() | OverflowError() | MemoryError() | RecursionError() | BufferError():
            return "value"
    raise error


def run_compiled(stream):
    unpickler = Compiled(stream)
    try:
        unpickler.load()
    except Exception:
        return False, unpickler.found
    return True, unpickler.found


def is_costly(opcodes):
    """Whether running it could take time without measure: shared tuples are hashed again wherever they lie."""
    shares = sum(name in ("DUP", "GET", "BINGET", "LONG_BINGET") for _, name in opcodes)
    return shares > 20 and sum("TUPLE" in name or name in ("APPENDS", "FROZENSET") for _, name in opcodes) > 20


def printable(text):
    """A name without lone surrogates, which Casemate takes for three broken bytes, as JSON has none."""
    return codecs.decode(codecs.encode(text, "utf-8", "surrogatepass"), "utf-8", "replace")


def view(stream):
    """Everything that CPython says of a stream, as `compare.rs` reads it."""
    opcodes, end, strictly = read(stream)
    assert list(strict(stream)) == opcodes[:strictly]
    cut = opcodes_end(stream, opcodes) if end == "cut" else None
    view = {
        "stream": stream.hex(),
        "opcodes": " ".join(f"{at}:{name}" for at, name in opcodes),
        "read": end,
        "strictly": strictly,
    }
    if is_costly(opcodes):
        return view | {"ran": "not", "at": 0, "globals": [], "loads": False, "compiled": []}
    ran, at, found = run(stream)
    if cut is not None and at >= cut:
        # It takes what is left of a cut operand for the whole, and notices at the next opcode.
        ran, at = "cut", cut
    loads, compiled = run_compiled(stream)
    return view | {
        "ran": ran,
        "at": at,
        "globals": [[at, printable(module), printable(name)] for at, module, name in found],
        "loads": loads,
        "compiled": [[printable(module), printable(name)] for module, name in compiled],
    }


def opcodes_end(stream, opcodes):
    """The offset of the opcode that is cut, or of the end of the bytes."""
    file = io.BytesIO(stream)
    if opcodes:
        at, name = opcodes[-1]
        file.seek(at + 1)
        argument = OPCODES[chr(BY_NAME[name])].arg
        if argument is not None:
            operand(argument, file)
    return file.tell()

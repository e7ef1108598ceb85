//! A small assembler for pickle streams. It writes what it is told, also what no pickler would write.

/// Bytes of a stream.
#[derive(Clone, Default)]
pub(super) struct Asm(Vec<u8>);

impl Asm {
    /// A stream that declares a protocol.
    pub(super) fn proto(version: u8) -> Self {
        Self(vec![0x80, version])
    }

    /// Raw bytes: opcodes without operands, mostly.
    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// `SHORT_BINUNICODE`.
    pub(super) fn text(self, text: &str) -> Self {
        self.raw(&[0x8c, u8::try_from(text.len()).unwrap()]).raw(text.as_bytes())
    }

    /// `BINUNICODE`.
    pub(super) fn long_text(self, text: &str) -> Self {
        self.raw(b"X").raw(&u32::try_from(text.len()).unwrap().to_le_bytes()).raw(text.as_bytes())
    }

    /// `BINBYTES`.
    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        self.raw(b"B").raw(&u32::try_from(bytes.len()).unwrap().to_le_bytes()).raw(bytes)
    }

    /// `GLOBAL`.
    pub(super) fn global(self, module: &str, name: &str) -> Self {
        self.raw(format!("c{module}\n{name}\n").as_bytes())
    }

    /// Two texts and `STACK_GLOBAL`.
    pub(super) fn stack_global(self, module: &str, name: &str) -> Self {
        self.text(module).text(name).raw(b"\x93")
    }

    /// `BININT1`.
    pub(super) fn int(self, number: u8) -> Self {
        self.raw(&[b'K', number])
    }

    /// Calls a global with one text.
    pub(super) fn call(self, module: &str, name: &str, argument: &str) -> Self {
        self.global(module, name).text(argument).raw(b"\x85R")
    }

    /// The stream with `STOP`.
    pub(super) fn stop(self) -> Vec<u8> {
        self.raw(b".").0
    }

    /// The stream as it is.
    pub(super) fn end(self) -> Vec<u8> {
        self.0
    }
}

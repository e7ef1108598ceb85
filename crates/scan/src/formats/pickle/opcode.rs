//! The opcodes of pickle protocols 0 to 5: byte, name, first protocol and the shape of what follows.
//! Only facts; what an opcode does is the machine's matter.

/// What follows an opcode in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    /// Nothing.
    Nothing,
    /// An unsigned number of one byte.
    U1,
    /// An unsigned number of two bytes.
    U2,
    /// A signed number of four bytes.
    I4,
    /// An unsigned number of four bytes.
    U4,
    /// An unsigned number of eight bytes.
    U8,
    /// A float of eight bytes.
    F8,
    /// Text up to a line break.
    Line,
    /// Two lines.
    TwoLines,
    /// A length of one byte, then that many bytes.
    Counted1,
    /// An unsigned length of four bytes, then that many bytes.
    Counted4,
    /// A signed length of four bytes, then that many bytes.
    Signed4,
    /// A length of eight bytes, then that many bytes.
    Counted8,
}

impl Operand {
    /// How many bytes of it are read at first.
    #[inline]
    pub(crate) const fn width(self) -> u64 {
        match self {
            Self::Nothing | Self::Line | Self::TwoLines => 0,
            Self::U1 | Self::Counted1 => 1,
            Self::U2 => 2,
            Self::I4 | Self::U4 | Self::Counted4 | Self::Signed4 => 4,
            Self::U8 | Self::F8 | Self::Counted8 => 8,
        }
    }
}

macro_rules! opcodes {
    ($( $variant:ident = $code:literal, $name:literal, $protocol:literal, $operand:ident; )+) => {
        /// An opcode.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Op { $( $variant = $code, )+ }

        impl Op {
            /// Every opcode there is.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The opcode that a byte stands for.
            #[inline]
            pub(crate) const fn of(byte: u8) -> Option<Self> {
                match byte { $( $code => Some(Self::$variant), )+ _ => None }
            }

            /// The name it has in the specification.
            pub(crate) const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// The first protocol that has it.
            #[cfg(test)]
            pub(crate) const fn protocol(self) -> u8 {
                match self { $( Self::$variant => $protocol, )+ }
            }

            /// Whether bytes follow it that are no text.
            #[inline]
            pub(crate) const fn is_bytes(self) -> bool {
                matches!(self, Self::BinBytes | Self::ShortBinBytes | Self::BinBytes8 | Self::ByteArray8)
            }

            /// What follows it.
            #[inline]
            pub(crate) const fn operand(self) -> Operand {
                match self { $( Self::$variant => Operand::$operand, )+ }
            }
        }
    };
}

opcodes! {
    Mark = b'(', "MARK", 0, Nothing;
    EmptyTuple = b')', "EMPTY_TUPLE", 1, Nothing;
    Stop = b'.', "STOP", 0, Nothing;
    Pop = b'0', "POP", 0, Nothing;
    PopMark = b'1', "POP_MARK", 1, Nothing;
    Dup = b'2', "DUP", 0, Nothing;
    BinBytes = b'B', "BINBYTES", 3, Counted4;
    ShortBinBytes = b'C', "SHORT_BINBYTES", 3, Counted1;
    Float = b'F', "FLOAT", 0, Line;
    BinFloat = b'G', "BINFLOAT", 1, F8;
    Int = b'I', "INT", 0, Line;
    BinInt = b'J', "BININT", 1, I4;
    BinInt1 = b'K', "BININT1", 1, U1;
    Long = b'L', "LONG", 0, Line;
    BinInt2 = b'M', "BININT2", 1, U2;
    None = b'N', "NONE", 0, Nothing;
    PersId = b'P', "PERSID", 0, Line;
    BinPersId = b'Q', "BINPERSID", 1, Nothing;
    Reduce = b'R', "REDUCE", 0, Nothing;
    String = b'S', "STRING", 0, Line;
    BinString = b'T', "BINSTRING", 1, Signed4;
    ShortBinString = b'U', "SHORT_BINSTRING", 1, Counted1;
    Unicode = b'V', "UNICODE", 0, Line;
    BinUnicode = b'X', "BINUNICODE", 1, Counted4;
    EmptyList = b']', "EMPTY_LIST", 1, Nothing;
    Append = b'a', "APPEND", 0, Nothing;
    Build = b'b', "BUILD", 0, Nothing;
    Global = b'c', "GLOBAL", 0, TwoLines;
    Dict = b'd', "DICT", 0, Nothing;
    Appends = b'e', "APPENDS", 1, Nothing;
    Get = b'g', "GET", 0, Line;
    BinGet = b'h', "BINGET", 1, U1;
    Inst = b'i', "INST", 0, TwoLines;
    LongBinGet = b'j', "LONG_BINGET", 1, U4;
    List = b'l', "LIST", 0, Nothing;
    Obj = b'o', "OBJ", 1, Nothing;
    Put = b'p', "PUT", 0, Line;
    BinPut = b'q', "BINPUT", 1, U1;
    LongBinPut = b'r', "LONG_BINPUT", 1, U4;
    SetItem = b's', "SETITEM", 0, Nothing;
    Tuple = b't', "TUPLE", 0, Nothing;
    SetItems = b'u', "SETITEMS", 1, Nothing;
    EmptyDict = b'}', "EMPTY_DICT", 1, Nothing;
    Proto = 0x80, "PROTO", 2, U1;
    NewObj = 0x81, "NEWOBJ", 2, Nothing;
    Ext1 = 0x82, "EXT1", 2, U1;
    Ext2 = 0x83, "EXT2", 2, U2;
    Ext4 = 0x84, "EXT4", 2, I4;
    Tuple1 = 0x85, "TUPLE1", 2, Nothing;
    Tuple2 = 0x86, "TUPLE2", 2, Nothing;
    Tuple3 = 0x87, "TUPLE3", 2, Nothing;
    NewTrue = 0x88, "NEWTRUE", 2, Nothing;
    NewFalse = 0x89, "NEWFALSE", 2, Nothing;
    Long1 = 0x8a, "LONG1", 2, Counted1;
    Long4 = 0x8b, "LONG4", 2, Signed4;
    ShortBinUnicode = 0x8c, "SHORT_BINUNICODE", 4, Counted1;
    BinUnicode8 = 0x8d, "BINUNICODE8", 4, Counted8;
    BinBytes8 = 0x8e, "BINBYTES8", 4, Counted8;
    EmptySet = 0x8f, "EMPTY_SET", 4, Nothing;
    AddItems = 0x90, "ADDITEMS", 4, Nothing;
    FrozenSet = 0x91, "FROZENSET", 4, Nothing;
    NewObjEx = 0x92, "NEWOBJ_EX", 4, Nothing;
    StackGlobal = 0x93, "STACK_GLOBAL", 4, Nothing;
    Memoize = 0x94, "MEMOIZE", 4, Nothing;
    Frame = 0x95, "FRAME", 4, U8;
    ByteArray8 = 0x96, "BYTEARRAY8", 5, Counted8;
    NextBuffer = 0x97, "NEXT_BUFFER", 5, Nothing;
    ReadonlyBuffer = 0x98, "READONLY_BUFFER", 5, Nothing;
}

//! Text in lines, as the opcodes of protocol 0 write it: its bytes without quotes and escapes. It decides nothing about
//! what the text is.

use std::borrow::Cow;

use super::value::Form;

/// The text of a place, with a sign in place of what is no text.
pub(super) fn text(bytes: &[u8], form: Form) -> String {
    let bytes = match form {
        Form::Escaped => Cow::Owned(unescape_letters(bytes, push_letter)),
        Form::Plain | Form::Quoted => plain(bytes, form),
    };
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The bytes of a place without the escapes of its form. A letter of escaped text is one byte, as far as it fits into one.
pub(super) fn plain(bytes: &[u8], form: Form) -> Cow<'_, [u8]> {
    if form == Form::Plain {
        return Cow::Borrowed(bytes);
    }
    let bytes = if form == Form::Quoted { unquote(bytes) } else { bytes };
    match form {
        _ if !bytes.contains(&b'\\') => Cow::Borrowed(bytes),
        Form::Quoted => Cow::Owned(unescape(bytes)),
        _ => Cow::Owned(unescape_letters(bytes, |out, code| match u8::try_from(code) {
            Ok(byte) => out.push(byte),
            Err(_) => push_letter(out, code),
        })),
    }
}

/// The number that some digits stand for.
pub(super) fn number(digits: Option<&[u8]>, radix: u32) -> Option<u32> {
    u32::from_str_radix(str::from_utf8(digits?).ok()?, radix).ok()
}

fn unquote(bytes: &[u8]) -> &[u8] {
    let quoted = bytes.trim_ascii();
    let inner = quoted.strip_prefix(b"'").or_else(|| quoted.strip_prefix(b"\"")).unwrap_or(quoted);
    inner.strip_suffix(b"'").or_else(|| inner.strip_suffix(b"\"")).unwrap_or(inner)
}

/// As Python's `raw-unicode-escape` does: bytes are letters, `\u` and `\U` are the only escapes.
fn unescape_letters(bytes: &[u8], push: impl Fn(&mut Vec<u8>, u32)) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let Some((&kind, after)) = rest.split_first().filter(|_| byte == b'\\') else {
            push(&mut out, byte.into());
            continue;
        };
        rest = after;
        let digits = match kind {
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        match number(rest.get(..digits), 16) {
            Some(code) => {
                push(&mut out, code);
                rest = rest.get(digits..).unwrap_or_default();
            }
            // What a backslash stands before is read with it, also if that is a backslash.
            None => [byte, kind].into_iter().for_each(|byte| push(&mut out, byte.into())),
        }
    }
    out
}

/// A letter in UTF-8. Half a surrogate becomes the three bytes that would be its own, as Python writes it.
fn push_letter(out: &mut Vec<u8>, code: u32) {
    let mut utf8 = [0; 4];
    match char::from_u32(code) {
        Some(letter) => out.extend_from_slice(letter.encode_utf8(&mut utf8).as_bytes()),
        None => out.extend([0xed, 0x80 | (code >> 6 & 0x3f) as u8, 0x80 | (code & 0x3f) as u8]),
    }
}

/// As Python's `escape_decode` does: the escapes of a bytes literal.
fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let Some((&kind, after)) = rest.split_first().filter(|_| byte == b'\\') else {
            out.push(byte);
            continue;
        };
        let is_octal = |byte: &&u8| (b'0'..=b'7').contains(*byte);
        let (code, digits) = match kind {
            b'x' => (number(after.get(..2), 16), 3),
            b'0'..=b'7' => {
                let len = rest.iter().take(3).take_while(is_octal).count();
                (number(rest.get(..len), 8).map(|code| code & 0xff), len)
            }
            _ => (None, 0),
        };
        if let Some(code) = code {
            out.push(u8::try_from(code).unwrap_or(b'?'));
            rest = rest.get(digits..).unwrap_or_default();
            continue;
        }
        rest = after;
        match kind {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'v' => out.push(11),
            b'\\' | b'\'' | b'"' => out.push(kind),
            other => out.extend([b'\\', other]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_as_python_reads_them() {
        assert_eq!(&*plain(br"'o\x73\163\n'", Form::Quoted), b"oss\n");
        assert_eq!(&*plain(br"o\u0073 \n", Form::Escaped), br"os \n");
        assert_eq!(&*plain(br"'a\", Form::Quoted), br"a\");
    }

    #[test]
    fn letters_of_old_text_are_latin() {
        assert_eq!(text(b"os\xe9 \\u20ac", Form::Escaped), "os\u{e9} \u{20ac}");
        assert_eq!(text(br"\\u0041", Form::Escaped), r"\\u0041");
        assert_eq!(&*plain(b"\\u0080\x04", Form::Escaped), b"\x80\x04");
    }
}

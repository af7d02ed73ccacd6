//! Bytes to text: the encodings that YAML allows, and clear words for everything else.

use crate::source::{Diagnostic, Place, SourceText};
use std::sync::Arc;

/// The text of `bytes`: UTF-8, or UTF-16 with a byte order mark; the mark is dropped. Broken UTF-8 and NUL bytes are
/// errors with their place.
pub fn decode(name: &str, bytes: &[u8]) -> Result<Arc<SourceText>, Diagnostic> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(name, rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(name, rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(name, rest),
        _ => utf8(name, bytes),
    }
}

fn utf8(name: &str, bytes: &[u8]) -> Result<Arc<SourceText>, Diagnostic> {
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        let start = &bytes[..bytes.len().min(1024)];
        let zeros = start.chunks(2).filter(|pair| pair.contains(&0)).count();
        let hint = if zeros * 2 >= start.len() / 2 && offset < 2 {
            "if this is UTF-16 text, save it as UTF-8"
        } else {
            "this looks like a binary file, not YAML"
        };
        return Err(broken(name, bytes, offset, "a NUL byte in the text").hint(hint));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(SourceText::new(name, text)),
        Err(error) => {
            let offset = error.valid_up_to();
            let byte = bytes.get(offset).copied().unwrap_or_default();
            let message = format!("the byte 0x{byte:02X} is not valid UTF-8");
            Err(broken(name, bytes, offset, message).hint("save the file as UTF-8"))
        }
    }
}

fn utf16(name: &str, bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Arc<SourceText>, Diagnostic> {
    let units = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for decoded in char::decode_utf16(units.0.iter().map(|pair| unit(*pair))) {
        match decoded {
            Ok('\0') => {
                return Err(broken(
                    name,
                    text.as_bytes(),
                    text.len(),
                    "a NUL character in the text",
                ));
            }
            Ok(character) => text.push(character),
            Err(_) => {
                let offset = text.len();
                return Err(
                    broken(name, text.as_bytes(), offset, "half a UTF-16 surrogate pair")
                        .hint("save the file as UTF-8"),
                );
            }
        }
    }
    if !units.1.is_empty() {
        let offset = text.len();
        return Err(broken(
            name,
            text.as_bytes(),
            offset,
            "the UTF-16 text ends with half a character",
        )
        .hint("save the file as UTF-8"));
    }
    Ok(SourceText::new(name, text))
}

/// The problem at a byte offset, shown on the line as far as it can be read.
fn broken(name: &str, bytes: &[u8], offset: usize, message: impl Into<String>) -> Diagnostic {
    /// Enough of what follows to recognise the line.
    const AFTER: usize = 80;
    let end = bytes.len().min(offset + AFTER);
    let mut text = String::from_utf8_lossy(&bytes[..offset]).into_owned();
    let at = text.len();
    text.push_str(&String::from_utf8_lossy(&bytes[offset..end]).replace('\0', "\u{FFFD}"));
    let width = text[at..].chars().next().map_or(0, char::len_utf8);
    let source = SourceText::new(name, text);
    Diagnostic::new(message).at(Place::new(&source, at..at + width))
}

//! Base64 as Kubernetes writes it in `data`: the standard alphabet with padding.

/// Decodes; `None` when this is not base64. Line feeds between characters are accepted, as by the API server.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held, mut characters, mut padding) = (0u32, 0u32, 0usize, 0usize);
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            b'\n' | b'\r' => continue,
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        characters += 1;
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    let whole = (characters + padding) % 4 == 0 && padding <= 2;
    // Two encodings of equal bytes must not pass for different values, and the other way round.
    (whole && bits & ((1 << held) - 1) == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn what_kubernetes_writes_is_decoded() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("YQ==", b"a"),
            ("YWI=", b"ab"),
            ("YWJj", b"abc"),
            ("/+8=", b"\xff\xef"),
            ("YW\nJj\n", b"abc"),
        ] {
            assert_eq!(decode(text).as_deref(), Some(bytes), "{text}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        for text in [
            "a",
            "YQ",
            "YQ=",
            "YQ===",
            "YR==",
            "Y=Q=",
            "digest:00",
            "YQ= =",
            "é",
            "====",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}

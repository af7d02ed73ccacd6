//! Documents that nobody wrote before.

use super::write::{Writer, is_empty};
use crate::value::Value;

/// A value as a document of its own, in block style, its keys in order; read again, it is the same value.
pub fn whole(value: &Value) -> String {
    let writer = Writer {
        indentless: false,
        final_newline: true,
        single: false,
        json: false,
    };
    let mut lines = if is_empty(value) {
        vec![writer.scalar(value, false, None)]
    } else {
        writer.block(value, 0)
    };
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::value_of as read;

    #[test]
    fn what_is_written_reads_back_the_same() {
        for json in [
            r#"{"a":{"b":[1,"2",true,null,{"c":{}},[],["x",["y"]]]},"d":"on","e":"a: b","f":"two\nlines\n","g":"more\n\n","h":" x\ny"}"#,
            r#"["x",{"y":"2026-11-23","z":"1_000","":"~"}]"#,
            r#"{"b":"\ttab","c":"end \nx","d":"\n","e":"a\r\nb","f":1.5,"g":-3,"h":12345678901234567890}"#,
            "{}",
            r#""text""#,
        ] {
            let value = Value::from_json_str(json).unwrap();
            let text = whole(&value);
            assert!(text.ends_with('\n'), "{text}");
            assert_eq!(read(&text), value, "{text}");
        }
    }
}

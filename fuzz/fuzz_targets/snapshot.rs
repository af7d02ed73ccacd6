//! Whatever the files of a snapshot hold, reading answers without a panic, and what is read is written again alike.
#![no_main]

use envcheck_core::inventory::snapshot::{Format, Manifest, Subject, parse_line};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(format) = Format::parse(bytes) {
        let again = Format::parse(&format.to_bytes());
        assert_eq!(again.as_ref(), Ok(&format));
        let _ = Manifest::parse(bytes, &format.to_bytes());
    }
    // The first line is a format, the rest a manifest of it.
    if let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
        let (format, manifest) = bytes.split_at(end + 1);
        if let Ok(manifest) = Manifest::parse(manifest, format) {
            for (subject, entry) in manifest.complete() {
                assert_eq!(subject.path(), entry.path);
            }
        }
    }
    for subject in [
        Subject::of("v1", "Secret"),
        Subject::of("apps/v1", "Deployment"),
        Some(Subject::Account("vpcs".to_owned())),
    ]
    .into_iter()
    .flatten()
    {
        if let Ok(value) = parse_line(&subject, bytes) {
            let text = value.to_json_str().unwrap_or_default();
            assert_eq!(parse_line(&subject, text.as_bytes()).as_ref(), Ok(&value));
        }
    }
});

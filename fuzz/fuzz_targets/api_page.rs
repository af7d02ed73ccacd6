//! Whatever an API server sends as a page of a list, reading answers: no panic, no secret left in the open, and what was
//! redacted once stays as it is.
#![no_main]

use envcheck_core::inventory::redact::Redactor;
use envcheck_core::inventory::{identify, page};
use envcheck_core::value::ValueExt;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(outline) = page::outline(bytes, "Secret") else {
        return;
    };
    assert_ne!(outline.head.kind, "Status");
    // Taken apart in runs, a page has the same objects as taken apart at once.
    let runs: Result<Vec<_>, _> = outline
        .runs(64)
        .into_iter()
        .map(|run| outline.objects(bytes, run, "Secret"))
        .collect();
    let whole = page::objects(bytes, "Secret").map(|(_, objects)| objects);
    assert_eq!(runs.map(|runs| runs.concat()), whole);
    let Ok(objects) = whole else {
        return;
    };
    let redactor = Redactor::new([7; 32]);
    for mut object in objects {
        redactor.redact(&mut object);
        let once = object.clone();
        redactor.redact(&mut object);
        assert_eq!(once, object, "redacting twice is redacting once");
        if object.text_at(&["kind"]) == Some("Secret") && object.text_at(&["apiVersion"]) == Some("v1") {
            for (_, value) in object.at(&["data"]).into_iter().flat_map(ValueExt::members) {
                if let Some(text) = value.text() {
                    assert!(text.is_empty() || text.starts_with("digest:"), "{text}");
                }
            }
        }
        let _ = identify(&object);
    }
});

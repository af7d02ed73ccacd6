//! Whatever text a policy file holds, loading answers: no panic, no overflow, and every place lies in the text. What was
//! loaded is accepted by the engine as well.
#![no_main]

use envcheck_core::policy::{Catalogue, RegoFile, probe};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // As ours, as the user's, and as a test.
    let ours = [RegoFile::new("p.rego", text)];
    let theirs = vec![RegoFile::new("p.rego", text), RegoFile::new("p_test.rego", text)];
    let (catalogue, problems) = Catalogue::load(&ours, &[theirs]);
    for problem in &problems {
        if let Some(place) = &problem.place {
            assert!(
                place.span.start <= place.span.end && place.span.end <= text.len(),
                "{problem:?}"
            );
        }
        assert_ne!(problem.message, "the engine failed");
    }
    for policy in catalogue.policies() {
        let rules: Vec<String> = policy.rules.iter().map(|rule| rule.path.clone()).collect();
        if let Err(problems) = probe(&catalogue.closure_of(policy), &rules) {
            for (_, words) in problems {
                assert!(
                    !words.contains("could not find function") && !words.contains("recursion"),
                    "{words}"
                );
            }
        }
    }
});

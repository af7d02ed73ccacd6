//! The faults of a seed: how bad the way to the API server is, and what befalls each answer.

use super::deeds::{Asked, Deed};
use std::time::Duration;

/// Numbers from a seed: splitmix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// From 0 to 1.
    fn part(&mut self) -> f64 {
        f64::from(u32::try_from(self.below(1000)).unwrap()) / 1000.0
    }
}

/// What is no list of objects, though it is JSON, or looks like it.
const GARBAGE: [&str; 8] = [
    "{}",
    "[]",
    "null",
    "{\"a\":",
    "{\"kind\":\"List\",\"items\":[{]}",
    "}{",
    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\"}",
    "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"metadata\":{},\"items\":[null]}",
];

/// The deed is a matter of the seed and the question alone, not of the order in which questions arrive.
pub(crate) fn deed(seed: u64, asked: &Asked) -> Deed {
    let mut dice = Dice(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
    // Some days are bad, some are worse; on many only lists suffer.
    let percent = [3, 8, 20, 45][usize::try_from(dice.below(4)).unwrap()];
    let spared = dice.below(3) > 0 && ["/version", "/api", "/apis"].contains(&asked.path.as_str());
    for byte in asked.path.bytes().chain(asked.times.to_le_bytes()) {
        dice.0 = (dice.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    if spared || dice.below(100) >= percent {
        return Deed::Pass;
    }
    let part = dice.part();
    match dice.below(22) {
        0..=2 => Deed::Delay(Duration::from_millis(dice.below(1200))),
        3 | 4 => Deed::Reset,
        5 => Deed::Close,
        6 => Deed::Stall,
        7 => Deed::StallWithin(part),
        8 | 9 => Deed::Cut(part),
        10 | 11 => Deed::CutWithoutLength(part),
        12 | 13 => Deed::CutInSecret(part),
        14 => Deed::Status(429, None),
        15 => Deed::Status(429, Some(dice.below(2))),
        16 => Deed::Status(500, None),
        17 => Deed::Status(503, Some(1)),
        18 => Deed::Status(503, None),
        19 | 20 => Deed::Text(GARBAGE[usize::try_from(dice.below(8)).unwrap()]),
        _ => Deed::Repeat,
    }
}

#[test]
fn the_same_seed_does_the_same_and_others_do_otherwise() {
    let asked = |path: &str, times| Asked {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: String::new(),
        times,
    };
    let story = |seed| -> Vec<Deed> {
        (0..200)
            .map(|number| deed(seed, &asked(["/a", "/b"][number % 2], number as u64)))
            .collect()
    };
    assert_eq!(story(7), story(7));
    let stories: Vec<_> = (0..40).map(story).collect();
    assert!(stories.iter().all(|own| own.contains(&Deed::Pass)));
    let all: Vec<String> = stories.iter().flatten().map(|deed| format!("{deed:?}")).collect();
    for kind in [
        "Delay",
        "Reset",
        "Close",
        "Stall",
        "StallWithin",
        "Cut(",
        "CutWithoutLength",
        "CutInSecret",
        "Status(429",
        "Status(500",
        "Status(503",
        "Text",
        "Repeat",
    ] {
        assert!(
            all.iter().any(|deed| deed.starts_with(kind)),
            "{kind} never happens"
        );
    }
}

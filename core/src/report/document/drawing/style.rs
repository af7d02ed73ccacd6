//! How drawings look, by day and by night. Colours are written out: not every program that shows SVG knows variables.

use super::measure::{Face, KIND, LABEL, NAME, NOTE, TITLE};
use std::fmt::Write as _;

/// Fonts whose letters are about as wide as [`super::measure`] reckons.
const FONTS: &str = "\"Helvetica Neue\",Helvetica,Arial,\"Liberation Sans\",sans-serif";

/// What is written with each class.
const FACES: [(&str, Face); 5] = [
    ("kind", KIND),
    ("name", NAME),
    ("note", NOTE),
    ("label", LABEL),
    ("strip-title", TITLE),
];

/// Colours: class, property, by day, by night.
const COLOURS: [(&str, &str, &str, &str); 23] = [
    ("ground", "fill", "#ffffff", "#11161c"),
    ("strip", "fill", "#f5f7f9", "#181f27"),
    ("strip", "stroke", "#dce2e8", "#2b3540"),
    ("halo", "fill", "#ffffff", "#11161c"),
    ("halo-strip", "fill", "#f5f7f9", "#181f27"),
    ("wire", "stroke", "#8491a0", "#72808f"),
    ("tip", "fill", "#66727f", "#94a2b1"),
    ("kind", "fill", "#55606c", "#a9b4c0"),
    ("name", "fill", "#17202a", "#eef2f6"),
    ("note", "fill", "#414b56", "#c0c9d2"),
    ("label", "fill", "#414b56", "#c0c9d2"),
    ("strip-title", "fill", "#55606c", "#a9b4c0"),
    ("outside", "fill", "#eceff3", "#232b34"),
    ("outside", "stroke", "#75818e", "#8b98a6"),
    ("route", "fill", "#e7f0fc", "#15283f"),
    ("route", "stroke", "#3a76c0", "#6ea6ec"),
    ("workload", "fill", "#e4f4ea", "#13301f"),
    ("workload", "stroke", "#2d8a54", "#58bf85"),
    ("settings", "fill", "#fcf4dd", "#332a10"),
    ("settings", "stroke", "#a97f17", "#d9b04a"),
    ("data", "fill", "#f0e9fb", "#281e3e"),
    ("data", "stroke", "#7853bd", "#a98be6"),
    ("missing", "fill", "#fdeaea", "#3b1919"),
];
/// The border of what is missing stands out by day and by night.
const MISSING: (&str, &str) = ("#bf3636", "#ef7d7d");

/// The rules for drawings, in a file of their own or within a page.
pub(in super::super) fn rules() -> String {
    let mut css = format!(
        ".drawing text{{font-family:{FONTS}}}\
         .drawing .strip,.drawing .box rect{{stroke-width:1}}\
         .drawing .box rect{{stroke-width:1.3}}\
         .drawing .wire{{fill:none;stroke-width:1.4}}\
         .drawing .dashed{{stroke-dasharray:5 4}}\
         .drawing .label,.drawing .strip-title{{dominant-baseline:auto}}\
         .drawing .missing{{stroke-dasharray:4 3}}"
    );
    for (class, face) in FACES {
        let weight = if face.bold { ";font-weight:bold" } else { "" };
        let _ = write!(css, ".drawing .{class}{{font-size:{}px{weight}}}", face.size);
    }
    for (class, property, day, _) in COLOURS {
        let _ = write!(css, ".drawing .{class}{{{property}:{day}}}");
    }
    let _ = write!(css, ".drawing .missing{{stroke:{}}}", MISSING.0);
    // Never on paper.
    css.push_str("@media screen and (prefers-color-scheme:dark){");
    for (class, property, _, night) in COLOURS {
        let _ = write!(css, ".drawing .{class}{{{property}:{night}}}");
    }
    let _ = write!(css, ".drawing .missing{{stroke:{}}}}}", MISSING.1);
    css
}

#[cfg(test)]
mod tests {
    use super::super::Tone;
    use super::*;

    #[test]
    fn every_tone_has_its_colours() {
        let css = rules();
        let tones = [
            Tone::Outside,
            Tone::Route,
            Tone::Workload,
            Tone::Settings,
            Tone::Data,
            Tone::Missing,
        ];
        for tone in tones {
            for property in ["fill", "stroke"] {
                let rule = format!(".drawing .{}{{{property}:", tone.class());
                assert_eq!(css.matches(&rule).count(), 2, "{rule}");
            }
        }
        assert_eq!(css.matches('{').count(), css.matches('}').count());
        assert!(!css.contains('<'));
    }
}

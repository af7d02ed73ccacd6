use super::render;
use crate::report::{Style, sample};

#[test]
fn show() {
    for a in [
        sample::audit(),
        sample::clean(),
        sample::incomplete(),
        sample::check(),
    ] {
        for style in [
            Style::PLAIN,
            Style {
                width: Some(80),
                ..Style::PLAIN
            },
            Style {
                unicode: false,
                ..Style::PLAIN
            },
        ] {
            let mut out = Vec::new();
            render(&a, &style, &mut out).unwrap();
            eprintln!("{}\n----------", String::from_utf8(out).unwrap());
        }
    }
}

//! How wide a text is, without asking any font: a table of advances. Renderers are told the width, so that a font with wider
//! letters is squeezed into it instead of running out of its box.

use unicode_width::UnicodeWidthChar;

/// Advances of ASCII from the space on, in thousandths of the size: those of Helvetica, which most fonts without serifs keep
/// close to.
const ADVANCES: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
/// Bold letters are wider by this much.
const BOLD: f64 = 1.07;
/// What a letter of another alphabet takes for each column of a terminal.
const OTHER: f64 = 0.62;

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Face {
    pub(super) size: f64,
    pub(super) bold: bool,
}

/// What a thing is.
pub(super) const KIND: Face = face(10.5, false);
/// What it is called.
pub(super) const NAME: Face = face(13.0, true);
/// More about it.
pub(super) const NOTE: Face = face(11.0, false);
/// On a line.
pub(super) const LABEL: Face = face(10.5, false);
/// The title of a strip.
pub(super) const TITLE: Face = face(11.5, true);

const fn face(size: f64, bold: bool) -> Face {
    Face { size, bold }
}

/// The width of a text.
pub(super) fn width(text: &str, face: Face) -> f64 {
    let advance = |char: char| {
        let ascii = usize::try_from(u32::from(char))
            .ok()
            .and_then(|code| code.checked_sub(32));
        match ascii.and_then(|code| ADVANCES.get(code)) {
            Some(advance) => f64::from(*advance) / 1000.0,
            None => f64::from(u32::try_from(char.width().unwrap_or(0)).unwrap_or(0)) * OTHER,
        }
    };
    let bold = if face.bold { BOLD } else { 1.0 };
    text.chars().map(advance).sum::<f64>() * face.size * bold
}

/// The text, its middle given up where it is wider than `limit`: both ends tell things apart.
pub(super) fn shorten(text: &str, face: Face, limit: f64) -> String {
    if width(text, face) <= limit {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let mut kept = chars.len().saturating_sub(1);
    loop {
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        let text: String = chars[..head]
            .iter()
            .chain(std::iter::once(&'…'))
            .chain(&chars[chars.len() - tail..])
            .collect();
        if kept == 0 || width(&text, face) <= limit {
            return text;
        }
        kept -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_keeps_its_ends() {
        let long = "kube-prometheus-stack-prometheus-node-exporter";
        let short = shorten(long, NAME, 120.0);
        assert!(
            short.starts_with("kube-pro") && short.ends_with("exporter"),
            "{short}"
        );
        assert!(width(&short, NAME) <= 120.0);
        assert_eq!(shorten("ii", NAME, 120.0), "ii");
    }

    proptest! {
        #[test]
        fn a_shortened_text_fits(text in any::<String>(), limit in 20.0..300.0_f64) {
            let text: String = text.chars().take(400).collect();
            prop_assert!(width(&shorten(&text, NAME, limit), NAME) <= limit);
        }
    }
}

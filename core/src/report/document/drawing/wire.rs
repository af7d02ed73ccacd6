//! The way of a line: level through columns, bent between them.

/// A line from the right side of a box to the left side of another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wire {
    /// Where it leaves.
    pub(super) start: (f64, f64),
    /// How it goes on.
    pub(super) hops: Vec<Hop>,
    /// The arrow is at its start: it leads back.
    pub(super) back: bool,
    /// It is drawn with dashes.
    pub(super) dashed: bool,
    /// What stands on it.
    pub(super) label: Option<Label>,
}

/// A piece of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Hop {
    /// Bends to a place in the next gap.
    Bend((f64, f64)),
    /// Goes on level.
    Level(f64),
}

/// A text on a line, with its middle and its width.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Label {
    pub(super) text: String,
    pub(super) full: String,
    pub(super) middle: (f64, f64),
    pub(super) width: f64,
}

/// How high a label is.
pub(super) const LABEL_HEIGHT: f64 = 14.0;

impl Wire {
    /// Where it ends.
    pub(super) fn end(&self) -> (f64, f64) {
        self.hops.iter().fold(self.start, |(_, y), hop| match hop {
            Hop::Bend(to) => *to,
            Hop::Level(x) => (*x, y),
        })
    }

    /// The way as SVG writes it.
    pub(super) fn path(&self) -> String {
        use std::fmt::Write as _;
        let (mut x, mut y) = self.start;
        let mut path = format!("M{} {}", number(x), number(y));
        for hop in &self.hops {
            match *hop {
                Hop::Bend((to_x, to_y)) => {
                    let half = f64::midpoint(x, to_x);
                    let _ = write!(
                        path,
                        "C{} {} {} {} {} {}",
                        number(half),
                        number(y),
                        number(half),
                        number(to_y),
                        number(to_x),
                        number(to_y)
                    );
                    (x, y) = (to_x, to_y);
                }
                Hop::Level(to_x) => {
                    let _ = write!(path, "H{}", number(to_x));
                    x = to_x;
                }
            }
        }
        path
    }
}

/// A length with at most one digit after the point: the same bytes everywhere, and nobody sees more.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_written_shortly() {
        let wire = Wire {
            start: (10.0, 20.04),
            hops: vec![Hop::Bend((30.0, 40.0)), Hop::Level(50.5)],
            back: false,
            dashed: false,
            label: None,
        };
        assert_eq!(wire.path(), "M10 20C20 20 20 40 30 40H50.5");
        assert_eq!(wire.end(), (50.5, 40.0));
        assert_eq!(number(-0.04), "0");
    }
}

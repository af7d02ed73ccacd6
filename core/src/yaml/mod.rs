//! x
use crate::{
    path::FieldPath,
    source::{Place, SourceText},
    value::Value,
};
/// x
#[derive(Debug)]
pub struct Document {
    /// x
    pub index: usize,
    /// x
    pub value: Value,
    /// x
    pub source: std::sync::Arc<SourceText>,
    /// x
    pub range: std::ops::Range<usize>,
}
impl Document {
    /// x
    pub fn locate(&self, _path: &FieldPath) -> Place {
        Place::new(&self.source, self.range.clone())
    }
}

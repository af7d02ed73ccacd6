//! JSON for programs: complete, versioned, in a total order. A later version gets a module beside [`v1`].

mod escape;
pub mod v1;

pub(super) use escape::write as write_harmless;

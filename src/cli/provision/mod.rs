//! `envcheck provision`: what the spec declares, made.

mod render;

pub(super) use render::run;

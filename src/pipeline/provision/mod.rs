//! `provision`: from the declared environment to what is there.

mod install;
mod render;

pub use render::{RenderChoice, Rendered, render};

//! The half of envcheck that touches the world.

pub mod collect;

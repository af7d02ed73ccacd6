//! The half of envcheck that touches the world: it collects what is there, hands it to the deciding half
//! (`envcheck_core`), and tells what came of it. [`pipeline`] shows each whole flow on one screen.

pub mod apply;
pub mod builtin;
pub mod cli;
pub mod clients;
pub mod collect;
pub mod history;
pub mod pipeline;

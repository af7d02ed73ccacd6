//! From the declared environment to what there should be: objects of the cluster, and the directory that holds them.
//!
//! It knows nothing of what is there already, and reads nothing: texts that the spec only names are passed in.

pub mod objects;
pub mod rendered;

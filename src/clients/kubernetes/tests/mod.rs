//! Against small servers made here.

//! Who owns whom, and what that does to what is reported.

mod owners;

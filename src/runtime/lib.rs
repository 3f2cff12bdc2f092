//! weir-runtime

pub mod backend;

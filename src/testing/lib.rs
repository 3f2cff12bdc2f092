//! weir-testing

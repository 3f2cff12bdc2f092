//! weir-domain

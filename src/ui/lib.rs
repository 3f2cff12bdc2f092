//! weir-ui

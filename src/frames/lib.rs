//! weir-frames

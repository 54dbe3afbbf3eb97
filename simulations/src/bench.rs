//! Yardsticks for real nodes (written by another hand right now).

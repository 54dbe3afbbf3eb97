//! Real processes through the API (written by another hand right now).

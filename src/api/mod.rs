//! The HTTP face of a running program: health, metrics, cameras, cases.

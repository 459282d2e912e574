//! What the operator wrote, read and checked.

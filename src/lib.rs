//! Xunjie watches a city's street cameras and turns what they see into cases.
//!
//! The modules stand in reading order, and each uses only those above it:
//! first the ground, then the way from camera to incident, then the way from
//! incident to the city, then what puts it all together.

pub mod geometry;
pub mod time;
pub mod runtime;
pub mod written;
pub mod access;
pub mod ingest;
pub mod detect;
pub mod tracking;
pub mod rules;
pub mod city;
pub mod cases;
pub mod store;
pub mod dispatch;
pub mod api;
pub mod config;
pub mod pipeline;
pub mod sim;
pub mod cli;

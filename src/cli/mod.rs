//! The command line: what a person types, and what is said back.

mod bench;
mod case;
mod check;
mod city;
mod command;
mod config;
mod demo;
mod eval;
mod gates;
mod log;
mod model;
mod numbers;
mod replay;
mod run;
mod sim;

pub use command::main;

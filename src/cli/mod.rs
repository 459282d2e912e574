//! The command line: what a person types, and what is said back.

mod audit;
mod bench;
mod case;
mod case_figures;
mod check;
mod citizen;
mod city;
mod command;
mod config;
mod data;
mod dataset;
mod demo;
mod duty;
mod eval;
mod gates;
mod log;
mod model;
mod numbers;
mod password;
mod replay;
mod report;
mod run;
mod sim;
mod sink;
mod token;
mod user;

pub use command::main;

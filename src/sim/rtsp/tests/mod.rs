//! The whole server over loopback.

mod asking;
mod failing;
mod loading;
mod playing;
mod stage;

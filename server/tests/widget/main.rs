//! The widget's HTTP surface, over a backend in memory.

mod fake;
mod http;
mod size;

//! The widget's HTTP surface, over a backend in memory.

mod bank;
mod either;
mod fake;
mod forms;
mod http;
mod leg;
mod pages;
mod size;

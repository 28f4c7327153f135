//! One name in several scripts, and on several keyboards.
//!
//! - `keyboard`: what was typed, had the keyboard been switched.
//! - `roman`: Cyrillic and Greek in Latin letters.
//! - `sound`: what Hebrew and Latin spellings of one name have in common.

mod keyboard;
mod roman;
mod sound;

pub(crate) use keyboard::switched;
pub(crate) use roman::romanized;
pub(crate) use sound::{Sound, sounds};

//! A tenant's branding: its name as people read it, and its colours as the widget may use them.
//!
//! **Goal.** The widget looks like the organisation that asks, and no branding can hide who asks, which bank it is, or where
//! typed data goes. **Contract.** A branding reaches the page as the text of [`Name::clean`] and as the custom properties of
//! [`Palette::style`], and in no other way. Only colours of things to press and the roundness of corners can be set; text,
//! grounds and messages keep ours. A colour is moved, by its lightness alone and no further than needed, until it can be read.

mod colour;
mod name;
mod palette;

pub use colour::{Colour, NotAColour};
pub use name::{Name, NameUnfit};
pub use palette::{Grounds, Palette, Radius, RadiusTooLarge, Shades};

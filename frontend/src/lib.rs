//! The widget's WebAssembly entry point: links the islands and lets them take the page over.

use gesher_app as _;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the boot module, before the islands.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}

//! Pages as the server writes them: the wizard's page around the island, and pages that only explain.

use crate::locale::{ServerKey, server_text};
use crate::shown::Start;
use crate::view::{icon, icon_paths, screen_view};
use crate::wizard::{START_ATTRIBUTE, Wizard};
use data_encoding::BASE64;
use gesher_contract::{Boot, Door, Language, View};
use leptos::nonce::use_nonce;
use leptos::prelude::*;

/// Addresses of the files that a page loads.
#[derive(Clone, Debug)]
pub struct Files {
    /// The boot module.
    pub script: String,
    /// The WebAssembly that the boot module fetches.
    pub wasm: String,
    /// The style sheet.
    pub style: String,
}

/// The wizard's page.
#[component]
pub fn WizardPage(
    /// The session, and the screen to show.
    boot: Boot,
    /// What the page loads.
    files: Files,
) -> impl IntoView {
    let (language, door) = (boot.screen.language, boot.door);
    let start = postcard::to_allocvec(&Start::of(&boot))
        .map(|bytes| BASE64.encode(&bytes))
        .unwrap_or_default();
    let refreshes = door == Door::Page && matches!(boot.screen.view, View::Progress { .. });
    view! {
        <!DOCTYPE html>
        <html lang=language.code() dir=language.dir() class=match door { Door::Frame => "frame", Door::Page => "page" }>
            <head>
                <Head title=server_text(language, ServerKey::PageTitle) style=files.style.clone() />
                <link rel="preload" href=files.wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                <script type="module" nonce=use_nonce() src=files.script></script>
                {refreshes.then(|| view! { <noscript><meta http-equiv="refresh" content="2" /></noscript> })}
            </head>
            <body {..leptos::attr::custom::custom_attribute(START_ATTRIBUTE, start)}>
                <Wizard>{screen_view(door, boot.screen)}</Wizard>
            </body>
        </html>
    }
}

#[component]
fn Head(title: &'static str, style: String) -> impl IntoView {
    view! {
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href=style />
    }
}

/// Why there is no wizard on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explained {
    /// `widget_url` opened as a page of its own.
    FrameAlone,
    /// `hosted_url` opened in a frame.
    PageFramed,
    /// A token that is not known here.
    Unknown,
    /// An invitation whose session is over.
    Over,
    /// Too many acts.
    TooMany,
    /// Something broke.
    Broken,
    /// A request that another site caused.
    Foreign,
    /// No such address.
    NotFound,
}

/// A page that explains, with nothing to press or fill in.
#[component]
pub fn ExplainingPage(
    /// What is explained.
    why: Explained,
    /// In which language.
    language: Language,
    /// Address of the style sheet.
    style: String,
) -> impl IntoView {
    use ServerKey as K;
    let (title, words, path) = match why {
        Explained::FrameAlone => (K::FrameAloneTitle, K::FrameAloneText, icon_paths::WINDOWS),
        Explained::PageFramed => (K::PageFramedTitle, K::PageFramedText, icon_paths::WINDOWS),
        Explained::Unknown => (K::UnknownTitle, K::UnknownText, icon_paths::ALERT),
        Explained::Over => (K::OverTitle, K::OverText, icon_paths::CLOCK),
        Explained::TooMany => (K::TooManyTitle, K::TooManyText, icon_paths::CLOCK),
        Explained::Broken => (K::BrokenTitle, K::BrokenText, icon_paths::ALERT),
        Explained::Foreign => (K::ForeignTitle, K::ForeignText, icon_paths::LOCK),
        Explained::NotFound => (K::NotFoundTitle, K::NotFoundText, icon_paths::ALERT),
    };
    view! {
        <!DOCTYPE html>
        <html lang=language.code() dir=language.dir() class="page">
            <head>
                <Head title=server_text(language, title) style=style />
            </head>
            <body>
                <div class="wizard alone">
                    <main class="content middle">
                        <span class="badge" aria-hidden="true">{icon(path, false)}</span>
                        <h1>{server_text(language, title)}</h1>
                        <p class="lead">{server_text(language, words)}</p>
                    </main>
                </div>
            </body>
        </html>
    }
}

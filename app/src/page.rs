//! Pages as the server writes them: the wizard's page around the island, pages on the way to the bank, and pages that only
//! explain.

mod entrance;
mod leg;

pub use entrance::{EntrancePage, EntrancePageProps};
pub use leg::{DeparturePage, DeparturePageProps, DigitsPage, DigitsPageProps};

use crate::host::{Beside, beside, exit, in_dialect, json as plain_json, message_of, step_of};
use crate::locale::{Key, ServerKey, server_text, text};
use crate::shown::{Facts, Start};
use crate::view::{icon, icon_paths, screen_view};
use crate::wizard::{RETURNS_AFTER, START_ATTRIBUTE, Wizard};
use data_encoding::BASE64;
use gesher_contract::{Boot, Door, HostPayload, Language, LeavingView, View};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use serde_json::json;

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

/// A page's style sheets.
#[derive(Clone, Debug)]
pub struct Sheets {
    /// The widget's.
    pub own: String,
    /// The one of the tenant's branding, which sets some of its custom properties anew.
    pub theme: Option<String>,
}

impl From<String> for Sheets {
    fn from(own: String) -> Self {
        Self { own, theme: None }
    }
}

/// Before anything is painted: a frame that was reloaded in mid-session knows that the page's screen is another's, and hides
/// it until the island has resumed. Whatever fails to load shows it.
const KEPT: &str = "if(history.state?.handle){const{classList:c}=document.documentElement;c.add('kept');addEventListener('error',()=>c.remove('kept'),true)}";

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
    let for_host = for_host(&boot);
    let refresh = (door == Door::Page).then(|| refresh(&boot.screen.view)).flatten();
    view! {
        <!DOCTYPE html>
        <html lang=language.code() dir=language.dir() class=match door { Door::Frame => "frame", Door::Page => "page" }>
            <head>
                <Head title=server_text(language, ServerKey::PageTitle).to_owned() style=Sheets { own: files.style.clone(), theme: boot.screen.theme.clone() } />
                <link rel="preload" href=files.wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                <script type="module" nonce=use_nonce() src=files.script></script>
                {(door == Door::Frame).then(|| view! { <script nonce=use_nonce() inner_html=KEPT></script> })}
                {refresh.map(|content| view! { <noscript><meta http-equiv="refresh" content=content /></noscript> })}
            </head>
            <body data-host={for_host} {..leptos::attr::custom::custom_attribute(START_ATTRIBUTE, start)}>
                <Wizard>{screen_view(door, boot.screen)}</Wizard>
                {(door == Door::Frame).then(|| view! { <p class="resuming" aria-hidden="true">{text(language, Key::OneMoment)}</p> })}
            </body>
        </html>
    }
}

/// What the boot script tells the host's page of this screen in a frame where WebAssembly is refused, as JSON.
fn for_host(boot: &Boot) -> Option<String> {
    let to = Some(&boot.parent_origins).filter(|to| boot.door == Door::Frame && !to.is_empty())?;
    let facts = Facts::of(&boot.screen);
    let ready = HostPayload::Ready { language: facts.language };
    let step = HostPayload::Step {
        name: step_of(&facts.stage),
    };
    let beside = beside(&facts.stage, Beside::default());
    let also = |payload: &HostPayload| {
        boot.dialect
            .and_then(|dialect| in_dialect(dialect, payload, &beside))
            .as_ref()
            .map(plain_json)
    };
    let say = |payload: HostPayload| {
        let mut message = json!(payload);
        message["also"] = also(&payload).unwrap_or_default();
        message
    };
    let messages: Vec<_> = [ready, step].into_iter().chain(message_of(&facts)).map(say).collect();
    let over = facts.stage.over().map(|reason| say(exit(&facts.stage, reason)));
    Some(json!({ "to": to, "session": boot.session, "messages": messages, "over": over }).to_string())
}

/// Where nothing but time brings the next screen, a hosted page without scripts asks for it; and after success it goes back
/// to the host.
fn refresh(view: &View) -> Option<String> {
    match view {
        View::Progress { .. } => Some("2".to_owned()),
        View::Waiting(_) | View::Leaving(LeavingView { launched: true, .. }) => Some("5".to_owned()),
        View::Success(success) if success.announced => success.return_url.as_ref().map(|url| format!("{RETURNS_AFTER};url={url}")),
        _ => None,
    }
}

#[component]
fn Head(title: String, style: Sheets) -> impl IntoView {
    view! {
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href=style.own />
        {style.theme.map(|theme| view! { <link rel="stylesheet" href=theme /> })}
    }
}

/// A page without scripts, as a card of its own.
fn alone(title: String, language: Language, style: Sheets, body: impl IntoView) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang=language.code() dir=language.dir() class="page">
            <head>
                <Head title=title style=style />
            </head>
            <body>
                <div class="wizard alone">{body}</div>
            </body>
        </html>
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
    /// The bank sent the person back, into the window that was opened for it.
    BackFromBank,
    /// Nobody was sent to the bank; the window that asked says why.
    NotSent,
    /// A launch by another window or browser than the one that the session belongs to.
    LaunchElsewhere,
    /// Somebody came back from the bank in another browser than the one that was sent there.
    ReturnElsewhere,
    /// Somebody came back from the bank a second time.
    ReturnUsed,
    /// Somebody came back from the bank by an older way than the one that is open.
    ReturnVoid,
    /// Somebody came back from the bank too late.
    ReturnLate,
    /// Somebody came back from the bank with something missing or changed.
    ReturnWrong,
    /// A start page that was switched off.
    StartOff,
    /// A start page whose time is up.
    StartExpired,
    /// A start page that has made all the connections of the day.
    StartFull,
    /// A start page or a link that asks for what cannot be asked for any more.
    StartUnready,
    /// A hosted link that was used as often as it can be.
    LinkUsed,
    /// A hosted link whose time is up.
    LinkExpired,
    /// A hosted link that was revoked.
    LinkRevoked,
}

/// A page that explains, with nothing to press or fill in.
#[component]
pub fn ExplainingPage(
    /// What is explained.
    why: Explained,
    /// In which language.
    language: Language,
    /// The style sheets.
    style: Sheets,
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
        Explained::BackFromBank => (K::BackFromBankTitle, K::BackFromBankText, icon_paths::CHECK),
        Explained::NotSent => (K::NotSentTitle, K::NotSentText, icon_paths::ALERT),
        Explained::LaunchElsewhere => (K::LaunchElsewhereTitle, K::LaunchElsewhereText, icon_paths::LOCK),
        Explained::ReturnElsewhere => (K::ReturnElsewhereTitle, K::ReturnElsewhereText, icon_paths::LOCK),
        Explained::ReturnUsed => (K::ReturnUsedTitle, K::ReturnUsedText, icon_paths::CHECK),
        Explained::ReturnVoid => (K::ReturnVoidTitle, K::ReturnVoidText, icon_paths::WINDOWS),
        Explained::ReturnLate => (K::ReturnLateTitle, K::ReturnLateText, icon_paths::CLOCK),
        Explained::ReturnWrong => (K::ReturnWrongTitle, K::ReturnWrongText, icon_paths::ALERT),
        Explained::StartOff => (K::StartOffTitle, K::StartOffText, icon_paths::CLOSE),
        Explained::StartExpired => (K::StartExpiredTitle, K::StartExpiredText, icon_paths::CLOCK),
        Explained::StartFull => (K::StartFullTitle, K::StartFullText, icon_paths::CLOCK),
        Explained::StartUnready => (K::StartUnreadyTitle, K::StartUnreadyText, icon_paths::ALERT),
        Explained::LinkUsed => (K::LinkUsedTitle, K::LinkUsedText, icon_paths::CHECK),
        Explained::LinkExpired => (K::LinkExpiredTitle, K::LinkExpiredText, icon_paths::CLOCK),
        Explained::LinkRevoked => (K::LinkRevokedTitle, K::LinkRevokedText, icon_paths::LOCK),
    };
    let badge = if why == Explained::BackFromBank { "badge good" } else { "badge" };
    let body = view! {
        <main class="content middle">
            <span class=badge aria-hidden="true">{icon(path, false)}</span>
            <h1>{server_text(language, title)}</h1>
            <p class="lead">{server_text(language, words)}</p>
        </main>
    };
    alone(server_text(language, title).to_owned(), language, style, body)
}

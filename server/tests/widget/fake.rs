//! A backend in memory, with a scripted bank: `user`/`pass`, then the code `12345`; `slow` waits, `broken` fails; `leaving`,
//! `silent` and `away` have pages of their own, `app` an app, `fields` a field of every kind, `accounts` a choice of accounts, `cosigned` other holders. Sessions called `launches…` go there by the tile.

use crate::bank::{State, picker, tiles};
use async_trait::async_trait;
use gesher_app::backend::{
    Answers, Asked, Backend, Closed, Doorway, Entrance, Entry, Instance, Knock, Logo, Refused, SessionRef, Shut, Theme,
};
use gesher_app::locale::{FieldProblem, field_text};
use gesher_contract::{
    Boot, Dialect, Door, ExitReason, FailureCode, Language, LeavingView, PickerView, Screen, SessionId, TenantTag, View,
};
use std::collections::HashMap;
use std::sync::Mutex;

/// Where the fake's sessions may be framed.
pub const PARENT: &str = "http://shop.localhost:4100";

/// Where a vendor's sessions (`cl_…`) may be framed beside that; but for `cl_unframed`, which may be framed nowhere.
pub const SECOND: &str = "https://second.example";

/// This Gesher has no start pages and no links.
const NO_ENTRANCE: Closed = Closed {
    why: Shut::Unknown,
    language: None,
};

struct Session {
    origins: Vec<String>,
    vendor_messages: bool,
    live: Option<String>,
    version: i64,
    language: Language,
    launches: bool,
    state: State,
    acts: Vec<String>,
}

/// The backend.
#[derive(Default)]
pub struct Fake {
    sessions: Mutex<HashMap<String, Session>>,
    instances: Mutex<u32>,
}

pub fn session_id(name: &str) -> SessionId {
    let number = name.bytes().fold(7u128, |hash, byte| hash * 131 + u128::from(byte));
    SessionId::new(&TenantTag::from_random(5), number)
}

/// Which session a token opens by this door.
fn name_of(token: &str, door: Door) -> Option<&str> {
    let own = if door == Door::Frame { "ct_" } else { "hl_" };
    token.strip_prefix(own).or_else(|| token.strip_prefix("cl_"))
}

/// Which pages may be around its frame.
fn origins_of(token: &str) -> Vec<String> {
    let origins: &[&str] = match token {
        "ct_unknown" | "cl_unknown" | "cl_unframed" => &[],
        _ if token.starts_with("cl_") => &[PARENT, SECOND],
        _ => &[PARENT],
    };
    origins.iter().map(|&origin| origin.to_owned()).collect()
}

impl Fake {
    fn with<T>(&self, id: &SessionId, run: impl FnOnce(&mut Session) -> T) -> Result<T, Refused> {
        self.sessions
            .lock()
            .expect("a lock")
            .get_mut(id.as_str())
            .map(run)
            .ok_or(Refused::Unknown)
    }

    /// The acts that came through, for tests that nothing did.
    pub fn acts(&self, id: &SessionId) -> Vec<String> {
        self.with(id, |session| session.acts.clone()).unwrap_or_default()
    }

    fn act(&self, at: &SessionRef, name: &str, run: impl FnOnce(&mut Session)) -> Result<Screen, Refused> {
        self.with(&at.id, |session| {
            let late =
                at.step.is_some_and(|step| step != session.version) || session.live.as_ref().is_some_and(|live| *live != at.instance.0);
            let takes_over = session.live.as_ref() != Some(&at.instance.0) && at.step.is_some_and(|step| step == session.version);
            if session.live.is_none() || takes_over || name == "open" {
                session.live = Some(at.instance.0.clone());
            }
            session.acts.push(name.to_owned());
            if !late || takes_over {
                let before = session.version;
                run(session);
                session.version = before + 1;
            }
        })?;
        self.screen(at)
    }

    fn screen(&self, at: &SessionRef) -> Result<Screen, Refused> {
        let speaks = if at.vendor_messages { "~speaks" } else { "" };
        self.with(&at.id, |session| {
            let language = session.language;
            let taken_over = session.live.as_ref().is_some_and(|live| *live != at.instance.0) && at.step.is_none();
            let (institution, view) = if taken_over {
                (None, View::TakenOver { way_back: None })
            } else {
                session.state.show(language, at.door, session.launches)
            };
            Screen {
                version: session.version,
                stream: format!("stream~{}~{}", at.id, at.instance.0),
                ticket: format!("ticket~{:?}~{}~{}~{}{speaks}", at.door, at.id, at.instance.0, session.version),
                language,
                language_switch: true,
                tenant_name: if language == Language::He {
                    "חנות הפרחים".into()
                } else {
                    "The Flower Shop".into()
                },
                tenant_mark: None,
                theme: None,
                test_mode: true,
                institution,
                support_code: "7F3K-2Q9".into(),
                view,
            }
        })
    }

    /// The bank goes on by one step for each look.
    fn advance(&self, at: &SessionRef) -> Result<(), Refused> {
        self.with(&at.id, |session| {
            if let State::Progress { looks, then, .. } = &mut session.state {
                *looks = looks.saturating_sub(1);
                if *looks == 0 {
                    session.state = (**then).clone();
                    session.version += 1;
                }
            }
        })
    }

    fn boot(&self, at: &SessionRef) -> Result<Boot, Refused> {
        let live = self.with(&at.id, |session| session.live.as_ref() == Some(&at.instance.0))?;
        let candidate = SessionRef {
            step: Some(0),
            ..at.clone()
        };
        let screen = self.screen(if live { at } else { &candidate })?;
        let (origins, vendors) = self.with(&at.id, |session| (session.origins.clone(), session.vendor_messages))?;
        Ok(Boot {
            dialect: (vendors && at.vendor_messages).then_some(Dialect::OpenFinance),
            handle: self.handle(at),
            session: at.id.to_string(),
            door: at.door,
            parent_origins: if at.door == Door::Frame { origins } else { Vec::new() },
            live,
            screen,
        })
    }
}

#[async_trait]
impl Backend for Fake {
    async fn enter(&self, token: &str, door: Door, asked: Asked) -> Result<Entry, Refused> {
        let name = name_of(token, door).ok_or(Refused::Unknown)?;
        match name {
            "unknown" => return Err(Refused::Unknown),
            "over" => return Err(Refused::Over),
            "many" => return Err(Refused::TooMany),
            _ => {}
        }
        let (id, number) = (session_id(name), {
            let mut instances = self.instances.lock().expect("a lock");
            *instances += 1;
            *instances
        });
        self.sessions
            .lock()
            .expect("a lock")
            .entry(id.to_string())
            .or_insert_with(|| Session {
                origins: origins_of(token),
                vendor_messages: token.starts_with("cl_"),
                live: None,
                version: 0,
                language: asked.preferred.unwrap_or_default(),
                launches: name.starts_with("launches"),
                state: State::Picker,
                acts: Vec::new(),
            });
        let at = SessionRef {
            tenant: id.tenant(),
            id,
            instance: Instance(number.to_string()),
            door,
            preferred: asked.preferred,
            silent: asked.silent,
            vendor_messages: asked.vendor_messages,
            step: None,
        };
        let boot = self.boot(&at)?;
        Ok(Entry { at, boot })
    }

    async fn frame_ancestors(&self, token: &str) -> Vec<String> {
        origins_of(token)
    }

    async fn may_embed(&self, token: &str, origin: &str) -> Option<bool> {
        (token != "ct_unknown").then(|| origins_of(token).iter().any(|allowed| allowed == origin))
    }

    fn logo(&self, file: &str) -> Option<Logo> {
        (file == "known.png").then(|| Logo {
            content_type: "image/png",
            bytes: [1, 2, 3].into(),
        })
    }

    async fn theme(&self, _tenant: &TenantTag) -> Option<Theme> {
        None
    }

    async fn doorway(&self, _entrance: &Entrance, _preferred: Option<Language>) -> Result<Doorway, Closed> {
        Err(NO_ENTRANCE)
    }

    async fn come_in(&self, _entrance: &Entrance, _knock: Knock) -> Result<SessionRef, Closed> {
        Err(NO_ENTRANCE)
    }

    async fn reenter(&self, at: &SessionRef) -> Result<Boot, Refused> {
        self.advance(at)?;
        self.boot(at)
    }

    fn admit(&self, text: &str) -> Result<SessionRef, Refused> {
        let parts: Vec<_> = text.split('~').collect();
        let door = if parts.get(1) == Some(&"Page") { Door::Page } else { Door::Frame };
        let id = parts.get(2).and_then(|id| SessionId::parse(id).ok()).ok_or(Refused::Unknown)?;
        let instance = Instance((*parts.get(3).ok_or(Refused::Unknown)?).to_owned());
        Ok(SessionRef {
            tenant: id.tenant(),
            id,
            instance,
            door,
            preferred: None,
            silent: false,
            vendor_messages: parts.get(5) == Some(&"speaks"),
            step: parts.get(4).and_then(|step| step.parse().ok()),
        })
    }

    fn handle(&self, at: &SessionRef) -> String {
        format!("handle~{:?}~{}~{}", at.door, at.id, at.instance.0)
    }

    async fn open(&self, at: &SessionRef) -> Result<Screen, Refused> {
        self.act(at, "open", |session| session.version -= 1)
    }

    async fn look(&self, at: &SessionRef) -> Result<Screen, Refused> {
        self.advance(at)?;
        self.screen(at)
    }

    async fn search(&self, at: &SessionRef, query: &str) -> Result<PickerView, Refused> {
        self.with(&at.id, |session| picker(session.language, query, session.launches))
    }

    async fn search_screen(&self, at: &SessionRef, query: &str) -> Result<Screen, Refused> {
        let mut screen = self.act(at, "search", |_| {})?;
        if let View::Picker(shown) = &mut screen.view {
            *shown = self.with(&at.id, |session| picker(session.language, query, session.launches))?;
        }
        Ok(screen)
    }

    async fn choose(&self, at: &SessionRef, institution: &str) -> Result<Screen, Refused> {
        self.act(at, "choose", |session| {
            let Some(tile) = tiles(session.language, "", session.launches)
                .into_iter()
                .find(|tile| tile.id == institution)
            else {
                return;
            };
            session.state = match institution {
                "broken" => State::Failed {
                    tile,
                    code: FailureCode::InstitutionUnavailable,
                },
                "insurer" => State::Failed {
                    tile,
                    code: FailureCode::ConsentRejected,
                },
                "leaving" | "silent" | "away" => State::Leaving {
                    tile,
                    view: LeavingView {
                        launched: institution == "away",
                        digits: (institution == "silent").then(|| "47".to_owned()),
                        automatic: session.launches,
                        same_tab: institution != "silent",
                    },
                },
                "done" | "cosigned" => State::Success { tile },
                "accounts" => State::Accounts { tile, empty: false },
                "app" => State::Waiting { tile, seconds_left: 272 },
                _ => State::Form {
                    tile,
                    values: HashMap::new(),
                    errors: HashMap::new(),
                    failure: None,
                },
            };
        })
    }

    async fn resend(&self, at: &SessionRef) -> Result<Screen, Refused> {
        self.act(at, "resend", |session| {
            if let State::Code { resent, .. } = &mut session.state {
                *resent = true;
            }
        })
    }

    async fn pick(&self, at: &SessionRef, accounts: Vec<String>) -> Result<Screen, Refused> {
        self.act(at, &format!("accounts {}", accounts.join(",")), |session| {
            if let State::Accounts { tile, .. } = session.state.clone() {
                session.state = if accounts.is_empty() {
                    State::Accounts { tile, empty: true }
                } else {
                    State::Success { tile }
                };
            }
        })
    }

    async fn picture(&self, _: &str, _: &str) -> Result<(String, Vec<u8>), Refused> {
        Err(Refused::Unknown)
    }

    async fn submit(&self, at: &SessionRef, answers: Answers) -> Result<Screen, Refused> {
        let wait = self.with(
            &at.id,
            |session| matches!(&session.state, State::Form { tile, .. } if tile.id == "slow"),
        )?;
        if wait {
            tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        }
        self.act(at, "submit", |session| {
            let language = session.language;
            session.state = match session.state.clone() {
                State::Form { tile, .. } => {
                    let values: HashMap<String, String> = answers.0.into_iter().collect();
                    let get = |name: &str| values.get(name).map_or("", String::as_str);
                    let mut errors = HashMap::new();
                    let needed: &[&str] = if tile.id == "fields" {
                        &["psu_id", "where", "kind", "side", "letters"]
                    } else {
                        &["psu_id", "username", "password"]
                    };
                    for name in needed.iter().copied() {
                        if get(name).is_empty() {
                            errors.insert(name.to_owned(), field_text(language, FieldProblem::Required));
                        }
                    }
                    if !get("psu_id").is_empty() && !gesher_app::national_id::is_valid(get("psu_id")) {
                        errors.insert("psu_id".to_owned(), field_text(language, FieldProblem::CheckDigit));
                    }
                    if !errors.is_empty() {
                        State::Form {
                            tile,
                            values,
                            errors,
                            failure: None,
                        }
                    } else if get("username") != "user" || get("password") != "pass" {
                        State::Form {
                            tile,
                            values,
                            errors,
                            failure: Some((FailureCode::WrongCredentials, 2)),
                        }
                    } else {
                        State::Code {
                            tile,
                            tries: 3,
                            resent: false,
                        }
                    }
                }
                State::Code { tile, tries, .. } if answers.0.get("code").is_some_and(|code| code == "12345") => {
                    let _ = tries;
                    State::Progress {
                        tile: tile.clone(),
                        looks: if tile.id == "slow" { 5000 } else { 5 },
                        then: Box::new(State::Success { tile }),
                    }
                }
                State::Code { tile, tries: 1, .. } => State::Failed {
                    tile,
                    code: FailureCode::TooManyTries,
                },
                State::Code { tile, tries, .. } => State::Code {
                    tile,
                    tries: tries - 1,
                    resent: false,
                },
                other => other,
            };
        })
    }

    async fn start_over(&self, at: &SessionRef) -> Result<Screen, Refused> {
        self.act(at, "start_over", |session| session.state = State::Picker)
    }

    async fn cancel(&self, at: &SessionRef) -> Result<Screen, Refused> {
        self.act(at, "cancel", |session| session.state = State::Over(ExitReason::Cancelled))
    }

    async fn not_listed(&self, at: &SessionRef, searched: &str) -> Result<Screen, Refused> {
        self.act(at, &format!("not_listed {searched}"), |session| {
            session.state = State::Over(ExitReason::NotListed);
        })
    }

    async fn speak(&self, at: &SessionRef, language: Language) -> Result<Screen, Refused> {
        self.act(at, "language", |session| session.language = language)
    }
}

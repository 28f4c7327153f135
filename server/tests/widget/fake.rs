//! A backend in memory, with a scripted bank: `user`/`pass`, then the code `12345`; `slow` waits, `broken` fails.

use async_trait::async_trait;
use gesher_app::backend::{Answers, Backend, Entry, Instance, Refused, SessionRef};
use gesher_app::locale::{FieldProblem, failure_texts, field_text};
use gesher_contract::{
    AccountLine, Boot, Door, ExitReason, FailureCode, FieldKind, FieldView, FormView, Language, Notice, OptionView, PickerView, Screen,
    SessionId, SuccessView, TenantTag, Tile, TileKind, View,
};
use std::collections::HashMap;
use std::sync::Mutex;

/// Where the fake's sessions may be framed.
pub const PARENT: &str = "http://shop.localhost:4100";

#[derive(Clone)]
enum State {
    Picker,
    Form {
        tile: Tile,
        values: HashMap<String, String>,
        errors: HashMap<String, String>,
        failure: Option<(FailureCode, u32)>,
    },
    Code {
        tile: Tile,
        tries: u32,
    },
    Progress {
        tile: Tile,
        looks: u32,
        then: Box<State>,
    },
    Success {
        tile: Tile,
    },
    Failed {
        tile: Tile,
        code: FailureCode,
    },
    Over(ExitReason),
}

struct Session {
    live: Option<String>,
    version: i64,
    language: Language,
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

const NAMES: [(&str, &str, &str, &str, TileKind); 14] = [
    ("leumi", "בנק לאומי", "Bank Leumi", "10", TileKind::Bank),
    ("poalim", "בנק הפועלים", "Bank Hapoalim", "12", TileKind::Bank),
    ("discount", "בנק דיסקונט", "Discount Bank", "11", TileKind::Bank),
    ("mizrahi", "בנק מזרחי טפחות", "Mizrahi Tefahot Bank", "20", TileKind::Bank),
    (
        "fibi",
        "הבנק הבינלאומי הראשון לישראל",
        "First International Bank of Israel",
        "31",
        TileKind::Bank,
    ),
    (
        "yahav",
        "בנק יהב לעובדי המדינה",
        "Bank Yahav for Government Employees",
        "04",
        TileKind::Bank,
    ),
    ("mercantile", "בנק מרכנתיל", "Mercantile Discount Bank", "17", TileKind::Bank),
    ("jerusalem", "בנק ירושלים", "Bank of Jerusalem", "54", TileKind::Bank),
    ("max", "מקס", "Max", "", TileKind::Card),
    ("cal", "כאל", "Cal", "", TileKind::Card),
    ("isracard", "ישראכרט", "Isracard", "", TileKind::Card),
    ("slow", "בנק לבדיקות", "Sandbox Bank", "", TileKind::Bank),
    ("insurer", "ביטוח לבדיקות", "Sandbox Insurance", "", TileKind::Insurance),
    ("broken", "בנק עסקי לבדיקות", "Sandbox Business Bank", "", TileKind::Business),
];

fn tiles(language: Language, query: &str) -> Vec<Tile> {
    let found = NAMES.iter().enumerate().filter(|(_, (_, he, en, number, _))| {
        query.is_empty() || he.contains(query) || en.to_lowercase().contains(&query.to_lowercase()) || *number == query
    });
    found
        .map(|(place, (id, he, en, _, kind))| {
            let (name, other) = if language == Language::He { (he, en) } else { (en, he) };
            Tile {
                id: (*id).to_owned(),
                name: (*name).to_owned(),
                other_name: (*other).to_owned(),
                kind: *kind,
                monogram: name
                    .trim_start_matches("בנק ")
                    .trim_start_matches("Bank ")
                    .chars()
                    .take(if place % 2 == 0 { 1 } else { 2 })
                    .collect(),
                colour: u8::try_from(place % 12).expect("under 12"),
                invented: place > 10,
            }
        })
        .collect()
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
        self.with(&at.id, |session| {
            let language = session.language;
            let tile_now = |tile: &Tile| tiles(language, "").into_iter().find(|other| other.id == tile.id);
            let (institution, view) = match &session.state {
                _ if session.live.as_ref().is_some_and(|live| *live != at.instance.0) && at.step.is_none() => (None, View::TakenOver),
                State::Picker => (
                    None,
                    View::Picker(PickerView {
                        query: String::new(),
                        tiles: tiles(language, ""),
                        more: false,
                    }),
                ),
                State::Form {
                    tile,
                    values,
                    errors,
                    failure,
                } => {
                    let notice = failure.map(|(code, left)| Notice {
                        failure: code.failure(),
                        message: failure_texts(language, code, Some(left), &tile.name).message,
                    });
                    (
                        tile_now(tile),
                        View::Form(FormView {
                            challenge: false,
                            message: String::new(),
                            fields: login(language, values, errors),
                            notice,
                        }),
                    )
                }
                State::Code { tile, tries } => {
                    let notice = (*tries < 3).then(|| Notice {
                        failure: FailureCode::WrongCode.failure(),
                        message: failure_texts(language, FailureCode::WrongCode, Some(*tries), &tile.name).message,
                    });
                    let (message, label) = if language == Language::He {
                        ("שלחנו קוד בהודעה אל •••-•••-•123.", "הקוד שקיבלתם")
                    } else {
                        ("We sent a code to •••-•••-•123.", "The code you got")
                    };
                    let field = FieldView {
                        max_length: 5,
                        ..field("code", FieldKind::Code, label)
                    };
                    (
                        tile_now(tile),
                        View::Form(FormView {
                            challenge: true,
                            message: message.into(),
                            fields: vec![field],
                            notice,
                        }),
                    )
                }
                State::Progress { tile, looks, .. } => (tile_now(tile), View::Progress { fetching: *looks < 3 }),
                State::Success { tile } => {
                    let names = if language == Language::He {
                        ["עובר ושב", "חיסכון"]
                    } else {
                        ["Current account", "Savings"]
                    };
                    let accounts = names.iter().zip(["4821", "0377"]).map(|(name, digits)| AccountLine {
                        name: (*name).into(),
                        last_digits: digits.into(),
                    });
                    let return_url = (at.door == Door::Page).then(|| "http://shop.localhost:4100/back?public_token=public_x".to_owned());
                    let view = SuccessView {
                        accounts: accounts.collect(),
                        connection_id: "conn_1".into(),
                        public_token: Some("public_x".into()),
                        announced: true,
                        state: Some("s1".into()),
                        return_url,
                    };
                    (tile_now(tile), View::Success(view))
                }
                State::Failed { tile, code } => {
                    let texts = failure_texts(language, *code, None, &tile_now(tile).map(|tile| tile.name).unwrap_or_default());
                    let (message, advice, way_on) = (texts.message, texts.advice, texts.way_on);
                    (
                        tile_now(tile),
                        View::Failed {
                            failure: code.failure(),
                            message,
                            advice,
                            way_on,
                            return_url: None,
                        },
                    )
                }
                State::Over(reason) => (
                    None,
                    View::Over {
                        reason: *reason,
                        return_url: None,
                    },
                ),
            };
            Screen {
                version: session.version,
                ticket: format!("ticket~{:?}~{}~{}~{}", at.door, at.id, at.instance.0, session.version),
                language,
                language_switch: true,
                tenant_name: if language == Language::He {
                    "חנות הפרחים".into()
                } else {
                    "The Flower Shop".into()
                },
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
        let parent_origin = (at.door == Door::Frame).then(|| PARENT.to_owned());
        Ok(Boot {
            handle: self.handle(at),
            session: at.id.to_string(),
            door: at.door,
            parent_origin,
            live,
            screen,
        })
    }
}

fn field(name: &str, kind: FieldKind, label: &str) -> FieldView {
    FieldView {
        name: name.into(),
        kind,
        label: label.into(),
        hint: String::new(),
        optional: false,
        min_length: 0,
        max_length: 0,
        options: Vec::new(),
        value: String::new(),
        locked: false,
        error: String::new(),
    }
}

fn login(language: Language, values: &HashMap<String, String>, errors: &HashMap<String, String>) -> Vec<FieldView> {
    let he = language == Language::He;
    let pick = |a: &'static str, b: &'static str| if he { a } else { b };
    let mut fields = vec![
        FieldView {
            hint: pick("תשע ספרות, כולל ספרת הביקורת", "Nine digits, with the check digit").into(),
            ..field("psu_id", FieldKind::NationalId, pick("מספר זהות", "ID number"))
        },
        field("username", FieldKind::Text, pick("שם משתמש", "Username")),
        field("password", FieldKind::Password, pick("סיסמה", "Password")),
        FieldView {
            optional: true,
            options: [("branch", pick("סניף", "Branch")), ("online", pick("אינטרנט", "Online"))]
                .map(|(value, label)| OptionView {
                    value: value.into(),
                    label: label.into(),
                })
                .into(),
            ..field("how", FieldKind::Radio, pick("איפה נפתח החשבון", "Where the account was opened"))
        },
    ];
    for one in &mut fields {
        one.error = errors.get(&one.name).cloned().unwrap_or_default();
        if one.kind != FieldKind::Password {
            one.value = values.get(&one.name).cloned().unwrap_or_default();
        }
    }
    fields
}

#[async_trait]
impl Backend for Fake {
    async fn enter(&self, token: &str, door: Door, preferred: Option<Language>) -> Result<Entry, Refused> {
        let name = token
            .strip_prefix(if door == Door::Frame { "ct_" } else { "hl_" })
            .ok_or(Refused::Unknown)?;
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
                live: None,
                version: 0,
                language: preferred.unwrap_or_default(),
                state: State::Picker,
                acts: Vec::new(),
            });
        let at = SessionRef {
            tenant: id.tenant(),
            id,
            instance: Instance(number.to_string()),
            door,
            preferred,
            step: None,
        };
        let boot = self.boot(&at)?;
        Ok(Entry { at, boot })
    }

    async fn frame_ancestor(&self, token: &str) -> Option<String> {
        (token != "ct_unknown").then(|| PARENT.to_owned())
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

    async fn search(&self, at: &SessionRef, query: &str) -> Result<(Vec<Tile>, bool), Refused> {
        let language = self.with(&at.id, |session| session.language)?;
        Ok((tiles(language, query), false))
    }

    async fn search_screen(&self, at: &SessionRef, query: &str) -> Result<Screen, Refused> {
        let mut screen = self.act(at, "search", |_| {})?;
        if let View::Picker(picker) = &mut screen.view {
            *picker = PickerView {
                query: query.to_owned(),
                tiles: tiles(screen.language, query),
                more: false,
            };
        }
        Ok(screen)
    }

    async fn choose(&self, at: &SessionRef, institution: &str) -> Result<Screen, Refused> {
        self.act(at, "choose", |session| {
            let Some(tile) = tiles(session.language, "").into_iter().find(|tile| tile.id == institution) else {
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
                _ => State::Form {
                    tile,
                    values: HashMap::new(),
                    errors: HashMap::new(),
                    failure: None,
                },
            };
        })
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
                    for name in ["psu_id", "username", "password"] {
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
                        State::Code { tile, tries: 3 }
                    }
                }
                State::Code { tile, tries } if answers.0.get("code").is_some_and(|code| code == "12345") => {
                    let _ = tries;
                    State::Progress {
                        tile: tile.clone(),
                        looks: if tile.id == "slow" { 5000 } else { 5 },
                        then: Box::new(State::Success { tile }),
                    }
                }
                State::Code { tile, tries: 1 } => State::Failed {
                    tile,
                    code: FailureCode::TooManyTries,
                },
                State::Code { tile, tries } => State::Code { tile, tries: tries - 1 },
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

    async fn speak(&self, at: &SessionRef, language: Language) -> Result<Screen, Refused> {
        self.act(at, "language", |session| session.language = language)
    }
}

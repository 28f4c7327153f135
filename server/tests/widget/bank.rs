//! The fake's institutions: what they ask, and what a screen shows of it.

use gesher_app::locale::failure_texts;
use gesher_contract::{
    AccountChoice, AccountLine, AccountsView, Door, ExitReason, FailureCode, FieldKind, FieldView, FormView, IdType, Language, LeavingView,
    More, Notice, OptionView, PickerView, Proof, ResendView, SuccessView, Tile, TileKind, View, WaitingView,
};
use std::collections::HashMap;

const NAMES: [(&str, &str, &str, &str, TileKind); 22] = [
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
    ("leaving", "בנק באתר", "Site Bank", "", TileKind::Bank),
    ("silent", "בנק בספרות", "Digits Bank", "", TileKind::Bank),
    ("away", "בנק בחלון", "Window Bank", "", TileKind::Bank),
    ("app", "בנק באפליקציה", "App Bank", "", TileKind::Bank),
    ("done", "בנק מהיר", "Quick Bank", "", TileKind::Bank),
    ("fields", "בנק בכל השדות", "Every Field Bank", "", TileKind::Bank),
    ("accounts", "בנק בבחירה", "Choosing Bank", "", TileKind::Bank),
    ("cosigned", "בנק בשותפות", "Partners Bank", "", TileKind::Bank),
];

/// `launches`: whether the institution with pages of its own is reached by its tile.
pub fn tiles(language: Language, query: &str, launches: bool) -> Vec<Tile> {
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
                country: None,
                colour: u8::try_from(place % 12).expect("under 12"),
                logo: None,
                troubled: false,
                invented: place > 10,
                launches: launches && *id == "leaving",
            }
        })
        .collect()
}

pub fn picker(language: Language, query: &str, launches: bool) -> PickerView {
    PickerView {
        query: query.to_owned(),
        tiles: tiles(language, query, launches),
        more: More::None,
        nothing: None,
        may_be_not_listed: true,
    }
}

pub fn field(name: &str, kind: FieldKind, label: &str) -> FieldView {
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
        passport: false,
        id_type: IdType::NationalId,
        branch: String::new(),
        account: String::new(),
        picture: None,
        error: String::new(),
    }
}

pub fn login(language: Language, values: &HashMap<String, String>, errors: &HashMap<String, String>) -> Vec<FieldView> {
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

fn account_lines(language: Language) -> Vec<AccountLine> {
    let names = if language == Language::He {
        ["עובר ושב", "חיסכון"]
    } else {
        ["Current account", "Savings"]
    };
    let lines = names.iter().zip(["4821", "0377"]);
    lines
        .map(|(name, digits)| AccountLine {
            name: (*name).into(),
            last_digits: digits.into(),
        })
        .collect()
}

/// A field of every kind, as the institution `fields` asks for them.
pub fn every_kind(language: Language, values: &HashMap<String, String>, errors: &HashMap<String, String>) -> Vec<FieldView> {
    let pick = |a: &'static str, b: &'static str| if language == Language::He { a } else { b };
    let options = || {
        [
            ("1", pick("חשבון פרטי", "Private account")),
            ("2", pick("חשבון עסקי", "Business account")),
        ]
        .map(|(value, label)| OptionView {
            value: value.into(),
            label: label.into(),
        })
        .into()
    };
    let mut fields = vec![
        FieldView {
            hint: pick("הם מופיעים על הכרטיס.", "They stand on your card.").into(),
            ..field("note", FieldKind::Note, pick("כדאי להכין את הפרטים", "Have your details at hand"))
        },
        FieldView {
            passport: true,
            ..field("psu_id", FieldKind::NationalId, pick("מספר מזהה", "Your ID"))
        },
        FieldView {
            hint: pick("מופיעים על השיק", "Both stand on a cheque").into(),
            ..field("where", FieldKind::BranchAccount, pick("החשבון", "The account"))
        },
        FieldView {
            options: options(),
            ..field("kind", FieldKind::Select, pick("סוג החשבון", "Kind of account"))
        },
        FieldView {
            options: options(),
            ..field("side", FieldKind::Radio, pick("צד", "Side"))
        },
        FieldView {
            options: options(),
            value: "2".into(),
            locked: true,
            ..field("fixed", FieldKind::Select, pick("נקבע מראש", "Fixed before"))
        },
        FieldView {
            picture: Some("/w/picture/a-ticket".into()),
            ..field("letters", FieldKind::Image, pick("התווים שבתמונה", "The characters in the picture"))
        },
    ];
    for one in &mut fields {
        one.error = errors.get(&one.name).cloned().unwrap_or_default();
        let typed = |part: &str| values.get(&format!("{}{part}", one.name)).cloned().unwrap_or_default();
        one.branch = typed(".branch");
        one.account = typed(".account");
        one.id_type = IdType::from_name(&typed(".type")).unwrap_or_default();
        if !one.locked && one.kind != FieldKind::Image {
            one.value = typed("");
        }
    }
    fields
}

/// Where a session is.
#[derive(Clone)]
pub enum State {
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
        resent: bool,
    },
    Accounts {
        tile: Tile,
        empty: bool,
    },
    Leaving {
        tile: Tile,
        view: LeavingView,
    },
    Waiting {
        tile: Tile,
        seconds_left: u32,
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

impl State {
    /// The screen of it.
    pub fn show(&self, language: Language, door: Door, launches: bool) -> (Option<Tile>, View) {
        let tile_now = |tile: &Tile| tiles(language, "", false).into_iter().find(|other| other.id == tile.id);
        match self {
            State::Picker => (None, View::Picker(picker(language, "", launches))),
            State::Form {
                tile,
                values,
                errors,
                failure,
            } => {
                let notice = failure.map(|(code, left)| Notice {
                    failure: code.failure(),
                    message: failure_texts(language, code, Proof::Code, Some(left), &tile.name).message,
                });
                (
                    tile_now(tile),
                    View::Form(FormView {
                        challenge: false,
                        message: String::new(),
                        fields: if tile.id == "fields" {
                            every_kind(language, values, errors)
                        } else {
                            login(language, values, errors)
                        },
                        notice,
                        resend: None,
                        resent: false,
                    }),
                )
            }
            State::Code { tile, tries, resent } => {
                let notice = (*tries < 3).then(|| Notice {
                    failure: FailureCode::WrongCode.failure(),
                    message: failure_texts(language, FailureCode::WrongCode, Proof::Code, Some(*tries), &tile.name).message,
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
                        resend: Some(ResendView {
                            seconds_left: if *resent { 0 } else { 30 },
                        }),
                        resent: *resent,
                    }),
                )
            }
            State::Accounts { tile, empty } => {
                let accounts = account_lines(language).into_iter().zip(["a1", "a2"]);
                let view = AccountsView {
                    accounts: accounts
                        .map(|(AccountLine { name, last_digits }, id)| AccountChoice {
                            id: id.into(),
                            name,
                            last_digits,
                        })
                        .collect(),
                    empty: *empty,
                };
                (tile_now(tile), View::Accounts(view))
            }
            State::Leaving { tile, view } => {
                let view = LeavingView {
                    same_tab: view.same_tab && door == Door::Frame,
                    automatic: view.automatic && door == Door::Page,
                    ..view.clone()
                };
                (tile_now(tile), View::Leaving(view))
            }
            State::Waiting { tile, seconds_left } => {
                let message = if language == Language::He {
                    "שלחנו בקשה לאפליקציה."
                } else {
                    "We sent a request to your app."
                };
                let view = WaitingView {
                    message: message.into(),
                    until: "2026-11-20T10:05:00Z".into(),
                    seconds_left: *seconds_left,
                };
                (tile_now(tile), View::Waiting(view))
            }
            State::Progress { tile, looks, .. } => (tile_now(tile), View::Progress { fetching: *looks < 3 }),
            State::Success { tile } => {
                let return_url = (door == Door::Page).then(|| "http://shop.localhost:4100/back?public_token=public_x".to_owned());
                let view = SuccessView {
                    accounts: if tile.id == "cosigned" {
                        Vec::new()
                    } else {
                        account_lines(language)
                    },
                    cosigners: tile.id == "cosigned",
                    connection_id: "conn_1".into(),
                    public_token: Some("public_x".into()),
                    announced: true,
                    state: Some("s1".into()),
                    return_url,
                    called: None,
                };
                (tile_now(tile), View::Success(view))
            }
            State::Failed { tile, code } => {
                let texts = failure_texts(
                    language,
                    *code,
                    Proof::Code,
                    None,
                    &tile_now(tile).map(|tile| tile.name).unwrap_or_default(),
                );
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
                    searched: None,
                    return_url: None,
                },
            ),
        }
    }
}

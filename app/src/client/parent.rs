//! Host messages, and what a frame keeps over its own reload.
//!
//! **Contract.** Messages go to the session's own origins (`listeners`), from the frame alone. `seq` has no gaps in an instance: the
//! handle and the count stand in `history.state`, which survives a reload of the frame where web storage throws.

mod listeners;

use super::dom;
use crate::host::{Beside, Plain, beside, exit, in_dialect, message_of, plain, step_of};
use crate::shown::{Facts, Stage};
use crate::trouble::Trouble;
use crate::wire;
use crate::wizard::Flow;
use gesher_contract::{Dialect, Door, ExitReason, HostMessage, HostPayload, Language, ProgressStage, SOURCE, StepName, VERSION};
use leptos::prelude::*;
use leptos::web_sys;
use listeners::Listeners;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

/// `source` of what a host page says to the frame.
const HOST_SOURCE: &str = "gesher-host";

/// The line to the host's page.
#[derive(Default)]
struct Line {
    session: String,
    /// Where messages go; nowhere on the hosted page.
    to: Listeners,
    /// A vendor's dialect that messages are said in too.
    dialect: Option<Dialect>,
    beside: Beside,
    handle: String,
    /// The instance's random part of the messages' ids.
    tag: String,
    seq: u32,
    /// Whether the host's page was told that the widget can be used: nothing is said before.
    ready: bool,
    height: u32,
    step: Option<StepName>,
    /// Whether the host's page was told of the launch that the screen is at.
    opened: bool,
    /// The version on which this document has launched since.
    launching: Option<i64>,
    institution: Option<String>,
    stage: Option<ProgressStage>,
    /// Print and version of the screen that the host's page was last told of.
    print: Option<(u64, i64)>,
}

thread_local! {
    static LINE: RefCell<Line> = RefCell::default();
}

fn get(object: &JsValue, key: &str) -> JsValue {
    js_sys::Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (key, value) in entries {
        let _ = js_sys::Reflect::set(&object, &(*key).into(), value);
    }
    object.into()
}

fn js(plain: &Plain) -> JsValue {
    match plain {
        Plain::Null => JsValue::NULL,
        Plain::Flag(flag) => (*flag).into(),
        Plain::Number(number) => (*number).into(),
        Plain::Text(text) => text.as_str().into(),
        Plain::Object(entries) => object(&entries.iter().map(|(key, value)| (*key, js(value))).collect::<Vec<_>>()),
    }
}

/// Finds the line, and says whether the frame had kept an instance from before its reload.
pub(super) fn start(flow: Flow, door: Door, session: String, to: (Vec<String>, Option<Dialect>), handle: &str) -> bool {
    let (parent_origins, dialect) = to;
    let state = window().history().and_then(|history| history.state()).unwrap_or(JsValue::NULL);
    let in_frame = door == Door::Frame;
    let kept = in_frame && get(&state, "session").as_string().as_ref() == Some(&session);
    let handle = kept
        .then(|| get(&state, "handle").as_string())
        .flatten()
        .unwrap_or_else(|| handle.to_owned());
    wire::act_as(&handle);
    let tag = kept.then(|| get(&state, "tag").as_string()).flatten().unwrap_or_else(random_tag);
    let seq = if kept {
        get(&state, "seq").as_f64().unwrap_or(0.0) as u32
    } else {
        0
    };
    let opened = kept && get(&state, "opened").is_truthy();
    let to = if in_frame {
        Listeners::around_this_frame(parent_origins)
    } else {
        Listeners::default()
    };
    if !to.is_empty() {
        let heard = to.clone();
        dom::listen(window().as_ref(), "message", move |event| hear(flow, &heard, &event));
    }
    LINE.set(Line {
        session,
        to,
        dialect,
        handle,
        tag,
        seq,
        opened,
        ..Line::default()
    });
    watch_height();
    kept
}

fn random_tag() -> String {
    (0..8)
        .map(|_| char::from(b"0123456789abcdefghjkmnpqrstvwxyz"[(js_sys::Math::random() * 32.0) as usize & 31]))
        .collect()
}

/// From now on this document is another instance.
pub(super) fn act_as(handle: &str) {
    wire::act_as(handle);
    LINE.with_borrow_mut(|line| handle.clone_into(&mut line.handle));
}

/// What the frame had kept is of no use: the page's own instance counts.
pub(super) fn forget(handle: &str) {
    act_as(handle);
    LINE.with_borrow_mut(|line| {
        line.tag = random_tag();
        line.seq = 0;
    });
}

/// The instance is live: keeps it over a reload of the frame; on the hosted page leaves the address with the token.
pub(super) fn keep(door: Door) {
    let Ok(history) = window().history() else { return };
    if door == Door::Frame {
        LINE.with_borrow(save);
        return;
    }
    let address = LINE.with_borrow(|line| format!("/c/{}", line.session));
    if window().location().pathname().ok().as_ref() != Some(&address) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

fn save(line: &Line) {
    let state = object(&[
        ("session", line.session.as_str().into()),
        ("handle", line.handle.as_str().into()),
        ("tag", line.tag.as_str().into()),
        ("seq", line.seq.into()),
        ("opened", line.opened.into()),
    ]);
    if let Ok(history) = window().history() {
        let _ = history.replace_state(&state, "");
    }
}

fn post(payload: HostPayload) {
    LINE.with_borrow_mut(|line| {
        if line.to.is_empty() {
            return;
        }
        let also = line.dialect.and_then(|dialect| in_dialect(dialect, &payload, &line.beside));
        line.seq += 1;
        let message = HostMessage {
            source: SOURCE.to_owned(),
            version: VERSION,
            id: format!("{}-{}-{}", line.session, line.tag, line.seq),
            seq: line.seq,
            session: line.session.clone(),
            ts: js_sys::Date::new_0().to_iso_string().into(),
            payload,
        };
        line.to.say(&js(&plain(&message)));
        if let Some(also) = also {
            line.to.say(&js(&also));
        }
        save(line);
    });
}

/// The widget can be used: said once.
pub(super) fn ready(language: Language) {
    if LINE.with_borrow_mut(|line| std::mem::replace(&mut line.ready, true)) {
        return;
    }
    post(HostPayload::Ready { language });
}

/// No screen comes. The frame is alive all the same.
pub(super) fn trouble(facts: &Facts, trouble: Trouble) {
    ready(facts.language);
    post(match trouble.code() {
        Some(code) => HostPayload::Error {
            failure: code.failure(),
            support_code: facts.support_code.clone(),
        },
        None => HostPayload::Exit {
            reason: ExitReason::Expired,
            query: None,
        },
    });
}

/// This document launches, on a screen of this version.
pub(super) fn launching(version: i64) {
    LINE.with_borrow_mut(|line| line.launching = Some(version));
}

/// Tells the host's page what a screen means for it: what it has not been told of this very screen yet.
pub(super) fn tell(facts: &Facts) {
    LINE.with_borrow_mut(|line| line.news(facts)).into_iter().for_each(post);
}

impl Line {
    /// What a screen means for the host's page, but for what it was told before.
    fn news(&mut self, facts: &Facts) -> Vec<HostPayload> {
        let mut news = Vec::new();
        let fresh = self.print != Some((facts.print, facts.version));
        self.print = Some((facts.print, facts.version));
        self.beside = beside(&facts.stage, std::mem::take(&mut self.beside));
        let chosen = facts.institution.as_ref().map(|(id, _)| id.clone());
        if chosen != self.institution {
            if let Some((institution_id, name)) = facts.institution.clone() {
                news.push(HostPayload::InstitutionSelected { institution_id, name });
            }
            self.institution = chosen;
        }
        let step = step_of(&facts.stage);
        if self.step != Some(step) {
            news.push(HostPayload::Step { name: step });
            if step == StepName::Code {
                news.push(HostPayload::MfaRequired {});
            }
            self.step = Some(step);
            self.stage = None;
        }
        let at_bank = step == StepName::AtBank;
        let anew = self.launching.is_some_and(|version| facts.version > version);
        if at_bank && (anew || !self.opened) {
            news.push(HostPayload::RedirectOpened {});
            self.launching = None;
        }
        self.opened = at_bank;
        if let Stage::Progress { fetching } = facts.stage {
            let stage = if fetching {
                ProgressStage::Fetching
            } else {
                ProgressStage::Connecting
            };
            if self.stage != Some(stage) {
                news.push(HostPayload::Progress { stage });
                self.stage = Some(stage);
            }
        }
        if fresh {
            news.extend(message_of(facts));
        }
        news
    }
}

/// The person is done: the host's page may take the frame away.
pub(super) fn leave(flow: Flow, reason: ExitReason) {
    let payload = flow.facts.with_untracked(|facts| match facts {
        Some(facts) => exit(&facts.stage, reason),
        None => HostPayload::Exit { reason, query: None },
    });
    post(payload);
}

/// The host's page asks for something: only to close.
fn hear(flow: Flow, from: &Listeners, event: &JsValue) {
    let Some(data) = from.said(event) else { return };
    let text = |key| get(&data, key).as_string();
    if text("source").as_deref() == Some(HOST_SOURCE)
        && get(&data, "version").as_f64() == Some(f64::from(VERSION))
        && text("type").as_deref() == Some("close")
    {
        super::close(flow);
    }
}

/// Tells the host's page the content's height, when it has changed.
pub(super) fn measure() {
    request_animation_frame(|| {
        let height = dom::natural_height();
        let changed = LINE.with_borrow_mut(|line| line.ready && height > 0 && std::mem::replace(&mut line.height, height) != height);
        if changed {
            post(HostPayload::Resize { height });
        }
    });
}

/// Measures again whenever the frame changes its size.
fn watch_height() {
    let closure = Closure::<dyn Fn()>::new(measure);
    if let (Ok(observer), Ok(Some(wizard))) = (
        web_sys::ResizeObserver::new(closure.as_ref().unchecked_ref()),
        document().query_selector(".wizard"),
    ) {
        observer.observe(&wizard);
        std::mem::forget(observer);
    }
    closure.forget();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(version: i64, stage: Stage) -> Facts {
        Facts {
            version,
            print: 1,
            ticket: String::new(),
            stream: String::new(),
            language: Language::En,
            tenant: "Shop".into(),
            institution: None,
            support_code: String::new(),
            stage,
        }
    }

    fn leaving(version: i64, launched: bool) -> Facts {
        let automatic = false;
        at(version, Stage::Leaving { launched, automatic })
    }

    /// How often the host's page is told that the bank's page was opened.
    fn openings(line: &mut Line, screens: &[Facts]) -> usize {
        let news = screens.iter().flat_map(|facts| line.news(facts));
        news.filter(|payload| matches!(payload, HostPayload::RedirectOpened {})).count()
    }

    #[test]
    fn each_launch_is_told_once() {
        let mut line = Line::default();
        assert_eq!(openings(&mut line, &[leaving(3, false)]), 0);
        line.launching = Some(3);
        assert_eq!(openings(&mut line, &[leaving(3, false), leaving(4, true), leaving(5, true)]), 1);
        // The same screen moves on without another launch.
        assert_eq!(openings(&mut line, &[leaving(6, true), leaving(6, true)]), 0);
        line.launching = Some(6);
        assert_eq!(openings(&mut line, &[leaving(6, true)]), 0, "the window may still be blocked");
        assert_eq!(openings(&mut line, &[leaving(7, true), leaving(8, true)]), 1);
        // Another attempt.
        assert_eq!(
            openings(&mut line, &[at(9, Stage::Picker), leaving(10, false), leaving(11, true)]),
            1
        );
    }

    #[test]
    fn a_launch_that_was_told_before_a_reload_is_not_told_again() {
        let mut line = Line {
            opened: true,
            ..Line::default()
        };
        assert_eq!(openings(&mut line, &[leaving(4, true)]), 0);
        line.launching = Some(4);
        assert_eq!(openings(&mut line, &[leaving(5, true)]), 1);
    }

    #[test]
    fn the_steps_of_the_leg_have_their_names() {
        let mut line = Line::default();
        let screens = [
            leaving(1, false),
            leaving(2, true),
            at(3, Stage::Progress { fetching: false }),
            at(4, Stage::Waiting { seconds_left: 9 }),
            at(4, Stage::Waiting { seconds_left: 8 }),
        ];
        let news = screens.iter().flat_map(|facts| line.news(facts));
        let steps: Vec<_> = news
            .filter_map(|payload| match payload {
                HostPayload::Step { name } => Some(name.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(steps, ["leaving", "at_bank", "progress", "waiting"]);
    }
}

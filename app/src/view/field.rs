//! One field of a form.

use super::{About, icon, icon_paths};
use crate::locale::{Key as IslandKey, ServerKey as Key, server_text as text};
use gesher_contract::{FieldKind, FieldView, IdType, Language, OptionView};
use leptos::prelude::*;

pub(super) fn field(about: &About, field: FieldView) -> AnyView {
    match field.kind {
        FieldKind::Select if !field.locked => select(about.language, field).into_any(),
        FieldKind::Radio if !field.locked => radio(about.language, field).into_any(),
        FieldKind::BranchAccount if !field.locked => branch_account(about.language, field).into_any(),
        FieldKind::Note => note(field).into_any(),
        _ => input(about, field).into_any(),
    }
}

/// Ids of what describes the control: its problem and its hint.
fn described_by(field: &FieldView) -> String {
    let hint = if field.hint.is_empty() {
        String::new()
    } else {
        format!(" h-{}", field.name)
    };
    format!("e-{}{hint}", field.name)
}

fn optional(language: Language, field: &FieldView) -> Option<impl IntoView + use<>> {
    field
        .optional
        .then(|| view! { <span class="optional">{text(language, Key::Optional)}</span> })
}

fn label(language: Language, field: &FieldView) -> impl IntoView + use<> {
    view! { <label for=format!("f-{}", field.name)><bdi>{field.label.clone()}</bdi> {optional(language, field)}</label> }
}

fn hint(field: &FieldView) -> Option<impl IntoView + use<>> {
    (!field.hint.is_empty()).then(|| view! { <p class="hint" id=format!("h-{}", field.name)>{field.hint.clone()}</p> })
}

/// Where the field's problem stands; the island writes into it too.
fn problem(field: &FieldView) -> impl IntoView + use<> {
    view! { <p class="problem" id=format!("e-{}", field.name) aria-live="polite">{(!field.error.is_empty()).then(|| field.error.clone())}</p> }
}

fn class(base: &str, field: &FieldView) -> String {
    if field.error.is_empty() {
        base.to_owned()
    } else {
        format!("{base} wrong")
    }
}

fn input(about: &About, field: FieldView) -> impl IntoView + use<> {
    let (language, kind) = (about.language, field.kind);
    let secret = kind == FieldKind::Password && !field.locked;
    let digits = matches!(kind, FieldKind::Code | FieldKind::Number) || kind == FieldKind::NationalId && !field.passport;
    let complete = match kind {
        FieldKind::Code => "one-time-code",
        FieldKind::Password => "current-password",
        FieldKind::Text => "username",
        _ => "off",
    };
    let longest = match (kind, field.max_length) {
        (FieldKind::NationalId, 0) if !field.passport => Some(9),
        (FieldKind::NationalId, _) => Some(20),
        (_, 0) => None,
        (_, most) => Some(most),
    };
    let checked = (kind == FieldKind::NationalId && !field.locked).then(|| crate::locale::text(language, IslandKey::CheckDigit));
    let locked = field
        .locked
        .then(|| view! { <p class="hint">{icon(icon_paths::LOCK, false)} <span>{about.say(Key::Locked)}</span></p> });
    // What is locked is shown as a person would choose it, and sent as it is.
    let option = field.options.iter().find(|option| field.locked && option.value == field.value);
    let (shown, sent) = match option {
        Some(OptionView { value, label }) => (label.clone(), Some(value.clone())),
        None => (field.value.clone(), None),
    };
    let sent = sent.map(|value| view! { <input type="hidden" name=format!("f.{}", field.name) value=value /> });
    let reveal = secret.then(|| {
        view! {
            <button
                type="button" class="reveal with-scripts" data-press="reveal" aria-pressed="false"
                aria-label=text(language, Key::ShowPassword)
            >
                {icon(icon_paths::EYE, false)}
            </button>
        }
    });
    view! {
        <div class=class("field", &field)>
            {label(language, &field)}
            {id_type(language, &field)}
            {field.picture.clone().map(|address| view! { <img class="picture" src=address width="240" height="96" alt=text(language, Key::PictureAlt) /> })}
            <div class="box">
                <input
                    id=format!("f-{}", field.name)
                    class=(kind == FieldKind::Code).then_some("code")
                    name=sent.is_none().then(|| format!("f.{}", field.name))
                    type=if secret { "password" } else { "text" }
                    value=shown
                    inputmode=digits.then_some("numeric")
                    dir=if matches!(kind, FieldKind::Text | FieldKind::Select | FieldKind::Radio) { "auto" } else { "ltr" }
                    autocomplete=complete
                    autocapitalize="none"
                    spellcheck="false"
                    maxlength=longest
                    readonly=field.locked
                    aria-required=(!field.optional && !field.locked).then_some("true")
                    aria-invalid=(!field.error.is_empty()).then_some("true")
                    aria-describedby=described_by(&field)
                    data-check=checked
                />
                {reveal}
            </div>
            {sent}
            {hint(&field)}
            {locked}
            {problem(&field)}
        </div>
    }
}

fn select(language: Language, field: FieldView) -> impl IntoView {
    let (label, hint, problem, class) = (label(language, &field), hint(&field), problem(&field), class("field", &field));
    let described = described_by(&field);
    let wrong = (!field.error.is_empty()).then_some("true");
    let chosen = field.value;
    view! {
        <div class=class>
            {label}
            <div class="box">
                <select id=format!("f-{}", field.name) name=format!("f.{}", field.name) aria-invalid=wrong aria-describedby=described>
                    <option value="">{text(language, Key::ChooseOption)}</option>
                    {field
                        .options
                        .into_iter()
                        .map(|OptionView { value, label }| view! { <option value=value.clone() selected=value == chosen>{label}</option> })
                        .collect::<Vec<_>>()}
                </select>
                {icon(icon_paths::CHEVRON, false)}
            </div>
            {hint}
            {problem}
        </div>
    }
}

fn radio(language: Language, field: FieldView) -> impl IntoView {
    let (hint, problem, class, optional) = (hint(&field), problem(&field), class("field", &field), optional(language, &field));
    let (described, wrong) = (described_by(&field), (!field.error.is_empty()).then_some("true"));
    let (name, chosen) = (field.name.clone(), field.value);
    let choice = move |(place, OptionView { value, label }): (usize, OptionView)| {
        let id = (place == 0).then(|| format!("f-{name}"));
        view! {
            <label class="option">
                <input id=id type="radio" name=format!("f.{name}") value=value.clone() checked=value == chosen /> <bdi>{label}</bdi>
            </label>
        }
    };
    view! {
        <fieldset class=class role="radiogroup" aria-invalid=wrong aria-describedby=described>
            <legend><bdi>{field.label}</bdi> {optional}</legend>
            <div class="choices">{field.options.into_iter().enumerate().map(choice).collect::<Vec<_>>()}</div>
            {hint}
            {problem}
        </fieldset>
    }
}

/// Which id it is, where there is a choice.
fn id_type(language: Language, field: &FieldView) -> Option<impl IntoView + use<>> {
    let name = format!("f.{}.type", field.name);
    let (given, label) = (field.id_type, field.label.clone());
    let choice = move |kind: IdType| {
        let words = match kind {
            IdType::NationalId => Key::IdNational,
            IdType::Passport => Key::IdPassport,
        };
        view! {
            <label class="option">
                <input type="radio" name=name.clone() value=kind.as_str() checked=kind == given /> <span>{text(language, words)}</span>
            </label>
        }
    };
    (field.passport && !field.locked).then(|| {
        view! {
            <div class="id-type" role="radiogroup" aria-label=label>{IdType::ALL.into_iter().map(choice).collect::<Vec<_>>()}</div>
        }
    })
}

/// The most digits that a branch's number has.
const BRANCH_DIGITS: usize = 4;

/// Whether the branch is what is wrong, and whether the account is: an institution's answer is about both.
fn wrong_parts(field: &FieldView) -> (bool, bool) {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let branch = !digits(field.branch.trim()) || field.branch.trim().len() > BRANCH_DIGITS;
    let wrong = !field.error.is_empty();
    (wrong && branch, wrong && (!branch || field.account.trim().is_empty()))
}

/// Id of the control to which a problem with the field leads.
pub(super) fn control_in_error(field: &FieldView) -> String {
    let second = field.kind == FieldKind::BranchAccount && !field.locked && !wrong_parts(field).0;
    format!("f-{}{}", field.name, if second { "-account" } else { "" })
}

/// Two numbers that belong together, each with its own problem.
fn branch_account(language: Language, field: FieldView) -> impl IntoView {
    let (hint, optional, wrong) = (hint(&field), optional(language, &field), wrong_parts(&field));
    let (name, error, hinted, required) = (
        field.name.clone(),
        field.error.clone(),
        !field.hint.is_empty(),
        (!field.optional).then_some("true"),
    );
    let part = move |part: &'static str, words: Key, longest: u32, value: String, wrong: bool, first: bool| {
        let id = if first { format!("f-{name}") } else { format!("f-{name}-{part}") };
        let hint = if hinted { format!(" h-{name}") } else { String::new() };
        view! {
            <div class=if wrong { "part wrong" } else { "part" }>
                <label for=id.clone()>{text(language, words)}</label>
                <div class="box">
                    <input
                        id=id name=format!("f.{name}.{part}") type="text" value=value inputmode="numeric" dir="ltr" maxlength=longest
                        autocomplete="off" spellcheck="false" aria-required=required aria-invalid=wrong.then_some("true")
                        aria-describedby=format!("e-{name}-{part}{hint}")
                    />
                </div>
                <p class="problem" id=format!("e-{name}-{part}") aria-live="polite">{wrong.then(|| error.clone())}</p>
            </div>
        }
    };
    view! {
        <fieldset class="field">
            <legend><bdi>{field.label}</bdi> {optional}</legend>
            <div class="parts">
                {part("branch", Key::Branch, 4, field.branch, wrong.0, true)}
                {part("account", Key::AccountNumber, 20, field.account, wrong.1, false)}
            </div>
            {hint}
        </fieldset>
    }
}

/// Something to read.
fn note(field: FieldView) -> impl IntoView {
    let more = (!field.hint.is_empty()).then(|| view! { <p dir="auto">{field.hint}</p> });
    view! { <div class="note"><p dir="auto">{field.label}</p> {more}</div> }
}

//! One field of a form.

use super::{About, icon, icon_paths};
use crate::locale::{Key as IslandKey, ServerKey as Key, server_text as text};
use gesher_contract::{FieldKind, FieldView, Language, OptionView};
use leptos::prelude::*;

pub(super) fn field(about: &About, field: FieldView) -> AnyView {
    match field.kind {
        FieldKind::Select if !field.locked => select(about.language, field).into_any(),
        FieldKind::Radio if !field.locked => radio(about.language, field).into_any(),
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
    let digits = matches!(kind, FieldKind::Code | FieldKind::Number | FieldKind::NationalId);
    let complete = match kind {
        FieldKind::Code => "one-time-code",
        FieldKind::Password => "current-password",
        FieldKind::Text => "username",
        _ => "off",
    };
    let longest = match (kind, field.max_length) {
        (FieldKind::NationalId, 0) => Some(9),
        (_, 0) => None,
        (_, most) => Some(most),
    };
    let checked = (kind == FieldKind::NationalId).then(|| crate::locale::text(language, IslandKey::CheckDigit));
    let locked = field
        .locked
        .then(|| view! { <p class="hint">{icon(icon_paths::LOCK, false)} <span>{about.say(Key::Locked)}</span></p> });
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
            <div class="box">
                <input
                    id=format!("f-{}", field.name)
                    class=(kind == FieldKind::Code).then_some("code")
                    name=format!("f.{}", field.name)
                    type=if secret { "password" } else { "text" }
                    value=field.value.clone()
                    inputmode=digits.then_some("numeric")
                    dir=if kind == FieldKind::Text { "auto" } else { "ltr" }
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
    let described = described_by(&field);
    let (name, chosen) = (field.name.clone(), field.value);
    view! {
        <fieldset class=class id=format!("f-{}", field.name) tabindex="-1" aria-describedby=described>
            <legend><bdi>{field.label}</bdi> {optional}</legend>
            {field
                .options
                .into_iter()
                .map(|OptionView { value, label }| view! {
                    <label class="option"><input type="radio" name=format!("f.{name}") value=value.clone() checked=value == chosen /> <bdi>{label}</bdi></label>
                })
                .collect::<Vec<_>>()}
            {hint}
            {problem}
        </fieldset>
    }
}

//! One field of a form.

use super::{About, icon, icon_paths};
use crate::locale::{Key, text};
use crate::national_id;
use gesher_contract::{FieldKind, FieldView, Language, OptionView};
use leptos::prelude::*;

pub(super) fn field(about: &About, field: FieldView) -> AnyView {
    match field.kind {
        FieldKind::Select if !field.locked => select(about.language, field).into_any(),
        FieldKind::Radio if !field.locked => radio(about.language, field).into_any(),
        _ => input(about, field).into_any(),
    }
}

/// Ids of what describes the control: its hint and its problem.
fn described_by(name: &str, hint: bool, error: bool) -> Option<String> {
    let ids: Vec<_> = [(hint, "h"), (error, "e")]
        .iter()
        .filter(|(there, _)| *there)
        .map(|(_, letter)| format!("{letter}-{name}"))
        .collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

fn label(language: Language, id: String, field: &FieldView) -> impl IntoView + use<> {
    let optional = field
        .optional
        .then(|| view! { <span class="optional">{text(language, Key::Optional)}</span> });
    view! { <label for=id><bdi>{field.label.clone()}</bdi> {optional}</label> }
}

fn hint(field: &FieldView) -> Option<impl IntoView + use<>> {
    (!field.hint.is_empty()).then(|| view! { <p class="hint" id=format!("h-{}", field.name)>{field.hint.clone()}</p> })
}

fn input(about: &About, field: FieldView) -> impl IntoView + use<> {
    let (flow, language, kind) = (about.flow, about.language, field.kind);
    let id = format!("f-{}", field.name);
    let error = RwSignal::new(field.error.clone());
    let revealed = RwSignal::new(false);
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
    let (hinted, name) = (!field.hint.is_empty(), field.name.clone());
    let locked = field
        .locked
        .then(|| view! { <p class="hint">{icon(icon_paths::LOCK, false)} <span>{about.say(Key::Locked)}</span></p> });
    let reveal = secret.then(|| {
        view! {
            <button
                type="button" class="reveal with-scripts"
                aria-pressed=move || if revealed.get() { "true" } else { "false" }
                aria-label=move || text(language, if revealed.get() { Key::HidePassword } else { Key::ShowPassword })
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| revealed.update(|shown| *shown = !*shown)
            >
                {icon(icon_paths::EYE, false)}
            </button>
        }
    });
    view! {
        <div class="field" class:wrong=move || !error.with(String::is_empty)>
            {label(language, id.clone(), &field)}
            <div class="box">
                <input
                    id=id
                    class:code=kind == FieldKind::Code
                    name=format!("f.{}", field.name)
                    type=move || if secret && !revealed.get() { "password" } else { "text" }
                    value=field.value.clone()
                    inputmode=digits.then_some("numeric")
                    dir=if kind == FieldKind::Text { "auto" } else { "ltr" }
                    autocomplete=complete
                    autocapitalize="none"
                    spellcheck="false"
                    maxlength=longest
                    readonly=field.locked
                    aria-required=(!field.optional && !field.locked).then_some("true")
                    aria-invalid=move || (!error.with(String::is_empty)).then_some("true")
                    aria-describedby=move || described_by(&name, hinted, !error.with(String::is_empty))
                    on:input=move |event| {
                        if kind == FieldKind::NationalId {
                            let typed = event_target_value(&event);
                            let finished = typed.len() == 9;
                            error.set(if finished && !national_id::is_valid(&typed) { text(language, Key::CheckDigit).to_owned() } else { String::new() });
                        } else if flow.live.get_untracked() {
                            error.set(String::new());
                        }
                    }
                />
                {reveal}
            </div>
            {hint(&field)}
            {locked}
            <p class="problem" id=format!("e-{}", field.name) aria-live="polite">{move || error.get()}</p>
        </div>
    }
}

fn problem(field: &FieldView) -> Option<impl IntoView + use<>> {
    (!field.error.is_empty()).then(|| view! { <p class="problem" id=format!("e-{}", field.name)>{field.error.clone()}</p> })
}

fn select(language: Language, field: FieldView) -> impl IntoView {
    let id = format!("f-{}", field.name);
    let wrong = !field.error.is_empty();
    let (label, hint, problem) = (label(language, id.clone(), &field), hint(&field), problem(&field));
    let described = described_by(&field.name, !field.hint.is_empty(), wrong);
    let chosen = field.value;
    view! {
        <div class="field" class:wrong=wrong>
            {label}
            <div class="box">
                <select id=id name=format!("f.{}", field.name) aria-invalid=wrong.then_some("true") aria-describedby=described>
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
    let wrong = !field.error.is_empty();
    let (hint, problem) = (hint(&field), problem(&field));
    let described = described_by(&field.name, !field.hint.is_empty(), wrong);
    let optional = field
        .optional
        .then(|| view! { <span class="optional">{text(language, Key::Optional)}</span> });
    let (name, chosen) = (field.name.clone(), field.value);
    view! {
        <fieldset class="field" class:wrong=wrong id=format!("f-{}", field.name) tabindex="-1" aria-describedby=described>
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

//! An institution's form as the widget shows it.

use super::super::doors;
use super::{Sight, ToMend, seconds_until};
use crate::core::Core;
use gesher_app::locale::{FieldProblem, failure_texts, field_text};
use gesher_contract::{Field, FieldKind, FieldView, FormView, IdType, Language, Notice, OptionView, ResendView};
use gesher_domain::session::{Asking, Problem};

/// The form on a screen.
pub(super) fn form(core: &Core, sight: &Sight<'_>, asking: &Asking, language: Language, institution: &str) -> FormView {
    let mended = sight.mended.as_ref();
    let notice = asking.message.filter(|_| mended.is_none()).map(|message| Notice {
        failure: message.failure,
        message: failure_texts(
            language,
            message.failure.code,
            asking.form.proof(),
            Some(message.tries_left.unwrap_or(asking.tries).min(asking.tries)),
            institution,
        )
        .message,
    });
    FormView {
        challenge: asking.form.challenge,
        message: asking.form.message.get(language).to_owned(),
        fields: asking
            .form
            .fields
            .iter()
            .map(|field| FieldView {
                picture: field
                    .picture
                    .as_ref()
                    .map(|picture| doors::picture_address(core, sight.at, &field.name, picture)),
                ..field_view(field, asking, mended, language)
            })
            .collect(),
        notice,
        resend: asking.resend_from.map(|from| ResendView {
            seconds_left: seconds_until(core, from),
        }),
        resent: asking.resent && mended.is_none(),
    }
}

fn field_view(field: &Field, asking: &Asking, mended: Option<&ToMend<'_>>, language: Language) -> FieldView {
    let secret = matches!(field.kind, FieldKind::Password | FieldKind::Code | FieldKind::Image);
    let typed = |name: &str| {
        let typed = mended.and_then(|mended| mended.typed.get(name));
        typed.or_else(|| asking.kept.get(name)).cloned().unwrap_or_default()
    };
    let part = |part: &str| typed(&format!("{}.{part}", field.name));
    let value = match &field.locked {
        Some(locked) => locked.clone(),
        None if secret => String::new(),
        None => typed(&field.name),
    };
    let problem = mended
        .and_then(|mended| mended.wrong.iter().find(|wrong| wrong.name == field.name))
        .map(|wrong| wrong.problem);
    FieldView {
        name: field.name.clone(),
        kind: field.kind,
        label: field.label.get(language).to_owned(),
        hint: field.hint.get(language).to_owned(),
        optional: field.optional,
        min_length: field.min_length,
        max_length: field.max_length,
        options: field
            .options
            .iter()
            .map(|option| OptionView {
                value: option.value.clone(),
                label: option.label.get(language).to_owned(),
            })
            .collect(),
        value,
        locked: field.locked.is_some(),
        passport: field.passport,
        id_type: field.locked_type.or_else(|| IdType::from_name(&part("type"))).unwrap_or_default(),
        branch: part("branch"),
        account: part("account"),
        picture: None,
        error: problem
            .map(|problem| field_text(language, in_words(problem, field)))
            .unwrap_or_default(),
    }
}

const fn in_words(problem: Problem, field: &Field) -> FieldProblem {
    match problem {
        Problem::Required => FieldProblem::Required,
        Problem::TooShort => FieldProblem::TooShort(field.min_length),
        Problem::TooLong => FieldProblem::TooLong(field.max_length),
        Problem::DigitsOnly => FieldProblem::DigitsOnly,
        Problem::CheckDigit => FieldProblem::CheckDigit,
        Problem::Passport => FieldProblem::Passport,
        Problem::NotAnOption => FieldProblem::NotAnOption,
        Problem::Locked => FieldProblem::Locked,
        Problem::OtherPerson => FieldProblem::OtherPerson,
    }
}

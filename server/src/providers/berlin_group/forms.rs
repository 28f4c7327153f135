//! The forms in which a person tells us what a bank wants to know.

use super::wire::{ScaMethod, Started};
use crate::providers::Failed;
use data_encoding::BASE64;
use gesher_contract::{Choice, FailureCode, Field, FieldKind, Form, Language, LocalizedText, Picture};

/// The name of the field that carries the person's id at the bank.
pub const PSU_ID: &str = "psu_id";
/// The bank's password.
pub const PASSWORD: &str = "password";
/// The way to confirm.
pub const METHOD: &str = "method";
/// The code.
pub const CODE: &str = "code";

/// After how many seconds a code can be sent again.
const RESEND_AFTER: u32 = 30;
/// Most letters of a code whose length the bank does not say.
const LONGEST_CODE: u32 = 64;
/// Most bytes of a picture (the standard: 512 kilobyte).
const LARGEST_PICTURE: usize = 512 * 1024;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn psu_id() -> Field {
    Field {
        max_length: 9,
        ..Field::new(
            PSU_ID,
            FieldKind::NationalId,
            LocalizedText::he_en("מספר תעודת זהות", "National ID number"),
        )
    }
}

/// Asks who the person is to the bank.
pub fn identification() -> Form {
    Form {
        message: LocalizedText::he_en(
            "הבנק ישלח אליך בקשת אישור באפליקציה שלו.",
            "The bank will send you a request in its app.",
        ),
        fields: vec![psu_id()],
        ..Form::default()
    }
}

/// Asks for the bank's login.
pub fn login() -> Form {
    let password = Field {
        max_length: 200,
        ..Field::new(
            PASSWORD,
            FieldKind::Password,
            LocalizedText::he_en("סיסמה בבנק", "Password at the bank"),
        )
    };
    Form {
        fields: vec![psu_id(), password],
        ..Form::default()
    }
}

/// Asks how the person wants to confirm.
pub fn methods(language: Language, methods: &[ScaMethod], said: Option<LocalizedText>) -> Form {
    let options = methods.iter().map(|method| Choice {
        value: method.authentication_method_id.clone(),
        label: told(language, method.name.as_deref()).unwrap_or_else(|| usual_name(&method.authentication_type)),
    });
    Form {
        challenge: true,
        message: said.unwrap_or_else(|| LocalizedText::he_en("הבנק צריך לוודא שזה אתם.", "The bank has to make sure that it is you.")),
        fields: vec![Field {
            options: options.collect(),
            ..Field::new(
                METHOD,
                FieldKind::Radio,
                LocalizedText::he_en("איך נוח לכם לאשר?", "How would you like to confirm?"),
            )
        }],
        resend_after: None,
    }
}

/// What a method is called whose bank gives it no name.
fn usual_name(kind: &str) -> LocalizedText {
    match kind {
        "SMS_OTP" => LocalizedText::he_en("קוד במסרון", "A code in a text message"),
        "CHIP_OTP" => LocalizedText::he_en("קוד ממכשיר אישי", "A code from your device"),
        "PHOTO_OTP" => LocalizedText::he_en("קוד מתמונה", "A code from a picture"),
        "PUSH_OTP" => LocalizedText::he_en("קוד באפליקציה של הבנק", "A code in the bank’s app"),
        "SMTP_OTP" => LocalizedText::he_en("קוד בדואר אלקטרוני", "A code by e-mail"),
        other => LocalizedText::he_en(other.to_owned(), other.to_owned()),
    }
}

/// Asks for the code, with whatever the bank shows for it.
///
/// # Errors
/// A picture that is none, or that is only linked to.
pub fn code(language: Language, started: &Started, said: Option<LocalizedText>, again: bool) -> Result<Form, Failed> {
    let challenge = &started.challenge_data;
    let mut fields = Vec::new();
    if !challenge.data.is_empty() {
        let digits = challenge.data.join(" ");
        let label = LocalizedText::he_en(
            format!("יש להקליד במכשיר: \u{2066}{digits}\u{2069}"),
            format!("Type into your device: \u{2066}{digits}\u{2069}"),
        );
        fields.push(Field::new("data", FieldKind::Note, label));
    }
    let label = LocalizedText::he_en("קוד חד־פעמי", "One-time code");
    if challenge.image.is_none() && challenge.image_link.is_some() {
        // It would have to be loaded from wherever the bank says.
        return Err(FailureCode::LoginNotSupported.into());
    }
    let picture = challenge.image.as_deref().map(picture).transpose()?;
    let (kind, label) = match (&picture, challenge.otp_format.as_deref()) {
        (Some(_), _) => (FieldKind::Image, LocalizedText::he_en("הקוד שבתמונה", "The code in the picture")),
        (None, Some("characters")) => (FieldKind::Text, label),
        (None, _) => (FieldKind::Code, label),
    };
    fields.push(Field {
        picture,
        hint: told(language, challenge.additional_information.as_deref()).unwrap_or_default(),
        max_length: challenge
            .otp_max_length
            .filter(|most| (1..=LONGEST_CODE).contains(most))
            .unwrap_or(LONGEST_CODE),
        ..Field::new(CODE, kind, label)
    });
    Ok(Form {
        challenge: true,
        message: said.unwrap_or_default(),
        fields,
        resend_after: again.then_some(RESEND_AFTER),
    })
}

fn picture(base64: &str) -> Result<Picture, Failed> {
    let file = BASE64.decode(base64.as_bytes()).unwrap_or_default();
    if !file.starts_with(PNG) || file.len() > LARGEST_PICTURE {
        return Err(FailureCode::BadInstitutionAnswer.into());
    }
    Ok(Picture {
        media_type: "image/png".to_owned(),
        base64: base64.to_owned(),
    })
}

/// What the bank says to the person. It speaks one language; where it is asked for ours that is the one.
pub fn told(language: Language, said: Option<&str>) -> Option<LocalizedText> {
    let said = said.filter(|said| !said.trim().is_empty())?;
    Some(LocalizedText([(language.code().to_owned(), said.to_owned())].into()))
}

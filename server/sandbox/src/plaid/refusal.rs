//! Plaid's errors: `error_type`, `error_code`, message, and the HTTP status that Plaid's documentation gives each
//! (<https://plaid.com/docs/errors/>). The wording of the messages is ours.

use serde_json::{Value, json};

/// An error that Plaid documents.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) kind: &'static str,
    pub(crate) code: &'static str,
    pub(crate) status: u16,
    message: &'static str,
    /// What the person is told; none where it is nothing that they can do something about.
    display: Option<&'static str>,
}

const fn code(kind: &'static str, code: &'static str, status: u16, message: &'static str, display: &'static str) -> Code {
    Code {
        kind,
        code,
        status,
        message,
        display: if display.is_empty() { None } else { Some(display) },
    }
}

const REQUEST: &str = "INVALID_REQUEST";
const INPUT: &str = "INVALID_INPUT";
const ITEM: &str = "ITEM_ERROR";
const INSTITUTION: &str = "INSTITUTION_ERROR";
const LIMIT: &str = "RATE_LIMIT_EXCEEDED";
const LOGIN_AGAIN: &str = "The login of this item has changed or ended; it has to be repaired in update mode.";
const OUT_OF_ORDER: &str = "The bank does not answer at present. Try again later.";

pub(crate) static MISSING_FIELDS: Code = code(REQUEST, "MISSING_FIELDS", 400, "Required fields are missing.", "");
pub(crate) static UNKNOWN_FIELDS: Code = code(REQUEST, "UNKNOWN_FIELDS", 400, "The endpoint does not know some fields.", "");
pub(crate) static INVALID_FIELD: Code = code(REQUEST, "INVALID_FIELD", 400, "A field is malformed.", "");
pub(crate) static INVALID_BODY: Code = code(REQUEST, "INVALID_BODY", 400, "The body is no JSON object.", "");
pub(crate) static INVALID_HEADERS: Code = code(REQUEST, "INVALID_HEADERS", 400, "A header is malformed.", "");
pub(crate) static NOT_FOUND: Code = code(REQUEST, "NOT_FOUND", 404, "There is no such endpoint.", "");
pub(crate) static INVALID_API_KEYS: Code = code(INPUT, "INVALID_API_KEYS", 400, "The client id or the secret is wrong.", "");
pub(crate) static INVALID_ACCESS_TOKEN: Code = code(INPUT, "INVALID_ACCESS_TOKEN", 400, "There is no such access token.", "");
pub(crate) static INVALID_PUBLIC_TOKEN: Code = code(
    INPUT,
    "INVALID_PUBLIC_TOKEN",
    400,
    "The public token is not known, was used, or has expired.",
    "",
);
pub(crate) static INVALID_LINK_TOKEN: Code = code(INPUT, "INVALID_LINK_TOKEN", 400, "The link token is not known or has expired.", "");
pub(crate) static INVALID_INSTITUTION: Code = code(INPUT, "INVALID_INSTITUTION", 400, "There is no such institution.", "");
pub(crate) static INVALID_ACCOUNT_ID: Code = code(INPUT, "INVALID_ACCOUNT_ID", 400, "The item has no such account.", "");
pub(crate) static INVALID_PRODUCT: Code = code(INPUT, "INVALID_PRODUCT", 400, "The product cannot be asked for.", "");
pub(crate) static CONSENT_REQUIRED: Code = code(
    INPUT,
    "ADDITIONAL_CONSENT_REQUIRED",
    400,
    "The person has not agreed to this product; ask in update mode.",
    "",
);
pub(crate) static INVALID_KEY_ID: Code = code(
    INPUT,
    "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
    400,
    "There is no webhook key with this id.",
    "",
);
pub(crate) static INVALID_CREDENTIALS: Code = code(
    ITEM,
    "INVALID_CREDENTIALS",
    400,
    "The credentials are not right.",
    "The username or the password is wrong.",
);
pub(crate) static INVALID_MFA: Code = code(
    ITEM,
    "INVALID_MFA",
    400,
    "The answer is not right.",
    "The code or the answer is wrong.",
);
pub(crate) static INVALID_USERNAME: Code = code(
    ITEM,
    "INVALID_UPDATED_USERNAME",
    400,
    "The username is another than the item was made with.",
    "Log in with the username that was used before.",
);
pub(crate) static LOGIN_REQUIRED: Code = code(ITEM, "ITEM_LOGIN_REQUIRED", 400, LOGIN_AGAIN, "Log in to your bank again.");
pub(crate) static ITEM_NOT_FOUND: Code = code(ITEM, "ITEM_NOT_FOUND", 400, "The item was removed.", "");
pub(crate) static ITEM_LOCKED: Code = code(
    ITEM,
    "ITEM_LOCKED",
    400,
    "The account is locked.",
    "Your bank has locked the account.",
);
pub(crate) static NOT_GRANTED: Code = code(
    ITEM,
    "ACCESS_NOT_GRANTED",
    400,
    "The person did not give the access that is needed.",
    "The access was not given.",
);
pub(crate) static PERMISSION_REVOKED: Code = code(
    ITEM,
    "USER_PERMISSION_REVOKED",
    400,
    "The person has revoked the permission.",
    "The permission was revoked.",
);
pub(crate) static NO_ACCOUNTS: Code = code(ITEM, "NO_ACCOUNTS", 400, "No account fits.", "There is no account that fits.");
pub(crate) static MFA_NOT_SUPPORTED: Code = code(
    ITEM,
    "MFA_NOT_SUPPORTED",
    400,
    "The item asks for a second factor, which is not possible here.",
    "",
);
pub(crate) static NOT_SUPPORTED: Code = code(
    ITEM,
    "PRODUCTS_NOT_SUPPORTED",
    400,
    "The institution does not support the products.",
    "This bank cannot be connected here.",
);
pub(crate) static INSTITUTION_DOWN: Code = code(
    INSTITUTION,
    "INSTITUTION_DOWN",
    400,
    "The institution is out of order.",
    OUT_OF_ORDER,
);
pub(crate) static INTERNAL: Code = code("API_ERROR", "INTERNAL_SERVER_ERROR", 500, "Something broke.", "");
pub(crate) static MUTATION: Code = code(
    "TRANSACTIONS_ERROR",
    "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION",
    400,
    "The data changed between two pages; begin again with the cursor of the first page.",
    "",
);
pub(crate) static WEBHOOK_INVALID: Code = code("SANDBOX_ERROR", "SANDBOX_WEBHOOK_INVALID", 400, "The item has no webhook.", "");

/// Those that a tester can also choose by name, beside the ones above.
static OTHERS: [Code; 14] = [
    code(
        ITEM,
        "INSUFFICIENT_CREDENTIALS",
        400,
        "Not all credentials were given.",
        "The login was broken off.",
    ),
    code(
        ITEM,
        "INVALID_SEND_METHOD",
        400,
        "The way to send the code is not valid.",
        "Choose another way.",
    ),
    code(
        ITEM,
        "ITEM_NOT_SUPPORTED",
        400,
        "This item is not supported.",
        "This account cannot be connected.",
    ),
    code(
        ITEM,
        "USER_SETUP_REQUIRED",
        400,
        "The person has to do something at the bank first.",
        "Log in at your bank's own site first.",
    ),
    code(
        ITEM,
        "USER_INPUT_TIMEOUT",
        400,
        "The person took too long.",
        "It took too long. Try again.",
    ),
    code(
        ITEM,
        "PASSWORD_RESET_REQUIRED",
        400,
        "The person has to change the password.",
        "Change your password at the bank first.",
    ),
    code(ITEM, "NO_LIABILITY_ACCOUNTS", 400, "There is no loan account.", ""),
    code(
        INSTITUTION,
        "INSTITUTION_NOT_RESPONDING",
        400,
        "The institution does not answer.",
        OUT_OF_ORDER,
    ),
    code(
        INSTITUTION,
        "INSTITUTION_NOT_AVAILABLE",
        400,
        "The institution is not available.",
        OUT_OF_ORDER,
    ),
    code(
        INSTITUTION,
        "INSTITUTION_NO_LONGER_SUPPORTED",
        400,
        "The institution is no longer supported.",
        "This bank can no longer be connected.",
    ),
    code(
        LIMIT,
        "TRANSACTIONS_LIMIT",
        429,
        "Too many calls of this endpoint for this item.",
        "",
    ),
    code(LIMIT, "ACCOUNTS_LIMIT", 429, "Too many calls of this endpoint for this item.", ""),
    code(LIMIT, "RATE_LIMIT", 429, "Too many calls.", ""),
    code("API_ERROR", "PLANNED_MAINTENANCE", 503, "Plaid is under maintenance.", ""),
];

static CHOSEN: [&Code; 16] = [
    &INVALID_CREDENTIALS,
    &INVALID_MFA,
    &INVALID_USERNAME,
    &LOGIN_REQUIRED,
    &ITEM_NOT_FOUND,
    &ITEM_LOCKED,
    &NOT_GRANTED,
    &PERMISSION_REVOKED,
    &NO_ACCOUNTS,
    &MFA_NOT_SUPPORTED,
    &NOT_SUPPORTED,
    &INSTITUTION_DOWN,
    &INTERNAL,
    &MUTATION,
    &CONSENT_REQUIRED,
    &INVALID_ACCESS_TOKEN,
];

/// The error that a tester named.
pub(crate) fn find(name: &str) -> Option<&'static Code> {
    CHOSEN.iter().copied().chain(&OTHERS).find(|code| code.code == name)
}

impl Code {
    /// The error as an item or a webhook has it; `reason` is what only OAuth items have.
    pub(crate) fn told(&self, reason: Option<&str>) -> Value {
        let mut told = self.body();
        told["error_code_reason"] = json!(reason);
        told["status"] = json!(self.status);
        told
    }

    fn body(&self) -> Value {
        json!({
            "error_type": self.kind,
            "error_code": self.code,
            "error_message": self.message,
            "display_message": self.display,
            "documentation_url": format!("https://plaid.com/docs/?ref=error#{}", self.kind.to_lowercase()),
            "suggested_action": null,
        })
    }

    /// What the person is told.
    pub(crate) fn display(&self) -> Option<&'static str> {
        self.display
    }
}

/// A refused call.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: &'static Code,
    /// Which fields it is about.
    fields: Vec<String>,
}

impl Refusal {
    /// It is about these fields.
    pub(crate) fn of(code: &'static Code, fields: &[&str]) -> Self {
        Self {
            code,
            fields: fields.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    /// The body of the answer.
    pub(crate) fn body(&self, request_id: &str) -> Value {
        let mut body = self.code.body();
        if !self.fields.is_empty() {
            body["error_message"] = json!(format!("{} {}", self.code.message, self.fields.join(", ")));
        }
        body["request_id"] = json!(request_id);
        body
    }
}

impl From<&'static Code> for Refusal {
    fn from(code: &'static Code) -> Self {
        Self { code, fields: Vec::new() }
    }
}

//! What Link's pages say, in both languages. Plaid itself has no Hebrew; a person can choose it here all the same.

use crate::lang::Lang;
use crate::plaid::refusal::Code;
use http::Uri;

/// All texts of a language. `{client}` stands for who asks, `{bank}` for the institution.
pub(super) struct Texts {
    pub(super) language: &'static str,
    pub(super) sandbox: &'static str,
    pub(super) choose: &'static str,
    pub(super) choose_for: &'static str,
    pub(super) search: &'static str,
    pub(super) find: &'static str,
    pub(super) nobody: &'static str,
    pub(super) log_in: &'static str,
    pub(super) log_in_hint: &'static str,
    pub(super) username: &'static str,
    pub(super) password: &'static str,
    pub(super) go_on: &'static str,
    pub(super) go_to_bank: &'static str,
    pub(super) go_to_bank_hint: &'static str,
    pub(super) bank_page: &'static str,
    pub(super) other_bank: &'static str,
    pub(super) leave: &'static str,
    pub(super) code: &'static str,
    pub(super) code_hint: &'static str,
    pub(super) questions: &'static str,
    pub(super) question: &'static str,
    pub(super) accounts: &'static str,
    pub(super) no_account: &'static str,
    pub(super) consent: &'static str,
    pub(super) asks: &'static str,
    pub(super) see_accounts: &'static str,
    pub(super) see_transactions: &'static str,
    pub(super) allow: &'static str,
    pub(super) linked: &'static str,
    pub(super) left: &'static str,
    pub(super) back: &'static str,
    pub(super) close: &'static str,
    pub(super) over: &'static str,
    pub(super) over_text: &'static str,
    pub(super) not_found: &'static str,
    pub(super) not_found_text: &'static str,
}

const HE: Texts = Texts {
    language: "עברית",
    sandbox: "סביבת ניסוי · זה אינו Plaid ואינו בנק אמיתי, ואין להקליד כאן פרטים אמיתיים",
    choose: "בחירת בנק",
    choose_for: "{client} מבקשת להתחבר לחשבון שלך.",
    search: "שם הבנק",
    find: "חיפוש",
    nobody: "לא נמצא בנק בשם הזה.",
    log_in: "כניסה אל {bank}",
    log_in_hint: "בסביבת הניסוי: שם משתמש user_good, סיסמה pass_good.",
    username: "שם משתמש",
    password: "סיסמה",
    go_on: "המשך",
    go_to_bank: "מעבר לאתר הבנק",
    go_to_bank_hint: "הכניסה היא באתר של {bank}. אחריה חוזרים לכאן.",
    bank_page: "האתר של {bank}",
    other_bank: "בנק אחר",
    leave: "ביטול",
    code: "קוד אימות",
    code_hint: "שלחנו קוד למכשיר שלך. בסביבת הניסוי הקוד הוא 1234.",
    questions: "שאלות אבטחה",
    question: "שאלה",
    accounts: "לאילו חשבונות לתת גישה?",
    no_account: "יש לבחור לפחות חשבון אחד.",
    consent: "אישור גישה",
    asks: "{client} מבקשת לראות:",
    see_accounts: "חשבונות ויתרות",
    see_transactions: "תנועות",
    allow: "אישור",
    linked: "החשבון חובר",
    left: "החשבון לא חובר",
    back: "חזרה אל {client}",
    close: "אפשר לסגור את החלון.",
    over: "הקישור אינו בתוקף",
    over_text: "כבר השתמשו בקישור, או שזמנו עבר. יש לבקש קישור חדש.",
    not_found: "אין דף כזה",
    not_found_text: "הכתובת אינה מוכרת.",
};

const EN: Texts = Texts {
    language: "English",
    sandbox: "Test environment · this is neither Plaid nor a real bank, so type no real details here",
    choose: "Choose your bank",
    choose_for: "{client} wants to connect to your account.",
    search: "Name of the bank",
    find: "Search",
    nobody: "There is no bank of that name.",
    log_in: "Log in to {bank}",
    log_in_hint: "In this test environment: username user_good, password pass_good.",
    username: "Username",
    password: "Password",
    go_on: "Continue",
    go_to_bank: "Go to the bank’s site",
    go_to_bank_hint: "You log in on {bank}’s own site and come back here.",
    bank_page: "{bank}’s own site",
    other_bank: "Another bank",
    leave: "Cancel",
    code: "Verification code",
    code_hint: "We sent a code to your device. In this test environment it is 1234.",
    questions: "Security questions",
    question: "Question",
    accounts: "Which accounts may be seen?",
    no_account: "Choose at least one account.",
    consent: "Allow access",
    asks: "{client} wants to see:",
    see_accounts: "Accounts and balances",
    see_transactions: "Transactions",
    allow: "Allow",
    linked: "Your account is connected",
    left: "Your account was not connected",
    back: "Back to {client}",
    close: "You can close this window.",
    over: "This link is no longer valid",
    over_text: "It was used already, or its time is over. Ask for a new one.",
    not_found: "No such page",
    not_found_text: "The address is not known.",
};

/// The language in the address's `lang`; else English, in which Plaid's texts here are written.
pub(super) fn language(uri: &Uri) -> Lang {
    let pairs = uri.query().unwrap_or_default().split('&');
    let asked = pairs.filter_map(|pair| pair.strip_prefix("lang=")).next_back();
    if asked == Some("he") { Lang::He } else { Lang::En }
}

/// Those of this language.
pub(super) const fn of(lang: Lang) -> &'static Texts {
    match lang {
        Lang::He => &HE,
        Lang::En => &EN,
    }
}

/// What the person is told of an error.
pub(super) fn error(lang: Lang, code: &Code) -> &str {
    let english = code.display().unwrap_or("Something went wrong. Try again later.");
    if lang == Lang::En {
        return english;
    }
    match (code.kind, code.code) {
        (_, "INVALID_CREDENTIALS") => "שם המשתמש או הסיסמה שגויים.",
        (_, "INVALID_MFA") => "הקוד או התשובה שגויים.",
        (_, "ITEM_LOCKED") => "הבנק חסם את החשבון.",
        (_, "INVALID_UPDATED_USERNAME") => "יש להיכנס עם שם המשתמש הקודם.",
        (_, "ACCESS_NOT_GRANTED") => "הגישה לא ניתנה.",
        (_, "PRODUCTS_NOT_SUPPORTED" | "ITEM_NOT_SUPPORTED") => "אי אפשר לחבר כאן את הבנק הזה.",
        ("INSTITUTION_ERROR", _) => "הבנק אינו עונה כרגע. אפשר לנסות שוב מאוחר יותר.",
        _ => "משהו השתבש. אפשר לנסות שוב מאוחר יותר.",
    }
}

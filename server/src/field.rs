//! How what is wrong with a field is said on a line of its own.

/// The detail, after the field's name where the detail does not say it itself. In a list the place is always said.
pub fn say(field: &str, detail: &str) -> String {
    let name = field.rsplit('.').next().unwrap_or_default();
    let named = detail
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .any(|word| word == name);
    if named && !field.contains('[') {
        detail.to_owned()
    } else {
        format!("{field}: {detail}")
    }
}

#[cfg(test)]
mod tests {
    use super::say;

    #[test]
    fn a_field_is_named_once_and_a_place_in_a_list_always() {
        assert_eq!(say("max_uses", "max_uses is 1 to 9."), "max_uses is 1 to 9.");
        assert_eq!(say("connection.start_date", "start_date is a day."), "start_date is a day.");
        assert_eq!(say("name", "A name has 1 to 100 characters."), "A name has 1 to 100 characters.");
        assert_eq!(
            say("psu_id", "psu_id_type says what it is."),
            "psu_id: psu_id_type says what it is."
        );
        assert_eq!(
            say("events[1]", "There are no such events."),
            "events[1]: There are no such events."
        );
    }
}

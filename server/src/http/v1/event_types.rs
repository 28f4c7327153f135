//! The types of events as the document lists them: those that there are, and those that an endpoint can be limited to.

use crate::webhooks::endpoints::KINDS;
use gesher_contract::EventKind;
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

/// Any type.
pub struct EventType;
/// A type that endpoints are sent without asking for it: not a ping.
pub struct WebhookEventType;

fn one_of(names: &[&'static str]) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.enum_values(Some(names.iter().copied())).build().into()
}

impl PartialSchema for EventType {
    fn schema() -> RefOr<Schema> {
        one_of(&EventKind::NAMES)
    }
}

impl ToSchema for EventType {}

impl PartialSchema for WebhookEventType {
    fn schema() -> RefOr<Schema> {
        one_of(&KINDS)
    }
}

impl ToSchema for WebhookEventType {}

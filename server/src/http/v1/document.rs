//! What holds for every operation, put into the OpenAPI document once.
//!
//! **Contract.** An operation's own description says what is special about it; what its extractors and the layers around it can answer is
//! added here, so a new route is described whole. A problem document has its media type, a limit its `Retry-After`.

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, Ref, RefOr, Response, Type};

/// What a customer's token opens is marked with.
pub(super) const CUSTOMER_TOKEN: &str = "customer_token";
const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// Completes the document.
pub(super) fn complete(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            for parameter in operation.parameters.iter_mut().flatten() {
                if let RefOr::T(parameter) = parameter {
                    never_null(parameter);
                    if parameter.name == "Idempotency-Key" {
                        let key = ObjectBuilder::new()
                            .schema_type(Type::String)
                            .min_length(Some(1))
                            .max_length(Some(255))
                            .pattern(Some("^[!-~]+$"));
                        parameter.schema = Some(RefOr::T(key.build().into()));
                    }
                }
            }
            for status in answers(path, operation) {
                operation
                    .responses
                    .responses
                    .entry(status.to_owned())
                    .or_insert_with(|| RefOr::T(problem()));
            }
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    describe(status, response);
                }
            }
        }
    }
}

/// What can come of an operation before its handler begins.
fn answers(path: &str, operation: &Operation) -> Vec<&'static str> {
    let security = operation.security.as_deref().unwrap_or_default();
    let parameters: Vec<&Parameter> = operation
        .parameters
        .iter()
        .flatten()
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .collect();
    let has = |place: ParameterIn| parameters.iter().any(|parameter| parameter.parameter_in == place);
    let mut answers = vec!["429", "503"];
    if !security.is_empty() {
        answers.push("401");
        if !security.contains(&SecurityRequirement::new::<_, [&str; 0], _>(CUSTOMER_TOKEN, [])) {
            answers.push("403");
        }
    }
    if path.contains('{') {
        answers.push("404");
    }
    if operation.request_body.is_some() {
        answers.extend(["400", "413", "415", "422"]);
    }
    if has(ParameterIn::Query) {
        answers.push("422");
    }
    if has(ParameterIn::Header) {
        // An Idempotency-Key.
        answers.extend(["400", "422"]);
    }
    answers
}

fn problem() -> Response {
    let schema = Ref::from_schema_name("Problem");
    Response::builder()
        .content(JSON, ContentBuilder::new().schema(Some(schema)).build())
        .build()
}

fn describe(status: &str, response: &mut Response) {
    if is_problem(response)
        && let Some(content) = response.content.swap_remove(JSON)
    {
        response.content.insert(PROBLEM.to_owned(), content);
    }
    if matches!(status, "429" | "503") {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
        let header = HeaderBuilder::new()
            .schema(Some(seconds))
            .description(Some("After so many seconds it is worth another try."));
        response.headers.insert("Retry-After".to_owned(), RefOr::T(header.build()));
    }
    if response.description.is_empty() {
        response.description = match status {
            "400" => "`malformed_json`, `body_unreadable` or `bad_idempotency_key`: the request cannot be read",
            "401" => "`no_api_key` or `bad_api_key`",
            "403" => "`customer_token`: this takes an API key",
            "404" => "`not_found`: nothing of yours has this id",
            "409" => "It does not fit what the thing is at now; `code` says why",
            "413" => "`body_too_large`",
            "415" => "`not_json`",
            "422" => "A field or parameter is unknown or wrong; `field` names it",
            "429" => "`too_many_requests`",
            "503" => "`unavailable` or `timed_out`",
            _ => "The answer",
        }
        .to_owned();
    }
}

fn is_problem(response: &Response) -> bool {
    response.content.get(JSON).is_some_and(|content| match content {
        RefOr::T(content) => matches!(&content.schema, Some(RefOr::Ref(to)) if to.ref_location.ends_with("/Problem")),
        RefOr::Ref(_) => false,
    })
}

/// A parameter that may be absent is absent, not null.
fn never_null(parameter: &mut Parameter) {
    let Some(RefOr::T(schema)) = &mut parameter.schema else { return };
    match schema {
        Schema::Object(object) => {
            if let SchemaType::Array(types) = &mut object.schema_type {
                types.retain(|one| *one != Type::Null);
                if let [one] = types.as_slice() {
                    object.schema_type = SchemaType::Type(one.clone());
                }
            }
        }
        Schema::OneOf(either) => {
            let is_null = |item: &RefOr<Schema>| matches!(item, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null));
            either.items.retain(|item| !is_null(item));
            if let [one] = either.items.as_slice() {
                parameter.schema = Some(one.clone());
            }
        }
        _ => {}
    }
}

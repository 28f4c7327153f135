//! Which institutions the person may choose. A wish that leaves none is refused, and the field that leaves none is named, if it is one.

use super::{InviteError, Wish, wrong};
use crate::core::Core;
use crate::tenants::{Caller, Mode};
use gesher_directory::{Filter, Narrowing, NarrowingError, Product, ProviderName, Wanted};
use std::collections::BTreeSet;

/// Most institutions in a list.
const MOST_INSTITUTIONS: usize = 100;
/// Longest text for the picker's search box.
const LONGEST_SEARCH: usize = 100;

/// What may be chosen.
pub(super) struct Choice {
    /// The ids of the institutions that are named, if any are.
    pub institution_ids: Option<Vec<String>>,
    /// What else has to be true of them.
    pub narrowing: Narrowing,
    /// The kinds of data that are wanted where they are offered.
    pub optional_products: BTreeSet<Product>,
}

/// What the wish comes to.
pub(super) fn choice(core: &Core, caller: &Caller, wish: &Wish) -> Result<Choice, InviteError> {
    search(wish)?;
    let institution_ids = institutions(core, caller, wish)?;
    let narrowing = Narrowing::try_from(wish.institutions.clone())?;
    let optional_products = optional_products(wish, &narrowing)?;
    somebody_is_left(core, caller, wish, institution_ids.as_deref(), &narrowing)?;
    Ok(Choice {
        institution_ids,
        narrowing,
        optional_products,
    })
}

impl From<NarrowingError> for InviteError {
    fn from(error: NarrowingError) -> Self {
        let NarrowingError { field, place, rule } = error;
        let code = match field {
            "countries" => "invalid_countries",
            "regions" => "invalid_regions",
            "products" => "invalid_products",
            _ => "invalid_providers",
        };
        match place {
            Some(place) => wrong(format!("{field}[{place}]"), code, format!("An entry of {field} is {rule}.")),
            None => wrong(field, code, format!("{field} is {rule}.")),
        }
    }
}

fn search(wish: &Wish) -> Result<(), InviteError> {
    let fits = |text: &String| !text.trim().is_empty() && text.chars().count() <= LONGEST_SEARCH && !text.chars().any(char::is_control);
    if wish.institution_search.as_ref().is_none_or(fits) {
        Ok(())
    } else {
        Err(wrong(
            "institution_search",
            "invalid_institution_search",
            "institution_search has 1 to 100 characters and no control characters.",
        ))
    }
}

/// A wish for Plaid's sandbox is one for the invented institutions that are reached through it.
///
/// # Errors
/// The key is a live one, or the tenant reaches nobody there.
pub(super) fn in_plaids_sandbox(core: &Core, caller: &Caller, wish: Wish) -> Result<Wish, InviteError> {
    if wish.plaid_sandbox != Some(true) {
        return Ok(wish);
    }
    let through_plaid = Filter {
        test_mode: true,
        include_invented: true,
        narrowing: Narrowing {
            providers: [ProviderName::Plaid].into(),
            ..Narrowing::default()
        },
        ..Filter::default()
    };
    let directory = core.directory(caller.tenant.as_str(), caller.mode.as_str());
    if caller.mode != Mode::Test || !directory.has_any(&through_plaid) {
        return Err(wrong(
            "plaid_sandbox",
            "plaid_not_available",
            "This key reaches no institution in Plaid's sandbox: it is for test keys of organisations whose operator has set Plaid's credentials.",
        ));
    }
    if wish
        .institutions
        .providers
        .as_ref()
        .is_some_and(|asked| !asked.contains(&ProviderName::Plaid))
    {
        return Err(nobody("providers"));
    }
    Ok(Wish {
        include_sandbox: true,
        institutions: Wanted {
            providers: Some(vec![ProviderName::Plaid]),
            ..wish.institutions.clone()
        },
        ..wish
    })
}

/// The institutions that are named, by their own ids.
fn institutions(core: &Core, caller: &Caller, wish: &Wish) -> Result<Option<Vec<String>>, InviteError> {
    let Some(named) = &wish.institution_ids else { return Ok(None) };
    if named.is_empty() || named.len() > MOST_INSTITUTIONS {
        return Err(wrong(
            "institution_ids",
            "invalid_institution_ids",
            "institution_ids has 1 to 100 ids; leave it out for all.",
        ));
    }
    let filter = Filter {
        test_mode: caller.mode == Mode::Test,
        include_invented: true,
        ..Filter::default()
    };
    let directory = core.directory(caller.tenant.as_str(), caller.mode.as_str());
    let id = |(place, name): (usize, &String)| {
        let known = directory.called(name).map(|institution| institution.id.clone());
        known.filter(|id| directory.route(id, &filter).is_some()).ok_or_else(|| {
            wrong(
                format!("institution_ids[{place}]"),
                "unknown_institution",
                format!("No institution that this key can reach is called {name}."),
            )
        })
    };
    named.iter().enumerate().map(id).collect::<Result<_, _>>().map(Some)
}

/// Where neither list is given, everything is wanted where it is offered.
fn optional_products(wish: &Wish, narrowing: &Narrowing) -> Result<BTreeSet<Product>, InviteError> {
    let Some(optional) = &wish.optional_products else {
        return Ok(match wish.institutions.products {
            Some(_) => BTreeSet::new(),
            None => Product::FETCHED.into(),
        });
    };
    if optional.is_empty() {
        return Err(wrong(
            "optional_products",
            "invalid_products",
            "optional_products is not empty; leave it out where nothing is optional.",
        ));
    }
    match optional.iter().position(|product| narrowing.products.contains(product)) {
        Some(place) => Err(wrong(
            format!("optional_products[{place}]"),
            "product_in_both",
            "A product is required or optional, not both.",
        )),
        None => Ok(optional.iter().copied().collect()),
    }
}

/// Takes one wish after the other into a filter: with the first ones somebody could be chosen, with the last one nobody.
fn somebody_is_left(
    core: &Core,
    caller: &Caller,
    wish: &Wish,
    institution_ids: Option<&[String]>,
    narrowing: &Narrowing,
) -> Result<(), InviteError> {
    let Wanted {
        allow_redirect,
        allow_business,
        allow_insurance,
        ..
    } = wish.institutions;
    let mut filter = Filter {
        test_mode: caller.mode == Mode::Test,
        include_invented: wish.include_sandbox,
        institution_ids: institution_ids.map(|ids| ids.iter().cloned().collect()),
        ..Filter::default()
    };
    let directory = core.directory(caller.tenant.as_str(), caller.mode.as_str());
    if !directory.has_any(&filter) {
        return Err(InviteError::NoInstitution);
    }
    let mut narrow = |field: &'static str, is_given: bool, with: &dyn Fn(&mut Filter)| {
        if !is_given {
            return Ok(());
        }
        with(&mut filter);
        if directory.has_any(&filter) { Ok(()) } else { Err(nobody(field)) }
    };
    narrow("countries", !narrowing.countries.is_empty(), &|filter| {
        filter.narrowing.countries.clone_from(&narrowing.countries);
    })?;
    narrow("regions", !narrowing.regions.is_empty(), &|filter| {
        filter.narrowing.regions.clone_from(&narrowing.regions);
    })?;
    narrow("products", !narrowing.products.is_empty(), &|filter| {
        filter.narrowing.products.clone_from(&narrowing.products);
    })?;
    narrow("providers", !narrowing.providers.is_empty(), &|filter| {
        filter.narrowing.providers.clone_from(&narrowing.providers);
    })?;
    narrow("allow_redirect", allow_redirect.is_some(), &|filter| {
        filter.narrowing.allow_redirect = narrowing.allow_redirect;
    })?;
    narrow("allow_business", allow_business.is_some(), &|filter| {
        filter.narrowing.allow_business = narrowing.allow_business;
    })?;
    narrow("allow_insurance", allow_insurance.is_some(), &|filter| {
        filter.narrowing.allow_insurance = narrowing.allow_insurance;
    })?;
    narrow("psu_id_type", wish.psu_id.is_some() || wish.psu_id_type.is_some(), &|filter| {
        filter.psu_id_type = Some(wish.psu_id_type.unwrap_or_default());
    })?;
    narrow("psu_corporate_id", wish.psu_corporate_id.is_some(), &|filter| {
        filter.psu_corporate_id = true;
    })
}

fn nobody(field: &'static str) -> InviteError {
    match field {
        "psu_id_type" => wrong(
            field,
            "psu_id_type_not_taken",
            "None of the institutions that can be chosen takes an id of this type; GET /v1/institutions says which do.",
        ),
        "psu_corporate_id" => wrong(
            field,
            "psu_corporate_id_not_taken",
            "None of the institutions that can be chosen asks for a company; GET /v1/institutions says which do.",
        ),
        _ => wrong(
            field,
            "no_institution_left",
            format!("With {field} as it is there is no institution left to choose; GET /v1/institutions takes the same fields."),
        ),
    }
}

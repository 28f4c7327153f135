//! An institution that does not answer is left in peace, and the picker says that it is in trouble.

use crate::challenges::failed;
use crate::world::World;
use gesher_contract::{FailureCode, View};
use serde_json::json;
use std::time::Duration;

const FORM: &str = "GET /bank/sandbox-bank/form";

/// Chooses the bank; what comes of it.
async fn chosen(world: &World) -> View {
    let invited = world.invite(json!({ "institution_ids": ["sandbox-bank", "il-max"] })).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.choose("sandbox-bank").await.clone()
}

/// Whether picker and API show trouble.
async fn shown(world: &World) -> (bool, bool) {
    let invited = world.invite(json!({ "institution_ids": ["sandbox-bank", "il-max"] })).await;
    let mut visit = world.enter(&invited).await;
    let View::Picker(picker) = visit.open().await.clone() else {
        panic!("no picker: {:?}", visit.screen.view)
    };
    let tile = picker.tiles.iter().find(|tile| tile.id == "sandbox-bank").expect("a tile");
    let listed = world.get("/v1/institutions?q=sandbox%20bank&include_sandbox=true").await.body;
    let listed = listed["data"].as_array().expect("a list").clone();
    let bank = listed.iter().find(|bank| bank["id"] == "sandbox-bank").expect("the bank").clone();
    (tile.troubled, bank["health"] == "trouble")
}

#[tokio::test]
async fn after_five_calls_without_an_answer_nothing_is_begun_for_a_while() {
    let world = World::new().await;
    assert_eq!(shown(&world).await, (false, false));
    world.banks.trouble(Some("/form"));
    for asked in 1..=5 {
        assert_eq!(failed(&chosen(&world).await), FailureCode::InstitutionUnavailable);
        assert_eq!(world.banks.exactly(FORM), asked);
    }
    assert_eq!(shown(&world).await, (true, true));
    assert_eq!(failed(&chosen(&world).await), FailureCode::InstitutionUnavailable);
    assert_eq!(world.banks.exactly(FORM), 5, "it is left in peace");
    world.banks.trouble(None);
    world.clock.advance(Duration::from_secs(31));
    assert!(matches!(chosen(&world).await, View::Form(_)));
    assert_eq!((world.banks.exactly(FORM), shown(&world).await), (6, (false, false)));
}

use super::testing::both;
use super::*;

both! {
    async fn opens(store: Store) {
        store.check().await.unwrap();
    }
}

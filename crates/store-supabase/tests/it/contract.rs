//! The store keeps the promises of its port over the PostgREST fake.

use watchme_store_supabase::{Config, SupabaseStore};
use watchme_testkit::RecordingSeed;
use watchme_testkit::contract::store::StoreUnderTest;
use watchme_testkit::postgrest::PostgrestFake;

async fn supabase(seeds: Vec<RecordingSeed>) -> StoreUnderTest {
    let fake = PostgrestFake::start().await;
    // Older tables lack these columns, newer ones have them.
    if seeds.iter().any(|seed| seed.local_date.is_some() || seed.time_block.is_some()) {
        fake.add_day_columns();
    }
    for seed in &seeds {
        fake.insert_recording(seed);
    }
    let key = PostgrestFake::SECRET_KEY.into();
    let config = Config::new(fake.url().parse().unwrap(), key);
    StoreUnderTest::new(SupabaseStore::new(&config).unwrap(), fake)
}

watchme_testkit::store_contract!(supabase);

use serde_json::{Value, json};
use zerogate_emulator::{Emulator, Owner, Seed, Status};

use crate::wire::{cancel, emulator, list, seed};

async fn page(emulator: &Emulator, query: &str) -> Value {
    let response = list(query).signed(emulator).await;
    assert_eq!(response.status, 200, "{query}");
    response.json()
}

fn ids(page: &Value) -> Vec<&str> {
    page["data"].as_array().expect("a list").iter().map(|session| session["id"].as_str().expect("a string")).collect()
}

fn seeded(emulator: &Emulator, count: usize) -> Vec<String> {
    let mut ids: Vec<String> = (0..count).map(|_| seed(emulator).id).collect();
    ids.reverse();
    ids
}

#[tokio::test]
async fn an_empty_list_is_a_list() {
    let emulator = emulator().await;
    assert_eq!(page(&emulator, "").await, json!({ "object": "list", "data": [], "has_more": false }));
}

#[tokio::test]
async fn the_newest_come_first_and_ten_by_default() {
    let emulator = emulator().await;
    let expected = seeded(&emulator, 11);
    let first = page(&emulator, "").await;
    assert_eq!(ids(&first), expected[..10]);
    assert_eq!(first["has_more"], json!(true));
    let all = page(&emulator, "?limit=11").await;
    assert_eq!(ids(&all), expected);
    assert_eq!(all["has_more"], json!(false));
}

#[tokio::test]
async fn following_the_cursor_shows_every_session_once() {
    let emulator = emulator().await;
    let expected = seeded(&emulator, 23);
    let mut found: Vec<String> = Vec::new();
    let mut query = "?limit=5".to_owned();
    loop {
        let page = page(&emulator, &query).await;
        found.extend(ids(&page).into_iter().map(str::to_owned));
        if page["has_more"] == json!(false) {
            break;
        }
        // A session created meanwhile does not shift the pages.
        seed(&emulator);
        query = format!("?limit=5&starting_after={}", found.last().unwrap());
    }
    assert_eq!(found, expected);
}

#[tokio::test]
async fn sessions_of_one_millisecond_keep_their_order() {
    let emulator = emulator().await;
    let at = Some("2026-05-26T12:00:00.000Z".to_owned());
    let mut expected: Vec<String> =
        (0..20).map(|_| emulator.seed(Seed { created_at: at.clone(), ..Seed::default() }).unwrap().id).collect();
    expected.reverse();
    for _ in 0..5 {
        assert_eq!(ids(&page(&emulator, "?limit=100").await), expected);
    }
}

#[tokio::test]
async fn a_seed_from_the_past_is_listed_in_order() {
    let emulator = emulator().await;
    let new = seed(&emulator).id;
    let past = Seed { created_at: Some("2020-01-01T00:00:00Z".to_owned()), ..Seed::default() };
    let old = emulator.seed(past).unwrap().id;
    assert_eq!(ids(&page(&emulator, "").await), [new, old]);
}

#[tokio::test]
async fn only_own_sessions_are_listed() {
    let emulator = emulator().await;
    let mine = seed(&emulator).id;
    emulator.seed(Seed { owner: Owner::OtherPartner, ..Seed::default() }).unwrap();
    assert_eq!(ids(&page(&emulator, "").await), [mine]);
}

#[tokio::test]
async fn the_status_filters() {
    let emulator = emulator().await;
    for status in [Status::Open, Status::Completed, Status::Expired, Status::Cancelled] {
        let seed = || emulator.seed(Seed { status, ..Seed::default() }).unwrap().id;
        let mut expected = [seed(), seed()];
        let filtered = page(&emulator, &format!("?status={status}")).await;
        let mut found = ids(&filtered);
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{status}");
    }
    assert_eq!(ids(&page(&emulator, "").await).len(), 8);
}

#[tokio::test]
async fn has_more_counts_only_what_passes_the_filter() {
    let emulator = emulator().await;
    emulator.seed(Seed { status: Status::Completed, ..Seed::default() }).unwrap();
    seeded(&emulator, 2);
    assert_eq!(page(&emulator, "?status=open&limit=1").await["has_more"], json!(true));
    assert_eq!(page(&emulator, "?status=open&limit=2").await["has_more"], json!(false));
}

#[tokio::test]
async fn a_cursor_keeps_its_place_when_its_session_leaves_the_filter() {
    let emulator = emulator().await;
    let expected = seeded(&emulator, 4);
    let first = page(&emulator, "?status=open&limit=2").await;
    assert_eq!(ids(&first), expected[..2]);
    assert_eq!(cancel(&expected[1]).signed(&emulator).await.status, 201);
    let second = page(&emulator, &format!("?status=open&limit=2&starting_after={}", expected[1])).await;
    assert_eq!(ids(&second), expected[2..]);
}

#[tokio::test]
async fn a_bad_query_is_refused_by_the_name_of_its_parameter() {
    let emulator = emulator().await;
    let theirs = emulator.seed(Seed { owner: Owner::OtherPartner, ..Seed::default() }).unwrap().id;
    for (query, name) in [
        ("?limit=0".to_owned(), "limit"),
        ("?limit=101".to_owned(), "limit"),
        ("?limit=-1".to_owned(), "limit"),
        ("?limit=%2B5".to_owned(), "limit"),
        ("?limit=ten".to_owned(), "limit"),
        ("?limit=1.0".to_owned(), "limit"),
        ("?limit=".to_owned(), "limit"),
        ("?limit=99999999999999999999999".to_owned(), "limit"),
        ("?limit=1&limit=1".to_owned(), "limit"),
        ("?status=paused".to_owned(), "status"),
        ("?status=OPEN".to_owned(), "status"),
        ("?status=".to_owned(), "status"),
        ("?starting_after=unknown".to_owned(), "starting_after"),
        ("?starting_after=".to_owned(), "starting_after"),
        (format!("?starting_after={theirs}"), "starting_after"),
    ] {
        let response = list(&query).signed(&emulator).await;
        assert_eq!(response.status, 400, "{query}");
        assert_eq!(response.envelope().0, "invalid_request");
        assert!(response.json()["message"].as_str().unwrap().contains(name), "{query}");
    }
}

#[tokio::test]
async fn a_foreign_cursor_is_indistinguishable_from_an_unknown_one() {
    let emulator = emulator().await;
    let theirs = emulator.seed(Seed { owner: Owner::OtherPartner, ..Seed::default() }).unwrap().id;
    let page = async |id: &str| {
        let query = format!("?starting_after={id}");
        list(&query).signed(&emulator).await.without_identity()
    };
    assert_eq!(page(&theirs).await, page("0123456789abcdef01234567").await);
}

#[tokio::test]
async fn unknown_parameters_are_ignored_and_valid_limits_pass() {
    let emulator = emulator().await;
    for query in ["?", "?limit=1", "?limit=100", "?expand=all&limit=1", "?x=%zz", "?%ff=%ff&&="] {
        page(&emulator, query).await;
    }
}

//! Documents as Python reads them, and documents that are none.

use proptest::prelude::*;

use super::*;

#[derive(Default)]
struct All(Vec<String>);

impl Visitor for All {
    fn leaf(&mut self, path: &Path, leaf: Leaf<'_>, at: u64) {
        self.0.push(format!("{}={leaf:?}@{at}", path.join(".")));
    }

    fn doubled(&mut self, path: &Path, _at: u64) {
        self.0.push(format!("{} twice", path.join(".")));
    }
}

fn all(text: &str) -> (Vec<String>, End) {
    let mut all = All::default();
    let end = walk(&Input::from(text.as_bytes().to_vec()), &mut all).unwrap();
    (all.0, end)
}

#[test]
fn every_value_is_shown_with_its_path_and_place() {
    let (leaves, end) = all("{\"a\": [1, {\"b\": \"x\\u00e9\\ud83d\\ude00\"}], \"c\": NaN, \"a\": null}");
    assert_eq!(
        leaves,
        ["a.[]=Number(\"1\")@7", "a.[].b=Text(\"xé😀\")@16", "c=Number(\"NaN\")@46", "a twice", "a=Null@56"]
    );
    assert!(matches!(end, End::Whole(61)), "{end:?}");
}

#[test]
fn what_is_no_json_says_where() {
    for text in ["{% if x %}", "{\"a\" 1}", "[1,]", "{\"a\":tru}", "\"open", "", "[1", "{\"a\":1e}"] {
        assert!(matches!(all(text).1, End::Broken(_)), "{text}: {:?}", all(text));
    }
    assert!(matches!(all(&"[".repeat(10_000)).1, End::Deep(_)));
    assert_eq!(all("{} x").1, End::Whole(2));
    assert_eq!(all("{} {}").1, End::Whole(2));
}

#[test]
fn there_may_be_a_document_on_each_line() {
    let (leaves, end) = all("{\"a\": 1}\n{\"a\": 2}\n");
    assert_eq!((leaves.len(), end), (2, End::Whole(18)));
    assert!(matches!(all("{}\n{]").1, End::Broken(_)));
}

#[test]
fn halves_of_no_pair_are_replaced() {
    for text in [r#"["\ud83d\u0041"]"#, r#"["\ud83d\uffff"]"#, r#"["\ud83d"]"#] {
        let (leaves, end) = all(text);
        assert!(leaves[0].contains('\u{fffd}'), "{leaves:?}");
        assert_eq!(end, End::Whole(text.len() as u64));
    }
}

proptest! {
    #[test]
    fn it_shows_what_serde_json_reads(value in any_value(3)) {
        let text = serde_json::to_string(&value).unwrap();
        let (leaves, end) = all(&text);
        prop_assert_eq!(end, End::Whole(text.len() as u64));
        prop_assert_eq!(leaves.iter().filter(|leaf| !leaf.ends_with("twice")).count(), count(&value));
    }

    #[test]
    fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        walk(&Input::from(bytes), &mut All::default()).unwrap();
    }
}

fn count(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(items) => items.iter().map(count).sum(),
        serde_json::Value::Object(fields) => fields.values().map(count).sum(),
        _ => 1,
    }
}

fn any_value(depth: u32) -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        ".{0,8}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(depth, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

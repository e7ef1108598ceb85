//! Streams with their places and tags, and streams that are none.

use proptest::prelude::*;

use super::*;

#[derive(Default)]
struct All(Vec<String>);

impl Visitor for All {
    fn scalar(&mut self, path: &[String], text: &str, at: u64) {
        self.0.push(format!("{}={text}@{at}", path.join(".")));
    }

    fn tag(&mut self, tag: &str, at: u64) {
        self.0.push(format!("{tag}@{at}"));
    }
}

fn all(text: &str) -> (Vec<String>, Outcome) {
    let mut all = All::default();
    let outcome = walk(text, &mut all);
    (all.0, outcome)
}

#[test]
fn every_scalar_is_shown_with_its_path_and_place() {
    let (shown, outcome) =
        all("a: 1\nb:\n  - x\n  - {c: é, d: y}\n? [k]\n: v\ne: !!python/name:os.system ''\n");
    assert_eq!(
        shown,
        [
            "a=1@3",
            "b.[]=x@12",
            "b.[].c=é@22",
            "b.[].d=y@29",
            "[]=k@35",
            "=v@40",
            "tag:yaml.org,2002:python/name:os.system@45",
            "e=@69"
        ]
    );
    assert_eq!((outcome.broken, outcome.keys), (None, 3));
}

#[test]
fn what_an_alias_names_is_shown_again_and_counted_in_full() {
    let (shown, _) = all("a: &x evil\nb: *x\n");
    assert_eq!(shown, ["a=evil@6", "b=evil@14"]);
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..12 {
        let before = vec![format!("*a{}", level - 1); 9].join(",");
        bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    assert!(all(&bomb).1.expanded > 1_000_000_000);
}

#[test]
fn what_is_no_yaml_says_where() {
    for text in ["a: b: c", "{a", "a:\n\tb: c", "\"open", "- [", "&a *a"] {
        assert!(all(text).1.broken.is_some(), "{text}: {:?}", all(text));
    }
    assert!(all(&"[".repeat(10_000)).1.broken.is_some());
}

proptest! {
    #[test]
    fn any_text_ends(text in "\\PC{0,100}") {
        walk(&text, &mut All::default());
    }

    #[test]
    fn any_marks_end(text in "[a:&*!\\-\\[\\]{},'\"|> \n#%?]{0,120}") {
        let first = walk(&text, &mut All::default());
        prop_assert_eq!(first, walk(&text, &mut All::default()));
    }
}

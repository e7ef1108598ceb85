//! Keras configurations that build what they should, and those that do more.

use proptest::prelude::*;

use super::symbols::{Symbol, symbol};
use crate::{Input, Options, Verdict, scan};

fn verdict(config: &str) -> Verdict {
    scan("config.json", &Input::from(config.as_bytes().to_vec()), &Options::default()).verdict
}

#[test]
fn names_stand_for_what_keras_makes_of_them() {
    for (module, name, built_in) in [
        (Some("keras.layers"), "Dense", true),
        (Some("keras.src.models.functional"), "Functional", true),
        (Some("builtins"), "relu", true),
        (Some("keras.ops"), "add", true),
        (None, "Conv2D", true),
        (None, "MyLayer", false),
        (Some("keras.utils"), "get_file", false),
        (Some("keras.src.utils.file_utils"), "os.system", false),
        (Some("os"), "system", false),
        (Some("my_package"), "Layer", false),
    ] {
        assert_eq!(symbol(module, name) == Symbol::BuiltIn, built_in, "{module:?} {name}");
    }
    assert_eq!(symbol(Some("keras.utils"), "get_file"), Symbol::Gadget(true));
    assert!(matches!(symbol(Some("builtins"), "eval"), Symbol::Dangerous(_)));
}

#[test]
fn the_last_of_doubled_keys_counts_as_in_python() {
    let config = |class: &str| {
        format!("{{\"module\": \"keras.layers\", \"class_name\": \"Dense\", \"config\": {{}}, {class}}}")
    };
    assert_eq!(verdict(&config("\"registered_name\": null")), Verdict::Clean);
    assert_eq!(verdict(&config("\"module\": \"os\", \"class_name\": \"system\"")), Verdict::Malicious);
}

#[test]
fn json_that_only_uses_the_same_words_is_not_keras() {
    for text in [
        r#"{"class_name": "Person", "names": ["a"]}"#,
        r#"{"labels": [{"class_name": "os", "config": 3}]}"#,
        r#"{"module": "os", "config": {"function": "system"}}"#,
    ] {
        assert_eq!(verdict(text), Verdict::Clean, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_can_be_looked_at_as_code(text in "[A-Za-z0-9+/=]{0,200}") {
        let _ = super::code::code(&format!("4wEAAAAAAAAAAAAA{text}"));
    }
}

//! `text_form!` lets serde read and write a type as its text: through `FromStr` and `Display`, so that there is one
//! way to check it and one way to write it.

/// Implements `TryFrom<String>` and `Into<String>` for a type with `FromStr` and `Display`.
macro_rules! text_form {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = <Self as ::std::str::FromStr>::Err;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

pub(crate) use text_form;

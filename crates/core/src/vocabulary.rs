//! `vocabulary!` declares a closed list of words: an enum whose variants have one spelling everywhere
//! (files, reports, command line). It must not give a word two spellings.

/// A word that is not in the vocabulary it was looked up in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{found}`, expected one of {}", expected.join(", "))]
pub struct UnknownWord {
    /// What the vocabulary lists, for example `severity`.
    pub what: &'static str,
    /// The word that was given.
    pub found: String,
    /// The words there are.
    pub expected: Vec<&'static str>,
}

/// Declares an enum of words with `ALL`, `as_str`, `Display`, `FromStr`, serde and JSON Schema support.
#[macro_export]
macro_rules! vocabulary {
    (
        $(#[$meta:meta])*
        $what:literal $name:ident {
            $( $(#[$vmeta:meta])* $variant:ident = $word:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema,
        )]
        pub enum $name {
            $( $(#[$vmeta])* #[serde(rename = $word)] $variant, )+
        }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as it is written in files and reports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::UnknownWord {
                        what: $what,
                        found: word.to_owned(),
                        expected: vec![$($word),+],
                    }),
                }
            }
        }
    };
}

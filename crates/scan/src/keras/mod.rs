//! Keras configurations, wherever they stand: what their objects are made of, and what building them runs. Nothing is
//! imported or built.

mod code;
mod config;
mod judge;
mod symbols;
#[cfg(test)]
mod tests;

pub(crate) use self::config::Objects;

//! Nothing that is read may break the reader.

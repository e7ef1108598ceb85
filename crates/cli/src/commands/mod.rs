//! One file per command: read, call the capability, print.

pub(crate) mod assess;
pub(crate) mod bom;
pub(crate) mod catalog;
pub(crate) mod check_file;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod evidence;
pub(crate) mod explain;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod ledger;
pub(crate) mod open;
pub(crate) mod paths;
pub(crate) mod scan;
pub(crate) mod schema;
pub(crate) mod seal;
pub(crate) mod seal_key;
pub(crate) mod sign;
pub(crate) mod verify;

//! Every report format over the same rich case, told plainly and by an attacker.

#[cfg(test)]
mod any_text;
#[cfg(test)]
mod attack;
#[cfg(test)]
mod build;
#[cfg(test)]
mod cyclonedx;
#[cfg(test)]
mod drawn;
#[cfg(test)]
mod github;
#[cfg(test)]
mod junit;
#[cfg(test)]
mod markdown;
#[cfg(test)]
mod navigator;
#[cfg(test)]
mod plain;
#[cfg(test)]
mod sarif;
#[cfg(test)]
mod scan;
#[cfg(test)]
mod schema;
#[cfg(test)]
#[path = "../sample/steps.rs"]
mod steps;
#[cfg(test)]
mod wellformed;

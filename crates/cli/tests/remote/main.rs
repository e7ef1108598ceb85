//! `casemate` on what lies elsewhere: the real binary against an S3 server and a web server, both in this process. Nothing
//! outside of this machine is contacted.

#[cfg(test)]
mod casemate;
#[cfg(test)]
mod clouds;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod http;
#[cfg(test)]
mod s3;
#[cfg(test)]
mod web;

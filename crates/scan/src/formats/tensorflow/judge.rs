//! What nodes that reach beyond their graph mean, by what they are given: a path, a stream or an address.

use casemate_core::{Confidence, Severity};

use super::Model;
use super::graph::{Body, Node};
use super::ops::{Reach, reach};
use crate::capability::Capability;
use crate::formats::names::leads_out;
use crate::rule::Rule;

impl Model<'_> {
    pub(super) fn judge(&mut self, body: &Body) {
        for node in &body.reaching {
            if let Some(reach) = reach(&node.op) {
                let texts: Vec<&str> = node.inputs.iter().filter_map(|input| text(body, input)).collect();
                self.reaches(node, reach, &texts);
            }
        }
    }

    fn reaches(&mut self, node: &Node, reach: Reach, texts: &[&str]) {
        // What an operation is given names the file; a file that is written comes before its content.
        let path = texts.iter().find(|text| !text.is_empty());
        let with = path.map(|path| format!(" with `{path}`")).unwrap_or_default();
        let named = format!("`{}` is called{with}", node.op);
        let (rule, severity, confidence, capability) = match reach {
            Reach::Code => (Rule::TfCodeOp, Severity::Critical, Confidence::High, Capability::CodeExecution),
            Reach::Read => (Rule::TfFileOp, Severity::High, Confidence::High, Capability::FileRead),
            Reach::Write => (Rule::TfFileOp, Severity::High, Confidence::High, Capability::FileWrite),
            Reach::Network => (Rule::TfNetworkOp, Severity::High, Confidence::High, Capability::Network),
            Reach::Input => {
                let severity = if self.trains { Severity::Low } else { Severity::Medium };
                (Rule::TfInputOp, severity, Confidence::Medium, Capability::FileRead)
            }
            Reach::Debug => return self.debug(node),
            Reach::Print => return self.print(node),
            Reach::Schema => return self.schema(node),
            Reach::Checkpoint => return self.checkpoint(node, texts),
        };
        self.scan.does(capability);
        if texts.iter().any(|text| is_network(text)) {
            self.scan.does(Capability::Network);
        }
        self.tell(rule, severity, confidence, named, node.at);
    }

    /// Debugging operations send what flows through a graph to files and addresses.
    fn debug(&mut self, node: &Node) {
        for (name, url) in &node.texts {
            if !matches!(&**name, "debug_urls" | "tfdbg_run_id" | "gated_grpc") || !url.contains("://") {
                continue;
            }
            let is_file = url.starts_with("file://");
            let (rule, capability) = if is_file {
                (Rule::TfFileOp, Capability::FileWrite)
            } else {
                (Rule::TfNetworkOp, Capability::Network)
            };
            self.scan.does(capability);
            let title = format!("`{}` sends what flows through the graph to `{url}`", node.op);
            self.tell(rule, Severity::High, Confidence::High, title, node.at);
        }
    }

    /// Prints go to the terminal unless they name a file.
    fn print(&mut self, node: &Node) {
        let streams = node.texts.iter().filter(|(name, _)| name == "output_stream");
        for (_, stream) in streams.filter(|(_, stream)| stream.starts_with("file:")) {
            self.scan.does(Capability::FileWrite);
            let title = format!("`{}` writes to `{stream}`", node.op);
            self.tell(Rule::TfFileOp, Severity::High, Confidence::High, title, node.at);
        }
    }

    /// A description of messages that is read from a file.
    fn schema(&mut self, node: &Node) {
        let sources = node.texts.iter().filter(|(name, _)| name == "descriptor_source");
        for (_, source) in sources {
            if !source.is_empty() && !source.starts_with("local://") && !source.starts_with("bytes://") {
                self.scan.does(Capability::FileRead);
                let title = format!("`{}` reads `{source}`", node.op);
                self.tell(Rule::TfFileOp, Severity::Medium, Confidence::High, title, node.at);
            }
        }
    }

    /// Saving and restoring is what every model does, under a path that its loader gives.
    fn checkpoint(&mut self, node: &Node, texts: &[&str]) {
        let network = |path: &str| is_network(path).then_some("is an address on the network");
        // Names of tensors hold slashes, but do not begin with one.
        let out = texts.iter().find_map(|path| Some((path, leads_out(path).or_else(|| network(path))?)));
        if let Some((path, how)) = out {
            let title = format!("`{}` uses `{path}`, which {how}", node.op);
            let severity = if self.trains { Severity::Low } else { Severity::High };
            self.scan.does(if node.op.starts_with("Restore") {
                Capability::FileRead
            } else {
                Capability::FileWrite
            });
            self.tell(Rule::TfCheckpointPath, severity, Confidence::Medium, title, node.at);
        }
    }
}

/// The constant text that an input is.
fn text<'b>(body: &'b Body, input: &str) -> Option<&'b str> {
    let name = input.split(':').next().unwrap_or(input);
    body.texts.get(name).map(String::as_str)
}

fn is_network(path: &str) -> bool {
    ["http://", "https://", "ftp://", "s3://", "gs://", "hdfs://", "grpc://"]
        .iter()
        .any(|scheme| path.starts_with(scheme))
}

//! Published vulnerabilities in which a global plays the main part. A global that is not listed may still be harmful.

/// Published vulnerabilities in which a global plays the main part.
pub(crate) fn cves(module: &str, name: &str) -> Vec<&'static str> {
    let within =
        |tree: &str| module.strip_prefix(tree).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let mut cves = Vec::new();
    if within("pip") {
        cves.push("CVE-2025-1716");
    }
    if within("torch.jit.annotations") && name == "parse_type_line" {
        cves.push("CVE-2022-45907");
    }
    if within("asyncio") && module != "asyncio" {
        cves.push("CVE-2025-10157");
    }
    if within("torch.distributed.rpc") {
        cves.push("CVE-2024-5480");
    }
    if within("torch.distributed.nn") {
        cves.push("CVE-2024-48063");
    }
    cves
}

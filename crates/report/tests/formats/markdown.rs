//! Markdown, read back by the parser of the host it is meant for: no text of a case becomes markup.

use casemate_report::{Format, render};

use crate::build;
use crate::wellformed::FULL;

fn html(markdown: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.autolink = true;
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.render.r#unsafe = true;
    comrak::markdown_to_html(markdown, &options)
}

/// The page without its code spans: what a host searches for mentions and references.
fn outside_code(html: &str) -> String {
    html.replace("<code class=\"language-mermaid\">", "<code>")
        .split("<code>")
        .map(|part| part.split_once("</code>").map_or(part, |(_, after)| after))
        .collect()
}

/// Panics if a page holds anything but the markup that the format itself writes.
#[track_caller]
pub(crate) fn assert_disarmed(markdown: &str) {
    let html = html(markdown);
    let ours = [
        "h1", "h2", "h3", "p", "ul", "li", "strong", "code", "table", "thead", "tbody", "tr", "th", "td",
        "hr", "pre",
    ];
    for tag in html.split('<').skip(1) {
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap();
        assert!(ours.contains(&name), "<{tag}\n{markdown}");
    }
    let bare = outside_code(&html).replace("&quot;", "").replace("&amp;", "");
    for bait in ["@", "#", "$", "://"] {
        assert!(!bare.contains(bait), "{bait}\n{bare}");
    }
}

#[test]
fn an_honest_case() {
    insta::assert_snapshot!(render(&build::plain(), Format::Markdown, FULL));
}

#[test]
fn a_hostile_case() {
    insta::assert_snapshot!(render(&build::hostile(), Format::Markdown, FULL));
}

#[test]
fn no_text_becomes_markup() {
    for case in [build::plain(), build::hostile(), build::empty(), build::told("")] {
        assert_disarmed(&render(&case, Format::Markdown, FULL));
    }
    for hostile in build::HOSTILE {
        assert_disarmed(&render(&build::told(hostile), Format::Markdown, FULL));
    }
}

#[test]
fn tables_keep_their_columns() {
    let cells = |case: &casemate_core::Case| {
        let html = html(&render(case, Format::Markdown, FULL));
        (html.matches("<td>").count(), html.matches("<tr>").count(), html.matches("<table>").count())
    };
    assert_eq!(cells(&build::plain()), cells(&build::hostile()));
}

#[test]
fn long_text_in_a_name_is_shown_whole() {
    let page = html(&render(&build::told("a|b \\| `c|d` @e|f"), Format::Markdown, FULL));
    assert!(page.contains("a|b \\| `c|d` <code>@e</code>|f"), "{page}");
}

#[test]
fn the_drawing_is_one_and_only_where_it_stays_readable() {
    let drawn = |case: &casemate_core::Case| {
        let page = render(case, Format::Markdown, FULL);
        let blocks = html(&page).matches("<code class=\"language-mermaid\">").count();
        if let Some((_, chart)) = page.split_once("```mermaid\n") {
            crate::drawn::assert_chart(chart.split_once("```\n").unwrap().0);
        }
        blocks
    };
    let mut case = build::plain();
    assert_eq!(drawn(&case), 1);
    assert_eq!(drawn(&build::hostile()), 1);
    assert!(build::HOSTILE.iter().all(|text| drawn(&build::told(text)) == 1));
    let attack = case.attack.as_mut().unwrap();
    attack.goals = vec![attack.goals[0].clone(); 120];
    assert_eq!(drawn(&case), 0);
    assert!(
        render(&case, Format::Markdown, FULL).contains("… and 20 more; the JSON report has all of them.")
    );
    case.attack = None;
    assert_eq!(drawn(&case), 0);
}

#[test]
fn an_experiment_is_told_before_anything_else() {
    let mut case = build::plain();
    case.attack.as_mut().unwrap().experiment.without = vec!["model-signing".parse().unwrap()];
    let page = render(&case, Format::Markdown, FULL);
    let experiment = page.find("**An experiment, not the case as it is**: `without model-signing`").unwrap();
    assert!(experiment < page.find("An attacker reaches").unwrap());
}

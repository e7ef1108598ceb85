//! Templates as models ship them, and as attackers write them.

use super::*;
use crate::limits::Limits;

fn rules(text: &str) -> Vec<Rule> {
    let mut scan = Scan::new(Limits::default());
    assert!(judge(text, 0, &mut scan), "does not parse: {text}");
    let report = scan.conclude("t", &crate::Input::from(text.as_bytes().to_vec()));
    report.findings.iter().map(|finding| finding.rule).collect()
}

#[test]
fn templates_of_chat_models_are_clean() {
    for text in [
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
        "{%- set ns = namespace(found=false, x='') -%}{%- for m in messages[1:] -%}{%- if m.role == 'user' and not ns.found -%}{%- set ns.found = true -%}{{ m.content | trim }}{%- endif -%}{%- endfor -%}",
        "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate') }}{% endif %}{% endfor %}",
        "{%- if tools is not none -%}{{ tools | tojson(indent=4) }}{% endif %}{{ strftime_now('%d %b %Y') }}{{ '{}'.format(bos_token) }}{{ \"%s\"|format(eos_token) }}",
        "{% macro render(t, depth=0) %}{{ t.name ~ ': ' ~ t['description'] }}{% for k, v in t.parameters.items() %}{{ k }}{% if not loop.last %}, {% endif %}{% endfor %}{% endmacro %}{{ render(tools[0]) }}",
        "{% for m in messages %}{% generation %}{{ m.content.strip().split('</think>')[-1].lstrip('\\n') }}{% endgeneration %}{% if m.tool_calls is defined %}{% continue %}{% endif %}{% endfor %}",
        "{% for m in messages | selectattr('role', 'equalto', 'user') | list %}{{ m['content'] if m.content is string else m.content | map(attribute='text') | join('') }}{% endfor %}",
    ] {
        assert_eq!(rules(text), [], "{text}");
    }
}

#[test]
fn ways_out_of_the_sandbox_are_seen_however_they_are_written() {
    let mut missed = Vec::new();
    for text in [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ x['__class__'] }}",
        "{{ x|attr('__class__') }}",
        "{{ x['__cla' ~ 'ss__'] }}",
        "{{ x|attr('__cla' + 'ss__') }}",
        "{{ x|attr(['__','class','__']|join) }}",
        "{{ x|attr(''.join(['__gl','obals__'])) }}",
        "{{ x|attr('%c%cclass%c%c'|format(95,95,95,95)) }}",
        "{{ x|attr('__ssalc__'|reverse) }}",
        "{{ x|attr('__ssalc__'[::-1]) }}",
        "{{ x|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
        "{% set a = '__globals__' %}{{ joiner[a] }}",
        "{% set a = '__' %}{% set b = a ~ 'class' ~ a %}{{ x|attr(b) }}",
        "{{ x|attr('XXclassXX'|replace('X','_')) }}",
        "{{ (x for x in y).gi_frame.f_back }}".replace("(x for x in y)", "g").as_str(),
        "{{ items|map(attribute='__class__')|list }}",
        "{% for c in [].__class__.__base__.__subclasses__() %}{% endfor %}",
        "{{ x|attr('\\u005f\\u005fclass\\u005f\\u005f') }}",
        "{{ x|attr('__cl%s__'|format('ass')) }}",
        "{{ x|attr('__cl{}__'.format('ass')) }}",
        "{{ x|attr('__CLASS__'|lower) }}",
        "{{ x|attr('__CLASS__'.lower()) }}",
        "{{ x|attr(['__ssalc__']|first|reverse) }}",
        "{% set p %}__class__{% endset %}{{ x|attr(p) }}",
        "{% with a='__cla', b='ss__' %}{{ x[a~b] }}{% endwith %}",
        "{% set ns = namespace(a='__class__') %}{{ x|attr(ns.a) }}",
        "{% set ns = namespace() %}{% set ns.a = '__cla' ~ 'ss__' %}{{ x|attr(ns.a) }}",
        "{% set d = {'k': '__class__'} %}{{ x|attr(d.k) }}",
        "{% set d = {'k': '__class__'} %}{{ x[d['k']] }}",
        "{% macro m(n) %}{{ x|attr(n) }}{% endmacro %}{{ m('__class__') }}",
        "{% for n in ['__class__', '__init__'] %}{{ x|attr(n) }}{% endfor %}",
        "{{ x|attr(('__cla','ss__')|join) }}",
        "{{ x|attr('_'*2 ~ 'class' ~ '_'*2) }}",
        "{{ x|attr('%c%cclass%c%c' % (95,95,95,95)) }}",
        "{{ x|attr('x__class__x'[1:-1]) }}",
        "{{ x|attr(dict(__class__=1)|first) }}",
        "{{ x|attr(dict(__cla=1, ss__=2)|join) }}",
        "{{ x|attr('__class__' if true else 'y') }}",
        "{{ (x|attr)('__class__') }}".replace("(x|attr)('__class__')", "x|attr(name='__class__')").as_str(),
        "{% filter attr('__class__') %}{% endfilter %}",
        "{{ x|map('attr', '__class__')|list }}",
        "{{ x|selectattr('__class__')|list }}",
        "{{ x|groupby('__class__') }}",
        "{{ x is defined and x.__class__ }}",
        "{% if ''.__class__ %}{% endif %}",
        "{% set _ = x.__init__.__globals__ %}",
        "{{ {'a': x.__class__} }}",
        "{{ self.__init__.__globals__ }}",
        "{{ self._TemplateReference__context.cycler.__init__.__globals__.os }}",
        "{{ raise_exception(x.__class__) }}",
    ] {
        let found = rules(text);
        if !found.contains(&Rule::TemplateSandboxEscape) && !found.contains(&Rule::TemplateComputedName) {
            missed.push(format!("{text}: {found:?}"));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn names_that_are_half_hidden_calls_includes_and_loops_are_seen() {
    assert_eq!(rules("{{ x|attr('__' ~ y ~ '__') }}"), [Rule::TemplateComputedName]);
    assert_eq!(rules("{{ lipsum.os.popen('id').read() }}"), [Rule::TemplateCall]);
    assert_eq!(rules("{% include '/etc/passwd' %}"), [Rule::TemplateInclude]);
    assert_eq!(rules("{% for i in range(10**9) %}x{% endfor %}"), [Rule::TemplateLoop]);
}

#[test]
fn templates_that_nest_without_end_do_not_overflow() {
    for (open, part, close) in [
        ("{{ a", "+a", " }}"),
        ("{{ a", ".a", " }}"),
        ("{{ a", "|a", " }}"),
        ("{{ a", "[0]", " }}"),
        ("{{ a", "()", " }}"),
        ("{{ ", "not ", "a }}"),
        ("{{ ", "-", "a }}"),
        ("{{ ", "(", " }}"),
        ("{{ a", " if a else a", " }}"),
        ("{{ a", " and a", " }}"),
        ("{{ a", "**a", " }}"),
        ("{{ a", " is a", " }}"),
        ("", "{% if a %}", ""),
        ("{% if a %}", "{% elif a %}", "{% endif %}"),
        ("", "{% for a in b %}", ""),
    ] {
        let mut scan = Scan::new(Limits::default());
        judge(&format!("{open}{}{close}", part.repeat(10_000)), 0, &mut scan);
    }
}

#[test]
fn the_way_out_is_named_by_its_vulnerabilities() {
    let mut scan = Scan::new(Limits::default());
    judge("{{ x.__class__ }}", 7, &mut scan);
    let report = scan.conclude("t", &crate::Input::from(vec![b' '; 30]));
    assert_eq!(report.findings[0].cves, ["CVE-2024-34359", "CVE-2026-5760"]);
    assert!((7..24).contains(&report.findings[0].location.offset));
}

proptest::proptest! {
    #[test]
    fn any_text_ends_and_twice_is_the_same(text in "(\\{\\{|\\}\\}|\\{%|%\\}|[ a-z_.'|~()\\[\\]0-9]|if |for |set |in ){0,60}") {
        let once = |text: &str| {
            let mut scan = Scan::new(Limits::default());
            judge(text, 0, &mut scan);
            scan.conclude("t", &crate::Input::from(text.as_bytes().to_vec()))
        };
        proptest::prop_assert_eq!(once(&text), once(&text));
    }
}

#[test]
fn what_cannot_be_parsed_is_judged_by_its_tokens() {
    let mut scan = Scan::new(Limits::default());
    let text = "{% unknown %}{{ x.__class__ }}";
    assert!(!judge(text, 0, &mut scan));
    let report = scan.conclude("t", &crate::Input::from(text.as_bytes().to_vec()));
    assert_eq!(report.findings[0].rule, Rule::TemplateSandboxEscape);
}

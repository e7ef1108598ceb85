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
    ] {
        assert!(rules(text).contains(&Rule::TemplateSandboxEscape), "{text}: {:?}", rules(text));
    }
}

#[test]
fn names_that_are_half_hidden_calls_includes_and_loops_are_seen() {
    assert_eq!(rules("{{ x|attr('__' ~ y ~ '__') }}"), [Rule::TemplateComputedName]);
    assert_eq!(rules("{{ lipsum.os.popen('id').read() }}"), [Rule::TemplateCall]);
    assert_eq!(rules("{% include '/etc/passwd' %}"), [Rule::TemplateInclude]);
    assert_eq!(rules("{% for i in range(10**9) %}x{% endfor %}"), [Rule::TemplateLoop]);
}

#[test]
fn what_cannot_be_parsed_is_judged_by_its_tokens() {
    let mut scan = Scan::new(Limits::default());
    let text = "{% unknown %}{{ x.__class__ }}";
    assert!(!judge(text, 0, &mut scan));
    let report = scan.conclude("t", &crate::Input::from(text.as_bytes().to_vec()));
    assert_eq!(report.findings[0].rule, Rule::TemplateSandboxEscape);
}

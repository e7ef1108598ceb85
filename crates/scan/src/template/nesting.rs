//! How deep a template is nested, told from its tokens before it is parsed: the tree and its judge recurse. It errs on the
//! deep side.

use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;

/// The deepest nesting that is parsed: within one tag, and of blocks in blocks.
const DEEPEST: usize = 400;

/// Whether parsing the template would nest deeper than is followed.
pub(super) fn is_deep(text: &str) -> bool {
    let mut open: Vec<usize> = Vec::new();
    // Operators since the last comma, of the innermost bracket and of all around it.
    let (mut here, mut around) = (0_usize, 0_usize);
    let mut blocks: Vec<usize> = Vec::new();
    let mut starts = false;
    for token in tokenize(text, false, SyntaxConfig::default()) {
        let Ok((token, _)) = token else { return false };
        if let (Token::Ident(word), true) = (&token, starts) {
            count_block(word, &mut blocks);
        }
        starts = matches!(token, Token::BlockStart);
        match token {
            Token::VariableStart | Token::BlockStart => {
                open.clear();
                (here, around) = (0, 0);
            }
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => {
                open.push(here + 1);
                around += here + 1;
                here = 0;
            }
            Token::ParenClose | Token::BracketClose | Token::BraceClose => {
                if let Some(outer) = open.pop() {
                    around -= outer;
                    here = outer;
                }
            }
            Token::Comma => here = 0,
            Token::Ident("not" | "and" | "or" | "is" | "in" | "if" | "else") => here += 1,
            Token::TemplateData(_) | Token::Ident(_) | Token::Str(_) | Token::String(_) | Token::Int(_) => {}
            _ => here += 1,
        }
        if around + here > DEEPEST || blocks.iter().sum::<usize>() > DEEPEST {
            return true;
        }
    }
    false
}

/// Keeps count of the blocks that are open; each `elif` is one within the one before.
fn count_block(word: &str, blocks: &mut Vec<usize>) {
    const BLOCKS: &[&str] = &["if", "for", "macro", "block", "call", "filter", "with", "autoescape"];
    if BLOCKS.contains(&word) {
        blocks.push(1);
    } else if word == "elif" {
        if let Some(last) = blocks.last_mut() {
            *last += 1;
        }
    } else if word.starts_with("end") && word != "endset" {
        blocks.pop();
    }
}

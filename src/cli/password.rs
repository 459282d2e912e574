//! Asks for a password: never as an argument, where others could read it.

use std::io::BufRead;
use std::io::IsTerminal;
use std::io::Read;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;

use crate::runtime::Secret;

/// Longer than any password that is taken.
const LINE_LEN_MAX: u64 = 4 << 10;

/// A new password: asked for twice where somebody types, the first line of the
/// standard input where a program writes.
pub(crate) fn new_password() -> Result<Secret> {
    if !std::io::stdin().is_terminal() {
        return first_line(&mut std::io::stdin().lock());
    }
    let ask = |prompt| rpassword::prompt_password(prompt).context("cannot ask for the password");
    let password = ask("New password: ")?;
    if ask("Again: ")? != password {
        bail!("the two are not the same");
    }
    Ok(Secret::new(password))
}

fn first_line(input: &mut impl BufRead) -> Result<Secret> {
    let mut line = String::new();
    input.take(LINE_LEN_MAX).read_line(&mut line).context("no password on the standard input")?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok(Secret::new(line.strip_suffix('\r').unwrap_or(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line_without_its_end() {
        for text in ["two words", "two words\n", "two words\r\nmore\n"] {
            assert_eq!(first_line(&mut text.as_bytes()).unwrap().expose(), "two words");
        }
        assert_eq!(first_line(&mut "".as_bytes()).unwrap().expose(), "");
    }
}

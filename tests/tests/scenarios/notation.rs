//! The notation of a command: JSON without its quotes, and names instead of numbers.
//!
//! `CreateTransfer {debit: ann.hour, credit: bob.hour, amount: 500}` is the JSON of the command, where a word with a capital is a choice
//! (with what follows it, if anything does), a word before a colon is a field, and any other word is the name of something in the realm.

use std::iter::Peekable;

/// What names stand for.
pub(crate) trait Names {
    /// The JSON that a word stands for.
    fn resolve(&self, word: &str) -> Result<String, String>;
}

/// The JSON of one value, all of `text`.
///
/// # Errors
/// What was expected, or which name is nobody's.
pub(crate) fn json(text: &str, names: &dyn Names) -> Result<String, String> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: tokens.into_iter().peekable(), names };
    let value = reader.value()?;
    match reader.tokens.next() {
        None => Ok(value),
        Some(token) => Err(format!("{token:?} after the end of the command")),
    }
}

/// How many more brackets `text` opens than it closes.
pub(crate) fn open_brackets(text: &str) -> i32 {
    let signs = tokens(text).unwrap_or_default();
    let depth = |token: &Token| match token {
        Token::Sign('{' | '[') => 1,
        Token::Sign('}' | ']') => -1,
        _ => 0,
    };
    signs.iter().map(depth).sum()
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Sign(char),
    /// A number or a text in quotes, as it stands.
    Literal(String),
    Word(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' | '}' | '[' | ']' | ':' | ',' => found.push(Token::Sign(letter)),
            '"' => {
                let inside: String = letters.by_ref().take_while(|&letter| letter != '"').collect();
                found.push(Token::Literal(format!("\"{inside}\"")));
            }
            _ if letter.is_whitespace() => {}
            _ if letter.is_alphanumeric() || letter == '-' => {
                let mut word = String::from(letter);
                while let Some(letter) =
                    letters.next_if(|&next| next.is_alphanumeric() || "._-".contains(next))
                {
                    word.push(letter);
                }
                let is_number = letter.is_ascii_digit() || letter == '-';
                found.push(if is_number { Token::Literal(word) } else { Token::Word(word) });
            }
            _ => return Err(format!("{letter:?} says nothing here")),
        }
    }
    Ok(found)
}

struct Reader<'a> {
    tokens: Peekable<std::vec::IntoIter<Token>>,
    names: &'a dyn Names,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<String, String> {
        match self.tokens.next() {
            Some(Token::Sign('{')) => {
                let fields = self.list('}', |reader| {
                    let Some(Token::Word(field)) = reader.tokens.next() else {
                        return Err("a field's name was expected".into());
                    };
                    reader.sign(':')?;
                    Ok(format!("\"{field}\":{}", reader.value()?))
                })?;
                Ok(format!("{{{}}}", fields.join(",")))
            }
            Some(Token::Sign('[')) => Ok(format!("[{}]", self.list(']', Reader::value)?.join(","))),
            Some(Token::Literal(literal)) => Ok(literal),
            Some(Token::Word(word)) if word.starts_with(char::is_uppercase) => self.choice(&word),
            Some(Token::Word(word)) if ["true", "false", "null"].contains(&&*word) => Ok(word),
            Some(Token::Word(word)) => self.names.resolve(&word),
            other => Err(format!("a value was expected, not {other:?}")),
        }
    }

    /// A choice, with what follows it.
    fn choice(&mut self, word: &str) -> Result<String, String> {
        match self.tokens.peek() {
            None | Some(Token::Sign('}' | ']' | ',')) => Ok(format!("\"{word}\"")),
            Some(_) => Ok(format!("{{\"{word}\":{}}}", self.value()?)),
        }
    }

    fn sign(&mut self, sign: char) -> Result<(), String> {
        match self.tokens.next() {
            Some(Token::Sign(found)) if found == sign => Ok(()),
            other => Err(format!("{sign:?} was expected, not {other:?}")),
        }
    }

    /// What stands before `end`, between commas.
    fn list(
        &mut self,
        end: char,
        entry: impl Fn(&mut Self) -> Result<String, String>,
    ) -> Result<Vec<String>, String> {
        let mut entries = Vec::new();
        while self.tokens.next_if_eq(&Token::Sign(end)).is_none() {
            if !entries.is_empty() {
                self.sign(',')?;
            }
            entries.push(entry(self)?);
        }
        Ok(entries)
    }
}

/// What is written is what a user of `bartizan run` would write.
#[test]
fn a_command_in_words_is_its_json() {
    struct Ann;
    impl Names for Ann {
        fn resolve(&self, word: &str) -> Result<String, String> {
            if word == "ann.hour" { Ok("3".into()) } else { Err(word.into()) }
        }
    }
    let told = |text: &str| json(text, &Ann);
    let words = r#"A {x: ann.hour, y: [B, C {z: -1}, D 5], w: "a: b", v: null, u: {}}"#;
    let expected = r#"{"A":{"x":3,"y":["B",{"C":{"z":-1}},{"D":5}],"w":"a: b","v":null,"u":{}}}"#;
    assert_eq!(told(words), Ok(expected.into()));
    assert_eq!(told("A {x: eve}"), Err("eve".into()));
    for wrong in ["A {x 1}", "A {x: 1", "A {x: 1}}", "A {x: }", "A {x: 1 y: 2}", "A; B"] {
        assert!(told(wrong).is_err(), "{wrong}");
    }
    assert_eq!((open_brackets("A {x: [1,"), open_brackets(r#"A {x: "{"}"#)), (2, 0));
}

//! A list's filter: words are regular expressions that must all be found, `!` turns one around, `-l key=value` asks labels.

use regex::{Regex, RegexBuilder};
use std::sync::Arc;

#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    text: String,
    words: Vec<(bool, Regex)>,
    labels: Vec<(bool, String, Option<String>)>,
}

impl Filter {
    /// The error is one sentence.
    pub fn parse(text: &str) -> Result<Filter, String> {
        let mut filter = Filter { text: text.trim().to_string(), ..Filter::default() };
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            if word == "-l" {
                for pair in words.next().unwrap_or_default().split(',').filter(|pair| !pair.is_empty()) {
                    filter.labels.push(match (pair.split_once("!="), pair.split_once('=')) {
                        (Some((key, value)), _) => (true, key.to_string(), Some(value.to_string())),
                        (None, Some((key, value))) => {
                            (false, key.to_string(), Some(value.trim_start_matches('=').to_string()))
                        }
                        (None, None) => match pair.strip_prefix('!') {
                            Some(key) => (true, key.to_string(), None),
                            None => (false, pair.to_string(), None),
                        },
                    });
                }
                continue;
            }
            let (inverse, body) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
            if body.is_empty() {
                continue;
            }
            let regex = RegexBuilder::new(body)
                .case_insensitive(!body.chars().any(char::is_uppercase))
                .size_limit(1 << 20)
                .build()
                .map_err(|_| format!("`{body}` is not a regular expression"))?;
            filter.words.push((inverse, regex));
        }
        Ok(filter)
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.labels.is_empty()
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// `fields` are the texts of one row; a word must be found in one of them, an inverse one in none.
    pub fn keeps(&self, fields: &[&str], labels: &[(Arc<str>, Arc<str>)]) -> bool {
        self.words.iter().all(|(inverse, regex)| fields.iter().any(|field| regex.is_match(field)) != *inverse)
            && self.labels.iter().all(|(inverse, key, value)| {
                let has = labels
                    .iter()
                    .any(|(name, is)| **name == **key && value.as_ref().is_none_or(|value| **value == **is));
                has != *inverse
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_must_all_be_found_and_an_inverse_one_in_no_field() {
        let filter = Filter::parse("coreos !4.19").expect("parses");
        assert!(filter.keeps(&["okd-coreos", "4.20"], &[]));
        assert!(!filter.keeps(&["okd-coreos", "4.19"], &[]));
        assert!(!filter.keeps(&["okd-release", "4.20"], &[]));
        assert!(Filter::parse("(").is_err());
    }

    #[test]
    fn labels_are_asked_as_kubectl_does() {
        let labels: Vec<(Arc<str>, Arc<str>)> = vec![("team".into(), "okd".into())];
        let keeps = |text: &str| Filter::parse(text).expect("parses").keeps(&["x"], &labels);
        assert!(keeps("-l team=okd") && keeps("-l team") && keeps("-l other!=a,team==okd") && keeps("-l !other"));
        assert!(!keeps("-l team=scos") && !keeps("-l team!=okd") && !keeps("-l !team"));
    }
}

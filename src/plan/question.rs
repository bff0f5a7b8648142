//! What a step asks the operator: the questions of `manual`, and the one of `choose`.

use regex::Regex;
use serde_json::Value;

use crate::id::StepId;
use crate::runbook::whole_match;

/// The name under which the answer to `choose` is recorded: later steps read `steps.ID.choice`.
pub const CHOICE: &str = "choice";

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The name of its answer.
    pub name: String,
    /// What to ask for.
    pub prompt: String,
    /// A regular expression that the whole answer must match.
    pub pattern: Option<String>,
    /// An answer that would do: shown to people, given by the autopilot of a drill.
    pub example: Option<String>,
    /// The answers there are, each with what it means; empty when any text will do.
    pub options: Vec<(String, String)>,
}

/// What a step of this action asks, by its `with`.
pub fn questions(action: &str, with: &Value) -> Vec<Question> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    if action == "choose" {
        let options = with.get("options").and_then(Value::as_object).into_iter().flatten();
        let options: Vec<(String, String)> =
            options.map(|(name, meaning)| (name.clone(), meaning.as_str().unwrap_or_default().to_owned())).collect();
        return vec![Question {
            name: CHOICE.into(),
            prompt: text(with, "question").unwrap_or_else(|| "Which?".into()),
            pattern: None,
            example: text(with, "example").or_else(|| options.first().map(|(name, _)| name.clone())),
            options,
        }];
    }
    let asked = with.get("ask").and_then(Value::as_object).into_iter().flatten();
    asked
        .map(|(name, ask)| Question {
            name: name.clone(),
            prompt: text(ask, "prompt").unwrap_or_else(|| name.clone()),
            pattern: text(ask, "pattern"),
            example: text(ask, "example"),
            options: Vec::new(),
        })
        .collect()
}

impl Question {
    /// What names its answer from outside: `STEP.NAME`.
    pub fn key(&self, step: &StepId) -> String {
        format!("{step}.{}", self.name)
    }

    /// What an answer to it looks like: its options, or any text.
    pub fn wanted(&self) -> String {
        let names: Vec<&str> = self.options.iter().map(|(name, _)| name.as_str()).collect();
        if names.is_empty() { "TEXT".to_owned() } else { names.join("|") }
    }

    /// The form that its answer must have, in words; empty where any will do.
    pub fn form(&self) -> String {
        let Some(pattern) = &self.pattern else { return String::new() };
        let example = self.example.as_ref().map(|example| format!(", such as {example}")).unwrap_or_default();
        format!("must match {pattern}{example}")
    }

    /// What its answer must match; `None` when there is no pattern, or one that is no regular expression: the check of the runbook has
    /// refused that, unless it was made from a parameter, and then it must not lock the operator out.
    pub fn regex(&self) -> Option<Regex> {
        whole_match(self.pattern.as_ref()?).ok()
    }

    /// Why an answer will not do, in words that follow its name; `None` when it will.
    pub fn objection(&self, answer: &str) -> Option<String> {
        let answer = answer.trim();
        if answer.is_empty() {
            return Some("an answer is needed".into());
        }
        if !self.options.is_empty() && !self.options.iter().any(|(name, _)| name == answer) {
            let names: Vec<&str> = self.options.iter().map(|(name, _)| name.as_str()).collect();
            return Some(format!("{answer:?} is not one of {}", names.join(", ")));
        }
        let pattern = self.pattern.as_deref()?;
        match whole_match(pattern) {
            Ok(regex) if regex.is_match(answer) => None,
            Ok(_) => Some(format!("{answer:?} does not match {pattern}")),
            Err(error) => Some(format!("the runbook's pattern {pattern} is not a regular expression: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_choice_is_one_of_its_options() {
        let with = json!({"question": "What is lost?", "options": {"nodes": "Only nodes", "region": "The region"}});
        let asked = questions("choose", &with);
        assert_eq!((asked.len(), asked[0].name.as_str(), asked[0].example.as_deref()), (1, CHOICE, Some("nodes")));
        assert_eq!(asked[0].objection("region"), None);
        assert_eq!(asked[0].objection("zone").unwrap(), r#""zone" is not one of nodes, region"#);
        assert!(asked[0].objection(" ").is_some());
    }

    #[test]
    fn an_answer_matches_as_a_whole() {
        let asked = questions("manual", &json!({"ask": {"ticket": {"prompt": "Ticket", "pattern": "INC-[0-9]+"}}}));
        assert_eq!(asked[0].objection(" INC-4711 "), None);
        assert!(asked[0].objection("see INC-4711").is_some());
        assert!(questions("wait", &json!({"seconds": 3})).is_empty());
    }
}

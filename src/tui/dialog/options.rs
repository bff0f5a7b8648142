//! A choice among named options: taken by arrows, by its number, or by its name. Nothing is marked before somebody marks it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};

use super::field::{Field, FieldKind};

impl Field {
    /// What can be chosen, each with what it means; empty where any text will do.
    pub fn options(&self) -> &[(String, String)] {
        match &self.kind {
            FieldKind::Answer { options, .. } => options,
            _ => &[],
        }
    }

    /// The option that is chosen so far.
    pub fn chosen(&self) -> Option<usize> {
        let value = self.value();
        self.options().iter().position(|(name, _)| name == value)
    }

    /// Takes a key that chooses; false when it is none of those.
    pub(super) fn choose(&mut self, event: &KeyEvent) -> bool {
        let Some(last) = self.options().len().checked_sub(1) else { return false };
        if event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            return false;
        }
        let at = match (event.code, self.chosen()) {
            (KeyCode::Down, at) => at.map_or(0, |at| (at + 1).min(last)),
            (KeyCode::Up, at) => at.map_or(last, |at| at.saturating_sub(1)),
            (KeyCode::Char(c @ '1'..='9'), _) if !self.continues(c) => {
                let at = usize::from(c as u8 - b'1');
                if at > last {
                    return true; // There is no such option, and no name begins with a digit.
                }
                at
            }
            _ => return false,
        };
        let Some((name, _)) = self.options().get(at) else { return false };
        self.input = Input::new(name.clone());
        self.picked = true;
        true
    }

    /// Whether a digit belongs to a name that is being typed.
    fn continues(&self, digit: char) -> bool {
        let typed = self.input.value();
        let longer = format!("{typed}{digit}");
        let begun = self.options().iter().any(|(name, _)| name.starts_with(&longer));
        !self.picked && !typed.is_empty() && (begun || self.chosen().is_none())
    }

    /// What is typed takes the place of what was picked, and does not stand behind it.
    pub(super) fn make_room(&mut self, request: InputRequest) {
        use InputRequest::{DeleteLine, DeleteNextChar, DeletePrevChar, DeletePrevWord, InsertChar};
        if std::mem::take(&mut self.picked)
            && matches!(request, InsertChar(_) | DeletePrevChar | DeleteNextChar | DeletePrevWord | DeleteLine)
        {
            self.input = Input::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(names: &[&str]) -> Field {
        let options = names.iter().map(|name| ((*name).to_owned(), String::new())).collect();
        Field::new(FieldKind::Answer { name: "choice".into(), pattern: None, wanted: String::new(), options }, "Which?")
    }

    fn press(field: &mut Field, code: KeyCode) {
        let event = KeyEvent::from(code);
        if !field.choose(&event)
            && let Some(request) = super::super::edit(&event)
        {
            field.edit(request);
        }
    }

    fn after(names: &[&str], keys: &[KeyCode]) -> String {
        let mut field = field(names);
        keys.iter().for_each(|key| press(&mut field, *key));
        field.input.value().to_owned()
    }

    const ONE: KeyCode = KeyCode::Char('1');
    const TWO: KeyCode = KeyCode::Char('2');

    #[test]
    fn nothing_is_chosen_before_a_key() {
        let field = field(&["nodes", "region"]);
        assert_eq!(field.chosen(), None);
        assert!(field.problem().unwrap().contains("choose one"), "{:?}", field.problem());
    }

    #[test]
    fn arrows_go_through_the_options_and_not_round() {
        use KeyCode::{Down, Up};
        let names = ["nodes", "region", "wait"];
        assert_eq!(after(&names, &[Down]), "nodes");
        assert_eq!(after(&names, &[Up]), "wait");
        assert_eq!(after(&names, &[Down, Down, Down, Down]), "wait");
        assert_eq!(after(&names, &[Down, Up]), "nodes");
    }

    #[test]
    fn a_number_chooses_and_a_name_is_typed() {
        use KeyCode::{Backspace, Char, Down};
        let names = ["nodes", "region", "region2"];
        assert_eq!(after(&names, &[TWO]), "region");
        assert_eq!(after(&names, &[TWO, ONE]), "nodes");
        assert_eq!(after(&names, &[Char('9')]), "");
        let typed: Vec<KeyCode> = "region2".chars().map(Char).collect();
        assert_eq!(after(&names, &typed), "region2");
        // What is typed after a choice takes its place.
        assert_eq!(after(&names, &[&[Down][..], &typed].concat()), "region2");
        assert_eq!(after(&names, &[Down, Backspace]), "");
        // A name that was typed is another choice's beginning no more.
        let nodes: Vec<KeyCode> = "nodes".chars().map(Char).collect();
        assert_eq!(after(&names, &[&nodes[..], &[TWO]].concat()), "region");
    }
}

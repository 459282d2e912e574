//! One answer in two forms: a tree that is written as XML or as JSON.

use quick_xml::Writer;
use quick_xml::events::BytesDecl;
use quick_xml::events::BytesEnd;
use quick_xml::events::BytesStart;
use quick_xml::events::BytesText;
use quick_xml::events::Event;
use serde_json::Value;

const NEVER_FULL: &str = "a vector takes every byte";

/// What is told, whatever the form.
pub(super) enum Node {
    Nothing,
    Text(String),
    Number(f64),
    Flag(bool),
    /// Of things that are each called so.
    List(&'static str, Vec<Node>),
    Record(Vec<(&'static str, Node)>),
}

impl Node {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn maybe(text: Option<String>) -> Self {
        text.map_or(Self::Nothing, Self::Text)
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Text(text) => Value::from(text.as_str()),
            Self::Number(number) => Value::from(*number),
            Self::Flag(flag) => Value::from(*flag),
            Self::List(_, items) => items.iter().map(Self::to_json).collect(),
            Self::Record(fields) => {
                fields.iter().map(|(name, node)| ((*name).to_owned(), node.to_json())).collect()
            }
        }
    }

    /// A whole document; nothing in a text can end its element or name an entity.
    pub(super) fn to_xml(&self, root: &'static str) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        let head = Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None));
        writer.write_event(head).expect(NEVER_FULL);
        self.write(root, &mut writer);
        writer.into_inner()
    }

    fn write(&self, name: &'static str, writer: &mut Writer<Vec<u8>>) {
        let start = BytesStart::new(name);
        if matches!(self, Self::Nothing) {
            return writer.write_event(Event::Empty(start)).expect(NEVER_FULL);
        }
        writer.write_event(Event::Start(start)).expect(NEVER_FULL);
        match self {
            Self::Nothing => {}
            Self::Text(text) => write_text(text, writer),
            Self::Number(number) => write_text(&number.to_string(), writer),
            Self::Flag(flag) => write_text(&flag.to_string(), writer),
            Self::List(item, nodes) => {
                for node in nodes {
                    node.write(item, writer);
                }
            }
            Self::Record(fields) => {
                for (name, node) in fields {
                    node.write(name, writer);
                }
            }
        }
        writer.write_event(Event::End(BytesEnd::new(name))).expect(NEVER_FULL);
    }
}

fn write_text(text: &str, writer: &mut Writer<Vec<u8>>) {
    // XML 1.0 has no way to write these at all.
    let known = |c: &char| {
        matches!(c, '\t' | '\n' | '\r') || *c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    let text: String = text.chars().filter(known).collect();
    writer.write_event(Event::Text(BytesText::new(&text))).expect(NEVER_FULL);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn xml(node: &Node) -> String {
        String::from_utf8(node.to_xml("errors")).unwrap()
    }

    #[test]
    fn one_tree_is_written_both_ways() {
        let error = Node::Record(vec![
            ("code", Node::text("403")),
            ("description", Node::text("a <b> & \"c\" &lol; \u{0}d")),
            ("account_id", Node::Nothing),
            ("metadata", Node::Flag(false)),
            ("lat", Node::Number(34.705)),
        ]);
        let node = Node::List("error", vec![error]);
        insta::assert_snapshot!(xml(&node), @r#"<?xml version="1.0" encoding="UTF-8"?><errors><error><code>403</code><description>a &lt;b&gt; &amp; &quot;c&quot; &amp;lol; d</description><account_id/><metadata>false</metadata><lat>34.705</lat></error></errors>"#);
        let json = serde_json::json!([{
            "code": "403", "description": "a <b> & \"c\" &lol; \u{0}d", "account_id": null,
            "metadata": false, "lat": 34.705,
        }]);
        assert_eq!(node.to_json(), json);
    }

    proptest! {
        #[test]
        fn no_text_breaks_out_of_its_element(text in "\\PC{0,40}|[<>&;!\\[\\]a-z\"'\u{0}-\u{1f}]{0,40}") {
            let written = xml(&Node::Text(text));
            let inner = written.split_once("<errors>").unwrap().1.strip_suffix("</errors>").unwrap();
            prop_assert!(!inner.contains('<'), "{}", inner);
        }
    }
}

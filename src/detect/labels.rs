//! What a model calls its classes.

/// The names of COCO's 80 classes in the order of the models' outputs.
pub(super) const COCO80: [&str; 80] = [
    "person",
    "bicycle",
    "car",
    "motorcycle",
    "airplane",
    "bus",
    "train",
    "truck",
    "boat",
    "traffic light",
    "fire hydrant",
    "stop sign",
    "parking meter",
    "bench",
    "bird",
    "cat",
    "dog",
    "horse",
    "sheep",
    "cow",
    "elephant",
    "bear",
    "zebra",
    "giraffe",
    "backpack",
    "umbrella",
    "handbag",
    "tie",
    "suitcase",
    "frisbee",
    "skis",
    "snowboard",
    "sports ball",
    "kite",
    "baseball bat",
    "baseball glove",
    "skateboard",
    "surfboard",
    "tennis racket",
    "bottle",
    "wine glass",
    "cup",
    "fork",
    "knife",
    "spoon",
    "bowl",
    "banana",
    "apple",
    "sandwich",
    "orange",
    "broccoli",
    "carrot",
    "hot dog",
    "pizza",
    "donut",
    "cake",
    "chair",
    "couch",
    "potted plant",
    "bed",
    "dining table",
    "toilet",
    "tv",
    "laptop",
    "mouse",
    "remote",
    "keyboard",
    "cell phone",
    "microwave",
    "oven",
    "toaster",
    "sink",
    "refrigerator",
    "book",
    "clock",
    "vase",
    "scissors",
    "teddy bear",
    "hair drier",
    "toothbrush",
];

/// More classes than any detector has.
pub(super) const LABELS_MAX: usize = 10_000;

/// Reads the `names` of an Ultralytics export, written as Python or JSON
/// writes a map from number to text: `{0: 'person', 1: "dog's bed"}`.
/// Nothing if it is not such a map or skips a number.
pub(super) fn from_metadata(names: &str) -> Option<Vec<String>> {
    let mut rest = names.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut labels = Vec::new();
    while !rest.is_empty() {
        let (key, after) = rest.split_once(':')?;
        let number: usize = key.trim().trim_matches(['\'', '"']).parse().ok()?;
        if number != labels.len() || number >= LABELS_MAX {
            return None;
        }
        let (label, after) = quoted(after.trim_start())?;
        labels.push(label);
        let after = after.trim_start();
        rest = if after.is_empty() { after } else { after.strip_prefix(',')?.trim_start() };
    }
    Some(labels)
}

/// The text in the quotes that `text` begins with, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut chars = text.char_indices();
    let (_, quote) = chars.next().filter(|(_, c)| matches!(c, '\'' | '"'))?;
    let (mut label, mut escaped) = (String::new(), false);
    for (at, c) in chars {
        match c {
            c if escaped => {
                label.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            c if c == quote => return Some((label, &text[at + c.len_utf8()..])),
            c => label.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(names: &str, expected: Option<&[&str]>) {
        let expected = expected.map(|all| all.iter().map(|&label| label.to_owned()).collect());
        assert_eq!(from_metadata(names), expected, "{names}");
    }

    #[test]
    fn reads_names_as_python_and_json_write_them() {
        check("{0: 'person', 1: 'traffic light'}", Some(&["person", "traffic light"]));
        check(r#"{"0": "stall", "1": "bin"}"#, Some(&["stall", "bin"]));
        check(r#"{0: "dog's bed", 1: 'a\'b,c: }'}"#, Some(&["dog's bed", "a'b,c: }"]));
        check("{}", Some(&[]));
    }

    #[test]
    fn refuses_what_is_no_map_of_names() {
        for names in ["", "person", "{0: person}", "{1: 'a'}", "{0: 'a' 1: 'b'}", "{0: 'a", "{0}"] {
            check(names, None);
        }
    }

    proptest! {
        #[test]
        fn any_metadata_is_read_or_refused(names in ".{0,200}") {
            let _ = from_metadata(&names);
        }
    }
}

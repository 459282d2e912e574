//! Reads single figures out of the metrics' own text form.

/// Labels and value of each series of the metric `name` in `text`.
pub(super) fn series<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
    text.lines().filter_map(move |line| {
        let rest = line.strip_prefix(name)?;
        let (labels, value) = match rest.strip_prefix('{') {
            Some(rest) => rest.rsplit_once("} ")?,
            None => ("", rest.strip_prefix(' ')?),
        };
        Some((labels, value.parse().ok()?))
    })
}

/// The value of a label, as in `camera="north",reason="overload"`.
pub(super) fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    let named = |at: &usize| *at == 0 || labels.as_bytes()[at - 1] == b',';
    let begin = format!("{name}=\"");
    let at = labels.match_indices(&begin).map(|(at, _)| at).find(named)?;
    labels[at + begin.len()..].split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# TYPE looks_total counter
looks_total 7
looks_total_more 9
queue_depth{queue=\"desk\"} 3
queue_depth{queue=\"check\"} 1.5
queue_depth{queue=\"torn\"
";

    #[test]
    fn reads_series_with_labels_and_without() {
        assert_eq!(series(TEXT, "looks_total").collect::<Vec<_>>(), [("", 7.0)]);
        let queues: Vec<_> = series(TEXT, "queue_depth").collect();
        assert_eq!(queues, [("queue=\"desk\"", 3.0), ("queue=\"check\"", 1.5)]);
    }

    #[test]
    fn a_labels_name_may_end_like_another() {
        let labels = "rule=\"x\",le=\"0.5\"";
        assert_eq!(label(labels, "le"), Some("0.5"));
        assert_eq!(label(labels, "rule"), Some("x"));
        assert_eq!(label(labels, "ule"), None);
    }
}

//! A citizen's report, shown in a terminal.

use std::io::Write;

use crate::cases::Case;

/// What a citizen told, and where it is.
pub(super) fn write_report(case: &Case, out: &mut impl Write) -> anyhow::Result<()> {
    let report = case.report.as_ref();
    let address =
        report.and_then(|report| report.address.as_deref()).unwrap_or("told by a citizen");
    let place = case.place.map(|place| format!(" at {:.5}, {:.5}", place.lon(), place.lat()));
    writeln!(out, "where     {address}{}", place.unwrap_or_default())?;
    if let Some(told) = report.and_then(|report| report.description.as_deref()) {
        writeln!(out, "told      {}", told.replace('\n', " "))?;
    }
    Ok(())
}

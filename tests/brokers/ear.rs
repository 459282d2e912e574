//! Hears all that this process logs, at every level and from every crate.

use std::io;
use std::io::Write;
use std::sync::Mutex;
use std::sync::PoisonError;

use tracing_subscriber::fmt::MakeWriter;

static HEARD: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// From now on, for all tests of this process; what is not of a library also
/// stands in the output of tests that fail.
pub(crate) fn listen() {
    let _ = tracing_subscriber::fmt()
        .with_env_filter("trace")
        .with_ansi(false)
        .with_writer(Ear)
        .try_init();
}

/// All that was logged so far.
pub(crate) fn heard() -> String {
    let heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&heard).into_owned()
}

#[derive(Clone, Copy)]
struct Ear;

impl Write for Ear {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        HEARD.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(line);
        let line_text = String::from_utf8_lossy(line);
        if line_text.contains(" xunjie::") {
            eprint!("{line_text}");
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Ear {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

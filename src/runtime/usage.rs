//! What this process takes of the machine, as Linux counts it.

use std::path::Path;
use std::time::Duration;

use rustix::time::ClockId;
use rustix::time::clock_gettime;

/// The unit of times in `/proc/*/stat`. Linux tells programs of all machines
/// hundredths of a second, whatever its own tick is.
const TICK: Duration = Duration::from_millis(10);

/// A reading of the process; differences of `cpu` between two are the CPU taken between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of all threads, in the program and in the system on its behalf.
    pub cpu: Duration,
    /// Memory in the machine now.
    pub resident_bytes: u64,
    /// The most there ever was.
    pub resident_bytes_max: u64,
    pub threads: u64,
}

impl Usage {
    /// Reads the calling process.
    ///
    /// # Errors
    /// Where `/proc` is absent or says something else than Linux does.
    pub fn read() -> std::io::Result<Self> {
        let stat = std::fs::read_to_string("/proc/self/stat")?;
        let status = std::fs::read_to_string("/proc/self/status")?;
        Self::parse(&stat, &status)
            .ok_or_else(|| std::io::Error::other("/proc/self is not as Linux writes it"))
    }

    fn parse(stat: &str, status: &str) -> Option<Self> {
        // The name in brackets is the program's own and may hold anything.
        let (_, after_name) = stat.rsplit_once(')')?;
        let mut fields = after_name.split_ascii_whitespace().skip(11);
        let user: u32 = fields.next()?.parse().ok()?;
        let system: u32 = fields.next()?.parse().ok()?;
        let kib = |key| Some(number(status, key)? * 1024);
        Some(Self {
            cpu: TICK * user.checked_add(system)?,
            resident_bytes: kib("VmRSS:")?,
            resident_bytes_max: kib("VmHWM:")?,
            threads: number(status, "Threads:")?,
        })
    }
}

/// CPU that the calling thread has taken since its start, to the nanosecond; waiting does not
/// count. What `/proc` tells of a running thread is old by up to a tick of the kernel, 4 ms.
#[must_use]
pub fn thread_cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// How many files and connections this process may have open.
///
/// # Errors
/// Where `/proc` is absent or says something else than Linux does.
pub fn open_files_max() -> std::io::Result<u64> {
    let limits = std::fs::read_to_string(Path::new("/proc/self/limits"))?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    match line.and_then(|line| line.split_ascii_whitespace().next()) {
        Some("unlimited") => Ok(u64::MAX),
        Some(soft) => soft.parse().map_err(std::io::Error::other),
        None => Err(std::io::Error::other("/proc/self/limits has no line on open files")),
    }
}

fn number(status: &str, key: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_process_whose_name_is_made_to_confuse() {
        let stat = "17 (a) R 9) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 9 0 55 66";
        let status = "Name:\ta\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t9\n";
        let usage = Usage::parse(stat, status).unwrap();
        assert_eq!(usage.cpu, Duration::from_secs(3));
        assert_eq!((usage.resident_bytes, usage.resident_bytes_max), (1 << 20, 2 << 20));
        assert_eq!(usage.threads, 9);
        assert_eq!(Usage::parse("17 (a", status), None);
        assert_eq!(Usage::parse(stat, "Name: a"), None);
    }

    #[test]
    fn this_process_has_memory_threads_and_files() {
        let usage = Usage::read().unwrap();
        assert!(usage.resident_bytes > 1 << 20 && usage.threads >= 1, "{usage:?}");
        assert!(usage.resident_bytes_max >= usage.resident_bytes);
        assert!(open_files_max().unwrap() >= 3);
    }

    #[test]
    fn work_costs_the_thread_that_does_it() {
        let work = || {
            let before = thread_cpu();
            let sum = (0..1_000).fold(0u64, |sum, n| std::hint::black_box(sum ^ n));
            (thread_cpu().saturating_sub(before), sum)
        };
        for _ in 0..100 {
            let (took, sum) = work();
            assert!(took > Duration::ZERO, "a microsecond's work cost nothing: {sum}");
        }
    }
}

//! The ways in which a camera can be made to fail, on demand and while it runs.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::time::Timestamp;

use super::SimError;

/// Longest time that a fault's text may name: a day.
const SECONDS_MAX: f64 = 86_400.0;

/// A turn of another size is no shorter, so that each has a keyframe.
const TURN_MIN: Duration = Duration::from_secs(1);

/// What is wrong with a camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// Closes the connections it has, once; new ones are served.
    Drop,
    /// Answers 503 and closes, the connections it has too.
    Refuse,
    /// Answers 401, whatever the login.
    RefuseLogin,
    /// Keeps its connections and says nothing more, as a stopped process does.
    Hang,
    /// Random bytes instead of RTP.
    Garbage,
    /// RTP packets with broken headers and payloads, in sound frames.
    Corrupt,
    /// Holds every keyframe back, then sends what gathered in a burst.
    PauseBeforeKeyframe(Duration),
    /// Closes its connections, and every new one, until the time is over.
    Reboot(Duration),
    /// Its clock is wrong by so many seconds: seen in sender reports only.
    ClockJump(i64),
    /// Pictures of another size in turns of so long, in the middle of the stream.
    OtherSize(Duration),
    /// Sends no sender reports.
    NoSenderReports,
}

/// A fault and when it began.
#[derive(Clone, Copy, Debug)]
pub(super) struct ActiveFault {
    pub(super) fault: Fault,
    pub(super) since: Timestamp,
}

/// What a fault does to a connection that is there, or asks to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Served,
    Refused,
    LoginRefused,
    Unanswered,
    Closed,
}

impl ActiveFault {
    pub(super) fn access(self, now: Timestamp) -> Access {
        match self.fault {
            Fault::Refuse => Access::Refused,
            Fault::RefuseLogin => Access::LoginRefused,
            Fault::Hang => Access::Unanswered,
            Fault::Reboot(length) if now < self.since + length => Access::Closed,
            _ => Access::Served,
        }
    }

    /// Whether the connections that are there end when this fault begins.
    pub(super) const fn ends_connections(self) -> bool {
        matches!(self.fault, Fault::Drop | Fault::Refuse | Fault::RefuseLogin | Fault::Reboot(_))
    }
}

/// As it is written on the command line.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Drop => f.write_str("drop"),
            Self::Refuse => f.write_str("refuse"),
            Self::RefuseLogin => f.write_str("refuse-login"),
            Self::Hang => f.write_str("hang"),
            Self::Garbage => f.write_str("garbage"),
            Self::Corrupt => f.write_str("corrupt"),
            Self::PauseBeforeKeyframe(wait) => write!(f, "pause:{}", wait.as_secs_f64()),
            Self::Reboot(time) => write!(f, "reboot:{}", time.as_secs_f64()),
            Self::ClockJump(seconds) => write!(f, "clock-jump:{seconds}"),
            Self::OtherSize(turn) => write!(f, "other-size:{}", turn.as_secs_f64()),
            Self::NoSenderReports => f.write_str("no-reports"),
        }
    }
}

impl FromStr for Fault {
    type Err = SimError;

    fn from_str(text: &str) -> Result<Self, SimError> {
        let (name, seconds) = text.split_once(':').unzip();
        let bounded = |seconds: f64| (seconds.abs() <= SECONDS_MAX).then_some(seconds);
        let seconds = seconds.and_then(|text| text.parse().ok()).and_then(bounded);
        let length = seconds.filter(|seconds| *seconds >= 0.0).map(Duration::from_secs_f64);
        let fault = match name.unwrap_or(text) {
            "pause" => length.map(Self::PauseBeforeKeyframe),
            "reboot" => length.map(Self::Reboot),
            "clock-jump" => seconds.map(|seconds| Self::ClockJump(seconds as i64)),
            "other-size" => length.filter(|turn| *turn >= TURN_MIN).map(Self::OtherSize),
            _ if name.is_some() => None,
            "none" => Some(Self::None),
            "drop" => Some(Self::Drop),
            "refuse" => Some(Self::Refuse),
            "refuse-login" => Some(Self::RefuseLogin),
            "hang" => Some(Self::Hang),
            "garbage" => Some(Self::Garbage),
            "corrupt" => Some(Self::Corrupt),
            "no-reports" => Some(Self::NoSenderReports),
            _ => None,
        };
        fault.ok_or_else(|| SimError::Fault(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_faults_a_person_writes() {
        let check = |text: &str, fault| assert_eq!(text.parse::<Fault>().unwrap(), fault, "{text}");
        check("hang", Fault::Hang);
        check("pause:0.5", Fault::PauseBeforeKeyframe(Duration::from_millis(500)));
        check("clock-jump:-3600", Fault::ClockJump(-3600));
        check("other-size:10", Fault::OtherSize(Duration::from_secs(10)));
        for text in
            ["other-size:0", "", "hung", "hang:3", "pause", "pause:-1", "reboot:1e9", "reboot:NaN"]
        {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_reboot_ends_when_its_time_is_over() {
        let start = Timestamp::from_secs(100);
        let active = ActiveFault { fault: Fault::Reboot(Duration::from_secs(20)), since: start };
        assert_eq!(active.access(Timestamp::from_secs(119)), Access::Closed);
        assert_eq!(active.access(Timestamp::from_secs(120)), Access::Served);
    }
}

//! Gates as a command takes them.

use clap::ValueEnum;

use crate::rules::GateSettings;

/// Whether looks are spared while nothing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Gates {
    On,
    Off,
}

impl Gates {
    pub(crate) const fn settings(self) -> GateSettings {
        match self {
            Self::On => GateSettings::ON,
            Self::Off => GateSettings::OFF,
        }
    }
}

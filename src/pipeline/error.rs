//! Why the machine does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::api::TlsError;
use crate::city::CityFaults;
use crate::detect::ModelError;
use crate::dispatch::DispatchError;
use crate::ingest::FleetError;
use crate::runtime::MetricsError;
use crate::store::SinkIdError;
use crate::store::StoreError;

/// A part that cannot start, before any camera is opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot use the model")]
    Model(#[from] ModelError),
    #[error("cannot use the data folder {path:?}")]
    Folder { path: PathBuf, source: io::Error },
    #[error("another xunjie runs on the data folder {path:?}")]
    FolderTaken { path: PathBuf },
    #[error("cannot use the store")]
    Store(#[from] StoreError),
    #[error(transparent)]
    City(#[from] CityFaults),
    #[error("the city data of {folder:?} are of another time zone than the configuration")]
    CityZone { folder: PathBuf },
    #[error("cannot start the sinks")]
    Dispatch(#[from] DispatchError),
    #[error(transparent)]
    SinkId(#[from] SinkIdError),
    #[error("the sink {id:?} has an address that cannot be used")]
    SinkUrl { id: String },
    #[error("camera {id}: {reason}")]
    Camera { id: String, reason: String },
    #[error(transparent)]
    Fleet(#[from] FleetError),
    #[error(
        "cannot listen on {address}; another program may: `listen` names another address, \"\" none"
    )]
    Listen { address: SocketAddr, source: io::Error },
    #[error(
        "{address} can be reached from other machines, and there are no users who could log in; add an administrator with `xunjie user add NAME --role administrator --config FILE`, or listen on 127.0.0.1"
    )]
    NoUsers { address: SocketAddr },
    #[error("cannot speak TLS")]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    #[error("the system gives no thread")]
    Thread(#[source] io::Error),
}

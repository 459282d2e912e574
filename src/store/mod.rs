//! The durable record of cases, deliveries and stays (SQLite).

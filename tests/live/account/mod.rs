//! The account beside real clusters: the whole program reads the fake of DigitalOcean's API, an S3 server and API servers.

mod adopt;
mod compared;
mod cost;
mod delivered;
mod destroy;
mod drift;
mod faults;
mod identity;
mod import;
mod interrupted;
mod judged;
mod mock;
mod provision;
mod reading;
mod refusals;
mod repair;
mod repair_images;
mod repair_projects;
mod repair_spaces;
mod second_look;
mod sharing;
mod storms;
mod team;
mod waiting;
mod weather;
mod whole;

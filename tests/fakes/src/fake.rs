//! The handle of a running fake.

use crate::faults::Fault;
use crate::http::Listening;
use crate::journal::{Endpoint, Request};
use crate::limits::Limits;
use crate::state::Shared;
use crate::world::World;
use crate::{answering, control, registry};
use std::time::Duration;

/// A fake of DigitalOcean's API and of its container registry, each on a free port of loopback. Dropping it ends both.
#[derive(Debug)]
pub struct Fake {
    state: Shared,
    api: Listening,
    registry: Listening,
    control: Option<Listening>,
}

impl Fake {
    /// Starts both servers on a world. They run on threads of their own: tests with and without a runtime may use them.
    ///
    /// # Errors
    /// This machine has no free port.
    pub fn start(world: World) -> Result<Self, String> {
        Self::start_at(world, [0, 0])
    }

    /// The same on chosen ports, of the API and of the registry; 0 is a free one.
    ///
    /// # Errors
    /// A port is taken.
    pub fn start_at(world: World, ports: [u16; 2]) -> Result<Self, String> {
        let state = Shared::new(world);
        let shared = state.clone();
        let api = Listening::start("fake-api", ports[0], move |request| {
            answering::answer(shared.clone(), request)
        })?;
        let shared = state.clone();
        let registry = Listening::start("fake-registry", ports[1], move |request| {
            registry::answer(shared.clone(), request)
        })?;
        Ok(Self {
            state,
            api,
            registry,
            control: None,
        })
    }

    /// Opens the control endpoint, for people and scripts in another process; its URL.
    ///
    /// # Errors
    /// The port is taken.
    pub fn open_control(&mut self, port: u16) -> Result<String, String> {
        let shared = self.state.clone();
        let control = Listening::start("fake-control", port, move |request| {
            control::answer(shared.clone(), request)
        })?;
        let url = control.url();
        self.control = Some(control);
        Ok(url)
    }

    /// The base URL of the API, for `DIGITALOCEAN_API_URL`.
    pub fn url(&self) -> String {
        self.api.url()
    }

    /// The base URL of the registry, for `DIGITALOCEAN_REGISTRY_URL`.
    pub fn registry_url(&self) -> String {
        self.registry.url()
    }

    /// The token that may do everything.
    pub fn token(&self) -> String {
        self.state.lock().world.token().to_owned()
    }

    /// Reads or changes the world.
    pub fn with<T>(&self, what: impl FnOnce(&mut World) -> T) -> T {
        what(&mut self.state.lock().world)
    }

    /// Lets the world's time pass; what is due by then happens.
    pub fn advance(&self, by: Duration) {
        self.with(|world| world.advance(by));
    }

    /// Switches a fault on for a path (`/v2/vpcs`; `/v2/registries/*` and all below; `*`), until it is switched off.
    pub fn fault(&self, path: &str, fault: Fault) {
        self.state.lock().faults.plant(path, fault, None);
    }

    /// The same for the next `times` requests only.
    pub fn fault_times(&self, path: &str, fault: Fault, times: usize) {
        self.state.lock().faults.plant(path, fault, Some(times));
    }

    /// The same after as many requests that it spares.
    pub fn fault_after(&self, path: &str, fault: Fault, spared: usize) {
        self.state.lock().faults.plant_after(path, fault, spared);
    }

    /// The same for the next `times` requests only that change something.
    pub fn fault_writes(&self, path: &str, fault: Fault, times: usize) {
        self.state.lock().faults.plant_in_writes(path, fault, times);
    }

    /// Somebody changes the world just before a request with this method below a path is answered, after as many of them as
    /// pass before.
    pub fn meanwhile(
        &self,
        method: &str,
        path: &str,
        spared: usize,
        change: impl FnOnce(&mut World) + Send + 'static,
    ) {
        let mut state = self.state.lock();
        state.meanwhile.plant(method, path, spared, Box::new(change));
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.state.lock().faults.clear();
    }

    /// Sets the limits on calls.
    pub fn limit(&self, limits: Limits) {
        self.state.lock().meter.limits = limits;
    }

    /// Builds the links between pages from this base URL, for clients that come through a proxy.
    pub fn appear_as(&self, base: &str) {
        self.state.lock().public = Some(base.trim_end_matches('/').to_owned());
    }

    /// Where clients find the API: see [`Fake::appear_as`].
    pub(crate) fn public_url(&self) -> String {
        let public = self.state.lock().public.clone();
        public.unwrap_or_else(|| self.url())
    }

    /// All requests so far, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.state.lock().journal.clone()
    }

    /// How many requests the API answered with this method below a path.
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.requests()
            .iter()
            .filter(|request| {
                request.endpoint == Endpoint::Api
                    && request.method == method
                    && request.path.starts_with(path)
            })
            .count()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.state.lock().journal.clear();
    }
}

//! The containers of a Pod and the images that it mounts: what its template names, and what its node says that runs.

use super::name::{ImageName, running};
use crate::inventory::view::registry::Digest;
use crate::value::{Value, ValueExt};

/// The lists of a Pod's containers, each with the list of their statuses.
const CONTAINERS: [(&str, &str); 3] = [
    ("containers", "containerStatuses"),
    ("initContainers", "initContainerStatuses"),
    ("ephemeralContainers", "ephemeralContainerStatuses"),
];

/// A container of a Pod, or an image that it mounts as a volume.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run<'v> {
    /// `container web` or `volume model`.
    pub(super) whose: String,
    /// The image as whoever wrote the Pod names it, else as the node does.
    pub(super) image: Option<&'v str>,
    /// The repository and the digest of what runs. `None`: something runs, and nobody says what.
    pub(super) pulled: Option<(&'v str, Digest)>,
}

/// The images that a Pod template names, those mounted as volumes among them; `spec` is the Pod's.
pub(super) fn named(spec: &Value) -> impl Iterator<Item = &str> {
    let containers = CONTAINERS
        .iter()
        .flat_map(|(list, _)| spec.items_at(&[list]))
        .filter_map(|container| container.text_at(&["image"]));
    containers.chain(volumes(spec).map(|(_, image)| image))
}

/// The names of the volumes that are images, with their references.
pub(in crate::inventory::view) fn volumes(spec: &Value) -> impl Iterator<Item = (&str, &str)> {
    spec.items_at(&["volumes"]).iter().filter_map(|volume| {
        let image = volume.text_at(&["image", "reference"])?;
        Some((volume.text_at(&["name"]).unwrap_or_default(), image))
    })
}

/// What a Pod that has not finished runs, and what it ran of which the digest is known. What still waits for its image, or
/// has ended without telling one, raises no question.
pub(super) fn runs(pod: &Value) -> Vec<Run<'_>> {
    let mut all = Vec::new();
    for (containers, statuses) in CONTAINERS {
        let statuses = pod.items_at(&["status", statuses]);
        for status in statuses {
            let name = status.text_at(&["name"]).unwrap_or_default();
            let mut containers = pod.items_at(&["spec", containers]).iter();
            // The status names the image as the runtime does; the Pod, as whoever wrote it.
            let container = containers.find(|container| container.text_at(&["name"]) == Some(name));
            let image = container.and_then(|container| container.text_at(&["image"]));
            let run = Run {
                whose: format!("container {name}"),
                image: image.or_else(|| status.text_at(&["image"])),
                pulled: status.text_at(&["imageID"]).and_then(running),
            };
            if run.pulled.is_some() || (goes_on(status) && !run.is_pinned()) {
                all.push(run);
            }
        }
        // Those of a running Pod that has no word of them. The others start and end on their own.
        if containers == "containers" && is_running(pod) {
            let told = |name: Option<&str>| statuses.iter().any(|status| status.text_at(&["name"]) == name);
            let untold = pod.items_at(&["spec", containers]).iter();
            let untold = untold.filter(|container| !told(container.text_at(&["name"])));
            let untold = untold.map(|container| Run {
                whose: format!("container {}", container.text_at(&["name"]).unwrap_or_default()),
                image: container.text_at(&["image"]),
                pulled: None,
            });
            all.extend(untold.filter(|run| !run.is_pinned()));
        }
    }
    if is_running(pod) {
        all.extend(mounted(pod));
    }
    all
}

/// Images of DigitalOcean that a running Pod mounts. What a tag meant when it was mounted only newer nodes tell.
fn mounted(pod: &Value) -> impl Iterator<Item = Run<'_>> {
    let volumes = pod.field("spec").into_iter().flat_map(volumes);
    volumes.filter_map(|(name, image)| {
        let run = Run {
            whose: format!("volume {name}"),
            image: Some(image),
            pulled: mounted_as(pod, name).and_then(running),
        };
        let ours = ImageName::read(image).is_some_and(|name| name.registry.is_some());
        (run.pulled.is_some() || (ours && !run.is_pinned())).then_some(run)
    })
}

/// The image that is mounted as this volume, as a status names it.
fn mounted_as<'v>(pod: &'v Value, volume: &str) -> Option<&'v str> {
    let statuses = CONTAINERS
        .iter()
        .flat_map(|(_, statuses)| pod.items_at(&["status", statuses]));
    let mut mounts = statuses.flat_map(|status| status.items_at(&["volumeMounts"]));
    mounts.find_map(|mount| {
        let named = mount.text_at(&["name"]) == Some(volume);
        mount
            .text_at(&["volumeStatus", "image", "imageRef"])
            .filter(|_| named)
    })
}

impl Run<'_> {
    /// Whether the name itself says what runs.
    fn is_pinned(&self) -> bool {
        let name = self.image.and_then(ImageName::read);
        name.and_then(|name| name.digest).and_then(Digest::read).is_some()
    }
}

fn is_running(pod: &Value) -> bool {
    pod.text_at(&["status", "phase"]) == Some("Running")
}

/// Whether a container runs by its status.
fn goes_on(status: &Value) -> bool {
    let state = |name: &str| {
        status
            .at(&["state", name])
            .is_some_and(|state| *state != Value::Null)
    };
    let told = |name: &str| status.field(name).is_some_and(ValueExt::is_true);
    state("running") || (!state("waiting") && !state("terminated") && (told("ready") || told("started")))
}

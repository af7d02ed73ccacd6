//! One mistake each, and what is said about it.

use super::*;
use rstest::rstest;

#[test]
fn the_spec_without_mistakes_loads() {
    assert_eq!(problems_after("spec:", "spec:"), []);
}

#[rstest]
// Fields.
#[case(
    "region: fra1",
    "regoin: fra1",
    "main.yaml:7:5: unknown field `regoin`",
    "did you mean `region`?"
)]
#[case(
    "ipRange",
    "ip_range",
    "main.yaml:8:24: unknown field `ip_range`",
    "did you mean `ipRange`?"
)]
#[case(
    "spec:\n",
    "spec:\n  on: 1\n",
    "main.yaml:5:3: unknown field `on`",
    "YAML 1.1 reads on, off, yes and no"
)]
#[case(
    "metadata: {name: stage}",
    "metadata: {}",
    "main.yaml:3:1: `name` is missing in `metadata`",
    "write it, as `name: stage`"
)]
#[case(
    "{name: argocd, role: delivery}",
    "{name: argocd}",
    "main.yaml:30:7: `role` is missing in namespaces[name=argocd]",
    "write one of `application`, `delivery`"
)]
#[case(
    "{name: argocd, role: delivery}",
    "{name: argocd, role: }",
    "main.yaml:30:22: `role` has no value",
    "write one of `application`"
)]
#[case(
    ", maxAge: 26h",
    "",
    "main.yaml:21:17: `maxAge` is missing in digitalocean.spaces.backups[0]",
    "write it, as `maxAge: 26h`"
)]
// Types.
#[case(
    "{name: argocd, role",
    "{name: no, role",
    "main.yaml:30:14: `no` is read as the boolean false by YAML 1.1",
    "quote it: \"no\""
)]
#[case(
    "{name: argocd, role",
    "{name: 12, role",
    "main.yaml:30:14: `12` is read as a number, not as text",
    "quote it: \"12\""
)]
#[case(
    "version: \"1.35\"",
    "version: 1.30",
    "main.yaml:11:16: `1.30` is read as a number, not as text",
    "quote it: \"1.30\""
)]
#[case(
    "{name: argocd, role: delivery}",
    "argocd",
    "main.yaml:30:7: an item of `namespaces` is the text `argocd`, but must be a map",
    "write a map with `name` and `role`"
)]
#[case(
    "{name: argocd, role: delivery}",
    "",
    "main.yaml:30:7: an empty item in `namespaces`",
    "write a value behind the hyphen"
)]
#[case(
    "count: 3",
    "count: three",
    "main.yaml:16:53: `count` is the text `three`, but must be a whole number",
    "write a whole number"
)]
#[case(
    "count: 3",
    "count: \"3\"",
    "main.yaml:16:53: `count` is the text `3`, but must be a whole number",
    "write it without quotes"
)]
#[case(
    "count: 3",
    "count: 2.5",
    "main.yaml:16:53: `2.5` is not a whole number",
    "write a whole number"
)]
#[case(
    "count: 3",
    "count: 0",
    "main.yaml:16:53: `0` is out of range",
    "write a number from 1 to 512"
)]
#[case(
    "{min: 2, max: 5}",
    "true",
    "main.yaml:16:67: `autoscale` is `true`, but must be a map",
    "write a map with `min` and `max`"
)]
#[case(
    "uses: [back/keydb]",
    "uses: back/keydb",
    "main.yaml:27:79: `uses` is the text `back/keydb`, but must be a list",
    "write a list, in brackets or with hyphens"
)]
#[case(
    "spec:\n",
    "spec:\n  protect: \"true\"\n",
    "main.yaml:5:12: `protect` is the text `true`, but must be true or false",
    "write it without quotes"
)]
#[case(
    "  ingress: {controller: ingress-nginx, class: nginx, hosts: {back: [stage.example.com]}}",
    "  ingress: [nginx]",
    "main.yaml:32:3: `ingress` is a list, but must be a map",
    "write a map with `controller` and `class`"
)]
// Words.
#[case(
    "role: ingress}",
    "role: ingres}",
    "main.yaml:29:35: `ingres` is not a `role`",
    "did you mean `ingress`?"
)]
#[case(
    "day: sunday",
    "day: sun",
    "main.yaml:14:26: `sun` is not a `day`",
    "did you mean `sunday`?"
)]
#[case(
    "[ingress-nginx]}}",
    "everyone}}",
    "main.yaml:28:43: `everyone` is not a `fromNamespaces`",
    "write `all`, or a list"
)]
#[case(
    "spec:\n",
    "spec:\n  policies: {inlineWaivers: nobody}\n",
    "main.yaml:5:29: `nobody` is not an `inlineWaivers`",
    "write one of `default` or `none`, or a list"
)]
#[case(
    "spec:\n",
    "spec:\n  policies: {severity: {a: worst}}\n",
    "main.yaml:5:28: `worst` is not a `severity`",
    "write one of `low`, `medium`, `high` or `critical`"
)]
#[case(
    "mode: plan, ",
    "mode: plan, maxRisk: destructive, ",
    "main.yaml:36:38: `destructive` is not a `maxRisk`",
    "write one of `safe` or `disruptive`"
)]
#[case(
    "/controller}",
    "/controller, loadBalancer: {type: GLOBAL}}",
    "main.yaml:31:71: `GLOBAL` is not a `type`",
    "write one of `REGIONAL` or `REGIONAL_NETWORK`"
)]
// Texts with a meaning.
#[case(
    "storageLimit: 5GiB",
    "storageLimit: 5",
    "main.yaml:17:42: `5` is not a size",
    "write a number and a unit, as 500MiB"
)]
#[case(
    "maxAge: 26h",
    "maxAge: 26 hours",
    "main.yaml:21:64: `26 hours` is not a length of time",
    "as 26h, 30d"
)]
#[case(
    "\"03:00\"",
    "3am",
    "main.yaml:14:45: `3am` is not a time of day",
    "write it by the 24-hour clock and quote it"
)]
#[case(
    "0 3 * * SUN",
    "0 3 * *",
    "main.yaml:36:44: `0 3 * *` has 4 fields where cron has five",
    "write minute, hour"
)]
#[case(
    "0 3 * * SUN",
    "0 33 * * SUN",
    "main.yaml:36:44: `0 33 * * SUN` has a hour that cron does not know",
    "a number from 0 to 23"
)]
#[case(
    "for: 2h",
    "for: 2h, timezone: CET",
    "main.yaml:36:78: `CET` is not the name of a time zone",
    "as Europe/Kyiv"
)]
#[case(
    "10.20.0.0/20",
    "10.20.0.1/20",
    "main.yaml:8:33: `10.20.0.1/20` has bits set behind its length",
    "the network of that address is 10.20.0.0/20"
)]
#[case(
    "10.20.0.0/20",
    "10.20.0.0",
    "main.yaml:8:33: `10.20.0.0` is an address without the length of a network",
    "as 10.20.0.0/20"
)]
#[case(
    "https://github.com/acme/deploy.git",
    "deploy",
    "main.yaml:34:43: `deploy` is not the address of a repository",
    "write it in full"
)]
#[case(
    "of: back/keydb",
    "of: keydb",
    "main.yaml:21:22: `keydb` is not a namespace and a name",
    "write both with a slash"
)]
#[case(
    "stage.example.com",
    "https://stage.example.com",
    "main.yaml:32:69: `https://stage.example.com` is not a host name",
    "write the bare name"
)]
#[case(
    "version: v3.5.1",
    "version: 3.5",
    "main.yaml:34:23: `3.5` is not an exact version",
    "pin one with three numbers"
)]
#[case(
    "name: stage}\nspec",
    "name: Stage}\nspec",
    "main.yaml:3:18: `Stage` is not a name that Kubernetes allows here",
    "use up to 63 small letters"
)]
// Exactly one.
#[case(
    "spec:\n",
    "spec:\n  target: {snapshot: a, kubernetes: {inCluster: true}}\n",
    "main.yaml:5:12: `target` takes only one of `kubernetes` or `snapshot`",
    "remove all but one"
)]
#[case(
    "spec:\n",
    "spec:\n  target: {kubernetes: {}}\n",
    "main.yaml:5:12: `kubernetes` needs one of `context`, `inCluster` or `fromDigitalOcean`",
    "give exactly one"
)]
#[case(
    "spec:\n",
    "spec:\n  target: {kubernetes: {inCluster: false}}\n",
    "main.yaml:5:36: only `true` means something here",
    "remove the field"
)]
#[case(
    "{env: DIGITALOCEAN_TOKEN}",
    "{env: A, file: b}",
    "main.yaml:6:21: `token` takes only one of `env`, `file` or `command`",
    "remove all but one"
)]
#[case(
    "{slack: {env: SLACK_WEBHOOK}}",
    "{events: [new]}",
    "main.yaml:37:12: this notification goes nowhere: it needs one of `slack`, `webhook` or `alertmanager`",
    "write where it goes"
)]
// Twice.
#[case(
    "{name: argocd,",
    "{name: back,",
    "main.yaml:30:14: two namespaces are called `back`",
    "a namespace appears once"
)]
#[case(
    "{name: proxy,",
    "{name: keydb, kind: CronJob}\n        - {name: proxy,",
    "main.yaml:27:18: two workloads are called `keydb`",
    "give each workload a name of its own"
)]
#[case(
    "[{name: acme-backups,",
    "[{name: acme-backups, purpose: other}, {name: acme-backups,",
    "main.yaml:19:62: two buckets are called `acme-backups`",
    "give each bucket"
)]
#[case(
    "[ingress-nginx]}}",
    "[ingress-nginx, ingress-nginx]}}",
    "main.yaml:28:59: `ingress-nginx` stands twice in `fromNamespaces`",
    "remove one of them"
)]
#[case(
    "[{service: ingress-nginx/controller}",
    "[{service: ingress-nginx/a}, {service: ingress-nginx/a}",
    "main.yaml:31:52: Service `ingress-nginx/a` is exposed twice",
    "a Service has one load balancer"
)]
#[case(
    "{back: [stage.example.com]}",
    "{back: [a.b], argocd: [a.b]}",
    "main.yaml:32:69: host `a.b` belongs to both `argocd` and `back`",
    "give each namespace hosts of its own"
)]
// Where Argo CD's manifest is.
#[case(
    "{version: v3.5.1, ",
    "{version: v3.5.1, install: {url: 'https://a.example/b', file: b.yaml, sha256: \
     e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}, ",
    "main.yaml:34:69: `delivery.argocd.install` has both an address and a file",
    "keep one of them"
)]
#[case(
    "{version: v3.5.1, ",
    "{version: v3.5.1, install: {sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}, ",
    "main.yaml:34:31: `delivery.argocd.install` does not say where the manifest is",
    "its file, relative to the spec, as `file`"
)]
// References.
#[case(
    "of: back/keydb",
    "of: back/keydbb",
    "main.yaml:21:22: workload `back/keydbb` is not declared",
    "did you mean `back/keydb`?"
)]
#[case(
    "acme-backups, maxAge",
    "other, maxAge",
    "main.yaml:21:42: bucket `other` is not declared",
    "declare it under `spaces.buckets`"
)]
#[case(
    "[{bucket: acme-backups",
    "[{bucket: acme-backup",
    "main.yaml:20:47: bucket `acme-backup` is not declared",
    "did you mean `acme-backups`?"
)]
#[case(
    "proxyFor: keydb",
    "proxyFor: web",
    "main.yaml:27:66: in namespace `back` the workload `web` is not declared",
    "declare it"
)]
#[case(
    "uses: [back/keydb]",
    "uses: [front/keydb]",
    "main.yaml:27:80: workload `front/keydb` is not declared",
    "declare it"
)]
#[case(
    "[ingress-nginx]}}",
    "[edge]}}",
    "main.yaml:28:44: namespace `edge` is not declared",
    "declare it under `namespaces`"
)]
#[case(
    "service: ingress-nginx/",
    "service: ingressnginx/",
    "main.yaml:31:24: namespace `ingressnginx` is not declared",
    "did you mean `ingress-nginx`?"
)]
#[case(
    "hosts: {back:",
    "hosts: {bakc:",
    "main.yaml:32:62: namespace `bakc` is not declared",
    "did you mean `back`?"
)]
#[case(
    "applications: [back]",
    "applications: [front]",
    "main.yaml:34:96: namespace `front` is not declared",
    "declare it"
)]
#[case(
    "namespace: ingress-nginx}]",
    "namespace: edge}]",
    "main.yaml:35:87: namespace `edge` is not declared",
    "declare it"
)]
#[case(
    "permission: readwrite}]",
    "permission: readwrite}], secretTo: {namespace: bak, name: x}",
    "main.yaml:20:108: namespace `bak` is not declared",
    "did you mean `back`?"
)]
#[case(
    "storageLimit: 5GiB",
    "owner: dev, storageLimit: 5GiB",
    "main.yaml:17:35: the registry belongs to `dev`, which does not share it with `stage`",
    "add `stage` to `sharedWith`"
)]
#[case(
    "storageLimit: 5GiB",
    "sharedWith: [stage], owner: stage, storageLimit: 5GiB",
    "main.yaml:17:41: the owner of the registry shares it with itself",
    "list the other environments only"
)]
// Ranges.
#[case(
    "10.121.0.0/20",
    "10.120.16.0/20",
    "main.yaml:13:22: cluster.serviceSubnet 10.120.16.0/20 overlaps cluster.clusterSubnet 10.120.0.0/16",
    "choose ranges that share no address"
)]
#[case(
    "      serviceSubnet: 10.121.0.0/20\n",
    "",
    "main.yaml:12:7: `clusterSubnet` without `serviceSubnet`",
    "give both for a VPC-native cluster"
)]
#[case(
    "10.20.0.0/20",
    "11.20.0.0/20",
    "main.yaml:8:33: vpc.ipRange 11.20.0.0/20 is not private",
    "a VPC lies in"
)]
#[case(
    "10.20.0.0/20",
    "10.16.0.0/12",
    "main.yaml:8:33: vpc.ipRange 10.16.0.0/12 has a length that DigitalOcean refuses",
    "from /16 to /28"
)]
#[case(
    "{min: 2, max: 5}",
    "{min: 6, max: 5}",
    "main.yaml:16:73: autoscale.min 6 is above autoscale.max 5",
    "write the fewest nodes as `min`"
)]
#[case(
    "count: 3",
    "count: 9",
    "main.yaml:16:53: count 9 is not between autoscale.min 2 and autoscale.max 5",
    "the pool is created with"
)]
#[case(
    "nodePools:\n        - {name: general, size: s-4vcpu-8gb, count: 3, autoscale: {min: 2, max: 5}}",
    "nodePools: []",
    "main.yaml:15:18: `nodePools` is empty",
    "list at least one node pool"
)]
#[case(
    "storageLimit: 5GiB",
    "tier: starter, storageLimit: 5GiB",
    "main.yaml:17:57: storageLimit 5GiB is more than a starter registry can hold",
    "write at most 500MiB"
)]
#[case(
    "      nodePools",
    "      controlPlaneFirewall: {allowedAddresses: [\"fd00::1\"]}\n      nodePools",
    "main.yaml:15:49: `fd00::1` is not an IPv4 address",
    "IPv4 only"
)]
// Roles.
#[case(
    "{name: argocd,",
    "{name: kube-system,",
    "main.yaml:30:14: `kube-system` is a system namespace",
    "leave it out"
)]
#[case(
    "      network: {accepts: {fromNamespaces: [ingress-nginx]}}\n",
    "",
    "main.yaml:23:13: application namespace `back` does not say whom it accepts",
    "add `network: {accepts:"
)]
#[case(
    "proxyFor: keydb, ",
    "",
    "main.yaml:27:18: proxy `proxy` does not say which workload it stands before",
    "add `proxyFor`"
)]
#[case(
    "role: proxy, ",
    "",
    "main.yaml:27:43: `proxyFor` is for workloads with `role: proxy`",
    "add `role: proxy`"
)]
#[case(
    "proxyFor: keydb",
    "proxyFor: proxy",
    "main.yaml:27:66: a proxy cannot stand before itself",
    "name the workload"
)]
#[case(
    "role: delivery}",
    "role: platform}",
    "main.yaml:34:5: Argo CD is declared, but no namespace has role delivery",
    "`role: delivery`"
)]
#[case(
    "spec:\n",
    "spec:\n  monitoring: {prometheus: true, grafana: true}\n",
    "main.yaml:5:16: Prometheus is declared, but no namespace has role monitoring",
    "`role: monitoring`"
)]
#[case(
    "mode: plan, window: {cron: \"0 3 * * SUN\", for: 2h}",
    "mode: apply",
    "main.yaml:36:23: mode apply needs a window",
    "say when repairs may happen"
)]
#[case(
    "permission: readwrite",
    "permission: fullaccess",
    "main.yaml:20:39: full access cannot be limited to a bucket",
    "remove `bucket`"
)]
#[case(
    "{bucket: acme-backups, permission: readwrite}",
    "{permission: read}",
    "main.yaml:20:51: this grant names no bucket",
    "add `bucket`"
)]
#[case(
    "    spaces:",
    "    firewalls: [{name: a, inboundRules: [{protocol: icmp, ports: all, sources: {addresses: [0.0.0.0/0]}}]}]\n    spaces:",
    "main.yaml:18:59: icmp has no ports",
    "remove `ports`"
)]
fn one_mistake_is_one_problem(
    #[case] from: &str,
    #[case] to: &str,
    #[case] message: &str,
    #[case] hint: &str,
) {
    let problems = problems_after(from, to);
    let lines: Vec<String> = problems.iter().map(Diagnostic::one_line).collect();
    assert_eq!(lines, [message]);
    let given = problems[0].hint.as_deref().unwrap_or_default();
    assert!(given.contains(hint), "the hint is: {given}");
}

#[test]
fn duplicates_point_to_the_first_one() {
    let problems = problems_after("{name: argocd,", "{name: back,");
    let (place, words) = problems[0].related.clone().unwrap();
    assert_eq!((place.start().line, words.as_str()), (23, "the first one"));
    let place = problems[0].place.clone().unwrap();
    assert_eq!(&place.source.text[place.span], "back");
}

#[rstest]
#[case(
    "token: {env: DIGITALOCEAN_TOKEN}",
    "token: CANARY",
    "main.yaml:6:12: `token` holds a plain value where a reference to a secret belongs"
)]
#[case(
    "token: {env: DIGITALOCEAN_TOKEN}",
    "token: [CANARY]",
    "main.yaml:6:12: `token` holds a plain value where a reference to a secret belongs"
)]
#[case(
    "token: {env: DIGITALOCEAN_TOKEN}",
    "token: |\n      CANARY",
    "main.yaml:6:12: `token` holds a plain value where a reference to a secret belongs"
)]
#[case(
    "token: {env: DIGITALOCEAN_TOKEN}",
    "token: {value: CANARY}",
    "main.yaml:6:13: unknown field `value`"
)]
#[case(
    "token: {env: DIGITALOCEAN_TOKEN}",
    "token: {env: CAN-ARY}",
    "main.yaml:6:18: the text here is not the name of an environment variable"
)]
#[case(
    "{env: DIGITALOCEAN_TOKEN}",
    "{env: dop_v1_CANARY}",
    "main.yaml:6:18: the text here looks like the secret itself"
)]
#[case(
    "{env: DIGITALOCEAN_TOKEN}",
    "{command: dop_v1_CANARY}",
    "main.yaml:6:22: the text here looks like the secret itself"
)]
#[case(
    "region: fra1",
    "region: dop_v1_CANARY",
    "main.yaml:7:13: this text is not a region of DigitalOcean"
)]
#[case(
    "https://github.com",
    "https://me:CANARY@github.com",
    "main.yaml:34:43: this text holds credentials"
)]
#[case(
    "{slack: {env: SLACK_WEBHOOK}}",
    "{slack: https://hooks.slack.com/services/CANARY}",
    "main.yaml:37:20: `slack` holds a plain value where a reference to a secret belongs"
)]
#[case(
    "    token: {env: DIGITALOCEAN_TOKEN}",
    "    token: CANARY\n  x: [",
    "main.yaml:9:8: a comma or the closing bracket is missing here"
)]
fn secrets_are_never_repeated(#[case] from: &str, #[case] to: &str, #[case] message: &str) {
    let problems = problems_after(from, to);
    assert_eq!(problems[0].one_line(), message);
    let everything = format!("{problems:?}");
    assert!(
        !everything.contains("CANARY") && !everything.contains("CAN-ARY"),
        "{everything}"
    );
}

#[test]
fn all_problems_come_at_once_in_order() {
    let text = GOOD
        .replace("region: fra1", "regoin: fra1")
        .replace("10.20.0.0/20", "10.20.0.1/20")
        .replace("version: \"1.35\"", "version: 1.35")
        .replace("10.121.0.0/20", "10.120.0.0/20")
        .replace("day: sunday", "day: someday")
        .replace("storageLimit: 5GiB", "storageLimit: lots")
        .replace("of: back/keydb", "of: back/redis")
        .replace(
            "{name: ingress-nginx, role: ingress}",
            "{name: ingress-nginx, role: ingress, pod_security: baseline}",
        )
        .replace("{name: argocd, role", "{name: back, role")
        .replace("applications: [back]", "applications: [web]");
    let problems = load_files(&[("main.yaml", &text)]).unwrap_err();
    let lines: Vec<String> = problems.iter().map(Diagnostic::one_line).collect();
    assert_eq!(
        lines,
        [
            "main.yaml:7:5: unknown field `regoin`",
            "main.yaml:8:33: `10.20.0.1/20` has bits set behind its length",
            "main.yaml:11:16: `1.35` is read as a number, not as text",
            "main.yaml:13:22: cluster.serviceSubnet 10.120.0.0/20 overlaps cluster.clusterSubnet 10.120.0.0/16",
            "main.yaml:14:26: `someday` is not a `day`",
            "main.yaml:17:42: `lots` is not a size",
            "main.yaml:21:22: workload `back/redis` is not declared",
            "main.yaml:29:44: unknown field `pod_security`",
            "main.yaml:30:14: two namespaces are called `back`",
            "main.yaml:34:96: namespace `web` is not declared",
        ]
    );
    assert!(problems.iter().all(|problem| problem.hint.is_some()));
}

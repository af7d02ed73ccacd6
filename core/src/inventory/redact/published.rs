//! Passwords that charts and images publish as their defaults, or in the examples by which people start them.

/// Each with a place where it is published, sorted.
const PUBLISHED: [(&str, &str); 22] = [
    ("Harbor12345", "Harbor's chart"),
    ("admin", "Grafana, Airflow, Nexus and many others"),
    ("admin123", "Nexus Repository up to version 3.16"),
    ("changeit", "key stores of Java"),
    (
        "changeme",
        "Elasticsearch's image up to version 5, Nextcloud's chart",
    ),
    (
        "example",
        "the examples of Docker's images of MySQL, PostgreSQL and MongoDB",
    ),
    ("foobared", "the example in redis.conf and keydb.conf"),
    ("guest", "RabbitMQ"),
    ("minio123", "MinIO's chart, formerly"),
    ("minioadmin", "MinIO"),
    (
        "my-secret-pw",
        "the examples of Docker's images of MySQL and MariaDB",
    ),
    ("mysecretpassword", "the examples of Docker's image of PostgreSQL"),
    ("neo4j", "Neo4j"),
    ("password", "examples of everything"),
    ("postgres", "Airflow's chart and others that bring a PostgreSQL"),
    ("prom-operator", "Grafana in kube-prometheus-stack"),
    ("r8sA8CPHD9!bt6d", "Gitea's chart"),
    ("root", "MySQL and Vault in development"),
    ("secret", "examples of everything"),
    ("secretpassword", "the examples of Bitnami's charts"),
    ("strongpassword", "Grafana's chart, formerly"),
    ("test", "Concourse's chart"),
];

/// Whether a value is one of them. A line feed at its end came in when it was written with `echo`.
pub(super) fn is_published(value: &[u8]) -> bool {
    let line = value.strip_suffix(b"\n").unwrap_or(value);
    PUBLISHED.iter().any(|(known, _)| known.as_bytes() == line)
}

#[cfg(test)]
mod tests {
    use super::{PUBLISHED, is_published};

    #[test]
    fn the_list_is_sorted_and_knows_its_own() {
        assert!(PUBLISHED.is_sorted_by(|a, b| a.0 < b.0));
        for (password, place) in PUBLISHED {
            assert!(is_published(password.as_bytes()), "{password}: {place}");
        }
        assert!(is_published(b"prom-operator\n"));
        for other in [
            &b""[..],
            b"\n",
            b"Admin",
            b"admin ",
            b"prom-operator-2",
            b"\xff\xfe",
        ] {
            assert!(!is_published(other), "{other:?}");
        }
    }
}

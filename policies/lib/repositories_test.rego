package envcheck.lib.repositories_test

import data.envcheck.lib.repositories

test_one_repository_in_many_spellings if {
	every address in [
		"https://github.com/acme/deploy",
		"https://github.com/acme/deploy.git",
		"https://github.com/acme/deploy.git/",
		"https://github.com:443/acme/deploy/",
		"http://github.com:80/acme/deploy",
		"https://GitHub.com/Acme/deploy.git",
		"https://robot@github.com/acme/deploy",
		"https://robot:x@github.com/acme/deploy",
		"https://github.com/acme/deploy.git?access_token=x",
		"https://github.com/acme/deploy#readme",
		"ssh://git@github.com/acme/deploy.git",
		"ssh://git@github.com:22/acme/deploy.git",
		"git://github.com/acme/deploy",
		"git@github.com:acme/deploy.git",
		"git@github.com:/acme/deploy",
		" git@github.com:acme/deploy.git ",
	] {
		repositories.plain(address) == "github.com/acme/deploy"
		repositories.same(address, "https://github.com/acme/deploy.git")
	}
}

test_other_repositories if {
	every address in [
		"https://github.com/acme/deploy-evil",
		"https://github.com/acme-evil/deploy",
		"https://github.com.example.com/acme/deploy",
		"https://example.com/github.com/acme/deploy",
		"https://github.com@example.com/acme/deploy",
		"https://github.com:8443/acme/deploy",
		"git@gitlab.com:acme/deploy.git",
		"https://github.com/acme/deploy/sub",
		"https://github.com/acme",
	] {
		not repositories.same(address, "https://github.com/acme/deploy.git")
	}
}

test_registries_of_charts if {
	repositories.plain("oci://registry-1.docker.io/bitnamicharts") == "registry-1.docker.io/bitnamicharts"
	repositories.plain("registry-1.docker.io/bitnamicharts") == "registry-1.docker.io/bitnamicharts"
	repositories.plain("registry.local:5000/charts/") == "registry.local:5000/charts"
	repositories.plain("oci://registry.local:5000/charts") == "registry.local:5000/charts"
	repositories.plain("file:///srv/git/deploy.git") == "/srv/git/deploy"
}

test_no_address if {
	every address in ["", " ", null, 7] {
		not repositories.plain(address)
		not repositories.same(address, address)
	}
}

test_revisions if {
	repositories.revision("main") == "main"
	repositories.revision("refs/heads/main") == "main"
	repositories.revision("refs/tags/v1.0") == "v1.0"
	every nothing in ["", " ", null, "HEAD"] {
		repositories.revision(nothing) == "HEAD"
	}
	repositories.revision("feature/refs/heads/main") == "feature/refs/heads/main"
}

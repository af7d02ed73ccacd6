# Addresses of repositories: several ways to write one of them.
package envcheck.lib.repositories

# One spelling for all of them, as github.com/acme/deploy. Neither case nor ".git" nor the way of signing in makes another
# repository of it, for Argo CD as for us. What is signed in with is left out: the text may be shown.
plain(address) := trim_suffix(trim_right(sprintf("%s/%s", [host, path]), "/"), ".git") if {
	text := bare(address)
	[scheme, rest] := split(text, "://")
	authority := split(rest, "/")[0]
	host := without_port(scheme, without_user(authority))
	path := trim(substring(rest, count(authority), -1), "/")
}

# git@github.com:acme/deploy.git
plain(address) := trim_suffix(trim_right(sprintf("%s/%s", [host, path]), "/"), ".git") if {
	text := bare(address)
	not contains(text, "://")
	regex.match(`^[^/@]+@[^/:]+:`, text)
	signed := split(text, ":")[0]
	host := without_user(signed)
	path := trim(substring(text, count(signed) + 1, -1), "/")
}

# A registry of charts, as Argo CD has it without its scheme.
plain(address) := trim_suffix(trim_right(text, "/"), ".git") if {
	text := bare(address)
	not contains(text, "://")
	not regex.match(`^[^/@]+@[^/:]+:`, text)
}

# Nothing that could be a password comes after a question mark or a hash.
bare(address) := split(split(lower(trim_space(address)), "?")[0], "#")[0] if {
	is_string(address)
	trim_space(address) != ""
}

without_user(authority) := parts[count(parts) - 1] if parts := split(authority, "@")

# The port of SSH says nothing of the one for the web; of the web, the usual one says nothing.
without_port(scheme, host) := regex.replace(host, `:[0-9]*$`, "") if scheme in {"ssh", "git", "git+ssh"}

without_port(scheme, host) := trim_suffix(host, ":80") if scheme == "http"

without_port(scheme, host) := trim_suffix(host, ":443") if not scheme in {"ssh", "git", "git+ssh", "http"}

same(one, other) if plain(one) == plain(other)

# A branch, tag or commit. Nothing written is the default branch.
revision(written) := regex.replace(trim_space(written), `^refs/(heads|tags)/`, "") if {
	is_string(written)
	trim_space(written) != ""
} else := "HEAD"

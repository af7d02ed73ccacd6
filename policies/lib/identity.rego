# Whether the Kubernetes objects that were read are those of the declared cluster: what the account has for its Services is
# told by them.
package envcheck.lib.identity

# Why nobody knows; undefined where it is known, and where there is no cluster.
doubt := data.view.cluster.unverified if is_string(data.view.cluster.unverified)

gap := {
	"reason": "cluster not verified",
	"detail": sprintf("the Services that were read may not be those of %s: %s", [data.view.cluster.name, doubt]),
} if {
	doubt
}

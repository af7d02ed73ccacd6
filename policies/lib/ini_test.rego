package envcheck.lib.ini_test

import data.envcheck.lib.ini

text := `
app_mode = production
[auth.anonymous]
; enabled = false
# enabled = false
  Enabled = TRUE ; as ever
org_role: Viewer
[Security]
admin_password = "a ; b"
admin_user=#
[auth.anonymous]
org_role = 'Admin'
[empty]`

test_value if {
	ini.value(text, "auth.anonymous", "enabled") == "TRUE"
	ini.value(text, "auth.anonymous", "org_role") == "Admin"
	ini.value(text, "security", "admin_password") == "a ; b"
	ini.value(text, "security", "admin_user") == ""
	ini.value("[a]\r\nb = c\r\n", "a", "b") == "c"
}

test_what_is_not_said if {
	not ini.value(text, "security", "enabled")
	not ini.value(text, "empty", "enabled")
	not ini.value(text, "auth", "enabled")
	not ini.value(text, "auth.anonymous", "app_mode")
	not ini.value("", "auth.anonymous", "enabled")
}

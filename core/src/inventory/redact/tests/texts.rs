use super::*;

#[track_caller]
fn becomes(before: &str, after: &str) {
    let once = text(before);
    assert_eq!(blurred(&once), after, "of {before:?}");
    assert_eq!(text(&once), once, "twice, of {before:?}");
}

#[test]
fn urls_lose_their_user_and_keep_their_host() {
    for (before, after) in [
        ("postgres://app:hunter2@pg:5432/db", "postgres://*@pg:5432/db"),
        ("https://hunter2@git.example.com/a", "https://*@git.example.com/a"),
        ("https://hunter2:@api.example.com", "https://*@api.example.com"),
        (
            "jdbc:postgresql://a:b@h/d?ssl=true",
            "jdbc:postgresql://*@h/d?ssl=true",
        ),
        ("amqp://u:p/w@mq:5672/", "amqp://*@mq:5672/"),
        ("redis://:p@ss@r:6379/0", "redis://*@r:6379/0"),
        ("amqp://u:p@a,amqp://u:q@b", "amqp://*@a,amqp://*@b"),
        (
            "see https://u:p@h/x and https://h/y",
            "see https://*@h/x and https://h/y",
        ),
        ("https://git@example.com/x", "https://git@example.com/x"),
        ("ssh://deploy@example.com/x", "ssh://deploy@example.com/x"),
        (
            "postgres://app:$(DB_PASSWORD)@pg/db",
            "postgres://app:$(DB_PASSWORD)@pg/db",
        ),
        (
            "https://example.com:8443/@scope/pkg",
            "https://example.com:8443/@scope/pkg",
        ),
    ] {
        becomes(before, after);
    }
}

#[test]
fn values_that_are_credentials_by_themselves() {
    let hex = "0123456789abcdef".repeat(4);
    for credential in [
        format!("dop_v1_{hex}"),
        format!("doo_v1_{hex}"),
        "AKIAIOSFODNN7EXAMPLE".into(),
        "ghp_0123456789abcdefghijABCDEFGHIJ012345".into(),
        "github_pat_11ABCDEFG0123456789_abcdef".into(),
        "glpat-0123456789abcdefABCD".into(),
        "xoxb-123456789012-abcdefABCDEF".into(),
        "sk-proj-AbCdEf0123456789AbCdEf".into(),
        "hvs.CAESIJ0123456789abcdefghij".into(),
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r".into(),
        "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy".into(),
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----".into(),
        "-----BEGIN OPENSSH PRIVATE KEY-----\nMIIE".into(),
        "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUU=".into(),
    ] {
        becomes(&credential, "*");
        becomes(
            &format!("key {credential} ."),
            if credential.ends_with("MIIE") {
                "key *"
            } else {
                "key * ."
            },
        );
    }
    becomes("https://hooks.slack.com/services/T0/B0/abcdef", "https://*");
    becomes(
        "proxy_set_header Authorization \"Basic dXNlcjpodW50ZXIy\";",
        "proxy_set_header Authorization \"*\";",
    );
    becomes("send Bearer abcdefghijklmnopqrst now", "send Bearer * now");
}

#[test]
fn what_only_looks_alike_stays() {
    for same in [
        "registry.example.com/token-service:v1.2.3",
        "sk-learn-serving-with-a-long-name-20260101",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUU=",
        "-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----",
        "system:serviceaccount:back:token-reader",
        "Basic authentication is required",
        "a secret \"db\" was not found",
        "password == other",
        "enable-token-auth=true",
        "secretName: db",
        "secret:\n  create: true\n  name: x\n",
        "password: \"\"",
        "allow(\"token\", others)",
        "needs [\"password\", \"token\"]",
        "git@github.com:acme/app.git",
        "the user guide > chapter 2",
        "each user logged on as #3 of them",
        "the password is required, and the token is invalid",
        "the secret is 3 days old",
        "auth is done before redis is asked",
        "logging on > 3 nodes",
        "lights on ~ 5 watts",
        "user app on nopass ~* +@all",
        "see chpasswd(8): it reads lines",
        "cat users | chpasswd",
        "echo done: now\ncat users | chpasswd",
        "echo a:b || chpasswd",
        "vault login failed: the server does not answer",
        "the vault is sealed",
        "vault login < file",
        "PRAGMA foreign_keys = 'on'",
        "PRAGMA key_length = 5",
    ] {
        becomes(same, same);
    }
}

#[test]
fn what_cloud_init_gives_to_chpasswd_is_gone() {
    for (before, after) in [
        (
            "#cloud-config\nchpasswd:\n  expire: false\n  list: |\n    root:hunter2\n    app:hunter3\nruncmd: [ls]",
            "#cloud-config\nchpasswd:\n  expire: false\n  list: |\n    root:*\nruncmd: [ls]",
        ),
        (
            "chpasswd:\n  list:\n  - root:hunter2\n  - app:hunter3\n  expire: false",
            "chpasswd:\n  list:\n  - root:*\n  expire: false",
        ),
        ("chpasswd: {list: ['root:hunter2'], expire: false}", "chpasswd: *"),
        (
            "chpasswd:\n  list: |\n    root:hunter2\n",
            "chpasswd:\n  list: |\n    root:*\n",
        ),
        (
            "chpasswd:\n  users:\n  - {name: root, password: hunter2, type: text}",
            "chpasswd:\n  users:\n  - {name: root, password: *",
        ),
    ] {
        becomes(before, after);
    }
    let elsewhere = "chpasswd:\n  expire: false\nlist: a:b";
    becomes(elsewhere, elsewhere);
}

#[test]
fn configuration_in_all_its_forms() {
    for (before, after) in [
        ("password: hunter2", "password: *"),
        (
            "  password:   correct horse  \nhost: pg",
            "  password:   *  \nhost: pg",
        ),
        ("password = hunter2\nhost = pg", "password = *\nhost = pg"),
        ("export DB_PASSWORD='hun ter'\nx=1", "export DB_PASSWORD='*'\nx=1"),
        (
            "{\"password\":\"hunter2\",\"host\":\"pg\"}",
            "{\"password\":\"*\",\"host\":\"pg\"}",
        ),
        (
            "{\"password\":12345,\"host\":\"pg\"}",
            "{\"password\":*,\"host\":\"pg\"}",
        ),
        (
            "{\"p\":\"{\\\"token\\\":\\\"hunter2\\\",\\\"a\\\":1}\"}",
            "{\"p\":\"{\\\"token\\\":\\\"*\\\",\\\"a\\\":1}\"}",
        ),
        (
            "host=pg user=app password=hunter2 sslmode=on",
            "host=pg user=app password=* sslmode=on",
        ),
        ("Server=pg;Password=hunter2;", "Server=pg;Password=*;"),
        ("/cb?token=hunter2&x=1", "/cb?token=*"),
        (
            "a:\n  password: |\n    one\n    two\n  host: pg\n",
            "a:\n  password: |\n    *\n  host: pg\n",
        ),
        ("password:\n  hunter2\nhost: pg", "password:\n  *\nhost: pg"),
        ("tokens:\n- one\n- two\nhost: pg", "tokens:\n*\nhost: pg"),
        ("password: one\n  two\nhost: pg", "password: *\nhost: pg"),
        ("tokens: [\"a]\", \"b\"]\nx: 1", "tokens: *\nx: 1"),
        ("{\"tokens\":[\"a]\",\"b\"],\"x\":1}", "{\"tokens\":*,\"x\":1}"),
        (
            "- name: DB_PASSWORD\n  value: hunter2\n- name: A\n  value: b",
            "- name: DB_PASSWORD\n  value: *\n- name: A\n  value: b",
        ),
        (
            "[{\"name\":\"TOKEN\",\"value\":\"hunter2\"},{\"name\":\"A\",\"value\":\"b\"}]",
            "[{\"name\":\"TOKEN\",\"value\":\"*\"},{\"name\":\"A\",\"value\":\"b\"}]",
        ),
        (
            "<password>hunter2</password><host>pg</host>",
            "<password>*</password><host>pg</host>",
        ),
        (
            "<name>fs.s3a.secret.key</name><value>hunter2</value>",
            "<name>fs.s3a.secret.key</name><value>*</value>",
        ),
        (
            "bind 0.0.0.0\nrequirepass hunter2\n",
            "bind 0.0.0.0\nrequirepass *\n",
        ),
        (
            "user default off\nuser app on >hunter2 ~app:* +@all\n",
            "user default off\nuser app on >* ~app:* +@all\n",
        ),
        (
            "redis-cli ACL SETUSER app on '>hunter2' '~*' +@all",
            "redis-cli ACL SETUSER app on '>*' '~*' +@all",
        ),
        (
            "CREATE USER a WITH PASSWORD 'hun''ter2';",
            "CREATE USER a WITH PASSWORD '*';",
        ),
        (
            "curl -H \"Authorization: Bearer x\" https://h",
            "curl -H \"Authorization: *\" https://h",
        ),
        (
            "args: [\"--token\", \"hunter2\", \"--v\"]",
            "args: [\"--token\", \"*\", \"--v\"]",
        ),
        ("mysql -uroot -phunter2 -h db", "mysql -uroot -p* -h db"),
        (
            "exec /usr/bin/mysqldump -p'hun ter2' shop",
            "exec /usr/bin/mysqldump -p'*' shop",
        ),
        ("mysql -p -h db; cp -pr a b", "mysql -p -h db; cp -pr a b"),
        (
            "mysql -p$DB_PASSWORD -p\"$(MYSQL_PASSWORD)\"",
            "mysql -p$DB_PASSWORD -p\"$(MYSQL_PASSWORD)\"",
        ),
        (
            "redis-cli -h x \\\n  -a hunter2 ping",
            "redis-cli -h x \\\n  -a * ping",
        ),
        ("keydb-cli ping\nls -a hunter2", "keydb-cli ping\nls -a hunter2"),
        ("sshpass -p hunter2 ssh -p 22 h", "sshpass -p * ssh -p * h"),
        ("curl -u admin:hunter2 https://h", "curl -u admin:* https://h"),
        ("curl -u admin -H 'a: b'", "curl -u admin -H 'a: b'"),
        (
            "docker run -p 80:80 x && docker login -u a -p hunter2 r",
            "docker run -p 80:80 x && docker login -u a -p * r",
        ),
        ("curl -sSu a:hunter2 https://h", "curl -sSu a:* https://h"),
        (
            "curl --user a:hunter2 --proxy-user=b:hunter2 h",
            "curl --user a:* --proxy-user=b:* h",
        ),
        (
            "kubectl exec deploy/mysql -- redis-cli -a hunter2",
            "kubectl exec deploy/mysql -- redis-cli -a *",
        ),
        ("mysql8.0 -BNphunter2 db", "mysql8.0 -BNp* db"),
        (
            "keytool -list -storepass hunter2 -keystore k && java -storepass x",
            "keytool -list -storepass * -keystore k && java -storepass x",
        ),
        (
            "openssl enc -pass pass:hunter2 -in a -passout=pass:hunter2",
            "openssl enc -pass pass:* -in a -passout=pass:*",
        ),
        (
            "redis-cli config set requirepass hunter2",
            "redis-cli config set requirepass *",
        ),
        (
            "[\"redis-cli\", \"CONFIG\", \"SET\", \"masterauth\", \"hunter2\"]",
            "[\"redis-cli\", \"CONFIG\", \"SET\", \"masterauth\", \"*\"]",
        ),
        ("echo \"AUTH hunter2\" | keydb-cli", "echo \"AUTH *\" | keydb-cli"),
        (
            "redis-cli <<END\nAUTH app hunter2\nPING\nEND",
            "redis-cli <<END\nAUTH *\nPING\nEND",
        ),
        ("redis-cli auth hunter2; ls", "redis-cli auth *; ls"),
        ("default on >hunter2 ~* +@all", "default on >* ~* +@all"),
        ("PING\nAUTH app hunter2\n", "PING\nAUTH *\n"),
        ("HELLO 3 AUTH default hunter2", "HELLO 3 AUTH *"),
        (
            "  stats auth admin:hunter2\n  stats uri /",
            "  stats auth admin:*\n  stats uri /",
        ),
        (
            "openssl enc -aes256 -k hunter2 -in x",
            "openssl enc -aes256 -k * -in x",
        ),
        (
            "7z a -phunter2 x.7z y; zip -P hunter2 a b",
            "7z a -p* x.7z y; zip -P * a b",
        ),
        ("lftp -u app,hunter2 sftp://h", "lftp -u app,* sftp://h"),
        ("binddn cn=a\nbindpw hunter2\n", "binddn cn=a\nbindpw *\n"),
        (
            "printf 'AUTH hunter2\\r\\n' | nc redis 6379",
            "printf 'AUTH *\\r\\n' | nc redis 6379",
        ),
        ("rabbitmqctl add_user app hunter2", "rabbitmqctl add_user app *"),
        (
            "rabbitmqctl -n rabbit@a change_password app hunter2 && true",
            "rabbitmqctl -n rabbit@a change_password app * && true",
        ),
        (
            "mc alias set s https://h AK hunter2",
            "mc alias set s https://h AK *",
        ),
        ("htpasswd -b /etc/f app hunter2", "htpasswd -b /etc/f app *"),
        ("garage key import GK0 hunter2", "garage key import GK0 *"),
        (
            "aws configure set aws_secret_access_key hunter2",
            "aws configure set aws_secret_access_key *",
        ),
        (
            "npm config set //registry.example.com/:_authToken hunter2",
            "npm config set //registry.example.com/:_authToken *",
        ),
        ("git config user.name hunter", "git config user.name hunter"),
        ("aws configure set region fra1", "aws configure set region fra1"),
        (
            "kubectl create secret generic a --from-literal=k=hunter2 --from-literal 'b=hunter3'",
            "kubectl create secret generic a --from-literal=k=* --from-literal 'b=*'",
        ),
        ("consul acl -token hunter2 list", "consul acl -token * list"),
        (
            "influx -username a -password hunter2",
            "influx -username a -password *",
        ),
        (
            "echo hunter2 | docker login --password-stdin registry.example.com",
            "echo * | docker login --password-stdin registry.example.com",
        ),
        ("az login -u a -p hunter2", "az login -u a -p *"),
        ("az group list -p a", "az group list -p a"),
        ("echo \"app:hunter2\" | chpasswd", "echo \"app:*\" | chpasswd"),
        (
            "apt update; echo -n 'root:hun ter;2' | sudo /usr/sbin/chpasswd -e && ls",
            "apt update; echo -n 'root:*' | sudo /usr/sbin/chpasswd -e && ls",
        ),
        (
            "printf 'a:hunter2\\nb:hunter3\\n' \\\n  | chpasswd",
            "printf 'a:*' \\\n  | chpasswd",
        ),
        (
            "sh -c \"echo root:hunter2 | chpasswd\"",
            "sh -c \"echo root:* | chpasswd\"",
        ),
        (
            "chpasswd -e <<EOF\nroot:hunter2\napp:hunter3\nEOF\nls a:b",
            "chpasswd -e <<EOF\nroot:*\nEOF\nls a:b",
        ),
        ("chpasswd <<< 'root:hunter2'", "chpasswd <<< 'root:*'"),
        ("chpasswd <<<root:hunter2 && ls", "chpasswd <<<root:* && ls"),
        (
            "echo \"root:$ROOT_PASSWORD\" | chpasswd",
            "echo \"root:$ROOT_PASSWORD\" | chpasswd",
        ),
        ("vault login hunter2", "vault login *"),
        (
            "vault login -no-print -address=https://h hunter2 >/dev/null; ls",
            "vault login -no-print -address=https://h * >/dev/null; ls",
        ),
        (
            "/bin/vault operator unseal \"hunter2\" && ls -l x",
            "/bin/vault operator unseal \"*\" && ls -l x",
        ),
        ("[\"bao\", \"login\", \"hunter2\"]", "[\"bao\", \"login\", \"*\"]"),
        ("- vault\n- login\n- hunter2\n", "- vault\n- login\n- *\n"),
        (
            "vault login -method=userpass username=app",
            "vault login -method=userpass username=app",
        ),
        ("PRAGMA key = 'hunter2'; SELECT 1", "PRAGMA key = '*'; SELECT 1"),
        (
            "sqlcipher a.db \"pragma main.rekey=\\\"x'2dd2'\\\"\"",
            "sqlcipher a.db \"pragma main.rekey=\\\"*\\\"\"",
        ),
        ("PRAGMA hexkey(2DD29CA851E7);", "PRAGMA hexkey(*);"),
        ("denied: api-token is hunter2.", "denied: api-token is *."),
        (
            "the password is \"hunter two\", which is weak",
            "the password is \"*\", which is weak",
        ),
        ("redis-benchmark -a hunter2 -q", "redis-benchmark -a * -q"),
        ("- mysql\n- -phunter2\n- shop", "- mysql\n- -p*\n- shop"),
        (
            "[\"redis-cli\", \"-a\", \"hunter2\", \"ping\"]",
            "[\"redis-cli\", \"-a\", \"*\", \"ping\"]",
        ),
        ("- --password\n- hunter2\n- --v", "- --password\n- *\n- --v"),
        ("--password=\"abc\"def -x", "--password=\"*"),
        ("password: {SSHA}abcdef", "password: *"),
        (
            "['host' => 'pg', 'password' => 'hunter2', 'port' => 1]",
            "['host' => 'pg', 'password' => '*', 'port' => 1]",
        ),
        (":password=>\"hunter2\"", ":password=>\"*\""),
        (
            "{host:\"pg\",password:\"hunter2\"}",
            "{host:\"pg\",password:\"*\"}",
        ),
        ("{password:'hunter2',port:1}", "{password:'*',port:1}"),
        (
            "password = \"\"\"\nhun\nter2\"\"\"\nhost = 1",
            "password = \"\"\"*\"\"\"\nhost = 1",
        ),
        (
            "password = '''hunter2'''\nhost = 1",
            "password = '''*'''\nhost = 1",
        ),
        (
            "define( 'DB_HOST', 'pg' );\ndefine('DB_PASSWORD', 'hunter2');",
            "define( 'DB_HOST', 'pg' );\ndefine('DB_PASSWORD', '*');",
        ),
        (
            "os.environ['DB_PASSWORD'] = 'hunter2'\n$db[\"password\"] = \"hunter2\";",
            "os.environ['DB_PASSWORD'] = '*'\n$db[\"password\"] = \"*\";",
        ),
        (
            "System.setProperty(\"db.password\", \"hunter2\")",
            "System.setProperty(\"db.password\", \"*\")",
        ),
        ("kind: Secret\ndata:\n  a: aHVudGVyMg==\n", "*"),
        (
            "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"data\":{\"a\":\"b\"}}",
            "*",
        ),
        (
            "passwörter: ü\npassword: hüntér2\nx: é",
            "passwörter: ü\npassword: *\nx: é",
        ),
    ] {
        becomes(before, after);
    }
}

/// A text made to be read again and again ends, and is masked.
#[test]
fn hostile_texts_take_no_quadratic_time() {
    for piece in [
        "token: [\n",
        "token=a ",
        "token=\"password:'",
        "://a@",
        "eyJ-",
        "sk-a-",
        "-----BEGIN A KEY-----",
        "password password ",
        "--token ",
        "LS0tLS1CRUdJTi/",
        "name=",
        "<a>",
        "token:\n ",
        "user a on >b ",
        "setuser a on >b ",
        "user ",
        "AUTH a ",
        "rabbitmqctl add_user ",
        "aws configure set ",
        "htpasswd ",
        "echo a | b --password-stdin ",
        "--from-literal=a=",
        "-token ",
        "AUTH ${A} ",
        "auth redis-cli ",
        "stats auth ",
        "token is a1b2 ",
        "set requirepass a ",
        "a on >b ~c ",
        "echo a:b | chpasswd ",
        "| chpasswd ",
        "echo : '",
        "chpasswd <<E\na:b\n",
        "chpasswd <<<'a:b ",
        "vault login ",
        "vault login -a ",
        "PRAGMA key = '",
        "pragma key=(",
    ] {
        let long = piece.repeat(100_000 / piece.len());
        let once = text(&long);
        assert_eq!(text(&once), once, "{piece:?}");
    }
}

//! Git, through the user's own `git`: with its configuration and credentials, but without questions.
//!
//! Contents are read and written as objects, never through a work tree: no file of the user is touched, no filter and no
//! change of line endings comes between, and what nobody committed is not looked at.

mod address;

pub use super::program::without_credentials;
pub use address::same_address;

use super::program::{self, Call, ProgramError};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// For what goes on in the repository itself.
const QUICK: Duration = Duration::from_mins(1);
/// For what goes over the network.
const SLOW: Duration = Duration::from_mins(5);
/// The commit that a repository is looked at.
const FETCHED: &str = "refs/envcheck/fetched";

/// By which repositories are fetched and pushed. An application's address is no folder of this machine.
const PROTOCOLS: &str = "https:ssh:http:git";

/// Who commits where nobody else does; no mail ever goes there.
const OWN_NAME: &str = "envcheck";
const OWN_MAIL: &str = "envcheck@localhost";

/// A repository.
#[derive(Debug, Clone)]
pub struct Repository {
    folder: PathBuf,
    interrupt: CancellationToken,
}

/// A file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `100644`, `100755`, `120000` for a link, `160000` for another repository.
    pub mode: String,
    /// The object with its content.
    pub object: String,
    /// In bytes; `None` where there is no content.
    pub size: Option<u64>,
    /// From the root, with `/`.
    pub path: String,
}

impl Entry {
    /// True for a file with content of its own.
    pub fn is_file(&self) -> bool {
        self.mode.starts_with("100")
    }
}

impl Repository {
    /// The repository that this folder is in.
    pub async fn open(folder: &Path, interrupt: CancellationToken) -> Result<Self, ProgramError> {
        let here = Self {
            folder: folder.to_owned(),
            interrupt,
        };
        let root = here
            .words(&["rev-parse", "--path-format=absolute", "--git-dir"])
            .await?;
        let top = here.words(&["rev-parse", "--show-toplevel"]).await;
        Ok(Self {
            folder: top.unwrap_or(root).into(),
            ..here
        })
    }

    /// Fetches one revision of a repository into a new one in `folder`; nothing before it.
    pub async fn fetched(
        address: &str,
        revision: &str,
        folder: &Path,
        interrupt: CancellationToken,
    ) -> Result<(Self, String), ProgramError> {
        let here = Self {
            folder: folder.to_owned(),
            interrupt,
        };
        here.words(&["init", "--quiet", "--bare", "."]).await?;
        let wanted = format!("+{revision}:{FETCHED}");
        let arguments = [
            "fetch",
            "--quiet",
            "--depth",
            "1",
            "--no-tags",
            "--",
            address,
            &wanted,
        ];
        here.run(&arguments, Vec::new(), &[], SLOW).await?;
        let commit = here.commit_of(FETCHED).await?;
        Ok((here, commit))
    }

    /// Its top folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The addresses of its remotes.
    pub async fn remotes(&self) -> Result<Vec<String>, ProgramError> {
        // It ends with 1 where there are none.
        let listed = self
            .words(&["config", "--get-regexp", r"^remote\..*\.url$"])
            .await;
        let listed = match listed {
            Err(ProgramError::Failed { .. }) => String::new(),
            other => other?,
        };
        let address = |line: &str| line.split_once(' ').map(|(_, address)| address.to_owned());
        Ok(listed.lines().filter_map(address).collect())
    }

    /// The commit that a name means.
    pub async fn commit_of(&self, name: &str) -> Result<String, ProgramError> {
        let name = format!("{name}^{{commit}}");
        self.words(&["rev-parse", "--verify", "--quiet", "--end-of-options", &name])
            .await
    }

    /// The branch that is checked out; `None` on a commit of its own.
    pub async fn branch(&self) -> Option<String> {
        self.words(&["symbolic-ref", "--quiet", "--short", "HEAD"])
            .await
            .ok()
    }

    /// All files of a commit.
    pub async fn entries(&self, commit: &str) -> Result<Vec<Entry>, ProgramError> {
        let arguments = ["ls-tree", "-r", "-z", "--long", "--full-tree", commit];
        let listed = self.run(&arguments, Vec::new(), &[], QUICK).await?;
        let lines = listed.split(|byte| *byte == 0).filter(|line| !line.is_empty());
        // A name that is not UTF-8 is no manifest's.
        Ok(lines
            .filter_map(|line| entry(std::str::from_utf8(line).ok()?))
            .collect())
    }

    /// The contents of these objects, in their order.
    pub async fn contents(&self, objects: &[&str]) -> Result<Vec<Vec<u8>>, ProgramError> {
        let mut asked = objects.join("\n").into_bytes();
        asked.push(b'\n');
        let told = self
            .run(&["cat-file", "--batch", "--buffer"], asked, &[], QUICK)
            .await?;
        contents(&told, objects.len()).ok_or_else(|| failed("it does not have all that it lists"))
    }

    /// Makes a commit in which these files have new content, and everything else is as in `parent`. No branch moves.
    pub async fn commit(
        &self,
        parent: &str,
        files: &[(&Entry, &[u8])],
        message: &str,
        index: &Path,
    ) -> Result<String, ProgramError> {
        let own = [("GIT_INDEX_FILE", OsString::from(index))];
        self.run(&["read-tree", parent], Vec::new(), &own, QUICK).await?;
        let mut lines = Vec::new();
        for (entry, content) in files {
            let told = self
                .run(&["hash-object", "-w", "--stdin"], content.to_vec(), &[], QUICK)
                .await?;
            let object = text(&told)?;
            lines.extend(format!("{} {object}\t{}\0", entry.mode, entry.path).into_bytes());
        }
        self.run(&["update-index", "-z", "--index-info"], lines, &own, QUICK)
            .await?;
        let tree = text(&self.run(&["write-tree"], Vec::new(), &own, QUICK).await?)?;
        let arguments = ["commit-tree", &tree, "-p", parent];
        let who = self.who().await;
        text(
            &self
                .run(&arguments, message.as_bytes().to_vec(), &who, QUICK)
                .await?,
        )
    }

    /// Who commits, where Git does not know: a job has no name of its own.
    async fn who(&self) -> Vec<(&'static str, OsString)> {
        if self.words(&["var", "GIT_COMMITTER_IDENT"]).await.is_ok() {
            return Vec::new();
        }
        let name = ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|variable| (variable, OWN_NAME.into()));
        let mail = ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|variable| (variable, OWN_MAIL.into()));
        name.into_iter().chain(mail).collect()
    }

    /// Makes a branch, which must not be there yet.
    pub async fn make_branch(&self, name: &str, commit: &str) -> Result<(), ProgramError> {
        let reference = self.reference(name).await?;
        // An empty old value: it is made only where there is none.
        self.words(&["update-ref", &reference, commit, ""]).await?;
        Ok(())
    }

    /// Pushes a commit as a new branch, which must not be there yet.
    pub async fn push(&self, address: &str, name: &str, commit: &str) -> Result<(), ProgramError> {
        let reference = self.reference(name).await?;
        let absent = format!("--force-with-lease={reference}:");
        let pushed = format!("{commit}:{reference}");
        let arguments = ["push", "--quiet", &absent, "--", address, &pushed];
        self.run(&arguments, Vec::new(), &[], SLOW).await?;
        Ok(())
    }

    /// The whole name of a branch.
    async fn reference(&self, name: &str) -> Result<String, ProgramError> {
        let reference = format!("refs/heads/{name}");
        let valid = self.words(&["check-ref-format", &reference]).await;
        // What Git itself calls so, or begins so, would be taken for something else.
        let head =
            name.ends_with("HEAD") && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        let taken = head || name == "@" || name.starts_with("refs/") || name.starts_with(['-', '+']);
        if taken || valid.is_err() {
            return Err(failed(&format!("{name:?} is no name for a branch")));
        }
        let remotes = self.words(&["remote"]).await.unwrap_or_default();
        let first = name.split('/').next().unwrap_or(name);
        if first == "origin" || remotes.lines().any(|remote| remote == first) {
            return Err(failed(&format!(
                "{name:?} is no name for a branch: {first} is a remote repository"
            )));
        }
        Ok(reference)
    }

    async fn words(&self, arguments: &[&str]) -> Result<String, ProgramError> {
        text(&self.run(arguments, Vec::new(), &[], QUICK).await?)
    }

    async fn run(
        &self,
        arguments: &[&str],
        input: Vec<u8>,
        variables: &[(&'static str, OsString)],
        patience: Duration,
    ) -> Result<Vec<u8>, ProgramError> {
        let mut variables = variables.to_vec();
        for (name, value) in [
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("LC_ALL", "C"),
        ] {
            variables.push((name, value.into()));
        }
        // What the user has decided stays.
        for (name, value) in [
            ("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
            ("GIT_ALLOW_PROTOCOL", PROTOCOLS),
        ] {
            if std::env::var_os(name).is_none() {
                variables.push((name, value.into()));
            }
        }
        let call = Call {
            program: "git",
            arguments: arguments.iter().map(OsString::from).collect(),
            folder: Some(&self.folder),
            variables,
            input,
            patience,
        };
        program::run(call, &self.interrupt).await
    }
}

/// That a branch may be called so.
pub async fn branch_name(name: &str, interrupt: &CancellationToken) -> Result<(), ProgramError> {
    let anywhere = Repository {
        folder: std::env::temp_dir(),
        interrupt: interrupt.clone(),
    };
    anywhere.reference(name).await.map(drop)
}

fn failed(words: &str) -> ProgramError {
    ProgramError::Failed {
        program: "git".to_owned(),
        words: words.to_owned(),
    }
}

fn text(told: &[u8]) -> Result<String, ProgramError> {
    let text = std::str::from_utf8(told).map_err(|_| failed("what it said is no text"))?;
    Ok(text.trim_end_matches('\n').to_owned())
}

/// `100644 blob 8ab6…     123\tpath`
fn entry(line: &str) -> Option<Entry> {
    let (facts, path) = line.split_once('\t')?;
    let mut facts = facts.split_ascii_whitespace();
    let (mode, _, object, size) = (facts.next()?, facts.next()?, facts.next()?, facts.next()?);
    Some(Entry {
        mode: mode.to_owned(),
        object: object.to_owned(),
        size: size.parse().ok(),
        path: path.to_owned(),
    })
}

/// `<object> blob <size>\n<bytes>\n`, again and again.
fn contents(mut told: &[u8], number: usize) -> Option<Vec<Vec<u8>>> {
    let mut found = Vec::with_capacity(number);
    for _ in 0..number {
        let end = told.iter().position(|byte| *byte == b'\n')?;
        let head = std::str::from_utf8(told.get(..end)?).ok()?;
        let size: usize = head.rsplit_once(' ')?.1.parse().ok()?;
        let start = end + 1;
        found.push(told.get(start..start + size)?.to_vec());
        told = told.get(start + size + 1..)?;
    }
    Some(found)
}

/// What a person does with Git, for tests.
#[cfg(test)]
pub(crate) fn by_hand(folder: &Path, words: &[&str]) -> String {
    let mut command = std::process::Command::new("git");
    for setting in [
        "user.name=t",
        "user.email=t@example.com",
        "init.defaultBranch=main",
    ] {
        command.args(["-c", setting]);
    }
    let done = command.args(words).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_called_neither_as_git_calls_its_own_nor_as_a_remote() {
        let runtime = crate::clients::runtime::start().unwrap();
        let named = |name: &str| runtime.block_on(super::branch_name(name, &CancellationToken::new()));
        for name in [
            "HEAD",
            "FETCH_HEAD",
            "ORIG_HEAD",
            "MERGE_HEAD",
            "+fix",
            "@",
            "refs/heads/x",
            "-x",
            "",
            "origin",
            "origin/fix",
        ] {
            assert!(named(name).is_err(), "{name:?}");
        }
        for name in ["fix", "envcheck/fix", "AHEAD-of-it", "original/fix"] {
            assert!(named(name).is_ok(), "{name:?}");
        }
    }

    #[tokio::test]
    async fn a_commit_is_made_beside_what_is_checked_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let git = |words: &[&str]| by_hand(root, words);
        git(&["init", "--quiet"]);
        git(&["config", "user.name", "t"]);
        git(&["config", "user.email", "t@example.com"]);
        std::fs::create_dir_all(root.join("deploy")).unwrap();
        std::fs::write(root.join("deploy/a b.yaml"), "a: 1\r\n").unwrap();
        std::fs::write(root.join("c.yaml"), "c: 1\n").unwrap();
        git(&["add", "."]);
        git(&["commit", "--quiet", "-m", "first"]);
        std::fs::write(root.join("c.yaml"), "not committed\n").unwrap();

        let repository = Repository::open(&root.join("deploy"), CancellationToken::new())
            .await
            .unwrap();
        assert_eq!(
            repository.folder().canonicalize().unwrap(),
            root.canonicalize().unwrap()
        );
        assert_eq!(repository.branch().await.as_deref(), Some("main"));
        assert_eq!(repository.remotes().await.unwrap(), Vec::<String>::new());
        let head = repository.commit_of("HEAD").await.unwrap();
        let entries = repository.entries(&head).await.unwrap();
        assert_eq!(
            entries
                .iter()
                .map(|entry| entry.path.as_str())
                .collect::<Vec<_>>(),
            ["c.yaml", "deploy/a b.yaml"]
        );
        let objects: Vec<&str> = entries.iter().map(|entry| entry.object.as_str()).collect();
        assert_eq!(
            repository.contents(&objects).await.unwrap(),
            [b"c: 1\n".to_vec(), b"a: 1\r\n".to_vec()]
        );

        let index = folder.path().join("own-index");
        let commit = repository
            .commit(&head, &[(&entries[1], b"a: 2\r\n")], "second\n", &index)
            .await
            .unwrap();
        repository.make_branch("fix/one", &commit).await.unwrap();
        assert_eq!(
            git(&["show", "--stat", "--format=%s", "fix/one"]).lines().next(),
            Some("second")
        );
        assert_eq!(
            git(&["diff", "--name-only", "main", "fix/one"]),
            "\"deploy/a b.yaml\"".replace('"', "")
        );
        assert_eq!(
            std::fs::read_to_string(root.join("c.yaml")).unwrap(),
            "not committed\n"
        );
        assert!(
            repository.make_branch("fix/one", &head).await.is_err(),
            "a branch is not moved"
        );
        assert!(repository.make_branch("--force", &head).await.is_err());
    }
}

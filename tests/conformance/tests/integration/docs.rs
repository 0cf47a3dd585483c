//! Runs the commands in the docs, page by page as a reader would, in a folder that has the files they name.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use crate::diff::git;
use crate::emulate::Emulate;
use crate::recordings::conversation::conversation;
use crate::recordings::recorders::recorded;
use crate::replay::TOOLS;
use crate::{CONTRACT, snapshot};

/// The pages, from the root.
const PAGES: [&str; 8] = [
    "README.md",
    "src/guide/check-recorded-traffic.md",
    "src/guide/gate-your-ci.md",
    "src/guide/grade-a-client.md",
    "src/guide/test-your-service.md",
    "src/guide/update-the-contract.md",
    "tests/conformance/README.md",
    "tests/emulator/README.md",
];

/// What stands in for the programs of a reader, and for those that other tests or CI run.
const PROGRAMS: [(&[&str], &str); 6] = [
    (&["cargo"], r#"case "$1 $2" in "run ") exec zerogate ;; "run --") shift 2; exec zerogate "$@" ;; esac"#),
    (
        &["npm", "pytest", "python3", "my-client"],
        r#"exec curl -s -X POST -H "Authorization: Bearer $GATE_KEY" "${API_URL:-$GATE_API_BASE_URL}/gate_sessions/${GATE_SESSION_ID:-none}/cancel""#,
    ),
    (&["node", "java"], r#"while read -r line; do echo '{"outcome":"unknown"}'; done"#),
    (&["podman"], ""),
    (&["jq"], "exec cat"),
    // A reader types more slowly than the emulator starts.
    (&["curl"], r#"for try in $(seq 5000); do "$CURL" "$@"; code=$?; [ $code -eq 7 ] || break; done; exit $code"#),
];

/// Ends a command that runs until Ctrl-C, once it has printed something: by SIGTERM, because a shell lets what it runs in
/// the background ignore SIGINT.
const UNTIL_CTRL_C: &str =
    r#"until_ctrl_c() { until [ -s printed ]; do kill -0 $1 || break; done; kill $1; wait $1; }"#;

fn is_until_ctrl_c(command: &str) -> bool {
    let is_proxy = command.contains(" proxy ") && !command.contains(" -- ");
    (is_proxy || command.contains(" emulate")) && !command.ends_with('&')
}

/// The commands in the shell blocks of a page, without comments.
fn commands(page: &str) -> Vec<String> {
    let mut is_shell = false;
    let mut commands = Vec::new();
    let mut begun = String::new();
    for line in page.lines() {
        if line.starts_with("```") {
            is_shell = line == "```sh";
        } else if is_shell && !line.starts_with('#') && !line.trim().is_empty() {
            let line = line.split_once(" # ").map_or(line, |(command, _)| command).trim();
            match line.strip_suffix('\\') {
                Some(part) => begun += part,
                None => commands.push(std::mem::take(&mut begun) + line),
            }
        }
    }
    commands
}

/// A folder with the files that the commands name.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for name in ["bin", "openapi", "target"] {
        fs::create_dir(path.join(name)).unwrap();
    }
    let newer =
        CONTRACT.replacen("    GateSessionStatus:\n", "    Unused: {type: string}\n    GateSessionStatus:\n", 1);
    assert_ne!(newer, CONTRACT);
    let recording = recorded(&conversation()).to_string();
    for (name, text) in [
        ("openapi/gate-v1.yaml", CONTRACT),
        ("vendor.yaml", &newer),
        ("api.yaml", CONTRACT),
        ("known.toml", ""),
        ("traffic.har", &recording),
        ("tests.har", &recording),
    ] {
        fs::write(path.join(name), text).unwrap();
    }
    for (names, program) in PROGRAMS {
        for name in names {
            let file = path.join("bin").join(name);
            fs::write(&file, format!("#!/bin/sh\n{program}\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    symlink("bin/my-client", path.join("my-client")).unwrap();
    symlink(env!("CARGO_BIN_EXE_zerogate"), path.join("bin/zerogate")).unwrap();
    git(path, &["init", "--quiet", "--initial-branch", "main"]);
    git(path, &["add", "openapi"]);
    git(path, &["commit", "--quiet", "--message", "Add the contract"]);
    folder
}

/// Runs the commands of a page in one shell; returns each with its exit code.
fn run(page: &str) -> String {
    let server = Emulate::start();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let stands_in = [
        ("http://localhost:4000/v1", &*server.base_url),
        ("http://localhost:4000", &server.base_url),
        ("http://localhost:3000/api", &server.base_url),
        ("https://gate-api-sandbox.0bit.app/v1", &server.base_url),
        ("4010", &port),
        ("https://staging.example/v1", "http://127.0.0.1:4010/v1"),
        (" URL", &format!(" {}", server.base_url)),
        ("sk_test_...", &server.partner),
        ("FILE...", "traffic.har"),
        ("FILE", "vendor.yaml"),
        ("OLD NEW", "openapi/gate-v1.yaml vendor.yaml"),
        ("COMMAND", "npm test"),
    ];
    let folder = folder();
    let commands = commands(page);
    let mut script = format!("{UNTIL_CTRL_C}\ntrap 'test -z \"$started\" || kill $started' EXIT\n");
    for command in &commands {
        let mut line = command.clone();
        for (name, other) in stands_in {
            line = line.replace(name, other);
        }
        if is_until_ctrl_c(&line) {
            line = format!(": >printed\n{line} >printed 2>&1 &\nuntil_ctrl_c $!");
        } else if line.ends_with('&') {
            line += "\nstarted=\"$started $!\"";
        }
        writeln!(script, "{line}\necho $? >>codes").unwrap();
    }
    // A command that ends in `&` has the code 0 even if it fails. The first command lets the shell notice that it ended.
    script += "sh -c :\nfor one in $started; do kill -0 $one || echo ended early >>codes; done\n";
    let which = Command::new("sh").args(["-c", "command -v curl"]).output().unwrap();
    let mut shell = Command::new("sh");
    let path = format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
    for variable in ["GATE_OTHER_KEY", "GATE_SESSION_ID"] {
        shell.env_remove(variable);
    }
    shell.args(["-c", &script]).current_dir(folder.path()).stdin(Stdio::null());
    shell
        .env("PATH", path)
        .env("CURL", String::from_utf8(which.stdout).unwrap().trim())
        .env("EDITOR", "true")
        .env("GATE_API_BASE_URL", &server.base_url)
        .env("GATE_KEY", &server.partner);
    shell.env("GITHUB_STEP_SUMMARY", folder.path().join("summary.md"));
    let output = shell.output().unwrap();
    let codes = fs::read_to_string(folder.path().join("codes")).unwrap();
    let told = || String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(codes.lines().count(), commands.len(), "{}", told());
    commands.iter().zip(codes.lines()).fold(String::new(), |table, (command, code)| {
        assert!(["0", "1", "3", "143"].contains(&code), "{command}: {code}\n{}", told());
        table + code + "  " + command + "\n"
    })
}

#[test]
fn the_commands_in_the_docs_work() {
    if TOOLS.is_err() {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let table = thread::scope(|scope| {
        let run = |page: &'static str| format!("{page}\n{}\n", run(&fs::read_to_string(root.join(page)).unwrap()));
        let running = PAGES.map(|page| scope.spawn(move || run(page)));
        running.map(|page| page.join().unwrap()).concat()
    });
    snapshot::check("docs-commands", "The exit codes of the commands in the docs.", &table);
}

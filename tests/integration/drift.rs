//! Single edits of a contract, and what the gate reports for each before anybody's code breaks.

mod edits;
mod generator;
mod verdicts;

use std::fmt::Write as _;
use std::sync::LazyLock;

use zerogate_contract::{Contract, ContractError, Document, Inventory};
use zerogate_generate::{BINDINGS, Generated, HOST_TYPES, generate, lower, missing};

use crate::snapshot::with_settings;

/// The contract that is edited.
const BASE: &str = include_str!("drift/base.yaml");

/// The text that an edit replaces, and its replacement. The old text occurs in the contract once.
struct Edit {
    title: &'static str,
    from: &'static str,
    to: &'static str,
}

const EDITS: &[Edit] = &[
    Edit {
        title: "a field of the session is removed",
        from: "        partner_id:
          type: string
          description: The partner that owns the session.
          x-source: example
",
        to: "",
    },
    Edit { title: "a field is renamed", from: "        kyc_pre_verified:\n", to: "        kyc_verified:\n" },
    Edit {
        title: "a field is retyped",
        from: "        kyc_pre_verified:\n          type: boolean\n",
        to: "        kyc_pre_verified:\n          type: string\n",
    },
    Edit {
        title: "a field is made nullable",
        from: "        currency:
          type: string
          description: The currency of `amount`, such as `EUR`.
          x-source: example
",
        to: "        currency:
          type: string
          nullable: true
          description: The currency of `amount`, such as `EUR`.
          x-source: example
",
    },
    Edit {
        title: "a field is made optional",
        from: "        - user_reference\n        - kyc_pre_verified\n",
        to: "        - kyc_pre_verified\n",
    },
    Edit {
        title: "an enum value is added",
        from: "enum: [open, completed, expired, cancelled]",
        to: "enum: [open, completed, expired, cancelled, refunded]",
    },
    Edit {
        title: "an enum value is removed",
        from: "enum: [open, completed, expired, cancelled]",
        to: "enum: [open, completed, cancelled]",
    },
    Edit {
        title: "a format is changed",
        from: "        expires_at:\n          type: string\n          format: date-time\n",
        to: "        expires_at:\n          type: string\n          format: date\n",
    },
    Edit {
        title: "the success of cancelSession becomes 200",
        from: "        \"201\":\n          description: |\n            The session was open",
        to: "        \"200\":\n          description: |\n            The session was open",
    },
    Edit {
        title: "cancelSession has no 409 any more",
        from: "        \"409\":\n          $ref: \"#/components/responses/Conflict\"\n",
        to: "",
    },
    Edit {
        title: "the request id of a conflict is dropped",
        from: "        retrying.
      headers:
        X-Request-Id:
          $ref: \"#/components/headers/ErrorRequestId\"
",
        to: "        retrying.\n",
    },
    Edit {
        title: "the request id of errors becomes optional",
        from: "as `request_id`.\n      required: true\n",
        to: "as `request_id`.\n      required: false\n",
    },
    Edit {
        title: "the path of cancelSession is changed",
        from: "  /gate_sessions/{id}/cancel:\n",
        to: "  /gate_sessions/{id}/cancellation:\n",
    },
    Edit {
        title: "cancelSession is renamed",
        from: "      operationId: cancelSession\n",
        to: "      operationId: voidSession\n",
    },
    Edit {
        title: "cancelSession asks for no key any more",
        from: "      operationId: cancelSession\n",
        to: "      operationId: cancelSession\n      security: []\n",
    },
    Edit { title: "the key travels otherwise", from: "      scheme: bearer\n", to: "      scheme: basic\n" },
    Edit {
        title: "cancelSession takes a body",
        from: "      operationId: cancelSession\n",
        to: "      operationId: cancelSession
      requestBody:
        content:
          application/json:
            schema:
              type: object
",
    },
    Edit {
        title: "a field of the envelope is retyped",
        from: "        statusCode:\n          type: integer\n",
        to: "        statusCode:\n          type: string\n",
    },
    Edit { title: "the schema of the session is renamed", from: "    GateSession:\n", to: "    Session:\n" },
    Edit {
        title: "a keyword is misspelt",
        from: "          nullable: true\n          enum: [on_ramp",
        to: "          nulable: true\n          enum: [on_ramp",
    },
    Edit {
        title: "a key stands twice",
        from: "    ErrorType:\n      type: string\n",
        to: "    ErrorType:\n      type: string\n      type: string\n",
    },
];

/// Edits that do not affect the hand-written code: it still builds, but the change is reported.
///
/// Vendors make such edits without notice.
const TOLERATED: &[(&str, &[Edit])] = &[
    (
        "cancelSession takes an optional header",
        &[Edit {
            title: "the parameter",
            from: "        A session of another partner gets the same response as one that does not exist, with `404`.
      parameters:
",
            to: "        A session of another partner gets the same response as one that does not exist, with `404`.
      parameters:
        - name: X-Trace
          in: header
          required: false
          schema:
            type: string
",
        }],
    ),
    (
        "a field is added to the session",
        &[Edit {
            title: "the field",
            from: "        kyc_pre_verified:\n",
            to: "        settled_at:\n          type: string\n          format: date-time\n        kyc_pre_verified:\n",
        }],
    ),
    (
        "an inline enum moves into a named component",
        &[
            Edit {
                title: "the reference",
                from: "        object:
          type: string
          enum: [gate_session]
          description: Says what kind of object this is.
",
                to: "        object:\n          $ref: \"#/components/schemas/SessionKind\"\n",
            },
            Edit {
                title: "the component",
                from: "    GateSessionMode:\n",
                to: "    SessionKind:\n      type: string\n      enum: [gate_session]\n    GateSessionMode:\n",
            },
        ],
    ),
];

fn edited(contract: &str, edit: &Edit) -> String {
    let found = contract.matches(edit.from).count();
    assert_eq!(found, 1, "{}: the text to replace occurs in the contract {found} times", edit.title);
    contract.replace(edit.from, edit.to)
}

/// Builds a contract as the build script does.
fn build(text: &str) -> Result<(Inventory, Generated), ContractError> {
    let contract = Contract::of(Document::parse("gate-v1.yaml", text)?);
    let lowered = lower(&contract)?;
    let inventory = Inventory::of(&contract);
    ContractError::unless_none(missing(&contract, &inventory, BINDINGS))?;
    let generated = generate(&contract, &inventory, &lowered, &HOST_TYPES)?;
    Ok((inventory, generated))
}

/// The lines that differ between two texts, marked as in a diff.
fn changed(before: &str, after: &str) -> Vec<String> {
    let gone = before
        .lines()
        .filter(|line| !after.lines().any(|other| other == *line))
        .map(|line| format!("- {}", line.trim()));
    let new = after
        .lines()
        .filter(|line| !before.lines().any(|other| other == *line))
        .map(|line| format!("+ {}", line.trim()));
    gone.chain(new).collect()
}

/// The reports of each gate on an edited contract; empty if none notices.
fn verdict(text: &str) -> Vec<String> {
    static UNEDITED: LazyLock<(Inventory, Generated)> =
        LazyLock::new(|| build(BASE).expect("the contract as it is can be built"));
    let (contract, client) = &*UNEDITED;
    match build(text) {
        Err(refusal) => refusal.to_string().lines().map(|line| format!("build: {line}")).collect(),
        Ok((edited_contract, edited_client)) => {
            let contract = changed(&contract.to_string(), &edited_contract.to_string());
            let client = changed(&client.surface.to_string(), &edited_client.surface.to_string());
            let contract = contract.iter().map(|line| format!("contract: {line}"));
            contract.chain(client.iter().map(|line| format!("generated surface: {line}"))).collect()
        }
    }
}

#[test]
fn the_contract_as_it_is_says_nothing() {
    assert_eq!(verdict(BASE), Vec::<String>::new());
}

#[test]
fn every_single_edit_is_noticed_and_named() {
    let mut table = String::new();
    for edit in EDITS {
        let said = verdict(&edited(BASE, edit));
        assert!(!said.is_empty(), "nothing notices that {}", edit.title);
        let _ = writeln!(table, "{}", edit.title);
        for line in said {
            let _ = writeln!(table, "    {line}");
        }
    }
    with_settings("The reports on single edits of the contract", || {
        insta::assert_snapshot!("drift", table);
    });
}

#[test]
fn edits_that_the_hand_written_code_tolerates_still_build_and_are_shown() {
    for (title, edits) in TOLERATED {
        let text = edits.iter().fold(BASE.to_owned(), |text, edit| edited(&text, edit));
        if let Err(refusal) = build(&text) {
            panic!("{title}: {refusal}");
        }
        assert!(!verdict(&text).is_empty(), "nothing shows that {title}");
    }
}

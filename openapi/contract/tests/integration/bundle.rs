//! Documents of several files, with the files in memory.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};
use zerogate_contract::{Bundle, Contract, ContractError, Document, Files, Problem, bundle};

/// Files by path; a text that begins with `->` is a symbolic link.
struct Memory(BTreeMap<PathBuf, String>);

impl Files for Memory {
    fn find(&self, from: &Path, path: &Path) -> std::io::Result<PathBuf> {
        let mut found = PathBuf::new();
        for part in from.parent().unwrap().join(path).components() {
            match part {
                Component::ParentDir => drop(found.pop()),
                Component::CurDir => {}
                part => found.push(part),
            }
        }
        match self.0.get(&found) {
            Some(text) => Ok(text.strip_prefix("->").map_or(found, PathBuf::from)),
            None => Err(Error::new(ErrorKind::NotFound, "no such file")),
        }
    }

    fn text(&self, file: &Path) -> Result<String, ContractError> {
        let missing = || Problem {
            file: self.name(file),
            position: None,
            pointer: String::new(),
            message: "gone".to_owned(),
            help: String::new(),
        };
        self.0.get(file).cloned().ok_or_else(|| ContractError::from(missing()))
    }

    fn name(&self, file: &Path) -> String {
        file.display().to_string()
    }
}

const HEAD: &str = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\n";

/// Bundles `v/api.yaml`, which has this text after its head, with other files below `v`.
fn bundled(version: &str, api: &str, others: &[(&str, &str)]) -> Result<Bundle, ContractError> {
    let text = format!("{}{api}", HEAD.replace("3.0.3", version));
    let mut files: BTreeMap<PathBuf, String> =
        others.iter().map(|(path, text)| (Path::new("v").join(path), (*text).to_owned())).collect();
    let root = Path::new("v/api.yaml");
    files.insert(root.to_owned(), text.clone());
    let files = Memory(files.into_iter().map(|(path, text)| (plain(&path), text)).collect());
    bundle(Document::parse("v/api.yaml", &text)?, root, &files, false)
}

fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// An operation whose response has this schema.
fn responding(schema: &str) -> String {
    format!(
        "paths: {{/a: {{get: {{operationId: a, responses: {{200: {{description: A, content: {{application/json: {{schema: {schema}}}}}}}}}}}}}}}\n"
    )
}

/// Checks the value at a pointer of the bundle.
#[track_caller]
fn becomes(api: &str, others: &[(&str, &str)], at: &str, wanted: Value) {
    let bundle = bundled("3.0.3", api, others).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(bundle.document.value().pointer(at), Some(&wanted), "{:#}", bundle.document.value());
    // The bundle refers to no other file.
    let again = serde_json::to_string(bundle.document.value()).unwrap();
    assert!(!again.contains(".yaml") || again.contains("https:"), "{again}");
}

/// Checks the error for a document that cannot be bundled.
#[track_caller]
fn refused(api: &str, others: &[(&str, &str)], wanted: &str) {
    let error = bundled("3.0.3", api, others).expect_err("it was accepted");
    let told: Vec<String> = error.problems().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].contains(wanted), "{told:#?}");
}

const A_SCHEMA: &str = "/paths/~1a/get/responses/200/content/application~1json/schema";

mod schemas {
    use super::*;

    cases!(becomes {
        a_whole_file: (&responding("{$ref: flow.yaml}"), &[("flow.yaml", "type: string")], A_SCHEMA, json!({"$ref": "#/components/schemas/flow"}));
        a_place_in_a_file: (&responding("{$ref: './all.yaml#/defs/Flow'}"), &[("all.yaml", "defs: {Flow: {type: string}}")], "/components/schemas/Flow", json!({"type": "string"}));
        a_place_with_escapes: (&responding("{$ref: 'a%20b.yaml#/x~1y%7E1'}"), &[("a b.yaml", "'x/y/': {type: string}")], "/components/schemas/x_y_", json!({"type": "string"}));
        an_anchor: (&responding("{$ref: 'all.yaml#flow'}"), &[("all.yaml", "a: {b: {$anchor: flow, type: string}}")], "/components/schemas/b/type", json!("string"));
        the_component_that_stands_for_it: (&(responding("{$ref: flow.yaml}") + "components: {schemas: {Flow: {$ref: flow.yaml}}}\n"), &[("flow.yaml", "type: string")], "/components/schemas", json!({"Flow": {"type": "string"}}));
        a_chain_through_files: (&responding("{$ref: a.yaml}"), &[("a.yaml", "$ref: d/b.yaml"), ("d/b.yaml", "$ref: '../c.yaml#/C'"), ("c.yaml", "C: {type: string}")], "/components/schemas", json!({"C": {"type": "string"}}));
        files_that_refer_to_each_other: (&responding("{$ref: a.yaml}"), &[("a.yaml", "properties: {b: {$ref: b.yaml}}"), ("b.yaml", "items: {$ref: a.yaml}")], "/components/schemas", json!({"a": {"properties": {"b": {"$ref": "#/components/schemas/b"}}}, "b": {"items": {"$ref": "#/components/schemas/a"}}}));
        back_to_the_document: (&(responding("{$ref: a.yaml}") + "components: {schemas: {B: {type: string}}}\n"), &[("a.yaml", "properties: {b: {$ref: 'api.yaml#/components/schemas/B'}}")], "/components/schemas/a/properties/b", json!({"$ref": "#/components/schemas/B"}));
        within_a_file: (&responding("{$ref: 'a.yaml#/x/A'}"), &[("a.yaml", "x: {A: {items: {$ref: '#/x/B'}}, B: {type: string}}")], "/components/schemas/A/items", json!({"$ref": "#/components/schemas/B"}));
        a_section_in_a_file: ("paths: {}\ncomponents: {schemas: {$ref: all.yaml}}\n", &[("all.yaml", "A: {items: {$ref: '#/B'}}\nB: {type: string}")], "/components/schemas", json!({"A": {"items": {"$ref": "#/components/schemas/B"}}, "B": {"type": "string"}}));
        the_values_of_a_discriminator: (&responding("{$ref: pet.yaml}"), &[("pet.yaml", "discriminator: {propertyName: k, mapping: {d: ./dog.yaml}}"), ("dog.yaml", "type: object")], "/components/schemas/pet/discriminator/mapping/d", json!("#/components/schemas/dog"));
        a_link_to_a_file_is_that_file: (&responding("{allOf: [{$ref: a.yaml}, {$ref: b.yaml}]}"), &[("a.yaml", "type: object"), ("b.yaml", "->v/a.yaml")], &format!("{A_SCHEMA}/allOf/1"), json!({"$ref": "#/components/schemas/a"}));
        data_is_no_reference: (&responding("{$ref: a.yaml}"), &[("a.yaml", "example: {$ref: 'https://b.example/c.yaml'}")], "/components/schemas/a/example", json!({"$ref": "https://b.example/c.yaml"}));
        the_network_is_left_alone: (&responding("{allOf: [{$ref: a.yaml}, {$ref: 'https://b.example/c.yaml'}]}"), &[("a.yaml", "type: object")], &format!("{A_SCHEMA}/allOf/1"), json!({"$ref": "https://b.example/c.yaml"}));
    });
}

mod others {
    use super::*;

    cases!(becomes {
        a_path_item: ("paths: {/a: {$ref: a.yaml, summary: S}}\n", &[("a.yaml", "summary: A\nget: {responses: {}}")], "/paths/~1a", json!({"summary": "S", "get": {"responses": {}}}));
        all_paths: ("paths: {$ref: p/all.yaml}\n", &[("p/all.yaml", "/a: {$ref: a.yaml}"), ("p/a.yaml", "get: {responses: {}}")], "/paths", json!({"/a": {"get": {"responses": {}}}}));
        an_operation: ("paths: {/a: {get: {$ref: a.yaml}}}\n", &[("a.yaml", "operationId: a\nresponses: {}")], "/paths/~1a/get", json!({"operationId": "a", "responses": {}}));
        a_parameter: ("paths: {/a: {parameters: [{$ref: p.yaml}]}}\n", &[("p.yaml", "{name: p, in: query, schema: {$ref: s.yaml}}"), ("s.yaml", "type: string")], "/components/parameters/p/schema", json!({"$ref": "#/components/schemas/s"}));
        a_response: ("paths: {/a: {get: {responses: {200: {$ref: 'r.yaml#/ok'}}}}}\n", &[("r.yaml", "ok: {description: A, headers: {h: {$ref: h.yaml}}}"), ("h.yaml", "schema: {type: string}")], "/components", json!({"responses": {"ok": {"description": "A", "headers": {"h": {"$ref": "#/components/headers/h"}}}}, "headers": {"h": {"schema": {"type": "string"}}}}));
        a_callback: ("paths: {/a: {post: {callbacks: {c: {$ref: c.yaml}}, responses: {}}}}\n", &[("c.yaml", "'{$url}': {post: {requestBody: {$ref: b.yaml}}}"), ("b.yaml", "content: {}")], "/components/callbacks/c", json!({"{$url}": {"post": {"requestBody": {"$ref": "#/components/requestBodies/b"}}}}));
    });

    #[test]
    fn links_lead_to_operations_of_the_bundle_and_what_stays_outside_is_listed() {
        let api = "paths: {/a: {$ref: 'd/p.yaml#/paths/~1a'}, /b: {get: {responses: {200: {links: {a: {operationRef: 'd/p.yaml#/paths/~1a/get'}, c: {operationRef: 'd/p.yaml#/paths/~1c/get'}, d: {operationRef: 'https://gate.example/#/paths/~1d/get'}}}}}}}\n";
        let p = "paths: {/a: {get: {responses: {200: {links: {b: {operationRef: '../api.yaml#/paths/~1b/get'}, a: {operationRef: '#/paths/~1a/get'}}, content: {application/json: {examples: {one: {externalValue: one.json}, two: {externalValue: 'https://gate.example/two.json'}}}}}}}}, /c: {get: {responses: {}}}}";
        let bundle = bundled("3.0.3", api, &[("d/p.yaml", p)]).unwrap();
        let root = bundle.document.value();
        let link = |path: &str, name: &str| {
            let at = format!("/paths/~1{path}/get/responses/200/links/{name}/operationRef");
            root.pointer(&at).and_then(Value::as_str).map(str::to_owned).unwrap()
        };
        assert_eq!(link("b", "a"), "#/paths/~1a/get");
        assert_eq!(link("a", "b"), "#/paths/~1b/get");
        assert_eq!(link("a", "a"), "#/paths/~1a/get");
        let outside = "d/p.yaml#/paths/~1c/get";
        assert_eq!(link("b", "c"), outside);
        let examples = "/paths/~1a/get/responses/200/content/application~1json/examples";
        assert_eq!(
            root.pointer(examples),
            Some(
                &json!({"one": {"externalValue": "d/one.json"}, "two": {"externalValue": "https://gate.example/two.json"}})
            )
        );
        let left = [
            (format!("{examples}/one/externalValue"), "one.json".to_owned()),
            ("/paths/~1b/get/responses/200/links/c/operationRef".to_owned(), outside.to_owned()),
        ];
        assert_eq!(bundle.left, left);
    }

    #[test]
    fn names_that_are_taken_get_a_number_that_is_listed() {
        let api = responding("{allOf: [{$ref: 'a.yaml#/Flow'}, {$ref: 'b.yaml#/Flow'}, {$ref: 'a.yaml#/Flow'}]}")
            + "components: {schemas: {Flow: {type: boolean}}}\n";
        let others = [("a.yaml", "Flow: {type: string}"), ("b.yaml", "Flow: {type: integer}")];
        let bundle = bundled("3.0.3", &api, &others).unwrap();
        let schemas = &bundle.document.value()["components"]["schemas"];
        assert_eq!(
            *schemas,
            json!({"Flow": {"type": "boolean"}, "Flow-2": {"type": "string"}, "Flow-3": {"type": "integer"}})
        );
        let renamed =
            [("v/a.yaml#/Flow", "#/components/schemas/Flow-2"), ("v/b.yaml#/Flow", "#/components/schemas/Flow-3")];
        assert_eq!(bundle.renamed, renamed.map(|(from, to)| (from.to_owned(), to.to_owned())));
        assert_eq!(bundle.files, ["v/a.yaml", "v/b.yaml"]);
    }

    #[test]
    fn everything_has_its_written_position() {
        let api = "paths:\n  /a:\n    $ref: a.yaml\n    summary: S\n";
        let a = "get:\n  operationId: a\n  responses:\n    200: {description: A, content: {application/json: {schema: {$ref: 's.yaml#/x/S'}}}}\n";
        let s = "x:\n  S:\n    type: object\n    <<: {title: T}\n    properties:\n      b: {type: string}\n";
        let document = bundled("3.0.3", api, &[("a.yaml", a), ("s.yaml", s)]).unwrap().document;
        for (at, place) in [
            ("/paths/~1a/summary", "v/api.yaml:6:5: /paths/~1a/summary"),
            ("/paths/~1a/get/responses/200", "v/a.yaml:4:5: /get/responses/200"),
            ("/components/schemas/S/properties/b/type", "v/s.yaml:6:11: /x/S/properties/b/type"),
            ("/info/title", "v/api.yaml:2:8: /info/title"),
        ] {
            assert_eq!(document.problem(at, "", "").to_string(), format!("{place}: "));
        }
        // And so when it is rewritten.
        let contract = Contract::of(document);
        let note = contract.notes().iter().find(|note| note.mistake).unwrap();
        let told = contract.document().problem_in_text(&*note.pointer, "", "").to_string();
        assert_eq!(told, "v/s.yaml:4:5: /x/S/<<: ");
    }
}

mod refusals {
    use super::*;

    cases!(refused {
        a_file_that_is_not_there: (&responding("{allOf: [{$ref: a.yaml}, {$ref: a.yaml}]}"), &[], "v/api.yaml:3:117: /paths/~1a/get/responses/200/content/application~1json/schema/allOf/0/$ref: the file `a.yaml` cannot be read: no such file; add");
        out_of_the_folder: (&responding("{$ref: ../w/a.yaml}"), &[("../w/a.yaml", "type: string")], "`../w/a.yaml` leaves the folder of the document; copy");
        out_of_the_folder_and_nowhere: (&responding("{$ref: /etc/no/file}"), &[], "leaves the folder");
        a_link_out_of_the_folder: (&responding("{$ref: a.yaml}"), &[("a.yaml", "->w/a.yaml")], "`a.yaml` is a symbolic link to outside of the folder");
        nowhere_in_a_file: (&responding("{$ref: a.yaml}"), &[("a.yaml", "items:\n  $ref: '#/b'\n")], "v/a.yaml:2:3: /items/$ref: the reference `#/b` cannot be resolved: v/a.yaml has no such place");
        a_circle: (&responding("{$ref: a.yaml}"), &[("a.yaml", "$ref: b.yaml"), ("b.yaml", "$ref: 'a.yaml#'")], "the reference `a.yaml` leads into a circle of references");
        a_circle_through_the_document: ("paths: {}\ncomponents: {schemas: {A: {$ref: a.yaml}}}\n", &[("a.yaml", "$ref: 'api.yaml#/components/schemas/A'")], "v/api.yaml:4:28: /components/schemas/A/$ref: the reference `a.yaml` leads into a circle");
        a_path_item_within_itself: ("paths: {/a: {$ref: a.yaml}}\n", &[("a.yaml", "post: {callbacks: {c: {'{$url}': {$ref: a.yaml}}}}")], "v/a.yaml:1:35: /post/callbacks/c/{$url}/$ref: the reference `a.yaml` leads to a node that contains it");
        another_version: (&responding("{$ref: 'b.yaml#/components/schemas/B'}"), &[("b.yaml", "openapi: 3.2.0\ncomponents: {schemas: {B: {}}}")], "v/b.yaml:1:1: /openapi: this file uses OpenAPI 3.2.0, but v/api.yaml, which refers to it, uses 3.0.3; use");
        an_older_version: (&responding("{$ref: 'b.yaml#/definitions/B'}"), &[("b.yaml", "swagger: '2.0'\ndefinitions: {B: {}}")], "this file uses OpenAPI 2.0");
        a_whole_document: (&responding("{$ref: b.yaml}"), &[("b.yaml", "openapi: 3.0.1\npaths: {}")], "should lead to a schema, but leads to a whole document; name the place in it");
        what_is_no_schema: (&responding("{$ref: 'b.yaml#/a'}"), &[("b.yaml", "a: text")], "should lead to a schema, but leads to text");
        a_file_that_is_not_well_formed: (&responding("{$ref: b.yaml}"), &[("b.yaml", "a: 1\n\tb: 2\n")], "v/b.yaml:1:4: /a: not well-formed YAML");
        an_empty_file: (&responding("{$ref: b.yaml}"), &[("b.yaml", "")], "v/b.yaml: the document is empty");
        a_bad_escape: (&responding("{$ref: 'b%2.yaml'}"), &[], "has an invalid percent escape");
    });

    #[test]
    fn a_file_that_would_be_copied_too_often_is_rejected() {
        let item = format!("get: {{responses: {{200: {{description: A, x-a: [{}]}}}}}}", "1, ".repeat(3_000));
        let paths: String = (0..200).map(|n| format!("  /a{n}: {{$ref: a.yaml}}\n")).collect();
        refused(&format!("paths:\n{paths}"), &[("a.yaml", &item)], "would have to be copied");
    }

    #[test]
    fn files_that_nest_too_deeply_are_rejected() {
        let deep = |next: usize| format!("post: {{callbacks: {{c: {{e: {{$ref: f{next}.yaml}}}}}}, responses: {{}}}}");
        let files: Vec<(String, String)> = (0..60).map(|n| (format!("f{n}.yaml"), deep(n + 1))).collect();
        let mut files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
        files.push(("f60.yaml", "{}"));
        refused("paths: {/a: {$ref: f0.yaml}}\n", &files, "the files are nested too deeply");
    }
}

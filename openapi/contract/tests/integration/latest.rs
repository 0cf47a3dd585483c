//! What OpenAPI 3.2 adds, in documents of any version.

use zerogate_contract::{Contract, Document, Inventory, latest, slice};

/// Checks the value at a pointer in the form of 3.2, and its place in the text.
#[track_caller]
fn place(text: &str, at: &str, wanted: &str, origin: &str) {
    let document = Document::parse("gate.yaml", text).unwrap();
    let found = latest(&document);
    let value = found.value().pointer(at).unwrap_or_else(|| panic!("{}", found.value()));
    assert_eq!(value.to_string(), wanted);
    assert_eq!(found.origin(at), origin);
}

mod places {
    use super::*;

    cases!(place {
        a_method_of_the_author: (
            "paths: {/a: {x-oai-additionalOperations: {COPY: {operationId: a}}}}",
            "/paths/~1a/additionalOperations/COPY/operationId",
            "\"a\"",
            "/paths/~1a/x-oai-additionalOperations/COPY/operationId",
        );
        a_method_with_a_field: (
            "paths: {/a: {additionalOperations: {QUERY: {operationId: a}, query: {operationId: b}}}}",
            "/paths/~1a/query/operationId",
            "\"a\"",
            "/paths/~1a/additionalOperations/QUERY/operationId",
        );
        a_field_inside_a_field: (
            "components: {pathItems: {A: {x-oai-additionalOperations: {LIST: {responses: {200: {x-oai-summary: s}}}}}}}",
            "/components/pathItems/A/additionalOperations/LIST/responses/200/summary",
            "\"s\"",
            "/components/pathItems/A/x-oai-additionalOperations/LIST/responses/200/x-oai-summary",
        );
        a_flow: (
            "components: {securitySchemes: {a: {flows: {x-oai-deviceAuthorization: {x-oai-deviceAuthorizationUrl: u}}}}}",
            "/components/securitySchemes/a/flows/deviceAuthorization/deviceAuthorizationUrl",
            "\"u\"",
            "/components/securitySchemes/a/flows/x-oai-deviceAuthorization/x-oai-deviceAuthorizationUrl",
        );
        an_extension_that_is_an_example: (
            "components: {schemas: {A: {example: {x-oai-itemSchema: {}}}}, examples: {A: {x-oai-dataValue: 1}}}",
            "/components/schemas/A/example",
            "{\"x-oai-itemSchema\":{}}",
            "/components/schemas/A/example",
        );
        a_reference_by_the_name_of_the_document: (
            "{$self: 'https://gate.example/v1/api.yaml', components: {schemas: {A: {$ref: 'api.yaml#/components/schemas/B'}}}}",
            "/components/schemas/A/$ref",
            "\"#/components/schemas/B\"",
            "/components/schemas/A/$ref",
        );
        a_reference_elsewhere: (
            "{$self: 'https://gate.example/v1/api.yaml', components: {schemas: {A: {$ref: '../api.yaml#/B'}}}}",
            "/components/schemas/A/$ref",
            "\"../api.yaml#/B\"",
            "/components/schemas/A/$ref",
        );
        a_scheme_by_its_uri: (
            "{security: [{'#/components/securitySchemes/key': []}], components: {securitySchemes: {key: {}}}}",
            "/security/0/key",
            "[]",
            "/security/0/#~1components~1securitySchemes~1key",
        );
        a_scheme_that_is_called_like_a_uri: (
            "{security: [{'#/components/securitySchemes/key': []}], components: {securitySchemes: {key: {}, '#/components/securitySchemes/key': {}}}}",
            "/security/0",
            "{\"#/components/securitySchemes/key\":[]}",
            "/security/0",
        );
        a_media_type_that_is_referred_to: (
            "{paths: {/a: {get: {responses: {200: {content: {text/csv: {$ref: '#/components/mediaTypes/A'}}}}}}}, components: {mediaTypes: {A: {$ref: '#/components/mediaTypes/B'}, B: {schema: {title: b}}}}}",
            "/paths/~1a/get/responses/200/content/text~1csv/schema/title",
            "\"b\"",
            "/components/mediaTypes/B/schema/title",
        );
        a_sequence_of_items: (
            "{paths: {/a: {get: {responses: {200: {content: {application/jsonl: {schema: {$ref: '#/components/schemas/L'}}}}}}}}, components: {schemas: {L: {type: array, items: {title: i}}}}}",
            "/paths/~1a/get/responses/200/content/application~1jsonl/itemSchema/title",
            "\"i\"",
            "/components/schemas/L/items/title",
        );
        a_sequence_that_is_bounded: (
            "{paths: {/a: {get: {responses: {200: {content: {application/jsonl: {schema: {type: array, maxItems: 2, items: {}}}}}}}}}}",
            "/paths/~1a/get/responses/200/content/application~1jsonl/schema/maxItems",
            "2",
            "/paths/~1a/get/responses/200/content/application~1jsonl/schema/maxItems",
        );
    });
}

const METHODS: &str = "
openapi: 3.2.0
paths:
  /a:
    parameters: [{$ref: '#/components/parameters/P'}]
    query: {operationId: find, responses: {200: {summary: Found.}}}
    additionalOperations:
      COPY: {responses: {200: {}}}
      copy: {responses: {200: {}}}
      parameters: {operationId: odd, responses: {200: {}}}
components: {parameters: {P: {name: p, in: query, schema: {type: string}}, Q: {}}}
";

#[test]
fn every_method_is_an_operation_and_case_matters() {
    let contract = Contract::of(Document::parse("gate.yaml", METHODS).unwrap());
    let inventory = Inventory::of(&contract);
    let found: Vec<_> = inventory.operations.iter().map(|it| (it.id.as_str(), it.method.as_str())).collect();
    assert_eq!(found, [("copyA", "COPY"), ("copyA2", "copy"), ("find", "QUERY"), ("odd", "parameters")]);
    assert!(inventory.operations.iter().all(|operation| operation.parameters.len() == 1));
    let texts = ["query", "additionalOperations/COPY"].map(|method| {
        let at = format!("/paths/~1a/{method}/responses/200/description");
        contract.document().value().pointer(&at).unwrap().as_str().unwrap().to_owned()
    });
    assert_eq!(texts, ["Found.", ""]);
}

#[test]
fn a_slice_keeps_one_method_and_what_its_path_has() {
    let document = Document::parse("gate.yaml", METHODS).unwrap();
    let slice = slice(&document, &["odd"]).unwrap();
    let item = &slice.value()["paths"]["/a"];
    assert!(item.get("query").is_none() && item.get("parameters").is_some());
    assert_eq!(item["additionalOperations"].as_object().unwrap().keys().collect::<Vec<_>>(), ["parameters"]);
    let parameters = slice.value()["components"]["parameters"].as_object().unwrap();
    assert_eq!(parameters.keys().collect::<Vec<_>>(), ["P"]);
}

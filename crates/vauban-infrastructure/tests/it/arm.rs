//! Azure Resource Manager templates.

use proptest::prelude::*;
use vauban_infrastructure::{Options, Output};
use vauban_model::resource::{Mode, Resource, Source, Value, ValueKind, Why};

use crate::support::{addresses, codes, corpus, read_disk, read_folder};

const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

fn template(body: &str) -> String {
    format!("{{\"$schema\": \"{SCHEMA}\", \"contentVersion\": \"1.0.0.0\", {body}}}")
}

fn read(body: &str) -> Output {
    read_folder(&[("azuredeploy.json", &template(body))], &Options::default())
}

fn of<'o>(output: &'o Output, address: &str) -> &'o Resource {
    let found = output.inventory.resources.iter().find(|resource| &*resource.address == address);
    found.unwrap_or_else(|| panic!("no `{address}`: {:?}", addresses(output)))
}

fn at<'o>(output: &'o Output, address: &str, path: &str) -> &'o Value {
    let resource = of(output, address);
    resource.attributes.at(path).unwrap_or_else(|| panic!("no `{path}`: {:?}", resource.attributes))
}

fn to(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    value.references(&mut |reference, _| found.push(format!("{} {}", reference.address, reference.attribute)));
    found
}

fn unknown(value: &Value) -> (Why, &str) {
    match &value.open().kind {
        ValueKind::Unknown(unknown) => (unknown.why, &unknown.name),
        other => panic!("known: {other:?}"),
    }
}

/// One resource whose properties are these.
fn thing(properties: &str) -> String {
    format!(r#""resources": [{{"type": "A.B/c", "apiVersion": "1", "name": "x", "properties": {properties}}}]"#)
}

/// The value of an expression, with parameters and variables around it.
fn value(around: &str, expression: &str) -> Value {
    let output = read(&format!("{around}{}", thing(&format!(r#"{{"v": "{expression}"}}"#))));
    at(&output, "A.B/c/x", "properties.v").clone()
}

#[test]
fn parameters_have_defaults_values_and_secrets() {
    let around = r#""parameters": {"a": {"type": "string", "defaultValue": "[concat('x', variables('b'))]"},
        "none": {"type": "int", "metadata": {"description": "how many"}},
        "s": {"type": "secureString"}},
        "variables": {"b": "-y", "loop": "[variables('loop')]", "o": {"list": [1, {"k": "v"}]}}, "#;
    assert_eq!(value(around, "[parameters('A')]").as_text(), Some("x-y"));
    assert_eq!(value(around, "[variables('o').list[1].k]").as_text(), Some("v"));
    assert_eq!(value(around, "[variables('o').LIST[0]]").as_number(), Some(1.0));
    assert_eq!(unknown(&value(around, "[parameters('none')]")), (Why::Variable, "none"));
    assert!(value(around, "[parameters('s')]").is_secret());
    assert!(value(around, "[concat('Password=', parameters('s'))]").is_secret());
    assert!(value(around, "[base64(parameters('s'))]").is_secret());
    assert_eq!(unknown(&value(around, "[variables('loop')]")).0, Why::Cycle);
    let output = read(&format!("{around}{}", thing(r#"{"v": "[parameters('none')]"}"#)));
    assert_eq!(&*output.inventory.variables[0].description, "how many");
    assert_eq!(value("", "[[not an expression]").as_text(), Some("[not an expression]"));
}

#[test]
fn what_only_azure_knows_is_unknown_with_a_name_that_stays_the_same() {
    let around = r#""parameters": {"n": {"type": "string"}}, "#;
    assert_eq!(unknown(&value("", "[resourceGroup().location]")), (Why::Lookup, "resourceGroup().location"));
    assert_eq!(
        unknown(&value("", "[uniqueString(resourceGroup().id)]")),
        (Why::Computed, "uniqueString(resourceGroup().id)")
    );
    assert_eq!(unknown(&value(around, "[toLower(parameters('n'))]")), (Why::Variable, "n"));
    assert_eq!(value("", "[environment().suffixes.storage]").as_text(), Some("core.windows.net"));
    let way = value(around, "[if(equals(parameters('n'), 'a'), 'yes', 'no')]");
    assert!(matches!(&way.kind, ValueKind::OneOf(ways) if ways.len() == 2), "{way:?}");
    assert_eq!(unknown(&value("", "[nonsense(1)]")).0, Why::Unsupported);
}

#[test]
fn users_own_functions_and_lambdas_are_called() {
    let own = r#""functions": [{"namespace": "my", "members": {"name": {
        "parameters": [{"name": "p", "type": "string"}],
        "output": {"type": "string", "value": "[concat(toLower(parameters('p')), '-x')]"}}}}], "#;
    assert_eq!(value(own, "[my.name('AB')]").as_text(), Some("ab-x"));
    let text = |expression: &str| {
        let value = value("", expression);
        let items = value.as_list().unwrap_or(&[]).iter();
        items
            .map(|item| item.as_text().map_or_else(|| format!("{:?}", item.as_number()), str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(text("[map(createArray('a', 'b'), lambda('v', concat(lambdaVariables('v'), '!')))]"), ["a!", "b!"]);
    assert_eq!(text("[filter(createArray('a', 'b'), lambda('v', equals(lambdaVariables('v'), 'b')))]"), ["b"]);
    assert_eq!(
        text("[sort(createArray('c', 'a', 'b'), lambda('x', 'y', less(lambdaVariables('x'), lambdaVariables('y'))))]"),
        ["a", "b", "c"]
    );
    let sum = value("", "[reduce(range(1, 4), 0, lambda('x', 'y', add(lambdaVariables('x'), lambdaVariables('y'))))]");
    assert_eq!(sum.as_number(), Some(10.0));
}

const NETWORK: &str = r#""parameters": {"net": {"type": "string", "defaultValue": "hub"}}, "resources": [
    {"type": "Microsoft.Network/virtualNetworks", "apiVersion": "1", "name": "[parameters('net')]", "properties": {
        "subnets": [{"name": "web", "properties": {"addressPrefix": "10.0.0.0/24"}}]}},
    {"type": "Microsoft.Network/networkInterfaces", "apiVersion": "1", "name": "nic",
        "dependsOn": ["[resourceId('Microsoft.Network/virtualNetworks', parameters('net'))]", "hub"],
        "properties": {"s": {"id": "[resourceId('Microsoft.Network/virtualNetworks/subnets', parameters('net'), 'web')]"},
            "joined": {"id": "[concat(resourceId('Microsoft.Network/virtualNetworks', 'hub'), '/subnets/web')]"},
            "elsewhere": "[resourceId('other', 'Microsoft.Network/publicIPAddresses', 'ip')]"}},
    {"type": "Microsoft.Network/virtualNetworks/subnets", "apiVersion": "1", "name": "hub/db", "properties": {}}]"#;

#[test]
fn ids_of_resources_of_the_template_are_references() {
    let output = read(NETWORK);
    let nic = "Microsoft.Network/networkInterfaces/nic";
    let net = "Microsoft.Network/virtualNetworks/hub";
    assert_eq!(to(at(&output, nic, "properties.s.id")), [format!("{net}/subnets/web id")]);
    assert_eq!(to(at(&output, nic, "properties.joined.id")), [format!("{net}/subnets/web id")]);
    assert_eq!(of(&output, nic).depends_on.iter().map(|it| &**it).collect::<Vec<_>>(), [net]);
    assert_eq!(to(at(&output, &format!("{net}/subnets/db"), "parent")), [format!("{net} id")]);
    assert_eq!(to(at(&output, &format!("{net}/subnets/web"), "parent")), [format!("{net} id")]);
    let ValueKind::Template(parts) = &at(&output, nic, "properties.elsewhere").kind else { panic!() };
    assert_eq!(
        parts.last().and_then(Value::as_text),
        Some("/resourceGroups/other/providers/Microsoft.Network/publicIPAddresses/ip")
    );
    assert_eq!(of(&output, net).source, Source::AzureResourceManager);
    assert_eq!(&*of(&output, net).native_type, "Microsoft.Network/virtualNetworks");
}

#[test]
fn references_and_keys_keep_whose_they_are() {
    let storage = r#""resources": [
        {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "1", "name": "[concat('st', uniqueString('x'))]", "properties": {}},
        {"type": "A.B/c", "apiVersion": "1", "name": "x", "properties": {"v": "EXPRESSION"}}]"#;
    let of = |expression: &str| {
        let output = read(&storage.replace("EXPRESSION", expression));
        at(&output, "A.B/c/x", "properties.v").clone()
    };
    let store = "Microsoft.Storage/storageAccounts/st${uniqueString()}";
    let id = "resourceId('Microsoft.Storage/storageAccounts', concat('st', uniqueString('x')))";
    assert_eq!(
        to(&of(&format!("[reference({id}, '1', 'Full').properties.primaryEndpoints.blob]"))),
        [format!("{store} primaryEndpoints.blob")]
    );
    let key = of(&format!("[listKeys({id}, '1').keys[0].value]"));
    assert!(key.is_secret());
    assert_eq!(to(&key), [format!("{store} listKeys.keys.0.value")]);
    // A rule that every namespace has: the keys are the account's.
    let rule = of(
        "[listKeys(resourceId('Microsoft.Storage/storageAccounts/rules', concat('st', uniqueString('x')), 'all'), '1').primary]",
    );
    assert!(to(&rule)[0].starts_with(store) && rule.is_secret(), "{rule:?}");
    assert!(of("[listKeys('elsewhere', '1').keys[0].value]").is_secret());
}

#[test]
fn loops_make_resources_properties_and_variables() {
    let output = read(
        r#""parameters": {"n": {"type": "int"}}, "variables": {"copy": [{"name": "names", "count": 2, "input": "[concat('v', copyIndex('names', 1))]"}]},
        "resources": [
        {"type": "A.B/c", "apiVersion": "1", "name": "[concat('x', copyIndex(1))]", "copy": {"name": "all", "count": 2},
         "properties": {"copy": [{"name": "disks", "count": 3, "input": {"lun": "[copyIndex('disks')]", "of": "[copyIndex()]"}}],
                        "names": "[variables('names')]"}},
        {"type": "A.B/d", "apiVersion": "1", "name": "[format('y{0}', copyIndex())]", "copy": {"name": "some", "count": "[parameters('n')]"}}]"#,
    );
    assert_eq!(addresses(&output), ["A.B/c/x1", "A.B/c/x2", "A.B/d/y${copyIndex()}[*]"]);
    assert!(of(&output, "A.B/d/y${copyIndex()}[*]").many);
    let disks = at(&output, "A.B/c/x2", "properties.disks").as_list().unwrap();
    assert_eq!(disks.len(), 3);
    assert_eq!(
        (disks[2].get("lun").unwrap().as_number(), disks[2].get("of").unwrap().as_number()),
        (Some(2.0), Some(1.0))
    );
    let names = at(&output, "A.B/c/x1", "properties.names").as_list().unwrap();
    assert_eq!(names.iter().filter_map(Value::as_text).collect::<Vec<_>>(), ["v1", "v2"]);
}

#[test]
fn only_a_condition_that_is_surely_false_leaves_out() {
    let output = read(
        r#""parameters": {"who": {"type": "bool"}}, "resources": [
        {"type": "A.B/c", "apiVersion": "1", "name": "no", "condition": "[equals('a', 'b')]"},
        {"type": "A.B/c", "apiVersion": "1", "name": "maybe", "condition": "[parameters('who')]"}]"#,
    );
    assert_eq!(addresses(&output), ["A.B/c/maybe"]);
    assert!(codes(&output).contains(&"condition-false"));
}

#[test]
fn extensions_know_what_they_extend() {
    let output = read(
        r#""resources": [
        {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "1", "name": "s", "resources": [
            {"type": "providers/locks", "apiVersion": "1", "name": "Microsoft.Authorization/keep"},
            {"type": "Microsoft.Insights/diagnosticSettings", "apiVersion": "1", "name": "logs"},
            {"type": "blobServices/containers", "apiVersion": "1", "name": "default/c"}]},
        {"type": "Microsoft.Storage/storageAccounts/providers/roleAssignments", "apiVersion": "1", "name": "s/Microsoft.Authorization/a"},
        {"type": "Microsoft.Authorization/roleAssignments", "apiVersion": "1", "name": "b", "scope": "[format('Microsoft.Storage/storageAccounts/{0}', 's')]"}]"#,
    );
    let store = "Microsoft.Storage/storageAccounts/s";
    for address in [
        "Microsoft.Authorization/locks/keep",
        "Microsoft.Insights/diagnosticSettings/logs",
        "Microsoft.Authorization/roleAssignments/a",
        "Microsoft.Authorization/roleAssignments/b",
    ] {
        assert_eq!(to(at(&output, address, "scope")), [format!("{store} id")], "{address}");
    }
    // A container stands below a service that nobody declares.
    let container = "Microsoft.Storage/storageAccounts/s/blobServices/default/containers/c";
    assert_eq!(to(at(&output, container, "parent")), [format!("{store} id")]);
}

#[test]
fn identities_that_are_keys_stay_references() {
    let output = read(
        r#""resources": [{"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "1", "name": "me"},
        {"type": "A.B/c", "apiVersion": "1", "name": "x", "identity": {"type": "UserAssigned", "userAssignedIdentities": {
            "[format('{0}', resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'me'))]": {}}}}]"#,
    );
    let ids = at(&output, "A.B/c/x", "identity.userAssignedIdentities");
    assert_eq!(to(ids), ["Microsoft.ManagedIdentity/userAssignedIdentities/me id"]);
}

#[test]
fn symbolic_names_are_addresses_and_existing_resources_are_looked_up() {
    let output = read(
        r#""languageVersion": "2.0", "resources": {
        "vault": {"existing": true, "type": "Microsoft.KeyVault/vaults", "apiVersion": "1", "name": "v"},
        "app": {"type": "Microsoft.Web/sites", "apiVersion": "1", "name": "[format('app-{0}', uniqueString('a'))]", "dependsOn": ["vault"],
            "properties": {"uri": "[reference('vault').vaultUri]", "id": "[resourceInfo('vault').id]"}},
        "many": {"type": "A.B/c", "apiVersion": "1", "copy": {"name": "many", "count": 2}, "name": "[format('m{0}', copyIndex())]"},
        "user": {"type": "A.B/d", "apiVersion": "1", "name": "u", "properties": {"first": "[reference('many[0]').x]", "app": "[resourceId('Microsoft.Web/sites', format('app-{0}', uniqueString('a')))]"}}}"#,
    );
    assert_eq!(addresses(&output), ["vault", "app", "many[0]", "many[1]", "user"]);
    assert_eq!(of(&output, "vault").mode, Mode::Data);
    assert_eq!(&*of(&output, "app").name, "app");
    assert_eq!(to(at(&output, "app", "properties.uri")), ["vault vaultUri"]);
    assert_eq!(to(at(&output, "app", "properties.id")), ["vault id"]);
    assert_eq!(to(at(&output, "user", "properties.first")), ["many[0] x"]);
    assert_eq!(to(at(&output, "user", "properties.app")), ["app id"]);
    assert_eq!(of(&output, "app").depends_on.len(), 1);
}

#[test]
fn nested_templates_see_their_own_or_the_outer_parameters() {
    let nested = |scope: &str| {
        format!(
            r#""variables": {{"n": "outer"}}, "resources": [{{"type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "inside", "properties": {{
            "expressionEvaluationOptions": {{"scope": "{scope}"}}, "parameters": {{"p": {{"value": "[variables('n')]"}}}},
            "template": {{"$schema": "{SCHEMA}", "parameters": {{"p": {{"type": "string"}}}}, "variables": {{"n": "inner"}},
              "resources": [{{"type": "A.B/c", "apiVersion": "1", "name": "[variables('n')]"}}],
              "outputs": {{"o": {{"type": "string", "value": "[concat(variables('n'), '!')]"}}}}}}}}}},
            {{"type": "A.B/d", "apiVersion": "1", "name": "x", "properties": {{"v": "[reference('inside').outputs.o.value]"}}}}]"#
        )
    };
    for (scope, name) in [("outer", "outer"), ("inner", "inner")] {
        let output = read(&nested(scope));
        of(&output, &format!("A.B/c/{name}"));
        assert_eq!(at(&output, "A.B/d/x", "properties.v").as_text(), Some(&*format!("{name}!")));
    }
}

#[test]
fn linked_templates_are_read_from_the_folder_or_stay_visible() {
    let main = template(
        r#""resources": [
        {"type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "here", "properties": {
            "templateLink": {"relativePath": "modules/store.json"}, "parameters": {"name": {"value": "abc"}}}},
        {"type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "there", "properties": {
            "templateLink": {"uri": "https://example.org/other.json"}, "parameters": {"size": {"value": 3}}}},
        {"type": "A.B/c", "apiVersion": "1", "name": "x", "properties": {"v": "[reference('here').outputs.id.value]"}}]"#,
    );
    let store = template(
        r#""parameters": {"name": {"type": "string"}}, "resources": [{"type": "A.B/store", "apiVersion": "1", "name": "[parameters('name')]"}],
        "outputs": {"id": {"type": "string", "value": "[resourceId('A.B/store', parameters('name'))]"}}"#,
    );
    let output = read_folder(&[("main.json", &main), ("modules/store.json", &store)], &Options::default());
    assert_eq!(of(&output, "A.B/store/abc").calls.len(), 1);
    assert_eq!(to(at(&output, "A.B/c/x", "properties.v")), ["A.B/store/abc id"]);
    let there = of(&output, "Microsoft.Resources/deployments/there");
    assert_eq!((there.mode, &*there.ty), (Mode::Opaque, "module"));
    assert_eq!(there.get("size").and_then(Value::as_number), Some(3.0));
    assert_eq!(codes(&output), ["opaque-module"]);
}

#[test]
fn files_of_parameters_go_to_their_template() {
    let main = template(&format!(
        r#""parameters": {{"a": {{"type": "string", "defaultValue": "default"}}, "s": {{"type": "securestring"}}}}, {}"#,
        thing(r#"{"a": "[parameters('a')]", "s": "[parameters('s')]"}"#)
    ));
    let parameters = |value: &str| {
        format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "contentVersion": "1.0.0.0",
            "parameters": {{"a": {{"value": "{value}"}}, "s": {{"reference": {{"keyVault": {{"id": "/subscriptions/1/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv"}}, "secretName": "pass"}}}}}}}}"#
        )
    };
    let (dev, prod) = (parameters("dev"), parameters("prod"));
    let text = |files: &[(&str, &str)], options: &Options| {
        let output = read_folder(files, options);
        assert!(at(&output, "A.B/c/x", "properties.s").is_secret());
        (at(&output, "A.B/c/x", "properties.a").as_text().map(str::to_owned), output)
    };
    let none = Options::default();
    let (value, output) = text(&[("main.json", &main), ("main.parameters.json", &dev)], &none);
    assert_eq!(value.as_deref(), Some("dev"));
    assert_eq!(unknown(at(&output, "A.B/c/x", "properties.s")).1, "secret pass of key vault kv");
    let both = [("main.json", &*main), ("main.parameters.dev.json", &*dev), ("main.parameters.prod.json", &*prod)];
    let (value, output) = text(&both, &none);
    assert_eq!(value.as_deref(), Some("default"));
    assert!(codes(&output).contains(&"several-parameter-files"));
    let chosen = Options { variable_files: vec!["main.parameters.prod.json".into()], ..Options::default() };
    assert_eq!(text(&both, &chosen).0.as_deref(), Some("prod"));
    let said = Options { variables: vec![("a".into(), "said".into())], ..Options::default() };
    assert_eq!(text(&both, &said).0.as_deref(), Some("said"));
}

#[test]
fn bicep_is_read_in_its_compiled_form() {
    let compiled = template(&format!(
        r#""metadata": {{"_generator": {{"name": "bicep", "version": "0.30.3"}}}}, {}"#,
        thing("{}")
    ));
    let files =
        [("infra/main.bicep", "param a string\n"), ("infra/main.json", &*compiled), ("infra/modules/x.bicep", "\n")];
    let output = read_folder(&files, &Options::default());
    let said: Vec<&str> = output.diagnostics.iter().map(|said| said.code).collect();
    assert_eq!(said, ["compiled-instead", "compiled-instead"]);
    let alone = read_folder(&[("main.bicep", "param a string\n")], &Options::default());
    assert_eq!(codes(&alone), ["format-not-read"]);
    assert!(alone.diagnostics[0].help.as_deref().unwrap_or("").contains("az bicep build"));
}

#[test]
fn texts_over_several_lines_are_part_of_the_language() {
    let output = read(
        "\"resources\": [{\"type\": \"A.B/c\", \"apiVersion\": \"1\", \"name\": \"x\", \"properties\": {\"script\": \"\n  echo \\\"hi\\\"\n  done\n\", // and a remark\n \"next\": 1}}]",
    );
    assert_eq!(codes(&output), Vec::<&str>::new());
    assert!(at(&output, "A.B/c/x", "properties.script").as_text().unwrap().contains("\"hi\""));
}

#[test]
fn growth_is_bounded() {
    let doubling: Vec<String> =
        (1..60).map(|at| format!("\"v{at}\": \"[concat(variables('v{0}'), variables('v{0}'))]\"", at - 1)).collect();
    let around = format!("\"variables\": {{\"v0\": \"0123456789\", {}}}, ", doubling.join(", "));
    let grown = value(&around, "[variables('v59')]");
    assert!(format!("{:?}", grown.kind).len() < 100_000);
    let lists: Vec<String> =
        (1..60).map(|at| format!("\"v{at}\": [\"[variables('v{0}')]\", \"[variables('v{0}')]\"]", at - 1)).collect();
    let around = format!("\"variables\": {{\"v0\": 1, {}}}, ", lists.join(", "));
    value(&around, "[variables('v59')]");
    let recursive = r#""functions": [{"namespace": "a", "members": {"f": {"parameters": [], "output": {"type": "string", "value": "[concat(a.f(), a.f())]"}}}}], "#;
    value(recursive, "[a.f()]");
    let deep = format!("{}{}", "[".repeat(3000), "]".repeat(3000));
    read(&thing(&format!("{{\"v\": {deep}}}")));
    let itself = template(
        r#""resources": [{"type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "d", "properties": {"templateLink": {"relativePath": "main.json"}}}]"#,
    );
    let output = read_folder(&[("main.json", &itself)], &Options::default());
    assert_eq!(output.inventory.resources.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cut_and_mangled_templates_never_panic(cut in 0usize..1700, at in 0usize..1700, byte in "[\\[\\]{}:'\"(),.0-9a\\\\ ]{1,3}") {
        let whole = template(NETWORK);
        let cut = cut.min(whole.len());
        read_folder(&[("a.json", &whole[..cut])], &Options::default());
        let at = at.min(whole.len());
        let mangled = format!("{}{byte}{}", &whole[..at], &whole[at..]);
        read_folder(&[("a.json", &mangled)], &Options::default());
    }

    #[test]
    fn no_expression_makes_the_reader_fail(body in "(concat|format|resourceId|reference|listKeys|copyIndex|parameters|variables|split|substring|skip|take|range|padLeft|union|createObject|if|map|lambda|lambdaVariables|json|base64|cidrSubnet|\\(|\\)|\\[|\\]|\\.|,|'|'a'|'A.B/c'|'\\{0\\}'|-1|0|99999999|[a-z]){0,24}") {
        let text = body.replace('\\', "");
        read(&thing(&format!("{{\"v\": \"[{text}]\"}}")));
        read(&thing(&format!("{{\"v\": \"[concat({text})]\"}}")));
    }
}

#[test]
fn every_file_of_the_corpus_is_read_or_named() {
    for part in ["iac/arm-docs-json-samples", "iac/bicep-aks-baseline"] {
        let Some(folder) = corpus(part) else { continue };
        let output = read_disk(&folder, &Options::default());
        let templates = output.files.iter().filter(|(_, source)| *source == Source::AzureResourceManager).count();
        if part.ends_with("samples") {
            assert!(templates > 150, "{templates}");
            assert!(output.inventory.resources.len() > 180, "{}", output.inventory.resources.len());
        } else {
            assert!(codes(&output).contains(&"format-not-read"));
        }
        let functions: Vec<_> = output
            .diagnostics
            .iter()
            .filter(|said| said.code == "unsupported-function")
            .map(|said| &said.message)
            .collect();
        assert!(functions.is_empty(), "{functions:?}");
    }
}

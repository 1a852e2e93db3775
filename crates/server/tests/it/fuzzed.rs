//! Seeds and finds of the fuzzer, sent as bodies of requests.

#[path = "../../../../fuzz/checks/inputs.rs"]
mod inputs;
#[path = "../../../../fuzz/checks/requests.rs"]
mod requests;

#[test]
fn any_bytes_are_a_request_or_are_refused_as_agreed() {
    let world = requests::World::new();
    inputs::each("requests", 100, |bytes| world.check(bytes));
}

#[test]
fn any_bytes_are_a_form_or_are_refused_as_openai_does() {
    let world = requests::World::new();
    inputs::each("forms", 100, |bytes| world.check_form(bytes));
}

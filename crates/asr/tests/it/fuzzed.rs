//! Seeds and finds of the fuzzer, read as recordings and as models.

#[path = "../../../../fuzz/checks/inputs.rs"]
mod inputs;
#[path = "../../../../fuzz/checks/model.rs"]
mod model;
#[path = "../../../../fuzz/checks/recording.rs"]
mod recording;

#[test]
fn any_bytes_are_a_recording_or_a_typed_error() {
    inputs::each("decoder", 100, recording::check);
}

#[test]
fn any_bytes_are_a_model_or_a_typed_error() {
    inputs::each("model", 500, |recipe| {
        model::check(recipe);
    });
}

#[test]
fn the_recipe_of_a_whole_model_is_one() {
    assert!(model::check(include_bytes!("../../../../fuzz/seeds/model/smallest-f16.model")));
    assert!(model::check(include_bytes!("../../../../fuzz/seeds/model/two-layers-q4.model")));
}

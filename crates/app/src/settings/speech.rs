//! Parses the speech settings: models, language, zone, threads and memory.

use std::collections::BTreeSet;

use watchme_core::TranscribeOptions;

use super::{SpeechSettings, parse};
use crate::folders::Folders;
use crate::models::{ModelOrigin, ModelSpec};
use crate::reader::Reader;
use crate::variables as var;

pub(super) fn read(reader: &mut Reader<'_>, folders: &Folders) -> Option<SpeechSettings> {
    let models = reader.value(&var::MODELS, models);
    let mirror = reader.optional(&var::MODEL_MIRROR, parse::web_url);
    let language = reader.value(&var::LANGUAGE, parse::language);
    let zone = reader.value(&var::TIMEZONE, parse::zone);
    let threads = reader.optional(&var::THREADS, parse::count);
    let precision = reader.value(&var::PRECISION, parse::precision);
    let memory_limit = reader.optional(&var::MEMORY_LIMIT_MB, parse::mebibytes);
    let unload_after = reader.value(&var::UNLOAD_AFTER, parse::idle_seconds);
    let model_dir = folders.models();
    let is_published = |model: &ModelSpec| matches!(model.origin, ModelOrigin::Catalogue(_));
    if model_dir.is_none() && models.iter().flatten().any(is_published) {
        let finding = "is missing, and so is `HOME`: there is no place for model files";
        reader.refuse(&var::MODEL_DIR, finding, "name a folder");
    }

    let models = models?;
    let default = models.first()?.name.clone();
    Some(SpeechSettings {
        models,
        // If there is no folder, all models are files with their own paths.
        model_dir: model_dir.unwrap_or_default(),
        mirror: mirror.ok()?,
        options: TranscribeOptions { model: default, language: language? },
        zone: zone?,
        silence_text: reader.text(&var::SILENCE_TEXT).unwrap_or_default().to_owned(),
        threads: threads.ok()?,
        precision: precision?,
        memory_limit_bytes: memory_limit.ok()?.map(u64::from),
        tuning_file: folders.data().map(|data| data.join("threads.json")),
        checkpoint_dir: folders.checkpoints(),
        unload_after: unload_after?,
    })
}

fn models(text: &str) -> Result<Vec<ModelSpec>, String> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let models = entries.map(|entry| entry.parse::<ModelSpec>().map_err(|error| error.to_string()));
    let models: Vec<_> = models.collect::<Result<_, _>>()?;
    let mut names = BTreeSet::new();
    for model in &models {
        if !names.insert(&model.name) {
            return Err(format!("name `{}` only once", model.name));
        }
    }
    if models.is_empty() {
        return Err("name at least one model".to_owned());
    }
    Ok(models)
}

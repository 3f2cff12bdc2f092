//! How the form comes to be: what is asked for when the screen opens, and what it is made of once that is there.

use super::Start;
use super::form::Form;
use crate::effect::Effect;
use crate::route::StartFrom;
use crate::world::{Remote, World};
use weir_domain::form::NewRun;
use weir_domain::{Failure, PipelineId, Query};

impl Start {
    /// The Pipeline it is about, as far as is known.
    pub(super) fn pipeline_id(&self, world: &World) -> Option<PipelineId> {
        match &self.from {
            StartFrom::Pipeline(id) => Some(id.clone()),
            StartFrom::Rerun(id) => {
                let object = world.objects.get(id).and_then(Remote::known);
                let named = object.map(|object| object.text_at(&["spec", "pipelineRef", "name"]));
                let name = match named {
                    Some(name) => name,
                    None => world.run(id).and_then(|run| run.pipeline.as_deref()),
                };
                name.map(|name| PipelineId::new(id.cluster.as_str(), id.namespace.as_str(), name))
            }
        }
    }

    pub(super) fn questions(&self, world: &World) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let StartFrom::Rerun(run) = &self.from {
            effects.push(Effect::Fetch(Query::Object(run.clone())));
        }
        effects.extend(self.pipeline_id(world).map(|id| Effect::Fetch(Query::Pipeline(id))));
        effects
    }

    /// Fills the form as soon as all it is made of is there.
    pub(super) fn fill(&mut self, world: &World) {
        if self.form.is_some() {
            return;
        }
        match self.made(world) {
            Some(Ok(form)) => self.form = Some(form),
            Some(Err(why)) => self.refused = Some(why),
            None => {}
        }
        self.settle();
    }

    pub(super) fn made(&self, world: &World) -> Option<Result<Form, String>> {
        let known = |id: &PipelineId| world.forms.get(id).and_then(Remote::known).map(|pipeline| (**pipeline).clone());
        match &self.from {
            StartFrom::Pipeline(id) => {
                let pipeline = known(id)?;
                let new = NewRun::of(&pipeline);
                Some(Ok(Form::new(Some(pipeline), new, None)))
            }
            StartFrom::Rerun(run) => {
                let object = world.objects.get(run).and_then(Remote::known)?;
                let pipeline = match object.text_at(&["spec", "pipelineRef", "name"]) {
                    Some(_) => Some(known(&self.pipeline_id(world)?)?),
                    None => None,
                };
                let publishes = pipeline.as_ref().is_some_and(|pipeline| pipeline.publishes());
                let new = NewRun::again(run, object, publishes);
                Some(new.map(|new| Form::new(pipeline, new.clone(), Some(new))))
            }
        }
    }

    /// What could not be read, while there is no form.
    pub(super) fn missing<'a>(&self, world: &'a World) -> Option<&'a Failure> {
        let object = match &self.from {
            StartFrom::Rerun(run) => world.objects.get(run).and_then(failed),
            StartFrom::Pipeline(_) => None,
        };
        object.or_else(|| world.forms.get(&self.pipeline_id(world)?).and_then(failed))
    }
}

fn failed<T>(remote: &Remote<T>) -> Option<&Failure> {
    match remote {
        Remote::Failed(failure) => Some(failure),
        _ => None,
    }
}

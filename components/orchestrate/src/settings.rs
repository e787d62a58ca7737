//! The operator's settings and the router that is made of them: read once an instance.

use std::cell::RefCell;
use std::rc::Rc;

use gusset_orchestrate::Settings;

use crate::bindings::gusset::router::router::Router;
use crate::route;

/// What holds for every request of this instance.
pub(crate) struct Configured {
    text: String,
    pub(crate) settings: Settings,
    /// `None` where neither a model nor a route is configured: there is nothing to decide.
    pub(crate) router: Option<Router>,
}

thread_local! {
    static CONFIGURED: RefCell<Option<Rc<Configured>>> = const { RefCell::new(None) };
}

/// Sets what holds. The same text again does nothing.
pub(crate) fn set(text: String) -> Result<(), String> {
    if CONFIGURED.with_borrow(|held| held.as_ref().is_some_and(|held| held.text == text)) {
        return Ok(());
    }
    let configured = read(text)?;
    CONFIGURED.set(Some(Rc::new(configured)));
    Ok(())
}

/// What holds: the defaults, if nobody has set anything.
pub(crate) fn get() -> Rc<Configured> {
    CONFIGURED.with_borrow_mut(|held| {
        let default =
            || Rc::new(Configured { text: String::new(), settings: Settings::default(), router: None });
        Rc::clone(held.get_or_insert_with(default))
    })
}

fn read(text: String) -> Result<Configured, String> {
    let settings = Settings::parse(&text).map_err(|error| error.to_string())?;
    let router = match &settings.routing {
        Some(config) => Some(Router::load(config).map_err(|error| route::message(&error))?),
        None => None,
    };
    Ok(Configured { text, settings, router })
}

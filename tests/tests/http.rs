//! The case folders against the native host: one test a folder.

use gusset_tests::case::Case;
use gusset_tests::host::Host;

fn check(name: &str) -> anyhow::Result<()> {
    let case = Case::load(name)?;
    let nodes = case.start_nodes()?;
    let host = Host::start(&case.gusset_toml(&nodes)?)?;
    case.run(host.client())
}

macro_rules! cases {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() -> anyhow::Result<()> {
                check(&stringify!($name).replace('_', "-"))
            }
        )*

        #[test]
        fn every_folder_is_a_test() -> anyhow::Result<()> {
            let tests = [$(stringify!($name).replace('_', "-")),*];
            anyhow::ensure!(Case::names()? == tests, "tests/cases has {:?}", Case::names()?);
            Ok(())
        }
    };
}

cases! {
    budgets
    cache_errors
    cache_exact
    chat_errors
    chat_extractive
    chat_generated
    documents_html
    embeddings
    files
    files_refused
    grounded
    health
    keys
    limits
    limits_configured
    messages
    node_alone
    node_babbles
    node_dies
    node_garbles
    node_hangs
    node_outage
    node_overloaded
    node_refuses
    node_stalls
    rerank
    responses
    routing
    traces
    vector_stores
    virtual_keys
}

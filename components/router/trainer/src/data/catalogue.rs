//! What is publicly known of the models in the public sets: size, other names, a description to compare strangers with.

/// A model of a public set.
pub(crate) struct About {
    pub(crate) name: &'static str,
    /// Other names that it goes by, without the organisation.
    pub(crate) aliases: &'static [&'static str],
    /// Billions of parameters as its maker states them; `None` where it states none.
    pub(crate) parameters: Option<f64>,
    pub(crate) description: &'static str,
}

/// A model of a public set, by its name there.
pub(crate) fn about(name: &str) -> Option<&'static About> {
    ALL.iter().find(|about| about.name == name)
}

const ALL: [About; 11] = [
    About {
        name: "qwen2.5-7b-instruct",
        aliases: &["qwen2.5-7b", "qwen2.5:7b", "qwen2.5:7b-instruct"],
        parameters: Some(7.0),
        description: "General multilingual instruction model with strong mathematics and code for its size.",
    },
    About {
        name: "mistral-7b-instruct-v0.3",
        aliases: &["mistral-7b-instruct", "mistral:7b", "mistral"],
        parameters: Some(7.0),
        description: "General English instruction model, fast and small.",
    },
    About {
        name: "codegemma-7b",
        aliases: &["codegemma-7b-it", "codegemma:7b", "codegemma"],
        parameters: Some(7.0),
        description: "Code model: completes and writes programs; weak in general conversation.",
    },
    About {
        name: "llama-3.1-8b-instruct",
        aliases: &["meta-llama-3.1-8b-instruct", "llama3.1:8b", "llama3.1", "llama-3.1-8b"],
        parameters: Some(8.0),
        description: "General instruction model with a long context window.",
    },
    About {
        name: "llama3-chatqa-1.5-8b",
        aliases: &["llama3-chatqa:8b"],
        parameters: Some(8.0),
        description: "Question answering over given passages and tables, small.",
    },
    About {
        name: "gemma-2-9b-it",
        aliases: &["gemma2:9b", "gemma2", "gemma-2-9b"],
        parameters: Some(9.0),
        description: "General instruction model, careful and good at knowledge questions for its size.",
    },
    About {
        name: "llama-3.3-nemotron-super-49b-v1",
        aliases: &["nemotron-super-49b"],
        parameters: Some(49.0),
        description: "Large instruction model tuned for reasoning, mathematics and tool use.",
    },
    About {
        name: "llama-3.1-nemotron-51b-instruct",
        aliases: &["nemotron-51b"],
        parameters: Some(51.0),
        description: "Large general instruction model, made smaller for speed.",
    },
    About {
        name: "llama3-chatqa-1.5-70b",
        aliases: &["llama3-chatqa:70b"],
        parameters: Some(70.0),
        description: "Question answering over given passages and tables, large.",
    },
    About {
        name: "mixtral-8x7b-instruct-v0.1",
        aliases: &["mixtral-8x7b-instruct", "mixtral-8x7b", "mixtral:8x7b", "mixtral", "open-mixtral-8x7b"],
        parameters: Some(47.0),
        description: "General multilingual mixture of experts, of medium size.",
    },
    About {
        name: "gpt-4",
        aliases: &["gpt-4-1106-preview", "gpt-4-0613", "gpt-4-turbo"],
        parameters: None,
        description: "Frontier general model: knowledge, reasoning, mathematics, law and code.",
    },
];

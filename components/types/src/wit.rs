//! The way between these types and bindings that were generated from `gusset:types`, for whoever has such bindings.
//!
//! Guests and hosts generate theirs with different tools, and get the same names: what is between is written once, as macros that
//! each expands over its own.

/// Both directions of an enum by its cases.
#[doc(hidden)]
#[macro_export]
macro_rules! same_cases {
    ($wit:ty, $plain:ty, $($case:ident),+) => {
        impl From<$wit> for $plain {
            fn from(value: $wit) -> Self {
                match value { $(<$wit>::$case => Self::$case),+ }
            }
        }
        impl From<$plain> for $wit {
            fn from(value: $plain) -> Self {
                match value { $(<$plain>::$case => Self::$case),+ }
            }
        }
    };
}

/// Both directions of a record by its fields.
#[doc(hidden)]
#[macro_export]
macro_rules! same_fields {
    ($wit:ty, $plain:ty, $($field:ident),+) => {
        impl From<$wit> for $plain {
            fn from(value: $wit) -> Self {
                Self { $($field: value.$field.into()),+ }
            }
        }
        impl From<$plain> for $wit {
            fn from(value: $plain) -> Self {
                Self { $($field: value.$field.into()),+ }
            }
        }
    };
}

/// Both directions of a type; the two expressions see the value under one name.
#[doc(hidden)]
#[macro_export]
macro_rules! both_ways {
    ($wit:ty, $plain:ty, |$value:ident| $to_plain:expr, $to_wit:expr $(,)?) => {
        impl From<$wit> for $plain {
            fn from($value: $wit) -> Self {
                $to_plain
            }
        }
        impl From<$plain> for $wit {
            fn from($value: $plain) -> Self {
                $to_wit
            }
        }
    };
}

/// `From` both ways between a module `chat`, which must be in scope and is the bindings of `gusset:types/chat`, and the types of this crate.
#[macro_export]
macro_rules! convert_chat {
    () => {
        $crate::same_cases!(chat::Role, $crate::Role, System, User, Assistant, Tool);
        $crate::same_cases!(chat::FinishReason, $crate::FinishReason, Stop, Length, ContentFilter, ToolCalls);
        $crate::same_cases!(chat::ImageDetail, $crate::ImageDetail, Auto, Low, High);
        $crate::same_cases!(chat::Effort, $crate::Effort, None, Minimal, Low, Medium, High);
        $crate::same_fields!(chat::ToolCall, $crate::ToolCall, id, name, arguments);
        $crate::same_fields!(chat::Reasoning, $crate::Reasoning, text, seal);
        $crate::same_fields!(
            chat::Usage,
            $crate::Usage,
            prompt_tokens,
            completion_tokens,
            cached_read_tokens,
            cached_write_tokens,
            reasoning_tokens
        );
        $crate::same_fields!(
            chat::Sampling,
            $crate::Sampling,
            max_tokens,
            temperature,
            top_p,
            top_k,
            frequency_penalty,
            presence_penalty,
            seed,
            stop
        );
        $crate::same_fields!(
            chat::Tool,
            $crate::Tool,
            name,
            description,
            parameters,
            strict,
            cache_breakpoint
        );
        $crate::same_fields!(chat::JsonSchema, $crate::JsonSchema, name, description, schema, strict);
        $crate::both_ways!(
            chat::ImageSource,
            $crate::ImageSource,
            |source| match source {
                chat::ImageSource::Url(url) => Self::Url(url),
                chat::ImageSource::Inline(chat::InlineImage { media_type, base64 }) =>
                    Self::Inline { media_type, base64 },
            },
            match source {
                $crate::ImageSource::Url(url) => Self::Url(url),
                $crate::ImageSource::Inline { media_type, base64 } =>
                    Self::Inline(chat::InlineImage { media_type, base64 }),
            }
        );

        $crate::both_ways!(
            chat::Image,
            $crate::Image,
            |image| Self { source: image.source.into(), detail: image.detail.map(Into::into) },
            Self { source: image.source.into(), detail: image.detail.map(Into::into) }
        );

        $crate::both_ways!(
            chat::ToolContent,
            $crate::ToolContent,
            |content| match content {
                chat::ToolContent::Text(text) => Self::Text(text),
                chat::ToolContent::Image(image) => Self::Image(image.into()),
            },
            match content {
                $crate::ToolContent::Text(text) => Self::Text(text),
                $crate::ToolContent::Image(image) => Self::Image(image.into()),
            }
        );

        $crate::both_ways!(
            chat::ToolResult,
            $crate::ToolResult,
            |result| Self {
                call_id: result.call_id,
                content: result.content.into_iter().map(Into::into).collect(),
                is_error: result.is_error
            },
            Self {
                call_id: result.call_id,
                content: result.content.into_iter().map(Into::into).collect(),
                is_error: result.is_error
            }
        );

        $crate::both_ways!(
            chat::Part,
            $crate::Part,
            |part| match part {
                chat::Part::Text(text) => Self::Text(text),
                chat::Part::Image(image) => Self::Image(image.into()),
                chat::Part::ToolCall(call) => Self::ToolCall(call.into()),
                chat::Part::ToolResult(result) => Self::ToolResult(result.into()),
                chat::Part::Reasoning(thought) => Self::Reasoning(thought.into()),
                chat::Part::Refusal(text) => Self::Refusal(text),
            },
            match part {
                $crate::Part::Text(text) => Self::Text(text),
                $crate::Part::Image(image) => Self::Image(image.into()),
                $crate::Part::ToolCall(call) => Self::ToolCall(call.into()),
                $crate::Part::ToolResult(result) => Self::ToolResult(result.into()),
                $crate::Part::Reasoning(thought) => Self::Reasoning(thought.into()),
                $crate::Part::Refusal(text) => Self::Refusal(text),
            }
        );

        $crate::both_ways!(
            chat::Message,
            $crate::Message,
            |message| Self {
                role: message.role.into(),
                parts: message.parts.into_iter().map(Into::into).collect(),
                cache_breakpoint: message.cache_breakpoint,
            },
            Self {
                role: message.role.into(),
                parts: message.parts.into_iter().map(Into::into).collect(),
                cache_breakpoint: message.cache_breakpoint
            }
        );

        $crate::both_ways!(
            chat::ToolChoice,
            $crate::ToolChoice,
            |choice| match choice {
                chat::ToolChoice::Auto => Self::Auto,
                chat::ToolChoice::None => Self::None,
                chat::ToolChoice::Required => Self::Required,
                chat::ToolChoice::Named(name) => Self::Named(name),
            },
            match choice {
                $crate::ToolChoice::Auto => Self::Auto,
                $crate::ToolChoice::None => Self::None,
                $crate::ToolChoice::Required => Self::Required,
                $crate::ToolChoice::Named(name) => Self::Named(name),
            }
        );

        $crate::both_ways!(
            chat::ResponseFormat,
            $crate::ResponseFormat,
            |format| match format {
                chat::ResponseFormat::Text => Self::Text,
                chat::ResponseFormat::JsonObject => Self::JsonObject,
                chat::ResponseFormat::JsonSchema(schema) => Self::JsonSchema(schema.into()),
            },
            match format {
                $crate::ResponseFormat::Text => Self::Text,
                $crate::ResponseFormat::JsonObject => Self::JsonObject,
                $crate::ResponseFormat::JsonSchema(schema) => Self::JsonSchema(schema.into()),
            }
        );

        $crate::both_ways!(
            chat::ReasoningBudget,
            $crate::ReasoningBudget,
            |budget| Self { effort: budget.effort.map(Into::into), tokens: budget.tokens },
            Self { effort: budget.effort.map(Into::into), tokens: budget.tokens }
        );

        $crate::both_ways!(
            chat::Controls,
            $crate::Controls,
            |controls| Self {
                tools: controls.tools.into_iter().map(Into::into).collect(),
                tool_choice: controls.tool_choice.map(Into::into),
                parallel_tool_calls: controls.parallel_tool_calls,
                response_format: controls.response_format.into(),
                reasoning: controls.reasoning.map(Into::into),
                user: controls.user,
            },
            Self {
                tools: controls.tools.into_iter().map(Into::into).collect(),
                tool_choice: controls.tool_choice.map(Into::into),
                parallel_tool_calls: controls.parallel_tool_calls,
                response_format: controls.response_format.into(),
                reasoning: controls.reasoning.map(Into::into),
                user: controls.user,
            }
        );

        $crate::both_ways!(
            chat::Event,
            $crate::Event,
            |event| match event {
                chat::Event::Text(text) => Self::Text(text),
                chat::Event::Refusal(text) => Self::Refusal(text),
                chat::Event::Reasoning(text) => Self::Reasoning(text),
                chat::Event::ReasoningSeal(seal) => Self::ReasoningSeal(seal),
                chat::Event::ToolCall(chat::ToolCallStart { index, id, name }) =>
                    Self::ToolCall { index, id, name },
                chat::Event::ToolArguments(chat::ToolArguments { index, json }) =>
                    Self::ToolArguments { index, json },
            },
            match event {
                $crate::Event::Text(text) => Self::Text(text),
                $crate::Event::Refusal(text) => Self::Refusal(text),
                $crate::Event::Reasoning(text) => Self::Reasoning(text),
                $crate::Event::ReasoningSeal(seal) => Self::ReasoningSeal(seal),
                $crate::Event::ToolCall { index, id, name } =>
                    Self::ToolCall(chat::ToolCallStart { index, id, name }),
                $crate::Event::ToolArguments { index, json } =>
                    Self::ToolArguments(chat::ToolArguments { index, json }),
            }
        );
    };
}

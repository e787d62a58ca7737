//! Every endpoint there is.

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table says what each is")]
pub enum Endpoint {
    Health,
    CreateChatCompletion,
    CreateMessage,
    CountMessageTokens,
    CreateResponse,
    GetResponse,
    DeleteResponse,
    ListInputItems,
    CreateRerank,
    CreateEmbedding,
    ListModels,
    GetModel,
    UploadFile,
    ListFiles,
    GetFile,
    GetFileContent,
    DeleteFile,
    CreateVectorStore,
    ListVectorStores,
    GetVectorStore,
    UpdateVectorStore,
    DeleteVectorStore,
    SearchVectorStore,
    AttachFile,
    ListAttachedFiles,
    GetAttachedFile,
    DetachFile,
    ListTraces,
    GetTrace,
    GetUsage,
    CreateKey,
    ListKeys,
    DeleteKey,
}

impl Endpoint {
    /// Whether its requests are recorded. Probes and readers of traces would push out what they look for.
    #[must_use]
    pub fn is_traced(self) -> bool {
        !matches!(self, Self::Health | Self::ListTraces | Self::GetTrace | Self::GetUsage)
    }
}

/// A method and a pattern: `{name}` stands for one segment, `{name*}` for the rest of the path.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// In capitals.
    pub method: &'static str,
    /// From the first slash.
    pub pattern: &'static str,
    /// What it leads to.
    pub endpoint: Endpoint,
}

const fn route(method: &'static str, pattern: &'static str, endpoint: Endpoint) -> Route {
    Route { method, pattern, endpoint }
}

/// The table.
pub const ROUTES: &[Route] = &[
    route("GET", "/healthz", Endpoint::Health),
    route("POST", "/v1/chat/completions", Endpoint::CreateChatCompletion),
    route("POST", "/v1/messages", Endpoint::CreateMessage),
    route("POST", "/v1/messages/count_tokens", Endpoint::CountMessageTokens),
    route("POST", "/v1/responses", Endpoint::CreateResponse),
    route("GET", "/v1/responses/{id}", Endpoint::GetResponse),
    route("DELETE", "/v1/responses/{id}", Endpoint::DeleteResponse),
    route("GET", "/v1/responses/{id}/input_items", Endpoint::ListInputItems),
    route("POST", "/v1/rerank", Endpoint::CreateRerank),
    route("POST", "/v1/embeddings", Endpoint::CreateEmbedding),
    route("GET", "/v1/models", Endpoint::ListModels),
    route("GET", "/v1/models/{id*}", Endpoint::GetModel),
    route("POST", "/v1/files", Endpoint::UploadFile),
    route("GET", "/v1/files", Endpoint::ListFiles),
    route("GET", "/v1/files/{id}", Endpoint::GetFile),
    route("GET", "/v1/files/{id}/content", Endpoint::GetFileContent),
    route("DELETE", "/v1/files/{id}", Endpoint::DeleteFile),
    route("POST", "/v1/vector_stores", Endpoint::CreateVectorStore),
    route("GET", "/v1/vector_stores", Endpoint::ListVectorStores),
    route("GET", "/v1/vector_stores/{id}", Endpoint::GetVectorStore),
    route("POST", "/v1/vector_stores/{id}", Endpoint::UpdateVectorStore),
    route("DELETE", "/v1/vector_stores/{id}", Endpoint::DeleteVectorStore),
    route("POST", "/v1/vector_stores/{id}/search", Endpoint::SearchVectorStore),
    route("POST", "/v1/vector_stores/{id}/files", Endpoint::AttachFile),
    route("GET", "/v1/vector_stores/{id}/files", Endpoint::ListAttachedFiles),
    route("GET", "/v1/vector_stores/{id}/files/{file_id}", Endpoint::GetAttachedFile),
    route("DELETE", "/v1/vector_stores/{id}/files/{file_id}", Endpoint::DetachFile),
    route("GET", "/v1/gusset/traces", Endpoint::ListTraces),
    route("GET", "/v1/gusset/traces/{id}", Endpoint::GetTrace),
    route("GET", "/v1/gusset/usage", Endpoint::GetUsage),
    route("POST", "/v1/gusset/keys", Endpoint::CreateKey),
    route("GET", "/v1/gusset/keys", Endpoint::ListKeys),
    route("DELETE", "/v1/gusset/keys/{id}", Endpoint::DeleteKey),
];

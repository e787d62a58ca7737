"""The official `openai` client against a running Gusset: what an application does, and what it gets wrong.

Usage: openai_client.py BASE_URL. The server has a node that serves the model `tiny`. Exits with an error at the first
answer that the client's own types or this script don't accept.
"""

import sys

import openai

DOCUMENT = b"""# Observatory

The dome of the observatory on Kestrel Hill opens at nine in the evening.

## Visitors

Visitors pay four crowns. Children under ten enter for free.
"""


def main(base_url: str) -> None:
    client = openai.OpenAI(base_url=f"{base_url}/v1", api_key="unused", max_retries=0)

    file = client.files.create(file=("observatory.md", DOCUMENT), purpose="assistants")
    assert file.bytes == len(DOCUMENT) and file.filename == "observatory.md", file
    assert client.files.retrieve(file.id) == file
    assert client.files.content(file.id).read() == DOCUMENT
    assert [listed.id for listed in client.files.list()] == [file.id]

    store = client.vector_stores.create(name="observatory", metadata={"source": "tests"})
    assert store.id == "vs_observatory" and store.metadata == {"source": "tests"}, store
    attached = client.vector_stores.files.create_and_poll(file.id, vector_store_id=store.id, attributes={"year": "2026"})
    assert attached.status == "completed", attached
    assert [listed.id for listed in client.vector_stores.files.list(store.id)] == [file.id]
    assert [listed.id for listed in client.vector_stores.list()] == [store.id]
    assert client.vector_stores.retrieve(store.id).file_counts.completed == 1

    found = list(client.vector_stores.search(store.id, query="What do visitors pay?", max_num_results=1))
    assert len(found) == 1 and "four crowns" in found[0].content[0].text, found
    assert found[0].attributes == {"year": "2026"}, found

    models = [model.id for model in client.models.list()]
    assert models[0] == "observatory" and "tiny" in models, models
    assert client.models.retrieve("observatory").owned_by == "gusset"

    question = [{"role": "user", "content": "When does the dome open?"}]
    answer = client.chat.completions.create(model="observatory/extractive", messages=question)
    assert "nine in the evening" in answer.choices[0].message.content, answer
    assert answer.model_extra["x_gusset"]["citations"][0]["document"] == file.id, answer
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens, answer

    generated = client.chat.completions.create(model="observatory", messages=question, temperature=0, max_tokens=50)
    assert generated.model_extra["x_gusset"]["kind"] == "generated", generated
    assert generated.choices[0].finish_reason == "stop", generated

    with client.chat.completions.create(
        model="observatory", messages=question, stream=True, stream_options={"include_usage": True}
    ) as stream:
        chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == generated.choices[0].message.content, text
    assert chunks[-1].usage.total_tokens > 0, chunks[-1]

    raw = client.chat.completions.with_raw_response.create(model="tiny", messages=question)
    assert len(raw.headers["x-gusset-trace-id"]) == 32, raw.headers

    # The client asks for base64 by default.
    vectors = client.embeddings.create(model="all-minilm-l6-v2", input=["The dome opens.", "Children enter for free."])
    assert [len(item.embedding) for item in vectors.data] == [384, 384]
    plain = client.embeddings.create(model="all-minilm-l6-v2", input="The dome opens.", encoding_format="float")
    # Decimals are rounded to what tells one f32 from the next.
    difference = max(abs(a - b) for a, b in zip(plain.data[0].embedding, vectors.data[0].embedding))
    assert difference < 1e-7, difference

    for expected, call in [
        (openai.NotFoundError, lambda: client.chat.completions.create(model="nowhere", messages=question)),
        (openai.BadRequestError, lambda: client.chat.completions.create(model="observatory", messages=[])),
        (openai.BadRequestError, lambda: client.embeddings.create(model="all-minilm-l6-v2", input=[])),
        (openai.ConflictError, lambda: client.vector_stores.create(name="observatory")),
        (openai.NotFoundError, lambda: client.files.retrieve("file-none")),
        (openai.BadRequestError, lambda: client.files.create(file=("bad.txt", b"\xff"), purpose="assistants")),
    ]:
        try:
            call()
        except expected as error:
            assert error.body["message"] and error.body["code"], error.body
        else:
            raise AssertionError(f"{expected.__name__} was expected")

    assert client.vector_stores.files.delete(file.id, vector_store_id=store.id).deleted
    assert client.vector_stores.delete(store.id).deleted
    assert client.files.delete(file.id).deleted
    print("ok")


if __name__ == "__main__":
    main(sys.argv[1])

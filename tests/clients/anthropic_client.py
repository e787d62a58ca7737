"""The official `anthropic` client against a Gusset whose node answers with `tests/providers/*.sse`.

Usage: anthropic_client.py BASE_URL. Exits with an error at the first answer that the client's own types or this script don't accept.
"""

import sys

import anthropic

TOOLS = [
    {"name": name, "description": name, "input_schema": {"type": "object", "properties": {}}} for name in ("get_weather", "get_time")
]
QUESTION = [{"role": "user", "content": "How is Zürich?"}]
INPUTS = [{"city": 'Zürich "HB"', "unit": "c"}, {"zone": "CET"}]


def check(message: anthropic.types.Message) -> None:
    assert message.stop_reason == "tool_use" and message.role == "assistant", message
    texts = [block.text for block in message.content if block.type == "text"]
    calls = [block for block in message.content if block.type == "tool_use"]
    assert texts == ["Let me look."], message
    assert [call.name for call in calls] == ["get_weather", "get_time"], message
    assert [call.input for call in calls] == INPUTS, message
    usage = message.usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens) == (20, 100, 40), usage


def main(base_url: str) -> None:
    client = anthropic.Anthropic(base_url=base_url, api_key="unused", max_retries=0)
    request = {
        "model": "m",
        "max_tokens": 256,
        "system": [{"type": "text", "text": "Use the tools.", "cache_control": {"type": "ephemeral"}}],
        "tools": TOOLS,
    }
    whole = client.messages.create(messages=QUESTION, **request)
    check(whole)

    # The client's own accumulator, which parses the streamed arguments.
    with client.messages.stream(messages=QUESTION, **request) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == "Let me look.", text
    check(final)

    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": "12 degrees", "is_error": False}
        for block in whole.content
        if block.type == "tool_use"
    ]
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
    turns = [
        *QUESTION,
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in whole.content]},
        {"role": "user", "content": [*results, picture, {"type": "text", "text": "And here?"}]},
    ]
    check(client.messages.create(messages=turns, **request))

    counted = client.messages.count_tokens(model="m", messages=turns, system="Use the tools.", tools=TOOLS)
    assert counted.input_tokens > 20, counted

    for field, call in [
        ("max_tokens", lambda: client.messages.create(model="m", max_tokens=0, messages=QUESTION)),
        ("messages", lambda: client.messages.create(model="m", max_tokens=9, messages=[])),
    ]:
        try:
            call()
        except anthropic.BadRequestError as error:
            assert error.body["type"] == "error" and field in error.body["error"]["message"], error.body
            assert error.body["error"]["type"] == "invalid_request_error", error.body
        else:
            raise AssertionError(f"a request with a fault in {field} was accepted")
    print("ok")


if __name__ == "__main__":
    main(sys.argv[1])

"""The official `openai` client with tools and responses, against a Gusset whose node answers with `tests/providers/*.sse`.

Usage: openai_tools_client.py BASE_URL. Exits with an error at the first answer that the client's own types or this script don't accept.
"""

import json
import sys

import openai

TOOLS = [
    {"type": "function", "function": {"name": name, "description": name, "parameters": {"type": "object", "properties": {}}}}
    for name in ("get_weather", "get_time")
]
QUESTION = [{"role": "user", "content": "How is Zürich?"}]


def check_calls(calls: list) -> None:
    assert [name for name, _ in calls] == ["get_weather", "get_time"], calls
    assert json.loads(calls[0][1]) == {"city": 'Zürich "HB"', "unit": "c"}, calls
    assert json.loads(calls[1][1]) == {"zone": "CET"}, calls


def chat(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="m", messages=QUESTION, tools=TOOLS, tool_choice="auto")
    choice = whole.choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content == "Let me look.", whole
    check_calls([(call.function.name, call.function.arguments) for call in choice.message.tool_calls])
    assert whole.usage.prompt_tokens_details.cached_tokens == 100, whole.usage

    # The client's own accumulator, which is strict about the order and the indexes of deltas.
    with client.chat.completions.stream(model="m", messages=QUESTION, tools=TOOLS) as stream:
        final = stream.get_final_completion()
    check_calls([(call.function.name, call.function.arguments) for call in final.choices[0].message.tool_calls])

    # The results go back, with a picture beside them.
    turns = [
        *QUESTION,
        {"role": "assistant", "content": None, "tool_calls": [call.model_dump() for call in choice.message.tool_calls]},
        *({"role": "tool", "tool_call_id": call.id, "content": "12 degrees"} for call in choice.message.tool_calls),
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "And here?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
            ],
        },
    ]
    again = client.chat.completions.create(model="m", messages=turns, tools=TOOLS)
    assert again.choices[0].message.content == "Let me look.", again

    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
    formed = client.chat.completions.create(
        model="m",
        messages=QUESTION,
        response_format={"type": "json_schema", "json_schema": {"name": "place", "schema": schema, "strict": True}},
    )
    assert formed.choices[0].message.content, formed


def responses(client: openai.OpenAI) -> None:
    tools = [{"type": "function", **tool["function"]} for tool in TOOLS]
    whole = client.responses.create(model="m", input="How is Zürich?", instructions="Use the tools.", tools=tools)
    assert whole.status == "completed" and whole.output_text == "Let me look.", whole
    calls = [item for item in whole.output if item.type == "function_call"]
    check_calls([(call.name, call.arguments) for call in calls])
    assert whole.usage.input_tokens_details.cached_tokens == 100, whole.usage
    assert client.responses.retrieve(whole.id).output_text == whole.output_text

    results = [{"type": "function_call_output", "call_id": call.call_id, "output": "12 degrees"} for call in calls]
    follow_up = client.responses.create(model="m", previous_response_id=whole.id, input=results, tools=tools)
    assert follow_up.previous_response_id == whole.id, follow_up

    with client.responses.stream(model="m", input="How is Zürich?", tools=tools) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert kinds[0] == "response.created" and kinds[-1] == "response.completed", kinds
    check_calls([(item.name, item.arguments) for item in final.output if item.type == "function_call"])

    client.responses.delete(whole.id)
    for call in (
        lambda: client.responses.retrieve(whole.id),
        lambda: client.responses.create(model="m", input="Go on.", previous_response_id=whole.id),
    ):
        try:
            call()
        except (openai.NotFoundError, openai.BadRequestError) as error:
            assert error.body["message"], error.body
        else:
            raise AssertionError("a response that was deleted is still there")


def main(base_url: str) -> None:
    client = openai.OpenAI(base_url=f"{base_url}/v1", api_key="unused", max_retries=0)
    chat(client)
    responses(client)
    print("ok")


if __name__ == "__main__":
    main(sys.argv[1])

//! OpenAI dialect, routes, limits, keys and errors of the HTTP face.

"""The documentation as a page for people: plain HTML and one style sheet, made of the OpenAPI document alone."""

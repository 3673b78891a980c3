"""When a message is a person's business: rules read from Markdown, and the classifier that applies them."""

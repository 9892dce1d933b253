"""The web edition of the course: `python -m tools.site` builds it from the committed notebooks."""

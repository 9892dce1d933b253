"""The interactive figures: one module a topic, each built on `base.explore`, each with a static twin."""

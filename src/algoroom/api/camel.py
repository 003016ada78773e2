"""Models whose keys are camelCase on the wire."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class CamelModel(BaseModel):
    # No docstring: models without one of their own would take it over into the documents.
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

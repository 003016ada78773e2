"""Models whose keys are camelCase on the wire."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class CamelModel(BaseModel):
    # No docstring: models without one of their own would take it over into the documents.
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class CamelRequest(CamelModel):
    # One spelling of a key alone: what looks at a body before its model does has to find the same.
    model_config = ConfigDict(populate_by_name=False)

"""The SAM transform: AWS::Serverless resources become plain CloudFormation ones."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping

import boto3

from sandbox.services.cloudformation.errors import TemplateError
from sandbox.services.cloudformation.template import Template

SAM = "AWS::Serverless-2016-10-31"


class _KnownPolicies:
    """AWS's managed policies by name, from the list the translator carries."""

    def __init__(self, partition: str) -> None:
        self._partition = partition

    def load(self) -> dict[str, str]:
        from samtranslator.internal.managed_policies import get_bundled_managed_policy_map

        return get_bundled_managed_policy_map(self._partition) or {}


@functools.cache
def _session(region: str) -> boto3.Session:
    return boto3.Session(region_name=region)


def transforms(template: Template) -> list[str]:
    """List the names of those that the template asks for."""
    named = template.get("Transform", [])
    return named if isinstance(named, list) else [named]


def transform(template: Template, parameters: Mapping[str, object], region: str) -> Template:
    """`template` as CloudFormation sees it, unchanged if it names no transform.

    `parameters` are those given: the translator reads the defaults itself.
    """
    named = transforms(template)
    unknown = [name for name in named if name != SAM]
    if unknown:
        raise TemplateError([f"Transform {name} is not supported" for name in unknown])
    if not named:
        return template
    return _serverless(copy.deepcopy(template), parameters, region)


def _serverless(template: Template, parameters: Mapping[str, object], region: str) -> Template:
    # The translator takes 0.5 s to import, which only a SAM template should cost.
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.utils.py27hash_fix import (
        to_py27_compatible_template,
        undo_mark_unicode_str_in_template,
    )

    session = _session(region)
    policies = _KnownPolicies(session.get_partition_for_region(region))
    translator = Translator(None, Parser(), boto_session=session)
    given = dict(parameters)
    to_py27_compatible_template(template, given)  # the service's ids hash what this makes
    try:
        transformed = translator.translate(
            template, parameter_values=given, get_managed_policy_map=policies.load
        )
    except InvalidDocumentException as error:
        problems = [cause.message for cause in error.causes]
        raise TemplateError([f"SAM transform: {problem}" for problem in problems]) from error
    finally:
        translator.metrics.publish()  # to nobody; unpublished, they would be complained about
    plain: Template = undo_mark_unicode_str_in_template(transformed)
    plain.pop("Transform", None)
    plain.pop("Globals", None)
    return plain

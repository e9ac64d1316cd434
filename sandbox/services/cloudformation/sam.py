"""The SAM transform: AWS::Serverless resources become plain CloudFormation ones."""

from __future__ import annotations

import copy
import functools
import logging
from collections.abc import Mapping

import boto3

from sandbox.services.cloudformation.errors import TransformError
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


def transform(template: Template, parameters: Mapping[str, object], region: str) -> Template:
    """Return what SAM makes of the template. Raises TransformError.

    `parameters` are those given: the translator reads the defaults itself.
    """
    template = copy.deepcopy(template)
    # The translator takes 0.5 s to import, which only a SAM template should cost.
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.utils.py27hash_fix import (
        to_py27_compatible_template,
        undo_mark_unicode_str_in_template,
    )

    # It tells of features that are switched off, wherever there is no log.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
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
        problems = [error.message, *(cause.message for cause in error.causes)]
        raise TransformError(f"Transform {SAM} failed with: {' '.join(problems)}") from error
    finally:
        translator.metrics.publish()  # to nobody; unpublished, they would be complained about
    plain: Template = undo_mark_unicode_str_in_template(transformed)
    plain.pop("Globals", None)
    return plain

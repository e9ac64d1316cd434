"""Macro: writes gates into the templates of applications that name it in Transform.

CloudFormation calls it with a template, before it works with that, and waits for the answer:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html
"""

import os
from typing import TYPE_CHECKING, Any

from domain.macro.gated import Surroundings, gated
from domain.macro.problems import TemplateRefused
from domain.model.naming import Home
from runtime import ITSELF, WEB, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

GATE_EXPORT = os.environ["GATE_EXPORT"]


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, context: "LambdaContext") -> dict[str, Any]:  # noqa: ARG001
    """Return the template with its gates, or a failure that CloudFormation tells of."""
    request = event["requestId"]
    home = Home(event["region"], event["accountId"], web=WEB, itself=ITSELF)
    surroundings = Surroundings(event.get("templateParameterValues") or {}, GATE_EXPORT, home)
    try:
        fragment = gated(event["fragment"], surroundings)
    except TemplateRefused as refused:
        message = str(refused)
    except Exception as error:
        logger.exception("failed at a template")
        message = (
            f"lambda-canary's macro failed at this template ({type(error).__name__}: {error}); its "
            "log says where"
        )
    else:
        return {"requestId": request, "status": "success", "fragment": fragment}
    return {"requestId": request, "status": "failure", "errorMessage": message}
